//! DeleteTopics (key 20).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/delete_topics.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::DeleteTopics;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        /// Versions 6 and later.
        pub topics: Vec<DeleteTopicState>,
        /// Versions 1 to 5.
        pub topic_names: Vec<String>,
        pub timeout_ms: i32,
    }

    impl Message for Request {
        const NAME: &'static str = "DeleteTopicsRequest";
        const VERSIONS: RangeInclusive<i16> = 1..=6;
        const FLEXIBLE_FROM: i16 = 4;

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
            if version >= 6 {
                value.topics = reader.array(|reader| DeleteTopicState::decode(reader, version))?;
            }
            if version <= 5 {
                value.topic_names = reader.array(Reader::string)?;
            }
            value.timeout_ms = reader.i32()?;
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version >= 6 {
                writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            }
            if !(version >= 6) && !self.topics.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "topics", version });
            }
            if version <= 5 {
                writer.array(&self.topic_names, |writer, item| writer.string(item))?;
            }
            writer.i32(self.timeout_ms);
            if version >= 4 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct DeleteTopicState {
        pub name: Option<String>,
        pub topic_id: Uuid,
    }

    impl DeleteTopicState {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.nullable_string()?;
            value.topic_id = reader.uuid()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.nullable_string(self.name.as_deref())?;
            writer.uuid(self.topic_id);
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
        pub responses: Vec<DeletableTopicResult>,
    }

    impl Message for Response {
        const NAME: &'static str = "DeleteTopicsResponse";
        const VERSIONS: RangeInclusive<i16> = 1..=6;
        const FLEXIBLE_FROM: i16 = 4;

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
            value.responses =
                reader.array(|reader| DeletableTopicResult::decode(reader, version))?;
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.array(&self.responses, |writer, item| item.encode(writer, version))?;
            if version >= 4 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct DeletableTopicResult {
        pub name: Option<String>,
        /// Versions 6 and later.
        pub topic_id: Uuid,
        pub error_code: i16,
        /// Versions 5 and later.
        pub error_message: Option<String>,
    }

    impl Default for DeletableTopicResult {
        fn default() -> Self {
            Self {
                name: Some(Default::default()),
                topic_id: Default::default(),
                error_code: Default::default(),
                error_message: None,
            }
        }
    }

    impl DeletableTopicResult {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name =
                if version >= 6 { reader.nullable_string()? } else { Some(reader.string()?) };
            if version >= 6 {
                value.topic_id = reader.uuid()?;
            }
            value.error_code = reader.i16()?;
            if version >= 5 {
                value.error_message = reader.nullable_string()?;
            }
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version >= 6 {
                writer.nullable_string(self.name.as_deref())?;
            } else {
                writer.string(required(self.name.as_deref(), "name")?)?;
            }
            if version >= 6 {
                writer.uuid(self.topic_id);
            }
            writer.i16(self.error_code);
            if version >= 5 {
                writer.nullable_string(self.error_message.as_deref())?;
            }
            if version >= 4 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
