//! The record batch, version 2: a view of its header, and the fields that a broker may change.
//!
//! Lives on: any core; pure functions over slices, nothing is copied.
//! Promise: a `Batch` covers exactly one batch of magic 2 whose length fits the slice it came from;
//! the checksum is verified only by `verify_checksum`, the records only by `format::records`.
//! Never: allocates; trusts a count or a length.
//! Limits: limits::BATCH_BYTES_MAX.   Read next: records.rs, validate.rs.
//!
//! ```text
//!  0 base offset i64         23 last offset delta i32      57 record count i32
//!  8 length i32 (from 12 on) 27 base timestamp i64         61 records
//! 12 leader epoch i32        35 max timestamp i64
//! 16 magic i8                43 producer id i64
//! 17 checksum u32 (from 21)  51 producer epoch i16
//! 21 attributes i16          53 base sequence i32
//! ```

use crate::compression::Codec;
use crate::format::checksum::{Crc32c, crc32c};
use crate::limits;

/// Bytes before the first record.
pub const HEADER_BYTES: usize = 61;
/// Bytes that the length field does not count: base offset and the length itself.
pub const LENGTH_OVERHEAD: usize = 12;
/// Bytes needed to learn magic and size of a batch.
pub const PREFIX_BYTES: usize = MAGIC_AT + 1;
/// The only magic accepted.
pub const MAGIC: i8 = 2;

pub const NO_PRODUCER_ID: i64 = -1;
pub const NO_PRODUCER_EPOCH: i16 = -1;
pub const NO_SEQUENCE: i32 = -1;
pub const NO_TIMESTAMP: i64 = -1;
pub const NO_LEADER_EPOCH: i32 = -1;

const BASE_OFFSET_AT: usize = 0;
const LENGTH_AT: usize = 8;
const LEADER_EPOCH_AT: usize = 12;
const MAGIC_AT: usize = 16;
const CHECKSUM_AT: usize = 17;
const ATTRIBUTES_AT: usize = 21;
const LAST_OFFSET_DELTA_AT: usize = 23;
const BASE_TIMESTAMP_AT: usize = 27;
const MAX_TIMESTAMP_AT: usize = 35;
const PRODUCER_ID_AT: usize = 43;
const PRODUCER_EPOCH_AT: usize = 51;
const BASE_SEQUENCE_AT: usize = 53;
const COUNT_AT: usize = 57;

/// Why bytes are not a batch. To blame: whoever sent or stored them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    #[error("the bytes end inside a record batch: {needed} needed, {available} there")]
    Truncated { needed: usize, available: usize },
    #[error("a record batch claims a length of {length} bytes, which no batch can have")]
    Length { length: i32 },
    #[error("record batch of magic {magic}; only magic 2 is supported")]
    Magic { magic: i8 },
    #[error("record batch is corrupt: stored checksum {stored:#010x}, computed {computed:#010x}")]
    Checksum { stored: u32, computed: u32 },
}

/// What the timestamps of a batch mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimestampType {
    /// Set by the producer.
    #[default]
    CreateTime,
    /// Set by the broker: the max timestamp of the batch holds for all of its records.
    LogAppendTime,
}

/// The attribute bits of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attributes(pub i16);

impl Attributes {
    const CODEC: i16 = 0x07;
    const LOG_APPEND_TIME: i16 = 0x08;
    const TRANSACTIONAL: i16 = 0x10;
    const CONTROL: i16 = 0x20;
    const DELETE_HORIZON: i16 = 0x40;

    /// The codec, or the number of an unknown one.
    pub fn codec(self) -> Result<Codec, u8> {
        Codec::from_id((self.0 & Self::CODEC) as u8)
    }

    pub fn timestamp_type(self) -> TimestampType {
        match self.0 & Self::LOG_APPEND_TIME {
            0 => TimestampType::CreateTime,
            _ => TimestampType::LogAppendTime,
        }
    }

    pub fn is_transactional(self) -> bool {
        self.0 & Self::TRANSACTIONAL != 0
    }

    pub fn is_control(self) -> bool {
        self.0 & Self::CONTROL != 0
    }

    /// Whether the base timestamp holds the time from which a compaction may drop tombstones.
    pub fn has_delete_horizon(self) -> bool {
        self.0 & Self::DELETE_HORIZON != 0
    }

    pub fn with_codec(self, codec: Codec) -> Self {
        Self((self.0 & !Self::CODEC) | i16::from(codec.id()))
    }

