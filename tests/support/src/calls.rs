//! The few requests the suites make by hand, each at one flexible version.

use std::io;
use std::thread::sleep;
use std::time::Duration;

use crate::batch::Sequence;
use crate::connection::{Api, Connection};
use crate::questions;
use crate::wire::{Reader, Writer};

pub const PRODUCE: Api = Api { key: 0, version: 9 };
pub const FETCH: Api = Api { key: 1, version: 12 };
const METADATA: Api = Api { key: 3, version: 9 };
const CREATE_TOPICS: Api = Api { key: 19, version: 5 };
const INIT_PRODUCER_ID: Api = Api { key: 22, version: 3 };

/// An error code that the broker gave, with the request that met it.
#[derive(Debug)]
pub struct Refused {
    pub what: &'static str,
    pub code: i16,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} was refused with error code {}", self.what, self.code)
    }
}

impl std::error::Error for Refused {}

pub fn check(what: &'static str, code: i16) -> io::Result<()> {
    if code == 0 { Ok(()) } else { Err(io::Error::other(Refused { what, code })) }
}

/// The error code inside an error that `check` made.
pub fn refusal(error: &io::Error) -> Option<i16> {
    error.get_ref()?.downcast_ref::<Refused>().map(|refused| refused.code)
}

pub fn create_topic(connection: &mut Connection, topic: &str, partitions: i32) -> io::Result<()> {
    create_topic_with(connection, topic, partitions, &[])
}

/// With the values of these keys.
pub fn create_topic_with(
    connection: &mut Connection,
    topic: &str,
    partitions: i32,
    configs: &[(&str, &str)],
) -> io::Result<()> {
    let mut body = Writer::default();
    body.compact_count(1).compact_string(topic).i32(partitions).i16(1);
    body.compact_count(0).compact_count(configs.len());
    for (key, value) in configs {
        body.compact_string(key).compact_string(value).no_tags();
    }
    body.no_tags();
    body.i32(30_000).i8(0).no_tags();
    let mut answer = Reader::new(connection.call(CREATE_TOPICS, &body)?);
    answer.i32()?;
    answer.compact_count()?;
    answer.compact_string()?;
    check("CreateTopics", answer.i16()?)
}

/// How many brokers the broker knows of, itself among them once it is ready.
pub fn brokers(connection: &mut Connection) -> io::Result<usize> {
    let mut body = Writer::default();
    body.compact_count(0).i8(0).i8(0).i8(0).no_tags();
    let mut answer = Reader::new(connection.call(METADATA, &body)?);
    answer.i32()?;
    answer.compact_count()
}

#[derive(Clone, Copy)]
pub enum Position {
    Earliest,
    Latest,
}

pub fn offset(
    connection: &mut Connection,
    topic: &str,
    partition: i32,
    position: Position,
) -> io::Result<i64> {
    let timestamp = match position {
        Position::Earliest => -2,
        Position::Latest => -1,
    };
    Ok(questions::locate(connection, topic, partition, timestamp)?.offset)
}

/// A producer id for an idempotent producer, its first sequence at 0. A broker that has just
/// started may first have to fetch itself a range of ids; it is asked until it has.
pub fn producer_id(connection: &mut Connection) -> io::Result<Sequence> {
    let mut tries = 0..PRODUCER_ID_TRIES;
    loop {
        let sequence = try_producer_id(connection);
        let loading = sequence.as_ref().is_err_and(|error| refusal(error) == Some(LOADING));
        if !loading || tries.next().is_none() {
            return sequence;
        }
        sleep(Duration::from_millis(100));
    }
}

fn try_producer_id(connection: &mut Connection) -> io::Result<Sequence> {
    let mut body = Writer::default();
    body.compact_null().i32(-1).i64(-1).i16(-1).no_tags();
    let mut answer = Reader::new(connection.call(INIT_PRODUCER_ID, &body)?);
    answer.i32()?;
    check("InitProducerId", answer.i16()?)?;
    Ok(Sequence { producer_id: answer.i64()?, producer_epoch: answer.i16()?, first: 0 })
}

