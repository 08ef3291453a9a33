//! The requests of the consumer protocol, and how a step of a consumer group becomes a batch.
//!
//! A step has changed its group when it returns; its batch carries what takes the change back.
//! Read next: consumer/mod.rs.

use super::consumer::{Around, ConsumerChange, ConsumerGroup, EPOCH_JOINING, Work};
use super::effects::{Effects, Plan, Scope, Then};
use super::error::GroupError;
use super::kinds::Group;
use super::limits;
use super::message::{ConsumerHeartbeat, FoundConsumerGroup, Missing, Reply};
use super::partition::{GroupPartition, Undo};
use super::record::Change;
use crate::coordinators::coordinator::{Now, RequestToken};

/// Changes that were made, to be written as one batch.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) changes: Vec<Change>,
    /// What takes them back, in their order.
    pub(super) undo: Vec<Undo>,
    /// Members of the consumer protocol went.
    pub(super) has_lost_consumers: bool,
}

impl GroupPartition {
    pub(super) fn consumer_heartbeat(
        &mut self,
        token: RequestToken,
        request: &ConsumerHeartbeat,
        now: Now,
        effects: &mut Effects,
    ) {
        let mut draft = Draft::default();
        let found = self.consumer_group_for(request, now, &mut draft, effects);
        let beat = found.and_then(|()| {
            self.step(&request.group_id, now, &mut draft, |work| work.beat(request))
        });
        match beat {
            Ok(beat) => {
                self.keep_or_downgrade(&request.group_id, draft, now, effects);
                self.reply_in_order(token, Reply::Beat(beat), effects);
            }
            Err(error) => {
                self.take_back(draft, error, effects);
                self.forget_blank(&request.group_id);
                effects.reply(token, Reply::Refused(error));
            }
        }
    }

    /// Makes sure that there is a consumer group for the request. A member that joins makes one
    /// where there is none, or of a classic one.
    fn consumer_group_for(
        &mut self,
        request: &ConsumerHeartbeat,
        now: Now,
        draft: &mut Draft,
        effects: &mut Effects,
    ) -> Result<(), GroupError> {
        let joins = request.member_epoch == EPOCH_JOINING;
        match self.groups.get(&request.group_id) {
            Some(Group::Consumer(_)) => return Ok(()),
            Some(Group::Classic(group)) if joins && group.is_empty() => {
                let tombstone = Change::Group { group_id: request.group_id.clone(), image: None };
                self.make(tombstone, draft);
            }
            None if joins && self.groups.len() >= limits::GROUPS_MAX => {
                return Err(GroupError::LimitReached);
            }
            None if joins => {}
            Some(Group::Classic(_)) if joins => {
                return self.upgrade(&request.group_id, now, draft, effects);
            }
            Some(Group::Classic(_)) => return Err(GroupError::NotAConsumerGroup),
            None => return Err(GroupError::GroupNotFound),
        }
        let group = ConsumerGroup::new(&request.group_id, &self.memory);
        self.groups.insert(request.group_id.clone(), Group::Consumer(group));
        Ok(())
    }

    /// Makes a change at once, as part of a draft.
    pub(super) fn make(&mut self, change: Change, draft: &mut Draft) {
        draft.undo.extend(self.apply(change.clone()));
        draft.changes.push(change);
    }

