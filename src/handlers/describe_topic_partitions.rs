//! DescribeTopicPartitions (key 75), version 0.
//!
//! Topics with their partitions in the order of the names, so many at a time; a cursor says where
//! the next request goes on.   Skipped: authorization.   Runs on the connection's core.

use std::collections::BTreeSet;

use shards::io::Slice;

use super::metadata::offline_replicas;
use super::{Api, Context, Pending, answer, operations};
use crate::metadata::topics::NO_LEADER;
use crate::metadata::{Image, Partition, Topic, topic_name};
use crate::protocol::describe_topic_partitions::request::Request;
use crate::protocol::describe_topic_partitions::response::{
    Cursor, DescribeTopicPartitionsResponsePartition as PartitionAnswer,
    DescribeTopicPartitionsResponseTopic as TopicAnswer, Response,
};
use crate::protocol::{ApiKey, ErrorCode};

pub const API: Api = Api { key: ApiKey::DescribeTopicPartitions, versions: 0..=0, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, |context, request: Request| async move {
        let limit = context.broker.config.topics.describe_partitions_max as usize;
        respond(&context.broker.image(), &request, &context.peer.listener.name, limit)
    })
}

/// At most `limit` partitions, whatever the client allows.
pub fn respond(image: &Image, request: &Request, listener: &str, limit: usize) -> Response {
    let (start_name, start_index) = match &request.cursor {
        Some(cursor) => (cursor.topic_name.as_str(), cursor.partition_index),
        None => ("", 0),
    };
    let names: BTreeSet<&str> = match request.topics.is_empty() {
        true => image.topics.names_from(start_name).map(|name| &**name).collect(),
        false => {
            let named = request.topics.iter().map(|topic| topic.name.as_str());
            named.filter(|name| *name >= start_name).collect()
        }
    };
    let is_named = request.topics.is_empty() || names.contains(start_name);
    if start_index < 0 || (request.cursor.is_some() && !is_named) {
        return refuse(request);
    }
    let allowed = usize::try_from(request.response_partition_limit).unwrap_or(0);
    let mut page = Page { image, listener, left: allowed.min(limit).max(1) };
    let mut response = Response::default();
    for name in names {
        let from = if name == start_name { start_index } else { 0 };
        if page.left == 0 {
            response.next_cursor = Some(cursor(name, 0));
            break;
        }
        let Some(topic) = image.topics.by_name(name) else {
            if !request.topics.is_empty() {
                response.topics.push(missing(name));
            }
            continue;
        };
        let next = page.describe(topic, from, &mut response.topics);
        if let Some(next) = next {
            response.next_cursor = Some(cursor(name, next));
            break;
        }
    }
    response
}

fn cursor(topic_name: &str, partition_index: i32) -> Cursor {
    Cursor { topic_name: topic_name.to_owned(), partition_index }
}

fn refuse(request: &Request) -> Response {
    let refused = |name: &str| TopicAnswer {
        name: Some(name.to_owned()),
        error_code: ErrorCode::InvalidRequest as i16,
        ..Default::default()
    };
    let topics = request.topics.iter().map(|topic| refused(&topic.name)).collect();
    Response { topics, ..Response::default() }
}

fn missing(name: &str) -> TopicAnswer {
    let error = match topic_name::validate(name) {
        Ok(()) => ErrorCode::UnknownTopicOrPartition,
        Err(_) => ErrorCode::InvalidTopicException,
    };
    TopicAnswer {
        name: Some(name.to_owned()),
        error_code: error as i16,
        is_internal: topic_name::is_internal(name),
        topic_authorized_operations: operations::OF_TOPIC,
        ..Default::default()
    }
}

/// What one response may hold.
struct Page<'a> {
    image: &'a Image,
    listener: &'a str,
    left: usize,
}

