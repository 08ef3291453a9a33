//! A live group goes from the classic protocol to the consumer protocol and back.

use super::bench::*;
use crate::coordinators::coordinator::AppendFailure;
use crate::coordinators::groups::error::UpgradeObstacle;
use crate::coordinators::groups::kinds::Group;
use crate::coordinators::groups::tests::bench::*;
use crate::coordinators::groups::*;
use bytes::Bytes;
use std::collections::BTreeSet;

/// A consumer of the classic protocol: it joins when it is told to, and asks for its assignment.
struct Classic {
    id: String,
    generation: i32,
    instance_id: Option<String>,
    owned: BTreeSet<i32>,
}

/// An assignment of partitions of "t", as clients read it.
fn assignment(partitions: &[i32]) -> Bytes {
    let mut bytes = vec![0, 1];
    bytes.extend(1_i32.to_be_bytes());
    bytes.extend([0, 1, b't']);
    bytes.extend((partitions.len() as i32).to_be_bytes());
    partitions.iter().for_each(|partition| bytes.extend(partition.to_be_bytes()));
    bytes.extend((-1_i32).to_be_bytes());
    bytes.into()
}

fn partitions_in(assignment: &[u8]) -> BTreeSet<i32> {
    let read = crate::coordinators::groups::embedded::assignment(assignment).expect("readable");
    read.assigned_partitions.iter().flat_map(|topic| topic.partitions.iter().copied()).collect()
}

/// A subscription to "t" that says what the member has.
fn owning(partitions: &BTreeSet<i32>) -> Bytes {
    let mut bytes = vec![0, 1];
    bytes.extend(1_i32.to_be_bytes());
    bytes.extend([0, 1, b't']);
    bytes.extend((-1_i32).to_be_bytes());
    bytes.extend(1_i32.to_be_bytes());
    bytes.extend([0, 1, b't']);
    bytes.extend((partitions.len() as i32).to_be_bytes());
    partitions.iter().for_each(|partition| bytes.extend(partition.to_be_bytes()));
    bytes.into()
}

impl Classic {
    fn joining(&self) -> JoinGroup {
        let protocols = vec![Protocol { name: "range".into(), metadata: owning(&self.owned) }];
        let group_instance_id = self.instance_id.clone();
        JoinGroup { protocols, group_instance_id, ..join("x", &self.id) }
    }

    fn join(&mut self, world: &mut World) {
        match world.bench.ask_now(Request::Join(self.joining())) {
            Reply::Join(joined) => {
                self.id = joined.member_id;
                self.generation = joined.generation;
            }
            other => panic!("not joined: {other:?}"),
        }
    }

    fn sync(&mut self, world: &mut World) -> Result<(), GroupError> {
        match world.bench.ask_now(Request::Sync(sync(&self.id, self.generation))) {
            Reply::Sync(synced) => {
                self.owned = partitions_in(&synced.assignment);
                Ok(())
            }
            Reply::Refused(error) => Err(error),
            other => panic!("not synced: {other:?}"),
        }
    }

    /// Beats, and follows what it is told; whether it had to join.
    fn beat(&mut self, world: &mut World) -> bool {
        match world.bench.ask_now(Request::Heartbeat(heartbeat(&self.id, self.generation))) {
            Reply::Heartbeat => false,
            Reply::Refused(GroupError::RebalanceInProgress) => {
                self.join(world);
                self.sync(world).expect("it has just joined");
                true
            }
            other => panic!("not heard: {other:?}"),
        }
    }
}

/// A stable classic group of one consumer with all four partitions.
fn classic_world(config: GroupConfig) -> (World, Classic) {
    let mut world = World::with(config, &[("t", 4)]);
    let id = world.bench.member_id("x");
    let owned = BTreeSet::from([0, 1, 2, 3]);
    let mut classic = Classic { id, generation: 0, instance_id: None, owned };
    let token = world.bench.ask(Request::Join(classic.joining()));
    world.bench.pass(2 * DELAY_MS);
    classic.generation = world.bench.joined(token).generation;
    let assignments = vec![(classic.id.clone(), assignment(&[0, 1, 2, 3]))];
    let request = SyncGroup { assignments, ..sync(&classic.id, classic.generation) };
    assert!(matches!(world.bench.ask_now(Request::Sync(request)), Reply::Sync(_)));
    (world, classic)
}

