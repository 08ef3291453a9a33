//! `<base offset>.timeindex`: which offset has the largest timestamp so far in a segment.
//!
//! Lives on: any core; pure.
//! Promise: all records up to the offset of an entry have timestamps up to the entry's; timestamps
//! rise strictly, offsets never fall.
//! Read next: offset_index.rs.
//!
//! ```text
//! entry of 12 bytes: timestamp i64 | offset minus base offset i32
//! ```

use crate::format::offset_index::{IndexError, relative};

pub const ENTRY_BYTES: usize = 12;

/// One entry, its offset absolute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub timestamp: i64,
    pub offset: i64,
}

/// An index as it lies in a file or in memory.
#[derive(Debug, Clone, Copy)]
pub struct TimeIndex<'a> {
    base_offset: i64,
    entries: &'a [[u8; ENTRY_BYTES]],
    rest: usize,
}

impl<'a> TimeIndex<'a> {
    /// A cut-off entry at the end is left out, and found by `check`.
    pub fn new(base_offset: i64, bytes: &'a [u8]) -> Self {
        let (entries, rest) = bytes.as_chunks();
        Self { base_offset, entries, rest: rest.len() }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn get(&self, index: usize) -> Option<Entry> {
        self.entries.get(index).map(|entry| self.decode(entry))
    }

    pub fn last(&self) -> Option<Entry> {
        self.entries.last().map(|entry| self.decode(entry))
    }

    pub fn iter(&self) -> impl Iterator<Item = Entry> + use<'_> {
        self.entries.iter().map(|entry| self.decode(entry))
    }

    /// Size and order of all entries.
    pub fn check(&self) -> Result<(), IndexError> {
        let whole = self.entries.len() * ENTRY_BYTES;
        if self.rest != 0 {
            return Err(IndexError::Size { bytes: whole + self.rest });
        }
        match self.valid_prefix() {
            valid if valid == self.entries.len() => Ok(()),
            index => Err(IndexError::Order { index }),
        }
    }

    /// How many entries are in order: a preallocated file ends in zeros after them.
    pub fn valid_prefix(&self) -> usize {
        let mut last: Option<(i64, i32)> = None;
        let rises = |entry: &&[u8; ENTRY_BYTES]| {
            let (timestamp, offset) = raw(entry);
            let rises = last.is_none_or(|last| timestamp > last.0 && offset >= last.1);
            last = Some((timestamp, offset));
            rises && offset >= 0
        };
        self.entries.iter().take_while(rises).count()
    }

    /// The last entry up to `timestamp`: a record of that time or later lies at or after its
    /// offset. None: search from the begin of the segment.
    pub fn lookup(&self, timestamp: i64) -> Option<Entry> {
        self.last_two(timestamp)[1]
    }

    /// The last two entries up to `timestamp`, in order. While at most one entry of an index in
    /// order is wrong, what lies up to the first one's offset is not younger, whichever it is.
    pub fn last_two(&self, timestamp: i64) -> [Option<Entry>; 2] {
        let after = self.entries.partition_point(|entry| raw(entry).0 <= timestamp);
        [2, 1].map(|back| after.checked_sub(back).and_then(|index| self.get(index)))
    }

    /// Bytes that remain when the log is cut at `offset`.
    pub fn bytes_before(&self, offset: i64) -> usize {
        let kept = self.entries.partition_point(|entry| self.decode(entry).offset < offset);
        kept * ENTRY_BYTES
    }

    fn decode(&self, entry: &[u8; ENTRY_BYTES]) -> Entry {
        let (timestamp, relative) = raw(entry);
        Entry { timestamp, offset: self.base_offset.saturating_add(i64::from(relative)) }
    }
}

/// Appends an entry if its timestamp is larger than all before; says whether it did.
pub fn append(bytes: &mut Vec<u8>, base_offset: i64, entry: Entry) -> Result<bool, IndexError> {
    let Entry { timestamp, offset } = entry;
    let overflow = IndexError::Overflow { offset, base_offset };
    let relative = relative(base_offset, offset).ok_or(overflow)?;
    let index = TimeIndex::new(base_offset, bytes);
    match index.last() {
        Some(last) if offset < last.offset => return Err(IndexError::Order { index: index.len() }),
        Some(last) if timestamp <= last.timestamp => return Ok(false),
        // Without a timestamp there is nothing to tell.
        None if timestamp < 0 => return Ok(false),
        _ => {}
    }
    bytes.extend_from_slice(&timestamp.to_be_bytes());
    bytes.extend_from_slice(&relative.to_be_bytes());
    Ok(true)
}

