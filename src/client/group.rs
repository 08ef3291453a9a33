//! What can be asked of groups and done to them from outside: their coordinators' requests.

use std::collections::BTreeMap;

use super::cluster::{Cluster, TopicPartition};
use super::connection::Address;
use super::error::{ClientError, check};
use crate::protocol::embedded_data::ConsumerProtocolAssignment;
use crate::protocol::records::from_newer_slice;
use crate::protocol::{
    ErrorCode, consumer_group_describe, delete_groups, describe_groups, find_coordinator,
    list_groups, offset_commit, offset_delete, offset_fetch,
};

/// In ConsumerGroupDescribe.
const CLASSIC_MEMBER: i8 = 0;

/// An offset that a group committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    pub offset: i64,
    pub metadata: String,
}

/// Who commits: a member of a generation, or a tool from outside an empty group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committer {
    pub member_id: String,
    pub generation: i32,
}

impl Committer {
    pub fn outsider() -> Self {
        Self { member_id: String::new(), generation: -1 }
    }
}

/// The broker that coordinates the group; asks one, without retry.
pub fn coordinator(cluster: &mut Cluster, group: &str) -> Result<Address, ClientError> {
    coordinator_of(cluster, 0, group, || format!("the coordinator of group {group}"))
}

/// The same for any kind of coordinator.
pub(super) fn coordinator_of(
    cluster: &mut Cluster,
    key_type: i8,
    key: &str,
    subject: impl Fn() -> String,
) -> Result<Address, ClientError> {
    let request = find_coordinator::Request {
        key_type,
        coordinator_keys: vec![key.to_owned()],
        ..Default::default()
    };
    let response = cluster.call_any(&request)?;
    let Some(found) = response.coordinators.into_iter().next() else {
        check(response.error_code, response.error_message.as_deref(), &subject)?;
        return Err(ClientError::refused(-1, Some("none was named"), &subject));
    };
    check(found.error_code, found.error_message.as_deref(), &subject)?;
    let port = u16::try_from(found.port);
    let address = || format!("{}:{}", found.host, found.port);
    let port = port.map_err(|_| ClientError::Address { address: address() })?;
    Ok(Address { host: found.host, port })
}

/// All groups of all brokers.
pub fn list(cluster: &mut Cluster) -> Result<Vec<list_groups::response::ListedGroup>, ClientError> {
    cluster.retry(|cluster| {
        let nodes: Vec<i32> = cluster.brokers().keys().copied().collect();
        let mut groups = Vec::new();
        for node in nodes {
            let response = cluster.call_node(node, &list_groups::Request::default())?;
            check(response.error_code, None, || format!("groups of broker {node}"))?;
            groups.extend(response.groups);
        }
        groups.sort_by(|a, b| a.group_id.cmp(&b.group_id));
        Ok(groups)
    })
}

/// A group and its members, of whichever protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    pub group: String,
    pub state: String,
    /// `consumer`, or what else the members said.
    pub protocol: String,
    pub assignor: String,
    /// Of a group of the consumer protocol.
    pub epochs: Option<Epochs>,
    pub members: Vec<GroupMember>,
}

/// How far a group of the consumer protocol is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epochs {
    pub group: i32,
    /// Up to which targets are made.
    pub assignment: i32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    pub member_id: String,
    pub instance_id: Option<String>,
    pub client_id: String,
    pub host: String,
    pub partitions: Vec<TopicPartition>,
    /// Of a member of a group of the consumer protocol.
    pub consumer: Option<ConsumerMember>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerMember {
    pub epoch: i32,
    /// What it is to have.
    pub target: Vec<TopicPartition>,
    /// It came by JoinGroup.
    pub speaks_classic: bool,
}

/// Asks in the words of the classic protocol, then in those of the new one.
pub fn describe(cluster: &mut Cluster, group: &str) -> Result<Description, ClientError> {
    cluster.retry(|cluster| match describe_classic(cluster, group) {
        Err(error) if error.code() == Some(ErrorCode::GroupIdNotFound) => {
            // The first refusal is the better one where there is no such group at all.
            describe_consumer(cluster, group).map_err(|_| error)
        }
        done => done,
    })
}

