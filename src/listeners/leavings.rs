//! Gives back the memory that many closed connections leave.
//!
//! Lives on: each core. What a connection holds is freed with it, and the allocator keeps what was
//! freed: its pages lie between those of what lives on. 548 MB stayed of 15,000 connections.
//! Promise: once limits::CONNECTIONS_LEFT_BEHIND have ended, their memory goes back to the system
//! within limits::LEAVINGS_DELAY, and not more often than each limits::LEAVINGS_PAUSE.

use std::cell::Cell;
use std::rc::Rc;

use shards::clock::sleep;
use shards::io::{spawn, threads};

use super::metrics::count;
use crate::broker::Core;
use crate::limits;

/// See the module.
#[derive(Default)]
pub struct Leavings {
    /// Connections that ended since memory was given back.
    ended: Cell<usize>,
    /// A task sees to them.
    is_seen_to: Cell<bool>,
    /// How often memory was given back.
    rounds: Cell<u64>,
}

impl Leavings {
    /// Notes the end of a connection.
    pub(super) fn note_end(&self, broker: &Rc<Core>) {
        self.ended.set(self.ended.get() + 1);
        if self.is_due() && !self.is_seen_to.replace(true) {
            drop(spawn(see_to(broker.clone())));
        }
    }

    pub fn rounds(&self) -> u64 {
        self.rounds.get()
    }

    fn is_due(&self) -> bool {
        self.ended.get() >= limits::CONNECTIONS_LEFT_BEHIND
    }
}

async fn see_to(broker: Rc<Core>) {
    let leavings = &broker.leavings;
    while leavings.is_due() {
        // More of them may end just now.
        sleep(limits::LEAVINGS_DELAY).await;
        leavings.ended.set(0);
        threads::give_memory_back();
        count(&leavings.rounds, 1);
        sleep(limits::LEAVINGS_PAUSE).await;
    }
    leavings.is_seen_to.set(false);
}
