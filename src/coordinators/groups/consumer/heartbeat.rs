//! ConsumerGroupHeartbeat: a member joins, lives, changes, learns its assignment, leaves.
//!
//! A heartbeat that brings nothing new of a member that has its target writes nothing and costs
//! the same whatever the size of the group.
//! Source: GroupMetadataManager.consumerGroupHeartbeat and what it calls.

use super::assignment::{Partitions, is_within, without_epochs};
use super::member::{Current, EPOCH_AWAY, EPOCH_JOINING, EPOCH_LEFT, MemberMetadata, MemberState};
use super::reconcile::Reconciliation;
use super::record::{ConsumerChange, GroupEpoch};
use super::regexes::RegexUpdate;
use super::size;
use super::work::Work;
use crate::coordinators::groups::error::GroupError;
use crate::coordinators::groups::memory::Purpose;
use crate::coordinators::groups::message::{Beat, ConsumerHeartbeat};
use shards::mutation::Mutation;
use std::rc::Rc;

impl Work<'_> {
    /// Whatever its epoch says: a heartbeat, or a member that leaves.
    pub(crate) fn beat(&mut self, request: &ConsumerHeartbeat) -> Result<Beat, GroupError> {
        match request.member_epoch {
            EPOCH_LEFT | EPOCH_AWAY => self.leave(request),
            _ => self.heartbeat(request),
        }
    }

    fn heartbeat(&mut self, request: &ConsumerHeartbeat) -> Result<Beat, GroupError> {
        let member_id = match request.member_id.as_str() {
            "" => request.fresh_uuid.to_string(),
            member_id => member_id.to_owned(),
        };
        self.check_size(&member_id)?;
        self.admit(&member_id, request)?;
        let before = self.group.metadata(&member_id);
        let current_before = self.group.current(&member_id);
        let change = match updated(&before, request) {
            Some(after) => self.update_metadata(&member_id, &before, after)?,
            None => SubscriptionChange::NONE,
        };
        if change == SubscriptionChange::NONE {
            self.update_regexes(&before, &before);
        }
        if change.bumps() || self.group.checked_version != Some(self.around.versions.topics) {
            self.update_epoch(change.bumps());
        }
        self.update_targets();
        let is_changed = change != SubscriptionChange::NONE;
        self.reconcile(&member_id, is_changed, request.owned.as_ref())?;
        let session_ms = self.intervals().session_ms;
        self.renew_session(&member_id, session_ms);
        Ok(self.answer(member_id, request, &current_before))
    }

    pub(super) fn check_size(&self, member_id: &str) -> Result<(), GroupError> {
        let is_full = self.group.members_count() >= self.around.config.consumer.size_max;
        match is_full && !self.group.has_member(member_id) {
            true => Err(GroupError::GroupFull),
            false => Ok(()),
        }
    }

    /// Finds the member, or makes room for a new one; a static member that comes back takes over
    /// what the one before it had.
    fn admit(&mut self, member_id: &str, request: &ConsumerHeartbeat) -> Result<(), GroupError> {
        let joins = request.member_epoch == EPOCH_JOINING;
        let Some(instance_id) = &request.instance_id else {
            let is_known = self.group.has_member(member_id);
            return match is_known {
                true => self.check_epoch(member_id, request),
                false if joins => Ok(()),
                false => Err(GroupError::UnknownMember),
            };
        };
        let holder = self.group.static_member(instance_id).map(str::to_owned);
        match holder {
            None if joins => Ok(()),
            None => Err(GroupError::UnknownMember),
            Some(holder) if joins => {
                let speaks_classic = self.group.metadata(&holder).classic.is_some();
                if !speaks_classic && self.group.current(&holder).epoch != EPOCH_AWAY {
                    return Err(GroupError::UnreleasedInstance);
                }
                self.replace_static(&holder, member_id);
                Ok(())
            }
            Some(holder) if holder != member_id => Err(GroupError::FencedInstance),
            Some(_) => self.check_epoch(member_id, request),
        }
    }

    fn check_epoch(&self, member_id: &str, request: &ConsumerHeartbeat) -> Result<(), GroupError> {
        let current = self.group.current(member_id);
        let epoch = request.member_epoch;
        if epoch == EPOCH_JOINING || epoch == current.epoch {
            return Ok(());
        }
        // The answer that told it of its newer epoch may have been lost.
        let has_no_more = |said: &Partitions| is_within(said, &current.assigned);
        let missed_an_answer = epoch < current.epoch
            && epoch == current.previous_epoch
            && request.owned.as_ref().is_some_and(has_no_more);
        let is_let_through = missed_an_answer || Mutation::FencedHeartbeat.is_planted();
        if is_let_through { Ok(()) } else { Err(GroupError::FencedMemberEpoch) }
    }

    /// Gives what a static member had to its new member id.
    pub(super) fn replace_static(&mut self, old_id: &str, new_id: &str) {
        let metadata = self.group.metadata(old_id);
        let target = self.group.target(old_id);
        let current = Current {
            epoch: EPOCH_JOINING,
            previous_epoch: EPOCH_JOINING,
            ..(*self.group.current(old_id)).clone()
        };
        self.remove_member(old_id);
        let member_id = || new_id.to_owned();
        self.set(ConsumerChange::Member { member_id: member_id(), metadata: Some(metadata) });
        self.set(ConsumerChange::Target { member_id: member_id(), partitions: Some(target) });
        let current = Some(Rc::new(current));
        self.set(ConsumerChange::Current { member_id: member_id(), current });
    }

    pub(super) fn update_metadata(
        &mut self,
        member_id: &str,
        before: &MemberMetadata,
        after: MemberMetadata,
    ) -> Result<SubscriptionChange, GroupError> {
        self.check_memory(member_id, before, &after)?;
        let after = Rc::new(after);
        let metadata = Some(after.clone());
        self.set(ConsumerChange::Member { member_id: member_id.to_owned(), metadata });
        Ok(SubscriptionChange {
            has_other_names: before.topics != after.topics,
            regex: self.update_regexes(before, &after),
        })
    }

    /// A new member needs room for what it brings, a known one for what it brings more than before.
    fn check_memory(
        &self,
        member_id: &str,
        before: &MemberMetadata,
        after: &MemberMetadata,
    ) -> Result<(), GroupError> {
        let bytes = size::of_metadata(member_id, after);
        let has_room = match self.group.has_member(member_id) {
            true => {
                let more = bytes.saturating_sub(size::of_metadata(member_id, before));
                self.group.memory().has_room(more, Purpose::ForKnown)
            }
            false => self.group.memory().has_room(bytes, Purpose::ForNew),
        };
        if has_room { Ok(()) } else { Err(GroupError::MemoryFull) }
    }

    /// Begins an epoch if the subscriptions changed or the topics did.
    pub(super) fn update_epoch(&mut self, bump: bool) {
        let topics = self.group.subscribed_topics();
        let metadata_hash = self.around.hashes.of_group(topics, self.around.image);
        self.group.checked_version = Some(self.around.versions.topics);
        if bump || metadata_hash != self.group.metadata_hash() {
            self.begin_epoch(metadata_hash);
        }
        if self.group.has_partition_metadata() {
            self.set(ConsumerChange::PartitionMetadata { is_there: false });
        }
    }

    pub(super) fn begin_epoch(&mut self, metadata_hash: i64) {
        let epoch = self.group.epoch().saturating_add(1);
        self.set(ConsumerChange::Epoch(Some(GroupEpoch { epoch, metadata_hash })));
        self.count_rebalance();
    }

    /// Takes the member a step nearer to its target.
    pub(super) fn reconcile(
        &mut self,
        member_id: &str,
        has_subscription_changed: bool,
        said: Option<&Partitions>,
    ) -> Result<(), GroupError> {
        let group = &*self.group;
        let target_epoch = group.target_epoch();
        let current = group.current(member_id);
        if !has_subscription_changed && current.is_reconciled_to(target_epoch) {
            return Ok(());
        }
        let (metadata, target) = (group.metadata(member_id), group.target(member_id));
        let image = self.around.image;
        let is_subscribed = |topic| {
            let topic = image.topics.by_id(topic);
            topic.is_some_and(|topic| group.subscribes(&metadata, &topic.name))
        };
        let is_free = |topic, partition| {
            group.is_free(topic, partition) || Mutation::UnreleasedGiven.is_planted()
        };
        let reconciliation = Reconciliation {
            current: &current,
            target: &target,
            target_epoch,
            has_subscription_changed,
            said,
            is_subscribed: &is_subscribed,
            is_free: &is_free,
        };
        let Some(next) = reconciliation.next()? else { return Ok(()) };
        let (state, epoch) = (next.state, next.epoch);
        let current = Some(Rc::new(next));
        self.set(ConsumerChange::Current { member_id: member_id.to_owned(), current });
        if metadata.classic.is_none() {
            let must_revoke = state == MemberState::UnrevokedPartitions;
            self.set_rebalance_deadline(member_id, must_revoke.then_some(epoch));
        }
        Ok(())
    }

    fn answer(
        &mut self,
        member_id: String,
        request: &ConsumerHeartbeat,
        before: &Rc<Current>,
    ) -> Beat {
        let current = self.group.current(&member_id);
        let is_told = request.member_epoch == EPOCH_JOINING
            || request.is_full()
            || !Rc::ptr_eq(&current, before) && current.assigned != before.assigned;
        Beat {
            member_epoch: current.epoch,
            heartbeat_interval_ms: self.intervals().heartbeat_ms,
            assignment: is_told.then(|| without_epochs(&current.assigned)),
            member_id,
        }
    }
}

