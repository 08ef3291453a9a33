//! ApiVersions and the questions about offsets.

use super::client::*;
use super::node::*;
use crate::protocol::generated::offset_for_leader_epoch;
use crate::protocol::generated::{
    api_versions, delete_records, describe_log_dirs, list_offsets, metadata,
};
use crate::protocol::{ApiKey, ErrorCode, Message, Reader, ResponseHeader};

fn software() -> api_versions::Request {
    api_versions::Request {
        client_software_name: "test".into(),
        client_software_version: "1.0".into(),
        ..Default::default()
    }
}

#[test]
fn api_versions_in_every_version_and_in_none() {
    let node = Node::start(1, &[]);
    let mut client = Client::connect(node.address);
    for version in 0..=5 {
        let response = client.call(&software(), version);
        assert_eq!(response.error_code, 0);
        let range = |api: ApiKey| {
            let found = response.api_keys.iter().find(|key| key.api_key == api as i16).unwrap();
            (found.min_version, found.max_version)
        };
        assert_eq!((range(ApiKey::Produce), range(ApiKey::Fetch)), ((0, 13), (4, 18)));
    }
    let known = [("cluster", 1, ErrorCode::None), ("cluster", 2, ErrorCode::RebootstrapRequired)];
    let foreign = [("other", 1, ErrorCode::RebootstrapRequired), ("cluster", -1, ErrorCode::None)];
    for (cluster, node_id, expected) in known.into_iter().chain(foreign) {
        let request =
            api_versions::Request { cluster_id: Some(cluster.into()), node_id, ..software() };
        assert_eq!(client.call(&request, 5).error_code, expected as i16, "{cluster} {node_id}");
    }
    let unnamed = api_versions::Request::default();
    let response = client.call(&unnamed, 3);
    assert_eq!(response.error_code, ErrorCode::InvalidRequest as i16);
    // Version 99, with a body that nobody knows.
    let header = [0, 18, 0, 99, 0, 0, 0, 77, 0xff, 0xff, 0, 1, 2, 3];
    let mut frame = (header.len() as i32).to_be_bytes().to_vec();
    frame.extend_from_slice(&header);
    std::io::Write::write_all(&mut client.stream, &frame).unwrap();
    let answer = client.frame();
    let mut reader = Reader::new(&answer);
    let header = ResponseHeader::decode(&mut reader, ApiKey::ApiVersions, 0).unwrap();
    assert_eq!(header.correlation_id, 77);
    let response = api_versions::Response::decode(&mut reader, 0).unwrap();
    assert_eq!(response.error_code, ErrorCode::UnsupportedVersion as i16);
    let told = response.api_keys.iter().map(|key| (key.api_key, key.min_version, key.max_version));
    assert_eq!(told.collect::<Vec<_>>(), [(18, 0, 5)]);
}

/// As Kafka: strings of old clients and of binary data are read as well as they can be.
#[test]
fn strings_that_are_not_utf_8_are_answered() {
    let node = Node::start(1, &[]);
    let mut client = Client::connect(node.address);
    // Metadata, version 1, of one topic, by a client; each named in another alphabet.
    let mut frame = vec![0, 3, 0, 1, 0, 0, 0, 7, 0, 6];
    frame.extend_from_slice(b"M\xfcller");
    frame.extend_from_slice(&[0, 0, 0, 1, 0, 4]);
    frame.extend_from_slice(b"a\xed\xa0\x80");
    let mut bytes = (frame.len() as i32).to_be_bytes().to_vec();
    bytes.extend_from_slice(&frame);
    std::io::Write::write_all(&mut client.stream, &bytes).unwrap();
    let answer = client.frame();
    let mut reader = Reader::new(&answer);
    let header = ResponseHeader::decode(&mut reader, ApiKey::Metadata, 1).unwrap();
    assert_eq!(header.correlation_id, 7);
    let response = metadata::Response::decode(&mut reader, 1).unwrap();
    let topics = response.topics.iter().map(|topic| (topic.error_code, topic.name.as_deref()));
    let expected = (ErrorCode::InvalidTopicException as i16, Some("a\u{fffd}"));
    assert_eq!(topics.collect::<Vec<_>>(), [expected]);
}

