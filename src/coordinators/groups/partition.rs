//! The groups and offsets of one `__consumer_offsets` partition, and how they change.
//!
//! Changes of offsets and deletions of groups are applied when they are planned, those of consumer
//! groups as they are made; they are undone if their record is refused. A live classic group moves
//! by its own steps, and its record is written from it.

use super::config::GroupConfig;
use super::consumer::{ConsumerChange, ConsumerGroup, TopicHashes, Versions};
use super::effects::{Context, Effects, Plan, Scope, Then};
use super::error::GroupError;
use super::group::ClassicGroup;
use super::kinds::Group;
use super::memory::MemberMemory;
use super::message::{Reply, Request};
use super::offsets::{CommittedOffset, Ended, Offsets, Sequenced};
use super::record::Change;
use super::regex_jobs::RegexJobs;
use super::timers::Timers;
use crate::coordinators::coordinator::{
    Append, AppendFailure, Content, Now, OutputOf, Record, RequestToken, Ticket,
};
use crate::metadata::Image;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// What the coordinators of one core share.
#[derive(Clone)]
pub struct GroupShared {
    pub config: GroupConfig,
    pub memory: MemberMemory,
}

type Output = OutputOf<GroupPartition>;

/// What there is, for the metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupCounts {
    /// Groups by kind and state.
    pub groups: BTreeMap<(&'static str, &'static str), u64>,
    /// Members by the kind of their group.
    pub members: BTreeMap<&'static str, u64>,
    /// Rebalances since the partition was loaded, by the kind of the group.
    pub rebalances: BTreeMap<&'static str, u64>,
    /// Partitions that two members of a consumer group claim: a log was damaged.
    pub contested: u64,
}

/// See the module's header.
pub struct GroupPartition {
    pub(super) config: GroupConfig,
    pub(super) groups: BTreeMap<String, Group>,
    pub(super) offsets: Offsets,
    pub(super) timers: Timers,
    pub(super) memory: MemberMemory,
    pub(super) is_loaded: bool,
    pub(super) expire_at_ms: Option<u64>,
    pub(super) pending: VecDeque<Pending>,
    pub(super) image: Arc<Image>,
    /// When the topics of `image` changed.
    pub(super) versions: Versions,
    pub(super) hashes: TopicHashes,
    pub(super) regex_jobs: RegexJobs,
    /// Epochs that consumer groups have begun.
    pub(super) rebalances: u64,
    /// Generations of classic groups that have got their assignment.
    assigned_generations: u64,
    next_ticket: u64,
}

/// An append that was handed out and not reported yet.
pub(super) struct Pending {
    pub(super) ticket: Ticket,
    undo: Vec<Undo>,
    then: Then,
    pub(super) replies: Vec<(RequestToken, Reply)>,
}

/// How things were before a change.
pub(super) enum Undo {
    Offset {
        group_id: String,
        topic: String,
        partition: i32,
        before: Option<CommittedOffset>,
        created_group: bool,
    },
    Group(Box<ClassicGroup>),
    Consumer {
        group_id: String,
        /// What stood there.
        change: ConsumerChange,
    },
    /// It is to be made a consumer group again.
    Classic {
        group_id: String,
    },
    InTransaction {
        producer_id: i64,
        group_id: String,
        topic: String,
        partition: i32,
        before: Option<Sequenced>,
        created_group: bool,
    },
    Ended(Ended),
}

impl GroupPartition {
    /// Starts out loading: everything is refused until `loaded`.
    pub fn new(config: GroupConfig) -> Self {
        Self::sharing(config, MemberMemory::default())
    }

    /// The same, one of several whose members share their memory.
    pub fn sharing(config: GroupConfig, memory: MemberMemory) -> Self {
        GroupPartition {
            config,
            memory,
            groups: BTreeMap::new(),
            offsets: Offsets::default(),
            timers: Timers::default(),
            is_loaded: false,
            expire_at_ms: None,
            pending: VecDeque::new(),
            image: Arc::new(Image::empty("")),
            versions: Versions::default(),
            hashes: TopicHashes::default(),
            regex_jobs: RegexJobs::default(),
            rebalances: 0,
            assigned_generations: 0,
            next_ticket: 0,
        }
    }

