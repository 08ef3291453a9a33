//! One consumer group: what its records say, and what follows from that.
//!
//! Changes only in [`ConsumerGroup::set`], by one record at a time, also when a change is taken
//! back. Deadlines stand beside: they are of this life of the coordinator only.
//! Promise: `invariants` holds between calls.
//! Source: ConsumerGroup, ModernGroup.

use super::assignment::{Partitions, each};
use super::member::{Current, Deadlines, Member, MemberMetadata};
use super::record::{ConsumerChange, GroupEpoch, ResolvedRegex, TargetEpoch};
use super::size;
use crate::coordinators::groups::config::Intervals;
use crate::coordinators::groups::memory::{MemberMemory, Share};
use crate::coordinators::groups::message::Protocol;
use crate::coordinators::groups::timers::Wake;
use shards::entropy::HashMap;
use std::collections::BTreeMap;
use std::rc::Rc;
use uuid::Uuid;

/// Of a group that has none yet, and of its targets.
const EPOCH_FIRST: i32 = 1;

/// Who subscribes to a topic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Subscriptions {
    /// Members that name it.
    by_name: usize,
    /// Patterns that match it.
    by_regex: usize,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct ConsumerGroup {
    pub(crate) id: String,
    epoch: Option<GroupEpoch>,
    target_epoch: Option<TargetEpoch>,
    has_partition_metadata: bool,
    members: BTreeMap<String, Member>,
    regexes: BTreeMap<String, Rc<ResolvedRegex>>,

    // What follows from it.
    members_count: usize,
    classic_count: usize,
    /// Member id of each group.instance.id.
    static_members: BTreeMap<String, String>,
    topics: BTreeMap<String, Subscriptions>,
    /// How many members subscribe to each pattern.
    regex_members: BTreeMap<String, usize>,
    /// How many members ask for each assignor.
    assignors: BTreeMap<String, usize>,
    /// How many classic members support each protocol.
    classic_protocols: BTreeMap<String, usize>,
    /// How many members have a partition, or have to give it up: one, in sound logs.
    owners: HashMap<(Uuid, i32), u32>,
    /// Partitions of more than one.
    contested: u64,

    // Of this life of the coordinator only.
    /// The version of the topics that the metadata hash was last compared with.
    pub(super) checked_version: Option<i64>,
    /// A pattern is being resolved.
    pub(super) is_resolving: bool,
    pub(crate) intervals: Option<Intervals>,
    pub(crate) wake: Wake,
    share: Share,
}

/// What `metrics`, `list` and `describe` call the state of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConsumerState {
    Empty,
    /// The targets are older than the group's epoch.
    Assigning,
    /// Members are on their way to their targets.
    Reconciling,
    Stable,
}

impl ConsumerState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            ConsumerState::Empty => "Empty",
            ConsumerState::Assigning => "Assigning",
            ConsumerState::Reconciling => "Reconciling",
            ConsumerState::Stable => "Stable",
        }
    }
}

impl ConsumerGroup {
    pub(crate) fn new(id: &str, memory: &MemberMemory) -> Self {
        ConsumerGroup {
            id: id.to_owned(),
            epoch: None,
            target_epoch: None,
            has_partition_metadata: false,
            members: BTreeMap::new(),
            regexes: BTreeMap::new(),
            members_count: 0,
            classic_count: 0,
            static_members: BTreeMap::new(),
            topics: BTreeMap::new(),
            regex_members: BTreeMap::new(),
            assignors: BTreeMap::new(),
            classic_protocols: BTreeMap::new(),
            owners: HashMap::default(),
            contested: 0,
            checked_version: None,
            is_resolving: false,
            intervals: None,
            wake: Wake::default(),
            share: memory.share(),
        }
    }

    pub(crate) fn epoch(&self) -> i32 {
        self.epoch.map_or(EPOCH_FIRST, |epoch| epoch.epoch)
    }

    pub(super) fn metadata_hash(&self) -> i64 {
        self.epoch.map_or(0, |epoch| epoch.metadata_hash)
    }

    pub(crate) fn target_epoch(&self) -> i32 {
        self.target_epoch.map_or(EPOCH_FIRST, |target| target.epoch)
    }

    /// Wall clock; 0: not known.
    pub(super) fn target_made_at_ms(&self) -> i64 {
        self.target_epoch.map_or(0, |target| target.made_at_ms)
    }

    pub(super) fn has_partition_metadata(&self) -> bool {
        self.has_partition_metadata
    }

    pub(crate) fn memory(&self) -> &MemberMemory {
        self.share.memory()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.members_count == 0
    }

    pub(crate) fn members_count(&self) -> usize {
        self.members_count
    }

    pub(super) fn classic_count(&self) -> usize {
        self.classic_count
    }

