//! AddPartitionsToTxn: partitions join a transaction, or are looked for in it.

use super::error::TransactionError;
use super::limits;
use super::message::{AddPartitions, Reply};
use super::partition::{Output, TransactionPartition};
use super::state::{State, Transaction};
use crate::coordinators::coordinator::{Now, RequestToken};

impl TransactionPartition {
    pub(super) fn add(
        &mut self,
        token: RequestToken,
        request: AddPartitions,
        now: Now,
        output: &mut Output,
    ) -> Option<Reply> {
        let current = match self.check_add(&request) {
            Ok(current) => current,
            Err(error) => return Some(Reply::Refused(error)),
        };
        let AddPartitions { transactional_id, partitions, version, .. } = request;
        let is_known = |partition| current.partitions.contains(partition);
        if current.state == State::Ongoing && partitions.iter().all(is_known) {
            return Some(Reply::Added);
        }
        let next = current.with_partitions(partitions, version, now.wall_ms);
        self.write_one(&transactional_id, next, Some((token, Reply::Added)), output);
        None
    }

    fn check_add(&self, request: &AddPartitions) -> Result<&Transaction, TransactionError> {
        let entry = self.ids.get(&request.transactional_id);
        let current = self.of_producer(request)?;
        if entry.is_some_and(|entry| entry.is_pending) || current.state.is_prepared() {
            return Err(TransactionError::Concurrent);
        }
        if current.partitions.len().saturating_add(request.partitions.len())
            > limits::PARTITIONS_MAX
        {
            return Err(TransactionError::LimitReached);
        }
        Ok(current)
    }

    /// The transaction, if the producer is the current one.
    fn of_producer(&self, request: &AddPartitions) -> Result<&Transaction, TransactionError> {
        if request.transactional_id.is_empty() {
            return Err(TransactionError::InvalidRequest);
        }
        let entry = self.ids.get(&request.transactional_id);
        let current = entry.and_then(|entry| entry.current.as_ref());
        let current = current.ok_or(TransactionError::UnknownMapping)?;
        if current.producer.id != request.producer.id {
            return Err(TransactionError::UnknownMapping);
        }
        match current.producer.epoch == request.producer.epoch {
            true => Ok(current),
            false => Err(TransactionError::Fenced),
        }
    }

    /// A step that is on its way does not matter: the log looks once more when it appends.
    pub(super) fn verify(&self, request: &AddPartitions) -> Reply {
        let current = match self.of_producer(request) {
            Ok(current) if current.state.is_prepared() => {
                return Reply::Refused(TransactionError::Concurrent);
            }
            Ok(current) => current,
            Err(error) => return Reply::Refused(error),
        };
        let look = |partition| match current.partitions.contains(partition) {
            true => Ok(()),
            false => Err(TransactionError::Abortable),
        };
        Reply::Verified(request.partitions.iter().map(look).collect())
    }
}
