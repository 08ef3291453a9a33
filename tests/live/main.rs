//! Hostile clients at a live broker, healthy ones beside them.
//!
//! Requests with hostile fields made from the schemata, in wrong orders and versions; damaged,
//! half-sent and dripping frames; clients that never read, that vanish, that come in crowds.
//! Beside them idempotent producers write and all they wrote is read (support::load), and one
//! client measures how long a record takes there and back, with the hostile ones and while they
//! rest, in turns.
//! Shown: no crash; every connection is answered or closed; the healthy ones lose nothing, none of
//! their requests stays unanswered, and beside hostile clients their median time is at most 10
//! times that without, the 99th percentile 25 times (windows.rs); at the end sockets are as before,
//! files those of the topics that are left, memory what it was after the first quarter.
//! RINGLOG_LIVE_SECONDS: how long (default 60). RINGLOG_SEED: what the clients do; their order is
//! the machine's. For hours: `RINGLOG_LIVE_SECONDS=7200 cargo test --release --test live --
//! --ignored --nocapture`.
//! Read next: hostile.rs, sampler.rs, windows.rs.

mod accounts;
mod catalogue;
mod healthy;
mod hostile;
mod learned;
mod sampler;
mod windows;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use accounts::Accounts;
use healthy::Healthy;
use hostile::{Course, Hostile};
use ringlog::protocol::{Message, delete_topics, metadata};
use support::broker::{Broker, Launch};
use support::connection::{Api, Connection};
use support::load::random::Random;
use support::load::{self, Load};
use support::wire::Writer;
use windows::{Clock, Window};

const HOSTILE_CLIENTS: usize = 4;
/// A round of the healthy load; between rounds it is held against what the broker has.
const LOADED: Duration = Duration::from_secs(2);
const ROUND: Duration = Duration::from_secs(12);
/// Then the hostile clients rest: until what they began is over, and as long as is measured.
const RESTING: Duration = Duration::from_secs(1);
const QUIET: Duration = Duration::from_secs(3);
/// Memory may be this much above what it was after the first quarter.
const MEMORY_GROWTH_MB_MAX: f64 = 100.0;
/// The broker closes what never reads after a minute.
const SETTLE_TIME_MAX: Duration = Duration::from_secs(150);

/// Those of the healthy clients.
const KEPT_TOPICS: &[&str] =
    &[load::TOPIC, healthy::TOPIC, "__consumer_offsets", "__cluster_metadata"];

const SETTINGS: &[&str] = &[
    "group.min.session.timeout.ms=100",
    "group.max.session.timeout.ms=6000",
    "producer.id.expiration.ms=20000",
    "producer.id.expiration.check.interval.ms=5000",
    "offsets.topic.num.partitions=4",
];

#[test]
#[ignore = "takes a minute; ./test runs it"]
fn hostile_clients_harm_nobody() {
    let mut random = Random::from_environment();
    let seconds = Random::number("RINGLOG_LIVE_SECONDS").unwrap_or(60);
    let launch = Launch::from_environment(env!("CARGO_BIN_EXE_ringlog"));
    let mut broker = Broker::start(&launch, SETTINGS).expect("the broker starts");
    let pid = broker.pid().expect("it runs");
    let mut load = Load::start(&broker, &mut random).expect("a topic and its producers");
    let healthy = Healthy::start(&broker).expect("a healthy client");
    run_load(&mut load, &broker);
    let before = Accounts::of(pid);
    println!("before: {before}");
    let catalogue = catalogue::load();
    let course = course(broker.address());
    let took = thread::scope(|scope| {
        let probing = scope.spawn(|| healthy.run(&course.over, &course.clock));
        let mut hostile = Vec::new();
        for index in 0..HOSTILE_CLIENTS {
            let client = Hostile::new(index, &course, &catalogue, random.draw());
            hostile.push(scope.spawn(move || client.run()));
        }
        let guard = EndsAnyway(&course.over);
        let began = Instant::now();
        let mut quarter = None;
        while began.elapsed() < Duration::from_secs(seconds) {
            let round = Instant::now();
            course.clock.set(Window::Unmeasured);
            check_running(&mut broker, &course, hostile.iter().any(|client| client.is_finished()));
            run_load(&mut load, &broker);
            sweep(broker.address()).expect("topics can be listed and deleted");
            course.clock.set(Window::Hostile);
            thread::sleep(ROUND.saturating_sub(round.elapsed()));
            if began.elapsed().as_secs() >= seconds / 4 && quarter.is_none() {
                quarter = Some(Accounts::of(pid));
            }
            tell(&course, began, Accounts::of(pid));
            course.clock.set(Window::Resting);
            thread::sleep(RESTING);
            course.clock.set(Window::Quiet);
            thread::sleep(QUIET);
        }
        course.clock.set(Window::Unmeasured);
        drop(guard);
        for (index, client) in hostile.into_iter().enumerate() {
            client.join().unwrap_or_else(|_| panic!("client {index}:\n{}", trails(&course)));
        }
        let took = probing.join().expect("the healthy client saw what it should");
        let took = took.expect("the healthy client was served");
        settle(&broker, before, quarter.unwrap_or(before));
        took
    });
    took.assert_kept();
    load.finish(&broker);
    let status = broker.stop().expect("it stops").code();
    assert!(matches!(status, Some(0 | 143)), "a clean stop ended with {status:?}");
}