    /// How many classic members support a protocol.
    pub(super) fn supporters(&self, protocol: &str) -> usize {
        self.classic_protocols.get(protocol).copied().unwrap_or(0)
    }

    /// No record tells of the group.
    pub(crate) fn is_blank(&self) -> bool {
        self.epoch.is_none()
            && self.target_epoch.is_none()
            && self.members.is_empty()
            && self.regexes.is_empty()
    }

    pub(crate) fn state(&self) -> ConsumerState {
        let target_epoch = self.target_epoch();
        let is_reconciled = |member: &Member| match &member.current {
            Some(current) => current.is_reconciled_to(target_epoch),
            None => false,
        };
        if self.is_empty() {
            ConsumerState::Empty
        } else if self.epoch() > target_epoch {
            ConsumerState::Assigning
        } else if self.members().all(|(_, member)| is_reconciled(member)) {
            ConsumerState::Stable
        } else {
            ConsumerState::Reconciling
        }
    }

    pub(super) fn members(&self) -> impl Iterator<Item = (&String, &Member)> {
        self.members.iter().filter(|(_, member)| member.is_there())
    }

    pub(super) fn member(&self, member_id: &str) -> Option<&Member> {
        self.members.get(member_id).filter(|member| member.is_there())
    }

    pub(crate) fn has_member(&self, member_id: &str) -> bool {
        self.member(member_id).is_some()
    }

    pub(super) fn current(&self, member_id: &str) -> Rc<Current> {
        self.members.get(member_id).cloned().unwrap_or_default().current()
    }

    pub(super) fn metadata(&self, member_id: &str) -> Rc<MemberMetadata> {
        self.members.get(member_id).cloned().unwrap_or_default().metadata()
    }

    pub(super) fn target(&self, member_id: &str) -> Rc<Partitions> {
        self.members.get(member_id).cloned().unwrap_or_default().target()
    }

    /// Who has the instance id.
    pub(super) fn static_member(&self, instance_id: &str) -> Option<&str> {
        self.static_members.get(instance_id).map(String::as_str)
    }

    /// Whether nobody has the partition.
    pub(super) fn is_free(&self, topic: Uuid, partition: i32) -> bool {
        !self.owners.contains_key(&(topic, partition))
    }

    pub(crate) fn is_subscribed(&self, topic: &str) -> bool {
        self.topics.contains_key(topic)
    }

    /// Names of topics that somebody subscribes to.
    pub(super) fn subscribed_topics(&self) -> impl Iterator<Item = &str> {
        self.topics.keys().map(String::as_str)
    }

    pub(super) fn regex_members(&self, regex: &str) -> usize {
        self.regex_members.get(regex).copied().unwrap_or(0)
    }

    pub(super) fn subscribed_regexes(&self) -> impl Iterator<Item = &str> {
        self.regex_members.keys().map(String::as_str)
    }

    pub(super) fn resolved(&self, regex: &str) -> Option<&Rc<ResolvedRegex>> {
        self.regexes.get(regex)
    }

    pub(super) fn resolved_regexes(&self) -> &BTreeMap<String, Rc<ResolvedRegex>> {
        &self.regexes
    }

    /// The assignor that most members ask for; of equals, the last by name.
    pub(crate) fn preferred_assignor(&self) -> Option<&str> {
        let most = self.assignors.iter().max_by_key(|(_, count)| **count)?;
        Some(most.0)
    }

    /// Sets one key; what it replaces is the change that takes it back.
    pub(crate) fn set(&mut self, change: ConsumerChange) -> ConsumerChange {
        match change {
            ConsumerChange::Epoch(epoch) => {
                ConsumerChange::Epoch(std::mem::replace(&mut self.epoch, epoch))
            }
            ConsumerChange::PartitionMetadata { is_there } => {
                let before = std::mem::replace(&mut self.has_partition_metadata, is_there);
                ConsumerChange::PartitionMetadata { is_there: before }
            }
            ConsumerChange::TargetEpoch(target) => {
                ConsumerChange::TargetEpoch(std::mem::replace(&mut self.target_epoch, target))
            }
            ConsumerChange::Regex { regex, resolved } => {
                let resolved = self.set_regex(&regex, resolved);
                ConsumerChange::Regex { regex, resolved }
            }
            ConsumerChange::Member { member_id, metadata } => {
                let metadata = self.set_metadata(&member_id, metadata);
                ConsumerChange::Member { member_id, metadata }
            }
            ConsumerChange::Target { member_id, partitions } => {
                let partitions = self.set_target(&member_id, partitions);
                ConsumerChange::Target { member_id, partitions }
            }
            ConsumerChange::Current { member_id, current } => {
                let current = self.set_current(&member_id, current);
                ConsumerChange::Current { member_id, current }
            }
        }
    }

