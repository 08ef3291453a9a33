//! Why the coordinator refuses. Handlers turn these into Kafka's codes.

use crate::coordinators::coordinator::AppendFailure;

/// A refusal, with whom to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransactionError {
    #[error("this partition of the transaction log is still being read; try again")]
    Loading,
    #[error(
        "this broker no longer coordinates the transactional id; look the coordinator up again"
    )]
    NotCoordinator,
    #[error("the coordinator's topic is not there yet; try again")]
    NotAvailable,
    #[error("the request names no transactional id")]
    InvalidRequest,
    #[error("the timeout is not between 1 and transaction.max.timeout.ms")]
    InvalidTimeout,
    #[error("two-phase commit is not allowed: transaction.two.phase.commit.enable is false")]
    TwoPhaseDisabled,
    #[error("the producer id is not that of the transactional id")]
    UnknownMapping,
    #[error("another producer with the transactional id has taken over")]
    Fenced,
    #[error("another change of the transaction is under way; try again")]
    Concurrent,
    #[error("the transaction is in a state that does not allow this")]
    InvalidState,
    #[error("the transactional id does not exist")]
    NotFound,
    #[error("the partition is not part of the transaction; abort it")]
    Abortable,
    #[error("the regular expression of the filter cannot be read")]
    InvalidPattern,
    #[error("a bound of the coordinator is reached; see coordinators/transactions/limits.rs")]
    LimitReached,
    #[error("no producer id could be had; try again")]
    NoProducerId,
    #[error("the record could not be written: {0}")]
    Append(#[from] AppendFailure),
}
