//! ShareAcknowledge (key 79).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/share_acknowledge.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::ShareAcknowledge;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub group_id: Option<String>,
        pub member_id: Option<String>,
        pub share_session_epoch: i32,
        /// Versions 2 and later.
        pub is_renew_ack: bool,
        pub topics: Vec<AcknowledgeTopic>,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                group_id: None,
                member_id: Some(Default::default()),
                share_session_epoch: Default::default(),
                is_renew_ack: Default::default(),
                topics: Default::default(),
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "ShareAcknowledgeRequest";
        const VERSIONS: RangeInclusive<i16> = 1..=2;
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
            value.group_id = reader.nullable_string()?;
            value.member_id = reader.nullable_string()?;
            value.share_session_epoch = reader.i32()?;
            if version >= 2 {
                value.is_renew_ack = reader.bool()?;
            }
            value.topics = reader.array(|reader| AcknowledgeTopic::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.nullable_string(self.group_id.as_deref())?;
            writer.nullable_string(self.member_id.as_deref())?;
            writer.i32(self.share_session_epoch);
            if version >= 2 {
                writer.bool(self.is_renew_ack);
            }
            if !(version >= 2) && self.is_renew_ack {
                return Err(EncodeError::FieldNotInVersion { field: "is_renew_ack", version });
            }
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct AcknowledgeTopic {
        pub topic_id: Uuid,
        pub partitions: Vec<AcknowledgePartition>,
    }

    impl AcknowledgeTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.topic_id = reader.uuid()?;
            value.partitions =
                reader.array(|reader| AcknowledgePartition::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.uuid(self.topic_id);
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct AcknowledgePartition {
        pub partition_index: i32,
        pub acknowledgement_batches: Vec<AcknowledgementBatch>,
    }

    impl AcknowledgePartition {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.acknowledgement_batches =
                reader.array(|reader| AcknowledgementBatch::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.array(&self.acknowledgement_batches, |writer, item| {
                item.encode(writer, version)
            })?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct AcknowledgementBatch {
        pub first_offset: i64,
        pub last_offset: i64,
        pub acknowledge_types: Vec<i8>,
    }

    impl AcknowledgementBatch {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.first_offset = reader.i64()?;
            value.last_offset = reader.i64()?;
            value.acknowledge_types = reader.array(Reader::i8)?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i64(self.first_offset);
            writer.i64(self.last_offset);
            writer.array(&self.acknowledge_types, |writer, item| {
                writer.i8(*item);
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
        pub error_code: i16,
        pub error_message: Option<String>,
        /// Versions 2 and later.
        pub acquisition_lock_timeout_ms: i32,
        pub responses: Vec<ShareAcknowledgeTopicResponse>,
        pub node_endpoints: Vec<NodeEndpoint>,
    }

    impl Message for Response {
        const NAME: &'static str = "ShareAcknowledgeResponse";
        const VERSIONS: RangeInclusive<i16> = 1..=2;
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
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            if version >= 2 {
                value.acquisition_lock_timeout_ms = reader.i32()?;
            }
            value.responses =
                reader.array(|reader| ShareAcknowledgeTopicResponse::decode(reader, version))?;
            value.node_endpoints = reader.array(|reader| NodeEndpoint::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            if version >= 2 {
                writer.i32(self.acquisition_lock_timeout_ms);
            }
            writer.array(&self.responses, |writer, item| item.encode(writer, version))?;
            writer.array(&self.node_endpoints, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct ShareAcknowledgeTopicResponse {
        pub topic_id: Uuid,
        pub partitions: Vec<PartitionData>,
    }

    impl ShareAcknowledgeTopicResponse {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.topic_id = reader.uuid()?;
            value.partitions = reader.array(|reader| PartitionData::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.uuid(self.topic_id);
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct PartitionData {
        pub partition_index: i32,
        pub error_code: i16,
        pub error_message: Option<String>,
        pub current_leader: LeaderIdAndEpoch,
    }

    impl PartitionData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            value.current_leader = LeaderIdAndEpoch::decode(reader, version)?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            self.current_leader.encode(writer, version)?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct LeaderIdAndEpoch {
        pub leader_id: i32,
        pub leader_epoch: i32,
    }

    impl LeaderIdAndEpoch {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.leader_id = reader.i32()?;
            value.leader_epoch = reader.i32()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.leader_id);
            writer.i32(self.leader_epoch);
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct NodeEndpoint {
        pub node_id: i32,
        pub host: String,
        pub port: i32,
        pub rack: Option<String>,
    }

    impl NodeEndpoint {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.node_id = reader.i32()?;
            value.host = reader.string()?;
            value.port = reader.i32()?;
            value.rack = reader.nullable_string()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.node_id);
            writer.string(&self.host)?;
            writer.i32(self.port);
            writer.nullable_string(self.rack.as_deref())?;
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
