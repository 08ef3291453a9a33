//! GroupMetadataValue (type 2).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/group_records.schema`

use crate::protocol::generated::prelude::*;

#[derive(Clone, Debug, PartialEq)]
pub struct GroupMetadataValue {
    pub protocol_type: String,
    pub generation: i32,
    pub protocol: Option<String>,
    pub leader: Option<String>,
    /// Versions 2 and later.
    pub current_state_timestamp: i64,
    pub members: Vec<MemberMetadata>,
}

impl Default for GroupMetadataValue {
    fn default() -> Self {
        Self {
            protocol_type: Default::default(),
            generation: Default::default(),
            protocol: Some(Default::default()),
            leader: Some(Default::default()),
            current_state_timestamp: -1,
            members: Default::default(),
        }
    }
}

impl Message for GroupMetadataValue {
    const NAME: &'static str = "GroupMetadataValue";
    const VERSIONS: RangeInclusive<i16> = 0..=4;
    const FLEXIBLE_FROM: i16 = 4;

    fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        begin_decode::<Self>(reader, version)?;
        Self::decode_fields(reader, version)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        begin_encode::<Self>(writer, version)?;
        self.encode_fields(writer, version)
    }
}

impl GroupMetadataValue {
    fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.protocol_type = reader.string()?;
        value.generation = reader.i32()?;
        value.protocol = reader.nullable_string()?;
        value.leader = reader.nullable_string()?;
        if version >= 2 {
            value.current_state_timestamp = reader.i64()?;
        }
        value.members = reader.array(|reader| MemberMetadata::decode(reader, version))?;
        if version >= 4 {
            reader.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.string(&self.protocol_type)?;
        writer.i32(self.generation);
        writer.nullable_string(self.protocol.as_deref())?;
        writer.nullable_string(self.leader.as_deref())?;
        if version >= 2 {
            writer.i64(self.current_state_timestamp);
        }
        writer.array(&self.members, |writer, item| item.encode(writer, version))?;
        if version >= 4 {
            writer.no_tagged_fields();
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct MemberMetadata {
    pub member_id: String,
    /// Versions 3 and later.
    pub group_instance_id: Option<String>,
    pub client_id: String,
    pub client_host: String,
    /// Versions 1 and later.
    pub rebalance_timeout: i32,
    pub session_timeout: i32,
    pub subscription: Bytes,
    pub assignment: Bytes,
}

impl Default for MemberMetadata {
    fn default() -> Self {
        Self {
            member_id: Default::default(),
            group_instance_id: None,
            client_id: Default::default(),
            client_host: Default::default(),
            rebalance_timeout: -1,
            session_timeout: Default::default(),
            subscription: Default::default(),
            assignment: Default::default(),
        }
    }
}

impl MemberMetadata {
    fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.member_id = reader.string()?;
        if version >= 3 {
            value.group_instance_id = reader.nullable_string()?;
        }
        value.client_id = reader.string()?;
        value.client_host = reader.string()?;
        if version >= 1 {
            value.rebalance_timeout = reader.i32()?;
        }
        value.session_timeout = reader.i32()?;
        value.subscription = reader.bytes()?;
        value.assignment = reader.bytes()?;
        if version >= 4 {
            reader.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.string(&self.member_id)?;
        if version >= 3 {
            writer.nullable_string(self.group_instance_id.as_deref())?;
        }
        writer.string(&self.client_id)?;
        writer.string(&self.client_host)?;
        if version >= 1 {
            writer.i32(self.rebalance_timeout);
        }
        writer.i32(self.session_timeout);
        writer.bytes(&self.subscription)?;
        writer.bytes(&self.assignment)?;
        if version >= 4 {
            writer.no_tagged_fields();
        }
        Ok(())
    }
}
