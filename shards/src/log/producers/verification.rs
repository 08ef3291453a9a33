//! Producers whose transaction is to begin with a batch that is not in the log yet.
//!
//! A batch may begin a transaction only if the transaction's coordinator knows of the partition:
//! else no marker would end it. Between the question to the coordinator and the append, a marker
//! may be appended: then the answer is about a transaction that is over. A guard is given out with
//! the question, and dies with the first batch or marker of the producer (KAFKA-14402).
//!
//! Lives on: the partition's core; pure. Limits: limits::PRODUCERS_PER_PARTITION_MAX.
//! Read next: ../producers.rs.

use super::{ProducerError, TransactionVersion};
use crate::entropy::HashMap;
use crate::format::validate::Producer;
use crate::limits;

/// Shows that the coordinator was asked about the transaction that a batch begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerificationGuard(u64);

/// The first batch of a transaction, on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstBatch {
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub base_sequence: i32,
    pub version: TransactionVersion,
}

/// The guards of one partition that are alive.
#[derive(Debug, Clone, Default)]
pub(super) struct Verifications {
    pending: HashMap<i64, Pending>,
    guards_given: u64,
}

/// One producer.
#[derive(Debug, Clone, Copy)]
struct Pending {
    guard: VerificationGuard,
    version: TransactionVersion,
    epoch: i16,
    /// A later batch must not overtake this one: it would make this one out of order for ever.
    lowest_sequence: i32,
    begun_ms: i64,
}

impl Verifications {
    /// The guard of the producer; a new one if it has none.
    pub(super) fn begin(
        &mut self,
        batch: &FirstBatch,
        now_ms: i64,
    ) -> Result<VerificationGuard, ProducerError> {
        let limit = limits::PRODUCERS_PER_PARTITION_MAX;
        if self.pending.len() >= limit && !self.pending.contains_key(&batch.producer_id) {
            return Err(ProducerError::TableFull { limit });
        }
        let guards_given = &mut self.guards_given;
        let pending = self.pending.entry(batch.producer_id).or_insert_with(|| {
            *guards_given += 1;
            Pending {
                guard: VerificationGuard(*guards_given),
                version: batch.version,
                epoch: batch.producer_epoch,
                lowest_sequence: batch.base_sequence,
                begun_ms: now_ms,
            }
        });
        if batch.producer_epoch > pending.epoch {
            pending.epoch = batch.producer_epoch;
            pending.lowest_sequence = batch.base_sequence;
        } else if batch.producer_epoch == pending.epoch {
            pending.lowest_sequence = pending.lowest_sequence.min(batch.base_sequence);
        }
        Ok(pending.guard)
    }

    pub(super) fn is_alive(&self, producer_id: i64, guard: VerificationGuard) -> bool {
        self.pending.get(&producer_id).is_some_and(|pending| pending.guard == guard)
    }

    /// Whether no batch before this one is still on its way. `is_new`: the log has no batch of the
    /// producer's epoch.
    pub(super) fn check_sequence(
        &self,
        producer: &Producer,
        is_new: bool,
    ) -> Result<(), ProducerError> {
        let Some(pending) = self.pending.get(&producer.id) else { return Ok(()) };
        let (id, epoch, sequence) = (producer.id, producer.epoch, producer.base_sequence);
        if pending.version == TransactionVersion::V2 && sequence != 0 && is_new {
            return Err(ProducerError::EpochNotFromZero { id, epoch, sequence });
        }
        let lowest = pending.lowest_sequence;
        match sequence > lowest {
            true => Err(ProducerError::Overtaking { id, sequence, lowest }),
            false => Ok(()),
        }
    }

    pub(super) fn end(&mut self, producer_id: i64) {
        self.pending.remove(&producer_id);
    }

    /// Forgets those that nobody came back to.
    pub(super) fn expire(&mut self, now_ms: i64, expiration_ms: i64) {
        self.pending.retain(|_, it| now_ms.saturating_sub(it.begun_ms) < expiration_ms);
    }
}
