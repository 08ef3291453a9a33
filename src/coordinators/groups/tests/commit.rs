//! Commits: who may, what is kept, and when they are answered.

use super::bench::*;
use crate::coordinators::groups::*;

fn fetched(offset: i64, commit_timestamp_ms: i64) -> FetchedPartition {
    FetchedPartition::Committed(CommittedOffset {
        offset,
        leader_epoch: Some(3),
        metadata: String::new(),
        commit_timestamp_ms,
        expire_timestamp_ms: None,
        topic_id: None,
    })
}

#[test]
fn a_member_commits_and_is_answered_when_that_is_durable() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a"]);
    bench.hold = true;
    let token = bench.ask(Request::Commit(commit(&ids[0], 1, 42)));
    assert!(bench.is_waiting(token));
    bench.release();
    assert_eq!(bench.reply(token), committed(Ok(())));
    let at_ms = bench.now.wall_ms;
    assert_eq!(bench.fetch_one("t", 0), fetched(42, at_ms));
}

#[test]
fn a_commit_from_outside_makes_a_group_of_its_own() {
    let mut bench = Bench::new();
    assert_eq!(bench.ask_now(Request::Commit(commit("", -1, 7))), committed(Ok(())));
    let described = bench.describe();
    assert_eq!((described.state, described.protocol_type.as_str()), (Some("Empty"), ""));
    assert_eq!(bench.log.len(), 1, "the offset is all that is recorded");
    assert_eq!(bench.ask_now(Request::Commit(commit("any", -1, 8))), committed(Ok(())));
}

#[test]
fn a_commit_is_refused_when_the_member_has_no_say() {
    let mut bench = Bench::new();
    let unknown = bench.ask_now(Request::Commit(commit("m", 1, 7)));
    assert_eq!(unknown, refused(GroupError::GroupNotFound));
    let ids = bench.stable_group(&["a"]);
    for (request, error) in [
        (commit("", -1, 7), GroupError::UnknownMember),
        (commit("m", 1, 7), GroupError::UnknownMember),
        (commit(&ids[0], 0, 7), GroupError::IllegalGeneration),
        (commit(&ids[0], -1, 7), GroupError::IllegalGeneration),
    ] {
        assert_eq!(bench.ask_now(Request::Commit(request)), refused(error));
    }
}

#[test]
fn members_may_commit_while_others_join_but_not_before_the_assignment() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a"]);
    let new = bench.member_id("b");
    bench.ask(Request::Join(join("b", &new)));
    assert_eq!(bench.state(), "PreparingRebalance");
    assert_eq!(bench.ask_now(Request::Commit(commit(&ids[0], 1, 7))), committed(Ok(())));
    bench.ask(Request::Join(join("a", &ids[0])));
    assert_eq!(bench.state(), "CompletingRebalance");
    let reply = bench.ask_now(Request::Commit(commit(&ids[0], 2, 8)));
    assert_eq!(reply, refused(GroupError::RebalanceInProgress));
}

#[test]
fn a_commit_is_a_sign_of_life() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a"]);
    for offset in 0..5 {
        bench.pass(SESSION_MS as u64 - 1);
        bench.ask_now(Request::Commit(commit(&ids[0], 1, offset)));
    }
    assert_eq!(bench.state(), "Stable");
}

#[test]
fn metadata_that_is_too_long_costs_only_its_own_partition() {
    let config = GroupConfig { offset_metadata_max: 3, ..GroupConfig::default() };
    let mut bench = Bench::with(config);
    let mut request = commit("", -1, 7);
    let partitions = &mut request.topics[0].partitions;
    partitions.push(OffsetToCommit {
        partition: 1,
        metadata: Some("abcd".into()),
        ..partitions[0].clone()
    });
    partitions.push(OffsetToCommit {
        partition: 2,
        metadata: Some("äöü".into()),
        ..partitions[0].clone()
    });
    let Reply::Commit(topics) = bench.ask_now(Request::Commit(request)) else { panic!() };
    let results: Vec<_> = topics[0].partitions.iter().map(|partition| partition.result).collect();
    assert_eq!(results, [Ok(()), Err(GroupError::OffsetMetadataTooLarge), Ok(())]);
    assert_eq!(bench.fetch_one("t", 1), FetchedPartition::Nothing);
    assert_eq!(bench.log.len(), 2);
}

#[test]
fn retention_of_old_clients_is_kept_in_the_record() {
    let mut bench = Bench::new();
    let request = CommitOffsets { retention_ms: Some(5_000), ..commit("", -1, 7) };
    bench.ask_now(Request::Commit(request));
    let FetchedPartition::Committed(offset) = bench.fetch_one("t", 0) else { panic!() };
    assert_eq!(offset.expire_timestamp_ms, Some(bench.now.wall_ms + 5_000));
    let mut reloaded = Bench::reloaded(&bench.log);
    let FetchedPartition::Committed(again) = reloaded.fetch_one("t", 0) else { panic!() };
    assert_eq!(again.expire_timestamp_ms, offset.expire_timestamp_ms);
}
