//! The doors of a partition's groups: what the host calls.
//!
//! Read next: partition.rs.

use super::consumer::Versions;
use super::effects::{Context, Effects};
use super::error::GroupError;
use super::group::ClassicGroup;
use super::kinds::Group;
use super::limits;
use super::message::{Reply, Request};
use super::partition::{GroupPartition, GroupShared, refuse_all};
use super::record::Change;
use crate::coordinators::coordinator::{
    AppendFailure, BadRecord, Coordinator, ImageStep, Lead, NoCommand, Now, OutputOf, RequestToken,
    Ticket,
};
use crate::metadata::Image;
use crate::metadata::topic_name::CONSUMER_OFFSETS;
use shards::units::Uuid;
use std::iter;
use std::sync::Arc;

type Output = OutputOf<GroupPartition>;

impl Coordinator for GroupPartition {
    type Request = Request;
    type Reply = Reply;
    type Command = NoCommand;
    type Shared = GroupShared;

    const TOPIC: &'static str = CONSUMER_OFFSETS;
    const RELOADS_AT_NEW_EPOCH: bool = false;

    fn new(shared: &GroupShared, lead: Lead) -> Self {
        let mut partition = GroupPartition::sharing(shared.config.clone(), shared.memory.clone());
        partition.image = lead.image;
        partition
    }

    fn nobody() -> Reply {
        Reply::Refused(GroupError::NotCoordinator)
    }

    /// Takes over one record of the log. Records of a transaction come with its producer id.
    fn replay(
        &mut self,
        key: &[u8],
        value: Option<&[u8]>,
        transaction: Option<i64>,
    ) -> Result<(), BadRecord> {
        assert!(!self.is_loaded, "records are replayed before the partition is in use");
        let Some(change) = Change::decode(key, value)? else { return Ok(()) };
        match (change, transaction) {
            (change @ Change::Offset { .. }, Some(producer_id)) => {
                self.apply_in_transaction(producer_id, change);
            }
            (Change::Group { group_id, image: Some(image) }, _) => {
                let group = ClassicGroup::from_image(&group_id, image, &self.memory);
                self.groups.insert(group_id, Group::Classic(group));
            }
            (change, _) => {
                self.apply(change);
            }
        }
        Ok(())
    }

    /// Takes over the end of a transaction.
    fn replay_transaction_end(&mut self, producer_id: i64, committed: bool) {
        self.offsets.end_transaction(producer_id, committed);
    }

    /// The log is read to its end: requests are welcome, and members have a whole session from now.
    fn loaded(&mut self, image: &Arc<Image>, now: Now) -> Output {
        self.is_loaded = true;
        self.image = image.clone();
        let offset = image.provenance.last_offset;
        self.versions = Versions { topics: offset, created: offset };
        self.expire_at_ms = Some(now.steady_ms + self.config.offsets_retention_check_interval_ms);
        let mut effects = Effects::default();
        let group_ids: Vec<String> = self.groups.keys().cloned().collect();
        for group_id in group_ids {
            match self.groups.get_mut(&group_id) {
                Some(Group::Classic(group)) => {
                    let effects = &mut effects;
                    group.begin_sessions(&mut Context { config: &self.config, now, effects });
                    self.timers.note(&group_id, &mut group.wake);
                }
                Some(Group::Consumer(_)) => self.renew_sessions(&group_id, now),
                None => {}
            }
        }
        self.settle(effects, now)
    }

    /// The partition goes elsewhere: everyone who waits is sent there.
    fn unload(mut self) -> Vec<(RequestToken, Reply)> {
        let error = GroupError::NotCoordinator;
        let mut effects = Effects::default();
        for group in self.groups.values_mut().filter_map(Group::as_classic_mut) {
            group.refuse_everyone(error, &mut effects);
        }
        for pending in self.pending {
            refuse_all(pending.replies, error, &mut effects);
        }
        effects.replies
    }

    fn handle(&mut self, token: RequestToken, request: Request, now: Now) -> Output {
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

    /// Forgets the offsets of topics that are no more, and has consumer groups look at their topics
    /// and settings again, each at its next heartbeat.
    fn on_image(&mut self, step: &ImageStep<'_>, now: Now) -> Output {
        self.note_image(step);
        let is_gone = |id: &&Uuid| step.after.topics.by_id(**id).is_none();
        let gone = step.changes.topics.keys().filter(is_gone);
        let gone = gone.filter_map(|id| step.before.topics.by_id(*id));
        let deleted: Vec<String> = gone.map(|topic| topic.name.as_ref().to_owned()).collect();
        match deleted.is_empty() {
            true => Output::default(),
            false => self.on_topics_deleted(&deleted, now),
        }
    }

    /// When `tick` is to be called, on the steady clock.
    fn next_deadline(&self) -> Option<u64> {
        let at_once = (!self.regex_jobs.is_empty()).then_some(0);
        self.timers.next_ms().into_iter().chain(self.expire_at_ms).chain(at_once).min()
    }

    /// Carries out what is due; what falls due by that waits for the next call, so that no group
    /// holds the core.
    fn tick(&mut self, now: Now) -> Output {
        let mut effects = Effects::default();
        let due: Vec<String> = iter::from_fn(|| self.timers.pop_due(now.steady_ms)).collect();
        for group_id in due {
            let Some(group) = self.groups.get_mut(&group_id) else { continue };
            group.wake_mut().woken();
            match group {
                Group::Classic(group) => {
                    let effects = &mut effects;
                    group.on_time(&mut Context { config: &self.config, now, effects });
                    self.timers.note(&group_id, &mut group.wake);
                }
                Group::Consumer(_) => self.on_consumer_time(&group_id, now, &mut effects),
            }
        }
        self.resolve_regexes(now, &mut effects);
        if self.expire_at_ms.is_some_and(|at_ms| at_ms <= now.steady_ms) {
            let interval_ms = self.config.offsets_retention_check_interval_ms;
            self.expire_at_ms = Some(now.steady_ms + interval_ms);
            self.expire(now, &mut effects);
        }
        self.settle(effects, now)
    }

    /// Reports how an append went. All before a durable one are durable too; all after a refused
    /// one are refused too.
    fn appended(&mut self, ticket: Ticket, result: Result<(), AppendFailure>, now: Now) -> Output {
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
                        let failure = failure.of_later(pending.ticket > ticket);
                        self.on_refused(pending, failure, now, &mut effects);
                    }
                }
            }
        }
        self.settle(effects, now)
    }
}

impl GroupPartition {
    fn note_image(&mut self, step: &ImageStep<'_>) {
        self.image = step.after.clone();
        let version = step.after.provenance.last_offset;
        for topic_id in step.changes.topics.keys() {
            let before = step.before.topics.by_id(*topic_id);
            let after = step.after.topics.by_id(*topic_id);
            for topic in before.into_iter().chain(after) {
                self.hashes.forget(&topic.name);
            }
            if before.is_none() {
                self.versions.created = version;
            }
            self.versions.topics = version;
        }
        if !step.changes.configs.is_empty() {
            for group in self.groups.values_mut() {
                if let Group::Consumer(group) = group {
                    group.intervals = None;
                }
            }
        }
    }
}

impl ClassicGroup {
    /// The group was read from the log: its members have a whole session from now.
    pub(super) fn begin_sessions(&mut self, context: &mut Context<'_>) {
        let members: Vec<String> = self.members.keys().cloned().collect();
        for member_id in &members {
            self.renew_session(member_id, context.now);
        }
        if members.len() > context.config.size_max {
            self.prepare_rebalance(context);
        }
    }
}
