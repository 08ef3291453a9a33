//! Joins: new members, returning ones, and those that are refused.

use super::bench::*;
use crate::coordinators::coordinator::*;
use crate::coordinators::groups::*;

#[test]
fn a_new_member_is_given_an_id_and_asked_to_come_back() {
    let mut bench = Bench::new();
    let reply = bench.ask_now(Request::Join(join("c", "")));
    let member_id = format!("c-{}", uuid_of("c"));
    assert_eq!(reply, join_refused(GroupError::MemberIdRequired, &member_id));
    assert_eq!(bench.log.len(), 1, "the group itself is recorded");

    let token = bench.ask(Request::Join(join("c", &member_id)));
    assert!(bench.is_waiting(token), "the initial delay");
    bench.pass(DELAY_MS - 1);
    assert!(bench.is_waiting(token));
    bench.pass(1);
    let expected = Joined {
        member_id: member_id.clone(),
        generation: 1,
        protocol_type: Some("consumer".into()),
        protocol_name: Some("range".into()),
        leader: member_id.clone(),
        skip_assignment: false,
        members: vec![JoinedMember {
            member_id,
            group_instance_id: None,
            metadata: subscription(&["t"]),
        }],
    };
    assert_eq!(bench.joined(token), expected);
}

#[test]
fn an_old_client_joins_in_one_step() {
    let mut bench = Bench::new();
    let request = JoinGroup { member_id_required: false, ..join("c", "") };
    let token = bench.ask(Request::Join(request));
    bench.pass(DELAY_MS);
    assert_eq!(bench.joined(token).generation, 1);
}

#[test]
fn bad_requests_are_refused_with_the_members_own_id() {
    let mut bench = Bench::new();
    let no_group = JoinGroup { group_id: String::new(), ..join("c", "m") };
    let short = JoinGroup { session_timeout_ms: 5_999, ..join("c", "m") };
    let long = JoinGroup { session_timeout_ms: 1_800_001, ..join("c", "m") };
    let stranger = join("c", "m");
    for (request, error) in [
        (no_group, GroupError::InvalidGroupId),
        (short, GroupError::InvalidSessionTimeout),
        (long, GroupError::InvalidSessionTimeout),
        (stranger, GroupError::UnknownMember),
    ] {
        assert_eq!(bench.ask_now(Request::Join(request)), join_refused(error, "m"));
    }
    assert_eq!(bench.state(), "Dead");
    assert!(bench.log.is_empty());
}

#[test]
fn a_group_refuses_what_it_cannot_agree_with() {
    let mut bench = Bench::new();
    bench.stable_group(&["a"]);
    let other_protocol = JoinGroup { protocols: vec![protocol("sticky")], ..join("b", "") };
    let other_type = JoinGroup { protocol_type: "connect".into(), ..join("b", "") };
    let nothing = JoinGroup { protocols: Vec::new(), ..join("b", "") };
    for request in [other_protocol, other_type, nothing] {
        let refused = join_refused(GroupError::InconsistentProtocol, "");
        assert_eq!(bench.ask_now(Request::Join(request)), refused);
    }
}

#[test]
fn an_empty_group_refuses_no_protocols_and_no_type() {
    let mut bench = Bench::new();
    let nothing = JoinGroup { protocols: Vec::new(), ..join("b", "") };
    let no_type = JoinGroup { protocol_type: String::new(), ..join("b", "") };
    for request in [nothing, no_type] {
        let refused = join_refused(GroupError::InconsistentProtocol, "");
        assert_eq!(bench.ask_now(Request::Join(request)), refused);
    }
    assert_eq!(bench.state(), "Empty", "the group was named, as Kafka has it");
}

