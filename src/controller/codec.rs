//! Batches of the metadata log: metadata records, and the control records of the quorum.
//!
//! Promise: what `records_batch` and `control_batch` write, `decode` reads; a record that is not
//! understood is an error with its offset, never passed over, except control records of later
//! versions, which Kafka passes over as well.
//! Never: does I/O.   Read next: snapshot_file.rs.

use bytes::Bytes;

use crate::controller::limits::METADATA_BATCH_BYTES_MAX;
use crate::metadata::{Provenance, Versioned};
use crate::protocol::control_records::{
    KRaftVersionRecord, LeaderChangeMessage, SnapshotFooterRecord, SnapshotHeaderRecord,
    VotersRecord,
};
use crate::protocol::metadata_records::MetadataRecord;
use crate::protocol::{DecodeError, EncodeError, Message};
use shards::compression::Compression;
use shards::format::batch::{Attributes, Batch, BatchError, Batches, Header};
use shards::format::builder::{BatchBuilder, BuildError, NewRecord};
use shards::format::control::ControlType;
use shards::format::records::{self, OpenError, Record};

/// Why bytes are not batches of the metadata log. To blame: the disk, or a foreign writer.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    #[error("after offset {after}: {source}")]
    Batch { after: i64, source: BatchError },
    #[error("the batch at offset {offset} cannot be opened: {source}")]
    Open { offset: i64, source: OpenError },
    #[error("the record at offset {offset} is damaged: {reason}")]
    Record { offset: i64, reason: String },
    #[error("the record at offset {offset} cannot be decoded: {source}")]
    Decode { offset: i64, source: DecodeError },
    #[error("a record cannot be encoded: {0}")]
    Encode(#[from] EncodeError),
    #[error("a batch cannot be built: {0}")]
    Build(#[from] BuildError),
    #[error("a batch of {size} bytes is larger than {METADATA_BATCH_BYTES_MAX}")]
    TooLarge { size: usize },
}

/// One record of the log.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    Metadata(MetadataRecord),
    LeaderChange(LeaderChangeMessage),
    QuorumVersion(KRaftVersionRecord),
    QuorumVoters(VotersRecord),
    SnapshotHeader(SnapshotHeaderRecord),
    SnapshotFooter(SnapshotFooterRecord),
}

/// One batch of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct LogBatch {
    pub base_offset: i64,
    /// Where the batch ends.
    pub end: Provenance,
    pub entries: Vec<Entry>,
}

/// What the header of a new batch says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub base_offset: i64,
    pub leader_epoch: i32,
    pub timestamp_ms: i64,
}

/// The batches of a log or snapshot, in order; ends after the first error.
pub fn decode(bytes: &[u8]) -> impl Iterator<Item = Result<LogBatch, CodecError>> {
    let mut after = -1;
    let mut scratch = Vec::new();
    Batches::new(bytes).map(move |batch| {
        let batch = batch.map_err(|source| CodecError::Batch { after, source })?;
        batch.verify_checksum().map_err(|source| CodecError::Batch { after, source })?;
        after = batch.last_offset();
        decode_batch(&batch, &mut scratch)
    })
}

fn decode_batch(batch: &Batch<'_>, scratch: &mut Vec<u8>) -> Result<LogBatch, CodecError> {
    let offset = batch.base_offset();
    let records = records::open(batch, scratch, shards::limits::RECORDS_DECOMPRESSED_BYTES_MAX)
        .map_err(|source| CodecError::Open { offset, source })?;
    let mut entries = Vec::new();
    for record in records {
        let record =
            record.map_err(|error| CodecError::Record { offset, reason: error.to_string() })?;
        let offset = record.offset(batch);
        let decode = |source| CodecError::Decode { offset, source };
        if batch.attributes().is_control() {
            entries.extend(decode_control(&record, offset)?);
        } else {
            let value = record.value.unwrap_or_default();
            let versioned = MetadataRecord::from_slice(value).map_err(decode)?;
            entries.push(Entry::Metadata(versioned.record));
        }
    }
    let end = Provenance {
        last_offset: batch.last_offset(),
        last_epoch: batch.leader_epoch(),
        last_timestamp_ms: batch.max_timestamp(),
    };
    Ok(LogBatch { base_offset: batch.base_offset(), end, entries })
}

