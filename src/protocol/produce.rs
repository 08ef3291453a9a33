//! Produce (key 0), by hand: the records of a request stay where they were received.
//!
//! Lives on: the connection's core; pure functions over slices.
//! Promise: reads and writes the same bytes as the generated message, in every version (a test
//! compares them). Never: copies or looks into records; trusts a count or a length.
//! Versions: 3 is the first one served · 5 log start offset · 8 record errors · 9 flexible ·
//! 10 current leader and endpoints · 13 topic ids in place of names.   Read next: fetch.rs.

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};

use uuid::Uuid;

use super::codec::{DecodeCause, DecodeError, EncodeError, Reader, Writer};
use super::error_codes::ErrorCode;

pub const KEY: i16 = 0;
pub const VERSIONS: RangeInclusive<i16> = 3..=13;
pub const FLEXIBLE_FROM: i16 = 9;

const RECORD_ERRORS_FROM: i16 = 8;
const LOG_START_OFFSET_FROM: i16 = 5;
const CURRENT_LEADER_FROM: i16 = 10;
const TOPIC_IDS_FROM: i16 = 13;

/// A request, borrowed from its frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProduceRequest<'a> {
    pub transactional_id: Option<Cow<'a, str>>,
    pub acks: i16,
    pub timeout_ms: i32,
    pub topics: Vec<TopicData<'a>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicData<'a> {
    pub topic: TopicField<'a>,
    pub partitions: Vec<PartitionData>,
}

/// How a request names a topic.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TopicField<'a> {
    Name(Cow<'a, str>),
    Id(Uuid),
}

/// A topic as a request names it; its response names it the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TopicReference<'a> {
    Name(&'a str),
    Id(Uuid),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionData {
    pub index: i32,
    /// Where the records are in the bytes that the reader was made of.
    pub records: Option<Range<usize>>,
}

impl<'a> ProduceRequest<'a> {
    /// Reads the body from where `reader` stands; what follows it is let pass, as Kafka does.
    pub fn decode(reader: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        if !VERSIONS.contains(&version) {
            let cause = DecodeCause::UnsupportedVersion { name: "ProduceRequest", version };
            return Err(reader.error(cause));
        }
        reader.set_flexible(version >= FLEXIBLE_FROM);
        let request = Self {
            transactional_id: reader.nullable_str()?,
            acks: reader.i16()?,
            timeout_ms: reader.i32()?,
            topics: reader.array(|reader| TopicData::decode(reader, version))?,
        };
        end_of_struct(reader)?;
        Ok(request)
    }
}

impl<'a> TopicData<'a> {
    fn decode(reader: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let topic = TopicField::decode(reader, version, TOPIC_IDS_FROM)?;
        let partitions = reader.array(PartitionData::decode)?;
        end_of_struct(reader)?;
        Ok(Self { topic, partitions })
    }
}

impl PartitionData {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let index = reader.i32()?;
        let length = reader.nullable_byte_slice()?.map(<[u8]>::len);
        let records = length.map(|length| reader.position() - length..reader.position());
        end_of_struct(reader)?;
        Ok(Self { index, records })
    }
}

impl<'a> TopicField<'a> {
    pub(super) fn decode(
        reader: &mut Reader<'a>,
        version: i16,
        ids_from: i16,
    ) -> Result<Self, DecodeError> {
        if version >= ids_from { reader.uuid().map(Self::Id) } else { reader.str().map(Self::Name) }
    }

    pub fn reference(&self) -> TopicReference<'_> {
        match self {
            Self::Name(name) => TopicReference::Name(name),
            Self::Id(id) => TopicReference::Id(*id),
        }
    }
}

impl TopicReference<'_> {
    pub(super) fn encode(
        self,
        writer: &mut Writer,
        version: i16,
        ids_from: i16,
    ) -> Result<(), EncodeError> {
        match self {
            Self::Id(id) if version >= ids_from => {
                writer.uuid(id);
                Ok(())
            }
            Self::Name(name) if version < ids_from => writer.string(name),
            Self::Id(_) => Err(EncodeError::FieldNotInVersion { field: "topic_id", version }),
            Self::Name(_) => Err(EncodeError::FieldNotInVersion { field: "name", version }),
        }
    }
}

