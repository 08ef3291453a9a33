//! The states of a replica, one type each. What is stored of them is `ElectionState`.
//!
//! ```text
//! Unattached   no leader is known, or none that can be reached
//! Prospective  asks whether an election would be won (pre-vote), without a new epoch
//! Candidate    stands for election, in a new epoch
//! Leader       won
//! Follower     fetches from a leader; an observer is a follower that does not vote
//! Resigned     led in this epoch, and will not again: stays until the next one
//! ```
//! Source: QuorumState and its UnattachedState, ProspectiveState, CandidateState, LeaderState,
//! FollowerState, ResignedState.

use std::collections::BTreeSet;

use crate::leader::Leader;
use crate::units::{NodeId, OffsetAndEpoch, ReplicaKey, Time};
use crate::voters::Endpoints;
use crate::votes::Votes;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum State {
    Unattached(Unattached),
    Prospective(Prospective),
    Candidate(Candidate),
    Leader(Box<Leader>),
    Follower(Follower),
    Resigned(Resigned),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Unattached {
    /// Of no meaning for an observer.
    pub(crate) election_deadline: Time,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Prospective {
    pub(crate) votes: Votes,
    pub(crate) election_deadline: Time,
    /// Of the leader that was followed before; a lost pre-vote goes back to it.
    pub(crate) leader_endpoints: Endpoints,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Candidate {
    pub(crate) votes: Votes,
    pub(crate) election_deadline: Time,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Follower {
    pub(crate) leader_id: NodeId,
    pub(crate) leader_endpoints: Endpoints,
    /// After it a voter seeks the lead itself.
    pub(crate) fetch_deadline: Time,
    /// When to look next whether the voters in the log should be changed by this node.
    pub(crate) update_voter_deadline: Time,
    /// Whether the leader is known to be alive: who has fetched from it refuses pre-votes.
    pub(crate) has_fetched: bool,
    /// Whether this leader knows this voter's addresses (kraft.version 0 alone).
    pub(crate) has_updated_leader: bool,
    pub(crate) snapshot: Option<FetchingSnapshot>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FetchingSnapshot {
    pub(crate) id: OffsetAndEpoch,
    /// Bytes that are here.
    pub(crate) position: i64,
    /// Whether all are here, and the driver makes a file of them.
    pub(crate) is_complete: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Resigned {
    pub(crate) election_deadline: Time,
    /// Voters that have not heard of it.
    pub(crate) unacknowledged: BTreeSet<NodeId>,
    pub(crate) preferred_successors: Vec<ReplicaKey>,
}