    /// Lets a consumer group take a step. What a step that fails has set is taken back.
    pub(super) fn step<T>(
        &mut self,
        group_id: &str,
        now: Now,
        draft: &mut Draft,
        act: impl FnOnce(&mut Work<'_>) -> Result<T, GroupError>,
    ) -> Result<T, GroupError> {
        let Some(Group::Consumer(group)) = self.groups.get_mut(group_id) else {
            return Err(GroupError::GroupNotFound);
        };
        let around = Around {
            image: &self.image,
            versions: self.versions,
            config: &self.config,
            hashes: &mut self.hashes,
            now,
        };
        let mut work = Work::new(group, around);
        let outcome = match act(&mut work) {
            Ok(outcome) => outcome,
            Err(error) => {
                work.abandon();
                return Err(error);
            }
        };
        let done = work.finish();
        self.rebalances += done.rebalances;
        draft.has_lost_consumers |= done.has_lost_consumers;
        if let Some(regexes) = done.resolve {
            group.begin_resolving();
            self.regex_jobs.start(group_id, regexes, &self.image, now.wall_ms);
        }
        self.timers.note(group_id, &mut group.wake);
        let id = || group_id.to_owned();
        let change = |change| Change::Consumer { group_id: id(), change };
        let undo = |change: ConsumerChange| Undo::Consumer { group_id: id(), change };
        draft.changes.extend(done.changes.into_iter().map(change));
        draft.undo.extend(done.undo.into_iter().map(undo));
        Ok(outcome)
    }

    /// Has the draft written.
    pub(super) fn keep(&mut self, draft: Draft, effects: &mut Effects) {
        if draft.changes.is_empty() {
            return;
        }
        let Draft { changes, undo, .. } = draft;
        effects.plans.push(Plan {
            scope: Scope::Plain,
            changes,
            applied: Some(undo),
            then: Then::Nothing,
            replies: Vec::new(),
        });
    }

    pub(super) fn take_back(&mut self, draft: Draft, error: GroupError, effects: &mut Effects) {
        for undo in draft.undo.into_iter().rev() {
            self.undo(undo, error, effects);
        }
    }

    /// Sets one key of a consumer group; a group is made for its first key and goes with its last.
    pub(super) fn apply_consumer(
        &mut self,
        group_id: &str,
        change: ConsumerChange,
    ) -> Option<ConsumerChange> {
        let is_consumer = matches!(self.groups.get(group_id), Some(Group::Consumer(_)));
        if !is_consumer {
            if change.removes() {
                return None;
            }
            drop(self.remove_group(group_id));
            let group = ConsumerGroup::new(group_id, &self.memory);
            self.groups.insert(group_id.to_owned(), Group::Consumer(group));
        }
        let Some(Group::Consumer(group)) = self.groups.get_mut(group_id) else { return None };
        let before = group.set(change);
        self.forget_blank(group_id);
        Some(before)
    }

    /// A consumer group of which no record tells is none; offsets are left to a classic one.
    pub(super) fn forget_blank(&mut self, group_id: &str) {
        let Some(Group::Consumer(group)) = self.groups.get(group_id) else { return };
        if !group.is_blank() {
            return;
        }
        self.remove_group(group_id);
        let has_offsets = self.offsets.of_group(group_id).is_some();
        if has_offsets || self.offsets.has_open_transaction(group_id) {
            self.ensure_group(group_id);
        }
    }

    /// Removes all records of a consumer group that nobody is in.
    pub(super) fn delete_consumer_group(&mut self, group_id: &str, now: Now, draft: &mut Draft) {
        let deleted = self.step(group_id, now, draft, |work| {
            work.delete();
            Ok(())
        });
        assert!(deleted.is_ok(), "a consumer group that is there can be deleted");
        self.forget_blank(group_id);
    }

    /// Gives up the members of a consumer group whose time is up.
    pub(super) fn on_consumer_time(&mut self, group_id: &str, now: Now, effects: &mut Effects) {
        let mut draft = Draft::default();
        let stepped = self.step(group_id, now, &mut draft, |work| {
            work.on_time();
            Ok(())
        });
        assert!(stepped.is_ok(), "the group was there");
        self.keep_or_downgrade(group_id, draft, now, effects);
    }

    /// Does a slice of the patterns' work.
    pub(super) fn resolve_regexes(&mut self, now: Now, effects: &mut Effects) {
        let Some((group_id, resolved)) = self.regex_jobs.advance() else { return };
        let mut draft = Draft::default();
        let stepped = self.step(&group_id, now, &mut draft, |work| {
            work.take_resolved(resolved);
            Ok(())
        });
        match stepped {
            Ok(()) => self.keep(draft, effects),
            // The group has gone meanwhile.
            Err(error) => self.take_back(draft, error, effects),
        }
    }

    /// Members whose change was taken back have a session again.
    pub(super) fn renew_sessions(&mut self, group_id: &str, now: Now) {
        let mut draft = Draft::default();
        let stepped = self.step(group_id, now, &mut draft, |work| {
            work.renew_missing_sessions();
            Ok(())
        });
        let writes_nothing = draft.changes.is_empty();
        assert!(stepped.is_err() || writes_nothing, "deadlines are not written");
    }

    pub(super) fn describe_consumers(
        &mut self,
        token: RequestToken,
        group_ids: Vec<String>,
        effects: &mut Effects,
    ) {
        let default_assignor = self.config.consumer.default_assignor().name();
        let describe = |group_id: String| match self.groups.get(&group_id) {
            Some(Group::Consumer(group)) => {
                FoundConsumerGroup::Found(Box::new(group.describe(default_assignor)))
            }
            Some(_) => FoundConsumerGroup::Missing { group_id, why: Missing::OfAnotherKind },
            None => FoundConsumerGroup::Missing { group_id, why: Missing::Absent },
        };
        let described = group_ids.into_iter().map(describe).collect();
        self.reply_in_order(token, Reply::DescribeConsumers(described), effects);
    }
}
