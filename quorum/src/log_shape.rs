//! The shape of the log: its ends, where its epochs begin, which snapshots there are.
//!
//! The bytes are the driver's. What decides about truncation is here.
//! Promise: `durable <= end`, `start <= durable`; epochs ascend with their offsets.
//! Source: RaftLog, KafkaRaftLog, LeaderEpochFileCache.

use std::collections::{BTreeMap, VecDeque};

use crate::command::AppendId;
use crate::config::{StartError, StoredLog};
use crate::limits::OFFSET_MAX;
use crate::units::{Epoch, Offset, OffsetAndEpoch};

/// How a position that a follower asks for stands to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    Valid,
    /// The end of the largest epoch that both may share.
    Diverging(OffsetAndEpoch),
    /// Older than the log: this is the snapshot to begin with.
    Snapshot(OffsetAndEpoch),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LogShape {
    start: Offset,
    end: Offset,
    durable: Offset,
    epochs: Vec<(Epoch, Offset)>,
    snapshots: BTreeMap<OffsetAndEpoch, u64>,
    /// Appends that are not synced, with their ends.
    unsynced: VecDeque<(AppendId, Offset)>,
    last_append: AppendId,
}

impl LogShape {
    pub(crate) fn new(stored: StoredLog) -> Result<Self, StartError> {
        let StoredLog { start, end, epochs, snapshots } = stored;
        if start < Offset(0) || end < start || end > OFFSET_MAX {
            return Err(StartError::Log("its ends are impossible"));
        }
        let ascends = epochs.is_sorted_by(|one, next| one.0 < next.0 && one.1 <= next.1);
        let inside = |&(epoch, offset): &(Epoch, Offset)| {
            epoch >= Epoch(0) && (Offset(0)..=end).contains(&offset)
        };
        if !ascends || !epochs.iter().all(inside) || (epochs.is_empty() && end > start) {
            return Err(StartError::Log("its leader epochs are not in order"));
        }
        let reaches = |(id, _): &(OffsetAndEpoch, u64)| id.offset >= start;
        if start > Offset(0) && !snapshots.iter().any(reaches) {
            return Err(StartError::SnapshotMissing { start });
        }
        let snapshots = snapshots.into_iter().filter(reaches).collect();
        let mut shape = Self {
            start,
            end,
            durable: end,
            epochs,
            snapshots,
            unsynced: VecDeque::new(),
            last_append: AppendId(0),
        };
        shape.cut_epochs_before(start);
        Ok(shape)
    }

    pub(crate) fn start(&self) -> Offset {
        self.start
    }

    pub(crate) fn end(&self) -> Offset {
        self.end
    }

    /// What a power cut leaves.
    pub(crate) fn durable(&self) -> Offset {
        self.durable
    }

    pub(crate) fn unsynced_appends(&self) -> usize {
        self.unsynced.len()
    }

    /// The end with the epoch of the last record: what logs are compared by.
    pub(crate) fn end_and_epoch(&self) -> OffsetAndEpoch {
        OffsetAndEpoch { epoch: self.last_epoch(), offset: self.end }
    }

    /// 0 for a log that never had a record.
    pub(crate) fn last_epoch(&self) -> Epoch {
        let of_snapshot = || self.latest_snapshot().map_or(Epoch(0), |id| id.epoch);
        self.epochs.last().map_or_else(of_snapshot, |&(epoch, _)| epoch)
    }

    pub(crate) fn latest_snapshot(&self) -> Option<OffsetAndEpoch> {
        self.snapshots.last_key_value().map(|(&id, _)| id)
    }

    fn earliest_snapshot(&self) -> Option<OffsetAndEpoch> {
        self.snapshots.first_key_value().map(|(&id, _)| id)
    }

    pub(crate) fn snapshot_size(&self, id: OffsetAndEpoch) -> Option<u64> {
        self.snapshots.get(&id).copied()
    }

    /// Whether the latest snapshot is ahead of the log, so that the log has to be emptied.
    pub(crate) fn snapshot_ahead(&self) -> Option<OffsetAndEpoch> {
        let latest_epoch = self.epochs.last().map_or(Epoch(0), |&(epoch, _)| epoch);
        let end = OffsetAndEpoch { epoch: latest_epoch, offset: self.end };
        self.latest_snapshot().filter(|id| *id > end && id.offset > self.start)
    }

    /// A new epoch begins at the end: known also before its first record.
    pub(crate) fn begin_epoch(&mut self, epoch: Epoch) {
        if self.epochs.last().is_none_or(|&(last, _)| last < epoch) {
            // An epoch without a record gives way to the next one.
            self.epochs.retain(|&(_, offset)| offset < self.end);
            self.epochs.push((epoch, self.end));
        }
    }

