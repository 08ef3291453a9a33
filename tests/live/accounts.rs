//! What the broker's process holds, from the kernel's own accounts.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use support::process;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Accounts {
    pub(crate) resident_mb: f64,
    pub(crate) sockets: usize,
    pub(crate) files: usize,
}

impl Accounts {
    pub(crate) fn of(pid: u32) -> Accounts {
        let (mut sockets, mut files) = (0, 0);
        for target in open(pid) {
            match target.to_string_lossy() {
                name if name.starts_with("socket:") => sockets += 1,
                name if name.starts_with('/') => files += 1,
                _ => {}
            }
        }
        Accounts { resident_mb: process::resident_mb(pid), sockets, files }
    }
}

/// Open files that nobody needs any more: removed ones, those of topics that are gone, and those
/// that are open more often than once to write and once to read.
pub(crate) fn leaked_files(pid: u32, topics: &[&str]) -> Vec<String> {
    let mut counts: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for target in open(pid).filter(|target| target.starts_with("/")) {
        *counts.entry(target).or_default() += 1;
    }
    let is_leaked = |(path, count): &(PathBuf, usize)| {
        *count > 2 || path.to_string_lossy().ends_with(" (deleted)") || !is_of(path, topics)
    };
    let leaked = counts.into_iter().filter(is_leaked);
    leaked.map(|(path, count)| format!("{count} x {}", path.display())).collect()
}

/// Whether a file of a partition is of one of these topics; other files are the node's own.
fn is_of(path: &Path, topics: &[&str]) -> bool {
    let is_segment = path.extension().is_some_and(|end| end == "log" || end == "index");
    let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    let Some((topic, end)) = folder.and_then(|name| name.rsplit_once('-')) else { return true };
    let is_partition = end == "delete" || end.parse::<u32>().is_ok();
    !is_segment || !is_partition || topics.contains(&topic)
}

fn open(pid: u32) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    entries.filter_map(|entry| fs::read_link(entry.path()).ok())
}

impl fmt::Display for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Accounts { resident_mb, sockets, files } = self;
        write!(f, "{resident_mb:.0} MB, {sockets} sockets, {files} files")
    }
}
