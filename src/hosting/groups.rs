//! The group coordinators of one core, each with its partition of `__consumer_offsets`.
//!
//! Lives on: one core; other cores ask through the mesh.
//! Promise: every question is answered, at the latest when the partition goes elsewhere; records
//! are appended in the order in which the coordinator gave them out, and nothing after a refused
//! one.
//! Never: decides anything about groups.
//! Limits: coordinators::groups::limits.   Read next: group_log.rs, ../coordinators/groups/mod.rs.

use super::group_log;
use crate::coordinators::groups::limits;
use crate::coordinators::groups::{
    Append, AppendFailure, GroupConfig, GroupError, GroupPartition, MemberMemory, Now, Output,
    Reply, Request, RequestToken, Ticket,
};
use crate::handlers::topics::CONSUMER_OFFSETS;
use crate::metadata::{Changes, Image, NodeId};
use shards::io::executor;
use shards::log::Log;
use shards::log::append::Durable;
use shards::log::error::AppendError;
use shards::mutation::Mutation;
use shards::store::Store;
use shards::sync::{Notify, oneshot};
use shards::units::{PartitionId, Uuid};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

const NS_PER_MS: u64 = 1_000_000;

/// A handle on the coordinators of this core. Cheap to clone.
#[derive(Clone)]
pub struct GroupHost(Rc<Inner>);

struct Inner {
    config: GroupConfig,
    /// Of the members of all these partitions.
    memory: MemberMemory,
    partitions: RefCell<BTreeMap<i32, Rc<Hosted>>>,
}

/// One coordinator and what it lives on.
struct Hosted {
    index: i32,
    log: Log,
    coordinator: RefCell<GroupPartition>,
    waiting: RefCell<BTreeMap<RequestToken, oneshot::Sender<Reply>>>,
    next_token: Cell<u64>,
    to_append: RefCell<VecDeque<Append>>,
    to_confirm: RefCell<VecDeque<(Ticket, Durable)>>,
    appends_came: Notify,
    confirms_came: Notify,
    /// An earlier deadline was set.
    deadline_moved: Notify,
    armed_ms: Cell<Option<u64>>,
    is_gone: Cell<bool>,
}

/// From one image of the metadata to the next.
#[derive(Clone, Copy)]
pub struct ImageStep<'a> {
    pub before: &'a Image,
    pub after: &'a Image,
    pub changes: &'a Changes,
}

impl GroupHost {
    pub fn new(config: GroupConfig) -> GroupHost {
        let memory = MemberMemory::default();
        GroupHost(Rc::new(Inner { config, memory, partitions: RefCell::default() }))
    }

    /// What the members of groups hold on this core.
    pub fn memory(&self) -> &MemberMemory {
        &self.0.memory
    }

    /// Follows the metadata: coordinates the partitions of the group log that this node leads and
    /// this core has, no others, and forgets the offsets of topics that are no more. Called on
    /// each core for each new image, once the core has opened its partitions.
    pub fn follow(&self, step: &ImageStep<'_>, node_id: NodeId, store: &Store) {
        let ImageStep { before, after, changes } = *step;
        let is_gone = |id: &Uuid| after.topics.by_id(*id).is_none();
        let gone = changes.topics.keys().filter(|id| is_gone(id));
        let gone = gone.filter_map(|id| before.topics.by_id(*id));
        let deleted: Vec<String> = gone.map(|topic| topic.name.as_ref().to_owned()).collect();
        if !deleted.is_empty() {
            self.on_topics_deleted(&deleted);
        }
        let led = led_partitions(after, node_id, store);
        let is_served =
            |hosted: &Hosted| led.get(&hosted.index).is_some_and(|log| log.id() == hosted.log.id());
        let hosted: Vec<_> = self.0.partitions.borrow().values().cloned().collect();
        for hosted in hosted.into_iter().filter(|hosted| !is_served(hosted)) {
            self.resign(hosted.index);
        }
        for (index, log) in led {
            if !self.0.partitions.borrow().contains_key(&index) {
                self.lead(index, log);
            }
        }
    }

    /// This core coordinates the groups of the partition from now on. They are refused with
    /// `Loading` until the log is read.
    pub fn lead(&self, index: i32, log: Log) {
        self.resign(index);
        let coordinator = GroupPartition::sharing(self.0.config.clone(), self.0.memory.clone());
        let hosted = Rc::new(Hosted::new(index, log, coordinator));
        self.0.partitions.borrow_mut().insert(index, hosted.clone());
        drop(executor::spawn(hosted.run()));
    }

    /// The groups of the partition go elsewhere; everyone who waits is sent there.
    pub fn resign(&self, index: i32) {
        let removed = self.0.partitions.borrow_mut().remove(&index);
        if let Some(hosted) = removed {
            hosted.close();
        }
    }

    /// The node stops: everyone who waits is sent elsewhere, and nothing is appended any more.
    pub fn resign_all(&self) {
        for index in self.partitions() {
            self.resign(index);
        }
    }

    /// The partitions that are coordinated here.
    pub fn partitions(&self) -> Vec<i32> {
        self.0.partitions.borrow().keys().copied().collect()
    }

