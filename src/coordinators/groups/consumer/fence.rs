//! Members that go: they leave, go away for a while, or are given up.
//!
//! Source: GroupMetadataManager.consumerGroupLeave, consumerGroupFenceMembers.

use super::assignment::Owned;
use super::group::ConsumerGroup;
use super::member::{Current, EPOCH_AWAY};
use super::record::ConsumerChange;
use super::work::Work;
use crate::coordinators::groups::error::GroupError;
use crate::coordinators::groups::limits;
use crate::coordinators::groups::message::{Beat, ConsumerHeartbeat};
use std::collections::BTreeSet;
use std::rc::Rc;

impl Work<'_> {
    pub(super) fn leave(&mut self, request: &ConsumerHeartbeat) -> Result<Beat, GroupError> {
        let instance_id = request.instance_id.as_deref();
        let member_id = self.group.who_is(&request.member_id, instance_id)?.to_owned();
        if request.instance_id.is_some() && request.member_epoch == EPOCH_AWAY {
            self.go_away(&member_id);
        } else {
            self.fence(&BTreeSet::from([member_id.clone()]));
        }
        Ok(Beat {
            member_id,
            member_epoch: request.member_epoch,
            heartbeat_interval_ms: 0,
            assignment: None,
        })
    }

    /// A static member may come back: its partitions wait for it until its session ends.
    fn go_away(&mut self, member_id: &str) {
        let current = self.group.current(member_id);
        let mut assigned = current.assigned.clone();
        let epochs = assigned.values_mut().flat_map(|partitions| partitions.values_mut());
        // Whoever comes back under the instance id has them from its first epoch on.
        epochs.for_each(|epoch| *epoch = 0);
        let away =
            Current { epoch: EPOCH_AWAY, assigned, revoking: Owned::new(), ..(*current).clone() };
        let current = Some(Rc::new(away));
        self.set(ConsumerChange::Current { member_id: member_id.to_owned(), current });
    }

    /// Takes members out; the others get what they had with the next targets.
    pub(crate) fn fence(&mut self, member_ids: &BTreeSet<String>) {
        let mut regexes = BTreeSet::new();
        let mut has_any = false;
        for member_id in member_ids {
            if !self.group.has_member(member_id) {
                continue;
            }
            has_any = true;
            regexes.insert(self.group.metadata(member_id).regex.clone());
            self.note_if_lost(member_id);
            self.remove_member(member_id);
        }
        if !has_any {
            return;
        }
        for regex in regexes.iter().filter(|regex| !regex.is_empty()) {
            if self.group.regex_members(regex) == 0 {
                self.forget_regex(regex);
            }
        }
        self.update_epoch(true);
    }

    pub(super) fn remove_member(&mut self, member_id: &str) {
        let member_id = || member_id.to_owned();
        self.set(ConsumerChange::Current { member_id: member_id(), current: None });
        self.set(ConsumerChange::Target { member_id: member_id(), partitions: None });
        self.set(ConsumerChange::Member { member_id: member_id(), metadata: None });
    }

    /// Removes every record of the group.
    pub(crate) fn delete(&mut self) {
        let ids: Vec<String> = self.group.every_id().map(str::to_owned).collect();
        for member_id in ids {
            self.remove_member(&member_id);
        }
        self.set(ConsumerChange::TargetEpoch(None));
        let regexes: Vec<String> = self.group.resolved_regexes().keys().cloned().collect();
        for regex in regexes {
            self.set(ConsumerChange::Regex { regex, resolved: None });
        }
        self.set(ConsumerChange::PartitionMetadata { is_there: false });
        self.set(ConsumerChange::Epoch(None));
    }

    /// Those whose time is up are given up together.
    pub(crate) fn on_time(&mut self) {
        let due = self.group.due(self.around.now.steady_ms);
        self.fence(&due);
        self.group.drop_passed_deadlines();
    }

    pub(super) fn renew_session(&mut self, member_id: &str, session_ms: u64) {
        let at_ms = self.around.now.steady_ms.saturating_add(session_ms);
        self.group.update_deadlines(member_id, |deadlines| deadlines.session_ms = Some(at_ms));
    }

    /// By when the member must have given up partitions; `None`: it need not.
    pub(super) fn set_rebalance_deadline(&mut self, member_id: &str, epoch: Option<i32>) {
        let timeout_ms = self.group.metadata(member_id).rebalance_timeout_ms;
        let at_ms = self.around.now.steady_ms.saturating_add(at_least(timeout_ms));
        let rebalance = epoch.map(|epoch| (at_ms, epoch));
        self.group.update_deadlines(member_id, |deadlines| deadlines.rebalance = rebalance);
    }

    /// After a load, or when a change was taken back: members have a whole session from now.
    pub(crate) fn renew_missing_sessions(&mut self) {
        let session_ms = self.intervals().session_ms;
        for (member_id, state, epoch) in self.group.without_session() {
            let classic_ms = self.group.classic_session_ms(&member_id);
            self.renew_session(&member_id, classic_ms.unwrap_or(session_ms));
            if state == super::member::MemberState::UnrevokedPartitions && classic_ms.is_none() {
                self.set_rebalance_deadline(&member_id, Some(epoch));
            }
        }
    }
}

/// A time-out that a client chose, with the least that the coordinator grants.
pub(super) fn at_least(timeout_ms: i32) -> u64 {
    u64::try_from(timeout_ms).unwrap_or(0).max(limits::REBALANCE_TIMEOUT_MS_MIN)
}

impl ConsumerGroup {
    /// Members whose session or another of their times is up.
    fn due(&self, now_ms: u64) -> BTreeSet<String> {
        let is_due = |at_ms: Option<u64>| at_ms.is_some_and(|at_ms| at_ms <= now_ms);
        let due = self.members().filter(|(_, member)| {
            let deadlines = &member.deadlines;
            let must_have_left = |epoch| member.current().epoch == epoch;
            let is_late = deadlines
                .rebalance
                .is_some_and(|(at_ms, epoch)| is_due(Some(at_ms)) && must_have_left(epoch));
            is_late
                || is_due(deadlines.session_ms)
                || is_due(deadlines.join_ms)
                || is_due(deadlines.sync_ms)
        });
        due.map(|(id, _)| id.clone()).collect()
    }

    fn without_session(&self) -> Vec<(String, super::member::MemberState, i32)> {
        let without = self.members().filter(|(_, member)| member.deadlines.session_ms.is_none());
        without
            .map(|(id, member)| (id.clone(), member.current().state, member.current().epoch))
            .collect()
    }

    pub(super) fn classic_session_ms(&self, member_id: &str) -> Option<u64> {
        let metadata = self.metadata(member_id);
        metadata.classic.as_ref().map(|classic| at_least(classic.session_timeout_ms))
    }
}
