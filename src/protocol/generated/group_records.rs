//! Group records.
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/group_records.schema`

pub mod consumer_group_current_member_assignment_key;
pub mod consumer_group_current_member_assignment_value;
pub mod consumer_group_member_metadata_key;
pub mod consumer_group_member_metadata_value;
pub mod consumer_group_metadata_key;
pub mod consumer_group_metadata_value;
pub mod consumer_group_partition_metadata_key;
pub mod consumer_group_partition_metadata_value;
pub mod consumer_group_regular_expression_key;
pub mod consumer_group_regular_expression_value;
pub mod consumer_group_target_assignment_member_key;
pub mod consumer_group_target_assignment_member_value;
pub mod consumer_group_target_assignment_metadata_key;
pub mod consumer_group_target_assignment_metadata_value;
pub mod group_metadata_key;
pub mod group_metadata_value;
pub mod legacy_offset_commit_key;
pub mod legacy_offset_commit_value;
pub mod offset_commit_key;
pub mod offset_commit_value;
pub mod share_group_current_member_assignment_key;
pub mod share_group_current_member_assignment_value;
pub mod share_group_member_metadata_key;
pub mod share_group_member_metadata_value;
pub mod share_group_metadata_key;
pub mod share_group_metadata_value;
pub mod share_group_state_partition_metadata_key;
pub mod share_group_state_partition_metadata_value;
pub mod share_group_target_assignment_member_key;
pub mod share_group_target_assignment_member_value;
pub mod share_group_target_assignment_metadata_key;
pub mod share_group_target_assignment_metadata_value;
pub mod streams_group_current_member_assignment_key;
pub mod streams_group_current_member_assignment_value;
pub mod streams_group_member_metadata_key;
pub mod streams_group_member_metadata_value;
pub mod streams_group_metadata_key;
pub mod streams_group_metadata_value;
pub mod streams_group_target_assignment_member_key;
pub mod streams_group_target_assignment_member_value;
pub mod streams_group_target_assignment_metadata_key;
pub mod streams_group_target_assignment_metadata_value;
pub mod streams_group_topology_key;
pub mod streams_group_topology_value;

pub use consumer_group_current_member_assignment_key::ConsumerGroupCurrentMemberAssignmentKey;
pub use consumer_group_current_member_assignment_value::ConsumerGroupCurrentMemberAssignmentValue;
pub use consumer_group_member_metadata_key::ConsumerGroupMemberMetadataKey;
pub use consumer_group_member_metadata_value::ConsumerGroupMemberMetadataValue;
pub use consumer_group_metadata_key::ConsumerGroupMetadataKey;
pub use consumer_group_metadata_value::ConsumerGroupMetadataValue;
pub use consumer_group_partition_metadata_key::ConsumerGroupPartitionMetadataKey;
pub use consumer_group_partition_metadata_value::ConsumerGroupPartitionMetadataValue;
pub use consumer_group_regular_expression_key::ConsumerGroupRegularExpressionKey;
pub use consumer_group_regular_expression_value::ConsumerGroupRegularExpressionValue;
pub use consumer_group_target_assignment_member_key::ConsumerGroupTargetAssignmentMemberKey;
pub use consumer_group_target_assignment_member_value::ConsumerGroupTargetAssignmentMemberValue;
pub use consumer_group_target_assignment_metadata_key::ConsumerGroupTargetAssignmentMetadataKey;
pub use consumer_group_target_assignment_metadata_value::ConsumerGroupTargetAssignmentMetadataValue;
pub use group_metadata_key::GroupMetadataKey;
pub use group_metadata_value::GroupMetadataValue;
pub use legacy_offset_commit_key::LegacyOffsetCommitKey;
pub use legacy_offset_commit_value::LegacyOffsetCommitValue;
pub use offset_commit_key::OffsetCommitKey;
pub use offset_commit_value::OffsetCommitValue;
pub use share_group_current_member_assignment_key::ShareGroupCurrentMemberAssignmentKey;
pub use share_group_current_member_assignment_value::ShareGroupCurrentMemberAssignmentValue;
pub use share_group_member_metadata_key::ShareGroupMemberMetadataKey;
pub use share_group_member_metadata_value::ShareGroupMemberMetadataValue;
pub use share_group_metadata_key::ShareGroupMetadataKey;
pub use share_group_metadata_value::ShareGroupMetadataValue;
pub use share_group_state_partition_metadata_key::ShareGroupStatePartitionMetadataKey;
pub use share_group_state_partition_metadata_value::ShareGroupStatePartitionMetadataValue;
pub use share_group_target_assignment_member_key::ShareGroupTargetAssignmentMemberKey;
pub use share_group_target_assignment_member_value::ShareGroupTargetAssignmentMemberValue;
pub use share_group_target_assignment_metadata_key::ShareGroupTargetAssignmentMetadataKey;
pub use share_group_target_assignment_metadata_value::ShareGroupTargetAssignmentMetadataValue;
pub use streams_group_current_member_assignment_key::StreamsGroupCurrentMemberAssignmentKey;
pub use streams_group_current_member_assignment_value::StreamsGroupCurrentMemberAssignmentValue;
pub use streams_group_member_metadata_key::StreamsGroupMemberMetadataKey;
pub use streams_group_member_metadata_value::StreamsGroupMemberMetadataValue;
pub use streams_group_metadata_key::StreamsGroupMetadataKey;
pub use streams_group_metadata_value::StreamsGroupMetadataValue;
pub use streams_group_target_assignment_member_key::StreamsGroupTargetAssignmentMemberKey;
pub use streams_group_target_assignment_member_value::StreamsGroupTargetAssignmentMemberValue;
pub use streams_group_target_assignment_metadata_key::StreamsGroupTargetAssignmentMetadataKey;
pub use streams_group_target_assignment_metadata_value::StreamsGroupTargetAssignmentMetadataValue;
pub use streams_group_topology_key::StreamsGroupTopologyKey;
pub use streams_group_topology_value::StreamsGroupTopologyValue;

use super::prelude::*;

/// One of the records, by its type.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupKey {
    LegacyOffsetCommit(LegacyOffsetCommitKey),
    OffsetCommit(OffsetCommitKey),
    GroupMetadata(GroupMetadataKey),
    ConsumerGroupMetadata(ConsumerGroupMetadataKey),
    ConsumerGroupPartitionMetadata(ConsumerGroupPartitionMetadataKey),
    ConsumerGroupMemberMetadata(ConsumerGroupMemberMetadataKey),
    ConsumerGroupTargetAssignmentMetadata(ConsumerGroupTargetAssignmentMetadataKey),
    ConsumerGroupTargetAssignmentMember(ConsumerGroupTargetAssignmentMemberKey),
    ConsumerGroupCurrentMemberAssignment(ConsumerGroupCurrentMemberAssignmentKey),
    ShareGroupMemberMetadata(ShareGroupMemberMetadataKey),
    ShareGroupMetadata(ShareGroupMetadataKey),
    ShareGroupTargetAssignmentMetadata(ShareGroupTargetAssignmentMetadataKey),
    ShareGroupTargetAssignmentMember(ShareGroupTargetAssignmentMemberKey),
    ShareGroupCurrentMemberAssignment(ShareGroupCurrentMemberAssignmentKey),
    ShareGroupStatePartitionMetadata(ShareGroupStatePartitionMetadataKey),
    ConsumerGroupRegularExpression(ConsumerGroupRegularExpressionKey),
    StreamsGroupMetadata(StreamsGroupMetadataKey),
    StreamsGroupMemberMetadata(StreamsGroupMemberMetadataKey),
    StreamsGroupTargetAssignmentMetadata(StreamsGroupTargetAssignmentMetadataKey),
    StreamsGroupTargetAssignmentMember(StreamsGroupTargetAssignmentMemberKey),
    StreamsGroupCurrentMemberAssignment(StreamsGroupCurrentMemberAssignmentKey),
    StreamsGroupTopology(StreamsGroupTopologyKey),
}

impl GroupKey {
    /// The number that names the type on disk.
    pub fn record_type(&self) -> i16 {
        match self {
            Self::LegacyOffsetCommit(_) => 0,
            Self::OffsetCommit(_) => 1,
            Self::GroupMetadata(_) => 2,
            Self::ConsumerGroupMetadata(_) => 3,
            Self::ConsumerGroupPartitionMetadata(_) => 4,
            Self::ConsumerGroupMemberMetadata(_) => 5,
            Self::ConsumerGroupTargetAssignmentMetadata(_) => 6,
            Self::ConsumerGroupTargetAssignmentMember(_) => 7,
            Self::ConsumerGroupCurrentMemberAssignment(_) => 8,
            Self::ShareGroupMemberMetadata(_) => 10,
            Self::ShareGroupMetadata(_) => 11,
            Self::ShareGroupTargetAssignmentMetadata(_) => 12,
            Self::ShareGroupTargetAssignmentMember(_) => 13,
            Self::ShareGroupCurrentMemberAssignment(_) => 14,
            Self::ShareGroupStatePartitionMetadata(_) => 15,
            Self::ConsumerGroupRegularExpression(_) => 16,
            Self::StreamsGroupMetadata(_) => 17,
            Self::StreamsGroupMemberMetadata(_) => 19,
            Self::StreamsGroupTargetAssignmentMetadata(_) => 20,
            Self::StreamsGroupTargetAssignmentMember(_) => 21,
            Self::StreamsGroupCurrentMemberAssignment(_) => 22,
            Self::StreamsGroupTopology(_) => 23,
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::LegacyOffsetCommit(_) => LegacyOffsetCommitKey::NAME,
            Self::OffsetCommit(_) => OffsetCommitKey::NAME,
            Self::GroupMetadata(_) => GroupMetadataKey::NAME,
            Self::ConsumerGroupMetadata(_) => ConsumerGroupMetadataKey::NAME,
            Self::ConsumerGroupPartitionMetadata(_) => ConsumerGroupPartitionMetadataKey::NAME,
            Self::ConsumerGroupMemberMetadata(_) => ConsumerGroupMemberMetadataKey::NAME,
            Self::ConsumerGroupTargetAssignmentMetadata(_) => {
                ConsumerGroupTargetAssignmentMetadataKey::NAME
            }
            Self::ConsumerGroupTargetAssignmentMember(_) => {
                ConsumerGroupTargetAssignmentMemberKey::NAME
            }
            Self::ConsumerGroupCurrentMemberAssignment(_) => {
                ConsumerGroupCurrentMemberAssignmentKey::NAME
            }
            Self::ShareGroupMemberMetadata(_) => ShareGroupMemberMetadataKey::NAME,
            Self::ShareGroupMetadata(_) => ShareGroupMetadataKey::NAME,
            Self::ShareGroupTargetAssignmentMetadata(_) => {
                ShareGroupTargetAssignmentMetadataKey::NAME
            }
            Self::ShareGroupTargetAssignmentMember(_) => ShareGroupTargetAssignmentMemberKey::NAME,
            Self::ShareGroupCurrentMemberAssignment(_) => {
                ShareGroupCurrentMemberAssignmentKey::NAME
            }
            Self::ShareGroupStatePartitionMetadata(_) => ShareGroupStatePartitionMetadataKey::NAME,
            Self::ConsumerGroupRegularExpression(_) => ConsumerGroupRegularExpressionKey::NAME,
            Self::StreamsGroupMetadata(_) => StreamsGroupMetadataKey::NAME,
            Self::StreamsGroupMemberMetadata(_) => StreamsGroupMemberMetadataKey::NAME,
            Self::StreamsGroupTargetAssignmentMetadata(_) => {
                StreamsGroupTargetAssignmentMetadataKey::NAME
            }
            Self::StreamsGroupTargetAssignmentMember(_) => {
                StreamsGroupTargetAssignmentMemberKey::NAME
            }
            Self::StreamsGroupCurrentMemberAssignment(_) => {
                StreamsGroupCurrentMemberAssignmentKey::NAME
            }
            Self::StreamsGroupTopology(_) => StreamsGroupTopologyKey::NAME,
        }
    }

    pub fn versions(&self) -> RangeInclusive<i16> {
        match self {
            Self::LegacyOffsetCommit(_) => LegacyOffsetCommitKey::VERSIONS,
            Self::OffsetCommit(_) => OffsetCommitKey::VERSIONS,
            Self::GroupMetadata(_) => GroupMetadataKey::VERSIONS,
            Self::ConsumerGroupMetadata(_) => ConsumerGroupMetadataKey::VERSIONS,
            Self::ConsumerGroupPartitionMetadata(_) => ConsumerGroupPartitionMetadataKey::VERSIONS,
            Self::ConsumerGroupMemberMetadata(_) => ConsumerGroupMemberMetadataKey::VERSIONS,
            Self::ConsumerGroupTargetAssignmentMetadata(_) => {
                ConsumerGroupTargetAssignmentMetadataKey::VERSIONS
            }
            Self::ConsumerGroupTargetAssignmentMember(_) => {
                ConsumerGroupTargetAssignmentMemberKey::VERSIONS
            }
            Self::ConsumerGroupCurrentMemberAssignment(_) => {
                ConsumerGroupCurrentMemberAssignmentKey::VERSIONS
            }
            Self::ShareGroupMemberMetadata(_) => ShareGroupMemberMetadataKey::VERSIONS,
            Self::ShareGroupMetadata(_) => ShareGroupMetadataKey::VERSIONS,
            Self::ShareGroupTargetAssignmentMetadata(_) => {
                ShareGroupTargetAssignmentMetadataKey::VERSIONS
            }
            Self::ShareGroupTargetAssignmentMember(_) => {
                ShareGroupTargetAssignmentMemberKey::VERSIONS
            }
            Self::ShareGroupCurrentMemberAssignment(_) => {
                ShareGroupCurrentMemberAssignmentKey::VERSIONS
            }
            Self::ShareGroupStatePartitionMetadata(_) => {
                ShareGroupStatePartitionMetadataKey::VERSIONS
            }
            Self::ConsumerGroupRegularExpression(_) => ConsumerGroupRegularExpressionKey::VERSIONS,
            Self::StreamsGroupMetadata(_) => StreamsGroupMetadataKey::VERSIONS,
            Self::StreamsGroupMemberMetadata(_) => StreamsGroupMemberMetadataKey::VERSIONS,
            Self::StreamsGroupTargetAssignmentMetadata(_) => {
                StreamsGroupTargetAssignmentMetadataKey::VERSIONS
            }
            Self::StreamsGroupTargetAssignmentMember(_) => {
                StreamsGroupTargetAssignmentMemberKey::VERSIONS
            }
            Self::StreamsGroupCurrentMemberAssignment(_) => {
                StreamsGroupCurrentMemberAssignmentKey::VERSIONS
            }
            Self::StreamsGroupTopology(_) => StreamsGroupTopologyKey::VERSIONS,
        }
    }

    /// Reads the body of a record of this type, without its frame.
    pub fn decode_body(
        record_type: i16,
        reader: &mut Reader<'_>,
        version: i16,
    ) -> Result<Self, DecodeError> {
        match record_type {
            0 => LegacyOffsetCommitKey::decode(reader, version).map(Self::LegacyOffsetCommit),
            1 => OffsetCommitKey::decode(reader, version).map(Self::OffsetCommit),
            2 => GroupMetadataKey::decode(reader, version).map(Self::GroupMetadata),
            3 => ConsumerGroupMetadataKey::decode(reader, version).map(Self::ConsumerGroupMetadata),
            4 => ConsumerGroupPartitionMetadataKey::decode(reader, version)
                .map(Self::ConsumerGroupPartitionMetadata),
            5 => ConsumerGroupMemberMetadataKey::decode(reader, version)
                .map(Self::ConsumerGroupMemberMetadata),
            6 => ConsumerGroupTargetAssignmentMetadataKey::decode(reader, version)
                .map(Self::ConsumerGroupTargetAssignmentMetadata),
            7 => ConsumerGroupTargetAssignmentMemberKey::decode(reader, version)
                .map(Self::ConsumerGroupTargetAssignmentMember),
            8 => ConsumerGroupCurrentMemberAssignmentKey::decode(reader, version)
                .map(Self::ConsumerGroupCurrentMemberAssignment),
            10 => ShareGroupMemberMetadataKey::decode(reader, version)
                .map(Self::ShareGroupMemberMetadata),
            11 => ShareGroupMetadataKey::decode(reader, version).map(Self::ShareGroupMetadata),
            12 => ShareGroupTargetAssignmentMetadataKey::decode(reader, version)
                .map(Self::ShareGroupTargetAssignmentMetadata),
            13 => ShareGroupTargetAssignmentMemberKey::decode(reader, version)
                .map(Self::ShareGroupTargetAssignmentMember),
            14 => ShareGroupCurrentMemberAssignmentKey::decode(reader, version)
                .map(Self::ShareGroupCurrentMemberAssignment),
            15 => ShareGroupStatePartitionMetadataKey::decode(reader, version)
                .map(Self::ShareGroupStatePartitionMetadata),
            16 => ConsumerGroupRegularExpressionKey::decode(reader, version)
                .map(Self::ConsumerGroupRegularExpression),
            17 => StreamsGroupMetadataKey::decode(reader, version).map(Self::StreamsGroupMetadata),
            19 => StreamsGroupMemberMetadataKey::decode(reader, version)
                .map(Self::StreamsGroupMemberMetadata),
            20 => StreamsGroupTargetAssignmentMetadataKey::decode(reader, version)
                .map(Self::StreamsGroupTargetAssignmentMetadata),
            21 => StreamsGroupTargetAssignmentMemberKey::decode(reader, version)
                .map(Self::StreamsGroupTargetAssignmentMember),
            22 => StreamsGroupCurrentMemberAssignmentKey::decode(reader, version)
                .map(Self::StreamsGroupCurrentMemberAssignment),
            23 => StreamsGroupTopologyKey::decode(reader, version).map(Self::StreamsGroupTopology),
            other => Err(reader
                .error(DecodeCause::UnknownRecordType { name: "GroupKey", key: i32::from(other) })),
        }
    }

    /// Appends the body, without its frame.
    pub fn encode_body(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        match self {
            Self::LegacyOffsetCommit(record) => record.encode(writer, version),
            Self::OffsetCommit(record) => record.encode(writer, version),
            Self::GroupMetadata(record) => record.encode(writer, version),
            Self::ConsumerGroupMetadata(record) => record.encode(writer, version),
            Self::ConsumerGroupPartitionMetadata(record) => record.encode(writer, version),
            Self::ConsumerGroupMemberMetadata(record) => record.encode(writer, version),
            Self::ConsumerGroupTargetAssignmentMetadata(record) => record.encode(writer, version),
            Self::ConsumerGroupTargetAssignmentMember(record) => record.encode(writer, version),
            Self::ConsumerGroupCurrentMemberAssignment(record) => record.encode(writer, version),
            Self::ShareGroupMemberMetadata(record) => record.encode(writer, version),
            Self::ShareGroupMetadata(record) => record.encode(writer, version),
            Self::ShareGroupTargetAssignmentMetadata(record) => record.encode(writer, version),
            Self::ShareGroupTargetAssignmentMember(record) => record.encode(writer, version),
            Self::ShareGroupCurrentMemberAssignment(record) => record.encode(writer, version),
            Self::ShareGroupStatePartitionMetadata(record) => record.encode(writer, version),
            Self::ConsumerGroupRegularExpression(record) => record.encode(writer, version),
            Self::StreamsGroupMetadata(record) => record.encode(writer, version),
            Self::StreamsGroupMemberMetadata(record) => record.encode(writer, version),
            Self::StreamsGroupTargetAssignmentMetadata(record) => record.encode(writer, version),
            Self::StreamsGroupTargetAssignmentMember(record) => record.encode(writer, version),
            Self::StreamsGroupCurrentMemberAssignment(record) => record.encode(writer, version),
            Self::StreamsGroupTopology(record) => record.encode(writer, version),
        }
    }
}

impl From<LegacyOffsetCommitKey> for GroupKey {
    fn from(record: LegacyOffsetCommitKey) -> Self {
        Self::LegacyOffsetCommit(record)
    }
}

impl From<OffsetCommitKey> for GroupKey {
    fn from(record: OffsetCommitKey) -> Self {
        Self::OffsetCommit(record)
    }
}

impl From<GroupMetadataKey> for GroupKey {
    fn from(record: GroupMetadataKey) -> Self {
        Self::GroupMetadata(record)
    }
}

impl From<ConsumerGroupMetadataKey> for GroupKey {
    fn from(record: ConsumerGroupMetadataKey) -> Self {
        Self::ConsumerGroupMetadata(record)
    }
}

impl From<ConsumerGroupPartitionMetadataKey> for GroupKey {
    fn from(record: ConsumerGroupPartitionMetadataKey) -> Self {
        Self::ConsumerGroupPartitionMetadata(record)
    }
}

impl From<ConsumerGroupMemberMetadataKey> for GroupKey {
    fn from(record: ConsumerGroupMemberMetadataKey) -> Self {
        Self::ConsumerGroupMemberMetadata(record)
    }
}

impl From<ConsumerGroupTargetAssignmentMetadataKey> for GroupKey {
    fn from(record: ConsumerGroupTargetAssignmentMetadataKey) -> Self {
        Self::ConsumerGroupTargetAssignmentMetadata(record)
    }
}

impl From<ConsumerGroupTargetAssignmentMemberKey> for GroupKey {
    fn from(record: ConsumerGroupTargetAssignmentMemberKey) -> Self {
        Self::ConsumerGroupTargetAssignmentMember(record)
    }
}

impl From<ConsumerGroupCurrentMemberAssignmentKey> for GroupKey {
    fn from(record: ConsumerGroupCurrentMemberAssignmentKey) -> Self {
        Self::ConsumerGroupCurrentMemberAssignment(record)
    }
}

impl From<ShareGroupMemberMetadataKey> for GroupKey {
    fn from(record: ShareGroupMemberMetadataKey) -> Self {
        Self::ShareGroupMemberMetadata(record)
    }
}

impl From<ShareGroupMetadataKey> for GroupKey {
    fn from(record: ShareGroupMetadataKey) -> Self {
        Self::ShareGroupMetadata(record)
    }
}

impl From<ShareGroupTargetAssignmentMetadataKey> for GroupKey {
    fn from(record: ShareGroupTargetAssignmentMetadataKey) -> Self {
        Self::ShareGroupTargetAssignmentMetadata(record)
    }
}

impl From<ShareGroupTargetAssignmentMemberKey> for GroupKey {
    fn from(record: ShareGroupTargetAssignmentMemberKey) -> Self {
        Self::ShareGroupTargetAssignmentMember(record)
    }
}

impl From<ShareGroupCurrentMemberAssignmentKey> for GroupKey {
    fn from(record: ShareGroupCurrentMemberAssignmentKey) -> Self {
        Self::ShareGroupCurrentMemberAssignment(record)
    }
}

impl From<ShareGroupStatePartitionMetadataKey> for GroupKey {
    fn from(record: ShareGroupStatePartitionMetadataKey) -> Self {
        Self::ShareGroupStatePartitionMetadata(record)
    }
}

impl From<ConsumerGroupRegularExpressionKey> for GroupKey {
    fn from(record: ConsumerGroupRegularExpressionKey) -> Self {
        Self::ConsumerGroupRegularExpression(record)
    }
}

impl From<StreamsGroupMetadataKey> for GroupKey {
    fn from(record: StreamsGroupMetadataKey) -> Self {
        Self::StreamsGroupMetadata(record)
    }
}

impl From<StreamsGroupMemberMetadataKey> for GroupKey {
    fn from(record: StreamsGroupMemberMetadataKey) -> Self {
        Self::StreamsGroupMemberMetadata(record)
    }
}

impl From<StreamsGroupTargetAssignmentMetadataKey> for GroupKey {
    fn from(record: StreamsGroupTargetAssignmentMetadataKey) -> Self {
        Self::StreamsGroupTargetAssignmentMetadata(record)
    }
}

impl From<StreamsGroupTargetAssignmentMemberKey> for GroupKey {
    fn from(record: StreamsGroupTargetAssignmentMemberKey) -> Self {
        Self::StreamsGroupTargetAssignmentMember(record)
    }
}

impl From<StreamsGroupCurrentMemberAssignmentKey> for GroupKey {
    fn from(record: StreamsGroupCurrentMemberAssignmentKey) -> Self {
        Self::StreamsGroupCurrentMemberAssignment(record)
    }
}

impl From<StreamsGroupTopologyKey> for GroupKey {
    fn from(record: StreamsGroupTopologyKey) -> Self {
        Self::StreamsGroupTopology(record)
    }
}

use super::prelude::*;

/// One of the records, by its type.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupValue {
    LegacyOffsetCommit(LegacyOffsetCommitValue),
    OffsetCommit(OffsetCommitValue),
    GroupMetadata(GroupMetadataValue),
    ConsumerGroupMetadata(ConsumerGroupMetadataValue),
    ConsumerGroupPartitionMetadata(ConsumerGroupPartitionMetadataValue),
    ConsumerGroupMemberMetadata(ConsumerGroupMemberMetadataValue),
    ConsumerGroupTargetAssignmentMetadata(ConsumerGroupTargetAssignmentMetadataValue),
    ConsumerGroupTargetAssignmentMember(ConsumerGroupTargetAssignmentMemberValue),
    ConsumerGroupCurrentMemberAssignment(ConsumerGroupCurrentMemberAssignmentValue),
    ShareGroupMemberMetadata(ShareGroupMemberMetadataValue),
    ShareGroupMetadata(ShareGroupMetadataValue),
    ShareGroupTargetAssignmentMetadata(ShareGroupTargetAssignmentMetadataValue),
    ShareGroupTargetAssignmentMember(ShareGroupTargetAssignmentMemberValue),
    ShareGroupCurrentMemberAssignment(ShareGroupCurrentMemberAssignmentValue),
    ShareGroupStatePartitionMetadata(ShareGroupStatePartitionMetadataValue),
    ConsumerGroupRegularExpression(ConsumerGroupRegularExpressionValue),
    StreamsGroupMetadata(StreamsGroupMetadataValue),
    StreamsGroupMemberMetadata(StreamsGroupMemberMetadataValue),
    StreamsGroupTargetAssignmentMetadata(StreamsGroupTargetAssignmentMetadataValue),
    StreamsGroupTargetAssignmentMember(StreamsGroupTargetAssignmentMemberValue),
    StreamsGroupCurrentMemberAssignment(StreamsGroupCurrentMemberAssignmentValue),
    StreamsGroupTopology(StreamsGroupTopologyValue),
}

impl GroupValue {
    /// The number that names the type on disk.
    pub fn record_type(&self) -> i16 {
        match self {
            Self::LegacyOffsetCommit(_) => 0,
            Self::OffsetCommit(_) => 1,
            Self::GroupMetadata(_) => 2,
            Self::ConsumerGroupMetadata(_) => 3,
            Self::ConsumerGroupPartitionMetadata(_) => 4,
            Self::ConsumerGroupMemberMetadata(_) => 5,
            Self::ConsumerGroupTargetAssignmentMetadata(_) => 6,
            Self::ConsumerGroupTargetAssignmentMember(_) => 7,
            Self::ConsumerGroupCurrentMemberAssignment(_) => 8,
            Self::ShareGroupMemberMetadata(_) => 10,
            Self::ShareGroupMetadata(_) => 11,
            Self::ShareGroupTargetAssignmentMetadata(_) => 12,
            Self::ShareGroupTargetAssignmentMember(_) => 13,
            Self::ShareGroupCurrentMemberAssignment(_) => 14,
            Self::ShareGroupStatePartitionMetadata(_) => 15,
            Self::ConsumerGroupRegularExpression(_) => 16,
            Self::StreamsGroupMetadata(_) => 17,
            Self::StreamsGroupMemberMetadata(_) => 19,
            Self::StreamsGroupTargetAssignmentMetadata(_) => 20,
            Self::StreamsGroupTargetAssignmentMember(_) => 21,
            Self::StreamsGroupCurrentMemberAssignment(_) => 22,
            Self::StreamsGroupTopology(_) => 23,
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::LegacyOffsetCommit(_) => LegacyOffsetCommitValue::NAME,
            Self::OffsetCommit(_) => OffsetCommitValue::NAME,
            Self::GroupMetadata(_) => GroupMetadataValue::NAME,
            Self::ConsumerGroupMetadata(_) => ConsumerGroupMetadataValue::NAME,
            Self::ConsumerGroupPartitionMetadata(_) => ConsumerGroupPartitionMetadataValue::NAME,
            Self::ConsumerGroupMemberMetadata(_) => ConsumerGroupMemberMetadataValue::NAME,
            Self::ConsumerGroupTargetAssignmentMetadata(_) => {
                ConsumerGroupTargetAssignmentMetadataValue::NAME
            }
            Self::ConsumerGroupTargetAssignmentMember(_) => {
                ConsumerGroupTargetAssignmentMemberValue::NAME
            }
            Self::ConsumerGroupCurrentMemberAssignment(_) => {
                ConsumerGroupCurrentMemberAssignmentValue::NAME
            }
            Self::ShareGroupMemberMetadata(_) => ShareGroupMemberMetadataValue::NAME,
            Self::ShareGroupMetadata(_) => ShareGroupMetadataValue::NAME,
            Self::ShareGroupTargetAssignmentMetadata(_) => {
                ShareGroupTargetAssignmentMetadataValue::NAME
            }
            Self::ShareGroupTargetAssignmentMember(_) => {
                ShareGroupTargetAssignmentMemberValue::NAME
            }
            Self::ShareGroupCurrentMemberAssignment(_) => {
                ShareGroupCurrentMemberAssignmentValue::NAME
            }
            Self::ShareGroupStatePartitionMetadata(_) => {
                ShareGroupStatePartitionMetadataValue::NAME
            }
            Self::ConsumerGroupRegularExpression(_) => ConsumerGroupRegularExpressionValue::NAME,
            Self::StreamsGroupMetadata(_) => StreamsGroupMetadataValue::NAME,
            Self::StreamsGroupMemberMetadata(_) => StreamsGroupMemberMetadataValue::NAME,
            Self::StreamsGroupTargetAssignmentMetadata(_) => {
                StreamsGroupTargetAssignmentMetadataValue::NAME
            }
            Self::StreamsGroupTargetAssignmentMember(_) => {
                StreamsGroupTargetAssignmentMemberValue::NAME
            }
            Self::StreamsGroupCurrentMemberAssignment(_) => {
                StreamsGroupCurrentMemberAssignmentValue::NAME
            }
            Self::StreamsGroupTopology(_) => StreamsGroupTopologyValue::NAME,
        }
    }

    pub fn versions(&self) -> RangeInclusive<i16> {
        match self {
            Self::LegacyOffsetCommit(_) => LegacyOffsetCommitValue::VERSIONS,
            Self::OffsetCommit(_) => OffsetCommitValue::VERSIONS,
            Self::GroupMetadata(_) => GroupMetadataValue::VERSIONS,
            Self::ConsumerGroupMetadata(_) => ConsumerGroupMetadataValue::VERSIONS,
            Self::ConsumerGroupPartitionMetadata(_) => {
                ConsumerGroupPartitionMetadataValue::VERSIONS
            }
            Self::ConsumerGroupMemberMetadata(_) => ConsumerGroupMemberMetadataValue::VERSIONS,
            Self::ConsumerGroupTargetAssignmentMetadata(_) => {
                ConsumerGroupTargetAssignmentMetadataValue::VERSIONS
            }
            Self::ConsumerGroupTargetAssignmentMember(_) => {
                ConsumerGroupTargetAssignmentMemberValue::VERSIONS
            }
            Self::ConsumerGroupCurrentMemberAssignment(_) => {
                ConsumerGroupCurrentMemberAssignmentValue::VERSIONS
            }
            Self::ShareGroupMemberMetadata(_) => ShareGroupMemberMetadataValue::VERSIONS,
            Self::ShareGroupMetadata(_) => ShareGroupMetadataValue::VERSIONS,
            Self::ShareGroupTargetAssignmentMetadata(_) => {
                ShareGroupTargetAssignmentMetadataValue::VERSIONS
            }
            Self::ShareGroupTargetAssignmentMember(_) => {
                ShareGroupTargetAssignmentMemberValue::VERSIONS
            }
            Self::ShareGroupCurrentMemberAssignment(_) => {
                ShareGroupCurrentMemberAssignmentValue::VERSIONS
            }
            Self::ShareGroupStatePartitionMetadata(_) => {
                ShareGroupStatePartitionMetadataValue::VERSIONS
            }
            Self::ConsumerGroupRegularExpression(_) => {
                ConsumerGroupRegularExpressionValue::VERSIONS
            }
            Self::StreamsGroupMetadata(_) => StreamsGroupMetadataValue::VERSIONS,
            Self::StreamsGroupMemberMetadata(_) => StreamsGroupMemberMetadataValue::VERSIONS,
            Self::StreamsGroupTargetAssignmentMetadata(_) => {
                StreamsGroupTargetAssignmentMetadataValue::VERSIONS
            }
            Self::StreamsGroupTargetAssignmentMember(_) => {
                StreamsGroupTargetAssignmentMemberValue::VERSIONS
            }
            Self::StreamsGroupCurrentMemberAssignment(_) => {
                StreamsGroupCurrentMemberAssignmentValue::VERSIONS
            }
            Self::StreamsGroupTopology(_) => StreamsGroupTopologyValue::VERSIONS,
        }
    }

    /// Reads the body of a record of this type, without its frame.
    pub fn decode_body(
        record_type: i16,
        reader: &mut Reader<'_>,
        version: i16,
    ) -> Result<Self, DecodeError> {
        match record_type {
            0 => LegacyOffsetCommitValue::decode(reader, version).map(Self::LegacyOffsetCommit),
            1 => OffsetCommitValue::decode(reader, version).map(Self::OffsetCommit),
            2 => GroupMetadataValue::decode(reader, version).map(Self::GroupMetadata),
            3 => {
                ConsumerGroupMetadataValue::decode(reader, version).map(Self::ConsumerGroupMetadata)
            }
            4 => ConsumerGroupPartitionMetadataValue::decode(reader, version)
                .map(Self::ConsumerGroupPartitionMetadata),
            5 => ConsumerGroupMemberMetadataValue::decode(reader, version)
                .map(Self::ConsumerGroupMemberMetadata),
            6 => ConsumerGroupTargetAssignmentMetadataValue::decode(reader, version)
                .map(Self::ConsumerGroupTargetAssignmentMetadata),
            7 => ConsumerGroupTargetAssignmentMemberValue::decode(reader, version)
                .map(Self::ConsumerGroupTargetAssignmentMember),
            8 => ConsumerGroupCurrentMemberAssignmentValue::decode(reader, version)
                .map(Self::ConsumerGroupCurrentMemberAssignment),
            10 => ShareGroupMemberMetadataValue::decode(reader, version)
                .map(Self::ShareGroupMemberMetadata),
            11 => ShareGroupMetadataValue::decode(reader, version).map(Self::ShareGroupMetadata),
            12 => ShareGroupTargetAssignmentMetadataValue::decode(reader, version)
                .map(Self::ShareGroupTargetAssignmentMetadata),
            13 => ShareGroupTargetAssignmentMemberValue::decode(reader, version)
                .map(Self::ShareGroupTargetAssignmentMember),
            14 => ShareGroupCurrentMemberAssignmentValue::decode(reader, version)
                .map(Self::ShareGroupCurrentMemberAssignment),
            15 => ShareGroupStatePartitionMetadataValue::decode(reader, version)
                .map(Self::ShareGroupStatePartitionMetadata),
            16 => ConsumerGroupRegularExpressionValue::decode(reader, version)
                .map(Self::ConsumerGroupRegularExpression),
            17 => {
                StreamsGroupMetadataValue::decode(reader, version).map(Self::StreamsGroupMetadata)
            }
            19 => StreamsGroupMemberMetadataValue::decode(reader, version)
                .map(Self::StreamsGroupMemberMetadata),
            20 => StreamsGroupTargetAssignmentMetadataValue::decode(reader, version)
                .map(Self::StreamsGroupTargetAssignmentMetadata),
            21 => StreamsGroupTargetAssignmentMemberValue::decode(reader, version)
                .map(Self::StreamsGroupTargetAssignmentMember),
            22 => StreamsGroupCurrentMemberAssignmentValue::decode(reader, version)
                .map(Self::StreamsGroupCurrentMemberAssignment),
            23 => {
                StreamsGroupTopologyValue::decode(reader, version).map(Self::StreamsGroupTopology)
            }
            other => Err(reader.error(DecodeCause::UnknownRecordType {
                name: "GroupValue",
                key: i32::from(other),
            })),
        }
    }

    /// Appends the body, without its frame.
    pub fn encode_body(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        match self {
            Self::LegacyOffsetCommit(record) => record.encode(writer, version),
            Self::OffsetCommit(record) => record.encode(writer, version),
            Self::GroupMetadata(record) => record.encode(writer, version),
            Self::ConsumerGroupMetadata(record) => record.encode(writer, version),
            Self::ConsumerGroupPartitionMetadata(record) => record.encode(writer, version),
            Self::ConsumerGroupMemberMetadata(record) => record.encode(writer, version),
            Self::ConsumerGroupTargetAssignmentMetadata(record) => record.encode(writer, version),
            Self::ConsumerGroupTargetAssignmentMember(record) => record.encode(writer, version),
            Self::ConsumerGroupCurrentMemberAssignment(record) => record.encode(writer, version),
            Self::ShareGroupMemberMetadata(record) => record.encode(writer, version),
            Self::ShareGroupMetadata(record) => record.encode(writer, version),
            Self::ShareGroupTargetAssignmentMetadata(record) => record.encode(writer, version),
            Self::ShareGroupTargetAssignmentMember(record) => record.encode(writer, version),
            Self::ShareGroupCurrentMemberAssignment(record) => record.encode(writer, version),
            Self::ShareGroupStatePartitionMetadata(record) => record.encode(writer, version),
            Self::ConsumerGroupRegularExpression(record) => record.encode(writer, version),
            Self::StreamsGroupMetadata(record) => record.encode(writer, version),
            Self::StreamsGroupMemberMetadata(record) => record.encode(writer, version),
            Self::StreamsGroupTargetAssignmentMetadata(record) => record.encode(writer, version),
            Self::StreamsGroupTargetAssignmentMember(record) => record.encode(writer, version),
            Self::StreamsGroupCurrentMemberAssignment(record) => record.encode(writer, version),
            Self::StreamsGroupTopology(record) => record.encode(writer, version),
        }
    }
}

impl From<LegacyOffsetCommitValue> for GroupValue {
    fn from(record: LegacyOffsetCommitValue) -> Self {
        Self::LegacyOffsetCommit(record)
    }
}

impl From<OffsetCommitValue> for GroupValue {
    fn from(record: OffsetCommitValue) -> Self {
        Self::OffsetCommit(record)
    }
}

impl From<GroupMetadataValue> for GroupValue {
    fn from(record: GroupMetadataValue) -> Self {
        Self::GroupMetadata(record)
    }
}

impl From<ConsumerGroupMetadataValue> for GroupValue {
    fn from(record: ConsumerGroupMetadataValue) -> Self {
        Self::ConsumerGroupMetadata(record)
    }
}

impl From<ConsumerGroupPartitionMetadataValue> for GroupValue {
    fn from(record: ConsumerGroupPartitionMetadataValue) -> Self {
        Self::ConsumerGroupPartitionMetadata(record)
    }
}

impl From<ConsumerGroupMemberMetadataValue> for GroupValue {
    fn from(record: ConsumerGroupMemberMetadataValue) -> Self {
        Self::ConsumerGroupMemberMetadata(record)
    }
}

impl From<ConsumerGroupTargetAssignmentMetadataValue> for GroupValue {
    fn from(record: ConsumerGroupTargetAssignmentMetadataValue) -> Self {
        Self::ConsumerGroupTargetAssignmentMetadata(record)
    }
}

impl From<ConsumerGroupTargetAssignmentMemberValue> for GroupValue {
    fn from(record: ConsumerGroupTargetAssignmentMemberValue) -> Self {
        Self::ConsumerGroupTargetAssignmentMember(record)
    }
}

impl From<ConsumerGroupCurrentMemberAssignmentValue> for GroupValue {
    fn from(record: ConsumerGroupCurrentMemberAssignmentValue) -> Self {
        Self::ConsumerGroupCurrentMemberAssignment(record)
    }
}

impl From<ShareGroupMemberMetadataValue> for GroupValue {
    fn from(record: ShareGroupMemberMetadataValue) -> Self {
        Self::ShareGroupMemberMetadata(record)
    }
}

impl From<ShareGroupMetadataValue> for GroupValue {
    fn from(record: ShareGroupMetadataValue) -> Self {
        Self::ShareGroupMetadata(record)
    }
}

impl From<ShareGroupTargetAssignmentMetadataValue> for GroupValue {
    fn from(record: ShareGroupTargetAssignmentMetadataValue) -> Self {
        Self::ShareGroupTargetAssignmentMetadata(record)
    }
}

impl From<ShareGroupTargetAssignmentMemberValue> for GroupValue {
    fn from(record: ShareGroupTargetAssignmentMemberValue) -> Self {
        Self::ShareGroupTargetAssignmentMember(record)
    }
}

impl From<ShareGroupCurrentMemberAssignmentValue> for GroupValue {
    fn from(record: ShareGroupCurrentMemberAssignmentValue) -> Self {
        Self::ShareGroupCurrentMemberAssignment(record)
    }
}

impl From<ShareGroupStatePartitionMetadataValue> for GroupValue {
    fn from(record: ShareGroupStatePartitionMetadataValue) -> Self {
        Self::ShareGroupStatePartitionMetadata(record)
    }
}

impl From<ConsumerGroupRegularExpressionValue> for GroupValue {
    fn from(record: ConsumerGroupRegularExpressionValue) -> Self {
        Self::ConsumerGroupRegularExpression(record)
    }
}

impl From<StreamsGroupMetadataValue> for GroupValue {
    fn from(record: StreamsGroupMetadataValue) -> Self {
        Self::StreamsGroupMetadata(record)
    }
}

impl From<StreamsGroupMemberMetadataValue> for GroupValue {
    fn from(record: StreamsGroupMemberMetadataValue) -> Self {
        Self::StreamsGroupMemberMetadata(record)
    }
}

impl From<StreamsGroupTargetAssignmentMetadataValue> for GroupValue {
    fn from(record: StreamsGroupTargetAssignmentMetadataValue) -> Self {
        Self::StreamsGroupTargetAssignmentMetadata(record)
    }
}

impl From<StreamsGroupTargetAssignmentMemberValue> for GroupValue {
    fn from(record: StreamsGroupTargetAssignmentMemberValue) -> Self {
        Self::StreamsGroupTargetAssignmentMember(record)
    }
}

impl From<StreamsGroupCurrentMemberAssignmentValue> for GroupValue {
    fn from(record: StreamsGroupCurrentMemberAssignmentValue) -> Self {
        Self::StreamsGroupCurrentMemberAssignment(record)
    }
}

impl From<StreamsGroupTopologyValue> for GroupValue {
    fn from(record: StreamsGroupTopologyValue) -> Self {
        Self::StreamsGroupTopology(record)
    }
}
