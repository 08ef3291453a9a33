//! The file of a bundle: a tar, compressed, bounded, with its manifest as the last entry.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::cli::failure::Failure;
use crate::cli::files;

/// Of one part; what is longer loses its beginning, since the newest is at the end.
const PART_BYTES_MAX: u64 = 8 << 20;

pub(super) struct Archive {
    path: PathBuf,
    tar: tar::Builder<GzEncoder<File>>,
    seconds: u64,
    bytes_left: u64,
    parts: Vec<Value>,
    left_out: Vec<(String, String)>,
    failed: Option<std::io::Error>,
}

/// What came of it.
pub(super) struct Summary {
    pub parts: usize,
    pub left_out: Vec<String>,
}

impl Archive {
    /// A new file that nobody else reads; one that is there already is not written over.
    pub(super) fn create(path: &Path, bytes_max: u64, seconds: u64) -> Result<Archive, Failure> {
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600).open(path);
        let file = file.map_err(|cause| files::failure(path, cause))?;
        Ok(Archive {
            path: path.to_owned(),
            tar: tar::Builder::new(GzEncoder::new(file, Compression::default())),
            seconds,
            bytes_left: bytes_max,
            parts: Vec::new(),
            left_out: Vec::new(),
            failed: None,
        })
    }

    /// Adds a part, or says why it is not there.
    pub(super) fn add(&mut self, name: &str, what: &str, content: Result<Vec<u8>, String>) {
        let content = match content {
            Ok(content) => content,
            Err(cause) => {
                let cause = cause.lines().next().unwrap_or_default().to_owned();
                self.left_out.push((name.to_owned(), cause));
                return;
            }
        };
        let all = content.len() as u64;
        let kept = all.min(PART_BYTES_MAX).min(self.bytes_left);
        if kept == 0 && all > 0 {
            self.left_out.push((name.to_owned(), "the bundle is full".to_owned()));
            return;
        }
        let end = content.get((all - kept) as usize..).unwrap_or_default();
        self.put(name, end);
        self.bytes_left -= kept;
        let cut = (kept < all).then_some(all - kept);
        self.parts.push(json!({ "name": name, "what": what, "bytes": kept, "bytes_cut": cut }));
    }

    fn put(&mut self, name: &str, content: &[u8]) {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(self.seconds);
        header.set_cksum();
        let put = self.tar.append_data(&mut header, name, content);
        // Told once, at the end: what comes after it fails too.
        self.failed = self.failed.take().or(put.err());
    }

    /// Writes the manifest. A bundle that could not be written whole is removed.
    pub(super) fn finish(mut self, config: Option<&Path>) -> Result<Summary, Failure> {
        let left_out = |(name, why): &(String, String)| json!({ "name": name, "why": why });
        let mut manifest = super::about(self.seconds, config);
        manifest["parts"] = self.parts.iter().cloned().collect();
        manifest["left_out"] = self.left_out.iter().map(left_out).collect();
        self.put("manifest.json", format!("{manifest:#}\n").as_bytes());
        let Archive { path, tar, failed, parts, left_out, .. } = self;
        let written = match failed {
            Some(cause) => Err(cause),
            None => tar.into_inner().and_then(GzEncoder::finish).and_then(|file| file.sync_all()),
        };
        if let Err(cause) = written {
            // The failure is told; a file that is there nevertheless says nothing.
            let _left = fs::remove_file(&path);
            return Err(files::failure(&path, cause));
        }
        let left_out = left_out.into_iter().map(|(name, why)| format!("{name}: {why}"));
        Ok(Summary { parts: parts.len() + 1, left_out: left_out.collect() })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn read(path: &Path) -> Vec<(String, String)> {
        let file = flate2::read::GzDecoder::new(File::open(path).unwrap());
        let mut tar = tar::Archive::new(file);
        let entries = tar.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().display().to_string();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            (name, text)
        });
        entries.collect()
    }

    #[test]
    fn what_does_not_fit_is_cut_at_its_beginning_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle.tar.gz");
        let mut archive = Archive::create(&path, 10, 7).unwrap();
        archive.add("whole", "x", Ok(b"abc".to_vec()));
        archive.add("missing", "x", Err("nobody answers\nmore".to_owned()));
        archive.add("long", "x", Ok(b"0123456789".to_vec()));
        archive.add("none", "x", Ok(b"z".to_vec()));
        let summary = archive.finish(None).unwrap();
        assert_eq!(summary.left_out, ["missing: nobody answers", "none: the bundle is full"]);
        let entries = read(&path);
        let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["whole", "long", "manifest.json"]);
        assert_eq!(entries[1].1, "3456789");
        let manifest: Value = serde_json::from_str(&entries[2].1).unwrap();
        assert_eq!(manifest["parts"][1]["bytes_cut"], 3);
        assert_eq!(manifest["left_out"][0]["why"], "nobody answers");
        assert!(Archive::create(&path, 10, 7).is_err(), "it is not written over");
    }
}
