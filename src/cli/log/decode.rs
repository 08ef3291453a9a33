//! Keys and values in words: the records of internal topics, control records, text.

use std::fmt::Debug;

use clap::ValueEnum;
use shards::format::records::Record;

use crate::protocol::control_records::{
    EndTxnMarker, LeaderChangeMessage, SnapshotFooterRecord, SnapshotHeaderRecord,
};
use crate::protocol::group_records::GroupKey;
use crate::protocol::metadata_records::MetadataRecord;
use crate::protocol::records::{ControlRecordType, from_versioned_slice};
use crate::protocol::share_records::ShareKey;
use crate::protocol::transaction_records::TransactionKey;
use crate::protocol::{DecodeError, Message};

/// What keys and values are taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Decoding {
    /// By the topic's name
    Auto,
    /// Bytes, shown as text
    Plain,
    /// Groups and their offsets (__consumer_offsets)
    Offsets,
    /// Transactions (__transaction_state)
    Transactions,
    /// Share groups (__share_group_state)
    Shares,
    /// Metadata of the cluster (__cluster_metadata)
    Metadata,
}

/// A record in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    pub key: Option<String>,
    pub value: Option<String>,
    /// Whether the bytes were read as more than text.
    pub is_decoded: bool,
}

impl Decoding {
    /// What it is for this topic.
    pub(super) fn of_topic(self, topic: Option<&str>) -> Self {
        match (self, topic) {
            (Self::Auto, Some("__consumer_offsets")) => Self::Offsets,
            (Self::Auto, Some("__transaction_state")) => Self::Transactions,
            (Self::Auto, Some("__share_group_state")) => Self::Shares,
            (Self::Auto, Some("__cluster_metadata")) => Self::Metadata,
            (Self::Auto, _) => Self::Plain,
            (chosen, _) => chosen,
        }
    }

    /// The record in words; what cannot be read says why.
    pub(super) fn words(self, record: &Record<'_>, is_control: bool) -> Words {
        if is_control {
            return control(record);
        }
        let (key, value) = (record.key, record.value);
        let words = |key, value| Words { key, value, is_decoded: true };
        match self {
            Self::Auto | Self::Plain => {
                Words { key: key.map(text), value: value.map(text), is_decoded: false }
            }
            Self::Metadata => words(
                key.map(text),
                value.map(|value| shown(MetadataRecord::from_slice(value).map(|it| it.record))),
            ),
            Self::Offsets => keyed(record, GroupKey::from_slice, |key, value| {
                shown(key.value_from_slice(value).map(|it| it.record))
            }),
            Self::Transactions => keyed(record, TransactionKey::from_slice, |key, value| {
                shown(key.value_from_slice(value).map(|it| it.record))
            }),
            Self::Shares => keyed(record, ShareKey::from_slice, |key, value| {
                shown(key.value_from_slice(value).map(|it| it.record))
            }),
        }
    }
}

/// Records of a coordinator: the key says what the value is.
fn keyed<K: Debug>(
    record: &Record<'_>,
    read_key: impl Fn(&[u8]) -> Result<K, DecodeError>,
    read_value: impl Fn(&K, &[u8]) -> String,
) -> Words {
    let Some(key) = record.key else {
        return Words { key: None, value: record.value.map(text), is_decoded: false };
    };
    match read_key(key) {
        Ok(read) => Words {
            key: Some(format!("{read:?}")),
            value: record.value.map(|value| read_value(&read, value)),
            is_decoded: true,
        },
        Err(error) => {
            Words { key: Some(unreadable(&error)), value: record.value.map(text), is_decoded: true }
        }
    }
}

fn control(record: &Record<'_>) -> Words {
    let read = record.key.map(ControlRecordType::from_key);
    let body = |value| match read {
        Some(Ok(ControlRecordType::Abort | ControlRecordType::Commit)) => {
            shown(from_versioned_slice::<EndTxnMarker>(value).map(|it| it.record))
        }
        Some(Ok(ControlRecordType::LeaderChange)) => body::<LeaderChangeMessage>(value),
        Some(Ok(ControlRecordType::SnapshotHeader)) => body::<SnapshotHeaderRecord>(value),
        Some(Ok(ControlRecordType::SnapshotFooter)) => body::<SnapshotFooterRecord>(value),
        _ => text(value),
    };
    let value = record.value.map(body);
    Words { key: read.map(shown), value, is_decoded: true }
}

fn body<M: Message>(value: &[u8]) -> String {
    shown(M::from_slice(value, ControlRecordType::BODY_VERSION))
}

fn shown<T: Debug>(read: Result<T, DecodeError>) -> String {
    read.map_or_else(|error| unreadable(&error), |read| format!("{read:?}"))
}

fn unreadable(error: &DecodeError) -> String {
    format!("unreadable: {} at byte {}", error.cause, error.offset)
}

/// Bytes as quoted text; what is no UTF-8 as escapes.
pub(super) fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => format!("{text:?}"),
        Err(_) => format!("\"{}\"", bytes.escape_ascii()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::group_records::OffsetCommitKey;
    use shards::format::records::Headers;

    fn record<'a>(key: Option<&'a [u8]>, value: Option<&'a [u8]>) -> Record<'a> {
        let headers = Headers::default();
        Record { attributes: 0, timestamp_delta: 0, offset_delta: 0, key, value, headers }
    }

    #[test]
    fn decoding_follows_the_topic() {
        let topic = Some("__consumer_offsets");
        assert_eq!(Decoding::Auto.of_topic(topic), Decoding::Offsets);
        assert_eq!(Decoding::Plain.of_topic(topic), Decoding::Plain);
        assert_eq!(Decoding::Auto.of_topic(Some("mine")), Decoding::Plain);
        assert_eq!(Decoding::Metadata.of_topic(None), Decoding::Metadata);
    }

    #[test]
    fn records_in_words() {
        let words = Decoding::Plain.words(&record(Some(b"\xff\n"), Some("ä\"".as_bytes())), false);
        assert_eq!(words.key.as_deref(), Some("\"\\xff\\n\""));
        assert_eq!(words.value.as_deref(), Some("\"ä\\\"\""));
        let commit = OffsetCommitKey { group: "g".into(), topic: "t".into(), partition: 3 };
        let key = GroupKey::from(commit).to_vec().unwrap();
        let words = Decoding::Offsets.words(&record(Some(&key), Some(b"\0")), false);
        assert!(words.key.unwrap().contains("partition: 3"));
        assert!(words.value.unwrap().starts_with("unreadable: "));
        let words = Decoding::Offsets.words(&record(Some(&key), None), false);
        assert_eq!(words.value, None);
        let words = Decoding::Plain.words(&record(Some(&[0, 0, 0, 1]), None), true);
        assert_eq!(words.key.as_deref(), Some("Commit"));
    }
}
