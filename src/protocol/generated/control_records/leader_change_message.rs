//! LeaderChangeMessage.
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/control_records.schema`

use crate::protocol::generated::prelude::*;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeaderChangeMessage {
    pub version: i16,
    pub leader_id: i32,
    pub voters: Vec<Voter>,
    pub granting_voters: Vec<Voter>,
}

impl Message for LeaderChangeMessage {
    const NAME: &'static str = "LeaderChangeMessage";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
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

impl LeaderChangeMessage {
    fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.version = reader.i16()?;
        value.leader_id = reader.i32()?;
        value.voters = reader.array(|reader| Voter::decode(reader, version))?;
        value.granting_voters = reader.array(|reader| Voter::decode(reader, version))?;
        reader.skip_tagged_fields()?;
        Ok(value)
    }

    fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.i16(self.version);
        writer.i32(self.leader_id);
        writer.array(&self.voters, |writer, item| item.encode(writer, version))?;
        writer.array(&self.granting_voters, |writer, item| item.encode(writer, version))?;
        writer.no_tagged_fields();
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Voter {
    pub voter_id: i32,
    /// Versions 1 and later.
    pub voter_directory_id: Uuid,
}

impl Voter {
    fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.voter_id = reader.i32()?;
        if version >= 1 {
            value.voter_directory_id = reader.uuid()?;
        }
        reader.skip_tagged_fields()?;
        Ok(value)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.i32(self.voter_id);
        if version >= 1 {
            writer.uuid(self.voter_directory_id);
        }
        if !(version >= 1) && !self.voter_directory_id.is_nil() {
            return Err(EncodeError::FieldNotInVersion { field: "voter_directory_id", version });
        }
        writer.no_tagged_fields();
        Ok(())
    }
}
