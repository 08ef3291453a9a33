//! ShareGroupHeartbeat (key 76).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/share_group_heartbeat.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::ShareGroupHeartbeat;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub group_id: String,
        pub member_id: String,
        pub member_epoch: i32,
        pub rack_id: Option<String>,
        pub subscribed_topic_names: Option<Vec<String>>,
    }

    impl Message for Request {
        const NAME: &'static str = "ShareGroupHeartbeatRequest";
        const VERSIONS: RangeInclusive<i16> = 1..=1;
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
            value.group_id = reader.string()?;
            value.member_id = reader.string()?;
            value.member_epoch = reader.i32()?;
            value.rack_id = reader.nullable_string()?;
            value.subscribed_topic_names = reader.nullable_array(Reader::string)?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.group_id)?;
            writer.string(&self.member_id)?;
            writer.i32(self.member_epoch);
            writer.nullable_string(self.rack_id.as_deref())?;
            writer.nullable_array(self.subscribed_topic_names.as_deref(), |writer, item| {
                writer.string(item)
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
        pub member_id: Option<String>,
        pub member_epoch: i32,
        pub heartbeat_interval_ms: i32,
        pub assignment: Option<Assignment>,
    }

    impl Message for Response {
        const NAME: &'static str = "ShareGroupHeartbeatResponse";
        const VERSIONS: RangeInclusive<i16> = 1..=1;
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
            value.member_id = reader.nullable_string()?;
            value.member_epoch = reader.i32()?;
            value.heartbeat_interval_ms = reader.i32()?;
            value.assignment =
                reader.nullable_struct(|reader| Assignment::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            writer.nullable_string(self.member_id.as_deref())?;
            writer.i32(self.member_epoch);
            writer.i32(self.heartbeat_interval_ms);
            writer.nullable_struct(self.assignment.as_ref(), |writer, item| {
                item.encode(writer, version)
            })?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Assignment {
        pub topic_partitions: Vec<TopicPartitions>,
    }

    impl Assignment {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.topic_partitions =
                reader.array(|reader| TopicPartitions::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.topic_partitions, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TopicPartitions {
        pub topic_id: Uuid,
        pub partitions: Vec<i32>,
    }

    impl TopicPartitions {
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
