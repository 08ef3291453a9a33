//! Appends to partitions, wherever they live.
//!
//! Lives on: the asking core sends and collects; the owning core appends.
//! Promise: appends of one core to a partition happen in the order they were sent, also where they
//! have to wait for room in the journal: the owner lets requests in one after the other. Records
//! are copied once, by the owner, out of the receive buffer that is lent to it.
//! Read next: ../handlers/produce.rs, which asks; ../handlers/errors.rs.

use std::ops::Deref;
use std::rc::Rc;

use shards::clock::{self, Instant};
use shards::format::validate::Origin;
use shards::io::{Loan, Slice};
use shards::log::append::Durable;
use shards::mesh::Reply;
use shards::units::{PartitionId, ShardId};

use super::{Message, core_of, stopped};
use crate::broker::Broker;
use crate::handlers::errors::{self, Failure};

/// Records for one partition.
#[derive(Debug)]
pub struct Batch<R> {
    pub partition: PartitionId,
    pub records: R,
}

/// When an append is to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerWhen {
    /// The records have their offsets; they may be lost yet.
    Appended,
    /// What is not durable by then is answered as timed out, as with Kafka: it may be in the log
    /// all the same, and is not if it still waited for room in the journal.
    Durable { by: Instant },
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
    broker: Rc<Broker>,
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
    };
    let batches = batches.into_iter().map(lend).collect();
    let request = Message::Append(AppendRequest { batches, answer_when });
    match mesh.call(core_of(owner), request).await {
        Message::Appended(outcomes) => outcomes,
        _ => stopped().await,
    }
}

/// Serves another core.
pub(super) async fn serve(broker: Rc<Broker>, request: AppendRequest, reply: Reply<Message>) {
    let outcomes = append(&broker, request.batches, request.answer_when).await;
    reply.send(Message::Appended(outcomes));
}

/// Appends to partitions of this core.
async fn append<R: Deref<Target = [u8]>>(
    broker: &Broker,
    batches: Vec<Batch<R>>,
    answer_when: AnswerWhen,
) -> Outcomes {
    let count = batches.len();
    let mut outcomes = Vec::with_capacity(count);
    let appending = append_all(broker, batches, answer_when, &mut outcomes);
    match answer_when {
        AnswerWhen::Appended => appending.await,
        AnswerWhen::Durable { by } => {
            let left = by.since(clock::now());
            if clock::timeout(left, appending).await.is_err() {
                outcomes.resize_with(count, || Err(errors::timed_out()));
            }
        }
    }
    outcomes
}

async fn append_all<R: Deref<Target = [u8]>>(
    broker: &Broker,
    batches: Vec<Batch<R>>,
    answer_when: AnswerWhen,
    outcomes: &mut Outcomes,
) {
    let mut started = Vec::with_capacity(batches.len());
    {
        let _turn = broker.append_turn.acquire().await;
        for batch in batches {
            started.push(append_one(broker, batch.partition, &batch.records).await);
        }
    }
    for outcome in started {
        outcomes.push(match outcome {
            Ok((success, durable)) if answer_when != AnswerWhen::Appended => {
                durable.wait().await.map(|()| success).map_err(|failed| errors::journal(&failed))
            }
            outcome => outcome.map(|(success, _)| success),
        });
    }
}

async fn append_one(
    broker: &Broker,
    partition: PartitionId,
    records: &[u8],
) -> Result<(Success, Durable), Failure> {
    let log = broker.store.partition(partition).ok_or_else(errors::not_here)?;
    log.admit(records.len()).await.map_err(|refused| errors::append(&refused))?;
    let appended = log.append(records, Origin::Client).map_err(|error| errors::append(&error))?;
    let success = Success {
        base_offset: appended.base_offset.0,
        log_append_time_ms: appended.log_append_time_ms,
        log_start_offset: appended.log_start_offset.0,
    };
    Ok((success, appended.durable))
}

#[cfg(test)]
mod tests;
