//! EndTxn: a transaction is decided, and the decision is told once more to who asks again.
//!
//! With version 2 (KIP-890) each end raises the producer's epoch, so that the epoch of a request
//! tells a retry (one below the current) from the end of the next transaction (the current):
//!
//! ```text
//!                  abort: retry   current          commit: retry   current
//! Empty                   fenced  aborts                   fenced  invalid
//! CompleteAbort           done    aborts                   invalid invalid
//! CompleteCommit          invalid aborts                   done    invalid
//! ```
//! Before, only the current epoch is taken; Complete states say done to the same decision.

use super::error::TransactionError;
use super::marker::EndMarker;
use super::message::{EndTransaction, Reply};
use super::partition::{Output, TransactionPartition};
use super::state::{
    Decision, FIRST_WITH_EPOCH_AT_END, NO_PRODUCER_ID, State, Transaction, is_exhausted,
};
use crate::coordinators::coordinator::{Now, RequestToken};

/// What an end comes to.
enum Choice {
    Decide,
    /// It was decided so before.
    Done,
}

impl TransactionPartition {
    pub(super) fn end(
        &mut self,
        token: RequestToken,
        request: &EndTransaction,
        now: Now,
        output: &mut Output,
    ) -> Option<Reply> {
        let (choice, current) = match self.choose_end(request) {
            Ok(chosen) => chosen,
            Err(error) => return Some(Reply::Refused(error)),
        };
        if let Choice::Done = choice {
            return Some(Reply::Ended(current.producer));
        }
        let raises_epoch = request.version >= FIRST_WITH_EPOCH_AT_END;
        let needs_id = raises_epoch && is_exhausted(current.producer.epoch);
        let next_producer_id = match request.fresh_producer_id {
            _ if !needs_id => NO_PRODUCER_ID,
            Some(id) => id,
            None => return Some(Reply::NeedsProducerId),
        };
        let EndTransaction { committed, version, .. } = *request;
        let decision = Decision { committed, version, is_fence: false, next_producer_id };
        let next = current.prepared(&decision, now.wall_ms);
        // What the producer is after the end: it learns so before the markers are written.
        let reply = Reply::Ended(next.completed(now.wall_ms).producer);
        self.write_one(&request.transactional_id, next, Some((token, reply)), output);
        None
    }

    fn choose_end(
        &self,
        request: &EndTransaction,
    ) -> Result<(Choice, &Transaction), TransactionError> {
        if request.transactional_id.is_empty() {
            return Err(TransactionError::InvalidRequest);
        }
        let entry = self.ids.get(&request.transactional_id);
        let current = entry.and_then(|entry| entry.current.as_ref());
        let current = current.ok_or(TransactionError::UnknownMapping)?;
        let is_retry = is_retry(current, request);
        if current.producer.id != request.producer.id && !is_retry {
            return Err(TransactionError::UnknownMapping);
        }
        if !is_retry && current.producer.epoch != request.producer.epoch {
            return Err(TransactionError::Fenced);
        }
        if entry.is_some_and(|entry| entry.is_pending) {
            return Err(TransactionError::Concurrent);
        }
        let choice = match request.version >= FIRST_WITH_EPOCH_AT_END {
            true => choose(current.state, request.committed, is_retry)?,
            false => choose_before_epochs(current.state, request.committed)?,
        };
        Ok((choice, current))
    }

    /// All partitions have the marker: the transaction is over.
    pub(super) fn markers_written(
        &mut self,
        transactional_id: &str,
        marker: EndMarker,
        now: Now,
        output: &mut Output,
    ) {
        let coordinator_epoch = self.coordinator_epoch;
        let Some(entry) = self.ids.get_mut(transactional_id) else { return };
        let Some(transaction) = &entry.current else { return };
        if transaction.state.is_prepared() && transaction.marker(coordinator_epoch) == marker {
            entry.has_markers = true;
            self.complete(transactional_id, now, output);
        }
    }
}

/// Whether the request asks for what was decided already, with the epoch from before that.
fn is_retry(current: &Transaction, request: &EndTransaction) -> bool {
    if request.version < FIRST_WITH_EPOCH_AT_END {
        return false;
    }
    let decided = matches!(
        current.state,
        State::PrepareCommit | State::PrepareAbort | State::CompleteCommit | State::CompleteAbort
    );
    let asked = request.producer;
    let is_before = asked.id == current.producer.id
        && asked.epoch.checked_add(1) == Some(current.producer.epoch);
    let is_before_rotation = asked.id == current.previous_producer_id
        && asked.id != current.producer.id
        && asked.epoch == i16::MAX - 1
        && current.producer.epoch == 0
        && matches!(current.state, State::CompleteCommit | State::CompleteAbort);
    decided && (is_before || is_before_rotation)
}

fn choose(state: State, commits: bool, is_retry: bool) -> Result<Choice, TransactionError> {
    match (state, commits, is_retry) {
        (State::Ongoing, _, _) => Ok(Choice::Decide),
        (State::PrepareCommit, true, true) | (State::PrepareAbort, false, true) => {
            Err(TransactionError::Concurrent)
        }
        // Not a retry of the decision that is under way.
        (State::PrepareCommit | State::PrepareAbort, _, false) => Err(TransactionError::Fenced),
        (State::CompleteCommit, true, true) | (State::CompleteAbort, false, true) => {
            Ok(Choice::Done)
        }
        // A client that does not know whether anything was written aborts to be sure.
        (State::Empty | State::CompleteCommit | State::CompleteAbort, false, false) => {
            Ok(Choice::Decide)
        }
        _ => Err(TransactionError::InvalidState),
    }
}

fn choose_before_epochs(state: State, commits: bool) -> Result<Choice, TransactionError> {
    match (state, commits) {
        (State::Ongoing, _) => Ok(Choice::Decide),
        (State::PrepareCommit, true) | (State::PrepareAbort, false) => {
            Err(TransactionError::Concurrent)
        }
        (State::CompleteCommit, true) | (State::CompleteAbort, false) => Ok(Choice::Done),
        _ => Err(TransactionError::InvalidState),
    }
}
