//! CreatePartitions (key 37), versions 0-3.
//!
//! More partitions for topics, each topic by itself. The answer comes when every core has them.
//! Versions: 2 flexible · 3 quota errors.   Skipped: authorization, timeouts.
//! Runs on shard 0, asked from the connection's core.

use std::collections::{BTreeMap, BTreeSet};

use shards::io::Slice;

use super::{Api, Context, Pending, answer, changes};
use crate::controller::create_partitions::TopicResult;
use crate::controller::{Cause, Refusal};
use crate::protocol::ApiKey;
use crate::protocol::create_partitions::request::{CreatePartitionsTopic, Request};
use crate::protocol::create_partitions::response::{CreatePartitionsTopicResult, Response};
use crate::refusals::controller_errors;

/// Older clients do not know of quotas.
const QUOTA_ERRORS_FROM: i16 = 3;

pub const API: Api = Api { key: ApiKey::CreatePartitions, versions: 0..=3, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, |context, request: Request| async move {
        let validate_only = request.validate_only;
        let (topics, refused) = sift(request.topics);
        let counts: BTreeMap<String, i32> =
            topics.iter().map(|topic| (topic.name.clone(), topic.count)).collect();
        let names: Vec<String> = topics.iter().map(|topic| topic.name.clone()).collect();
        let quota = context.mutations(QUOTA_ERRORS_FROM);
        let created = context.broker.control_within(quota, move |controller, entropy, permits| {
            controller.create_partitions(&topics, validate_only, entropy, permits)
        });
        let (created, throttle_ms) = created.await;
        if !validate_only && let Ok(results) = &created {
            let made = results.iter().filter(|topic| topic.result.is_ok());
            let told = made.filter_map(|topic| {
                let count = counts.get(&topic.name)?;
                Some(format!("{} (partitions {count})", topic.name))
            });
            changes::tell(&context, "partitions added", &told.collect::<Vec<_>>());
        }
        let throttle_time_ms = context.mute(throttle_ms);
        Response { throttle_time_ms, ..respond(created, names, refused) }
    })
}

/// Takes out topics that are named more than once.
fn sift(mut topics: Vec<CreatePartitionsTopic>) -> (Vec<CreatePartitionsTopic>, Vec<TopicResult>) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for topic in &topics {
        *counts.entry(topic.name.clone()).or_default() += 1;
    }
    counts.retain(|_, count| *count > 1);
    let twice: BTreeSet<String> = counts.into_keys().collect();
    topics.retain(|topic| !twice.contains(&topic.name));
    let refuse = |name| {
        let refusal = Refusal::new(Cause::InvalidRequest, "Duplicate topic name.");
        TopicResult { name, result: Err(refusal) }
    };
    (topics, twice.into_iter().map(refuse).collect())
}

/// With what the controller made of `names`; if it refused everything, with that.
fn respond(
    created: Result<Vec<TopicResult>, Refusal>,
    names: Vec<String>,
    refused: Vec<TopicResult>,
) -> Response {
    let results = created.unwrap_or_else(|refusal| {
        let refuse = |name| TopicResult { name, result: Err(refusal.clone()) };
        names.into_iter().map(refuse).collect()
    });
    let on_wire = |topic: TopicResult| {
        let (error_code, error_message) = controller_errors::on_wire(topic.result);
        CreatePartitionsTopicResult { name: topic.name, error_code, error_message }
    };
    let results = refused.into_iter().chain(results).map(on_wire).collect();
    Response { throttle_time_ms: 0, results }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{ErrorCode, Message};

    fn topic(name: &str) -> CreatePartitionsTopic {
        CreatePartitionsTopic { name: name.to_owned(), count: 3, assignments: None }
    }

    #[test]
    fn a_name_that_comes_twice_is_answered_once() {
        let (topics, refused) = sift(vec![topic("a"), topic("b"), topic("a")]);
        assert_eq!(topics, [topic("b")]);
        let created = vec![TopicResult { name: "b".to_owned(), result: Ok(()) }];
        let response = respond(Ok(created), vec!["b".to_owned()], refused);
        let results: Vec<(&str, i16)> = response
            .results
            .iter()
            .map(|result| (result.name.as_str(), result.error_code))
            .collect();
        assert_eq!(results, [("a", ErrorCode::InvalidRequest as i16), ("b", 0)]);
        for version in API.versions {
            response.to_vec(version).unwrap();
        }
    }

    #[test]
    fn a_controller_that_refuses_everything_is_heard() {
        let refusal = Refusal::new(Cause::PolicyViolation, "too many");
        let response = respond(Err(refusal), vec!["a".to_owned()], Vec::new());
        assert_eq!(response.results[0].error_code, ErrorCode::PolicyViolation as i16);
    }
}
