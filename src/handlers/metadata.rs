//! Metadata (key 3), versions 0-13.
//!
//! Brokers, and topics with their partitions: all of them or those named by name or id. A topic
//! that is not there is created in the background, if the client and the configuration allow it;
//! the client sees it when it asks again. Versions: 1 controller, racks, internal topics · 2
//! cluster id · 4 auto creation · 5 offline replicas · 7 leader epochs · 8 authorized operations ·
//! 9 flexible · 10 topic ids · 12 topics by id · 13 an error for the whole.   Skipped:
//! authorization.   Runs on the connection's core.

use std::collections::BTreeSet;

use shards::io::Slice;
use uuid::Uuid;

use super::{Api, Context, Pending, answer, operations};
use crate::metadata::topics::NO_LEADER;
use crate::metadata::{Image, NodeId, Partition, Topic, topic_name};
use crate::protocol::metadata::request::{MetadataRequestTopic, Request};
use crate::protocol::metadata::response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic, Response,
};
use crate::protocol::{ApiKey, ErrorCode};

pub const API: Api = Api { key: ApiKey::Metadata, versions: 0..=13, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, |context, request: Request| async move {
        let image = context.broker.image();
        let config = &context.broker.config;
        let asker = Asker {
            version: context.version(),
            listener: &context.peer.listener.name,
            node_id: config.node_id,
            may_create: config.topics.auto_create,
        };
        let Answer { response, create } = respond(&image, &request, asker);
        if !create.is_empty() {
            context.broker.request_topics(create).await;
        }
        response
    })
}

/// Who asks, and whom.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    pub version: i16,
    /// The listener that the client came through: the addresses it gets are that listener's.
    pub listener: &'a str,
    pub node_id: NodeId,
    /// Whether topics may be created by asking for them.
    pub may_create: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub response: Response,
    /// Topics to be created.
    pub create: Vec<String>,
}

const IDS_FROM: i16 = 12;
const UNAVAILABLE_LISTENER_FROM: i16 = 6;

pub fn respond(image: &Image, request: &Request, asker: Asker<'_>) -> Answer {
    let mut create = Vec::new();
    let topics = match &request.topics {
        None => all(image, asker),
        Some(topics) if topics.is_empty() && asker.version == 0 => all(image, asker),
        Some(topics) if !is_well_formed(topics, asker.version) => refuse(topics),
        Some(topics) => {
            let may_create = asker.may_create && request.allow_auto_topic_creation;
            named(image, topics, asker, may_create.then_some(&mut create))
        }
    };
    let cluster_authorized_operations = match request.include_cluster_authorized_operations {
        true => operations::OF_CLUSTER,
        false => operations::NOT_ASKED,
    };
    let mut response = Response {
        throttle_time_ms: 0,
        brokers: brokers(image, asker.listener),
        cluster_id: Some(image.cluster_id.to_string()),
        controller_id: controller_id(image, asker.node_id),
        topics,
        cluster_authorized_operations,
        error_code: ErrorCode::None as i16,
    };
    if request.include_topic_authorized_operations {
        for topic in &mut response.topics {
            topic.topic_authorized_operations = operations::OF_TOPIC;
        }
    }
    Answer { response, create }
}

/// Names may be null, and ids given, only in versions that have topics by id.
fn is_well_formed(topics: &[MetadataRequestTopic], version: i16) -> bool {
    let by_name = |topic: &MetadataRequestTopic| topic.name.is_some() && topic.topic_id.is_nil();
    version >= IDS_FROM || topics.iter().all(by_name)
}

fn refuse(topics: &[MetadataRequestTopic]) -> Vec<MetadataResponseTopic> {
    let refused = |topic: &MetadataRequestTopic| MetadataResponseTopic {
        name: Some(topic.name.clone().unwrap_or_default()),
        error_code: ErrorCode::InvalidRequest as i16,
        ..Default::default()
    };
    topics.iter().map(refused).collect()
}

fn all(image: &Image, asker: Asker<'_>) -> Vec<MetadataResponseTopic> {
    image.topics.iter().map(|topic| describe(image, topic, asker)).collect()
}

/// Each topic once. Names do not count where there are ids.
fn named(
    image: &Image,
    topics: &[MetadataRequestTopic],
    asker: Asker<'_>,
    mut create: Option<&mut Vec<String>>,
) -> Vec<MetadataResponseTopic> {
    let ids: BTreeSet<Uuid> =
        topics.iter().map(|topic| topic.topic_id).filter(|id| !id.is_nil()).collect();
    if !ids.is_empty() {
        let find = |id: Uuid| match image.topics.by_id(id) {
            Some(topic) => describe(image, topic, asker),
            None => MetadataResponseTopic {
                name: None,
                topic_id: id,
                error_code: ErrorCode::UnknownTopicId as i16,
                ..Default::default()
            },
        };
        return ids.into_iter().map(find).collect();
    }
    let names: BTreeSet<&str> = topics.iter().filter_map(|topic| topic.name.as_deref()).collect();
    let mut described = Vec::with_capacity(names.len());
    for name in names {
        described.push(match image.topics.by_name(name) {
            Some(topic) => describe(image, topic, asker),
            None => missing(name, create.as_deref_mut()),
        });
    }
    described
}

