//! Heartbeats.

use super::bench::*;
use crate::coordinators::groups::*;

#[test]
fn a_member_of_the_current_generation_lives() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a"]);
    for _ in 0..5 {
        bench.pass(SESSION_MS as u64 - 1);
        assert_eq!(bench.ask_now(Request::Heartbeat(heartbeat(&ids[0], 1))), Reply::Heartbeat);
    }
}

#[test]
fn everyone_else_is_refused() {
    let mut bench = Bench::new();
    let unknown_group = bench.ask_now(Request::Heartbeat(heartbeat("m", 1)));
    assert_eq!(unknown_group, refused(GroupError::UnknownMember));
    let ids = bench.stable_group(&["a"]);
    let no_group = Heartbeat { group_id: String::new(), ..heartbeat(&ids[0], 1) };
    let instance = Heartbeat { group_instance_id: Some("i".into()), ..heartbeat(&ids[0], 1) };
    for (request, error) in [
        (no_group, GroupError::InvalidGroupId),
        (heartbeat("m", 1), GroupError::UnknownMember),
        (heartbeat(&ids[0], 0), GroupError::IllegalGeneration),
        (instance, GroupError::UnknownMember),
    ] {
        assert_eq!(bench.ask_now(Request::Heartbeat(request)), refused(error));
    }
}
