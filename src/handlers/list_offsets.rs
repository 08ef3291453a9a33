//! ListOffsets (key 2), versions 1-11.
//!
//! Finds offsets: the ends of a partition, or the first record of a time.
//! Versions: 2 isolation · 4 leader epochs · 6 flexible · 7 max timestamp · 8 earliest local ·
//! 9 latest tiered · 10 timeout · 11 earliest pending upload.   Skipped: tiered storage, of which
//! there is none: its offsets are unknown.
//! Runs on the connection's core; one hop to each core that owns some of the partitions.

use shards::entropy::HashSet;
use std::rc::Rc;

use shards::io::Slice;
use shards::log::Log;
use shards::units::{LeaderEpoch, Offset, PartitionId, ShardId};

use super::{Api, Context, Pending, answer};
use crate::broker::Core;
use crate::metadata::Image;
use crate::protocol::list_offsets::request::{ListOffsetsPartition, Request};
use crate::protocol::list_offsets::response::{
    ListOffsetsPartitionResponse, ListOffsetsTopicResponse, Response,
};
use crate::protocol::produce::TopicReference;
use crate::protocol::{ApiKey, ErrorCode};
use crate::refusals::errors::{self, Failure};
use crate::refusals::topics;
use crate::routing::Local;
use crate::routing::scatter::scatter;

pub const API: Api = Api { key: ApiKey::ListOffsets, versions: 1..=11, handle };

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;
const EARLIEST_PENDING_UPLOAD: i64 = -6;
/// The replica id of a consumer.
const CONSUMER: i32 = -1;
const UNKNOWN: i64 = -1;
const NO_EPOCH: i32 = -1;
const LEADER_EPOCHS_FROM: i16 = 4;
/// Older clients do not know OFFSET_NOT_AVAILABLE.
const OFFSET_NOT_AVAILABLE_FROM: i16 = 5;

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, run)
}

/// Up to where the asker sees a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Horizon {
    HighWatermark,
    LastStable,
    LogEnd,
}

/// What is asked about one partition.
#[derive(Clone, Copy, Debug)]
struct Question {
    timestamp: i64,
    leader_epoch: Option<LeaderEpoch>,
    horizon: Horizon,
}

/// An offset, with its time and epoch where they are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Located {
    offset: i64,
    timestamp: i64,
    leader_epoch: i32,
}

impl Located {
    const NOWHERE: Located =
        Located { offset: UNKNOWN, timestamp: UNKNOWN, leader_epoch: NO_EPOCH };
}

async fn run(context: Context, request: Request) -> Response {
    let image = context.broker.image();
    let horizon = match (request.replica_id, request.isolation_level) {
        (CONSUMER, 1) => Horizon::LastStable,
        (CONSUMER, _) => Horizon::HighWatermark,
        _ => Horizon::LogEnd,
    };
    let duplicates = duplicates(&request);
    let mut response = Response::default();
    let mut places = Vec::new();
    let mut questions = Vec::new();
    for topic in &request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for asked in &topic.partitions {
            let is_duplicate = duplicates.contains(&(&*topic.name, asked.partition_index));
            let checked = match is_duplicate {
                true => Err(ErrorCode::InvalidRequest),
                false => check(&context, &image, &topic.name, asked),
            };
            match checked {
                Ok((owner, partition)) => {
                    places.push((response.topics.len(), partitions.len()));
                    let epoch = asked.current_leader_epoch;
                    let leader_epoch = (epoch >= 0).then_some(LeaderEpoch(epoch));
                    let question = Question { timestamp: asked.timestamp, leader_epoch, horizon };
                    questions.push((owner, partition, question));
                    partitions.push(located(asked.partition_index, Ok(Located::NOWHERE)));
                }
                Err(code) => {
                    partitions.push(located(asked.partition_index, Err(Failure::plain(code))));
                }
            }
        }
        let topic = ListOffsetsTopicResponse { name: topic.name.clone(), partitions };
        response.topics.push(topic);
    }
    let answers = scatter(&context.broker, questions, locate).await;
    for ((topic, partition), answer) in places.into_iter().zip(answers) {
        let slot = &mut response.topics[topic].partitions[partition];
        *slot = located(slot.partition_index, answer);
        if context.version() < LEADER_EPOCHS_FROM {
            slot.leader_epoch = NO_EPOCH;
        }
        let is_unknown = slot.error_code == ErrorCode::OffsetNotAvailable as i16;
        if is_unknown && context.version() < OFFSET_NOT_AVAILABLE_FROM {
            slot.error_code = ErrorCode::LeaderNotAvailable as i16;
        }
    }
    response
}

