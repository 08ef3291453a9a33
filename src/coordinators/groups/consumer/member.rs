//! A member: what it said of itself, where it stands, and its deadlines.
//!
//! Source: ConsumerGroupMember, MemberState.

use super::assignment::{Owned, Partitions};
use crate::coordinators::groups::message::Protocol;
use std::collections::BTreeSet;
use std::rc::Rc;

/// A member that has just joined.
pub const EPOCH_JOINING: i32 = 0;
/// A member that has left.
pub const EPOCH_LEFT: i32 = -1;
/// A static member that is away and may come back.
pub const EPOCH_AWAY: i32 = -2;

/// How far a member has come on its way to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum MemberState {
    /// It has all that its target gave it at its epoch.
    #[default]
    Stable,
    /// It is to give up partitions and has not said yet that it did.
    UnrevokedPartitions,
    /// Partitions of its target belong to others still.
    UnreleasedPartitions,
    /// Written by a newer version.
    Unknown,
}

impl MemberState {
    pub(super) fn from_number(number: i8) -> Self {
        match number {
            0 => MemberState::Stable,
            1 => MemberState::UnrevokedPartitions,
            2 => MemberState::UnreleasedPartitions,
            _ => MemberState::Unknown,
        }
    }

    pub(super) fn number(self) -> i8 {
        match self {
            MemberState::Stable => 0,
            MemberState::UnrevokedPartitions => 1,
            MemberState::UnreleasedPartitions => 2,
            MemberState::Unknown => 127,
        }
    }
}

/// What a member said of itself (ConsumerGroupMemberMetadataValue).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MemberMetadata {
    pub(crate) instance_id: Option<String>,
    pub(crate) rack_id: Option<String>,
    pub(crate) client_id: String,
    pub(crate) client_host: String,
    /// Topics it subscribes to by name.
    pub(crate) topics: BTreeSet<String>,
    /// A pattern of topics; empty for none.
    pub(crate) regex: String,
    /// -1: it never said.
    pub(crate) rebalance_timeout_ms: i32,
    pub(crate) assignor: Option<String>,
    /// Of a member that speaks the classic protocol.
    pub(crate) classic: Option<ClassicMetadata>,
}

/// What a member of the classic protocol said when it joined.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ClassicMetadata {
    pub(crate) session_timeout_ms: i32,
    /// In its order of preference.
    pub(crate) protocols: Vec<Protocol>,
}

impl Default for MemberMetadata {
    fn default() -> Self {
        MemberMetadata {
            instance_id: None,
            rack_id: None,
            client_id: String::new(),
            client_host: String::new(),
            topics: BTreeSet::new(),
            regex: String::new(),
            rebalance_timeout_ms: -1,
            assignor: None,
            classic: None,
        }
    }
}

/// Where a member stands (ConsumerGroupCurrentMemberAssignmentValue).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Current {
    pub(crate) epoch: i32,
    /// A member that missed the answer to its last step comes with this one.
    pub(crate) previous_epoch: i32,
    pub(crate) state: MemberState,
    pub(crate) assigned: Owned,
    /// To be given up; nobody else gets them before.
    pub(crate) revoking: Owned,
}

impl Default for Current {
    fn default() -> Self {
        Current {
            epoch: EPOCH_JOINING,
            previous_epoch: EPOCH_LEFT,
            state: MemberState::Stable,
            assigned: Owned::new(),
            revoking: Owned::new(),
        }
    }
}

impl Current {
    pub(super) fn is_reconciled_to(&self, target_epoch: i32) -> bool {
        self.state == MemberState::Stable && self.epoch == target_epoch
    }

    /// The epoch in which the partition was assigned, if the member has it.
    pub(super) fn assignment_epoch(&self, topic: uuid::Uuid, partition: i32) -> Option<i32> {
        let of = |owned: &Owned| owned.get(&topic).and_then(|all| all.get(&partition)).copied();
        of(&self.assigned).or_else(|| of(&self.revoking))
    }
}

/// When a member is given up, on the steady clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Deadlines {
    pub(super) session_ms: Option<u64>,
    /// By when it must have left its epoch.
    pub(super) rebalance: Option<(u64, i32)>,
    /// By when a classic member must have joined again.
    pub(super) join_ms: Option<u64>,
    /// By when a classic member must have asked for its assignment.
    pub(super) sync_ms: Option<u64>,
}

impl Deadlines {
    pub(super) fn earliest(&self) -> Option<u64> {
        let rebalance_ms = self.rebalance.map(|(at_ms, _)| at_ms);
        [self.session_ms, rebalance_ms, self.join_ms, self.sync_ms].into_iter().flatten().min()
    }
}

/// All that the log holds of a member, and its deadlines. A member is there while its metadata or
/// where it stands is.
#[derive(Clone, Debug, Default)]
pub(super) struct Member {
    pub(super) metadata: Option<Rc<MemberMetadata>>,
    pub(super) current: Option<Rc<Current>>,
    pub(super) target: Option<Rc<Partitions>>,
    pub(super) deadlines: Deadlines,
}

thread_local! {
    static NO_METADATA: Rc<MemberMetadata> = Rc::new(MemberMetadata::default());
    static NO_CURRENT: Rc<Current> = Rc::new(Current::default());
    static NO_TARGET: Rc<Partitions> = Rc::new(Partitions::new());
}

impl Member {
    pub(super) fn is_there(&self) -> bool {
        self.metadata.is_some() || self.current.is_some()
    }

    pub(super) fn is_blank(&self) -> bool {
        !self.is_there() && self.target.is_none()
    }

    pub(super) fn metadata(&self) -> Rc<MemberMetadata> {
        self.metadata.clone().unwrap_or_else(|| NO_METADATA.with(Rc::clone))
    }

    pub(super) fn current(&self) -> Rc<Current> {
        self.current.clone().unwrap_or_else(|| NO_CURRENT.with(Rc::clone))
    }

    pub(super) fn target(&self) -> Rc<Partitions> {
        self.target.clone().unwrap_or_else(|| NO_TARGET.with(Rc::clone))
    }

    pub(super) fn is_classic(&self) -> bool {
        self.metadata.as_ref().is_some_and(|metadata| metadata.classic.is_some())
    }
}
