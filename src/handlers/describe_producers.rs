//! DescribeProducers (key 61), version 0.
//!
//! The producers that partitions remember: epochs, last sequence numbers, open transactions.
//! Skipped: nothing.
//! Runs on the connection's core; one hop to each core that owns some of the partitions.
//! Limits: limits::DESCRIBED_PRODUCERS_MAX.

use std::rc::Rc;

use shards::io::Slice;
use shards::log::producers::ProducerView;
use shards::units::PartitionId;

use super::{Api, Context, Pending, answer};
use crate::broker::Core;
use crate::limits;
use crate::protocol::describe_producers::request::Request;
use crate::protocol::describe_producers::response::{
    PartitionResponse, ProducerState, Response, TopicResponse,
};
use crate::protocol::produce::TopicReference;
use crate::protocol::{ApiKey, ErrorCode};
use crate::refusals::errors::{self, Failure};
use crate::refusals::topics;
use crate::routing::Local;
use crate::routing::scatter::scatter;

pub const API: Api = Api { key: ApiKey::DescribeProducers, versions: 0..=0, handle };

/// In place of the first offset of a transaction, where none is open.
const NO_TRANSACTION: i64 = -1;

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, run)
}

async fn run(context: Context, request: Request) -> Response {
    let image = context.broker.image();
    let mut response = Response::default();
    let (mut places, mut questions) = (Vec::new(), Vec::new());
    for topic in request.topics {
        let found = topics::find(&image, TopicReference::Name(&topic.name));
        let mut partitions = Vec::with_capacity(topic.partition_indexes.len());
        for index in topic.partition_indexes {
            match found.and_then(|found| topics::local(&context.broker, found, index)) {
                Ok(place) => {
                    places.push((response.topics.len(), partitions.len()));
                    questions.push((place.owner, place.partition, ()));
                    partitions.push(described(index, Ok(Vec::new())));
                }
                Err(code) => partitions.push(described(index, Err(Failure::plain(code)))),
            }
        }
        response.topics.push(TopicResponse { name: topic.name, partitions });
    }
    let answers = scatter(&context.broker, questions, describe).await;
    let mut left = limits::DESCRIBED_PRODUCERS_MAX;
    for ((topic, partition), answer) in places.into_iter().zip(answers) {
        let slot = &mut response.topics[topic].partitions[partition];
        let answer = answer.and_then(|producers| within(&mut left, producers));
        *slot = described(slot.partition_index, answer);
    }
    response
}

/// Takes the producers of a partition from what one answer may hold.
fn within(left: &mut usize, producers: Vec<ProducerView>) -> Result<Vec<ProducerView>, Failure> {
    match left.checked_sub(producers.len()) {
        Some(rest) => {
            *left = rest;
            Ok(producers)
        }
        None => {
            let max = limits::DESCRIBED_PRODUCERS_MAX;
            let message = format!("more than {max} producers: ask for fewer partitions at a time");
            Err(Failure::new(ErrorCode::InvalidRequest, message))
        }
    }
}

fn described(
    partition_index: i32,
    outcome: Result<Vec<ProducerView>, Failure>,
) -> PartitionResponse {
    let (code, error_message, producers) = match outcome {
        Ok(producers) => (ErrorCode::None, None, producers),
        Err(failure) => (failure.code, failure.message, Vec::new()),
    };
    let active_producers = producers.iter().map(|view| ProducerState {
        producer_id: view.id,
        producer_epoch: i32::from(view.epoch),
        last_sequence: view.last_sequence,
        last_timestamp: view.last_timestamp,
        coordinator_epoch: view.coordinator_epoch,
        current_txn_start_offset: view.transaction_first_offset.unwrap_or(NO_TRANSACTION),
    });
    PartitionResponse {
        partition_index,
        error_code: code as i16,
        error_message,
        active_producers: active_producers.collect(),
    }
}

/// Answers on the owner's core.
fn describe(
    broker: Rc<Core>,
    questions: Vec<(PartitionId, ())>,
) -> Local<Vec<Result<Vec<ProducerView>, Failure>>> {
    Box::pin(async move {
        let mut left = limits::DESCRIBED_PRODUCERS_MAX;
        let producers_of = |partition| {
            let log = errors::led_here(&broker, partition, None)?;
            match log.offline() {
                Some(reason) => Err(errors::offline(&reason)),
                None => within(&mut left, log.producers()),
            }
        };
        questions.into_iter().map(|(partition, ())| partition).map(producers_of).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(id: i64, transaction_first_offset: Option<i64>) -> ProducerView {
        ProducerView {
            id,
            epoch: 3,
            last_sequence: 9,
            last_timestamp: 1000,
            coordinator_epoch: -1,
            transaction_first_offset,
        }
    }

    #[test]
    fn an_open_transaction_is_told_by_its_first_offset() {
        let told = described(4, Ok(vec![view(1, Some(70)), view(2, None)]));
        let starts: Vec<(i64, i64)> = told
            .active_producers
            .iter()
            .map(|it| (it.producer_id, it.current_txn_start_offset))
            .collect();
        assert_eq!((told.partition_index, told.error_code), (4, 0));
        assert_eq!(starts, [(1, 70), (2, -1)]);
    }

    #[test]
    fn one_answer_holds_so_many_producers_and_no_more() {
        let mut left = 2;
        assert!(within(&mut left, vec![view(1, None)]).is_ok());
        let refused = within(&mut left, vec![view(1, None), view(2, None)]).unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidRequest);
        assert!(within(&mut left, vec![view(1, None)]).is_ok());
        assert_eq!(left, 0);
    }
}
