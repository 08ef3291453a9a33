//! A live group goes from one protocol to the other (`group.consumer.migration.policy`).
//!
//! Up: a member of the consumer protocol joins a classic group whose members are consumers; they
//! keep their partitions and go on with JoinGroup. Down: the last member of the consumer protocol
//! goes, and classic ones are left; they are told to join again.
//! Source: GroupMetadataManager.convertToConsumerGroup, convertToClassicGroup,
//! ConsumerGroup.fromClassicGroup, ClassicGroup.fromConsumerGroup.

use super::consumer::{Adopted, ClassicMetadata, ConsumerGroup, MemberMetadata, Partitions};
use super::consumer_steps::Draft;
use super::effects::{Context, Effects};
use super::embedded;
use super::error::{GroupError, UpgradeObstacle};
use super::group::{CONSUMER_PROTOCOL_TYPE, ClassicGroup, State, SyncPhase};
use super::kinds::Group;
use super::member::Member;
use super::partition::{GroupPartition, Undo, classic_in};
use super::record::Change;
use crate::coordinators::coordinator::Now;
use crate::metadata::Image;
use bytes::Bytes;
use std::rc::Rc;

/// Why no member of the consumer protocol is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Downgrade {
    MembersWent,
    /// A classic member came in the place of a static one.
    MemberReplaced,
}

impl GroupPartition {
    /// Makes a classic group with members a consumer group.
    pub(super) fn upgrade(
        &mut self,
        group_id: &str,
        now: Now,
        draft: &mut Draft,
        effects: &mut Effects,
    ) -> Result<(), GroupError> {
        let refused = GroupError::CannotUpgrade;
        let Some(Group::Classic(group)) = self.groups.get(group_id) else {
            return Err(GroupError::GroupNotFound);
        };
        let config = &self.config.consumer;
        if !config.migration.upgrades {
            return Err(refused(UpgradeObstacle::Disabled));
        }
        if !group.uses_consumer_protocol() {
            return Err(refused(UpgradeObstacle::OtherProtocol));
        }
        if group.members.len() > config.size_max {
            return Err(refused(UpgradeObstacle::TooLarge));
        }
        let members = group.adopted(&self.image).map_err(refused)?;
        let generation = group.generation;
        self.make(Change::Group { group_id: group_id.to_owned(), image: None }, draft);
        if let Some(Undo::Group(group)) = draft.undo.last_mut() {
            // Who waits is told to join again: it joins the consumer group.
            group.refuse_everyone(GroupError::RebalanceInProgress, effects);
        }
        let group = ConsumerGroup::new(group_id, &self.memory);
        self.groups.insert(group_id.to_owned(), Group::Consumer(group));
        self.step(group_id, now, draft, |work| {
            work.adopt(members, generation);
            Ok(())
        })
    }

    /// Makes a consumer group a classic one, if only classic members are left. Gives its
    /// generation: one that members know, so that they are told to join again and are not refused.
    pub(super) fn downgrade_if_classic(
        &mut self,
        group_id: &str,
        cause: Downgrade,
        now: Now,
        draft: &mut Draft,
        effects: &mut Effects,
    ) -> Option<i32> {
        let Some(Group::Consumer(group)) = self.groups.get(group_id) else { return None };
        let fits = group.members_count() <= self.config.size_max;
        if !self.config.consumer.migration.downgrades || !fits || !group.is_all_classic() {
            return None;
        }
        let (generation, must_rebalance) = match cause {
            // The end of a member has begun an epoch that nobody was told of yet.
            Downgrade::MembersWent => (group.epoch().saturating_sub(1), true),
            Downgrade::MemberReplaced => (group.epoch(), group.target_epoch() < group.epoch()),
        };
        let mut classic = ClassicGroup::of_consumers(group, generation, &self.image, now)?;
        let record = classic.record(&classic.assignments());
        self.delete_consumer_group(group_id, now, draft);
        self.remove_group(group_id);
        draft.changes.push(record);
        draft.undo.push(Undo::Classic { group_id: group_id.to_owned() });
        let context = &mut Context { config: &self.config, now, effects };
        classic.begin_sessions(context);
        if must_rebalance {
            classic.prepare_rebalance(context);
        }
        self.groups.insert(group_id.to_owned(), Group::Classic(classic));
        if let Some(group) = classic_in(&mut self.groups, group_id) {
            self.timers.note(group_id, &mut group.wake);
        }
        Some(generation)
    }
}