const LOADING: i16 = 14;
const PRODUCER_ID_TRIES: u32 = 100;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Acks {
    Leader,
    All,
}

pub fn produce_body(topic: &str, partition: i32, acks: Acks, batch: &[u8]) -> Vec<u8> {
    let acks = match acks {
        Acks::Leader => 1,
        Acks::All => -1,
    };
    let mut body = Writer::default();
    body.compact_null().i16(acks).i32(30_000).compact_count(1).compact_string(topic);
    body.compact_count(1).i32(partition).compact_bytes(batch).no_tags().no_tags().no_tags();
    body.into_vec()
}

/// The base offset that one partition's batch was given.
pub fn produced(answer: &[u8]) -> io::Result<i64> {
    let mut answer = Reader::new(answer);
    answer.compact_count()?;
    answer.compact_string()?;
    answer.compact_count()?;
    answer.i32()?;
    check("Produce", answer.i16()?)?;
    answer.i64()
}

/// What a Produce answer says of one partition.
#[derive(Debug, Eq, PartialEq)]
pub struct PartitionAnswer {
    pub code: i16,
    pub base_offset: i64,
    pub log_append_time_ms: i64,
    pub log_start: i64,
    /// Each record that was refused, by its index in the batch, and why.
    pub record_errors: Vec<(i32, String)>,
    pub message: String,
}

/// All that a Produce answer says of its only partition.
pub fn produced_in_full(answer: &[u8]) -> io::Result<PartitionAnswer> {
    let mut answer = Reader::new(answer);
    answer.compact_count()?;
    answer.compact_string()?;
    answer.compact_count()?;
    answer.i32()?;
    let (code, base_offset) = (answer.i16()?, answer.i64()?);
    let (log_append_time_ms, log_start) = (answer.i64()?, answer.i64()?);
    let mut record_errors = Vec::new();
    for _record in 0..answer.compact_count()? {
        record_errors.push((answer.i32()?, text(&mut answer)?));
        answer.skip_tags()?;
    }
    let message = text(&mut answer)?;
    Ok(PartitionAnswer { code, base_offset, log_append_time_ms, log_start, record_errors, message })
}

/// A string; empty where there is none.
fn text(answer: &mut Reader) -> io::Result<String> {
    Ok(answer.compact_string()?.unwrap_or_default())
}

/// Where to read and how far one answer may go.
pub struct FetchPlan<'a> {
    pub topic: &'a str,
    pub positions: &'a [(i32, i64)],
    pub bytes_max: i32,
    pub wait_ms_max: i32,
}

pub fn fetch_body(plan: &FetchPlan) -> Vec<u8> {
    let mut body = Writer::default();
    body.i32(-1).i32(plan.wait_ms_max).i32(1).i32(plan.bytes_max).i8(0).i32(0).i32(-1);
    body.compact_count(1).compact_string(plan.topic).compact_count(plan.positions.len());
    for (partition, offset) in plan.positions {
        body.i32(*partition).i32(-1).i64(*offset).i32(-1).i64(-1).i32(plan.bytes_max).no_tags();
    }
    body.no_tags().compact_count(0).compact_string("").no_tags();
    body.into_vec()
}

/// Each partition's record set of a Fetch answer.
pub fn fetched(answer: &[u8]) -> io::Result<Vec<(i32, &[u8])>> {
    let mut answer = Reader::new(answer);
    answer.i32()?;
    check("Fetch", answer.i16()?)?;
    answer.i32()?;
    let mut sets = Vec::new();
    for _topic in 0..answer.compact_count()? {
        answer.compact_string()?;
        for _partition in 0..answer.compact_count()? {
            let partition = answer.i32()?;
            check("Fetch of a partition", answer.i16()?)?;
            answer.take(24)?;
            for _aborted in 0..answer.compact_count()? {
                answer.take(16)?;
                answer.skip_tags()?;
            }
            answer.i32()?;
            sets.push((partition, answer.compact_bytes()?.unwrap_or_default()));
            answer.skip_tags()?;
        }
        answer.skip_tags()?;
    }
    Ok(sets)
}
