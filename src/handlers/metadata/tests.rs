use super::*;
use crate::metadata::Delta;
use crate::protocol::Message;
use crate::protocol::metadata_records::register_broker_record::BrokerEndpoint;
use crate::protocol::metadata_records::{
    MetadataRecord, PartitionRecord, RegisterBrokerRecord, RegisterControllerRecord, TopicRecord,
};

/// Topics "a" with 3 partitions, "b" with 2, "__consumer_offsets" with one that nobody leads.
/// Broker 1 is alive, broker 2 fenced.
pub(in crate::handlers) fn cluster() -> Image {
    let mut delta = Delta::new(Image::empty("cluster"));
    let mut replay = |record: MetadataRecord| delta.replay(&record).unwrap();
    for (broker_id, fenced) in [(1, false), (2, true)] {
        let endpoint = BrokerEndpoint {
            name: "PLAINTEXT".to_owned(),
            host: format!("host{broker_id}"),
            port: 9092,
            security_protocol: 0,
        };
        let end_points = vec![endpoint];
        replay(RegisterBrokerRecord { broker_id, fenced, end_points, ..Default::default() }.into());
    }
    replay(RegisterControllerRecord { controller_id: 1, ..Default::default() }.into());
    let topics =
        [("a", 3, 1, vec![1, 2]), ("b", 2, 1, vec![1]), ("__consumer_offsets", 1, -1, vec![2])];
    for (number, (name, partitions, leader, replicas)) in (0u128..).zip(topics) {
        let topic_id = topic_id(number);
        replay(TopicRecord { name: name.to_owned(), topic_id }.into());
        for partition_id in 0..partitions {
            let (replicas, isr) = (replicas.clone(), replicas.clone());
            let record = PartitionRecord {
                partition_id,
                topic_id,
                replicas,
                isr,
                leader,
                leader_epoch: 4,
                ..Default::default()
            };
            replay(record.into());
        }
    }
    delta.image().clone()
}

fn topic_id(number: u128) -> Uuid {
    Uuid::from_u128(1000 + number)
}

fn asker(version: i16) -> Asker<'static> {
    Asker { version, listener: "PLAINTEXT", node_id: 1, may_create: true }
}

fn by_name(name: &str) -> MetadataRequestTopic {
    MetadataRequestTopic { name: Some(name.to_owned()), ..Default::default() }
}

fn by_id(topic_id: Uuid) -> MetadataRequestTopic {
    MetadataRequestTopic { name: None, topic_id }
}

/// Answers and checks that the answer can be written and read.
fn ask(version: i16, topics: Option<Vec<MetadataRequestTopic>>) -> Answer {
    let request = Request { topics, ..Request::default() };
    let answer = respond(&cluster(), &request, asker(version));
    let bytes = answer.response.to_vec(version).unwrap();
    Response::from_slice(&bytes, version).unwrap();
    answer
}

fn codes(answer: &Answer) -> Vec<(Option<&str>, i16)> {
    let topics = answer.response.topics.iter();
    topics.map(|topic| (topic.name.as_deref(), topic.error_code)).collect()
}

#[test]
fn all_topics_in_every_version() {
    for version in API.versions {
        let topics = if version == 0 { Some(Vec::new()) } else { None };
        let answer = ask(version, topics);
        assert_eq!(answer.response.topics.len(), 3);
        assert_eq!(answer.response.controller_id, 1);
        let brokers: Vec<i32> = answer.response.brokers.iter().map(|b| b.node_id).collect();
        assert_eq!(brokers, [1], "fenced brokers are not shown");
        assert_eq!(answer.create, [""; 0]);
    }
}

#[test]
fn no_topics_when_none_are_named() {
    assert_eq!(ask(1, Some(Vec::new())).response.topics, []);
}

