//! The groups and offsets of one `__consumer_offsets` partition, and how they change.
//!
//! Changes of offsets and deletions of groups are applied when they are planned and undone if their
//! record is refused; a live group moves by its own steps, and its record is written from it.

use super::config::GroupConfig;
use super::effects::{Context, Effects, Plan, Scope, Then};
use super::error::GroupError;
use super::group::ClassicGroup;
use super::memory::MemberMemory;
use super::message::{Reply, Request};
use super::offsets::{CommittedOffset, Ended, Offsets, Sequenced};
use super::record::Change;
use super::timers::Timers;
use crate::coordinators::coordinator::{
    Append, AppendFailure, Content, Now, OutputOf, Record, RequestToken, Ticket,
};
use std::collections::{BTreeMap, VecDeque};

/// What the coordinators of one core share.
#[derive(Clone)]
pub struct GroupShared {
    pub config: GroupConfig,
    pub memory: MemberMemory,
}

type Output = OutputOf<GroupPartition>;

/// See the module's header.
pub struct GroupPartition {
    pub(super) config: GroupConfig,
    pub(super) groups: BTreeMap<String, ClassicGroup>,
    pub(super) offsets: Offsets,
    pub(super) timers: Timers,
    pub(super) memory: MemberMemory,
    pub(super) is_loaded: bool,
    pub(super) expire_at_ms: Option<u64>,
    pub(super) pending: VecDeque<Pending>,
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
            next_ticket: 0,
        }
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
            Request::DeleteGroups(group_ids) => self.delete_groups(token, group_ids, effects),
            Request::Describe(request) => self.describe(token, request, effects),
            Request::List(request) => self.list(token, &request, effects),
        }
    }

    pub(super) fn on_durable(&mut self, pending: Pending, now: Now, effects: &mut Effects) {
        let context = &mut Context { config: &self.config, now, effects };
        match pending.then {
            Then::Nothing | Then::KeepGroup { .. } => {}
            Then::Assign { group_id, generation, assignments } => {
                if let Some(group) = self.groups.get_mut(&group_id) {
                    group.assign(generation, assignments, context);
                    self.timers.note(group);
                }
            }
            Then::AdmitStatic(back) => {
                if let Some(group) = self.groups.get_mut(&back.group_id) {
                    group.admit_static(&back, context);
                    self.timers.note(group);
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
        for undo in pending.undo.into_iter().rev() {
            self.undo(undo, error, effects);
        }
        match pending.then {
            Then::Nothing => {}
            Then::KeepGroup { group_id } => {
                if let Some(mut group) = self.remove_group(&group_id) {
                    group.refuse_everyone(error, effects);
                }
            }
            Then::Assign { group_id, generation, .. } => {
                if let Some(group) = self.groups.get_mut(&group_id) {
                    let context = &mut Context { config: &self.config, now, effects };
                    group.assignment_failed(generation, error, context);
                    self.timers.note(group);
                }
            }
            Then::AdmitStatic(back) => {
                if let Some(group) = self.groups.get_mut(&back.group_id) {
                    let context = &mut Context { config: &self.config, now, effects };
                    group.revert_static(*back, error, context);
                    self.timers.note(group);
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
            self.groups.values().for_each(ClassicGroup::invariants);
        }
        Output { replies: effects.replies, appends, ..Output::default() }
    }

    fn hand_out(&mut self, plan: Plan, now: Now, effects: &mut Effects) -> Option<Append> {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let Plan { scope, changes, then, replies } = plan;
        let records: Result<Vec<Record>, _> = changes.iter().map(Change::encode).collect();
        let Ok(records) = records else {
            let unwritable = Pending { ticket, undo: Vec::new(), then, replies };
            self.on_refused(unwritable, AppendFailure::TooLarge, now, effects);
            return None;
        };
        let (undo, content) = match scope {
            Scope::Plain => {
                let undo = changes.into_iter().filter_map(|change| self.apply(change)).collect();
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
                self.remove_group(&group_id).map(|group| Undo::Group(Box::new(group)))
            }
            Change::Group { image: Some(_), .. } => None,
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
        let unused = self.groups.get(group_id).is_some_and(ClassicGroup::is_unused);
        let has_offsets = self.offsets.of_group(group_id).is_some();
        if unused && !has_offsets && !self.offsets.has_open_transaction(group_id) {
            self.remove_group(group_id);
        }
    }

    fn undo(&mut self, undo: Undo, error: GroupError, effects: &mut Effects) {
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
            Undo::Group(mut group) => {
                if let Some(mut successor) = self.remove_group(&group.id) {
                    successor.refuse_everyone(error, effects);
                }
                if let Some(lapses_at_ms) = group.pending_join.values().copied().min() {
                    group.wake_by(lapses_at_ms);
                }
                self.timers.note(&mut group);
                self.groups.insert(group.id.clone(), *group);
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
        self.groups.insert(group_id.to_owned(), group);
        true
    }

    fn remove_group(&mut self, group_id: &str) -> Option<ClassicGroup> {
        let mut group = self.groups.remove(group_id)?;
        self.timers.forget(&mut group);
        Some(group)
    }
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
