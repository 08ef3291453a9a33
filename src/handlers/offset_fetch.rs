//! OffsetFetch (key 9), versions 1-10.
//!
//! What groups have committed; each group is asked of its own coordinator.
//! Versions: 2 all topics, errors of the whole group · 5 leader epoch · 6 flexible · 7 require
//! stable · 8 several groups · 9 member id and epoch (of the consumer protocol) · 10 topics by
//! id.
//! Limits: what a request names again and again, limits::REPEATED_NAMES_BYTES_MAX.

use crate::coordinators::coordinator::AppendFailure;
use crate::coordinators::groups::{
    self, FetchTopic, FetchedPartition, FetchedTopic, GroupError, Reply,
};
use crate::limits;
use crate::metadata::Image;
use crate::protocol::offset_fetch::request::{OffsetFetchRequestGroup, OffsetFetchRequestTopics};
use crate::protocol::offset_fetch::response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use crate::protocol::offset_fetch::{Request, Response};
use crate::protocol::produce::TopicReference;
use crate::protocol::{ApiKey, ErrorCode};
use crate::routing::groups::ask_many;
use shards::entropy::HashSet;
use shards::io::Slice;
use uuid::Uuid;

use super::repeated_groups::Mentions;
use super::{Api, Context, Pending, answer_within};
use crate::refusals::group_errors::code_of;
use crate::refusals::topics;

pub const API: Api = Api { key: ApiKey::OffsetFetch, versions: 1..=10, handle };

fn handle(context: Context, body: Slice) -> Pending {
    let metadata_bytes_max = context.broker.config.offsets.metadata_bytes_max;
    let repeated = move |request: &Request| repeated(request, metadata_bytes_max);
    answer_within(context, body, repeated, async |context, request: Request| {
        let version = context.version();
        let require_stable = request.require_stable;
        let image = context.broker.image();
        let everything = |group: &OffsetFetchRequestGroup| {
            group.topics.is_none().then(|| group.group_id.clone())
        };
        let (groups, mentions) = Mentions::of(groups_of(request, version), everything);
        let (mut questions, mut unfinished) = (Vec::new(), Vec::new());
        for group in groups {
            let group_id = group.group_id.clone();
            let fetch = begin(group, version, require_stable, &image);
            questions.push((group_id, fetch.question));
            unfinished.push(fetch.unfinished);
        }
        let replies = ask_many(&context.broker, questions).await;
        let finish =
            |(unfinished, reply): (Unfinished, Reply)| unfinished.finish(reply, version, &image);
        let groups = unfinished.into_iter().zip(replies).map(finish).collect();
        response(mentions.answer(groups, bytes_of, refuse_mention), version)
    })
}

const FIRST_WITH_GROUP_ERROR: i16 = 2;
const FIRST_WITH_GROUPS: i16 = 8;
const FIRST_WITH_TOPIC_IDS: i16 = 10;
const NO_OFFSET: i64 = -1;
const NO_EPOCH: i32 = -1;
/// What one partition takes in an answer, and in what its coordinator says.
const PARTITION_BYTES: usize =
    size_of::<OffsetFetchResponsePartitions>() + size_of::<(i32, FetchedPartition)>();

/// The groups of a request, in the form of the newer versions.
pub fn groups_of(request: Request, version: i16) -> Vec<OffsetFetchRequestGroup> {
    if version >= FIRST_WITH_GROUPS {
        return request.groups;
    }
    let topics = request.topics.map(|topics| {
        let topics = topics.into_iter().map(|topic| OffsetFetchRequestTopics {
            name: topic.name,
            topic_id: Uuid::nil(),
            partition_indexes: topic.partition_indexes,
        });
        topics.collect()
    });
    let group_id = request.group_id;
    vec![OffsetFetchRequestGroup { group_id, topics, ..OffsetFetchRequestGroup::default() }]
}