fn describe_classic(cluster: &mut Cluster, group: &str) -> Result<Description, ClientError> {
    let address = coordinator(cluster, group)?;
    let groups = vec![group.to_owned()];
    let request = describe_groups::Request { groups, ..Default::default() };
    let described = cluster.call_at(&address, &request)?.groups.into_iter().next();
    let subject = || format!("group {group}");
    let described =
        described.ok_or_else(|| ClientError::refused(-1, Some("it was not described"), subject))?;
    check(described.error_code, described.error_message.as_deref(), subject)?;
    Ok(Description {
        group: described.group_id,
        state: described.group_state,
        protocol: described.protocol_type,
        assignor: described.protocol_data,
        epochs: None,
        members: described.members.iter().map(GroupMember::of_classic).collect(),
    })
}

fn describe_consumer(cluster: &mut Cluster, group: &str) -> Result<Description, ClientError> {
    let address = coordinator(cluster, group)?;
    let group_ids = vec![group.to_owned()];
    let request = consumer_group_describe::Request { group_ids, ..Default::default() };
    let described = cluster.call_at(&address, &request)?.groups.into_iter().next();
    let subject = || format!("group {group}");
    let described =
        described.ok_or_else(|| ClientError::refused(-1, Some("it was not described"), subject))?;
    check(described.error_code, described.error_message.as_deref(), subject)?;
    Ok(Description {
        group: described.group_id,
        state: described.group_state,
        protocol: "consumer".to_owned(),
        assignor: described.assignor_name,
        epochs: Some(Epochs {
            group: described.group_epoch,
            assignment: described.assignment_epoch,
        }),
        members: described.members.into_iter().map(GroupMember::of_consumer).collect(),
    })
}

impl GroupMember {
    fn of_classic(member: &describe_groups::response::DescribedGroupMember) -> Self {
        // What a member of another protocol embeds is nobody's business here.
        let assignment = from_newer_slice::<ConsumerProtocolAssignment>(&member.member_assignment);
        let assigned = assignment.map_or_else(|_| Vec::new(), |it| it.record.assigned_partitions);
        let partitions = assigned.iter().flat_map(|topic| {
            topic.partitions.iter().map(|index| TopicPartition::new(&topic.topic, *index))
        });
        Self {
            member_id: member.member_id.clone(),
            instance_id: member.group_instance_id.clone(),
            client_id: member.client_id.clone(),
            host: member.client_host.clone(),
            partitions: partitions.collect(),
            consumer: None,
        }
    }

    fn of_consumer(member: consumer_group_describe::response::Member) -> Self {
        let partitions = |of: &consumer_group_describe::response::Assignment| {
            let topics = of.topic_partitions.iter();
            let partitions = topics.flat_map(|topic| {
                topic.partitions.iter().map(|index| TopicPartition::new(&topic.topic_name, *index))
            });
            partitions.collect::<Vec<TopicPartition>>()
        };
        let consumer = ConsumerMember {
            epoch: member.member_epoch,
            target: partitions(&member.target_assignment),
            speaks_classic: member.member_type == CLASSIC_MEMBER,
        };
        Self {
            partitions: partitions(&member.assignment),
            consumer: Some(consumer),
            member_id: member.member_id,
            instance_id: member.instance_id,
            client_id: member.client_id,
            host: member.client_host,
        }
    }
}

