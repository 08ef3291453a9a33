//! DeleteRecords (key 21), versions 0-2.
//!
//! Moves the log start offset of partitions forward. -1 means up to the high watermark.
//! Versions: 1 throttle time · 2 flexible.   Skipped: the timeout, which is for other replicas.
//! Runs on the connection's core; one hop to each core that owns some of the partitions.

use std::collections::BTreeSet;
use std::rc::Rc;

use shards::io::Slice;
use shards::units::{Offset, PartitionId, ShardId};

use super::{Api, Context, Pending, answer, changes};
use crate::broker::Core;
use crate::config::topic::CleanupPolicy;
use crate::config::{TopicConfig, View};
use crate::metadata::{Image, topic_name};
use crate::protocol::delete_records::request::Request;
use crate::protocol::delete_records::response::{
    DeleteRecordsPartitionResult, DeleteRecordsTopicResult, Response,
};
use crate::protocol::produce::TopicReference;
use crate::protocol::{ApiKey, ErrorCode};
use crate::refusals::errors::{self, Failure};
use crate::refusals::topics;
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
    let config = &context.broker.config;
    let view = View::of(config.node_id, &config.settings, &image);
    let named = request.topics.iter().map(|topic| &topic.name);
    let named = named.filter(|name| image.topics.by_name(name).is_some()).collect();
    let keeping = topics_that_keep_records(view, &named);
    let mut response = Response::default();
    let mut places = Vec::new();
    let mut questions = Vec::new();
    for topic in request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for asked in &topic.partitions {
            let index = asked.partition_index;
            let code = match check(&context, &image, &topic.name, index) {
                Ok(_) if keeping.contains(&topic.name) => ErrorCode::PolicyViolation,
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
    changes::tell(&context, "records deleted", &told(&response));
    response
}

fn told(response: &Response) -> Vec<String> {
    let of_topic = |topic: &DeleteRecordsTopicResult| {
        let done = topic.partitions.iter().filter(|partition| partition.error_code == 0);
        let told = |partition: &DeleteRecordsPartitionResult| {
            let DeleteRecordsPartitionResult { partition_index, low_watermark, .. } = partition;
            format!("{}-{partition_index} before {low_watermark}", topic.name)
        };
        done.map(told).collect()
    };
    response.topics.iter().flat_map::<Vec<String>, _>(of_topic).collect()
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
    if topic_name::is_internal(name) {
        return Err(ErrorCode::InvalidTopicException);
    }
    let place = topics::local(&context.broker, topic, index)?;
    Ok((place.owner, place.partition))
}

/// Those that are compacted keep the last record of each key, unless they delete as well. The
/// policy may be the topic's own or the broker's.
fn topics_that_keep_records(view: View<'_>, named: &BTreeSet<&String>) -> BTreeSet<String> {
    let effective = view.effective();
    let keeps = |name: &&&String| {
        let topic = TopicConfig::resolve(&effective, view.overlay.topic(name));
        topic.cleanup_policy == CleanupPolicy { delete: false, compact: true }
    };
    named.iter().filter(keeps).map(|name| (*name).clone()).collect()
}

/// Answers on the owner's core.
fn trim(broker: Rc<Core>, questions: Vec<(PartitionId, i64)>) -> Local<Vec<Result<i64, Failure>>> {
    Box::pin(async move {
        let mut answers = Vec::with_capacity(questions.len());
        for (partition, offset) in questions {
            answers.push(trim_one(&broker, partition, offset).await);
        }
        answers
    })
}

async fn trim_one(broker: &Core, partition: PartitionId, offset: i64) -> Result<i64, Failure> {
    let log = errors::led_here(broker, partition, None)?;
    let offset = match offset {
        UP_TO_HIGH_WATERMARK => log.ends().high_watermark,
        0.. => Offset(offset),
        _ => return Err(Failure::plain(ErrorCode::OffsetOutOfRange)),
    };
    let start = log.trim_prefix(offset).await.map_err(|error| errors::read(&error))?;
    Ok(start.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::overlay::ConfigRecord;
    use crate::config::{ConfigResource, Overlay, Settings};

    const ALL_BROKERS: ConfigResource = ConfigResource::Broker(None);

    /// Whether records of `logs` are kept with these lines in the broker's file and these records.
    fn keeps(file: &[&str], records: &[(ConfigResource, &str)]) -> bool {
        let lines: Vec<String> = file.iter().map(|line| (*line).to_owned()).collect();
        let (settings, _) = Settings::load(None, &lines).unwrap();
        let mut overlay = Overlay::default();
        for (resource, policy) in records {
            let name = match resource {
                ConfigResource::Topic(_) => "cleanup.policy",
                _ => "log.cleanup.policy",
            };
            let (name, value) = (name.to_owned(), Some((*policy).to_owned()));
            overlay.replay(ConfigRecord { resource: resource.clone(), name, value });
        }
        let view = View {
            node_id: 1,
            settings: &settings,
            overlay: &overlay,
            eligible_leader_replicas: false,
        };
        let name = "logs".to_owned();
        topics_that_keep_records(view, &BTreeSet::from([&name])).contains("logs")
    }

    #[test]
    fn the_policy_in_force_decides() {
        let own = |policy| (ConfigResource::Topic("logs".into()), policy);
        let compact = "log.cleanup.policy=compact";
        assert!(!keeps(&[], &[]));
        assert!(keeps(&[], &[own("compact")]));
        assert!(!keeps(&[], &[own("compact,delete")]));
        assert!(keeps(&[compact], &[]), "the broker's file");
        assert!(!keeps(&[compact], &[own("delete")]), "the topic's own is stronger");
        assert!(keeps(&[], &[(ALL_BROKERS, "compact")]), "set while the brokers run");
        assert!(!keeps(&[compact], &[(ALL_BROKERS, "delete")]));
        assert!(
            !keeps(&[compact], &[(ALL_BROKERS, "delete"), own("")]),
            "neither: nothing is compacted"
        );
        let this = ConfigResource::Broker(Some(1));
        assert!(keeps(&[], &[(ALL_BROKERS, "delete"), (this, "compact")]));
    }
}
