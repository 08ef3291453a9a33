//! DescribeProducers (key 61).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/describe_producers.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::DescribeProducers;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub topics: Vec<TopicRequest>,
    }

    impl Message for Request {
        const NAME: &'static str = "DescribeProducersRequest";
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
    pub struct TopicRequest {
        pub name: String,
        pub partition_indexes: Vec<i32>,
    }

    impl TopicRequest {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.partition_indexes = reader.array(Reader::i32)?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.array(&self.partition_indexes, |writer, item| {
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
        pub topics: Vec<TopicResponse>,
    }

    impl Message for Response {
        const NAME: &'static str = "DescribeProducersResponse";
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
            value.topics = reader.array(|reader| TopicResponse::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TopicResponse {
        pub name: String,
        pub partitions: Vec<PartitionResponse>,
    }

    impl TopicResponse {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.partitions = reader.array(|reader| PartitionResponse::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct PartitionResponse {
        pub partition_index: i32,
        pub error_code: i16,
        pub error_message: Option<String>,
        pub active_producers: Vec<ProducerState>,
    }

    impl PartitionResponse {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            value.active_producers =
                reader.array(|reader| ProducerState::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            writer.array(&self.active_producers, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct ProducerState {
        pub producer_id: i64,
        pub producer_epoch: i32,
        pub last_sequence: i32,
        pub last_timestamp: i64,
        pub coordinator_epoch: i32,
        pub current_txn_start_offset: i64,
    }

    impl Default for ProducerState {
        fn default() -> Self {
            Self {
                producer_id: Default::default(),
                producer_epoch: Default::default(),
                last_sequence: -1,
                last_timestamp: -1,
                coordinator_epoch: Default::default(),
                current_txn_start_offset: -1,
            }
        }
    }

    impl ProducerState {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.producer_id = reader.i64()?;
            value.producer_epoch = reader.i32()?;
            value.last_sequence = reader.i32()?;
            value.last_timestamp = reader.i64()?;
            value.coordinator_epoch = reader.i32()?;
            value.current_txn_start_offset = reader.i64()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i64(self.producer_id);
            writer.i32(self.producer_epoch);
            writer.i32(self.last_sequence);
            writer.i64(self.last_timestamp);
            writer.i32(self.coordinator_epoch);
            writer.i64(self.current_txn_start_offset);
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
