use std::sync::Arc;

use super::*;
use crate::config::Settings;
use crate::controller::{Options, unlimited};
use crate::metadata::{Delta, VoterSet};
use crate::protocol::Message;
use crate::protocol::delete_topics::request::DeleteTopicState;
use crate::protocol::metadata_records::{MetadataRecord, TopicRecord};

/// Topics "a" and "b".
fn controller() -> Controller {
    let mut delta = Delta::new(crate::metadata::Image::empty("c"));
    for (name, number) in [("a", 1000), ("b", 1001)] {
        let record = TopicRecord { name: name.to_owned(), topic_id: Uuid::from_u128(number) };
        delta.replay(&MetadataRecord::from(record)).unwrap();
    }
    let settings = Arc::new(Settings::load(None, &[]).unwrap().0);
    let voters = VoterSet::default();
    let options = Options {
        node_id: 1,
        partitions: 1,
        replication_factor: 1,
        descriptors_max: 20_000,
        voters,
        settings,
    };
    Controller::new(delta, options)
}

fn state(name: Option<&str>, id: u128) -> DeleteTopicState {
    DeleteTopicState { name: name.map(str::to_owned), topic_id: Uuid::from_u128(id) }
}

/// Name, code and message.
type Answer = (Option<String>, i16, Option<String>);

/// How many topics are deleted, and what is answered.
fn decide(request: &Request) -> (usize, Vec<Answer>) {
    let outcome = Deletions::of(request).decide(&controller(), &mut unlimited);
    let responses = outcome.reply.into_iter();
    let responses = responses.map(|one| (one.name, one.error_code, one.error_message)).collect();
    (outcome.records.len(), responses)
}

#[test]
fn by_name_and_by_id() {
    let topics = vec![state(Some("a"), 0), state(None, 1001)];
    let (records, responses) = decide(&Request { topics, ..Request::default() });
    assert_eq!(records, 2);
    let done = |name: &str| (Some(name.to_owned()), 0, None);
    assert_eq!(responses, [done("a"), done("b")]);
    let topic_names = vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(decide(&Request { topic_names, ..Request::default() }).0, 2);
}

#[test]
fn topics_that_are_not_there() {
    let topics = vec![state(Some("x"), 0), state(None, 7)];
    let (records, responses) = decide(&Request { topics, ..Request::default() });
    assert_eq!(records, 0);
    let by_id = "This server does not host this topic ID.".to_owned();
    let by_name = "This server does not host this topic-partition.".to_owned();
    assert_eq!(
        responses,
        [
            (None, ErrorCode::UnknownTopicId as i16, Some(by_id)),
            (Some("x".to_owned()), ErrorCode::UnknownTopicOrPartition as i16, Some(by_name)),
        ]
    );
}

#[test]
fn requests_that_contradict_themselves_delete_nothing() {
    for (topics, message) in [
        (vec![state(None, 0)], "Neither topic name nor id were specified."),
        (vec![state(Some("a"), 1000)], "You may not specify both topic name and topic id."),
        (vec![state(Some("a"), 0), state(Some("a"), 0)], "Duplicate topic name."),
        (vec![state(None, 1000), state(None, 1000)], "Duplicate topic id."),
        (
            vec![state(Some("a"), 0), state(None, 1000)],
            "The provided topic name maps to an ID that was already supplied.",
        ),
    ] {
        let (records, responses) = decide(&Request { topics, ..Request::default() });
        assert_eq!((records, responses.len()), (0, 1), "{message}");
        assert_eq!(responses[0].1, ErrorCode::InvalidRequest as i16);
        assert_eq!(responses[0].2.as_deref(), Some(message));
    }
}

#[test]
fn a_refusal_of_everything_names_each_topic() {
    let request = Request { topic_names: vec!["a".to_owned()], ..Request::default() };
    let response = Deletions::of(&request).refuse_all(disabled(5), None);
    assert_eq!(response.responses[0].error_code, ErrorCode::TopicDeletionDisabled as i16);
    assert_eq!(disabled(2), ErrorCode::InvalidRequest);
    for version in API.versions {
        response.to_vec(version).unwrap();
    }
}
