//! StreamsGroupCurrentMemberAssignmentValue (type 22).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/group_records.schema`

use crate::protocol::generated::prelude::*;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamsGroupCurrentMemberAssignmentValue {
    pub member_epoch: i32,
    pub previous_member_epoch: i32,
    pub state: i8,
    pub active_tasks: Vec<TaskIds>,
    pub standby_tasks: Vec<TaskIds>,
    pub warmup_tasks: Vec<TaskIds>,
    pub active_tasks_pending_revocation: Vec<TaskIds>,
    pub standby_tasks_pending_revocation: Vec<TaskIds>,
    pub warmup_tasks_pending_revocation: Vec<TaskIds>,
}

impl Message for StreamsGroupCurrentMemberAssignmentValue {
    const NAME: &'static str = "StreamsGroupCurrentMemberAssignmentValue";
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

impl StreamsGroupCurrentMemberAssignmentValue {
    fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.member_epoch = reader.i32()?;
        value.previous_member_epoch = reader.i32()?;
        value.state = reader.i8()?;
        value.active_tasks = reader.array(|reader| TaskIds::decode(reader, version))?;
        value.standby_tasks = reader.array(|reader| TaskIds::decode(reader, version))?;
        value.warmup_tasks = reader.array(|reader| TaskIds::decode(reader, version))?;
        value.active_tasks_pending_revocation =
            reader.array(|reader| TaskIds::decode(reader, version))?;
        value.standby_tasks_pending_revocation =
            reader.array(|reader| TaskIds::decode(reader, version))?;
        value.warmup_tasks_pending_revocation =
            reader.array(|reader| TaskIds::decode(reader, version))?;
        reader.skip_tagged_fields()?;
        Ok(value)
    }

    fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.i32(self.member_epoch);
        writer.i32(self.previous_member_epoch);
        writer.i8(self.state);
        writer.array(&self.active_tasks, |writer, item| item.encode(writer, version))?;
        writer.array(&self.standby_tasks, |writer, item| item.encode(writer, version))?;
        writer.array(&self.warmup_tasks, |writer, item| item.encode(writer, version))?;
        writer.array(&self.active_tasks_pending_revocation, |writer, item| {
            item.encode(writer, version)
        })?;
        writer.array(&self.standby_tasks_pending_revocation, |writer, item| {
            item.encode(writer, version)
        })?;
        writer.array(&self.warmup_tasks_pending_revocation, |writer, item| {
            item.encode(writer, version)
        })?;
        writer.no_tagged_fields();
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskIds {
    pub subtopology_id: String,
    pub partitions: Vec<i32>,
    pub assignment_epochs: Option<Vec<i32>>,
}

impl TaskIds {
    fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.subtopology_id = reader.string()?;
        value.partitions = reader.array(Reader::i32)?;
        reader.tagged_fields(|reader, tag| {
            match tag {
                0 => value.assignment_epochs = reader.nullable_array(Reader::i32)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(value)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.string(&self.subtopology_id)?;
        writer.array(&self.partitions, |writer, item| {
            writer.i32(*item);
            Ok(())
        })?;
        let has_assignment_epochs = self.assignment_epochs.is_some();
        writer.unsigned_varint(u32::from(has_assignment_epochs));
        if has_assignment_epochs {
            writer.tagged_field(0, |writer| {
                writer.nullable_array(self.assignment_epochs.as_deref(), |writer, item| {
                    writer.i32(*item);
                    Ok(())
                })?;
                Ok(())
            })?;
        }
        Ok(())
    }
}
