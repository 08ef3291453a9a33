//! Requests of the classic protocol to a consumer group.
//!
//! Read next: consumer/classic.rs, migration.rs.

use super::consumer_steps::Draft;
use super::effects::Effects;
use super::error::GroupError;
use super::join::new_member_id;
use super::kinds::Group;
use super::message::{
    Heartbeat, JoinGroup, Joined, LeaveGroup, LeavingMember, Reply, SyncGroup, Synced,
};
use super::migration::Downgrade;
use super::partition::GroupPartition;
use crate::coordinators::coordinator::{Now, RequestToken};
use std::collections::BTreeSet;

impl GroupPartition {
    /// Whether requests of the classic protocol go to a consumer group that somebody is in.
    pub(super) fn is_consumer_group(&self, group_id: &str) -> bool {
        let group = self.groups.get(group_id).and_then(Group::as_consumer);
        group.is_some_and(|group| !group.is_empty())
    }

    pub(super) fn join_consumer_group(
        &mut self,
        token: RequestToken,
        request: &JoinGroup,
        now: Now,
        effects: &mut Effects,
    ) {
        let (id, given) = (&request.group_id, &request.member_id);
        let member_id = match given.is_empty() {
            true => new_member_id(request),
            false => given.clone(),
        };
        let refuse = |error, member_id: &str| {
            let member_id = member_id.to_owned();
            Reply::JoinRefused { error, member_id }
        };
        if let Err(error) = self.check_classic_join(request) {
            return effects.reply(token, refuse(error, given));
        }
        let needs_id = given.is_empty() && request.group_instance_id.is_none();
        if needs_id && request.member_id_required {
            return effects.reply(token, refuse(GroupError::MemberIdRequired, &member_id));
        }
        let mut draft = Draft::default();
        let joined = self.step(id, now, &mut draft, |work| work.classic_join(request, member_id));
        match joined {
            Ok(joined) => {
                let has_lost = std::mem::take(&mut draft.has_lost_consumers);
                let downgraded = match has_lost {
                    true => {
                        let cause = Downgrade::MemberReplaced;
                        self.downgrade_if_classic(id, cause, now, &mut draft, effects)
                    }
                    false => None,
                };
                let generation = downgraded.unwrap_or(joined.generation);
                self.keep(draft, effects);
                let joined = Joined { generation, ..joined };
                self.reply_in_order(token, Reply::Join(joined), effects);
            }
            Err(error) => effects.reply(token, refuse(error, given)),
        }
    }

    fn check_classic_join(&self, request: &JoinGroup) -> Result<(), GroupError> {
        let policy = self.config.consumer.migration;
        let group = self.groups.get(&request.group_id).and_then(Group::as_consumer);
        let supports = group.is_some_and(|group| group.supports_classic(request));
        match supports && (policy.upgrades || policy.downgrades) {
            true => Ok(()),
            false => Err(GroupError::InconsistentProtocol),
        }
    }

    pub(super) fn sync_consumer_group(
        &mut self,
        token: RequestToken,
        request: SyncGroup,
        now: Now,
        effects: &mut Effects,
    ) {
        let mut draft = Draft::default();
        let synced =
            self.step(&request.group_id, now, &mut draft, |work| Ok(work.classic_sync(&request)));
        match synced.and_then(|outcome| outcome) {
            Ok(assignment) => {
                let SyncGroup { protocol_type, protocol_name, .. } = request;
                let synced = Synced { protocol_type, protocol_name, assignment };
                self.reply_in_order(token, Reply::Sync(synced), effects);
            }
            Err(error) => effects.reply(token, Reply::Refused(error)),
        }
    }

    pub(super) fn heartbeat_consumer_group(
        &mut self,
        token: RequestToken,
        request: &Heartbeat,
        now: Now,
        effects: &mut Effects,
    ) {
        let mut draft = Draft::default();
        let beat =
            self.step(&request.group_id, now, &mut draft, |work| work.classic_heartbeat(request));
        let reply = match beat {
            Ok(false) => Reply::Heartbeat,
            Ok(true) => Reply::Refused(GroupError::RebalanceInProgress),
            Err(error) => Reply::Refused(error),
        };
        effects.reply(token, reply);
    }

    pub(super) fn leave_consumer_group(
        &mut self,
        token: RequestToken,
        request: &LeaveGroup,
        now: Now,
        effects: &mut Effects,
    ) {
        let Some(group) = self.groups.get(&request.group_id).and_then(Group::as_consumer) else {
            return effects.reply(token, Reply::Refused(GroupError::GroupNotFound));
        };
        let mut leaving = BTreeSet::new();
        let mut leave = |member: &LeavingMember| {
            let instance_id = member.group_instance_id.as_deref();
            let member_id = group.who_leaves_by(&member.member_id, instance_id)?;
            leaving.insert(member_id);
            Ok(())
        };
        let outcomes: Vec<Result<(), GroupError>> =
            request.members.iter().map(&mut leave).collect();
        let mut draft = Draft::default();
        let fenced = self.step(&request.group_id, now, &mut draft, |work| {
            work.fence(&leaving);
            Ok(())
        });
        assert!(fenced.is_ok(), "the group was there");
        self.keep_or_downgrade(&request.group_id, draft, now, effects);
        self.reply_in_order(token, Reply::Leave(outcomes), effects);
    }

    /// Has a step written. When the last member of the consumer protocol went, the group becomes a
    /// classic one with it.
    pub(super) fn keep_or_downgrade(
        &mut self,
        group_id: &str,
        mut draft: Draft,
        now: Now,
        effects: &mut Effects,
    ) {
        if std::mem::take(&mut draft.has_lost_consumers) {
            let cause = Downgrade::MembersWent;
            self.downgrade_if_classic(group_id, cause, now, &mut draft, effects);
        }
        self.keep(draft, effects);
    }
}
