//! `<base offset>.index`: where in a segment an offset is found.
//!
//! Lives on: any core; pure.
//! Promise: an entry names the *last* offset of a batch and the position at which that batch
//! begins; offsets and positions rise strictly. A reader finds the entry at or before an offset and
//! scans the segment from there.
//! Never: holds more than fits 32 bits relative to the segment.
//! Read next: time_index.rs.
//!
//! ```text
//! entry of 8 bytes: offset minus base offset i32 | position i32
//! ```

pub const ENTRY_BYTES: usize = 8;

/// One entry, its offset absolute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub offset: i64,
    pub position: u32,
}

/// Why an index cannot be used, or not appended to. To blame: the disk. Remedy: built anew from
/// the segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    #[error("the index has {bytes} bytes, which is no multiple of its entry size")]
    Size { bytes: usize },
    #[error("entry {index} of the index does not rise above the one before")]
    Order { index: usize },
    #[error("the offset {offset} cannot be told relative to the segment's {base_offset}")]
    Overflow { offset: i64, base_offset: i64 },
}

/// An index as it lies in a file or in memory.
#[derive(Debug, Clone, Copy)]
pub struct OffsetIndex<'a> {
    base_offset: i64,
    entries: &'a [[u8; ENTRY_BYTES]],
    rest: usize,
}

impl<'a> OffsetIndex<'a> {
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
        let mut least = (0i32, 0i32);
        let rises = |entry: &&[u8; ENTRY_BYTES]| {
            let (offset, position) = raw(entry);
            let rises = offset >= least.0 && position >= least.1;
            least = (offset.saturating_add(1), position.saturating_add(1));
            rises
        };
        self.entries.iter().take_while(rises).count()
    }

    /// The last entry at or before `offset`; the begin of the segment if there is none.
    pub fn lookup(&self, offset: i64) -> Entry {
        let after = self.entries.partition_point(|entry| self.decode(entry).offset <= offset);
        let found = after.checked_sub(1).and_then(|index| self.get(index));
        found.unwrap_or(Entry { offset: self.base_offset, position: 0 })
    }

    /// The first entry at or after a position; none: the rest of the segment has no entry.
    pub fn lookup_position(&self, position: u32) -> Option<Entry> {
        self.get(self.entries.partition_point(|entry| self.decode(entry).position < position))
    }

    /// Bytes that remain when the log is cut at `offset`.
    pub fn bytes_before(&self, offset: i64) -> usize {
        let kept = self.entries.partition_point(|entry| self.decode(entry).offset < offset);
        kept * ENTRY_BYTES
    }

    fn decode(&self, entry: &[u8; ENTRY_BYTES]) -> Entry {
        let (relative, position) = raw(entry);
        let offset = self.base_offset.saturating_add(i64::from(relative));
        Entry { offset, position: position as u32 }
    }
}

/// Appends an entry to the bytes of an index.
pub fn append(bytes: &mut Vec<u8>, base_offset: i64, entry: Entry) -> Result<(), IndexError> {
    let Entry { offset, position } = entry;
    let overflow = IndexError::Overflow { offset, base_offset };
    let relative = relative(base_offset, offset).ok_or(overflow)?;
    let at = i32::try_from(position).map_err(|_| overflow)?;
    let index = OffsetIndex::new(base_offset, bytes);
    if let Some(last) = index.last()
        && (offset <= last.offset || position <= last.position)
    {
        return Err(IndexError::Order { index: index.len() });
    }
    bytes.extend_from_slice(&relative.to_be_bytes());
    bytes.extend_from_slice(&at.to_be_bytes());
    Ok(())
}

/// Whether an index of `bytes` is full, so that its segment must be rolled.
pub fn is_full(bytes: usize, bytes_max: usize) -> bool {
    bytes / ENTRY_BYTES >= bytes_max / ENTRY_BYTES
}

