//! Produce (key 0), versions 3-13.
//!
//! Appends records to partitions, and answers when they are as durable as `acks` asks: with 0 there
//! is no answer, and a failure closes the connection; 1 waits for this node's journal, and -1 until
//! all in-sync replicas have them on their devices, for as long as the request says.
//! Versions: 5 log start offset · 7 zstd · 8 record errors · 10 current leader · 13 topic ids.
//! 12 adds partitions to transactions.   Skipped: nothing.
//! Runs on the connection's core; one hop to each core that owns some of the partitions. All of it
//! up to the hand-over happens before the first wait, so that requests keep their order; one with a
//! transactional id is alone at work on its connection.   Read next: produce/verify.rs.

use std::time::Duration;

use shards::clock;
use shards::compression::Codec;
use shards::entropy::HashMap;
use shards::format::batch::Batch as RecordBatch;
use shards::io::Slice;
use shards::log::producers::{FirstBatch, Proof};
use shards::units::ShardId;
use smallvec::SmallVec;

use self::verify::Transactional;
use super::{Api, Context, Pending, Refusal, Response};
use crate::limits;
use crate::metadata::Image;
use crate::metadata::topic_name;
use crate::protocol::produce::{
    PartitionData, PartitionResponse, ProduceRequest, ProduceResponse, TopicData, TopicReference,
    TopicResponse, VERSIONS,
};
use crate::protocol::{ApiKey, ErrorCode, Reader};
use crate::refusals::errors::Failure;
use crate::refusals::topics::{self, ADMIN_CLIENT_ID};
use crate::routing::append::{AnswerWhen, Batch, Outcomes, append_on};
use crate::routing::{Local, together};

pub const API: Api = Api { key: ApiKey::Produce, versions: VERSIONS, handle };

mod verify;

const ZSTD_FROM: i16 = 7;
/// From here on strings have their length as a varint.
const FLEXIBLE_FROM: i16 = 9;
const CURRENT_LEADER_FROM: i16 = 10;

/// Whether a request has a transactional id, which is its first field; null is -1 or 0.
pub fn is_transactional(version: i16, body: &[u8]) -> bool {
    match version >= FLEXIBLE_FROM {
        true => body.first().is_some_and(|length| *length != 0),
        false => body.first().is_some_and(|length| *length < 0x80),
    }
}

fn handle(context: Context, body: Slice) -> Pending {
    Box::pin(run(context, body))
}

async fn run(context: Context, body: Slice) -> Result<Response, Refusal> {
    let request = ProduceRequest::decode(&mut Reader::new(&body), context.version())?;
    let acks = request.acks;
    let mut plan = Plan::default();
    let image = context.broker.image();
    for (topic, partitions) in once_each(&request.topics) {
        plan.add(&context, &image, acks, topic, &partitions, &body);
    }
    if !plan.transactional.is_empty() {
        verify::verify(&context, request.transactional_id.as_deref(), &mut plan).await;
    }
    let Plan { mut topics, groups, .. } = plan;
    let wait_max = Duration::from_millis(u64::try_from(request.timeout_ms).unwrap_or(0));
    let answer_when = match acks {
        0 => AnswerWhen::Appended,
        1 => AnswerWhen::Synced { by: clock::now() + wait_max.max(limits::PRODUCE_WAIT_MIN) },
        _ => AnswerWhen::Committed { by: clock::now() + wait_max.max(limits::PRODUCE_WAIT_MIN) },
    };
    let mut slots = Vec::with_capacity(groups.len());
    let mut work: Vec<Local<Outcomes>> = Vec::with_capacity(groups.len());
    for group in groups {
        slots.push(group.slots);
        let append = append_on(context.broker.clone(), group.owner, group.batches, answer_when);
        work.push(Box::pin(append));
    }
    let outcomes = together(work).await;
    for (slots, outcomes) in slots.iter().zip(outcomes) {
        for (slot, outcome) in slots.iter().zip(outcomes) {
            let partition = &mut topics[slot.topic].partitions[slot.partition];
            match outcome {
                Ok(success) => {
                    partition.error_code = ErrorCode::None;
                    partition.base_offset = success.base_offset;
                    partition.log_append_time_ms = success.log_append_time_ms;
                    partition.log_start_offset = success.log_start_offset;
                }
                Err(failure) => refuse(&context, partition, failure),
            }
        }
    }
    let throttle_time_ms = context.charge_produce(acks != 0).await;
    respond(&context, &image, acks, topics, throttle_time_ms)
}

