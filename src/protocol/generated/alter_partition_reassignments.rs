//! AlterPartitionReassignments (key 45).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/alter_partition_reassignments.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::AlterPartitionReassignments;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub timeout_ms: i32,
        /// Versions 1 and later.
        pub allow_replication_factor_change: bool,
        pub topics: Vec<ReassignableTopic>,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                timeout_ms: 60000,
                allow_replication_factor_change: true,
                topics: Default::default(),
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "AlterPartitionReassignmentsRequest";
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
            value.timeout_ms = reader.i32()?;
            if version >= 1 {
                value.allow_replication_factor_change = reader.bool()?;
            }
            value.topics = reader.array(|reader| ReassignableTopic::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.timeout_ms);
            if version >= 1 {
                writer.bool(self.allow_replication_factor_change);
            }
            if !(version >= 1) && !self.allow_replication_factor_change {
                return Err(EncodeError::FieldNotInVersion {
                    field: "allow_replication_factor_change",
                    version,
                });
            }
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct ReassignableTopic {
        pub name: String,
        pub partitions: Vec<ReassignablePartition>,
    }

    impl ReassignableTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.partitions =
                reader.array(|reader| ReassignablePartition::decode(reader, version))?;
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
    pub struct ReassignablePartition {
        pub partition_index: i32,
        pub replicas: Option<Vec<i32>>,
    }

    impl ReassignablePartition {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.replicas = reader.nullable_array(Reader::i32)?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.nullable_array(self.replicas.as_deref(), |writer, item| {
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

    #[derive(Clone, Debug, PartialEq)]
    pub struct Response {
        pub throttle_time_ms: i32,
        /// Versions 1 and later.
        pub allow_replication_factor_change: bool,
        pub error_code: i16,
        pub error_message: Option<String>,
        pub responses: Vec<ReassignableTopicResponse>,
    }

    impl Default for Response {
        fn default() -> Self {
            Self {
                throttle_time_ms: Default::default(),
                allow_replication_factor_change: true,
                error_code: Default::default(),
                error_message: Some(Default::default()),
                responses: Default::default(),
            }
        }
    }

    impl Message for Response {
        const NAME: &'static str = "AlterPartitionReassignmentsResponse";
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
            if version >= 1 {
                value.allow_replication_factor_change = reader.bool()?;
            }
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            value.responses =
                reader.array(|reader| ReassignableTopicResponse::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            if version >= 1 {
                writer.bool(self.allow_replication_factor_change);
            }
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            writer.array(&self.responses, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct ReassignableTopicResponse {
        pub name: String,
        pub partitions: Vec<ReassignablePartitionResponse>,
    }

    impl ReassignableTopicResponse {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.partitions =
                reader.array(|reader| ReassignablePartitionResponse::decode(reader, version))?;
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

    #[derive(Clone, Debug, PartialEq)]
    pub struct ReassignablePartitionResponse {
        pub partition_index: i32,
        pub error_code: i16,
        pub error_message: Option<String>,
    }

    impl Default for ReassignablePartitionResponse {
        fn default() -> Self {
            Self {
                partition_index: Default::default(),
                error_code: Default::default(),
                error_message: Some(Default::default()),
            }
        }
    }

    impl ReassignablePartitionResponse {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