    pub fn with_timestamp_type(self, timestamp_type: TimestampType) -> Self {
        match timestamp_type {
            TimestampType::CreateTime => Self(self.0 & !Self::LOG_APPEND_TIME),
            TimestampType::LogAppendTime => Self(self.0 | Self::LOG_APPEND_TIME),
        }
    }

    #[must_use]
    pub fn transactional(self) -> Self {
        Self(self.0 | Self::TRANSACTIONAL)
    }

    #[must_use]
    pub fn control(self) -> Self {
        Self(self.0 | Self::CONTROL)
    }

    #[must_use]
    pub fn delete_horizon(self) -> Self {
        Self(self.0 | Self::DELETE_HORIZON)
    }
}

/// One batch, borrowed: header checked for size and magic, everything else as it came.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    header: &'a [u8; HEADER_BYTES],
    bytes: &'a [u8],
}

impl<'a> Batch<'a> {
    /// The batch at the front of `bytes`; more may follow it.
    #[inline]
    pub fn parse(bytes: &'a [u8]) -> Result<Self, BatchError> {
        let size = size_at_front(bytes)?;
        let truncated = BatchError::Truncated { needed: size, available: bytes.len() };
        let bytes = bytes.get(..size).ok_or(truncated)?;
        let header = bytes.first_chunk().ok_or(truncated)?;
        Ok(Self { header, bytes })
    }

    /// The whole batch.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The records, compressed or not.
    pub fn records_bytes(&self) -> &'a [u8] {
        &self.bytes[HEADER_BYTES..]
    }

    /// Bytes of the whole batch.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    pub fn base_offset(&self) -> i64 {
        i64::from_be_bytes(self.field(BASE_OFFSET_AT))
    }

    /// Saturating: a hostile header cannot overflow.
    pub fn last_offset(&self) -> i64 {
        self.base_offset().saturating_add(i64::from(self.last_offset_delta()))
    }

    /// The offset after this batch.
    pub fn next_offset(&self) -> i64 {
        self.last_offset().saturating_add(1)
    }

    pub fn leader_epoch(&self) -> i32 {
        i32::from_be_bytes(self.field(LEADER_EPOCH_AT))
    }

    pub fn checksum(&self) -> u32 {
        u32::from_be_bytes(self.field(CHECKSUM_AT))
    }

    pub fn attributes(&self) -> Attributes {
        Attributes(i16::from_be_bytes(self.field(ATTRIBUTES_AT)))
    }

    pub fn last_offset_delta(&self) -> i32 {
        i32::from_be_bytes(self.field(LAST_OFFSET_DELTA_AT))
    }

    pub fn base_timestamp(&self) -> i64 {
        i64::from_be_bytes(self.field(BASE_TIMESTAMP_AT))
    }

    pub fn max_timestamp(&self) -> i64 {
        i64::from_be_bytes(self.field(MAX_TIMESTAMP_AT))
    }

    pub fn producer_id(&self) -> i64 {
        i64::from_be_bytes(self.field(PRODUCER_ID_AT))
    }

    pub fn has_producer_id(&self) -> bool {
        self.producer_id() > NO_PRODUCER_ID
    }

    pub fn producer_epoch(&self) -> i16 {
        i16::from_be_bytes(self.field(PRODUCER_EPOCH_AT))
    }

    pub fn base_sequence(&self) -> i32 {
        i32::from_be_bytes(self.field(BASE_SEQUENCE_AT))
    }

    /// The sequence of the last record, past `i32::MAX` continued at 0.
    pub fn last_sequence(&self) -> i32 {
        match self.base_sequence() {
            NO_SEQUENCE => NO_SEQUENCE,
            base => sequence_plus(base, self.last_offset_delta()),
        }
    }

    pub fn count(&self) -> i32 {
        i32::from_be_bytes(self.field(COUNT_AT))
    }

    pub fn verify_checksum(&self) -> Result<(), BatchError> {
        let stored = self.checksum();
        let computed = crc32c(&self.bytes[ATTRIBUTES_AT..]);
        match stored == computed {
            true => Ok(()),
            false => Err(BatchError::Checksum { stored, computed }),
        }
    }

    #[inline]
    fn field<const N: usize>(&self, at: usize) -> [u8; N] {
        *self.header[at..].first_chunk().expect("the fields lie inside the header")
    }
}

