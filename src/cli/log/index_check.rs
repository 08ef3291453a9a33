//! Holds the entries of indexes against the batches of their segment, as these go by.
//!
//! An offset index is sound if each entry points to the begin of a batch, no batch before that
//! holds its offset or a later one, so that a reader that follows it misses nothing, and a batch
//! ends with its offset (or the one that it points to begins with it). A time index is sound
//! if each entry's offset lies in a batch whose largest timestamp is the entry's, and no batch
//! before has a larger one.

use std::vec;

use shards::format::batch::{Batch, NO_LEADER_EPOCH};
use shards::format::{offset_index, time_index};
use shards::log::epochs::{EpochStart, Epochs};

/// Watches an offset index.
#[derive(Debug)]
pub(super) struct OffsetWatch {
    entries: vec::IntoIter<offset_index::Entry>,
    last_offset: Option<i64>,
    /// The offset of an entry, until a batch ends with it: several may be one entry.
    awaited: Option<i64>,
}

impl OffsetWatch {
    pub(super) fn new(entries: Vec<offset_index::Entry>) -> Self {
        Self { entries: entries.into_iter(), last_offset: None, awaited: None }
    }

    /// The next batch; says what is wrong with entries up to here.
    pub(super) fn batch(&mut self, position: u64, batch: &Batch<'_>) -> Vec<String> {
        let mut problems = Vec::new();
        while let Some(entry) = self.entries.as_slice().first().copied() {
            let entry_position = u64::from(entry.position);
            if entry_position > position {
                break;
            }
            self.entries.next();
            let (offset, at) = (entry.offset, entry.position);
            if entry_position < position {
                problems.push(format!("the entry {offset} points to {at}, where no batch begins"));
            } else if let Some(last) = self.last_offset.filter(|last| *last >= offset) {
                problems.push(format!(
                    "the entry {offset} points to {at}, behind the batch that ends with {last}"
                ));
            } else if let Some(missed) = self.awaited.replace(offset) {
                problems.push(format!("no batch ends with the entry {missed}"));
            }
        }
        if let Some(offset) = self.awaited.take_if(|offset| *offset <= batch.last_offset())
            && offset < batch.last_offset()
        {
            problems.push(format!("no batch ends with the entry {offset}"));
        }
        self.last_offset = Some(batch.last_offset());
        problems
    }

    /// The segment ended.
    pub(super) fn end(self) -> Vec<String> {
        let beyond = |entry: offset_index::Entry| {
            let (offset, position) = (entry.offset, entry.position);
            format!("the entry {offset} points to {position}, behind the last batch")
        };
        let awaited = self.awaited.map(|offset| format!("no batch ends with the entry {offset}"));
        self.entries.map(beyond).chain(awaited).collect()
    }
}

/// Watches a time index.
#[derive(Debug)]
pub(super) struct TimeWatch {
    entries: vec::IntoIter<time_index::Entry>,
    max_timestamp: i64,
}

impl TimeWatch {
    pub(super) fn new(entries: Vec<time_index::Entry>) -> Self {
        Self { entries: entries.into_iter(), max_timestamp: -1 }
    }

    /// The next batch; says what is wrong with entries up to its last offset.
    pub(super) fn batch(&mut self, batch: &Batch<'_>) -> Vec<String> {
        let mut problems = Vec::new();
        while let Some(entry) = self.entries.as_slice().first().copied() {
            if entry.offset > batch.last_offset() {
                break;
            }
            self.entries.next();
            let (timestamp, offset) = (entry.timestamp, entry.offset);
            let there = batch.max_timestamp();
            if offset < batch.base_offset() || timestamp != there {
                problems.push(format!(
                    "the entry of time {timestamp} names offset {offset}, whose batch has time \
                     {there}"
                ));
            } else if self.max_timestamp > timestamp {
                problems.push(format!(
                    "the entry of time {timestamp} comes after a batch of time {}",
                    self.max_timestamp
                ));
            }
        }
        self.max_timestamp = self.max_timestamp.max(batch.max_timestamp());
        problems
    }

    /// The segment ended.
    pub(super) fn end(self) -> Vec<String> {
        let beyond = |entry: time_index::Entry| {
            let (timestamp, offset) = (entry.timestamp, entry.offset);
            format!("the entry of time {timestamp} names offset {offset}, behind the last batch")
        };
        self.entries.map(beyond).collect()
    }
}

/// Watches the epochs of a partition's batches, as its checkpoint has them.
#[derive(Debug)]
pub(super) struct EpochWatch {
    epochs: Epochs,
    /// One contradiction says it all.
    has_told: bool,
}

