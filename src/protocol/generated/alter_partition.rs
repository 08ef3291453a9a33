//! AlterPartition (key 56).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/alter_partition.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::AlterPartition;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub broker_id: i32,
        pub broker_epoch: i64,
        pub topics: Vec<TopicData>,
    }

    impl Default for Request {
        fn default() -> Self {
            Self { broker_id: Default::default(), broker_epoch: -1, topics: Default::default() }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "AlterPartitionRequest";
        const VERSIONS: RangeInclusive<i16> = 2..=3;
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
            value.topics = reader.array(|reader| TopicData::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.broker_id);
            writer.i64(self.broker_epoch);
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
        pub leader_epoch: i32,
        /// Version 2 only.
        pub new_isr: Vec<i32>,
        /// Versions 3 and later.
        pub new_isr_with_epochs: Vec<BrokerState>,
        pub leader_recovery_state: i8,
        pub partition_epoch: i32,
    }

    impl PartitionData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.leader_epoch = reader.i32()?;
            if version <= 2 {
                value.new_isr = reader.array(Reader::i32)?;
            }
            if version >= 3 {
                value.new_isr_with_epochs =
                    reader.array(|reader| BrokerState::decode(reader, version))?;
            }
            value.leader_recovery_state = reader.i8()?;
            value.partition_epoch = reader.i32()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i32(self.leader_epoch);
            if version <= 2 {
                writer.array(&self.new_isr, |writer, item| {
                    writer.i32(*item);
                    Ok(())
                })?;
            }
            if !(version <= 2) && !self.new_isr.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "new_isr", version });
            }
            if version >= 3 {
                writer.array(&self.new_isr_with_epochs, |writer, item| {
                    item.encode(writer, version)
                })?;
            }
            if !(version >= 3) && !self.new_isr_with_epochs.is_empty() {
                return Err(EncodeError::FieldNotInVersion {
                    field: "new_isr_with_epochs",
                    version,
                });
            }
            writer.i8(self.leader_recovery_state);
            writer.i32(self.partition_epoch);
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct BrokerState {
        pub broker_id: i32,
        pub broker_epoch: i64,
    }

    impl Default for BrokerState {
        fn default() -> Self {
            Self { broker_id: Default::default(), broker_epoch: -1 }
        }
    }

    impl BrokerState {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.broker_id = reader.i32()?;
            value.broker_epoch = reader.i64()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.broker_id);
            writer.i64(self.broker_epoch);
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
        pub topics: Vec<TopicData>,
    }

    impl Message for Response {
        const NAME: &'static str = "AlterPartitionResponse";
        const VERSIONS: RangeInclusive<i16> = 2..=3;
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
            value.topics = reader.array(|reader| TopicData::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
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
        pub leader_id: i32,
        pub leader_epoch: i32,
        pub isr: Vec<i32>,
        pub leader_recovery_state: i8,
        pub partition_epoch: i32,
    }

    impl PartitionData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.error_code = reader.i16()?;
            value.leader_id = reader.i32()?;
            value.leader_epoch = reader.i32()?;
            value.isr = reader.array(Reader::i32)?;
            value.leader_recovery_state = reader.i8()?;
            value.partition_epoch = reader.i32()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i16(self.error_code);
            writer.i32(self.leader_id);
            writer.i32(self.leader_epoch);
            writer.array(&self.isr, |writer, item| {
                writer.i32(*item);
                Ok(())
            })?;
            writer.i8(self.leader_recovery_state);
            writer.i32(self.partition_epoch);
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
