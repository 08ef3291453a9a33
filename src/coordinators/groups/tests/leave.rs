//! Leaving, one by one and in batches.

use super::bench::*;
use crate::coordinators::groups::*;

#[test]
fn the_last_member_leaves_and_is_answered_when_that_is_durable() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a"]);
    bench.hold = true;
    let token = bench.ask(Request::Leave(leave(&ids[0], None)));
    assert!(bench.is_waiting(token));
    bench.release();
    assert_eq!(bench.reply(token), Reply::Leave(vec![Ok(())]));
    assert_eq!(bench.state(), "Empty");
}

#[test]
fn others_rebalance_when_one_leaves() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a", "b"]);
    let reply = bench.ask_now(Request::Leave(leave(&ids[0], None)));
    assert_eq!(reply, Reply::Leave(vec![Ok(())]));
    let token = bench.ask(Request::Join(join("b", &ids[1])));
    assert_eq!(bench.joined(token).leader, ids[1]);
}

#[test]
fn each_member_of_a_batch_has_its_own_outcome() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a", "b"]);
    let pending = bench.member_id("c");
    let leaving = |member_id: &str, instance_id: Option<&str>| LeavingMember {
        member_id: member_id.into(),
        group_instance_id: instance_id.map(Into::into),
    };
    let members = vec![
        leaving("stranger", None),
        leaving("", Some("no such instance")),
        leaving("", None),
        leaving(&ids[0], Some("no such instance")),
        leaving(&pending, None),
        leaving(&ids[1], None),
        leaving(&ids[1], None),
    ];
    let unknown = Err(GroupError::UnknownMember);
    let reply = bench.ask_now(Request::Leave(LeaveGroup { group_id: GROUP.into(), members }));
    let outcomes = vec![unknown, unknown, unknown, unknown, Ok(()), Ok(()), unknown];
    assert_eq!(reply, Reply::Leave(outcomes));
    assert_eq!(bench.state(), "PreparingRebalance");
}

#[test]
fn who_waits_and_leaves_is_not_forgotten() {
    let mut bench = Bench::new();
    let id = bench.member_id("a");
    let waiting = bench.ask(Request::Join(join("a", &id)));
    bench.ask(Request::Leave(leave(&id, None)));
    assert_eq!(bench.reply(waiting), join_refused(GroupError::UnknownMember, ""));
    bench.pass(DELAY_MS);
    assert_eq!(bench.state(), "Empty");
}

#[test]
fn unknown_groups_have_no_members() {
    let mut bench = Bench::new();
    let reply = bench.ask_now(Request::Leave(leave("m", None)));
    assert_eq!(reply, Reply::Leave(vec![Err(GroupError::UnknownMember)]));
    let no_group = LeaveGroup { group_id: String::new(), ..leave("m", None) };
    assert_eq!(bench.ask_now(Request::Leave(no_group)), refused(GroupError::InvalidGroupId));
}
