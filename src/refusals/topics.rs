//! From what a request names to where it is: topic, partition, owning core.
//!
//! Lives on: the connection's core; pure lookups in its image and placement.
//! Read next: produce.rs, fetch.rs, which resolve before they ask.

use std::sync::Arc;

use shards::units::{PartitionId, ShardId};

use crate::broker::Core;
use crate::metadata::{Image, Partition, Topic};
use crate::protocol::ErrorCode;
use crate::protocol::produce::{LeaderIdAndEpoch, NodeEndpoint, TopicReference};

/// Clients of this id may write internal topics, as Kafka allows its own tools.
pub const ADMIN_CLIENT_ID: &str = "__admin_client";

/// A partition of this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalPartition {
    pub partition: PartitionId,
    pub owner: ShardId,
}

/// The topic that a request names.
pub fn find<'i>(
    image: &'i Image,
    reference: TopicReference<'_>,
) -> Result<&'i Arc<Topic>, ErrorCode> {
    match reference {
        TopicReference::Name(name) => {
            image.topics.by_name(name).ok_or(ErrorCode::UnknownTopicOrPartition)
        }
        TopicReference::Id(id) => image.topics.by_id(id).ok_or(ErrorCode::UnknownTopicId),
    }
}

/// Which core has this node's replica of the partition. That core says whether this node leads.
pub fn local(broker: &Core, topic: &Topic, index: i32) -> Result<LocalPartition, ErrorCode> {
    let known = topic.partitions.get(&index).ok_or(ErrorCode::UnknownTopicOrPartition)?;
    let partition = PartitionId { topic: topic.id, index };
    match broker.routing.owner(partition) {
        Some(owner) => Ok(LocalPartition { partition, owner }),
        // Owners come with the image: a partition of this node without one could not be opened.
        None if broker.is_self(known.leader) || is_offline_here(broker, known) => {
            Err(ErrorCode::KafkaStorageError)
        }
        None => Err(ErrorCode::NotLeaderOrFollower),
    }
}

/// Whether this node has a replica of the partition in a log directory that has failed.
fn is_offline_here(broker: &Core, partition: &Partition) -> bool {
    let node_id = broker.config.node_id;
    let image = broker.image();
    let registered = image.cluster.broker(node_id).zip(partition.directory_of(node_id));
    registered.is_some_and(|(node, directory)| !node.has_online_directory(directory))
}

/// Who leads the partition, for clients that asked the wrong node.
pub fn current_leader(topic: &Topic, index: i32) -> Option<LeaderIdAndEpoch> {
    let partition = topic.partitions.get(&index)?;
    Some(LeaderIdAndEpoch { leader_id: partition.leader, leader_epoch: partition.leader_epoch })
}

/// Where to reach a node through the listener that the client uses.
pub fn endpoint(image: &Image, node_id: i32, listener: &str) -> Option<NodeEndpoint> {
    let broker = image.cluster.broker(node_id)?;
    let endpoint = broker.endpoint(listener)?;
    Some(NodeEndpoint {
        node_id,
        host: endpoint.host.clone(),
        port: i32::from(endpoint.port),
        rack: broker.rack().map(str::to_owned),
    })
}

/// Adds where to reach `node_id`, once.
pub fn note_endpoint(
    endpoints: &mut Vec<NodeEndpoint>,
    image: &Image,
    node_id: i32,
    listener: &str,
) {
    if endpoints.iter().all(|known| known.node_id != node_id) {
        endpoints.extend(endpoint(image, node_id, listener));
    }
}