    /// Appends records of one epoch, which is not below the last one. They are not synced yet.
    pub(crate) fn append(&mut self, epoch: Epoch, end: Offset) -> AppendId {
        assert!(end > self.end, "an append moves the end");
        assert!(epoch >= self.last_epoch(), "epochs do not go back");
        self.begin_epoch(epoch);
        self.end = end;
        self.last_append = AppendId(self.last_append.0 + 1);
        self.unsynced.push_back((self.last_append, end));
        self.check();
        self.last_append
    }

    /// Returns whether the durable end moved.
    pub(crate) fn synced(&mut self, append: AppendId) -> bool {
        let before = self.durable;
        while let Some(&(id, end)) = self.unsynced.front()
            && id <= append
        {
            self.durable = end;
            self.unsynced.pop_front();
        }
        self.check();
        self.durable > before
    }

    pub(crate) fn truncate(&mut self, to: Offset) {
        assert!(self.start <= to && to <= self.end, "a truncation is inside of the log");
        self.end = to;
        self.durable = self.durable.min(to);
        self.epochs.retain(|&(_, offset)| offset < to);
        // What is left of an append that is cut is not synced before the append would be.
        for (_, end) in &mut self.unsynced {
            *end = (*end).min(to);
        }
        let durable = self.durable;
        self.unsynced.retain(|&(_, end)| end > durable);
        self.unsynced.make_contiguous();
        self.check();
    }

    /// The log is empty, and begins at a snapshot that is there.
    pub(crate) fn truncate_fully(&mut self, to: OffsetAndEpoch) {
        assert!(self.snapshots.contains_key(&to), "a log begins at a snapshot");
        self.start = to.offset;
        self.end = to.offset;
        self.durable = to.offset;
        self.epochs.clear();
        self.unsynced.clear();
        self.snapshots.retain(|&id, _| id >= to);
        self.check();
    }

    pub(crate) fn add_snapshot(&mut self, id: OffsetAndEpoch, size: u64) {
        self.snapshots.insert(id, size);
    }

    pub(crate) fn may_delete_before(&self, id: OffsetAndEpoch) -> bool {
        let latest = self.latest_snapshot();
        self.snapshots.contains_key(&id)
            && self.start < id.offset
            && id.offset <= self.end
            && latest.is_some_and(|latest| id.offset <= latest.offset)
    }

    pub(crate) fn delete_before(&mut self, id: OffsetAndEpoch) {
        assert!(self.may_delete_before(id), "the start moves to a snapshot inside of the log");
        self.start = id.offset;
        // What the snapshot holds was committed: a power cut that takes it leaves the snapshot.
        self.durable = self.durable.max(id.offset);
        let durable = self.durable;
        self.unsynced.retain(|&(_, end)| end > durable);
        self.snapshots.retain(|&other, _| other >= id);
        self.cut_epochs_before(id.offset);
        self.check();
    }

    /// The largest epoch not above `epoch`, and where it ends (RaftLog.endOffsetForEpoch).
    pub(crate) fn end_offset_for_epoch(&self, epoch: Epoch) -> OffsetAndEpoch {
        match self.epochs.last() {
            Some(&(latest, _)) if epoch < latest => {}
            _ => return self.end_and_epoch(),
        }
        let above = self.epochs.partition_point(|&(known, _)| known <= epoch);
        let Some(&(_, end)) = self.epochs.get(above) else { return self.end_and_epoch() };
        let floor = above.checked_sub(1).and_then(|below| self.epochs.get(below));
        let found = OffsetAndEpoch { epoch: floor.map_or(epoch, |&(known, _)| known), offset: end };
        match self.earliest_snapshot() {
            Some(earliest) if earliest.offset == end && found.epoch == epoch => earliest,
            _ => found,
        }
    }

    /// Where a follower stands whose log ends at `offset` with a record of `epoch`.
    pub(crate) fn position(&self, offset: Offset, epoch: Epoch) -> Position {
        if self.start == Offset(0) && offset == Offset(0) {
            return Position::Valid;
        }
        if let (Some(earliest), Some(latest)) = (self.earliest_snapshot(), self.latest_snapshot())
            && (offset < self.start
                || (offset == self.start && epoch != earliest.epoch)
                || epoch < earliest.epoch)
        {
            return Position::Snapshot(latest);
        }
        let end = self.end_offset_for_epoch(epoch);
        match end.epoch != epoch || end.offset < offset {
            true => Position::Diverging(end),
            false => Position::Valid,
        }
    }

    /// Where to cut when the leader says where the logs part (RaftLog.truncateToEndOffset).
    pub(crate) fn truncation_for(&self, diverging: OffsetAndEpoch) -> Offset {
        if diverging.epoch == Epoch(0) {
            return diverging.offset.min(self.end);
        }
        let own = self.end_offset_for_epoch(diverging.epoch);
        match own.epoch == diverging.epoch {
            true => own.offset.min(diverging.offset),
            false => own.offset,
        }
    }

    fn cut_epochs_before(&mut self, start: Offset) {
        let later = self.epochs.partition_point(|&(_, offset)| offset <= start);
        if let Some(covering) = later.checked_sub(1) {
            self.epochs.drain(..covering);
            if let Some(first) = self.epochs.first_mut() {
                first.1 = start;
            }
        }
    }

