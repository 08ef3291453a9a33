//! Why the coordinator refuses. Handlers turn these into Kafka's codes.

use crate::coordinators::coordinator::AppendFailure;
use crate::coordinators::transactions::TransactionError;

/// A refusal, with whom to blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    #[error("this partition of the group log is still being read; try again")]
    Loading,
    #[error("this broker no longer coordinates the group; look the coordinator up again")]
    NotCoordinator,
    #[error("the group id is empty or missing")]
    InvalidGroupId,
    #[error("the session timeout is outside the broker's bounds")]
    InvalidSessionTimeout,
    #[error("the group does not know this member; join again")]
    UnknownMember,
    #[error("another member has taken over this group.instance.id")]
    FencedInstance,
    #[error("the generation is not the group's current one; join again")]
    IllegalGeneration,
    #[error("no protocol of this member is supported by all members of the group")]
    InconsistentProtocol,
    #[error("the group is rebalancing; join again")]
    RebalanceInProgress,
    #[error("join again with the member id given")]
    MemberIdRequired,
    #[error("the group has as many members as group.max.size allows")]
    GroupFull,
    #[error("the group does not exist")]
    GroupNotFound,
    #[error("the group is not a consumer group")]
    NotAConsumerGroup,
    #[error("the classic group cannot be upgraded to a consumer group: {0}")]
    CannotUpgrade(UpgradeObstacle),
    #[error(
        "the member's epoch is not the one that the coordinator knows; it must give up its \
         partitions and join again"
    )]
    FencedMemberEpoch,
    #[error("the member's epoch is not its current one; send it again after the next heartbeat")]
    StaleMemberEpoch,
    #[error("another member of the group holds this group.instance.id and has not left")]
    UnreleasedInstance,
    #[error("members of the consumer protocol commit offsets with version 9 or later")]
    UnsupportedVersion,
    #[error("the group still has members")]
    NonEmptyGroup,
    #[error("the commit's metadata is longer than offset.metadata.max.bytes")]
    OffsetMetadataTooLarge,
    #[error("a member of the group is subscribed to the topic")]
    SubscribedToTopic,
    #[error("a member that was given its id must not bring a group.instance.id")]
    InstanceIdOfPendingMember,
    #[error("a bound of the coordinator is reached; see coordinators/groups/limits.rs")]
    LimitReached,
    #[error("members of groups hold all the memory that they may on this core; try again later")]
    MemoryFull,
    #[error("the coordinator of the transaction: {0}")]
    Transaction(#[from] TransactionError),
    #[error("the record could not be written: {0}")]
    Append(#[from] AppendFailure),
}

/// What stands in the way of a classic group that is to become a consumer group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpgradeObstacle {
    #[error("group.consumer.migration.policy does not allow it")]
    Disabled,
    #[error("its members are no consumers")]
    OtherProtocol,
    #[error("it has more members than group.consumer.max.size allows")]
    TooLarge,
    #[error("what its members said of their subscriptions cannot be read")]
    Malformed,
    #[error("its assignments carry data of a custom assignor; change to a default assignor first")]
    CustomAssignor,
}
