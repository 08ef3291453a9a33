//! The coordinators of one core of one kind, each with its partition of their topic: the runtime
//! that gives the pure state machines a log, a clock and timers.
//!
//! Lives on: one core; other cores ask through the mesh.
//! Promise: every question is answered, at the latest when the partition goes elsewhere; records
//! are appended in the order in which the coordinator gave them out, and nothing after a refused
//! one.
//! Never: decides anything that a coordinator decides.
//! Limits: those of the coordinators.
//! Read next: coordinator_log.rs, ../coordinators/coordinator.rs.

use super::coordinator_log;
use crate::coordinators::coordinator::{
    Append, AppendFailure, Coordinator, ImageStep, Lead, Now, OutputOf, RequestToken, Ticket,
};
use crate::limits::{QUESTIONS_AT_ONCE, TICK_PAUSE};
use crate::metadata::{Image, NodeId};
use shards::io::executor;
use shards::log::Log;
use shards::log::replication::{Committed, NotCommitted};
use shards::mutation::Mutation;
use shards::store::Store;
use shards::sync::{Notify, oneshot};
use shards::units::PartitionId;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Duration;

const NS_PER_MS: u64 = 1_000_000;

/// A handle on the coordinators of one kind on this core. Cheap to clone.
pub struct Host<C: Coordinator>(Rc<Inner<C>>);

/// Carries out what a coordinator asks for; what comes of it is told by a question to it.
pub type Perform<C> = Box<dyn Fn(&Lead, <C as Coordinator>::Command)>;

struct Inner<C: Coordinator> {
    shared: C::Shared,
    perform: Perform<C>,
    image: RefCell<Arc<Image>>,
    partitions: RefCell<BTreeMap<i32, Rc<Hosted<C>>>>,
}

/// One coordinator and what it lives on.
struct Hosted<C: Coordinator> {
    lead: Lead,
    log: Log,
    host: Weak<Inner<C>>,
    /// None once the partition has gone.
    coordinator: RefCell<Option<C>>,
    waiting: RefCell<BTreeMap<RequestToken, oneshot::Sender<C::Reply>>>,
    next_token: Cell<u64>,
    to_append: RefCell<VecDeque<Append>>,
    to_confirm: RefCell<VecDeque<(Ticket, Committed)>>,
    appends_came: Notify,
    confirms_came: Notify,
    /// An earlier deadline was set.
    deadline_moved: Notify,
    armed_ms: Cell<Option<u64>>,
}

impl<C: Coordinator> Clone for Host<C> {
    fn clone(&self) -> Self {
        Host(self.0.clone())
    }
}

impl<C: Coordinator> Host<C> {
    pub fn new(shared: C::Shared, perform: Perform<C>) -> Self {
        let image = RefCell::new(Arc::new(Image::empty("")));
        Host(Rc::new(Inner { shared, perform, image, partitions: RefCell::default() }))
    }

    /// What the coordinators of this core share.
    pub fn shared(&self) -> &C::Shared {
        &self.0.shared
    }

    /// Follows the metadata: coordinates the partitions of the topic that this node leads and this
    /// core has, no others. Called on each core for each new image, once the core has opened its
    /// partitions.
    pub fn follow(&self, step: &ImageStep<'_>, node_id: NodeId, store: &Store) {
        *self.0.image.borrow_mut() = step.after.clone();
        let led = self.led_partitions(step.after, node_id, store);
        let is_served = |hosted: &Hosted<C>| {
            led.get(&hosted.lead.index).is_some_and(|(log, epoch)| {
                let is_old = C::RELOADS_AT_NEW_EPOCH && *epoch != hosted.lead.epoch;
                log.id() == hosted.log.id() && !is_old
            })
        };
        for hosted in self.hosted() {
            match is_served(&hosted) {
                true => hosted.change(|coordinator, now| coordinator.on_image(step, now)),
                false => self.resign(hosted.lead.index),
            }
        }
        for (index, (log, epoch)) in led {
            if !self.0.partitions.borrow().contains_key(&index) {
                self.lead(index, epoch, log);
            }
        }
    }

