//! The consumer: positions, partial batches, errors of single partitions.

use std::collections::BTreeMap;
use std::time::Duration;

use shards::compression::{Codec, Compression};
use shards::format::batch::Header;
use shards::format::builder::{BatchBuilder, NewRecord};

use super::fake_broker::{Asked, FakeBroker, Reply};
use crate::client::consumer::{Consumer, Isolation, OutOfRange};
use crate::client::{ClientError, Cluster, TopicPartition};
use crate::protocol::generated::fetch::{self, request, response};
use crate::protocol::{ApiKey, ErrorCode, list_offsets};

/// Three records from this offset on.
fn batch(base_offset: i64, codec: Codec) -> Vec<u8> {
    let header = Header { base_offset, ..Header::default() };
    let mut builder = BatchBuilder::new(header, Compression::of(codec));
    for _ in 0..3 {
        builder.append(&NewRecord { value: Some(b"v"), ..NewRecord::default() }).unwrap();
    }
    builder.finish().unwrap()
}

/// A broker whose fetches are answered partition by partition.
fn broker(
    partitions: i32,
    mut partition: impl FnMut(&request::FetchPartition) -> (ErrorCode, Vec<u8>) + Send + 'static,
) -> FakeBroker {
    let mut answer = move |asked: &Asked| -> Reply {
        let request: fetch::Request = asked.read();
        let topic = |topic: request::FetchTopic| {
            let data = |asked: request::FetchPartition| {
                let (error, records) = partition(&asked);
                response::PartitionData {
                    partition_index: asked.partition,
                    error_code: error.code(),
                    high_watermark: 100,
                    records: Some(records.into()),
                    ..Default::default()
                }
            };
            let partitions = topic.partitions.into_iter().map(data).collect();
            response::FetchableTopicResponse {
                topic: topic.topic,
                partitions,
                ..Default::default()
            }
        };
        let responses = request.topics.into_iter().map(topic).collect();
        let response = fetch::Response { responses, ..Default::default() };
        asked.answer::<fetch::Request>(&response)
    };
    FakeBroker::start(partitions, move |asked| match asked.api {
        ApiKey::Fetch => Some(answer(asked)),
        ApiKey::ListOffsets => Some(first_offset_is_10(asked)),
        _ => None,
    })
}

fn first_offset_is_10(asked: &Asked) -> Reply {
    let partition =
        list_offsets::response::ListOffsetsPartitionResponse { offset: 10, ..Default::default() };
    let topic = list_offsets::response::ListOffsetsTopicResponse {
        name: "t".to_owned(),
        partitions: vec![partition],
    };
    let response = list_offsets::Response { topics: vec![topic], ..Default::default() };
    asked.answer::<list_offsets::Request>(&response)
}

fn consumer(positions: &[(i32, i64)], out_of_range: OutOfRange) -> Consumer {
    let mut consumer = Consumer::new(Isolation::ReadUncommitted, out_of_range);
    let position = |(index, position): &(i32, i64)| (TopicPartition::new("t", *index), *position);
    consumer.assign(positions.iter().map(position).collect());
    consumer
}

/// Polls until so many records came: partitions and offsets.
fn read(consumer: &mut Consumer, cluster: &mut Cluster, count: usize) -> Vec<(i32, i64)> {
    let mut offsets = Vec::new();
    while offsets.len() < count {
        for fetched in consumer.poll(cluster, Duration::from_secs(5)).unwrap() {
            let each = fetched.for_each(|record| {
                offsets.push((record.partition, record.offset));
                Ok::<_, ClientError>(true)
            });
            each.unwrap();
        }
    }
    offsets
}

#[test]
fn records_before_the_position_and_a_cut_batch_are_left_out() {
    for codec in Codec::ALL {
        let broker = broker(1, move |asked| {
            let base_offset = asked.fetch_offset / 3 * 3;
            let next = batch(base_offset + 3, codec);
            let cut = next.len() / 2;
            (ErrorCode::None, [batch(base_offset, codec), next[..cut].to_vec()].concat())
        });
        let mut cluster = broker.cluster();
        let mut consumer = consumer(&[(0, 1)], OutOfRange::Fail);
        let offsets = read(&mut consumer, &mut cluster, 5);
        assert_eq!(offsets, [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5)], "{codec:?}");
        assert_eq!(consumer.positions(), BTreeMap::from([(TopicPartition::new("t", 0), 6)]));
        assert_eq!(consumer.end_of(&TopicPartition::new("t", 0)), Some(100));
    }
}

#[test]
fn a_position_outside_goes_to_the_begin_or_fails() {
    let start = || {
        broker(1, |asked| match asked.fetch_offset {
            10 => (ErrorCode::None, batch(10, Codec::None)),
            _ => (ErrorCode::OffsetOutOfRange, Vec::new()),
        })
    };
    let running = start();
    let mut cluster = running.cluster();
    let mut reset = consumer(&[(0, 3)], OutOfRange::Earliest);
    assert_eq!(read(&mut reset, &mut cluster, 3), [(0, 10), (0, 11), (0, 12)]);
    let mut fail = consumer(&[(0, 3)], OutOfRange::Fail);
    let error = fail.poll(&mut cluster, Duration::from_secs(5)).unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::OffsetOutOfRange));
}

#[test]
fn a_leader_that_moves_costs_no_record_of_another_partition() {
    let mut moved = 0;
    let broker = broker(2, move |asked| {
        if asked.partition == 1 && moved < 2 {
            moved += 1;
            return (ErrorCode::NotLeaderOrFollower, Vec::new());
        }
        let first = asked.fetch_offset == 0;
        (ErrorCode::None, if first { batch(0, Codec::None) } else { Vec::new() })
    });
    let mut cluster = broker.cluster();
    let mut consumer = consumer(&[(0, 0), (1, 0)], OutOfRange::Fail);
    let mut offsets = read(&mut consumer, &mut cluster, 6);
    offsets.sort_unstable();
    assert_eq!(offsets, [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]);
}

#[test]
fn a_damaged_batch_is_an_error_that_names_it() {
    let broker = broker(1, |_| {
        let mut damaged = batch(0, Codec::None);
        let last = damaged.len() - 1;
        damaged[last] ^= 1;
        (ErrorCode::None, damaged)
    });
    let mut cluster = broker.cluster();
    let mut consumer = consumer(&[(0, 0)], OutOfRange::Fail);
    let fetched = consumer.poll(&mut cluster, Duration::from_secs(5)).unwrap();
    let error = fetched[0].for_each(|_| Ok::<_, ClientError>(true)).unwrap_err();
    assert!(matches!(error, ClientError::Records { offset: 0, .. }), "{error}");
}

#[test]
fn who_stops_early_goes_on_from_there() {
    let broker = broker(1, |asked| {
        let base_offset = asked.fetch_offset / 3 * 3;
        (ErrorCode::None, batch(base_offset, Codec::Zstd))
    });
    let mut cluster = broker.cluster();
    let mut consumer = consumer(&[(0, 0)], OutOfRange::Fail);
    let fetched = consumer.poll(&mut cluster, Duration::from_secs(5)).unwrap();
    let position = fetched[0].for_each(|_| Ok::<_, ClientError>(false)).unwrap();
    assert_eq!(position, 1);
    consumer.seek(&TopicPartition::new("t", 0), position);
    assert_eq!(read(&mut consumer, &mut cluster, 2), [(0, 1), (0, 2)]);
}