/// The committed offsets of these partitions, or of all that the group committed.
pub fn committed_offsets(
    cluster: &mut Cluster,
    group: &str,
    partitions: Option<&[TopicPartition]>,
) -> Result<BTreeMap<TopicPartition, Committed>, ClientError> {
    let topic = |(name, partition_indexes)| offset_fetch::request::OffsetFetchRequestTopics {
        name,
        partition_indexes,
        ..Default::default()
    };
    let topics = partitions.map(|partitions| {
        let mut by_topic: BTreeMap<String, Vec<i32>> = BTreeMap::new();
        for it in partitions {
            by_topic.entry(it.topic.clone()).or_default().push(it.partition);
        }
        by_topic.into_iter().map(topic).collect()
    });
    let request = offset_fetch::Request {
        groups: vec![offset_fetch::request::OffsetFetchRequestGroup {
            group_id: group.to_owned(),
            topics,
            ..Default::default()
        }],
        require_stable: true,
        ..Default::default()
    };
    cluster.retry(|cluster| {
        let address = coordinator(cluster, group)?;
        let response = cluster.call_at(&address, &request)?;
        let mut found = BTreeMap::new();
        for answered in response.groups {
            check(answered.error_code, None, || format!("offsets of group {group}"))?;
            for topic in answered.topics {
                for it in topic.partitions {
                    let partition = TopicPartition::new(&topic.name, it.partition_index);
                    check(it.error_code, None, || format!("offset of {partition}"))?;
                    let metadata = it.metadata.unwrap_or_default();
                    if it.committed_offset >= 0 {
                        let offset = it.committed_offset;
                        found.insert(partition, Committed { offset, metadata });
                    }
                }
            }
        }
        Ok(found)
    })
}

/// Commits once, without retry: the caller knows what an error means for it.
pub fn commit_offsets(
    cluster: &mut Cluster,
    group: &str,
    committer: &Committer,
    offsets: &BTreeMap<TopicPartition, i64>,
) -> Result<(), ClientError> {
    let mut topics: BTreeMap<&str, Vec<offset_commit::request::OffsetCommitRequestPartition>> =
        BTreeMap::new();
    for (partition, offset) in offsets {
        topics.entry(&partition.topic).or_default().push(
            offset_commit::request::OffsetCommitRequestPartition {
                partition_index: partition.partition,
                committed_offset: *offset,
                committed_metadata: Some(String::new()),
                ..Default::default()
            },
        );
    }
    let topic = |(name, partitions): (&str, _)| offset_commit::request::OffsetCommitRequestTopic {
        name: name.to_owned(),
        partitions,
        ..Default::default()
    };
    let request = offset_commit::Request {
        group_id: group.to_owned(),
        generation_id_or_member_epoch: committer.generation,
        member_id: committer.member_id.clone(),
        topics: topics.into_iter().map(topic).collect(),
        ..Default::default()
    };
    let address = coordinator(cluster, group)?;
    let response = cluster.call_at(&address, &request)?;
    for topic in response.topics {
        for it in topic.partitions {
            let partition = TopicPartition::new(&topic.name, it.partition_index);
            let subject = || format!("group {group} cannot commit the offset of {partition}");
            check(it.error_code, None, subject)?;
        }
    }
    Ok(())
}

pub fn delete(cluster: &mut Cluster, group: &str) -> Result<(), ClientError> {
    cluster.retry(|cluster| {
        let address = coordinator(cluster, group)?;
        let request = delete_groups::Request { groups_names: vec![group.to_owned()] };
        for result in cluster.call_at(&address, &request)?.results {
            let message = result.error_message.as_deref();
            check(result.error_code, message, || format!("group {group}"))?;
        }
        Ok(())
    })
}

/// Forgets what the group committed for these partitions.
pub fn delete_offsets(
    cluster: &mut Cluster,
    group: &str,
    partitions: &[TopicPartition],
) -> Result<(), ClientError> {
    let mut topics: BTreeMap<&str, Vec<offset_delete::request::OffsetDeleteRequestPartition>> =
        BTreeMap::new();
    for it in partitions {
        let partition_index = it.partition;
        topics
            .entry(&it.topic)
            .or_default()
            .push(offset_delete::request::OffsetDeleteRequestPartition { partition_index });
    }
    let topic = |(name, partitions): (&str, _)| offset_delete::request::OffsetDeleteRequestTopic {
        name: name.to_owned(),
        partitions,
    };
    let request = offset_delete::Request {
        group_id: group.to_owned(),
        topics: topics.into_iter().map(topic).collect(),
    };
    cluster.retry(|cluster| {
        let address = coordinator(cluster, group)?;
        let response = cluster.call_at(&address, &request)?;
        check(response.error_code, None, || format!("group {group}"))?;
        for topic in response.topics {
            for it in topic.partitions {
                let partition = TopicPartition::new(&topic.name, it.partition_index);
                check(it.error_code, None, || format!("group {group}, {partition}"))?;
            }
        }
        Ok(())
    })
}
