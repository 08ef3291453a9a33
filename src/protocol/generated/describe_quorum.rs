//! DescribeQuorum (key 55).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/describe_quorum.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::DescribeQuorum;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub topics: Vec<TopicData>,
    }

    impl Message for Request {
        const NAME: &'static str = "DescribeQuorumRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=2;
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
            value.topics = reader.array(|reader| TopicData::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TopicData {
        pub topic_name: String,
        pub partitions: Vec<PartitionData>,
    }

    impl TopicData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.topic_name = reader.string()?;
            value.partitions = reader.array(|reader| PartitionData::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.topic_name)?;
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct PartitionData {
        pub partition_index: i32,
    }

    impl PartitionData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.no_tagged_fields();
            Ok(())
        }
    }
}

pub mod response {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Response {
        pub error_code: i16,
        /// Versions 2 and later.
        pub error_message: Option<String>,
        pub topics: Vec<TopicData>,
        /// Versions 2 and later.
        pub nodes: Vec<Node>,
    }

    impl Default for Response {
        fn default() -> Self {
            Self {
                error_code: Default::default(),
                error_message: Some(Default::default()),
                topics: Default::default(),
                nodes: Default::default(),
            }
        }
    }

    impl Message for Response {
        const NAME: &'static str = "DescribeQuorumResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=2;
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
            value.error_code = reader.i16()?;
            if version >= 2 {
                value.error_message = reader.nullable_string()?;
            }
            value.topics = reader.array(|reader| TopicData::decode(reader, version))?;
            if version >= 2 {
                value.nodes = reader.array(|reader| Node::decode(reader, version))?;
            }
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.error_code);
            if version >= 2 {
                writer.nullable_string(self.error_message.as_deref())?;
            }
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            if version >= 2 {
                writer.array(&self.nodes, |writer, item| item.encode(writer, version))?;
            }
            if !(version >= 2) && !self.nodes.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "nodes", version });
            }
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TopicData {
        pub topic_name: String,
        pub partitions: Vec<PartitionData>,
    }

    impl TopicData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.topic_name = reader.string()?;
            value.partitions = reader.array(|reader| PartitionData::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.topic_name)?;
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct PartitionData {
        pub partition_index: i32,
        pub error_code: i16,
        /// Versions 2 and later.
        pub error_message: Option<String>,
        pub leader_id: i32,
        pub leader_epoch: i32,
        pub high_watermark: i64,
        pub current_voters: Vec<ReplicaState>,
        pub observers: Vec<ReplicaState>,
    }

    impl Default for PartitionData {
        fn default() -> Self {
            Self {
                partition_index: Default::default(),
                error_code: Default::default(),
                error_message: Some(Default::default()),
                leader_id: Default::default(),
                leader_epoch: Default::default(),
                high_watermark: Default::default(),
                current_voters: Default::default(),
                observers: Default::default(),
            }
        }
    }

    impl PartitionData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.error_code = reader.i16()?;
            if version >= 2 {
                value.error_message = reader.nullable_string()?;
            }
            value.leader_id = reader.i32()?;
            value.leader_epoch = reader.i32()?;
            value.high_watermark = reader.i64()?;
            value.current_voters = reader.array(|reader| ReplicaState::decode(reader, version))?;
            value.observers = reader.array(|reader| ReplicaState::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i16(self.error_code);
            if version >= 2 {
                writer.nullable_string(self.error_message.as_deref())?;
            }
            writer.i32(self.leader_id);
            writer.i32(self.leader_epoch);
            writer.i64(self.high_watermark);
            writer.array(&self.current_voters, |writer, item| item.encode(writer, version))?;
            writer.array(&self.observers, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct ReplicaState {
        pub replica_id: i32,
        /// Versions 2 and later.
        pub replica_directory_id: Uuid,
        pub log_end_offset: i64,
        /// Versions 1 and later.
        pub last_fetch_timestamp: i64,
        /// Versions 1 and later.
        pub last_caught_up_timestamp: i64,
    }

    impl Default for ReplicaState {
        fn default() -> Self {
            Self {
                replica_id: Default::default(),
                replica_directory_id: Default::default(),
                log_end_offset: Default::default(),
                last_fetch_timestamp: -1,
                last_caught_up_timestamp: -1,
            }
        }
    }

    impl ReplicaState {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.replica_id = reader.i32()?;
            if version >= 2 {
                value.replica_directory_id = reader.uuid()?;
            }
            value.log_end_offset = reader.i64()?;
            if version >= 1 {
                value.last_fetch_timestamp = reader.i64()?;
            }
            if version >= 1 {
                value.last_caught_up_timestamp = reader.i64()?;
            }
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.replica_id);
            if version >= 2 {
                writer.uuid(self.replica_directory_id);
            }
            if !(version >= 2) && !self.replica_directory_id.is_nil() {
                return Err(EncodeError::FieldNotInVersion {
                    field: "replica_directory_id",
                    version,
                });
            }
            writer.i64(self.log_end_offset);
            if version >= 1 {
                writer.i64(self.last_fetch_timestamp);
            }
            if version >= 1 {
                writer.i64(self.last_caught_up_timestamp);
            }
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Node {
        pub node_id: i32,
        pub listeners: Vec<Listener>,
    }

    impl Node {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.node_id = reader.i32()?;
            value.listeners = reader.array(|reader| Listener::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.node_id);
            writer.array(&self.listeners, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Listener {
        pub name: String,
        pub host: String,
        pub port: u16,
    }

    impl Listener {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.host = reader.string()?;
            value.port = reader.u16()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.string(&self.host)?;
            writer.u16(self.port);
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
