//! Fetch: waiting, sessions, limits.

use std::time::{Duration, Instant};

use super::client::*;
use super::node::*;
use crate::protocol::ErrorCode;
use crate::protocol::generated::fetch;

/// Puts one record into each partition.
fn fill(client: &mut Client) {
    let partitions: Vec<(i32, &[u8])> =
        (0..PARTITIONS).map(|index| (index, &b"first"[..])).collect();
    let response = client.call(&produce_to(&partitions, -1), 9);
    let all = &response.responses[0].partition_responses;
    assert!(all.iter().all(|partition| partition.error_code == 0));
}

#[test]
fn a_fetch_waits_until_any_of_its_partitions_grows() {
    for shards in [1, 2] {
        let node = Node::start(shards, &[]);
        let mut producer = Client::connect(node.address);
        let mut consumer = Client::connect(node.address);
        for (round, index) in [3, 0, 2, 1, 1].into_iter().enumerate() {
            let asked: Vec<(i32, i64)> = (0..PARTITIONS)
                .map(|partition| (partition, consumer_offset(&[3, 0, 2, 1, 1][..round], partition)))
                .collect();
            consumer.send(&fetch_from(&asked, 1, 15_000), 12);
            producer.call(&produce_to(&[(index, b"news")], 1), 9);
            let response = consumer.receive::<fetch::Request>(12);
            let partitions = &response.responses[0].partitions;
            let grown: Vec<i32> = partitions
                .iter()
                .filter(|partition| !values(partition).is_empty())
                .map(|partition| partition.partition_index)
                .collect();
            assert_eq!(grown, [index]);
        }
    }
}

fn consumer_offset(consumed: &[i32], partition: i32) -> i64 {
    consumed.iter().filter(|index| **index == partition).count() as i64
}

/// Batches do not fill a limit to the byte: who asks for no less than it must not wait for ever.
#[test]
fn a_partition_that_its_limit_cuts_is_enough() {
    for shards in [1, 2] {
        let node = Node::start(shards, &[]);
        let mut client = Client::connect(node.address);
        for _ in 0..12 {
            client.call(&produce_to(&[(0, &[7; 100_000])], 1), 9);
        }
        let response = client.call(&fetch_from(&[(0, 0)], 1 << 20, i32::MAX), 12);
        let bytes: usize = response.responses[0].partitions.iter().map(records_bytes).sum();
        assert!((900_000..1 << 20).contains(&bytes), "{bytes} bytes");
    }
}

#[test]
fn a_fetch_waits_for_as_many_bytes_as_asked() {
    let node = Node::start(2, &[]);
    let mut producer = Client::connect(node.address);
    let mut consumer = Client::connect(node.address);
    let asked: Vec<(i32, i64)> = (0..PARTITIONS).map(|partition| (partition, 0)).collect();
    consumer.send(&fetch_from(&asked, 3000, 15_000), 12);
    for number in 0..4 {
        producer.call(&produce_to(&[(number % PARTITIONS, &[7; 1000])], 1), 9);
    }
    let response = consumer.receive::<fetch::Request>(12);
    let bytes: usize = response.responses[0].partitions.iter().map(records_bytes).sum();
    assert!(bytes >= 3000, "{bytes} bytes");
}

fn records_bytes(partition: &fetch::response::PartitionData) -> usize {
    partition.records.as_ref().map_or(0, |records| records.len())
}

#[test]
fn a_fetch_without_news_ends_in_time() {
    let node = Node::start(2, &[]);
    let mut consumer = Client::connect(node.address);
    let started = Instant::now();
    let asked: Vec<(i32, i64)> = (0..PARTITIONS).map(|partition| (partition, 0)).collect();
    let response = consumer.call(&fetch_from(&asked, 1, 200), 12);
    assert!(started.elapsed().as_millis() >= 200);
    assert!(response.responses[0].partitions.iter().all(|p| records_bytes(p) == 0));
}