/// What partitions that are asked for by name take while they are answered, in bytes: a small
/// request may name very many, and one again and again that has a long metadata.
fn repeated(request: &Request, metadata_bytes_max: usize) -> usize {
    let older = request.topics.iter().flatten().map(|topic| {
        let names = ("", topic.name.as_str(), Uuid::nil());
        (names, topic.partition_indexes.as_slice())
    });
    let newer = request.groups.iter().flat_map(|group| {
        group.topics.iter().flatten().map(|topic| {
            let names = (group.group_id.as_str(), topic.name.as_str(), topic.topic_id);
            (names, topic.partition_indexes.as_slice())
        })
    });
    let asked = || older.clone().chain(newer.clone());
    let partitions: usize = asked().map(|(_, indexes)| indexes.len()).sum();
    let answers = partitions * PARTITION_BYTES;
    if answers > limits::REPEATED_NAMES_BYTES_MAX {
        return answers;
    }
    let mut seen = HashSet::default();
    let mentions = asked().flat_map(|(names, indexes)| indexes.iter().map(move |at| (names, *at)));
    let again = mentions.filter(|mention| !seen.insert(*mention)).count();
    answers.saturating_add(again.saturating_mul(metadata_bytes_max))
}

fn bytes_of(group: &OffsetFetchResponseGroup) -> usize {
    let metadata =
        |one: &OffsetFetchResponsePartitions| one.metadata.as_ref().map_or(0, String::len);
    let topic = |topic: &OffsetFetchResponseTopics| {
        let metadata: usize = topic.partitions.iter().map(metadata).sum();
        topic.name.len() + topic.partitions.len() * PARTITION_BYTES + metadata
    };
    group.group_id.len() + group.topics.iter().map(topic).sum::<usize>()
}

fn refuse_mention(answer: &OffsetFetchResponseGroup) -> OffsetFetchResponseGroup {
    let error_code = ErrorCode::InvalidRequest as i16;
    OffsetFetchResponseGroup { group_id: answer.group_id.clone(), topics: Vec::new(), error_code }
}

/// One group of a request on its way.
pub struct GroupFetch {
    pub question: groups::Request,
    pub unfinished: Unfinished,
}

/// What is known of the answer already.
pub struct Unfinished {
    group_id: String,
    /// What was asked for, with the error of topics that do not exist; `None`: everything.
    asked: Option<Vec<(OffsetFetchRequestTopics, Option<ErrorCode>)>>,
}

pub fn begin(
    group: OffsetFetchRequestGroup,
    version: i16,
    require_stable: bool,
    image: &Image,
) -> GroupFetch {
    let by_id = version >= FIRST_WITH_TOPIC_IDS;
    let asked = group.topics.map(|asked| {
        let look_up = |mut topic: OffsetFetchRequestTopics| {
            if !by_id {
                return (topic, None);
            }
            match topics::find(image, TopicReference::Id(topic.topic_id)) {
                Ok(found) => {
                    topic.name = found.name.as_ref().to_owned();
                    (topic, None)
                }
                Err(error) => (topic, Some(error)),
            }
        };
        asked.into_iter().map(look_up).collect::<Vec<_>>()
    });
    let to_fetch = asked.as_ref().map(|asked| {
        let known = asked.iter().filter(|(_, error)| error.is_none());
        let known = known.map(|(topic, _)| FetchTopic {
            name: topic.name.clone(),
            topic_id: by_id.then_some(topic.topic_id),
            partitions: topic.partition_indexes.clone(),
        });
        known.collect()
    });
    let question = groups::Request::Fetch(groups::FetchOffsets {
        group_id: group.group_id.clone(),
        topics: to_fetch,
        require_stable,
        claim: groups::Claim { member_id: group.member_id, epoch: group.member_epoch },
    });
    GroupFetch { question, unfinished: Unfinished { group_id: group.group_id, asked } }
}

