//! The runtime: ring, executor, files, sockets, memory.
//!
//! Lives on: one thread per core, one ring per thread; nothing here is shared between them.
//! Promise: memory that the kernel works on is owned by the operation until it completes, whatever
//! happens to the future that asked; a dropped receive loses no byte.
//! Never: blocks the core on a socket; the few blocking calls are named where they are made.
//! This folder alone has `unsafe`, and `kernel/` alone speaks to the operating system.
//! Read next: executor.rs (the loop), op.rs (what it can do), kernel/mod.rs (the seam for the
//! twin).
#![allow(unsafe_code, reason = "memory shared with the kernel, wakers and borrowed tasks need it")]

pub mod buffers;
pub mod directory;
pub mod executor;
pub mod file;
mod fixed;
mod gather;
pub mod inbox;
#[cfg(not(feature = "sim"))]
mod kernel;
#[cfg(feature = "sim")]
#[path = "sim/mod.rs"]
mod kernel;
mod op;
mod operations;
pub mod record_lock;
pub mod remedy;
pub mod shortage;
pub mod socket;
mod task;
pub mod threads;
mod timers;

pub use buffers::{Buffer, Chunk, Loan, LoanBook, LoanId, PAGE_BYTES, Slice};
pub use executor::{RingConfig, Task, on_turn, run, spawn, yield_now};
pub use file::{Durability, File, OpenOptions};
#[cfg(feature = "sim")]
pub mod simulation {
    //! What tests do to the simulated world.
    pub use super::executor::{ProcessId, Processes, Root, Turn, run_together};
    pub use super::kernel::{
        Drift, Errors, Failing, Outage, SavedDisk, Weather, begin_outage, change_page, crash,
        cut_connections, end_outage, entries_of, fail_opens, fail_syncs, fail_writes, fingerprint,
        for_each_page, half_open, hang_writes, jump_clock, leave_room, peek, restore_disk,
        save_disk, set_errors, set_weather, start, turns, vanish,
    };
}
pub use kernel::{descriptors_max, probe};
pub use socket::{Accepted, DescriptorUse, Listener, Socket};

pub(crate) use kernel::{RingHandle, monotonic_ns, random, wall_ms};

/// The number of a core of this node, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CoreId(pub u16);

impl CoreId {
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl std::fmt::Display for CoreId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests;
