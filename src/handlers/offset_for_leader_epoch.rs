//! OffsetForLeaderEpoch (key 23), versions 2-4.
//!
//! Says where the log of an epoch ends, so that a reader finds out whether it must cut its own.
//! Versions: 3 replica id · 4 flexible.   Skipped: nothing.
//! Runs on the connection's core; one hop to each core that owns some of the partitions.

use std::rc::Rc;

use shards::io::Slice;
use shards::units::{LeaderEpoch, PartitionId};

use super::{Api, Context, Pending, answer};
use crate::broker::Core;
use crate::protocol::offset_for_leader_epoch::request::Request;
use crate::protocol::offset_for_leader_epoch::response::{
    EpochEndOffset, OffsetForLeaderTopicResult, Response,
};
use crate::protocol::produce::TopicReference;
use crate::protocol::{ApiKey, ErrorCode};
use crate::refusals::errors::{self, Failure};
use crate::refusals::topics;
use crate::routing::Local;
use crate::routing::scatter::scatter;

pub const API: Api = Api { key: ApiKey::OffsetForLeaderEpoch, versions: 2..=4, handle };

/// In place of an epoch and an offset that the log does not know.
const UNDEFINED: (i32, i64) = (-1, -1);

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, run)
}

/// The epoch that the asker takes for the leader's, and the one it asks about.
#[derive(Clone, Copy, Debug)]
struct Question {
    current: Option<LeaderEpoch>,
    about: LeaderEpoch,
}

async fn run(context: Context, request: Request) -> Response {
    let image = context.broker.image();
    let mut response = Response::default();
    let mut places = Vec::new();
    let mut questions = Vec::new();
    for topic in request.topics {
        let found = topics::find(&image, TopicReference::Name(&topic.topic));
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for asked in &topic.partitions {
            let place = found.and_then(|t| topics::local(&context.broker, t, asked.partition));
            let code = match place {
                Ok(place) => {
                    places.push((response.topics.len(), partitions.len()));
                    let current = asked.current_leader_epoch;
                    let question = Question {
                        current: (current >= 0).then_some(LeaderEpoch(current)),
                        about: LeaderEpoch(asked.leader_epoch),
                    };
                    questions.push((place.owner, place.partition, question));
                    ErrorCode::None
                }
                Err(code) => code,
            };
            partitions.push(ended(asked.partition, code, UNDEFINED));
        }
        response.topics.push(OffsetForLeaderTopicResult { topic: topic.topic, partitions });
    }
    let answers = scatter(&context.broker, questions, look_up).await;
    for ((topic, partition), answer) in places.into_iter().zip(answers) {
        let slot = &mut response.topics[topic].partitions[partition];
        *slot = match answer {
            Ok(end) => ended(slot.partition, ErrorCode::None, end),
            Err(failure) => ended(slot.partition, failure.code, UNDEFINED),
        };
    }
    response
}

fn ended(
    partition: i32,
    code: ErrorCode,
    (leader_epoch, end_offset): (i32, i64),
) -> EpochEndOffset {
    EpochEndOffset { error_code: code as i16, partition, leader_epoch, end_offset }
}

/// Answers on the owner's core.
fn look_up(
    broker: Rc<Core>,
    questions: Vec<(PartitionId, Question)>,
) -> Local<Vec<Result<(i32, i64), Failure>>> {
    Box::pin(async move {
        let mut answers = Vec::with_capacity(questions.len());
        for (partition, question) in questions {
            answers.push(look_up_one(&broker, partition, question).await);
        }
        answers
    })
}

async fn look_up_one(
    broker: &Core,
    partition: PartitionId,
    question: Question,
) -> Result<(i32, i64), Failure> {
    let log = errors::led_here(broker, partition, question.current)?;
    if let Some(reason) = log.offline() {
        return Err(errors::offline(&reason));
    }
    log.prove_epochs().await.map_err(|error| errors::read(&error))?;
    Ok(log.epoch_end(question.about).map_or(UNDEFINED, |end| (end.epoch.0, end.end.0)))
}
