//! A load for a broker whose journal is not synced at each write, and how much of it a power cut
//! may take.
//!
//! One writer for each partition, one batch under way: what was sent is known in order. After a cut
//! each partition must hold a prefix of that, with nothing lost that was acknowledged longer before
//! the cut than `LOSS_MAX`; the next writers go on where it ends.
//! Promise: any other loss, a gap, a doubled or a wrong record ends the test.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use support::batch::{self, Sequence};
use support::broker::Broker;
use support::calls::{self, Acks, FETCH, FetchPlan, PRODUCE, Position};
use support::connection::{Connection, frame};
use support::load::RECOVERY_TIME_MAX;
use support::load::random::Random;

const TOPIC: &str = "bounded";
const PARTITIONS: usize = 6;
/// The documented second and the time of a sync, and what a busy machine adds to that.
pub(crate) const LOSS_MAX: Duration = Duration::from_secs(3);

/// What the partitions hold for certain, as numbers of their records in order.
pub(crate) struct Bounded {
    address: SocketAddr,
    kept: [Vec<u64>; PARTITIONS],
    next_number: u64,
}

/// What was sent to one partition since the last start, in order.
#[derive(Default)]
pub(crate) struct Sent {
    numbers: Vec<u64>,
    /// How many of them were acknowledged at each moment.
    acknowledged: Vec<(usize, Instant)>,
}

/// What a cut took of what was acknowledged since the last start.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Loss {
    pub(crate) lost: usize,
    pub(crate) acknowledged: usize,
    /// How long before the cut the oldest of those lost was acknowledged.
    pub(crate) oldest: Duration,
}

impl Bounded {
    pub(crate) fn start(broker: &Broker) -> io::Result<Bounded> {
        broker.create_topic(TOPIC, PARTITIONS as i32)?;
        Ok(Bounded { address: broker.address(), kept: Default::default(), next_number: 0 })
    }

    /// Writes until `ends_it` returns and the broker is gone; then what each partition was sent.
    pub(crate) fn write_until(
        &mut self,
        random: &mut Random,
        ends_it: impl FnOnce(&mut Random),
    ) -> Vec<Sent> {
        let is_over = AtomicBool::new(false);
        let first_number = self.next_number;
        let address = self.address;
        let sent: Vec<Sent> = thread::scope(|scope| {
            let writers: Vec<_> = (0..PARTITIONS)
                .map(|partition| {
                    let random = Random::new(random.draw());
                    let is_over = &is_over;
                    scope.spawn(move || write(address, partition, first_number, random, is_over))
                })
                .collect();
            ends_it(random);
            is_over.store(true, Ordering::Relaxed);
            writers.into_iter().map(|writer| writer.join().expect("it wrote")).collect()
        });
        self.next_number += sent.iter().map(|sent| sent.numbers.len()).max().unwrap_or(0) as u64;
        sent
    }

    /// Holds what is left after the cut against what was sent before it.
    pub(crate) fn check(&mut self, broker: &Broker, sent: &[Sent], cut: Instant) -> Loss {
        assert!(broker.start_time < RECOVERY_TIME_MAX, "recovery took {:?}", broker.start_time);
        let mut connection = broker.connect().expect("it answers");
        let mut loss = Loss::default();
        for (partition, sent) in sent.iter().enumerate() {
            let kept = &mut self.kept[partition];
            let found = read(&mut connection, partition, kept.len());
            assert!(
                sent.numbers.starts_with(&found),
                "partition {partition} holds other records from offset {} on than it was sent",
                kept.len()
            );
            loss.add(sent, found.len(), cut);
            kept.extend(found);
        }
        assert!(loss.oldest <= LOSS_MAX, "older records than the key's text allows: {loss:?}");
        loss
    }

    /// Reads all again from the beginning.
    pub(crate) fn finish(self, broker: &Broker) {
        let mut connection = broker.connect().expect("it answers");
        for (partition, kept) in self.kept.iter().enumerate() {
            assert!(read(&mut connection, partition, 0) == *kept, "partition {partition} changed");
        }
    }
}

