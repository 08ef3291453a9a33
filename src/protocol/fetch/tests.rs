use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::protocol::generated::fetch as generated;
use crate::protocol::message::Message;

const SHORT_TEXT: &str = "[a-z.]{0,12}";

fn uuid() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

fn any_version() -> impl Strategy<Value = i16> {
    VERSIONS
}

prop_compose! {
    fn request_partition(version: i16)(
        partition in any::<i32>(),
        epochs in any::<[i32; 2]>(),
        offsets in any::<[i64; 3]>(),
        partition_max_bytes in any::<i32>(),
        replica_directory_id in uuid(),
    ) -> generated::request::FetchPartition {
        generated::request::FetchPartition {
            partition,
            current_leader_epoch: epochs[0],
            fetch_offset: offsets[0],
            last_fetched_epoch: if version >= LAST_FETCHED_EPOCH_FROM { epochs[1] } else { -1 },
            log_start_offset: offsets[1],
            partition_max_bytes,
            replica_directory_id,
            high_watermark: offsets[2],
        }
    }
}

prop_compose! {
    fn request_topic(version: i16)(
        topic in SHORT_TEXT,
        topic_id in uuid(),
        partitions in proptest::collection::vec(request_partition(version), 0..4),
    ) -> generated::request::FetchTopic {
        generated::request::FetchTopic { topic, topic_id, partitions }
    }
}

prop_compose! {
    fn forgotten_topic()(
        topic in SHORT_TEXT,
        topic_id in uuid(),
        partitions in proptest::collection::vec(any::<i32>(), 0..4),
    ) -> generated::request::ForgottenTopic {
        generated::request::ForgottenTopic { topic, topic_id, partitions }
    }
}

prop_compose! {
    fn request_of(version: i16)(
        cluster_id in proptest::option::of(SHORT_TEXT),
        replica in (any::<i32>(), any::<i64>()),
        limits in any::<[i32; 3]>(),
        isolation_level in 0..2_i8,
        session in any::<[i32; 2]>(),
        topics in proptest::collection::vec(request_topic(version), 0..4),
        forgotten in proptest::collection::vec(forgotten_topic(), 0..3),
        rack_id in SHORT_TEXT,
    ) -> (i16, generated::Request) {
        let mut request = generated::Request {
            cluster_id,
            max_wait_ms: limits[0],
            min_bytes: limits[1],
            max_bytes: limits[2],
            isolation_level,
            session_id: session[0],
            session_epoch: session[1],
            topics,
            forgotten_topics_data: if version >= SESSIONS_FROM { forgotten } else { Vec::new() },
            rack_id,
            ..Default::default()
        };
        if version >= REPLICA_STATE_FROM {
            (request.replica_state.replica_id, request.replica_state.replica_epoch) = replica;
        } else {
            request.replica_id = replica.0;
        }
        (version, request)
    }
}

fn request() -> impl Strategy<Value = (i16, generated::Request)> {
    any_version().prop_flat_map(request_of)
}

fn field(version: i16, name: &str, id: Uuid) -> TopicField<'_> {
    if version >= TOPIC_IDS_FROM { TopicField::Id(id) } else { TopicField::Name(name.into()) }
}

fn reference(version: i16, name: &str, id: Uuid) -> TopicReference<'_> {
    if version >= TOPIC_IDS_FROM { TopicReference::Id(id) } else { TopicReference::Name(name) }
}

/// What a reader of `version` sees of a request: the generated message written and read again.
fn as_seen(request: &generated::Request, version: i16) -> (Vec<u8>, generated::Request) {
    let bytes = request.to_vec(version).unwrap();
    let seen = generated::Request::from_slice(&bytes, version).unwrap();
    (bytes, seen)
}

