//! Real faults while clients write and read, and then the whole history, searched for anomalies.
//!
//! The broker is killed, stopped, paused, and its network is cut, in a network namespace of the
//! test. RINGLOG_FAULTS: how many (default 40). RINGLOG_SEED: which, as a failed run printed it.
//! Run: `cargo test --release --test history -- --ignored --nocapture`; needs root.
//! Read next: check.rs, clients.rs.

mod check;
mod clients;
mod network;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle, sleep};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::broker::{Broker, Launch};
use support::calls;
use support::load::random::Random;

use check::{History, anomalies};
use clients::{Consumer, PARTITIONS, Producer, Setting, TOPIC, read_all};

const PLAIN_PRODUCERS: u64 = 2;
const IDEMPOTENT_PRODUCERS: u64 = 2;
const CONSUMERS: u64 = 3;

#[test]
#[ignore = "takes minutes and root"]
fn faults_leave_no_anomaly() {
    let mut random = Random::from_environment();
    let faults = Random::number("RINGLOG_FAULTS").unwrap_or(40);
    network::enter().expect("a network of its own");
    let launch = Launch::from_environment(env!("CARGO_BIN_EXE_ringlog"));
    let mut broker =
        Broker::start(&launch, &["log.segment.bytes=1048576"]).expect("the broker starts");
    broker.create_topic(TOPIC, PARTITIONS).expect("a topic");
    let is_over = Arc::new(AtomicBool::new(false));
    let setting = Setting { address: broker.address(), is_over: Arc::clone(&is_over) };
    let producers = producers(&broker, &setting, &mut random);
    let consumers = (0..CONSUMERS).map(|_| {
        let (setting, random) = (setting.clone(), Random::new(random.draw()));
        thread::spawn(move || Consumer { setting, random }.run())
    });
    let consumers: Vec<_> = consumers.collect();
    for number in 1..=faults {
        sleep(Duration::from_millis(random.below(1500)));
        let fault = befall(&mut broker, &mut random);
        println!("fault {number}: {fault}");
    }
    sleep(Duration::from_secs(2));
    is_over.store(true, Ordering::Relaxed);
    let history = History {
        producers: producers.into_iter().map(joined).collect(),
        consumers: consumers.into_iter().map(joined).collect(),
        in_the_end: (0..PARTITIONS)
            .map(|partition| read_all(&setting, partition).expect("the log can be read"))
            .collect(),
    };
    let sends: usize = history.producers.iter().map(Vec::len).sum();
    let read: usize = history.in_the_end.iter().map(|poll| poll.records.len()).sum();
    let polled = history.consumers.iter().flatten().map(|poll| poll.records.len());
    println!("{sends} sends, {read} in the log, {} polled", polled.sum::<usize>());
    assert!(read > 0, "something was written");
    assert_eq!(anomalies(&history), []);
}

fn producers(
    broker: &Broker,
    setting: &Setting,
    random: &mut Random,
) -> Vec<JoinHandle<Vec<check::Send>>> {
    let mut connection = broker.connect().expect("a connection");
    let mut start = |number| {
        let identity = (number >= PLAIN_PRODUCERS)
            .then(|| calls::producer_id(&mut connection).expect("a producer id"));
        let (setting, random) = (setting.clone(), Random::new(random.draw()));
        thread::spawn(move || Producer { setting, number, identity, random }.run())
    };
    (0..PLAIN_PRODUCERS + IDEMPOTENT_PRODUCERS).map(&mut start).collect()
}

fn joined<T>(thread: JoinHandle<T>) -> T {
    thread.join().expect("the client saw what it should")
}

/// Does something bad, waits, and mends it.
fn befall(broker: &mut Broker, random: &mut Random) -> &'static str {
    let while_it_lasts = Duration::from_millis(random.below(3000));
    match random.below(5) {
        0 => {
            broker.kill().expect("it runs");
            broker.restart().expect("it recovers");
            "killed"
        }
        1 => {
            signal(broker, Signal::SIGSTOP);
            sleep(while_it_lasts);
            signal(broker, Signal::SIGCONT);
            "paused"
        }
        2 => {
            network::cut().expect("the network is cut");
            sleep(while_it_lasts);
            network::mend().expect("the network is mended");
            "cut off"
        }
        3 => {
            let status = broker.stop().expect("it stops").code();
            assert!(matches!(status, Some(0 | 143)), "a clean stop ended with {status:?}");
            broker.restart().expect("it starts");
            "stopped"
        }
        _ => {
            network::cut().expect("the network is cut");
            sleep(while_it_lasts);
            broker.kill().expect("it runs");
            network::mend().expect("the network is mended");
            broker.restart().expect("it recovers");
            "cut off and killed"
        }
    }
}

fn signal(broker: &Broker, signal: Signal) {
    let pid = broker.pid().expect("it runs") as i32;
    kill(Pid::from_raw(pid), signal).expect("it is signalled");
}
