//! What the log makes of groups of both kinds, and what is kept for others.

use super::bench::*;
use crate::coordinators::coordinator::{Coordinator, Record};
use crate::coordinators::groups::kinds::Group;
use crate::coordinators::groups::tests::bench::*;
use crate::coordinators::groups::*;
use crate::protocol::group_records::{
    ConsumerGroupPartitionMetadataKey, ConsumerGroupPartitionMetadataValue, GroupKey, GroupValue,
};

#[test]
fn offsets_of_before_stay_with_the_group() {
    let mut world = World::new(&[("t", 1)]);
    let first = Request::Commit(commit("", -1, 5));
    assert_eq!(world.bench.ask_now(first), committed(Ok(())));
    Client::new("a", &["t"]).join(&mut world).unwrap();
    world.reload();
    assert!(matches!(world.bench.partition.groups.get(GROUP), Some(Group::Consumer(_))));
    assert!(matches!(world.bench.fetch_one("t", 0), FetchedPartition::Committed(_)));
}

#[test]
fn an_empty_classic_group_becomes_a_consumer_group_and_back() {
    let mut world = World::new(&[("t", 1)]);
    world.bench.stable_group(&["x"]);
    world.bench.pass(60_000);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    assert_eq!(world.bench.describe().missing, Some(Missing::OfAnotherKind));
    world.reload();
    world.settle(std::slice::from_mut(&mut a));
    a.leave(&mut world, -1).unwrap();
    let ids = world.bench.stable_group(&["y"]);
    assert_eq!(world.bench.state(), "Stable");
    let live = world.bench.describe();
    world.reload();
    assert_eq!(world.bench.describe(), live);
    assert_eq!(live.members[0].member_id, ids[0]);
}

/// Before version 4.1, Kafka kept what it knew of topics in a record of its own.
#[test]
fn a_record_of_before_is_removed_at_the_next_look_at_the_topics() {
    let mut world = World::new(&[("t", 1)]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    let key = ConsumerGroupPartitionMetadataKey { group_id: GROUP.into() };
    let key = GroupKey::ConsumerGroupPartitionMetadata(key).to_vec().unwrap();
    let value = ConsumerGroupPartitionMetadataValue { topics: Vec::new() };
    let value = GroupValue::ConsumerGroupPartitionMetadata(value).to_vec(0).unwrap();
    world.bench.log.push(Record { key: key.clone(), value: Some(value) });
    world.reload();
    a.beat(&mut world).unwrap();
    assert_eq!(world.bench.log.last(), Some(&Record { key, value: None }));
}

#[test]
fn lists_tell_kinds_apart() {
    let mut world = World::new(&[("t", 1)]);
    Client::new("a", &["t"]).join(&mut world).unwrap();
    let other = CommitOffsets { group_id: "h".into(), ..commit("", -1, 7) };
    world.bench.ask_now(Request::Commit(other));
    let mut list = |types: &[&str], states: &[&str]| {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let request = ListGroups { states: owned(states), types: owned(types) };
        match world.bench.ask_now(Request::List(request)) {
            Reply::List(listed) => {
                listed.iter().map(|group| (group.group_type, group.state)).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(list(&[], &[]), [("consumer", "Stable"), ("classic", "Empty")]);
    assert_eq!(list(&["Consumer"], &[]), [("consumer", "Stable")]);
    assert_eq!(list(&["classic"], &[]), [("classic", "Empty")]);
    assert_eq!(list(&[], &["stable"]), [("consumer", "Stable")]);
    assert_eq!(list(&["classic"], &["stable"]), []);
}

#[test]
fn nothing_unsound_stops_a_replay() {
    let mut world = World::new(&[("t", 2)]);
    Client::new("a", &["t"]).join(&mut world).unwrap();
    // Records in an order in which nobody wrote them: tombstones first, then halves of members.
    let mut records = world.bench.log.clone();
    records.reverse();
    let mut partition = GroupPartition::new(GroupConfig::default());
    for record in &records {
        partition.replay(&record.key, None, None).unwrap();
        partition.replay(&record.key, record.value.as_deref(), None).unwrap();
    }
    let output = partition.loaded(&world.image, world.bench.now);
    world.bench.partition = partition;
    world.bench.take(output);
    world.bench.pass(100_000);
    assert_eq!(world.describe().state, "Empty");
}
