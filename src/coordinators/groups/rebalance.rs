//! The rebalance: when it starts, when the join phase ends, and what deadlines do.

use super::effects::{Context, Then};
use super::error::GroupError;
use super::group::{Cause, ClassicGroup, Preparing, State, SyncPhase};
use super::limits;
use super::message::Reply;
use crate::coordinators::coordinator::Now;
use bytes::Bytes;
use shards::mutation::Mutation;
use std::collections::BTreeMap;

/// A deadline of a group that has passed.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Session(String),
    PendingJoin(String),
    Join,
    Sync,
}

impl ClassicGroup {
    /// Starts a rebalance if none is in its join phase; ends the join phase if everyone is there.
    pub(super) fn rebalance_or_complete(&mut self, context: &mut Context<'_>) {
        match self.state {
            State::Preparing(_) => self.maybe_complete_join(context),
            State::Empty | State::Completing(_) | State::Stable(_) => {
                self.prepare_rebalance(context);
            }
        }
    }

    /// Ends the join phase if everyone is there, except that an initial rebalance waits for its
    /// delay.
    pub(super) fn maybe_complete_join(&mut self, context: &mut Context<'_>) {
        if let State::Preparing(Preparing { cause: Cause::Change, .. }) = self.state {
            self.complete_join_if_all_joined(context);
        }
    }

    fn complete_join_if_all_joined(&mut self, context: &mut Context<'_>) {
        if matches!(self.state, State::Preparing(_)) && self.has_all_members_joined() {
            self.complete_join(context);
        }
    }

    pub(super) fn prepare_rebalance(&mut self, context: &mut Context<'_>) {
        if let State::Completing(_) = self.state {
            self.withdraw_assignments(GroupError::RebalanceInProgress, context);
        }
        let now_ms = context.now.steady_ms;
        let timeout_ms = self.rebalance_timeout_ms();
        let preparing = if self.is_empty() {
            let delay_ms = context.config.initial_rebalance_delay_ms;
            let remaining_ms = timeout_ms.saturating_sub(delay_ms);
            let cause = Cause::Initial { new_member_added: false, delay_ms, remaining_ms };
            Preparing { deadline_ms: now_ms + delay_ms, cause }
        } else {
            Preparing { deadline_ms: now_ms + timeout_ms, cause: Cause::Change }
        };
        self.wake_by(preparing.deadline_ms);
        self.set_state(State::Preparing(preparing), context.now);
        self.maybe_complete_join(context);
    }

    /// Empties the assignments and refuses those who wait for theirs.
    pub(super) fn withdraw_assignments(&mut self, error: GroupError, context: &mut Context<'_>) {
        self.set_assignments(&mut |_| None);
        self.answer_syncs(&mut |_, _| Reply::Refused(error), context);
    }

    /// Answers all that wait for their assignment; their sessions start anew.
    pub(super) fn answer_syncs(
        &mut self,
        reply: &mut dyn FnMut(&ClassicGroup, Bytes) -> Reply,
        context: &mut Context<'_>,
    ) {
        let waiting: Vec<_> = self
            .members
            .values_mut()
            .filter_map(|member| {
                let token = member.awaiting_sync.take()?;
                Some((member.member_id.clone(), token, member.assignment.clone()))
            })
            .collect();
        for (member_id, token, assignment) in waiting {
            context.reply(token, reply(self, assignment));
            self.renew_session(&member_id, context.now);
        }
    }

    /// Ends the join phase: the next generation, or an empty group, or another wait if nobody came.
    fn complete_join(&mut self, context: &mut Context<'_>) {
        let absent =
            |member: &&super::member::Member| member.awaiting_join.is_none() && !member.is_static();
        let absent: Vec<String> =
            self.members.values().filter(absent).map(|member| member.member_id.clone()).collect();
        for member_id in absent {
            self.remove(&member_id, context.effects);
        }
        if self.members.is_empty() {
            self.become_empty(context);
        } else if self.elect_joined_leader() {
            self.begin_generation(context);
        } else {
            let wait_ms = self.rebalance_timeout_ms().max(limits::ABSENT_WAIT_MS_MIN);
            let deadline_ms = context.now.steady_ms + wait_ms;
            self.wake_by(deadline_ms);
            self.state = State::Preparing(Preparing { deadline_ms, cause: Cause::Change });
        }
    }

    /// Makes sure that the leader is one of those who have joined; false if nobody has.
    fn elect_joined_leader(&mut self) -> bool {
        let joined = |member_id: &String| {
            self.members.get(member_id).is_some_and(|member| member.awaiting_join.is_some())
        };
        if self.leader.as_ref().is_some_and(joined) {
            return true;
        }
        let first_joined = self.members.keys().find(|member_id| joined(member_id)).cloned();
        match first_joined {
            Some(member_id) => {
                self.leader = Some(member_id);
                true
            }
            None => false,
        }
    }

    fn become_empty(&mut self, context: &mut Context<'_>) {
        self.advance_generation();
        self.protocol_name = None;
        self.subscribed_topics = self.compute_subscribed_topics();
        self.set_state(State::Empty, context.now);
        let record = self.record(&BTreeMap::new());
        context.effects.plan(vec![record], Then::Nothing);
    }

