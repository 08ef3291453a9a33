//! The text files that Kafka calls checkpoints: a version, a count, and as many lines.
//!
//! Lives on: any core; pure. Two kinds: offsets of partitions, and epochs of a partition.
//! Promise: a file is read whole or refused; an empty file has no entries.
//! Limits: limits::CHECKPOINT_BYTES_MAX.
//!
//! ```text
//! 0                         0
//! 2                         2
//! topic 0 123               0 0
//! other-topic 17 4          3 123
//! recovery-point-offset-checkpoint, log-start-offset-checkpoint,
//! replication-offset-checkpoint, cleaner-offset-checkpoint | leader-epoch-checkpoint
//! ```

use std::fmt::Write;

use crate::limits;
use crate::log::epochs::EpochStart;

/// In each log directory: up to where each log was flushed.
pub const RECOVERY_POINTS: &str = "recovery-point-offset-checkpoint";
/// In each log directory: where logs begin that were cut from the start.
pub const LOG_STARTS: &str = "log-start-offset-checkpoint";
/// In each log directory: the high watermarks.
pub const HIGH_WATERMARKS: &str = "replication-offset-checkpoint";
/// In each log directory: up to where logs are compacted.
pub const CLEANED: &str = "cleaner-offset-checkpoint";
/// In each partition's directory: where leader epochs began.
pub const LEADER_EPOCHS: &str = "leader-epoch-checkpoint";

const VERSION: &str = "0";

/// Why a checkpoint is refused. To blame: the disk, or whoever edited it. Remedy: delete the file;
/// it is built anew, at the price of a longer start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    #[error("checkpoint of {bytes} bytes is larger than the limit of {limit}")]
    TooLarge { bytes: usize, limit: usize },
    #[error("checkpoint is no text")]
    NoText,
    #[error("checkpoint has the unknown version {version:?}")]
    Version { version: String },
    #[error("checkpoint ends in the middle")]
    Truncated,
    #[error("checkpoint claims {claimed:?} entries and has {found}")]
    Count { claimed: String, found: usize },
    #[error("line {line} of the checkpoint is malformed")]
    Line { line: usize },
}

/// An offset of one partition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartitionOffset {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
}

pub fn encode_offsets(entries: &[PartitionOffset]) -> String {
    encode(entries, |text, PartitionOffset { topic, partition, offset }| {
        writeln!(text, "{topic} {partition} {offset}")
    })
}

pub fn decode_offsets(bytes: &[u8]) -> Result<Vec<PartitionOffset>, CheckpointError> {
    decode(bytes, |line| {
        let [topic, partition, offset] = words(line)?;
        let partition = partition.parse().ok().filter(|partition| *partition >= 0)?;
        Some(PartitionOffset { topic: topic.to_owned(), partition, offset: offset.parse().ok()? })
    })
}

pub fn encode_epochs(entries: &[EpochStart]) -> String {
    encode(entries, |text, EpochStart { epoch, start_offset }| {
        writeln!(text, "{epoch} {start_offset}")
    })
}

pub fn decode_epochs(bytes: &[u8]) -> Result<Vec<EpochStart>, CheckpointError> {
    decode(bytes, |line| {
        let [epoch, start_offset] = words(line)?;
        Some(EpochStart { epoch: epoch.parse().ok()?, start_offset: start_offset.parse().ok()? })
    })
}

fn encode<T>(entries: &[T], line: impl Fn(&mut String, &T) -> std::fmt::Result) -> String {
    let mut text = format!("{VERSION}\n{}\n", entries.len());
    for entry in entries {
        line(&mut text, entry).expect("writing to a string cannot fail");
    }
    text
}