    fn set_regex(
        &mut self,
        regex: &str,
        resolved: Option<Rc<ResolvedRegex>>,
    ) -> Option<Rc<ResolvedRegex>> {
        let before = match &resolved {
            Some(resolved) => self.regexes.insert(regex.to_owned(), resolved.clone()),
            None => self.regexes.remove(regex),
        };
        for topic in resolved.iter().flat_map(|resolved| &resolved.topics) {
            self.topics.entry(topic.clone()).or_default().by_regex += 1;
        }
        for topic in before.iter().flat_map(|before| &before.topics) {
            discount(&mut self.topics, topic, |subscriptions| subscriptions.by_regex -= 1);
        }
        self.share.add(resolved.as_deref().map_or(0, |resolved| size::of_regex(regex, resolved)));
        self.share.subtract(before.as_deref().map_or(0, |before| size::of_regex(regex, before)));
        before
    }

    fn set_metadata(
        &mut self,
        member_id: &str,
        metadata: Option<Rc<MemberMetadata>>,
    ) -> Option<Rc<MemberMetadata>> {
        let member = self.begin(member_id);
        let before = std::mem::replace(&mut member.metadata, metadata.clone());
        if let Some(before) = &before {
            self.share.subtract(size::of_metadata(member_id, before));
            self.forget_metadata(member_id, before);
        }
        if let Some(metadata) = &metadata {
            self.share.add(size::of_metadata(member_id, metadata));
            self.note_metadata(member_id, metadata);
        }
        self.end(member_id);
        before
    }

    fn note_metadata(&mut self, member_id: &str, metadata: &MemberMetadata) {
        if let Some(instance_id) = &metadata.instance_id {
            self.static_members.insert(instance_id.clone(), member_id.to_owned());
        }
        for topic in &metadata.topics {
            self.topics.entry(topic.clone()).or_default().by_name += 1;
        }
        if !metadata.regex.is_empty() {
            *self.regex_members.entry(metadata.regex.clone()).or_default() += 1;
        }
        if let Some(assignor) = &metadata.assignor {
            *self.assignors.entry(assignor.clone()).or_default() += 1;
        }
        if let Some(classic) = &metadata.classic {
            self.classic_count += 1;
            for Protocol { name, .. } in &classic.protocols {
                *self.classic_protocols.entry(name.clone()).or_default() += 1;
            }
        }
    }

    fn forget_metadata(&mut self, member_id: &str, metadata: &MemberMetadata) {
        if let Some(instance_id) = &metadata.instance_id
            && self.static_member(instance_id) == Some(member_id)
        {
            self.static_members.remove(instance_id);
        }
        for topic in &metadata.topics {
            discount(&mut self.topics, topic, |subscriptions| subscriptions.by_name -= 1);
        }
        if !metadata.regex.is_empty() {
            decrement(&mut self.regex_members, &metadata.regex);
        }
        if let Some(assignor) = &metadata.assignor {
            decrement(&mut self.assignors, assignor);
        }
        if let Some(classic) = &metadata.classic {
            self.classic_count -= 1;
            for Protocol { name, .. } in &classic.protocols {
                decrement(&mut self.classic_protocols, name);
            }
        }
    }

    fn set_target(
        &mut self,
        member_id: &str,
        target: Option<Rc<Partitions>>,
    ) -> Option<Rc<Partitions>> {
        self.share.add(target.as_deref().map_or(0, size::of_target));
        let member = self.begin(member_id);
        let before = std::mem::replace(&mut member.target, target);
        self.share.subtract(before.as_deref().map_or(0, size::of_target));
        self.end(member_id);
        before
    }

    fn set_current(
        &mut self,
        member_id: &str,
        current: Option<Rc<Current>>,
    ) -> Option<Rc<Current>> {
        let member = self.begin(member_id);
        let before = std::mem::replace(&mut member.current, current.clone());
        if let Some(before) = &before {
            self.share.subtract(size::of_current(before));
            for place in each(&before.assigned).chain(each(&before.revoking)) {
                let Some(count) = self.owners.get_mut(&place) else { continue };
                *count -= 1;
                match *count {
                    0 => drop(self.owners.remove(&place)),
                    1 => self.contested -= 1,
                    _ => {}
                }
            }
        }
        if let Some(current) = &current {
            self.share.add(size::of_current(current));
            for place in each(&current.assigned).chain(each(&current.revoking)) {
                let count = self.owners.entry(place).or_default();
                *count += 1;
                self.contested += u64::from(*count == 2);
            }
        }
        self.end(member_id);
        before
    }

