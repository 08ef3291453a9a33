//! The log of a coordinator's partition, as the coordinator sees it: batches out, records in.
//!
//! Lives on: the partition's core.
//! Limits: limits in `shards` on batches and reads.   Read next: host.rs.

use crate::coordinators::coordinator::{
    AppendFailure, BadRecord, Content, Coordinator, ProducerEpoch, Record,
};
use crate::coordinators::transactions::EndMarker;
use shards::compression::Compression;
use shards::format::batch::{Attributes, Batch, BatchError, Batches, Header};
use shards::format::builder::{BatchBuilder, BuildError, NewRecord};
use shards::format::control::{ControlType, EndTransaction};
use shards::format::records::{self, OpenError, RecordsError};
use shards::format::validate::Origin;
use shards::limits::RECORDS_DECOMPRESSED_BYTES_MAX;
use shards::log::Log;
use shards::log::error::{AppendError, ReadError};
use shards::log::producers::{ProducerError, TransactionVersion};
use shards::log::reader::{AtLeastOne, ReadLimit};
use shards::log::replication::Committed;
use shards::mutation::Mutation;
use shards::units::Offset;

/// Bytes read at a time; Kafka's `offsets.load.buffer.size`.
const LOAD_BYTES: usize = 5 << 20;
/// What the journal is asked to let in for a marker.
const MARKER_BYTES: usize = 128;

/// Why a coordinator cannot be loaded. The disk is to blame, or who wrote the log.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Batch(#[from] BatchError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Records(#[from] RecordsError),
    #[error("at offset {offset}: {error}")]
    Record { offset: i64, error: BadRecord },
    #[error("at offset {offset}: no whole batch in {bytes} bytes")]
    NoProgress { offset: i64, bytes: usize },
    #[error("another node leads the partition, or its log went offline, while it was loaded")]
    LedElsewhere,
}

/// Replays the log from its beginning to its end as it was when the reading began. All of it is
/// committed when this returns well: nobody is told what could be lost yet.
pub async fn replay<C: Coordinator>(log: &Log, coordinator: &mut C) -> Result<(), LoadError> {
    let ends = log.ends();
    let mut before = ends.log_end;
    if Mutation::CommitsForgotten.is_planted() {
        before = ends.log_start;
    }
    let mut next = ends.log_start;
    let mut scratch = Vec::new();
    while next < before {
        let limit = ReadLimit { before, bytes_max: LOAD_BYTES, at_least_one: AtLeastOne::Batch };
        let bytes = log.read_bytes(next, limit).await?;
        let from = next;
        for batch in Batches::new(&bytes) {
            match batch {
                Ok(batch) => {
                    replay_batch(&batch, from, &mut scratch, coordinator)?;
                    next = next.max(Offset(batch.next_offset()));
                }
                // A read ends where it ends; the rest of the batch comes with the next one.
                Err(_cut) if next > from => break,
                Err(error) => return Err(error.into()),
            }
        }
        if next == from {
            return Err(LoadError::NoProgress { offset: from.0, bytes: bytes.len() });
        }
    }
    match log.committed_up_to(before).await {
        true => Ok(()),
        false => Err(LoadError::LedElsewhere),
    }
}

fn replay_batch<C: Coordinator>(
    batch: &Batch<'_>,
    from: Offset,
    scratch: &mut Vec<u8>,
    coordinator: &mut C,
) -> Result<(), LoadError> {
    let attributes = batch.attributes();
    let producer = attributes.is_transactional().then(|| batch.producer_id());
    for record in records::open(batch, scratch, RECORDS_DECOMPRESSED_BYTES_MAX)? {
        let record = record?;
        let offset = record.offset(batch);
        if offset < from.0 {
            continue;
        }
        let key = record.key.unwrap_or_default();
        if attributes.is_control() {
            match control_type(key) {
                Some(ControlType::Commit) => {
                    coordinator.replay_transaction_end(batch.producer_id(), true);
                }
                Some(ControlType::Abort) => {
                    coordinator.replay_transaction_end(batch.producer_id(), false);
                }
                _ => {}
            }
        } else {
            coordinator
                .replay(key, record.value, producer)
                .map_err(|error| LoadError::Record { offset, error })?;
        }
    }
    Ok(())
}

fn control_type(key: &[u8]) -> Option<ControlType> {
    let (_version, key) = key.split_first_chunk::<2>()?;
    let id = key.first_chunk::<2>()?;
    Some(ControlType::from_id(i16::from_be_bytes(*id)))
}

/// Appends what a coordinator gives out. What comes back is waited for until it is committed.
pub async fn append(log: &Log, content: &Content) -> Result<Committed, (AppendFailure, String)> {
    let refused = |error: AppendError| (failure_of(&error), error.to_string());
    let too_large = |error: BuildError| (AppendFailure::TooLarge, error.to_string());
    let now_ms = shards::clock::wall_ms();
    let batch = match content {
        Content::Records(records) => build(Header::default(), records, now_ms),
        Content::InTransaction { producer, records } => {
            build(header_of(*producer), records, now_ms)
        }
        Content::Marker(marker) => {
            log.admit(MARKER_BYTES).await.map_err(refused)?;
            let version = TransactionVersion::of_level(i16::from(marker.transaction_version));
            let appended = log.append_marker(&end_of(marker), version).map_err(refused)?;
            return Ok(appended.committed(log));
        }
    };
    let batch = batch.map_err(too_large)?;
    log.admit(batch.len()).await.map_err(refused)?;
    log.check_in_sync().map_err(refused)?;
    Ok(log.append(&batch, Origin::Internal).map_err(refused)?.committed(log))
}

fn build(header: Header, records: &[Record], timestamp_ms: i64) -> Result<Vec<u8>, BuildError> {
    let mut builder = BatchBuilder::new(header, Compression::NONE);
    for record in records {
        builder.append(&NewRecord {
            timestamp: timestamp_ms,
            key: Some(&record.key),
            value: record.value.as_deref(),
            headers: &[],
        })?;
    }
    builder.finish()
}

/// A coordinator's batches have no sequence.
fn header_of(producer: ProducerEpoch) -> Header {
    let attributes = Attributes::default().transactional();
    let ProducerEpoch { id, epoch } = producer;
    Header { attributes, producer_id: id, producer_epoch: epoch, ..Header::default() }
}

fn end_of(marker: &EndMarker) -> EndTransaction {
    EndTransaction {
        producer_id: marker.producer_id,
        producer_epoch: marker.producer_epoch,
        coordinator_epoch: marker.coordinator_epoch,
        committed: marker.committed,
    }
}

/// What a refused append means to the coordinator.
pub fn failure_of(error: &AppendError) -> AppendFailure {
    match error {
        AppendError::Invalid(_)
        | AppendError::LargerThanSegment { .. }
        | AppendError::LargerThanJournal { .. } => AppendFailure::TooLarge,
        AppendError::Producer(ProducerError::Fenced { .. }) => AppendFailure::ProducerFenced,
        AppendError::Producer(ProducerError::CoordinatorFenced { .. }) => {
            AppendFailure::CoordinatorFenced
        }
        AppendError::Producer(_) | AppendError::TooFewInSync(_) => AppendFailure::Unavailable,
        AppendError::NotLeading(_) | AppendError::Offline(_) => AppendFailure::NotLeader,
    }
}
