//! When new targets are made, and by which assignor.

use super::bench::*;
use crate::coordinators::groups::tests::bench::GROUP;
use crate::coordinators::groups::*;
use crate::protocol::metadata_records::{ConfigRecord, MetadataRecord};

#[test]
fn targets_are_made_no_more_often_than_the_interval_lets() {
    let mut world = World::new(&[("t", 4)]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    let mut b = Client::new("b", &["t"]);
    b.join(&mut world).unwrap();
    let group = world.describe();
    assert_eq!((group.state, group.epoch, group.target_epoch), ("Assigning", 3, 2));
    world.bench.pass(1_000);
    b.beat(&mut world).unwrap();
    let group = world.describe();
    assert_eq!((group.state, group.target_epoch), ("Reconciling", 3));
}

#[test]
fn a_group_may_have_times_of_its_own() {
    let mut world = World::new(&[("t", 4)]);
    let set = |name: &str, value: &str| {
        MetadataRecord::from(ConfigRecord {
            resource_type: 32,
            resource_name: GROUP.into(),
            name: name.into(),
            value: Some(value.into()),
        })
    };
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    world.publish(&[
        set("consumer.heartbeat.interval.ms", "6000"),
        set("consumer.session.timeout.ms", "50000"),
        set("consumer.assignment.interval.ms", "0"),
    ]);
    assert_eq!(world.beat(a.plain()).unwrap().heartbeat_interval_ms, 6_000);
    let mut b = Client::new("b", &["t"]);
    b.join(&mut world).unwrap();
    assert_eq!(world.describe().target_epoch, 3, "it does not wait");
    world.bench.pass(49_000);
    assert!(world.beat(a.plain()).is_ok());
    world.bench.pass(50_000);
    assert_eq!(world.beat(a.plain()).unwrap_err(), GroupError::UnknownMember);
}

#[test]
fn most_members_choose_the_assignor() {
    let mut world = World::new(&[("t", 3), ("u", 3)]);
    let ranged =
        |id: &str| Client { assignor: Some("range".into()), ..Client::new(id, &["t", "u"]) };
    let mut members = [ranged("a"), ranged("b")];
    members.iter_mut().for_each(|member| member.join(&mut world).unwrap());
    world.settle(&mut members);
    assert_eq!(world.describe().assignor, "range");
    let sizes: Vec<usize> = members.iter().map(Client::count).collect();
    assert_eq!(sizes, [4, 2]);
}

#[test]
fn partitions_that_come_begin_an_epoch_and_are_given_out() {
    let mut world = World::new(&[("t", 2)]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    let epoch = world.describe().epoch;
    world.create("other", 1);
    a.beat(&mut world).unwrap();
    assert_eq!(world.describe().epoch, epoch, "a topic of others is nothing to it");
    world.add_partitions("t", 2..5);
    world.settle(std::slice::from_mut(&mut a));
    assert_eq!(a.count(), 5);
    assert_eq!(world.describe().epoch, epoch + 1);
}

#[test]
fn a_topic_may_come_after_its_subscribers_and_go_before_them() {
    let mut world = World::new(&[]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    assert_eq!(a.count(), 0);
    world.create("t", 3);
    world.settle(std::slice::from_mut(&mut a));
    assert_eq!(a.count(), 3);
    world.delete("t");
    world.settle(std::slice::from_mut(&mut a));
    assert_eq!(a.count(), 0);
    world.create("t", 1);
    world.settle(std::slice::from_mut(&mut a));
    assert_eq!(a.count(), 1);
}

/// Issue 18: a rebalance storm of 200 members that join and leave at random for a minute.
#[test]
fn a_storm_of_two_hundred_members_ends_balanced() {
    let mut world = World::new(&[("t", 400), ("u", 200)]);
    let mut members: Vec<Client> = Vec::new();
    let mut dice = 12_345_u32;
    let mut roll = |sides: usize| {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (dice >> 8) as usize % sides
    };
    for number in 0..300 {
        let mut member = Client::new(&format!("m{number}"), &["t", "u"]);
        member.join(&mut world).unwrap();
        members.push(member);
        if members.len() > 200 || roll(3) == 0 {
            let leaving = members.remove(roll(members.len()));
            leaving.leave(&mut world, -1).unwrap();
        }
        // Each beats about every three seconds.
        for member in members.iter_mut().skip(number % 15).step_by(15) {
            member.beat(&mut world).unwrap();
        }
        world.bench.pass(200);
    }
    world.settle(&mut members);
    assert_shared(&members, 600);
    let sizes: Vec<usize> = members.iter().map(Client::count).collect();
    let spread = sizes.iter().max().unwrap() - sizes.iter().min().unwrap();
    assert!(spread <= 1, "{sizes:?}");
}
