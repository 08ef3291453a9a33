//! `<base offset>.txnindex`: the aborted transactions whose markers lie in a segment.
//!
//! Lives on: any core; pure.
//! Promise: a file is read up to its last whole entry; entries lie in the order of their markers.
//! Read next: log/producers.rs.
//!
//! ```text
//! entry of 34 bytes: version i16 = 0 | producer id i64 | first offset i64 | last offset i64 (of
//! the marker) | last stable offset i64 (after the marker)
//! ```

pub const ENTRY_BYTES: usize = 34;

const VERSION: i16 = 0;

/// One aborted transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aborted {
    pub producer_id: i64,
    pub first_offset: i64,
    pub last_offset: i64,
    pub last_stable_offset: i64,
}

/// Why a transaction index cannot be used. To blame: the disk. Remedy: built anew from the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransactionIndexError {
    #[error("entry {index} has the unknown version {version}")]
    Version { index: usize, version: i16 },
    #[error("entry {index} ends at offset {last_offset}, before the segment or the entry before")]
    Order { index: usize, last_offset: i64 },
    #[error("entry {index} says that a transaction of producer {producer_id} began after its end")]
    Range { index: usize, producer_id: i64 },
    #[error("the index has {bytes} bytes, which is no multiple of its entry size")]
    Size { bytes: usize },
}

/// A transaction index as it lies in a file.
#[derive(Debug, Clone, Copy)]
pub struct TransactionIndex<'a> {
    entries: &'a [[u8; ENTRY_BYTES]],
    rest: usize,
}

impl<'a> TransactionIndex<'a> {
    /// A cut-off entry at the end is left out.
    pub fn new(bytes: &'a [u8]) -> Self {
        let (entries, rest) = bytes.as_chunks();
        Self { entries, rest: rest.len() }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn last(&self) -> Option<Aborted> {
        self.entries.last().map(Aborted::decode)
    }

    pub fn iter(&self) -> impl Iterator<Item = Aborted> + use<'a> {
        self.entries.iter().map(Aborted::decode)
    }

    /// Size, versions, ranges and order of all entries.
    pub fn check(&self, base_offset: i64) -> Result<(), TransactionIndexError> {
        let mut least = base_offset;
        for (index, entry) in self.entries.iter().enumerate() {
            let version = i16::from_be_bytes([entry[0], entry[1]]);
            if version != VERSION {
                return Err(TransactionIndexError::Version { index, version });
            }
            let Aborted { producer_id, first_offset, last_offset, last_stable_offset } =
                Aborted::decode(entry);
            let is_range = (0..last_offset).contains(&first_offset)
                && (0..=last_offset + 1).contains(&last_stable_offset);
            if !is_range || producer_id < 0 {
                return Err(TransactionIndexError::Range { index, producer_id });
            }
            if last_offset < least {
                return Err(TransactionIndexError::Order { index, last_offset });
            }
            least = last_offset.saturating_add(1);
        }
        match self.rest {
            0 => Ok(()),
            rest => {
                let bytes = self.entries.len() * ENTRY_BYTES + rest;
                Err(TransactionIndexError::Size { bytes })
            }
        }
    }

    /// The transactions that a reader of `from..to` must skip, and whether later segments cannot
    /// hold any more of them.
    pub fn collect(&self, from: i64, to: i64) -> (Vec<Aborted>, bool) {
        let mut found = Vec::new();
        let ended = self.entries.partition_point(|entry| Aborted::decode(entry).last_offset < from);
        for aborted in self.entries[ended..].iter().map(Aborted::decode) {
            if aborted.first_offset < to {
                found.push(aborted);
            }
            if aborted.last_stable_offset >= to {
                return (found, true);
            }
        }
        (found, false)
    }

    /// Bytes that remain when the log is cut at `offset`.
    pub fn bytes_before(&self, offset: i64) -> usize {
        let is_before = |entry: &[u8; ENTRY_BYTES]| Aborted::decode(entry).last_offset < offset;
        self.entries.partition_point(is_before) * ENTRY_BYTES
    }
}