fn by_hand(seen: &generated::Request, version: i16) -> FetchRequest<'_> {
    FetchRequest {
        cluster_id: seen.cluster_id.as_deref().map(Into::into),
        replica_id: seen.replica_id.max(seen.replica_state.replica_id),
        replica_epoch: seen.replica_state.replica_epoch,
        max_wait_ms: seen.max_wait_ms,
        min_bytes: seen.min_bytes,
        max_bytes: seen.max_bytes,
        isolation_level: seen.isolation_level,
        session_id: seen.session_id,
        session_epoch: seen.session_epoch,
        topics: seen
            .topics
            .iter()
            .map(|topic| FetchTopic {
                topic: field(version, &topic.topic, topic.topic_id),
                partitions: topic.partitions.iter().map(partition_by_hand).collect(),
            })
            .collect(),
        forgotten_topics: seen
            .forgotten_topics_data
            .iter()
            .map(|topic| ForgottenTopic {
                topic: field(version, &topic.topic, topic.topic_id),
                partitions: topic.partitions.clone(),
            })
            .collect(),
        rack_id: seen.rack_id.as_str().into(),
    }
}

fn partition_by_hand(seen: &generated::request::FetchPartition) -> FetchPartition {
    FetchPartition {
        index: seen.partition,
        current_leader_epoch: seen.current_leader_epoch,
        fetch_offset: seen.fetch_offset,
        last_fetched_epoch: seen.last_fetched_epoch,
        log_start_offset: seen.log_start_offset,
        max_bytes: seen.partition_max_bytes,
        replica_directory_id: seen.replica_directory_id,
        high_watermark: seen.high_watermark,
    }
}

prop_compose! {
    fn response_partition(version: i16)(
        index in any::<i32>(),
        error in 0..ErrorCode::ALL.len(),
        offsets in any::<[i64; 3]>(),
        diverging in proptest::option::of((0..9_i32, any::<i64>())),
        leader in proptest::option::of((0..9_i32, any::<i32>())),
        snapshot in proptest::option::of((0..9_i64, any::<i32>())),
        aborted in proptest::option::of(proptest::collection::vec(any::<[i64; 2]>(), 0..3)),
        preferred_read_replica in any::<i32>(),
        records in proptest::collection::vec(any::<u8>(), 0..100),
    ) -> PartitionResponse<Vec<u8>> {
        let tags = version >= FLEXIBLE_FROM;
        PartitionResponse {
            index,
            error_code: ErrorCode::ALL[error],
            high_watermark: offsets[0],
            last_stable_offset: offsets[1],
            log_start_offset: offsets[2],
            diverging_epoch: diverging
                .filter(|_| tags)
                .map(|(epoch, end_offset)| EpochEndOffset { epoch, end_offset }),
            current_leader: leader
                .filter(|_| tags)
                .map(|(leader_id, leader_epoch)| LeaderIdAndEpoch { leader_id, leader_epoch }),
            snapshot_id: snapshot
                .filter(|_| tags)
                .map(|(end_offset, epoch)| SnapshotId { end_offset, epoch }),
            aborted_transactions: aborted.map(|list| {
                list.into_iter()
                    .map(|[producer_id, first_offset]| AbortedTransaction { producer_id, first_offset })
                    .collect()
            }),
            preferred_read_replica: if version >= RACK_FROM { preferred_read_replica } else { -1 },
            records,
        }
    }
}

fn generated_partition(
    partition: &PartitionResponse<Vec<u8>>,
) -> generated::response::PartitionData {
    let mut same = generated::response::PartitionData {
        partition_index: partition.index,
        error_code: partition.error_code as i16,
        high_watermark: partition.high_watermark,
        last_stable_offset: partition.last_stable_offset,
        log_start_offset: partition.log_start_offset,
        aborted_transactions: partition.aborted_transactions.as_ref().map(|list| {
            list.iter()
                .map(|aborted| generated::response::AbortedTransaction {
                    producer_id: aborted.producer_id,
                    first_offset: aborted.first_offset,
                })
                .collect()
        }),
        preferred_read_replica: partition.preferred_read_replica,
        records: Some(Bytes::from(partition.records.clone())),
        ..Default::default()
    };
    if let Some(diverging) = partition.diverging_epoch {
        same.diverging_epoch.epoch = diverging.epoch;
        same.diverging_epoch.end_offset = diverging.end_offset;
    }
    if let Some(leader) = partition.current_leader {
        same.current_leader.leader_id = leader.leader_id;
        same.current_leader.leader_epoch = leader.leader_epoch;
    }
    if let Some(snapshot) = partition.snapshot_id {
        same.snapshot_id.end_offset = snapshot.end_offset;
        same.snapshot_id.epoch = snapshot.epoch;
    }
    same
}

