//! What the host says: files of the kernel, names of data files, the end of the log.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Content, redact};

/// The end of a log that is read.
const LOG_BYTES_MAX: u64 = 4 << 20;
/// A file of the kernel.
const FILE_BYTES_MAX: u64 = 1 << 20;
const DATA_FILES_MAX: usize = 20_000;

pub(super) const FILES: [(&str, &str, &str); 12] = [
    ("host/version", "the kernel", "/proc/version"),
    ("host/cpuinfo", "processors", "/proc/cpuinfo"),
    ("host/meminfo", "memory", "/proc/meminfo"),
    ("host/loadavg", "load", "/proc/loadavg"),
    ("host/stat", "times of the processors", "/proc/stat"),
    ("host/diskstats", "disks", "/proc/diskstats"),
    ("host/interrupts", "interrupts by processor", "/proc/interrupts"),
    ("host/mounts", "file systems", "/proc/self/mounts"),
    ("host/netstat", "counters of the network", "/proc/net/netstat"),
    ("host/snmp", "more of them", "/proc/net/snmp"),
    ("host/pressure-io", "waits for devices", "/proc/pressure/io"),
    ("host/pressure-cpu", "waits for processors", "/proc/pressure/cpu"),
];

pub(super) fn file(path: &Path) -> Result<Vec<u8>, String> {
    let open = File::open(path).map_err(|cause| cause.to_string())?;
    let mut content = Vec::new();
    let read = open.take(FILE_BYTES_MAX).read_to_end(&mut content);
    read.map_err(|cause| cause.to_string())?;
    Ok(content)
}

/// Size, age and name of each file, folder by folder.
pub(super) fn files(directories: Vec<PathBuf>) -> Result<Vec<u8>, String> {
    if directories.is_empty() {
        return Err("no --data is given".to_owned());
    }
    let mut text = String::from("BYTES  SECONDS SINCE 1970  NAME\n");
    let mut left = DATA_FILES_MAX;
    for directory in directories {
        if let Err(cause) = list(&directory, &mut text, &mut left) {
            text.push_str(&format!("{}: {cause}\n", directory.display()));
        }
    }
    if left == 0 {
        text.push_str("more files are there and not listed\n");
    }
    Ok(text.into_bytes())
}

fn list(directory: &Path, text: &mut String, left: &mut usize) -> std::io::Result<()> {
    let entries = fs::read_dir(directory)?.collect::<Result<Vec<_>, _>>()?;
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.sort_unstable();
    for path in paths {
        if *left == 0 {
            return Ok(());
        }
        *left -= 1;
        // It may be gone by now: a broker deletes segments while it runs.
        let Ok(found) = fs::symlink_metadata(&path) else { continue };
        let seconds = found.modified().ok().and_then(|time| {
            time.duration_since(std::time::UNIX_EPOCH).ok().map(|since| since.as_secs())
        });
        let (bytes, shown) = (found.len(), path.display());
        text.push_str(&format!("{bytes}  {}  {shown}\n", seconds.unwrap_or(0)));
        if found.is_dir() {
            list(&path, text, left)?;
        }
    }
    Ok(())
}

/// The end of a file, or of what systemd's journal has of the service.
pub(super) fn log(path: Option<PathBuf>) -> Content {
    Box::new(move || {
        let text = match path {
            Some(path) => end_of(&path)?,
            None => journal()?,
        };
        Ok(redact::log(&text).into_bytes())
    })
}

fn end_of(path: &Path) -> Result<String, String> {
    let read = || {
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(size.saturating_sub(LOG_BYTES_MAX)))?;
        let mut end = Vec::new();
        file.take(LOG_BYTES_MAX).read_to_end(&mut end)?;
        Ok(end)
    };
    let end = read().map_err(|cause: std::io::Error| format!("{}: {cause}", path.display()))?;
    Ok(String::from_utf8_lossy(&end).into_owned())
}

fn journal() -> Result<String, String> {
    let words = ["--unit=ringlog.service", "--lines=20000", "--no-pager", "--output=short-iso"];
    let mut child = Command::new("journalctl")
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|cause| format!("journalctl: {cause}; --log names a file instead"))?;
    let mut text = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        // The rest is not read, and a pipe that is closed ends the child.
        let read = stdout.take(LOG_BYTES_MAX).read_to_end(&mut text);
        read.map_err(|cause| format!("journalctl: {cause}"))?;
    }
    let ended = child.wait().map_err(|cause| format!("journalctl: {cause}"))?;
    if !ended.success() && text.is_empty() {
        return Err(format!("journalctl: {ended}; --log names a file instead"));
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_log_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "old\n".repeat(2 << 20) + "the newest\n").unwrap();
        let text = end_of(&path).unwrap();
        assert!(text.ends_with("the newest\n") && text.len() as u64 == LOG_BYTES_MAX);
        assert!(end_of(&folder.path().join("none")).is_err());
    }

    #[test]
    fn data_files_are_listed_and_bounded() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("logs-0")).unwrap();
        fs::write(folder.path().join("logs-0/00.log"), "12345").unwrap();
        let text = String::from_utf8(files(vec![folder.path().to_owned()]).unwrap()).unwrap();
        assert!(text.lines().any(|line| line.starts_with("5  ") && line.ends_with("00.log")));
        let mut left = 1;
        let mut text = String::new();
        list(folder.path(), &mut text, &mut left).unwrap();
        assert_eq!((text.lines().count(), left), (1, 0));
    }
}
