//! ListOffsets (key 2).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/list_offsets.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::ListOffsets;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub replica_id: i32,
        /// Versions 2 and later.
        pub isolation_level: i8,
        pub topics: Vec<ListOffsetsTopic>,
        /// Versions 10 and later.
        pub timeout_ms: i32,
    }

    impl Message for Request {
        const NAME: &'static str = "ListOffsetsRequest";
        const VERSIONS: RangeInclusive<i16> = 1..=11;
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
            value.replica_id = reader.i32()?;
            if version >= 2 {
                value.isolation_level = reader.i8()?;
            }
            value.topics = reader.array(|reader| ListOffsetsTopic::decode(reader, version))?;
            if version >= 10 {
                value.timeout_ms = reader.i32()?;
            }
            if version >= 6 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.replica_id);
            if version >= 2 {
                writer.i8(self.isolation_level);
            }
            if !(version >= 2) && self.isolation_level != 0 {
                return Err(EncodeError::FieldNotInVersion { field: "isolation_level", version });
            }
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            if version >= 10 {
                writer.i32(self.timeout_ms);
            }
            if version >= 6 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct ListOffsetsTopic {
        pub name: String,
        pub partitions: Vec<ListOffsetsPartition>,
    }

    impl ListOffsetsTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.partitions =
                reader.array(|reader| ListOffsetsPartition::decode(reader, version))?;
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
    pub struct ListOffsetsPartition {
        pub partition_index: i32,
        /// Versions 4 and later.
        pub current_leader_epoch: i32,
        pub timestamp: i64,
    }

    impl Default for ListOffsetsPartition {
        fn default() -> Self {
            Self {
                partition_index: Default::default(),
                current_leader_epoch: -1,
                timestamp: Default::default(),
            }
        }
    }

    impl ListOffsetsPartition {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            if version >= 4 {
                value.current_leader_epoch = reader.i32()?;
            }
            value.timestamp = reader.i64()?;
            if version >= 6 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            if version >= 4 {
                writer.i32(self.current_leader_epoch);
            }
            writer.i64(self.timestamp);
            if version >= 6 {
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
        /// Versions 2 and later.
        pub throttle_time_ms: i32,
        pub topics: Vec<ListOffsetsTopicResponse>,
    }

    impl Message for Response {
        const NAME: &'static str = "ListOffsetsResponse";
        const VERSIONS: RangeInclusive<i16> = 1..=11;
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
            if version >= 2 {
                value.throttle_time_ms = reader.i32()?;
            }
            value.topics =
                reader.array(|reader| ListOffsetsTopicResponse::decode(reader, version))?;
            if version >= 6 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version >= 2 {
                writer.i32(self.throttle_time_ms);
            }
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            if version >= 6 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct ListOffsetsTopicResponse {
        pub name: String,
        pub partitions: Vec<ListOffsetsPartitionResponse>,
    }

    impl ListOffsetsTopicResponse {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.partitions =
                reader.array(|reader| ListOffsetsPartitionResponse::decode(reader, version))?;
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
    pub struct ListOffsetsPartitionResponse {
        pub partition_index: i32,
        pub error_code: i16,
        pub timestamp: i64,
        pub offset: i64,
        /// Versions 4 and later.
        pub leader_epoch: i32,
    }

    impl Default for ListOffsetsPartitionResponse {
        fn default() -> Self {
            Self {
                partition_index: Default::default(),
                error_code: Default::default(),
                timestamp: -1,
                offset: -1,
                leader_epoch: -1,
            }
        }
    }

    impl ListOffsetsPartitionResponse {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.error_code = reader.i16()?;
            value.timestamp = reader.i64()?;
            value.offset = reader.i64()?;
            if version >= 4 {
                value.leader_epoch = reader.i32()?;
            }
            if version >= 6 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i16(self.error_code);
            writer.i64(self.timestamp);
            writer.i64(self.offset);
            if version >= 4 {
                writer.i32(self.leader_epoch);
            }
            if !(version >= 4) && self.leader_epoch != -1 {
                return Err(EncodeError::FieldNotInVersion { field: "leader_epoch", version });
            }
            if version >= 6 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