/// Partitions that the request names twice.
fn duplicates(request: &Request) -> HashSet<(&str, i32)> {
    let mut seen = HashSet::default();
    let named = request.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(move |asked| (&*topic.name, asked.partition_index))
    });
    named.filter(|partition| !seen.insert(*partition)).collect()
}

fn check(
    context: &Context,
    image: &Image,
    topic: &str,
    asked: &ListOffsetsPartition,
) -> Result<(ShardId, PartitionId), ErrorCode> {
    if asked.timestamp < 0 && context.version() < known_from(asked.timestamp) {
        return Err(ErrorCode::UnsupportedVersion);
    }
    let topic = topics::find(image, TopicReference::Name(topic))?;
    let place = topics::local(&context.broker, topic, asked.partition_index)?;
    Ok((place.owner, place.partition))
}

/// The first version that knows a special timestamp.
fn known_from(timestamp: i64) -> i16 {
    match timestamp {
        LATEST | EARLIEST => 1,
        MAX_TIMESTAMP => 7,
        EARLIEST_LOCAL => 8,
        LATEST_TIERED => 9,
        EARLIEST_PENDING_UPLOAD => 11,
        _ => i16::MAX,
    }
}

fn located(
    partition_index: i32,
    outcome: Result<Located, Failure>,
) -> ListOffsetsPartitionResponse {
    let error_code = outcome.as_ref().map_or_else(|failure| failure.code, |_| ErrorCode::None);
    let located = outcome.unwrap_or(Located::NOWHERE);
    ListOffsetsPartitionResponse {
        partition_index,
        error_code: error_code as i16,
        timestamp: located.timestamp,
        offset: located.offset,
        leader_epoch: located.leader_epoch,
    }
}

/// Answers on the owner's core.
fn locate(
    broker: Rc<Core>,
    questions: Vec<(PartitionId, Question)>,
) -> Local<Vec<Result<Located, Failure>>> {
    Box::pin(async move {
        let mut answers = Vec::with_capacity(questions.len());
        for (partition, question) in questions {
            answers.push(locate_one(&broker, partition, question).await);
        }
        answers
    })
}

async fn locate_one(
    broker: &Core,
    partition: PartitionId,
    question: Question,
) -> Result<Located, Failure> {
    let log = errors::led_here(broker, partition, question.leader_epoch)?;
    if let Some(reason) = log.offline() {
        return Err(errors::offline(&reason));
    }
    let ends = log.ends();
    let visible = match question.horizon {
        Horizon::HighWatermark => ends.high_watermark,
        Horizon::LastStable => ends.last_stable,
        Horizon::LogEnd => ends.log_end,
    };
    let found = match question.timestamp {
        LATEST if is_late(&log, question.horizon) => {
            return Err(Failure::plain(ErrorCode::OffsetNotAvailable));
        }
        LATEST => return Ok(end(visible, Some(log.leader_epoch()))),
        EARLIEST | EARLIEST_LOCAL => {
            log.prove_epochs().await.map_err(|error| errors::read(&error))?;
            return Ok(end(ends.log_start, epoch_at_start(&log)));
        }
        LATEST_TIERED | EARLIEST_PENDING_UPLOAD => return Ok(Located::NOWHERE),
        MAX_TIMESTAMP => log.find_max_timestamp(visible).await,
        timestamp => log.find_timestamp(timestamp, visible).await,
    };
    let found = found.map_err(|error| errors::read(&error))?;
    if found.is_none() && is_late(&log, question.horizon) {
        return Err(Failure::plain(ErrorCode::OffsetNotAvailable));
    }
    Ok(found.map_or(Located::NOWHERE, |found| Located {
        offset: found.at.offset.0,
        timestamp: found.at.timestamp_ms,
        leader_epoch: found.leader_epoch.0,
    }))
}

/// Whether a new leader does not know yet up to where its predecessor's records are committed: a
/// client would see less than it did before (KIP-207). Followers see all there is.
fn is_late(log: &Log, horizon: Horizon) -> bool {
    let is_behind = |start: Offset| start > log.ends().high_watermark;
    horizon != Horizon::LogEnd && log.epoch_start().is_some_and(is_behind)
}

fn end(offset: Offset, leader_epoch: Option<LeaderEpoch>) -> Located {
    let leader_epoch = leader_epoch.map_or(NO_EPOCH, |epoch| epoch.0);
    Located { offset: offset.0, timestamp: UNKNOWN, leader_epoch }
}

/// Of a log without records it is the epoch in which the next ones come.
fn epoch_at_start(log: &Log) -> Option<LeaderEpoch> {
    let ends = log.ends();
    let known = log.epoch_of(ends.log_start);
    known.or_else(|| (ends.log_start == ends.log_end).then(|| log.leader_epoch()))
}
