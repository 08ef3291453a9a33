//! OffsetForLeaderEpoch (key 23).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/offset_for_leader_epoch.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::OffsetForLeaderEpoch;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        /// Versions 3 and later.
        pub replica_id: i32,
        pub topics: Vec<OffsetForLeaderTopic>,
    }

    impl Default for Request {
        fn default() -> Self {
            Self { replica_id: -2, topics: Default::default() }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "OffsetForLeaderEpochRequest";
        const VERSIONS: RangeInclusive<i16> = 2..=4;
        const FLEXIBLE_FROM: i16 = 4;

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
            if version >= 3 {
                value.replica_id = reader.i32()?;
            }
            value.topics = reader.array(|reader| OffsetForLeaderTopic::decode(reader, version))?;
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version >= 3 {
                writer.i32(self.replica_id);
            }
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            if version >= 4 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct OffsetForLeaderTopic {
        pub topic: String,
        pub partitions: Vec<OffsetForLeaderPartition>,
    }

    impl OffsetForLeaderTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.topic = reader.string()?;
            value.partitions =
                reader.array(|reader| OffsetForLeaderPartition::decode(reader, version))?;
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.topic)?;
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            if version >= 4 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct OffsetForLeaderPartition {
        pub partition: i32,
        pub current_leader_epoch: i32,
        pub leader_epoch: i32,
    }

    impl Default for OffsetForLeaderPartition {
        fn default() -> Self {
            Self {
                partition: Default::default(),
                current_leader_epoch: -1,
                leader_epoch: Default::default(),
            }
        }
    }

    impl OffsetForLeaderPartition {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition = reader.i32()?;
            value.current_leader_epoch = reader.i32()?;
            value.leader_epoch = reader.i32()?;
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition);
            writer.i32(self.current_leader_epoch);
            writer.i32(self.leader_epoch);
            if version >= 4 {
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
        pub topics: Vec<OffsetForLeaderTopicResult>,
    }

    impl Message for Response {
        const NAME: &'static str = "OffsetForLeaderEpochResponse";
        const VERSIONS: RangeInclusive<i16> = 2..=4;
        const FLEXIBLE_FROM: i16 = 4;

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
                reader.array(|reader| OffsetForLeaderTopicResult::decode(reader, version))?;
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            if version >= 4 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct OffsetForLeaderTopicResult {
        pub topic: String,
        pub partitions: Vec<EpochEndOffset>,
    }

    impl OffsetForLeaderTopicResult {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.topic = reader.string()?;
            value.partitions = reader.array(|reader| EpochEndOffset::decode(reader, version))?;
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.topic)?;
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            if version >= 4 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct EpochEndOffset {
        pub error_code: i16,
        pub partition: i32,
        pub leader_epoch: i32,
        pub end_offset: i64,
    }

    impl Default for EpochEndOffset {
        fn default() -> Self {
            Self {
                error_code: Default::default(),
                partition: Default::default(),
                leader_epoch: -1,
                end_offset: -1,
            }
        }
    }

    impl EpochEndOffset {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.error_code = reader.i16()?;
            value.partition = reader.i32()?;
            value.leader_epoch = reader.i32()?;
            value.end_offset = reader.i64()?;
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.error_code);
            writer.i32(self.partition);
            writer.i32(self.leader_epoch);
            writer.i64(self.end_offset);
            if version >= 4 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
