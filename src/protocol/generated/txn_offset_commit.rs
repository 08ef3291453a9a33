//! TxnOffsetCommit (key 28).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/txn_offset_commit.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::TxnOffsetCommit;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub transactional_id: String,
        pub group_id: String,
        pub producer_id: i64,
        pub producer_epoch: i16,
        /// Versions 3 and later.
        pub generation_id_or_member_epoch: i32,
        /// Versions 3 and later.
        pub member_id: String,
        /// Versions 3 and later.
        pub group_instance_id: Option<String>,
        pub topics: Vec<TxnOffsetCommitRequestTopic>,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                transactional_id: Default::default(),
                group_id: Default::default(),
                producer_id: Default::default(),
                producer_epoch: Default::default(),
                generation_id_or_member_epoch: -1,
                member_id: Default::default(),
                group_instance_id: None,
                topics: Default::default(),
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "TxnOffsetCommitRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=6;
        const FLEXIBLE_FROM: i16 = 3;

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
            value.transactional_id = reader.string()?;
            value.group_id = reader.string()?;
            value.producer_id = reader.i64()?;
            value.producer_epoch = reader.i16()?;
            if version >= 3 {
                value.generation_id_or_member_epoch = reader.i32()?;
            }
            if version >= 3 {
                value.member_id = reader.string()?;
            }
            if version >= 3 {
                value.group_instance_id = reader.nullable_string()?;
            }
            value.topics =
                reader.array(|reader| TxnOffsetCommitRequestTopic::decode(reader, version))?;
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.transactional_id)?;
            writer.string(&self.group_id)?;
            writer.i64(self.producer_id);
            writer.i16(self.producer_epoch);
            if version >= 3 {
                writer.i32(self.generation_id_or_member_epoch);
            }
            if !(version >= 3) && self.generation_id_or_member_epoch != -1 {
                return Err(EncodeError::FieldNotInVersion {
                    field: "generation_id_or_member_epoch",
                    version,
                });
            }
            if version >= 3 {
                writer.string(&self.member_id)?;
            }
            if !(version >= 3) && !self.member_id.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "member_id", version });
            }
            if version >= 3 {
                writer.nullable_string(self.group_instance_id.as_deref())?;
            }
            if !(version >= 3) && self.group_instance_id.is_some() {
                return Err(EncodeError::FieldNotInVersion { field: "group_instance_id", version });
            }
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            if version >= 3 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TxnOffsetCommitRequestTopic {
        /// Versions 0 to 5.
        pub name: String,
        /// Versions 6 and later.
        pub topic_id: Uuid,
        pub partitions: Vec<TxnOffsetCommitRequestPartition>,
    }

    impl TxnOffsetCommitRequestTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            if version <= 5 {
                value.name = reader.string()?;
            }
            if version >= 6 {
                value.topic_id = reader.uuid()?;
            }
            value.partitions =
                reader.array(|reader| TxnOffsetCommitRequestPartition::decode(reader, version))?;
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version <= 5 {
                writer.string(&self.name)?;
            }
            if version >= 6 {
                writer.uuid(self.topic_id);
            }
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            if version >= 3 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct TxnOffsetCommitRequestPartition {
        pub partition_index: i32,
        pub committed_offset: i64,
        /// Versions 2 and later.
        pub committed_leader_epoch: i32,
        pub committed_metadata: Option<String>,
    }

    impl Default for TxnOffsetCommitRequestPartition {
        fn default() -> Self {
            Self {
                partition_index: Default::default(),
                committed_offset: Default::default(),
                committed_leader_epoch: -1,
                committed_metadata: Some(Default::default()),
            }
        }
    }

    impl TxnOffsetCommitRequestPartition {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.committed_offset = reader.i64()?;
            if version >= 2 {
                value.committed_leader_epoch = reader.i32()?;
            }
            value.committed_metadata = reader.nullable_string()?;
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i64(self.committed_offset);
            if version >= 2 {
                writer.i32(self.committed_leader_epoch);
            }
            writer.nullable_string(self.committed_metadata.as_deref())?;
            if version >= 3 {
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
        pub throttle_time_ms: i32,
        pub topics: Vec<TxnOffsetCommitResponseTopic>,
    }

    impl Message for Response {
        const NAME: &'static str = "TxnOffsetCommitResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=6;
        const FLEXIBLE_FROM: i16 = 3;

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
            value.throttle_time_ms = reader.i32()?;
            value.topics =
                reader.array(|reader| TxnOffsetCommitResponseTopic::decode(reader, version))?;
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            if version >= 3 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TxnOffsetCommitResponseTopic {
        /// Versions 0 to 5.
        pub name: String,
        /// Versions 6 and later.
        pub topic_id: Uuid,
        pub partitions: Vec<TxnOffsetCommitResponsePartition>,
    }

    impl TxnOffsetCommitResponseTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            if version <= 5 {
                value.name = reader.string()?;
            }
            if version >= 6 {
                value.topic_id = reader.uuid()?;
            }
            value.partitions =
                reader.array(|reader| TxnOffsetCommitResponsePartition::decode(reader, version))?;
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version <= 5 {
                writer.string(&self.name)?;
            }
            if version >= 6 {
                writer.uuid(self.topic_id);
            }
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            if version >= 3 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TxnOffsetCommitResponsePartition {
        pub partition_index: i32,
        pub error_code: i16,
    }

    impl TxnOffsetCommitResponsePartition {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.error_code = reader.i16()?;
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i16(self.error_code);
            if version >= 3 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
