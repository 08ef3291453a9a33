//! Requests and responses of the protocol, with the names of Kafka's fields.
//!
//! They carry one partition, `__cluster_metadata-0`: who puts them on the wire adds the topic, and
//! refuses requests for any other. A negative id or epoch of the wire that means "none" is an
//! `Option` here; everything else is taken as it came.

use crate::control_records::ControlRecord;
use crate::units::{Epoch, NodeId, Offset, OffsetAndEpoch, ReplicaKey};
use crate::voters::{Endpoints, VersionRange};

/// Error codes of the protocol, by Kafka's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Error {
    BrokerNotAvailable,
    DuplicateVoter,
    FencedLeaderEpoch,
    InconsistentClusterId,
    InvalidRequest,
    InvalidVoterKey,
    NotLeaderOrFollower,
    PositionOutOfRange,
    RequestTimedOut,
    SnapshotNotFound,
    UnknownLeaderEpoch,
    UnsupportedVersion,
    VoterNotFound,
    /// A code that the protocol does not expect here.
    Unexpected(i16),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Request {
    Vote(VoteRequest),
    BeginQuorumEpoch(BeginQuorumEpochRequest),
    EndQuorumEpoch(EndQuorumEpochRequest),
    Fetch(FetchRequest),
    FetchSnapshot(FetchSnapshotRequest),
    AddRaftVoter(AddRaftVoterRequest),
    RemoveRaftVoter(RemoveRaftVoterRequest),
    UpdateRaftVoter(UpdateRaftVoterRequest),
    /// Which levels of kraft.version does the node support? Only sent: a node answers it elsewhere.
    ApiVersions,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Response {
    Vote(VoteResponse),
    BeginQuorumEpoch(EpochResponse),
    EndQuorumEpoch(EpochResponse),
    Fetch(FetchResponse),
    FetchSnapshot(FetchSnapshotResponse),
    AddRaftVoter(VoterChangeResponse),
    RemoveRaftVoter(VoterChangeResponse),
    UpdateRaftVoter(EpochResponse),
    ApiVersions(Option<VersionRange>),
    /// At the top level of any of them: nothing of the partition is said.
    Error(Error),
}

/// Whom the one that answers takes for the leader.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CurrentLeader {
    pub leader_id: Option<NodeId>,
    pub leader_epoch: Epoch,
    /// Empty where the version of the response has no place for them.
    pub endpoints: Endpoints,
}

/// Key 52, versions 0-2: 1 directories · 2 pre-vote (KIP-996).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VoteRequest {
    pub cluster_id: Option<String>,
    /// To whom the request is meant to go; none in version 0.
    pub voter: Option<ReplicaKey>,
    pub replica: ReplicaKey,
    pub replica_epoch: Epoch,
    pub last_offset: OffsetAndEpoch,
    pub pre_vote: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VoteResponse {
    pub error: Option<Error>,
    pub current_leader: CurrentLeader,
    pub vote_granted: bool,
}

/// Key 53, versions 0-1: 1 directory and endpoints.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BeginQuorumEpochRequest {
    pub cluster_id: Option<String>,
    pub voter: Option<ReplicaKey>,
    pub leader_id: NodeId,
    pub leader_epoch: Epoch,
    pub leader_endpoints: Endpoints,
}

/// Key 54, versions 0-1: 1 directories and endpoints.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndQuorumEpochRequest {
    pub cluster_id: Option<String>,
    pub leader_id: NodeId,
    pub leader_epoch: Epoch,
    /// Who should seek the lead first: the voters by the ends of their logs.
    pub preferred_candidates: Vec<ReplicaKey>,
    pub leader_endpoints: Endpoints,
}

/// The answer to BeginQuorumEpoch, EndQuorumEpoch and UpdateRaftVoter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpochResponse {
    pub error: Option<Error>,
    pub current_leader: CurrentLeader,
}

/// Key 1, the fields that matter here: 17 directory · 18 high watermark (KIP-1166).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FetchRequest {
    pub cluster_id: Option<String>,
    /// A negative id is no replica.
    pub replica: ReplicaKey,
    pub current_leader_epoch: Epoch,
    pub fetch_offset: Offset,
    pub last_fetched_epoch: Epoch,
    pub max_bytes: i32,
    pub max_wait_ms: i32,
    /// What the replica knows: none for -1, and `i64::MAX` where the version has no such field, as
    /// Kafka takes it.
    pub high_watermark: Option<Offset>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FetchResponse {
    pub error: Option<Error>,
    pub current_leader: CurrentLeader,
    pub high_watermark: Option<Offset>,
    pub log_start_offset: Offset,
    pub outcome: FetchOutcome,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FetchOutcome {
    /// As they were received, in order. Empty in an answer of the machine: `Command::AnswerFetch`
    /// says what the driver reads for it.
    Batches(Vec<FetchedBatch>),
    /// The end of the largest epoch that both logs may share: cut, then fetch again.
    DivergingEpoch(OffsetAndEpoch),
    /// The log does not reach that far back: fetch this snapshot.
    SnapshotId(OffsetAndEpoch),
}

/// The header of a batch, and what of it is the quorum's. Its checksum is verified.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FetchedBatch {
    pub base_offset: Offset,
    pub last_offset: Offset,
    pub epoch: Epoch,
    /// Records of kraft.version and voters, each with its offset.
    pub control_records: Vec<(Offset, ControlRecord)>,
}

/// Key 59, versions 0-1: 1 directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FetchSnapshotRequest {
    pub cluster_id: Option<String>,
    pub replica: ReplicaKey,
    pub current_leader_epoch: Epoch,
    pub snapshot_id: OffsetAndEpoch,
    pub position: i64,
    pub max_bytes: i32,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FetchSnapshotResponse {
    pub error: Option<Error>,
    pub current_leader: CurrentLeader,
    pub snapshot_id: OffsetAndEpoch,
    /// Of the whole snapshot, in bytes.
    pub size: i64,
    pub position: i64,
    /// Of the bytes in this response. 0 in an answer of the machine: the driver reads them.
    pub length: i64,
}

/// Key 80, versions 0-1: 1 may be acknowledged before it is committed (auto join).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddRaftVoterRequest {
    pub cluster_id: Option<String>,
    pub voter: ReplicaKey,
    pub listeners: Endpoints,
    /// True in version 0.
    pub ack_when_committed: bool,
}

/// Key 81, version 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RemoveRaftVoterRequest {
    pub cluster_id: Option<String>,
    pub voter: ReplicaKey,
}

/// Key 82, version 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UpdateRaftVoterRequest {
    pub cluster_id: Option<String>,
    pub current_leader_epoch: Epoch,
    pub voter: ReplicaKey,
    pub listeners: Endpoints,
    pub kraft_versions: VersionRange,
}

/// The answer to AddRaftVoter and RemoveRaftVoter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VoterChangeResponse {
    pub error: Option<Error>,
    pub error_message: Option<String>,
}