    fn check(&self) {
        assert!(self.start <= self.durable && self.durable <= self.end, "{self:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(offset: i64, epoch: i32) -> OffsetAndEpoch {
        OffsetAndEpoch::new(offset, epoch)
    }

    /// Epoch 1 up to 3, epoch 4 up to 5, epoch 6 up to 8.
    fn shape() -> LogShape {
        let mut shape = LogShape::new(StoredLog::default()).unwrap();
        shape.append(Epoch(1), Offset(3));
        shape.append(Epoch(4), Offset(5));
        let last = shape.append(Epoch(6), Offset(8));
        shape.synced(last);
        shape
    }

    #[test]
    fn the_end_of_an_epoch_is_where_the_next_one_begins() {
        let shape = shape();
        let expected =
            [(0, key(0, 0)), (1, key(3, 1)), (3, key(3, 1)), (4, key(5, 4)), (6, key(8, 6))];
        for (epoch, end) in expected {
            assert_eq!(shape.end_offset_for_epoch(Epoch(epoch)), end, "epoch {epoch}");
        }
        assert_eq!(shape.end_offset_for_epoch(Epoch(9)), key(8, 6));
    }

    #[test]
    fn a_position_is_valid_if_its_epoch_reaches_there() {
        let shape = shape();
        for (offset, epoch) in [(0, 0), (3, 1), (2, 1), (5, 4), (4, 4), (8, 6)] {
            let position = shape.position(Offset(offset), Epoch(epoch));
            assert_eq!(position, Position::Valid, "{offset} {epoch}");
        }
        let diverging = [(4, 1, key(3, 1)), (9, 6, key(8, 6)), (7, 5, key(5, 4))];
        for (offset, epoch, end) in diverging {
            let position = shape.position(Offset(offset), Epoch(epoch));
            assert_eq!(position, Position::Diverging(end), "{offset} {epoch}");
        }
    }

    #[test]
    fn who_is_behind_the_start_begins_with_the_latest_snapshot() {
        let mut shape = shape();
        shape.add_snapshot(key(4, 4), 10);
        shape.add_snapshot(key(6, 6), 10);
        shape.delete_before(key(4, 4));
        assert_eq!(shape.snapshot_size(key(4, 4)), Some(10));
        for (offset, epoch) in [(0, 0), (3, 1), (4, 1), (5, 3)] {
            let position = shape.position(Offset(offset), Epoch(epoch));
            assert_eq!(position, Position::Snapshot(key(6, 6)), "{offset} {epoch}");
        }
        assert_eq!(shape.position(Offset(4), Epoch(4)), Position::Valid);
        assert_eq!(shape.end_offset_for_epoch(Epoch(4)), key(5, 4));
    }

    #[test]
    fn a_truncation_takes_the_smaller_end_of_the_shared_epoch() {
        let shape = shape();
        assert_eq!(shape.truncation_for(key(4, 4)), Offset(4));
        assert_eq!(shape.truncation_for(key(9, 4)), Offset(5));
        assert_eq!(shape.truncation_for(key(4, 5)), Offset(5));
        assert_eq!(shape.truncation_for(key(0, 0)), Offset(0));
    }

    #[test]
    fn what_is_cut_before_its_sync_is_not_taken_for_what_follows() {
        let mut shape = shape();
        let cut = shape.append(Epoch(6), Offset(12));
        shape.truncate(Offset(7));
        let next = shape.append(Epoch(7), Offset(9));
        assert!(!shape.synced(cut));
        assert_eq!(shape.durable(), Offset(7));
        assert!(shape.synced(next));
        assert_eq!(shape.durable(), Offset(9));
    }

    #[test]
    fn a_log_is_emptied_for_a_snapshot_ahead_of_it() {
        let mut shape = shape();
        assert_eq!(shape.snapshot_ahead(), None);
        shape.add_snapshot(key(20, 7), 10);
        assert_eq!(shape.snapshot_ahead(), Some(key(20, 7)));
        shape.truncate_fully(key(20, 7));
        assert_eq!(shape.end_and_epoch(), key(20, 7));
        assert_eq!(shape.position(Offset(20), Epoch(7)), Position::Valid);
        assert_eq!(shape.snapshot_ahead(), None);
    }

    #[test]
    fn a_damaged_shape_is_refused() {
        let epochs = vec![(Epoch(2), Offset(0)), (Epoch(1), Offset(3))];
        let backwards = StoredLog { end: Offset(5), epochs, ..StoredLog::default() };
        assert!(matches!(LogShape::new(backwards), Err(StartError::Log(_))));
        let epochs = vec![(Epoch(2), Offset(3))];
        let headless = StoredLog { start: Offset(3), end: Offset(5), epochs, snapshots: vec![] };
        let missing = StartError::SnapshotMissing { start: Offset(3) };
        assert_eq!(LogShape::new(headless), Err(missing));
    }
}
