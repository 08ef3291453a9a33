//! Members with a group.instance.id.

use super::bench::*;
use crate::coordinators::groups::*;

fn world_of_two() -> (World, [Client; 2]) {
    let mut world = World::new(&[("t", 4)]);
    let mut members =
        [Client::of_instance("a", "i", &["t"]), Client::of_instance("b", "j", &["t"])];
    members.iter_mut().for_each(|member| member.join(&mut world).unwrap());
    world.settle(&mut members);
    assert_shared(&members, 4);
    (world, members)
}

#[test]
fn who_comes_back_takes_over_what_it_had_without_a_new_epoch() {
    let (mut world, [a, mut b]) = world_of_two();
    let epoch = world.describe().epoch;
    let away = a.leave(&mut world, -2).unwrap();
    assert_eq!(away.member_epoch, -2);
    assert!(!b.beat(&mut world).unwrap());
    let mut back = Client::of_instance("c", "i", &["t"]);
    back.join(&mut world).unwrap();
    assert_eq!(back.owned, a.owned);
    assert_eq!(world.describe().epoch, epoch);
    assert_eq!(world.beat(a.owning()).unwrap_err(), GroupError::FencedInstance);
    world.reload();
    world.settle(&mut [back.clone(), b.clone()]);
    assert_shared(&[back, b], 4);
}

#[test]
fn an_instance_id_has_one_holder() {
    let (mut world, [a, _]) = world_of_two();
    let mut other = Client::of_instance("c", "i", &["t"]);
    assert_eq!(other.join(&mut world).unwrap_err(), GroupError::UnreleasedInstance);
    assert!(world.beat(a.plain()).is_ok());
    let unknown = Client { epoch: 3, ..Client::of_instance("a", "k", &["t"]) };
    assert_eq!(world.beat(unknown.plain()).unwrap_err(), GroupError::UnknownMember);
    assert_eq!(unknown.leave(&mut world, -1).unwrap_err(), GroupError::UnknownMember);
    let wrong = Client { instance_id: Some("i".into()), ..Client::new("c", &["t"]) };
    assert_eq!(wrong.leave(&mut world, -2).unwrap_err(), GroupError::FencedInstance);
}

#[test]
fn who_does_not_come_back_in_its_session_is_given_up() {
    let (mut world, [a, mut b]) = world_of_two();
    a.leave(&mut world, -2).unwrap();
    for _ in 0..9 {
        world.bench.pass(5_000);
        b.beat(&mut world).unwrap();
    }
    world.settle(std::slice::from_mut(&mut b));
    assert_eq!(b.count(), 4);
    let mut late = Client::of_instance("c", "i", &["t"]);
    late.join(&mut world).unwrap();
    assert_eq!(late.count(), 0);
}

#[test]
fn who_leaves_for_good_is_gone_at_once() {
    let (mut world, [a, mut b]) = world_of_two();
    a.leave(&mut world, -1).unwrap();
    world.settle(std::slice::from_mut(&mut b));
    assert_eq!(b.count(), 4);
}
