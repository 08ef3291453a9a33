//! StreamsGroupMetadataValue (type 17).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/group_records.schema`

use crate::protocol::generated::prelude::*;

#[derive(Clone, Debug, PartialEq)]
pub struct StreamsGroupMetadataValue {
    pub epoch: i32,
    pub metadata_hash: i64,
    pub validated_topology_epoch: i32,
    pub last_assignment_configs: Option<Vec<LastAssignmentConfig>>,
    pub stored_description_topology_epoch: i32,
    pub failed_description_topology_epoch: i32,
}

impl Default for StreamsGroupMetadataValue {
    fn default() -> Self {
        Self {
            epoch: Default::default(),
            metadata_hash: Default::default(),
            validated_topology_epoch: -1,
            last_assignment_configs: None,
            stored_description_topology_epoch: -1,
            failed_description_topology_epoch: -1,
        }
    }
}

impl Message for StreamsGroupMetadataValue {
    const NAME: &'static str = "StreamsGroupMetadataValue";
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

impl StreamsGroupMetadataValue {
    fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.epoch = reader.i32()?;
        value.metadata_hash = reader.i64()?;
        reader.tagged_fields(|reader, tag| {
            match tag {
                0 => value.validated_topology_epoch = reader.i32()?,
                1 => {
                    value.last_assignment_configs = reader
                        .nullable_array(|reader| LastAssignmentConfig::decode(reader, version))?
                }
                2 => value.stored_description_topology_epoch = reader.i32()?,
                3 => value.failed_description_topology_epoch = reader.i32()?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(value)
    }

    fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.i32(self.epoch);
        writer.i64(self.metadata_hash);
        let has_validated_topology_epoch = self.validated_topology_epoch != -1;
        let has_last_assignment_configs = self.last_assignment_configs.is_some();
        let has_stored_description_topology_epoch = self.stored_description_topology_epoch != -1;
        let has_failed_description_topology_epoch = self.failed_description_topology_epoch != -1;
        writer.unsigned_varint(
            u32::from(has_validated_topology_epoch)
                + u32::from(has_last_assignment_configs)
                + u32::from(has_stored_description_topology_epoch)
                + u32::from(has_failed_description_topology_epoch),
        );
        if has_validated_topology_epoch {
            writer.tagged_field(0, |writer| {
                writer.i32(self.validated_topology_epoch);
                Ok(())
            })?;
        }
        if has_last_assignment_configs {
            writer.tagged_field(1, |writer| {
                writer
                    .nullable_array(self.last_assignment_configs.as_deref(), |writer, item| {
                        item.encode(writer, version)
                    })?;
                Ok(())
            })?;
        }
        if has_stored_description_topology_epoch {
            writer.tagged_field(2, |writer| {
                writer.i32(self.stored_description_topology_epoch);
                Ok(())
            })?;
        }
        if has_failed_description_topology_epoch {
            writer.tagged_field(3, |writer| {
                writer.i32(self.failed_description_topology_epoch);
                Ok(())
            })?;
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LastAssignmentConfig {
    pub key: String,
    pub value: String,
}

impl LastAssignmentConfig {
    fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.key = reader.string()?;
        value.value = reader.string()?;
        reader.skip_tagged_fields()?;
        Ok(value)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.string(&self.key)?;
        writer.string(&self.value)?;
        writer.no_tagged_fields();
        Ok(())
    }
}
