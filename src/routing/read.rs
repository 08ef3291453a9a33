//! Reads of partitions, wherever they live.
//!
//! Lives on: the asking core sends and collects; the owning core reads.
//! Promise: record bytes are not copied on the way: memory is lent, files are handed over by their
//! descriptor. What answers hold of an owner's memory is counted there until it is sent, and each
//! answer gets a part of what is left: see answer_memory.rs.
//! Limits: shards' limits::LOANS_OUTSTANDING_MAX; beyond it bytes are copied rather than lent.
//! Read next: watch.rs, ../handlers/fetch.rs, which asks.

use std::rc::Rc;

use shards::clock;
use shards::io::file::Handoff;
use shards::io::{File, Loan, Slice};
use shards::log::error::ReadError;
use shards::log::reader::{AtLeastOne, Piece, ReadLimit};
use shards::log::state::{Horizon, Log};
use shards::mesh::{Lane, Reply};
use shards::replica::FollowerFetch;
use shards::units::{LeaderEpoch, NodeId, Offset, PartitionId, ShardId};

use super::{Message, core_of, stopped};
use crate::broker::Core;
use crate::hosting::in_sync;
use crate::protocol::fetch::{AbortedTransaction, EpochEndOffset};
use crate::refusals::errors::{self, Failure};
use crate::routing::segment::Segment;

const NS_PER_MS: u64 = 1_000_000;

/// Which records a reader may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    ReadUncommitted,
    ReadCommitted,
    /// A follower, which is sent what is not committed yet.
    Replica,
}

impl Isolation {
    pub fn horizon(self) -> Horizon {
        match self {
            Isolation::ReadUncommitted => Horizon::HighWatermark,
            Isolation::ReadCommitted => Horizon::LastStable,
            Isolation::Replica => Horizon::LogEnd,
        }
    }
}

/// A follower that fetches, as it names itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follower {
    pub node: NodeId,
    /// Of its registration, if it says that.
    pub broker_epoch: Option<i64>,
}

/// What is wanted of one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionRead {
    pub partition: PartitionId,
    pub offset: Offset,
    pub bytes_max: usize,
    /// The epoch in which the reader believes.
    pub leader_epoch: Option<LeaderEpoch>,
    /// The epoch of the last record that the reader has.
    pub last_fetched_epoch: Option<LeaderEpoch>,
    /// Where the log of a follower begins.
    pub log_start: Offset,
}

/// For another core.
#[derive(Debug)]
pub struct ReadRequest {
    pub partitions: Vec<PartitionRead>,
    pub bytes_max: usize,
    pub isolation: Isolation,
    /// Whose word is to be taken in: that it has all before the offsets that it asks for. None of a
    /// consumer, and of a follower that has waited since it gave it.
    pub follower: Option<Follower>,
}

/// What a partition had to give.
#[derive(Debug)]
pub struct Given<P> {
    pub pieces: Vec<P>,
    pub bytes: usize,
    /// There is more than the limits let through.
    pub is_cut: bool,
    /// Bytes of the first batch.
    pub first_batch_bytes: usize,
    pub high_watermark: Offset,
    pub last_stable: Offset,
    pub log_start: Offset,
    pub log_end: Offset,
    /// The reader's log ends otherwise than this one: where to cut it.
    pub diverging: Option<EpochEndOffset>,
    /// Whose records a reader of committed records has to pass over.
    pub aborted: Vec<AbortedTransaction>,
}

/// A piece of records on its way to another core.
#[derive(Debug)]
pub enum Outgoing {
    Lent(Loan),
    Copied(Vec<u8>),
    File { file: Handoff, offset: u64, length: u64 },
}

/// One for each partition, in their order.
pub type Answers<P> = Vec<Result<Given<P>, Failure>>;
/// The same, on its way to another core.
pub type ReadAnswers = Answers<Outgoing>;

