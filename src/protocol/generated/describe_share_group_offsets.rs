//! DescribeShareGroupOffsets (key 90).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/describe_share_group_offsets.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::DescribeShareGroupOffsets;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub groups: Vec<DescribeShareGroupOffsetsRequestGroup>,
    }

    impl Message for Request {
        const NAME: &'static str = "DescribeShareGroupOffsetsRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=1;
        const FLEXIBLE_FROM: i16 = 0;

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
            value.groups = reader
                .array(|reader| DescribeShareGroupOffsetsRequestGroup::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.groups, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct DescribeShareGroupOffsetsRequestGroup {
        pub group_id: String,
        pub topics: Option<Vec<DescribeShareGroupOffsetsRequestTopic>>,
    }

    impl Default for DescribeShareGroupOffsetsRequestGroup {
        fn default() -> Self {
            Self { group_id: Default::default(), topics: Some(Default::default()) }
        }
    }

    impl DescribeShareGroupOffsetsRequestGroup {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.group_id = reader.string()?;
            value.topics = reader.nullable_array(|reader| {
                DescribeShareGroupOffsetsRequestTopic::decode(reader, version)
            })?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.group_id)?;
            writer.nullable_array(self.topics.as_deref(), |writer, item| {
                item.encode(writer, version)
            })?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct DescribeShareGroupOffsetsRequestTopic {
        pub topic_name: String,
        pub partitions: Vec<i32>,
    }

    impl DescribeShareGroupOffsetsRequestTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.topic_name = reader.string()?;
            value.partitions = reader.array(Reader::i32)?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.topic_name)?;
            writer.array(&self.partitions, |writer, item| {
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
        pub throttle_time_ms: i32,
        pub groups: Vec<DescribeShareGroupOffsetsResponseGroup>,
    }

    impl Message for Response {
        const NAME: &'static str = "DescribeShareGroupOffsetsResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=1;
        const FLEXIBLE_FROM: i16 = 0;

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
            value.groups = reader
                .array(|reader| DescribeShareGroupOffsetsResponseGroup::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.array(&self.groups, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct DescribeShareGroupOffsetsResponseGroup {
        pub group_id: String,
        pub topics: Vec<DescribeShareGroupOffsetsResponseTopic>,
        pub error_code: i16,
        pub error_message: Option<String>,
    }

    impl DescribeShareGroupOffsetsResponseGroup {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.group_id = reader.string()?;
            value.topics = reader
                .array(|reader| DescribeShareGroupOffsetsResponseTopic::decode(reader, version))?;
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.group_id)?;
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct DescribeShareGroupOffsetsResponseTopic {
        pub topic_name: String,
        pub topic_id: Uuid,
        pub partitions: Vec<DescribeShareGroupOffsetsResponsePartition>,
    }

    impl DescribeShareGroupOffsetsResponseTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.topic_name = reader.string()?;
            value.topic_id = reader.uuid()?;
            value.partitions = reader.array(|reader| {
                DescribeShareGroupOffsetsResponsePartition::decode(reader, version)
            })?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.topic_name)?;
            writer.uuid(self.topic_id);
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct DescribeShareGroupOffsetsResponsePartition {
        pub partition_index: i32,
        pub start_offset: i64,
        pub leader_epoch: i32,
        /// Versions 1 and later.
        pub lag: i64,
        pub error_code: i16,
        pub error_message: Option<String>,
    }

    impl Default for DescribeShareGroupOffsetsResponsePartition {
        fn default() -> Self {
            Self {
                partition_index: Default::default(),
                start_offset: Default::default(),
                leader_epoch: Default::default(),
                lag: -1,
                error_code: Default::default(),
                error_message: None,
            }
        }
    }

    impl DescribeShareGroupOffsetsResponsePartition {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.start_offset = reader.i64()?;
            value.leader_epoch = reader.i32()?;
            if version >= 1 {
                value.lag = reader.i64()?;
            }
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i64(self.start_offset);
            writer.i32(self.leader_epoch);
            if version >= 1 {
                writer.i64(self.lag);
            }
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