    /// Adds the groups of this partition.
    pub fn count(&self, counts: &mut GroupCounts) {
        for group in self.groups.values() {
            *counts.groups.entry((group.kind(), group.state_name())).or_default() += 1;
            *counts.members.entry(group.kind()).or_default() += group.members_count() as u64;
            counts.contested += group.as_consumer().map_or(0, ConsumerGroup::contested);
        }
        *counts.rebalances.entry("classic").or_default() += self.assigned_generations;
        *counts.rebalances.entry("consumer").or_default() += self.rebalances;
    }

    pub(super) fn dispatch(
        &mut self,
        token: RequestToken,
        request: Request,
        now: Now,
        effects: &mut Effects,
    ) {
        match request {
            Request::Join(request) => self.join(token, request, now, effects),
            Request::Sync(request) => self.sync(token, request, now, effects),
            Request::Heartbeat(request) => self.heartbeat(token, &request, now, effects),
            Request::Leave(request) => self.leave(token, request, now, effects),
            Request::Commit(request) => self.commit(token, request, now, effects),
            Request::CommitInTransaction { commit, producer } => {
                self.commit_in_transaction(token, commit, producer, now, effects);
            }
            Request::EndTransaction(marker) => {
                effects.plan_in(Scope::End(marker), Vec::new(), Then::Nothing);
                effects.reply_after_plans(token, Reply::TransactionEnded);
            }
            Request::Fetch(request) => self.fetch(token, request, effects),
            Request::DeleteOffsets(request) => self.delete_offsets(token, request, effects),
            Request::DeleteGroups(group_ids) => self.delete_groups(token, group_ids, now, effects),
            Request::Describe(request) => self.describe(token, request, effects),
            Request::List(request) => self.list(token, &request, effects),
            Request::ConsumerHeartbeat(request) => {
                self.consumer_heartbeat(token, &request, now, effects);
            }
            Request::DescribeConsumers(group_ids) => {
                self.describe_consumers(token, group_ids, effects);
            }
        }
    }

    pub(super) fn on_durable(&mut self, pending: Pending, now: Now, effects: &mut Effects) {
        let context = &mut Context { config: &self.config, now, effects };
        match pending.then {
            Then::Nothing | Then::KeepGroup { .. } => {}
            Then::Assign { group_id, generation, assignments } => {
                if let Some(group) = classic_in(&mut self.groups, &group_id) {
                    group.assign(generation, assignments, context);
                    self.assigned_generations += 1;
                    self.timers.note(&group_id, &mut group.wake);
                }
            }
            Then::AdmitStatic(back) => {
                if let Some(group) = classic_in(&mut self.groups, &back.group_id) {
                    group.admit_static(&back, context);
                    self.timers.note(&back.group_id, &mut group.wake);
                }
            }
        }
        effects.replies.extend(pending.replies);
    }

    pub(super) fn on_refused(
        &mut self,
        pending: Pending,
        failure: AppendFailure,
        now: Now,
        effects: &mut Effects,
    ) {
        let error = GroupError::Append(failure);
        let mut consumer_groups = BTreeSet::new();
        for undo in pending.undo.into_iter().rev() {
            if let Undo::Consumer { group_id, .. } = &undo {
                consumer_groups.insert(group_id.clone());
            }
            self.undo(undo, error, effects);
        }
        for group_id in consumer_groups {
            self.renew_sessions(&group_id, now);
        }
        match pending.then {
            Then::Nothing => {}
            Then::KeepGroup { group_id } => {
                if let Some(Group::Classic(mut group)) = self.remove_group(&group_id) {
                    group.refuse_everyone(error, effects);
                }
            }
            Then::Assign { group_id, generation, .. } => {
                if let Some(group) = classic_in(&mut self.groups, &group_id) {
                    let context = &mut Context { config: &self.config, now, effects };
                    group.assignment_failed(generation, error, context);
                    self.timers.note(&group_id, &mut group.wake);
                }
            }
            Then::AdmitStatic(back) => {
                let group_id = back.group_id.clone();
                if let Some(group) = classic_in(&mut self.groups, &group_id) {
                    let context = &mut Context { config: &self.config, now, effects };
                    group.revert_static(*back, error, context);
                    self.timers.note(&group_id, &mut group.wake);
                }
            }
        }
        refuse_all(pending.replies, error, effects);
    }

