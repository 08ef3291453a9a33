//! What the log held before the damage, and what of it is still given.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use support::batch;
use support::broker::Broker;
use support::calls::{self, FETCH, FetchPlan, Position};
use support::connection::{Connection, frame};
use support::load::{PARTITIONS, TOPIC};

/// Values by offset, for each partition.
pub(crate) struct Known(Vec<BTreeMap<i64, Vec<u8>>>);

/// What became of the log.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// All of it is there.
    Unharmed,
    /// The broker does not start.
    Refused,
    /// Some of it is refused, the rest is right.
    Lost { records: usize },
    /// Something is given that was never written, or missing without a word.
    Wrong(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Unharmed => f.write_str("unharmed"),
            Outcome::Refused => f.write_str("refused"),
            Outcome::Lost { records } => write!(f, "{records} records refused"),
            Outcome::Wrong(what) => write!(f, "wrong: {what}"),
        }
    }
}

impl Known {
    pub(crate) fn read(broker: &Broker) -> io::Result<Known> {
        let mut connection = broker.connect()?;
        let mut partitions = Vec::new();
        for index in 0..PARTITIONS {
            let end = calls::offset(&mut connection, TOPIC, index, Position::Latest)?;
            let mut values = BTreeMap::new();
            let mut next = 0;
            while next < end {
                next = read_once(&mut connection, index, next, &mut values)?;
            }
            partitions.push(values);
        }
        Ok(Known(partitions))
    }

    pub(crate) fn compare(&self, broker: &Broker) -> Outcome {
        let mut lost = 0;
        for (index, known) in self.0.iter().enumerate() {
            match compare_one(broker, index as i32, known) {
                Ok(missing) => lost += missing,
                Err(what) => return Outcome::Wrong(format!("partition {index}: {what}")),
            }
        }
        if lost == 0 { Outcome::Unharmed } else { Outcome::Lost { records: lost } }
    }
}

/// How many records are refused; an error says what is wrong.
fn compare_one(
    broker: &Broker,
    index: i32,
    known: &BTreeMap<i64, Vec<u8>>,
) -> Result<usize, String> {
    let mut connection = broker.connect().map_err(|error| error.to_string())?;
    let mut given = BTreeMap::new();
    let end = known.keys().next_back().map_or(0, |last| last + 1);
    let mut next = 0;
    let mut is_refused = false;
    let began = Instant::now();
    while next < end {
        match read_once(&mut connection, index, next, &mut given) {
            Ok(reached) if reached > next => next = reached,
            Ok(_) => return Err(format!("nothing is given at offset {next} of {end}")),
            // A partition takes a moment after the start.
            Err(_) if given.is_empty() && !is_refused && began.elapsed() < START_PATIENCE => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(error) if calls::refusal(&error).is_some() => {
                is_refused = true;
                next += 1;
            }
            Err(error) => return Err(format!("at offset {next}: {error}")),
        }
    }
    for (offset, value) in &given {
        if known.get(offset) != Some(value) {
            return Err(format!("offset {offset} was never written so"));
        }
    }
    Ok(known.keys().filter(|offset| !given.contains_key(offset)).count())
}

/// Reads what one answer gives; the offset behind it.
fn read_once(
    connection: &mut Connection,
    index: i32,
    next: i64,
    values: &mut BTreeMap<i64, Vec<u8>>,
) -> io::Result<i64> {
    let plan = FetchPlan {
        topic: TOPIC,
        positions: &[(index, next)],
        bytes_max: 1 << 20,
        wait_ms_max: 100,
    };
    connection.send(&frame(FETCH, &calls::fetch_body(&plan)))?;
    let mut reached = next;
    for (_, set) in calls::fetched(connection.receive()?)? {
        for batch in batch::split(set)? {
            for (offset, value) in batch.values()? {
                if offset >= next {
                    values.insert(offset, value.to_vec());
                }
            }
            reached = batch.next_offset();
        }
    }
    Ok(reached)
}

const START_PATIENCE: Duration = Duration::from_millis(500);
