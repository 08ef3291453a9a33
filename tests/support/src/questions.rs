//! What a broker is asked about its log beside the records: offsets by time and epoch, topics and
//! their keys; and the one request that moves a log's start.

use std::collections::BTreeMap;
use std::io;

use crate::calls::check;
use crate::connection::{Api, Connection};
use crate::wire::{Reader, Writer};

const LIST_OFFSETS: Api = Api { key: 2, version: 6 };
const METADATA: Api = Api { key: 3, version: 9 };
const DELETE_RECORDS: Api = Api { key: 21, version: 2 };
const OFFSET_FOR_LEADER_EPOCH: Api = Api { key: 23, version: 4 };
const DESCRIBE_CONFIGS: Api = Api { key: 32, version: 4 };

pub const LATEST: i64 = -1;
pub const EARLIEST: i64 = -2;

/// An answer of ListOffsets; -1 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located {
    pub timestamp: i64,
    pub offset: i64,
    pub leader_epoch: i32,
}

pub fn locate(
    connection: &mut Connection,
    topic: &str,
    partition: i32,
    timestamp: i64,
) -> io::Result<Located> {
    let mut body = Writer::default();
    body.i32(-1).i8(0).compact_count(1).compact_string(topic).compact_count(1);
    body.i32(partition).i32(-1).i64(timestamp).no_tags().no_tags().no_tags();
    let mut answer = Reader::new(connection.call(LIST_OFFSETS, &body)?);
    answer.i32()?;
    answer.compact_count()?;
    answer.compact_string()?;
    answer.compact_count()?;
    answer.i32()?;
    check("ListOffsets", answer.i16()?)?;
    let (timestamp, offset) = (answer.i64()?, answer.i64()?);
    Ok(Located { timestamp, offset, leader_epoch: answer.i32()? })
}

/// Where the log of an epoch ends: the epoch that is told of, and the offset.
pub fn epoch_end(
    connection: &mut Connection,
    topic: &str,
    partition: i32,
    epoch: i32,
) -> io::Result<(i32, i64)> {
    let mut body = Writer::default();
    body.i32(-1).compact_count(1).compact_string(topic).compact_count(1);
    body.i32(partition).i32(-1).i32(epoch).no_tags().no_tags().no_tags();
    let mut answer = Reader::new(connection.call(OFFSET_FOR_LEADER_EPOCH, &body)?);
    answer.i32()?;
    answer.compact_count()?;
    answer.compact_string()?;
    answer.compact_count()?;
    check("OffsetForLeaderEpoch", answer.i16()?)?;
    answer.i32()?;
    Ok((answer.i32()?, answer.i64()?))
}

/// The cluster as a client sees it: its id, and how many partitions each topic has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    pub id: String,
    pub topics: BTreeMap<String, usize>,
}

pub fn cluster(connection: &mut Connection) -> io::Result<Cluster> {
    let mut body = Writer::default();
    body.compact_null().i8(0).i8(0).i8(0).no_tags();
    let mut answer = Reader::new(connection.call(METADATA, &body)?);
    answer.i32()?;
    for _broker in 0..answer.compact_count()? {
        answer.i32()?;
        answer.compact_string()?;
        answer.i32()?;
        answer.compact_string()?;
        answer.skip_tags()?;
    }
    let id = answer.compact_string()?.unwrap_or_default();
    answer.i32()?;
    let mut topics = BTreeMap::new();
    for _topic in 0..answer.compact_count()? {
        check("Metadata of a topic", answer.i16()?)?;
        let name = answer.compact_string()?.unwrap_or_default();
        answer.i8()?;
        let partitions = answer.compact_count()?;
        for _partition in 0..partitions {
            skip_partition(&mut answer)?;
        }
        answer.i32()?;
        answer.skip_tags()?;
        topics.insert(name, partitions);
    }
    Ok(Cluster { id, topics })
}

/// A partition that can not be led is told of with an error, and is there all the same.
fn skip_partition(answer: &mut Reader<'_>) -> io::Result<()> {
    answer.i16()?;
    answer.take(12)?;
    for _list in 0..3 {
        let nodes = answer.compact_count()?;
        answer.take(nodes * 4)?;
    }
    answer.skip_tags()
}

/// The values that a topic has of its own.
pub fn topic_configs(
    connection: &mut Connection,
    topic: &str,
) -> io::Result<BTreeMap<String, String>> {
    const TOPIC: i8 = 2;
    const OF_THE_TOPIC: i8 = 1;
    let mut body = Writer::default();
    body.compact_count(1).i8(TOPIC).compact_string(topic).compact_null().no_tags();
    body.i8(0).i8(0).no_tags();
    let mut answer = Reader::new(connection.call(DESCRIBE_CONFIGS, &body)?);
    answer.i32()?;
    answer.compact_count()?;
    check("DescribeConfigs", answer.i16()?)?;
    answer.compact_string()?;
    answer.i8()?;
    answer.compact_string()?;
    let mut found = BTreeMap::new();
    for _config in 0..answer.compact_count()? {
        let name = answer.compact_string()?.unwrap_or_default();
        let value = answer.compact_string()?.unwrap_or_default();
        answer.i8()?;
        let source = answer.i8()?;
        answer.i8()?;
        for _synonym in 0..answer.compact_count()? {
            answer.compact_string()?;
            answer.compact_string()?;
            answer.i8()?;
            answer.skip_tags()?;
        }
        answer.i8()?;
        answer.compact_string()?;
        answer.skip_tags()?;
        if source == OF_THE_TOPIC {
            found.insert(name, value);
        }
    }
    Ok(found)
}

/// Deletes the records before `offset`.
pub fn delete_records(
    connection: &mut Connection,
    topic: &str,
    partition: i32,
    offset: i64,
) -> io::Result<()> {
    let mut body = Writer::default();
    body.compact_count(1).compact_string(topic).compact_count(1);
    body.i32(partition).i64(offset).no_tags().no_tags().i32(30_000).no_tags();
    let mut answer = Reader::new(connection.call(DELETE_RECORDS, &body)?);
    answer.i32()?;
    answer.compact_count()?;
    answer.compact_string()?;
    answer.compact_count()?;
    answer.i32()?;
    answer.i64()?;
    check("DeleteRecords", answer.i16()?)
}
