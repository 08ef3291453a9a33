//! Members of the classic protocol in a consumer group: JoinGroup, SyncGroup and Heartbeat drive
//! the same steps as ConsumerGroupHeartbeat does.
//!
//! A member epoch is its generation. It joins once for each step: to give up partitions, and again
//! to get others.
//! Source: GroupMetadataManager.classicGroupJoinToConsumerGroup, classicGroupSyncToConsumerGroup,
//! classicGroupHeartbeatToConsumerGroup, ConsumerGroup.fromClassicGroup.

use super::assignment::{Owned, Partitions, with_epoch, without_epochs};
use super::fence::at_least;
use super::group::ConsumerGroup;
use super::heartbeat::SubscriptionChange;
use super::member::{ClassicMetadata, Current, MemberMetadata, MemberState};
use super::record::{ConsumerChange, GroupEpoch, TargetEpoch};
use super::work::Work;
use crate::coordinators::groups::embedded;
use crate::coordinators::groups::error::GroupError;
use crate::coordinators::groups::group::CONSUMER_PROTOCOL_TYPE;
use crate::coordinators::groups::message::{Heartbeat, JoinGroup, Joined, Protocol, SyncGroup};
use bytes::Bytes;
use std::rc::Rc;

/// A member of a classic group as it goes over into a consumer group.
pub(crate) struct Adopted {
    pub(crate) member_id: String,
    pub(crate) metadata: MemberMetadata,
    pub(crate) assigned: Partitions,
}

