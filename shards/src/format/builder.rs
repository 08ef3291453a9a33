//! Writes record batches: for coordinators, the metadata log, compaction, own clients.
//!
//! Lives on: any core; pure.
//! Promise: what `finish` returns passes `validate`, save for a base offset other than 0, control
//! records, and gaps that compaction left.
//! Limits: limits::BATCH_BYTES_MAX.   Read next: validate.rs.

use crate::compression::{self, Compression};
use crate::format::batch::{HEADER_BYTES, Header, NO_TIMESTAMP, TimestampType};
use crate::format::records::{self, Headers, Record};
use crate::limits;

/// Why a batch cannot be built. To blame: the caller's sizes, or the configured level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    #[error("the record does not fit: the batch would have more than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the offset {offset} does not continue the batch")]
    Offset { offset: i64 },
    #[error("{count} headers are not encoded in the {size} bytes given")]
    Headers { count: usize, size: usize },
    #[error("the batch cannot be compressed: {reason}")]
    Compress { reason: String },
}

/// A record to be appended to a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NewRecord<'a> {
    pub timestamp: i64,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: &'a [records::Header<'a>],
}

/// A batch in the making; its records are not compressed before the end.
#[derive(Debug, Clone)]
pub struct BatchBuilder {
    header: Header,
    compression: Compression,
    /// Room for the header, then the records.
    bytes: Vec<u8>,
    next_delta: i32,
}

impl BatchBuilder {
    /// Starts from `header`: base offset, leader epoch, producer fields and attributes are taken
    /// from it; counts, deltas and timestamps are found from the records.
    ///
    /// Two timestamps are kept where the attributes say so: the max timestamp of log append time,
    /// and the base timestamp that is a delete horizon.
    pub fn new(header: Header, compression: Compression) -> Self {
        let header = Header { count: 0, last_offset_delta: 0, ..header };
        let header = match header.attributes.timestamp_type() {
            TimestampType::CreateTime => Header { max_timestamp: NO_TIMESTAMP, ..header },
            TimestampType::LogAppendTime => header,
        };
        Self { header, compression, bytes: vec![0; HEADER_BYTES], next_delta: 0 }
    }

    pub fn is_empty(&self) -> bool {
        self.header.count == 0
    }

    pub fn count(&self) -> i32 {
        self.header.count
    }

    /// Bytes of the batch if it were stored uncompressed.
    pub fn size_uncompressed(&self) -> usize {
        self.bytes.len()
    }

    /// The offset that the next record gets from `append`.
    pub fn next_offset(&self) -> i64 {
        self.header.base_offset.saturating_add(i64::from(self.next_delta))
    }

    /// Appends a record at the next offset.
    pub fn append(&mut self, record: &NewRecord<'_>) -> Result<(), BuildError> {
        let mut encoded = Vec::new();
        for header in record.headers {
            records::put_header(&mut encoded, *header);
        }
        let (count, size) = (record.headers.len(), encoded.len());
        let headers =
            records::encoded_headers(count, &encoded).ok_or(BuildError::Headers { count, size })?;
        self.append_encoded(self.next_offset(), record, headers)
    }

    /// Appends a record at its own offset, with headers as another record holds them; for those
    /// who copy records. `record.headers` is not looked at.
    pub fn append_encoded(
        &mut self,
        offset: i64,
        record: &NewRecord<'_>,
        headers: Headers<'_>,
    ) -> Result<(), BuildError> {
        let delta = offset.checked_sub(self.header.base_offset);
        let delta = delta.and_then(|delta| i32::try_from(delta).ok());
        let offset_delta = delta
            .filter(|delta| *delta >= self.next_delta && *delta < i32::MAX)
            .ok_or(BuildError::Offset { offset })?;
        if self.is_empty() && !self.header.attributes.has_delete_horizon() {
            self.header.base_timestamp = record.timestamp;
        }
        let record = Record {
            attributes: 0,
            timestamp_delta: record.timestamp.wrapping_sub(self.header.base_timestamp),
            offset_delta,
            key: record.key,
            value: record.value,
            headers,
        };
        let limit = limits::BATCH_BYTES_MAX;
        if self.bytes.len().saturating_add(records::record_size(&record)) > limit {
            return Err(BuildError::TooLarge { limit });
        }
        records::put_record(&mut self.bytes, &record);
        self.header.count += 1;
        self.header.last_offset_delta = offset_delta;
        self.next_delta = offset_delta + 1;
        if self.header.attributes.timestamp_type() == TimestampType::CreateTime {
            let timestamp = self.header.base_timestamp.wrapping_add(record.timestamp_delta);
            self.header.max_timestamp = self.header.max_timestamp.max(timestamp);
        }
        Ok(())
    }

    /// Lets the batch reach to `offset`, past its last record; a compaction keeps the range so.
    pub fn reach_to(&mut self, offset: i64) -> Result<(), BuildError> {
        let delta = offset.checked_sub(self.header.base_offset);
        let delta = delta.and_then(|delta| i32::try_from(delta).ok());
        self.header.last_offset_delta = delta
            .filter(|delta| *delta >= self.header.last_offset_delta && *delta < i32::MAX)
            .ok_or(BuildError::Offset { offset })?;
        self.next_delta = self.header.last_offset_delta + 1;
        Ok(())
    }