    /// Gives a reply no earlier than the records that it may tell of are durable.
    pub(super) fn reply_in_order(
        &mut self,
        token: RequestToken,
        reply: Reply,
        effects: &mut Effects,
    ) {
        match self.pending.back_mut() {
            Some(pending) if effects.plans.is_empty() => pending.replies.push((token, reply)),
            _ => effects.reply_after_plans(token, reply),
        }
    }

    /// Applies what was planned and hands it out. What cannot be written at all is refused here.
    pub(super) fn settle(&mut self, mut effects: Effects, now: Now) -> Output {
        let mut appends = Vec::with_capacity(effects.plans.len());
        while !effects.plans.is_empty() {
            for plan in std::mem::take(&mut effects.plans) {
                appends.extend(self.hand_out(plan, now, &mut effects));
            }
        }
        if cfg!(debug_assertions) {
            self.groups.values().for_each(Group::invariants);
        }
        Output { replies: effects.replies, appends, ..Output::default() }
    }

    fn hand_out(&mut self, plan: Plan, now: Now, effects: &mut Effects) -> Option<Append> {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let Plan { scope, changes, applied, then, replies } = plan;
        let records: Result<Vec<Record>, _> = changes.iter().map(Change::encode).collect();
        let Ok(records) = records else {
            let undo = applied.unwrap_or_default();
            let unwritable = Pending { ticket, undo, then, replies };
            self.on_refused(unwritable, AppendFailure::TooLarge, now, effects);
            return None;
        };
        let (undo, content) = match scope {
            Scope::Plain => {
                let undo = applied.unwrap_or_else(|| {
                    changes.into_iter().filter_map(|change| self.apply(change)).collect()
                });
                (undo, Content::Records(records))
            }
            Scope::InTransaction(producer) => {
                let apply = |change| self.apply_in_transaction(producer.id, change);
                let undo = changes.into_iter().filter_map(apply).collect();
                (undo, Content::InTransaction { producer, records })
            }
            Scope::End(marker) => {
                let ended = self.offsets.end_transaction(marker.producer_id, marker.committed);
                (vec![Undo::Ended(ended)], Content::Marker(marker))
            }
        };
        self.pending.push_back(Pending { ticket, undo, then, replies });
        Some(Append { ticket, content })
    }

    /// Makes a change of offsets, or the deletion of a group; tells how to undo it.
    pub(super) fn apply(&mut self, change: Change) -> Option<Undo> {
        match change {
            Change::Offset { group_id, topic, partition, committed } => {
                let created_group = committed.is_some() && self.ensure_group(&group_id);
                let before = match committed {
                    Some(committed) => self.offsets.put(&group_id, &topic, partition, committed),
                    None => self.offsets.remove(&group_id, &topic, partition),
                };
                Some(Undo::Offset { group_id, topic, partition, before, created_group })
            }
            Change::Group { group_id, image: None } => {
                // A tombstone of a classic group's record says nothing of a consumer group.
                self.groups.get(&group_id)?.as_classic()?;
                match self.remove_group(&group_id)? {
                    Group::Classic(group) => Some(Undo::Group(Box::new(group))),
                    Group::Consumer(_) => None,
                }
            }
            Change::Group { image: Some(_), .. } => None,
            Change::Consumer { group_id, change } => {
                let change = self.apply_consumer(&group_id, change)?;
                Some(Undo::Consumer { group_id, change })
            }
        }
    }

