//! One producer of a partition: its epoch, its last batches, and its open transaction.
//!
//! Lives on: the partition's core; pure. Read next: ../producers.rs.

use super::{Original, ProducerError, RECENT_BATCHES, TransactionVersion};
use crate::format::batch::{NO_PRODUCER_EPOCH, NO_SEQUENCE, sequence_plus};
use crate::format::producer_snapshot as snapshot;
use crate::format::validate::{BatchInfo, Producer, TransactionEnd};

/// One producer.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) epoch: i16,
    pub(super) coordinator_epoch: i32,
    pub(super) last_timestamp: i64,
    pub(super) transaction_first_offset: Option<i64>,
    pub(super) recent: RecentBatches,
}

impl Entry {
    pub(super) fn new() -> Self {
        Self {
            epoch: NO_PRODUCER_EPOCH,
            coordinator_epoch: -1,
            last_timestamp: -1,
            transaction_first_offset: None,
            recent: RecentBatches::default(),
        }
    }

    pub(super) fn from_snapshot(entry: &snapshot::Entry) -> Self {
        let mut recent = RecentBatches::default();
        if entry.last_offset >= 0 {
            recent.push(Recent {
                last_sequence: entry.last_sequence,
                offset_delta: entry.offset_delta,
                last_offset: entry.last_offset,
                timestamp: entry.timestamp,
            });
        }
        Self {
            epoch: entry.epoch,
            coordinator_epoch: entry.coordinator_epoch,
            last_timestamp: entry.timestamp,
            transaction_first_offset: entry.transaction_first_offset,
            recent,
        }
    }

    pub(super) fn to_snapshot(&self, producer_id: i64) -> snapshot::Entry {
        let last = self.recent.last();
        snapshot::Entry {
            producer_id,
            epoch: self.epoch,
            last_sequence: last.map_or(NO_SEQUENCE, |last| last.last_sequence),
            last_offset: last.map_or(-1, |last| last.last_offset),
            offset_delta: last.map_or(0, |last| last.offset_delta),
            timestamp: self.last_timestamp,
            coordinator_epoch: self.coordinator_epoch,
            transaction_first_offset: self.transaction_first_offset,
        }
    }

    pub(super) fn find(&self, producer: &Producer) -> Option<Original> {
        if producer.epoch != self.epoch {
            return None;
        }
        let (first, last) = (producer.base_sequence, producer.last_sequence);
        let found =
            self.recent.iter().find(|it| (it.first_sequence(), it.last_sequence) == (first, last));
        found.map(|batch| Original {
            base_offset: batch.last_offset.saturating_sub(i64::from(batch.offset_delta)),
            last_offset: batch.last_offset,
            timestamp: batch.timestamp,
        })
    }

    /// Whether a transaction of this epoch is open.
    pub(super) fn is_in_transaction(&self, epoch: i16) -> bool {
        self.epoch == epoch && self.transaction_first_offset.is_some()
    }

    /// Takes in a data batch that is in the log; whether a transaction begins with it.
    pub(super) fn note_data(
        &mut self,
        batch: &BatchInfo,
        producer: &Producer,
        base_offset: i64,
    ) -> bool {
        self.recent.push(Recent {
            last_sequence: producer.last_sequence,
            offset_delta: batch.last_offset_delta,
            last_offset: base_offset.saturating_add(i64::from(batch.last_offset_delta)),
            timestamp: batch.max_timestamp,
        });
        let begins = batch.is_transactional && self.transaction_first_offset.is_none();
        if begins {
            self.transaction_first_offset = Some(base_offset);
        }
        begins
    }

    pub(super) fn check_epoch(&self, producer: &Producer) -> Result<(), ProducerError> {
        let Producer { id, epoch, .. } = *producer;
        match epoch < self.epoch {
            true => Err(ProducerError::Fenced { id, epoch, current: self.epoch }),
            false => Ok(()),
        }
    }

    /// Whether a marker of this coordinator may end the producer's transaction. With transactions
    /// of version 2 a marker has a later epoch than the records. The same one once more, without an
    /// open transaction, is a marker that was written already, and is written again.
    pub(super) fn check_marker(
        &self,
        producer: &Producer,
        end: TransactionEnd,
        version: TransactionVersion,
    ) -> Result<(), ProducerError> {
        self.check_epoch(producer)?;
        let Producer { id, epoch, .. } = *producer;
        let is_own_epoch = version == TransactionVersion::V2 && epoch == self.epoch;
        if is_own_epoch && self.transaction_first_offset.is_some() {
            return Err(ProducerError::MarkerLate { id, epoch });
        }
        let (epoch, current) = (end.coordinator_epoch, self.coordinator_epoch);
        match epoch < current {
            true => Err(ProducerError::CoordinatorFenced { epoch, current }),
            false => Ok(()),
        }
    }

    pub(super) fn check_sequence(&self, producer: &Producer) -> Result<(), ProducerError> {
        let Producer { id, epoch, base_sequence: sequence, .. } = *producer;
        if self.epoch == NO_PRODUCER_EPOCH {
            return Ok(());
        }
        if epoch != self.epoch {
            return match sequence {
                0 => Ok(()),
                _ => Err(ProducerError::EpochNotFromZero { id, epoch, sequence }),
            };
        }
        let last = self.recent.last().map_or(NO_SEQUENCE, |last| last.last_sequence);
        match sequence == sequence_plus(last, 1) {
            true => Ok(()),
            false => Err(ProducerError::OutOfOrder { id, sequence, last }),
        }
    }

    pub(super) fn enter_epoch(&mut self, epoch: i16) {
        if self.epoch != epoch {
            self.epoch = epoch;
            self.recent = RecentBatches::default();
        }
    }
}

/// One batch of a producer.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Recent {
    pub(super) last_sequence: i32,
    pub(super) offset_delta: i32,
    pub(super) last_offset: i64,
    pub(super) timestamp: i64,
}

impl Recent {
    fn first_sequence(&self) -> i32 {
        sequence_plus(self.last_sequence, self.offset_delta.wrapping_neg())
    }
}

/// The last batches of a producer, the oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct RecentBatches {
    batches: [Recent; RECENT_BATCHES],
    length: u8,
}

impl RecentBatches {
    pub(super) fn push(&mut self, batch: Recent) {
        if usize::from(self.length) == RECENT_BATCHES {
            self.batches.rotate_left(1);
            self.length -= 1;
        }
        self.batches[usize::from(self.length)] = batch;
        self.length += 1;
    }

    fn iter(&self) -> impl Iterator<Item = &Recent> {
        self.batches.iter().take(usize::from(self.length))
    }

    pub(super) fn last(&self) -> Option<&Recent> {
        self.iter().last()
    }
}
