//! OffsetCommit: by a member of the current generation, or from outside while the group is empty.

use super::effects::{Effects, Scope, Then};
use super::error::GroupError;
use super::group::{ClassicGroup, State};
use super::kinds::Group;
use super::limits;
use super::message::{
    CommitOffsets, CommitTopic, OffsetToCommit, PartitionOutcome, Reply, TopicOutcome,
};
use super::offsets::CommittedOffset;
use super::partition::GroupPartition;
use super::record::Change;
use crate::coordinators::coordinator::{Now, ProducerEpoch, RequestToken};

impl GroupPartition {
    pub(super) fn commit(
        &mut self,
        token: RequestToken,
        request: CommitOffsets,
        now: Now,
        effects: &mut Effects,
    ) {
        if let Err(error) = self.check_commit(&request, now) {
            return effects.reply(token, Reply::Refused(error));
        }
        let expires = request.retention_ms.map(|retention| now.wall_ms.saturating_add(retention));
        let mut changes = Vec::new();
        let mut outcomes = Vec::with_capacity(request.topics.len());
        for topic in request.topics {
            outcomes.push(self.plan_topic(&request.group_id, topic, now, expires, &mut changes));
        }
        if !changes.is_empty() {
            effects.plan(changes, Then::Nothing);
        }
        self.reply_in_order(token, Reply::Commit(outcomes), effects);
    }

    /// A commit within a transaction (KIP-447). A producer of before may say nothing of its member.
    pub(super) fn commit_in_transaction(
        &mut self,
        token: RequestToken,
        request: CommitOffsets,
        producer: ProducerEpoch,
        now: Now,
        effects: &mut Effects,
    ) {
        if let Err(error) = self.check_in_transaction(&request) {
            return effects.reply(token, Reply::Refused(error));
        }
        let mut changes = Vec::new();
        let mut outcomes = Vec::with_capacity(request.topics.len());
        for topic in request.topics {
            outcomes.push(self.plan_topic(&request.group_id, topic, now, None, &mut changes));
        }
        if !changes.is_empty() {
            effects.plan_in(Scope::InTransaction(producer), changes, Then::Nothing);
        }
        self.reply_in_order(token, Reply::Commit(outcomes), effects);
    }

    fn check_in_transaction(&self, request: &CommitOffsets) -> Result<(), GroupError> {
        if request.group_id.is_empty() {
            return Err(GroupError::InvalidGroupId);
        }
        self.check_room(request)?;
        match self.groups.get(&request.group_id) {
            Some(Group::Classic(group)) => group.validate_in_transaction(request),
            Some(Group::Consumer(group)) => group.check_commit_in_transaction(request, &self.image),
            None if request.generation >= 0 => Err(GroupError::IllegalGeneration),
            None => self.check_room_for_group(),
        }
    }

    fn check_room(&self, request: &CommitOffsets) -> Result<(), GroupError> {
        let asked: usize = request.topics.iter().map(|topic| topic.partitions.len()).sum();
        match self.offsets.len().saturating_add(asked) > limits::OFFSETS_MAX {
            true => Err(GroupError::LimitReached),
            false => Ok(()),
        }
    }

    fn check_room_for_group(&self) -> Result<(), GroupError> {
        let full = self.groups.len() >= limits::GROUPS_MAX;
        if full { Err(GroupError::LimitReached) } else { Ok(()) }
    }

    fn check_commit(&mut self, request: &CommitOffsets, now: Now) -> Result<(), GroupError> {
        self.check_room(request)?;
        let group = match self.groups.get_mut(&request.group_id) {
            None if request.generation >= 0 => return Err(GroupError::GroupNotFound),
            None => return self.check_room_for_group(),
            Some(Group::Consumer(group)) => return group.check_commit(request, &self.image),
            Some(Group::Classic(group)) => group,
        };
        group.validate_commit(request)?;
        if matches!(group.state, State::Stable(_) | State::Preparing(_)) {
            group.renew_session(&request.member_id, now);
            self.timers.note(&group.id, &mut group.wake);
        }
        Ok(())
    }

    fn plan_topic(
        &self,
        group_id: &str,
        topic: CommitTopic,
        now: Now,
        expire_timestamp_ms: Option<i64>,
        changes: &mut Vec<Change>,
    ) -> TopicOutcome {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for asked in topic.partitions {
            let OffsetToCommit { partition, offset, leader_epoch, metadata } = asked;
            let metadata = metadata.unwrap_or_default();
            let result = if self.is_too_long(&metadata) {
                Err(GroupError::OffsetMetadataTooLarge)
            } else {
                let committed = CommittedOffset {
                    offset,
                    leader_epoch,
                    metadata,
                    commit_timestamp_ms: now.wall_ms,
                    expire_timestamp_ms,
                    topic_id: topic.topic_id,
                };
                changes.push(Change::Offset {
                    group_id: group_id.to_owned(),
                    topic: topic.name.clone(),
                    partition,
                    committed: Some(committed),
                });
                Ok(())
            };
            partitions.push(PartitionOutcome { partition, result });
        }
        TopicOutcome { name: topic.name, topic_id: topic.topic_id, partitions }
    }

    /// Kafka counts the metadata in UTF-16 units.
    fn is_too_long(&self, metadata: &str) -> bool {
        let max = self.config.offset_metadata_max;
        metadata.len() > max && metadata.encode_utf16().count() > max
    }
}

impl ClassicGroup {
    fn validate_in_transaction(&self, request: &CommitOffsets) -> Result<(), GroupError> {
        let CommitOffsets { generation, member_id, group_instance_id, .. } = request;
        let instance_id = group_instance_id.as_deref();
        if *generation < 0 && member_id.is_empty() && instance_id.is_none() {
            return Ok(());
        }
        if *generation < 0 && self.is_empty() {
            return Ok(());
        }
        self.validate_commit(request)
    }

    fn validate_commit(&self, request: &CommitOffsets) -> Result<(), GroupError> {
        if request.generation < 0 && self.is_empty() {
            return Ok(());
        }
        let instance_id = request.group_instance_id.as_deref();
        if request.generation >= 0 || !request.member_id.is_empty() || instance_id.is_some() {
            self.validate_member(&request.member_id, instance_id)?;
            if request.generation != self.generation {
                return Err(GroupError::IllegalGeneration);
            }
        } else if !self.is_empty() {
            return Err(GroupError::UnknownMember);
        }
        if matches!(self.state, State::Completing(_)) {
            return Err(GroupError::RebalanceInProgress);
        }
        Ok(())
    }
}