impl std::fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch")
            .field("offsets", &(self.base_offset()..=self.last_offset()))
            .field("size", &self.size())
            .field("leader_epoch", &self.leader_epoch())
            .field("attributes", &self.attributes())
            .field("count", &self.count())
            .field("producer", &(self.producer_id(), self.producer_epoch(), self.base_sequence()))
            .finish()
    }
}

/// `sequence + increment` in the ring 0..=i32::MAX that producers count in.
pub fn sequence_plus(sequence: i32, increment: i32) -> i32 {
    (i64::from(sequence) + i64::from(increment)).rem_euclid(1 << 31) as i32
}

/// Size of the batch at the front of `bytes`, of which at least [`PREFIX_BYTES`] must be there.
///
/// Enough for a reader that looks for batch boundaries in a file.
#[inline]
pub fn size_at_front(bytes: &[u8]) -> Result<usize, BatchError> {
    let truncated = BatchError::Truncated { needed: PREFIX_BYTES, available: bytes.len() };
    let prefix: &[u8; PREFIX_BYTES] = bytes.first_chunk().ok_or(truncated)?;
    let length = i32::from_be_bytes([prefix[8], prefix[9], prefix[10], prefix[11]]);
    let magic = prefix[MAGIC_AT] as i8;
    let size = usize::try_from(length).map_err(|_| BatchError::Length { length })?;
    let size = size + LENGTH_OVERHEAD;
    if !(PREFIX_BYTES..=limits::BATCH_BYTES_MAX).contains(&size) {
        return Err(BatchError::Length { length });
    }
    if magic != MAGIC {
        return Err(BatchError::Magic { magic });
    }
    if size < HEADER_BYTES {
        return Err(BatchError::Length { length });
    }
    Ok(size)
}

/// The batches of a buffer, one after the other.
///
/// Ends at the end of the buffer or with one error; `position` is where the next batch begins, so
/// after an error it is the length of the valid prefix.
#[derive(Debug, Clone)]
pub struct Batches<'a> {
    bytes: &'a [u8],
    position: usize,
    failed: bool,
}

impl<'a> Batches<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0, failed: false }
    }

    pub fn position(&self) -> usize {
        self.position
    }
}

impl<'a> Iterator for Batches<'a> {
    type Item = Result<Batch<'a>, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = &self.bytes[self.position..];
        if self.failed || rest.is_empty() {
            return None;
        }
        let batch = Batch::parse(rest);
        match &batch {
            Ok(batch) => self.position += batch.size(),
            Err(_) => self.failed = true,
        }
        Some(batch)
    }
}

/// Sets the base offset; the checksum does not cover it.
pub fn set_base_offset(batch: &mut [u8], base_offset: i64) {
    put(batch, BASE_OFFSET_AT, base_offset.to_be_bytes());
}

/// Sets the leader epoch; the checksum does not cover it.
pub fn set_leader_epoch(batch: &mut [u8], leader_epoch: i32) {
    put(batch, LEADER_EPOCH_AT, leader_epoch.to_be_bytes());
}

/// What the leader of a partition sets in the batches that it stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    pub base_offset: i64,
    pub leader_epoch: i32,
    pub timestamp_type: TimestampType,
    pub max_timestamp: i64,
}

/// The header under which the records of `batch`, which is whole, are stored. The checksum covers
/// the timestamps, and is renewed where they change.
#[inline]
pub fn stamped_header(batch: &[u8], stamp: &Stamp) -> [u8; HEADER_BYTES] {
    let (header, records) = batch.split_first_chunk().expect("a batch is at least its header");
    let mut header: [u8; HEADER_BYTES] = *header;
    set_base_offset(&mut header, stamp.base_offset);
    set_leader_epoch(&mut header, stamp.leader_epoch);
    let old: [u8; 2] = take(&header, ATTRIBUTES_AT);
    let new = Attributes(i16::from_be_bytes(old)).with_timestamp_type(stamp.timestamp_type);
    let old_timestamp: [u8; 8] = take(&header, MAX_TIMESTAMP_AT);
    if old == new.0.to_be_bytes() && old_timestamp == stamp.max_timestamp.to_be_bytes() {
        return header;
    }
    put(&mut header, ATTRIBUTES_AT, new.0.to_be_bytes());
    put(&mut header, MAX_TIMESTAMP_AT, stamp.max_timestamp.to_be_bytes());
    let mut checksum = Crc32c::new();
    checksum.update(&header[ATTRIBUTES_AT..]);
    checksum.update(records);
    put(&mut header, CHECKSUM_AT, checksum.finish().to_be_bytes());
    header
}

