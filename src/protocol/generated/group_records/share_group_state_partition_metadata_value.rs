//! ShareGroupStatePartitionMetadataValue (type 15).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/group_records.schema`

use crate::protocol::generated::prelude::*;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShareGroupStatePartitionMetadataValue {
    pub initializing_topics: Vec<TopicPartitionsInfo>,
    pub initialized_topics: Vec<TopicPartitionsInfo>,
    pub deleting_topics: Vec<TopicInfo>,
}

impl Message for ShareGroupStatePartitionMetadataValue {
    const NAME: &'static str = "ShareGroupStatePartitionMetadataValue";
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

impl ShareGroupStatePartitionMetadataValue {
    fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.initializing_topics =
            reader.array(|reader| TopicPartitionsInfo::decode(reader, version))?;
        value.initialized_topics =
            reader.array(|reader| TopicPartitionsInfo::decode(reader, version))?;
        value.deleting_topics = reader.array(|reader| TopicInfo::decode(reader, version))?;
        reader.skip_tagged_fields()?;
        Ok(value)
    }

    fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.array(&self.initializing_topics, |writer, item| item.encode(writer, version))?;
        writer.array(&self.initialized_topics, |writer, item| item.encode(writer, version))?;
        writer.array(&self.deleting_topics, |writer, item| item.encode(writer, version))?;
        writer.no_tagged_fields();
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicPartitionsInfo {
    pub topic_id: Uuid,
    pub topic_name: String,
    pub partitions: Vec<i32>,
}

impl TopicPartitionsInfo {
    fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.topic_id = reader.uuid()?;
        value.topic_name = reader.string()?;
        value.partitions = reader.array(Reader::i32)?;
        reader.skip_tagged_fields()?;
        Ok(value)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.uuid(self.topic_id);
        writer.string(&self.topic_name)?;
        writer.array(&self.partitions, |writer, item| {
            writer.i32(*item);
            Ok(())
        })?;
        writer.no_tagged_fields();
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicInfo {
    pub topic_id: Uuid,
    pub topic_name: String,
}

impl TopicInfo {
    fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.topic_id = reader.uuid()?;
        value.topic_name = reader.string()?;
        reader.skip_tagged_fields()?;
        Ok(value)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.uuid(self.topic_id);
        writer.string(&self.topic_name)?;
        writer.no_tagged_fields();
        Ok(())
    }
}