fn course(address: SocketAddr) -> Course {
    Course {
        address,
        over: AtomicBool::new(false),
        clock: Clock::new(),
        requests: AtomicU64::new(0),
        answers: AtomicU64::new(0),
        connections: AtomicU64::new(0),
        trails: (0..HOSTILE_CLIENTS).map(|_| Mutex::new(VecDeque::new())).collect(),
    }
}

/// Lets the other threads end when this one does, however it does.
struct EndsAnyway<'c>(&'c AtomicBool);

impl Drop for EndsAnyway<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn run_load(load: &mut Load, broker: &Broker) {
    load.run_for(LOADED);
    load.hold();
    load.check(broker);
}

fn check_running(broker: &mut Broker, course: &Course, client_ended: bool) {
    let ended = broker.ended();
    let log = broker.log_of_last_start();
    assert!(
        ended.is_none(),
        "the broker ended with {ended:?}; it said:\n{}\n{}",
        last_lines(&log),
        trails(course)
    );
    for fault in ["panicked", "a bug of the broker"] {
        assert!(!log.contains(fault), "{fault}:\n{}\n{}", lines_of(&log, fault), trails(course));
    }
    assert!(!client_ended, "a hostile client failed:\n{}", trails(course));
}

/// Deletes all topics but those of the healthy clients.
fn sweep(address: SocketAddr) -> io::Result<()> {
    const METADATA: Api = Api { key: 3, version: 9 };
    const DELETE_TOPICS: Api = Api { key: 20, version: 5 };
    let mut connection = Connection::open(address)?;
    let all = metadata::Request { topics: None, ..Default::default() };
    let body = encoded(&all, METADATA.version);
    let answer = connection.call(METADATA, &body)?;
    let topics = metadata::Response::from_slice(answer, METADATA.version).map_err(io::Error::other);
    let names = topics?.topics.into_iter().filter_map(|topic| topic.name);
    let topic_names: Vec<String> =
        names.filter(|name| !KEPT_TOPICS.contains(&name.as_str())).collect();
    let delete = delete_topics::Request { topic_names, timeout_ms: 5000, ..Default::default() };
    connection.call(DELETE_TOPICS, &encoded(&delete, DELETE_TOPICS.version))?;
    Ok(())
}

fn encoded<M: Message>(message: &M, version: i16) -> Writer {
    let mut writer = Writer::default();
    writer.bytes(&message.to_vec(version).expect("it fits the version"));
    writer
}

/// Waits until sockets and files are as they were, and holds memory against the first quarter.
fn settle(broker: &Broker, before: Accounts, quarter: Accounts) {
    let pid = broker.pid().expect("it runs");
    let began = Instant::now();
    loop {
        sweep(broker.address()).expect("topics can be listed and deleted");
        let now = Accounts::of(pid);
        let leaked = accounts::leaked_files(pid, KEPT_TOPICS);
        let is_flat = now.sockets <= before.sockets
            && leaked.is_empty()
            && now.resident_mb < quarter.resident_mb.max(before.resident_mb) + MEMORY_GROWTH_MB_MAX;
        if is_flat {
            println!("after {:.0?} of rest: {now}", began.elapsed());
            return;
        }
        let waited = began.elapsed();
        assert!(
            waited < SETTLE_TIME_MAX,
            "{waited:.0?} after the last client left it holds {now}; before it was {before}, after \
             the first quarter {quarter}; files that nobody needs: {leaked:#?}"
        );
        thread::sleep(Duration::from_secs(1));
    }
}

fn tell(course: &Course, began: Instant, now: Accounts) {
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    println!(
        "{:.0?}: {} connections, {} requests, {} awaited answers; {now}",
        began.elapsed(),
        count(&course.connections),
        count(&course.requests),
        count(&course.answers),
    );
}

fn trails(course: &Course) -> String {
    let mut text = String::new();
    for (index, trail) in course.trails.iter().enumerate() {
        let trail = trail.lock().map(|trail| Vec::from(trail.clone())).unwrap_or_default();
        text.push_str(&format!("client {index}, what it did last:\n  {}\n", trail.join("\n  ")));
    }
    text
}

fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

/// The first lines with this in them, and the last of all.
fn lines_of(log: &str, fault: &str) -> String {
    let found: Vec<&str> = log.lines().filter(|line| line.contains(fault)).take(5).collect();
    format!("{}\n{}", found.join("\n"), last_lines(log))
}
