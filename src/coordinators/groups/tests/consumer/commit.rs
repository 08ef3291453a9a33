//! Offsets of members with an epoch.

use super::bench::*;
use crate::coordinators::coordinator::ProducerEpoch;
use crate::coordinators::groups::tests::bench::*;
use crate::coordinators::groups::*;

fn fetch(member_id: Option<&str>, epoch: i32) -> Request {
    let topic = FetchTopic { name: "t".into(), topic_id: None, partitions: vec![0] };
    Request::Fetch(FetchOffsets {
        group_id: GROUP.into(),
        topics: Some(vec![topic]),
        require_stable: false,
        claim: Claim { member_id: member_id.map(Into::into), epoch },
    })
}

#[test]
fn a_member_commits_and_fetches_with_its_epoch() {
    let mut world = World::new(&[("t", 1)]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    let bench = &mut world.bench;
    assert_eq!(bench.ask_now(Request::Commit(commit("a", a.epoch, 7))), committed(Ok(())));
    assert!(matches!(bench.ask_now(fetch(Some("a"), a.epoch)), Reply::Fetch(_)));
    assert!(matches!(bench.ask_now(fetch(None, -1)), Reply::Fetch(_)));
    let stale = refused(GroupError::StaleMemberEpoch);
    assert_eq!(bench.ask_now(fetch(Some("a"), a.epoch - 1)), stale);
    assert_eq!(bench.ask_now(Request::Commit(commit("a", a.epoch + 1, 8))), stale);
    let unknown = refused(GroupError::UnknownMember);
    assert_eq!(bench.ask_now(fetch(Some("b"), 1)), unknown);
    assert_eq!(bench.ask_now(Request::Commit(commit("b", a.epoch, 8))), unknown);
    assert_eq!(bench.ask_now(Request::Commit(commit("", -1, 8))), unknown, "it is not empty");
    let old = CommitOffsets { knows_member_epochs: false, ..commit("a", a.epoch, 8) };
    let unsupported = refused(GroupError::UnsupportedVersion);
    assert_eq!(bench.ask_now(Request::Commit(old)), unsupported);
}

/// Issue 18: an offset commit from an old member epoch. It counts for what the member has had since
/// then (KIP-1251), and for nothing else.
#[test]
fn an_older_epoch_may_commit_what_the_member_has_had_since_then() {
    let mut world = World::new(&[("t", 2)]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    let first = a.epoch;
    world.create("u", 1);
    a.topics.insert("u".into());
    world.bench.pass(2_000);
    let change = ConsumerHeartbeat { topics: Some(a.topics.clone()), ..a.owning() };
    let beat = world.beat(change).unwrap();
    a.take(beat);
    assert!(a.epoch > first);
    let bench = &mut world.bench;
    assert_eq!(bench.ask_now(Request::Commit(commit("a", first, 7))), committed(Ok(())));
    let stale = refused(GroupError::StaleMemberEpoch);
    let mut newer = commit("a", first, 7);
    newer.topics[0].name = "u".into();
    assert_eq!(bench.ask_now(Request::Commit(newer)), stale, "it got that one later");
    let mut other = commit("a", first, 7);
    other.topics[0].partitions[0].partition = 9;
    assert_eq!(bench.ask_now(Request::Commit(other)), stale, "it has no such partition");
    assert_eq!(bench.ask_now(Request::Commit(commit("a", first - 1, 7))), stale);
}

/// Issue 18: a zombie consumer that commits.
#[test]
fn who_lost_a_partition_cannot_commit_for_it_with_an_older_epoch() {
    let mut world = World::new(&[("t", 2)]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    let first = a.epoch;
    let mut members = [a, Client::new("b", &["t"])];
    world.bench.pass(2_000);
    members[1].join(&mut world).unwrap();
    world.settle(&mut members);
    let t = world.topic("t");
    let lost = members[1].owned[&t].first().copied().unwrap();
    let mut zombie = commit("a", first, 7);
    zombie.topics[0].partitions[0].partition = lost;
    let stale = refused(GroupError::StaleMemberEpoch);
    assert_eq!(world.bench.ask_now(Request::Commit(zombie)), stale);
}

#[test]
fn a_transaction_may_name_its_member() {
    let mut world = World::new(&[("t", 1)]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    let producer = ProducerEpoch { id: 1, epoch: 0 };
    let mut ask = |member_id: &str, epoch: i32| {
        let commit = commit(member_id, epoch, 5);
        world.bench.ask_now(Request::CommitInTransaction { commit, producer })
    };
    assert_eq!(ask("a", 2), committed(Ok(())));
    assert_eq!(ask("", -1), committed(Ok(())));
    assert_eq!(ask("a", 3), refused(GroupError::IllegalGeneration));
    assert_eq!(ask("b", 2), refused(GroupError::UnknownMember));
}

#[test]
fn offsets_of_subscribed_topics_stay_and_others_can_be_deleted() {
    let mut world = World::new(&[("t", 1), ("u", 1)]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    let delete = |topic: &str| {
        let topics = vec![(topic.to_owned(), vec![0])];
        Request::DeleteOffsets(DeleteOffsets { group_id: GROUP.into(), topics })
    };
    let outcome = |reply| match reply {
        Reply::DeleteOffsets(topics) => topics[0].partitions[0].result,
        other => panic!("{other:?}"),
    };
    let bench = &mut world.bench;
    assert_eq!(outcome(bench.ask_now(delete("t"))), Err(GroupError::SubscribedToTopic));
    assert_eq!(outcome(bench.ask_now(delete("u"))), Ok(()));
}

#[test]
fn outsiders_commit_while_the_group_is_empty() {
    let mut world = World::new(&[("t", 1)]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    a.leave(&mut world, -1).unwrap();
    let commit = Request::Commit(commit("", -1, 3));
    assert_eq!(world.bench.ask_now(commit), committed(Ok(())));
    assert_eq!(world.describe().state, "Empty");
}

/// The offsets of a group that nobody is in expire, and nothing is left of it.
#[test]
fn a_group_goes_with_the_last_of_its_offsets() {
    const MINUTE_MS: u64 = 60_000;
    let mut world = World::new(&[("t", 1)]);
    let mut a = Client::new("a", &["t"]);
    a.join(&mut world).unwrap();
    world.bench.ask_now(Request::Commit(commit("a", a.epoch, 7)));
    a.leave(&mut world, EPOCH_LEFT).unwrap();
    world.bench.pass(7 * 24 * 60 * MINUTE_MS - MINUTE_MS);
    let is_there =
        |world: &mut World| matches!(world.bench.fetch_one("t", 0), FetchedPartition::Committed(_));
    assert!(is_there(&mut world));
    for _ in 0..20 {
        world.bench.pass(MINUTE_MS);
        if !is_there(&mut world) {
            let all = ListGroups { states: Vec::new(), types: Vec::new() };
            assert_eq!(world.bench.ask_now(Request::List(all)), Reply::List(Vec::new()));
            return;
        }
    }
    panic!("the offset does not expire");
}

#[cfg(feature = "sim")]
#[test]
fn its_planted_bug_is_found() {
    use shards::mutation::{Mutation, assert_found};
    assert_found(
        Mutation::StaleCommit,
        who_lost_a_partition_cannot_commit_for_it_with_an_older_epoch,
    );
}
