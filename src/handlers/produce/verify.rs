//! Batches that may begin a transaction, before they are appended.
//!
//! The partition says whether the producer's transaction is open there: then the batch is part of
//! it. Else its guard and the coordinator's word are needed: that the partition is part of the
//! transaction (clients up to version 11), or that it is added (KIP-890). So a batch that comes
//! late, after the end of its transaction, is never the begin of one that nobody ends.
//!
//! Lives on: the connection's core; one hop to each partition's core, one to the coordinator's
//! where a transaction is not open yet. Requests without transactions never come here.
//! Read next: ../produce.rs, shards/src/log/producers/verification.rs.

use std::rc::Rc;
use std::sync::Arc;

use shards::log::producers::{FirstBatch, Proof, TransactionVersion, VerificationGuard};
use shards::units::{PartitionId, ShardId};

use super::{Plan, Slot, refuse};
use crate::broker::Core;
use crate::config::View;
use crate::config::value::Value;
use crate::handlers::Context;
use crate::protocol::ErrorCode;
use crate::refusals::errors::{self, Failure};
use crate::routing::Local;
use crate::routing::scatter::scatter;
use crate::routing::transactions::{self, Verification};

/// From here on a partition is added to its transaction by the first Produce (KIP-890).
const ADDED_FROM: i16 = 12;
const VERIFICATION_KEY: &str = "transaction.partition.verification.enable";
/// Older clients do not know TRANSACTION_ABORTABLE.
const ABORTABLE_FROM: i16 = 11;

/// A transactional batch of a request, and where its outcome belongs.
pub(super) struct Transactional {
    pub owner: ShardId,
    pub partition: PartitionId,
    pub topic: Arc<str>,
    pub index: i32,
    pub first: FirstBatch,
    pub slot: Slot,
}

/// How a producer's transactions work, by the version of its requests.
pub(super) fn version_of(api_version: i16) -> TransactionVersion {
    match api_version >= ADDED_FROM {
        true => TransactionVersion::V2,
        false => TransactionVersion::V1,
    }
}

/// Gives guards to the batches that need them, and takes those out that are not part of a
/// transaction.
pub(super) async fn verify(context: &Context, transactional_id: Option<&str>, plan: &mut Plan<'_>) {
    let batches = std::mem::take(&mut plan.transactional);
    let refusal = match (transactional_id, producer_of(&batches)) {
        (None, _) => ErrorCode::TransactionalIdAuthorizationFailed,
        (_, None) => ErrorCode::InvalidProducerIdMapping,
        (Some(id), Some(producer)) => {
            return verify_all(context, id, producer, batches, plan).await;
        }
    };
    // All of the request, as with Kafka.
    plan.groups.clear();
    for topic in &mut plan.topics {
        for partition in &mut topic.partitions {
            refuse(context, partition, Failure::plain(refusal));
        }
    }
}

/// The producer of all batches; none: they are of several.
fn producer_of(batches: &[Transactional]) -> Option<(i64, i16)> {
    let producer = |it: &Transactional| (it.first.producer_id, it.first.producer_epoch);
    let first = producer(batches.first()?);
    batches.iter().all(|batch| producer(batch) == first).then_some(first)
}

async fn verify_all(
    context: &Context,
    transactional_id: &str,
    (producer_id, producer_epoch): (i64, i16),
    batches: Vec<Transactional>,
    plan: &mut Plan<'_>,
) {
    if context.version() < ADDED_FROM && !is_wanted(context) {
        batches.iter().for_each(|batch| plan.give_proof(batch.slot, Proof::Waived));
        return;
    }
    let questions = batches.iter().map(|it| (it.owner, it.partition, it.first)).collect();
    let guards = scatter(&context.broker, questions, begin).await;
    let mut begun = Vec::new();
    for (batch, guard) in batches.into_iter().zip(guards) {
        match guard {
            // The transaction is open there.
            Ok(None) => {}
            Ok(Some(guard)) => begun.push((batch, guard)),
            Err(failure) => plan.take_out(context, batch.slot, failure),
        }
    }
    if begun.is_empty() {
        return;
    }
    let ask = Verification {
        transactional_id: transactional_id.to_owned(),
        producer_id,
        producer_epoch,
        partitions: begun.iter().map(|(batch, _)| (batch.topic.clone(), batch.index)).collect(),
        add: context.version() >= ADDED_FROM,
    };
    let said = transactions::verify(&context.broker, ask).await;
    for ((batch, guard), code) in begun.into_iter().zip(said) {
        match code {
            ErrorCode::None => plan.give_proof(batch.slot, Proof::Verified(guard)),
            code => plan.take_out(context, batch.slot, failure(code, context.version())),
        }
    }
}

/// Whether partitions of older clients are looked for in their transactions.
fn is_wanted(context: &Context) -> bool {
    let config = &context.broker.config;
    let image = context.broker.image();
    let view = View::of(config.node_id, &config.settings, &image);
    view.value(VERIFICATION_KEY) != Value::Boolean(false)
}

/// Asks for guards on the owner's core.
fn begin(
    broker: Rc<Core>,
    questions: Vec<(PartitionId, FirstBatch)>,
) -> Local<Vec<Result<Option<VerificationGuard>, Failure>>> {
    Box::pin(async move {
        let begin_one = |(partition, first): (PartitionId, FirstBatch)| {
            let log = errors::led_here(&broker, partition, None)?;
            log.begin_verification(&first).map_err(|error| errors::append(&error))
        };
        questions.into_iter().map(begin_one).collect()
    })
}

/// What a producer is told of the coordinator's word, as Kafka tells it: some clients take the
/// coordinator's codes for an end of all, and repeat what lacks replicas.
fn failure(code: ErrorCode, version: i16) -> Failure {
    let unverified = || {
        let name = code.name();
        let message = format!("the transaction could not be verified with its coordinator: {name}");
        Failure::new(ErrorCode::NotEnoughReplicas, message)
    };
    let outside = || {
        let message = "the partition is not part of the transaction";
        Failure::new(ErrorCode::InvalidTxnState, message)
    };
    match code {
        ErrorCode::CoordinatorLoadInProgress
        | ErrorCode::CoordinatorNotAvailable
        | ErrorCode::NotCoordinator
        | ErrorCode::NetworkException => unverified(),
        // With version 2 it is common while a transaction ends, and its clients know it.
        ErrorCode::ConcurrentTransactions if version < ADDED_FROM => unverified(),
        ErrorCode::ProducerFenced => Failure::plain(ErrorCode::InvalidProducerEpoch),
        ErrorCode::InvalidTxnState => outside(),
        ErrorCode::TransactionAbortable if version < ABORTABLE_FROM => outside(),
        code => Failure::plain(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_told_what_they_can_act_on() {
        for (code, version, told) in [
            (ErrorCode::NotCoordinator, 12, ErrorCode::NotEnoughReplicas),
            (ErrorCode::ConcurrentTransactions, 11, ErrorCode::NotEnoughReplicas),
            (ErrorCode::ConcurrentTransactions, 12, ErrorCode::ConcurrentTransactions),
            (ErrorCode::ProducerFenced, 9, ErrorCode::InvalidProducerEpoch),
            (ErrorCode::TransactionAbortable, 10, ErrorCode::InvalidTxnState),
            (ErrorCode::TransactionAbortable, 11, ErrorCode::TransactionAbortable),
            (ErrorCode::InvalidProducerIdMapping, 9, ErrorCode::InvalidProducerIdMapping),
        ] {
            assert_eq!(failure(code, version).code, told, "{code:?} to version {version}");
        }
    }
}
