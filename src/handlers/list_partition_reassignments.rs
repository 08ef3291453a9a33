//! ListPartitionReassignments (key 46), version 0.
//!
//! Partitions whose replicas are on the move, as the metadata has them: those of a directory taken
//! over from Kafka. What is asked for here is done at once or refused.
//! Skipped: authorization.   Runs on the connection's core.

use shards::io::Slice;

use super::{Api, Context, Pending, answer};
use crate::metadata::{Image, Topic};
use crate::protocol::ApiKey;
use crate::protocol::list_partition_reassignments::request::Request;
use crate::protocol::list_partition_reassignments::response::{
    OngoingPartitionReassignment, OngoingTopicReassignment, Response,
};

pub const API: Api = Api { key: ApiKey::ListPartitionReassignments, versions: 0..=0, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, |context, request: Request| async move {
        respond(&context.broker.image(), &request)
    })
}

fn respond(image: &Image, request: &Request) -> Response {
    let topics: Vec<OngoingTopicReassignment> = match &request.topics {
        None => image.topics.iter().filter_map(|topic| ongoing(topic, None)).collect(),
        Some(topics) => topics
            .iter()
            .filter_map(|named| {
                let topic = image.topics.by_name(&named.name)?;
                ongoing(topic, Some(&named.partition_indexes))
            })
            .collect(),
    };
    Response { error_message: None, topics, ..Response::default() }
}

/// None if nothing moves.
fn ongoing(topic: &Topic, only: Option<&[i32]>) -> Option<OngoingTopicReassignment> {
    let asked = |index: &i32| only.is_none_or(|only| only.contains(index));
    let moving = topic.partitions.iter().filter(|(index, partition)| {
        let moves =
            !partition.adding_replicas.is_empty() || !partition.removing_replicas.is_empty();
        moves && asked(index)
    });
    let partitions: Vec<OngoingPartitionReassignment> = moving
        .map(|(index, partition)| OngoingPartitionReassignment {
            partition_index: *index,
            replicas: partition.replicas.clone(),
            adding_replicas: partition.adding_replicas.clone(),
            removing_replicas: partition.removing_replicas.clone(),
        })
        .collect();
    let name = topic.name.to_string();
    (!partitions.is_empty()).then_some(OngoingTopicReassignment { name, partitions })
}

#[cfg(test)]
mod tests {
    use super::super::metadata::tests::cluster;
    use super::*;
    use crate::protocol::Message;

    #[test]
    fn what_does_not_move_is_not_listed() {
        let response = respond(&cluster(), &Request { topics: None, ..Request::default() });
        assert_eq!(response.topics, []);
        response.to_vec(0).unwrap();
    }
}