/// Whether an index of `bytes` is full, so that its segment must be rolled. The last place is
/// kept for the entry that the roll makes.
pub fn is_full(bytes: usize, bytes_max: usize) -> bool {
    bytes / ENTRY_BYTES + 1 >= bytes_max / ENTRY_BYTES
}

fn raw(entry: &[u8; ENTRY_BYTES]) -> (i64, i32) {
    let [a, b, c, d, e, f, g, h, i, j, k, l] = *entry;
    (i64::from_be_bytes([a, b, c, d, e, f, g, h]), i32::from_be_bytes([i, j, k, l]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BASE: i64 = 1000;

    fn sample() -> Vec<u8> {
        let mut bytes = Vec::new();
        for (timestamp, offset) in [(50, 1000), (70, 1010), (90, 1010)] {
            assert_eq!(append(&mut bytes, BASE, Entry { timestamp, offset }), Ok(true));
        }
        bytes
    }

    #[test]
    fn lookups() {
        let bytes = sample();
        assert_eq!(bytes[12..24], [0, 0, 0, 0, 0, 0, 0, 70, 0, 0, 0, 10]);
        let index = TimeIndex::new(BASE, &bytes);
        let timestamp = |it| index.lookup(it).map(|entry| entry.timestamp);
        let found = [-1, 49, 50, 69, 70, 90, i64::MAX].map(timestamp);
        assert_eq!(found, [None, None, Some(50), Some(50), Some(70), Some(90), Some(90)]);
    }

    #[test]
    fn only_later_timestamps_are_appended() {
        let mut bytes = sample();
        let mut appended =
            |timestamp, offset| append(&mut bytes, BASE, Entry { timestamp, offset });
        assert_eq!(appended(90, 1020), Ok(false));
        assert_eq!(appended(20, 1020), Ok(false));
        assert_eq!(appended(95, 1009), Err(IndexError::Order { index: 3 }));
        assert!(matches!(appended(95, BASE + (1 << 31)), Err(IndexError::Overflow { .. })));
        assert_eq!(append(&mut Vec::new(), 0, Entry { timestamp: -1, offset: 3 }), Ok(false));
    }

    #[test]
    fn every_truncated_prefix_is_refused_or_whole_entries() {
        let bytes = sample();
        for cut in 0..bytes.len() {
            let index = TimeIndex::new(BASE, &bytes[..cut]);
            let whole = cut % ENTRY_BYTES == 0;
            assert_eq!(index.check() == Err(IndexError::Size { bytes: cut }), !whole);
            assert_eq!((index.check().is_ok(), index.len()), (whole, cut / ENTRY_BYTES));
        }
    }

    #[test]
    fn zeros_truncation_and_fullness() {
        let mut bytes = sample();
        let index = TimeIndex::new(BASE, &bytes);
        let kept = [0, 1000, 1001, 1010, 1011].map(|offset| index.bytes_before(offset));
        assert_eq!(kept, [0, 0, 12, 12, 36]);
        assert!(!is_full(12, 36) && is_full(24, 36));
        bytes.resize(bytes.len() + 120, 0);
        let index = TimeIndex::new(BASE, &bytes);
        assert_eq!(index.check(), Err(IndexError::Order { index: 3 }));
        assert_eq!(index.valid_prefix(), 3);
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes: Vec<u8>, base_offset: i64, offset: i64) {
            let index = TimeIndex::new(base_offset, &bytes);
            prop_assert!(index.valid_prefix() <= index.len());
            prop_assert!(index.bytes_before(offset) <= bytes.len());
            let found = index.lookup(offset);
            prop_assert!(found.is_none_or(|found| index.iter().any(|entry| entry == found)));
        }
    }
}
