//! When which group must be looked at again.
//!
//! A group stands here once, at its earliest deadline or earlier: a deadline that moves away (a
//! heartbeat) costs nothing, and the group is put off when its turn comes.

use std::collections::BTreeSet;

#[derive(Debug, Default)]
pub(super) struct Timers {
    wakes: BTreeSet<(u64, String)>,
}

/// Where a group stands among the timers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wake {
    at_ms: Option<u64>,
    /// The earliest deadline set since the timers were last told.
    wanted_ms: Option<u64>,
}

impl Wake {
    /// The group has a deadline then.
    pub(super) fn by(&mut self, at_ms: u64) {
        self.wanted_ms = Some(self.wanted_ms.map_or(at_ms, |other| other.min(at_ms)));
    }
}

impl Timers {
    pub(super) fn next_ms(&self) -> Option<u64> {
        self.wakes.first().map(|(at_ms, _)| *at_ms)
    }

    /// Takes out the next group that is due. Its `Wake` is to be told with `woken`.
    pub(super) fn pop_due(&mut self, now_ms: u64) -> Option<String> {
        if self.next_ms()? > now_ms {
            return None;
        }
        self.wakes.pop_first().map(|(_, group_id)| group_id)
    }

    /// Moves the group forward if it has set an earlier deadline since the last call.
    pub(super) fn note(&mut self, group_id: &str, wake: &mut Wake) {
        let Some(wanted_ms) = wake.wanted_ms.take() else { return };
        if wake.at_ms.is_none_or(|at_ms| wanted_ms < at_ms) {
            self.forget(group_id, wake);
            wake.at_ms = Some(wanted_ms);
            self.wakes.insert((wanted_ms, group_id.to_owned()));
        }
    }

    pub(super) fn forget(&mut self, group_id: &str, wake: &mut Wake) {
        if let Some(at_ms) = wake.at_ms.take() {
            self.wakes.remove(&(at_ms, group_id.to_owned()));
        }
    }
}

impl Wake {
    /// The group was taken out of the timers.
    pub(super) fn woken(&mut self) {
        self.at_ms = None;
    }
}
