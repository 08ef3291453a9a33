//! JoinGroup: new members, members that come again, and static members that take their place back.

use super::consumer_steps::Draft;
use super::effects::{Context, Effects, StaticReturn, Then};
use super::error::GroupError;
use super::group::{Cause, ClassicGroup, MemberUpdate, Preparing, State};
use super::kinds::Group;
use super::limits;
use super::member::{Member, without_repeats};
use super::memory::{Purpose, of_join, of_protocols};
use super::message::{JoinGroup, Joined, Reply};
use super::partition::{GroupPartition, classic_in};
use crate::coordinators::coordinator::{Now, RequestToken};
use bytes::Bytes;

impl GroupPartition {
    pub(super) fn join(
        &mut self,
        token: RequestToken,
        mut request: JoinGroup,
        now: Now,
        effects: &mut Effects,
    ) {
        request.protocols = without_repeats(request.protocols);
        if let Err(error) = self.check_join(&request) {
            let member_id = request.member_id;
            return effects.reply(token, Reply::JoinRefused { error, member_id });
        }
        if self.is_consumer_group(&request.group_id) {
            return self.join_consumer_group(token, &request, now, effects);
        }
        let mut draft = Draft::default();
        if let Some(Group::Consumer(_)) = self.groups.get(&request.group_id) {
            self.delete_consumer_group(&request.group_id, now, &mut draft);
        }
        self.keep(draft, effects);
        let is_new_group = !self.groups.contains_key(&request.group_id);
        let group_id = request.group_id.clone();
        if is_new_group {
            let group = ClassicGroup::new(&group_id, now, &self.memory);
            self.groups.insert(group_id.clone(), Group::Classic(group));
        }
        let Some(group) = classic_in(&mut self.groups, &group_id) else { return };
        let plans_before = effects.plans.len();
        group.join(token, request, &mut Context { config: &self.config, now, effects });
        if is_new_group && effects.plans.len() == plans_before {
            let then = Then::KeepGroup { group_id: group_id.clone() };
            effects.plan(vec![group.empty_record()], then);
        }
        self.timers.note(&group_id, &mut group.wake);
    }

    fn check_join(&self, request: &JoinGroup) -> Result<(), GroupError> {
        let config = &self.config;
        if request.group_id.is_empty() {
            return Err(GroupError::InvalidGroupId);
        }
        if !(config.session_timeout_ms_min..=config.session_timeout_ms_max)
            .contains(&request.session_timeout_ms)
        {
            return Err(GroupError::InvalidSessionTimeout);
        }
        match self.groups.get(&request.group_id) {
            Some(Group::Classic(_)) => {}
            Some(Group::Consumer(group)) if !group.is_empty() => return Ok(()),
            _ if !request.member_id.is_empty() => return Err(GroupError::UnknownMember),
            None if self.groups.len() >= limits::GROUPS_MAX => {
                return Err(GroupError::LimitReached);
            }
            Some(Group::Consumer(_)) | None => {}
        }
        self.check_memory(request)
    }

    /// A new member needs room for what it brings, a known one for what it brings more than before.
    fn check_memory(&self, request: &JoinGroup) -> Result<(), GroupError> {
        let group = self.groups.get(&request.group_id).and_then(Group::as_classic);
        let has_room = match group.and_then(|group| group.known_member(request)) {
            Some(known) => {
                let held = of_protocols(&known.protocols);
                let more = of_protocols(&request.protocols).saturating_sub(held);
                self.memory.has_room(more, Purpose::ForKnown)
            }
            None => {
                let bytes = of_join(request, &new_member_id(request));
                self.memory.has_room(bytes, Purpose::ForNew)
            }
        };
        if has_room { Ok(()) } else { Err(GroupError::MemoryFull) }
    }
}

/// What to do with a member that is in the group and joins again.
enum Choice {
    /// It waits for the end of the join phase; a rebalance starts if none is under way.
    Rebalance,
    /// It only missed the answer: it gets the current generation again.
    Repeat,
    Unknown,
}

impl ClassicGroup {
    fn join(&mut self, token: RequestToken, request: JoinGroup, context: &mut Context<'_>) {
        if !self.has_room_for(&request.member_id, context.config.size_max) {
            self.remove(&request.member_id, context.effects);
            return refuse(token, GroupError::GroupFull, "", context);
        }
        if !self.supports_protocols(&request.protocol_type, &request.protocols) {
            let error = GroupError::InconsistentProtocol;
            return refuse(token, error, &request.member_id, context);
        }
        if request.member_id.is_empty() {
            self.join_new(token, request, context);
        } else if self.pending_join.contains_key(&request.member_id) {
            if request.group_instance_id.is_some() {
                let error = GroupError::InstanceIdOfPendingMember;
                return refuse(token, error, &request.member_id, context);
            }
            let member_id = request.member_id.clone();
            self.add_then_rebalance(token, member_id, request, context);
        } else {
            self.join_again(token, request, context);
        }
    }

