//! The kinds of groups: each id is of one kind at a time, and has offsets whatever its kind.

use super::consumer::ConsumerGroup;
use super::group::ClassicGroup;
use super::timers::Wake;

#[derive(Debug)]
pub(super) enum Group {
    /// The clients assign (JoinGroup, SyncGroup); or nobody joins and there are offsets only.
    Classic(ClassicGroup),
    /// The coordinator assigns (KIP-848).
    Consumer(ConsumerGroup),
}

impl Group {
    pub(super) fn id(&self) -> &str {
        match self {
            Group::Classic(group) => &group.id,
            Group::Consumer(group) => &group.id,
        }
    }

    /// As ListGroups has it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Group::Classic(_) => "classic",
            Group::Consumer(_) => "consumer",
        }
    }

    pub(super) fn protocol_type(&self) -> &str {
        match self {
            Group::Classic(group) => group.protocol_type.as_deref().unwrap_or_default(),
            Group::Consumer(_) => "consumer",
        }
    }

    pub(super) fn state_name(&self) -> &'static str {
        match self {
            Group::Classic(group) => group.state_name(),
            Group::Consumer(group) => group.state().name(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Group::Classic(group) => group.is_empty(),
            Group::Consumer(group) => group.is_empty(),
        }
    }

    pub(super) fn members_count(&self) -> usize {
        match self {
            Group::Classic(group) => group.members.len(),
            Group::Consumer(group) => group.members_count(),
        }
    }

    /// Whether somebody waits to join, or may.
    pub(super) fn is_unused(&self) -> bool {
        match self {
            Group::Classic(group) => group.is_empty() && group.pending_join.is_empty(),
            Group::Consumer(group) => group.is_empty(),
        }
    }

    pub(super) fn is_subscribed(&self, topic: &str) -> bool {
        match self {
            Group::Classic(group) => group.is_subscribed(topic),
            Group::Consumer(group) => group.is_subscribed(topic),
        }
    }

    pub(super) fn wake_mut(&mut self) -> &mut Wake {
        match self {
            Group::Classic(group) => &mut group.wake,
            Group::Consumer(group) => &mut group.wake,
        }
    }

    pub(super) fn as_classic(&self) -> Option<&ClassicGroup> {
        match self {
            Group::Classic(group) => Some(group),
            Group::Consumer(_) => None,
        }
    }

    pub(super) fn as_classic_mut(&mut self) -> Option<&mut ClassicGroup> {
        match self {
            Group::Classic(group) => Some(group),
            Group::Consumer(_) => None,
        }
    }

    pub(super) fn as_consumer(&self) -> Option<&ConsumerGroup> {
        match self {
            Group::Consumer(group) => Some(group),
            Group::Classic(_) => None,
        }
    }

    pub(super) fn invariants(&self) {
        match self {
            Group::Classic(group) => group.invariants(),
            Group::Consumer(group) => group.invariants(),
        }
    }
}
