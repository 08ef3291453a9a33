//! What stays of one batch. Pure.
//!
//! A record stays when it is its key's last, or behind what the compaction looked at. One without a
//! value (a tombstone) stays until its batch's delete horizon, which the first compaction that
//! meets it sets; so does a marker whose transaction has no data left. A batch of which nothing
//! stays goes, but for a producer's last one: it becomes an empty batch, so that the producer's
//! sequence goes on. Promise: a batch of which all stays is copied byte by byte; else it is built
//! anew in its codec, with the same offsets and range. Read next: ../compaction.rs.

use crate::compression::Compression;
use crate::entropy::HashMap;
use crate::format::batch::{Attributes, Batch, HEADER_BYTES, Header, NO_TIMESTAMP};
use crate::format::builder::{BatchBuilder, BuildError, NewRecord};
use crate::format::producer_snapshot;
use crate::format::records::{self, Record};
use crate::limits;
use crate::mutation::Mutation;

use super::offset_map::OffsetMap;
use super::transactions::Transactions;

/// What all batches of one compaction are held against.
pub struct Round<'a> {
    pub map: &'a OffsetMap,
    pub now_ms: i64,
    pub tombstone_ms: i64,
    pub producers: &'a LastBatches,
}

/// The last batch of each producer that is remembered.
#[derive(Debug, Default)]
pub struct LastBatches(HashMap<i64, LastBatch>);

#[derive(Clone, Copy, Debug)]
struct LastBatch {
    /// None: of its epoch only a marker is known.
    offset: Option<i64>,
    epoch: i16,
}

impl LastBatches {
    pub fn new(producers: &[producer_snapshot::Entry]) -> LastBatches {
        let last = |entry: &producer_snapshot::Entry| {
            let offset = Some(entry.last_offset).filter(|offset| *offset >= 0);
            (entry.producer_id, LastBatch { offset, epoch: entry.epoch })
        };
        LastBatches(producers.iter().map(last).collect())
    }

    fn is_last(&self, batch: &Batch<'_>) -> bool {
        let known = self.0.get(&batch.producer_id());
        batch.has_producer_id()
            && known.is_some_and(|last| match last.offset {
                Some(offset) => offset == batch.last_offset(),
                None => batch.attributes().is_control() && batch.producer_epoch() == last.epoch,
            })
    }
}

/// Why a batch can not be gone through.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    #[error(transparent)]
    Open(#[from] records::OpenError),
    #[error(transparent)]
    Records(#[from] records::RecordsError),
    #[error(transparent)]
    Build(#[from] BuildError),
}

/// Appends to `output` what stays of the next batch of the log.
pub fn filter(
    batch: &Batch<'_>,
    round: &Round<'_>,
    transactions: &mut Transactions,
    scratch: &mut Vec<u8>,
    output: &mut Vec<u8>,
) -> Result<(), FilterError> {
    let attributes = batch.attributes();
    let may_go = transactions.next(batch);
    let horizon = attributes.has_delete_horizon().then(|| batch.base_timestamp());
    let is_over = horizon.is_some_and(|horizon| horizon <= round.now_ms);
    let is_dropped = match attributes.is_control() {
        true => may_go && (is_over || Mutation::MarkerDroppedEarly.is_planted()),
        false => may_go && !Mutation::AbortedKept.is_planted(),
    };
    let opened = records::open(batch, scratch, limits::RECORDS_DECOMPRESSED_BYTES_MAX)?;
    let (mut kept, mut has_tombstone): (Vec<Record<'_>>, bool) = (Vec::new(), false);
    for record in opened {
        let record = record?;
        let stays = !is_dropped
            && (attributes.is_control() || stays(&record, record.offset(batch), round, is_over));
        if stays {
            has_tombstone |= record.value.is_none() && !attributes.is_control();
            kept.push(record);
        }
    }
    let is_last_of_producer = round.producers.is_last(batch);
    let ends_round = batch.next_offset() == round.map.end();
    if kept.is_empty() {
        let keeps_sequence = is_last_of_producer && !Mutation::SequenceDropped.is_planted();
        if keeps_sequence || ends_round {
            output.extend_from_slice(&empty(batch));
        }
        return Ok(());
    }
    let is_whole = kept.len() == batch.count().max(0) as usize;
    let begins_horizon = horizon.is_none() && (has_tombstone || may_go && attributes.is_control());
    if is_whole && !begins_horizon {
        output.extend_from_slice(batch.bytes());
        return Ok(());
    }
    let horizon = if begins_horizon {
        Some(round.now_ms.saturating_add(round.tombstone_ms))
    } else {
        horizon
    };
    output.extend_from_slice(&rebuilt(batch, &kept, horizon)?);
    Ok(())
}

/// Whether a record stays; `is_over`: tombstones of its batch have stayed long enough.
fn stays(record: &Record<'_>, offset: i64, round: &Round<'_>, is_over: bool) -> bool {
    if offset >= round.map.end() {
        return true;
    }
    // A compacted log has no records without keys; those of before it was one can not stay.
    let Some(key) = record.key else { return false };
    let is_newest =
        round.map.get(key).is_none_or(|newest| match Mutation::NewestDropped.is_planted() {
            true => offset > newest,
            false => offset >= newest,
        });
    let is_over = is_over || Mutation::TombstoneDroppedEarly.is_planted();
    is_newest && (record.value.is_some() || !is_over)
}

/// The batch without records, so that its sequence numbers and offsets are not lost.
fn empty(batch: &Batch<'_>) -> [u8; HEADER_BYTES] {
    let was = batch.attributes();
    let mut attributes = Attributes::default().with_timestamp_type(was.timestamp_type());
    if was.is_transactional() {
        attributes = attributes.transactional();
    }
    if was.is_control() {
        attributes = attributes.control();
    }
    let header = Header { attributes, base_timestamp: NO_TIMESTAMP, count: 0, ..Header::of(batch) };
    let mut bytes = [0; HEADER_BYTES];
    header.write_to(&mut bytes);
    bytes
}

/// The batch with these of its records.
fn rebuilt(
    batch: &Batch<'_>,
    kept: &[Record<'_>],
    horizon: Option<i64>,
) -> Result<Vec<u8>, FilterError> {
    let codec = batch.attributes().codec().map_err(|id| records::OpenError::Codec { id })?;
    let mut header = Header::of(batch);
    if let Some(horizon) = horizon {
        header.attributes = header.attributes.delete_horizon();
        header.base_timestamp = horizon;
    }
    let mut builder = BatchBuilder::new(header, Compression::of(codec));
    for record in kept {
        let new = NewRecord {
            timestamp: batch.base_timestamp().wrapping_add(record.timestamp_delta),
            key: record.key,
            value: record.value,
            headers: &[],
        };
        builder.append_encoded(record.offset(batch), &new, record.headers)?;
    }
    builder.reach_to(batch.last_offset())?;
    Ok(builder.finish()?)
}

#[cfg(test)]
pub(crate) mod tests;
