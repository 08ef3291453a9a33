//! More partitions than descriptors: all of them are written, stopped in order, killed, and found.

use std::collections::BTreeMap;
use std::fs;

use support::batch::{self, Sequence, now_ms};
use support::broker::{Broker, Launch};
use support::calls::{self, Acks, FetchPlan};
use support::connection::{Connection, frame};

const DESCRIPTORS: usize = 4_000;
const TOPICS: usize = 5;
const PARTITIONS: i32 = 1_000;
/// Requests that are sent before their answers are read.
const AHEAD: usize = 50;
const POLICY_VIOLATION: i16 = 44;

#[test]
#[ignore = "takes a minute; ./test runs it"]
fn more_partitions_than_descriptors_are_served() {
    let binary = env!("CARGO_BIN_EXE_ringlog");
    let limited = format!("prlimit --nofile={DESCRIPTORS} {binary} serve --config");
    let settings = ["offsets.topic.num.partitions=4", "log.segment.bytes=1048576"];
    let mut broker = Broker::start(&Launch::new(&limited), &settings).expect("it starts");
    for topic in 0..TOPICS {
        broker.create_topic(&name(topic), PARTITIONS).expect("a topic is created");
    }
    write_all(&broker, "first");
    assert_few_descriptors(&broker);
    assert_eq!(broker.stop().expect("it stops").code(), Some(0), "{}", broker.log_of_last_start());
    broker.restart().expect("it starts after a stop in order");
    assert_all(&broker, &["first"]);
    write_all(&broker, "second");
    write_all(&broker, "third");
    broker.kill().expect("it runs");
    broker.restart().expect("it starts after a kill");
    assert_all(&broker, &["first", "second", "third"]);
    assert_few_descriptors(&broker);
    assert_refused_beyond(&broker);
    // Connections find descriptors, whatever the partitions take.
    let connections: Vec<_> = (0..1_000).map_while(|_| broker.connect().ok()).collect();
    assert_eq!(connections.len(), 1_000);
    for mut connection in connections {
        assert_eq!(calls::brokers(&mut connection).expect("it is served"), 1);
    }
    assert_eq!(broker.stop().expect("it stops").code(), Some(0), "{}", broker.log_of_last_start());
}

fn name(topic: usize) -> String {
    format!("topic{topic}")
}

/// Writes one record to each partition, many of them at the same time.
fn write_all(broker: &Broker, text: &str) {
    let mut connection = broker.connect().expect("it answers");
    for topic in 0..TOPICS {
        let topic = name(topic);
        for first in (0..PARTITIONS).step_by(AHEAD) {
            let partitions = first..first + AHEAD as i32;
            for partition in partitions.clone() {
                let value = format!("{text} {topic} {partition}");
                let batch = batch::build(&[value.as_bytes()], Sequence::NONE, now_ms());
                let body = calls::produce_body(&topic, partition, Acks::All, &batch);
                connection.send(&frame(calls::PRODUCE, &body)).expect("it takes requests");
            }
            for partition in partitions {
                let answer = connection.receive().expect("it answers");
                let written = calls::produced(answer);
                written.unwrap_or_else(|error| panic!("{topic}-{partition}: {error}"));
            }
        }
    }
}

/// Each partition has these records and no others.
fn assert_all(broker: &Broker, texts: &[&str]) {
    let mut connection = broker.connect().expect("it answers");
    for topic in 0..TOPICS {
        let topic = name(topic);
        for first in (0..PARTITIONS).step_by(AHEAD) {
            let mut found: BTreeMap<i32, Vec<String>> = BTreeMap::new();
            read(&mut connection, &topic, first, texts.len(), &mut found);
            for partition in first..first + AHEAD as i32 {
                let expected: Vec<String> =
                    texts.iter().map(|text| format!("{text} {topic} {partition}")).collect();
                assert_eq!(found.get(&partition), Some(&expected), "{topic}-{partition}");
            }
        }
    }
}

fn read(
    connection: &mut Connection,
    topic: &str,
    first: i32,
    records: usize,
    found: &mut BTreeMap<i32, Vec<String>>,
) {
    loop {
        let have = |partition| found.get(&partition).map_or(0, Vec::len);
        let positions: Vec<(i32, i64)> = (first..first + AHEAD as i32)
            .map(|partition| (partition, have(partition) as i64))
            .filter(|(_, offset)| (*offset as usize) < records)
            .collect();
        if positions.is_empty() {
            return;
        }
        let plan = FetchPlan { topic, positions: &positions, bytes_max: 1 << 20, wait_ms_max: 0 };
        connection.send(&frame(calls::FETCH, &calls::fetch_body(&plan))).expect("it takes them");
        let answer = connection.receive().expect("it answers");
        let sets = calls::fetched(answer).expect("no partition is refused");
        assert!(sets.iter().any(|(_, set)| !set.is_empty()), "records are missing: {positions:?}");
        for (partition, set) in sets {
            for batch in batch::split(set).expect("whole batches") {
                for (_, value) in batch.values().expect("whole records") {
                    let text = String::from_utf8_lossy(value).into_owned();
                    found.entry(partition).or_default().push(text);
                }
            }
        }
    }
}

/// Files of segments take a quarter, and an eighth more while all of them are in use; the rest that
/// is open without connections is the node's own.
fn assert_few_descriptors(broker: &Broker) {
    let pid = broker.pid().expect("it runs");
    let open = fs::read_dir(format!("/proc/{pid}/fd")).expect("its descriptors").count();
    assert!(open < DESCRIPTORS / 2, "{open} descriptors are open");
}

/// Partitions beyond two for each descriptor are refused before the node suffers.
fn assert_refused_beyond(broker: &Broker) {
    let mut connection = broker.connect().expect("it answers");
    let refused = calls::create_topic(&mut connection, "beyond", DESCRIPTORS as i32);
    let refused = refused.expect_err("no node takes that many");
    assert_eq!(calls::refusal(&refused), Some(POLICY_VIOLATION), "{refused}");
}
