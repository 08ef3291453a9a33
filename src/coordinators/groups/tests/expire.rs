//! Retention of offsets and of groups.

use super::bench::*;
use crate::coordinators::groups::*;

const DAY_MS: u64 = 24 * 3_600 * 1_000;

fn has_offset(bench: &mut Bench) -> bool {
    matches!(bench.fetch_one("t", 0), FetchedPartition::Committed(_))
}

#[test]
fn offsets_of_a_simple_group_expire_after_their_commit_and_the_group_with_them() {
    let mut bench = Bench::new();
    bench.ask_now(Request::Commit(commit("", -1, 7)));
    bench.pass(7 * DAY_MS - 1);
    assert!(has_offset(&mut bench));
    bench.pass(DAY_MS);
    assert!(!has_offset(&mut bench));
    assert_eq!(bench.state(), "Dead");
    assert_eq!(Bench::reloaded(&bench.log).state(), "Dead");
}

#[test]
fn offsets_of_a_group_expire_after_its_last_member_went() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a"]);
    bench.ask_now(Request::Commit(commit(&ids[0], 1, 7)));
    for _ in 0..8 * 24 * 3_600 / 9 {
        bench.pass(9_000);
        bench.ask(Request::Heartbeat(heartbeat(&ids[0], 1)));
    }
    assert!(has_offset(&mut bench), "in use");
    bench.ask_now(Request::Leave(leave(&ids[0], None)));
    bench.pass(6 * DAY_MS);
    assert!(has_offset(&mut bench));
    bench.pass(2 * DAY_MS);
    assert!(!has_offset(&mut bench));
    assert_eq!(bench.state(), "Dead");
}

#[test]
fn a_topic_that_a_live_group_has_dropped_expires() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a"]);
    let mut request = commit(&ids[0], 1, 7);
    request.topics[0].name = "dropped".into();
    bench.ask_now(Request::Commit(request));
    bench.ask_now(Request::Commit(commit(&ids[0], 1, 7)));
    for _ in 0..8 * 24 * 3_600 / 9 {
        bench.pass(9_000);
        bench.ask(Request::Heartbeat(heartbeat(&ids[0], 1)));
    }
    assert_eq!(bench.fetch_one("dropped", 0), FetchedPartition::Nothing);
    assert!(has_offset(&mut bench), "still subscribed");
}

#[test]
fn an_old_clients_own_retention_counts() {
    let mut bench = Bench::new();
    let request = CommitOffsets { retention_ms: Some(60_000), ..commit("", -1, 7) };
    bench.ask_now(Request::Commit(request));
    bench.pass(600_000);
    assert!(!has_offset(&mut bench));
}

#[test]
fn a_group_without_offsets_goes_at_the_next_check() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a"]);
    bench.ask_now(Request::Leave(leave(&ids[0], None)));
    assert_eq!(bench.state(), "Empty");
    bench.pass(600_000);
    assert_eq!(bench.state(), "Dead");
}
