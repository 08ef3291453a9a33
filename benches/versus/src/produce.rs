//! Ready-made batches to each partition in turn, a fixed number in flight on each connection.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use support::batch::{self, Sequence};
use support::broker::Broker;
use support::calls::{self, Acks, PRODUCE};
use support::connection::{Connection, frame};

use crate::Times;
use crate::figures::{Figures, Measurement, Percentiles};
use crate::scenario::ProduceLoad;

pub(crate) const TOPIC: &str = "versus";
/// After these, Kafka has made the first entry of a partition's indexes.
const FIRST_BYTES: usize = 4096;

/// What the connections are to do, and what they did.
struct Course {
    phase: AtomicU8,
    acknowledged_bytes: AtomicU64,
    /// Connections whose partitions have all taken their first bytes.
    warm: AtomicUsize,
}

const WARMING: u8 = 0;
const MEASURED: u8 = 1;
const OVER: u8 = 2;

pub(crate) fn run(load: &ProduceLoad, broker: &Broker, times: Times) -> io::Result<Figures> {
    broker.create_topic(TOPIC, load.partitions)?;
    let (phase, acknowledged_bytes) = (AtomicU8::new(WARMING), AtomicU64::new(0));
    let course = Course { phase, acknowledged_bytes, warm: AtomicUsize::new(0) };
    let address = broker.address();
    thread::scope(|scope| {
        let course = &course;
        let connections: Vec<_> = (0..load.connections)
            .map(|index| scope.spawn(move || send(load, index, address, course)))
            .collect();
        // The first batches of a partition open its files and indexes: with many, Kafka takes long.
        let began = Instant::now();
        while course.warm.load(Ordering::Relaxed) < load.connections
            && !connections.iter().any(ScopedJoinHandle::is_finished)
        {
            if began.elapsed() > times.begun {
                course.phase.store(OVER, Ordering::Relaxed);
                let (waited, partitions) = (times.begun.as_secs(), load.partitions);
                let words =
                    format!("after {waited} s not all of {partitions} partitions had begun");
                return Err(io::Error::other(words));
            }
            thread::sleep(Duration::from_millis(5));
        }
        thread::sleep(times.warm_up);
        let before = course.acknowledged_bytes.load(Ordering::Relaxed);
        let measurement = Measurement::begin(broker)?;
        course.phase.store(MEASURED, Ordering::Relaxed);
        thread::sleep(times.measured);
        let bytes = course.acknowledged_bytes.load(Ordering::Relaxed) - before;
        let figures = measurement.end(bytes);
        course.phase.store(OVER, Ordering::Relaxed);
        let mut times = Vec::new();
        for connection in connections {
            times.extend(connection.join().map_err(|_| io::Error::other("a driver panicked"))??);
        }
        Ok(Figures { ack: Percentiles::of(times), ..figures })
    })
}

/// One connection's part: partitions `index`, `index + connections` and so on.
fn send(
    load: &ProduceLoad,
    index: usize,
    address: SocketAddr,
    course: &Course,
) -> io::Result<Vec<Duration>> {
    let batch = batch_of(load.batch_bytes, load.record_bytes);
    let partitions = (0..load.partitions).skip(index).step_by(load.connections);
    let frames: Vec<Vec<u8>> = partitions
        .map(|partition| {
            frame(PRODUCE, &calls::produce_body(TOPIC, partition, Acks::Leader, &batch))
        })
        .collect();
    let mut connection = Connection::open(address)?;
    let mut in_flight = VecDeque::new();
    let mut times = Vec::new();
    let warm_after = frames.len() * (FIRST_BYTES / load.batch_bytes + 2) + load.in_flight;
    for (count, frame) in frames.iter().cycle().enumerate() {
        let phase = course.phase.load(Ordering::Relaxed);
        if phase == OVER {
            break;
        }
        while in_flight.len() >= load.in_flight {
            let sent = in_flight.pop_front().unwrap_or_else(Instant::now);
            calls::produced(connection.receive()?)?;
            course.acknowledged_bytes.fetch_add(batch.len() as u64, Ordering::Relaxed);
            if phase == MEASURED {
                times.push(sent.elapsed());
            }
        }
        if count == warm_after {
            course.warm.fetch_add(1, Ordering::Relaxed);
        }
        in_flight.push_back(Instant::now());
        connection.send(frame)?;
    }
    for _ in in_flight {
        calls::produced(connection.receive()?)?;
    }
    Ok(times)
}

/// Records of `record_bytes` until the batch has about `batch_bytes`; their text compresses badly.
pub(crate) fn batch_of(batch_bytes: usize, record_bytes: usize) -> Vec<u8> {
    const RECORD_HEAD_BYTES: usize = 9;
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let text: Vec<u8> = (0..batch_bytes + record_bytes)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            b' ' + (state >> 32) as u8 % 64
        })
        .collect();
    let count = (batch_bytes / (record_bytes + RECORD_HEAD_BYTES)).max(1);
    let values: Vec<&[u8]> = text.chunks_exact(record_bytes).take(count).collect();
    batch::build(&values, Sequence::NONE, batch::now_ms())
}
