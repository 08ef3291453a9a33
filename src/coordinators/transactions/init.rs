//! InitProducerId: a producer begins with a transactional id, and all before it are fenced.

use super::error::TransactionError;
use super::limits;
use super::message::{InitProducer, Reply};
use super::partition::{Output, TransactionPartition};
use super::state::{
    Decision, NO_EPOCH, NO_PRODUCER_ID, State, TWO_PHASE_TIMEOUT_MS, Transaction, is_exhausted,
};
use crate::coordinators::coordinator::{Now, ProducerEpoch, RequestToken};

/// What a producer that begins is to be.
enum Choice {
    Be(Transaction),
    NeedsId,
    /// The transaction that is open is aborted first.
    Fence,
}

impl TransactionPartition {
    pub(super) fn init(
        &mut self,
        token: RequestToken,
        request: &InitProducer,
        now: Now,
        output: &mut Output,
    ) -> Option<Reply> {
        let choice = match self.choose_producer(request, now) {
            Ok(choice) => choice,
            Err(error) => return Some(Reply::Refused(error)),
        };
        let id = &request.transactional_id;
        match choice {
            Choice::NeedsId => Some(Reply::NeedsProducerId),
            Choice::Be(next) => {
                let reply = Reply::Initialized(next.producer);
                self.write_one(id, next, Some((token, reply)), output);
                None
            }
            Choice::Fence => {
                let reply = Reply::Refused(TransactionError::Concurrent);
                self.fence(id, Some((token, reply)), now, output);
                None
            }
        }
    }

    fn choose_producer(
        &self,
        request: &InitProducer,
        now: Now,
    ) -> Result<Choice, TransactionError> {
        let timeout_ms = self.timeout_of(request)?;
        if !self.ids.contains_key(&request.transactional_id) {
            let bytes = self.id_bytes.saturating_add(request.transactional_id.len());
            let too_many = self.ids.len() >= limits::TRANSACTIONAL_IDS_MAX;
            if too_many || bytes > limits::TRANSACTIONAL_ID_BYTES_MAX {
                return Err(TransactionError::LimitReached);
            }
            let first = |id| Choice::Be(Transaction::first(id, timeout_ms, now.wall_ms));
            return Ok(request.fresh_producer_id.map_or(Choice::NeedsId, first));
        }
        let current = self.settled(&request.transactional_id)?;
        if request.expected.is_some_and(|expected| !may_be(current, expected)) {
            return Err(TransactionError::Fenced);
        }
        match current.state {
            State::PrepareCommit | State::PrepareAbort => Err(TransactionError::Concurrent),
            // A zombie that wants its epoch raised must not abort the transaction of its successor.
            State::Ongoing if request.expected.is_some_and(|it| it != current.producer) => {
                Err(TransactionError::Fenced)
            }
            State::Ongoing => Ok(Choice::Fence),
            State::Dead | State::PrepareEpochFence => Err(TransactionError::InvalidState),
            State::Empty | State::CompleteCommit | State::CompleteAbort => {
                next_producer(current, request, timeout_ms, now)
            }
        }
    }

    fn timeout_of(&self, request: &InitProducer) -> Result<i32, TransactionError> {
        if request.transactional_id.is_empty() {
            return Err(TransactionError::InvalidRequest);
        }
        if request.is_two_phase {
            return match self.config.allows_two_phase {
                true => Ok(TWO_PHASE_TIMEOUT_MS),
                false => Err(TransactionError::TwoPhaseDisabled),
            };
        }
        match (1..=self.config.timeout_ms_max).contains(&request.timeout_ms) {
            true => Ok(request.timeout_ms),
            false => Err(TransactionError::InvalidTimeout),
        }
    }

    /// Aborts an open transaction whoever has it; its producer is of an old epoch from now on.
    pub(super) fn fence(
        &mut self,
        transactional_id: &str,
        reply: Option<(RequestToken, Reply)>,
        now: Now,
        output: &mut Output,
    ) {
        let Ok(current) = self.settled(transactional_id) else { return };
        let abort = Decision {
            committed: false,
            version: self.version,
            is_fence: true,
            next_producer_id: NO_PRODUCER_ID,
        };
        let next = current.prepared(&abort, now.wall_ms);
        self.write_one(transactional_id, next, reply, output);
    }
}

/// Whether a client that says what it was may go on: it is the current producer, or its id was
/// used up and replaced in a request whose answer it did not get.
fn may_be(current: &Transaction, expected: ProducerEpoch) -> bool {
    expected.id == current.producer.id
        || (expected.id == current.previous_producer_id && is_exhausted(expected.epoch))
}

fn next_producer(
    current: &Transaction,
    request: &InitProducer,
    timeout_ms: i32,
    now: Now,
) -> Result<Choice, TransactionError> {
    let ProducerEpoch { id, epoch } = current.producer;
    let initialized = |producer, last_epoch| {
        Choice::Be(current.initialized(producer, last_epoch, timeout_ms, now.wall_ms))
    };
    let expected_epoch = request.expected.map(|expected| expected.epoch);
    if is_exhausted(epoch) && expected_epoch.is_none_or(|expected| expected == epoch) {
        let last_epoch = if expected_epoch.is_some() { epoch } else { NO_EPOCH };
        let rotate = |id| initialized(ProducerEpoch { id, epoch: 0 }, last_epoch);
        return Ok(request.fresh_producer_id.map_or(Choice::NeedsId, rotate));
    }
    match expected_epoch {
        None => Ok(initialized(ProducerEpoch { id, epoch: epoch + 1 }, NO_EPOCH)),
        Some(expected) if expected == epoch => {
            Ok(initialized(ProducerEpoch { id, epoch: epoch + 1 }, epoch))
        }
        // The answer to the same request was lost.
        Some(expected) if expected == current.last_epoch => {
            Ok(initialized(current.producer, current.last_epoch))
        }
        Some(_) => Err(TransactionError::Fenced),
    }
}
