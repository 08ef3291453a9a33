//! What the coordinator writes into `__consumer_offsets` and reads back, in Kafka's formats.
//!
//! Kinds of records that belong to other sorts of groups are left alone.

use super::consumer::ConsumerChange;
use super::member::Member;
use super::message::Protocol;
use super::offsets::CommittedOffset;
use crate::coordinators::coordinator::{BadRecord, Record};
use crate::protocol::codec::DecodeCause;
use crate::protocol::group_records::group_metadata_value::MemberMetadata;
use crate::protocol::group_records::{
    GroupKey, GroupMetadataKey, GroupMetadataValue, GroupValue, OffsetCommitKey, OffsetCommitValue,
};
use crate::protocol::{DecodeError, EncodeError};
use bytes::Bytes;
use uuid::Uuid;

/// What Kafka 4.x writes: the version that can carry a topic id, unless there is an expiry to
/// carry.
const OFFSET_VERSION: i16 = 4;
const OFFSET_VERSION_WITH_EXPIRY: i16 = 1;
/// What Kafka 4.x writes: the last version without tagged fields, which older brokers read too.
const GROUP_VERSION: i16 = 3;

/// What a record says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Change {
    Offset { group_id: String, topic: String, partition: i32, committed: Option<CommittedOffset> },
    Group { group_id: String, image: Option<GroupMetadataValue> },
    Consumer { group_id: String, change: ConsumerChange },
}

impl Change {
    /// The change a record tells of, if it is one of ours.
    pub(super) fn decode(key: &[u8], value: Option<&[u8]>) -> Result<Option<Self>, BadRecord> {
        let key = match GroupKey::from_slice(key) {
            Ok(key) => key,
            Err(DecodeError { cause: DecodeCause::UnknownRecordType { .. }, .. }) => {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        if !is_ours(&key) {
            return Ok(None);
        }
        let value = value.map(|value| key.value_from_slice(value)).transpose()?;
        let value = value.map(|versioned| versioned.record);
        Ok(match key {
            GroupKey::OffsetCommit(OffsetCommitKey { group, topic, partition }) => {
                let committed = value.and_then(committed_offset);
                Some(Change::Offset { group_id: group, topic, partition, committed })
            }
            GroupKey::LegacyOffsetCommit(key) => Some(Change::Offset {
                group_id: key.group,
                topic: key.topic,
                partition: key.partition,
                committed: value.and_then(committed_offset),
            }),
            GroupKey::GroupMetadata(GroupMetadataKey { group }) => {
                let image = match value {
                    Some(GroupValue::GroupMetadata(image)) => Some(image),
                    _ => None,
                };
                Some(Change::Group { group_id: group, image })
            }
            key => {
                let consumer = ConsumerChange::decode(key, value);
                consumer.map(|(group_id, change)| Change::Consumer { group_id, change })
            }
        })
    }

    /// The record that tells of the change. Fails if a name is longer than the format can count.
    pub(super) fn encode(&self) -> Result<Record, EncodeError> {
        match self {
            Change::Offset { group_id, topic, partition, committed } => {
                let key = GroupKey::OffsetCommit(OffsetCommitKey {
                    group: group_id.clone(),
                    topic: topic.clone(),
                    partition: *partition,
                });
                let value = committed.as_ref().map(encode_offset).transpose()?;
                Ok(Record { key: key.to_vec()?, value })
            }
            Change::Group { group_id, image } => {
                let key = GroupKey::GroupMetadata(GroupMetadataKey { group: group_id.clone() });
                let encode = |image: &GroupMetadataValue| {
                    GroupValue::GroupMetadata(image.clone()).to_vec(GROUP_VERSION)
                };
                Ok(Record { key: key.to_vec()?, value: image.as_ref().map(encode).transpose()? })
            }
            Change::Consumer { group_id, change } => change.encode(group_id),
        }
    }
}

/// Records of share and streams groups are left alone, whatever they hold.
fn is_ours(key: &GroupKey) -> bool {
    use GroupKey as K;
    matches!(
        key,
        K::LegacyOffsetCommit(_)
            | K::OffsetCommit(_)
            | K::GroupMetadata(_)
            | K::ConsumerGroupMetadata(_)
            | K::ConsumerGroupPartitionMetadata(_)
            | K::ConsumerGroupMemberMetadata(_)
            | K::ConsumerGroupTargetAssignmentMetadata(_)
            | K::ConsumerGroupTargetAssignmentMember(_)
            | K::ConsumerGroupCurrentMemberAssignment(_)
            | K::ConsumerGroupRegularExpression(_)
    )
}

fn encode_offset(committed: &CommittedOffset) -> Result<Vec<u8>, EncodeError> {
    let version = match committed.expire_timestamp_ms {
        Some(_) => OFFSET_VERSION_WITH_EXPIRY,
        None => OFFSET_VERSION,
    };
    let value = OffsetCommitValue {
        offset: committed.offset,
        leader_epoch: committed.leader_epoch.unwrap_or(-1),
        metadata: committed.metadata.clone(),
        commit_timestamp: committed.commit_timestamp_ms,
        expire_timestamp: committed.expire_timestamp_ms.unwrap_or(-1),
        topic_id: committed.topic_id.unwrap_or_default(),
    };
    GroupValue::OffsetCommit(value).to_vec(version)
}

fn committed_offset(value: GroupValue) -> Option<CommittedOffset> {
    match value {
        GroupValue::OffsetCommit(value) => Some(CommittedOffset {
            offset: value.offset,
            leader_epoch: Some(value.leader_epoch).filter(|epoch| *epoch >= 0),
            metadata: value.metadata,
            commit_timestamp_ms: value.commit_timestamp,
            expire_timestamp_ms: Some(value.expire_timestamp).filter(|expires| *expires >= 0),
            topic_id: Some(value.topic_id).filter(|id| *id != Uuid::nil()),
        }),
        GroupValue::LegacyOffsetCommit(value) => Some(CommittedOffset {
            offset: value.offset,
            leader_epoch: None,
            metadata: value.metadata,
            commit_timestamp_ms: value.commit_timestamp,
            expire_timestamp_ms: None,
            topic_id: None,
        }),
        _ => None,
    }
}

pub(super) fn member_image(
    member: &Member,
    protocol_name: &str,
    assignment: Bytes,
) -> MemberMetadata {
    MemberMetadata {
        member_id: member.member_id.clone(),
        group_instance_id: member.group_instance_id.clone(),
        client_id: member.client_id.clone(),
        client_host: member.client_host.clone(),
        rebalance_timeout: member.rebalance_timeout_ms,
        session_timeout: member.session_timeout_ms,
        subscription: member.metadata(protocol_name),
        assignment,
    }
}

/// The member a record tells of. The record knows only the protocol that was chosen.
pub(super) fn member_of(image: MemberMetadata, protocol_name: &str) -> Member {
    let rebalance_timeout_ms = match image.rebalance_timeout {
        -1 => image.session_timeout,
        timeout => timeout,
    };
    Member {
        member_id: image.member_id,
        group_instance_id: image.group_instance_id,
        client_id: image.client_id,
        client_host: image.client_host,
        rebalance_timeout_ms,
        session_timeout_ms: image.session_timeout,
        protocols: vec![Protocol { name: protocol_name.to_owned(), metadata: image.subscription }],
        assignment: image.assignment,
        awaiting_join: None,
        awaiting_sync: None,
        is_new: false,
        expires_at_ms: None,
    }
}
