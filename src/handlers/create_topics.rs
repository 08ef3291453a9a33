//! CreateTopics (key 19), versions 2-7.
//!
//! Each topic by itself: one that is refused stops no other. The answer comes when every core has
//! the new topics.
//! Versions: 5 flexible, configurations in the answer · 6 quota errors · 7 topic ids.
//! Skipped: authorization, timeouts.   Runs on shard 0, asked from the connection's core.

use std::collections::BTreeMap;

use shards::io::Slice;

use super::{Api, Context, Pending, answer, changes};
use crate::controller::create_topics::{CreatedTopic, TopicResult};
use crate::controller::{Cause, EffectiveConfig, Refusal};
use crate::metadata::topic_name;
use crate::protocol::ApiKey;
use crate::protocol::create_topics::request::Request;
use crate::protocol::create_topics::response::{
    CreatableTopicConfigs, CreatableTopicResult, Response,
};
use crate::refusals::controller_errors;

/// Older clients do not know of quotas.
const QUOTA_ERRORS_FROM: i16 = 6;

pub const API: Api = Api { key: ApiKey::CreateTopics, versions: 2..=7, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, |context, request: Request| async move {
        let validate_only = request.validate_only;
        let (allowed, refused) = sift(request);
        let names: Vec<String> = allowed.topics.iter().map(|topic| topic.name.clone()).collect();
        let quota = context.mutations(QUOTA_ERRORS_FROM);
        let created = context.broker.control_within(quota, move |controller, entropy, permits| {
            controller.create_permitted_topics(&allowed, entropy, permits)
        });
        let (created, throttle_ms) = created.await;
        if !validate_only && let Ok(results) = &created {
            changes::tell(&context, "topics created", &told(results));
        }
        let throttle_time_ms = context.mute(throttle_ms);
        Response { throttle_time_ms, ..respond(created, names, refused) }
    })
}

fn told(results: &[TopicResult]) -> Vec<String> {
    let made = results.iter().filter_map(|topic| Some((&topic.name, topic.result.as_ref().ok()?)));
    let told = |(name, made): (&String, &CreatedTopic)| {
        let CreatedTopic { partitions, replication_factor, .. } = made;
        format!("{name} (partitions {partitions}, replicas {replication_factor})")
    };
    made.map(told).collect()
}

/// Takes out what is not for the controller: names that come twice, and the metadata's own topic.
pub fn sift(mut request: Request) -> (Request, Vec<TopicResult>) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for topic in &request.topics {
        *counts.entry(topic.name.clone()).or_default() += 1;
    }
    let refusal = |name: &str, count: usize| {
        let message = match name {
            _ if count > 1 => "Duplicate topic name.".to_owned(),
            topic_name::CLUSTER_METADATA => {
                format!("Creation of internal topic {name} is prohibited.")
            }
            _ => return None,
        };
        Some(Refusal::new(Cause::InvalidRequest, message))
    };
    let mut refused = Vec::new();
    counts.retain(|name, count| match refusal(name, *count) {
        Some(refusal) => {
            refused.push(TopicResult { name: name.clone(), result: Err(refusal) });
            false
        }
        None => true,
    });
    request.topics.retain(|topic| counts.contains_key(&topic.name));
    (request, refused)
}

/// With what the controller made of `names`; if it refused everything, with that.
pub fn respond(
    created: Result<Vec<TopicResult>, Refusal>,
    names: Vec<String>,
    refused: Vec<TopicResult>,
) -> Response {
    let results = created.unwrap_or_else(|refusal| {
        let refuse = |name| TopicResult { name, result: Err(refusal.clone()) };
        names.into_iter().map(refuse).collect()
    });
    let topics = results.into_iter().chain(refused).map(topic_result).collect();
    Response { throttle_time_ms: 0, topics }
}

fn topic_result(topic: TopicResult) -> CreatableTopicResult {
    let TopicResult { name, result } = topic;
    match result {
        Ok(CreatedTopic { id, partitions, replication_factor, configs }) => CreatableTopicResult {
            name,
            topic_id: id,
            error_message: None,
            num_partitions: partitions,
            replication_factor,
            configs: Some(configs.into_iter().map(config).collect()),
            ..Default::default()
        },
        Err(refusal) => {
            let (error_code, error_message) = controller_errors::on_wire(Err(refusal));
            CreatableTopicResult { name, error_code, error_message, ..Default::default() }
        }
    }
}

fn config(config: EffectiveConfig) -> CreatableTopicConfigs {
    CreatableTopicConfigs {
        name: config.name,
        value: config.value.filter(|_| !config.is_sensitive),
        read_only: config.is_read_only,
        config_source: config.source.id(),
        is_sensitive: config.is_sensitive,
    }
}

#[cfg(test)]
mod tests;
