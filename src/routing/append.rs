//! Appends to partitions, wherever they live.
//!
//! Lives on: the asking core sends and collects; the owning core appends. Promise: appends of one
//! core to a partition happen in the order they were sent, also where they have to wait for room in
//! the journal: a partition lets them in one after the other. A partition that has to wait holds up
//! no other, nor its outcome. Records are copied once, by the owner, out of the receive buffer that
//! is lent to it. Read next: ../handlers/produce.rs, which asks; ../refusals/errors.rs.

use std::ops::Deref;
use std::rc::Rc;
use std::task::{Context, Poll};

use shards::clock::{self, Instant};
use shards::format::validate::Origin;
use shards::io::{Loan, Slice};
use shards::log::Log;
use shards::log::append::Durable;
use shards::log::producers::{Claim, Proof};
use shards::log::replication::Committed;
use shards::mesh::{Lane, Reply};
use shards::units::{PartitionId, ShardId};

use super::{Local, Message, core_of, stopped};
use crate::broker::Core;
use crate::refusals::errors::{self, Failure};

/// Records for one partition.
#[derive(Debug)]
pub struct Batch<R> {
    pub partition: PartitionId,
    pub records: R,
    /// That it may begin a transaction.
    pub proof: Proof,
}

/// When an append is to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerWhen {
    /// The records have their offsets; they may be lost yet.
    Appended,
    /// The leader's own device has them. What is not there by then is answered as timed out, as
    /// with Kafka: it may be in the log all the same, and is not if it still waited for room in the
    /// journal.
    Synced { by: Instant },
    /// The devices of all replicas have them that are in sync.
    Committed { by: Instant },
}

impl AnswerWhen {
    fn by(self) -> Option<Instant> {
        match self {
            AnswerWhen::Appended => None,
            AnswerWhen::Synced { by } | AnswerWhen::Committed { by } => Some(by),
        }
    }
}

/// For another core.
#[derive(Debug)]
pub struct AppendRequest {
    pub batches: Vec<Batch<Loan>>,
    pub answer_when: AnswerWhen,
}

/// An append that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Success {
    pub base_offset: i64,
    pub log_append_time_ms: i64,
    pub log_start_offset: i64,
}

/// One for each batch, in their order.
pub type Outcomes = Vec<Result<Success, Failure>>;

/// Appends on the core that owns the partitions of `batches`. The appends have their place in the
/// order once the future was polled.
pub async fn append_on(
    broker: Rc<Core>,
    owner: ShardId,
    batches: Vec<Batch<Slice>>,
    answer_when: AnswerWhen,
) -> Outcomes {
    if owner == broker.shard {
        return append(&broker, batches, answer_when).await;
    }
    let mesh = broker.routing.mesh();
    let lend = |batch: Batch<Slice>| Batch {
        partition: batch.partition,
        records: mesh.loans().lend(batch.records),
        proof: batch.proof,
    };
    let batches = batches.into_iter().map(lend).collect();
    let request = Message::Append(AppendRequest { batches, answer_when });
    match mesh.call_in(core_of(owner), Lane::Appends, request).await {
        Message::Appended(outcomes) => outcomes,
        _ => stopped().await,
    }
}

/// Serves another core.
pub(super) async fn serve(broker: Rc<Core>, request: AppendRequest, reply: Reply<Message>) {
    let outcomes = append(&broker, request.batches, request.answer_when).await;
    reply.send(Message::Appended(outcomes));
}

/// An append to one partition, on its way.
enum Step {
    /// Waits for its turn, or for room in the journal.
    Waiting(Local<Taken>),
    /// Has its offsets.
    Taken(Success, Acknowledgement),
    Done(Result<Success, Failure>),
}

/// What an append is answered after.
enum Acknowledgement {
    Durable(Durable),
    Committed(Committed),
}

impl Acknowledgement {
    async fn wait(&mut self) {
        // Told by the outcome.
        match self {
            Acknowledgement::Durable(durable) => drop(durable.wait().await),
            Acknowledgement::Committed(committed) => drop(committed.wait().await),
        }
    }

    fn outcome(&self) -> Option<Result<(), Failure>> {
        match self {
            Acknowledgement::Durable(durable) => {
                let outcome = durable.outcome()?;
                Some(outcome.map_err(|failed| errors::journal(&failed)))
            }
            Acknowledgement::Committed(committed) => {
                let outcome = committed.outcome()?;
                Some(outcome.map_err(|refused| errors::not_committed(&refused)))
            }
        }
    }
}