    /// The logs of the topic that this node leads and this core has, with their epochs.
    fn led_partitions(
        &self,
        image: &Image,
        node_id: NodeId,
        store: &Store,
    ) -> BTreeMap<i32, (Log, i32)> {
        let Some(topic) = image.topics.by_name(C::TOPIC) else { return BTreeMap::new() };
        let here = topic.partitions.iter().filter(|(_, partition)| partition.leader == node_id);
        let open = |index: i32| store.partition(PartitionId { topic: topic.id, index });
        here.filter_map(|(index, partition)| {
            Some((*index, (open(*index)?, partition.leader_epoch)))
        })
        .collect()
    }

    /// This core coordinates the partition from now on. Questions are refused until the log is
    /// read.
    pub fn lead(&self, index: i32, epoch: i32, log: Log) {
        self.resign(index);
        let lead = Lead { index, epoch, image: self.0.image.borrow().clone() };
        let coordinator = C::new(&self.0.shared, lead.clone());
        let hosted = Rc::new(Hosted::new(lead, log, coordinator, Rc::downgrade(&self.0)));
        self.0.partitions.borrow_mut().insert(index, hosted.clone());
        drop(executor::spawn(hosted.run()));
    }

    /// The partition goes elsewhere; everyone who waits is sent there.
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

    /// The leader epoch in which a partition is coordinated here.
    pub fn epoch(&self, index: i32) -> Option<i32> {
        self.0.partitions.borrow().get(&index).map(|hosted| hosted.lead.epoch)
    }

    /// Looks at each coordinator of this core.
    pub fn inspect(&self, mut look: impl FnMut(&C)) {
        for hosted in self.hosted() {
            if let Some(coordinator) = hosted.coordinator.borrow().as_ref() {
                look(coordinator);
            }
        }
    }

    fn hosted(&self) -> Vec<Rc<Hosted<C>>> {
        self.0.partitions.borrow().values().cloned().collect()
    }

    /// Asks the coordinator of a partition of this core.
    pub async fn ask(&self, index: i32, request: C::Request) -> C::Reply {
        reply_of::<C>(self.start(index, request)).await
    }

    /// Puts a question to a coordinator of this core, if it is here.
    fn start(&self, index: i32, request: C::Request) -> Option<oneshot::Receiver<C::Reply>> {
        let hosted = self.0.partitions.borrow().get(&index).cloned();
        hosted.map(|hosted| hosted.start(request))
    }

    /// Asks coordinators of this core; the replies are in the order of the questions. All are under
    /// way before the first is waited for.
    pub async fn ask_many(&self, questions: Vec<(PartitionId, C::Request)>) -> Vec<C::Reply> {
        let mut asked = Vec::with_capacity(questions.len());
        for (partition, request) in questions {
            asked.push(self.start(partition.index, request));
            if asked.len().is_multiple_of(QUESTIONS_AT_ONCE) {
                executor::yield_now().await;
            }
        }
        let mut replies = Vec::with_capacity(asked.len());
        for answer in asked {
            replies.push(reply_of::<C>(answer).await);
        }
        replies
    }

    /// Asks all coordinators of this core.
    pub async fn ask_all(&self, request: &C::Request) -> Vec<C::Reply>
    where
        C::Request: Clone,
    {
        let hosted = self.hosted();
        let mut asked = Vec::with_capacity(hosted.len());
        for hosted in &hosted {
            asked.push(hosted.start(request.clone()));
        }
        let mut replies = Vec::with_capacity(asked.len());
        for answer in asked {
            replies.push(reply_of::<C>(Some(answer)).await);
        }
        replies
    }
}

/// What comes of a question; `None`: there was nobody to ask.
async fn reply_of<C: Coordinator>(answer: Option<oneshot::Receiver<C::Reply>>) -> C::Reply {
    match answer {
        Some(answer) => answer.await.unwrap_or_else(|_| C::nobody()),
        None => C::nobody(),
    }
}

