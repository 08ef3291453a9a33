//! How far a journal is on its device, where appends do not wait for that. Pure.
//!
//! With `Durability::Cached` a page counts as written when the device was given it, and the file is
//! synced once in a while. Until then any part of the pages may be missing after a power cut.
//! Promise: the ring is told of freed pages only by what is on the device, so that a page that the
//! file may still name as needed is never written over. Never: does I/O. Read next: writer.rs.

use super::writer::PageSequence;

/// See the module.
#[derive(Debug)]
pub struct Unsynced {
    /// Pages before this one are on the device.
    durable_before: u64,
    /// Those before this one were given to it.
    written_before: u64,
    /// Where the oldest page stands that is needed, as the newest written one says.
    stated: u64,
    /// What pages before this one said is overtaken by something on the device already.
    told_before: u64,
}

/// A sync that is under way, with what it will have brought onto the device.
#[derive(Debug)]
pub struct Sync {
    written_before: u64,
    stated: u64,
}

impl Unsynced {
    pub fn new(first: PageSequence) -> Unsynced {
        let first = first.0;
        Unsynced { durable_before: first, written_before: first, stated: 0, told_before: first }
    }

    /// How many pages up to this one may be missing after a power cut.
    pub fn pages_up_to(&self, page: PageSequence) -> u64 {
        page.0 + 1 - self.durable_before
    }

    /// Whether a sync is needed.
    pub fn is_behind(&self) -> bool {
        self.durable_before < self.written_before
    }

    /// A page was written that names where the oldest one stands that is needed.
    pub fn note_written(&mut self, page: PageSequence, stated: u64) {
        self.written_before = page.0 + 1;
        self.stated = stated;
    }

    /// A mark on the device has overtaken what pages said until now.
    pub fn note_mark(&mut self) {
        self.told_before = self.written_before;
    }

    pub fn begin_sync(&self) -> Sync {
        Sync { written_before: self.written_before, stated: self.stated }
    }

    /// Where the oldest page that is needed stands, as the file says now; none: it is known.
    pub fn end_sync(&mut self, sync: &Sync) -> Option<u64> {
        self.durable_before = self.durable_before.max(sync.written_before);
        let is_news = sync.written_before > self.told_before;
        self.told_before = self.told_before.max(sync.written_before);
        is_news.then_some(sync.stated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sync_vouches_for_what_was_written_when_it_began() {
        let mut unsynced = Unsynced::new(PageSequence(5));
        assert!(!unsynced.is_behind());
        assert_eq!(unsynced.pages_up_to(PageSequence(5)), 1);
        unsynced.note_written(PageSequence(5), 8192);
        let sync = unsynced.begin_sync();
        unsynced.note_written(PageSequence(6), 8192);
        assert_eq!(unsynced.pages_up_to(PageSequence(7)), 3);
        assert_eq!(unsynced.end_sync(&sync), Some(8192));
        assert!(unsynced.is_behind());
        assert_eq!(unsynced.pages_up_to(PageSequence(7)), 2);
    }

    #[test]
    fn a_sync_that_a_mark_has_overtaken_tells_nothing() {
        let mut unsynced = Unsynced::new(PageSequence(0));
        unsynced.note_written(PageSequence(0), 8192);
        let sync = unsynced.begin_sync();
        unsynced.note_mark();
        assert_eq!(unsynced.end_sync(&sync), None);
        assert!(!unsynced.is_behind());
        unsynced.note_written(PageSequence(1), 16384);
        let sync = unsynced.begin_sync();
        assert_eq!(unsynced.end_sync(&sync), Some(16384));
    }
}
