//! OffsetDelete (key 47), version 0.
//!
//! Offsets that a group has committed go, unless a member is subscribed to their topic.

use crate::coordinators::groups::{self, Reply};
use crate::metadata::Image;
use crate::protocol::offset_delete::response::{
    OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};
use crate::protocol::offset_delete::{Request, Response};
use crate::protocol::produce::TopicReference;
use crate::protocol::{ApiKey, ErrorCode};
use crate::routing::groups::ask;
use shards::io::Slice;

use super::{Api, Context, Pending, answer, changes};
use crate::refusals::group_errors::{code_of, code_of_result};
use crate::refusals::topics;

pub const API: Api = Api { key: ApiKey::OffsetDelete, versions: 0..=0, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, async |context, request: Request| {
        let group_id = request.group_id.clone();
        let Delete { question, unfinished } = begin(request, &context.broker.image());
        let response = unfinished.finish(ask(&context.broker, &group_id, question).await);
        changes::tell(&context, "committed offsets deleted", &told(&group_id, &response));
        response
    })
}

fn told(group_id: &str, response: &Response) -> Vec<String> {
    let of_topic = |topic: &OffsetDeleteResponseTopic| {
        let done = topic.partitions.iter().filter(|partition| partition.error_code == 0);
        let name = topic.name.clone();
        done.map(move |it| format!("{group_id} of {name}-{}", it.partition_index)).collect()
    };
    response.topics.iter().flat_map::<Vec<String>, _>(of_topic).collect()
}

/// A request on its way: what its coordinator is asked, and what is answered already.
pub struct Delete {
    pub question: groups::Request,
    pub unfinished: Unfinished,
}

/// What is answered already, and what is not.
pub struct Unfinished {
    response: Response,
    /// Where in `response` the coordinator's outcomes belong, in the order in which it gives them.
    open: Vec<(usize, usize)>,
}

/// Sorts out topics and partitions that do not exist. The coordinator is asked even if none is
/// left, as the group itself may be unknown.
pub fn begin(request: Request, image: &Image) -> Delete {
    let mut response = Response::default();
    let mut open = Vec::new();
    let mut asked = Vec::new();
    for (topic_at, topic) in request.topics.into_iter().enumerate() {
        let found = topics::find(image, TopicReference::Name(&topic.name));
        let mut outcomes = Vec::with_capacity(topic.partitions.len());
        let mut to_delete = Vec::new();
        for partition in topic.partitions {
            let partition_index = partition.partition_index;
            let exists = found.is_ok_and(|topic| topic.partitions.contains_key(&partition_index));
            if exists {
                open.push((topic_at, outcomes.len()));
                to_delete.push(partition_index);
            }
            let error = if exists { ErrorCode::None } else { ErrorCode::UnknownTopicOrPartition };
            let error_code = error as i16;
            outcomes.push(OffsetDeleteResponsePartition { partition_index, error_code });
        }
        if !to_delete.is_empty() {
            asked.push((topic.name.clone(), to_delete));
        }
        response.topics.push(OffsetDeleteResponseTopic { name: topic.name, partitions: outcomes });
    }
    let question = groups::Request::DeleteOffsets(groups::DeleteOffsets {
        group_id: request.group_id,
        topics: asked,
    });
    Delete { question, unfinished: Unfinished { response, open } }
}

impl Unfinished {
    /// The response, with what the coordinator said; a refusal of the group is all that is told.
    pub fn finish(mut self, reply: Reply) -> Response {
        let topics = match reply {
            Reply::DeleteOffsets(topics) => topics,
            Reply::Refused(error) => return refusal(code_of(error)),
            _ => return refusal(ErrorCode::UnknownServerError),
        };
        let outcomes = topics.iter().flat_map(|topic| &topic.partitions);
        for ((topic_at, partition_at), outcome) in self.open.into_iter().zip(outcomes) {
            let topic = self.response.topics.get_mut(topic_at);
            if let Some(slot) = topic.and_then(|topic| topic.partitions.get_mut(partition_at)) {
                slot.error_code = code_of_result(outcome.result) as i16;
            }
        }
        self.response
    }
}

fn refusal(error: ErrorCode) -> Response {
    Response { error_code: error as i16, ..Response::default() }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::image;
    use super::*;
    use crate::protocol::offset_delete::request::{
        OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
    };
    use groups::{GroupError, PartitionOutcome, TopicOutcome};

    fn request() -> Request {
        let topic = |name: &str, partitions: &[i32]| OffsetDeleteRequestTopic {
            name: name.into(),
            partitions: partitions
                .iter()
                .map(|number| OffsetDeleteRequestPartition { partition_index: *number })
                .collect(),
        };
        let topics = vec![topic("none", &[0]), topic("t", &[9, 1])];
        Request { group_id: "g".into(), topics }
    }

    #[test]
    fn outcomes_find_their_places() {
        let delete = begin(request(), &image("t"));
        let groups::Request::DeleteOffsets(question) = &delete.question else {
            panic!("not a deletion")
        };
        assert_eq!(question.topics, [("t".to_owned(), vec![1])]);
        let result = Err(GroupError::SubscribedToTopic);
        let partitions = vec![PartitionOutcome { partition: 1, result }];
        let outcome = TopicOutcome { name: "t".into(), topic_id: None, partitions };
        let response = delete.unfinished.finish(Reply::DeleteOffsets(vec![outcome]));
        let codes = response.topics.iter().flat_map(|topic| &topic.partitions);
        assert_eq!(codes.map(|one| one.error_code).collect::<Vec<_>>(), [3, 3, 86]);
    }

    #[test]
    fn a_refusal_is_all_that_is_told() {
        let delete = begin(request(), &image("t"));
        let response = delete.unfinished.finish(Reply::Refused(GroupError::GroupNotFound));
        assert_eq!(response, refusal(ErrorCode::GroupIdNotFound));
    }
}
