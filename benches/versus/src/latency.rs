//! Single records at a fixed rate: each one's time runs from the moment it was due.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use support::batch::{self, Sequence};
use support::broker::Broker;
use support::calls::{self, Acks, FETCH, FetchPlan, PRODUCE};
use support::connection::{Connection, frame};

use crate::Times;
use crate::figures::{Figures, Measurement, Percentiles};
use crate::produce::TOPIC;
use crate::scenario::LatencyLoad;

const DRAIN: Duration = Duration::from_secs(1);

/// What sender, receivers and readers share.
struct Course {
    began: Instant,
    ready: AtomicUsize,
    over: AtomicBool,
}

pub(crate) fn run(load: &LatencyLoad, broker: &Broker, times: Times) -> io::Result<Figures> {
    broker.create_topic(TOPIC, load.partitions)?;
    let (ready, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let course = Course { began: Instant::now(), ready, over };
    let (course, address) = (&course, broker.address());
    thread::scope(|scope| {
        let readers: Vec<_> = (0..load.partitions)
            .map(|partition| scope.spawn(move || read(partition, address, course)))
            .collect();
        while course.ready.load(Ordering::Relaxed) < load.partitions as usize {
            thread::sleep(Duration::from_millis(5));
        }
        let mut connection = broker.connect()?;
        let mut acknowledged = connection.share()?;
        let (sender, receiver) = channel();
        let acks = scope.spawn(move || receive(&mut acknowledged, &receiver));

        send(load, times.warm_up, course, &mut connection, &sender)?;
        let measurement = Measurement::begin(broker)?;
        let measured_from = course.began.elapsed();
        send(load, times.measured, course, &mut connection, &sender)?;
        let figures = measurement.end(0);
        drop(sender);
        thread::sleep(DRAIN);
        course.over.store(true, Ordering::Relaxed);

        let measured = |samples: Vec<Sample>| {
            let samples = samples.into_iter().filter(|sample| sample.due >= measured_from);
            Percentiles::of(samples.map(|sample| sample.took).collect())
        };
        let panicked = |_| io::Error::other("a driver panicked");
        let ack_samples = acks.join().map_err(panicked)??;
        let mut read_samples = Vec::new();
        for reader in readers {
            read_samples.extend(reader.join().map_err(panicked)??);
        }
        let (ack, end_to_end) = (measured(in_time(ack_samples, course)), measured(read_samples));
        Ok(Figures { ack, end_to_end, ..figures })
    })
}

/// A record by the time it was due since the course began, and how much later it was back.
struct Sample {
    due: Duration,
    took: Duration,
}

fn in_time(samples: Vec<(Duration, Instant)>, course: &Course) -> Vec<Sample> {
    samples
        .into_iter()
        .map(|(due, back)| Sample { due, took: (back - course.began).saturating_sub(due) })
        .collect()
}

fn send(
    load: &LatencyLoad,
    time: Duration,
    course: &Course,
    connection: &mut Connection,
    in_flight: &Sender<Duration>,
) -> io::Result<()> {
    let first_due = course.began.elapsed();
    let count = load.rate * time.as_millis() as u64 / 1000;
    let mut value = vec![b'.'; load.record_bytes];
    for index in 0..count {
        let due = first_due + Duration::from_nanos(index * 1_000_000_000 / load.rate);
        thread::sleep(due.saturating_sub(course.began.elapsed()));
        value[..8].copy_from_slice(&(due.as_nanos() as u64).to_be_bytes());
        let batch = batch::build(&[&value], Sequence::NONE, batch::now_ms());
        let partition = (index % load.partitions as u64) as i32;
        let body = calls::produce_body(TOPIC, partition, Acks::Leader, &batch);
        in_flight.send(due).map_err(|_| io::Error::other("the answers ended"))?;
        connection.send(&frame(PRODUCE, &body))?;
    }
    Ok(())
}

fn receive(
    connection: &mut Connection,
    in_flight: &Receiver<Duration>,
) -> io::Result<Vec<(Duration, Instant)>> {
    in_flight
        .iter()
        .map(|due| {
            calls::produced(connection.receive()?)?;
            Ok((due, Instant::now()))
        })
        .collect()
}

fn read(partition: i32, address: SocketAddr, course: &Course) -> io::Result<Vec<Sample>> {
    let mut connection = Connection::open(address)?;
    let mut samples = Vec::new();
    let mut offset = 0;
    course.ready.fetch_add(1, Ordering::Relaxed);
    while !course.over.load(Ordering::Relaxed) {
        let positions = &[(partition, offset)];
        let plan = FetchPlan { topic: TOPIC, positions, bytes_max: 1 << 20, wait_ms_max: 200 };
        connection.send(&frame(FETCH, &calls::fetch_body(&plan)))?;
        let answer = connection.receive()?;
        let back = course.began.elapsed();
        for (_, set) in calls::fetched(answer)? {
            for batch in batch::split(set)? {
                offset = batch.next_offset();
                for (_, value) in batch.values()? {
                    let nanos = value.first_chunk().map(|head| u64::from_be_bytes(*head));
                    let due = Duration::from_nanos(nanos.unwrap_or_default());
                    samples.push(Sample { due, took: back.saturating_sub(due) });
                }
            }
        }
    }
    Ok(samples)
}