/// Reads partitions of the core `owner`.
pub async fn read_on(broker: &Rc<Core>, owner: ShardId, request: ReadRequest) -> Answers<Segment> {
    if owner == broker.shard {
        let answers = read(broker, &request).await;
        return map_pieces(answers, segment);
    }
    let message = Message::Read(request);
    match broker.routing.mesh().call_in(core_of(owner), Lane::Reads, message).await {
        Message::ReadDone(answers) => map_pieces(answers, arrived),
        _ => stopped().await,
    }
}

/// Serves another core.
pub(super) async fn serve(broker: Rc<Core>, request: ReadRequest, reply: Reply<Message>) {
    let answers = read(&broker, &request).await;
    let answers = map_pieces(answers, |piece| outgoing(&broker, piece));
    reply.send(Message::ReadDone(answers));
}

/// Reads partitions of this core, in order, while the budget lasts.
async fn read(broker: &Rc<Core>, request: &ReadRequest) -> Answers<Piece> {
    let memory = &broker.answer_memory;
    let mut memory_budget = memory.share();
    let mut budget = request.bytes_max;
    let mut at_least_one = AtLeastOne::Batch;
    let mut answers = Vec::with_capacity(request.partitions.len());
    for wanted in &request.partitions {
        let bytes_max = wanted.bytes_max.min(budget);
        let wanted = PartitionRead { bytes_max, ..*wanted };
        let is_short = memory_budget < bytes_max;
        let how = How {
            isolation: request.isolation,
            follower: request.follower,
            at_least_one,
            memory_bytes: memory_budget,
        };
        let mut answer = read_one(broker, &wanted, how).await;
        let held = answer.as_mut().map_or(0, |given| memory.hold(&mut given.pieces));
        if is_short && held > 0 && answer.as_ref().is_ok_and(|given| given.is_cut) {
            memory.note_cut();
        }
        memory_budget = memory_budget.saturating_sub(held);
        let bytes = answer.as_ref().map_or(0, |given| given.bytes);
        if bytes > 0 {
            at_least_one = AtLeastOne::Nothing;
        }
        let aborted = answer.as_ref().map_or(0, |given| given.aborted.len());
        budget = budget.saturating_sub(bytes + aborted * size_of::<AbortedTransaction>());
        answers.push(answer);
    }
    answers
}

/// What a partition may give.
#[derive(Clone, Copy)]
struct How {
    isolation: Isolation,
    follower: Option<Follower>,
    at_least_one: AtLeastOne,
    memory_bytes: usize,
}

async fn read_one(
    broker: &Rc<Core>,
    wanted: &PartitionRead,
    how: How,
) -> Result<Given<Piece>, Failure> {
    let How { isolation, follower, at_least_one, memory_bytes } = how;
    let log = errors::led_here(broker, wanted.partition, wanted.leader_epoch)?;
    let fetch = follower.map(|follower| fetch_of(follower, wanted));
    if let Some(fetch) = &fetch {
        let knows_epoch = wanted.leader_epoch.is_some();
        log.may_fetch(fetch).map_err(|refused| errors::fetch_refused(refused, knows_epoch))?;
    }
    if wanted.last_fetched_epoch.is_some() {
        log.prove_epochs().await.map_err(|error| errors::read(&error))?;
    }
    let diverging = diverging(&log, wanted)?;
    // A follower whose log went another way has not what it says.
    if let Some(fetch) = fetch.filter(|_| diverging.is_none()) {
        note_fetch(broker, &log, fetch)?;
    }
    let ends = log.ends();
    let mut given = Given {
        pieces: Vec::new(),
        bytes: 0,
        is_cut: false,
        first_batch_bytes: 0,
        high_watermark: ends.high_watermark,
        last_stable: ends.last_stable,
        log_start: ends.log_start,
        log_end: ends.log_end,
        diverging,
        aborted: Vec::new(),
    };
    if given.diverging.is_some() {
        return Ok(given);
    }
    let before = ends.at(isolation.horizon());
    let limit = ReadLimit { before, bytes_max: wanted.bytes_max, at_least_one };
    let read = log.read_within(wanted.offset, limit, memory_bytes).await;
    let read = read.map_err(|error| errors::read(&error))?;
    if isolation == Isolation::ReadCommitted {
        given.aborted = aborted(&log, wanted.offset, read.end);
    }
    log.note_served(read.bytes);
    given.first_batch_bytes = read.first_batch_bytes;
    given.pieces = read.pieces;
    given.bytes = read.bytes;
    given.is_cut = read.is_cut;
    Ok(given)
}

