//! Deletion: of offsets (OffsetDelete), of groups (DeleteGroups), of the offsets of deleted topics.

use super::consumer_steps::Draft;
use super::effects::{Effects, Then};
use super::error::GroupError;
use super::kinds::Group;
use super::limits;
use super::message::{DeleteOffsets, PartitionOutcome, Reply, TopicOutcome};
use super::partition::GroupPartition;
use super::record::Change;
use crate::coordinators::coordinator::{Now, OutputOf, RequestToken};
use std::collections::BTreeSet;

impl GroupPartition {
    pub(super) fn delete_offsets(
        &mut self,
        token: RequestToken,
        request: DeleteOffsets,
        effects: &mut Effects,
    ) {
        let group = match self.group_for_offset_delete(&request.group_id) {
            Ok(group) => group,
            Err(error) => return effects.reply(token, Reply::Refused(error)),
        };
        let mut changes = Vec::new();
        let mut outcomes = Vec::with_capacity(request.topics.len());
        for (topic, partitions) in request.topics {
            let subscribed = group.is_subscribed(&topic);
            let result = if subscribed { Err(GroupError::SubscribedToTopic) } else { Ok(()) };
            for partition in &partitions {
                let stored = self.offsets.get(&request.group_id, &topic, *partition).is_some()
                    || self.offsets.is_unstable(&request.group_id, &topic, *partition);
                if !subscribed && stored {
                    changes.push(offset_tombstone(&request.group_id, &topic, *partition));
                }
            }
            let outcome = |partition| PartitionOutcome { partition, result };
            let partitions = partitions.into_iter().map(outcome).collect();
            outcomes.push(TopicOutcome { name: topic, topic_id: None, partitions });
        }
        if !changes.is_empty() {
            effects.plan(changes, Then::Nothing);
        }
        self.reply_in_order(token, Reply::DeleteOffsets(outcomes), effects);
    }

    fn group_for_offset_delete(&self, group_id: &str) -> Result<&Group, GroupError> {
        if group_id.is_empty() {
            return Err(GroupError::InvalidGroupId);
        }
        let group = self.groups.get(group_id).ok_or(GroupError::GroupNotFound)?;
        let is_foreign = group
            .as_classic()
            .is_some_and(|group| !group.is_empty() && !group.uses_consumer_protocol());
        if is_foreign { Err(GroupError::NonEmptyGroup) } else { Ok(group) }
    }

    pub(super) fn delete_groups(
        &mut self,
        token: RequestToken,
        group_ids: Vec<String>,
        now: Now,
        effects: &mut Effects,
    ) {
        let mut draft = Draft::default();
        let mut deleted = BTreeSet::new();
        let mut outcomes = Vec::with_capacity(group_ids.len());
        for group_id in &group_ids {
            let outcome = match self.groups.get(group_id) {
                None => Err(GroupError::GroupNotFound),
                Some(group) if !group.is_empty() => Err(GroupError::NonEmptyGroup),
                Some(_) => Ok(()),
            };
            if outcome.is_ok() && deleted.insert(group_id) {
                self.delete_group(group_id, now, &mut draft);
            }
            outcomes.push(outcome);
        }
        self.keep(draft, effects);
        self.reply_in_order(token, Reply::DeleteGroups(outcomes), effects);
    }

    /// Removes all records of a group that nobody is in, its offsets first.
    pub(super) fn delete_group(&mut self, group_id: &str, now: Now, draft: &mut Draft) {
        for (topic, partition) in self.offsets.partitions_of(group_id) {
            self.make(offset_tombstone(group_id, &topic, partition), draft);
        }
        match self.groups.get(group_id) {
            Some(Group::Consumer(_)) => self.delete_consumer_group(group_id, now, draft),
            _ => self.make(group_tombstone(group_id), draft),
        }
    }

    /// Forgets the offsets that groups hold for topics that are no more.
    pub fn on_topics_deleted(&mut self, topics: &[String], now: Now) -> OutputOf<Self> {
        let names: BTreeSet<&str> = topics.iter().map(String::as_str).collect();
        let stored = self.offsets.on_topics(&names);
        let tombstones = stored
            .iter()
            .map(|(group_id, topic, partition)| offset_tombstone(group_id, topic, *partition));
        let mut effects = Effects::default();
        plan_in_pieces(tombstones.collect(), &mut effects);
        self.settle(effects, now)
    }
}

/// Plans tombstones that need not be written together.
pub(super) fn plan_in_pieces(mut changes: Vec<Change>, effects: &mut Effects) {
    while !changes.is_empty() {
        let rest = changes.split_off(changes.len().min(limits::TOMBSTONES_PER_APPEND));
        effects.plan(std::mem::replace(&mut changes, rest), Then::Nothing);
    }
}

pub(super) fn offset_tombstone(group_id: &str, topic: &str, partition: i32) -> Change {
    Change::Offset {
        group_id: group_id.to_owned(),
        topic: topic.to_owned(),
        partition,
        committed: None,
    }
}

pub(super) fn group_tombstone(group_id: &str) -> Change {
    Change::Group { group_id: group_id.to_owned(), image: None }
}
