//! `<offset>.snapshot`: the producers of a partition as they stood before that offset.
//!
//! Lives on: any core; pure.
//! Promise: `decode` takes exactly one whole file with the right checksum.
//! Read next: log/producers.rs.
//!
//! ```text
//! version i16 = 1 | CRC-32C u32 of all that follows | entry count i32 | entries of 46 bytes:
//! producer id i64 | epoch i16 | last sequence i32 | last offset i64 | offset delta i32 |
//! timestamp i64 | coordinator epoch i32 | first offset of the open transaction i64 (-1 none)
//! ```

use crate::format::checksum::crc32c;

pub const HEADER_BYTES: usize = 10;
pub const ENTRY_BYTES: usize = 46;

const VERSION: i16 = 1;
const CHECKSUM_AT: usize = 2;
const COUNT_AT: usize = 6;

/// Why a file is no producer snapshot. To blame: the disk, or a writer that was cut off. Remedy:
/// an older snapshot, and the log after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    #[error("producer snapshot of {bytes} bytes does not hold the {count} entries that it claims")]
    Size { bytes: usize, count: i64 },
    #[error("producer snapshot has the unknown version {version}")]
    Version { version: i16 },
    #[error(
        "producer snapshot is corrupt: stored checksum {stored:#010x}, computed {computed:#010x}"
    )]
    Checksum { stored: u32, computed: u32 },
}

/// One producer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub producer_id: i64,
    pub epoch: i16,
    /// Of its last batch; -1 where none is known.
    pub last_sequence: i32,
    pub last_offset: i64,
    /// Last minus first offset of its last batch.
    pub offset_delta: i32,
    pub timestamp: i64,
    pub coordinator_epoch: i32,
    pub transaction_first_offset: Option<i64>,
}

pub fn encode(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + entries.len() * ENTRY_BYTES);
    bytes.extend_from_slice(&VERSION.to_be_bytes());
    bytes.extend_from_slice(&[0; 4]);
    // limits::PRODUCERS_PER_PARTITION_MAX keeps the count far below 2^31.
    bytes.extend_from_slice(&(entries.len() as i32).to_be_bytes());
    for entry in entries {
        bytes.extend_from_slice(&entry.producer_id.to_be_bytes());
        bytes.extend_from_slice(&entry.epoch.to_be_bytes());
        bytes.extend_from_slice(&entry.last_sequence.to_be_bytes());
        bytes.extend_from_slice(&entry.last_offset.to_be_bytes());
        bytes.extend_from_slice(&entry.offset_delta.to_be_bytes());
        bytes.extend_from_slice(&entry.timestamp.to_be_bytes());
        bytes.extend_from_slice(&entry.coordinator_epoch.to_be_bytes());
        bytes.extend_from_slice(&entry.transaction_first_offset.unwrap_or(-1).to_be_bytes());
    }
    let checksum = crc32c(&bytes[COUNT_AT..]);
    bytes[CHECKSUM_AT..COUNT_AT].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

pub fn decode(bytes: &[u8]) -> Result<Vec<Entry>, SnapshotError> {
    let size = |count: i64| SnapshotError::Size { bytes: bytes.len(), count };
    let header: &[u8; HEADER_BYTES] = bytes.first_chunk().ok_or(size(0))?;
    let version = i16::from_be_bytes([header[0], header[1]]);
    if version != VERSION {
        return Err(SnapshotError::Version { version });
    }
    let count = i32::from_be_bytes([header[6], header[7], header[8], header[9]]);
    let (entries, rest) = bytes[HEADER_BYTES..].as_chunks::<ENTRY_BYTES>();
    if !rest.is_empty() || usize::try_from(count) != Ok(entries.len()) {
        return Err(size(i64::from(count)));
    }
    let stored = u32::from_be_bytes([header[2], header[3], header[4], header[5]]);
    let computed = crc32c(&bytes[COUNT_AT..]);
    if stored != computed {
        return Err(SnapshotError::Checksum { stored, computed });
    }
    Ok(entries.iter().map(decode_entry).collect())
}

fn decode_entry(bytes: &[u8; ENTRY_BYTES]) -> Entry {
    let transaction_first_offset = i64::from_be_bytes(field(bytes, 38));
    Entry {
        producer_id: i64::from_be_bytes(field(bytes, 0)),
        epoch: i16::from_be_bytes(field(bytes, 8)),
        last_sequence: i32::from_be_bytes(field(bytes, 10)),
        last_offset: i64::from_be_bytes(field(bytes, 14)),
        offset_delta: i32::from_be_bytes(field(bytes, 22)),
        timestamp: i64::from_be_bytes(field(bytes, 26)),
        coordinator_epoch: i32::from_be_bytes(field(bytes, 34)),
        transaction_first_offset: (transaction_first_offset >= 0)
            .then_some(transaction_first_offset),
    }
}

fn field<const N: usize>(bytes: &[u8; ENTRY_BYTES], at: usize) -> [u8; N] {
    *bytes[at..].first_chunk().expect("the fields lie inside the entry")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> Vec<Entry> {
        let entry = Entry {
            producer_id: 1 << 50,
            epoch: 3,
            last_sequence: i32::MAX,
            last_offset: 900,
            offset_delta: 4,
            timestamp: 1_700_000_000_000,
            coordinator_epoch: -1,
            transaction_first_offset: None,
        };
        vec![entry, Entry { producer_id: 7, transaction_first_offset: Some(0), ..entry }]
    }

    #[test]
    fn round_trip() {
        let bytes = encode(&sample());
        assert_eq!(bytes.len(), HEADER_BYTES + 2 * ENTRY_BYTES);
        assert_eq!(decode(&bytes), Ok(sample()));
        assert_eq!(decode(&encode(&[])), Ok(Vec::new()));
    }

    #[test]
    fn every_truncated_prefix_and_every_damage_is_refused() {
        let bytes = encode(&sample());
        for cut in 0..bytes.len() {
            assert!(matches!(decode(&bytes[..cut]), Err(SnapshotError::Size { .. })), "{cut}");
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(decode(&damaged).is_err(), "byte {at}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(decode(&longer).is_err());
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes: Vec<u8>) {
            prop_assert!(decode(&bytes).is_err());
        }
    }
}