fn respond(
    context: &Context,
    image: &Image,
    acks: i16,
    mut topics: Vec<TopicResponse<'_>>,
    throttle_time_ms: i32,
) -> Result<Response, Refusal> {
    if acks == 0 {
        return match first_failure(&topics) {
            Some(reason) => Err(Refusal::Unacknowledged { reason }),
            None => Ok(Response::None),
        };
    }
    let mut response = ProduceResponse { throttle_time_ms, ..ProduceResponse::default() };
    if context.version() >= CURRENT_LEADER_FROM {
        let listener = &context.peer.listener.name;
        for topic in &mut topics {
            let Ok(found) = topics::find(image, topic.topic) else { continue };
            for partition in &mut topic.partitions {
                if partition.error_code == ErrorCode::NotLeaderOrFollower {
                    partition.current_leader = topics::current_leader(found, partition.index);
                    if let Some(leader) = partition.current_leader {
                        let endpoints = &mut response.node_endpoints;
                        topics::note_endpoint(endpoints, image, leader.leader_id, listener);
                    }
                }
            }
        }
    }
    response.topics = topics;
    context.respond_with(|writer| response.encode(writer, context.version()))
}

fn first_failure(topics: &[TopicResponse<'_>]) -> Option<String> {
    let partitions = topics
        .iter()
        .flat_map(|topic| topic.partitions.iter().map(move |partition| (topic.topic, partition)));
    let mut failed = partitions.filter(|(_, partition)| partition.error_code != ErrorCode::None);
    let (topic, partition) = failed.next()?;
    let code = partition.error_code.name();
    Some(match topic {
        TopicReference::Name(name) => format!("{name}-{}: {code}", partition.index),
        TopicReference::Id(id) => format!("topic id {id}, partition {}: {code}", partition.index),
    })
}

/// The topics and partitions of a request, each once, where it stood first. Of a partition that is
/// named twice the last records count, as in Kafka, which keeps them in a map.
fn once_each<'a>(
    topics: &'a [TopicData<'a>],
) -> Vec<(TopicReference<'a>, SmallVec<[&'a PartitionData; 1]>)> {
    let mut once: Vec<(TopicReference<'a>, SmallVec<[&'a PartitionData; 1]>)> =
        Vec::with_capacity(topics.len());
    let mut places: HashMap<TopicReference<'a>, usize> = HashMap::default();
    for topic in topics {
        let reference = topic.topic.reference();
        let next = once.len();
        let place = match topics.len() {
            1 => next,
            _ => *places.entry(reference).or_insert(next),
        };
        if place == next {
            once.push((reference, SmallVec::new()));
        }
        once[place].1.extend(&topic.partitions);
    }
    for (_, partitions) in &mut once {
        if !partitions.is_sorted_by(|before, after| before.index < after.index) {
            keep_last_of_each(partitions);
        }
    }
    once
}

fn keep_last_of_each(partitions: &mut SmallVec<[&PartitionData; 1]>) {
    let mut places: HashMap<i32, usize> = HashMap::default();
    let mut kept = 0;
    for at in 0..partitions.len() {
        let data = partitions[at];
        let place = *places.entry(data.index).or_insert(kept);
        partitions[place] = data;
        kept = kept.max(place + 1);
    }
    partitions.truncate(kept);
}

/// The answer as far as it is known, and what each core is to append.
#[derive(Default)]
struct Plan<'a> {
    topics: Vec<TopicResponse<'a>>,
    groups: Vec<Group>,
    /// Batches that are part of a transaction, or begin one.
    transactional: Vec<Transactional>,
}

/// The batches for one core, and where in the answer their outcomes belong.
struct Group {
    owner: ShardId,
    batches: Vec<Batch<Slice>>,
    slots: Vec<Slot>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    topic: usize,
    partition: usize,
}

impl<'a> Plan<'a> {
    fn add(
        &mut self,
        context: &Context,
        image: &Image,
        acks: i16,
        reference: TopicReference<'a>,
        partitions: &[&PartitionData],
        body: &Slice,
    ) {
        let found = topics::find(image, reference);
        let mut answers = Vec::with_capacity(partitions.len());
        for data in partitions {
            let checked = found.map_err(Failure::plain).and_then(|found| {
                check_request(context, acks, &found.name)?;
                let records = check_records(context.version(), data, body)?;
                let place = topics::local(&context.broker, found, data.index);
                Ok((place.map_err(Failure::plain)?, records))
            });
            // Stays where the core that is asked does not answer.
            let code = ErrorCode::UnknownServerError;
            let mut answer = PartitionResponse::refused(data.index, code, None);
            match checked {
                Ok((place, records)) => {
                    let slot = Slot { topic: self.topics.len(), partition: answers.len() };
                    if let Some(first) = first_batch(context.version(), &records) {
                        self.transactional.push(Transactional {
                            owner: place.owner,
                            partition: place.partition,
                            topic: found.map_or_else(|_| "".into(), |found| found.name.clone()),
                            index: data.index,
                            first,
                            slot,
                        });
                    }
                    let group = self.group(place.owner);
                    let (partition, proof) = (place.partition, Proof::Missing);
                    group.batches.push(Batch { partition, records, proof });
                    group.slots.push(slot);
                }
                Err(failure) => refuse(context, &mut answer, failure),
            }
            answers.push(answer);
        }
        self.topics.push(TopicResponse { topic: reference, partitions: answers });
    }

