//! Produce, and what is fetched of it.

use super::client::*;
use super::node::*;
use crate::protocol::ErrorCode;
use crate::protocol::generated::{fetch, produce};

#[test]
fn every_version_of_produce_and_fetch_on_one_and_on_two_cores() {
    for shards in [1, 2] {
        let node = Node::start(shards, &[]);
        let mut client = Client::connect(node.address);
        for version in 3..=13 {
            let value = format!("version {version}");
            let partitions: Vec<(i32, &[u8])> =
                (0..PARTITIONS).map(|index| (index, value.as_bytes())).collect();
            let response = client.call(&produce_to(&partitions, -1), version);
            for partition in &response.responses[0].partition_responses {
                assert_eq!(partition.error_code, 0, "{partition:?}");
                assert_eq!(partition.base_offset, i64::from(version) - 3);
            }
        }
        let expected: Vec<Vec<u8>> =
            (3..=13).map(|version| format!("version {version}").into_bytes()).collect();
        for version in 4..=18 {
            let asked: Vec<(i32, i64)> = (0..PARTITIONS).map(|index| (index, 0)).collect();
            let response = client.call(&fetch_from(&asked, 1, 5000), version);
            let partitions = &response.responses[0].partitions;
            assert_eq!(partitions.len(), PARTITIONS as usize);
            for partition in partitions {
                assert_eq!((partition.error_code, partition.high_watermark), (0, 11));
                assert_eq!(values(partition), expected, "version {version}");
            }
        }
    }
}

#[test]
fn a_stream_of_produce_requests_is_answered_in_order() {
    let node = Node::start(2, &[]);
    for _ in 0..2 {
        // One connection on each core.
        let mut client = Client::connect(node.address);
        let first = next_offset(&mut client, 3);
        for number in 0..600_i64 {
            client.send(&produce_to(&[(3, number.to_string().as_bytes())], 1), 9);
        }
        for number in 0..600 {
            let response = client.receive::<produce::Request>(9);
            let partition = &response.responses[0].partition_responses[0];
            assert_eq!((partition.error_code, partition.base_offset), (0, first + number));
        }
        let response = client.call(&fetch_from(&[(3, first)], 1, 0), 12);
        let expected: Vec<Vec<u8>> =
            (0..600).map(|number: i64| number.to_string().into_bytes()).collect();
        assert_eq!(values(&response.responses[0].partitions[0]), expected);
    }
}

fn next_offset(client: &mut Client, index: i32) -> i64 {
    let response = client.call(&fetch_from(&[(index, 0)], 0, 0), 12);
    response.responses[0].partitions[0].high_watermark
}

#[test]
fn without_acks_there_is_no_answer_and_a_failure_closes_the_connection() {
    let node = Node::start(2, &[]);
    let mut client = Client::connect(node.address);
    for _ in 0..3 {
        let mut unanswered = Client::connect(node.address);
        for index in 0..PARTITIONS {
            unanswered.send(&produce_to(&[(index, b"x")], 0), 9);
        }
        unanswered.send(&produce_to(&[(99, b"nowhere")], 0), 9);
        assert!(unanswered.is_closed());
    }
    for index in 0..PARTITIONS {
        let response = client.call(&fetch_from(&[(index, 0)], 1, 5000), 12);
        let first = &response.responses[0].partitions[0];
        assert!(!values(first).is_empty());
    }
}

#[test]
fn what_was_sent_before_the_peer_closed_is_appended() {
    let node = Node::start(2, &[]);
    for index in 0..PARTITIONS {
        let mut gone = Client::connect(node.address);
        gone.send(&produce_to(&[(index, b"last words")], 1), 9);
    }
    let mut client = Client::connect(node.address);
    for index in 0..PARTITIONS {
        let response = client.call(&fetch_from(&[(index, 0)], 1, 10_000), 12);
        assert_eq!(values(&response.responses[0].partitions[0]), [b"last words"]);
    }
}

#[test]
fn refusals_name_their_reason() {
    let node = Node::start(1, &[]);
    let mut client = Client::connect(node.address);
    let mut request = produce_to(&[(0, b"good"), (1, b"bad"), (99, b"nowhere")], 1);
    let partitions = &mut request.topic_data[0].partition_data;
    let mut damaged = partitions[1].records.as_ref().unwrap().to_vec();
    *damaged.last_mut().unwrap() ^= 1;
    partitions[1].records = Some(damaged.into());
    partitions.push(produce::request::PartitionProduceData { index: 2, records: None });
    let response = client.call(&request, 12);
    let codes: Vec<i16> = response.responses[0]
        .partition_responses
        .iter()
        .map(|partition| partition.error_code)
        .collect();
    let expected = [
        ErrorCode::None,
        ErrorCode::CorruptMessage,
        ErrorCode::UnknownTopicOrPartition,
        ErrorCode::InvalidRecord,
    ];
    assert_eq!(codes, expected.map(|code| code as i16));
    let response = client.call(&produce_to(&[(0, b"x")], 7), 12);
    let code = response.responses[0].partition_responses[0].error_code;
    assert_eq!(code, ErrorCode::InvalidRequiredAcks as i16);
    let mut unknown = produce_to(&[(0, b"x")], 1);
    unknown.topic_data[0].topic_id = uuid::Uuid::from_u128(7);
    let response = client.call(&unknown, 13);
    let code = response.responses[0].partition_responses[0].error_code;
    assert_eq!(code, ErrorCode::UnknownTopicId as i16);
}

/// As in Kafka, whose map of partitions keeps the last.
#[test]
fn a_partition_named_twice_is_appended_once() {
    let node = Node::start(2, &[]);
    let mut client = Client::connect(node.address);
    for version in [9, 13] {
        let start = next_offset(&mut client, 0);
        let request = produce_to(&[(0, b"first"), (1, b"other"), (0, b"last")], -1);
        let response = client.call(&request, version);
        let answers = response.responses[0].partition_responses.iter();
        let told: Vec<(i32, i16)> = answers.map(|it| (it.index, it.error_code)).collect();
        assert_eq!(told, [(0, 0), (1, 0)]);
        assert_eq!(next_offset(&mut client, 0), start + 1);
        let fetched = client.call(&fetch_from(&[(0, start)], 0, 0), 13);
        assert_eq!(values(&fetched.responses[0].partitions[0]), [b"last"]);
    }
}

#[test]
fn large_batches_go_through_whole() {
    let node = Node::start(2, &[]);
    let mut client = Client::connect(node.address);
    for round in 0..8_usize {
        let value = vec![round as u8; 900_000];
        for index in 0..PARTITIONS {
            let response = client.call(&produce_to(&[(index, &value)], -1), 9);
            assert_eq!(response.responses[0].partition_responses[0].error_code, 0);
        }
        for index in 0..PARTITIONS {
            let asked = fetch_from(&[(index, round as i64)], 1, 5000);
            let response: fetch::Response = client.call(&asked, 12);
            assert!(values(&response.responses[0].partitions[0])[0] == value);
        }
    }
}
