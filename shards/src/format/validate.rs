//! What is checked before records are appended, with the outcomes that Kafka's clients expect.
//!
//! Lives on: the partition's core; pure, `now` is an argument.
//! Promise: a batch that passed is whole, its checksum right, its records readable and numbered
//! 0 to last offset delta, its timestamps within the topic's bounds; to write it under
//! `BatchInfo::stored_header` is all that is left to do.
//! Never: assigns offsets, knows a partition, keeps state. Sequences: log/producers.rs.
//! Limits: limits::RECORDS_DECOMPRESSED_BYTES_MAX, limits::RECORD_ERRORS_MAX.
//! Read next: batch.rs, log/producers.rs.

use std::ops::Range;

use smallvec::{SmallVec, smallvec};

use crate::compression::{self, Codec, Compression, DecompressError};
use crate::format::batch::{
    self, Batch, BatchError, Batches, HEADER_BYTES, Header, NO_TIMESTAMP, Stamp, TimestampType,
};
use crate::format::control::{ControlType, Marker};
use crate::format::records::{self, Records, RecordsError};
use crate::limits;
use crate::mutation::Mutation;

mod error;
pub use error::{Rejection, RejectionReason, ValidationError};

/// Who appends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A producer: everything is checked.
    Client,
    /// A coordinator of this node: may write control batches and any base offset.
    Internal,
}

/// What a topic demands of its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Stored with this codec; none: as the producer compressed it.
    pub compression: Option<Compression>,
    /// The topic is compacted.
    pub key_required: bool,
    pub timestamp_type: TimestampType,
    pub timestamp_before_max_ms: i64,
    pub timestamp_after_max_ms: i64,
    pub batch_bytes_max: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            compression: None,
            key_required: false,
            timestamp_type: TimestampType::CreateTime,
            timestamp_before_max_ms: i64::MAX,
            timestamp_after_max_ms: 60 * 60 * 1000,
            batch_bytes_max: (1 << 20) + batch::LENGTH_OVERHEAD,
        }
    }
}

/// The producer fields of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Producer {
    pub id: i64,
    pub epoch: i16,
    pub base_sequence: i32,
    pub last_sequence: i32,
}

/// What the log needs to know of one batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchInfo {
    /// Where it lies in the bytes to be appended.
    pub range: Range<usize>,
    /// As it came; a leader assigns it anew.
    pub base_offset: i64,
    pub last_offset_delta: i32,
    pub count: i32,
    pub leader_epoch: i32,
    pub codec: Codec,
    pub timestamp_type: TimestampType,
    pub max_timestamp: i64,
    /// For the time index: Kafka takes the last offset of the batch, also where an earlier record
    /// has the max timestamp.
    pub offset_delta_of_max_timestamp: i32,
    pub producer: Option<Producer>,
    pub is_transactional: bool,
    pub is_control: bool,
    /// The end of a transaction that a control batch says.
    pub transaction_end: Option<TransactionEnd>,
}

/// The end of a producer's transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionEnd {
    pub aborted: bool,
    pub coordinator_epoch: i32,
}

impl TransactionEnd {
    /// What a control batch says, if it is about a transaction at all.
    pub fn of(batch: &Batch<'_>) -> Option<Self> {
        if !batch.attributes().is_control() {
            return None;
        }
        // Control batches are never compressed.
        let record = Records::new(batch.records_bytes(), batch.count()).next()?.ok()?;
        let aborted = match ControlType::of_key(record.key?)? {
            ControlType::Abort => true,
            ControlType::Commit => false,
            _ => return None,
        };
        let marker = Marker::decode(record.value?)?;
        Some(Self { aborted, coordinator_epoch: marker.coordinator_epoch })
    }
}

impl BatchInfo {
    /// Of a batch whose header is to be believed, as a leader sent or a segment holds it.
    pub fn of(batch: &Batch<'_>, position: usize) -> Result<Self, ValidationError> {
        let attributes = batch.attributes();
        let codec = attributes.codec().map_err(|id| ValidationError::Codec { id })?;
        Ok(Self {
            range: position..position + batch.size(),
            base_offset: batch.base_offset(),
            last_offset_delta: batch.last_offset_delta(),
            count: batch.count(),
            leader_epoch: batch.leader_epoch(),
            codec,
            timestamp_type: attributes.timestamp_type(),
            max_timestamp: batch.max_timestamp(),
            offset_delta_of_max_timestamp: batch.last_offset_delta(),
            producer: batch.has_producer_id().then(|| Producer {
                id: batch.producer_id(),
                epoch: batch.producer_epoch(),
                base_sequence: batch.base_sequence(),
                last_sequence: batch.last_sequence(),
            }),
            is_transactional: attributes.is_transactional(),
            is_control: attributes.is_control(),
            transaction_end: TransactionEnd::of(batch),
        })
    }

    /// The header under which the records of this batch are stored; `batch` are its bytes.
    #[inline]
    pub fn stored_header(
        &self,
        batch: &[u8],
        base_offset: i64,
        leader_epoch: i32,
    ) -> [u8; HEADER_BYTES] {
        let (timestamp_type, max_timestamp) = (self.timestamp_type, self.max_timestamp);
        let stamp = Stamp { base_offset, leader_epoch, timestamp_type, max_timestamp };
        batch::stamped_header(batch, &stamp)
    }
}

