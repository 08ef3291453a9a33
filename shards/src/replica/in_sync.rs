//! The in-sync replicas of a partition: those that the controller has, and a change of them that
//! was proposed.
//!
//! Lives on: the partition's core; pure. Kafka's PartitionState. Promise: while a change is under
//! way there is no other. Who is to come in holds the high watermark back before the controller has
//! agreed, and who is to leave until it has: whichever of the two sets a next leader is chosen of,
//! it has all that is committed.

use smallvec::SmallVec;

use crate::units::{LeaderEpoch, NodeId};

/// A change of the in-sync replicas, for the controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub leader_epoch: LeaderEpoch,
    /// The partition epoch that it changes.
    pub partition_epoch: i32,
    /// Each with the broker epoch that this node knows of it; none for this node.
    pub in_sync: Vec<(NodeId, Option<i64>)>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct InSync {
    committed: SmallVec<[NodeId; 4]>,
    change: Option<Change>,
}

#[derive(Debug)]
enum Change {
    Add(NodeId),
    ShrinkTo(Vec<NodeId>),
}

impl InSync {
    pub(super) fn new(committed: Vec<NodeId>) -> InSync {
        InSync { committed: SmallVec::from_vec(committed), change: None }
    }

    /// Those that the controller has.
    pub(super) fn committed(&self) -> &[NodeId] {
        &self.committed
    }

    /// Whether a replica is in sync, or about to be.
    pub(super) fn maximal_has(&self, node: NodeId) -> bool {
        self.committed.contains(&node) || matches!(self.change, Some(Change::Add(it)) if it == node)
    }

    /// Whether the change is to be proposed: it is one, and none is under way.
    pub(super) fn propose_to_add(&mut self, node: NodeId) -> bool {
        if self.change.is_some() || self.committed.contains(&node) {
            return false;
        }
        self.change = Some(Change::Add(node));
        true
    }

    pub(super) fn propose_to_shrink(&mut self, to: Vec<NodeId>) -> bool {
        if self.change.is_some() {
            return false;
        }
        self.change = Some(Change::ShrinkTo(to));
        true
    }

    /// The change comes to nothing.
    pub(super) fn give_up(&mut self) {
        self.change = None;
    }

    /// The set that is proposed.
    pub(super) fn proposed(&self) -> Option<Vec<NodeId>> {
        match self.change.as_ref()? {
            Change::Add(node) => {
                let all = self.committed.iter().copied().chain([*node]);
                Some(all.collect())
            }
            Change::ShrinkTo(to) => Some(to.clone()),
        }
    }
}
