//! NoOpRecord (type 20).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/metadata_records.schema`

use crate::protocol::generated::prelude::*;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct NoOpRecord {}

impl Message for NoOpRecord {
    const NAME: &'static str = "NoOpRecord";
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

impl NoOpRecord {
    fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        reader.skip_tagged_fields()?;
        Ok(value)
    }

    fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.no_tagged_fields();
        Ok(())
    }
}
