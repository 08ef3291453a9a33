//! Kafka's codes for what the transaction coordinator refuses.

use crate::coordinators::coordinator::AppendFailure;
use crate::coordinators::transactions::TransactionError;
use crate::protocol::ErrorCode;

pub fn code_of(error: TransactionError) -> ErrorCode {
    match error {
        TransactionError::Loading => ErrorCode::CoordinatorLoadInProgress,
        TransactionError::NotCoordinator => ErrorCode::NotCoordinator,
        TransactionError::NotAvailable => ErrorCode::CoordinatorNotAvailable,
        TransactionError::InvalidRequest => ErrorCode::InvalidRequest,
        TransactionError::InvalidTimeout => ErrorCode::InvalidTransactionTimeout,
        TransactionError::TwoPhaseDisabled => ErrorCode::TransactionalIdAuthorizationFailed,
        TransactionError::UnknownMapping => ErrorCode::InvalidProducerIdMapping,
        TransactionError::Fenced => ErrorCode::ProducerFenced,
        TransactionError::Concurrent => ErrorCode::ConcurrentTransactions,
        TransactionError::InvalidState => ErrorCode::InvalidTxnState,
        TransactionError::NotFound => ErrorCode::TransactionalIdNotFound,
        TransactionError::Abortable => ErrorCode::TransactionAbortable,
        TransactionError::InvalidPattern => ErrorCode::InvalidRegularExpression,
        // Clients come back after a pause.
        TransactionError::LimitReached | TransactionError::NoProducerId => {
            ErrorCode::CoordinatorNotAvailable
        }
        TransactionError::Append(AppendFailure::Unavailable) => ErrorCode::CoordinatorNotAvailable,
        TransactionError::Append(AppendFailure::NotLeader) => ErrorCode::NotCoordinator,
        TransactionError::Append(_) => ErrorCode::UnknownServerError,
    }
}

/// The code for a producer that writes: its epoch is refused as its log would refuse it.
pub fn verification_code_of(error: TransactionError) -> ErrorCode {
    match error {
        TransactionError::Fenced => ErrorCode::InvalidProducerEpoch,
        error => code_of(error),
    }
}

pub fn verification_code_of_result(result: Result<(), TransactionError>) -> ErrorCode {
    result.map_or_else(verification_code_of, |()| ErrorCode::None)
}

/// Whether a marker that was refused so is taken soon, without anybody's help.
pub fn passes_by_itself(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::NotLeaderOrFollower
            | ErrorCode::CoordinatorLoadInProgress
            | ErrorCode::UnknownTopicOrPartition
    )
}

/// The code for versions of an API that do not know the fenced producer's own (KIP-588).
pub fn for_version(code: ErrorCode, version: i16, first_with_fenced: i16) -> ErrorCode {
    match code {
        ErrorCode::ProducerFenced if version < first_with_fenced => ErrorCode::InvalidProducerEpoch,
        code => code,
    }
}
