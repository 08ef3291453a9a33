//! What was just written, read over and over by a few connections.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use support::batch;
use support::broker::Broker;
use support::calls::{self, Acks, FETCH, FetchPlan, PRODUCE};
use support::connection::{Connection, frame};

use crate::Times;
use crate::figures::{Figures, Measurement};
use crate::produce::{TOPIC, batch_of};
use crate::scenario::FetchLoad;

const BATCH_BYTES: usize = 64 << 10;

pub(crate) fn run(load: &FetchLoad, broker: &Broker, times: Times) -> io::Result<Figures> {
    broker.create_topic(TOPIC, load.partitions)?;
    fill(load, broker)?;
    let (over, fetched_bytes) = (AtomicBool::new(false), AtomicU64::new(0));
    let address = broker.address();
    thread::scope(|scope| {
        let (over, fetched_bytes) = (&over, &fetched_bytes);
        let connections: Vec<_> = (0..load.connections)
            .map(|index| scope.spawn(move || read(load, index, address, over, fetched_bytes)))
            .collect();
        thread::sleep(times.warm_up);
        let before = fetched_bytes.load(Ordering::Relaxed);
        let measurement = Measurement::begin(broker)?;
        thread::sleep(times.measured);
        let figures = measurement.end(fetched_bytes.load(Ordering::Relaxed) - before);
        over.store(true, Ordering::Relaxed);
        for connection in connections {
            connection.join().map_err(|_| io::Error::other("a driver panicked"))??;
        }
        Ok(figures)
    })
}

fn fill(load: &FetchLoad, broker: &Broker) -> io::Result<()> {
    let batch = batch_of(BATCH_BYTES, 100);
    let mut connection = broker.connect()?;
    for index in 0..load.held_bytes / BATCH_BYTES {
        let partition = index as i32 % load.partitions;
        let body = calls::produce_body(TOPIC, partition, Acks::Leader, &batch);
        connection.send(&frame(PRODUCE, &body))?;
        calls::produced(connection.receive()?)?;
    }
    Ok(())
}

fn read(
    load: &FetchLoad,
    index: usize,
    address: SocketAddr,
    over: &AtomicBool,
    fetched_bytes: &AtomicU64,
) -> io::Result<()> {
    let mut connection = Connection::open(address)?;
    let partitions = (0..load.partitions).skip(index).step_by(load.connections);
    let mut positions: Vec<(i32, i64)> = partitions.map(|partition| (partition, 0)).collect();
    while !over.load(Ordering::Relaxed) {
        let plan = FetchPlan {
            topic: TOPIC,
            positions: &positions,
            bytes_max: load.answer_bytes_max,
            wait_ms_max: 0,
        };
        connection.send(&frame(FETCH, &calls::fetch_body(&plan)))?;
        for (partition, set) in calls::fetched(connection.receive()?)? {
            fetched_bytes.fetch_add(set.len() as u64, Ordering::Relaxed);
            let position = positions.iter_mut().find(|(other, _)| *other == partition);
            if let Some((_, offset)) = position {
                // At the end of the partition it goes back to the beginning.
                *offset =
                    batch::next_offset(set).unwrap_or(if set.is_empty() { 0 } else { *offset });
            }
        }
        // The broker fills its answer from the first partition on: let each be first in turn.
        positions.rotate_left(1);
    }
    Ok(())
}