impl Unfinished {
    /// The group's part of the response, with what its coordinator said.
    pub fn finish(self, reply: Reply, version: i16, image: &Image) -> OffsetFetchResponseGroup {
        match (reply, self.asked) {
            (Reply::Fetch(fetched), asked) => {
                let topics = match asked {
                    Some(asked) => found_then_unknown(asked, fetched),
                    None => all_topics(fetched, version, image),
                };
                OffsetFetchResponseGroup { group_id: self.group_id, topics, error_code: 0 }
            }
            (Reply::Refused(error), asked) => {
                refuse_group(self.group_id, asked, code_for_fetch(error), version)
            }
            (_, asked) => {
                refuse_group(self.group_id, asked, ErrorCode::UnknownServerError, version)
            }
        }
    }
}

/// Readers of offsets go and look for the coordinator where writers would wait for it.
fn code_for_fetch(error: GroupError) -> ErrorCode {
    match error {
        GroupError::Append(AppendFailure::Unavailable) => ErrorCode::NotCoordinator,
        other => code_of(other),
    }
}

/// Topics that were found, in the order of the request; then those that were not, as Kafka has it.
fn found_then_unknown(
    asked: Vec<(OffsetFetchRequestTopics, Option<ErrorCode>)>,
    fetched: Vec<FetchedTopic>,
) -> Vec<OffsetFetchResponseTopics> {
    let mut fetched = fetched.into_iter();
    let mut unknown = Vec::new();
    let mut answers = Vec::with_capacity(asked.len());
    for (topic, error) in asked {
        match error {
            Some(error) => unknown.push(refuse_topic(topic, error)),
            None => answers.push(OffsetFetchResponseTopics {
                name: topic.name,
                topic_id: topic.topic_id,
                partitions: fetched.next().map(partitions_of).unwrap_or_default(),
            }),
        }
    }
    answers.append(&mut unknown);
    answers
}

/// Who is told ids is not told of topics that have none any more.
fn all_topics(
    fetched: Vec<FetchedTopic>,
    version: i16,
    image: &Image,
) -> Vec<OffsetFetchResponseTopics> {
    let answer = |topic: FetchedTopic| {
        let id = image.topics.id_of(&topic.name);
        let topic_id = if version >= FIRST_WITH_TOPIC_IDS { id? } else { Uuid::nil() };
        let name = topic.name.clone();
        Some(OffsetFetchResponseTopics { name, topic_id, partitions: partitions_of(topic) })
    };
    fetched.into_iter().filter_map(answer).collect()
}

fn partitions_of(topic: FetchedTopic) -> Vec<OffsetFetchResponsePartitions> {
    let answer = |(partition_index, fetched)| match fetched {
        FetchedPartition::Committed(committed) => OffsetFetchResponsePartitions {
            partition_index,
            committed_offset: committed.offset,
            committed_leader_epoch: committed.leader_epoch.unwrap_or(NO_EPOCH),
            metadata: Some(committed.metadata),
            error_code: ErrorCode::None as i16,
        },
        FetchedPartition::Nothing => no_offset(partition_index, ErrorCode::None),
        FetchedPartition::Unstable => no_offset(partition_index, ErrorCode::UnstableOffsetCommit),
    };
    topic.partitions.into_iter().map(answer).collect()
}

fn no_offset(partition_index: i32, error: ErrorCode) -> OffsetFetchResponsePartitions {
    OffsetFetchResponsePartitions {
        partition_index,
        committed_offset: NO_OFFSET,
        committed_leader_epoch: NO_EPOCH,
        metadata: Some(String::new()),
        error_code: error as i16,
    }
}

fn refuse_topic(topic: OffsetFetchRequestTopics, error: ErrorCode) -> OffsetFetchResponseTopics {
    let partitions = topic.partition_indexes.iter().map(|index| no_offset(*index, error));
    let partitions = partitions.collect();
    OffsetFetchResponseTopics { name: topic.name, topic_id: topic.topic_id, partitions }
}

/// The first version has no place for the error of a group but its partitions.
fn refuse_group(
    group_id: String,
    asked: Option<Vec<(OffsetFetchRequestTopics, Option<ErrorCode>)>>,
    error: ErrorCode,
    version: i16,
) -> OffsetFetchResponseGroup {
    if version >= FIRST_WITH_GROUP_ERROR {
        return OffsetFetchResponseGroup { group_id, topics: Vec::new(), error_code: error as i16 };
    }
    let asked = asked.unwrap_or_default().into_iter();
    let topics = asked.map(|(topic, _)| refuse_topic(topic, error)).collect();
    OffsetFetchResponseGroup { group_id, topics, error_code: 0 }
}

