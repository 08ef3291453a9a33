//! OffsetFetch (key 9).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/offset_fetch.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::OffsetFetch;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        /// Versions 1 to 7.
        pub group_id: String,
        /// Versions 1 to 7.
        pub topics: Option<Vec<OffsetFetchRequestTopic>>,
        /// Versions 8 and later.
        pub groups: Vec<OffsetFetchRequestGroup>,
        /// Versions 7 and later.
        pub require_stable: bool,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                group_id: Default::default(),
                topics: Some(Default::default()),
                groups: Default::default(),
                require_stable: Default::default(),
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "OffsetFetchRequest";
        const VERSIONS: RangeInclusive<i16> = 1..=10;
        const FLEXIBLE_FROM: i16 = 6;

        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            begin_decode::<Self>(reader, version)?;
            Self::decode_fields(reader, version)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            begin_encode::<Self>(writer, version)?;
            self.encode_fields(writer, version)
        }
    }

    impl Request {
        fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            if version <= 7 {
                value.group_id = reader.string()?;
            }
            if version <= 7 {
                value.topics = if version >= 2 {
                    reader
                        .nullable_array(|reader| OffsetFetchRequestTopic::decode(reader, version))?
                } else {
                    Some(reader.array(|reader| OffsetFetchRequestTopic::decode(reader, version))?)
                };
            }
            if version >= 8 {
                value.groups =
                    reader.array(|reader| OffsetFetchRequestGroup::decode(reader, version))?;
            }
            if version >= 7 {
                value.require_stable = reader.bool()?;
            }
            if version >= 6 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version <= 7 {
                writer.string(&self.group_id)?;
            }
            if !(version <= 7) && !self.group_id.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "group_id", version });
            }
            if version <= 7 {
                if version >= 2 {
                    writer.nullable_array(self.topics.as_deref(), |writer, item| {
                        item.encode(writer, version)
                    })?;
                } else {
                    writer.array(required(self.topics.as_deref(), "topics")?, |writer, item| {
                        item.encode(writer, version)
                    })?;
                }
            }
            if !(version <= 7) && self.topics.as_ref().is_none_or(|value| !value.is_empty()) {
                return Err(EncodeError::FieldNotInVersion { field: "topics", version });
            }
            if version >= 8 {
                writer.array(&self.groups, |writer, item| item.encode(writer, version))?;
            }
            if !(version >= 8) && !self.groups.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "groups", version });
            }
            if version >= 7 {
                writer.bool(self.require_stable);
            }
            if !(version >= 7) && self.require_stable {
                return Err(EncodeError::FieldNotInVersion { field: "require_stable", version });
            }
            if version >= 6 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct OffsetFetchRequestTopic {
        pub name: String,
        pub partition_indexes: Vec<i32>,
    }

    impl OffsetFetchRequestTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.partition_indexes = reader.array(Reader::i32)?;
            if version >= 6 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.array(&self.partition_indexes, |writer, item| {
                writer.i32(*item);
                Ok(())
            })?;
            if version >= 6 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct OffsetFetchRequestGroup {
        pub group_id: String,
        /// Versions 9 and later.
        pub member_id: Option<String>,
        /// Versions 9 and later.
        pub member_epoch: i32,
        pub topics: Option<Vec<OffsetFetchRequestTopics>>,
    }

    impl Default for OffsetFetchRequestGroup {
        fn default() -> Self {
            Self {
                group_id: Default::default(),
                member_id: None,
                member_epoch: -1,
                topics: Some(Default::default()),
            }
        }
    }

    impl OffsetFetchRequestGroup {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.group_id = reader.string()?;
            if version >= 9 {
                value.member_id = reader.nullable_string()?;
            }
            if version >= 9 {
                value.member_epoch = reader.i32()?;
            }
            value.topics = reader
                .nullable_array(|reader| OffsetFetchRequestTopics::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.group_id)?;
            if version >= 9 {
                writer.nullable_string(self.member_id.as_deref())?;
            }
            if version >= 9 {
                writer.i32(self.member_epoch);
            }
            writer.nullable_array(self.topics.as_deref(), |writer, item| {
                item.encode(writer, version)
            })?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct OffsetFetchRequestTopics {
        /// Versions 8 to 9.
        pub name: String,
        /// Versions 10 and later.
        pub topic_id: Uuid,
        pub partition_indexes: Vec<i32>,
    }

    impl OffsetFetchRequestTopics {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            if version <= 9 {
                value.name = reader.string()?;
            }
            if version >= 10 {
                value.topic_id = reader.uuid()?;
            }
            value.partition_indexes = reader.array(Reader::i32)?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version <= 9 {
                writer.string(&self.name)?;
            }
            if version >= 10 {
                writer.uuid(self.topic_id);
            }
            writer.array(&self.partition_indexes, |writer, item| {
                writer.i32(*item);
                Ok(())
            })?;
            writer.no_tagged_fields();
            Ok(())
        }
    }
}

