//! ElectLeaders (key 43).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/elect_leaders.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::ElectLeaders;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        /// Versions 1 and later.
        pub election_type: i8,
        pub topic_partitions: Option<Vec<TopicPartitions>>,
        pub timeout_ms: i32,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                election_type: Default::default(),
                topic_partitions: Some(Default::default()),
                timeout_ms: 60000,
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "ElectLeadersRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=2;
        const FLEXIBLE_FROM: i16 = 2;

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
            if version >= 1 {
                value.election_type = reader.i8()?;
            }
            value.topic_partitions =
                reader.nullable_array(|reader| TopicPartitions::decode(reader, version))?;
            value.timeout_ms = reader.i32()?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version >= 1 {
                writer.i8(self.election_type);
            }
            if !(version >= 1) && self.election_type != 0 {
                return Err(EncodeError::FieldNotInVersion { field: "election_type", version });
            }
            writer.nullable_array(self.topic_partitions.as_deref(), |writer, item| {
                item.encode(writer, version)
            })?;
            writer.i32(self.timeout_ms);
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TopicPartitions {
        pub topic: String,
        pub partitions: Vec<i32>,
    }

    impl TopicPartitions {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.topic = reader.string()?;
            value.partitions = reader.array(Reader::i32)?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.topic)?;
            writer.array(&self.partitions, |writer, item| {
                writer.i32(*item);
                Ok(())
            })?;
            if version >= 2 {
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
        /// Versions 1 and later.
        pub error_code: i16,
        pub replica_election_results: Vec<ReplicaElectionResult>,
    }

    impl Message for Response {
        const NAME: &'static str = "ElectLeadersResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=2;
        const FLEXIBLE_FROM: i16 = 2;

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
            if version >= 1 {
                value.error_code = reader.i16()?;
            }
            value.replica_election_results =
                reader.array(|reader| ReplicaElectionResult::decode(reader, version))?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            if version >= 1 {
                writer.i16(self.error_code);
            }
            if !(version >= 1) && self.error_code != 0 {
                return Err(EncodeError::FieldNotInVersion { field: "error_code", version });
            }
            writer.array(&self.replica_election_results, |writer, item| {
                item.encode(writer, version)
            })?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct ReplicaElectionResult {
        pub topic: String,
        pub partition_result: Vec<PartitionResult>,
    }

    impl ReplicaElectionResult {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.topic = reader.string()?;
            value.partition_result =
                reader.array(|reader| PartitionResult::decode(reader, version))?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.topic)?;
            writer.array(&self.partition_result, |writer, item| item.encode(writer, version))?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct PartitionResult {
        pub partition_id: i32,
        pub error_code: i16,
        pub error_message: Option<String>,
    }

    impl Default for PartitionResult {
        fn default() -> Self {
            Self {
                partition_id: Default::default(),
                error_code: Default::default(),
                error_message: Some(Default::default()),
            }
        }
    }

    impl PartitionResult {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_id = reader.i32()?;
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_id);
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