fn fetch_of(follower: Follower, wanted: &PartitionRead) -> FollowerFetch {
    FollowerFetch {
        follower: follower.node,
        broker_epoch: follower.broker_epoch,
        offset: wanted.offset,
        log_start: wanted.log_start,
        now_ms: clock::now().as_ns() / NS_PER_MS,
    }
}

/// Takes in what a follower has, before it is given more.
fn note_fetch(broker: &Rc<Core>, log: &Log, fetch: FollowerFetch) -> Result<(), Failure> {
    let ends = log.ends();
    if fetch.offset < ends.log_start || fetch.offset > ends.log_end {
        let (offset, log_start, end) = (fetch.offset, ends.log_start, ends.log_end);
        return Err(errors::read(&ReadError::OutOfRange { offset, log_start, end }));
    }
    if let Some(proposal) = log.note_fetch(fetch) {
        in_sync::propose(broker, log, proposal);
    }
    Ok(())
}

fn diverging(log: &Log, wanted: &PartitionRead) -> Result<Option<EpochEndOffset>, Failure> {
    let Some(last_fetched) = wanted.last_fetched_epoch else { return Ok(None) };
    let Some(end) = log.epoch_end(last_fetched) else {
        return Err(errors::unknown_history());
    };
    let diverges = end.epoch < last_fetched || end.end < wanted.offset;
    Ok(diverges.then_some(EpochEndOffset { epoch: end.epoch.0, end_offset: end.end.0 }))
}

fn aborted(log: &Log, from: Offset, end: Offset) -> Vec<AbortedTransaction> {
    let aborted = log.aborted_between(from, end).into_iter();
    let told = aborted.map(|it| AbortedTransaction {
        producer_id: it.producer_id,
        first_offset: it.first_offset,
    });
    told.collect()
}

fn segment(piece: Piece) -> Segment {
    match piece {
        Piece::Memory(slice) => Segment::Memory(slice),
        Piece::File { file, offset, length } => Segment::File { file, offset, length },
    }
}

fn outgoing(broker: &Core, piece: Piece) -> Outgoing {
    let loans = broker.routing.mesh().loans();
    match piece {
        Piece::Memory(slice) if loans.has_room() => Outgoing::Lent(loans.lend(slice)),
        Piece::Memory(slice) => Outgoing::Copied(slice.to_vec()),
        Piece::File { file, offset, length } => {
            Outgoing::File { file: file.hand_off(), offset, length }
        }
    }
}

fn arrived(piece: Outgoing) -> Segment {
    match piece {
        Outgoing::Lent(loan) => Segment::Memory(Slice::from(loan)),
        Outgoing::Copied(bytes) => Segment::Memory(Slice::from(bytes)),
        Outgoing::File { file, offset, length } => {
            Segment::File { file: File::from(file), offset, length }
        }
    }
}

fn map_pieces<P, Q>(answers: Answers<P>, mut map: impl FnMut(P) -> Q) -> Answers<Q> {
    let mut map_one = |given: Given<P>| Given {
        pieces: given.pieces.into_iter().map(&mut map).collect(),
        bytes: given.bytes,
        is_cut: given.is_cut,
        first_batch_bytes: given.first_batch_bytes,
        high_watermark: given.high_watermark,
        last_stable: given.last_stable,
        log_start: given.log_start,
        log_end: given.log_end,
        diverging: given.diverging,
        aborted: given.aborted,
    };
    answers.into_iter().map(|answer| answer.map(&mut map_one)).collect()
}

#[cfg(test)]
mod tests;
