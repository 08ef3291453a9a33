//! Producers and consumers that write down what they see.
//!
//! A plain producer sends each value once; an idempotent one sends it again until it is
//! acknowledged. Both have one request at a time. Read next: check.rs.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use support::batch::{self, Sequence};
use support::calls::{self, Acks, FETCH, FetchPlan, PRODUCE, Position};
use support::connection::{Connection, frame};
use support::load::random::Random;

use crate::check::{Outcome, Poll, Send, Value};

pub(crate) const TOPIC: &str = "history";
pub(crate) const PARTITIONS: i32 = 4;
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an idempotent producer tries once all is well again.
const LAST_TRIES: Duration = Duration::from_secs(60);
/// Each producer numbers its values from a multiple of this.
const VALUES_PER_PRODUCER: u64 = 1 << 32;

/// Where the broker is, and whether clients are to end.
#[derive(Clone)]
pub(crate) struct Setting {
    pub(crate) address: SocketAddr,
    pub(crate) is_over: Arc<AtomicBool>,
}

impl Setting {
    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    fn connect(&self) -> io::Result<Connection> {
        Connection::open_within(self.address, PATIENCE)
    }
}

pub(crate) struct Producer {
    pub(crate) setting: Setting,
    pub(crate) number: u64,
    /// None for a plain one.
    pub(crate) identity: Option<Sequence>,
    pub(crate) random: Random,
}

impl Producer {
    /// Sends until all is over; what it sent, in order.
    pub(crate) fn run(mut self) -> Vec<Send> {
        let mut sends = Vec::new();
        let mut sequences = [0; PARTITIONS as usize];
        let mut connection = None;
        while !self.setting.is_over() {
            let partition = self.random.below(PARTITIONS as u64) as i32;
            let value = self.number * VALUES_PER_PRODUCER + sends.len() as u64;
            let sequence = &mut sequences[partition as usize];
            let stamp = match self.identity {
                Some(identity) => Sequence { first: *sequence, ..identity },
                None => Sequence::NONE,
            };
            *sequence += 1;
            let set = batch::build(&[value.to_string().as_bytes()], stamp, batch::now_ms());
            let acks = if self.number.is_multiple_of(2) { Acks::All } else { Acks::Leader };
            let request = frame(PRODUCE, &calls::produce_body(TOPIC, partition, acks, &set));
            let outcome = match self.identity {
                Some(_) => self.send_until_known(&mut connection, &request),
                None => self.send_once(&mut connection, &request),
            };
            sends.push(Send { partition, value, outcome });
            sleep(Duration::from_micros(self.random.below(2000)));
        }
        sends
    }

    fn send_until_known(&self, connection: &mut Option<Connection>, request: &[u8]) -> Outcome {
        let mut over_since = None;
        loop {
            match self.send_once(connection, request) {
                Outcome::Unknown | Outcome::Refused => {}
                known => return known,
            }
            if self.setting.is_over() {
                let since = *over_since.get_or_insert_with(Instant::now);
                assert!(since.elapsed() < LAST_TRIES, "an idempotent send is never answered");
            }
        }
    }

    fn send_once(&self, connection: &mut Option<Connection>, request: &[u8]) -> Outcome {
        match exchange(&self.setting, connection, request, calls::produced) {
            Ok(offset) if offset >= 0 => Outcome::At(offset),
            Ok(_) => Outcome::Acknowledged,
            Err(error) => match calls::refusal(&error) {
                Some(DUPLICATE_SEQUENCE) => Outcome::Acknowledged,
                Some(UNKNOWN_TOPIC_OR_PARTITION | NOT_LEADER_OR_FOLLOWER) => Outcome::Refused,
                Some(REQUEST_TIMED_OUT | KAFKA_STORAGE_ERROR) | None => Outcome::Unknown,
                Some(code) => panic!("producer {}: error code {code}", self.number),
            },
        }
    }
}

