//! DescribeLogDirs (key 35).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/describe_log_dirs.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::DescribeLogDirs;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub topics: Option<Vec<DescribableLogDirTopic>>,
    }

    impl Default for Request {
        fn default() -> Self {
            Self { topics: Some(Default::default()) }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "DescribeLogDirsRequest";
        const VERSIONS: RangeInclusive<i16> = 1..=5;
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
            value.topics =
                reader.nullable_array(|reader| DescribableLogDirTopic::decode(reader, version))?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.nullable_array(self.topics.as_deref(), |writer, item| {
                item.encode(writer, version)
            })?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct DescribableLogDirTopic {
        pub topic: String,
        pub partitions: Vec<i32>,
    }

    impl DescribableLogDirTopic {
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
        /// Versions 3 and later.
        pub error_code: i16,
        pub results: Vec<DescribeLogDirsResult>,
    }

    impl Message for Response {
        const NAME: &'static str = "DescribeLogDirsResponse";
        const VERSIONS: RangeInclusive<i16> = 1..=5;
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
            if version >= 3 {
                value.error_code = reader.i16()?;
            }
            value.results =
                reader.array(|reader| DescribeLogDirsResult::decode(reader, version))?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            if version >= 3 {
                writer.i16(self.error_code);
            }
            writer.array(&self.results, |writer, item| item.encode(writer, version))?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct DescribeLogDirsResult {
        pub error_code: i16,
        pub log_dir: String,
        pub topics: Vec<DescribeLogDirsTopic>,
        /// Versions 4 and later.
        pub total_bytes: i64,
        /// Versions 4 and later.
        pub usable_bytes: i64,
        /// Versions 5 and later.
        pub is_cordoned: bool,
    }

    impl Default for DescribeLogDirsResult {
        fn default() -> Self {
            Self {
                error_code: Default::default(),
                log_dir: Default::default(),
                topics: Default::default(),
                total_bytes: -1,
                usable_bytes: -1,
                is_cordoned: Default::default(),
            }
        }
    }

    impl DescribeLogDirsResult {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.error_code = reader.i16()?;
            value.log_dir = reader.string()?;
            value.topics = reader.array(|reader| DescribeLogDirsTopic::decode(reader, version))?;
            if version >= 4 {
                value.total_bytes = reader.i64()?;
            }
            if version >= 4 {
                value.usable_bytes = reader.i64()?;
            }
            if version >= 5 {
                value.is_cordoned = reader.bool()?;
            }
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.error_code);
            writer.string(&self.log_dir)?;
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            if version >= 4 {
                writer.i64(self.total_bytes);
            }
            if version >= 4 {
                writer.i64(self.usable_bytes);
            }
            if version >= 5 {
                writer.bool(self.is_cordoned);
            }
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct DescribeLogDirsTopic {
        pub name: String,
        pub partitions: Vec<DescribeLogDirsPartition>,
    }

    impl DescribeLogDirsTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.partitions =
                reader.array(|reader| DescribeLogDirsPartition::decode(reader, version))?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct DescribeLogDirsPartition {
        pub partition_index: i32,
        pub partition_size: i64,
        pub offset_lag: i64,
        pub is_future_key: bool,
    }

    impl DescribeLogDirsPartition {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.partition_size = reader.i64()?;
            value.offset_lag = reader.i64()?;
            value.is_future_key = reader.bool()?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i64(self.partition_size);
            writer.i64(self.offset_lag);
            writer.bool(self.is_future_key);
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
