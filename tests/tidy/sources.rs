//! The project's own text files, read once.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

pub(crate) struct Source {
    /// From the root of the tree, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    pub(crate) fn is_generated(&self) -> bool {
        self.path.starts_with("src/protocol/generated")
    }

    pub(crate) fn is_test(&self) -> bool {
        self.path.contains("tests/") || self.path.ends_with("/tests.rs")
    }

    /// Lines with their numbers, up to the tests at the end of the file, comments left out.
    pub(crate) fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
        lines
            .enumerate()
            .map(|(index, line)| (index + 1, line.trim()))
            .filter(|(_, line)| !line.starts_with("//") && !line.starts_with("#[doc"))
    }
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn sources() -> &'static [Source] {
    static SOURCES: OnceLock<Vec<Source>> = OnceLock::new();
    SOURCES.get_or_init(|| {
        let mut paths = Vec::new();
        collect(root(), &mut paths);
        paths.sort();
        paths.iter().filter_map(|path| read(path)).collect()
    })
}

pub(crate) fn rust_sources() -> impl Iterator<Item = &'static Source> {
    sources().iter().filter(|source| source.is_rust() && !source.is_generated())
}

fn read(path: &Path) -> Option<Source> {
    let text = fs::read_to_string(path).ok()?;
    let path = path.strip_prefix(root()).ok()?.to_str()?.replace('\\', "/");
    Some(Source { path, text })
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("a folder of the tree can be read");
    for entry in entries {
        let entry = entry.expect("an entry of the tree can be read");
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().expect("an entry has a type");
        if kind.is_dir() && !PASSED_OVER.contains(&name.as_str()) {
            collect(&entry.path(), paths);
        } else if kind.is_file() && name != "Cargo.lock" && name != ".git" {
            paths.push(entry.path());
        }
    }
}

const PASSED_OVER: &[&str] = &[".git", "target", "ringlog-data", "node_modules"];
