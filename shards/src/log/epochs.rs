//! Which leader epoch began at which offset: how a follower or a reader finds out that its log
//! and the leader's went different ways.
//!
//! Lives on: the partition's core; pure.
//! Promise: epochs and start offsets both rise strictly.
//! Limits: limits::LEADER_EPOCHS_PER_PARTITION_MAX.   Read next: format/epoch_checkpoint.rs.

use crate::limits;

/// An epoch and its first offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochStart {
    pub epoch: i32,
    pub start_offset: i64,
}

/// Where an epoch ends: the largest known epoch up to the one asked for, and the offset after its
/// last record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochRange {
    pub epoch: i32,
    pub end_offset: i64,
}

/// Batches beside each other that name the same epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub epoch: i32,
    pub start_offset: i64,
    /// How many batches; more than two are as good as two.
    pub batches: u32,
}

impl Run {
    /// Adds a batch. One without epoch (-1) says nothing.
    pub fn note(runs: &mut Vec<Run>, start_offset: i64, epoch: i32) {
        match runs.last_mut() {
            _ if epoch < 0 => {}
            Some(last) if last.epoch == epoch => last.batches = last.batches.saturating_add(1),
            _ => runs.push(Run { epoch, start_offset, batches: 1 }),
        }
    }
}

/// The leader epochs of one partition, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Epochs {
    starts: Vec<EpochStart>,
}

impl Epochs {
    pub fn new() -> Self {
        Self::default()
    }

    /// As a checkpoint has them; what contradicts a later entry is left out.
    pub fn from_entries(entries: &[EpochStart]) -> Self {
        let mut epochs = Self::new();
        for entry in entries {
            epochs.assign(entry.epoch, entry.start_offset);
        }
        epochs
    }

    /// As the batches of a log say. Epochs never go back: where they seem to, a single batch
    /// between others is damaged, and says nothing.
    pub fn from_runs(runs: &[Run]) -> Self {
        let mut kept: Vec<Run> = Vec::new();
        for run in runs {
            while let Some(last) = kept.last()
                && last.epoch > run.epoch
                && (last.batches == 1 || run.batches > 1)
            {
                kept.pop();
            }
            match kept.last_mut() {
                Some(last) if last.epoch == run.epoch => last.batches += run.batches,
                Some(last) if last.epoch > run.epoch => {}
                _ => kept.push(*run),
            }
        }
        let mut epochs = Self::new();
        for run in kept {
            epochs.assign(run.epoch, run.start_offset);
        }
        epochs
    }

    /// What a checkpoint holds.
    pub fn entries(&self) -> &[EpochStart] {
        &self.starts
    }

    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    pub fn latest(&self) -> Option<EpochStart> {
        self.starts.last().copied()
    }

    pub fn earliest(&self) -> Option<EpochStart> {
        self.starts.first().copied()
    }

    /// A batch of `epoch` was appended at `start_offset`. True: the checkpoint must be written.
    ///
    /// Entries that contradict the new one are dropped: they were never committed. A batch without
    /// epoch (-1) says nothing.
    pub fn assign(&mut self, epoch: i32, start_offset: i64) -> bool {
        if epoch < 0 || start_offset < 0 {
            return false;
        }
        if let Some(latest) = self.latest()
            && latest.epoch == epoch
            && latest.start_offset <= start_offset
        {
            return false;
        }
        let conflicts = |it: &EpochStart| it.epoch >= epoch || it.start_offset >= start_offset;
        while self.starts.pop_if(|latest| conflicts(latest)).is_some() {}
        self.starts.push(EpochStart { epoch, start_offset });
        if self.starts.len() > limits::LEADER_EPOCHS_PER_PARTITION_MAX {
            self.starts.remove(0);
        }
        true
    }

    /// Where `epoch` ends in this log; none: nothing is known of it.
    pub fn end_offset_for(&self, epoch: i32, log_end_offset: i64) -> Option<EpochRange> {
        let latest = self.latest()?;
        if epoch < 0 {
            return None;
        }
        if epoch == latest.epoch {
            return Some(EpochRange { epoch, end_offset: log_end_offset });
        }
        let next = self.starts.partition_point(|start| start.epoch <= epoch);
        let end_offset = self.starts.get(next)?.start_offset;
        // Before all that is known: the data is gone, the reader begins where the log does.
        let floor = next.checked_sub(1).map_or(epoch, |index| self.starts[index].epoch);
        Some(EpochRange { epoch: floor, end_offset })
    }

    /// The epoch of the record at `offset`.
    pub fn epoch_at(&self, offset: i64) -> Option<i32> {
        let next = self.starts.partition_point(|start| start.start_offset <= offset);
        next.checked_sub(1).map(|index| self.starts[index].epoch)
    }

    /// The largest known epoch below `epoch`.
    pub fn before(&self, epoch: i32) -> Option<EpochStart> {
        let index = self.starts.partition_point(|start| start.epoch < epoch);
        index.checked_sub(1).map(|index| self.starts[index])
    }

    /// The log ends at `end_offset` now. True: the checkpoint must be written.
    pub fn truncate_from_end(&mut self, end_offset: i64) -> bool {
        let before = self.starts.len();
        while self.starts.pop_if(|latest| latest.start_offset >= end_offset).is_some() {}
        self.starts.len() != before
    }