/// None for a type that is not known here.
fn decode_control(record: &Record<'_>, offset: i64) -> Result<Option<Entry>, CodecError> {
    let damaged =
        || CodecError::Record { offset, reason: "a control record without its type".to_owned() };
    let key = record.key.ok_or_else(damaged)?;
    let value = record.value.unwrap_or_default();
    let decoded = match ControlType::of_key(key).ok_or_else(damaged)? {
        ControlType::LeaderChange => body(value).map(Entry::LeaderChange),
        ControlType::QuorumVersion => body(value).map(Entry::QuorumVersion),
        ControlType::QuorumVoters => body(value).map(Entry::QuorumVoters),
        ControlType::SnapshotHeader => body(value).map(Entry::SnapshotHeader),
        ControlType::SnapshotFooter => body(value).map(Entry::SnapshotFooter),
        ControlType::Abort | ControlType::Commit | ControlType::Unknown(_) => return Ok(None),
    };
    decoded.map(Some).map_err(|source| CodecError::Decode { offset, source })
}

/// The bodies begin with the number of the version they are written in.
fn body<M: Message>(value: &[u8]) -> Result<M, DecodeError> {
    let version = value.first_chunk().map_or(0, |version| i16::from_be_bytes(*version));
    let bytes = Bytes::copy_from_slice(value);
    let mut reader = crate::protocol::Reader::new(&bytes);
    M::decode(&mut reader, version.min(*M::VERSIONS.end()))
}

/// One batch of metadata records.
pub fn records_batch(records: &[Versioned], stamp: Stamp) -> Result<Vec<u8>, CodecError> {
    let mut builder = builder(stamp, Attributes::default());
    for versioned in records {
        let value = versioned.record.to_vec(versioned.version)?;
        append(&mut builder, stamp, None, &value)?;
    }
    finish(builder)
}

/// One batch of control records.
pub fn control_batch(entries: &[Entry], stamp: Stamp) -> Result<Vec<u8>, CodecError> {
    let mut builder = builder(stamp, Attributes::default().control());
    for entry in entries {
        let (control_type, value) = match entry {
            Entry::LeaderChange(body) => (ControlType::LeaderChange, body.to_vec(body.version)?),
            Entry::QuorumVersion(body) => (ControlType::QuorumVersion, body.to_vec(body.version)?),
            Entry::QuorumVoters(body) => (ControlType::QuorumVoters, body.to_vec(body.version)?),
            Entry::SnapshotHeader(body) => {
                (ControlType::SnapshotHeader, body.to_vec(body.version)?)
            }
            Entry::SnapshotFooter(body) => {
                (ControlType::SnapshotFooter, body.to_vec(body.version)?)
            }
            Entry::Metadata(_) => continue,
        };
        append(&mut builder, stamp, Some(&control_type.key()), &value)?;
    }
    finish(builder)
}

fn builder(stamp: Stamp, attributes: Attributes) -> BatchBuilder {
    let header = Header {
        base_offset: stamp.base_offset,
        leader_epoch: stamp.leader_epoch,
        attributes,
        ..Header::default()
    };
    BatchBuilder::new(header, Compression::NONE)
}

fn append(
    builder: &mut BatchBuilder,
    stamp: Stamp,
    key: Option<&[u8]>,
    value: &[u8],
) -> Result<(), CodecError> {
    let record = NewRecord { timestamp: stamp.timestamp_ms, key, value: Some(value), headers: &[] };
    Ok(builder.append(&record)?)
}

fn finish(builder: BatchBuilder) -> Result<Vec<u8>, CodecError> {
    let batch = builder.finish()?;
    if batch.len() > METADATA_BATCH_BYTES_MAX {
        return Err(CodecError::TooLarge { size: batch.len() });
    }
    Ok(batch)
}
