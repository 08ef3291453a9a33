//! Loading a partition from its log.

use super::bench::*;
use crate::coordinators::coordinator::*;
use crate::coordinators::groups::*;

#[test]
fn nothing_is_answered_before_the_log_is_read() {
    let mut bench = Bench::new();
    bench.partition = GroupPartition::new(GroupConfig::default());
    let beat = bench.ask_now(Request::Heartbeat(heartbeat("m", 1)));
    assert_eq!(beat, refused(GroupError::Loading));
    let join = bench.ask_now(Request::Join(join("a", "m")));
    assert_eq!(join, join_refused(GroupError::Loading, "m"));
}

#[test]
fn members_carry_on_after_a_restart() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a", "b"]);
    bench.ask_now(Request::Commit(commit(&ids[0], 1, 42)));
    let before = (bench.describe(), bench.fetch_one("t", 0));

    let mut again = Bench::reloaded(&bench.log);
    assert_eq!((again.describe(), again.fetch_one("t", 0)), before);
    again.pass(SESSION_MS as u64 - 1);
    assert_eq!(again.ask_now(Request::Heartbeat(heartbeat(&ids[0], 1))), Reply::Heartbeat);
    again.pass(1);
    assert_eq!(again.state(), "PreparingRebalance", "the other one did not show up");
}

#[test]
fn a_group_that_is_too_large_by_now_rebalances() {
    let mut bench = Bench::new();
    bench.stable_group(&["a", "b"]);
    let config = GroupConfig { size_max: 1, ..GroupConfig::default() };
    let mut partition = GroupPartition::new(config);
    for record in &bench.log {
        partition.replay(&record.key, record.value.as_deref(), None).unwrap();
    }
    bench.partition = partition;
    let output = bench.partition.loaded(&no_image(), bench.now);
    bench.take(output);
    assert_eq!(bench.state(), "PreparingRebalance");
}

#[test]
fn offsets_of_a_transaction_count_when_it_commits() {
    let mut writer = Bench::new();
    writer.ask_now(Request::Commit(commit("", -1, 7)));
    let record = writer.log.remove(0);
    for committed in [true, false] {
        let mut bench = Bench::new();
        bench.partition = GroupPartition::new(GroupConfig::default());
        let partition = &mut bench.partition;
        partition.replay(&record.key, record.value.as_deref(), Some(77)).unwrap();
        partition.replay_transaction_end(77, committed);
        let output = bench.partition.loaded(&no_image(), bench.now);
        bench.take(output);
        let found = bench.fetch_one("t", 0);
        assert_eq!(matches!(found, FetchedPartition::Committed(_)), committed);
    }
}

#[test]
fn an_open_transaction_makes_the_offset_unstable() {
    let mut writer = Bench::new();
    writer.ask_now(Request::Commit(commit("", -1, 7)));
    let record = writer.log.remove(0);
    let mut bench = Bench::new();
    bench.partition = GroupPartition::new(GroupConfig::default());
    bench.partition.replay(&record.key, record.value.as_deref(), Some(77)).unwrap();
    let output = bench.partition.loaded(&no_image(), bench.now);
    bench.take(output);
    assert_eq!(bench.fetch_one("t", 0), FetchedPartition::Nothing);
    let topic = FetchTopic { name: "t".into(), topic_id: None, partitions: vec![0] };
    let request = FetchOffsets {
        group_id: GROUP.into(),
        topics: Some(vec![topic]),
        require_stable: true,
        claim: Claim::NONE,
    };
    let Reply::Fetch(topics) = bench.ask_now(Request::Fetch(request)) else { panic!() };
    assert_eq!(topics[0].partitions, [(0, FetchedPartition::Unstable)]);
}

#[test]
fn records_are_kafkas() {
    let mut bench = Bench::new();
    bench.ask_now(Request::Commit(commit("", -1, 7)));
    let mut key = vec![0, 1, 0, 1, b'g', 0, 1, b't'];
    key.extend(0i32.to_be_bytes());
    assert_eq!(bench.log[0].key, key);
    let mut value = vec![0, 4];
    value.extend(7i64.to_be_bytes());
    value.extend(3i32.to_be_bytes());
    value.push(1);
    value.extend(bench.now.wall_ms.to_be_bytes());
    value.push(0);
    assert_eq!(bench.log[0].value.as_ref(), Some(&value));

    let mut bench = Bench::new();
    bench.member_id("a");
    assert_eq!(bench.log[0].key, [0, 2, 0, 1, b'g']);
    let mut value = vec![0, 3, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff];
    value.extend(bench.now.wall_ms.to_be_bytes());
    value.extend([0; 4]);
    assert_eq!(bench.log[0].value.as_ref(), Some(&value));
}

#[test]
fn records_of_other_sorts_are_left_alone_and_broken_ones_named() {
    let mut partition = GroupPartition::new(GroupConfig::default());
    // Of a share group.
    assert_eq!(partition.replay(&[0, 11, 0, 1, b'g'], Some(&[0, 0]), None), Ok(()));
    assert!(partition.replay(&[0, 3, 0, 1, b'g'], Some(&[0, 0]), None).is_err());
    assert_eq!(partition.replay(&[0x7f, 0xff], Some(&[0, 0]), None), Ok(()));
    assert!(partition.replay(&[0, 2, 0, 9, b'g'], None, None).is_err());
    assert!(partition.replay(&[0, 2, 0, 1, b'g'], Some(&[0, 3, 0]), None).is_err());
    assert!(partition.replay(&[], None, None).is_err());
}
