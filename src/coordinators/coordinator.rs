//! What a coordinator of one partition is to its host: a state machine whose records go to that
//! partition's log.
//!
//! Lives on: the core that owns the partition; pure.
//! Promise: a reply that depends on a record is given only after the host has said that the record
//! is durable; what [`Coordinator::replay`] reads back is what was acknowledged.
//! Never: does I/O, reads a clock, draws random bytes, blocks, or names a Kafka error code.
//!
//! The host's loop: each call that changes returns an [`Output`]. Send its replies, carry out its
//! commands, append each of its batches at once and in order, report each with `appended`, and arm
//! a timer for `next_deadline`. A batch that was refused is reported before the next call; all that
//! were handed out after it are refused with it, and the coordinator goes back to the state before
//! them.
//! Read next: ../hosting/host.rs, groups/partition.rs, transactions/partition.rs.

use super::transactions::EndMarker;
use crate::metadata::{Changes, Image};
use crate::protocol::DecodeError;
use std::fmt::Debug;
use std::sync::Arc;

/// Names a request, so that its reply can be given later. Chosen by the caller, unique while
/// unanswered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestToken(pub u64);

/// The time of a call: the wall clock for what is stored, the steady one for timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    pub wall_ms: i64,
    pub steady_ms: u64,
}

/// Names an append, in the order in which they were handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// One record of the log; no value is a tombstone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub key: Vec<u8>,
    pub value: Option<Vec<u8>>,
}

/// A record that is not what its key says. The disk or its writer is to blame.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRecord {
    #[error("a record of a coordinator's log cannot be read: {0}")]
    Unreadable(#[from] DecodeError),
    #[error("a record of a coordinator's log says what cannot be: {0}")]
    Unsound(&'static str),
}

/// To be written as one batch.
#[derive(Debug, PartialEq)]
pub struct Append {
    pub ticket: Ticket,
    pub content: Content,
}

/// What one batch holds.
#[derive(Debug, PartialEq)]
pub enum Content {
    Records(Vec<Record>),
    /// Records that count once the producer's transaction commits.
    InTransaction {
        producer: ProducerEpoch,
        records: Vec<Record>,
    },
    /// The end of a producer's transaction in this log.
    Marker(EndMarker),
}

/// A producer, and which of its lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProducerEpoch {
    pub id: i64,
    pub epoch: i16,
}

/// Why the partition did not take a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendFailure {
    #[error("the partition is missing, lacks replicas, or took too long")]
    Unavailable,
    #[error("this broker does not lead the partition, or its log directory failed")]
    NotLeader,
    #[error("the batch is larger than the topic allows")]
    TooLarge,
    #[error("the producer was replaced by one of a newer epoch")]
    ProducerFenced,
    #[error("the transaction coordinator was replaced by one of a newer epoch")]
    CoordinatorFenced,
}

impl AppendFailure {
    /// What it means to an append that was only in line behind the one that failed.
    pub fn of_later(self, is_later: bool) -> AppendFailure {
        match self {
            AppendFailure::NotLeader => self,
            _ if is_later => AppendFailure::Unavailable,
            _ => self,
        }
    }
}

/// What a call asks of its caller: see the module's header.
#[derive(Debug)]
#[must_use = "its replies must be sent and its batches appended"]
pub struct Output<R, C = NoCommand> {
    pub replies: Vec<(RequestToken, R)>,
    pub appends: Vec<Append>,
    pub commands: Vec<C>,
}

impl<R, C> Default for Output<R, C> {
    fn default() -> Self {
        Output { replies: Vec::new(), appends: Vec::new(), commands: Vec::new() }
    }
}

/// Of coordinators that need nothing but their log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCommand {}

pub type OutputOf<C> = Output<<C as Coordinator>::Reply, <C as Coordinator>::Command>;

/// From one image of the metadata to the next.
#[derive(Clone, Copy)]
pub struct ImageStep<'a> {
    pub before: &'a Image,
    pub after: &'a Arc<Image>,
    pub changes: &'a Changes,
}

/// The partition that a coordinator is made for.
#[derive(Clone, Debug)]
pub struct Lead {
    pub index: i32,
    /// The leader epoch in which this node leads it.
    pub epoch: i32,
    /// The metadata as this core knows it.
    pub image: Arc<Image>,
}

/// See the module.
pub trait Coordinator: Sized + 'static {
    type Request: 'static;
    type Reply: Debug + 'static;
    /// What the host is to do besides appending and replying; its outcome comes as a request.
    type Command: Debug + 'static;
    /// What all coordinators of a core share: settings, a bound on memory.
    type Shared: Clone + 'static;

    /// The topic whose partitions are coordinated.
    const TOPIC: &'static str;
    /// Whether a new leader epoch of a partition that is still led here makes a new coordinator.
    const RELOADS_AT_NEW_EPOCH: bool;

    /// One that knows of nothing: everything is refused until `loaded`.
    fn new(shared: &Self::Shared, lead: Lead) -> Self;

    /// What a question is answered that finds no coordinator here.
    fn nobody() -> Self::Reply;

    /// Takes over one record of the log. Records of a transaction come with its producer.
    fn replay(
        &mut self,
        key: &[u8],
        value: Option<&[u8]>,
        transaction: Option<i64>,
    ) -> Result<(), BadRecord>;

    /// Takes over the end of a transaction of this log.
    fn replay_transaction_end(&mut self, producer_id: i64, committed: bool);

    /// The log is read to its end. The image may be newer than the one it was made with.
    fn loaded(&mut self, image: &Arc<Image>, now: Now) -> OutputOf<Self>;

    /// The partition goes elsewhere: everyone who waits is sent there.
    fn unload(self) -> Vec<(RequestToken, Self::Reply)>;

    fn handle(&mut self, token: RequestToken, request: Self::Request, now: Now) -> OutputOf<Self>;

    /// The metadata has changed.
    fn on_image(&mut self, step: &ImageStep<'_>, now: Now) -> OutputOf<Self>;

    /// When `tick` is to be called, on the steady clock.
    fn next_deadline(&self) -> Option<u64>;

    /// Carries out what is due; what falls due by that waits for the next call.
    fn tick(&mut self, now: Now) -> OutputOf<Self>;

    /// Reports how an append went. All before a durable one are durable too; all after a refused
    /// one are refused too.
    fn appended(
        &mut self,
        ticket: Ticket,
        result: Result<(), AppendFailure>,
        now: Now,
    ) -> OutputOf<Self>;
}