fn decode<T>(bytes: &[u8], parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, CheckpointError> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let (bytes_len, limit) = (bytes.len(), limits::CHECKPOINT_BYTES_MAX);
    if bytes_len > limit {
        return Err(CheckpointError::TooLarge { bytes: bytes_len, limit });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| CheckpointError::NoText)?;
    // The last line is whole only if it is ended.
    let mut lines = text.strip_suffix('\n').ok_or(CheckpointError::Truncated)?.lines();
    let version = lines.next().unwrap_or_default();
    if version != VERSION {
        return Err(CheckpointError::Version { version: version.to_owned() });
    }
    let claimed = lines.next().ok_or(CheckpointError::Truncated)?;
    let mut entries = Vec::new();
    for (index, line) in lines.enumerate() {
        entries.push(parse(line).ok_or(CheckpointError::Line { line: index + 3 })?);
    }
    match claimed.parse() == Ok(entries.len()) {
        true => Ok(entries),
        false => Err(CheckpointError::Count { claimed: claimed.to_owned(), found: entries.len() }),
    }
}

/// Exactly `N` words.
fn words<const N: usize>(line: &str) -> Option<[&str; N]> {
    let mut words = line.split_whitespace();
    let mut found = [""; N];
    for word in &mut found {
        *word = words.next()?;
    }
    words.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn offsets() -> Vec<PartitionOffset> {
        let offset = |topic: &str, partition, offset| PartitionOffset {
            topic: topic.to_owned(),
            partition,
            offset,
        };
        vec![offset("topic", 0, 123), offset("__consumer_offsets", 49, i64::MAX)]
    }

    fn epochs() -> Vec<EpochStart> {
        let entries = [(0, 0), (3, 123)];
        entries.map(|(epoch, start_offset)| EpochStart { epoch, start_offset }).to_vec()
    }

    #[test]
    fn round_trip() {
        let text = encode_offsets(&offsets());
        let expected = "0\n2\ntopic 0 123\n__consumer_offsets 49 9223372036854775807\n";
        assert_eq!(text, expected);
        assert_eq!(decode_offsets(text.as_bytes()), Ok(offsets()));
        let text = encode_epochs(&epochs());
        assert_eq!(text, "0\n2\n0 0\n3 123\n");
        assert_eq!(decode_epochs(text.as_bytes()), Ok(epochs()));
        assert_eq!(decode_offsets(encode_offsets(&[]).as_bytes()), Ok(Vec::new()));
        assert_eq!(decode_epochs(b""), Ok(Vec::new()));
    }

    #[test]
    fn every_truncated_prefix_is_refused() {
        let text = encode_offsets(&offsets());
        for cut in 1..text.len() {
            assert!(decode_offsets(&text.as_bytes()[..cut]).is_err(), "cut at {cut}");
        }
        let text = encode_epochs(&epochs());
        for cut in 1..text.len() {
            assert!(decode_epochs(&text.as_bytes()[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn malformed_files_say_what_is_wrong() {
        let error = |text: &str| decode_offsets(text.as_bytes()).unwrap_err();
        assert_eq!(error("1\n0\n"), CheckpointError::Version { version: "1".to_owned() });
        let count = CheckpointError::Count { claimed: "2".to_owned(), found: 1 };
        assert_eq!(error("0\n2\na 0 1\n"), count);
        let huge = CheckpointError::Count { claimed: "99999999999999".to_owned(), found: 0 };
        assert_eq!(error("0\n99999999999999\n"), huge);
        for line in ["a 0", "a 0 1 2", "a x 1", "a 0 x", "a -1 1"] {
            let error = error(&format!("0\n1\n{line}\n"));
            assert_eq!(error, CheckpointError::Line { line: 3 }, "{line:?}");
        }
        assert_eq!(decode_epochs(&[0xff, b'\n']), Err(CheckpointError::NoText));
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes: Vec<u8>, text: String) {
            prop_assert!(bytes.is_empty() || decode_offsets(&bytes).is_err());
            prop_assert!(text.is_empty() || decode_epochs(text.as_bytes()).is_err());
        }
    }
}