impl Work<'_> {
    /// Takes over the members of a classic group, each with what its last generation gave it.
    pub(crate) fn adopt(&mut self, members: Vec<Adopted>, generation: i32) {
        let mut placed = Vec::with_capacity(members.len());
        for Adopted { member_id, metadata, assigned } in members {
            let metadata = Some(Rc::new(metadata));
            self.set(ConsumerChange::Member { member_id: member_id.clone(), metadata });
            placed.push((member_id, assigned));
        }
        let topics = self.group.subscribed_topics();
        let metadata_hash = self.around.hashes.of_group(topics, self.around.image);
        self.set(ConsumerChange::Epoch(Some(GroupEpoch { epoch: generation, metadata_hash })));
        for (member_id, assigned) in &placed {
            let partitions = Some(Rc::new(assigned.clone()));
            self.set(ConsumerChange::Target { member_id: member_id.clone(), partitions });
        }
        let target = TargetEpoch { epoch: generation, made_at_ms: 0 };
        self.set(ConsumerChange::TargetEpoch(Some(target)));
        for (member_id, assigned) in placed {
            let current = Current {
                epoch: generation,
                previous_epoch: generation,
                state: MemberState::Stable,
                assigned: with_epoch(&assigned, generation),
                revoking: Owned::new(),
            };
            let current = Some(Rc::new(current));
            self.set(ConsumerChange::Current { member_id, current });
        }
        self.renew_missing_sessions();
    }

    pub(crate) fn classic_join(
        &mut self,
        request: &JoinGroup,
        member_id: String,
    ) -> Result<Joined, GroupError> {
        self.check_size(&member_id)?;
        let first = request.protocols.first().cloned();
        let Protocol { name, metadata } = first.ok_or(GroupError::InconsistentProtocol)?;
        let said = embedded::subscription(&metadata).ok_or(GroupError::InconsistentProtocol)?;
        self.admit_classic(request, &member_id)?;
        let before = self.group.metadata(&member_id);
        let after = MemberMetadata {
            instance_id: request.group_instance_id.clone().or_else(|| before.instance_id.clone()),
            rack_id: said.rack_id.filter(|rack| !rack.is_empty()).or(before.rack_id.clone()),
            client_id: request.client_id.clone(),
            client_host: request.client_host.clone(),
            topics: said.topics.into_iter().collect(),
            regex: String::new(),
            rebalance_timeout_ms: request.rebalance_timeout_ms,
            assignor: before.assignor.clone(),
            classic: Some(ClassicMetadata {
                session_timeout_ms: request.session_timeout_ms,
                protocols: request.protocols.clone(),
            }),
        };
        let change = match *before == after {
            true => SubscriptionChange::NONE,
            false => self.update_metadata(&member_id, &before, after)?,
        };
        let bump = change != SubscriptionChange::NONE;
        if bump || self.group.checked_version != Some(self.around.versions.topics) {
            self.update_epoch(bump);
        }
        self.update_targets();
        let owned = said.owned_partitions.iter();
        let owned = owned.map(|owned| (owned.topic.as_str(), owned.partitions.as_slice()));
        let owned = embedded::by_id(owned, self.around.image);
        self.reconcile(&member_id, bump, Some(&owned))?;
        self.await_sync(&member_id, request);
        Ok(Joined {
            generation: self.group.current(&member_id).epoch,
            member_id,
            protocol_type: Some(CONSUMER_PROTOCOL_TYPE.to_owned()),
            protocol_name: Some(name),
            leader: String::new(),
            skip_assignment: false,
            members: Vec::new(),
        })
    }

    fn admit_classic(&mut self, request: &JoinGroup, member_id: &str) -> Result<(), GroupError> {
        let Some(instance_id) = &request.group_instance_id else { return Ok(()) };
        let holder = self.group.static_member(instance_id).map(str::to_owned);
        match holder {
            None if request.member_id.is_empty() => Ok(()),
            None => Err(GroupError::UnknownMember),
            Some(holder) if request.member_id.is_empty() => {
                self.note_if_lost(&holder);
                self.replace_static(&holder, member_id);
                Ok(())
            }
            Some(holder) if holder != member_id => Err(GroupError::FencedInstance),
            Some(_) => Ok(()),
        }
    }

    fn await_sync(&mut self, member_id: &str, request: &JoinGroup) {
        self.renew_session(member_id, at_least(request.session_timeout_ms));
        let wait_ms = at_least(request.rebalance_timeout_ms);
        let sync_ms = Some(self.around.now.steady_ms.saturating_add(wait_ms));
        self.group.update_deadlines(member_id, |deadlines| {
            deadlines.join_ms = None;
            deadlines.rebalance = None;
            deadlines.sync_ms = sync_ms;
        });
    }

    /// The member's part of the assignment.
    pub(crate) fn classic_sync(&mut self, request: &SyncGroup) -> Result<Bytes, GroupError> {
        let instance_id = request.group_instance_id.as_deref();
        let member_id = &request.member_id;
        self.group.check_classic(member_id, instance_id, request.generation)?;
        let metadata = self.group.metadata(member_id);
        let protocol = metadata.classic.as_ref().and_then(|classic| classic.protocols.first());
        let Protocol { name, metadata: subscription } =
            protocol.ok_or(GroupError::InconsistentProtocol)?;
        let is_other_type =
            request.protocol_type.as_ref().is_some_and(|kind| kind != CONSUMER_PROTOCOL_TYPE);
        let is_other_name = request.protocol_name.as_ref().is_some_and(|said| said != name);
        if is_other_type || is_other_name {
            return Err(GroupError::InconsistentProtocol);
        }
        let current = self.group.current(member_id);
        let must_join = self.group.target_epoch() > current.epoch
            && current.state != MemberState::UnrevokedPartitions;
        if must_join {
            self.await_join(member_id);
            return Err(GroupError::RebalanceInProgress);
        }
        self.group.update_deadlines(member_id, |deadlines| deadlines.sync_ms = None);
        let session_ms = self.group.classic_session_ms(member_id);
        self.renew_session(member_id, session_ms.unwrap_or_default());
        let assigned = without_epochs(&current.assigned);
        let image = self.around.image;
        embedded::encode_assignment(&assigned, image, subscription)
            .map_err(|_too_long| GroupError::InconsistentProtocol)
    }

    /// Whether the member is to join again.
    pub(crate) fn classic_heartbeat(&mut self, request: &Heartbeat) -> Result<bool, GroupError> {
        let member_id = &request.member_id;
        let instance_id = request.group_instance_id.as_deref();
        self.group.check_classic(member_id, instance_id, request.generation)?;
        let session_ms = self.group.classic_session_ms(member_id);
        self.renew_session(member_id, session_ms.unwrap_or_default());
        let must_join = self.group.must_join_again(member_id);
        if must_join {
            self.await_join(member_id);
        }
        Ok(must_join)
    }

    /// By when a member that was told to join again must have; unless it was told before.
    fn await_join(&mut self, member_id: &str) {
        let wait_ms = at_least(self.group.metadata(member_id).rebalance_timeout_ms);
        let join_ms = self.around.now.steady_ms.saturating_add(wait_ms);
        self.group.update_deadlines(member_id, |deadlines| {
            deadlines.join_ms.get_or_insert(join_ms);
        });
    }

    /// A member of the consumer protocol goes: the group may be one of classic members alone now.
    pub(super) fn note_if_lost(&mut self, member_id: &str) {
        if self.group.member(member_id).is_some_and(|member| !member.is_classic()) {
            self.count_lost();
        }
    }
}

