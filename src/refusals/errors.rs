//! Kafka's error code for each way in which the engine refuses. The only place that chooses them
//! for partitions' logs.
//!
//! Lives on: any core; pure. The owner of a partition maps, so that the answer may cross cores.
//! Read next: shards/src/log/error.rs.

use shards::compression::DecompressError;
use shards::format::batch::BatchError;
use shards::format::validate::ValidationError;
use shards::journal::JournalFailed;
use shards::log::error::{AppendError, Offline, ReadError};
use shards::log::producers::ProducerError;
use shards::units::{LeaderEpoch, PartitionId};

use crate::broker::Core;
use crate::limits;
use crate::protocol::ErrorCode;
use crate::protocol::produce::RecordError;

/// Why a partition did not do what it was asked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub code: ErrorCode,
    pub message: Option<String>,
    /// The records that are to blame, for versions of Produce that name them.
    pub records: Vec<RecordError>,
}

impl Failure {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Failure {
        Failure { code, message: Some(sentence(message.into())), records: Vec::new() }
    }

    /// The code says it all.
    pub fn plain(code: ErrorCode) -> Failure {
        Failure { code, message: None, records: Vec::new() }
    }
}

/// A sentence for an answer. What it quotes of a request may leave no room for the rest in a string
/// of the protocol: then it is cut.
pub fn sentence(mut text: String) -> String {
    if text.len() > limits::ERROR_MESSAGE_BYTES_MAX {
        text.truncate(text.floor_char_boundary(limits::ERROR_MESSAGE_BYTES_MAX));
        text.push_str(" [...]");
    }
    text
}

/// The partition is not (or no longer, or not yet) on this core. One that was deleted meanwhile is
/// not asked for again, as who leads it is.
pub fn not_here(broker: &Core, partition: PartitionId) -> Failure {
    Failure::plain(match broker.has_partition(partition) {
        true => ErrorCode::NotLeaderOrFollower,
        false => ErrorCode::UnknownTopicOrPartition,
    })
}

/// Refuses a request of another epoch than the leader's.
pub fn check_epoch(current: LeaderEpoch, believed: Option<LeaderEpoch>) -> Result<(), Failure> {
    match believed {
        Some(believed) if believed < current => Err(Failure::plain(ErrorCode::FencedLeaderEpoch)),
        Some(believed) if believed > current => Err(Failure::plain(ErrorCode::UnknownLeaderEpoch)),
        _ => Ok(()),
    }
}

/// The reader's last epoch is none that the log knows of.
pub fn unknown_history() -> Failure {
    Failure::plain(ErrorCode::OffsetOutOfRange)
}

/// No transaction coordinator answers.
pub fn no_coordinator() -> ErrorCode {
    ErrorCode::CoordinatorNotAvailable
}

pub fn append(error: &AppendError) -> Failure {
    match error {
        AppendError::Invalid(invalid) => validation(invalid),
        AppendError::Producer(refused) => Failure::new(producer_code(refused), refused.to_string()),
        AppendError::LargerThanSegment { .. } | AppendError::LargerThanJournal { .. } => {
            Failure::new(ErrorCode::RecordListTooLarge, error.to_string())
        }
        AppendError::Offline(reason) => offline(reason),
    }
}

pub fn offline(reason: &Offline) -> Failure {
    match reason {
        Offline::Deleted => Failure::plain(ErrorCode::UnknownTopicOrPartition),
        Offline::Stopping | Offline::NotTakenOver { .. } => {
            Failure::plain(ErrorCode::NotLeaderOrFollower)
        }
        Offline::Journal(_)
        | Offline::DiskFull { .. }
        | Offline::Io { .. }
        | Offline::Corrupt { .. } => Failure::new(ErrorCode::KafkaStorageError, reason.to_string()),
    }
}

/// The journal did not take the records, or not write them, in the time the request gives.
pub fn timed_out() -> Failure {
    Failure::plain(ErrorCode::RequestTimedOut)
}

pub fn journal(failed: &JournalFailed) -> Failure {
    Failure::new(ErrorCode::KafkaStorageError, failed.to_string())
}

