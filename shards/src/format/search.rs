//! Finds a record in a batch by its timestamp.
//!
//! Lives on: any core; pure. The indexes of a segment say where to begin; this looks inside.
//! Promise: a batch whose header excludes the answer is not decompressed.
//! Limits: limits::RECORDS_DECOMPRESSED_BYTES_MAX.   Read next: time_index.rs.

use crate::format::batch::Batch;
use crate::format::records::{self, OpenError, RecordsError};
use crate::limits;

/// A record that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub offset: i64,
    pub timestamp: i64,
}

/// Why a batch cannot be looked into. To blame: the disk, or whoever stored it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Records(#[from] RecordsError),
}

/// The first record of `batch` at or after a time, and at or after an offset.
pub fn first_at_or_after(
    batch: &Batch<'_>,
    timestamp: i64,
    offset: i64,
    scratch: &mut Vec<u8>,
) -> Result<Option<Found>, SearchError> {
    if batch.max_timestamp() < timestamp || batch.last_offset() < offset {
        return Ok(None);
    }
    for record in records::open(batch, scratch, limits::RECORDS_DECOMPRESSED_BYTES_MAX)? {
        let record = record?;
        let found = Found { offset: record.offset(batch), timestamp: record.timestamp(batch) };
        if found.timestamp >= timestamp && found.offset >= offset {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compression::{Codec, Compression};
    use crate::format::batch::{Header, TimestampType};
    use crate::format::builder::{BatchBuilder, NewRecord};
    use proptest::prelude::*;

    fn batch(base_offset: i64, codec: Codec, times: &[i64]) -> Vec<u8> {
        let header = Header { base_offset, leader_epoch: 3, ..Header::default() };
        let mut builder = BatchBuilder::new(header, Compression::of(codec));
        for timestamp in times {
            builder.append(&NewRecord { timestamp: *timestamp, ..NewRecord::default() }).unwrap();
        }
        builder.finish().unwrap()
    }

    #[test]
    fn records_by_timestamp() {
        for codec in Codec::ALL {
            let bytes = batch(100, codec, &[50, 40, 70, 70]);
            let batch = Batch::parse(&bytes).unwrap();
            let mut scratch = Vec::new();
            let mut at = |timestamp, offset| {
                let found = first_at_or_after(&batch, timestamp, offset, &mut scratch).unwrap();
                found.map(|found| (found.offset, found.timestamp))
            };
            assert_eq!(at(0, 0), Some((100, 50)));
            assert_eq!(at(0, 101), Some((101, 40)));
            assert_eq!(at(51, 0), Some((102, 70)));
            assert_eq!(at(51, 103), Some((103, 70)));
            assert_eq!((at(71, 0), at(0, 104)), (None, None));
        }
    }

    #[test]
    fn append_time_holds_for_the_whole_batch() {
        let mut bytes = batch(0, Codec::Zstd, &[50, 40]);
        let header = Header::of(&Batch::parse(&bytes).unwrap());
        let attributes = header.attributes.with_timestamp_type(TimestampType::LogAppendTime);
        Header { attributes, max_timestamp: 90, ..header }.write_to(&mut bytes);
        let batch = Batch::parse(&bytes).unwrap();
        let found = first_at_or_after(&batch, 60, 0, &mut Vec::new()).unwrap();
        assert_eq!(found, Some(Found { offset: 0, timestamp: 90 }));
    }

    proptest! {
        #[test]
        fn damaged_batches_never_panic(at in 23usize..200, byte: u8, codec in 0u8..5) {
            let codec = Codec::from_id(codec).unwrap();
            let mut bytes = batch(0, codec, &[1, 2, 3, 4, 5, 6, 7, 8]);
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(batch) = Batch::parse(&bytes) {
                let found = first_at_or_after(&batch, 3, 0, &mut Vec::new());
                prop_assert!(found.is_err() || found.unwrap().is_none_or(|it| it.timestamp >= 3));
            }
        }
    }
}