impl ClassicGroup {
    /// The members with what their generation gave them.
    fn adopted(&self, image: &Image) -> Result<Vec<Adopted>, UpgradeObstacle> {
        let protocol = self.protocol_name.clone().or_else(|| self.select_protocol());
        let protocol = protocol.ok_or(UpgradeObstacle::Malformed)?;
        self.members.values().map(|member| adopted(member, &protocol, image)).collect()
    }

    /// A stable group of the members of a consumer group; `None`: what they said cannot be read.
    fn of_consumers(
        group: &ConsumerGroup,
        generation: i32,
        image: &Image,
        now: Now,
    ) -> Option<Self> {
        let mut classic = ClassicGroup::new(&group.id, now, group.memory());
        classic.generation = generation;
        for (member_id, metadata, target) in group.classic_members() {
            let member = classic_member(member_id, &metadata)?;
            let assignment = assignment_of(&member, &target, image)?;
            classic.add(Member { assignment, ..member }, CONSUMER_PROTOCOL_TYPE);
        }
        classic.protocol_name = Some(classic.select_protocol()?);
        classic.subscribed_topics = classic.compute_subscribed_topics();
        classic.set_state(State::Stable(SyncPhase::default()), now);
        Some(classic)
    }
}

fn adopted(member: &Member, protocol: &str, image: &Image) -> Result<Adopted, UpgradeObstacle> {
    let malformed = UpgradeObstacle::Malformed;
    let said = embedded::subscription(&member.metadata(protocol)).ok_or(malformed)?;
    let assigned = match member.assignment.is_empty() {
        true => Partitions::new(),
        false => {
            let assignment = embedded::assignment(&member.assignment).ok_or(malformed)?;
            if assignment.user_data.is_some_and(|data| !data.is_empty()) {
                return Err(UpgradeObstacle::CustomAssignor);
            }
            let topics = assignment.assigned_partitions.iter();
            let topics = topics.map(|one| (one.topic.as_str(), one.partitions.as_slice()));
            embedded::by_id(topics, image)
        }
    };
    let metadata = MemberMetadata {
        instance_id: member.group_instance_id.clone(),
        rack_id: said.rack_id.filter(|rack| !rack.is_empty()),
        client_id: member.client_id.clone(),
        client_host: member.client_host.clone(),
        topics: said.topics.into_iter().collect(),
        regex: String::new(),
        rebalance_timeout_ms: member.rebalance_timeout_ms,
        assignor: None,
        classic: Some(ClassicMetadata {
            session_timeout_ms: member.session_timeout_ms,
            protocols: member.protocols.clone(),
        }),
    };
    Ok(Adopted { member_id: member.member_id.clone(), metadata, assigned })
}

fn classic_member(member_id: String, metadata: &Rc<MemberMetadata>) -> Option<Member> {
    let classic = metadata.classic.as_ref()?;
    Some(Member {
        member_id,
        group_instance_id: metadata.instance_id.clone(),
        client_id: metadata.client_id.clone(),
        client_host: metadata.client_host.clone(),
        rebalance_timeout_ms: metadata.rebalance_timeout_ms,
        session_timeout_ms: classic.session_timeout_ms,
        protocols: classic.protocols.clone(),
        assignment: Bytes::new(),
        awaiting_join: None,
        awaiting_sync: None,
        is_new: false,
        expires_at_ms: None,
    })
}

fn assignment_of(member: &Member, target: &Partitions, image: &Image) -> Option<Bytes> {
    let subscription = member.protocols.first()?;
    embedded::encode_assignment(target, image, &subscription.metadata).ok()
}
