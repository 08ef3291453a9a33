//! Where a log begins and ends, and up to where the device holds it.
//!
//! Lives on: the partition's shard; pure. The fields are this module's alone: each change keeps
//! log start <= durable end <= log end. Promise: the durable end goes back only where the log is
//! cut. Read next: ../replica/mod.rs, which decides what lies between of the high watermark.

use crate::replica::LogEnds;
use crate::units::Offset;

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Positions {
    log_start: Offset,
    /// End of what the device holds.
    durable: Offset,
    /// Offset of the next record.
    next: Offset,
}

impl Positions {
    pub(super) fn log_start(&self) -> Offset {
        self.log_start
    }

    pub(super) fn durable(&self) -> Offset {
        self.durable
    }

    pub(super) fn next(&self) -> Offset {
        self.next
    }

    pub(super) fn ends(&self) -> LogEnds {
        LogEnds { log_start: self.log_start, durable: self.durable, log_end: self.next }
    }

    /// Records were appended up to `next`.
    pub(super) fn append_to(&mut self, next: Offset) {
        assert!(next > self.next, "an append ends before the log's end");
        self.next = next;
    }

    /// The device holds what lies before `end`.
    pub(super) fn sync_to(&mut self, end: Offset) {
        assert!(self.durable <= end && end <= self.next, "the journal tells of another log");
        self.durable = end;
    }

    /// The log begins at `start`, or later already.
    pub(super) fn start_at(&mut self, start: Offset) {
        assert!(start <= self.durable, "a log begins behind what the device holds");
        self.log_start = self.log_start.max(start);
    }

    /// The log ends at `end`, all of which the device holds.
    pub(super) fn cut_to(&mut self, end: Offset) {
        assert!(self.log_start <= end && end <= self.next, "a log is cut where it is not");
        (self.durable, self.next) = (end, end);
    }

    /// The log has nothing, and begins at `start`.
    pub(super) fn begin_anew(&mut self, start: Offset) {
        *self = Positions { log_start: start, durable: start, next: start };
    }

    /// While it is loaded: what was found ends here.
    pub(super) fn find_end(&mut self, next: Offset) {
        self.next = next;
    }

    /// It is loaded: it begins at `start`, or where what was found ends, and all of it is durable.
    pub(super) fn end_loading(&mut self, start: Offset) {
        self.log_start = start.min(self.next);
        self.durable = self.next;
    }

    pub(super) fn invariants(&self) {
        assert!(self.log_start <= self.durable, "log start beyond what is durable");
        assert!(self.durable <= self.next, "durable beyond the log's end");
    }
}
