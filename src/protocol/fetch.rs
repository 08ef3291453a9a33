//! Fetch (key 1), by hand: the records of a response are sent from where they are.
//!
//! Lives on: the connection's core; pure functions over slices.
//! Promise: reads and writes the same bytes as the generated message, in every version (a test
//! compares them); a response is written without its records, with the places where they belong.
//! Versions: 4 is the first one served · 5 log start offset · 7 sessions · 9 leader epoch · 11 rack ·
//! 12 flexible · 13 topic ids · 15 replica state · 16 endpoints · 17 replica directory · 18 high
//! watermark.   Read next: produce.rs.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use uuid::Uuid;

use super::codec::{DecodeCause, DecodeError, EncodeError, Reader, Writer};
use super::error_codes::ErrorCode;
use super::produce::{
    LeaderIdAndEpoch, NodeEndpoint, TopicField, TopicReference, encode_endpoints, end_of_struct,
    no_tagged_fields,
};

pub const KEY: i16 = 1;
pub const VERSIONS: RangeInclusive<i16> = 4..=18;
pub const FLEXIBLE_FROM: i16 = 12;
pub const TOPIC_IDS_FROM: i16 = 13;

const LOG_START_OFFSET_FROM: i16 = 5;
const SESSIONS_FROM: i16 = 7;
const LEADER_EPOCH_FROM: i16 = 9;
const RACK_FROM: i16 = 11;
const LAST_FETCHED_EPOCH_FROM: i16 = 12;
const REPLICA_STATE_FROM: i16 = 15;
const ENDPOINTS_FROM: i16 = 16;
const REPLICA_DIRECTORY_FROM: i16 = 17;
const HIGH_WATERMARK_FROM: i16 = 18;

