//! What a topic's configuration makes of the batches that producers send: refused record by
//! record, compressed anew, stamped with the broker's clock.

use serde_json::Value;
use support::batch::{self, Sequence, build, now_ms};
use support::calls::{
    Acks, FETCH, FetchPlan, PRODUCE, PartitionAnswer, fetch_body, fetched, produce_body,
    produced_in_full,
};
use support::connection::frame;

use crate::session::Session;

const INVALID_RECORD: i16 = 87;
const ZSTD: i16 = 4;
/// A time of long ago, in 2001.
const PAST_MS: i64 = 1_000_000_000_000;

/// The answer to a batch of these values, none of which has a key.
fn produce(session: &Session, topic: &str, values: &[&[u8]], timestamp_ms: i64) -> PartitionAnswer {
    let batch = build(values, Sequence::NONE, timestamp_ms);
    let mut connection = session.broker.connect().expect("it listens");
    connection.send(&frame(PRODUCE, &produce_body(topic, 0, Acks::All, &batch))).expect("sent");
    produced_in_full(connection.receive().expect("it is answered")).expect("an answer")
}

/// The topic's batches as they are on the wire.
fn fetch(session: &Session, topic: &str) -> Vec<u8> {
    let plan = FetchPlan { topic, positions: &[(0, 0)], bytes_max: 1 << 20, wait_ms_max: 10_000 };
    let mut connection = session.broker.connect().expect("it listens");
    connection.send(&frame(FETCH, &fetch_body(&plan))).expect("sent");
    let answer = connection.receive().expect("it is answered");
    let sets = fetched(answer).expect("records");
    assert_eq!(sets.len(), 1);
    sets[0].1.to_vec()
}

/// Where the next record goes.
fn end(session: &Session, topic: &str) -> i64 {
    batch::next_offset(&fetch(session, topic)).unwrap_or(0)
}

#[test]
fn each_record_without_key_is_named_on_a_compacted_topic() {
    let session = Session::start();
    session.run("topic create logs -c cleanup.policy=compact").succeeded();
    session.feed("produce logs --key-separator : -q", b"key:kept\n").succeeded();
    let answer = produce(&session, "logs", &[b"one", b"two", b"three"], now_ms());
    assert_eq!((answer.code, answer.base_offset), (INVALID_RECORD, -1), "{answer:?}");
    let indexes: Vec<i32> = answer.record_errors.iter().map(|(index, _)| *index).collect();
    assert_eq!(indexes, [0, 1, 2], "{answer:?}");
    let why = "compacted topic cannot accept";
    assert!(answer.record_errors.iter().all(|(_, error)| error.contains(why)), "{answer:?}");
    assert!(!answer.message.is_empty(), "{answer:?}");
    assert_eq!(end(&session, "logs"), 1, "all of the batch or nothing");

    let refused = session.feed("produce logs -q", b"a line\n").failed(1);
    assert_eq!(
        refused,
        "error: partition 0 of topic logs: records refused: 1; the first: record 0: a compacted \
         topic cannot accept a message without key (INVALID_RECORD)\n"
    );
    assert_eq!(session.lines_of("logs", "--with key --separator :"), ["key:kept"]);
}

#[test]
fn a_topic_with_a_codec_of_its_own_keeps_all_batches_in_it() {
    let session = Session::start();
    session.run("topic create logs -c compression.type=zstd").succeeded();
    let mut lines: Vec<String> = (0..300).map(|number| format!("line {number}")).collect();
    let input = lines.join("\n");
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        session.feed(&format!("produce logs -z {codec} -q"), input.as_bytes()).succeeded();
    }
    let answer = produce(&session, "logs", &[b"by hand"], now_ms());
    assert_eq!((answer.code, answer.base_offset), (0, 1500), "{answer:?}");
    let set = fetch(&session, "logs");
    let codecs: Vec<i16> = batch::split(&set).unwrap().iter().map(batch::Batch::codec).collect();
    assert!(codecs.len() >= 6 && codecs.iter().all(|codec| *codec == ZSTD), "{codecs:?}");
    let mut expected: Vec<String> = (0..5).flat_map(|_| lines.clone()).collect();
    expected.push("by hand".into());
    expected.sort_unstable();
    assert_eq!(session.lines_of("logs", ""), expected);

    // Without one, each keeps its producer's; with none, nothing is compressed.
    session.run("topic create theirs").succeeded();
    session.run("topic create plain -c compression.type=uncompressed").succeeded();
    lines.sort_unstable();
    for (topic, codec) in [("theirs", 1), ("plain", 0)] {
        session.feed(&format!("produce {topic} -z gzip -q"), input.as_bytes()).succeeded();
        let set = fetch(&session, topic);
        let codecs: Vec<i16> =
            batch::split(&set).unwrap().iter().map(batch::Batch::codec).collect();
        assert!(!codecs.is_empty() && codecs.iter().all(|found| *found == codec), "{codecs:?}");
        assert_eq!(session.lines_of(topic, ""), lines);
    }
}

#[test]
fn a_topic_of_append_time_tells_its_own_clock_and_others_the_producers() {
    let session = Session::start();
    session.run("topic create ours -c message.timestamp.type=LogAppendTime").succeeded();
    session.run("topic create theirs").succeeded();
    let before = now_ms();
    let ours = produce(&session, "ours", &[b"one", b"two"], PAST_MS);
    let after = now_ms();
    assert_eq!((ours.code, ours.base_offset, ours.log_start), (0, 0, 0), "{ours:?}");
    let time = ours.log_append_time_ms;
    assert!((before..=after).contains(&time), "{time} is not within {before}..={after}");
    let theirs = produce(&session, "theirs", &[b"one", b"two"], PAST_MS);
    assert_eq!((theirs.code, theirs.log_append_time_ms), (0, -1), "{theirs:?}");

    for (topic, is_ours, expected) in [("ours", true, time), ("theirs", false, PAST_MS)] {
        let set = fetch(&session, topic);
        let batches = batch::split(&set).unwrap();
        assert_eq!(batches.len(), 1);
        let found = (batches[0].is_log_append_time(), batches[0].max_timestamp_ms);
        assert_eq!(found, (is_ours, expected), "{topic}");
        let words = format!("consume {topic} --from beginning --exit-at-end --json -q");
        let text = session.run(&words).succeeded();
        let records = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        let times: Vec<i64> =
            records.map(|record| record["timestamp"].as_i64().expect("a time")).collect();
        assert_eq!(times, [expected; 2], "{topic}");
    }
}
