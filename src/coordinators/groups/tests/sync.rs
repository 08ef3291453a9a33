//! Assignments: given out once durable, withdrawn when a rebalance starts.

use super::bench::*;
use crate::coordinators::groups::*;
use bytes::Bytes;

/// A group in its sync phase, with its members' ids.
fn completing(bench: &mut Bench) -> [String; 2] {
    let ids = ["a", "b"].map(|name| bench.member_id(name));
    let tokens =
        [("a", &ids[0]), ("b", &ids[1])].map(|(n, id)| bench.ask(Request::Join(join(n, id))));
    bench.pass(2 * DELAY_MS);
    assert!(tokens.into_iter().all(|token| matches!(bench.reply(token), Reply::Join(_))));
    ids
}

fn synced(assignment: &'static str) -> Reply {
    Reply::Sync(Synced {
        protocol_type: Some("consumer".into()),
        protocol_name: Some("range".into()),
        assignment: Bytes::from_static(assignment.as_bytes()),
    })
}

#[test]
fn everyone_gets_its_assignment_once_the_leaders_record_is_durable() {
    let mut bench = Bench::new();
    let ids = completing(&mut bench);
    let follower = bench.ask(Request::Sync(sync(&ids[1], 1)));
    bench.hold = true;
    let assignments = vec![(ids[1].clone(), "for b".into()), ("stranger".into(), "x".into())];
    let leader = bench.ask(Request::Sync(SyncGroup { assignments, ..sync(&ids[0], 1) }));
    assert!(bench.is_waiting(follower) && bench.is_waiting(leader), "not durable yet");
    bench.release();
    assert_eq!(bench.reply(follower), synced("for b"));
    assert_eq!(bench.reply(leader), synced(""), "who is not named gets nothing");
    assert_eq!(bench.state(), "Stable");
}

#[test]
fn a_member_can_ask_again_while_the_group_is_stable() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a"]);
    let reply = bench.ask_now(Request::Sync(sync(&ids[0], 1)));
    let Reply::Sync(synced) = reply else { panic!("{reply:?}") };
    assert_eq!(synced.assignment, format!("for {}", ids[0]));
}

#[test]
fn strangers_and_old_generations_are_refused() {
    let mut bench = Bench::new();
    let unknown_group = bench.ask_now(Request::Sync(sync("m", 1)));
    assert_eq!(unknown_group, refused(GroupError::UnknownMember));
    let no_group = SyncGroup { group_id: String::new(), ..sync("m", 1) };
    assert_eq!(bench.ask_now(Request::Sync(no_group)), refused(GroupError::InvalidGroupId));

    let ids = completing(&mut bench);
    let other_name = SyncGroup { protocol_name: Some("sticky".into()), ..sync(&ids[0], 1) };
    let other_type = SyncGroup { protocol_type: Some("connect".into()), ..sync(&ids[0], 1) };
    for (request, error) in [
        (sync("m", 1), GroupError::UnknownMember),
        (sync(&ids[0], 0), GroupError::IllegalGeneration),
        (sync(&ids[0], 2), GroupError::IllegalGeneration),
        (other_name, GroupError::InconsistentProtocol),
        (other_type, GroupError::InconsistentProtocol),
    ] {
        assert_eq!(bench.ask_now(Request::Sync(request)), refused(error));
    }
}

#[test]
fn a_new_member_sends_those_who_wait_back_to_join() {
    let mut bench = Bench::new();
    let ids = completing(&mut bench);
    let waiting = bench.ask(Request::Sync(sync(&ids[1], 1)));
    let new = bench.member_id("c");
    bench.ask(Request::Join(join("c", &new)));
    assert_eq!(bench.reply(waiting), refused(GroupError::RebalanceInProgress));
    let late = bench.ask_now(Request::Sync(sync(&ids[0], 1)));
    assert_eq!(late, refused(GroupError::RebalanceInProgress));
}

#[test]
fn an_assignment_that_becomes_durable_too_late_is_not_given_out() {
    let mut bench = Bench::new();
    let ids = completing(&mut bench);
    bench.hold = true;
    let leader = bench.ask(Request::Sync(sync(&ids[0], 1)));
    let new = bench.member_id("c");
    bench.ask(Request::Join(join("c", &new)));
    assert_eq!(bench.reply(leader), refused(GroupError::RebalanceInProgress));
    bench.release();
    assert_eq!(bench.state(), "PreparingRebalance");
}
