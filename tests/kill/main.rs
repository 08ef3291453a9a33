//! SIGKILL at random moments under load: nothing acknowledged is lost, doubled or out of order.
//!
//! Idempotent producers write all the time, half of them with acks=1, half with acks=all; what
//! was not acknowledged when the broker died is sent again with the same sequence. After each
//! restart the new part of every partition is read and held against what was acknowledged; at the
//! end all of it is read again, and Kafka's own tool reads the files after a clean stop.
//! RINGLOG_KILLS: rounds (default 20). RINGLOG_SEED: the moments, as a failed run printed them.
//! Run: `cargo test --release --test kill -- --ignored`.
//! Read next: producer.rs, verify.rs.

mod files;
mod gate;
mod producer;
mod random;
mod verify;

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gate::Gate;
use producer::{Acknowledged, Producer};
use random::Random;
use support::broker::{Broker, Launch};
use support::calls::{self, Acks};
use verify::Log;

const TOPIC: &str = "killed";
const PARTITIONS: i32 = 6;
const PRODUCERS: usize = 4;
const RECOVERY_TIME_MAX: Duration = Duration::from_secs(30);

/// What all threads share.
struct Shared {
    gate: Gate,
    acknowledged: Mutex<Vec<Acknowledged>>,
}

#[test]
#[ignore = "takes minutes; ./test runs it"]
fn what_was_acknowledged_outlives_every_kill() {
    let seed = number("RINGLOG_SEED").unwrap_or_else(|| {
        SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_micros() as u64
    });
    let rounds = number("RINGLOG_KILLS").unwrap_or(20);
    println!("RINGLOG_SEED={seed} RINGLOG_KILLS={rounds}");
    let mut random = Random::new(seed);
    let launch = Launch::from_environment(env!("CARGO_BIN_EXE_ringlog"));
    let mut broker =
        Broker::start(&launch, &["log.segment.bytes=4194304"]).expect("the broker starts");
    broker.create_topic(TOPIC, PARTITIONS).expect("a topic");

    let shared = Arc::new(Shared { gate: Gate::new(PRODUCERS), acknowledged: Mutex::default() });
    let threads: Vec<_> = producers(&broker, &shared, &mut random)
        .into_iter()
        .map(|producer| thread::spawn(move || producer.run()))
        .collect();
    let mut log = Log::default();
    for round in 1..=rounds {
        shared.gate.open();
        thread::sleep(Duration::from_millis(random.below(1500)));
        broker.kill().expect("it runs");
        shared.gate.close();
        if random.below(4) == 0 {
            let moment = Duration::from_millis(random.below(200));
            broker.kill_while_starting(moment).expect("it can be started");
        }
        broker.restart().expect("it recovers");
        assert!(broker.start_time < RECOVERY_TIME_MAX, "recovery took {:?}", broker.start_time);
        let acknowledged = shared.acknowledged.lock().expect("no thread panicked").clone();
        log.read_on(&broker).expect("the log can be read");
        log.assert_holds(&acknowledged);
        println!(
            "round {round}: {} batches acknowledged, {} in the log, back in {:?}",
            acknowledged.len(),
            log.batches(),
            broker.start_time
        );
    }
    finish(&shared, threads);

    let acknowledged = shared.acknowledged.lock().expect("no thread panicked");
    log.read_on(&broker).expect("the log can be read");
    log.assert_holds(&acknowledged);
    let mut again = Log::default();
    again.read_on(&broker).expect("the log can be read");
    again.assert_same(&log);
    // 143 is how a JVM ends after SIGTERM.
    let status = broker.stop().expect("it stops").code();
    assert!(matches!(status, Some(0 | 143)), "a clean stop ended with {status:?}");
    files::assert_kafka_accepts(&broker.data());
}

fn producers(broker: &Broker, shared: &Arc<Shared>, random: &mut Random) -> Vec<Producer> {
    let mut connection = broker.connect().expect("a connection");
    (0..PRODUCERS)
        .map(|index| {
            let sequence = calls::producer_id(&mut connection).expect("a producer id");
            let acks = if index % 2 == 0 { Acks::All } else { Acks::Leader };
            let random = Random::new(random.next());
            Producer::new(broker.address(), sequence, acks, random, Arc::clone(shared))
        })
        .collect()
}

/// Lets what is unacknowledged through once more, then ends the threads.
fn finish(shared: &Shared, threads: Vec<thread::JoinHandle<()>>) {
    shared.gate.open();
    thread::sleep(Duration::from_secs(1));
    shared.gate.close();
    shared.gate.end();
    for thread in threads {
        thread.join().expect("the producer saw what it should");
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}