#[test]
fn members_vote_for_the_protocol() {
    let mut bench = Bench::new();
    let votes = [["x", "y"], ["y", "x"], ["y", "x"]];
    let tokens: Vec<_> = ["a", "b", "c"]
        .iter()
        .zip(votes)
        .map(|(name, votes)| {
            let protocols = votes.map(protocol).to_vec();
            let request = JoinGroup { protocols, member_id_required: false, ..join(name, "") };
            bench.ask(Request::Join(request))
        })
        .collect();
    bench.pass(2 * DELAY_MS);
    let names: Vec<_> = tokens.into_iter().map(|token| bench.joined(token).protocol_name).collect();
    assert_eq!(names, vec![Some("y".to_owned()); 3]);
}

#[test]
fn only_the_leader_learns_the_members() {
    let mut bench = Bench::new();
    let ids = ["a", "b"].map(|name| bench.member_id(name));
    let tokens =
        [("a", &ids[0]), ("b", &ids[1])].map(|(n, id)| bench.ask(Request::Join(join(n, id))));
    bench.pass(2 * DELAY_MS);
    let [leader, follower] = tokens.map(|token| bench.joined(token));
    assert_eq!(leader.members.len(), 2);
    assert_eq!(follower, Joined { member_id: ids[1].clone(), members: Vec::new(), ..leader });
}

#[test]
fn a_full_group_refuses_more() {
    let mut bench = Bench::with(GroupConfig { size_max: 1, ..GroupConfig::default() });
    bench.stable_group(&["a"]);
    let reply = bench.ask_now(Request::Join(join("b", "")));
    assert_eq!(reply, join_refused(GroupError::GroupFull, ""));
}

#[test]
fn a_follower_of_a_stable_group_that_asks_again_gets_the_same_generation() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a", "b"]);
    let token = bench.ask(Request::Join(join("b", &ids[1])));
    let joined = bench.joined(token);
    assert_eq!((joined.generation, joined.members.len()), (1, 0));
    assert_eq!(bench.state(), "Stable");
}

#[test]
fn the_leader_of_a_stable_group_that_asks_again_starts_a_rebalance() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a", "b"]);
    let leader = bench.ask(Request::Join(join("a", &ids[0])));
    assert_eq!(bench.state(), "PreparingRebalance");
    let beat = bench.ask_now(Request::Heartbeat(heartbeat(&ids[1], 1)));
    assert_eq!(beat, refused(GroupError::RebalanceInProgress));
    let follower = bench.ask(Request::Join(join("b", &ids[1])));
    assert_eq!(bench.joined(leader).generation, 2);
    assert_eq!(bench.joined(follower).generation, 2);
}

#[test]
fn a_repeated_join_is_answered_once_and_the_older_one_sent_back() {
    let mut bench = Bench::new();
    let id = bench.member_id("a");
    let first = bench.ask(Request::Join(join("a", &id)));
    let second = bench.ask(Request::Join(join("a", &id)));
    assert_eq!(bench.reply(first), join_refused(GroupError::RebalanceInProgress, &id));
    bench.pass(DELAY_MS);
    assert_eq!(bench.joined(second).generation, 1);
}

#[test]
fn an_id_that_is_not_used_lapses() {
    let mut bench = Bench::new();
    let id = bench.member_id("a");
    bench.pass(SESSION_MS as u64);
    let reply = bench.ask_now(Request::Join(join("a", &id)));
    assert_eq!(reply, join_refused(GroupError::UnknownMember, &id));
}

#[test]
fn a_pending_member_must_not_turn_static() {
    let mut bench = Bench::new();
    let id = bench.member_id("a");
    let request = JoinGroup { group_instance_id: Some("i".into()), ..join("a", &id) };
    let reply = bench.ask_now(Request::Join(request));
    assert_eq!(reply, join_refused(GroupError::InstanceIdOfPendingMember, &id));
}

#[test]
fn a_name_too_long_for_the_record_is_refused() {
    let mut bench = Bench::new();
    let request =
        JoinGroup { group_id: "x".repeat(40_000), member_id_required: false, ..join("a", "") };
    let reply = bench.ask_now(Request::Join(request.clone()));
    assert_eq!(
        reply,
        join_refused(GroupError::Append(AppendFailure::TooLarge), &format!("a-{}", uuid_of("a")))
    );
    assert!(bench.log.is_empty());
}