/// What a heartbeat changed of a member's subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SubscriptionChange {
    pub(super) has_other_names: bool,
    pub(super) regex: RegexUpdate,
}

impl SubscriptionChange {
    pub(super) const NONE: Self = Self { has_other_names: false, regex: RegexUpdate::Same };

    /// A pattern that is not resolved yet begins an epoch when it is.
    fn bumps(self) -> bool {
        self.has_other_names || self.regex == RegexUpdate::ChangedAndResolved
    }
}

/// The metadata with what the request says; `None`: nothing differs.
fn updated(before: &MemberMetadata, request: &ConsumerHeartbeat) -> Option<MemberMetadata> {
    let differs = |said: &Option<String>, known: &Option<String>| said.is_some() && said != known;
    let topics = request.topics.as_ref();
    let is_same = !differs(&request.instance_id, &before.instance_id)
        && !differs(&request.rack_id, &before.rack_id)
        && !differs(&request.assignor, &before.assignor)
        && request.regex.as_ref().is_none_or(|regex| *regex == before.regex)
        && [-1, before.rebalance_timeout_ms].contains(&request.rebalance_timeout_ms)
        && topics.is_none_or(|topics| *topics == before.topics)
        && request.client_id == before.client_id
        && request.client_host == before.client_host
        && before.classic.is_none();
    if is_same {
        return None;
    }
    let or = |said: &Option<String>, known: &Option<String>| said.clone().or_else(|| known.clone());
    Some(MemberMetadata {
        instance_id: or(&request.instance_id, &before.instance_id),
        rack_id: or(&request.rack_id, &before.rack_id),
        client_id: request.client_id.clone(),
        client_host: request.client_host.clone(),
        topics: topics.unwrap_or(&before.topics).clone(),
        regex: request.regex.as_ref().unwrap_or(&before.regex).clone(),
        rebalance_timeout_ms: match request.rebalance_timeout_ms {
            -1 => before.rebalance_timeout_ms,
            timeout_ms => timeout_ms,
        },
        assignor: or(&request.assignor, &before.assignor),
        classic: None,
    })
}
