//! When which group must be looked at again.
//!
//! A group stands here once, at its earliest deadline or earlier: a deadline that moves away (a
//! heartbeat) costs nothing, and the group is put off when its turn comes.

use super::group::ClassicGroup;
use std::collections::BTreeSet;

#[derive(Debug, Default)]
pub(super) struct Timers {
    wakes: BTreeSet<(u64, String)>,
}

impl Timers {
    pub(super) fn next_ms(&self) -> Option<u64> {
        self.wakes.first().map(|(at_ms, _)| *at_ms)
    }

    /// Takes out the next group that is due.
    pub(super) fn pop_due(&mut self, now_ms: u64) -> Option<String> {
        if self.next_ms()? > now_ms {
            return None;
        }
        self.wakes.pop_first().map(|(_, group_id)| group_id)
    }

    /// Moves the group forward if it has set an earlier deadline since the last call.
    pub(super) fn note(&mut self, group: &mut ClassicGroup) {
        let Some(wanted_ms) = group.wake_wanted_ms.take() else { return };
        if group.wake_at_ms.is_none_or(|at_ms| wanted_ms < at_ms) {
            self.forget(group);
            group.wake_at_ms = Some(wanted_ms);
            self.wakes.insert((wanted_ms, group.id.clone()));
        }
    }

    pub(super) fn forget(&mut self, group: &mut ClassicGroup) {
        if let Some(at_ms) = group.wake_at_ms.take() {
            self.wakes.remove(&(at_ms, group.id.clone()));
        }
    }
}