impl EpochWatch {
    pub(super) fn new(entries: &[EpochStart]) -> Self {
        Self { epochs: Epochs::from_entries(entries), has_told: false }
    }

    /// The next batch; says how it and the checkpoint differ.
    pub(super) fn batch(&mut self, batch: &Batch<'_>) -> Option<String> {
        let (first, last, epoch) = (batch.base_offset(), batch.last_offset(), batch.leader_epoch());
        let known = self.epochs.epoch_at(last)?;
        let is_split = self.epochs.epoch_at(first).is_some_and(|before| before != known);
        if self.has_told || epoch == NO_LEADER_EPOCH || epoch == known && !is_split {
            return None;
        }
        self.has_told = true;
        Some(format!(
            "the checkpoint has epoch {known} where the batch at offset {first} has {epoch}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shards::compression::Compression;
    use shards::format::batch::{Header, set_leader_epoch};
    use shards::format::builder::{BatchBuilder, NewRecord};

    /// Two records from this offset on, the second with this timestamp.
    fn batch(base_offset: i64, timestamp: i64) -> Vec<u8> {
        let header = Header { base_offset, ..Header::default() };
        let mut builder = BatchBuilder::new(header, Compression::NONE);
        builder.append(&NewRecord { timestamp: 1, ..NewRecord::default() }).unwrap();
        builder.append(&NewRecord { timestamp, ..NewRecord::default() }).unwrap();
        builder.finish().unwrap()
    }

    fn batches() -> [Vec<u8>; 3] {
        [batch(0, 10), batch(2, 30), batch(4, 20)]
    }

    fn offset_problems(entries: &[(i64, u32)]) -> usize {
        let entry = |(offset, position): &(i64, u32)| offset_index::Entry {
            offset: *offset,
            position: *position,
        };
        let mut watch = OffsetWatch::new(entries.iter().map(entry).collect());
        let mut position = 0;
        let mut found = 0;
        for bytes in batches() {
            found += watch.batch(position, &Batch::parse(&bytes).unwrap()).len();
            position += bytes.len() as u64;
        }
        found + watch.end().len()
    }

    #[test]
    fn offset_entries() {
        let size = batch(0, 10).len() as u32;
        assert_eq!(offset_problems(&[(1, 0), (3, size), (5, 2 * size)]), 0);
        // An entry names the last offset, never the first of several.
        assert_eq!(offset_problems(&[(2, size), (4, 2 * size)]), 2);
        assert_eq!(offset_problems(&[(3, size + 1)]), 1);
        assert_eq!(offset_problems(&[(1, size)]), 1);
        assert_eq!(offset_problems(&[(6, 3 * size)]), 1);
        assert_eq!(offset_problems(&[(5, 0)]), 0);
        assert_eq!(offset_problems(&[(6, size)]), 1);
    }

    #[test]
    fn epochs() {
        let told = |entries: &[(i32, i64)]| {
            let entry = |(epoch, start_offset): &(i32, i64)| EpochStart {
                epoch: *epoch,
                start_offset: *start_offset,
            };
            let entries: Vec<EpochStart> = entries.iter().map(entry).collect();
            let mut watch = EpochWatch::new(&entries);
            let mut batches = batches();
            for (bytes, epoch) in batches.iter_mut().zip([0, 0, 3]) {
                set_leader_epoch(bytes, epoch);
            }
            let parsed = batches.iter().map(|bytes| Batch::parse(bytes).unwrap());
            parsed.filter_map(|batch| watch.batch(&batch)).count()
        };
        assert_eq!(told(&[]), 0);
        assert_eq!(told(&[(0, 0), (3, 4)]), 0);
        for wrong in [[(0, 0), (3, 2)], [(0, 0), (3, 5)], [(0, 0), (2, 4)], [(1, 0), (3, 4)]] {
            assert_eq!(told(&wrong), 1, "{wrong:?}");
        }
    }

    fn time_problems(entries: &[(i64, i64)]) -> usize {
        let entry = |(timestamp, offset): &(i64, i64)| time_index::Entry {
            timestamp: *timestamp,
            offset: *offset,
        };
        let mut watch = TimeWatch::new(entries.iter().map(entry).collect());
        let mut found = 0;
        for bytes in batches() {
            found += watch.batch(&Batch::parse(&bytes).unwrap()).len();
        }
        found + watch.end().len()
    }

    #[test]
    fn time_entries() {
        assert_eq!(time_problems(&[(10, 1), (30, 3)]), 0);
        assert_eq!(time_problems(&[(30, 2)]), 0);
        assert_eq!(time_problems(&[(11, 1)]), 1);
        assert_eq!(time_problems(&[(20, 5)]), 1);
        assert_eq!(time_problems(&[(40, 6)]), 1);
    }
}