impl Aborted {
    pub fn encode(&self) -> [u8; ENTRY_BYTES] {
        let mut bytes = [0; ENTRY_BYTES];
        bytes[..2].copy_from_slice(&VERSION.to_be_bytes());
        bytes[2..10].copy_from_slice(&self.producer_id.to_be_bytes());
        bytes[10..18].copy_from_slice(&self.first_offset.to_be_bytes());
        bytes[18..26].copy_from_slice(&self.last_offset.to_be_bytes());
        bytes[26..].copy_from_slice(&self.last_stable_offset.to_be_bytes());
        bytes
    }

    fn decode(bytes: &[u8; ENTRY_BYTES]) -> Self {
        let field = |at: usize| {
            let field = bytes[at..].first_chunk().expect("the fields lie inside the entry");
            i64::from_be_bytes(*field)
        };
        Self {
            producer_id: field(2),
            first_offset: field(10),
            last_offset: field(18),
            last_stable_offset: field(26),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn aborted(first_offset: i64, last_offset: i64, last_stable_offset: i64) -> Aborted {
        Aborted { producer_id: 5, first_offset, last_offset, last_stable_offset }
    }

    fn sample() -> (Vec<Aborted>, Vec<u8>) {
        let entries = vec![aborted(0, 10, 11), aborted(5, 20, 15), aborted(15, 30, 31)];
        let bytes = entries.iter().flat_map(Aborted::encode).collect();
        (entries, bytes)
    }

    #[test]
    fn round_trip_and_valid_prefix() {
        let (entries, bytes) = sample();
        for cut in 0..=bytes.len() {
            let index = TransactionIndex::new(&bytes[..cut]);
            let whole = cut / ENTRY_BYTES;
            assert_eq!(index.iter().collect::<Vec<_>>(), entries[..whole]);
            let size = Err(TransactionIndexError::Size { bytes: cut });
            assert_eq!(index.check(0), if cut % ENTRY_BYTES == 0 { Ok(()) } else { size });
        }
    }

    #[test]
    fn readers_find_what_overlaps() {
        let (entries, bytes) = sample();
        let index = TransactionIndex::new(&bytes);
        assert_eq!(index.collect(0, 8), (entries[..1].to_vec(), true));
        assert_eq!(index.collect(11, 25), (entries[1..].to_vec(), true));
        assert_eq!(index.collect(31, 99), (Vec::new(), false));
    }

    #[test]
    fn truncation_and_damage() {
        let (_, mut bytes) = sample();
        let index = TransactionIndex::new(&bytes);
        assert_eq!(index.bytes_before(10), 0);
        assert_eq!(index.bytes_before(21), 2 * ENTRY_BYTES);
        assert_eq!(index.bytes_before(99), 3 * ENTRY_BYTES);
        let late = Err(TransactionIndexError::Order { index: 0, last_offset: 10 });
        assert_eq!(index.check(11), late);
        let range = Err(TransactionIndexError::Range { index: 2, producer_id: 5 });
        let backwards = [&bytes[..2 * ENTRY_BYTES], &aborted(30, 30, 31).encode()[..]].concat();
        assert_eq!(TransactionIndex::new(&backwards).check(0), range);
        bytes[ENTRY_BYTES] = 1;
        let version = Err(TransactionIndexError::Version { index: 1, version: 256 });
        assert_eq!(TransactionIndex::new(&bytes).check(0), version);
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes: Vec<u8>, offset: i64) {
            let index = TransactionIndex::new(&bytes);
            prop_assert!(index.bytes_before(offset) <= bytes.len());
            prop_assert!(index.collect(0, offset).0.len() <= bytes.len() / ENTRY_BYTES);
            prop_assert_eq!(index.check(offset).is_ok(), index.check(offset).is_ok());
        }
    }
}
