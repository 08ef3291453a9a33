//! Requests and replies of the coordinator, free of protocol versions.

use super::consumer::Partitions;
use super::error::GroupError;
use super::offsets::CommittedOffset;
use crate::coordinators::coordinator::ProducerEpoch;
use crate::coordinators::transactions::EndMarker;
use bytes::Bytes;
use std::collections::BTreeSet;
use uuid::Uuid;

#[derive(Clone, Debug)]
pub enum Request {
    Join(JoinGroup),
    Sync(SyncGroup),
    Heartbeat(Heartbeat),
    Leave(LeaveGroup),
    Commit(CommitOffsets),
    /// The offsets count once the producer's transaction commits.
    CommitInTransaction {
        commit: CommitOffsets,
        producer: ProducerEpoch,
    },
    /// The end of a producer's transaction in this partition of the group log.
    EndTransaction(EndMarker),
    Fetch(FetchOffsets),
    DeleteOffsets(DeleteOffsets),
    DeleteGroups(Vec<String>),
    Describe(DescribeGroups),
    List(ListGroups),
    ConsumerHeartbeat(ConsumerHeartbeat),
    /// Consumer groups by their ids.
    DescribeConsumers(Vec<String>),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    Join(Joined),
    /// A join refused, with the member id that the response must carry.
    JoinRefused {
        error: GroupError,
        member_id: String,
    },
    Sync(Synced),
    Heartbeat,
    /// One outcome for each leaving member, in order.
    Leave(Vec<Result<(), GroupError>>),
    Commit(Vec<TopicOutcome>),
    TransactionEnded,
    Fetch(Vec<FetchedTopic>),
    DeleteOffsets(Vec<TopicOutcome>),
    /// One outcome for each group, in order.
    DeleteGroups(Vec<Result<(), GroupError>>),
    Describe(Vec<DescribedGroup>),
    List(Vec<ListedGroup>),
    Beat(Beat),
    DescribeConsumers(Vec<FoundConsumerGroup>),
    /// The whole request is refused.
    Refused(GroupError),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protocol {
    pub name: String,
    pub metadata: Bytes,
}

#[derive(Clone, Debug)]
pub struct JoinGroup {
    pub group_id: String,
    /// Empty when the member has no id yet.
    pub member_id: String,
    pub group_instance_id: Option<String>,
    pub client_id: String,
    /// As Kafka stores it: a slash and the address.
    pub client_host: String,
    pub session_timeout_ms: i32,
    pub rebalance_timeout_ms: i32,
    pub protocol_type: String,
    pub protocols: Vec<Protocol>,
    /// The protocol version makes a member without an id ask again with the one given (KIP-394).
    pub member_id_required: bool,
    /// The protocol version lets a returning static leader skip the assignment (KIP-814).
    pub can_skip_assignment: bool,
    /// Random, for a new member id.
    pub fresh_uuid: Uuid,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Joined {
    pub member_id: String,
    pub generation: i32,
    pub protocol_type: Option<String>,
    pub protocol_name: Option<String>,
    pub leader: String,
    pub skip_assignment: bool,
    /// Only the leader gets them.
    pub members: Vec<JoinedMember>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct JoinedMember {
    pub member_id: String,
    pub group_instance_id: Option<String>,
    pub metadata: Bytes,
}

#[derive(Clone, Debug)]
pub struct SyncGroup {
    pub group_id: String,
    pub generation: i32,
    pub member_id: String,
    pub group_instance_id: Option<String>,
    pub protocol_type: Option<String>,
    pub protocol_name: Option<String>,
    pub assignments: Vec<(String, Bytes)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Synced {
    pub protocol_type: Option<String>,
    pub protocol_name: Option<String>,
    pub assignment: Bytes,
}

#[derive(Clone, Debug)]
pub struct Heartbeat {
    pub group_id: String,
    pub generation: i32,
    pub member_id: String,
    pub group_instance_id: Option<String>,
}

#[derive(Clone, Debug)]
pub struct LeaveGroup {
    pub group_id: String,
    pub members: Vec<LeavingMember>,
}

#[derive(Clone, Debug)]
pub struct LeavingMember {
    pub member_id: String,
    pub group_instance_id: Option<String>,
}

#[derive(Clone, Debug)]
pub struct CommitOffsets {
    pub group_id: String,
    /// The generation or the member epoch; -1 for a commit from outside the group.
    pub generation: i32,
    pub member_id: String,
    pub group_instance_id: Option<String>,
    /// Only old protocol versions carry one.
    pub retention_ms: Option<i64>,
    /// The protocol version tells members of the consumer protocol of their epochs.
    pub knows_member_epochs: bool,
    pub topics: Vec<CommitTopic>,
}

#[derive(Clone, Debug)]
pub struct CommitTopic {
    pub name: String,
    pub topic_id: Option<Uuid>,
    pub partitions: Vec<OffsetToCommit>,
}

#[derive(Clone, Debug)]
pub struct OffsetToCommit {
    pub partition: i32,
    pub offset: i64,
    pub leader_epoch: Option<i32>,
    pub metadata: Option<String>,
}

/// Outcomes for the partitions of a topic, in the order of the request.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicOutcome {
    pub name: String,
    pub topic_id: Option<Uuid>,
    pub partitions: Vec<PartitionOutcome>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartitionOutcome {
    pub partition: i32,
    pub result: Result<(), GroupError>,
}

#[derive(Clone, Debug)]
pub struct FetchOffsets {
    pub group_id: String,
    /// `None` asks for all committed offsets of the group.
    pub topics: Option<Vec<FetchTopic>>,
    pub require_stable: bool,
    pub claim: Claim,
}

/// What a member says of itself that fetches offsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub member_id: Option<String>,
    /// -1: nothing.
    pub epoch: i32,
}

impl Claim {
    pub const NONE: Claim = Claim { member_id: None, epoch: -1 };
}

#[derive(Clone, Debug)]
pub struct FetchTopic {
    pub name: String,
    pub topic_id: Option<Uuid>,
    pub partitions: Vec<i32>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct FetchedTopic {
    pub name: String,
    pub topic_id: Option<Uuid>,
    pub partitions: Vec<(i32, FetchedPartition)>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum FetchedPartition {
    Committed(CommittedOffset),
    Nothing,
    /// A transaction that commits this offset is still open.
    Unstable,
}

#[derive(Clone, Debug)]
pub struct DeleteOffsets {
    pub group_id: String,
    pub topics: Vec<(String, Vec<i32>)>,
}

#[derive(Clone, Debug)]
pub struct DescribeGroups {
    pub group_ids: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribedGroup {
    pub group_id: String,
    /// `None`: there is no such group, or one of another kind.
    pub state: Option<&'static str>,
    pub missing: Option<Missing>,
    pub protocol_type: String,
    pub protocol_name: String,
    pub members: Vec<DescribedMember>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribedMember {
    pub member_id: String,
    pub group_instance_id: Option<String>,
    pub client_id: String,
    pub client_host: String,
    pub metadata: Bytes,
    pub assignment: Bytes,
}

/// Empty filters let everything through.
#[derive(Clone, Debug, Default)]
pub struct ListGroups {
    pub states: Vec<String>,
    pub types: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ListedGroup {
    pub group_id: String,
    pub protocol_type: String,
    pub state: &'static str,
    pub group_type: &'static str,
}

/// A heartbeat of the consumer protocol. What is `None` is as before.
#[derive(Clone, Debug)]
pub struct ConsumerHeartbeat {
    pub group_id: String,
    pub member_id: String,
    /// 0 to join, -1 to leave, -2 for a static member that may come back.
    pub member_epoch: i32,
    pub instance_id: Option<String>,
    pub rack_id: Option<String>,
    /// -1: as before.
    pub rebalance_timeout_ms: i32,
    pub topics: Option<BTreeSet<String>>,
    /// A pattern of topics; empty to have none.
    pub regex: Option<String>,
    pub assignor: Option<String>,
    /// What the member has.
    pub owned: Option<Partitions>,
    pub client_id: String,
    /// As Kafka stores it: a slash and the address.
    pub client_host: String,
    /// Random, for a member without an id.
    pub fresh_uuid: Uuid,
}

impl ConsumerHeartbeat {
    /// Whether it says all that there is to say: who sends it wants to know its assignment.
    pub(super) fn is_full(&self) -> bool {
        self.rebalance_timeout_ms != -1
            && (self.topics.is_some() || self.regex.is_some())
            && self.owned.is_some()
    }
}

/// What a heartbeat is answered with.
#[derive(Clone, Debug, PartialEq)]
pub struct Beat {
    pub member_id: String,
    pub member_epoch: i32,
    pub heartbeat_interval_ms: i32,
    /// `None`: as before.
    pub assignment: Option<Partitions>,
}

/// Why a group cannot be described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    Absent,
    OfAnotherKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum FoundConsumerGroup {
    Found(Box<DescribedConsumerGroup>),
    Missing { group_id: String, why: Missing },
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribedConsumerGroup {
    pub group_id: String,
    pub state: &'static str,
    pub epoch: i32,
    pub target_epoch: i32,
    pub assignor: String,
    pub members: Vec<DescribedConsumer>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct DescribedConsumer {
    pub member_id: String,
    pub instance_id: Option<String>,
    pub rack_id: Option<String>,
    pub epoch: i32,
    pub client_id: String,
    pub client_host: String,
    pub topics: Vec<String>,
    pub regex: String,
    pub assigned: Partitions,
    pub target: Partitions,
    /// It came by JoinGroup.
    pub speaks_classic: bool,
}
