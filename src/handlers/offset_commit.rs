//! OffsetCommit (key 8), versions 2-10.
//!
//! A group commits offsets of partitions that exist. Answered once they are durable.
//! Versions: 5 no retention time · 6 leader epoch · 7 group.instance.id · 8 flexible · 9 other
//! errors for unknown groups · 10 topics by id.

use crate::coordinators::groups::{self, CommitTopic, GroupError, OffsetToCommit, Reply};
use crate::metadata::Image;
use crate::protocol::offset_commit::request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use crate::protocol::offset_commit::response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use crate::protocol::offset_commit::{Request, Response};
use crate::protocol::produce::TopicReference;
use crate::protocol::{ApiKey, ErrorCode};
use crate::routing::groups::ask;
use shards::io::Slice;

use super::{Api, Context, Pending, answer_within};
use crate::refusals::group_errors::{code_of, code_of_result};
use crate::refusals::topics;

pub const API: Api = Api { key: ApiKey::OffsetCommit, versions: 2..=10, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer_within(context, body, repeated, async |context, request: Request| {
        let version = context.version();
        let group_id = request.group_id.clone();
        let mut commit = begin(request, version, &context.broker.image());
        let reply = match commit.question.take() {
            Some(question) => Some(ask(&context.broker, &group_id, question).await),
            None => None,
        };
        commit.finish(reply, version)
    })
}

fn repeated(request: &Request) -> usize {
    let names = |name: &str| request.group_id.len() + name.len();
    request.topics.iter().map(|topic| names(&topic.name) * topic.partitions.len()).sum()
}

const FIRST_WITH_GROUP_ERRORS: i16 = 9;
const FIRST_WITH_MEMBER_EPOCHS: i16 = 9;
const FIRST_WITH_TOPIC_IDS: i16 = 10;
const DEFAULT_RETENTION_MS: i64 = -1;

/// A request on its way: what its coordinator is asked, and what is answered already.
pub struct Commit {
    /// `None`: nothing is left to ask.
    pub question: Option<groups::Request>,
    response: Response,
    /// Where in `response` the coordinator's outcomes belong, in the order in which it gives them.
    open: Vec<(usize, usize)>,
}

/// Sorts out topics and partitions that do not exist.
pub fn begin(request: Request, version: i16, image: &Image) -> Commit {
    let mut commit = Commit { question: None, response: Response::default(), open: Vec::new() };
    let mut asked = Vec::new();
    for topic in request.topics {
        asked.extend(commit.add_topic(topic, version, image));
    }
    if !asked.is_empty() {
        let retention = request.retention_time_ms;
        commit.question = Some(groups::Request::Commit(groups::CommitOffsets {
            group_id: request.group_id,
            generation: request.generation_id_or_member_epoch,
            member_id: request.member_id,
            group_instance_id: request.group_instance_id,
            retention_ms: (retention != DEFAULT_RETENTION_MS).then_some(retention),
            knows_member_epochs: version >= FIRST_WITH_MEMBER_EPOCHS,
            topics: asked,
        }));
    }
    commit
}

impl Commit {
    /// Adds a topic to the response; what its coordinator must be asked of it comes back.
    fn add_topic(
        &mut self,
        topic: OffsetCommitRequestTopic,
        version: i16,
        image: &Image,
    ) -> Option<CommitTopic> {
        let OffsetCommitRequestTopic { name, topic_id, partitions } = topic;
        let by_id = version >= FIRST_WITH_TOPIC_IDS;
        let reference =
            if by_id { TopicReference::Id(topic_id) } else { TopicReference::Name(&name) };
        let found = topics::find(image, reference);
        let topic_at = self.response.topics.len();
        let mut outcomes = Vec::with_capacity(partitions.len());
        let mut to_commit = Vec::new();
        for partition in partitions {
            let partition_index = partition.partition_index;
            let error = match &found {
                Err(error) => *error,
                Ok(topic) if topic.partitions.contains_key(&partition_index) => {
                    self.open.push((topic_at, outcomes.len()));
                    to_commit.push(offset_to_commit(partition));
                    ErrorCode::None
                }
                Ok(_) => ErrorCode::UnknownTopicOrPartition,
            };
            let error_code = error as i16;
            outcomes.push(OffsetCommitResponsePartition { partition_index, error_code });
        }
        let name = found.as_ref().map_or(name, |topic| topic.name.as_ref().to_owned());
        self.response.topics.push(OffsetCommitResponseTopic {
            name: name.clone(),
            topic_id,
            partitions: outcomes,
        });
        let topic_id = by_id.then_some(topic_id);
        (!to_commit.is_empty()).then_some(CommitTopic { name, topic_id, partitions: to_commit })
    }

