//! DeleteTopics (key 20), versions 1-6.
//!
//! Topics by name or by id. The answer comes when every core has closed their partitions; files go
//! after `file.delete.delay.ms`.
//! Versions: 4 flexible · 5 error messages, quota errors · 6 topic ids.
//! Skipped: authorization, timeouts.   Runs on shard 0, asked from the connection's core.

use std::collections::BTreeMap;

use shards::io::Slice;
use uuid::Uuid;

use super::{Api, Context, Pending, answer, changes};
use crate::controller::{Cause, Controller, Outcome, Permits, Refusal};
use crate::protocol::delete_topics::request::Request;
use crate::protocol::delete_topics::response::{DeletableTopicResult, Response};
use crate::protocol::{ApiKey, ErrorCode};
use crate::refusals::controller_errors;

/// Older clients do not know of quotas.
const QUOTA_ERRORS_FROM: i16 = 5;

pub const API: Api = Api { key: ApiKey::DeleteTopics, versions: 1..=6, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, |context, request: Request| async move {
        let version = context.version();
        let wanted = Deletions::of(&request);
        if !context.broker.config.topics.may_be_deleted {
            return wanted.refuse_all(disabled(version), None);
        }
        let everything = wanted.clone();
        let quota = context.mutations(QUOTA_ERRORS_FROM);
        let deleted = context.broker.control_within(quota, move |controller, _, permits| {
            Ok(wanted.decide(controller, permits))
        });
        let (deleted, throttle_ms) = deleted.await;
        let throttle_time_ms = context.mute(throttle_ms);
        match deleted {
            Ok(responses) => {
                let deleted = responses.iter().filter(|topic| topic.error_code == 0);
                let names = deleted.filter_map(|topic| topic.name.clone());
                changes::tell(&context, "topics deleted", &names.collect::<Vec<_>>());
                Response { throttle_time_ms, responses }
            }
            Err(refusal) => {
                everything.refuse_all(controller_errors::code_of(refusal.cause), refusal.message)
            }
        }
    })
}

/// Older clients do not know the code.
fn disabled(version: i16) -> ErrorCode {
    const CODE_FROM: i16 = 3;
    if version < CODE_FROM { ErrorCode::InvalidRequest } else { ErrorCode::TopicDeletionDisabled }
}

/// What a request names: by how many times, and what is named in no allowed way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deletions {
    names: BTreeMap<String, usize>,
    ids: BTreeMap<Uuid, usize>,
    malformed: Vec<DeletableTopicResult>,
}

impl Deletions {
    pub fn of(request: &Request) -> Deletions {
        let mut wanted = Deletions::default();
        for name in &request.topic_names {
            *wanted.names.entry(name.clone()).or_default() += 1;
        }
        for topic in &request.topics {
            let refuse = |message| refused(topic.name.clone(), topic.topic_id, message);
            match (&topic.name, topic.topic_id.is_nil()) {
                (None, true) => {
                    wanted.malformed.push(refuse("Neither topic name nor id were specified."));
                }
                (None, false) => *wanted.ids.entry(topic.topic_id).or_default() += 1,
                (Some(name), true) => *wanted.names.entry(name.clone()).or_default() += 1,
                (Some(_), false) => {
                    wanted
                        .malformed
                        .push(refuse("You may not specify both topic name and topic id."));
                }
            }
        }
        wanted
    }

    /// What the controller's state says to it.
    pub fn decide(
        self,
        controller: &Controller,
        permits: Permits<'_>,
    ) -> Outcome<Vec<DeletableTopicResult>> {
        let mut responses = self.malformed;
        // Topics to delete, by id, with whether the request named them by name as well.
        let mut chosen: BTreeMap<Uuid, String> = BTreeMap::new();
        let topics = &controller.image().topics;
        for (id, count) in self.ids {
            match topics.by_id(id) {
                _ if count > 1 => responses.push(refused(None, id, "Duplicate topic id.")),
                None => responses.push(unknown(None, id, ErrorCode::UnknownTopicId)),
                Some(topic) => {
                    chosen.insert(id, topic.name.to_string());
                }
            }
        }
        for (name, count) in self.names {
            let nil = Uuid::nil();
            match topics.id_of(&name) {
                _ if count > 1 => responses.push(refused(Some(name), nil, "Duplicate topic name.")),
                None => {
                    responses.push(unknown(Some(name), nil, ErrorCode::UnknownTopicOrPartition))
                }
                Some(id) if chosen.remove(&id).is_some() => responses.push(refused(
                    Some(name),
                    id,
                    "The provided topic name maps to an ID that was already supplied.",
                )),
                Some(id) => {
                    chosen.insert(id, name);
                }
            }
        }
        let ids: Vec<Uuid> = chosen.keys().copied().collect();
        let Outcome { quorum, records, atomic, reply } = controller.delete_topics(&ids, permits);
        for (id, result) in reply {
            let (error_code, error_message) = controller_errors::on_wire(result);
            let name = chosen.remove(&id);
            responses.push(DeletableTopicResult { name, topic_id: id, error_code, error_message });
        }
        Outcome { quorum, records, atomic, reply: responses }
    }

    fn refuse_all(self, code: ErrorCode, message: Option<String>) -> Response {
        let refuse = |name, topic_id| DeletableTopicResult {
            name,
            topic_id,
            error_code: code as i16,
            error_message: message.clone(),
        };
        let by_name = self.names.into_keys().map(|name| refuse(Some(name), Uuid::nil()));
        let by_id = self.ids.into_keys().map(|id| refuse(None, id));
        let responses = by_name.chain(by_id).chain(self.malformed).collect();
        Response { throttle_time_ms: 0, responses }
    }
}

fn refused(name: Option<String>, topic_id: Uuid, message: &str) -> DeletableTopicResult {
    let refusal = Refusal::new(Cause::InvalidRequest, message);
    let (error_code, error_message) = controller_errors::on_wire(Err(refusal));
    DeletableTopicResult { name, topic_id, error_code, error_message }
}

fn unknown(name: Option<String>, topic_id: Uuid, error: ErrorCode) -> DeletableTopicResult {
    let error_message = Some(match error {
        ErrorCode::UnknownTopicId => "This server does not host this topic ID.".to_owned(),
        _ => "This server does not host this topic-partition.".to_owned(),
    });
    DeletableTopicResult { name, topic_id, error_code: error as i16, error_message }
}

#[cfg(test)]
mod tests;
