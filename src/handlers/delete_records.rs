//! DeleteRecords (key 21), versions 0-2.
//!
//! Moves the log start offset of partitions forward. -1 means up to the high watermark.
//! Versions: 1 throttle time · 2 flexible.   Skipped: the timeout, which is for other replicas.
//! Runs on the connection's core; one hop to each core that owns some of the partitions.

use std::rc::Rc;

use shards::io::Slice;
use shards::units::{Offset, PartitionId, ShardId};

use super::errors::{self, Failure};
use super::{Api, Context, Pending, answer, topics};
use crate::broker::Broker;
use crate::config::ConfigResource;
use crate::metadata::Image;
use crate::protocol::delete_records::request::Request;
use crate::protocol::delete_records::response::{
    DeleteRecordsPartitionResult, DeleteRecordsTopicResult, Response,
};
use crate::protocol::produce::TopicReference;
use crate::protocol::{ApiKey, ErrorCode};
use crate::routing::Local;
use crate::routing::scatter::scatter;

pub const API: Api = Api { key: ApiKey::DeleteRecords, versions: 0..=2, handle };

const UP_TO_HIGH_WATERMARK: i64 = -1;
/// In place of the low watermark of a partition that was not touched.
const UNKNOWN: i64 = -1;

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, run)
}

async fn run(context: Context, request: Request) -> Response {
    let image = context.broker.image();
    let mut response = Response::default();
    let mut places = Vec::new();
    let mut questions = Vec::new();
    for topic in request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for asked in &topic.partitions {
            let index = asked.partition_index;
            let code = match check(&context, &image, &topic.name, index) {
                Ok((owner, partition)) => {
                    places.push((response.topics.len(), partitions.len()));
                    questions.push((owner, partition, asked.offset));
                    ErrorCode::None
                }
                Err(code) => code,
            };
            partitions.push(deleted(index, code, UNKNOWN));
        }
        response.topics.push(DeleteRecordsTopicResult { name: topic.name, partitions });
    }
    let answers = scatter(&context.broker, questions, trim).await;
    for ((topic, partition), answer) in places.into_iter().zip(answers) {
        let slot = &mut response.topics[topic].partitions[partition];
        *slot = match answer {
            Ok(low_watermark) => deleted(slot.partition_index, ErrorCode::None, low_watermark),
            Err(failure) => deleted(slot.partition_index, failure.code, UNKNOWN),
        };
    }
    response
}

fn deleted(
    partition_index: i32,
    code: ErrorCode,
    low_watermark: i64,
) -> DeleteRecordsPartitionResult {
    DeleteRecordsPartitionResult { partition_index, low_watermark, error_code: code as i16 }
}

fn check(
    context: &Context,
    image: &Image,
    name: &str,
    index: i32,
) -> Result<(ShardId, PartitionId), ErrorCode> {
    let topic = topics::find(image, TopicReference::Name(name))?;
    if topics::is_internal(name) {
        return Err(ErrorCode::InvalidTopicException);
    }
    let place = topics::place(&context.broker, topic, index)?;
    // A compacted topic keeps the last record of each key, unless it deletes as well.
    if !deletes(image, name) {
        return Err(ErrorCode::PolicyViolation);
    }
    Ok((place.owner, place.partition))
}

fn deletes(image: &Image, topic: &str) -> bool {
    let overrides = image.configs.get(&ConfigResource::Topic(topic.to_owned()));
    let policy = overrides.get("cleanup.policy");
    policy.is_none_or(|policy| policy.split(',').any(|word| word.trim() == "delete"))
}

/// Answers on the owner's core.
fn trim(
    broker: Rc<Broker>,
    questions: Vec<(PartitionId, i64)>,
) -> Local<Vec<Result<i64, Failure>>> {
    Box::pin(async move {
        let mut answers = Vec::with_capacity(questions.len());
        for (partition, offset) in questions {
            answers.push(trim_one(&broker, partition, offset).await);
        }
        answers
    })
}

async fn trim_one(broker: &Broker, partition: PartitionId, offset: i64) -> Result<i64, Failure> {
    let log = broker.store.partition(partition).ok_or_else(errors::not_here)?;
    let offset = match offset {
        UP_TO_HIGH_WATERMARK => log.ends().high_watermark,
        0.. => Offset(offset),
        _ => return Err(Failure::plain(ErrorCode::OffsetOutOfRange)),
    };
    let start = log.trim_prefix(offset).await.map_err(|error| errors::read(&error))?;
    Ok(start.0)
}