fn missing(name: &str, create: Option<&mut Vec<String>>) -> MetadataResponseTopic {
    let error = match topic_name::validate(name) {
        Err(_) => ErrorCode::InvalidTopicException,
        Ok(()) => {
            if let Some(create) = create {
                create.push(name.to_owned());
            }
            ErrorCode::UnknownTopicOrPartition
        }
    };
    MetadataResponseTopic {
        name: Some(name.to_owned()),
        error_code: error as i16,
        is_internal: topic_name::is_internal(name),
        ..Default::default()
    }
}

fn describe(image: &Image, topic: &Topic, asker: Asker<'_>) -> MetadataResponseTopic {
    let partitions = topic.partitions.iter();
    MetadataResponseTopic {
        error_code: ErrorCode::None as i16,
        name: Some(topic.name.to_string()),
        topic_id: topic.id,
        is_internal: topic_name::is_internal(&topic.name),
        partitions: partitions
            .map(|(index, partition)| describe_partition(image, *index, partition, asker))
            .collect(),
        ..Default::default()
    }
}

fn describe_partition(
    image: &Image,
    partition_index: i32,
    partition: &Partition,
    asker: Asker<'_>,
) -> MetadataResponsePartition {
    let replica_nodes = reachable(image, &partition.replicas, asker);
    let isr_nodes = reachable(image, &partition.in_sync_replicas, asker);
    let (leader_id, error) = match leader(image, partition, asker) {
        Ok(leader)
            if replica_nodes.len() < partition.replicas.len()
                || isr_nodes.len() < partition.in_sync_replicas.len() =>
        {
            (leader, ErrorCode::ReplicaNotAvailable)
        }
        Ok(leader) => (leader, ErrorCode::None),
        Err(error) => (NO_LEADER, error),
    };
    MetadataResponsePartition {
        error_code: error as i16,
        partition_index,
        leader_id,
        leader_epoch: partition.leader_epoch,
        replica_nodes,
        isr_nodes,
        offline_replicas: offline_replicas(image, partition, asker.listener),
    }
}

fn leader(image: &Image, partition: &Partition, asker: Asker<'_>) -> Result<NodeId, ErrorCode> {
    let Some(broker) = image.cluster.broker(partition.leader) else {
        return Err(ErrorCode::LeaderNotAvailable);
    };
    match broker.endpoint(asker.listener) {
        Some(_) => Ok(partition.leader),
        None if asker.version >= UNAVAILABLE_LISTENER_FROM => Err(ErrorCode::ListenerNotFound),
        None => Err(ErrorCode::LeaderNotAvailable),
    }
}

/// The oldest clients are not told of nodes that they cannot reach.
fn reachable(image: &Image, nodes: &[NodeId], asker: Asker<'_>) -> Vec<NodeId> {
    let is_reachable = |node: &NodeId| {
        let broker = image.cluster.broker(*node);
        broker
            .is_some_and(|broker| !broker.is_fenced() && broker.endpoint(asker.listener).is_some())
    };
    let nodes = nodes.iter().copied();
    if asker.version == 0 { nodes.filter(is_reachable).collect() } else { nodes.collect() }
}

/// Replicas on nodes or in directories that do not serve.
pub fn offline_replicas(image: &Image, partition: &Partition, listener: &str) -> Vec<NodeId> {
    let is_offline = |node: &NodeId| match image.cluster.broker(*node) {
        None => true,
        Some(broker) => {
            let directory = partition.directory_of(*node).unwrap_or_default();
            broker.is_fenced()
                || broker.endpoint(listener).is_none()
                || !broker.has_online_directory(directory)
        }
    };
    partition.replicas.iter().copied().filter(is_offline).collect()
}

fn brokers(image: &Image, listener: &str) -> Vec<MetadataResponseBroker> {
    let describe = |broker: &crate::metadata::Broker| {
        let endpoint = broker.endpoint(listener)?;
        Some(MetadataResponseBroker {
            node_id: broker.id(),
            host: endpoint.host.clone(),
            port: i32::from(endpoint.port),
            rack: broker.rack().map(str::to_owned),
        })
    };
    image.cluster.alive().filter_map(describe).collect()
}

/// Any broker takes what is meant for the controller: the one that was asked, if it is alive.
pub fn controller_id(image: &Image, node_id: NodeId) -> NodeId {
    const NO_CONTROLLER: NodeId = -1;
    let mut alive = image.cluster.alive().map(crate::metadata::Broker::id);
    if image.cluster.broker(node_id).is_some_and(|broker| !broker.is_fenced()) {
        return node_id;
    }
    alive.next().unwrap_or(NO_CONTROLLER)
}

#[cfg(test)]
pub(super) mod tests;
