//! What a partition remembers of its producers: their last batches, so that a batch sent twice is
//! stored once and none is missing in between; and their open transactions.
//!
//! Lives on: the partition's core; pure, the caller brings the time.
//! Promise: `check` changes nothing; after `apply` of every batch of a log, in order, the state
//! is the same wherever it began. Followers and recovery `apply` without `check`.
//! Never: refuses what is in the log already.
//! Limits: limits::PRODUCERS_PER_PARTITION_MAX.   Read next: format/producer_snapshot.rs.

use std::collections::BTreeMap;

use crate::entropy::HashMap;
use crate::format::batch::NO_SEQUENCE;
use crate::format::producer_snapshot as snapshot;
use crate::format::transaction_index::Aborted;
use crate::format::validate::{BatchInfo, Origin, Producer};
use crate::limits;
use crate::mutation::Mutation;

mod entry;
mod verification;

use entry::Entry;
use verification::Verifications;
pub use verification::{FirstBatch, VerificationGuard};

/// Batches remembered of each producer: a client keeps at most that many requests in flight.
pub const RECENT_BATCHES: usize = 5;

/// How the producer's coordinator counts epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionVersion {
    /// A producer keeps its epoch from one transaction to the next.
    V1,
    /// Each transaction has an epoch of its own, and its marker a later one (KIP-890).
    V2,
}

impl TransactionVersion {
    /// Of the level of `transaction.version`.
    pub fn of_level(level: i16) -> TransactionVersion {
        match level >= 2 {
            true => TransactionVersion::V2,
            false => TransactionVersion::V1,
        }
    }
}

/// What shows that a batch may begin a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    Missing,
    /// The coordinator was asked, and has agreed.
    Verified(VerificationGuard),
    /// Nobody has to ask: by the operator's wish, or because a coordinator of this node writes.
    Waived,
}

/// Who wants a batch appended, and what it shows for it.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    pub origin: Origin,
    pub proof: Proof,
    /// For markers.
    pub version: TransactionVersion,
}

impl From<Origin> for Claim {
    fn from(origin: Origin) -> Claim {
        let proof = match origin {
            Origin::Client => Proof::Missing,
            Origin::Internal => Proof::Waived,
        };
        Claim { origin, proof, version: TransactionVersion::V1 }
    }
}

/// What is to be done with a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    Append,
    /// It is in the log already: answer as the first time.
    Duplicate(Original),
}

/// Where a batch was stored the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Original {
    pub base_offset: i64,
    pub last_offset: i64,
    pub timestamp: i64,
}

/// Why a batch is not taken. To blame: the producer, or its coordinator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProducerError {
    #[error("producer {id} was replaced: its epoch {epoch} is older than {current}")]
    Fenced { id: i64, epoch: i16, current: i16 },
    #[error("producer {id} sent the sequence number {sequence} after {last}")]
    OutOfOrder { id: i64, sequence: i32, last: i32 },
    #[error("producer {id} begins the epoch {epoch} with the sequence number {sequence}, not 0")]
    EpochNotFromZero { id: i64, epoch: i16, sequence: i32 },
    #[error("producer {id} sent the sequence number {sequence} while {lowest} is on its way")]
    Overtaking { id: i64, sequence: i32, lowest: i32 },
    #[error("producer {id} wrote outside of its open transaction")]
    TransactionOpen { id: i64 },
    #[error("the batch of producer {id} is not part of an ongoing transaction")]
    NoTransaction { id: i64 },
    #[error(
        "a marker of the epoch {epoch} of producer {id} is late: a transaction has begun in it"
    )]
    MarkerLate { id: i64, epoch: i16 },
    #[error("the transaction coordinator of epoch {epoch} was replaced by {current}")]
    CoordinatorFenced { epoch: i32, current: i32 },
    /// A limit: `limits::PRODUCERS_PER_PARTITION_MAX`.
    #[error("the partition remembers {limit} producers; wait until some expire")]
    TableFull { limit: usize },
}

/// A transaction that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completed {
    pub producer_id: i64,
    pub first_offset: i64,
    /// Of the marker.
    pub last_offset: i64,
    pub aborted: bool,
    /// Nothing before it is undecided.
    pub last_stable_offset: i64,
}

impl Completed {
    /// Its entry in the transaction index, where it has one.
    pub fn index_entry(&self) -> Option<Aborted> {
        self.aborted.then_some(Aborted {
            producer_id: self.producer_id,
            first_offset: self.first_offset,
            last_offset: self.last_offset,
            last_stable_offset: self.last_stable_offset,
        })
    }
}

