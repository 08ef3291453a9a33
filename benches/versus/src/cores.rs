//! Keeps broker and driver apart.

use std::io;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// Binds this process to all cores that it may use but the first, which is left to the broker.
/// Call before any thread is started.
pub(crate) fn leave_the_first() -> io::Result<usize> {
    let this_process = Pid::from_raw(0);
    let usable = sched_getaffinity(this_process)?;
    let mut cores = (0..CpuSet::count()).filter(|core| usable.is_set(*core).unwrap_or(false));
    let first = cores.next().ok_or_else(|| io::Error::other("no core may be used"))?;
    let mut others = CpuSet::new();
    let mut count = 0;
    for core in cores {
        others.set(core)?;
        count += 1;
    }
    if count == 0 {
        return Err(io::Error::other("--pinned wants a second core, for the driver"));
    }
    sched_setaffinity(this_process, &others)?;
    Ok(first)
}
