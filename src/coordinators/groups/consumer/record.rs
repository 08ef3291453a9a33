//! The records of consumer groups: each sets one key of a group's state, or removes it.
//!
//! A group's state is what its records say, key by key; so what a change replaced is itself such a
//! change, and setting that takes it back.
//! Source: GroupCoordinatorRecordHelpers, the ConsumerGroup*Key and *Value messages.

use super::assignment::{Owned, Partitions};
use super::member::{ClassicMetadata, Current, MemberMetadata, MemberState};
use crate::coordinators::coordinator::Record;
use crate::coordinators::groups::message::Protocol;
use crate::protocol::EncodeError;
use crate::protocol::group_records::consumer_group_current_member_assignment_value as current_value;
use crate::protocol::group_records::consumer_group_member_metadata_value as member_value;
use crate::protocol::group_records::consumer_group_target_assignment_member_value as target_value;
use crate::protocol::group_records::{
    ConsumerGroupCurrentMemberAssignmentKey, ConsumerGroupCurrentMemberAssignmentValue,
    ConsumerGroupMemberMetadataKey, ConsumerGroupMemberMetadataValue, ConsumerGroupMetadataKey,
    ConsumerGroupMetadataValue, ConsumerGroupPartitionMetadataKey,
    ConsumerGroupRegularExpressionKey, ConsumerGroupRegularExpressionValue,
    ConsumerGroupTargetAssignmentMemberKey, ConsumerGroupTargetAssignmentMemberValue,
    ConsumerGroupTargetAssignmentMetadataKey, ConsumerGroupTargetAssignmentMetadataValue, GroupKey,
    GroupValue,
};
use std::collections::BTreeSet;
use std::rc::Rc;

/// All are of their first version.
const VERSION: i16 = 0;

/// The epoch of a group, and a hash of the topics that it was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GroupEpoch {
    pub(crate) epoch: i32,
    pub(crate) metadata_hash: i64,
}

/// The epoch that the targets are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TargetEpoch {
    pub(crate) epoch: i32,
    /// Wall clock; 0: not known.
    pub(crate) made_at_ms: i64,
}

/// The topics that a pattern matched.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct ResolvedRegex {
    pub(crate) topics: BTreeSet<String>,
    /// Offset of the metadata image.
    pub(crate) version: i64,
    /// Wall clock.
    pub(crate) resolved_at_ms: i64,
}

/// One key of a group's state; without a value it is removed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ConsumerChange {
    Epoch(Option<GroupEpoch>),
    /// Written before Kafka 4.1, removed since.
    PartitionMetadata {
        is_there: bool,
    },
    Member {
        member_id: String,
        metadata: Option<Rc<MemberMetadata>>,
    },
    TargetEpoch(Option<TargetEpoch>),
    Target {
        member_id: String,
        partitions: Option<Rc<Partitions>>,
    },
    Current {
        member_id: String,
        current: Option<Rc<Current>>,
    },
    Regex {
        regex: String,
        resolved: Option<Rc<ResolvedRegex>>,
    },
}

impl ConsumerChange {
    pub(crate) fn removes(&self) -> bool {
        match self {
            ConsumerChange::Epoch(value) => value.is_none(),
            ConsumerChange::PartitionMetadata { is_there } => !is_there,
            ConsumerChange::Member { metadata, .. } => metadata.is_none(),
            ConsumerChange::TargetEpoch(value) => value.is_none(),
            ConsumerChange::Target { partitions, .. } => partitions.is_none(),
            ConsumerChange::Current { current, .. } => current.is_none(),
            ConsumerChange::Regex { resolved, .. } => resolved.is_none(),
        }
    }

    /// The change that a record tells of, with its group; `None`: it is of another kind.
    pub(crate) fn decode(key: GroupKey, value: Option<GroupValue>) -> Option<(String, Self)> {
        Some(match key {
            GroupKey::ConsumerGroupMetadata(key) => {
                (key.group_id, ConsumerChange::Epoch(value.and_then(group_epoch)))
            }
            GroupKey::ConsumerGroupPartitionMetadata(key) => {
                let is_there = value.is_some();
                (key.group_id, ConsumerChange::PartitionMetadata { is_there })
            }
            GroupKey::ConsumerGroupMemberMetadata(key) => {
                let metadata = value.and_then(member_metadata).map(Rc::new);
                (key.group_id, ConsumerChange::Member { member_id: key.member_id, metadata })
            }
            GroupKey::ConsumerGroupTargetAssignmentMetadata(key) => {
                (key.group_id, ConsumerChange::TargetEpoch(value.and_then(target_epoch)))
            }
            GroupKey::ConsumerGroupTargetAssignmentMember(key) => {
                let partitions = value.and_then(target).map(Rc::new);
                (key.group_id, ConsumerChange::Target { member_id: key.member_id, partitions })
            }
            GroupKey::ConsumerGroupCurrentMemberAssignment(key) => {
                let current = value.and_then(current).map(Rc::new);
                (key.group_id, ConsumerChange::Current { member_id: key.member_id, current })
            }
            GroupKey::ConsumerGroupRegularExpression(key) => {
                let resolved = value.and_then(resolved_regex).map(Rc::new);
                let regex = key.regular_expression;
                (key.group_id, ConsumerChange::Regex { regex, resolved })
            }
            _ => return None,
        })
    }