impl<C: Coordinator> Hosted<C> {
    fn new(lead: Lead, log: Log, coordinator: C, host: Weak<Inner<C>>) -> Self {
        Hosted {
            lead,
            log,
            host,
            coordinator: RefCell::new(Some(coordinator)),
            waiting: RefCell::default(),
            next_token: Cell::new(0),
            to_append: RefCell::default(),
            to_confirm: RefCell::default(),
            appends_came: Notify::new(),
            confirms_came: Notify::new(),
            deadline_moved: Notify::new(),
            armed_ms: Cell::new(None),
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

    fn is_gone(&self) -> bool {
        self.coordinator.borrow().is_none()
    }

    /// Reads the log into a coordinator that nobody asks yet. False if there is nothing to serve.
    async fn load(&self) -> bool {
        let Some(host) = self.host.upgrade() else { return false };
        let mut loading = C::new(&host.shared, self.lead.clone());
        let outcome = coordinator_log::replay(&self.log, &mut loading).await;
        if self.is_gone() {
            return false;
        }
        match outcome {
            Ok(()) => {
                *self.coordinator.borrow_mut() = Some(loading);
                let image = host.image.borrow().clone();
                self.change(|coordinator, now| coordinator.loaded(&image, now));
                tracing::debug!(
                    topic = C::TOPIC,
                    partition = self.lead.index,
                    "coordinator loaded"
                );
                true
            }
            Err(error) => {
                // It stays refused as loading, as in Kafka, until the log is mended.
                tracing::error!(
                    topic = C::TOPIC,
                    partition = self.lead.index,
                    log = %self.log.directory().display(),
                    %error,
                    "the coordinator of this partition cannot be loaded"
                );
                false
            }
        }
    }

    /// Puts a question; it is under way when this returns.
    fn start(&self, request: C::Request) -> oneshot::Receiver<C::Reply> {
        let (sender, receiver) = oneshot::channel();
        let token = RequestToken(self.next_token.get());
        self.next_token.set(token.0 + 1);
        self.waiting.borrow_mut().insert(token, sender);
        self.change(|coordinator, now| coordinator.handle(token, request, now));
        receiver
    }

    /// Calls the coordinator and does what it asks for.
    fn change(&self, call: impl FnOnce(&mut C, Now) -> OutputOf<C>) {
        let output = self.coordinator.borrow_mut().as_mut().map(|here| call(here, now()));
        let Some(output) = output else { return self.waiting.borrow_mut().clear() };
        self.give(output.replies);
        if !output.appends.is_empty() {
            self.to_append.borrow_mut().extend(output.appends);
            self.appends_came.notify_one();
        }
        if let Some(host) = self.host.upgrade() {
            for command in output.commands {
                (host.perform)(&self.lead, command);
            }
        }
        let next_ms = self.next_deadline();
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

    fn next_deadline(&self) -> Option<u64> {
        self.coordinator.borrow().as_ref().and_then(C::next_deadline)
    }

    fn give(&self, replies: Vec<(RequestToken, C::Reply)>) {
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
        while !self.is_gone() {
            let next = self.to_append.borrow_mut().pop_front();
            match next {
                Some(append) => self.append(append).await,
                None => self.appends_came.notified().await,
            }
        }
    }

    async fn append(&self, append: Append) {
        let ticket = append.ticket;
        let committed = coordinator_log::append(&self.log, &append.content).await;
        if self.is_gone() {
            return;
        }
        match committed {
            Ok(committed) => {
                self.to_confirm.borrow_mut().push_back((ticket, committed));
                self.confirms_came.notify_one();
            }
            Err((failure, cause)) => {
                let (topic, partition) = (C::TOPIC, self.lead.index);
                tracing::warn!(topic, partition, cause, "a coordinator's records are refused");
                // What came after it is refused with it.
                self.to_append.borrow_mut().clear();
                self.change(|coordinator, now| coordinator.appended(ticket, Err(failure), now));
            }
        }
    }

    /// Tells the coordinator what was committed, in order.
    async fn confirm_in_order(self: Rc<Self>) {
        while !self.is_gone() {
            let next = self.to_confirm.borrow_mut().pop_front();
            let Some((ticket, mut committed)) = next else {
                self.confirms_came.notified().await;
                continue;
            };
            let result = match Mutation::EarlyCommit.is_planted() {
                true => Ok(()),
                false => committed.wait().await.map_err(|refused| match refused {
                    NotCommitted::TooFewInSync(_) => AppendFailure::Unavailable,
                    _ => AppendFailure::NotLeader,
                }),
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
        while !self.is_gone() {
            let next_ms = self.next_deadline();
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
            if is_due && !self.is_gone() {
                self.armed_ms.set(None);
                self.change(C::tick);
                // However much was due, others get their turn.
                shards::clock::sleep(TICK_PAUSE).await;
            }
        }
    }

    fn close(&self) {
        let coordinator = self.coordinator.borrow_mut().take();
        if let Some(coordinator) = coordinator {
            self.give(coordinator.unload());
        }
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
