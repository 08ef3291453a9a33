//! DescribeTopicPartitions (key 75).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/describe_topic_partitions.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::DescribeTopicPartitions;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub topics: Vec<TopicRequest>,
        pub response_partition_limit: i32,
        pub cursor: Option<Cursor>,
    }

    impl Default for Request {
        fn default() -> Self {
            Self { topics: Default::default(), response_partition_limit: 2000, cursor: None }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "DescribeTopicPartitionsRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=0;
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
            value.topics = reader.array(|reader| TopicRequest::decode(reader, version))?;
            value.response_partition_limit = reader.i32()?;
            value.cursor = reader.nullable_struct(|reader| Cursor::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            writer.i32(self.response_partition_limit);
            writer.nullable_struct(self.cursor.as_ref(), |writer, item| {
                item.encode(writer, version)
            })?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TopicRequest {
        pub name: String,
    }

    impl TopicRequest {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Cursor {
        pub topic_name: String,
        pub partition_index: i32,
    }

    impl Cursor {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.topic_name = reader.string()?;
            value.partition_index = reader.i32()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.topic_name)?;
            writer.i32(self.partition_index);
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
        pub topics: Vec<DescribeTopicPartitionsResponseTopic>,
        pub next_cursor: Option<Cursor>,
    }

    impl Message for Response {
        const NAME: &'static str = "DescribeTopicPartitionsResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=0;
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
            value.topics = reader
                .array(|reader| DescribeTopicPartitionsResponseTopic::decode(reader, version))?;
            value.next_cursor = reader.nullable_struct(|reader| Cursor::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            writer.nullable_struct(self.next_cursor.as_ref(), |writer, item| {
                item.encode(writer, version)
            })?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct DescribeTopicPartitionsResponseTopic {
        pub error_code: i16,
        pub name: Option<String>,
        pub topic_id: Uuid,
        pub is_internal: bool,
        pub partitions: Vec<DescribeTopicPartitionsResponsePartition>,
        pub topic_authorized_operations: i32,
    }

    impl Default for DescribeTopicPartitionsResponseTopic {
        fn default() -> Self {
            Self {
                error_code: Default::default(),
                name: Some(Default::default()),
                topic_id: Default::default(),
                is_internal: Default::default(),
                partitions: Default::default(),
                topic_authorized_operations: -2147483648,
            }
        }
    }

    impl DescribeTopicPartitionsResponseTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.error_code = reader.i16()?;
            value.name = reader.nullable_string()?;
            value.topic_id = reader.uuid()?;
            value.is_internal = reader.bool()?;
            value.partitions = reader.array(|reader| {
                DescribeTopicPartitionsResponsePartition::decode(reader, version)
            })?;
            value.topic_authorized_operations = reader.i32()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.error_code);
            writer.nullable_string(self.name.as_deref())?;
            writer.uuid(self.topic_id);
            writer.bool(self.is_internal);
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            writer.i32(self.topic_authorized_operations);
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct DescribeTopicPartitionsResponsePartition {
        pub error_code: i16,
        pub partition_index: i32,
        pub leader_id: i32,
        pub leader_epoch: i32,
        pub replica_nodes: Vec<i32>,
        pub isr_nodes: Vec<i32>,
        pub eligible_leader_replicas: Option<Vec<i32>>,
        pub last_known_elr: Option<Vec<i32>>,
        pub offline_replicas: Vec<i32>,
    }

    impl Default for DescribeTopicPartitionsResponsePartition {
        fn default() -> Self {
            Self {
                error_code: Default::default(),
                partition_index: Default::default(),
                leader_id: Default::default(),
                leader_epoch: -1,
                replica_nodes: Default::default(),
                isr_nodes: Default::default(),
                eligible_leader_replicas: None,
                last_known_elr: None,
                offline_replicas: Default::default(),
            }
        }
    }

    impl DescribeTopicPartitionsResponsePartition {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.error_code = reader.i16()?;
            value.partition_index = reader.i32()?;
            value.leader_id = reader.i32()?;
            value.leader_epoch = reader.i32()?;
            value.replica_nodes = reader.array(Reader::i32)?;
            value.isr_nodes = reader.array(Reader::i32)?;
            value.eligible_leader_replicas = reader.nullable_array(Reader::i32)?;
            value.last_known_elr = reader.nullable_array(Reader::i32)?;
            value.offline_replicas = reader.array(Reader::i32)?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.error_code);
            writer.i32(self.partition_index);
            writer.i32(self.leader_id);
            writer.i32(self.leader_epoch);
            writer.array(&self.replica_nodes, |writer, item| {
                writer.i32(*item);
                Ok(())
            })?;
            writer.array(&self.isr_nodes, |writer, item| {
                writer.i32(*item);
                Ok(())
            })?;
            writer.nullable_array(self.eligible_leader_replicas.as_deref(), |writer, item| {
                writer.i32(*item);
                Ok(())
            })?;
            writer.nullable_array(self.last_known_elr.as_deref(), |writer, item| {
                writer.i32(*item);
                Ok(())
            })?;
            writer.array(&self.offline_replicas, |writer, item| {
                writer.i32(*item);
                Ok(())
            })?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Cursor {
        pub topic_name: String,
        pub partition_index: i32,
    }

    impl Cursor {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.topic_name = reader.string()?;
            value.partition_index = reader.i32()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.topic_name)?;
            writer.i32(self.partition_index);
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
