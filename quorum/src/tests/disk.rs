//! The disk of a simulated node: log, snapshots, `quorum-state`; what a power cut leaves of them.

use std::collections::BTreeMap;

use crate::command::AppendId;
use crate::config::{ElectionState, Stored, StoredLog};
use crate::control_records::ControlRecord;
use crate::messages::FetchedBatch;
use crate::tests::fixture::Dice;
use crate::units::{Epoch, Offset, OffsetAndEpoch};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Record {
    Data(u64),
    Control(ControlRecord),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Batch {
    pub(super) base: i64,
    pub(super) epoch: i32,
    pub(super) records: Vec<Record>,
    append: AppendId,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Snapshot {
    pub(super) size: u64,
    /// Of all data before its end.
    pub(super) content: u64,
    pub(super) control_records: Vec<ControlRecord>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Disk {
    pub(super) start: i64,
    batches: Vec<Batch>,
    /// What a power cut leaves for sure.
    pub(super) synced: i64,
    pub(super) election: Option<ElectionState>,
    pub(super) snapshots: BTreeMap<OffsetAndEpoch, Snapshot>,
}

impl Batch {
    pub(super) fn new(base: i64, epoch: i32, records: Vec<Record>, append: AppendId) -> Self {
        Self { base, epoch, records, append }
    }

    pub(super) fn end(&self) -> i64 {
        self.base + self.records.len() as i64
    }

    pub(super) fn header(&self) -> FetchedBatch {
        let records = (self.base..).zip(&self.records);
        let control = records.filter_map(|(offset, record)| match record {
            Record::Control(record) => Some((Offset(offset), record.clone())),
            Record::Data(_) => None,
        });
        FetchedBatch {
            base_offset: Offset(self.base),
            last_offset: Offset(self.end() - 1),
            epoch: Epoch(self.epoch),
            control_records: control.collect(),
        }
    }
}

/// Mixes the next value into what stands for all before it.
pub(super) fn mix(content: u64, value: u64) -> u64 {
    Dice(content ^ value.rotate_left(32)).roll()
}

impl Disk {
    pub(super) fn end(&self) -> i64 {
        self.batches.last().map_or(self.start, Batch::end)
    }

    /// The offset of the last voters in the log; -1 if there are none.
    pub(super) fn voters_offset(&self) -> i64 {
        let records = self.records(self.start);
        let voters = records
            .filter(|(_, _, record)| matches!(record, Record::Control(ControlRecord::Voters(_))));
        voters.last().map_or(-1, |(offset, ..)| offset)
    }

    pub(super) fn append(&mut self, batch: Batch) {
        assert_eq!(batch.base, self.end(), "a log has no gaps");
        self.batches.push(batch);
    }

    /// Records with their offsets and epochs, from an offset on.
    pub(super) fn records(&self, from: i64) -> impl Iterator<Item = (i64, i32, &Record)> {
        let first = self.batches.partition_point(|batch| batch.end() <= from);
        let batches = self.batches[first..].iter();
        let records = batches.flat_map(|batch| {
            (batch.base..).zip(&batch.records).map(|(offset, record)| (offset, batch.epoch, record))
        });
        records.skip_while(move |(offset, ..)| *offset < from)
    }

    /// The epoch of the record before an end.
    pub(super) fn epoch_before(&self, end: i64) -> i32 {
        let at = self.batches.partition_point(|batch| batch.end() < end);
        let batch = self.batches.get(at).filter(|batch| batch.base < end);
        let snapshot = || self.snapshots.keys().find(|id| id.offset.0 == end);
        batch.map_or_else(|| snapshot().map_or(0, |id| id.epoch.0), |batch| batch.epoch)
    }

    pub(super) fn is_aligned(&self, end: i64) -> bool {
        end == self.start || self.batches.iter().any(|batch| batch.end() == end)
    }

    /// Batches from an offset on, until there are `limit` records.
    pub(super) fn read(&self, from: i64, limit: usize) -> Vec<Batch> {
        let first = self.batches.partition_point(|batch| batch.end() <= from);
        let mut count = 0;
        let batches = self.batches[first..].iter().take_while(|batch| {
            let fits = count == 0 || count + batch.records.len() <= limit;
            count += batch.records.len();
            fits
        });
        batches.cloned().collect()
    }

    pub(super) fn sync(&mut self, append: AppendId) {
        let first = self.batches.partition_point(|batch| batch.end() <= self.synced);
        let done = self.batches[first..].iter().take_while(|batch| batch.append <= append);
        self.synced = done.last().map_or(self.synced, Batch::end);
    }

    pub(super) fn truncate(&mut self, to: i64) {
        assert!(self.is_aligned(to), "a truncation cuts between batches");
        self.batches.retain(|batch| batch.end() <= to);
        self.synced = self.synced.min(to);
    }

    pub(super) fn truncate_fully(&mut self, to: OffsetAndEpoch) {
        assert!(self.snapshots.contains_key(&to), "the snapshot is there before the log goes");
        self.batches.clear();
        self.start = to.offset.0;
        self.synced = self.start;
        self.snapshots.retain(|id, _| *id >= to);
    }

    pub(super) fn delete_before(&mut self, id: OffsetAndEpoch) {
        assert!(self.snapshots.contains_key(&id) && self.is_aligned(id.offset.0));
        self.batches.retain(|batch| batch.end() > id.offset.0);
        self.start = id.offset.0;
        self.synced = self.synced.max(self.start);
        self.snapshots.retain(|other, _| *other >= id);
    }

    /// What is not synced may be there after a power cut, or not.
    pub(super) fn power_cut(&mut self, dice: &mut Dice) {
        let synced = self.batches.partition_point(|batch| batch.end() <= self.synced);
        let unsynced = (self.batches.len() - synced) as u64;
        let kept = synced + usize::try_from(dice.between(0, unsynced + 1)).unwrap();
        self.batches.truncate(kept);
    }

    /// What a machine is told that starts: all that is there is synced by then.
    pub(super) fn stored(&mut self) -> Stored {
        self.synced = self.end();
        let mut epochs: Vec<(Epoch, Offset)> = Vec::new();
        for batch in &self.batches {
            if epochs.last().is_none_or(|(last, _)| last.0 < batch.epoch) {
                epochs.push((Epoch(batch.epoch), Offset(batch.base)));
            }
        }
        let log = StoredLog {
            start: Offset(self.start),
            end: Offset(self.end()),
            epochs,
            snapshots: self.snapshots.iter().map(|(id, snapshot)| (*id, snapshot.size)).collect(),
        };
        Stored { election: self.election, log, control_records: self.control_records() }
    }

    fn control_records(&self) -> Vec<(Offset, ControlRecord)> {
        let mut found = Vec::new();
        let mut from = self.start;
        if let Some((id, snapshot)) = self.snapshots.last_key_value() {
            from = id.offset.0;
            let at = Offset(id.offset.0 - 1);
            found.extend(snapshot.control_records.iter().map(|record| (at, record.clone())));
        }
        let logged = self.records(from).filter_map(|(offset, _, record)| match record {
            Record::Control(record) => Some((Offset(offset), record.clone())),
            Record::Data(_) => None,
        });
        found.extend(logged);
        found
    }
}