/// Consumers ask where the epoch of their position ended.
#[test]
fn the_start_of_an_empty_partition_has_a_leader_epoch() {
    const EARLIEST: i64 = -2;
    let node = Node::start(1, &[]);
    let mut client = Client::connect(node.address);
    for version in [4, 7, 10] {
        let response = client.call(&list(&[(0, EARLIEST)]), version);
        let partition = &response.topics[0].partitions[0];
        assert_eq!((partition.offset, partition.leader_epoch), (0, 0));
    }
}

/// Kafka lets them pass, and librdkafka has three of them in its Metadata of version 9 and later.
#[test]
fn bytes_behind_a_request_pass() {
    let node = Node::start(1, &[]);
    let mut client = Client::connect(node.address);
    for version in [1, 8, 9, 12, 13] {
        let all = metadata::Request { topics: None, ..Default::default() };
        client.send_with_rest(&all, version, &[0, 0, 0]);
        let response = client.receive::<metadata::Request>(version);
        let names = response.topics.iter().map(|topic| topic.name.as_deref());
        assert_eq!(names.collect::<Vec<_>>(), [Some(TOPIC)]);
    }
    client.send_with_rest(&produce_to(&[(0, b"x")], 1), 9, b"rest");
    let response = client.receive::<crate::protocol::generated::produce::Request>(9);
    assert_eq!(response.responses[0].partition_responses[0].error_code, 0);
}

fn list(timestamps: &[(i32, i64)]) -> list_offsets::Request {
    let partitions = timestamps
        .iter()
        .map(|(partition_index, timestamp)| list_offsets::request::ListOffsetsPartition {
            partition_index: *partition_index,
            timestamp: *timestamp,
            ..Default::default()
        })
        .collect();
    let topic = list_offsets::request::ListOffsetsTopic { name: TOPIC.into(), partitions };
    list_offsets::Request { replica_id: -1, topics: vec![topic], ..Default::default() }
}

fn offsets(response: &list_offsets::Response) -> Vec<(i16, i64)> {
    let partitions = &response.topics[0].partitions;
    partitions.iter().map(|partition| (partition.error_code, partition.offset)).collect()
}

#[test]
fn offsets_are_found_and_deleted() {
    let node = Node::start(2, &[]);
    let mut client = Client::connect(node.address);
    for _ in 0..5 {
        for index in 0..PARTITIONS {
            client.call(&produce_to(&[(index, b"x")], 1), 9);
        }
    }
    for version in 1..=11 {
        let response = client.call(&list(&[(0, -1), (1, -2), (2, 1000), (3, 2000)]), version);
        assert_eq!(offsets(&response), [(0, 5), (0, 0), (0, 0), (0, -1)]);
    }
    let response = client.call(&list(&[(0, -3), (1, -4), (2, -5), (9, -1)]), 11);
    let unknown = ErrorCode::UnknownTopicOrPartition as i16;
    assert_eq!(offsets(&response), [(0, 0), (0, 0), (0, -1), (unknown, -1)]);
    let response = client.call(&list(&[(0, -3), (1, -1), (1, -1)]), 6);
    let codes = [ErrorCode::UnsupportedVersion, ErrorCode::None, ErrorCode::InvalidRequest];
    let codes = codes.map(|code| code as i16);
    assert_eq!(offsets(&response)[0], (codes[0], -1));
    assert!(offsets(&response)[1..].iter().all(|(code, _)| *code == codes[2]));
    delete(&mut client);
}