impl ConsumerGroup {
    /// Whether a classic member can join with these protocols.
    pub(crate) fn supports_classic(&self, request: &JoinGroup) -> bool {
        let is_common = |name: &str| self.supporters(name) == self.classic_count();
        request.protocol_type == CONSUMER_PROTOCOL_TYPE
            && request.protocols.iter().any(|protocol| is_common(&protocol.name))
    }

    fn check_classic(
        &self,
        member_id: &str,
        instance_id: Option<&str>,
        generation: i32,
    ) -> Result<(), GroupError> {
        let holder = self.who_is(member_id, instance_id)?;
        let member = self.member(holder).filter(|member| member.is_classic());
        let member = member.ok_or(GroupError::UnknownMember)?;
        let is_current = member.current().epoch == generation;
        if is_current { Ok(()) } else { Err(GroupError::IllegalGeneration) }
    }

    /// The member of these ids.
    pub(super) fn who_is<'m>(
        &self,
        member_id: &'m str,
        instance_id: Option<&str>,
    ) -> Result<&'m str, GroupError> {
        match instance_id.map(|instance_id| self.static_member(instance_id)) {
            None if self.has_member(member_id) => Ok(member_id),
            None | Some(None) => Err(GroupError::UnknownMember),
            Some(Some(holder)) if holder != member_id => Err(GroupError::FencedInstance),
            Some(Some(_)) => Ok(member_id),
        }
    }

    /// Who leaves by LeaveGroup: administrators name an instance id alone.
    pub(crate) fn who_leaves_by(
        &self,
        member_id: &str,
        instance_id: Option<&str>,
    ) -> Result<String, GroupError> {
        match instance_id {
            Some(instance_id) if member_id.is_empty() => {
                let holder = self.static_member(instance_id);
                holder.map(str::to_owned).ok_or(GroupError::UnknownMember)
            }
            _ => self.who_is(member_id, instance_id).map(str::to_owned),
        }
    }

    fn must_join_again(&self, member_id: &str) -> bool {
        let current = self.current(member_id);
        current.epoch < self.target_epoch()
            || match current.state {
                MemberState::UnrevokedPartitions => true,
                MemberState::UnreleasedPartitions => !self.waits_for_others(member_id, &current),
                MemberState::Stable | MemberState::Unknown => false,
            }
    }

    /// Whether others have partitions of the member's target still.
    fn waits_for_others(&self, member_id: &str, current: &Current) -> bool {
        let target = self.target(member_id);
        let mut missing = target.iter().flat_map(|(topic, partitions)| {
            let assigned = current.assigned.get(topic);
            let is_missing =
                move |one: &&i32| assigned.is_none_or(|assigned| !assigned.contains_key(*one));
            partitions.iter().filter(is_missing).map(move |one| (*topic, *one))
        });
        missing.any(|(topic, partition)| !self.is_free(topic, partition))
    }

    /// Whether only classic members are left, and some.
    pub(crate) fn is_all_classic(&self) -> bool {
        !self.is_empty() && self.classic_count() == self.members_count()
    }

    /// The members with what their targets give them, for a classic group.
    pub(crate) fn classic_members(&self) -> Vec<(String, Rc<MemberMetadata>, Rc<Partitions>)> {
        self.members()
            .map(|(id, member)| (id.clone(), member.metadata(), member.target()))
            .collect()
    }
}