    /// The member's entry, which `end` removes again if nothing is left in it.
    fn begin(&mut self, member_id: &str) -> &mut Member {
        let was_there = self.has_member(member_id);
        self.members_count -= usize::from(was_there);
        if !self.members.contains_key(member_id) {
            self.members.insert(member_id.to_owned(), Member::default());
        }
        self.members.get_mut(member_id).expect("it was just put there")
    }

    fn end(&mut self, member_id: &str) {
        self.members_count += usize::from(self.has_member(member_id));
        if self.members.get(member_id).is_some_and(Member::is_blank) {
            self.members.remove(member_id);
        }
    }

    /// Sets deadlines of a member that is there.
    pub(super) fn update_deadlines(
        &mut self,
        member_id: &str,
        update: impl FnOnce(&mut Deadlines),
    ) {
        let Some(member) = self.members.get_mut(member_id).filter(|member| member.is_there())
        else {
            return;
        };
        update(&mut member.deadlines);
        if let Some(at_ms) = member.deadlines.earliest() {
            self.wake.by(at_ms);
        }
    }

    pub(crate) fn invariants(&self) {
        let there = self.members().count();
        assert_eq!(self.members_count, there, "count of members");
        assert_eq!(
            self.classic_count,
            self.members().filter(|(_, member)| member.is_classic()).count(),
            "count of classic members"
        );
        assert!(
            self.static_members.values().all(|member_id| self.has_member(member_id)),
            "every instance id belongs to a member"
        );
        let mut owners: HashMap<(Uuid, i32), u32> = HashMap::default();
        for (_, member) in self.members() {
            let current = member.current();
            for place in each(&current.assigned).chain(each(&current.revoking)) {
                *owners.entry(place).or_default() += 1;
            }
        }
        assert_eq!(self.owners, owners, "owners of partitions");
        let contested = owners.values().filter(|count| **count > 1).count();
        assert_eq!(self.contested, contested as u64, "partitions of two owners");
        let held: usize = self.members.iter().map(|(id, member)| size::of_member(id, member)).sum();
        let regexes = self.regexes.iter().map(|(regex, found)| size::of_regex(regex, found));
        assert_eq!(self.share.bytes(), held + regexes.sum::<usize>(), "bytes that members hold");
    }

    /// Its patterns are being matched; no other work of that kind is begun until that is over.
    pub(crate) fn begin_resolving(&mut self) {
        self.is_resolving = true;
    }

    /// Ids of members, and of those of whom a target alone is left.
    pub(super) fn every_id(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }

    /// Rebalance deadlines of epochs that the member has left count no more.
    pub(super) fn drop_passed_deadlines(&mut self) {
        for member in self.members.values_mut() {
            let epoch = member.current().epoch;
            let rebalance = &mut member.deadlines.rebalance;
            *rebalance = rebalance.filter(|(_, of_epoch)| *of_epoch == epoch);
        }
        let earliest = self.members.values().filter_map(|member| member.deadlines.earliest()).min();
        if let Some(at_ms) = earliest {
            self.wake.by(at_ms);
        }
    }

    /// Partitions that two members claim: none, unless a log was damaged.
    pub(crate) fn contested(&self) -> u64 {
        self.contested
    }

    /// All that records say, one change a key: what a replay from empty must come to.
    #[cfg(test)]
    pub(crate) fn content(&self) -> Vec<ConsumerChange> {
        let mut content = Vec::new();
        content.extend(self.epoch.map(|epoch| ConsumerChange::Epoch(Some(epoch))));
        content.extend(self.target_epoch.map(|it| ConsumerChange::TargetEpoch(Some(it))));
        for (regex, resolved) in &self.regexes {
            let (regex, resolved) = (regex.clone(), Some(resolved.clone()));
            content.push(ConsumerChange::Regex { regex, resolved });
        }
        for (member_id, member) in &self.members {
            let id = || member_id.clone();
            let metadata = member.metadata.clone();
            content.push(ConsumerChange::Member { member_id: id(), metadata });
            let partitions = member.target.clone();
            content.push(ConsumerChange::Target { member_id: id(), partitions });
            let current = member.current.clone();
            content.push(ConsumerChange::Current { member_id: id(), current });
        }
        content
    }
}

fn discount(
    topics: &mut BTreeMap<String, Subscriptions>,
    topic: &str,
    subtract: impl FnOnce(&mut Subscriptions),
) {
    let Some(subscriptions) = topics.get_mut(topic) else { return };
    subtract(subscriptions);
    if *subscriptions == Subscriptions::default() {
        topics.remove(topic);
    }
}

fn decrement(counts: &mut BTreeMap<String, usize>, name: &str) {
    let Some(count) = counts.get_mut(name) else { return };
    *count -= 1;
    if *count == 0 {
        counts.remove(name);
    }
}