/// An offset as an index tells it; none: the segment must be rolled before it.
pub fn relative(base_offset: i64, offset: i64) -> Option<i32> {
    let relative = i32::try_from(offset.checked_sub(base_offset)?).ok()?;
    (relative >= 0).then_some(relative)
}

fn raw(entry: &[u8; ENTRY_BYTES]) -> (i32, i32) {
    let [a, b, c, d, e, f, g, h] = *entry;
    (i32::from_be_bytes([a, b, c, d]), i32::from_be_bytes([e, f, g, h]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BASE: i64 = 1000;

    fn sample() -> Vec<u8> {
        let mut bytes = Vec::new();
        for (offset, position) in [(1010, 500), (1020, 900), (1050, 2000)] {
            append(&mut bytes, BASE, Entry { offset, position }).unwrap();
        }
        bytes
    }

    #[test]
    fn lookups() {
        let bytes = sample();
        assert_eq!(bytes[..8], [0, 0, 0, 10, 0, 0, 1, 0xf4]);
        let index = OffsetIndex::new(BASE, &bytes);
        let position = |offset| index.lookup(offset).position;
        let found = [0, 1009, 1010, 1019, 1020, 1049, 1050, i64::MAX].map(position);
        assert_eq!(found, [0, 0, 500, 500, 900, 900, 2000, 2000]);
        assert_eq!(index.lookup(3), Entry { offset: BASE, position: 0 });
        let after = [0, 500, 501, 2000, 2001].map(|it| index.lookup_position(it));
        assert_eq!(
            after.map(|it| it.map(|it| it.offset)),
            [Some(1010), Some(1010), Some(1020), Some(1050), None]
        );
    }

    #[test]
    fn entries_must_rise_and_fit() {
        let mut bytes = sample();
        let mut refused = |offset, position| append(&mut bytes, BASE, Entry { offset, position });
        assert_eq!(refused(1050, 3000), Err(IndexError::Order { index: 3 }));
        assert_eq!(refused(1060, 2000), Err(IndexError::Order { index: 3 }));
        for offset in [999, BASE + (1 << 31), i64::MIN, i64::MAX] {
            let overflow = IndexError::Overflow { offset, base_offset: BASE };
            assert_eq!(refused(offset, 3000), Err(overflow));
        }
        assert!(refused(2000, 1 << 31).is_err());
        assert!(refused(BASE + i64::from(i32::MAX), i32::MAX as u32).is_ok());
    }

    #[test]
    fn every_truncated_prefix_is_refused_or_whole_entries() {
        let bytes = sample();
        for cut in 0..bytes.len() {
            let index = OffsetIndex::new(BASE, &bytes[..cut]);
            let whole = cut % ENTRY_BYTES == 0;
            assert_eq!(index.check() == Err(IndexError::Size { bytes: cut }), !whole);
            assert_eq!((index.check().is_ok(), index.len()), (whole, cut / ENTRY_BYTES));
        }
    }

    #[test]
    fn zeros_after_the_entries_are_found() {
        let mut bytes = sample();
        bytes.resize(bytes.len() + 80, 0);
        let index = OffsetIndex::new(BASE, &bytes);
        assert_eq!(index.check(), Err(IndexError::Order { index: 3 }));
        assert_eq!(index.valid_prefix(), 3);
    }

    #[test]
    fn truncation() {
        let bytes = sample();
        let index = OffsetIndex::new(BASE, &bytes);
        let kept = [0, 1010, 1011, 1050, 1051].map(|offset| index.bytes_before(offset));
        assert_eq!(kept, [0, 0, 8, 16, 24]);
        assert!(!is_full(16, 31) && is_full(24, 31));
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes: Vec<u8>, base_offset: i64, offset: i64) {
            let index = OffsetIndex::new(base_offset, &bytes);
            prop_assert!(index.valid_prefix() <= index.len());
            prop_assert!(index.bytes_before(offset) <= bytes.len());
            let found = index.lookup(offset);
            prop_assert!(found.position == 0 || index.iter().any(|entry| entry == found));
        }
    }
}
