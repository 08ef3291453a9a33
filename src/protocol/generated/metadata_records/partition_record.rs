//! PartitionRecord (type 3).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/metadata_records.schema`

use crate::protocol::generated::prelude::*;

#[derive(Clone, Debug, PartialEq)]
pub struct PartitionRecord {
    pub partition_id: i32,
    pub topic_id: Uuid,
    pub replicas: Vec<i32>,
    pub isr: Vec<i32>,
    pub removing_replicas: Vec<i32>,
    pub adding_replicas: Vec<i32>,
    pub leader: i32,
    pub leader_recovery_state: i8,
    pub leader_epoch: i32,
    pub partition_epoch: i32,
    /// Versions 1 and later.
    pub directories: Vec<Uuid>,
    /// Versions 2 and later.
    pub eligible_leader_replicas: Option<Vec<i32>>,
    /// Versions 2 and later.
    pub last_known_elr: Option<Vec<i32>>,
}

impl Default for PartitionRecord {
    fn default() -> Self {
        Self {
            partition_id: -1,
            topic_id: Default::default(),
            replicas: Default::default(),
            isr: Default::default(),
            removing_replicas: Default::default(),
            adding_replicas: Default::default(),
            leader: -1,
            leader_recovery_state: Default::default(),
            leader_epoch: -1,
            partition_epoch: -1,
            directories: Default::default(),
            eligible_leader_replicas: None,
            last_known_elr: None,
        }
    }
}

impl Message for PartitionRecord {
    const NAME: &'static str = "PartitionRecord";
    const VERSIONS: RangeInclusive<i16> = 0..=2;
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

impl PartitionRecord {
    fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.partition_id = reader.i32()?;
        value.topic_id = reader.uuid()?;
        value.replicas = reader.array(Reader::i32)?;
        value.isr = reader.array(Reader::i32)?;
        value.removing_replicas = reader.array(Reader::i32)?;
        value.adding_replicas = reader.array(Reader::i32)?;
        value.leader = reader.i32()?;
        value.leader_epoch = reader.i32()?;
        value.partition_epoch = reader.i32()?;
        if version >= 1 {
            value.directories = reader.array(Reader::uuid)?;
        }
        reader.tagged_fields(|reader, tag| {
            match tag {
                0 => value.leader_recovery_state = reader.i8()?,
                1 if version >= 2 => {
                    value.eligible_leader_replicas = reader.nullable_array(Reader::i32)?
                }
                2 if version >= 2 => value.last_known_elr = reader.nullable_array(Reader::i32)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(value)
    }

    fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.i32(self.partition_id);
        writer.uuid(self.topic_id);
        writer.array(&self.replicas, |writer, item| {
            writer.i32(*item);
            Ok(())
        })?;
        writer.array(&self.isr, |writer, item| {
            writer.i32(*item);
            Ok(())
        })?;
        writer.array(&self.removing_replicas, |writer, item| {
            writer.i32(*item);
            Ok(())
        })?;
        writer.array(&self.adding_replicas, |writer, item| {
            writer.i32(*item);
            Ok(())
        })?;
        writer.i32(self.leader);
        writer.i32(self.leader_epoch);
        writer.i32(self.partition_epoch);
        if version >= 1 {
            writer.array(&self.directories, |writer, item| {
                writer.uuid(*item);
                Ok(())
            })?;
        }
        if !(version >= 1) && !self.directories.is_empty() {
            return Err(EncodeError::FieldNotInVersion { field: "directories", version });
        }
        if !(version >= 2) && self.eligible_leader_replicas.is_some() {
            return Err(EncodeError::FieldNotInVersion {
                field: "eligible_leader_replicas",
                version,
            });
        }
        if !(version >= 2) && self.last_known_elr.is_some() {
            return Err(EncodeError::FieldNotInVersion { field: "last_known_elr", version });
        }
        let has_leader_recovery_state = self.leader_recovery_state != 0;
        let has_eligible_leader_replicas = version >= 2 && self.eligible_leader_replicas.is_some();
        let has_last_known_elr = version >= 2 && self.last_known_elr.is_some();
        writer.unsigned_varint(
            u32::from(has_leader_recovery_state)
                + u32::from(has_eligible_leader_replicas)
                + u32::from(has_last_known_elr),
        );
        if has_leader_recovery_state {
            writer.tagged_field(0, |writer| {
                writer.i8(self.leader_recovery_state);
                Ok(())
            })?;
        }
        if has_eligible_leader_replicas {
            writer.tagged_field(1, |writer| {
                writer.nullable_array(
                    self.eligible_leader_replicas.as_deref(),
                    |writer, item| {
                        writer.i32(*item);
                        Ok(())
                    },
                )?;
                Ok(())
            })?;
        }
        if has_last_known_elr {
            writer.tagged_field(2, |writer| {
                writer.nullable_array(self.last_known_elr.as_deref(), |writer, item| {
                    writer.i32(*item);
                    Ok(())
                })?;
                Ok(())
            })?;
        }
        Ok(())
    }
}