    /// The response, with what the coordinator said where it was asked.
    pub fn finish(mut self, reply: Option<Reply>, version: i16) -> Response {
        let outcomes: Vec<ErrorCode> = match reply {
            Some(Reply::Commit(topics)) => topics
                .iter()
                .flat_map(|topic| &topic.partitions)
                .map(|partition| code_of_result(partition.result))
                .collect(),
            Some(Reply::Refused(GroupError::GroupNotFound))
                if version < FIRST_WITH_GROUP_ERRORS =>
            {
                vec![ErrorCode::IllegalGeneration; self.open.len()]
            }
            Some(Reply::Refused(error)) => vec![code_of(error); self.open.len()],
            _ => vec![ErrorCode::UnknownServerError; self.open.len()],
        };
        for ((topic_at, partition_at), outcome) in self.open.into_iter().zip(outcomes) {
            let topic = self.response.topics.get_mut(topic_at);
            if let Some(slot) = topic.and_then(|topic| topic.partitions.get_mut(partition_at)) {
                slot.error_code = outcome as i16;
            }
        }
        self.response
    }
}

fn offset_to_commit(partition: OffsetCommitRequestPartition) -> OffsetToCommit {
    let epoch = partition.committed_leader_epoch;
    OffsetToCommit {
        partition: partition.partition_index,
        offset: partition.committed_offset,
        leader_epoch: (epoch >= 0).then_some(epoch),
        metadata: partition.committed_metadata,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{image, topic_id};
    use super::*;
    use crate::protocol::Message;
    use groups::{PartitionOutcome, TopicOutcome};
    use uuid::Uuid;

    fn request(topics: Vec<(&str, Uuid, Vec<i32>)>) -> Request {
        let partition = |partition_index| OffsetCommitRequestPartition {
            partition_index,
            committed_offset: 7,
            ..OffsetCommitRequestPartition::default()
        };
        let topic = |(name, topic_id, partitions): (&str, Uuid, Vec<i32>)| {
            let partitions = partitions.into_iter().map(partition).collect();
            OffsetCommitRequestTopic { name: name.into(), topic_id, partitions }
        };
        let topics = topics.into_iter().map(topic).collect();
        Request { group_id: "g".into(), topics, ..Request::default() }
    }

    fn codes(response: &Response) -> Vec<Vec<i16>> {
        let codes = |topic: &OffsetCommitResponseTopic| {
            topic.partitions.iter().map(|partition| partition.error_code).collect()
        };
        response.topics.iter().map(codes).collect()
    }

    #[test]
    fn unknown_topics_and_partitions_are_answered_without_the_coordinator() {
        let asked = vec![("none", Uuid::nil(), vec![0]), ("t", Uuid::nil(), vec![9])];
        let commit = begin(request(asked), 9, &image("t"));
        assert!(commit.question.is_none());
        assert_eq!(codes(&commit.finish(None, 9)), [[3], [3]]);
    }

    #[test]
    fn outcomes_find_their_places() {
        let asked = vec![("none", Uuid::nil(), vec![0]), ("t", Uuid::nil(), vec![9, 1, 0])];
        let commit = begin(request(asked), 9, &image("t"));
        let Some(groups::Request::Commit(question)) = &commit.question else {
            panic!("no question")
        };
        let numbers: Vec<_> =
            question.topics[0].partitions.iter().map(|partition| partition.partition).collect();
        assert_eq!((question.topics.len(), numbers), (1, vec![1, 0]));
        let outcome = |partition, result| PartitionOutcome { partition, result };
        let partitions =
            vec![outcome(1, Err(GroupError::OffsetMetadataTooLarge)), outcome(0, Ok(()))];
        let reply = TopicOutcome { name: "t".into(), topic_id: None, partitions };
        let response = commit.finish(Some(Reply::Commit(vec![reply])), 9);
        assert_eq!(codes(&response), [vec![3], vec![3, 12, 0]]);
    }

    #[test]
    fn topics_are_known_by_id_from_version_10_on() {
        let asked = vec![("", topic_id(), vec![0]), ("", Uuid::max(), vec![0])];
        let commit = begin(request(asked), 10, &image("t"));
        let Some(groups::Request::Commit(question)) = &commit.question else {
            panic!("no question")
        };
        assert_eq!(question.topics[0].name, "t");
        assert_eq!(question.topics[0].topic_id, Some(topic_id()));
        let response = commit.finish(Some(Reply::Refused(GroupError::UnknownMember)), 10);
        assert_eq!(codes(&response), [[25], [100]]);
        let read = Response::from_slice(&response.to_vec(10).unwrap(), 10).unwrap();
        assert_eq!(read.topics[0].topic_id, topic_id());
    }

    #[test]
    fn an_unknown_group_is_an_old_generation_to_old_clients() {
        for (version, code) in [(8, 22), (9, 69)] {
            let commit = begin(request(vec![("t", Uuid::nil(), vec![0])]), version, &image("t"));
            let reply = Some(Reply::Refused(GroupError::GroupNotFound));
            assert_eq!(codes(&commit.finish(reply, version)), [[code]]);
        }
    }
}
