//! One classic group: its members, generation and state, and the steps that keep them consistent.
//!
//! Nothing here decides when to rebalance (rebalance.rs) or answers requests (join.rs, sync.rs,
//! leave.rs).
//! Promise: `invariants` holds between calls.

use super::effects::Effects;
use super::error::GroupError;
use super::limits;
use super::member::Member;
use super::memory::{MemberMemory, Share, of_member, of_pending};
use super::message::{Joined, JoinedMember, Protocol, Reply, Synced};
use super::record::{Change, member_image, member_of};
use super::subscription;
use super::timers::Wake;
use crate::coordinators::coordinator::{Now, RequestToken};
use crate::protocol::group_records::GroupMetadataValue;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const CONSUMER_PROTOCOL_TYPE: &str = "consumer";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// No members; offsets may be there.
    Empty,
    /// Waits for the members to join.
    Preparing(Preparing),
    /// Everyone has joined; waits for the leader's assignment.
    Completing(SyncPhase),
    /// Everyone can have its assignment.
    Stable(SyncPhase),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Preparing {
    pub(super) deadline_ms: u64,
    pub(super) cause: Cause,
}

/// Why the group rebalances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// It was empty: the first members are given time to arrive together.
    Initial {
        new_member_added: bool,
        delay_ms: u64,
        remaining_ms: u64,
    },
    Change,
}

/// Members that have joined and not asked for their assignment yet, and until when they may.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct SyncPhase {
    pub(super) missing: BTreeSet<String>,
    pub(super) deadline_ms: Option<u64>,
}

#[derive(Clone, Debug)]
pub(super) struct ClassicGroup {
    pub(super) id: String,
    pub(super) state: State,
    /// Wall clock of the last change of state.
    pub(super) state_since_ms: Option<i64>,
    pub(super) protocol_type: Option<String>,
    pub(super) protocol_name: Option<String>,
    pub(super) generation: i32,
    pub(super) leader: Option<String>,
    pub(super) members: BTreeMap<String, Member>,
    /// Member id of each group.instance.id.
    pub(super) static_members: BTreeMap<String, String>,
    /// Ids given out and not joined with yet, and when they lapse.
    pub(super) pending_join: BTreeMap<String, u64>,
    pub(super) awaiting_join_count: usize,
    /// What the members and the ids given out hold.
    pub(super) share: Share,
    /// How many members support each protocol.
    pub(super) protocol_counts: BTreeMap<String, usize>,
    /// `None`: not known.
    pub(super) subscribed_topics: Option<BTreeSet<String>>,
    pub(super) wake: Wake,
}

impl ClassicGroup {
    pub(super) fn new(id: &str, now: Now, memory: &MemberMemory) -> Self {
        ClassicGroup {
            id: id.to_owned(),
            state: State::Empty,
            state_since_ms: Some(now.wall_ms),
            protocol_type: None,
            protocol_name: None,
            generation: 0,
            leader: None,
            members: BTreeMap::new(),
            static_members: BTreeMap::new(),
            pending_join: BTreeMap::new(),
            awaiting_join_count: 0,
            share: memory.share(),
            protocol_counts: BTreeMap::new(),
            subscribed_topics: None,
            wake: Wake::default(),
        }
    }

    /// The group as its last record left it.
    pub(super) fn from_image(id: &str, image: GroupMetadataValue, memory: &MemberMemory) -> Self {
        let mut group = ClassicGroup::new(id, Now { wall_ms: -1, steady_ms: 0 }, memory);
        group.state_since_ms = Some(image.current_state_timestamp).filter(|since| *since != -1);
        group.protocol_type = Some(image.protocol_type).filter(|name| !name.is_empty());
        group.protocol_name = image.protocol;
        group.generation = image.generation;
        let protocol_name = group.protocol_name.clone().unwrap_or_default();
        for member in image.members {
            group.insert_member(member_of(member, &protocol_name));
        }
        if !group.members.is_empty() {
            group.state = State::Stable(SyncPhase::default());
        }
        let leader = image.leader.filter(|leader| group.members.contains_key(leader));
        group.leader = leader.or_else(|| group.members.keys().next().cloned());
        group.subscribed_topics = group.compute_subscribed_topics();
        group
    }

    pub(super) fn is_empty(&self) -> bool {
        self.state == State::Empty
    }