    /// The member that joins again: by its id, or a static one without.
    fn known_member(&self, request: &JoinGroup) -> Option<&Member> {
        let instance_id = request.group_instance_id.as_ref();
        let member_id = match request.member_id.is_empty() {
            true => self.static_members.get(instance_id?)?,
            false => &request.member_id,
        };
        self.members.get(member_id)
    }

    fn has_room_for(&self, member_id: &str, size_max: usize) -> bool {
        let member = self.members.get(member_id);
        match self.state {
            State::Empty => true,
            State::Preparing(_) => {
                member.is_some_and(|member| member.awaiting_join.is_some())
                    || self.awaiting_join_count < size_max
            }
            State::Completing(_) | State::Stable(_) => {
                member.is_some() || self.members.len() < size_max
            }
        }
    }

    fn join_new(&mut self, token: RequestToken, request: JoinGroup, context: &mut Context<'_>) {
        let member_id = new_member_id(&request);
        let holder = request
            .group_instance_id
            .as_ref()
            .and_then(|instance_id| self.static_members.get(instance_id))
            .cloned();
        if let Some(old_member_id) = holder {
            self.return_static(token, &old_member_id, &member_id, request, context);
        } else if request.group_instance_id.is_none() && request.member_id_required {
            self.hand_out_member_id(token, member_id, &request, context);
        } else {
            self.add_then_rebalance(token, member_id, request, context);
        }
    }

    fn hand_out_member_id(
        &mut self,
        token: RequestToken,
        member_id: String,
        request: &JoinGroup,
        context: &mut Context<'_>,
    ) {
        if self.pending_join.len() >= limits::PENDING_JOIN_MAX {
            return refuse(token, GroupError::LimitReached, "", context);
        }
        let session_ms = u64::try_from(request.session_timeout_ms).unwrap_or(0);
        let lapses_at_ms = context.now.steady_ms + session_ms;
        self.wake_by(lapses_at_ms);
        self.insert_pending(member_id.clone(), lapses_at_ms);
        refuse(token, GroupError::MemberIdRequired, &member_id, context);
    }

    fn add_then_rebalance(
        &mut self,
        token: RequestToken,
        member_id: String,
        request: JoinGroup,
        context: &mut Context<'_>,
    ) {
        let expires_at_ms = context.now.steady_ms + context.config.new_member_timeout_ms;
        self.wake_by(expires_at_ms);
        if let State::Preparing(Preparing {
            cause: Cause::Initial { new_member_added, .. }, ..
        }) = &mut self.state
        {
            *new_member_added = true;
        }
        let member = Member {
            member_id,
            group_instance_id: request.group_instance_id,
            client_id: request.client_id,
            client_host: request.client_host,
            rebalance_timeout_ms: request.rebalance_timeout_ms,
            session_timeout_ms: request.session_timeout_ms,
            protocols: request.protocols,
            assignment: Bytes::new(),
            awaiting_join: Some(token),
            awaiting_sync: None,
            is_new: true,
            expires_at_ms: Some(expires_at_ms),
        };
        self.add(member, &request.protocol_type);
        self.rebalance_or_complete(context);
    }

    fn join_again(&mut self, token: RequestToken, request: JoinGroup, context: &mut Context<'_>) {
        let instance_id = request.group_instance_id.as_deref();
        if let Err(error) = self.validate_member(&request.member_id, instance_id) {
            return refuse(token, error, &request.member_id, context);
        }
        match self.choose_for_returning(&request) {
            Choice::Rebalance => {
                let update = MemberUpdate {
                    protocols: request.protocols,
                    rebalance_timeout_ms: request.rebalance_timeout_ms,
                    session_timeout_ms: request.session_timeout_ms,
                    awaiting_join: Some(token),
                };
                self.update_member(&request.member_id, update, context.effects);
                self.rebalance_or_complete(context);
            }
            Choice::Repeat => {
                let joined = self.joined(&request.member_id);
                context.reply(token, Reply::Join(joined));
            }
            Choice::Unknown => {
                refuse(token, GroupError::UnknownMember, &request.member_id, context);
            }
        }
    }