    /// The record that tells of the change.
    pub(crate) fn encode(&self, group_id: &str) -> Result<Record, EncodeError> {
        let value = match self {
            ConsumerChange::Epoch(value) => value.map(|value| {
                GroupValue::ConsumerGroupMetadata(ConsumerGroupMetadataValue {
                    epoch: value.epoch,
                    metadata_hash: value.metadata_hash,
                })
            }),
            ConsumerChange::PartitionMetadata { .. } => None,
            ConsumerChange::Member { metadata, .. } => metadata.as_deref().map(member_record),
            ConsumerChange::TargetEpoch(value) => value.map(|value| {
                GroupValue::ConsumerGroupTargetAssignmentMetadata(
                    ConsumerGroupTargetAssignmentMetadataValue {
                        assignment_epoch: value.epoch,
                        assignment_timestamp: value.made_at_ms,
                    },
                )
            }),
            ConsumerChange::Target { partitions, .. } => partitions.as_deref().map(target_record),
            ConsumerChange::Current { current, .. } => current.as_deref().map(current_record),
            ConsumerChange::Regex { resolved, .. } => resolved.as_deref().map(regex_record),
        };
        let value = value.map(|value| value.to_vec(VERSION)).transpose()?;
        Ok(Record { key: self.key(group_id.to_owned()).to_vec()?, value })
    }

    fn key(&self, group_id: String) -> GroupKey {
        match self {
            ConsumerChange::Epoch(_) => {
                GroupKey::ConsumerGroupMetadata(ConsumerGroupMetadataKey { group_id })
            }
            ConsumerChange::PartitionMetadata { .. } => {
                let key = ConsumerGroupPartitionMetadataKey { group_id };
                GroupKey::ConsumerGroupPartitionMetadata(key)
            }
            ConsumerChange::Member { member_id, .. } => {
                let member_id = member_id.clone();
                let key = ConsumerGroupMemberMetadataKey { group_id, member_id };
                GroupKey::ConsumerGroupMemberMetadata(key)
            }
            ConsumerChange::TargetEpoch(_) => {
                let key = ConsumerGroupTargetAssignmentMetadataKey { group_id };
                GroupKey::ConsumerGroupTargetAssignmentMetadata(key)
            }
            ConsumerChange::Target { member_id, .. } => {
                let member_id = member_id.clone();
                let key = ConsumerGroupTargetAssignmentMemberKey { group_id, member_id };
                GroupKey::ConsumerGroupTargetAssignmentMember(key)
            }
            ConsumerChange::Current { member_id, .. } => {
                let member_id = member_id.clone();
                let key = ConsumerGroupCurrentMemberAssignmentKey { group_id, member_id };
                GroupKey::ConsumerGroupCurrentMemberAssignment(key)
            }
            ConsumerChange::Regex { regex, .. } => {
                let regular_expression = regex.clone();
                let key = ConsumerGroupRegularExpressionKey { group_id, regular_expression };
                GroupKey::ConsumerGroupRegularExpression(key)
            }
        }
    }
}

fn group_epoch(value: GroupValue) -> Option<GroupEpoch> {
    let GroupValue::ConsumerGroupMetadata(value) = value else { return None };
    Some(GroupEpoch { epoch: value.epoch, metadata_hash: value.metadata_hash })
}

fn target_epoch(value: GroupValue) -> Option<TargetEpoch> {
    let GroupValue::ConsumerGroupTargetAssignmentMetadata(value) = value else { return None };
    Some(TargetEpoch { epoch: value.assignment_epoch, made_at_ms: value.assignment_timestamp })
}

