use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::protocol::generated::produce as generated;
use crate::protocol::message::Message;

const SHORT_TEXT: &str = "[a-z.]{0,12}";

fn text() -> impl Strategy<Value = String> {
    SHORT_TEXT
}

fn maybe_text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(SHORT_TEXT)
}

fn uuid() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

fn any_version() -> impl Strategy<Value = i16> {
    VERSIONS
}

prop_compose! {
    fn request_partition()(
        index in any::<i32>(),
        records in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..200)),
    ) -> generated::request::PartitionProduceData {
        generated::request::PartitionProduceData { index, records: records.map(Bytes::from) }
    }
}

prop_compose! {
    fn request_topic()(
        name in text(),
        topic_id in uuid(),
        partition_data in proptest::collection::vec(request_partition(), 0..4),
    ) -> generated::request::TopicProduceData {
        generated::request::TopicProduceData { name, topic_id, partition_data }
    }
}

prop_compose! {
    fn request()(
        transactional_id in maybe_text(),
        acks in -1..2_i16,
        timeout_ms in any::<i32>(),
        topic_data in proptest::collection::vec(request_topic(), 0..4),
    ) -> generated::Request {
        generated::Request { transactional_id, acks, timeout_ms, topic_data }
    }
}

prop_compose! {
    fn response_partition()(
        index in any::<i32>(),
        error in 0..ErrorCode::ALL.len(),
        offsets in any::<[i64; 3]>(),
        record_errors in proptest::collection::vec((any::<i32>(), maybe_text()), 0..3),
        error_message in maybe_text(),
        leader in proptest::option::of((0..9_i32, any::<i32>())),
    ) -> PartitionResponse {
        PartitionResponse {
            index,
            error_code: ErrorCode::ALL[error],
            base_offset: offsets[0],
            log_append_time_ms: offsets[1],
            log_start_offset: offsets[2],
            record_errors: record_errors
                .into_iter()
                .map(|(batch_index, message)| RecordError { batch_index, message })
                .collect(),
            error_message,
            current_leader: leader
                .map(|(leader_id, leader_epoch)| LeaderIdAndEpoch { leader_id, leader_epoch }),
        }
    }
}

prop_compose! {
    fn endpoint()(node_id in any::<i32>(), host in text(), port in any::<i32>(), rack in maybe_text())
        -> NodeEndpoint {
        NodeEndpoint { node_id, host, port, rack }
    }
}

fn endpoints(version: i16) -> impl Strategy<Value = Vec<NodeEndpoint>> {
    proptest::collection::vec(endpoint(), 0..if version >= CURRENT_LEADER_FROM { 3 } else { 1 })
}

fn generated_endpoint(endpoint: &NodeEndpoint) -> generated::response::NodeEndpoint {
    generated::response::NodeEndpoint {
        node_id: endpoint.node_id,
        host: endpoint.host.clone(),
        port: endpoint.port,
        rack: endpoint.rack.clone(),
    }
}

fn generated_partition(
    partition: &PartitionResponse,
    version: i16,
) -> generated::response::PartitionProduceResponse {
    let mut same = generated::response::PartitionProduceResponse {
        index: partition.index,
        error_code: partition.error_code as i16,
        base_offset: partition.base_offset,
        log_append_time_ms: partition.log_append_time_ms,
        log_start_offset: partition.log_start_offset,
        record_errors: partition
            .record_errors
            .iter()
            .map(|error| generated::response::BatchIndexAndErrorMessage {
                batch_index: error.batch_index,
                batch_index_error_message: error.message.clone(),
            })
            .collect(),
        error_message: partition.error_message.clone(),
        ..Default::default()
    };
    if let Some(leader) = partition.current_leader
        && version >= CURRENT_LEADER_FROM
    {
        same.current_leader.leader_id = leader.leader_id;
        same.current_leader.leader_epoch = leader.leader_epoch;
    }
    same
}