    /// Asks the coordinator of a partition of this core.
    pub async fn ask(&self, index: i32, request: Request) -> Reply {
        reply_of(self.start(index, request)).await
    }

    /// Puts a question to a coordinator of this core, if it is here.
    fn start(&self, index: i32, request: Request) -> Option<oneshot::Receiver<Reply>> {
        let hosted = self.0.partitions.borrow().get(&index).cloned();
        hosted.map(|hosted| hosted.start(request))
    }

    /// Asks coordinators of this core; the replies are in the order of the questions. All are under
    /// way before the first is waited for.
    pub async fn ask_many(&self, questions: Vec<(PartitionId, Request)>) -> Vec<Reply> {
        let mut asked = Vec::with_capacity(questions.len());
        for (partition, request) in questions {
            asked.push(self.start(partition.index, request));
            if asked.len().is_multiple_of(limits::QUESTIONS_AT_ONCE) {
                executor::yield_now().await;
            }
        }
        let mut replies = Vec::with_capacity(asked.len());
        for answer in asked {
            replies.push(reply_of(answer).await);
        }
        replies
    }

    /// Asks all coordinators of this core.
    pub async fn ask_all(&self, request: &Request) -> Vec<Reply> {
        let hosted: Vec<_> = self.0.partitions.borrow().values().cloned().collect();
        let mut asked = Vec::with_capacity(hosted.len());
        for hosted in &hosted {
            asked.push(hosted.start(request.clone()));
        }
        let mut replies = Vec::with_capacity(asked.len());
        for answer in asked {
            replies.push(reply_of(Some(answer)).await);
        }
        replies
    }

    /// Forgets the offsets that groups hold for topics that are no more.
    pub fn on_topics_deleted(&self, topics: &[String]) {
        let hosted: Vec<_> = self.0.partitions.borrow().values().cloned().collect();
        for hosted in hosted {
            hosted.change(|coordinator, now| coordinator.on_topics_deleted(topics, now));
        }
    }
}

/// What comes of a question; `None`: there was nobody to ask.
async fn reply_of(answer: Option<oneshot::Receiver<Reply>>) -> Reply {
    let refused = Reply::Refused(GroupError::NotCoordinator);
    match answer {
        Some(answer) => answer.await.unwrap_or(refused),
        None => refused,
    }
}

/// The logs of groups that this node leads and this core has.
fn led_partitions(image: &Image, node_id: NodeId, store: &Store) -> BTreeMap<i32, Log> {
    let Some(topic) = image.topics.by_name(CONSUMER_OFFSETS) else { return BTreeMap::new() };
    let here = topic.partitions.iter().filter(|(_, partition)| partition.leader == node_id);
    let open = |index: i32| store.partition(PartitionId { topic: topic.id, index });
    here.filter_map(|(index, _)| Some((*index, open(*index)?))).collect()
}

impl Hosted {
    fn new(index: i32, log: Log, coordinator: GroupPartition) -> Hosted {
        Hosted {
            index,
            log,
            coordinator: RefCell::new(coordinator),
            waiting: RefCell::default(),
            next_token: Cell::new(0),
            to_append: RefCell::default(),
            to_confirm: RefCell::default(),
            appends_came: Notify::new(),
            confirms_came: Notify::new(),
            deadline_moved: Notify::new(),
            armed_ms: Cell::new(None),
            is_gone: Cell::new(false),
        }
    }

    /// Loads, then serves until the partition goes.
    async fn run(self: Rc<Self>) {
        if !self.load().await {
            return;
        }
        drop(executor::spawn(self.clone().append_in_order()));
        drop(executor::spawn(self.clone().confirm_in_order()));
        self.keep_time().await;
    }

    /// One that knows of nothing yet, in the place of the one that is here.
    fn new_coordinator(&self) -> GroupPartition {
        let coordinator = self.coordinator.borrow();
        GroupPartition::sharing(coordinator.config().clone(), coordinator.memory().clone())
    }

    /// Reads the log into a coordinator that nobody asks yet. False if there is nothing to serve.
    async fn load(&self) -> bool {
        let mut loading = self.new_coordinator();
        let outcome = group_log::replay(&self.log, &mut loading).await;
        if self.is_gone.get() {
            return false;
        }
        match outcome {
            Ok(()) => {
                *self.coordinator.borrow_mut() = loading;
                self.change(|coordinator, now| coordinator.loaded(now));
                tracing::debug!(partition = self.index, "group coordinator loaded");
                true
            }
            Err(error) => {
                // Its groups stay refused as loading, as in Kafka, until the log is mended.
                tracing::error!(
                    partition = self.index,
                    log = %self.log.directory().display(),
                    %error,
                    "the groups of this partition cannot be loaded"
                );
                false
            }
        }
    }

    /// Puts a question; it is under way when this returns.
    fn start(&self, request: Request) -> oneshot::Receiver<Reply> {
        let (sender, receiver) = oneshot::channel();
        let token = RequestToken(self.next_token.get());
        self.next_token.set(token.0 + 1);
        self.waiting.borrow_mut().insert(token, sender);
        self.change(|coordinator, now| coordinator.handle(token, request, now));
        receiver
    }

