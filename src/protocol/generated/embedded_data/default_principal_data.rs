//! DefaultPrincipalData.
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/embedded_data.schema`

use crate::protocol::generated::prelude::*;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct DefaultPrincipalData {
    pub r#type: String,
    pub name: String,
    pub token_authenticated: bool,
}

impl Message for DefaultPrincipalData {
    const NAME: &'static str = "DefaultPrincipalData";
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

impl DefaultPrincipalData {
    fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.r#type = reader.string()?;
        value.name = reader.string()?;
        value.token_authenticated = reader.bool()?;
        reader.skip_tagged_fields()?;
        Ok(value)
    }

    fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.string(&self.r#type)?;
        writer.string(&self.name)?;
        writer.bool(self.token_authenticated);
        writer.no_tagged_fields();
        Ok(())
    }
}