    fn group(&mut self, owner: ShardId) -> &mut Group {
        let known = self.groups.iter().position(|group| group.owner == owner);
        let index = known.unwrap_or_else(|| {
            self.groups.push(Group { owner, batches: Vec::new(), slots: Vec::new() });
            self.groups.len() - 1
        });
        &mut self.groups[index]
    }

    fn give_proof(&mut self, slot: Slot, proof: Proof) {
        for group in &mut self.groups {
            let batches = group.batches.iter_mut().zip(&group.slots);
            for (batch, _) in batches.filter(|(_, of)| **of == slot) {
                batch.proof = proof;
            }
        }
    }

    /// A batch that will not be appended.
    fn take_out(&mut self, context: &Context, slot: Slot, failure: Failure) {
        for group in &mut self.groups {
            if let Some(index) = group.slots.iter().position(|of| *of == slot) {
                group.slots.remove(index);
                group.batches.remove(index);
            }
        }
        refuse(context, &mut self.topics[slot.topic].partitions[slot.partition], failure);
    }
}

/// The begin of a batch that is part of a transaction.
fn first_batch(version: i16, records: &[u8]) -> Option<FirstBatch> {
    let batch = RecordBatch::parse(records).ok()?;
    (batch.attributes().is_transactional() && batch.has_producer_id()).then(|| FirstBatch {
        producer_id: batch.producer_id(),
        producer_epoch: batch.producer_epoch(),
        base_sequence: batch.base_sequence(),
        version: verify::version_of(version),
    })
}

fn refuse(context: &Context, partition: &mut PartitionResponse, failure: Failure) {
    context.note_partition_error(failure.code);
    partition.error_code = failure.code;
    partition.error_message = failure.message;
    partition.record_errors = failure.records;
}

fn check_request(context: &Context, acks: i16, topic: &str) -> Result<(), Failure> {
    if !(-1..=1).contains(&acks) {
        return Err(Failure::plain(ErrorCode::InvalidRequiredAcks));
    }
    if topic_name::is_internal(topic) && context.client_id() != ADMIN_CLIENT_ID {
        let message = format!("Cannot append to internal topic {topic}");
        return Err(Failure::new(ErrorCode::InvalidTopicException, message));
    }
    Ok(())
}

/// What can be refused without knowing the partition; everything else its owner checks.
fn check_records(version: i16, data: &PartitionData, body: &Slice) -> Result<Slice, Failure> {
    let records = data.records.clone().filter(|range| !range.is_empty()).ok_or_else(|| {
        let message = "the request holds no record batch for the partition";
        Failure::new(ErrorCode::InvalidRecord, message)
    })?;
    let records = body.slice(records);
    if let Ok(batch) = RecordBatch::parse(&records) {
        let attributes = batch.attributes();
        if attributes.codec() == Ok(Codec::Zstd) && version < ZSTD_FROM {
            let message = "zstd needs version 7 of Produce";
            return Err(Failure::new(ErrorCode::UnsupportedCompressionType, message));
        }
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::produce::TopicField;

    #[test]
    fn a_partition_named_twice_counts_once_with_its_last_records() {
        let data = |index, at: usize| PartitionData { index, records: Some(at..at + 1) };
        let named = |name: &'static str, partitions| TopicData {
            topic: TopicField::Name(name.into()),
            partitions,
        };
        let topics = [
            named("a", vec![data(5, 0), data(1, 1), data(5, 2)]),
            named("b", vec![data(0, 3)]),
            named("a", vec![data(1, 4), data(7, 5)]),
        ];
        let once = once_each(&topics);
        let told: Vec<(TopicReference<'_>, Vec<(i32, usize)>)> = once
            .iter()
            .map(|(topic, partitions)| {
                let told =
                    |data: &&PartitionData| (data.index, data.records.clone().unwrap().start);
                (*topic, partitions.iter().map(told).collect())
            })
            .collect();
        let (a, b) = (TopicReference::Name("a"), TopicReference::Name("b"));
        assert_eq!(told, [(a, vec![(5, 2), (1, 4), (7, 5)]), (b, vec![(0, 3)])]);
    }
}
