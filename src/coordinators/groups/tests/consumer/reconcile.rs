//! From the first member to a balanced group: nobody is given what another one still has.

use super::bench::*;
use crate::coordinators::groups::tests::bench::*;
use crate::coordinators::groups::*;

#[test]
fn the_first_member_gets_everything() {
    let mut world = World::new(&[("t", 6)]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    assert_eq!((a.epoch, a.count()), (2, 6));
    let group = world.describe();
    assert_eq!((group.state, group.epoch, group.target_epoch), ("Stable", 2, 2));
    assert_eq!((group.assignor.as_str(), group.members.len()), ("uniform", 1));
    let stable = world.beat(a.plain()).unwrap();
    assert_eq!((stable.member_epoch, stable.assignment), (2, None));
    assert_eq!(stable.heartbeat_interval_ms, 5_000);
}

#[test]
fn a_heartbeat_that_brings_nothing_new_writes_nothing() {
    let mut world = World::new(&[("t", 6)]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    let written = world.bench.log.len();
    for _ in 0..5 {
        world.bench.pass(5_000);
        world.beat(a.plain()).unwrap();
        world.beat(a.owning()).unwrap();
    }
    assert_eq!(world.bench.log.len(), written);
}

#[test]
fn a_new_member_waits_for_what_the_old_one_gives_up() {
    let mut world = World::new(&[("t", 6)]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    world.bench.pass(2_000);
    let mut b = Client::new("b", &["t"]);
    b.join(&mut world).unwrap();
    assert_eq!((b.epoch, b.count()), (3, 0), "all is with the first one");
    assert_eq!(world.describe().state, "Reconciling");

    let told = world.beat(a.owning()).unwrap();
    assert_eq!(told.member_epoch, 2, "it keeps its epoch until it has given up");
    let kept: usize = told.assignment.as_ref().unwrap().values().map(|set| set.len()).sum();
    assert_eq!(kept, 3);
    assert!(!b.beat(&mut world).unwrap(), "the first one has not given up yet");
    let silent = world.beat(a.plain()).unwrap();
    assert_eq!(silent.member_epoch, 2, "who says nothing has given up nothing");

    a.take(told);
    assert!(a.beat(&mut world).unwrap());
    assert_eq!((a.epoch, a.count()), (3, 3));
    assert!(b.beat(&mut world).unwrap());
    assert_eq!((b.epoch, b.count()), (3, 3));
    assert_shared(&[a, b], 6);
    assert_eq!(world.describe().state, "Stable");
}

#[test]
fn what_a_member_leaves_goes_to_the_others() {
    let mut world = World::new(&[("t", 6)]);
    let mut members = [Client::new("a", &["t"]), Client::new("b", &["t"])];
    members.iter_mut().for_each(|member| member.join(&mut world).unwrap());
    world.settle(&mut members);
    assert_shared(&members, 6);
    let [mut a, b] = members;
    let left = b.leave(&mut world, -1).unwrap();
    assert_eq!((left.member_epoch, left.heartbeat_interval_ms), (-1, 0));
    world.settle(std::slice::from_mut(&mut a));
    assert_eq!(a.count(), 6);
}

#[test]
fn the_last_one_leaves_an_empty_group_that_can_be_deleted() {
    let mut world = World::new(&[("t", 1)]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    let delete = Request::DeleteGroups(vec![GROUP.to_owned()]);
    let refused = vec![Err(GroupError::NonEmptyGroup)];
    assert_eq!(world.bench.ask_now(delete.clone()), Reply::DeleteGroups(refused));
    a.leave(&mut world, -1).unwrap();
    assert_eq!(world.describe().state, "Empty");
    assert_eq!(world.bench.ask_now(delete), Reply::DeleteGroups(vec![Ok(())]));
    assert!(world.bench.partition.groups.is_empty());
    world.reload();
    assert!(world.bench.partition.groups.is_empty());
}

#[test]
fn a_lost_answer_is_given_again() {
    let mut world = World::new(&[("t", 4)]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    let before = a.clone();
    world.create("u", 2);
    a.topics.insert("u".into());
    world.bench.pass(2_000);
    let change = ConsumerHeartbeat { topics: Some(a.topics.clone()), ..a.owning() };
    let lost = world.beat(change.clone()).unwrap();
    assert_eq!(lost.member_epoch, 3);
    let again = world.beat(ConsumerHeartbeat { rebalance_timeout_ms: 9, ..change }).unwrap();
    assert_eq!((again.member_epoch, &again.assignment), (3, &lost.assignment));
    // It may not have more than it was given, nor come with an older epoch still.
    let mut more = before.owning();
    more.owned.get_or_insert_default().entry(world.topic("u")).or_default().insert(77);
    assert_eq!(world.beat(more).unwrap_err(), GroupError::FencedMemberEpoch);
    let older = ConsumerHeartbeat { member_epoch: 1, ..before.owning() };
    assert_eq!(world.beat(older).unwrap_err(), GroupError::FencedMemberEpoch);
}

#[test]
fn a_topic_that_is_not_subscribed_to_any_more_is_taken_away_at_once() {
    let mut world = World::new(&[("t", 2), ("u", 2)]);
    let mut a = Client::new("a", &["t", "u"]);
    a.join(&mut world).unwrap();
    assert_eq!(a.count(), 4);
    // Within the interval: there is no new target yet.
    a.topics.remove("u");
    let change = ConsumerHeartbeat { topics: Some(a.topics.clone()), ..a.owning() };
    let told = world.beat(change).unwrap();
    let topics: Vec<_> = told.assignment.unwrap().into_keys().collect();
    assert_eq!(topics, [world.topic("t")]);
}

#[test]
fn the_log_is_what_was_told_after_every_step() {
    let mut world = World::new(&[("t", 8), ("u", 3)]);
    let mut members: Vec<Client> = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let mut member = Client::new(name, &["t", "u"]);
        member.join(&mut world).unwrap();
        members.push(member);
        world.settle(&mut members);
        assert_shared(&members, 11);
        world.reload();
        world.settle(&mut members);
        assert_shared(&members, 11);
    }
    let sizes: Vec<usize> = members.iter().map(Client::count).collect();
    assert!(sizes.iter().all(|size| (2..=3).contains(size)), "{sizes:?}");
}

#[cfg(feature = "sim")]
#[test]
fn its_planted_bug_is_found() {
    use shards::mutation::{Mutation, assert_found};
    assert_found(Mutation::UnreleasedGiven, a_new_member_waits_for_what_the_old_one_gives_up);
}