fn member_metadata(value: GroupValue) -> Option<MemberMetadata> {
    let GroupValue::ConsumerGroupMemberMetadata(value) = value else { return None };
    let classic = value.classic_member_metadata.map(|classic| {
        let protocols = classic.supported_protocols.into_iter();
        ClassicMetadata {
            session_timeout_ms: classic.session_timeout_ms,
            protocols: protocols
                .map(|one| Protocol { name: one.name, metadata: one.metadata })
                .collect(),
        }
    });
    Some(MemberMetadata {
        instance_id: value.instance_id,
        rack_id: value.rack_id,
        client_id: value.client_id,
        client_host: value.client_host,
        topics: value.subscribed_topic_names.into_iter().collect(),
        regex: value.subscribed_topic_regex.unwrap_or_default(),
        rebalance_timeout_ms: value.rebalance_timeout_ms,
        assignor: value.server_assignor,
        classic,
    })
}

fn member_record(metadata: &MemberMetadata) -> GroupValue {
    let classic = metadata.classic.as_ref().map(|classic| {
        let protocol = |one: &Protocol| member_value::ClassicProtocol {
            name: one.name.clone(),
            metadata: one.metadata.clone(),
        };
        member_value::ClassicMemberMetadata {
            session_timeout_ms: classic.session_timeout_ms,
            supported_protocols: classic.protocols.iter().map(protocol).collect(),
        }
    });
    GroupValue::ConsumerGroupMemberMetadata(ConsumerGroupMemberMetadataValue {
        instance_id: metadata.instance_id.clone(),
        rack_id: metadata.rack_id.clone(),
        client_id: metadata.client_id.clone(),
        client_host: metadata.client_host.clone(),
        subscribed_topic_names: metadata.topics.iter().cloned().collect(),
        subscribed_topic_regex: Some(metadata.regex.clone()),
        rebalance_timeout_ms: metadata.rebalance_timeout_ms,
        server_assignor: metadata.assignor.clone(),
        classic_member_metadata: classic,
    })
}

fn target(value: GroupValue) -> Option<Partitions> {
    let GroupValue::ConsumerGroupTargetAssignmentMember(value) = value else { return None };
    let mut partitions = Partitions::new();
    for topic in value.topic_partitions {
        if !topic.partitions.is_empty() {
            partitions.entry(topic.topic_id).or_default().extend(topic.partitions);
        }
    }
    Some(partitions)
}

fn target_record(partitions: &Partitions) -> GroupValue {
    let topic = |(id, partitions): (&uuid::Uuid, &BTreeSet<i32>)| target_value::TopicPartition {
        topic_id: *id,
        partitions: partitions.iter().copied().collect(),
    };
    let topic_partitions = partitions.iter().map(topic).collect();
    let value = ConsumerGroupTargetAssignmentMemberValue { topic_partitions };
    GroupValue::ConsumerGroupTargetAssignmentMember(value)
}

fn current(value: GroupValue) -> Option<Current> {
    let GroupValue::ConsumerGroupCurrentMemberAssignment(value) = value else { return None };
    // Partitions without epochs were written before Kafka 4.4; a member that is away has none.
    let default_epoch = value.member_epoch.max(0);
    Some(Current {
        epoch: value.member_epoch,
        previous_epoch: value.previous_member_epoch,
        state: MemberState::from_number(value.state),
        assigned: owned(value.assigned_partitions, default_epoch),
        revoking: owned(value.partitions_pending_revocation, default_epoch),
    })
}

fn owned(topics: Vec<current_value::TopicPartitions>, default_epoch: i32) -> Owned {
    let mut owned = Owned::new();
    for topic in topics {
        if topic.partitions.is_empty() {
            continue;
        }
        let epochs = topic.assignment_epochs.unwrap_or_default();
        let are_whole = epochs.len() == topic.partitions.len();
        let epoch_at = |at: usize| match are_whole {
            true => epochs.get(at).copied().unwrap_or(default_epoch),
            false => default_epoch,
        };
        let numbered = topic.partitions.iter().enumerate();
        let with_epochs = numbered.map(|(at, partition)| (*partition, epoch_at(at)));
        owned.entry(topic.topic_id).or_default().extend(with_epochs);
    }
    owned
}

fn current_record(current: &Current) -> GroupValue {
    let topics = |owned: &Owned| {
        let topic = |(id, partitions): (&uuid::Uuid, &std::collections::BTreeMap<i32, i32>)| {
            current_value::TopicPartitions {
                topic_id: *id,
                partitions: partitions.keys().copied().collect(),
                assignment_epochs: Some(partitions.values().copied().collect()),
            }
        };
        owned.iter().map(topic).collect()
    };
    GroupValue::ConsumerGroupCurrentMemberAssignment(ConsumerGroupCurrentMemberAssignmentValue {
        member_epoch: current.epoch,
        previous_member_epoch: current.previous_epoch,
        state: current.state.number(),
        assigned_partitions: topics(&current.assigned),
        partitions_pending_revocation: topics(&current.revoking),
    })
}