    fn begin_generation(&mut self, context: &mut Context<'_>) {
        self.advance_generation();
        self.protocol_name = self.select_protocol();
        self.subscribed_topics = self.compute_subscribed_topics();
        let deadline_ms = context.now.steady_ms + self.rebalance_timeout_ms();
        self.wake_by(deadline_ms);
        let missing = self.members.keys().cloned().collect();
        let phase = SyncPhase { missing, deadline_ms: Some(deadline_ms) };
        self.set_state(State::Completing(phase), context.now);

        let member_ids: Vec<String> = self.members.keys().cloned().collect();
        for member_id in member_ids {
            let joined = self.joined(&member_id);
            self.answer_join(&member_id, Reply::Join(joined), context.effects);
            self.renew_session(&member_id, context.now);
            if let Some(member) = self.members.get_mut(&member_id) {
                member.is_new = false;
            }
        }
    }

    fn advance_generation(&mut self) {
        self.generation = self.generation.checked_add(1).unwrap_or(0);
    }

    /// The member has a whole session from now.
    pub(super) fn renew_session(&mut self, member_id: &str, now: Now) {
        let Some(member) = self.members.get_mut(member_id) else { return };
        let session_ms = u64::try_from(member.session_timeout_ms).unwrap_or(0);
        let expires_at_ms = now.steady_ms + session_ms;
        member.expires_at_ms = Some(expires_at_ms);
        self.wake_by(expires_at_ms);
    }

    pub(super) fn wake_by(&mut self, at_ms: u64) {
        self.wake.by(at_ms);
    }

    /// Carries out every deadline that has passed, in their order, and asks to be woken for the
    /// next.
    pub(super) fn on_time(&mut self, context: &mut Context<'_>) {
        let now_ms = context.now.steady_ms;
        let mut due: Vec<(u64, Due)> = self.deadlines().collect();
        due.retain(|(at_ms, _)| *at_ms <= now_ms);
        due.sort();
        for (_, due) in due {
            self.on_deadline(due, context);
        }
        self.wake_for_next();
    }

    /// Asks to be woken for the earliest deadline that there is.
    pub(super) fn wake_for_next(&mut self) {
        if let Some(next_ms) = self.deadlines().map(|(at_ms, _)| at_ms).min() {
            self.wake_by(next_ms);
        }
    }

    fn deadlines(&self) -> impl Iterator<Item = (u64, Due)> {
        let (join_ms, sync_ms) = match &self.state {
            State::Empty => (None, None),
            State::Preparing(preparing) => (Some(preparing.deadline_ms), None),
            State::Completing(phase) | State::Stable(phase) => (None, phase.deadline_ms),
        };
        let sessions = self.members.values().filter_map(|member| {
            Some((member.expires_at_ms?, Due::Session(member.member_id.clone())))
        });
        let pending =
            self.pending_join.iter().map(|(id, at_ms)| (*at_ms, Due::PendingJoin(id.clone())));
        let join = join_ms.into_iter().map(|at_ms| (at_ms, Due::Join));
        let sync = sync_ms.into_iter().map(|at_ms| (at_ms, Due::Sync));
        sessions.chain(pending).chain(join).chain(sync)
    }

    /// Carries one deadline out, unless an earlier one has moved or removed it.
    fn on_deadline(&mut self, due: Due, context: &mut Context<'_>) {
        let now_ms = context.now.steady_ms;
        match due {
            Due::Session(member_id) => self.on_session_expired(&member_id, context),
            Due::PendingJoin(member_id) => {
                if self.remove_pending(&member_id) {
                    self.complete_join_if_all_joined(context);
                }
            }
            Due::Join => {
                if matches!(&self.state, State::Preparing(now) if now.deadline_ms <= now_ms) {
                    self.on_join_deadline(context);
                }
            }
            Due::Sync => self.on_sync_deadline(context),
        }
    }

    fn on_session_expired(&mut self, member_id: &str, context: &mut Context<'_>) {
        let Some(member) = self.members.get_mut(member_id) else { return };
        if member.expires_at_ms.is_none_or(|at_ms| at_ms > context.now.steady_ms) {
            return;
        }
        if member.has_satisfied_heartbeat() || Mutation::MemberKept.is_planted() {
            member.expires_at_ms = None;
            return;
        }
        self.remove(member_id, context.effects);
        match self.state {
            State::Completing(_) | State::Stable(_) => self.prepare_rebalance(context),
            State::Preparing(_) => self.complete_join_if_all_joined(context),
            State::Empty => {}
        }
    }

    fn on_join_deadline(&mut self, context: &mut Context<'_>) {
        let State::Preparing(preparing) = &mut self.state else { return };
        match &mut preparing.cause {
            Cause::Initial { new_member_added, delay_ms, remaining_ms }
                if *new_member_added && *remaining_ms != 0 =>
            {
                *new_member_added = false;
                let next_delay_ms = context.config.initial_rebalance_delay_ms.min(*remaining_ms);
                *remaining_ms = remaining_ms.saturating_sub(*delay_ms);
                *delay_ms = next_delay_ms;
                preparing.deadline_ms = context.now.steady_ms + next_delay_ms;
                let deadline_ms = preparing.deadline_ms;
                self.wake_by(deadline_ms);
            }
            Cause::Initial { .. } | Cause::Change => self.complete_join(context),
        }
    }

    /// Those who have joined and did not ask for their assignment in time are given up.
    fn on_sync_deadline(&mut self, context: &mut Context<'_>) {
        let (State::Completing(phase) | State::Stable(phase)) = &mut self.state else { return };
        if phase.deadline_ms.is_none_or(|at_ms| at_ms > context.now.steady_ms) {
            return;
        }
        phase.deadline_ms = None;
        let missing = std::mem::take(&mut phase.missing);
        if missing.is_empty() {
            return;
        }
        for member_id in missing {
            self.remove(&member_id, context.effects);
        }
        self.prepare_rebalance(context);
    }
}
