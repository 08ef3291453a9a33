//! AssignReplicasToDirs (key 73).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/assign_replicas_to_dirs.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::AssignReplicasToDirs;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub broker_id: i32,
        pub broker_epoch: i64,
        pub directories: Vec<DirectoryData>,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                broker_id: Default::default(),
                broker_epoch: -1,
                directories: Default::default(),
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "AssignReplicasToDirsRequest";
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
            value.broker_id = reader.i32()?;
            value.broker_epoch = reader.i64()?;
            value.directories = reader.array(|reader| DirectoryData::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.broker_id);
            writer.i64(self.broker_epoch);
            writer.array(&self.directories, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct DirectoryData {
        pub id: Uuid,
        pub topics: Vec<TopicData>,
    }

    impl DirectoryData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.id = reader.uuid()?;
            value.topics = reader.array(|reader| TopicData::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.uuid(self.id);
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TopicData {
        pub topic_id: Uuid,
        pub partitions: Vec<PartitionData>,
    }

    impl TopicData {
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

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct PartitionData {
        pub partition_index: i32,
    }

    impl PartitionData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
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
        pub directories: Vec<DirectoryData>,
    }

    impl Message for Response {
        const NAME: &'static str = "AssignReplicasToDirsResponse";
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
            value.error_code = reader.i16()?;
            value.directories = reader.array(|reader| DirectoryData::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
            writer.array(&self.directories, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct DirectoryData {
        pub id: Uuid,
        pub topics: Vec<TopicData>,
    }

    impl DirectoryData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.id = reader.uuid()?;
            value.topics = reader.array(|reader| TopicData::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.uuid(self.id);
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TopicData {
        pub topic_id: Uuid,
        pub partitions: Vec<PartitionData>,
    }

    impl TopicData {
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

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct PartitionData {
        pub partition_index: i32,
        pub error_code: i16,
    }

    impl PartitionData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.error_code = reader.i16()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i16(self.error_code);
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
