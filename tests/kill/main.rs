//! SIGKILL at random moments under load: nothing acknowledged is lost, doubled or out of order,
//! and no committed offset.
//!
//! The load and its checks are support::load; at the end Kafka's own tool reads the files that a
//! clean stop leaves.
//! RINGLOG_KILLS: rounds (default 20). RINGLOG_SEED: the moments, as a failed run printed them.
//! Run: `cargo test --release --test kill -- --ignored`.
//! Read next: files.rs, descriptors.rs, ../support/src/load/mod.rs.

mod descriptors;
mod files;

use std::time::Duration;

use support::broker::{Broker, Launch};
use support::group_offsets::GroupOffsets;
use support::load::random::Random;
use support::load::{self, Load};

const SETTINGS: &[&str] = &["log.segment.bytes=4194304", "offsets.topic.num.partitions=4"];
const OFFSETS: GroupOffsets = GroupOffsets { group: "outlives", topic: load::TOPIC };

#[test]
#[ignore = "takes minutes; ./test runs it"]
fn what_was_acknowledged_outlives_every_kill() {
    let mut random = Random::from_environment();
    let rounds = Random::number("RINGLOG_KILLS").unwrap_or(20);
    println!("RINGLOG_KILLS={rounds}");
    let launch = Launch::from_environment(env!("CARGO_BIN_EXE_ringlog"));
    let mut broker = Broker::start(&launch, SETTINGS).expect("the broker starts");
    let mut load = Load::start(&broker, &mut random).expect("a topic and its producers");
    let mut connection = broker.connect().expect("it answers");
    OFFSETS.begin(&mut connection, 0).expect("an offset is committed");
    for round in 1..=rounds {
        OFFSETS.commit(&mut connection, round as i64).expect("an offset is committed");
        load.run_for(Duration::from_millis(random.below(1500)));
        broker.kill().expect("it runs");
        load.hold();
        if random.below(4) == 0 {
            let moment = Duration::from_millis(random.below(200));
            broker.kill_while_starting(moment).expect("it can be started");
        }
        broker.restart().expect("it recovers");
        connection = broker.connect().expect("it answers");
        let committed = OFFSETS.committed(&mut connection).expect("the offset is there");
        assert_eq!(committed, round as i64, "the offset that was committed before the kill");
        let progress = load.check(&broker);
        println!("round {round}: {progress:?}, back in {:?}", broker.start_time);
    }
    load.finish(&broker);
    // 143 is how a JVM ends after SIGTERM.
    let status = broker.stop().expect("it stops").code();
    assert!(matches!(status, Some(0 | 143)), "a clean stop ended with {status:?}");
    files::assert_kafka_accepts(&broker.data());
}
