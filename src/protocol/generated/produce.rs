//! Produce (key 0).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/produce.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::Produce;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub transactional_id: Option<String>,
        pub acks: i16,
        pub timeout_ms: i32,
        pub topic_data: Vec<TopicProduceData>,
    }

    impl Message for Request {
        const NAME: &'static str = "ProduceRequest";
        const VERSIONS: RangeInclusive<i16> = 3..=13;
        const FLEXIBLE_FROM: i16 = 9;

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
            value.transactional_id = reader.nullable_string()?;
            value.acks = reader.i16()?;
            value.timeout_ms = reader.i32()?;
            value.topic_data = reader.array(|reader| TopicProduceData::decode(reader, version))?;
            if version >= 9 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.nullable_string(self.transactional_id.as_deref())?;
            writer.i16(self.acks);
            writer.i32(self.timeout_ms);
            writer.array(&self.topic_data, |writer, item| item.encode(writer, version))?;
            if version >= 9 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TopicProduceData {
        /// Versions 3 to 12.
        pub name: String,
        /// Versions 13 and later.
        pub topic_id: Uuid,
        pub partition_data: Vec<PartitionProduceData>,
    }

    impl TopicProduceData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            if version <= 12 {
                value.name = reader.string()?;
            }
            if version >= 13 {
                value.topic_id = reader.uuid()?;
            }
            value.partition_data =
                reader.array(|reader| PartitionProduceData::decode(reader, version))?;
            if version >= 9 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version <= 12 {
                writer.string(&self.name)?;
            }
            if version >= 13 {
                writer.uuid(self.topic_id);
            }
            writer.array(&self.partition_data, |writer, item| item.encode(writer, version))?;
            if version >= 9 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct PartitionProduceData {
        pub index: i32,
        pub records: Option<Bytes>,
    }

    impl Default for PartitionProduceData {
        fn default() -> Self {
            Self { index: Default::default(), records: Some(Default::default()) }
        }
    }

    impl PartitionProduceData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.index = reader.i32()?;
            value.records = reader.nullable_bytes()?;
            if version >= 9 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.index);
            writer.nullable_bytes(self.records.as_deref())?;
            if version >= 9 {
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
        pub responses: Vec<TopicProduceResponse>,
        pub throttle_time_ms: i32,
        /// Versions 10 and later.
        pub node_endpoints: Vec<NodeEndpoint>,
    }

    impl Message for Response {
        const NAME: &'static str = "ProduceResponse";
        const VERSIONS: RangeInclusive<i16> = 3..=13;
        const FLEXIBLE_FROM: i16 = 9;

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
            value.responses =
                reader.array(|reader| TopicProduceResponse::decode(reader, version))?;
            value.throttle_time_ms = reader.i32()?;
            if version >= 9 {
                reader.tagged_fields(|reader, tag| {
                    match tag {
                        0 if version >= 10 => {
                            value.node_endpoints =
                                reader.array(|reader| NodeEndpoint::decode(reader, version))?
                        }
                        _ => return Ok(false),
                    }
                    Ok(true)
                })?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.responses, |writer, item| item.encode(writer, version))?;
            writer.i32(self.throttle_time_ms);
            if !(version >= 10) && !self.node_endpoints.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "node_endpoints", version });
            }
            if version >= 9 {
                let has_node_endpoints = version >= 10 && !self.node_endpoints.is_empty();
                writer.unsigned_varint(u32::from(has_node_endpoints));
                if has_node_endpoints {
                    writer.tagged_field(0, |writer| {
                        writer.array(&self.node_endpoints, |writer, item| {
                            item.encode(writer, version)
                        })?;
                        Ok(())
                    })?;
                }
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TopicProduceResponse {
        /// Versions 3 to 12.
        pub name: String,
        /// Versions 13 and later.
        pub topic_id: Uuid,
        pub partition_responses: Vec<PartitionProduceResponse>,
    }

    impl TopicProduceResponse {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            if version <= 12 {
                value.name = reader.string()?;
            }
            if version >= 13 {
                value.topic_id = reader.uuid()?;
            }
            value.partition_responses =
                reader.array(|reader| PartitionProduceResponse::decode(reader, version))?;
            if version >= 9 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version <= 12 {
                writer.string(&self.name)?;
            }
            if version >= 13 {
                writer.uuid(self.topic_id);
            }
            writer.array(&self.partition_responses, |writer, item| item.encode(writer, version))?;
            if version >= 9 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct PartitionProduceResponse {
        pub index: i32,
        pub error_code: i16,
        pub base_offset: i64,
        pub log_append_time_ms: i64,
        /// Versions 5 and later.
        pub log_start_offset: i64,
        /// Versions 8 and later.
        pub record_errors: Vec<BatchIndexAndErrorMessage>,
        /// Versions 8 and later.
        pub error_message: Option<String>,
        /// Versions 10 and later.
        pub current_leader: LeaderIdAndEpoch,
    }

    impl Default for PartitionProduceResponse {
        fn default() -> Self {
            Self {
                index: Default::default(),
                error_code: Default::default(),
                base_offset: Default::default(),
                log_append_time_ms: -1,
                log_start_offset: -1,
                record_errors: Default::default(),
                error_message: None,
                current_leader: Default::default(),
            }
        }
    }

    impl PartitionProduceResponse {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.index = reader.i32()?;
            value.error_code = reader.i16()?;
            value.base_offset = reader.i64()?;
            value.log_append_time_ms = reader.i64()?;
            if version >= 5 {
                value.log_start_offset = reader.i64()?;
            }
            if version >= 8 {
                value.record_errors =
                    reader.array(|reader| BatchIndexAndErrorMessage::decode(reader, version))?;
            }
            if version >= 8 {
                value.error_message = reader.nullable_string()?;
            }
            if version >= 9 {
                reader.tagged_fields(|reader, tag| {
                    match tag {
                        0 if version >= 10 => {
                            value.current_leader = LeaderIdAndEpoch::decode(reader, version)?
                        }
                        _ => return Ok(false),
                    }
                    Ok(true)
                })?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.index);
            writer.i16(self.error_code);
            writer.i64(self.base_offset);
            writer.i64(self.log_append_time_ms);
            if version >= 5 {
                writer.i64(self.log_start_offset);
            }
            if version >= 8 {
                writer.array(&self.record_errors, |writer, item| item.encode(writer, version))?;
            }
            if version >= 8 {
                writer.nullable_string(self.error_message.as_deref())?;
            }
            if !(version >= 10) && self.current_leader != LeaderIdAndEpoch::default() {
                return Err(EncodeError::FieldNotInVersion { field: "current_leader", version });
            }
            if version >= 9 {
                let has_current_leader =
                    version >= 10 && self.current_leader != LeaderIdAndEpoch::default();
                writer.unsigned_varint(u32::from(has_current_leader));
                if has_current_leader {
                    writer.tagged_field(0, |writer| {
                        self.current_leader.encode(writer, version)?;
                        Ok(())
                    })?;
                }
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct BatchIndexAndErrorMessage {
        pub batch_index: i32,
        pub batch_index_error_message: Option<String>,
    }

    impl BatchIndexAndErrorMessage {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.batch_index = reader.i32()?;
            value.batch_index_error_message = reader.nullable_string()?;
            if version >= 9 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.batch_index);
            writer.nullable_string(self.batch_index_error_message.as_deref())?;
            if version >= 9 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct LeaderIdAndEpoch {
        pub leader_id: i32,
        pub leader_epoch: i32,
    }

    impl Default for LeaderIdAndEpoch {
        fn default() -> Self {
            Self { leader_id: -1, leader_epoch: -1 }
        }
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
