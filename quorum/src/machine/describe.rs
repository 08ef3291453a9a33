//! What DescribeQuorum and the metrics say of the quorum.
//!
//! Source: KafkaRaftClient.handleDescribeQuorumRequest.

use super::Machine;
use crate::states::State;
use crate::units::{Epoch, NodeId, Offset, ReplicaKey, Time};

/// The state of a replica, as Kafka's metric `current-state` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    Unattached,
    Prospective,
    Candidate,
    Leader,
    Follower,
    Observer,
    Resigned,
}

/// The quorum, as its leader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuorumDescription {
    pub leader_id: NodeId,
    pub leader_epoch: Epoch,
    pub high_watermark: Option<Offset>,
    pub voters: Vec<ReplicaDescription>,
    pub observers: Vec<ReplicaDescription>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplicaDescription {
    pub replica: ReplicaKey,
    pub log_end: Option<Offset>,
    /// Of the leader itself: now.
    pub last_fetch: Option<Time>,
    pub last_caught_up: Option<Time>,
}

impl Machine {
    pub fn role(&self) -> Role {
        match &self.state {
            State::Unattached(_) => Role::Unattached,
            State::Prospective(_) => Role::Prospective,
            State::Candidate(_) => Role::Candidate,
            State::Leader(_) => Role::Leader,
            State::Follower(_) if self.is_voter() => Role::Follower,
            State::Follower(_) => Role::Observer,
            State::Resigned(_) => Role::Resigned,
        }
    }

    /// Whom this node takes for the leader, committed or not.
    pub fn leader_id(&self) -> Option<NodeId> {
        self.election.leader_id
    }

    /// None unless this node leads (NOT_LEADER_OR_FOLLOWER).
    pub fn describe(&mut self, now: Time) -> Option<QuorumDescription> {
        let end = self.log.end();
        let State::Leader(leader) = &mut self.state else { return None };
        leader.forget_silent_observers(now);
        let local = leader.local;
        let describe = |replica: &crate::leader::Replica| {
            let (replica, is_local) = (replica, replica.key.names(&local));
            ReplicaDescription {
                replica: replica.key,
                log_end: if is_local { Some(end) } else { replica.end },
                last_fetch: if is_local { Some(now) } else { replica.last_fetch },
                last_caught_up: if is_local { Some(now) } else { replica.last_caught_up },
            }
        };
        Some(QuorumDescription {
            leader_id: local.id,
            leader_epoch: self.election.leader_epoch,
            high_watermark: leader.high_watermark(),
            voters: leader.voters().map(describe).collect(),
            observers: leader.observers().map(describe).collect(),
        })
    }
}
