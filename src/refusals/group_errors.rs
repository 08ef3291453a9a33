//! Kafka's codes for what the group coordinator refuses.

use crate::coordinators::coordinator::AppendFailure;
use crate::coordinators::groups::GroupError;
use crate::coordinators::transactions::TransactionError;
use crate::protocol::ErrorCode;

use super::transaction_errors::verification_code_of;

pub fn code_of(error: GroupError) -> ErrorCode {
    match error {
        GroupError::Loading => ErrorCode::CoordinatorLoadInProgress,
        GroupError::NotCoordinator => ErrorCode::NotCoordinator,
        GroupError::InvalidGroupId => ErrorCode::InvalidGroupId,
        GroupError::InvalidSessionTimeout => ErrorCode::InvalidSessionTimeout,
        GroupError::UnknownMember => ErrorCode::UnknownMemberId,
        GroupError::FencedInstance => ErrorCode::FencedInstanceId,
        GroupError::IllegalGeneration => ErrorCode::IllegalGeneration,
        GroupError::InconsistentProtocol => ErrorCode::InconsistentGroupProtocol,
        GroupError::RebalanceInProgress => ErrorCode::RebalanceInProgress,
        GroupError::MemberIdRequired => ErrorCode::MemberIdRequired,
        // The nearest that clients know for a bound of the broker: they stop instead of asking on.
        GroupError::GroupFull | GroupError::LimitReached => ErrorCode::GroupMaxSizeReached,
        // Clients come back after a pause: memory is free again when others have left.
        GroupError::MemoryFull => ErrorCode::CoordinatorLoadInProgress,
        GroupError::GroupNotFound => ErrorCode::GroupIdNotFound,
        GroupError::NotAConsumerGroup | GroupError::CannotUpgrade(_) => ErrorCode::GroupIdNotFound,
        GroupError::FencedMemberEpoch => ErrorCode::FencedMemberEpoch,
        GroupError::StaleMemberEpoch => ErrorCode::StaleMemberEpoch,
        GroupError::UnreleasedInstance => ErrorCode::UnreleasedInstanceId,
        GroupError::UnsupportedVersion => ErrorCode::UnsupportedVersion,
        GroupError::NonEmptyGroup => ErrorCode::NonEmptyGroup,
        GroupError::OffsetMetadataTooLarge => ErrorCode::OffsetMetadataTooLarge,
        GroupError::SubscribedToTopic => ErrorCode::GroupSubscribedToTopic,
        // Kafka fails with an internal error here, too.
        GroupError::InstanceIdOfPendingMember => ErrorCode::UnknownServerError,
        // Clients send the same again after a pause.
        GroupError::Transaction(
            TransactionError::Concurrent
            | TransactionError::Loading
            | TransactionError::NotCoordinator
            | TransactionError::NotAvailable
            | TransactionError::LimitReached,
        ) => ErrorCode::CoordinatorLoadInProgress,
        GroupError::Transaction(error) => verification_code_of(error),
        GroupError::Append(AppendFailure::Unavailable) => ErrorCode::CoordinatorNotAvailable,
        GroupError::Append(AppendFailure::NotLeader) => ErrorCode::NotCoordinator,
        GroupError::Append(AppendFailure::TooLarge) => ErrorCode::UnknownServerError,
        GroupError::Append(AppendFailure::ProducerFenced) => ErrorCode::InvalidProducerEpoch,
        GroupError::Append(AppendFailure::CoordinatorFenced) => {
            ErrorCode::TransactionCoordinatorFenced
        }
    }
}

pub fn code_of_result(result: Result<(), GroupError>) -> ErrorCode {
    result.map_or_else(code_of, |()| ErrorCode::None)
}