    /// An offset that counts once the transaction commits. Others count at once.
    pub(super) fn apply_in_transaction(
        &mut self,
        producer_id: i64,
        change: Change,
    ) -> Option<Undo> {
        let Change::Offset { group_id, topic, partition, committed: Some(committed) } = change
        else {
            return self.apply(change);
        };
        let created_group = self.ensure_group(&group_id);
        let offsets = &mut self.offsets;
        let before =
            offsets.put_in_transaction(producer_id, &group_id, &topic, partition, committed);
        let undo =
            Undo::InTransaction { producer_id, group_id, topic, partition, before, created_group };
        Some(undo)
    }

    /// A group that was made for an offset which was not written is forgotten.
    fn forget_unused(&mut self, group_id: &str) {
        let classic = self.groups.get(group_id).and_then(Group::as_classic);
        let unused = classic.is_some_and(ClassicGroup::is_unused);
        let has_offsets = self.offsets.of_group(group_id).is_some();
        if unused && !has_offsets && !self.offsets.has_open_transaction(group_id) {
            self.remove_group(group_id);
        }
    }

    pub(super) fn undo(&mut self, undo: Undo, error: GroupError, effects: &mut Effects) {
        match undo {
            Undo::Offset { group_id, topic, partition, before, created_group } => {
                match before {
                    Some(before) => self.offsets.put(&group_id, &topic, partition, before),
                    None => self.offsets.remove(&group_id, &topic, partition),
                };
                if created_group {
                    self.forget_unused(&group_id);
                }
            }
            Undo::InTransaction {
                producer_id,
                group_id,
                topic,
                partition,
                before,
                created_group,
            } => {
                self.offsets.take_back(producer_id, (&group_id, &topic, partition), before);
                if created_group {
                    self.forget_unused(&group_id);
                }
            }
            Undo::Ended(ended) => self.offsets.reopen(ended),
            Undo::Consumer { group_id, change } => {
                let _what_was_set = self.apply_consumer(&group_id, change);
            }
            Undo::Classic { group_id } => {
                if let Some(Group::Classic(mut group)) = self.remove_group(&group_id) {
                    group.refuse_everyone(error, effects);
                }
            }
            Undo::Group(mut group) => {
                if let Some(Group::Classic(mut successor)) = self.remove_group(&group.id) {
                    successor.refuse_everyone(error, effects);
                }
                group.wake_for_next();
                self.timers.note(&group.id, &mut group.wake);
                self.groups.insert(group.id.clone(), Group::Classic(*group));
            }
        }
    }

    /// Offsets make a group of their own when nobody joined it. True if it is new.
    pub(super) fn ensure_group(&mut self, group_id: &str) -> bool {
        if self.groups.contains_key(group_id) {
            return false;
        }
        let unknown = Now { wall_ms: -1, steady_ms: 0 };
        let mut group = ClassicGroup::new(group_id, unknown, &self.memory);
        group.state_since_ms = None;
        self.groups.insert(group_id.to_owned(), Group::Classic(group));
        true
    }

    pub(super) fn remove_group(&mut self, group_id: &str) -> Option<Group> {
        let mut group = self.groups.remove(group_id)?;
        self.timers.forget(group_id, group.wake_mut());
        Some(group)
    }
}

/// The group, if it is a classic one.
pub(super) fn classic_in<'a>(
    groups: &'a mut BTreeMap<String, Group>,
    group_id: &str,
) -> Option<&'a mut ClassicGroup> {
    groups.get_mut(group_id).and_then(Group::as_classic_mut)
}

impl ClassicGroup {
    fn is_unused(&self) -> bool {
        self.is_empty() && self.pending_join.is_empty()
    }

    pub(super) fn refuse_everyone(&mut self, error: GroupError, effects: &mut Effects) {
        for member in self.members.values_mut() {
            if let Some(token) = member.awaiting_join.take() {
                let member_id = member.member_id.clone();
                effects.reply(token, Reply::JoinRefused { error, member_id });
            }
            if let Some(token) = member.awaiting_sync.take() {
                effects.reply(token, Reply::Refused(error));
            }
        }
        self.awaiting_join_count = 0;
    }
}

pub(super) fn refuse_all(
    replies: Vec<(RequestToken, Reply)>,
    error: GroupError,
    effects: &mut Effects,
) {
    for (token, _) in replies {
        effects.reply(token, Reply::Refused(error));
    }
}
