//! What OffsetFetch tells.

use super::bench::*;
use crate::coordinators::groups::*;

fn fetch(topics: Option<Vec<FetchTopic>>) -> Request {
    Request::Fetch(FetchOffsets {
        group_id: GROUP.into(),
        topics,
        require_stable: true,
        claim: Claim::NONE,
    })
}

#[test]
fn an_unknown_group_has_committed_nothing() {
    let mut bench = Bench::new();
    let topic = FetchTopic { name: "t".into(), topic_id: None, partitions: vec![0, 5] };
    let nothing = FetchedTopic {
        name: "t".into(),
        topic_id: None,
        partitions: vec![(0, FetchedPartition::Nothing), (5, FetchedPartition::Nothing)],
    };
    assert_eq!(bench.ask_now(fetch(Some(vec![topic]))), Reply::Fetch(vec![nothing]));
    assert_eq!(bench.ask_now(fetch(None)), Reply::Fetch(Vec::new()));
}

#[test]
fn all_topics_of_the_group_can_be_asked_for() {
    let mut bench = Bench::new();
    for (topic, partition) in [("x", 1), ("t", 0), ("x", 0)] {
        let mut request = commit("", -1, 7);
        request.topics[0].name = topic.into();
        request.topics[0].partitions[0].partition = partition;
        bench.ask_now(Request::Commit(request));
    }
    let Reply::Fetch(topics) = bench.ask_now(fetch(None)) else { panic!() };
    let found: Vec<_> = topics
        .iter()
        .flat_map(|topic| topic.partitions.iter().map(|(number, _)| (topic.name.as_str(), *number)))
        .collect();
    assert_eq!(found, [("t", 0), ("x", 0), ("x", 1)]);
}

#[test]
fn offsets_of_a_topic_of_another_id_are_not_given() {
    let mut bench = Bench::new();
    let mut request = commit("", -1, 7);
    request.topics[0].topic_id = Some(uuid_of("old"));
    bench.ask_now(Request::Commit(request));
    let mut reloaded = Bench::reloaded(&bench.log);
    let mut ask = |topic_id| {
        let topic = FetchTopic { name: "t".into(), topic_id, partitions: vec![0] };
        let Reply::Fetch(mut topics) = reloaded.ask_now(fetch(Some(vec![topic]))) else { panic!() };
        matches!(topics.remove(0).partitions.remove(0).1, FetchedPartition::Committed(_))
    };
    assert!(ask(None));
    assert!(ask(Some(uuid_of("old"))));
    assert!(!ask(Some(uuid_of("new"))));
}

#[test]
fn what_is_not_durable_is_not_told() {
    let mut bench = Bench::new();
    bench.hold = true;
    bench.ask(Request::Commit(commit("", -1, 7)));
    let topic = FetchTopic { name: "t".into(), topic_id: None, partitions: vec![0] };
    let token = bench.ask(fetch(Some(vec![topic])));
    assert!(bench.is_waiting(token));
    bench.release();
    let Reply::Fetch(topics) = bench.reply(token) else { panic!() };
    assert!(matches!(topics[0].partitions[0].1, FetchedPartition::Committed(_)));
}
