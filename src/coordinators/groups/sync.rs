//! SyncGroup: members ask for their assignment, the leader brings it.

use super::effects::{Context, Effects, Then};
use super::error::GroupError;
use super::group::{ClassicGroup, State, SyncPhase};
use super::memory::Purpose;
use super::message::{Reply, SyncGroup};
use super::partition::{GroupPartition, classic_in};
use crate::coordinators::coordinator::{Now, RequestToken};
use bytes::Bytes;
use shards::mutation::Mutation;
use std::collections::BTreeMap;

impl GroupPartition {
    pub(super) fn sync(
        &mut self,
        token: RequestToken,
        request: SyncGroup,
        now: Now,
        effects: &mut Effects,
    ) {
        if request.group_id.is_empty() {
            return effects.reply(token, Reply::Refused(GroupError::InvalidGroupId));
        }
        if self.is_consumer_group(&request.group_id) {
            return self.sync_consumer_group(token, request, now, effects);
        }
        let Some(group) = classic_in(&mut self.groups, &request.group_id) else {
            return effects.reply(token, Reply::Refused(GroupError::UnknownMember));
        };
        let mut context = Context { config: &self.config, now, effects };
        group.sync(token, request, &mut context);
        self.timers.note(&group.id, &mut group.wake);
    }
}

impl ClassicGroup {
    fn sync(&mut self, token: RequestToken, request: SyncGroup, context: &mut Context<'_>) {
        if let Err(error) = self.validate_sync(&request) {
            return context.reply(token, Reply::Refused(error));
        }
        if self.is_leader(&request.member_id) && !self.has_memory_for(&request.assignments) {
            // Clients know no error of this request for it, and try again after this one.
            return context.reply(token, Reply::Refused(GroupError::RebalanceInProgress));
        }
        match &mut self.state {
            State::Empty => context.reply(token, Reply::Refused(GroupError::UnknownMember)),
            State::Preparing(_) => {
                context.reply(token, Reply::Refused(GroupError::RebalanceInProgress));
            }
            State::Completing(phase) => {
                phase.has_synced(&request.member_id);
                self.await_sync(token, &request.member_id, context);
                if self.is_leader(&request.member_id) {
                    self.plan_assignment(request.assignments, context);
                }
            }
            State::Stable(phase) => {
                phase.has_synced(&request.member_id);
                let member = self.members.get(&request.member_id);
                let assignment = member.map(|member| member.assignment.clone()).unwrap_or_default();
                context.reply(token, Reply::Sync(self.synced(assignment)));
            }
        }
    }

    fn validate_sync(&self, request: &SyncGroup) -> Result<(), GroupError> {
        if self.is_empty() {
            return Err(GroupError::UnknownMember);
        }
        self.validate_member(&request.member_id, request.group_instance_id.as_deref())?;
        if request.generation != self.generation {
            return Err(GroupError::IllegalGeneration);
        }
        let differs = |asked: &Option<String>, ours: &Option<String>| {
            asked.is_some() && ours.is_some() && asked != ours
        };
        if differs(&request.protocol_type, &self.protocol_type)
            || differs(&request.protocol_name, &self.protocol_name)
        {
            return Err(GroupError::InconsistentProtocol);
        }
        Ok(())
    }

    /// Whether there is memory for what the leader assigns. It is looked at in the one phase in
    /// which it counts.
    fn has_memory_for(&self, assignments: &[(String, Bytes)]) -> bool {
        if !matches!(self.state, State::Completing(_)) {
            return true;
        }
        let brought: usize = assignments.iter().map(|(_, assignment)| assignment.len()).sum();
        let held: usize = self.members.values().map(|member| member.assignment.len()).sum();
        self.share.memory().has_room(brought.saturating_sub(held), Purpose::ForKnown)
    }

    fn await_sync(&mut self, token: RequestToken, member_id: &str, context: &mut Context<'_>) {
        let Some(member) = self.members.get_mut(member_id) else { return };
        if let Some(stale) = member.awaiting_sync.replace(token) {
            context.reply(stale, Reply::Refused(GroupError::RebalanceInProgress));
        }
    }

    /// Plans the record of this generation; members named by nobody get an empty assignment.
    fn plan_assignment(&mut self, assignments: Vec<(String, Bytes)>, context: &mut Context<'_>) {
        let assignments: BTreeMap<String, Bytes> = assignments
            .into_iter()
            .filter(|(member_id, _)| self.members.contains_key(member_id))
            .collect();
        let record = self.record(&assignments);
        let (group_id, generation) = (self.id.clone(), self.generation);
        context.effects.plan(vec![record], Then::Assign { group_id, generation, assignments });
    }

    /// The record with the leader's assignment is durable: everyone can have theirs.
    pub(super) fn assign(
        &mut self,
        generation: i32,
        mut assignments: BTreeMap<String, Bytes>,
        context: &mut Context<'_>,
    ) {
        let State::Completing(phase) = &mut self.state else { return };
        if generation != self.generation {
            return;
        }
        let phase = std::mem::take(phase);
        self.set_assignments(&mut |member_id| match Mutation::AssignmentShared.is_planted() {
            true => assignments.values().next().cloned(),
            false => assignments.remove(member_id),
        });
        self.answer_syncs(&mut |group, assignment| Reply::Sync(group.synced(assignment)), context);
        self.set_state(State::Stable(phase), context.now);
    }

    /// The record was not written: those who wait are refused and must join again.
    pub(super) fn assignment_failed(
        &mut self,
        generation: i32,
        error: GroupError,
        context: &mut Context<'_>,
    ) {
        if matches!(self.state, State::Completing(_)) && generation == self.generation {
            self.withdraw_assignments(error, context);
            self.prepare_rebalance(context);
        }
    }
}

impl SyncPhase {
    fn has_synced(&mut self, member_id: &str) {
        self.missing.remove(member_id);
        if self.missing.is_empty() {
            self.deadline_ms = None;
        }
    }
}