pub mod response {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Response {
        /// Versions 3 and later.
        pub throttle_time_ms: i32,
        /// Versions 1 to 7.
        pub topics: Vec<OffsetFetchResponseTopic>,
        /// Versions 2 to 7.
        pub error_code: i16,
        /// Versions 8 and later.
        pub groups: Vec<OffsetFetchResponseGroup>,
    }

    impl Message for Response {
        const NAME: &'static str = "OffsetFetchResponse";
        const VERSIONS: RangeInclusive<i16> = 1..=10;
        const FLEXIBLE_FROM: i16 = 6;

        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            begin_decode::<Self>(reader, version)?;
            Self::decode_fields(reader, version)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            begin_encode::<Self>(writer, version)?;
            self.encode_fields(writer, version)
        }
    }

    impl Response {
        fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            if version >= 3 {
                value.throttle_time_ms = reader.i32()?;
            }
            if version <= 7 {
                value.topics =
                    reader.array(|reader| OffsetFetchResponseTopic::decode(reader, version))?;
            }
            if (2..=7).contains(&version) {
                value.error_code = reader.i16()?;
            }
            if version >= 8 {
                value.groups =
                    reader.array(|reader| OffsetFetchResponseGroup::decode(reader, version))?;
            }
            if version >= 6 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version >= 3 {
                writer.i32(self.throttle_time_ms);
            }
            if version <= 7 {
                writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            }
            if !(version <= 7) && !self.topics.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "topics", version });
            }
            if (2..=7).contains(&version) {
                writer.i16(self.error_code);
            }
            if version >= 8 {
                writer.array(&self.groups, |writer, item| item.encode(writer, version))?;
            }
            if !(version >= 8) && !self.groups.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "groups", version });
            }
            if version >= 6 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct OffsetFetchResponseTopic {
        pub name: String,
        pub partitions: Vec<OffsetFetchResponsePartition>,
    }

    impl OffsetFetchResponseTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.partitions =
                reader.array(|reader| OffsetFetchResponsePartition::decode(reader, version))?;
            if version >= 6 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            if version >= 6 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct OffsetFetchResponsePartition {
        pub partition_index: i32,
        pub committed_offset: i64,
        /// Versions 5 and later.
        pub committed_leader_epoch: i32,
        pub metadata: Option<String>,
        pub error_code: i16,
    }

    impl Default for OffsetFetchResponsePartition {
        fn default() -> Self {
            Self {
                partition_index: Default::default(),
                committed_offset: Default::default(),
                committed_leader_epoch: -1,
                metadata: Some(Default::default()),
                error_code: Default::default(),
            }
        }
    }

    impl OffsetFetchResponsePartition {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.committed_offset = reader.i64()?;
            if version >= 5 {
                value.committed_leader_epoch = reader.i32()?;
            }
            value.metadata = reader.nullable_string()?;
            value.error_code = reader.i16()?;
            if version >= 6 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i64(self.committed_offset);
            if version >= 5 {
                writer.i32(self.committed_leader_epoch);
            }
            writer.nullable_string(self.metadata.as_deref())?;
            writer.i16(self.error_code);
            if version >= 6 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct OffsetFetchResponseGroup {
        pub group_id: String,
        pub topics: Vec<OffsetFetchResponseTopics>,
        pub error_code: i16,
    }

    impl OffsetFetchResponseGroup {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.group_id = reader.string()?;
            value.topics =
                reader.array(|reader| OffsetFetchResponseTopics::decode(reader, version))?;
            value.error_code = reader.i16()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.group_id)?;
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            writer.i16(self.error_code);
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct OffsetFetchResponseTopics {
        /// Versions 8 to 9.
        pub name: String,
        /// Versions 10 and later.
        pub topic_id: Uuid,
        pub partitions: Vec<OffsetFetchResponsePartitions>,
    }

    impl OffsetFetchResponseTopics {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            if version <= 9 {
                value.name = reader.string()?;
            }
            if version >= 10 {
                value.topic_id = reader.uuid()?;
            }
            value.partitions =
                reader.array(|reader| OffsetFetchResponsePartitions::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version <= 9 {
                writer.string(&self.name)?;
            }
            if version >= 10 {
                writer.uuid(self.topic_id);
            }
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct OffsetFetchResponsePartitions {
        pub partition_index: i32,
        pub committed_offset: i64,
        pub committed_leader_epoch: i32,
        pub metadata: Option<String>,
        pub error_code: i16,
    }

    impl Default for OffsetFetchResponsePartitions {
        fn default() -> Self {
            Self {
                partition_index: Default::default(),
                committed_offset: Default::default(),
                committed_leader_epoch: -1,
                metadata: Some(Default::default()),
                error_code: Default::default(),
            }
        }
    }

    impl OffsetFetchResponsePartitions {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.committed_offset = reader.i64()?;
            value.committed_leader_epoch = reader.i32()?;
            value.metadata = reader.nullable_string()?;
            value.error_code = reader.i16()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i64(self.committed_offset);
            writer.i32(self.committed_leader_epoch);
            writer.nullable_string(self.metadata.as_deref())?;
            writer.i16(self.error_code);
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
