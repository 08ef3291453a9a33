//! The groups and offsets of one `__consumer_offsets` partition: the doors through which everything
//! comes.
//!
//! Changes of offsets and deletions of groups are applied when they are planned and undone if their
//! record is refused; a live group moves by its own steps, and its record is written from it.

use super::config::GroupConfig;
use super::effects::{Context, Effects, Plan, Then};
use super::error::{AppendFailure, GroupError};
use super::group::ClassicGroup;
use super::limits;
use super::memory::MemberMemory;
use super::message::{Now, Output, Reply, Request, RequestToken};
use super::offsets::{CommittedOffset, Offsets};
use super::record::{BadRecord, Change, Record};
use super::timers::Timers;
use std::collections::{BTreeMap, VecDeque};
use std::iter;

/// Names an append, in the order in which they were handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Records to be written as one batch.
#[derive(Debug, PartialEq)]
pub struct Append {
    pub ticket: Ticket,
    pub records: Vec<Record>,
}

/// See the module's header.
pub struct GroupPartition {
    pub(super) config: GroupConfig,
    pub(super) groups: BTreeMap<String, ClassicGroup>,
    pub(super) offsets: Offsets,
    pub(super) timers: Timers,
    pub(super) memory: MemberMemory,
    is_loaded: bool,
    expire_at_ms: Option<u64>,
    pending: VecDeque<Pending>,
    next_ticket: u64,
}

/// An append that was handed out and not reported yet.
struct Pending {
    ticket: Ticket,
    undo: Vec<Undo>,
    then: Then,
    replies: Vec<(RequestToken, Reply)>,
}

/// How things were before a change.
enum Undo {
    Offset {
        group_id: String,
        topic: String,
        partition: i32,
        before: Option<CommittedOffset>,
        created_group: bool,
    },
    Group(Box<ClassicGroup>),
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

    pub fn config(&self) -> &GroupConfig {
        &self.config
    }

    /// What the members hold, with those of all that share it.
    pub fn memory(&self) -> &MemberMemory {
        &self.memory
    }

    /// Takes over one record of the log. Records of a transaction come with its producer id.
    pub fn replay(
        &mut self,
        key: &[u8],
        value: Option<&[u8]>,
        transaction: Option<i64>,
    ) -> Result<(), BadRecord> {
        assert!(!self.is_loaded, "records are replayed before the partition is in use");
        let Some(change) = Change::decode(key, value)? else { return Ok(()) };
        match (change, transaction) {
            (
                Change::Offset { group_id, topic, partition, committed: Some(committed) },
                Some(producer_id),
            ) => {
                self.ensure_group(&group_id);
                let offsets = &mut self.offsets;
                offsets.put_in_transaction(producer_id, &group_id, &topic, partition, committed);
            }
            (Change::Group { group_id, image: Some(image) }, _) => {
                let group = ClassicGroup::from_image(&group_id, image, &self.memory);
                self.groups.insert(group_id, group);
            }
            (change, _) => {
                self.apply(change);
            }
        }
        Ok(())
    }

    /// Takes over the end of a transaction.
    pub fn replay_transaction_end(&mut self, producer_id: i64, committed: bool) {
        self.offsets.end_transaction(producer_id, committed);
    }

    /// The log is read to its end: requests are welcome, and members have a whole session from now.
    pub fn loaded(&mut self, now: Now) -> Output {
        self.is_loaded = true;
        self.expire_at_ms = Some(now.steady_ms + self.config.offsets_retention_check_interval_ms);
        let mut effects = Effects::default();
        for group in self.groups.values_mut() {
            let members: Vec<String> = group.members.keys().cloned().collect();
            for member_id in &members {
                group.renew_session(member_id, now);
            }
            if members.len() > self.config.size_max {
                let effects = &mut effects;
                group.prepare_rebalance(&mut Context { config: &self.config, now, effects });
            }
            self.timers.note(group);
        }
        self.settle(effects, now)
    }

    /// The partition goes elsewhere: everyone who waits is sent there.
    pub fn unload(mut self) -> Vec<(RequestToken, Reply)> {
        let error = GroupError::NotCoordinator;
        let mut effects = Effects::default();
        for group in self.groups.values_mut() {
            group.refuse_everyone(error, &mut effects);
        }
        for pending in self.pending {
            refuse_all(pending.replies, error, &mut effects);
        }
        effects.replies
    }

    pub fn handle(&mut self, token: RequestToken, request: Request, now: Now) -> Output {
        let mut effects = Effects::default();
        let refusal = if !self.is_loaded {
            Some(GroupError::Loading)
        } else if self.pending.len() >= limits::APPENDS_MAX {
            Some(GroupError::LimitReached)
        } else {
            None
        };
        match (refusal, request) {
            (Some(error), Request::Join(request)) => {
                let member_id = request.member_id;
                effects.reply(token, Reply::JoinRefused { error, member_id });
            }
            (Some(error), _) => effects.reply(token, Reply::Refused(error)),
            (None, request) => self.dispatch(token, request, now, &mut effects),
        }
        self.settle(effects, now)
    }

