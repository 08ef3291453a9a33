//! Deletion of offsets, of groups, and of the offsets of deleted topics.

use super::bench::*;
use crate::coordinators::groups::*;

fn delete_offset(topic: &str) -> Request {
    let topics = vec![(topic.to_owned(), vec![0, 9])];
    Request::DeleteOffsets(DeleteOffsets { group_id: GROUP.into(), topics })
}

fn outcomes(result: Result<(), GroupError>, topic: &str) -> Reply {
    let partition = |partition| PartitionOutcome { partition, result };
    let partitions = vec![partition(0), partition(9)];
    Reply::DeleteOffsets(vec![TopicOutcome { name: topic.into(), topic_id: None, partitions }])
}

fn commit_to(bench: &mut Bench, topic: &str, member_id: &str, generation: i32) {
    let mut request = commit(member_id, generation, 7);
    request.topics[0].name = topic.into();
    assert!(matches!(bench.ask_now(Request::Commit(request)), Reply::Commit(_)));
}

#[test]
fn offsets_go_unless_a_member_is_subscribed() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a"]);
    commit_to(&mut bench, "t", &ids[0], 1);
    commit_to(&mut bench, "x", &ids[0], 1);
    let subscribed = outcomes(Err(GroupError::SubscribedToTopic), "t");
    assert_eq!(bench.ask_now(delete_offset("t")), subscribed);
    assert_eq!(bench.ask_now(delete_offset("x")), outcomes(Ok(()), "x"));
    assert_eq!(bench.fetch_one("x", 0), FetchedPartition::Nothing);
    assert!(matches!(bench.fetch_one("t", 0), FetchedPartition::Committed(_)));

    bench.ask_now(Request::Leave(leave(&ids[0], None)));
    assert_eq!(bench.ask_now(delete_offset("t")), outcomes(Ok(()), "t"));
    assert_eq!(bench.fetch_one("t", 0), FetchedPartition::Nothing);
}

#[test]
fn offsets_of_other_protocols_stay_while_there_are_members() {
    let mut bench = Bench::new();
    let request =
        JoinGroup { protocol_type: "connect".into(), member_id_required: false, ..join("a", "") };
    bench.ask(Request::Join(request));
    assert_eq!(bench.ask_now(delete_offset("t")), refused(GroupError::NonEmptyGroup));
}

#[test]
fn offsets_of_no_group_cannot_go() {
    let mut bench = Bench::new();
    assert_eq!(bench.ask_now(delete_offset("t")), refused(GroupError::GroupNotFound));
    let request = DeleteOffsets { group_id: String::new(), topics: Vec::new() };
    let reply = bench.ask_now(Request::DeleteOffsets(request));
    assert_eq!(reply, refused(GroupError::InvalidGroupId));
}

#[test]
fn a_group_goes_with_its_offsets_when_it_is_empty() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a"]);
    commit_to(&mut bench, "t", &ids[0], 1);
    let delete = || Request::DeleteGroups(vec![GROUP.into(), "other".into()]);
    let not_found = Err(GroupError::GroupNotFound);
    let first = bench.ask_now(delete());
    assert_eq!(first, Reply::DeleteGroups(vec![Err(GroupError::NonEmptyGroup), not_found]));

    bench.ask_now(Request::Leave(leave(&ids[0], None)));
    bench.hold = true;
    let token = bench.ask(delete());
    assert!(bench.is_waiting(token));
    bench.release();
    assert_eq!(bench.reply(token), Reply::DeleteGroups(vec![Ok(()), not_found]));
    assert_eq!(bench.state(), "Dead");
    assert_eq!(bench.fetch_one("t", 0), FetchedPartition::Nothing);
    assert_eq!(Bench::reloaded(&bench.log).state(), "Dead");
}

#[test]
fn offsets_go_with_their_topic() {
    let mut bench = Bench::new();
    commit_to(&mut bench, "t", "", -1);
    commit_to(&mut bench, "x", "", -1);
    let output = bench.partition.on_topics_deleted(&["t".into(), "unknown".into()], bench.now);
    bench.take(output);
    assert_eq!(bench.fetch_one("t", 0), FetchedPartition::Nothing);
    assert!(matches!(bench.fetch_one("x", 0), FetchedPartition::Committed(_)));
    let mut reloaded = Bench::reloaded(&bench.log);
    assert_eq!(reloaded.fetch_one("t", 0), FetchedPartition::Nothing);
}
