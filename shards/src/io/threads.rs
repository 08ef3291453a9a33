//! One named, pinned thread per core.
//!
//! Promise: threads are pinned to processors that this process may use, in their order; with more
//! threads than processors they share.
//! Read next: executor.rs.

use std::io;
use std::thread::JoinHandle;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

use super::buffers::release_pool;
use super::{CoreId, kernel};

/// The processors that this process may use.
pub fn usable_processors() -> io::Result<Vec<usize>> {
    let set = sched_getaffinity(Pid::from_raw(0))?;
    let usable = (0..CpuSet::count()).filter(|cpu| set.is_set(*cpu).unwrap_or(false));
    Ok(usable.collect())
}

/// Memory of the machine, in bytes.
pub fn memory_bytes() -> io::Result<u64> {
    Ok(nix::sys::sysinfo::sysinfo()?.ram_total())
}

/// Gives what this core keeps for the next taker of a buffer, and what the process has freed, back
/// to the system; the latter on a thread of its own, as it may take long.
pub fn give_memory_back() {
    release_pool();
    let trimming = std::thread::Builder::new().name("trim".to_owned()).spawn(kernel::trim_memory);
    if let Err(error) = trimming {
        tracing::warn!(%error, "memory is not given back: no thread can be started");
    }
}

/// Starts a thread `shard-N` for each seat, pinned to a processor, and hands it its seat.
pub fn start<S, T, F>(seats: Vec<S>, main: F) -> io::Result<Vec<JoinHandle<T>>>
where
    S: Send + 'static,
    T: Send + 'static,
    F: Fn(CoreId, S) -> T + Send + Clone + 'static,
{
    let processors = usable_processors()?;
    let start_one = |(index, seat): (usize, S)| {
        let main = main.clone();
        let processor = processors.get(index % processors.len().max(1)).copied();
        let core = CoreId(u16::try_from(index).map_err(io::Error::other)?);
        std::thread::Builder::new().name(format!("shard-{index}")).spawn(move || {
            if let Some(processor) = processor {
                pin_to(processor);
            }
            main(core, seat)
        })
    };
    seats.into_iter().enumerate().map(start_one).collect()
}

fn pin_to(processor: usize) {
    let mut set = CpuSet::new();
    let pinned = set.set(processor).and_then(|()| sched_setaffinity(Pid::from_raw(0), &set));
    if let Err(error) = pinned {
        tracing::warn!(processor, %error, "this core's thread could not be pinned");
    }
}
