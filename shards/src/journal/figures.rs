//! What a journal did, and how long appends wait for room in it.
//!
//! Lives on: its shard. Promise: a journal that lets nobody in says so in the log, now and then.
//! Limits: limits::JOURNAL_STUCK*.   Read next: writer.rs.

use std::cell::Cell;

use crate::clock::{self, Instant};
use crate::limits;
use crate::metrics::{Histogram, Spread};

/// Counters of one journal since start.
#[derive(Debug, Default)]
pub struct Counters {
    pub(super) page_bytes: Histogram,
    pub(super) write_us: Histogram,
    /// Waits for room that have ended, let in or given up.
    pub(super) wait_us: Histogram,
    pub(super) appends: Cell<u64>,
    told_at: Cell<Option<Instant>>,
}

/// What a journal has done since start, and how it stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    pub page_bytes: Spread,
    pub write_us: Spread,
    pub wait_us: Spread,
    pub appends: u64,
    /// Bytes of the ring that segments do not hold yet.
    pub live_bytes: u64,
    pub capacity_bytes: u64,
    /// Who waits for room now.
    pub waiting: usize,
}

/// A wait for room, from its first moment to its last.
pub(super) struct Wait<'a> {
    counters: &'a Counters,
    since: Instant,
}

impl Counters {
    pub(super) fn begin_wait(&self) -> Wait<'_> {
        Wait { counters: self, since: clock::now() }
    }

    /// Whether it is time to say that a wait since `since` has not ended.
    fn is_to_be_told(&self, since: Instant, now: Instant) -> bool {
        let is_long = now.since(since) >= limits::JOURNAL_STUCK;
        let was_told = |at: Instant| now.since(at) < limits::JOURNAL_STUCK_TOLD;
        let tell = is_long && !self.told_at.get().is_some_and(was_told);
        if tell {
            self.told_at.set(Some(now));
        }
        tell
    }
}

impl Wait<'_> {
    /// Says in the log that the wait is long, if that was not said lately.
    pub(super) fn tell(&self, journal: &str, live_bytes: u64, capacity_bytes: u64) {
        let now = clock::now();
        if self.counters.is_to_be_told(self.since, now) {
            tracing::warn!(
                journal,
                live_bytes,
                capacity_bytes,
                waited_s = now.since(self.since).as_secs(),
                "journal stuck: appends wait for room; the disk does not keep up with the \
                 segments, or a write hangs"
            );
        }
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let waited_us = self.since.elapsed().as_micros();
        self.counters.wait_us.observe(u64::try_from(waited_us).unwrap_or(u64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_waits_are_told_now_and_then() {
        let counters = Counters::default();
        let since = Instant::from_ns(1);
        let long = since + limits::JOURNAL_STUCK;
        assert!(!counters.is_to_be_told(since, since));
        assert!(counters.is_to_be_told(since, long));
        assert!(!counters.is_to_be_told(since, long + limits::JOURNAL_STUCK));
        assert!(counters.is_to_be_told(since, long + limits::JOURNAL_STUCK_TOLD));
    }
}
