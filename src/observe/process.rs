//! What the system says of the process, under the names that every exporter uses.
//!
//! Lives on: the thread of the metrics. Promise: what cannot be read is left out.

use std::fs;

/// The room of a directory's file system, in bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Room {
    pub total: u64,
    /// What a process without privileges may still write.
    pub free: u64,
}

/// None where the system does not tell.
pub(super) fn room(directory: &str) -> Option<Room> {
    let found = nix::sys::statvfs::statvfs(directory).ok()?;
    let bytes = found.fragment_size();
    Some(Room { total: found.blocks() * bytes, free: found.blocks_available() * bytes })
}

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Process {
    pub resident_bytes: Option<u64>,
    pub cpu_seconds: Option<f64>,
    pub open_files: Option<u64>,
    /// Since 1970.
    pub start_seconds: Option<f64>,
}

pub(super) fn read() -> Process {
    let resident_kib = fs::read_to_string("/proc/self/status").ok().and_then(|s| resident_kib(&s));
    let stat = fs::read_to_string("/proc/self/stat").ok();
    let boot = fs::read_to_string("/proc/stat").ok().and_then(|stat| boot_seconds(&stat));
    let after_boot = stat.as_deref().and_then(start_ticks).map(|t| t as f64 / TICKS_PER_SECOND);
    let files = fs::read_dir("/proc/self/fd").ok().map(|files| files.count() as u64);
    Process {
        resident_bytes: resident_kib.map(|kib| kib * 1024),
        cpu_seconds: stat.and_then(|stat| cpu_ticks(&stat)).map(|t| t as f64 / TICKS_PER_SECOND),
        open_files: files,
        start_seconds: boot.zip(after_boot).map(|(boot, after)| boot as f64 + after),
    }
}

/// The kernel's unit of CPU time for user space, the same on all of Linux's common machines.
const TICKS_PER_SECOND: f64 = 100.0;

fn resident_kib(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// User and system time: the 14th and 15th field; the 2nd, a name in parentheses, may hold blanks.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(ticks()? + ticks()?)
}

/// When the process began: the 22nd field, since the machine did.
fn start_ticks(stat: &str) -> Option<u64> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

/// When the machine began, since 1970.
fn boot_seconds(stat: &str) -> Option<u64> {
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now_seconds() -> f64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.unwrap().as_secs_f64()
    }

    #[test]
    fn the_files_of_the_system_are_read() {
        assert_eq!(resident_kib("VmPeak:\t 9 kB\nVmRSS:\t   1234 kB\n"), Some(1234));
        let stat = "42 (ring (log)) S 1 2 3 4 5 6 7 8 9 10 700 30 0 0";
        assert_eq!(cpu_ticks(stat), Some(730));
        let stat = "42 (a) S 1 2 3 4 5 6 7 8 9 10 700 30 0 0 20 0 1 0 4711 8";
        assert_eq!(start_ticks(stat), Some(4711));
        assert_eq!(boot_seconds("cpu 1 2\nbtime 1700000000\n"), Some(1_700_000_000));
        let age = now_seconds() - read().start_seconds.expect("it began");
        assert!((-2.0..3600.0).contains(&age), "{age}");
        assert_eq!((resident_kib("x"), cpu_ticks("1 (x) S")), (None, None));
        let process = read();
        assert!(process.resident_bytes.is_some_and(|bytes| bytes > 1 << 20));
        assert!(process.open_files.is_some_and(|files| files > 2));
    }
}