/// A request, borrowed from its frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchRequest<'a> {
    pub cluster_id: Option<Cow<'a, str>>,
    pub replica_id: i32,
    pub replica_epoch: i64,
    pub max_wait_ms: i32,
    pub min_bytes: i32,
    pub max_bytes: i32,
    pub isolation_level: i8,
    pub session_id: i32,
    pub session_epoch: i32,
    pub topics: Vec<FetchTopic<'a>>,
    pub forgotten_topics: Vec<ForgottenTopic<'a>>,
    pub rack_id: Cow<'a, str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchTopic<'a> {
    pub topic: TopicField<'a>,
    pub partitions: Vec<FetchPartition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchPartition {
    pub index: i32,
    pub current_leader_epoch: i32,
    pub fetch_offset: i64,
    pub last_fetched_epoch: i32,
    pub log_start_offset: i64,
    pub max_bytes: i32,
    pub replica_directory_id: Uuid,
    pub high_watermark: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgottenTopic<'a> {
    pub topic: TopicField<'a>,
    pub partitions: Vec<i32>,
}

impl<'a> FetchRequest<'a> {
    /// Reads the body from where `reader` stands; what follows it is let pass, as Kafka does.
    pub fn decode(reader: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        if !VERSIONS.contains(&version) {
            let cause = DecodeCause::UnsupportedVersion { name: "FetchRequest", version };
            return Err(reader.error(cause));
        }
        reader.set_flexible(version >= FLEXIBLE_FROM);
        let has_sessions = version >= SESSIONS_FROM;
        let mut request = Self {
            cluster_id: None,
            replica_id: if version < REPLICA_STATE_FROM { reader.i32()? } else { -1 },
            replica_epoch: -1,
            max_wait_ms: reader.i32()?,
            min_bytes: reader.i32()?,
            max_bytes: reader.i32()?,
            isolation_level: reader.i8()?,
            session_id: if has_sessions { reader.i32()? } else { 0 },
            session_epoch: if has_sessions { reader.i32()? } else { -1 },
            topics: reader.array(|reader| FetchTopic::decode(reader, version))?,
            forgotten_topics: if has_sessions {
                reader.array(|reader| ForgottenTopic::decode(reader, version))?
            } else {
                Vec::new()
            },
            rack_id: if version >= RACK_FROM { reader.str()? } else { Cow::Borrowed("") },
        };
        if reader.is_flexible() {
            reader.tagged_fields(|reader, tag| request.decode_tag(reader, tag, version))?;
        }
        Ok(request)
    }

    fn decode_tag(
        &mut self,
        reader: &mut Reader<'a>,
        tag: u32,
        version: i16,
    ) -> Result<bool, DecodeError> {
        match tag {
            0 => self.cluster_id = reader.nullable_str()?,
            1 if version >= REPLICA_STATE_FROM => {
                self.replica_id = reader.i32()?;
                self.replica_epoch = reader.i64()?;
                reader.skip_tagged_fields()?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl<'a> FetchTopic<'a> {
    fn decode(reader: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let topic = TopicField::decode(reader, version, TOPIC_IDS_FROM)?;
        let partitions = reader.array(|reader| FetchPartition::decode(reader, version))?;
        end_of_struct(reader)?;
        Ok(Self { topic, partitions })
    }
}

impl FetchPartition {
    fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let has = |from: i16| version >= from;
        let mut partition = Self {
            index: reader.i32()?,
            current_leader_epoch: if has(LEADER_EPOCH_FROM) { reader.i32()? } else { -1 },
            fetch_offset: reader.i64()?,
            last_fetched_epoch: if has(LAST_FETCHED_EPOCH_FROM) { reader.i32()? } else { -1 },
            log_start_offset: if has(LOG_START_OFFSET_FROM) { reader.i64()? } else { -1 },
            max_bytes: reader.i32()?,
            replica_directory_id: Uuid::nil(),
            high_watermark: i64::MAX,
        };
        if reader.is_flexible() {
            reader.tagged_fields(|reader, tag| {
                match tag {
                    0 if has(REPLICA_DIRECTORY_FROM) => {
                        partition.replica_directory_id = reader.uuid()?;
                    }
                    1 if has(HIGH_WATERMARK_FROM) => partition.high_watermark = reader.i64()?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        Ok(partition)
    }
}

impl<'a> ForgottenTopic<'a> {
    fn decode(reader: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        let topic = TopicField::decode(reader, version, TOPIC_IDS_FROM)?;
        let partitions = reader.array(Reader::i32)?;
        end_of_struct(reader)?;
        Ok(Self { topic, partitions })
    }
}

/// Records of one partition on their way out, wherever they are.
pub trait OutgoingRecords {
    fn size_bytes(&self) -> usize;
}

impl OutgoingRecords for Vec<u8> {
    fn size_bytes(&self) -> usize {
        self.len()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchResponse<'a, R> {
    pub throttle_time_ms: i32,
    pub error_code: ErrorCode,
    pub session_id: i32,
    pub topics: Vec<TopicResponse<'a, R>>,
    pub node_endpoints: Vec<NodeEndpoint>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicResponse<'a, R> {
    pub topic: TopicReference<'a>,
    pub partitions: Vec<PartitionResponse<R>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionResponse<R> {
    pub index: i32,
    pub error_code: ErrorCode,
    pub high_watermark: i64,
    pub last_stable_offset: i64,
    pub log_start_offset: i64,
    pub diverging_epoch: Option<EpochEndOffset>,
    pub current_leader: Option<LeaderIdAndEpoch>,
    pub snapshot_id: Option<SnapshotId>,
    /// None for a reader of uncommitted records.
    pub aborted_transactions: Option<Vec<AbortedTransaction>>,
    pub preferred_read_replica: i32,
    pub records: R,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochEndOffset {
    pub epoch: i32,
    pub end_offset: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotId {
    pub end_offset: i64,
    pub epoch: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AbortedTransaction {
    pub producer_id: i64,
    pub first_offset: i64,
}

/// Where the records of a partition belong: behind that many bytes of what was written.
#[derive(Debug, PartialEq, Eq)]
pub struct Insertion<R> {
    pub at: usize,
    pub records: R,
}

impl<R: OutgoingRecords> FetchResponse<'_, R> {
    /// Appends everything but the records, and returns these with the places where they belong.
    pub fn encode(
        self,
        writer: &mut Writer,
        version: i16,
    ) -> Result<Vec<Insertion<R>>, EncodeError> {
        if !VERSIONS.contains(&version) {
            return Err(EncodeError::UnsupportedVersion { name: "FetchResponse", version });
        }
        writer.set_flexible(version >= FLEXIBLE_FROM);
        let mut insertions = Vec::new();
        writer.i32(self.throttle_time_ms);
        if version >= SESSIONS_FROM {
            writer.i16(self.error_code as i16);
            writer.i32(self.session_id);
        }
        writer.array_length(Some(self.topics.len()))?;
        for topic in self.topics {
            topic.topic.encode(writer, version, TOPIC_IDS_FROM)?;
            writer.array_length(Some(topic.partitions.len()))?;
            for partition in topic.partitions {
                partition.encode(writer, version, &mut insertions)?;
            }
            no_tagged_fields(writer);
        }
        if version >= ENDPOINTS_FROM {
            encode_endpoints(&self.node_endpoints, writer)?;
        } else {
            no_tagged_fields(writer);
        }
        Ok(insertions)
    }
}

impl<R: OutgoingRecords> PartitionResponse<R> {
    fn encode(
        self,
        writer: &mut Writer,
        version: i16,
        insertions: &mut Vec<Insertion<R>>,
    ) -> Result<(), EncodeError> {
        writer.i32(self.index);
        writer.i16(self.error_code as i16);
        writer.i64(self.high_watermark);
        writer.i64(self.last_stable_offset);
        if version >= LOG_START_OFFSET_FROM {
            writer.i64(self.log_start_offset);
        }
        writer.nullable_array(self.aborted_transactions.as_deref(), |writer, aborted| {
            writer.i64(aborted.producer_id);
            writer.i64(aborted.first_offset);
            no_tagged_fields(writer);
            Ok(())
        })?;
        if version >= RACK_FROM {
            writer.i32(self.preferred_read_replica);
        }
        let records_bytes = self.records.size_bytes();
        writer.array_length(Some(records_bytes))?;
        if records_bytes > 0 {
            insertions.push(Insertion { at: writer.len(), records: self.records });
        }
        if writer.is_flexible() {
            encode_tags(writer, self.diverging_epoch, self.current_leader, self.snapshot_id)?;
        }
        Ok(())
    }
}

fn encode_tags(
    writer: &mut Writer,
    diverging_epoch: Option<EpochEndOffset>,
    current_leader: Option<LeaderIdAndEpoch>,
    snapshot_id: Option<SnapshotId>,
) -> Result<(), EncodeError> {
    let present = [diverging_epoch.is_some(), current_leader.is_some(), snapshot_id.is_some()];
    writer.unsigned_varint(present.into_iter().map(u32::from).sum());
    if let Some(diverging) = diverging_epoch {
        writer.tagged_field(0, |writer| {
            writer.i32(diverging.epoch);
            writer.i64(diverging.end_offset);
            writer.no_tagged_fields();
            Ok(())
        })?;
    }
    if let Some(leader) = current_leader {
        writer.tagged_field(1, |writer| leader.encode(writer))?;
    }
    if let Some(snapshot) = snapshot_id {
        writer.tagged_field(2, |writer| {
            writer.i64(snapshot.end_offset);
            writer.i32(snapshot.epoch);
            writer.no_tagged_fields();
            Ok(())
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