    /// The log begins at `start_offset` now. True: the checkpoint must be written.
    ///
    /// The epoch that reaches over `start_offset` begins there.
    pub fn truncate_from_start(&mut self, start_offset: i64) -> bool {
        let gone = self.starts.partition_point(|start| start.start_offset <= start_offset);
        let Some(last_gone) = gone.checked_sub(1) else { return false };
        let unchanged = last_gone == 0 && self.starts[0].start_offset == start_offset;
        self.starts[last_gone].start_offset = start_offset;
        self.starts.drain(..last_gone);
        !unchanged
    }

    pub fn clear(&mut self) {
        self.starts.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn epochs(entries: &[(i32, i64)]) -> Epochs {
        let mut epochs = Epochs::new();
        for (epoch, start_offset) in entries {
            epochs.assign(*epoch, *start_offset);
        }
        epochs
    }

    #[test]
    fn a_single_batch_that_goes_back_or_ahead_is_passed_over() {
        let of = |batches: &[i32]| {
            let mut runs = Vec::new();
            for (offset, epoch) in batches.iter().enumerate() {
                Run::note(&mut runs, offset as i64, *epoch);
            }
            list(&Epochs::from_runs(&runs))
        };
        assert_eq!(of(&[0, 0, 1, 1, 1, 4]), [(0, 0), (1, 2), (4, 5)]);
        assert_eq!(of(&[0, 0, 64, 0, 1, 1]), [(0, 0), (1, 4)]);
        assert_eq!(of(&[5, 5, 1, 5, 5, 6]), [(5, 0), (6, 5)]);
        assert_eq!(of(&[64, 0, 0, -1, 0]), [(0, 1)]);
        assert_eq!(of(&[0, 0, 1, 0, 1, 1]), [(0, 0), (1, 4)]);
    }

    fn list(epochs: &Epochs) -> Vec<(i32, i64)> {
        epochs.entries().iter().map(|it| (it.epoch, it.start_offset)).collect()
    }

    #[test]
    fn assigning_keeps_both_rising() {
        let mut epochs = epochs(&[(1, 0), (2, 10), (4, 20)]);
        assert!(!epochs.assign(4, 20));
        assert!(!epochs.assign(4, 35));
        assert!(epochs.assign(6, 20));
        assert_eq!(list(&epochs), [(1, 0), (2, 10), (6, 20)]);
        assert!(epochs.assign(3, 15));
        assert_eq!(list(&epochs), [(1, 0), (2, 10), (3, 15)]);
        assert!(epochs.assign(3, 5));
        assert_eq!(list(&epochs), [(1, 0), (3, 5)]);
    }

    #[test]
    fn end_offsets() {
        let epochs = epochs(&[(2, 5), (4, 10), (7, 20)]);
        let end = |epoch| epochs.end_offset_for(epoch, 30).map(|it| (it.epoch, it.end_offset));
        assert_eq!(end(-1), None);
        assert_eq!(end(1), Some((1, 5)));
        assert_eq!(end(2), Some((2, 10)));
        assert_eq!(end(3), Some((2, 10)));
        assert_eq!(end(6), Some((4, 20)));
        assert_eq!(end(7), Some((7, 30)));
        assert_eq!(end(8), None);
        assert_eq!(Epochs::new().end_offset_for(0, 30), None);
    }

    #[test]
    fn epochs_of_offsets() {
        let epochs = epochs(&[(2, 5), (4, 10)]);
        let found: Vec<_> = [4, 5, 9, 10, 99].map(|offset| epochs.epoch_at(offset)).into();
        assert_eq!(found, [None, Some(2), Some(2), Some(4), Some(4)]);
        assert_eq!(epochs.before(4).map(|it| it.epoch), Some(2));
        assert_eq!(epochs.before(2), None);
    }

    #[test]
    fn truncation() {
        let full = epochs(&[(2, 5), (4, 10), (7, 20)]);
        let mut cut = full.clone();
        assert!(!cut.truncate_from_end(21));
        assert!(cut.truncate_from_end(10));
        assert_eq!(list(&cut), [(2, 5)]);
        let mut cut = full.clone();
        assert!(!cut.truncate_from_start(4));
        assert!(!cut.truncate_from_start(5));
        assert!(cut.truncate_from_start(12));
        assert_eq!(list(&cut), [(4, 12), (7, 20)]);
        assert!(cut.truncate_from_start(20));
        assert_eq!(list(&cut), [(7, 20)]);
        assert!(cut.truncate_from_start(25));
        assert_eq!(list(&cut), [(7, 25)]);
    }

    #[test]
    fn entries_from_a_checkpoint() {
        let epochs = epochs(&[(2, 5), (4, 10)]);
        assert_eq!(Epochs::from_entries(epochs.entries()), epochs);
        let negative = EpochStart { epoch: -1, start_offset: 3 };
        assert!(Epochs::from_entries(&[negative]).is_empty());
    }

    proptest! {
        #[test]
        fn always_rising(
            changes in prop::collection::vec((0i32..20, 0i64..100, 0u8..6), 0..60),
        ) {
            let mut epochs = Epochs::new();
            for (epoch, offset, change) in changes {
                match change {
                    0 => epochs.truncate_from_end(offset),
                    1 => epochs.truncate_from_start(offset),
                    _ => epochs.assign(epoch, offset),
                };
                let rising = |pair: &[EpochStart]| {
                    pair[0].epoch < pair[1].epoch && pair[0].start_offset < pair[1].start_offset
                };
                prop_assert!(epochs.entries().windows(2).all(rising));
            }
        }
    }
}