/// What may be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validated {
    /// In order. Exactly one from a client.
    pub batches: SmallVec<[BatchInfo; 1]>,
    /// Takes the place of the bytes that came, where the topic stores them otherwise.
    pub rewritten: Option<Vec<u8>>,
}

impl Validated {
    /// The offsets that the batches take.
    pub fn offsets(&self) -> i64 {
        self.batches.iter().map(|batch| i64::from(batch.last_offset_delta) + 1).sum()
    }
}

/// Memory for decompressed records, kept from one call to the next.
#[derive(Debug, Default)]
pub struct Scratch {
    records: Vec<u8>,
    decompressed_bytes: usize,
}

impl Scratch {
    /// What is kept between calls.
    const KEPT_BYTES_MAX: usize = 4 << 20;

    /// The bytes that the last call decompressed, also where it then refused them.
    pub fn decompressed_bytes(&self) -> usize {
        self.decompressed_bytes
    }

    fn shrink(&mut self) {
        self.decompressed_bytes = self.records.len();
        self.records.clear();
        self.records.shrink_to(Self::KEPT_BYTES_MAX);
    }
}

/// Checks what a producer or a coordinator wants appended to a partition that this node leads.
///
/// Bytes after the batch that are no whole batch are left out, as Kafka does.
pub fn validate(
    bytes: &[u8],
    origin: Origin,
    rules: &Rules,
    now_ms: i64,
    scratch: &mut Scratch,
) -> Result<Validated, ValidationError> {
    let validated = check(bytes, origin, rules, now_ms, &mut scratch.records);
    scratch.shrink();
    validated
}

/// `decompressed` is empty, and takes what a codec gives.
fn check(
    bytes: &[u8],
    origin: Origin,
    rules: &Rules,
    now_ms: i64,
    decompressed: &mut Vec<u8>,
) -> Result<Validated, ValidationError> {
    let batch = the_only_batch(bytes)?;
    check_envelope(&batch, origin, rules)?;
    let mut info = BatchInfo::of(&batch, 0)?;
    if origin == Origin::Client {
        check_header(&batch)?;
    }
    let records = match info.codec {
        Codec::None => batch.records_bytes(),
        codec => {
            let limit = limits::RECORDS_DECOMPRESSED_BYTES_MAX;
            compression::decompress(codec, batch.records_bytes(), decompressed, limit)?;
            decompressed.as_slice()
        }
    };
    let walk = walk(&batch, records, rules, now_ms)?;
    info.timestamp_type = rules.timestamp_type;
    info.max_timestamp = match rules.timestamp_type {
        TimestampType::CreateTime if Mutation::MaxTimestampBelieved.is_planted() => {
            batch.max_timestamp()
        }
        TimestampType::CreateTime => walk.max_timestamp,
        TimestampType::LogAppendTime => now_ms,
    };
    let rewritten = rewrite(&mut info, &batch, records, &walk, rules)?;
    Ok(Validated { batches: smallvec![info], rewritten })
}

/// Checks what a leader sent: whole batches, checksums, offsets that rise from `next_offset` on.
///
/// The records were checked by the leader. A batch cut off at the end is left out.
pub fn validate_replicated(bytes: &[u8], next_offset: i64) -> Result<Validated, ValidationError> {
    let mut batches = SmallVec::new();
    let mut expected = next_offset;
    let mut position = 0;
    for batch in Batches::new(bytes) {
        let batch = match batch {
            Err(BatchError::Truncated { .. }) => break,
            other => other?,
        };
        batch.verify_checksum()?;
        let (base, last) = (batch.base_offset(), batch.last_offset());
        if base < expected || last < base {
            return Err(ValidationError::OffsetsNotRising { expected, base, last });
        }
        expected = batch.next_offset();
        batches.push(BatchInfo::of(&batch, position)?);
        position += batch.size();
    }
    Ok(Validated { batches, rewritten: None })
}

fn the_only_batch(bytes: &[u8]) -> Result<Batch<'_>, ValidationError> {
    let mut batches = Batches::new(bytes);
    let batch = match batches.next() {
        None | Some(Err(BatchError::Truncated { .. })) => return Err(ValidationError::Empty),
        Some(batch) => batch?,
    };
    match batches.next() {
        None | Some(Err(BatchError::Truncated { .. })) => Ok(batch),
        Some(Ok(_)) => Err(ValidationError::MoreThanOneBatch),
        Some(Err(error)) => Err(error.into()),
    }
}

/// What holds for any batch, in the order in which Kafka finds fault.
fn check_envelope(batch: &Batch<'_>, origin: Origin, rules: &Rules) -> Result<(), ValidationError> {
    if origin == Origin::Client && batch.base_offset() != 0 {
        return Err(ValidationError::BaseOffset { base_offset: batch.base_offset() });
    }
    check_size(batch.size(), rules)?;
    batch.verify_checksum()?;
    let (last_offset_delta, count) = (batch.last_offset_delta(), batch.count());
    match last_offset_delta < 0 {
        true => Err(ValidationError::Count { last_offset_delta, count }),
        false => Ok(()),
    }
}

