//! The simulated twin of `kernel/`: files, sockets and time in memory, from one seed.
//!
//! Lives on: one thread, whatever the number of cores; its world is the thread's.
//! Promise: the same seed and the same program give the same run. Completions come in any order and
//! after any time, transfers are short at any place, and a crash keeps any part of what was not
//! synced: pages in any combination, torn at sectors, names only if their directory was synced.
//! Never: touches the real file system, network or clock.
//! Read next: disk.rs (what a crash does), network.rs, ring.rs (how time passes).

mod calls;
mod disk;
mod drift;
mod network;
pub mod probe;
mod ring;
mod slots;
mod world;

use std::net::SocketAddr;

pub use calls::descriptors_max;
pub(crate) use calls::*;
pub use drift::Drift;
pub use network::Outage;
pub(crate) use ring::RingHandle;
pub(super) use ring::{Event, Ring, Wait};
pub use world::{
    Errors, Failing, SavedDisk, Weather, begin_outage, change_page, crash, cut_connections,
    end_outage, entries_of, fail_opens, fail_syncs, fail_writes, fingerprint, for_each_page,
    half_open, hang_writes, jump_clock, leave_room, peek, restore_disk, save_disk, set_errors,
    set_weather, start, turns, vanish,
};
pub(super) use world::{advance, close_all_of, set_process, time};

/// A file, socket or bell of the world; closed when dropped.
#[derive(Debug)]
pub(super) struct Descriptor(i32);

impl Descriptor {
    /// Takes over what an open or accept gave.
    pub(super) fn from_completion(descriptor: i32) -> Descriptor {
        assert!(descriptor >= 0, "an error is no descriptor");
        Descriptor(descriptor)
    }

    /// Another handle on the same object.
    pub(super) fn share(&self) -> Descriptor {
        world::with(|world| {
            let object = world.object(self.0).clone();
            Descriptor(world.add(object))
        })
    }

    /// Never: each handle has a number of its own here.
    pub(super) fn is_shared(&self) -> bool {
        false
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        world::try_with(|world| world.close(self.0));
    }
}

pub(super) struct Address(SocketAddr);

impl Address {
    pub(super) fn new(address: SocketAddr) -> Address {
        Address(address)
    }
}