proptest! {
    #[test]
    fn requests_are_read_as_the_generated_message_writes_them(
        request in request(), version in any_version()
    ) {
        let bytes = request.to_vec(version).unwrap();
        let decoded = ProduceRequest::decode(&mut Reader::new(&bytes), version).unwrap();
        prop_assert_eq!(decoded.transactional_id.as_deref(), request.transactional_id.as_deref());
        prop_assert_eq!(decoded.acks, request.acks);
        prop_assert_eq!(decoded.timeout_ms, request.timeout_ms);
        prop_assert_eq!(decoded.topics.len(), request.topic_data.len());
        for (topic, expected) in decoded.topics.iter().zip(&request.topic_data) {
            let reference = if version >= TOPIC_IDS_FROM {
                TopicReference::Id(expected.topic_id)
            } else {
                TopicReference::Name(&expected.name)
            };
            prop_assert_eq!(topic.topic.reference(), reference);
            prop_assert_eq!(topic.partitions.len(), expected.partition_data.len());
            for (partition, expected) in topic.partitions.iter().zip(&expected.partition_data) {
                prop_assert_eq!(partition.index, expected.index);
                let records = partition.records.clone().map(|range| &bytes[range]);
                prop_assert_eq!(records, expected.records.as_deref());
            }
        }
    }

    #[test]
    fn every_truncated_request_is_refused(request in request(), version in any_version()) {
        let bytes = request.to_vec(version).unwrap();
        for length in 0..bytes.len() {
            prop_assert!(ProduceRequest::decode(&mut Reader::new(&bytes[..length]), version).is_err());
        }
    }

    #[test]
    fn random_bytes_never_panic_and_ranges_stay_inside(
        bytes in proptest::collection::vec(any::<u8>(), 0..300), version in any_version()
    ) {
        if let Ok(request) = ProduceRequest::decode(&mut Reader::new(&bytes), version) {
            for range in request.topics.iter().flat_map(|topic| &topic.partitions) {
                prop_assert!(range.records.clone().is_none_or(|range| range.end <= bytes.len()));
            }
        }
    }

    #[test]
    fn responses_are_written_as_the_generated_message_writes_them(
        (version, topics, throttle_time_ms, node_endpoints) in any_version().prop_flat_map(|version| (
            Just(version),
            proptest::collection::vec(
                (text(), uuid(), proptest::collection::vec(response_partition(), 0..4)), 0..4),
            any::<i32>(),
            endpoints(version),
        ))
    ) {
        let expected = generated::Response {
            responses: topics
                .iter()
                .map(|(name, id, partitions)| generated::response::TopicProduceResponse {
                    name: name.clone(),
                    topic_id: *id,
                    partition_responses: partitions
                        .iter()
                        .map(|partition| generated_partition(partition, version))
                        .collect(),
                })
                .collect(),
            throttle_time_ms,
            node_endpoints: node_endpoints.iter().map(generated_endpoint).collect(),
        };
        let topics = topics
            .iter()
            .map(|(name, id, partitions)| TopicResponse {
                topic: if version >= TOPIC_IDS_FROM {
                    TopicReference::Id(*id)
                } else {
                    TopicReference::Name(name)
                },
                partitions: partitions.clone(),
            })
            .collect();
        let response = ProduceResponse { topics, throttle_time_ms, node_endpoints };
        let mut writer = Writer::new();
        response.encode(&mut writer, version).unwrap();
        prop_assert_eq!(writer.into_vec(), expected.to_vec(version).unwrap());
    }
}

#[test]
fn bytes_behind_the_request_pass_and_unknown_versions_are_refused() {
    let mut bytes = generated::Request::default().to_vec(9).unwrap();
    bytes.push(0);
    assert!(ProduceRequest::decode(&mut Reader::new(&bytes), 9).is_ok());
    for version in [0, 2, 14] {
        let error = ProduceRequest::decode(&mut Reader::new(&bytes), version).unwrap_err();
        let name = "ProduceRequest";
        assert_eq!(error.cause, DecodeCause::UnsupportedVersion { name, version });
    }
}
