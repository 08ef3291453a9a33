//! The doors of a partition's groups: what the host calls.
//!
//! Read next: partition.rs.

use super::effects::{Context, Effects};
use super::error::GroupError;
use super::group::ClassicGroup;
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

    fn new(shared: &GroupShared, _lead: Lead) -> Self {
        GroupPartition::sharing(shared.config.clone(), shared.memory.clone())
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
                self.groups.insert(group_id, group);
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
    fn loaded(&mut self, _image: &Arc<Image>, now: Now) -> Output {
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
    fn unload(mut self) -> Vec<(RequestToken, Reply)> {
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

    /// Forgets the offsets of topics that are no more.
    fn on_image(&mut self, step: &ImageStep<'_>, now: Now) -> Output {
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
        self.timers.next_ms().into_iter().chain(self.expire_at_ms).min()
    }

    /// Carries out what is due; what falls due by that waits for the next call, so that no group
    /// holds the core.
    fn tick(&mut self, now: Now) -> Output {
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
