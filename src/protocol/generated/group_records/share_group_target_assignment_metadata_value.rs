//! ShareGroupTargetAssignmentMetadataValue (type 12).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/group_records.schema`

use crate::protocol::generated::prelude::*;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShareGroupTargetAssignmentMetadataValue {
    pub assignment_epoch: i32,
    pub assignment_timestamp: i64,
}

impl Message for ShareGroupTargetAssignmentMetadataValue {
    const NAME: &'static str = "ShareGroupTargetAssignmentMetadataValue";
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

impl ShareGroupTargetAssignmentMetadataValue {
    fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.assignment_epoch = reader.i32()?;
        reader.tagged_fields(|reader, tag| {
            match tag {
                0 => value.assignment_timestamp = reader.i64()?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(value)
    }

    fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.i32(self.assignment_epoch);
        let has_assignment_timestamp = self.assignment_timestamp != 0;
        writer.unsigned_varint(u32::from(has_assignment_timestamp));
        if has_assignment_timestamp {
            writer.tagged_field(0, |writer| {
                writer.i64(self.assignment_timestamp);
                Ok(())
            })?;
        }
        Ok(())
    }
}
