//! Subscriptions by a pattern.

use super::bench::*;
use crate::coordinators::groups::*;

/// Lets the patterns' work be done, and the assignment after it.
fn settle_one(world: &mut World, member: &mut Client) {
    world.bench.pass(11_000);
    member.beat(world).unwrap();
    world.settle(std::slice::from_mut(member));
}

#[test]
fn a_pattern_is_resolved_beside_the_heartbeats() {
    let mut world = World::new(&[("logs-a", 1), ("logs-b", 2), ("other", 4)]);
    let mut a = Client::of_regex("a", "logs-.*");
    a.join(&mut world).unwrap();
    assert_eq!(a.count(), 0, "the pattern is not resolved yet");
    world.settle(std::slice::from_mut(&mut a));
    assert_eq!(a.count(), 3);
    let group = world.describe();
    assert_eq!((group.state, group.members[0].regex.as_str()), ("Stable", "logs-.*"));
    world.reload();
    world.settle(std::slice::from_mut(&mut a));
    assert_eq!(a.count(), 3);
}

#[test]
fn new_topics_are_found_and_deleted_ones_are_let_go() {
    let mut world = World::new(&[("logs-a", 1)]);
    let mut a = Client::of_regex("a", "logs-.*");
    a.join(&mut world).unwrap();
    world.settle(std::slice::from_mut(&mut a));
    world.create("logs-b", 2);
    settle_one(&mut world, &mut a);
    assert_eq!(a.count(), 3);
    world.delete("logs-a");
    world.settle(std::slice::from_mut(&mut a));
    assert_eq!(a.count(), 2);
}

#[test]
fn a_member_may_have_names_and_a_pattern_and_give_the_pattern_up() {
    let mut world = World::new(&[("x", 1), ("logs-a", 1)]);
    let mut a = Client::of_regex("a", "logs-.*");
    a.topics.insert("x".into());
    a.join(&mut world).unwrap();
    world.settle(std::slice::from_mut(&mut a));
    assert_eq!(a.count(), 2);
    let change = ConsumerHeartbeat { regex: Some(String::new()), ..a.owning() };
    let beat = world.beat(change).unwrap();
    a.take(beat);
    world.settle(std::slice::from_mut(&mut a));
    assert_eq!(a.owned.keys().copied().collect::<Vec<_>>(), [world.topic("x")]);
}

#[test]
fn two_members_with_two_patterns() {
    let mut world = World::new(&[("a-1", 2), ("b-1", 2), ("ab", 2)]);
    let mut members = [Client::of_regex("a", "a.*"), Client::of_regex("b", ".*b.*")];
    members.iter_mut().for_each(|member| member.join(&mut world).unwrap());
    // The second pattern waits until the first has been resolved for a while.
    world.bench.pass(11_000);
    members.iter_mut().for_each(|member| member.beat_on(&mut world));
    world.settle(&mut members);
    assert_shared(&members, 6);
}

/// Issue 18: a regular expression that matches half of 10,000 topics while topics come and go.
#[test]
fn half_of_ten_thousand_topics_while_topics_come_and_go() {
    let names: Vec<String> = (0..10_000)
        .map(|number| format!("{}-{number}", if number % 2 == 0 { "even" } else { "odd" }))
        .collect();
    let topics: Vec<(&str, i32)> = names.iter().map(|name| (name.as_str(), 1)).collect();
    let mut config = GroupConfig::default();
    config.consumer.regex_refresh_ms = 10_000;
    let mut world = World::new(&[]);
    world.bench.partition.config = config;
    world.create_all(&topics);
    let mut members: Vec<Client> =
        ["a", "b", "c"].iter().map(|id| Client::of_regex(id, "even-.*")).collect();
    members.iter_mut().for_each(|member| member.join(&mut world).unwrap());
    world.settle(&mut members);
    assert_shared(&members, 5_000);

    for round in 0..3 {
        world.create(&format!("even-new-{round}"), 2);
        world.delete(&format!("even-{}", round * 2));
        world.create(&format!("odd-new-{round}"), 1);
        world.bench.pass(11_000);
        members.iter_mut().for_each(|member| member.beat_on(&mut world));
        world.settle(&mut members);
        assert_shared(&members, 5_000 + round + 1);
    }
    let sizes: Vec<usize> = members.iter().map(Client::count).collect();
    assert!(sizes.iter().all(|size| (1_667..=1_668).contains(size)), "{sizes:?}");
}
