//! Offsets of partitions, by time: asked of the leaders, all partitions of a leader at once.

use std::collections::BTreeMap;

use super::cluster::{Cluster, NodeId, Pauses, TopicPartition};
use super::error::{ClientError, check};
use crate::protocol::list_offsets::{request, response};

/// A place in time, as the protocol counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetAt {
    Earliest,
    Latest,
    /// The first record of this time or later, in milliseconds since 1970.
    Timestamp(i64),
}

impl OffsetAt {
    fn number(self) -> i64 {
        match self {
            Self::Latest => -1,
            Self::Earliest => -2,
            Self::Timestamp(timestamp) => timestamp.max(0),
        }
    }
}

/// Looks the offsets up; a time after all records has none. Retries what can be retried.
pub fn list_offsets(
    cluster: &mut Cluster,
    wanted: &BTreeMap<TopicPartition, OffsetAt>,
) -> Result<BTreeMap<TopicPartition, Option<i64>>, ClientError> {
    let mut found = BTreeMap::new();
    let mut pauses = Pauses::new(cluster.options().request_timeout);
    loop {
        let missing = wanted.iter().filter(|(partition, _)| !found.contains_key(*partition));
        let missing: Vec<_> = missing.map(|(partition, at)| (partition.clone(), *at)).collect();
        if missing.is_empty() {
            return Ok(found);
        }
        match ask_leaders(cluster, missing, &mut found) {
            Err(error) if error.is_retriable() && pauses.pause() => {
                for partition in wanted.keys() {
                    cluster.forget_leaders(&partition.topic);
                }
            }
            Err(error) => return Err(error),
            Ok(()) => {}
        }
    }
}

fn ask_leaders(
    cluster: &mut Cluster,
    missing: Vec<(TopicPartition, OffsetAt)>,
    found: &mut BTreeMap<TopicPartition, Option<i64>>,
) -> Result<(), ClientError> {
    let mut by_leader: BTreeMap<NodeId, Vec<(TopicPartition, OffsetAt)>> = BTreeMap::new();
    for (partition, at) in missing {
        let leader = cluster.leader(&partition.topic, partition.partition)?;
        by_leader.entry(leader).or_default().push((partition, at));
    }
    for (leader, partitions) in by_leader {
        let response = cluster.call_node(leader, &request_for(&partitions))?;
        for topic in response.topics {
            for partition in topic.partitions {
                record(&topic.name, &partition, found)?;
            }
        }
    }
    Ok(())
}

fn request_for(partitions: &[(TopicPartition, OffsetAt)]) -> request::Request {
    let mut topics: BTreeMap<&str, Vec<request::ListOffsetsPartition>> = BTreeMap::new();
    for (partition, at) in partitions {
        topics.entry(&partition.topic).or_default().push(request::ListOffsetsPartition {
            partition_index: partition.partition,
            timestamp: at.number(),
            ..Default::default()
        });
    }
    let topic = |(name, partitions): (&str, _)| request::ListOffsetsTopic {
        name: name.to_owned(),
        partitions,
    };
    request::Request {
        replica_id: -1,
        topics: topics.into_iter().map(topic).collect(),
        ..Default::default()
    }
}

fn record(
    topic: &str,
    partition: &response::ListOffsetsPartitionResponse,
    found: &mut BTreeMap<TopicPartition, Option<i64>>,
) -> Result<(), ClientError> {
    let name = TopicPartition::new(topic, partition.partition_index);
    check(partition.error_code, None, || name.to_string())?;
    found.insert(name, Some(partition.offset).filter(|offset| *offset >= 0));
    Ok(())
}

/// The end offsets of the partitions.
pub fn end_offsets(
    cluster: &mut Cluster,
    partitions: impl IntoIterator<Item = TopicPartition>,
) -> Result<BTreeMap<TopicPartition, i64>, ClientError> {
    offsets_at(cluster, partitions, OffsetAt::Latest)
}

/// The first or the end offsets of the partitions.
pub fn offsets_at(
    cluster: &mut Cluster,
    partitions: impl IntoIterator<Item = TopicPartition>,
    at: OffsetAt,
) -> Result<BTreeMap<TopicPartition, i64>, ClientError> {
    let wanted = partitions.into_iter().map(|partition| (partition, at)).collect();
    let found = list_offsets(cluster, &wanted)?;
    Ok(found.into_iter().map(|(partition, offset)| (partition, offset.unwrap_or(0))).collect())
}
