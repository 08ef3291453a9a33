//! LeaveGroup: members go, by their id or (static ones) by their instance id.

use super::effects::{Context, Effects};
use super::error::GroupError;
use super::group::{ClassicGroup, State};
use super::message::{LeaveGroup, LeavingMember, Reply};
use super::partition::{GroupPartition, classic_in};
use crate::coordinators::coordinator::{Now, RequestToken};

impl GroupPartition {
    pub(super) fn leave(
        &mut self,
        token: RequestToken,
        request: LeaveGroup,
        now: Now,
        effects: &mut Effects,
    ) {
        if request.group_id.is_empty() {
            return effects.reply(token, Reply::Refused(GroupError::InvalidGroupId));
        }
        if self.is_consumer_group(&request.group_id) {
            return self.leave_consumer_group(token, &request, now, effects);
        }
        let Some(group) = classic_in(&mut self.groups, &request.group_id) else {
            let unknown = request.members.iter().map(|_| Err(GroupError::UnknownMember));
            return effects.reply(token, Reply::Leave(unknown.collect()));
        };
        let mut context = Context { config: &self.config, now, effects };
        let outcomes = group.leave(&request.members, &mut context);
        self.timers.note(&group.id, &mut group.wake);
        effects.reply_after_plans(token, Reply::Leave(outcomes));
    }
}

impl ClassicGroup {
    fn leave(
        &mut self,
        members: &[LeavingMember],
        context: &mut Context<'_>,
    ) -> Vec<Result<(), GroupError>> {
        let outcomes: Vec<_> =
            members.iter().map(|member| self.leave_one(member, context)).collect();
        if outcomes.iter().any(Result::is_ok) {
            match self.state {
                State::Completing(_) | State::Stable(_) => self.prepare_rebalance(context),
                State::Preparing(_) => self.maybe_complete_join(context),
                State::Empty => {}
            }
        }
        outcomes
    }

    fn leave_one(
        &mut self,
        leaving: &LeavingMember,
        context: &mut Context<'_>,
    ) -> Result<(), GroupError> {
        let instance_id = leaving.group_instance_id.as_deref();
        let member_id = if leaving.member_id.is_empty() {
            instance_id
                .and_then(|instance_id| self.static_members.get(instance_id))
                .ok_or(GroupError::UnknownMember)?
                .clone()
        } else if self.pending_join.contains_key(&leaving.member_id) {
            leaving.member_id.clone()
        } else {
            self.validate_member(&leaving.member_id, instance_id)?;
            leaving.member_id.clone()
        };
        self.remove(&member_id, context.effects);
        Ok(())
    }
}