    fn choose_for_returning(&self, request: &JoinGroup) -> Choice {
        let member = self.members.get(&request.member_id);
        let changed = member.is_none_or(|member| member.protocols != request.protocols);
        match self.state {
            State::Preparing(_) => Choice::Rebalance,
            State::Completing(_) if changed => Choice::Rebalance,
            State::Stable(_) if changed || self.is_leader(&request.member_id) => Choice::Rebalance,
            State::Completing(_) | State::Stable(_) => Choice::Repeat,
            State::Empty => Choice::Unknown,
        }
    }

    /// A static member is back under a new member id. While the group is stable and its protocol
    /// stays the same, nobody needs to rebalance for it.
    fn return_static(
        &mut self,
        token: RequestToken,
        old_member_id: &str,
        new_member_id: &str,
        request: JoinGroup,
        context: &mut Context<'_>,
    ) {
        let Some(old) = self.members.get(old_member_id).cloned() else { return };
        let group_instance_id = old.group_instance_id.clone().unwrap_or_default();
        let old_leader = self.leader.clone();
        self.replace_static(&group_instance_id, old_member_id, new_member_id, context.effects);
        self.renew_session(new_member_id, context.now);
        let update = MemberUpdate {
            protocols: request.protocols,
            rebalance_timeout_ms: request.rebalance_timeout_ms,
            session_timeout_ms: request.session_timeout_ms,
            awaiting_join: Some(token),
        };
        self.update_member(new_member_id, update, context.effects);
        match self.state {
            State::Stable(_) if self.select_protocol() == self.protocol_name => {
                let record = self.record(&self.assignments());
                let then = Then::AdmitStatic(Box::new(StaticReturn {
                    group_id: self.id.clone(),
                    group_instance_id,
                    old_member_id: old_member_id.to_owned(),
                    new_member_id: new_member_id.to_owned(),
                    old_leader,
                    can_skip_assignment: request.can_skip_assignment,
                    old_protocols: old.protocols,
                    old_rebalance_timeout_ms: old.rebalance_timeout_ms,
                    old_session_timeout_ms: old.session_timeout_ms,
                }));
                context.effects.plan(vec![record], then);
            }
            State::Stable(_) | State::Completing(_) => self.prepare_rebalance(context),
            State::Preparing(_) | State::Empty => self.maybe_complete_join(context),
        }
    }

    /// The record of a static member's return is durable.
    pub(super) fn admit_static(&mut self, back: &StaticReturn, context: &mut Context<'_>) {
        let joined = if back.can_skip_assignment {
            let joined = self.joined(&back.new_member_id);
            Joined { skip_assignment: self.is_leader(&back.new_member_id), ..joined }
        } else {
            let leader = back.old_leader.clone().unwrap_or_default();
            Joined { leader, members: Vec::new(), ..self.joined(&back.new_member_id) }
        };
        self.answer_join(&back.new_member_id, Reply::Join(joined), context.effects);
    }

    /// The record of a static member's return was not written: the old id is valid again.
    pub(super) fn revert_static(
        &mut self,
        back: StaticReturn,
        error: GroupError,
        context: &mut Context<'_>,
    ) {
        let holder = self.static_members.get(&back.group_instance_id);
        if holder != Some(&back.new_member_id) {
            return;
        }
        let refused = Reply::JoinRefused { error, member_id: String::new() };
        self.answer_join(&back.new_member_id, refused, context.effects);
        let (old_id, new_id) = (&back.old_member_id, &back.new_member_id);
        self.replace_static(&back.group_instance_id, new_id, old_id, context.effects);
        let update = MemberUpdate {
            protocols: back.old_protocols,
            rebalance_timeout_ms: back.old_rebalance_timeout_ms,
            session_timeout_ms: back.old_session_timeout_ms,
            awaiting_join: None,
        };
        self.update_member(old_id, update, context.effects);
        self.renew_session(old_id, context.now);
    }
}

/// Members are known by ids that must fit into strings of the protocol.
pub(super) fn new_member_id(request: &JoinGroup) -> String {
    let name = request.group_instance_id.as_ref().unwrap_or(&request.client_id);
    let name = &name[..name.floor_char_boundary(limits::MEMBER_NAME_BYTES_MAX)];
    format!("{name}-{}", request.fresh_uuid)
}

fn refuse(token: RequestToken, error: GroupError, member_id: &str, context: &mut Context<'_>) {
    context.reply(token, Reply::JoinRefused { error, member_id: member_id.to_owned() });
}
