//! ConsumerProtocolSubscription.
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/embedded_data.schema`

use crate::protocol::generated::prelude::*;

#[derive(Clone, Debug, PartialEq)]
pub struct ConsumerProtocolSubscription {
    pub topics: Vec<String>,
    pub user_data: Option<Bytes>,
    /// Versions 1 and later.
    pub owned_partitions: Vec<TopicPartition>,
    /// Versions 2 and later.
    pub generation_id: i32,
    /// Versions 3 and later.
    pub rack_id: Option<String>,
}

impl Default for ConsumerProtocolSubscription {
    fn default() -> Self {
        Self {
            topics: Default::default(),
            user_data: None,
            owned_partitions: Default::default(),
            generation_id: -1,
            rack_id: None,
        }
    }
}

impl Message for ConsumerProtocolSubscription {
    const NAME: &'static str = "ConsumerProtocolSubscription";
    const VERSIONS: RangeInclusive<i16> = 0..=3;
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

impl ConsumerProtocolSubscription {
    fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.topics = reader.array(Reader::string)?;
        value.user_data = reader.nullable_bytes()?;
        if version >= 1 {
            value.owned_partitions =
                reader.array(|reader| TopicPartition::decode(reader, version))?;
        }
        if version >= 2 {
            value.generation_id = reader.i32()?;
        }
        if version >= 3 {
            value.rack_id = reader.nullable_string()?;
        }
        Ok(value)
    }

    fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.array(&self.topics, |writer, item| writer.string(item))?;
        writer.nullable_bytes(self.user_data.as_deref())?;
        if version >= 1 {
            writer.array(&self.owned_partitions, |writer, item| item.encode(writer, version))?;
        }
        if version >= 2 {
            writer.i32(self.generation_id);
        }
        if version >= 3 {
            writer.nullable_string(self.rack_id.as_deref())?;
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicPartition {
    pub topic: String,
    pub partitions: Vec<i32>,
}

impl TopicPartition {
    fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.topic = reader.string()?;
        value.partitions = reader.array(Reader::i32)?;
        Ok(value)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.string(&self.topic)?;
        writer.array(&self.partitions, |writer, item| {
            writer.i32(*item);
            Ok(())
        })?;
        Ok(())
    }
}