type Taken = Result<(Success, Acknowledgement), Failure>;

/// Appends to partitions of this core. One that has to wait holds up no other.
async fn append<R: Deref<Target = [u8]> + 'static>(
    broker: &Rc<Core>,
    batches: Vec<Batch<R>>,
    answer_when: AnswerWhen,
) -> Outcomes {
    let mut batches = batches.into_iter();
    let begin = |context: &mut Context<'_>| -> Poll<Vec<Step>> {
        let begin = |batch| Step::begin(broker, batch, answer_when, context);
        Poll::Ready(batches.by_ref().map(begin).collect())
    };
    let mut steps = std::future::poll_fn(begin).await;
    match answer_when.by() {
        None => take_all(&mut steps).await,
        Some(by) => {
            let left = by.since(clock::now());
            let all = async {
                take_all(&mut steps).await;
                wait_for_all(&mut steps).await;
            };
            // What is late is told below.
            let _late = clock::timeout(left, all).await;
        }
    }
    steps.into_iter().map(|step| step.outcome(answer_when)).collect()
}

impl Step {
    /// Appends, or takes its place in line.
    fn begin<R: Deref<Target = [u8]> + 'static>(
        broker: &Rc<Core>,
        batch: Batch<R>,
        answer_when: AnswerWhen,
        context: &mut Context<'_>,
    ) -> Step {
        let Some(log) = broker.store.partition(batch.partition) else {
            return Step::Done(Err(errors::not_here(broker, batch.partition)));
        };
        if log.admits_now(batch.records.len()) {
            return Step::from_taken(append_admitted(&log, &batch, answer_when));
        }
        let mut waiting: Local<Taken> = Box::pin(async move {
            let admitted = log.admit(batch.records.len()).await;
            admitted.map_err(|refused| errors::append(&refused))?;
            append_admitted(&log, &batch, answer_when)
        });
        match waiting.as_mut().poll(context) {
            Poll::Ready(taken) => Step::from_taken(taken),
            Poll::Pending => Step::Waiting(waiting),
        }
    }

    fn from_taken(taken: Taken) -> Step {
        match taken {
            Ok((success, acknowledgement)) => Step::Taken(success, acknowledgement),
            Err(failure) => Step::Done(Err(failure)),
        }
    }

    fn outcome(self, answer_when: AnswerWhen) -> Result<Success, Failure> {
        match self {
            Step::Done(outcome) => outcome,
            Step::Taken(success, _) if answer_when == AnswerWhen::Appended => Ok(success),
            Step::Taken(success, acknowledgement) => match acknowledgement.outcome() {
                Some(outcome) => outcome.map(|()| success),
                None => Err(errors::timed_out()),
            },
            Step::Waiting(_) => Err(errors::timed_out()),
        }
    }
}

/// Until all have their offsets or are refused.
async fn take_all(steps: &mut [Step]) {
    std::future::poll_fn(|context| {
        let mut pending = false;
        for step in steps.iter_mut() {
            if let Step::Waiting(waiting) = step {
                match waiting.as_mut().poll(context) {
                    Poll::Ready(taken) => *step = Step::from_taken(taken),
                    Poll::Pending => pending = true,
                }
            }
        }
        if pending { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
}

/// Until all that was taken is where it is to be, or never will be.
async fn wait_for_all(steps: &mut [Step]) {
    for step in steps {
        if let Step::Taken(_, acknowledgement) = step {
            acknowledgement.wait().await;
        }
    }
}

/// The journal has let the append in just now.
fn append_admitted<R: Deref<Target = [u8]>>(
    log: &Log,
    batch: &Batch<R>,
    answer_when: AnswerWhen,
) -> Taken {
    let waits_for_all = matches!(answer_when, AnswerWhen::Committed { .. });
    if waits_for_all {
        log.check_in_sync().map_err(|error| errors::append(&error))?;
    }
    let claim = Claim { proof: batch.proof, ..Claim::from(Origin::Client) };
    let appended = log.append_claimed(&batch.records, claim);
    let appended = appended.map_err(|error| errors::append(&error))?;
    let success = Success {
        base_offset: appended.base_offset.0,
        log_append_time_ms: appended.log_append_time_ms,
        log_start_offset: appended.log_start_offset.0,
    };
    let acknowledgement = match waits_for_all {
        true => Acknowledgement::Committed(appended.committed(log)),
        false => Acknowledgement::Durable(appended.durable),
    };
    Ok((success, acknowledgement))
}

#[cfg(test)]
mod tests;