fn check_size(size: usize, rules: &Rules) -> Result<(), ValidationError> {
    let limit = rules.batch_bytes_max;
    match size <= limit {
        true => Ok(()),
        false => Err(ValidationError::TooLarge { size, limit }),
    }
}

/// What a client's header must say.
fn check_header(batch: &Batch<'_>) -> Result<(), ValidationError> {
    let (last_offset_delta, count) = (batch.last_offset_delta(), batch.count());
    if count <= 0 || i64::from(last_offset_delta) + 1 != i64::from(count) {
        return Err(ValidationError::Count { last_offset_delta, count });
    }
    if batch.attributes().is_control() {
        return Err(ValidationError::ControlBatch);
    }
    if batch.has_producer_id() && batch.base_sequence() < 0 {
        let (producer_id, sequence) = (batch.producer_id(), batch.base_sequence());
        return Err(ValidationError::Sequence { producer_id, sequence });
    }
    Ok(())
}

/// What a walk over the records found.
struct Walk {
    max_timestamp: i64,
    /// The offset deltas are 0, 1, 2, …
    numbered: bool,
}

/// Looks at every record once: its structure, key and timestamp.
fn walk(
    batch: &Batch<'_>,
    records: &[u8],
    rules: &Rules,
    now_ms: i64,
) -> Result<Walk, ValidationError> {
    let oldest = i128::from(now_ms) - i128::from(rules.timestamp_before_max_ms);
    let newest = i128::from(now_ms) + i128::from(rules.timestamp_after_max_ms);
    let (oldest, newest) = (clamp(oldest), clamp(newest));
    let base = batch.base_timestamp();
    let timestamp_type = batch.attributes().timestamp_type();
    let mut walk = Walk { max_timestamp: NO_TIMESTAMP, numbered: true };
    let mut rejected = error::Rejected::default();
    records::glance(records, batch.count(), |index, record| {
        let timestamp = match timestamp_type {
            TimestampType::CreateTime => base.wrapping_add(record.timestamp_delta),
            TimestampType::LogAppendTime => batch.max_timestamp(),
        };
        let bounded =
            rules.timestamp_type == TimestampType::CreateTime && timestamp != NO_TIMESTAMP;
        if rules.key_required && !record.has_key {
            rejected.add(index, RejectionReason::KeyMissing);
        } else if bounded && !(oldest..=newest).contains(&timestamp) {
            rejected.add(index, RejectionReason::Timestamp { timestamp, oldest, newest });
        } else if !bounded && timestamp_type == TimestampType::LogAppendTime {
            rejected.add(index, RejectionReason::TimestampType);
        }
        walk.max_timestamp = walk.max_timestamp.max(timestamp);
        walk.numbered &= record.offset_delta == index;
    })?;
    rejected.into_result().map(|()| walk)
}

fn clamp(number: i128) -> i64 {
    number.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

/// The bytes to store instead, where codec or numbering are not those that the topic stores.
fn rewrite(
    info: &mut BatchInfo,
    batch: &Batch<'_>,
    records: &[u8],
    walk: &Walk,
    rules: &Rules,
) -> Result<Option<Vec<u8>>, ValidationError> {
    let target = rules.compression.unwrap_or(Compression::of(info.codec));
    // Control records stay as they are: whoever reads them must not need a codec.
    let same_codec = target.codec == info.codec || info.is_control;
    if same_codec && (walk.numbered || info.is_control) {
        return Ok(None);
    }
    let renumbered;
    let records = match walk.numbered {
        true => records,
        false => {
            renumbered = renumber(records, batch.count())?;
            &renumbered
        }
    };
    let mut bytes = vec![0; HEADER_BYTES];
    compression::compress(target, records, &mut bytes)
        .map_err(|error| ValidationError::Compress { reason: error.to_string() })?;
    check_size(bytes.len().min(limits::BATCH_BYTES_MAX + 1), rules)?;
    let mut header = Header::of(batch);
    header.attributes =
        header.attributes.with_codec(target.codec).with_timestamp_type(info.timestamp_type);
    header.max_timestamp = info.max_timestamp;
    header.write_to(&mut bytes);
    info.codec = target.codec;
    info.range = 0..bytes.len();
    Ok(Some(bytes))
}

/// The records with the offset deltas 0, 1, 2, …: some old clients number them otherwise.
fn renumber(records: &[u8], count: i32) -> Result<Vec<u8>, RecordsError> {
    let mut output = Vec::with_capacity(records.len());
    for (index, record) in (0..).zip(Records::new(records, count)) {
        let record = records::Record { offset_delta: index, ..record? };
        records::put_record(&mut output, &record);
    }
    Ok(output)
}

impl From<DecompressError> for ValidationError {
    fn from(error: DecompressError) -> Self {
        ValidationError::Decompress(error)
    }
}

#[cfg(test)]
mod tests;
