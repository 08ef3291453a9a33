//! The producer: batches, retries in order, errors.

use std::sync::mpsc::{Receiver, Sender, channel};

use shards::format::batch::Batch;
use shards::format::builder::NewRecord;

use super::fake_broker::{Asked, FakeBroker, Reply};
use crate::client::ClientError;
use crate::client::partitioner::partition_of_key;
use crate::client::producer::{Acks, Producer, ProducerOptions};
use crate::protocol::generated::produce::{self, response};
use crate::protocol::{ApiKey, ErrorCode, init_producer_id};

/// What a broker saw of one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    partition: i32,
    sequence: i32,
    count: i32,
}

/// A broker that answers all Produce requests with this code.
fn broker(code: ErrorCode) -> (FakeBroker, Receiver<Seen>) {
    broker_with(move |_| code)
}

/// A broker that decides batch by batch.
fn broker_with(
    mut decide: impl FnMut(Seen) -> ErrorCode + Send + 'static,
) -> (FakeBroker, Receiver<Seen>) {
    let (sender, seen) = channel();
    let broker = FakeBroker::start(2, move |asked| match asked.api {
        ApiKey::InitProducerId => {
            let response = init_producer_id::Response { producer_id: 7, ..Default::default() };
            Some(asked.answer::<init_producer_id::Request>(&response))
        }
        ApiKey::Produce => Some(answer(asked, &mut decide, &sender)),
        _ => None,
    });
    (broker, seen)
}

fn answer(
    asked: &Asked,
    decide: &mut impl FnMut(Seen) -> ErrorCode,
    sender: &Sender<Seen>,
) -> Reply {
    let request: produce::Request = asked.read();
    let mut responses = Vec::new();
    for topic in request.topic_data {
        let mut partition_responses = Vec::new();
        for partition in topic.partition_data {
            let records = partition.records.unwrap();
            let batch = Batch::parse(&records).unwrap();
            batch.verify_checksum().unwrap();
            let (sequence, count) = (batch.base_sequence(), batch.count());
            let seen = Seen { partition: partition.index, sequence, count };
            // The test may have ended.
            let _ = sender.send(seen);
            partition_responses.push(response::PartitionProduceResponse {
                index: partition.index,
                error_code: decide(seen).code(),
                ..Default::default()
            });
        }
        let name = topic.name;
        responses.push(response::TopicProduceResponse {
            name,
            partition_responses,
            ..Default::default()
        });
    }
    if request.acks == 0 {
        return Reply::Silence;
    }
    let response = produce::Response { responses, ..Default::default() };
    asked.answer::<produce::Request>(&response)
}

/// Each record is a batch of its own.
fn single() -> ProducerOptions {
    ProducerOptions { batch_bytes: 1, ..ProducerOptions::default() }
}

fn send_to(producer: &mut Producer<'_>, partition: i32, count: usize) -> Result<(), ClientError> {
    for _ in 0..count {
        let record = NewRecord { value: Some(b"value"), ..NewRecord::default() };
        producer.send(Some(partition), &record)?;
    }
    producer.flush()
}

#[test]
fn records_of_a_key_go_to_its_partition_in_one_batch() {
    let (broker, seen) = broker(ErrorCode::None);
    let mut cluster = broker.cluster();
    let mut producer = Producer::open(&mut cluster, "t", ProducerOptions::default()).unwrap();
    for _ in 0..10 {
        let key: Option<&[u8]> = Some(b"key");
        producer.send(None, &NewRecord { key, ..NewRecord::default() }).unwrap();
    }
    producer.flush().unwrap();
    let partition = partition_of_key(b"key", 2) as i32;
    assert_eq!(seen.recv().unwrap(), Seen { partition, sequence: 0, count: 10 });
    assert_eq!((producer.sent().records, producer.sent().batches), (10, 1));
}

#[test]
fn a_batch_that_failed_is_sent_again_before_those_behind_it() {
    let (sender, seen) = channel();
    let mut next_sequence = None;
    let (broker, _seen) = broker_with(move |seen| {
        // The first is refused for a moment, so those behind it come too early.
        let Some(next) = next_sequence else {
            next_sequence = Some(0);
            return ErrorCode::NotLeaderOrFollower;
        };
        if seen.sequence != next {
            return ErrorCode::OutOfOrderSequenceNumber;
        }
        next_sequence = Some(next + seen.count);
        sender.send(seen.sequence).unwrap();
        // As a broker answers what it had already: the answer before was lost.
        if next == 1 { ErrorCode::DuplicateSequenceNumber } else { ErrorCode::None }
    });
    let mut cluster = broker.cluster();
    let mut producer = Producer::open(&mut cluster, "t", single()).unwrap();
    send_to(&mut producer, 0, 3).unwrap();
    assert_eq!(producer.sent().records, 3);
    assert_eq!(seen.try_iter().collect::<Vec<i32>>(), [0, 1, 2]);
}

#[test]
fn an_error_that_stays_is_returned() {
    let (broker, _seen) = broker(ErrorCode::MessageTooLarge);
    let mut cluster = broker.cluster();
    let mut producer = Producer::open(&mut cluster, "t", single()).unwrap();
    let error = send_to(&mut producer, 1, 1).unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::MessageTooLarge));
    assert!(error.to_string().starts_with("partition 1 of topic t: "), "{error}");
    let missing = producer.send(Some(2), &NewRecord::default());
    assert!(matches!(missing, Err(ClientError::NoPartition { last: 1, .. })), "{missing:?}");
}

#[test]
fn without_acknowledgement_nothing_is_waited_for() {
    let (broker, seen) = broker(ErrorCode::None);
    let mut cluster = broker.cluster();
    let options = ProducerOptions { acks: Acks::None, idempotent: false, ..single() };
    let mut producer = Producer::open(&mut cluster, "t", options).unwrap();
    send_to(&mut producer, 0, 2).unwrap();
    assert_eq!(producer.sent().records, 2);
    let sequences = [seen.recv().unwrap().sequence, seen.recv().unwrap().sequence];
    assert_eq!(sequences, [-1, -1]);
}

#[test]
fn a_broken_connection_is_opened_again() {
    let mut closed = false;
    let (sender, seen) = channel();
    let broker = FakeBroker::start(1, move |asked| match asked.api {
        ApiKey::Produce if !closed => {
            closed = true;
            Some(Reply::Close)
        }
        ApiKey::Produce => Some(answer(asked, &mut |_| ErrorCode::None, &sender)),
        _ => None,
    });
    let mut cluster = broker.cluster();
    let options = ProducerOptions { acks: Acks::Leader, idempotent: false, ..single() };
    let mut producer = Producer::open(&mut cluster, "t", options).unwrap();
    send_to(&mut producer, 0, 1).unwrap();
    assert_eq!(seen.recv().unwrap().count, 1);
}