    pub(super) fn state_name(&self) -> &'static str {
        match self.state {
            State::Empty => "Empty",
            State::Preparing(_) => "PreparingRebalance",
            State::Completing(_) => "CompletingRebalance",
            State::Stable(_) => "Stable",
        }
    }

    pub(super) fn set_state(&mut self, state: State, now: Now) {
        self.state = state;
        self.state_since_ms = Some(now.wall_ms);
    }

    pub(super) fn uses_consumer_protocol(&self) -> bool {
        self.protocol_type.as_deref() == Some(CONSUMER_PROTOCOL_TYPE)
    }

    pub(super) fn is_leader(&self, member_id: &str) -> bool {
        self.leader.as_deref() == Some(member_id)
    }

    pub(super) fn rebalance_timeout_ms(&self) -> u64 {
        let longest = self.members.values().map(|member| member.rebalance_timeout_ms).max();
        u64::try_from(longest.unwrap_or(0)).unwrap_or(0).max(limits::REBALANCE_TIMEOUT_MS_MIN)
    }

    pub(super) fn has_all_members_joined(&self) -> bool {
        self.members.len() == self.awaiting_join_count && self.pending_join.is_empty()
    }

    /// Checks that the member exists and that no other one has taken its instance id over.
    pub(super) fn validate_member(
        &self,
        member_id: &str,
        group_instance_id: Option<&str>,
    ) -> Result<(), GroupError> {
        if let Some(instance_id) = group_instance_id {
            match self.static_members.get(instance_id) {
                None => return Err(GroupError::UnknownMember),
                Some(holder) if holder != member_id => return Err(GroupError::FencedInstance),
                Some(_) => {}
            }
        }
        if self.members.contains_key(member_id) { Ok(()) } else { Err(GroupError::UnknownMember) }
    }

    pub(super) fn supports_protocols(&self, protocol_type: &str, protocols: &[Protocol]) -> bool {
        if self.is_empty() {
            return !protocol_type.is_empty() && !protocols.is_empty();
        }
        let count = |name: &str| self.protocol_counts.get(name).copied().unwrap_or(0);
        self.protocol_type.as_deref() == Some(protocol_type)
            && protocols.iter().any(|protocol| count(&protocol.name) == self.members.len())
    }

    pub(super) fn add(&mut self, member: Member, protocol_type: &str) {
        if self.members.is_empty() {
            self.protocol_type = Some(protocol_type.to_owned());
        }
        self.remove_pending(&member.member_id);
        if self.leader.is_none() {
            self.leader = Some(member.member_id.clone());
        }
        self.insert_member(member);
    }

    fn insert_member(&mut self, member: Member) {
        if let Some(instance_id) = &member.group_instance_id {
            self.static_members.insert(instance_id.clone(), member.member_id.clone());
        }
        self.awaiting_join_count += usize::from(member.awaiting_join.is_some());
        self.count_protocols(&member.protocols);
        self.share.add(of_member(&member));
        self.members.insert(member.member_id.clone(), member);
    }

    /// Gives out an id that is to be joined with.
    pub(super) fn insert_pending(&mut self, member_id: String, lapses_at_ms: u64) {
        self.remove_pending(&member_id);
        self.share.add(of_pending(&member_id));
        self.pending_join.insert(member_id, lapses_at_ms);
    }

    /// Whether the id had been given out and not joined with.
    pub(super) fn remove_pending(&mut self, member_id: &str) -> bool {
        let was_pending = self.pending_join.remove(member_id).is_some();
        if was_pending {
            self.share.subtract(of_pending(member_id));
        }
        was_pending
    }

    /// Gives each member its assignment of those that `choose` knows.
    pub(super) fn set_assignments(&mut self, choose: &mut dyn FnMut(&str) -> Option<Bytes>) {
        for member in self.members.values_mut() {
            self.share.subtract(member.assignment.len());
            member.assignment = choose(&member.member_id).unwrap_or_default();
            self.share.add(member.assignment.len());
        }
    }

    fn count_protocols(&mut self, protocols: &[Protocol]) {
        for protocol in protocols {
            *self.protocol_counts.entry(protocol.name.clone()).or_default() += 1;
        }
    }

    fn discount_protocols(&mut self, protocols: &[Protocol]) {
        for protocol in protocols {
            if let Some(count) = self.protocol_counts.get_mut(&protocol.name) {
                *count -= 1;
                if *count == 0 {
                    self.protocol_counts.remove(&protocol.name);
                }
            }
        }
    }

    /// Takes a member out, whatever it waited for refused, and lets another one lead if it did.
    pub(super) fn remove(&mut self, member_id: &str, effects: &mut Effects) {
        self.remove_pending(member_id);
        if let State::Completing(phase) | State::Stable(phase) = &mut self.state {
            phase.missing.remove(member_id);
        }
        if let Some(member) = self.take_member(member_id) {
            refuse_waiting(&member, GroupError::UnknownMember, "", effects);
            if let Some(instance_id) = &member.group_instance_id {
                self.static_members.remove(instance_id);
            }
        }
        if self.is_leader(member_id) {
            self.leader = self.members.keys().next().cloned();
        }
    }

    fn take_member(&mut self, member_id: &str) -> Option<Member> {
        let member = self.members.remove(member_id)?;
        self.discount_protocols(&member.protocols);
        self.share.subtract(of_member(&member));
        self.awaiting_join_count -= usize::from(member.awaiting_join.is_some());
        Some(member)
    }

    /// Gives a static member a new id; the client that has the old one is fenced.
    pub(super) fn replace_static(
        &mut self,
        group_instance_id: &str,
        old_member_id: &str,
        new_member_id: &str,
        effects: &mut Effects,
    ) {
        let Some(mut member) = self.take_member(old_member_id) else { return };
        refuse_waiting(&member, GroupError::FencedInstance, old_member_id, effects);
        member.member_id = new_member_id.to_owned();
        member.awaiting_join = None;
        member.awaiting_sync = None;
        member.is_new = false;
        if let State::Completing(phase) | State::Stable(phase) = &mut self.state {
            phase.missing.remove(old_member_id);
        }
        if self.is_leader(old_member_id) {
            self.leader = Some(new_member_id.to_owned());
        }
        debug_assert_eq!(member.group_instance_id.as_deref(), Some(group_instance_id));
        self.insert_member(member);
    }

    /// Sets what a member that joins again brings, and the reply it now waits for.
    pub(super) fn update_member(
        &mut self,
        member_id: &str,
        update: MemberUpdate,
        effects: &mut Effects,
    ) {
        let Some(mut member) = self.take_member(member_id) else { return };
        if let Some(stale) = member.awaiting_join.take() {
            let error = GroupError::RebalanceInProgress;
            effects.reply(stale, Reply::JoinRefused { error, member_id: member_id.to_owned() });
        }
        member.protocols = update.protocols;
        member.rebalance_timeout_ms = update.rebalance_timeout_ms;
        member.session_timeout_ms = update.session_timeout_ms;
        member.awaiting_join = update.awaiting_join;
        self.insert_member(member);
    }

    /// Answers a member that waits for the end of the join phase.
    pub(super) fn answer_join(&mut self, member_id: &str, reply: Reply, effects: &mut Effects) {
        let Some(member) = self.members.get_mut(member_id) else { return };
        if let Some(token) = member.awaiting_join.take() {
            self.awaiting_join_count -= 1;
            effects.reply(token, reply);
        }
    }

    /// What a member learns at the end of the join phase; the leader also who the members are.
    pub(super) fn joined(&self, member_id: &str) -> Joined {
        let leads = self.is_leader(member_id);
        Joined {
            member_id: member_id.to_owned(),
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol_name: self.protocol_name.clone(),
            leader: self.leader.clone().unwrap_or_default(),
            skip_assignment: false,
            members: if leads { self.joined_members() } else { Vec::new() },
        }
    }

    fn joined_members(&self) -> Vec<JoinedMember> {
        let protocol_name = self.protocol_name.as_deref().unwrap_or_default();
        self.members
            .values()
            .map(|member| JoinedMember {
                member_id: member.member_id.clone(),
                group_instance_id: member.group_instance_id.clone(),
                metadata: member.metadata(protocol_name),
            })
            .collect()
    }

    pub(super) fn synced(&self, assignment: Bytes) -> Synced {
        Synced {
            protocol_type: self.protocol_type.clone(),
            protocol_name: self.protocol_name.clone(),
            assignment,
        }
    }

    /// The protocol that all support and most prefer; of equals, the first by name.
    pub(super) fn select_protocol(&self) -> Option<String> {
        let everyone = self.members.len();
        let candidates: BTreeSet<&str> = self
            .protocol_counts
            .iter()
            .filter(|(_, count)| **count == everyone)
            .map(|(name, _)| name.as_str())
            .collect();
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for choice in self.members.values().filter_map(|member| member.vote(&candidates)) {
            *votes.entry(choice).or_default() += 1;
        }
        let most = votes.values().copied().max()?;
        votes.into_iter().find(|(_, count)| *count == most).map(|(name, _)| name.to_owned())
    }

    pub(super) fn is_subscribed(&self, topic: &str) -> bool {
        match &self.subscribed_topics {
            Some(topics) => topics.contains(topic),
            None => self.uses_consumer_protocol(),
        }
    }

    pub(super) fn compute_subscribed_topics(&self) -> Option<BTreeSet<String>> {
        if !self.uses_consumer_protocol() {
            return None;
        }
        if self.members.is_empty() {
            return Some(BTreeSet::new());
        }
        let protocol_name = self.protocol_name.as_deref()?;
        let mut topics = BTreeSet::new();
        for member in self.members.values() {
            topics.extend(subscription::topics(&member.metadata(protocol_name))?);
        }
        Some(topics)
    }

    /// The record that says where the group stands, with the given assignment.
    pub(super) fn record(&self, assignments: &BTreeMap<String, Bytes>) -> Change {
        let protocol_name = self.protocol_name.as_deref().unwrap_or_default();
        let members = self.members.values().map(|member| {
            let assignment = assignments.get(&member.member_id).cloned().unwrap_or_default();
            member_image(member, protocol_name, assignment)
        });
        let image = GroupMetadataValue {
            protocol_type: self.protocol_type.clone().unwrap_or_default(),
            generation: self.generation,
            protocol: self.protocol_name.clone(),
            leader: self.leader.clone(),
            current_state_timestamp: self.state_since_ms.unwrap_or(-1),
            members: members.collect(),
        };
        Change::Group { group_id: self.id.clone(), image: Some(image) }
    }

    /// The record of a group that was just named for the first time.
    pub(super) fn empty_record(&self) -> Change {
        let current_state_timestamp = self.state_since_ms.unwrap_or(-1);
        let image = GroupMetadataValue {
            protocol_type: String::new(),
            generation: 0,
            protocol: None,
            leader: None,
            current_state_timestamp,
            members: Vec::new(),
        };
        Change::Group { group_id: self.id.clone(), image: Some(image) }
    }

    pub(super) fn assignments(&self) -> BTreeMap<String, Bytes> {
        self.members.iter().map(|(id, member)| (id.clone(), member.assignment.clone())).collect()
    }

    pub(super) fn invariants(&self) {
        let waiting = self.members.values().filter(|member| member.awaiting_join.is_some()).count();
        assert_eq!(waiting, self.awaiting_join_count, "count of members awaiting the join phase");
        let members: usize = self.members.values().map(of_member).sum();
        let pending: usize = self.pending_join.keys().map(|id| of_pending(id)).sum();
        assert_eq!(self.share.bytes(), members + pending, "bytes that members hold");
        assert!(
            self.static_members.values().all(|member_id| self.members.contains_key(member_id)),
            "every instance id belongs to a member"
        );
        let leader_is_member =
            self.leader.as_ref().is_none_or(|leader| self.members.contains_key(leader));
        match &self.state {
            State::Empty => assert!(self.members.is_empty(), "an empty group has no members"),
            State::Preparing(_) => assert!(leader_is_member, "the leader is a member"),
            State::Completing(phase) | State::Stable(phase) => {
                assert!(!self.members.is_empty(), "a generation has members");
                assert!(
                    phase.missing.iter().all(|member_id| self.members.contains_key(member_id)),
                    "only members can be missing"
                );
            }
        }
    }
}

/// What a member brings when it joins again.
pub(super) struct MemberUpdate {
    pub(super) protocols: Vec<Protocol>,
    pub(super) rebalance_timeout_ms: i32,
    pub(super) session_timeout_ms: i32,
    pub(super) awaiting_join: Option<RequestToken>,
}

/// Refuses what a member that goes away was waiting for.
fn refuse_waiting(member: &Member, error: GroupError, member_id: &str, effects: &mut Effects) {
    if let Some(token) = member.awaiting_join {
        effects.reply(token, Reply::JoinRefused { error, member_id: member_id.to_owned() });
    }
    if let Some(token) = member.awaiting_sync {
        effects.reply(token, Reply::Refused(error));
    }
}
