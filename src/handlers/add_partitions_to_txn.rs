//! AddPartitionsToTxn (key 24), versions 0-5.
//!
//! Partitions join transactions; brokers also ask whether they are part of one.
//! Versions: 2 PRODUCER_FENCED · 3 flexible · 4 several transactions, and verification, for brokers
//! · 5 from clients that speak transactions of version 2.

use std::sync::Arc;

use crate::coordinators::coordinator::ProducerEpoch;
use crate::coordinators::transactions::{self, Reply};
use crate::metadata::Image;
use crate::protocol::add_partitions_to_txn::request::{
    AddPartitionsToTxnTopic, AddPartitionsToTxnTransaction, Request,
};
use crate::protocol::add_partitions_to_txn::response::{
    AddPartitionsToTxnPartitionResult, AddPartitionsToTxnResult, AddPartitionsToTxnTopicResult,
    Response,
};
use crate::protocol::{ApiKey, ErrorCode};
use crate::routing::transactions::ask;
use shards::io::Slice;

use super::{Api, Context, Pending, answer};
use crate::refusals::transaction_errors::{code_of, for_version};

pub const API: Api = Api { key: ApiKey::AddPartitionsToTxn, versions: 0..=5, handle };

const FIRST_WITH_FENCED: i16 = 2;
const FIRST_BATCHED: i16 = 4;
const FIRST_OF_VERSION_2: i16 = 5;

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, async |context, request: Request| {
        let is_batched = context.version() >= FIRST_BATCHED;
        let mut results = Vec::new();
        for transaction in transactions_of(request, is_batched) {
            results.push(serve(&context, transaction).await);
        }
        match is_batched {
            true => Response { results_by_transaction: results, ..Response::default() },
            false => Response {
                results_by_topic_v3_and_below: results.pop().unwrap_or_default().topic_results,
                ..Response::default()
            },
        }
    })
}

fn transactions_of(request: Request, is_batched: bool) -> Vec<AddPartitionsToTxnTransaction> {
    if is_batched {
        return request.transactions;
    }
    vec![AddPartitionsToTxnTransaction {
        transactional_id: request.v3_and_below_transactional_id,
        producer_id: request.v3_and_below_producer_id,
        producer_epoch: request.v3_and_below_producer_epoch,
        verify_only: false,
        topics: request.v3_and_below_topics,
    }]
}

async fn serve(
    context: &Context,
    transaction: AddPartitionsToTxnTransaction,
) -> AddPartitionsToTxnResult {
    let version = context.version();
    let known = known_partitions(&transaction.topics, &context.broker.image());
    let mut codes: Vec<ErrorCode> = known.iter().map(|(_, code)| *code).collect();
    // With one that is not known none is added, as in Kafka.
    if codes.iter().all(|code| *code == ErrorCode::None) {
        let partitions: Vec<_> = known.into_iter().map(|(partition, _)| partition).collect();
        let count = partitions.len();
        let question = question(&transaction, partitions, version);
        let reply = ask(&context.broker, &transaction.transactional_id, question).await;
        codes = codes_of(reply, count);
    } else {
        for code in codes.iter_mut().filter(|code| **code == ErrorCode::None) {
            *code = ErrorCode::OperationNotAttempted;
        }
    }
    for code in &mut codes {
        *code = for_version(*code, version, FIRST_WITH_FENCED);
    }
    result(transaction, codes)
}

type Known = ((Arc<str>, i32), ErrorCode);

fn known_partitions(topics: &[AddPartitionsToTxnTopic], image: &Image) -> Vec<Known> {
    let mut known = Vec::new();
    for topic in topics {
        let found = image.topics.by_name(&topic.name);
        let name: Arc<str> = topic.name.as_str().into();
        for index in &topic.partitions {
            let exists = found.is_some_and(|topic| topic.partitions.contains_key(index));
            let code = if exists { ErrorCode::None } else { ErrorCode::UnknownTopicOrPartition };
            known.push(((name.clone(), *index), code));
        }
    }
    known
}

fn question(
    transaction: &AddPartitionsToTxnTransaction,
    partitions: Vec<(Arc<str>, i32)>,
    version: i16,
) -> transactions::Request {
    let question = transactions::AddPartitions {
        transactional_id: transaction.transactional_id.clone(),
        producer: ProducerEpoch { id: transaction.producer_id, epoch: transaction.producer_epoch },
        partitions,
        version: if version >= FIRST_OF_VERSION_2 { 2 } else { 0 },
    };
    match transaction.verify_only {
        true => transactions::Request::Verify(question),
        false => transactions::Request::Add(question),
    }
}

fn codes_of(reply: Reply, count: usize) -> Vec<ErrorCode> {
    match reply {
        Reply::Added => vec![ErrorCode::None; count],
        Reply::Verified(outcomes) => {
            let code = |outcome: Result<(), _>| outcome.map_or_else(code_of, |()| ErrorCode::None);
            outcomes.into_iter().map(code).collect()
        }
        Reply::Refused(error) => vec![code_of(error); count],
        _ => vec![ErrorCode::UnknownServerError; count],
    }
}

/// `codes` are those of the partitions, in order.
fn result(
    transaction: AddPartitionsToTxnTransaction,
    codes: Vec<ErrorCode>,
) -> AddPartitionsToTxnResult {
    let mut codes = codes.into_iter();
    let mut topic_results = Vec::with_capacity(transaction.topics.len());
    for topic in transaction.topics {
        let result = |(partition_index, code)| AddPartitionsToTxnPartitionResult {
            partition_index,
            partition_error_code: code as i16,
        };
        topic_results.push(AddPartitionsToTxnTopicResult {
            name: topic.name,
            results_by_partition: topic
                .partitions
                .into_iter()
                .zip(&mut codes)
                .map(result)
                .collect(),
        });
    }
    AddPartitionsToTxnResult { transactional_id: transaction.transactional_id, topic_results }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::image;
    use super::*;

    #[test]
    fn codes_find_their_places() {
        let topic =
            |name: &str, partitions| AddPartitionsToTxnTopic { name: name.into(), partitions };
        let topics = vec![topic("none", vec![0]), topic("t", vec![1, 9])];
        let known = known_partitions(&topics, &image("t"));
        let codes: Vec<_> = known.iter().map(|(_, code)| *code as i16).collect();
        assert_eq!(codes, [3, 0, 3]);
        let transaction = AddPartitionsToTxnTransaction { topics, ..Default::default() };
        let codes = known.into_iter().map(|(_, code)| code).collect();
        let result = result(transaction, codes);
        let told: Vec<_> = result
            .topic_results
            .iter()
            .flat_map(|topic| &topic.results_by_partition)
            .map(|partition| (partition.partition_index, partition.partition_error_code))
            .collect();
        assert_eq!(told, [(0, 3), (1, 0), (9, 3)]);
    }
}