pub(crate) struct Consumer {
    pub(crate) setting: Setting,
    pub(crate) random: Random,
}

impl Consumer {
    /// Reads on, and now and then from an earlier place, until all is over.
    pub(crate) fn run(mut self) -> Vec<Poll> {
        let mut polls: Vec<Poll> = Vec::new();
        let mut positions = [0; PARTITIONS as usize];
        let mut connection = None;
        while !self.setting.is_over() {
            let partition = self.random.below(PARTITIONS as u64) as i32;
            let position = &mut positions[partition as usize];
            let sought = self.random.below(50) == 0;
            let from =
                if sought { self.random.below(*position as u64 + 1) as i64 } else { *position };
            match poll(&self.setting, &mut connection, (partition, from)) {
                Ok(records) => {
                    *position = records.last().map_or(from, |(offset, _)| offset + 1);
                    polls.push(Poll { partition, from, sought, records });
                }
                Err(error) => assert!(may_pass(&error), "a consumer is told: {error}"),
            }
        }
        polls
    }
}

/// A partition from its beginning to its end.
pub(crate) fn read_all(setting: &Setting, partition: i32) -> io::Result<Poll> {
    let mut connection = Some(setting.connect()?);
    let mut records: Vec<(i64, Value)> = Vec::new();
    let Some(first) = connection.as_mut() else { unreachable!("it is connected") };
    let end = calls::offset(first, TOPIC, partition, Position::Latest)?;
    let mut next = 0;
    while next < end {
        let more = poll(setting, &mut connection, (partition, next))?;
        next = more.last().map_or(next, |(offset, _)| offset + 1);
        records.extend(more);
    }
    Ok(Poll { partition, from: 0, sought: true, records })
}

fn poll(
    setting: &Setting,
    connection: &mut Option<Connection>,
    position: (i32, i64),
) -> io::Result<Vec<(i64, Value)>> {
    let plan =
        FetchPlan { topic: TOPIC, positions: &[position], bytes_max: 1 << 20, wait_ms_max: 50 };
    let request = frame(FETCH, &calls::fetch_body(&plan));
    exchange(setting, connection, &request, |answer| {
        let mut records = Vec::new();
        for (_, set) in calls::fetched(answer)? {
            for batch in batch::split(set)? {
                for (offset, value) in batch.values()? {
                    let value = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                    let value =
                        value.ok_or_else(|| io::Error::other("a value that no one sent"))?;
                    records.push((offset, value));
                }
            }
        }
        // A batch may begin before what was asked for.
        records.retain(|(offset, _)| *offset >= position.1);
        Ok(records)
    })
}

/// One request and its answer, over a connection that is made if there is none, and forgotten
/// when it failed.
fn exchange<T>(
    setting: &Setting,
    connection: &mut Option<Connection>,
    request: &[u8],
    read: impl FnOnce(&[u8]) -> io::Result<T>,
) -> io::Result<T> {
    let exchange = || {
        let open = match connection {
            Some(open) => open,
            None => connection.insert(setting.connect()?),
        };
        open.send(request)?;
        read(open.receive()?)
    };
    let outcome = exchange();
    if let Err(error) = &outcome
        && calls::refusal(error).is_none()
    {
        *connection = None;
        sleep(Duration::from_millis(5));
    }
    outcome
}

fn may_pass(error: &io::Error) -> bool {
    let passing = [UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR];
    match calls::refusal(error) {
        Some(code) => passing.contains(&code),
        None => error.kind() != io::ErrorKind::Other,
    }
}

const UNKNOWN_TOPIC_OR_PARTITION: i16 = 3;
const NOT_LEADER_OR_FOLLOWER: i16 = 6;
const REQUEST_TIMED_OUT: i16 = 7;
const DUPLICATE_SEQUENCE: i16 = 46;
const KAFKA_STORAGE_ERROR: i16 = 56;
