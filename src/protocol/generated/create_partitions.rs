//! CreatePartitions (key 37).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/create_partitions.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::CreatePartitions;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub topics: Vec<CreatePartitionsTopic>,
        pub timeout_ms: i32,
        pub validate_only: bool,
    }

    impl Message for Request {
        const NAME: &'static str = "CreatePartitionsRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=3;
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
            value.topics = reader.array(|reader| CreatePartitionsTopic::decode(reader, version))?;
            value.timeout_ms = reader.i32()?;
            value.validate_only = reader.bool()?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            writer.i32(self.timeout_ms);
            writer.bool(self.validate_only);
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct CreatePartitionsTopic {
        pub name: String,
        pub count: i32,
        pub assignments: Option<Vec<CreatePartitionsAssignment>>,
    }

    impl Default for CreatePartitionsTopic {
        fn default() -> Self {
            Self {
                name: Default::default(),
                count: Default::default(),
                assignments: Some(Default::default()),
            }
        }
    }

    impl CreatePartitionsTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.count = reader.i32()?;
            value.assignments = reader
                .nullable_array(|reader| CreatePartitionsAssignment::decode(reader, version))?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.i32(self.count);
            writer.nullable_array(self.assignments.as_deref(), |writer, item| {
                item.encode(writer, version)
            })?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct CreatePartitionsAssignment {
        pub broker_ids: Vec<i32>,
    }

    impl CreatePartitionsAssignment {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.broker_ids = reader.array(Reader::i32)?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.broker_ids, |writer, item| {
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
        pub results: Vec<CreatePartitionsTopicResult>,
    }

    impl Message for Response {
        const NAME: &'static str = "CreatePartitionsResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=3;
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
            value.results =
                reader.array(|reader| CreatePartitionsTopicResult::decode(reader, version))?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.array(&self.results, |writer, item| item.encode(writer, version))?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct CreatePartitionsTopicResult {
        pub name: String,
        pub error_code: i16,
        pub error_message: Option<String>,
    }

    impl CreatePartitionsTopicResult {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