impl Loss {
    fn add(&mut self, sent: &Sent, found: usize, cut: Instant) {
        let acknowledged = sent.acknowledged.last().map_or(0, |(count, _)| *count);
        self.acknowledged += acknowledged;
        self.lost += acknowledged.saturating_sub(found);
        let oldest = sent.acknowledged.iter().find(|(count, _)| *count > found);
        if let Some((_, at)) = oldest {
            self.oldest = self.oldest.max(cut.saturating_duration_since(*at));
        }
    }
}

/// Sends to a partition until something goes wrong, as it must.
fn write(
    address: SocketAddr,
    partition: usize,
    first_number: u64,
    mut random: Random,
    is_over: &AtomicBool,
) -> Sent {
    let mut sent = Sent::default();
    let Ok(mut connection) = Connection::open(address) else { return sent };
    while !is_over.load(Ordering::Relaxed) {
        let first = first_number + sent.numbers.len() as u64;
        let numbers: Vec<u64> = (first..=first + random.below(30)).collect();
        let bytes = if random.below(100) == 0 { 10_000 } else { 100 };
        let values: Vec<Vec<u8>> =
            numbers.iter().map(|number| value(partition, *number, bytes)).collect();
        let values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
        let batch = batch::build(&values, Sequence::NONE, batch::now_ms());
        let body = calls::produce_body(TOPIC, partition as i32, Acks::All, &batch);
        sent.numbers.extend(numbers);
        let answered = connection
            .send(&frame(PRODUCE, &body))
            .and_then(|()| calls::produced(connection.receive()?));
        if answered.is_err() {
            break;
        }
        sent.acknowledged.push((sent.numbers.len(), Instant::now()));
        thread::sleep(Duration::from_micros(random.below(3000)));
    }
    sent
}

/// What a record holds, so that a reader can tell.
fn value(partition: usize, number: u64, bytes: usize) -> Vec<u8> {
    let mut value = format!("{partition}:{number}:").into_bytes();
    value.resize(value.len().max(bytes), b'.');
    value
}

/// The numbers of a partition's records from an offset on, as soon as it is there again.
fn read(connection: &mut Connection, partition: usize, from: usize) -> Vec<u64> {
    let began = Instant::now();
    let end = loop {
        match calls::offset(connection, TOPIC, partition as i32, Position::Latest) {
            Ok(end) => break end as usize,
            Err(error) => assert!(began.elapsed() < RECOVERY_TIME_MAX, "{partition}: {error}"),
        }
        thread::sleep(Duration::from_millis(20));
    };
    assert!(end >= from, "partition {partition} ends at {end}: {from} outlived a cut before");
    let mut numbers = Vec::new();
    while from + numbers.len() < end {
        let next = (from + numbers.len()) as i64;
        read_once(connection, partition, next, &mut numbers).expect("the log can be read");
    }
    numbers
}

fn read_once(
    connection: &mut Connection,
    partition: usize,
    mut next: i64,
    numbers: &mut Vec<u64>,
) -> io::Result<()> {
    let positions = &[(partition as i32, next)];
    let plan = FetchPlan { topic: TOPIC, positions, bytes_max: 4 << 20, wait_ms_max: 100 };
    connection.send(&frame(FETCH, &calls::fetch_body(&plan)))?;
    for (_, set) in calls::fetched(connection.receive()?)? {
        for batch in batch::split(set)? {
            for (offset, bytes) in batch.values()? {
                // A batch is given whole, also where a read begins within it.
                if offset < next {
                    continue;
                }
                assert_eq!(offset, next, "offsets go on without a gap");
                next += 1;
                numbers.push(number(partition, bytes));
            }
        }
    }
    Ok(())
}

fn number(partition: usize, bytes: &[u8]) -> u64 {
    let text = std::str::from_utf8(bytes).expect("a value is text");
    let number = text.split(':').nth(1).and_then(|number| number.parse().ok());
    let number = number.unwrap_or_else(|| panic!("{text} is no value"));
    assert!(value(partition, number, bytes.len()) == bytes, "{text} is no value of {partition}");
    number
}
