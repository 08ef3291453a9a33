use uuid::Uuid;

use super::*;
use crate::config::describe::Source;
use crate::protocol::create_topics::request::CreatableTopic;
use crate::protocol::{ErrorCode, Message};

fn topic(name: &str) -> CreatableTopic {
    CreatableTopic { name: name.to_owned(), ..Default::default() }
}

#[test]
fn what_is_not_for_the_controller_is_taken_out() {
    let topics = vec![topic("a"), topic("b"), topic("a"), topic("__cluster_metadata")];
    let (allowed, refused) = sift(Request { topics, ..Request::default() });
    assert_eq!(allowed.topics, [topic("b")]);
    let refused: Vec<(&str, String)> = refused
        .iter()
        .map(|topic| {
            let refusal = topic.result.clone().unwrap_err();
            (topic.name.as_str(), refusal.message.unwrap())
        })
        .collect();
    let prohibited = "Creation of internal topic __cluster_metadata is prohibited.".to_owned();
    let twice = "Duplicate topic name.".to_owned();
    assert_eq!(refused, [("__cluster_metadata", prohibited), ("a", twice)]);
}

#[test]
fn a_created_topic_whole() {
    let config = EffectiveConfig {
        name: "retention.ms".to_owned(),
        value: Some("5".to_owned()),
        is_read_only: false,
        source: Source::Topic,
        is_sensitive: false,
    };
    let created = CreatedTopic {
        id: Uuid::from_u128(7),
        partitions: 3,
        replication_factor: 1,
        configs: vec![config],
    };
    let results = vec![TopicResult { name: "a".to_owned(), result: Ok(created) }];
    let response = respond(Ok(results), vec!["a".to_owned()], Vec::new());
    let expected = CreatableTopicResult {
        name: "a".to_owned(),
        topic_id: Uuid::from_u128(7),
        error_code: 0,
        error_message: None,
        topic_config_error_code: 0,
        num_partitions: 3,
        replication_factor: 1,
        configs: Some(vec![CreatableTopicConfigs {
            name: "retention.ms".to_owned(),
            value: Some("5".to_owned()),
            read_only: false,
            config_source: 1,
            is_sensitive: false,
        }]),
    };
    assert_eq!(response.topics, [expected]);
    for version in API.versions {
        response.to_vec(version).unwrap();
    }
}

#[test]
fn a_refusal_of_everything_is_that_of_each_topic() {
    let refusal = Refusal::new(Cause::PolicyViolation, "too many");
    let names = vec!["a".to_owned(), "b".to_owned()];
    let response = respond(Err(refusal), names, Vec::new());
    let codes: Vec<i16> = response.topics.iter().map(|topic| topic.error_code).collect();
    assert_eq!(codes, [ErrorCode::PolicyViolation as i16; 2]);
    assert_eq!(response.topics[0].error_message.as_deref(), Some("too many"));
}