/// Both follow what they are told until nothing changes.
fn settle(world: &mut World, classic: &mut Classic, new: &mut Client) {
    world.bench.pass(2_000);
    for _ in 0..10 {
        let has_changed = new.beat(world).unwrap() | classic.beat(world);
        world.bench.pass(10);
        if !has_changed {
            return;
        }
    }
    panic!("the group does not settle");
}

#[test]
fn a_classic_group_is_upgraded_by_the_first_member_of_the_new_protocol() {
    let (mut world, mut classic) = classic_world(GroupConfig::default());
    let mut new = Client::new("n", &["t"]);
    new.join(&mut world).unwrap();
    assert_eq!(new.count(), 0, "the classic member has all still");
    assert!(new.epoch > classic.generation);
    settle(&mut world, &mut classic, &mut new);
    assert_eq!((classic.owned.len(), new.count()), (2, 2));
    let t = world.topic("t");
    assert!(new.owned[&t].is_disjoint(&classic.owned));
    let described = world.describe();
    let kinds: Vec<bool> = described.members.iter().map(|member| member.speaks_classic).collect();
    assert_eq!((described.state, kinds.len()), ("Stable", 2));
    assert!(kinds.contains(&true) && kinds.contains(&false));
    world.reload();
    assert!(!classic.beat(&mut world) && !new.beat(&mut world).unwrap());
    let offset = Request::Commit(commit(&classic.id, classic.generation, 4));
    assert_eq!(world.bench.ask_now(offset), committed(Ok(())));
}

#[test]
fn a_consumer_group_is_downgraded_when_the_last_new_member_goes() {
    let (mut world, mut classic) = classic_world(GroupConfig::default());
    let mut new = Client::new("n", &["t"]);
    new.join(&mut world).unwrap();
    settle(&mut world, &mut classic, &mut new);
    new.leave(&mut world, -1).unwrap();
    assert!(matches!(world.bench.partition.groups.get(GROUP), Some(Group::Classic(_))));
    assert_eq!(world.bench.state(), "PreparingRebalance");
    let old = Request::Heartbeat(heartbeat(&classic.id, classic.generation));
    assert!(matches!(
        world.bench.ask_now(old),
        Reply::Refused(GroupError::IllegalGeneration | GroupError::RebalanceInProgress)
    ));
    classic.join(&mut world);
    let assignments = vec![(classic.id.clone(), assignment(&[0, 1, 2, 3]))];
    let leading = SyncGroup { assignments, ..sync(&classic.id, classic.generation) };
    assert!(matches!(world.bench.ask_now(Request::Sync(leading)), Reply::Sync(_)));
    let live = world.bench.describe();
    assert_eq!(live.state, Some("Stable"));
    world.reload();
    assert_eq!(world.bench.describe(), live);
}

#[test]
fn a_new_member_that_falls_silent_downgrades_the_group_too() {
    let (mut world, mut classic) = classic_world(GroupConfig::default());
    let mut new = Client::new("n", &["t"]);
    new.join(&mut world).unwrap();
    settle(&mut world, &mut classic, &mut new);
    for _ in 0..8 {
        world.bench.pass(5_000);
        assert!(!classic.beat(&mut world));
    }
    world.bench.pass(6_000);
    assert!(matches!(world.bench.partition.groups.get(GROUP), Some(Group::Classic(_))));
}

#[test]
fn classic_members_join_a_consumer_group() {
    let mut world = World::new(&[("t", 4)]);
    let mut new = Client::new("n", &["t"]);
    new.join(&mut world).unwrap();
    let asked = world.bench.ask_now(Request::Join(join("x", "")));
    let Reply::JoinRefused { error: GroupError::MemberIdRequired, member_id } = asked else {
        panic!("{asked:?}");
    };
    let mut classic =
        Classic { id: member_id, generation: 0, instance_id: None, owned: BTreeSet::new() };
    world.bench.pass(2_000);
    classic.join(&mut world);
    classic.sync(&mut world).unwrap();
    settle(&mut world, &mut classic, &mut new);
    assert_eq!((classic.owned.len(), new.count()), (2, 2));
    let leave = Request::Leave(leave(&classic.id, None));
    assert_eq!(world.bench.ask_now(leave), Reply::Leave(vec![Ok(())]));
    world.settle(std::slice::from_mut(&mut new));
    assert_eq!(new.count(), 4);
}

