//! ShareFetch (key 78).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/share_fetch.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::ShareFetch;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub group_id: Option<String>,
        pub member_id: Option<String>,
        pub share_session_epoch: i32,
        pub max_wait_ms: i32,
        pub min_bytes: i32,
        pub max_bytes: i32,
        pub max_records: i32,
        pub batch_size: i32,
        /// Versions 2 and later.
        pub share_acquire_mode: i8,
        /// Versions 2 and later.
        pub is_renew_ack: bool,
        pub topics: Vec<FetchTopic>,
        pub forgotten_topics_data: Vec<ForgottenTopic>,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                group_id: None,
                member_id: Some(Default::default()),
                share_session_epoch: Default::default(),
                max_wait_ms: Default::default(),
                min_bytes: Default::default(),
                max_bytes: 2147483647,
                max_records: Default::default(),
                batch_size: Default::default(),
                share_acquire_mode: Default::default(),
                is_renew_ack: Default::default(),
                topics: Default::default(),
                forgotten_topics_data: Default::default(),
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "ShareFetchRequest";
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
            value.max_wait_ms = reader.i32()?;
            value.min_bytes = reader.i32()?;
            value.max_bytes = reader.i32()?;
            value.max_records = reader.i32()?;
            value.batch_size = reader.i32()?;
            if version >= 2 {
                value.share_acquire_mode = reader.i8()?;
            }
            if version >= 2 {
                value.is_renew_ack = reader.bool()?;
            }
            value.topics = reader.array(|reader| FetchTopic::decode(reader, version))?;
            value.forgotten_topics_data =
                reader.array(|reader| ForgottenTopic::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.nullable_string(self.group_id.as_deref())?;
            writer.nullable_string(self.member_id.as_deref())?;
            writer.i32(self.share_session_epoch);
            writer.i32(self.max_wait_ms);
            writer.i32(self.min_bytes);
            writer.i32(self.max_bytes);
            writer.i32(self.max_records);
            writer.i32(self.batch_size);
            if version >= 2 {
                writer.i8(self.share_acquire_mode);
            }
            if version >= 2 {
                writer.bool(self.is_renew_ack);
            }
            if !(version >= 2) && self.is_renew_ack {
                return Err(EncodeError::FieldNotInVersion { field: "is_renew_ack", version });
            }
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            writer
                .array(&self.forgotten_topics_data, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct FetchTopic {
        pub topic_id: Uuid,
        pub partitions: Vec<FetchPartition>,
    }

    impl FetchTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.topic_id = reader.uuid()?;
            value.partitions = reader.array(|reader| FetchPartition::decode(reader, version))?;
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
    pub struct FetchPartition {
        pub partition_index: i32,
        /// In none of the versions.
        pub partition_max_bytes: i32,
        pub acknowledgement_batches: Vec<AcknowledgementBatch>,
    }

    impl FetchPartition {
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
            if self.partition_max_bytes != 0 {
                return Err(EncodeError::FieldNotInVersion {
                    field: "partition_max_bytes",
                    version,
                });
            }
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

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct ForgottenTopic {
        pub topic_id: Uuid,
        pub partitions: Vec<i32>,
    }

    impl ForgottenTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.topic_id = reader.uuid()?;
            value.partitions = reader.array(Reader::i32)?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.uuid(self.topic_id);
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
        pub error_code: i16,
        pub error_message: Option<String>,
        pub acquisition_lock_timeout_ms: i32,
        pub responses: Vec<ShareFetchableTopicResponse>,
        pub node_endpoints: Vec<NodeEndpoint>,
    }

    impl Message for Response {
        const NAME: &'static str = "ShareFetchResponse";
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
            value.acquisition_lock_timeout_ms = reader.i32()?;
            value.responses =
                reader.array(|reader| ShareFetchableTopicResponse::decode(reader, version))?;
            value.node_endpoints = reader.array(|reader| NodeEndpoint::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            writer.i32(self.acquisition_lock_timeout_ms);
            writer.array(&self.responses, |writer, item| item.encode(writer, version))?;
            writer.array(&self.node_endpoints, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct ShareFetchableTopicResponse {
        pub topic_id: Uuid,
        pub partitions: Vec<PartitionData>,
    }

    impl ShareFetchableTopicResponse {
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

    #[derive(Clone, Debug, PartialEq)]
    pub struct PartitionData {
        pub partition_index: i32,
        pub error_code: i16,
        pub error_message: Option<String>,
        pub acknowledge_error_code: i16,
        pub acknowledge_error_message: Option<String>,
        pub current_leader: LeaderIdAndEpoch,
        pub records: Option<Bytes>,
        pub acquired_records: Vec<AcquiredRecords>,
    }

    impl Default for PartitionData {
        fn default() -> Self {
            Self {
                partition_index: Default::default(),
                error_code: Default::default(),
                error_message: None,
                acknowledge_error_code: Default::default(),
                acknowledge_error_message: None,
                current_leader: Default::default(),
                records: Some(Default::default()),
                acquired_records: Default::default(),
            }
        }
    }

    impl PartitionData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            value.acknowledge_error_code = reader.i16()?;
            value.acknowledge_error_message = reader.nullable_string()?;
            value.current_leader = LeaderIdAndEpoch::decode(reader, version)?;
            value.records = Some(reader.bytes()?);
            value.acquired_records =
                reader.array(|reader| AcquiredRecords::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            writer.i16(self.acknowledge_error_code);
            writer.nullable_string(self.acknowledge_error_message.as_deref())?;
            self.current_leader.encode(writer, version)?;
            writer.bytes(required(self.records.as_deref(), "records")?)?;
            writer.array(&self.acquired_records, |writer, item| item.encode(writer, version))?;
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
    pub struct AcquiredRecords {
        pub first_offset: i64,
        pub last_offset: i64,
        pub delivery_count: i16,
    }

    impl AcquiredRecords {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.first_offset = reader.i64()?;
            value.last_offset = reader.i64()?;
            value.delivery_count = reader.i16()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i64(self.first_offset);
            writer.i64(self.last_offset);
            writer.i16(self.delivery_count);
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
