//! Which offsets a member may commit and fetch, by its epoch.
//!
//! Source: ConsumerGroup.validateOffsetCommit, validateOffsetFetch; KIP-1251.

use super::group::ConsumerGroup;
use crate::coordinators::groups::error::GroupError;
use crate::coordinators::groups::message::{Claim, CommitOffsets};
use crate::metadata::Image;
use shards::mutation::Mutation;

impl ConsumerGroup {
    /// A commit outside of a transaction.
    pub(crate) fn check_commit(
        &self,
        request: &CommitOffsets,
        image: &Image,
    ) -> Result<(), GroupError> {
        if request.generation < 0 && self.is_empty() {
            return Ok(());
        }
        let speaks_classic = match self.member(&request.member_id) {
            None => return Err(GroupError::UnknownMember),
            Some(member) => member.is_classic(),
        };
        if !speaks_classic && !request.knows_member_epochs {
            return Err(GroupError::UnsupportedVersion);
        }
        self.check_commit_epoch(request, image)
    }

    /// A producer of before may say nothing of its member.
    pub(crate) fn check_commit_in_transaction(
        &self,
        request: &CommitOffsets,
        image: &Image,
    ) -> Result<(), GroupError> {
        let says_nothing = request.member_id.is_empty() && request.group_instance_id.is_none();
        if request.generation < 0 && (self.is_empty() || says_nothing) {
            return Ok(());
        }
        self.check_commit_epoch(request, image).map_err(|error| match error {
            GroupError::StaleMemberEpoch => GroupError::IllegalGeneration,
            other => other,
        })
    }

    fn check_commit_epoch(&self, request: &CommitOffsets, image: &Image) -> Result<(), GroupError> {
        let member = self.member(&request.member_id).ok_or(GroupError::UnknownMember)?;
        let (current, epoch) = (member.current(), request.generation);
        if epoch == current.epoch || Mutation::StaleCommit.is_planted() {
            return Ok(());
        }
        let stale = match member.is_classic() {
            true => GroupError::IllegalGeneration,
            false => GroupError::StaleMemberEpoch,
        };
        if epoch > current.epoch {
            return Err(stale);
        }
        // From an older epoch a member may commit what it has had since then.
        for topic in &request.topics {
            let id = topic.topic_id.or_else(|| image.topics.id_of(&topic.name)).ok_or(stale)?;
            for asked in &topic.partitions {
                let since = current.assignment_epoch(id, asked.partition).ok_or(stale)?;
                if epoch < since {
                    return Err(stale);
                }
            }
        }
        Ok(())
    }

    /// Whoever says nothing of itself may fetch.
    pub(crate) fn check_fetch(&self, claim: &Claim) -> Result<(), GroupError> {
        let Claim { member_id, epoch } = claim;
        if member_id.is_none() && *epoch < 0 {
            return Ok(());
        }
        let member = self.member(member_id.as_deref().unwrap_or_default());
        let member = member.ok_or(GroupError::UnknownMember)?;
        match member.current().epoch == *epoch {
            true => Ok(()),
            false if member.is_classic() => Err(GroupError::IllegalGeneration),
            false => Err(GroupError::StaleMemberEpoch),
        }
    }
}