/// Computes the checksum of exactly one batch again.
pub fn renew_checksum(batch: &mut [u8]) {
    let checksum = crc32c(&batch[ATTRIBUTES_AT..]);
    put(batch, CHECKSUM_AT, checksum.to_be_bytes());
}

/// All fields of a header, for whoever writes a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub base_offset: i64,
    pub leader_epoch: i32,
    pub attributes: Attributes,
    pub last_offset_delta: i32,
    pub base_timestamp: i64,
    pub max_timestamp: i64,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub base_sequence: i32,
    pub count: i32,
}

impl Default for Header {
    fn default() -> Self {
        Self {
            base_offset: 0,
            leader_epoch: NO_LEADER_EPOCH,
            attributes: Attributes::default(),
            last_offset_delta: 0,
            base_timestamp: NO_TIMESTAMP,
            max_timestamp: NO_TIMESTAMP,
            producer_id: NO_PRODUCER_ID,
            producer_epoch: NO_PRODUCER_EPOCH,
            base_sequence: NO_SEQUENCE,
            count: 0,
        }
    }
}

impl Header {
    /// The header at the front of `bytes`, and the size of its batch, of which no more need be
    /// there.
    #[inline]
    pub fn peek(bytes: &[u8]) -> Result<(Self, usize), BatchError> {
        let size = size_at_front(bytes)?;
        let truncated = BatchError::Truncated { needed: HEADER_BYTES, available: bytes.len() };
        let header: &[u8; HEADER_BYTES] = bytes.first_chunk().ok_or(truncated)?;
        Ok((Self::of(&Batch { header, bytes: header }), size))
    }

    pub fn last_offset(&self) -> i64 {
        self.base_offset.wrapping_add(i64::from(self.last_offset_delta))
    }

    pub fn of(batch: &Batch<'_>) -> Self {
        Self {
            base_offset: batch.base_offset(),
            leader_epoch: batch.leader_epoch(),
            attributes: batch.attributes(),
            last_offset_delta: batch.last_offset_delta(),
            base_timestamp: batch.base_timestamp(),
            max_timestamp: batch.max_timestamp(),
            producer_id: batch.producer_id(),
            producer_epoch: batch.producer_epoch(),
            base_sequence: batch.base_sequence(),
            count: batch.count(),
        }
    }

    /// Writes header, length and checksum over the first [`HEADER_BYTES`] of `batch`, whose
    /// records are in place.
    ///
    /// The caller keeps a batch within `limits::BATCH_BYTES_MAX`.
    pub fn write_to(&self, batch: &mut [u8]) {
        assert!(batch.len() >= HEADER_BYTES && batch.len() <= limits::BATCH_BYTES_MAX);
        let length = (batch.len() - LENGTH_OVERHEAD) as i32;
        put(batch, BASE_OFFSET_AT, self.base_offset.to_be_bytes());
        put(batch, LENGTH_AT, length.to_be_bytes());
        put(batch, LEADER_EPOCH_AT, self.leader_epoch.to_be_bytes());
        put(batch, MAGIC_AT, MAGIC.to_be_bytes());
        put(batch, ATTRIBUTES_AT, self.attributes.0.to_be_bytes());
        put(batch, LAST_OFFSET_DELTA_AT, self.last_offset_delta.to_be_bytes());
        put(batch, BASE_TIMESTAMP_AT, self.base_timestamp.to_be_bytes());
        put(batch, MAX_TIMESTAMP_AT, self.max_timestamp.to_be_bytes());
        put(batch, PRODUCER_ID_AT, self.producer_id.to_be_bytes());
        put(batch, PRODUCER_EPOCH_AT, self.producer_epoch.to_be_bytes());
        put(batch, BASE_SEQUENCE_AT, self.base_sequence.to_be_bytes());
        put(batch, COUNT_AT, self.count.to_be_bytes());
        renew_checksum(batch);
    }
}

fn take<const N: usize>(batch: &[u8], at: usize) -> [u8; N] {
    *batch[at..].first_chunk().expect("a batch is at least its header")
}

fn put<const N: usize>(batch: &mut [u8], at: usize, field: [u8; N]) {
    batch[at..at + N].copy_from_slice(&field);
}

#[cfg(test)]
mod tests;