/// The bytes as they are sent: what was written, with each partition's records in their place.
fn joined(written: &[u8], insertions: &[Insertion<Vec<u8>>]) -> Vec<u8> {
    let mut whole = Vec::new();
    let mut from = 0;
    for insertion in insertions {
        whole.extend_from_slice(&written[from..insertion.at]);
        whole.extend_from_slice(&insertion.records);
        from = insertion.at;
    }
    whole.extend_from_slice(&written[from..]);
    whole
}

type Topics = Vec<(String, Uuid, Vec<PartitionResponse<Vec<u8>>>)>;

fn response_topics(version: i16) -> impl Strategy<Value = Topics> {
    let partitions = proptest::collection::vec(response_partition(version), 0..4);
    proptest::collection::vec((SHORT_TEXT, uuid(), partitions), 0..4)
}

proptest! {
    #[test]
    fn requests_are_read_as_the_generated_message_reads_them((version, request) in request()) {
        let (bytes, seen) = as_seen(&request, version);
        let decoded = FetchRequest::decode(&mut Reader::new(&bytes), version).unwrap();
        let mut expected = by_hand(&seen, version);
        if version >= REPLICA_STATE_FROM {
            expected.replica_id = seen.replica_state.replica_id;
        } else {
            expected.replica_id = seen.replica_id;
        }
        prop_assert_eq!(decoded, expected);
    }

    #[test]
    fn every_truncated_request_is_refused((version, request) in request()) {
        let bytes = request.to_vec(version).unwrap();
        for length in 0..bytes.len() {
            prop_assert!(FetchRequest::decode(&mut Reader::new(&bytes[..length]), version).is_err());
        }
    }

    #[test]
    fn random_bytes_are_refused_or_read_as_the_generated_message_reads_them(
        bytes in proptest::collection::vec(any::<u8>(), 0..300), version in any_version()
    ) {
        let by_hand = FetchRequest::decode(&mut Reader::new(&bytes), version);
        let generated = generated::Request::from_slice(&bytes, version);
        prop_assert_eq!(by_hand.is_ok(), generated.is_ok());
    }

    #[test]
    fn responses_are_written_as_the_generated_message_writes_them(
        (version, topics) in any_version().prop_flat_map(|version| (
            Just(version), response_topics(version))),
        throttle_time_ms in any::<i32>(),
        session_id in any::<i32>(),
        host in SHORT_TEXT,
    ) {
        let with_endpoint = version >= ENDPOINTS_FROM && session_id % 2 == 0;
        let sessions = version >= SESSIONS_FROM;
        let mut expected = generated::Response {
            throttle_time_ms,
            error_code: ErrorCode::FetchSessionIdNotFound as i16,
            session_id: if sessions { session_id } else { 0 },
            responses: topics
                .iter()
                .map(|(name, id, partitions)| generated::response::FetchableTopicResponse {
                    topic: name.clone(),
                    topic_id: *id,
                    partitions: partitions.iter().map(generated_partition).collect(),
                })
                .collect(),
            ..Default::default()
        };
        let mut node_endpoints = Vec::new();
        if with_endpoint {
            expected.node_endpoints.push(generated::response::NodeEndpoint {
                node_id: 7, host: host.clone(), port: 9092, rack: None,
            });
            node_endpoints.push(NodeEndpoint { node_id: 7, host, port: 9092, rack: None });
        }
        let response = FetchResponse {
            throttle_time_ms,
            error_code: ErrorCode::FetchSessionIdNotFound,
            session_id,
            topics: topics
                .iter()
                .map(|(name, id, partitions)| TopicResponse {
                    topic: reference(version, name, *id),
                    partitions: partitions.clone(),
                })
                .collect(),
            node_endpoints,
        };
        let mut writer = Writer::new();
        let insertions = response.encode(&mut writer, version).unwrap();
        let whole = joined(writer.as_slice(), &insertions);
        prop_assert_eq!(whole, expected.to_vec(version).unwrap());
    }
}
