//! Kafka's error code for each way in which the controller refuses.
//!
//! Lives on: any core; pure.   Read next: ../controller/refusal.rs.

use super::errors::sentence;
use crate::controller::{Cause, Refusal};
use crate::protocol::ErrorCode;

pub fn code_of(cause: Cause) -> ErrorCode {
    match cause {
        Cause::InvalidTopicName => ErrorCode::InvalidTopicException,
        Cause::TopicExists => ErrorCode::TopicAlreadyExists,
        Cause::UnknownTopic => ErrorCode::UnknownTopicOrPartition,
        Cause::UnknownTopicId => ErrorCode::UnknownTopicId,
        Cause::InvalidPartitions => ErrorCode::InvalidPartitions,
        Cause::InvalidReplicationFactor => ErrorCode::InvalidReplicationFactor,
        Cause::InvalidReplicaAssignment => ErrorCode::InvalidReplicaAssignment,
        Cause::InvalidConfig => ErrorCode::InvalidConfig,
        Cause::InvalidRequest => ErrorCode::InvalidRequest,
        Cause::PolicyViolation => ErrorCode::PolicyViolation,
        Cause::UnknownBroker => ErrorCode::BrokerIdNotRegistered,
        Cause::StaleBrokerEpoch => ErrorCode::StaleBrokerEpoch,
        Cause::InvalidRegistration => ErrorCode::InvalidRegistration,
        Cause::ForeignCluster => ErrorCode::InconsistentClusterId,
        Cause::InvalidUpdateVersion => ErrorCode::InvalidUpdateVersion,
        Cause::FeatureUpdateFailed => ErrorCode::FeatureUpdateFailed,
        Cause::ElectionNotNeeded => ErrorCode::ElectionNotNeeded,
        Cause::PreferredLeaderNotAvailable => ErrorCode::PreferredLeaderNotAvailable,
        Cause::EligibleLeadersNotAvailable => ErrorCode::EligibleLeadersNotAvailable,
        Cause::NoReassignmentInProgress => ErrorCode::NoReassignmentInProgress,
        Cause::QuotaExceeded => ErrorCode::ThrottlingQuotaExceeded,
        Cause::LogFailed | Cause::DiskFull => ErrorCode::KafkaStorageError,
        // Clients look for the controller again, and ask it.
        Cause::NotReady => ErrorCode::NotController,
        Cause::Internal => ErrorCode::UnknownServerError,
    }
}

/// The fields of a response: code and sentence.
pub fn on_wire(outcome: Result<(), Refusal>) -> (i16, Option<String>) {
    match outcome {
        Ok(()) => (ErrorCode::None as i16, None),
        Err(refusal) => (code_of(refusal.cause) as i16, refusal.message.map(sentence)),
    }
}