    /// Calls the coordinator and does what it asks for.
    fn change(&self, call: impl FnOnce(&mut GroupPartition, Now) -> Output) {
        if self.is_gone.get() {
            return self.waiting.borrow_mut().clear();
        }
        let output = call(&mut self.coordinator.borrow_mut(), now());
        self.give(output.replies);
        if !output.appends.is_empty() {
            self.to_append.borrow_mut().extend(output.appends);
            self.appends_came.notify_one();
        }
        let next_ms = self.coordinator.borrow().next_deadline();
        let is_earlier = match (next_ms, self.armed_ms.get()) {
            (Some(next_ms), Some(armed_ms)) => next_ms < armed_ms,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if is_earlier {
            self.armed_ms.set(next_ms);
            self.deadline_moved.notify_one();
        }
    }

    fn give(&self, replies: Vec<(RequestToken, Reply)>) {
        for (token, reply) in replies {
            let sender = self.waiting.borrow_mut().remove(&token);
            if let Some(sender) = sender {
                // Who asked may be gone.
                drop(sender.send(reply));
            }
        }
    }

    /// Appends what the coordinator gives out, one batch after the other.
    async fn append_in_order(self: Rc<Self>) {
        while !self.is_gone.get() {
            let next = self.to_append.borrow_mut().pop_front();
            match next {
                Some(append) => self.append(append).await,
                None => self.appends_came.notified().await,
            }
        }
    }

    async fn append(&self, append: Append) {
        let ticket = append.ticket;
        let durable = match group_log::batch(&append.records, shards::clock::wall_ms()) {
            Err(error) => Err((AppendFailure::TooLarge, error.to_string())),
            Ok(batch) => self.append_batch(&batch).await,
        };
        if self.is_gone.get() {
            return;
        }
        match durable {
            Ok(durable) => {
                self.to_confirm.borrow_mut().push_back((ticket, durable));
                self.confirms_came.notify_one();
            }
            Err((failure, cause)) => {
                tracing::warn!(partition = self.index, cause, "group records refused");
                // What came after it is refused with it.
                self.to_append.borrow_mut().clear();
                self.change(|coordinator, now| coordinator.appended(ticket, Err(failure), now));
            }
        }
    }

    async fn append_batch(&self, batch: &[u8]) -> Result<Durable, (AppendFailure, String)> {
        let refused = |error: AppendError| (group_log::failure_of(&error), error.to_string());
        self.log.admit(batch.len()).await.map_err(refused)?;
        let origin = shards::format::validate::Origin::Internal;
        match self.log.append(batch, origin) {
            Ok(appended) => Ok(appended.durable),
            Err(error) => Err(refused(error)),
        }
    }

    /// Tells the coordinator what has become durable, in order.
    async fn confirm_in_order(self: Rc<Self>) {
        while !self.is_gone.get() {
            let next = self.to_confirm.borrow_mut().pop_front();
            let Some((ticket, mut durable)) = next else {
                self.confirms_came.notified().await;
                continue;
            };
            let result = match Mutation::EarlyCommit.is_planted() {
                true => Ok(()),
                false => durable.wait().await.map_err(|_failed| AppendFailure::NotLeader),
            };
            if result.is_err() {
                self.to_append.borrow_mut().clear();
                self.to_confirm.borrow_mut().clear();
            }
            self.change(|coordinator, now| coordinator.appended(ticket, result, now));
        }
    }

    /// Calls the coordinator at its deadlines.
    async fn keep_time(self: Rc<Self>) {
        while !self.is_gone.get() {
            let next_ms = self.coordinator.borrow().next_deadline();
            self.armed_ms.set(next_ms);
            match next_ms {
                None => self.deadline_moved.notified().await,
                Some(next_ms) => {
                    let wait = Duration::from_millis(next_ms.saturating_sub(now().steady_ms));
                    // Woken early, it looks again.
                    let _early = shards::clock::timeout(wait, self.deadline_moved.notified()).await;
                }
            }
            let is_due = next_ms.is_some_and(|next_ms| next_ms <= now().steady_ms);
            if is_due && !self.is_gone.get() {
                self.armed_ms.set(None);
                self.change(GroupPartition::tick);
                // However many groups were due, others get their turn.
                shards::clock::sleep(limits::TICK_PAUSE).await;
            }
        }
    }

    fn close(&self) {
        self.is_gone.set(true);
        let coordinator = self.coordinator.replace(self.new_coordinator());
        self.give(coordinator.unload());
        self.waiting.borrow_mut().clear();
        self.to_append.borrow_mut().clear();
        self.to_confirm.borrow_mut().clear();
        self.appends_came.notify_all();
        self.confirms_came.notify_all();
        self.deadline_moved.notify_all();
    }
}

fn now() -> Now {
    Now { wall_ms: shards::clock::wall_ms(), steady_ms: shards::clock::now().as_ns() / NS_PER_MS }
}