fn delete(client: &mut Client) {
    let partition = |partition_index, offset| delete_records::request::DeleteRecordsPartition {
        partition_index,
        offset,
    };
    let topic = delete_records::request::DeleteRecordsTopic {
        name: TOPIC.into(),
        partitions: vec![partition(0, 3), partition(1, -1), partition(2, 6), partition(9, 1)],
    };
    let request = delete_records::Request { topics: vec![topic], timeout_ms: 1000 };
    let response = client.call(&request, 2);
    let deleted: Vec<(i16, i64)> = response.topics[0]
        .partitions
        .iter()
        .map(|partition| (partition.error_code, partition.low_watermark))
        .collect();
    let out_of_range = ErrorCode::OffsetOutOfRange as i16;
    let unknown = ErrorCode::UnknownTopicOrPartition as i16;
    assert_eq!(deleted, [(0, 3), (0, 5), (out_of_range, -1), (unknown, -1)]);
    let response = client.call(&list(&[(0, -2), (1, -2), (2, -2)]), 11);
    assert_eq!(offsets(&response), [(0, 3), (0, 5), (0, 0)]);
}

#[test]
fn records_of_a_topic_compacted_by_the_broker_s_default_stay() {
    let node = Node::start(1, &["log.cleanup.policy=compact"]);
    let mut client = Client::connect(node.address);
    let partition = |partition_index| delete_records::request::DeleteRecordsPartition {
        partition_index,
        offset: -1,
    };
    let topic = delete_records::request::DeleteRecordsTopic {
        name: TOPIC.into(),
        partitions: vec![partition(0), partition(9)],
    };
    let response =
        client.call(&delete_records::Request { topics: vec![topic], timeout_ms: 1000 }, 2);
    let answered = response.topics[0].partitions.iter();
    let refused = [ErrorCode::PolicyViolation, ErrorCode::UnknownTopicOrPartition];
    assert_eq!(
        answered.map(|part| (part.error_code, part.low_watermark)).collect::<Vec<_>>(),
        refused.map(|code| (code as i16, -1))
    );
}

#[test]
fn epochs_end_where_the_log_does() {
    let node = Node::start(2, &[]);
    let mut client = Client::connect(node.address);
    let asked = |partition, current_leader_epoch, leader_epoch| {
        offset_for_leader_epoch::request::OffsetForLeaderPartition {
            partition,
            current_leader_epoch,
            leader_epoch,
        }
    };
    client.call(&produce_to(&[(0, b"x"), (1, b"x")], 1), 9);
    let topic = offset_for_leader_epoch::request::OffsetForLeaderTopic {
        topic: TOPIC.into(),
        partitions: vec![asked(0, -1, 0), asked(1, 0, 0), asked(1, 5, 0), asked(1, -1, 7)],
    };
    let request = offset_for_leader_epoch::Request { replica_id: -1, topics: vec![topic] };
    for version in 3..=4 {
        let response = client.call(&request, version);
        let ends: Vec<(i16, i32, i64)> = response.topics[0]
            .partitions
            .iter()
            .map(|end| (end.error_code, end.leader_epoch, end.end_offset))
            .collect();
        let unknown = ErrorCode::UnknownLeaderEpoch as i16;
        assert_eq!(ends, [(0, 0, 1), (0, 0, 1), (unknown, -1, -1), (0, -1, -1)]);
    }
}

#[test]
fn log_directories_are_described() {
    let node = Node::start(2, &[]);
    let mut client = Client::connect(node.address);
    client.call(&produce_to(&[(0, b"x"), (1, b"x")], 1), 9);
    for version in 1..=5 {
        let response = client.call(&describe_log_dirs::Request { topics: None }, version);
        let [directory] = &response.results[..] else { panic!("{response:?}") };
        let topic = &directory.topics[0];
        assert_eq!((&*topic.name, topic.partitions.len()), (TOPIC, PARTITIONS as usize));
        assert!(topic.partitions[0].partition_size > 0 && topic.partitions[2].partition_size == 0);
        assert!(version < 4 || directory.total_bytes > directory.usable_bytes);
    }
}