    fn dispatch(&mut self, token: RequestToken, request: Request, now: Now, effects: &mut Effects) {
        match request {
            Request::Join(request) => self.join(token, request, now, effects),
            Request::Sync(request) => self.sync(token, request, now, effects),
            Request::Heartbeat(request) => self.heartbeat(token, &request, now, effects),
            Request::Leave(request) => self.leave(token, request, now, effects),
            Request::Commit(request) => self.commit(token, request, now, effects),
            Request::Fetch(request) => self.fetch(token, request, effects),
            Request::DeleteOffsets(request) => self.delete_offsets(token, request, effects),
            Request::DeleteGroups(group_ids) => self.delete_groups(token, group_ids, effects),
            Request::Describe(request) => self.describe(token, request, effects),
            Request::List(request) => self.list(token, &request, effects),
        }
    }

    /// When `tick` is to be called, on the steady clock.
    pub fn next_deadline(&self) -> Option<u64> {
        self.timers.next_ms().into_iter().chain(self.expire_at_ms).min()
    }

    /// Carries out what is due; what falls due by that waits for the next call, so that no group
    /// holds the core.
    pub fn tick(&mut self, now: Now) -> Output {
        let mut effects = Effects::default();
        let due: Vec<String> = iter::from_fn(|| self.timers.pop_due(now.steady_ms)).collect();
        for group_id in due {
            let Some(group) = self.groups.get_mut(&group_id) else { continue };
            group.wake_at_ms = None;
            let effects = &mut effects;
            group.on_time(&mut Context { config: &self.config, now, effects });
            self.timers.note(group);
        }
        if self.expire_at_ms.is_some_and(|at_ms| at_ms <= now.steady_ms) {
            let interval_ms = self.config.offsets_retention_check_interval_ms;
            self.expire_at_ms = Some(now.steady_ms + interval_ms);
            self.expire(now, &mut effects);
        }
        self.settle(effects, now)
    }

    /// Reports how an append went. All before a durable one are durable too; all after a refused
    /// one are refused too.
    pub fn appended(
        &mut self,
        ticket: Ticket,
        result: Result<(), AppendFailure>,
        now: Now,
    ) -> Output {
        let mut effects = Effects::default();
        match result {
            Ok(()) => {
                while self.pending.front().is_some_and(|pending| pending.ticket <= ticket) {
                    if let Some(pending) = self.pending.pop_front() {
                        self.on_durable(pending, now, &mut effects);
                    }
                }
            }
            Err(failure) => {
                while self.pending.back().is_some_and(|pending| pending.ticket >= ticket) {
                    if let Some(pending) = self.pending.pop_back() {
                        self.on_refused(pending, failure, now, &mut effects);
                    }
                }
            }
        }
        self.settle(effects, now)
    }

    fn on_durable(&mut self, pending: Pending, now: Now, effects: &mut Effects) {
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

    fn on_refused(
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
        Output { replies: effects.replies, appends }
    }

    fn hand_out(&mut self, plan: Plan, now: Now, effects: &mut Effects) -> Option<Append> {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        let Plan { changes, then, replies } = plan;
        let records: Result<Vec<Record>, _> = changes.iter().map(Change::encode).collect();
        let Ok(records) = records else {
            let unwritable = Pending { ticket, undo: Vec::new(), then, replies };
            self.on_refused(unwritable, AppendFailure::TooLarge, now, effects);
            return None;
        };
        let undo = changes.into_iter().filter_map(|change| self.apply(change)).collect();
        self.pending.push_back(Pending { ticket, undo, then, replies });
        Some(Append { ticket, records })
    }

    /// Makes a change of offsets, or the deletion of a group; tells how to undo it.
    fn apply(&mut self, change: Change) -> Option<Undo> {
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

    fn undo(&mut self, undo: Undo, error: GroupError, effects: &mut Effects) {
        match undo {
            Undo::Offset { group_id, topic, partition, before, created_group } => {
                match before {
                    Some(before) => self.offsets.put(&group_id, &topic, partition, before),
                    None => self.offsets.remove(&group_id, &topic, partition),
                };
                let unused = self.groups.get(&group_id).is_some_and(ClassicGroup::is_unused);
                if created_group && unused && self.offsets.of_group(&group_id).is_none() {
                    self.remove_group(&group_id);
                }
            }
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
    fn ensure_group(&mut self, group_id: &str) -> bool {
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

    fn refuse_everyone(&mut self, error: GroupError, effects: &mut Effects) {
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

fn refuse_all(replies: Vec<(RequestToken, Reply)>, error: GroupError, effects: &mut Effects) {
    for (token, _) in replies {
        effects.reply(token, Reply::Refused(error));
    }
}