/// What is known of one producer, for those who describe it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerView {
    pub id: i64,
    pub epoch: i16,
    pub last_sequence: i32,
    pub last_timestamp: i64,
    pub coordinator_epoch: i32,
    pub transaction_first_offset: Option<i64>,
}

/// The producers of one partition.
#[derive(Debug, Clone, Default)]
pub struct Producers {
    entries: HashMap<i64, Entry>,
    /// First offset to producer, of the transactions without marker.
    ongoing: BTreeMap<i64, i64>,
    /// First offset to offset of the marker, where the marker is above the high watermark.
    unreplicated: BTreeMap<i64, i64>,
    verifications: Verifications,
    end_offset: i64,
}

impl Producers {
    /// None are known; the log begins at `start_offset`.
    pub fn new(start_offset: i64) -> Self {
        Self { end_offset: start_offset, ..Self::default() }
    }

    /// As a snapshot at `end_offset` has them, without those that expired meanwhile.
    pub fn from_snapshot(
        entries: &[snapshot::Entry],
        end_offset: i64,
        now_ms: i64,
        expiration_ms: i64,
    ) -> Self {
        let mut producers = Self::new(end_offset);
        for entry in entries.iter().take(limits::PRODUCERS_PER_PARTITION_MAX) {
            if let Some(first_offset) = entry.transaction_first_offset {
                producers.ongoing.insert(first_offset, entry.producer_id);
            }
            producers.entries.insert(entry.producer_id, Entry::from_snapshot(entry));
        }
        producers.expire(now_ms, expiration_ms);
        producers
    }

    /// What a snapshot at `end_offset` holds, by producer id.
    pub fn to_snapshot(&self) -> Vec<snapshot::Entry> {
        let mut entries: Vec<_> =
            self.entries.iter().map(|(id, entry)| entry.to_snapshot(*id)).collect();
        if Mutation::OpenTransactionForgotten.is_planted() {
            entries.iter_mut().for_each(|entry| entry.transaction_first_offset = None);
        }
        entries.sort_unstable_by_key(|entry| entry.producer_id);
        entries
    }

    /// The offset up to which batches were applied.
    pub fn end_offset(&self) -> i64 {
        self.end_offset
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn views(&self) -> impl Iterator<Item = ProducerView> + '_ {
        self.entries.iter().map(|(id, entry)| ProducerView {
            id: *id,
            epoch: entry.epoch,
            last_sequence: entry.recent.last().map_or(NO_SEQUENCE, |last| last.last_sequence),
            last_timestamp: entry.last_timestamp,
            coordinator_epoch: entry.coordinator_epoch,
            transaction_first_offset: entry.transaction_first_offset,
        })
    }

    /// The guard for a batch with which a transaction is to begin; none: one is open already.
    pub fn begin_verification(
        &mut self,
        batch: &FirstBatch,
        now_ms: i64,
    ) -> Result<Option<VerificationGuard>, ProducerError> {
        match self.is_in_transaction(batch.producer_id, batch.producer_epoch) {
            true => Ok(None),
            false => self.verifications.begin(batch, now_ms).map(Some),
        }
    }

    fn is_in_transaction(&self, id: i64, epoch: i16) -> bool {
        self.entries.get(&id).is_some_and(|entry| entry.is_in_transaction(epoch))
    }

    /// Whether a leader may append `batch`. Control batches come from coordinators only.
    pub fn check(
        &self,
        batch: &BatchInfo,
        claim: impl Into<Claim>,
    ) -> Result<Choice, ProducerError> {
        let claim = claim.into();
        let Some(producer) = batch.producer else { return Ok(Choice::Append) };
        if Mutation::DuplicateAppended.is_planted() {
            return Ok(Choice::Append);
        }
        let entry = self.entries.get(&producer.id);
        if let Some(end) = batch.transaction_end {
            let checked = entry.map(|it| it.check_marker(&producer, end, claim.version));
            return checked.unwrap_or(Ok(())).map(|()| Choice::Append);
        }
        let is_client = claim.origin == Origin::Client;
        if is_client && let Some(original) = entry.and_then(|it| it.find(&producer)) {
            return Ok(Choice::Duplicate(original));
        }
        if batch.is_transactional && !batch.is_control {
            self.check_verified(&producer, &claim)?;
        }
        entry.map_or(Ok(()), |entry| entry.check_epoch(&producer))?;
        if is_client {
            let is_new = entry.is_none_or(|entry| entry.recent.last().is_none());
            self.verifications.check_sequence(&producer, is_new)?;
        }
        let Some(entry) = entry else {
            let limit = limits::PRODUCERS_PER_PARTITION_MAX;
            return match self.entries.len() < limit {
                true => Ok(Choice::Append),
                false => Err(ProducerError::TableFull { limit }),
            };
        };
        if is_client {
            entry.check_sequence(&producer)?;
        }
        if entry.transaction_first_offset.is_some() && !batch.is_transactional && !batch.is_control
        {
            return Err(ProducerError::TransactionOpen { id: producer.id });
        }
        Ok(Choice::Append)
    }

