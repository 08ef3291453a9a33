//! PartitionChangeRecord (type 5).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/metadata_records.schema`

use crate::protocol::generated::prelude::*;

#[derive(Clone, Debug, PartialEq)]
pub struct PartitionChangeRecord {
    pub partition_id: i32,
    pub topic_id: Uuid,
    pub isr: Option<Vec<i32>>,
    pub leader: i32,
    pub replicas: Option<Vec<i32>>,
    pub removing_replicas: Option<Vec<i32>>,
    pub adding_replicas: Option<Vec<i32>>,
    pub leader_recovery_state: i8,
    /// Versions 1 and later.
    pub directories: Option<Vec<Uuid>>,
    /// Versions 2 and later.
    pub eligible_leader_replicas: Option<Vec<i32>>,
    /// Versions 2 and later.
    pub last_known_elr: Option<Vec<i32>>,
}

impl Default for PartitionChangeRecord {
    fn default() -> Self {
        Self {
            partition_id: -1,
            topic_id: Default::default(),
            isr: None,
            leader: -2,
            replicas: None,
            removing_replicas: None,
            adding_replicas: None,
            leader_recovery_state: -1,
            directories: None,
            eligible_leader_replicas: None,
            last_known_elr: None,
        }
    }
}

impl Message for PartitionChangeRecord {
    const NAME: &'static str = "PartitionChangeRecord";
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

impl PartitionChangeRecord {
    fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.partition_id = reader.i32()?;
        value.topic_id = reader.uuid()?;
        reader.tagged_fields(|reader, tag| {
            match tag {
                0 => value.isr = reader.nullable_array(Reader::i32)?,
                1 => value.leader = reader.i32()?,
                2 => value.replicas = reader.nullable_array(Reader::i32)?,
                3 => value.removing_replicas = reader.nullable_array(Reader::i32)?,
                4 => value.adding_replicas = reader.nullable_array(Reader::i32)?,
                5 => value.leader_recovery_state = reader.i8()?,
                8 if version >= 1 => value.directories = reader.nullable_array(Reader::uuid)?,
                6 if version >= 2 => {
                    value.eligible_leader_replicas = reader.nullable_array(Reader::i32)?
                }
                7 if version >= 2 => value.last_known_elr = reader.nullable_array(Reader::i32)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(value)
    }

    fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.i32(self.partition_id);
        writer.uuid(self.topic_id);
        if !(version >= 1) && self.directories.is_some() {
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
        let has_isr = self.isr.is_some();
        let has_leader = self.leader != -2;
        let has_replicas = self.replicas.is_some();
        let has_removing_replicas = self.removing_replicas.is_some();
        let has_adding_replicas = self.adding_replicas.is_some();
        let has_leader_recovery_state = self.leader_recovery_state != -1;
        let has_eligible_leader_replicas = version >= 2 && self.eligible_leader_replicas.is_some();
        let has_last_known_elr = version >= 2 && self.last_known_elr.is_some();
        let has_directories = version >= 1 && self.directories.is_some();
        writer.unsigned_varint(
            u32::from(has_isr)
                + u32::from(has_leader)
                + u32::from(has_replicas)
                + u32::from(has_removing_replicas)
                + u32::from(has_adding_replicas)
                + u32::from(has_leader_recovery_state)
                + u32::from(has_eligible_leader_replicas)
                + u32::from(has_last_known_elr)
                + u32::from(has_directories),
        );
        if has_isr {
            writer.tagged_field(0, |writer| {
                writer.nullable_array(self.isr.as_deref(), |writer, item| {
                    writer.i32(*item);
                    Ok(())
                })?;
                Ok(())
            })?;
        }
        if has_leader {
            writer.tagged_field(1, |writer| {
                writer.i32(self.leader);
                Ok(())
            })?;
        }
        if has_replicas {
            writer.tagged_field(2, |writer| {
                writer.nullable_array(self.replicas.as_deref(), |writer, item| {
                    writer.i32(*item);
                    Ok(())
                })?;
                Ok(())
            })?;
        }
        if has_removing_replicas {
            writer.tagged_field(3, |writer| {
                writer.nullable_array(self.removing_replicas.as_deref(), |writer, item| {
                    writer.i32(*item);
                    Ok(())
                })?;
                Ok(())
            })?;
        }
        if has_adding_replicas {
            writer.tagged_field(4, |writer| {
                writer.nullable_array(self.adding_replicas.as_deref(), |writer, item| {
                    writer.i32(*item);
                    Ok(())
                })?;
                Ok(())
            })?;
        }
        if has_leader_recovery_state {
            writer.tagged_field(5, |writer| {
                writer.i8(self.leader_recovery_state);
                Ok(())
            })?;
        }
        if has_eligible_leader_replicas {
            writer.tagged_field(6, |writer| {
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
            writer.tagged_field(7, |writer| {
                writer.nullable_array(self.last_known_elr.as_deref(), |writer, item| {
                    writer.i32(*item);
                    Ok(())
                })?;
                Ok(())
            })?;
        }
        if has_directories {
            writer.tagged_field(8, |writer| {
                writer.nullable_array(self.directories.as_deref(), |writer, item| {
                    writer.uuid(*item);
                    Ok(())
                })?;
                Ok(())
            })?;
        }
        Ok(())
    }
}
