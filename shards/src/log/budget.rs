//! How much memory the tails of a log directory may hold.
//!
//! Lives on: its shard, inside the log directory. Pure.
//! Memory that is used again costs nothing, new memory 0.3 CPU s/GB and more. So what segments hold
//! as well is kept up to a small bound, and more only for readers: each byte that a reader found in
//! a file, though memory could have held it, raises the bound.
//! Limits: limits::TAIL_KEPT_BYTES_MIN. Read next: log_dir.rs.

use std::cell::Cell;

use crate::limits;

/// See the module.
#[derive(Debug)]
pub(super) struct MemoryBudget {
    used: Cell<usize>,
    /// What may stay though segments hold it.
    kept: Cell<usize>,
    max: usize,
}

impl MemoryBudget {
    pub(super) fn new(max: usize) -> MemoryBudget {
        let kept = limits::TAIL_KEPT_BYTES_MIN.min(max);
        MemoryBudget { used: Cell::new(0), kept: Cell::new(kept), max }
    }

    pub(super) fn used(&self) -> usize {
        self.used.get()
    }

    pub(super) fn max(&self) -> usize {
        self.max
    }

    /// A tail that held `before` bytes holds `after`.
    pub(super) fn charge(&self, before: usize, after: usize) {
        self.used.set(self.used.get() + after - before);
    }

    /// A reader found `bytes` in a file alone, `behind` bytes before the end of the log.
    pub(super) fn note_missed(&self, bytes: u64, behind: u64) {
        let max = self.max as u64;
        if behind <= max {
            let kept = (self.kept.get() as u64).saturating_add(bytes).min(max);
            self.kept.set(kept as usize);
        }
    }

    /// Whether chunks that segments hold are to be dropped.
    pub(super) fn is_over_kept(&self) -> bool {
        self.used.get() > self.kept.get()
    }

    #[cfg(test)]
    pub(super) fn limit_kept(&self, bytes: usize) {
        self.kept.set(bytes);
    }

    /// Whether segments are to take over more.
    pub(super) fn is_over_max(&self) -> bool {
        self.used.get() > self.max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIN: usize = limits::TAIL_KEPT_BYTES_MIN;

    #[test]
    fn readers_that_miss_raise_what_is_kept_up_to_the_budget() {
        let budget = MemoryBudget::new(2 * MIN);
        budget.charge(0, MIN + 1);
        assert!(budget.is_over_kept() && !budget.is_over_max());
        budget.note_missed(1, MIN as u64 + 1);
        assert!(!budget.is_over_kept());
        budget.note_missed(u64::MAX, 0);
        budget.charge(MIN + 1, 2 * MIN + 1);
        assert!(budget.is_over_kept() && budget.is_over_max());
        budget.charge(2 * MIN + 1, 0);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn a_reader_of_old_history_raises_nothing() {
        let budget = MemoryBudget::new(2 * MIN);
        budget.note_missed(MIN as u64, 2 * MIN as u64 + 1);
        budget.charge(0, MIN + 1);
        assert!(budget.is_over_kept());
    }
}
