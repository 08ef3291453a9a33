//! RegisterBrokerRecord (type 0).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/metadata_records.schema`

use crate::protocol::generated::prelude::*;

#[derive(Clone, Debug, PartialEq)]
pub struct RegisterBrokerRecord {
    pub broker_id: i32,
    /// Versions 2 and later.
    pub is_migrating_zk_broker: bool,
    pub incarnation_id: Uuid,
    pub broker_epoch: i64,
    pub end_points: Vec<BrokerEndpoint>,
    pub features: Vec<BrokerFeature>,
    pub rack: Option<String>,
    pub fenced: bool,
    /// Versions 1 and later.
    pub in_controlled_shutdown: bool,
    /// Versions 3 and later.
    pub log_dirs: Vec<Uuid>,
    /// Versions 4 and later.
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
}

impl Default for RegisterBrokerRecord {
    fn default() -> Self {
        Self {
            broker_id: Default::default(),
            is_migrating_zk_broker: Default::default(),
            incarnation_id: Default::default(),
            broker_epoch: Default::default(),
            end_points: Default::default(),
            features: Default::default(),
            rack: Some(Default::default()),
            fenced: true,
            in_controlled_shutdown: Default::default(),
            log_dirs: Default::default(),
            cordoned_log_dirs: None,
        }
    }
}

impl Message for RegisterBrokerRecord {
    const NAME: &'static str = "RegisterBrokerRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=4;
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

impl RegisterBrokerRecord {
    fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.broker_id = reader.i32()?;
        if version >= 2 {
            value.is_migrating_zk_broker = reader.bool()?;
        }
        value.incarnation_id = reader.uuid()?;
        value.broker_epoch = reader.i64()?;
        value.end_points = reader.array(|reader| BrokerEndpoint::decode(reader, version))?;
        value.features = reader.array(|reader| BrokerFeature::decode(reader, version))?;
        value.rack = reader.nullable_string()?;
        value.fenced = reader.bool()?;
        if version >= 1 {
            value.in_controlled_shutdown = reader.bool()?;
        }
        reader.tagged_fields(|reader, tag| {
            match tag {
                0 if version >= 3 => value.log_dirs = reader.array(Reader::uuid)?,
                1 if version >= 4 => {
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
        if version >= 2 {
            writer.bool(self.is_migrating_zk_broker);
        }
        if !(version >= 2) && self.is_migrating_zk_broker {
            return Err(EncodeError::FieldNotInVersion {
                field: "is_migrating_zk_broker",
                version,
            });
        }
        writer.uuid(self.incarnation_id);
        writer.i64(self.broker_epoch);
        writer.array(&self.end_points, |writer, item| item.encode(writer, version))?;
        writer.array(&self.features, |writer, item| item.encode(writer, version))?;
        writer.nullable_string(self.rack.as_deref())?;
        writer.bool(self.fenced);
        if version >= 1 {
            writer.bool(self.in_controlled_shutdown);
        }
        if !(version >= 1) && self.in_controlled_shutdown {
            return Err(EncodeError::FieldNotInVersion {
                field: "in_controlled_shutdown",
                version,
            });
        }
        if !(version >= 3) && !self.log_dirs.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "log_dirs", version });
        }
        if !(version >= 4) && self.cordoned_log_dirs.is_some() {
            return Err(EncodeError::FieldNotInVersion { field: "cordoned_log_dirs", version });
        }
        let has_log_dirs = version >= 3 && !self.log_dirs.is_empty();
        let has_cordoned_log_dirs = version >= 4 && self.cordoned_log_dirs.is_some();
        writer.unsigned_varint(u32::from(has_log_dirs) + u32::from(has_cordoned_log_dirs));
        if has_log_dirs {
            writer.tagged_field(0, |writer| {
                writer.array(&self.log_dirs, |writer, item| {
                    writer.uuid(*item);
                    Ok(())
                })?;
                Ok(())
            })?;
        }
        if has_cordoned_log_dirs {
            writer.tagged_field(1, |writer| {
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

#[derive(Clone, Debug, Default, PartialEq)]
pub struct BrokerEndpoint {
    pub name: String,
    pub host: String,
    pub port: u16,
    pub security_protocol: i16,
}

impl BrokerEndpoint {
    fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.name = reader.string()?;
        value.host = reader.string()?;
        value.port = reader.u16()?;
        value.security_protocol = reader.i16()?;
        reader.skip_tagged_fields()?;
        Ok(value)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.string(&self.name)?;
        writer.string(&self.host)?;
        writer.u16(self.port);
        writer.i16(self.security_protocol);
        writer.no_tagged_fields();
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct BrokerFeature {
    pub name: String,
    pub min_supported_version: i16,
    pub max_supported_version: i16,
}

impl BrokerFeature {
    fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.name = reader.string()?;
        value.min_supported_version = reader.i16()?;
        value.max_supported_version = reader.i16()?;
        reader.skip_tagged_fields()?;
        Ok(value)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.string(&self.name)?;
        writer.i16(self.min_supported_version);
        writer.i16(self.max_supported_version);
        writer.no_tagged_fields();
        Ok(())
    }
}
