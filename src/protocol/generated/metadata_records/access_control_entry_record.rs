//! AccessControlEntryRecord (type 18).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/metadata_records.schema`

use crate::protocol::generated::prelude::*;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccessControlEntryRecord {
    pub id: Uuid,
    pub resource_type: i8,
    pub resource_name: String,
    pub pattern_type: i8,
    pub principal: String,
    pub host: String,
    pub operation: i8,
    pub permission_type: i8,
}

impl Message for AccessControlEntryRecord {
    const NAME: &'static str = "AccessControlEntryRecord";
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

impl AccessControlEntryRecord {
    fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.id = reader.uuid()?;
        value.resource_type = reader.i8()?;
        value.resource_name = reader.string()?;
        value.pattern_type = reader.i8()?;
        value.principal = reader.string()?;
        value.host = reader.string()?;
        value.operation = reader.i8()?;
        value.permission_type = reader.i8()?;
        reader.skip_tagged_fields()?;
        Ok(value)
    }

    fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.uuid(self.id);
        writer.i8(self.resource_type);
        writer.string(&self.resource_name)?;
        writer.i8(self.pattern_type);
        writer.string(&self.principal)?;
        writer.string(&self.host)?;
        writer.i8(self.operation);
        writer.i8(self.permission_type);
        writer.no_tagged_fields();
        Ok(())
    }
}