pub fn read(error: &ReadError) -> Failure {
    match error {
        ReadError::OutOfRange { .. } => Failure::plain(ErrorCode::OffsetOutOfRange),
        // Consumers tell their application, instead of asking again for ever.
        ReadError::Damaged { .. } => Failure::new(ErrorCode::CorruptMessage, error.to_string()),
        ReadError::Offline(reason) => offline(reason),
    }
}

fn validation(error: &ValidationError) -> Failure {
    let code = match error {
        ValidationError::TooLarge { .. } => ErrorCode::MessageTooLarge,
        // Formats of old; another number is no format at all.
        ValidationError::Batch(BatchError::Magic { magic: 0..=1 })
        | ValidationError::Empty
        | ValidationError::MoreThanOneBatch
        | ValidationError::BaseOffset { .. }
        | ValidationError::Count { .. }
        | ValidationError::ControlBatch
        | ValidationError::Sequence { .. } => ErrorCode::InvalidRecord,
        // Their sum holds: who sends them again sends the same.
        ValidationError::Records(_) => ErrorCode::InvalidRecord,
        ValidationError::Batch(_) => ErrorCode::CorruptMessage,
        ValidationError::Decompress(DecompressError::TooLarge { .. }) => ErrorCode::MessageTooLarge,
        // Kafka says UNKNOWN_SERVER_ERROR. Both end the send for good; this one says that the
        // client is to blame.
        ValidationError::Decompress(_) => ErrorCode::InvalidRecord,
        ValidationError::Codec { .. } => ErrorCode::UnsupportedCompressionType,
        ValidationError::Compress { .. } | ValidationError::OffsetsNotRising { .. } => {
            ErrorCode::UnknownServerError
        }
        ValidationError::Rejected { timestamps: true, .. } => ErrorCode::InvalidTimestamp,
        ValidationError::Rejected { timestamps: false, .. } => ErrorCode::InvalidRecord,
    };
    let ValidationError::Rejected { rejections, .. } = error else {
        return Failure::new(code, error.to_string());
    };
    let records = rejections
        .iter()
        .map(|rejection| RecordError {
            batch_index: rejection.index,
            message: Some(rejection.reason.to_string()),
        })
        .collect();
    Failure { code, message: Some(error.to_string()), records }
}

fn producer_code(error: &ProducerError) -> ErrorCode {
    match error {
        ProducerError::Fenced { .. } | ProducerError::MarkerLate { .. } => {
            ErrorCode::InvalidProducerEpoch
        }
        ProducerError::OutOfOrder { .. }
        | ProducerError::EpochNotFromZero { .. }
        | ProducerError::Overtaking { .. } => ErrorCode::OutOfOrderSequenceNumber,
        ProducerError::TransactionOpen { .. } | ProducerError::NoTransaction { .. } => {
            ErrorCode::InvalidTxnState
        }
        ProducerError::CoordinatorFenced { .. } => ErrorCode::TransactionCoordinatorFenced,
        ProducerError::TableFull { .. } => ErrorCode::ThrottlingQuotaExceeded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Kafka 4.3.1 answers to a Produce.
    #[test]
    fn codes_of_bytes_that_are_no_batch_of_today() {
        let magic = |magic| ValidationError::Batch(BatchError::Magic { magic });
        let length = |length| ValidationError::Batch(BatchError::Length { length });
        for (error, code) in [
            (magic(0), ErrorCode::InvalidRecord),
            (magic(1), ErrorCode::InvalidRecord),
            (magic(3), ErrorCode::CorruptMessage),
            (magic(-1), ErrorCode::CorruptMessage),
            (length(5), ErrorCode::CorruptMessage),
            (length(-1), ErrorCode::CorruptMessage),
            (ValidationError::Empty, ErrorCode::InvalidRecord),
            (ValidationError::MoreThanOneBatch, ErrorCode::InvalidRecord),
        ] {
            assert_eq!(append(&error.clone().into()).code, code, "{error}");
        }
    }

    #[test]
    fn a_sentence_that_quotes_much_is_cut_between_characters() {
        assert_eq!(sentence("short".to_owned()), "short");
        let cut = sentence("\u{20ac}".repeat(32_767 / 3));
        let quoted = cut.strip_suffix(" [...]").unwrap();
        assert_eq!(quoted.len(), limits::ERROR_MESSAGE_BYTES_MAX / 3 * 3);
        assert!(quoted.chars().all(|character| character == '\u{20ac}'));
    }
}
