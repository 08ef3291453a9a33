//! BrokerRegistrationChangeRecord (type 17).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/metadata_records.schema`

use crate::protocol::generated::prelude::*;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct BrokerRegistrationChangeRecord {
    pub broker_id: i32,
    pub broker_epoch: i64,
    pub fenced: i8,
    /// Versions 1 and later.
    pub in_controlled_shutdown: i8,
    /// Versions 2 and later.
    pub log_dirs: Vec<Uuid>,
    /// Versions 3 and later.
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
}

impl Message for BrokerRegistrationChangeRecord {
    const NAME: &'static str = "BrokerRegistrationChangeRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=3;
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

impl BrokerRegistrationChangeRecord {
    fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.broker_id = reader.i32()?;
        value.broker_epoch = reader.i64()?;
        reader.tagged_fields(|reader, tag| {
            match tag {
                0 => value.fenced = reader.i8()?,
                1 if version >= 1 => value.in_controlled_shutdown = reader.i8()?,
                2 if version >= 2 => value.log_dirs = reader.array(Reader::uuid)?,
                3 if version >= 3 => {
                    value.cordoned_log_dirs = reader.nullable_array(Reader::uuid)?
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(value)
    }

    fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.i32(self.broker_id);
        writer.i64(self.broker_epoch);
        if !(version >= 1) && self.in_controlled_shutdown != 0 {
            return Err(EncodeError::FieldNotInVersion {
                field: "in_controlled_shutdown",
                version,
            });
        }
        if !(version >= 2) && !self.log_dirs.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "log_dirs", version });
        }
        if !(version >= 3) && self.cordoned_log_dirs.is_some() {
            return Err(EncodeError::FieldNotInVersion { field: "cordoned_log_dirs", version });
        }
        let has_fenced = self.fenced != 0;
        let has_in_controlled_shutdown = version >= 1 && self.in_controlled_shutdown != 0;
        let has_log_dirs = version >= 2 && !self.log_dirs.is_empty();
        let has_cordoned_log_dirs = version >= 3 && self.cordoned_log_dirs.is_some();
        writer.unsigned_varint(
            u32::from(has_fenced)
                + u32::from(has_in_controlled_shutdown)
                + u32::from(has_log_dirs)
                + u32::from(has_cordoned_log_dirs),
        );
        if has_fenced {
            writer.tagged_field(0, |writer| {
                writer.i8(self.fenced);
                Ok(())
            })?;
        }
        if has_in_controlled_shutdown {
            writer.tagged_field(1, |writer| {
                writer.i8(self.in_controlled_shutdown);
                Ok(())
            })?;
        }
        if has_log_dirs {
            writer.tagged_field(2, |writer| {
                writer.array(&self.log_dirs, |writer, item| {
                    writer.uuid(*item);
                    Ok(())
                })?;
                Ok(())
            })?;
        }
        if has_cordoned_log_dirs {
            writer.tagged_field(3, |writer| {
                writer.nullable_array(self.cordoned_log_dirs.as_deref(), |writer, item| {
                    writer.uuid(*item);
                    Ok(())
                })?;
                Ok(())
            })?;
        }
        Ok(())
    }
}
