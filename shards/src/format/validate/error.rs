//! Why an append is refused: for the whole batch, or with a reason for each bad record.

use crate::compression::DecompressError;
use crate::format::batch::BatchError;
use crate::format::records::RecordsError;
use crate::limits;

/// Why nothing is appended. To blame: the producer, unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValidationError {
    #[error("there is no whole record batch in the append")]
    Empty,
    #[error("there is more than one record batch in the append; send one per partition")]
    MoreThanOneBatch,
    /// Magic, length or checksum.
    #[error(transparent)]
    Batch(#[from] BatchError),
    #[error("the base offset of a produced batch must be 0, but it is {base_offset}")]
    BaseOffset { base_offset: i64 },
    /// The limit is the topic's `max.message.bytes`.
    #[error("the record batch has {size} bytes, more than the topic's limit of {limit}")]
    TooLarge { size: usize, limit: usize },
    #[error("the record batch is compressed with the unknown codec {id}")]
    Codec { id: u8 },
    #[error("{count} records do not agree with the last offset delta {last_offset_delta}")]
    Count { last_offset_delta: i32, count: i32 },
    #[error("clients are not allowed to write control records")]
    ControlBatch,
    #[error("producer {producer_id} sent the sequence number {sequence}, which must not be < 0")]
    Sequence { producer_id: i64, sequence: i32 },
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error(transparent)]
    Decompress(DecompressError),
    /// The configured level is to blame.
    #[error("the batch cannot be compressed as the topic asks: {reason}")]
    Compress { reason: String },
    /// A leader sent offsets that do not continue the log.
    #[error("the batch has the offsets {base} to {last} where {expected} or more is expected")]
    OffsetsNotRising { expected: i64, base: i64, last: i64 },
    /// The first of the refused records, and how many there are in all.
    #[error("records refused: {count}; the first: {}", first(rejections))]
    Rejected { rejections: Vec<Rejection>, count: usize, timestamps: bool },
}

/// One refused record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("record {index}: {reason}")]
pub struct Rejection {
    /// Its place in the batch.
    pub index: i32,
    pub reason: RejectionReason,
}

/// Why a record was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RejectionReason {
    #[error("a compacted topic cannot accept a message without key")]
    KeyMissing,
    #[error("the timestamp {timestamp} is out of range: it should be within [{oldest}, {newest}]")]
    Timestamp { timestamp: i64, oldest: i64, newest: i64 },
    #[error("a producer must not set the timestamp type to LogAppendTime")]
    TimestampType,
}

fn first(rejections: &[Rejection]) -> String {
    rejections.first().map(Rejection::to_string).unwrap_or_default()
}

/// Collects refused records, a bounded number of them.
#[derive(Default)]
pub(super) struct Rejected {
    rejections: Vec<Rejection>,
    count: usize,
    timestamps: bool,
}

impl Rejected {
    #[cold]
    pub(super) fn add(&mut self, index: i32, reason: RejectionReason) {
        self.count += 1;
        self.timestamps |= !matches!(reason, RejectionReason::KeyMissing);
        if self.rejections.len() < limits::RECORD_ERRORS_MAX {
            self.rejections.push(Rejection { index, reason });
        }
    }

    pub(super) fn into_result(self) -> Result<(), ValidationError> {
        let Self { rejections, count, timestamps } = self;
        match count {
            0 => Ok(()),
            _ => Err(ValidationError::Rejected { rejections, count, timestamps }),
        }
    }
}