#[test]
fn the_policy_decides() {
    let policy = |upgrades, downgrades| {
        let mut config = GroupConfig::default();
        config.consumer.migration = MigrationPolicy { upgrades, downgrades };
        config
    };
    let (mut world, _) = classic_world(policy(false, true));
    let refused = Client::new("n", &["t"]).join(&mut world).unwrap_err();
    assert_eq!(refused, GroupError::CannotUpgrade(UpgradeObstacle::Disabled));
    assert_eq!(world.bench.state(), "Stable", "nothing has changed");

    let mut world = World::with(policy(false, false), &[("t", 1)]);
    Client::new("n", &["t"]).join(&mut world).unwrap();
    let reply = world.bench.ask_now(Request::Join(join("x", "")));
    assert_eq!(reply, join_refused(GroupError::InconsistentProtocol, ""));

    let (mut world, mut classic) = classic_world(policy(true, false));
    let mut new = Client::new("n", &["t"]);
    new.join(&mut world).unwrap();
    settle(&mut world, &mut classic, &mut new);
    new.leave(&mut world, -1).unwrap();
    assert!(matches!(world.bench.partition.groups.get(GROUP), Some(Group::Consumer(_))));
}

#[test]
fn what_cannot_be_upgraded_stays_as_it_is() {
    let mut world = World::new(&[("t", 1)]);
    let ids = world.bench.stable_group(&["x"]);
    let refused = Client::new("n", &["t"]).join(&mut world).unwrap_err();
    // The bench's leader assigns what no consumer reads.
    assert_eq!(refused, GroupError::CannotUpgrade(UpgradeObstacle::Malformed));
    let beat = Request::Heartbeat(heartbeat(&ids[0], 1));
    assert_eq!(world.bench.ask_now(beat), Reply::Heartbeat);
}

#[test]
fn an_upgrade_that_is_not_written_has_not_been() {
    let (mut world, classic) = classic_world(GroupConfig::default());
    let before = world.bench.describe();
    world.bench.hold = true;
    let joining = Request::ConsumerHeartbeat(Client::new("n", &["t"]).joining());
    let token = world.bench.ask(joining);
    world.bench.refuse(AppendFailure::Unavailable);
    assert!(matches!(world.bench.reply(token), Reply::Refused(_)));
    assert_eq!(world.bench.describe(), before);
    let beat = Request::Heartbeat(heartbeat(&classic.id, classic.generation));
    assert_eq!(world.bench.ask_now(beat), Reply::Heartbeat);
    world.bench.pass(60_000);
    assert_eq!(world.bench.state(), "Empty", "its deadlines are there again");
}

#[test]
fn a_downgrade_that_is_not_written_has_not_been() {
    let (mut world, mut classic) = classic_world(GroupConfig::default());
    let mut new = Client::new("n", &["t"]);
    new.join(&mut world).unwrap();
    settle(&mut world, &mut classic, &mut new);
    world.bench.hold = true;
    let leaving = ConsumerHeartbeat { member_epoch: -1, ..new.plain() };
    let token = world.bench.ask(Request::ConsumerHeartbeat(leaving));
    world.bench.refuse(AppendFailure::Unavailable);
    assert!(matches!(world.bench.reply(token), Reply::Refused(_)));
    assert!(!new.beat(&mut world).unwrap() && !classic.beat(&mut world));
    assert_eq!((classic.owned.len(), new.count()), (2, 2));
}

#[test]
fn a_static_member_may_go_over_by_its_instance_id() {
    let mut world = World::new(&[("t", 2)]);
    let mut new = Client::of_instance("n", "i", &["t"]);
    new.join(&mut world).unwrap();
    new.leave(&mut world, -2).unwrap();
    let mut classic = Classic {
        id: String::new(),
        generation: 0,
        instance_id: Some("i".into()),
        owned: BTreeSet::new(),
    };
    classic.join(&mut world);
    assert!(matches!(world.bench.partition.groups.get(GROUP), Some(Group::Classic(_))));
    let asking = SyncGroup {
        group_instance_id: classic.instance_id.clone(),
        ..sync(&classic.id, classic.generation)
    };
    match world.bench.ask_now(Request::Sync(asking)) {
        Reply::Sync(synced) => assert_eq!(partitions_in(&synced.assignment).len(), 2),
        other => panic!("{other:?}"),
    }
}