fn resolved_regex(value: GroupValue) -> Option<ResolvedRegex> {
    let GroupValue::ConsumerGroupRegularExpression(value) = value else { return None };
    Some(ResolvedRegex {
        topics: value.topics.into_iter().collect(),
        version: value.version,
        resolved_at_ms: value.timestamp,
    })
}

fn regex_record(resolved: &ResolvedRegex) -> GroupValue {
    GroupValue::ConsumerGroupRegularExpression(ConsumerGroupRegularExpressionValue {
        topics: resolved.topics.iter().cloned().collect(),
        version: resolved.version,
        timestamp: resolved.resolved_at_ms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coordinators::groups::record::Change;
    use std::collections::BTreeMap;
    use uuid::Uuid;

    fn all() -> Vec<ConsumerChange> {
        let topic = Uuid::from_u128(7);
        let member_id = || "m".to_owned();
        let metadata = MemberMetadata {
            instance_id: Some("i".into()),
            rack_id: Some("r".into()),
            client_id: "c".into(),
            client_host: "/h".into(),
            topics: BTreeSet::from(["a".into(), "b".into()]),
            regex: "x.*".into(),
            rebalance_timeout_ms: 5,
            assignor: Some("range".into()),
            classic: Some(ClassicMetadata {
                session_timeout_ms: 9,
                protocols: vec![Protocol { name: "range".into(), metadata: "s".into() }],
            }),
        };
        let owned = Owned::from([(topic, BTreeMap::from([(0, 3), (4, 1)]))]);
        let current = Current {
            epoch: 4,
            previous_epoch: 3,
            state: MemberState::UnrevokedPartitions,
            assigned: owned.clone(),
            revoking: owned,
        };
        let partitions = Partitions::from([(topic, BTreeSet::from([1, 2]))]);
        let resolved = ResolvedRegex {
            topics: BTreeSet::from(["xa".to_owned()]),
            version: 12,
            resolved_at_ms: 13,
        };
        vec![
            ConsumerChange::Epoch(Some(GroupEpoch { epoch: 2, metadata_hash: -3 })),
            ConsumerChange::Member { member_id: member_id(), metadata: Some(Rc::new(metadata)) },
            ConsumerChange::TargetEpoch(Some(TargetEpoch { epoch: 2, made_at_ms: 5 })),
            ConsumerChange::Target {
                member_id: member_id(),
                partitions: Some(Rc::new(partitions)),
            },
            ConsumerChange::Current { member_id: member_id(), current: Some(Rc::new(current)) },
            ConsumerChange::Regex { regex: "x.*".into(), resolved: Some(Rc::new(resolved)) },
        ]
    }

    fn removals() -> Vec<ConsumerChange> {
        let member_id = || "m".to_owned();
        vec![
            ConsumerChange::Epoch(None),
            ConsumerChange::PartitionMetadata { is_there: false },
            ConsumerChange::Member { member_id: member_id(), metadata: None },
            ConsumerChange::TargetEpoch(None),
            ConsumerChange::Target { member_id: member_id(), partitions: None },
            ConsumerChange::Current { member_id: member_id(), current: None },
            ConsumerChange::Regex { regex: "x.*".into(), resolved: None },
        ]
    }

    #[test]
    fn every_kind_is_read_as_it_was_written() {
        for change in all().into_iter().chain(removals()) {
            let record = change.encode("g").unwrap();
            assert_eq!(record.value.is_none(), change.removes());
            let read = Change::decode(&record.key, record.value.as_deref()).unwrap().unwrap();
            assert_eq!(read, Change::Consumer { group_id: "g".into(), change });
        }
    }

    #[test]
    fn every_truncated_prefix_is_refused() {
        for change in all() {
            let record = change.encode("g").unwrap();
            let value = record.value.unwrap();
            for end in 0..value.len() {
                assert!(Change::decode(&record.key, Some(&value[..end])).is_err(), "{change:?}");
            }
        }
    }

    #[test]
    fn partitions_without_epochs_have_the_members() {
        let topic = current_value::TopicPartitions {
            topic_id: Uuid::from_u128(1),
            partitions: vec![0, 1],
            assignment_epochs: None,
        };
        let lies = current_value::TopicPartitions {
            topic_id: Uuid::from_u128(2),
            partitions: vec![0, 1],
            assignment_epochs: Some(vec![9]),
        };
        let read = owned(vec![topic, lies], 5);
        assert!(read.values().all(|partitions| *partitions == BTreeMap::from([(0, 5), (1, 5)])));
    }
}
