//! OffsetCommit (key 8).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/offset_commit.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::OffsetCommit;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub group_id: String,
        pub generation_id_or_member_epoch: i32,
        pub member_id: String,
        /// Versions 7 and later.
        pub group_instance_id: Option<String>,
        /// Versions 2 to 4.
        pub retention_time_ms: i64,
        pub topics: Vec<OffsetCommitRequestTopic>,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                group_id: Default::default(),
                generation_id_or_member_epoch: -1,
                member_id: Default::default(),
                group_instance_id: None,
                retention_time_ms: -1,
                topics: Default::default(),
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "OffsetCommitRequest";
        const VERSIONS: RangeInclusive<i16> = 2..=10;
        const FLEXIBLE_FROM: i16 = 8;

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
            value.group_id = reader.string()?;
            value.generation_id_or_member_epoch = reader.i32()?;
            value.member_id = reader.string()?;
            if version >= 7 {
                value.group_instance_id = reader.nullable_string()?;
            }
            if version <= 4 {
                value.retention_time_ms = reader.i64()?;
            }
            value.topics =
                reader.array(|reader| OffsetCommitRequestTopic::decode(reader, version))?;
            if version >= 8 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.group_id)?;
            writer.i32(self.generation_id_or_member_epoch);
            writer.string(&self.member_id)?;
            if version >= 7 {
                writer.nullable_string(self.group_instance_id.as_deref())?;
            }
            if !(version >= 7) && self.group_instance_id.is_some() {
                return Err(EncodeError::FieldNotInVersion { field: "group_instance_id", version });
            }
            if version <= 4 {
                writer.i64(self.retention_time_ms);
            }
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            if version >= 8 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct OffsetCommitRequestTopic {
        /// Versions 2 to 9.
        pub name: String,
        /// Versions 10 and later.
        pub topic_id: Uuid,
        pub partitions: Vec<OffsetCommitRequestPartition>,
    }

    impl OffsetCommitRequestTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            if version <= 9 {
                value.name = reader.string()?;
            }
            if version >= 10 {
                value.topic_id = reader.uuid()?;
            }
            value.partitions =
                reader.array(|reader| OffsetCommitRequestPartition::decode(reader, version))?;
            if version >= 8 {
                reader.skip_tagged_fields()?;
            }
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
            if version >= 8 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct OffsetCommitRequestPartition {
        pub partition_index: i32,
        pub committed_offset: i64,
        /// Versions 6 and later.
        pub committed_leader_epoch: i32,
        pub committed_metadata: Option<String>,
    }

    impl Default for OffsetCommitRequestPartition {
        fn default() -> Self {
            Self {
                partition_index: Default::default(),
                committed_offset: Default::default(),
                committed_leader_epoch: -1,
                committed_metadata: Some(Default::default()),
            }
        }
    }

    impl OffsetCommitRequestPartition {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.committed_offset = reader.i64()?;
            if version >= 6 {
                value.committed_leader_epoch = reader.i32()?;
            }
            value.committed_metadata = reader.nullable_string()?;
            if version >= 8 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i64(self.committed_offset);
            if version >= 6 {
                writer.i32(self.committed_leader_epoch);
            }
            writer.nullable_string(self.committed_metadata.as_deref())?;
            if version >= 8 {
                writer.no_tagged_fields();
            }
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
        pub topics: Vec<OffsetCommitResponseTopic>,
    }

    impl Message for Response {
        const NAME: &'static str = "OffsetCommitResponse";
        const VERSIONS: RangeInclusive<i16> = 2..=10;
        const FLEXIBLE_FROM: i16 = 8;

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
            value.topics =
                reader.array(|reader| OffsetCommitResponseTopic::decode(reader, version))?;
            if version >= 8 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version >= 3 {
                writer.i32(self.throttle_time_ms);
            }
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            if version >= 8 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct OffsetCommitResponseTopic {
        /// Versions 2 to 9.
        pub name: String,
        /// Versions 10 and later.
        pub topic_id: Uuid,
        pub partitions: Vec<OffsetCommitResponsePartition>,
    }

    impl OffsetCommitResponseTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            if version <= 9 {
                value.name = reader.string()?;
            }
            if version >= 10 {
                value.topic_id = reader.uuid()?;
            }
            value.partitions =
                reader.array(|reader| OffsetCommitResponsePartition::decode(reader, version))?;
            if version >= 8 {
                reader.skip_tagged_fields()?;
            }
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
            if version >= 8 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct OffsetCommitResponsePartition {
        pub partition_index: i32,
        pub error_code: i16,
    }

    impl OffsetCommitResponsePartition {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.error_code = reader.i16()?;
            if version >= 8 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i16(self.error_code);
            if version >= 8 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
