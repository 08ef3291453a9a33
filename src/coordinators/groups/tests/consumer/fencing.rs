//! Members that are not heard any more, and why.

use super::bench::*;
use crate::coordinators::coordinator::AppendFailure;
use crate::coordinators::groups::tests::bench::*;
use crate::coordinators::groups::*;

#[test]
fn who_is_unknown_is_told_so() {
    let mut world = World::new(&[("t", 1)]);
    let stranger = Client { epoch: 3, ..Client::new("x", &["t"]) };
    assert_eq!(world.beat(stranger.plain()).unwrap_err(), GroupError::GroupNotFound);
    assert_eq!(stranger.leave(&mut world, -1).unwrap_err(), GroupError::GroupNotFound);
    Client::new("a", &["t"]).join(&mut world).unwrap();
    assert_eq!(world.beat(stranger.plain()).unwrap_err(), GroupError::UnknownMember);
    assert_eq!(stranger.leave(&mut world, -1).unwrap_err(), GroupError::UnknownMember);
}

/// Issue 18: a member that heartbeats after fencing.
#[test]
fn a_silent_member_is_given_up_and_must_join_again_to_be_heard() {
    let mut world = World::new(&[("t", 4)]);
    let mut members = [Client::new("a", &["t"]), Client::new("b", &["t"])];
    members.iter_mut().for_each(|member| member.join(&mut world).unwrap());
    world.settle(&mut members);
    let [mut a, mut b] = members;
    for _ in 0..9 {
        world.bench.pass(5_000);
        a.beat(&mut world).unwrap();
    }
    world.settle(std::slice::from_mut(&mut a));
    assert_eq!(a.count(), 4, "what the silent one had is given on");
    assert_eq!(world.beat(b.owning()).unwrap_err(), GroupError::UnknownMember);
    let written = world.bench.log.len();
    assert_eq!(world.beat(b.plain()).unwrap_err(), GroupError::UnknownMember);
    assert_eq!(world.bench.log.len(), written);
    b.join(&mut world).unwrap();
    assert_eq!(b.count(), 0, "it begins without what it had");
    let mut members = [a, b];
    world.settle(&mut members);
    assert_shared(&members, 4);
}

#[test]
fn an_epoch_that_nobody_gave_is_fenced() {
    let mut world = World::new(&[("t", 1)]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    let newer = ConsumerHeartbeat { member_epoch: 9, ..a.owning() };
    assert_eq!(world.beat(newer).unwrap_err(), GroupError::FencedMemberEpoch);
    assert!(world.beat(a.plain()).is_ok());
}

#[test]
fn who_does_not_give_up_in_time_is_given_up() {
    let mut world = World::new(&[("t", 4)]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    world.bench.pass(2_000);
    let mut b = Client::new("b", &["t"]);
    b.join(&mut world).unwrap();
    world.beat(a.owning()).unwrap();
    // It lives, and keeps what it should have given up.
    for _ in 0..(REBALANCE_MS / 5_000 - 1) {
        world.bench.pass(5_000);
        assert!(world.beat(a.owning()).is_ok());
        b.beat(&mut world).unwrap();
    }
    world.bench.pass(5_001);
    assert_eq!(world.beat(a.owning()).unwrap_err(), GroupError::UnknownMember);
    world.settle(std::slice::from_mut(&mut b));
    assert_eq!(b.count(), 4);
}

#[test]
fn a_member_that_joins_anew_keeps_its_place() {
    let mut world = World::new(&[("t", 3)]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    let epoch = world.describe().epoch;
    a.join(&mut world).unwrap();
    assert_eq!((a.count(), world.describe().epoch), (3, epoch));
}

#[test]
fn a_group_has_a_size() {
    let mut config = GroupConfig::default();
    config.consumer.size_max = 1;
    let mut world = World::with(config, &[("t", 1)]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    let refused = Client::new("b", &["t"]).join(&mut world).unwrap_err();
    assert_eq!(refused, GroupError::GroupFull);
    a.join(&mut world).unwrap();
}

#[test]
fn members_that_bring_too_much_are_refused() {
    let mut world = World::new(&[]);
    let topics: Vec<String> = (0..40_000).map(|number| format!("topic-{number}")).collect();
    let names: Vec<&str> = topics.iter().map(String::as_str).collect();
    let refused = Client::new("a", &names).join(&mut world).unwrap_err();
    assert_eq!(refused, GroupError::MemoryFull);
    assert!(world.bench.partition.groups.is_empty(), "nothing is left of it");
    assert_eq!(world.bench.partition.memory.bytes_held(), 0);
}

#[test]
fn a_join_whose_record_is_refused_is_as_if_it_had_not_been() {
    let mut world = World::new(&[("t", 2)]);
    world.bench.hold = true;
    let token = world.bench.ask(Request::ConsumerHeartbeat(Client::new("a", &["t"]).joining()));
    assert!(world.bench.is_waiting(token));
    world.bench.refuse(AppendFailure::Unavailable);
    let refused = Reply::Refused(GroupError::Append(AppendFailure::Unavailable));
    assert_eq!(world.bench.reply(token), refused);
    assert!(world.bench.partition.groups.is_empty());
}

#[test]
fn a_member_whose_end_is_not_written_lives_on_and_has_a_session_again() {
    let mut world = World::new(&[("t", 2)]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    world.bench.hold = true;
    let leaving = ConsumerHeartbeat { member_epoch: -1, ..a.plain() };
    let token = world.bench.ask(Request::ConsumerHeartbeat(leaving));
    world.bench.refuse(AppendFailure::Unavailable);
    assert!(matches!(world.bench.reply(token), Reply::Refused(_)));
    assert!(!a.beat(&mut world).unwrap(), "nothing has changed for it");
    assert_eq!(a.count(), 2);
    world.bench.pass(50_000);
    assert_eq!(world.beat(a.plain()).unwrap_err(), GroupError::UnknownMember);
}

#[test]
fn answers_wait_for_what_they_tell_of() {
    let mut world = World::new(&[("t", 2)]);
    let a = Client::new("a", &["t"]);
    world.bench.hold = true;
    let first = world.bench.ask(Request::ConsumerHeartbeat(a.joining()));
    let again = world.bench.ask(Request::ConsumerHeartbeat(a.joining()));
    assert!(world.bench.is_waiting(first) && world.bench.is_waiting(again));
    world.bench.release();
    assert!(!world.bench.is_waiting(first) && !world.bench.is_waiting(again));
}

#[cfg(feature = "sim")]
#[test]
fn its_planted_bug_is_found() {
    use shards::mutation::{Mutation, assert_found};
    assert_found(Mutation::FencedHeartbeat, an_epoch_that_nobody_gave_is_fenced);
}
