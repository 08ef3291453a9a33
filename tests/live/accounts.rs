//! What the broker's process holds, from the kernel's own accounts.

use std::fmt;
use std::fs;

use support::process;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Accounts {
    pub(crate) resident_mb: f64,
    pub(crate) sockets: usize,
    pub(crate) files: usize,
}

impl Accounts {
    pub(crate) fn of(pid: u32) -> Accounts {
        let entries = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        let (mut sockets, mut files) = (0, 0);
        for target in entries.filter_map(|entry| fs::read_link(entry.path()).ok()) {
            match target.to_string_lossy() {
                name if name.starts_with("socket:") => sockets += 1,
                name if name.starts_with('/') => files += 1,
                _ => {}
            }
        }
        Accounts { resident_mb: process::resident_mb(pid), sockets, files }
    }
}

impl fmt::Display for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Accounts { resident_mb, sockets, files } = self;
        write!(f, "{resident_mb:.0} MB, {sockets} sockets, {files} files")
    }
}
