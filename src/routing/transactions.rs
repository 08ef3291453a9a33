//! Questions to the coordinators of transactions, wherever they live.
//!
//! Lives on: the asking core; the coordinator answers on the core that owns its partition.
//! Promise: every question is answered; a transactional id of another node, or of no partition yet,
//! is refused. A producer id is taken only when the coordinator needs one.
//! Read next: ../hosting/transactions.rs, ../coordinators/transactions/mod.rs.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use shards::clock;
use shards::units::{PartitionId, ShardId};

use super::Local;
use super::scatter::scatter;
use crate::broker::Core;
use crate::coordinators::coordinator::ProducerEpoch;
use crate::coordinators::groups::partition_for;
use crate::coordinators::transactions::{AddPartitions, Reply, Request, TransactionError};
use crate::metadata::topic_name::TRANSACTION_STATE;
use crate::protocol::ErrorCode;
use crate::refusals::transaction_errors::verification_code_of_result;

/// The partition of `__transaction_state` that holds a transactional id, if there is one.
fn partition_of(broker: &Core, transactional_id: &str) -> Option<i32> {
    let image = broker.image();
    let topic = image.topics.by_name(TRANSACTION_STATE)?;
    let count = u32::try_from(topic.partitions.len()).ok().filter(|count| *count > 0)?;
    i32::try_from(partition_for(transactional_id, count)).ok()
}

/// A partition which this node leads, and the core that owns it.
fn place(broker: &Core, index: Option<i32>) -> Result<(ShardId, PartitionId), TransactionError> {
    let index = index.ok_or(TransactionError::NotCoordinator)?;
    let image = broker.image();
    let topic = image.topics.by_name(TRANSACTION_STATE).ok_or(TransactionError::NotCoordinator)?;
    let led_here =
        topic.partitions.get(&index).is_some_and(|partition| broker.is_self(partition.leader));
    if !led_here {
        return Err(TransactionError::NotCoordinator);
    }
    let partition = PartitionId { topic: topic.id, index };
    // Its core is still opening it.
    let owner = broker.routing.owner(partition).ok_or(TransactionError::Loading)?;
    Ok((owner, partition))
}

/// Asks the coordinator of a transactional id.
pub async fn ask(broker: &Rc<Core>, transactional_id: &str, request: Request) -> Reply {
    let (owner, partition) = match place(broker, partition_of(broker, transactional_id)) {
        Ok(placed) => placed,
        Err(error) => return Reply::Refused(error),
    };
    let answer = move |on: Rc<Core>| -> Local<Reply> {
        Box::pin(async move { on.transactions.ask(partition.index, request).await })
    };
    broker.run_on(owner, answer).await
}

/// Asks once more with a fresh producer id where the coordinator needs one.
pub async fn ask_with_id(
    broker: &Rc<Core>,
    transactional_id: &str,
    question: impl Fn(Option<i64>) -> Request,
) -> Reply {
    let reply = ask(broker, transactional_id, question(None)).await;
    if reply != Reply::NeedsProducerId {
        return reply;
    }
    match broker.next_producer_id().await {
        Ok(id) => ask(broker, transactional_id, question(Some(id))).await,
        Err(refusal) => {
            tracing::warn!(cause = ?refusal.cause, "no producer id for a transactional id");
            Reply::Refused(TransactionError::NoProducerId)
        }
    }
}

/// Asks each id's coordinator, once for all its ids. Gives the replies with the ids they are about.
pub async fn ask_each(
    broker: &Rc<Core>,
    ids: Vec<String>,
    question: fn(Vec<String>) -> Request,
) -> Vec<(Reply, Vec<String>)> {
    let mut by_partition: BTreeMap<Option<i32>, Vec<String>> = BTreeMap::new();
    for id in ids {
        by_partition.entry(partition_of(broker, &id)).or_default().push(id);
    }
    let mut answered = Vec::with_capacity(by_partition.len());
    let mut placed = Vec::new();
    let mut of_placed = Vec::new();
    for (index, ids) in by_partition {
        match place(broker, index) {
            Ok((owner, partition)) => {
                placed.push((owner, partition, question(ids.clone())));
                of_placed.push(ids);
            }
            Err(error) => answered.push((Reply::Refused(error), ids)),
        }
    }
    let replies = scatter(broker, placed, |on, questions| {
        Box::pin(async move { on.transactions.ask_many(questions).await })
    });
    answered.extend(replies.await.into_iter().zip(of_placed));
    answered
}

/// Asks all coordinators of this node.
pub async fn ask_all(broker: &Rc<Core>, request: Request) -> Vec<Reply> {
    let answer = move |on: Rc<Core>| -> Local<Vec<Reply>> {
        let request = request.clone();
        Box::pin(async move { on.transactions.ask_all(&request).await })
    };
    broker.run_on_all(answer).await.into_iter().flatten().collect()
}

/// A producer is about to write to partitions (KIP-890).
#[derive(Clone, Debug)]
pub struct Verification {
    pub transactional_id: String,
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub partitions: Vec<(Arc<str>, i32)>,
    /// The partitions join the transaction. Otherwise they must be part of it.
    pub add: bool,
}

/// Whether the producer may write to these partitions now; one code for each, in order. Producers
/// know the code of a fenced epoch from their logs.
pub async fn verify(broker: &Rc<Core>, asked: Verification) -> Vec<ErrorCode> {
    look(broker, &asked).await.into_iter().map(verification_code_of_result).collect()
}

/// The same, for who has codes of his own.
pub async fn look(broker: &Rc<Core>, asked: &Verification) -> Vec<Result<(), TransactionError>> {
    let settings = &broker.config.transactions;
    let give_up_at = clock::now() + settings.add_retry_max;
    loop {
        let outcomes = look_once(broker, asked).await;
        let waits = outcomes.first() == Some(&Err(TransactionError::Concurrent));
        // The end of the transaction before is still on its way to its partitions.
        if !waits || !asked.add || clock::now() >= give_up_at {
            return outcomes;
        }
        clock::sleep(settings.add_retry_backoff).await;
    }
}

async fn look_once(broker: &Rc<Core>, asked: &Verification) -> Vec<Result<(), TransactionError>> {
    let question = AddPartitions {
        transactional_id: asked.transactional_id.clone(),
        producer: ProducerEpoch { id: asked.producer_id, epoch: asked.producer_epoch },
        partitions: asked.partitions.clone(),
        version: if asked.add { 2 } else { 0 },
    };
    let count = asked.partitions.len();
    let request = if asked.add { Request::Add(question) } else { Request::Verify(question) };
    match ask(broker, &asked.transactional_id, request).await {
        Reply::Added => vec![Ok(()); count],
        Reply::Verified(outcomes) => outcomes,
        Reply::Refused(error) => vec![Err(error); count],
        other => unreachable!("no answer to a verification: {other:?}"),
    }
}