    /// Compresses the records and writes the header.
    pub fn finish(mut self) -> Result<Vec<u8>, BuildError> {
        self.header.attributes = self.header.attributes.with_codec(self.compression.codec);
        let mut bytes = match self.compression.codec {
            compression::Codec::None => self.bytes,
            _ => {
                let mut compressed = vec![0; HEADER_BYTES];
                let records = &self.bytes[HEADER_BYTES..];
                compression::compress(self.compression, records, &mut compressed)
                    .map_err(|error| BuildError::Compress { reason: error.to_string() })?;
                compressed
            }
        };
        let limit = limits::BATCH_BYTES_MAX;
        if bytes.len() > limit {
            return Err(BuildError::TooLarge { limit });
        }
        self.header.write_to(&mut bytes);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compression::Codec;
    use crate::format::batch::{Attributes, Batch};
    use proptest::prelude::*;

    fn record(timestamp: i64) -> NewRecord<'static> {
        let headers = &[(b"h" as &[u8], None), (b"i", Some(b"1" as &[u8]))];
        NewRecord { timestamp, key: Some(b"key"), value: Some(b"value"), headers }
    }

    #[test]
    fn a_batch_reads_back_with_every_codec() {
        for codec in Codec::ALL {
            let header = Header { base_offset: 500, producer_id: 4, ..Header::default() };
            let mut builder = BatchBuilder::new(header, Compression::of(codec));
            for timestamp in [30, 10, 50, 20] {
                builder.append(&record(timestamp)).unwrap();
            }
            assert_eq!((builder.count(), builder.next_offset()), (4, 504));
            let bytes = builder.finish().unwrap();
            let batch = Batch::parse(&bytes).unwrap();
            batch.verify_checksum().unwrap();
            assert_eq!((batch.count(), batch.last_offset()), (4, 503));
            assert_eq!((batch.base_timestamp(), batch.max_timestamp()), (30, 50));
            let mut scratch = Vec::new();
            let records = records::open(&batch, &mut scratch, 10_000).unwrap();
            let records: Vec<Record<'_>> = records.map(Result::unwrap).collect();
            let found: Vec<(i64, i64)> =
                records.iter().map(|it| (it.offset(&batch), it.timestamp(&batch))).collect();
            assert_eq!(found, [(500, 30), (501, 10), (502, 50), (503, 20)]);
            assert_eq!(records[0].headers.iter().collect::<Vec<_>>(), record(0).headers);
        }
    }

    #[test]
    fn compaction_keeps_offsets_and_range() {
        let header = Header { base_offset: 10, ..Header::default() };
        let mut builder = BatchBuilder::new(header, Compression::NONE);
        builder.append_encoded(12, &record(1), Headers::default()).unwrap();
        builder.append_encoded(15, &record(2), Headers::default()).unwrap();
        let again = builder.append_encoded(15, &record(3), Headers::default());
        assert_eq!(again, Err(BuildError::Offset { offset: 15 }));
        assert_eq!(builder.reach_to(14), Err(BuildError::Offset { offset: 14 }));
        builder.reach_to(19).unwrap();
        let bytes = builder.finish().unwrap();
        let batch = Batch::parse(&bytes).unwrap();
        assert_eq!((batch.base_offset(), batch.last_offset(), batch.count()), (10, 19, 2));
    }

    #[test]
    fn kept_timestamps() {
        let attributes = Attributes::default().with_timestamp_type(TimestampType::LogAppendTime);
        let header = Header { attributes, max_timestamp: 77, ..Header::default() };
        let mut builder = BatchBuilder::new(header, Compression::NONE);
        builder.append(&record(1000)).unwrap();
        let bytes = builder.finish().unwrap();
        let batch = Batch::parse(&bytes).unwrap();
        assert_eq!(batch.max_timestamp(), 77);

        let attributes = Attributes::default().delete_horizon();
        let header = Header { attributes, base_timestamp: 5, ..Header::default() };
        let mut builder = BatchBuilder::new(header, Compression::NONE);
        builder.append(&record(1000)).unwrap();
        let bytes = builder.finish().unwrap();
        let batch = Batch::parse(&bytes).unwrap();
        assert_eq!((batch.base_timestamp(), batch.max_timestamp()), (5, 1000));
    }

    proptest! {
        #[test]
        fn any_record_is_read_back(
            timestamp: i64,
            key: Option<Vec<u8>>,
            value: Option<Vec<u8>>,
            name: Vec<u8>,
            codec in 0u8..5,
        ) {
            let headers = [(name.as_slice(), value.as_deref())];
            let (key, value) = (key.as_deref(), value.as_deref());
            let new = NewRecord { timestamp, key, value, headers: &headers };
            let compression = Compression::of(Codec::from_id(codec).unwrap());
            let mut builder = BatchBuilder::new(Header::default(), compression);
            builder.append(&new).unwrap();
            builder.append(&new).unwrap();
            let bytes = builder.finish().unwrap();
            let batch = Batch::parse(&bytes).unwrap();
            let mut scratch = Vec::new();
            for read in records::open(&batch, &mut scratch, 1 << 20).unwrap() {
                let read = read.unwrap();
                prop_assert_eq!((read.key, read.value), (key, value));
                prop_assert_eq!(read.timestamp(&batch), timestamp);
                prop_assert_eq!(read.headers.iter().collect::<Vec<_>>(), headers);
            }
        }
    }
}
