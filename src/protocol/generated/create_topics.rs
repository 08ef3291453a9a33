//! CreateTopics (key 19).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/create_topics.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::CreateTopics;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub topics: Vec<CreatableTopic>,
        pub timeout_ms: i32,
        pub validate_only: bool,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                topics: Default::default(),
                timeout_ms: 60000,
                validate_only: Default::default(),
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "CreateTopicsRequest";
        const VERSIONS: RangeInclusive<i16> = 2..=7;
        const FLEXIBLE_FROM: i16 = 5;

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
            value.topics = reader.array(|reader| CreatableTopic::decode(reader, version))?;
            value.timeout_ms = reader.i32()?;
            value.validate_only = reader.bool()?;
            if version >= 5 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            writer.i32(self.timeout_ms);
            writer.bool(self.validate_only);
            if version >= 5 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct CreatableTopic {
        pub name: String,
        pub num_partitions: i32,
        pub replication_factor: i16,
        pub assignments: Vec<CreatableReplicaAssignment>,
        pub configs: Vec<CreatableTopicConfig>,
    }

    impl CreatableTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.num_partitions = reader.i32()?;
            value.replication_factor = reader.i16()?;
            value.assignments =
                reader.array(|reader| CreatableReplicaAssignment::decode(reader, version))?;
            value.configs = reader.array(|reader| CreatableTopicConfig::decode(reader, version))?;
            if version >= 5 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.i32(self.num_partitions);
            writer.i16(self.replication_factor);
            writer.array(&self.assignments, |writer, item| item.encode(writer, version))?;
            writer.array(&self.configs, |writer, item| item.encode(writer, version))?;
            if version >= 5 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct CreatableReplicaAssignment {
        pub partition_index: i32,
        pub broker_ids: Vec<i32>,
    }

    impl CreatableReplicaAssignment {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.broker_ids = reader.array(Reader::i32)?;
            if version >= 5 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.array(&self.broker_ids, |writer, item| {
                writer.i32(*item);
                Ok(())
            })?;
            if version >= 5 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct CreatableTopicConfig {
        pub name: String,
        pub value: Option<String>,
    }

    impl Default for CreatableTopicConfig {
        fn default() -> Self {
            Self { name: Default::default(), value: Some(Default::default()) }
        }
    }

    impl CreatableTopicConfig {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.value = reader.nullable_string()?;
            if version >= 5 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.nullable_string(self.value.as_deref())?;
            if version >= 5 {
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
        pub topics: Vec<CreatableTopicResult>,
    }

    impl Message for Response {
        const NAME: &'static str = "CreateTopicsResponse";
        const VERSIONS: RangeInclusive<i16> = 2..=7;
        const FLEXIBLE_FROM: i16 = 5;

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
            value.topics = reader.array(|reader| CreatableTopicResult::decode(reader, version))?;
            if version >= 5 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            if version >= 5 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct CreatableTopicResult {
        pub name: String,
        /// Versions 7 and later.
        pub topic_id: Uuid,
        pub error_code: i16,
        pub error_message: Option<String>,
        /// Versions 5 and later.
        pub topic_config_error_code: i16,
        /// Versions 5 and later.
        pub num_partitions: i32,
        /// Versions 5 and later.
        pub replication_factor: i16,
        /// Versions 5 and later.
        pub configs: Option<Vec<CreatableTopicConfigs>>,
    }

    impl Default for CreatableTopicResult {
        fn default() -> Self {
            Self {
                name: Default::default(),
                topic_id: Default::default(),
                error_code: Default::default(),
                error_message: Some(Default::default()),
                topic_config_error_code: Default::default(),
                num_partitions: -1,
                replication_factor: -1,
                configs: Some(Default::default()),
            }
        }
    }

    impl CreatableTopicResult {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            if version >= 7 {
                value.topic_id = reader.uuid()?;
            }
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            if version >= 5 {
                value.num_partitions = reader.i32()?;
            }
            if version >= 5 {
                value.replication_factor = reader.i16()?;
            }
            if version >= 5 {
                value.configs = reader
                    .nullable_array(|reader| CreatableTopicConfigs::decode(reader, version))?;
            }
            if version >= 5 {
                reader.tagged_fields(|reader, tag| {
                    match tag {
                        0 => value.topic_config_error_code = reader.i16()?,
                        _ => return Ok(false),
                    }
                    Ok(true)
                })?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            if version >= 7 {
                writer.uuid(self.topic_id);
            }
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            if version >= 5 {
                writer.i32(self.num_partitions);
            }
            if version >= 5 {
                writer.i16(self.replication_factor);
            }
            if version >= 5 {
                writer.nullable_array(self.configs.as_deref(), |writer, item| {
                    item.encode(writer, version)
                })?;
            }
            if version >= 5 {
                let has_topic_config_error_code = self.topic_config_error_code != 0;
                writer.unsigned_varint(u32::from(has_topic_config_error_code));
                if has_topic_config_error_code {
                    writer.tagged_field(0, |writer| {
                        writer.i16(self.topic_config_error_code);
                        Ok(())
                    })?;
                }
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct CreatableTopicConfigs {
        pub name: String,
        pub value: Option<String>,
        pub read_only: bool,
        pub config_source: i8,
        pub is_sensitive: bool,
    }

    impl Default for CreatableTopicConfigs {
        fn default() -> Self {
            Self {
                name: Default::default(),
                value: Some(Default::default()),
                read_only: Default::default(),
                config_source: -1,
                is_sensitive: Default::default(),
            }
        }
    }

    impl CreatableTopicConfigs {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.value = reader.nullable_string()?;
            value.read_only = reader.bool()?;
            value.config_source = reader.i8()?;
            value.is_sensitive = reader.bool()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.nullable_string(self.value.as_deref())?;
            writer.bool(self.read_only);
            writer.i8(self.config_source);
            writer.bool(self.is_sensitive);
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
