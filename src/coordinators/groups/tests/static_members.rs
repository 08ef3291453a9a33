//! Static members: they come back, are fenced, and stay.

use super::bench::*;
use crate::coordinators::coordinator::*;
use crate::coordinators::groups::*;

fn join_static(name: &str, instance_id: &str, member_id: &str) -> JoinGroup {
    JoinGroup { group_instance_id: Some(instance_id.into()), ..join(name, member_id) }
}

/// A stable group of one static leader and one static follower.
fn static_group(bench: &mut Bench) -> [String; 2] {
    let tokens = [("a", "one"), ("b", "two")]
        .map(|(name, instance_id)| bench.ask(Request::Join(join_static(name, instance_id, ""))));
    bench.pass(2 * DELAY_MS);
    let ids = tokens.map(|token| bench.joined(token).member_id);
    let assignments = ids.iter().map(|id| (id.clone(), "its part".into())).collect();
    bench.ask_now(Request::Sync(SyncGroup { assignments, ..sync(&ids[0], 1) }));
    bench.ask_now(Request::Sync(sync(&ids[1], 1)));
    ids
}

#[test]
fn a_static_member_joins_at_once_under_its_instance_id() {
    let mut bench = Bench::new();
    let [one, _] = static_group(&mut bench);
    assert_eq!(one, format!("one-{}", uuid_of("a")));
    let members = bench.describe().members;
    assert_eq!(members[0].group_instance_id.as_deref(), Some("one"));
}

#[test]
fn a_follower_comes_back_without_a_rebalance() {
    let mut bench = Bench::new();
    let [leader, old] = static_group(&mut bench);
    bench.hold = true;
    let token = bench.ask(Request::Join(join_static("b2", "two", "")));
    assert!(bench.is_waiting(token), "its new id is not durable yet");
    bench.release();
    let joined = bench.joined(token);
    assert_eq!((joined.generation, joined.skip_assignment), (1, false));
    assert_eq!((joined.leader, joined.members), (leader, Vec::new()));
    let reply = bench.ask_now(Request::Sync(sync(&joined.member_id, 1)));
    assert!(matches!(reply, Reply::Sync(synced) if synced.assignment == "its part"));

    let zombie = Heartbeat { group_instance_id: Some("two".into()), ..heartbeat(&old, 1) };
    assert_eq!(bench.ask_now(Request::Heartbeat(zombie)), refused(GroupError::FencedInstance));
}

#[test]
fn a_leader_that_comes_back_skips_the_assignment() {
    let mut bench = Bench::new();
    static_group(&mut bench);
    let token = bench.ask(Request::Join(join_static("a2", "one", "")));
    let joined = bench.joined(token);
    assert!(joined.skip_assignment);
    assert_eq!(joined.leader, joined.member_id);
    assert_eq!(joined.members.len(), 2);
    assert_eq!(bench.state(), "Stable");
}

#[test]
fn an_old_client_that_led_is_told_its_former_id_leads() {
    let mut bench = Bench::new();
    let [old, _] = static_group(&mut bench);
    let request = JoinGroup { can_skip_assignment: false, ..join_static("a2", "one", "") };
    let token = bench.ask(Request::Join(request));
    let joined = bench.joined(token);
    assert_eq!((joined.leader, joined.skip_assignment), (old, false));
    assert_eq!(joined.members, []);
}

#[test]
fn a_change_of_protocol_needs_a_rebalance() {
    let mut bench = Bench::new();
    let both = vec![protocol("range"), protocol("sticky")];
    let request = JoinGroup { protocols: both.clone(), ..join_static("a", "one", "") };
    let token = bench.ask(Request::Join(request.clone()));
    bench.pass(DELAY_MS);
    let id = bench.joined(token).member_id;
    bench.ask_now(Request::Sync(sync(&id, 1)));
    let protocols = both.into_iter().rev().collect();
    let token = bench.ask(Request::Join(JoinGroup { protocols, ..join_static("a2", "one", "") }));
    let joined = bench.joined(token);
    assert_eq!((joined.generation, joined.protocol_name.as_deref()), (2, Some("sticky")));
}

#[test]
fn the_waiting_predecessor_is_fenced() {
    let mut bench = Bench::new();
    let first = bench.ask(Request::Join(join_static("a", "one", "")));
    let second = bench.ask(Request::Join(join_static("a2", "one", "")));
    let old = format!("one-{}", uuid_of("a"));
    assert_eq!(bench.reply(first), join_refused(GroupError::FencedInstance, &old));
    bench.pass(2 * DELAY_MS);
    assert_eq!(bench.joined(second).member_id, format!("one-{}", uuid_of("a2")));
}

#[test]
fn static_members_stay_when_they_miss_a_rebalance() {
    let mut bench = Bench::new();
    let [leader, _] = static_group(&mut bench);
    let changed = JoinGroup { session_timeout_ms: 60_000, ..join_static("a", "one", &leader) };
    let token = bench.ask(Request::Join(changed));
    let beat = Heartbeat { group_instance_id: Some("two".into()), ..heartbeat("x", 1) };
    assert_eq!(bench.ask_now(Request::Heartbeat(beat)), refused(GroupError::FencedInstance));
    for _ in 0..5 {
        bench.pass(6_000);
        let two = format!("two-{}", uuid_of("b"));
        bench.ask(Request::Heartbeat(heartbeat(&two, 1)));
    }
    assert_eq!(bench.joined(token).members.len(), 2, "the other one was not removed");
}

#[test]
fn a_group_that_gives_its_absent_members_no_time_does_not_hold_the_core() {
    let mut bench = Bench::new();
    let [one, two] = static_group(&mut bench);
    let without_time = |name, instance_id, member_id| JoinGroup {
        rebalance_timeout_ms: -1,
        ..join_static(name, instance_id, member_id)
    };
    bench.ask(Request::Join(without_time("a", "one", &one)));
    bench.ask(Request::Join(without_time("b", "two", &two)));
    bench.ask_now(Request::Sync(sync(&one, 2)));
    bench.ask_now(Request::Sync(sync(&two, 2)));
    bench.ask(Request::Join(without_time("a", "one", &one)));
    bench.ask_now(Request::Leave(leave("", Some("one"))));
    bench.pass(SESSION_MS as u64 - 1);
    assert_eq!((bench.describe().members.len(), bench.state()), (1, "PreparingRebalance"));
    bench.pass(1);
    assert_eq!(bench.state(), "Empty");
}

#[test]
fn static_members_leave_by_instance_id() {
    let mut bench = Bench::new();
    let [_, two] = static_group(&mut bench);
    let fenced = bench.ask_now(Request::Leave(leave(&two, Some("one"))));
    assert_eq!(fenced, Reply::Leave(vec![Err(GroupError::FencedInstance)]));
    let reply = bench.ask_now(Request::Leave(leave("", Some("two"))));
    assert_eq!(reply, Reply::Leave(vec![Ok(())]));
    assert_eq!(bench.describe().members.len(), 1);
}

#[test]
fn when_its_record_is_refused_the_old_id_stays_valid() {
    let mut bench = Bench::new();
    let [_, old] = static_group(&mut bench);
    bench.hold = true;
    let token = bench.ask(Request::Join(join_static("b2", "two", "")));
    bench.refuse(AppendFailure::Unavailable);
    let error = GroupError::Append(AppendFailure::Unavailable);
    assert_eq!(bench.reply(token), join_refused(error, ""));
    assert_eq!(bench.ask_now(Request::Heartbeat(heartbeat(&old, 1))), Reply::Heartbeat);
}