#[test]
fn a_partition_whole() {
    let answer = ask(12, Some(vec![by_name("a")]));
    let topic = &answer.response.topics[0];
    assert_eq!((topic.topic_id, topic.is_internal), (topic_id(0), false));
    let expected = MetadataResponsePartition {
        error_code: 0,
        partition_index: 1,
        leader_id: 1,
        leader_epoch: 4,
        replica_nodes: vec![1, 2],
        isr_nodes: vec![1, 2],
        offline_replicas: vec![2],
    };
    assert_eq!(topic.partitions[1], expected);
    assert_eq!(topic.topic_authorized_operations, operations::NOT_ASKED);
}

#[test]
fn the_oldest_clients_are_not_told_of_nodes_they_cannot_reach() {
    let answer = ask(0, Some(vec![by_name("a")]));
    let partition = &answer.response.topics[0].partitions[0];
    assert_eq!(partition.error_code, ErrorCode::ReplicaNotAvailable as i16);
    assert_eq!((&partition.replica_nodes, &partition.isr_nodes), (&vec![1], &vec![1]));
}

#[test]
fn nobody_leads() {
    let answer = ask(12, Some(vec![by_name("__consumer_offsets")]));
    let topic = &answer.response.topics[0];
    assert!(topic.is_internal);
    let partition = &topic.partitions[0];
    assert_eq!(partition.error_code, ErrorCode::LeaderNotAvailable as i16);
    assert_eq!(partition.leader_id, NO_LEADER);
}

#[test]
fn another_listener() {
    let request = Request { topics: Some(vec![by_name("b")]), ..Request::default() };
    for (version, error) in [(5, ErrorCode::LeaderNotAvailable), (6, ErrorCode::ListenerNotFound)] {
        let asker = Asker { listener: "OTHER", ..asker(version) };
        let response = respond(&cluster(), &request, asker).response;
        assert_eq!(response.topics[0].partitions[0].error_code, error as i16);
        assert_eq!(response.brokers, []);
    }
}

#[test]
fn by_ids() {
    let unknown = Uuid::from_u128(1);
    let answer = ask(12, Some(vec![by_id(topic_id(1)), by_id(unknown)]));
    let unknown_id = ErrorCode::UnknownTopicId as i16;
    assert_eq!(codes(&answer), [(None, unknown_id), (Some("b"), 0)]);
    assert_eq!(answer.create, [""; 0]);
}

#[test]
fn ids_before_their_version_are_refused() {
    for topic in [by_id(topic_id(1)), by_id(Uuid::nil())] {
        let answer = ask(11, Some(vec![topic]));
        assert_eq!(codes(&answer), [(Some(""), ErrorCode::InvalidRequest as i16)]);
    }
}

#[test]
fn topics_are_created_when_client_and_configuration_allow_it() {
    let topics = Some(vec![by_name("new"), by_name("b a"), by_name("new"), by_name("a")]);
    let answer = ask(12, topics.clone());
    assert_eq!(answer.create, ["new"]);
    let unknown = ErrorCode::UnknownTopicOrPartition as i16;
    let invalid = ErrorCode::InvalidTopicException as i16;
    assert_eq!(codes(&answer), [(Some("a"), 0), (Some("b a"), invalid), (Some("new"), unknown)]);

    let forbidden = Asker { may_create: false, ..asker(12) };
    let request = Request { topics: topics.clone(), ..Request::default() };
    assert_eq!(respond(&cluster(), &request, forbidden).create, [""; 0]);
    let request = Request { topics, allow_auto_topic_creation: false, ..Request::default() };
    assert_eq!(respond(&cluster(), &request, asker(12)).create, [""; 0]);
}

#[test]
fn operations_when_asked() {
    let request = Request {
        topics: Some(vec![by_name("a")]),
        include_cluster_authorized_operations: true,
        include_topic_authorized_operations: true,
        ..Request::default()
    };
    let response = respond(&cluster(), &request, asker(10)).response;
    assert_eq!(response.cluster_authorized_operations, operations::OF_CLUSTER);
    assert_eq!(response.topics[0].topic_authorized_operations, operations::OF_TOPIC);
    response.to_vec(10).unwrap();
}
