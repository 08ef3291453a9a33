//! Kafka and Ringlog in turn on one directory, while producers and a group go on.
//!
//! Kafka 4.3.1 makes the directory. Then each node is stopped with SIGTERM under load, and the
//! other one starts on the same files, the same port and the same properties: clients merely
//! reconnect. The idempotent producers keep their ids and sequences: the next node knows what they
//! have written. The topic and the group's offset stay. After each change all that was acknowledged
//! is held against the log.
//! RINGLOG_TURNS: how often each node is started (default 2).
//! Run: `cargo test --release --test alternation -- --ignored --nocapture`.
//! Read next: ../support/src/load/mod.rs.

use std::time::Duration;

use support::broker::{Broker, Launch};
use support::group_offsets::GroupOffsets;
use support::load::random::Random;
use support::load::{self, Load};

/// Small segments, so that each node seals some, and the next one reads what it has sealed.
const SETTINGS: &[&str] = &[
    "log.segment.bytes=4194304",
    "offsets.topic.num.partitions=4",
    "transaction.state.log.num.partitions=4",
];
const OFFSETS: GroupOffsets = GroupOffsets { group: "stays", topic: load::TOPIC };

#[test]
#[ignore = "brings Kafka; ./test runs it"]
fn kafka_and_ringlog_take_turns_under_load() {
    let mut random = Random::from_environment();
    let turns = Random::number("RINGLOG_TURNS").unwrap_or(2);
    let ringlog = Launch::from_environment(env!("CARGO_BIN_EXE_ringlog"));
    let mut broker = Broker::start(&Launch::kafka(), SETTINGS).expect("Kafka starts");
    let mut load = Load::start(&broker, &mut random).expect("a topic and its producers");
    let mut connection = broker.connect().expect("it answers");
    OFFSETS.begin(&mut connection, 0).expect("an offset is committed");
    let nodes = [("Ringlog", &ringlog), ("Kafka", &Launch::kafka())];
    for (round, (name, launch)) in (1..=2 * turns).zip(nodes.into_iter().cycle()) {
        OFFSETS.commit(&mut connection, round as i64).expect("an offset is committed");
        load.run_for(Duration::from_millis(1000 + random.below(2000)));
        let status = broker.stop().expect("it stops in order").code();
        // 143 is how a JVM ends after SIGTERM.
        assert!(matches!(status, Some(0 | 143)), "a clean stop ended with {status:?}");
        load.hold();
        broker.becomes(launch).expect("the next node starts on the directory");
        connection = broker.connect().expect("it answers");
        let committed = OFFSETS.committed(&mut connection).expect("the offset is there");
        assert_eq!(committed, round as i64, "the offset that was committed to the node before");
        let progress = load.check(&broker);
        if name == "Kafka" {
            // Ringlog stopped before it: a stop in order answers whatever it has appended.
            assert_eq!(progress.acknowledged, progress.in_the_log, "appended without an answer");
        }
        println!("round {round}, {name}: {progress:?}, there in {:?}", broker.start_time);
    }
    let progress = load.finish(&broker);
    assert!(progress.acknowledged > 0, "something was acknowledged");
    broker.stop().expect("it stops in order");
}
