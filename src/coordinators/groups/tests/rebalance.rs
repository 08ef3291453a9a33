//! Deadlines: the initial delay, the join phase, sessions and the sync phase.

use super::bench::*;
use crate::coordinators::coordinator::*;
use crate::coordinators::groups::*;

#[test]
fn late_members_extend_the_initial_delay_up_to_the_rebalance_timeout() {
    let mut bench = Bench::new();
    let first = bench.member_id("a");
    let token = bench.ask(Request::Join(join("a", &first)));
    for name in ["b", "c"] {
        bench.pass(DELAY_MS - 1);
        let id = bench.member_id(name);
        bench.ask(Request::Join(join(name, &id)));
    }
    assert!(bench.is_waiting(token));
    bench.pass(2 * DELAY_MS);
    assert_eq!(bench.joined(token).members.len(), 3);
}

#[test]
fn a_delay_of_zero_ends_at_once() {
    let config = GroupConfig { initial_rebalance_delay_ms: 0, ..GroupConfig::default() };
    let mut bench = Bench::with(config);
    let token = bench.ask(Request::Join(JoinGroup { member_id_required: false, ..join("a", "") }));
    bench.pass(0);
    assert_eq!(bench.joined(token).generation, 1);
}

#[test]
fn who_does_not_come_back_in_time_is_left_behind() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a", "b"]);
    let new = bench.member_id("c");
    let tokens = [("c", &new), ("b", &ids[1])].map(|(n, id)| bench.ask(Request::Join(join(n, id))));
    // The old leader lives on, but does not join.
    for _ in 0..5 {
        bench.pass(6_000);
        bench.ask(Request::Heartbeat(heartbeat(&ids[0], 1)));
    }
    let joined = tokens.map(|token| bench.joined(token));
    assert_eq!(joined[0].generation, 2);
    assert_eq!(joined[0].leader, ids[1], "of those who joined, one leads");
    assert_eq!(joined[1].members.len(), 2);
}

#[test]
fn a_rebalance_waits_for_pending_members() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a"]);
    let pending = bench.member_id("b");
    let token = bench.ask(Request::Join(join("a", &ids[0])));
    assert!(bench.is_waiting(token));
    let other = bench.ask(Request::Join(join("b", &pending)));
    assert_eq!(bench.joined(token).generation, 2);
    assert_eq!(bench.joined(other).generation, 2);
}

#[test]
fn a_pending_member_that_lapses_is_waited_for_no_longer() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a"]);
    bench.member_id("b");
    let token = bench.ask(Request::Join(join("a", &ids[0])));
    bench.pass(SESSION_MS as u64);
    assert_eq!(bench.joined(token).generation, 2);
}

#[test]
fn a_silent_member_of_a_stable_group_is_given_up() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a", "b"]);
    bench.pass(SESSION_MS as u64 - 1);
    bench.ask(Request::Heartbeat(heartbeat(&ids[0], 1)));
    assert_eq!(bench.state(), "Stable");
    bench.pass(1);
    assert_eq!(bench.state(), "PreparingRebalance");
    let token = bench.ask(Request::Join(join("a", &ids[0])));
    assert_eq!(bench.joined(token).members.len(), 1);
}

#[test]
fn the_last_silent_member_leaves_an_empty_group_behind() {
    let mut bench = Bench::new();
    bench.stable_group(&["a"]);
    bench.pass(SESSION_MS as u64);
    let described = bench.describe();
    assert_eq!(described.state, Some("Empty"));
    assert_eq!(described.protocol_type, "consumer");
    assert_eq!(described.members, []);
}

#[test]
fn who_joins_and_does_not_sync_is_given_up() {
    let mut bench = Bench::new();
    let ids = ["a", "b"].map(|name| bench.member_id(name));
    let tokens =
        [("a", &ids[0]), ("b", &ids[1])].map(|(n, id)| bench.ask(Request::Join(join(n, id))));
    bench.pass(2 * DELAY_MS);
    assert!(tokens.into_iter().all(|token| matches!(bench.reply(token), Reply::Join(_))));
    let leading = bench.ask(Request::Sync(sync(&ids[0], 1)));
    assert!(matches!(bench.reply(leading), Reply::Sync(_)));
    for _ in 0..5 {
        bench.pass(6_000);
        for id in &ids {
            bench.ask(Request::Heartbeat(heartbeat(id, 1)));
        }
    }
    assert_eq!(bench.state(), "PreparingRebalance");
    let beat = bench.ask_now(Request::Heartbeat(heartbeat(&ids[1], 1)));
    assert_eq!(beat, refused(GroupError::UnknownMember));
}

#[test]
fn a_new_member_that_waits_too_long_is_given_up() {
    let config = GroupConfig { new_member_timeout_ms: 20_000, ..GroupConfig::default() };
    let mut bench = Bench::with(config);
    let ids = bench.stable_group(&["a"]);
    let new = bench.member_id("b");
    let token = bench.ask(Request::Join(join("b", &new)));
    for _ in 0..4 {
        bench.pass(5_000);
        bench.ask(Request::Heartbeat(heartbeat(&ids[0], 1)));
    }
    assert_eq!(bench.reply(token), join_refused(GroupError::UnknownMember, ""));
}

#[test]
fn timers_are_in_order_even_after_a_long_pause() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a", "b"]);
    let token = bench.ask(Request::Join(join("a", &ids[0])));
    bench.now.steady_ms += 1_000_000;
    bench.now.wall_ms += 1_000_000;
    let output = bench.partition.tick(bench.now);
    bench.take(output);
    assert_eq!(bench.joined(token).members.len(), 1, "the silent one went, then the wait was over");
}