    /// Whether the coordinator knows of the transaction that the batch is in.
    fn check_verified(&self, producer: &Producer, claim: &Claim) -> Result<(), ProducerError> {
        if self.is_in_transaction(producer.id, producer.epoch) {
            return Ok(());
        }
        let is_alive = |guard| self.verifications.is_alive(producer.id, guard);
        match claim.proof {
            Proof::Waived => Ok(()),
            Proof::Verified(guard) if is_alive(guard) => Ok(()),
            Proof::Verified(_) | Proof::Missing => {
                Err(ProducerError::NoTransaction { id: producer.id })
            }
        }
    }

    /// Takes in a batch that is in the log at `base_offset`; a transaction may end with it.
    ///
    /// Every batch of the log comes through here, in order, also those without producer.
    pub fn apply(&mut self, batch: &BatchInfo, base_offset: i64) -> Option<Completed> {
        let last_offset = base_offset.saturating_add(i64::from(batch.last_offset_delta));
        self.end_offset = last_offset.saturating_add(1);
        let producer = batch.producer?;
        // A control batch that ends no transaction says nothing about its producer.
        if batch.is_control && batch.transaction_end.is_none() {
            return None;
        }
        let known = self.entries.len();
        if known >= limits::PRODUCERS_PER_PARTITION_MAX && !self.entries.contains_key(&producer.id)
        {
            // Only in a log that another broker wrote: the new producer is not remembered.
            return None;
        }
        if batch.is_transactional {
            self.verifications.end(producer.id);
        }
        let entry = self.entries.entry(producer.id).or_insert_with(Entry::new);
        entry.enter_epoch(producer.epoch);
        entry.last_timestamp = batch.max_timestamp;
        if let Some(end) = batch.transaction_end {
            entry.coordinator_epoch = end.coordinator_epoch;
            let first_offset = entry.transaction_first_offset.take()?;
            return Some(self.complete(producer.id, first_offset, base_offset, end.aborted));
        }
        if entry.note_data(batch, &producer, base_offset) {
            self.ongoing.insert(base_offset, producer.id);
        }
        None
    }

    /// Forgets producers without open transaction whose last batch is `expiration_ms` old.
    pub fn expire(&mut self, now_ms: i64, expiration_ms: i64) {
        self.entries.retain(|_, entry| {
            entry.transaction_first_offset.is_some()
                || now_ms.saturating_sub(entry.last_timestamp) < expiration_ms
        });
        self.verifications.expire(now_ms, expiration_ms);
    }

    /// Up to here every transaction is decided, and decided durably on the replicas; none: no
    /// transaction is in the way.
    pub fn first_unstable_offset(&self) -> Option<i64> {
        let undecided = self.ongoing.first_key_value().map(|(first_offset, _)| *first_offset);
        let unreplicated = self.unreplicated.first_key_value().map(|(offset, _)| *offset);
        undecided.into_iter().chain(unreplicated).min()
    }

    /// Markers below the high watermark stand in no reader's way any more.
    pub fn on_high_watermark(&mut self, high_watermark: i64) {
        self.unreplicated.retain(|_, marker| *marker >= high_watermark);
    }

    /// The log lost what lies before `start_offset`.
    pub fn on_start_offset(&mut self, start_offset: i64) {
        self.on_high_watermark(start_offset);
        self.end_offset = self.end_offset.max(start_offset);
    }

    /// Batches without producer were appended up to here.
    pub fn advance_to(&mut self, end_offset: i64) {
        self.end_offset = self.end_offset.max(end_offset);
    }

    fn complete(&mut self, id: i64, first: i64, marker: i64, aborted: bool) -> Completed {
        let next = self.ongoing.iter().find(|(_, producer)| **producer != id);
        let last_stable_offset = next.map_or(marker + 1, |(first_offset, _)| *first_offset);
        self.ongoing.remove(&first);
        self.unreplicated.insert(first, marker);
        Completed {
            producer_id: id,
            first_offset: first,
            last_offset: marker,
            aborted,
            last_stable_offset,
        }
    }
}

#[cfg(test)]
mod tests;