#[test]
fn a_consumer_that_leaves_while_it_waits_leaves_nothing_behind() {
    const CONSUMERS: usize = 20;
    let node = Node::start(2, &[]);
    let start = |_| {
        let mut consumer = Client::connect(node.address);
        let asked: Vec<(i32, i64)> = (0..PARTITIONS).map(|partition| (partition, 0)).collect();
        consumer.send(&fetch_from(&asked, 1, 600_000), 12);
        consumer
    };
    let consumers: Vec<Client> = (0..CONSUMERS).map(start).collect();
    // Each waits at the other core for the partitions that are there.
    let of_all = Some(&(CONSUMERS as u64));
    comes_to(&node, |kept| kept.get("watches") == of_all && kept.get("outputs_expected") == of_all);
    drop(consumers);
    comes_to(&node, Counts::is_empty);
    let mut client = Client::connect(node.address);
    fill(&mut client);
}

/// Waits until what the node keeps for waiting clients is as it should be.
#[track_caller]
fn comes_to(node: &Node, is_right: impl Fn(&Counts) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let kept = node.kept_for_waiting();
        if is_right(&kept) {
            return;
        }
        assert!(Instant::now() < deadline, "{kept:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn sessions_answer_what_changed_only() {
    let node = Node::start(2, &[]);
    let mut client = Client::connect(node.address);
    fill(&mut client);
    for version in [7, 12, 13, 18] {
        let high_watermark = next_offset(&mut client);
        let asked: Vec<(i32, i64)> =
            (0..PARTITIONS).map(|partition| (partition, high_watermark)).collect();
        let mut full = fetch_from(&asked, 0, 0);
        full.session_epoch = 0;
        let opened = client.call(&full, version);
        assert!(opened.session_id != 0 && opened.error_code == 0);
        assert_eq!(opened.responses[0].partitions.len(), PARTITIONS as usize);
        let mut next = fetch_from(&[], 0, 0);
        next.topics.clear();
        next.session_id = opened.session_id;
        next.session_epoch = 1;
        let quiet = client.call(&next, version);
        assert_eq!((quiet.session_id, quiet.responses.len()), (opened.session_id, 0));
        fill(&mut client);
        next.session_epoch = 2;
        let grown = client.call(&next, version);
        assert_eq!(grown.responses[0].partitions.len(), PARTITIONS as usize);
        // Out of turn.
        let refused = client.call(&next, version);
        assert_eq!(refused.error_code, ErrorCode::InvalidFetchSessionEpoch as i16);
        next.session_id += 1;
        let refused = client.call(&next, version);
        assert_eq!(refused.error_code, ErrorCode::FetchSessionIdNotFound as i16);
    }
}

/// Connections lie on both cores; the session on the one of the first.
#[test]
fn a_session_goes_on_through_other_connections() {
    let node = Node::start(2, &[]);
    let mut first = Client::connect(node.address);
    let mut others: Vec<Client> = (0..4).map(|_| Client::connect(node.address)).collect();
    fill(&mut first);
    let mut full = fetch_from(&[(0, 0), (1, 0)], 0, 0);
    full.session_epoch = 0;
    let opened = first.call(&full, 13);
    assert!(opened.session_id != 0 && opened.error_code == 0);
    let mut next = fetch_from(&[], 0, 0);
    next.topics.clear();
    next.session_id = opened.session_id;
    for (epoch, client) in (1..).zip(&mut others) {
        next.session_epoch = epoch;
        let gone_on = client.call(&next, 13);
        assert_eq!((gone_on.error_code, gone_on.session_id), (0, opened.session_id));
        assert_eq!(gone_on.responses[0].partitions.len(), 2);
    }
    drop(first);
    next.session_epoch = 5;
    assert_eq!(others[0].call(&next, 13).error_code, 0);
    // Closed from elsewhere, it is not known any more.
    next.session_epoch = -1;
    for client in &mut others {
        assert_eq!(client.call(&next, 13).session_id, 0);
    }
    next.session_epoch = 6;
    for client in &mut others {
        let refused = client.call(&next, 13);
        assert_eq!(refused.error_code, ErrorCode::FetchSessionIdNotFound as i16);
    }
}

fn next_offset(client: &mut Client) -> i64 {
    let response = client.call(&fetch_from(&[(0, 0)], 0, 0), 12);
    response.responses[0].partitions[0].high_watermark
}

#[test]
fn answers_keep_to_their_limits_but_for_the_first_batch() {
    let node = Node::start(2, &[]);
    let mut client = Client::connect(node.address);
    let value = [7; 10_000];
    let partitions: Vec<(i32, &[u8])> = (0..PARTITIONS).map(|index| (index, &value[..])).collect();
    client.call(&produce_to(&partitions, -1), 9);
    for (bytes_max, expected) in [(100, 1), (15_000, 1), (25_000, 2), (1 << 20, 4)] {
        let asked: Vec<(i32, i64)> = (0..PARTITIONS).map(|partition| (partition, 0)).collect();
        let mut request = fetch_from(&asked, 0, 0);
        request.max_bytes = bytes_max;
        let response = client.call(&request, 12);
        let whole: Vec<usize> =
            response.responses[0].partitions.iter().map(records_bytes).collect();
        let full = whole.iter().filter(|bytes| **bytes >= value.len()).count();
        assert_eq!(full, expected, "{whole:?}");
        assert!(whole[0] >= value.len());
        assert!(whole.iter().sum::<usize>() <= (bytes_max as usize).max(whole[0]));
    }
}

#[test]
fn offsets_and_epochs_outside_are_refused() {
    let node = Node::start(2, &[]);
    let mut client = Client::connect(node.address);
    fill(&mut client);
    let mut request = fetch_from(&[(0, 99), (1, 0), (2, 0), (3, -7)], 1, 15_000);
    request.topics[0].partitions[1].current_leader_epoch = 9;
    let response = client.call(&request, 12);
    let codes: Vec<i16> =
        response.responses[0].partitions.iter().map(|partition| partition.error_code).collect();
    let expected = [
        ErrorCode::OffsetOutOfRange,
        ErrorCode::UnknownLeaderEpoch,
        ErrorCode::None,
        ErrorCode::OffsetOutOfRange,
    ];
    assert_eq!(codes, expected.map(|code| code as i16));
    let mut request = fetch_from(&[(0, 0)], 0, 0);
    request.topics[0].topic_id = uuid::Uuid::from_u128(7);
    let response = client.call(&request, 13);
    let code = response.responses[0].partitions[0].error_code;
    assert_eq!(code, ErrorCode::UnknownTopicId as i16);
}

/// Whoever calls itself a replica of a partition that it has none of.
#[test]
fn a_replica_that_the_metadata_does_not_name_is_given_nothing() {
    for shards in [1, 2] {
        let node = Node::start(shards, &[]);
        let mut client = Client::connect(node.address);
        fill(&mut client);
        for (epoch, code) in
            [(-1, ErrorCode::NotLeaderOrFollower), (0, ErrorCode::UnknownLeaderEpoch)]
        {
            let mut request = fetch_from(&[(0, 0), (1, 0)], 1, 15_000);
            request.replica_id = 7;
            for partition in &mut request.topics[0].partitions {
                partition.current_leader_epoch = epoch;
            }
            let response = client.call(&request, 12);
            let partitions = &response.responses[0].partitions;
            assert_eq!(partitions.len(), 2);
            for partition in partitions {
                assert_eq!((partition.error_code, records_bytes(partition)), (code as i16, 0));
            }
        }
        // A reader of its own is served all the same.
        let response = client.call(&fetch_from(&[(0, 0)], 1, 15_000), 12);
        assert!(records_bytes(&response.responses[0].partitions[0]) > 0);
    }
}
