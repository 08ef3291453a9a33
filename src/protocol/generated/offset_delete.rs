//! OffsetDelete (key 47).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/offset_delete.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::OffsetDelete;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub group_id: String,
        pub topics: Vec<OffsetDeleteRequestTopic>,
    }

    impl Message for Request {
        const NAME: &'static str = "OffsetDeleteRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=0;
        const FLEXIBLE_FROM: i16 = i16::MAX;

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
            value.group_id = reader.string()?;
            value.topics =
                reader.array(|reader| OffsetDeleteRequestTopic::decode(reader, version))?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.group_id)?;
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct OffsetDeleteRequestTopic {
        pub name: String,
        pub partitions: Vec<OffsetDeleteRequestPartition>,
    }

    impl OffsetDeleteRequestTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.partitions =
                reader.array(|reader| OffsetDeleteRequestPartition::decode(reader, version))?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct OffsetDeleteRequestPartition {
        pub partition_index: i32,
    }

    impl OffsetDeleteRequestPartition {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            Ok(())
        }
    }
}

pub mod response {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Response {
        pub error_code: i16,
        pub throttle_time_ms: i32,
        pub topics: Vec<OffsetDeleteResponseTopic>,
    }

    impl Message for Response {
        const NAME: &'static str = "OffsetDeleteResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=0;
        const FLEXIBLE_FROM: i16 = i16::MAX;

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
            value.error_code = reader.i16()?;
            value.throttle_time_ms = reader.i32()?;
            value.topics =
                reader.array(|reader| OffsetDeleteResponseTopic::decode(reader, version))?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.error_code);
            writer.i32(self.throttle_time_ms);
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct OffsetDeleteResponseTopic {
        pub name: String,
        pub partitions: Vec<OffsetDeleteResponsePartition>,
    }

    impl OffsetDeleteResponseTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.partitions =
                reader.array(|reader| OffsetDeleteResponsePartition::decode(reader, version))?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct OffsetDeleteResponsePartition {
        pub partition_index: i32,
        pub error_code: i16,
    }

    impl OffsetDeleteResponsePartition {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.error_code = reader.i16()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i16(self.error_code);
            Ok(())
        }
    }
}