/// The response, in the form of its version.
pub fn response(mut groups: Vec<OffsetFetchResponseGroup>, version: i16) -> Response {
    if version >= FIRST_WITH_GROUPS {
        return Response { groups, ..Response::default() };
    }
    let group = groups.pop().unwrap_or_default();
    let partition = |partition: OffsetFetchResponsePartitions| OffsetFetchResponsePartition {
        partition_index: partition.partition_index,
        committed_offset: partition.committed_offset,
        committed_leader_epoch: partition.committed_leader_epoch,
        metadata: partition.metadata,
        error_code: partition.error_code,
    };
    let topics = group.topics.into_iter().map(|topic| OffsetFetchResponseTopic {
        name: topic.name,
        partitions: topic.partitions.into_iter().map(partition).collect(),
    });
    let error_code = group.error_code;
    Response { topics: topics.collect(), error_code, ..Response::default() }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{image, topic_id};
    use super::*;
    use crate::protocol::Message;
    use crate::protocol::offset_fetch::request::OffsetFetchRequestTopic;
    use groups::CommittedOffset;

    /// A request for partition 0 of "t", in the form of its version.
    fn request(version: i16) -> Request {
        let partition_indexes = vec![0];
        if version < FIRST_WITH_GROUPS {
            let topic = OffsetFetchRequestTopic { name: "t".into(), partition_indexes };
            let topics = Some(vec![topic]);
            return Request { group_id: "g".into(), topics, ..Request::default() };
        }
        let name = if version < FIRST_WITH_TOPIC_IDS { "t" } else { "" };
        let topic_id = if version < FIRST_WITH_TOPIC_IDS { Uuid::nil() } else { topic_id() };
        let topic = OffsetFetchRequestTopics { name: name.into(), topic_id, partition_indexes };
        let group = OffsetFetchRequestGroup {
            group_id: "g".into(),
            topics: Some(vec![topic]),
            ..OffsetFetchRequestGroup::default()
        };
        Request { groups: vec![group], ..Request::default() }
    }

    fn fetched(name: &str) -> FetchedTopic {
        let committed = FetchedPartition::Committed(CommittedOffset {
            offset: 42,
            leader_epoch: Some(3),
            metadata: "m".into(),
            commit_timestamp_ms: 0,
            expire_timestamp_ms: None,
            topic_id: None,
        });
        FetchedTopic { name: name.into(), topic_id: None, partitions: vec![(0, committed)] }
    }

    /// Group error, and (offset, epoch, error) of the one partition, as a client reads them.
    fn ask(version: i16, reply: &Reply) -> (i16, Vec<(i64, i32, i16)>) {
        let group = groups_of(request(version), version).remove(0);
        let fetch = begin(group, version, true, &image("t"));
        let groups = vec![fetch.unfinished.finish(reply.clone(), version, &image("t"))];
        let bytes = response(groups, version).to_vec(version).unwrap();
        let mut read = Response::from_slice(&bytes, version).unwrap();
        if version < FIRST_WITH_GROUPS {
            let partitions = read.topics.iter().flat_map(|topic| &topic.partitions);
            let partitions = partitions
                .map(|one| (one.committed_offset, one.committed_leader_epoch, one.error_code));
            return (read.error_code, partitions.collect());
        }
        let group = read.groups.remove(0);
        let partitions = group.topics.iter().flat_map(|topic| &topic.partitions);
        let partitions = partitions
            .map(|one| (one.committed_offset, one.committed_leader_epoch, one.error_code));
        (group.error_code, partitions.collect())
    }

    #[test]
    fn every_version_tells_the_offset() {
        for version in Response::VERSIONS {
            let epoch = if version < 5 { -1 } else { 3 };
            let told = ask(version, &Reply::Fetch(vec![fetched("t")]));
            assert_eq!(told, (0, vec![(42, epoch, 0)]), "version {version}");
        }
    }

    #[test]
    fn every_version_tells_a_refusal() {
        let reply = Reply::Refused(GroupError::Loading);
        assert_eq!(ask(1, &reply), (0, vec![(-1, -1, 14)]));
        for version in 2..=10 {
            assert_eq!(ask(version, &reply), (14, vec![]), "version {version}");
        }
    }

    #[test]
    fn partitions_by_name_count_and_again_with_all_that_they_may_bring() {
        for version in Request::VERSIONS {
            let mut request = request(version);
            assert_eq!(repeated(&request, 4096), PARTITION_BYTES, "version {version}");
            match version < FIRST_WITH_GROUPS {
                true => request.topics.as_mut().unwrap()[0].partition_indexes = vec![0, 1, 0, 0],
                false => {
                    let topic = request.groups[0].topics.as_mut().unwrap().remove(0);
                    let topic = |partition_indexes: Vec<i32>| OffsetFetchRequestTopics {
                        partition_indexes,
                        ..topic.clone()
                    };
                    let topics = vec![topic(vec![0, 1]), topic(vec![0])];
                    request.groups[0].topics = Some(topics);
                    let again = OffsetFetchRequestGroup {
                        topics: Some(vec![topic(vec![0])]),
                        ..request.groups[0].clone()
                    };
                    request.groups.push(again);
                }
            }
            assert_eq!(repeated(&request, 4096), 4 * PARTITION_BYTES + 2 * 4096);
        }
    }

    #[test]
    fn very_many_partitions_are_too_many_before_they_are_looked_at() {
        let mut request = request(10);
        let indexes = vec![0; limits::REPEATED_NAMES_BYTES_MAX / PARTITION_BYTES + 1];
        request.groups[0].topics.as_mut().unwrap()[0].partition_indexes = indexes;
        assert!(repeated(&request, usize::MAX) > limits::REPEATED_NAMES_BYTES_MAX);
    }

    #[test]
    fn what_a_copy_of_a_group_takes_is_all_that_it_holds() {
        let group = groups_of(request(10), 10).remove(0);
        let fetch = begin(group, 10, false, &image("t"));
        let group = fetch.unfinished.finish(Reply::Fetch(vec![fetched("t")]), 10, &image("t"));
        assert_eq!(bytes_of(&group), "g".len() + "t".len() + PARTITION_BYTES + "m".len());
        let refused = refuse_mention(&group);
        assert_eq!((refused.group_id.as_str(), refused.error_code), ("g", 42));
        assert!(refused.topics.is_empty());
    }

    #[test]
    fn an_unknown_id_is_an_error_of_its_topic_and_told_last() {
        let mut group = groups_of(request(10), 10).remove(0);
        let asked = group.topics.as_mut().unwrap();
        asked.insert(0, OffsetFetchRequestTopics { topic_id: Uuid::max(), ..asked[0].clone() });
        let fetch = begin(group, 10, false, &image("t"));
        let groups::Request::Fetch(question) = &fetch.question else { panic!("not a fetch") };
        assert_eq!(question.topics.as_ref().unwrap().len(), 1);
        let group = fetch.unfinished.finish(Reply::Fetch(vec![fetched("t")]), 10, &image("t"));
        let codes: Vec<_> =
            group.topics.iter().map(|topic| topic.partitions[0].error_code).collect();
        assert_eq!(codes, [0, 100]);
    }

    #[test]
    fn all_topics_come_with_their_ids_or_not_at_all() {
        for (version, names) in [(9, vec!["gone", "t"]), (10, vec!["t"])] {
            let group = OffsetFetchRequestGroup { topics: None, ..Default::default() };
            let fetch = begin(group, version, false, &image("t"));
            let reply = Reply::Fetch(vec![fetched("gone"), fetched("t")]);
            let group = fetch.unfinished.finish(reply, version, &image("t"));
            let told: Vec<_> = group.topics.iter().map(|topic| topic.name.as_str()).collect();
            assert_eq!(told, names);
        }
    }
}