impl Page<'_> {
    /// Describes partitions of the topic from one on; the first that did not fit, if any.
    fn describe(&mut self, topic: &Topic, from: i32, into: &mut Vec<TopicAnswer>) -> Option<i32> {
        let mut partitions = topic.partitions.iter_from(&from);
        let taken: Vec<PartitionAnswer> = partitions
            .by_ref()
            .take(self.left)
            .map(|(index, partition)| self.partition(*index, partition))
            .collect();
        self.left -= taken.len();
        let next = partitions.next().map(|(index, _)| *index);
        into.push(TopicAnswer {
            error_code: ErrorCode::None as i16,
            name: Some(topic.name.to_string()),
            topic_id: topic.id,
            is_internal: topic_name::is_internal(&topic.name),
            partitions: taken,
            topic_authorized_operations: operations::OF_TOPIC,
        });
        next
    }

    fn partition(&self, partition_index: i32, partition: &Partition) -> PartitionAnswer {
        let leader = self.image.cluster.broker(partition.leader);
        let reachable = leader.and_then(|broker| broker.endpoint(self.listener));
        let (leader_id, error) = match (leader, reachable) {
            (_, Some(_)) => (partition.leader, ErrorCode::None),
            (Some(_), None) => (NO_LEADER, ErrorCode::ListenerNotFound),
            (None, None) => (NO_LEADER, ErrorCode::LeaderNotAvailable),
        };
        PartitionAnswer {
            error_code: error as i16,
            partition_index,
            leader_id,
            leader_epoch: partition.leader_epoch,
            replica_nodes: partition.replicas.clone(),
            isr_nodes: partition.in_sync_replicas.clone(),
            eligible_leader_replicas: Some(partition.eligible_leader_replicas.clone()),
            last_known_elr: Some(partition.last_known_eligible.clone()),
            offline_replicas: offline_replicas(self.image, partition, self.listener),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::metadata::tests::cluster;
    use super::*;
    use crate::protocol::Message;
    use crate::protocol::describe_topic_partitions::request::{self, TopicRequest};

    fn ask(topics: &[&str], limit: i32, from: Option<(&str, i32)>) -> Response {
        let topics = topics.iter().map(|name| TopicRequest { name: (*name).to_owned() });
        let request = Request {
            topics: topics.collect(),
            response_partition_limit: limit,
            cursor: from.map(|(name, partition_index)| request::Cursor {
                topic_name: name.to_owned(),
                partition_index,
            }),
        };
        let response = respond(&cluster(), &request, "PLAINTEXT", 2000);
        response.to_vec(0).unwrap();
        response
    }

    /// (topic, partition) of all partitions in a response.
    fn partitions(response: &Response) -> Vec<(String, i32)> {
        let of_topic = |topic: &TopicAnswer| {
            let name = topic.name.clone().unwrap();
            topic.partitions.iter().map(move |p| (name.clone(), p.partition_index)).collect()
        };
        response.topics.iter().flat_map(|topic| -> Vec<_> { of_topic(topic) }).collect()
    }

    #[test]
    fn pages_add_up_to_the_whole() {
        let whole = partitions(&ask(&[], 2000, None));
        assert!(whole.is_sorted());
        for limit in 1..5 {
            let mut pages = Vec::new();
            let mut from: Option<(String, i32)> = None;
            loop {
                let at = from.as_ref().map(|(name, index)| (name.as_str(), *index));
                let page = ask(&[], limit, at);
                assert!(partitions(&page).len() <= limit as usize);
                pages.extend(partitions(&page));
                match page.next_cursor {
                    Some(next) => from = Some((next.topic_name, next.partition_index)),
                    None => break,
                }
            }
            assert_eq!(pages, whole, "{limit} at a time");
        }
    }

    #[test]
    fn topics_that_are_not_there_are_said_to_be_so() {
        let response = ask(&["nowhere", "b a"], 10, None);
        let codes: Vec<i16> = response.topics.iter().map(|topic| topic.error_code).collect();
        let invalid = ErrorCode::InvalidTopicException as i16;
        assert_eq!(codes, [invalid, ErrorCode::UnknownTopicOrPartition as i16]);
    }

    #[test]
    fn a_cursor_outside_of_the_request_is_refused() {
        for from in [("a", -1), ("other", 0)] {
            let response = ask(&["a"], 10, Some(from));
            assert_eq!(response.topics[0].error_code, ErrorCode::InvalidRequest as i16);
        }
    }
}