pub(super) fn end_of_struct(reader: &mut Reader<'_>) -> Result<(), DecodeError> {
    if reader.is_flexible() { reader.skip_tagged_fields() } else { Ok(()) }
}

/// A response; `topics` in the order of the request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProduceResponse<'a> {
    pub topics: Vec<TopicResponse<'a>>,
    pub throttle_time_ms: i32,
    pub node_endpoints: Vec<NodeEndpoint>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicResponse<'a> {
    pub topic: TopicReference<'a>,
    pub partitions: Vec<PartitionResponse>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionResponse {
    pub index: i32,
    pub error_code: ErrorCode,
    pub base_offset: i64,
    pub log_append_time_ms: i64,
    pub log_start_offset: i64,
    pub record_errors: Vec<RecordError>,
    pub error_message: Option<String>,
    pub current_leader: Option<LeaderIdAndEpoch>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordError {
    pub batch_index: i32,
    pub message: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaderIdAndEpoch {
    pub leader_id: i32,
    pub leader_epoch: i32,
}

/// Where to reach a leader that a response names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeEndpoint {
    pub node_id: i32,
    pub host: String,
    pub port: i32,
    pub rack: Option<String>,
}

impl PartitionResponse {
    /// An answer that says no more than why nothing was appended.
    pub fn refused(index: i32, error_code: ErrorCode, error_message: Option<String>) -> Self {
        Self {
            index,
            error_code,
            base_offset: -1,
            log_append_time_ms: -1,
            log_start_offset: -1,
            record_errors: Vec::new(),
            error_message,
            current_leader: None,
        }
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.i32(self.index);
        writer.i16(self.error_code as i16);
        writer.i64(self.base_offset);
        writer.i64(self.log_append_time_ms);
        if version >= LOG_START_OFFSET_FROM {
            writer.i64(self.log_start_offset);
        }
        if version >= RECORD_ERRORS_FROM {
            writer.array(&self.record_errors, |writer, error| {
                writer.i32(error.batch_index);
                writer.nullable_string(error.message.as_deref())?;
                no_tagged_fields(writer);
                Ok(())
            })?;
            writer.nullable_string(self.error_message.as_deref())?;
        }
        match self.current_leader {
            Some(leader) if version >= CURRENT_LEADER_FROM => {
                writer.unsigned_varint(1);
                writer.tagged_field(0, |writer| leader.encode(writer))?;
            }
            _ => no_tagged_fields(writer),
        }
        Ok(())
    }
}

impl LeaderIdAndEpoch {
    pub(super) fn encode(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.i32(self.leader_id);
        writer.i32(self.leader_epoch);
        no_tagged_fields(writer);
        Ok(())
    }
}

impl ProduceResponse<'_> {
    pub fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        if !VERSIONS.contains(&version) {
            return Err(EncodeError::UnsupportedVersion { name: "ProduceResponse", version });
        }
        writer.set_flexible(version >= FLEXIBLE_FROM);
        writer.array(&self.topics, |writer, topic| {
            topic.topic.encode(writer, version, TOPIC_IDS_FROM)?;
            writer
                .array(&topic.partitions, |writer, partition| partition.encode(writer, version))?;
            no_tagged_fields(writer);
            Ok(())
        })?;
        writer.i32(self.throttle_time_ms);
        if version >= CURRENT_LEADER_FROM {
            encode_endpoints(&self.node_endpoints, writer)
        } else {
            no_tagged_fields(writer);
            Ok(())
        }
    }
}

/// The last tagged fields of Produce and Fetch responses: endpoints, if any.
pub(super) fn encode_endpoints(
    endpoints: &[NodeEndpoint],
    writer: &mut Writer,
) -> Result<(), EncodeError> {
    if endpoints.is_empty() {
        no_tagged_fields(writer);
        return Ok(());
    }
    writer.unsigned_varint(1);
    writer.tagged_field(0, |writer| {
        writer.array(endpoints, |writer, endpoint| {
            writer.i32(endpoint.node_id);
            writer.string(&endpoint.host)?;
            writer.i32(endpoint.port);
            writer.nullable_string(endpoint.rack.as_deref())?;
            no_tagged_fields(writer);
            Ok(())
        })
    })
}

pub(super) fn no_tagged_fields(writer: &mut Writer) {
    if writer.is_flexible() {
        writer.no_tagged_fields();
    }
}

#[cfg(test)]
mod tests;
