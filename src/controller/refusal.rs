//! Why the controller refuses something: the cause for the handler, the sentence for the client.

/// What is wrong; handlers give each its Kafka error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    InvalidTopicName,
    TopicExists,
    UnknownTopic,
    UnknownTopicId,
    InvalidPartitions,
    InvalidReplicationFactor,
    InvalidReplicaAssignment,
    InvalidConfig,
    InvalidRequest,
    /// More than one request may ask for.
    PolicyViolation,
    UnknownBroker,
    StaleBrokerEpoch,
    InvalidRegistration,
    ForeignCluster,
    InvalidUpdateVersion,
    FeatureUpdateFailed,
    ElectionNotNeeded,
    PreferredLeaderNotAvailable,
    EligibleLeadersNotAvailable,
    NoReassignmentInProgress,
    /// The client has used up its quota of changes.
    QuotaExceeded,
    /// The metadata log cannot be written any more.
    LogFailed,
    /// The disk of the metadata log is full; nothing was changed.
    DiskFull,
    /// The controller is still starting.
    NotReady,
    /// A bug or a damaged state.
    Internal,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause:?}: {}", message.as_deref().unwrap_or("no details"))]
pub struct Refusal {
    pub cause: Cause,
    pub message: Option<String>,
}

impl Refusal {
    pub fn new(cause: Cause, message: impl Into<String>) -> Self {
        Self { cause, message: Some(message.into()) }
    }

    /// The code says it all.
    pub fn plain(cause: Cause) -> Self {
        Self { cause, message: None }
    }
}
