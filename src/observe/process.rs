//! What the system says of the process, under the names that every exporter uses.
//!
//! Lives on: the thread of the metrics. Promise: what cannot be read is left out.

use std::fs;

/// See the module.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Process {
    pub resident_bytes: Option<u64>,
    pub cpu_seconds: Option<f64>,
    pub open_files: Option<u64>,
}

pub(super) fn read() -> Process {
    let resident_kib = fs::read_to_string("/proc/self/status").ok().and_then(|s| resident_kib(&s));
    let stat = fs::read_to_string("/proc/self/stat").ok();
    let files = fs::read_dir("/proc/self/fd").ok().map(|files| files.count() as u64);
    Process {
        resident_bytes: resident_kib.map(|kib| kib * 1024),
        cpu_seconds: stat.and_then(|stat| cpu_ticks(&stat)).map(|t| t as f64 / TICKS_PER_SECOND),
        open_files: files,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_the_system_are_read() {
        assert_eq!(resident_kib("VmPeak:\t 9 kB\nVmRSS:\t   1234 kB\n"), Some(1234));
        let stat = "42 (ring (log)) S 1 2 3 4 5 6 7 8 9 10 700 30 0 0";
        assert_eq!(cpu_ticks(stat), Some(730));
        assert_eq!((resident_kib("x"), cpu_ticks("1 (x) S")), (None, None));
        let process = read();
        assert!(process.resident_bytes.is_some_and(|bytes| bytes > 1 << 20));
        assert!(process.open_files.is_some_and(|files| files > 2));
    }
}
