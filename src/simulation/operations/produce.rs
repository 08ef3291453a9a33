//! Producers without idempotence: they never send a record twice, so none may be there twice.
//!
//! Model: an acknowledged record stands where the answer says; a refused one stands nowhere; of one
//! whose connection was lost nothing is known. Records of one connection keep their order.

use std::collections::VecDeque;
use std::rc::Rc;

use bytes::Bytes;
use shards::clock;
use shards::compression::{Codec, Compression};
use shards::io::{Task, spawn};

use crate::protocol::ErrorCode;
use crate::protocol::generated::produce::{Request, Response, request, response};
use crate::simulation::client::{Connection, Lost};
use crate::simulation::model::PartitionName;
use crate::simulation::record::{self, RecordId, Sequence};
use crate::simulation::scene::Scene;

const IN_FLIGHT_MAX: u64 = 6;
const TIMEOUT_MS: i32 = 30_000;

/// Goes on until the faults end.
pub(in crate::simulation) async fn run(scene: Rc<Scene>, producer: u32) {
    let mut life = 0;
    let mut number = 0;
    while scene.is_safety() {
        let Some(connection) = Connection::open(&scene).await else { return };
        life += 1;
        let depth = scene.dice.borrow_mut().within(1..IN_FLIGHT_MAX) as usize;
        let mut in_flight: VecDeque<Task<()>> = VecDeque::new();
        while scene.is_safety() && !connection.is_closed() {
            let partitions = some_partitions(&scene);
            let sending = partitions.into_iter().map(|partition| {
                let count =
                    scene.dice.borrow_mut().skewed(1..scene.options.records_per_batch_max + 1);
                let ids =
                    (number..number + count).map(|number| RecordId { producer, life, number });
                number += count;
                (partition, ids.collect::<Vec<RecordId>>())
            });
            let sending: Vec<(PartitionName, Vec<RecordId>)> = sending.collect();
            in_flight.push_back(spawn(send(scene.clone(), &connection, sending)));
            while in_flight.len() >= depth
                && let Some(first) = in_flight.pop_front()
            {
                first.await;
            }
            scene.pause(scene.options.pause_ms_max).await;
        }
        for task in in_flight {
            task.await;
        }
    }
}

/// Sends one request at once; the future takes its answer.
fn send(
    scene: Rc<Scene>,
    connection: &Connection,
    sending: Vec<(PartitionName, Vec<RecordId>)>,
) -> impl Future<Output = ()> + use<> {
    let mut topic_data: Vec<request::TopicProduceData> = Vec::new();
    for (name, ids) in &sending {
        scene.model.borrow_mut().partition(*name).sent(ids);
        let data = data_for(*name, batch(&scene, ids, None));
        match topic_data.last_mut().filter(|last| last.topic_id == name.0) {
            Some(last) => last.partition_data.extend(data.partition_data),
            None => topic_data.push(data),
        }
    }
    let request = Request { acks: -1, timeout_ms: TIMEOUT_MS, topic_data, ..Request::default() };
    let answer = connection.call(&request);
    async move {
        // Of a lost request nothing is known.
        let Ok(response) = answer.await else { return };
        for (name, ids) in sending {
            match part_of(&response, name) {
                Some(part) => settle(&scene, name, &ids, part),
                None => scene.violated(format!("a Produce answer lacks partition {name:?}")),
            }
        }
    }
}

pub(super) fn part_of(
    response: &Response,
    name: PartitionName,
) -> Option<&response::PartitionProduceResponse> {
    let topics = response.responses.iter().filter(|topic| topic.topic_id == name.0);
    topics.flat_map(|topic| &topic.partition_responses).find(|part| part.index == name.1)
}

fn settle(
    scene: &Scene,
    name: PartitionName,
    ids: &[RecordId],
    answer: &response::PartitionProduceResponse,
) {
    let outcome = match ErrorCode::from_code(answer.error_code) {
        Some(ErrorCode::None) => {
            scene.count(|counts| counts.acknowledged += ids.len() as u64);
            let mut model = scene.model.borrow_mut();
            model.partition(name).acknowledged(ids, answer.base_offset)
        }
        Some(code) => refused(scene, name, ids, code),
        None => Err(format!("error code {}", answer.error_code)),
    };
    scene.check(outcome.map_err(|what| format!("{name:?}: {what}")));
}

/// Why a node may refuse to append.
pub(super) fn refused(
    scene: &Scene,
    name: PartitionName,
    ids: &[RecordId],
    code: ErrorCode,
) -> Result<(), String> {
    scene.note(|| format!("{name:?}: refused {} records: {}", ids.len(), code.name()));
    let mut model = scene.model.borrow_mut();
    match code {
        ErrorCode::UnknownTopicOrPartition | ErrorCode::UnknownTopicId if model.is_live(name.0) => {
            Err(format!("a partition that is there was refused: {}", code.name()))
        }
        ErrorCode::UnknownTopicOrPartition
        | ErrorCode::UnknownTopicId
        | ErrorCode::NotLeaderOrFollower => model.partition(name).refused(ids),
        // The record may be there or not.
        ErrorCode::KafkaStorageError if scene.storage_may_refuse() => Ok(()),
        code => Err(format!("a sound request was refused: {}", code.name())),
    }
}

pub(super) fn data_for(name: PartitionName, batch: Vec<u8>) -> request::TopicProduceData {
    let partition =
        request::PartitionProduceData { index: name.1, records: Some(Bytes::from(batch)) };
    request::TopicProduceData {
        topic_id: name.0,
        partition_data: vec![partition],
        ..Default::default()
    }
}

pub(super) fn batch(scene: &Scene, ids: &[RecordId], sequence: Option<Sequence>) -> Vec<u8> {
    let mut dice = scene.dice.borrow_mut();
    let bytes = dice.skewed(16..scene.options.record_bytes_max + 17) as usize;
    let codec = match dice.percent(80) {
        true => Codec::None,
        false => dice.pick(&Codec::ALL).copied().unwrap_or(Codec::None),
    };
    record::batch(ids, bytes, sequence, Compression::of(codec), clock::wall_ms())
}

/// One partition, sometimes more; none if there are none.
fn some_partitions(scene: &Scene) -> Vec<PartitionName> {
    let live = scene.model.borrow().live_partitions();
    let mut dice = scene.dice.borrow_mut();
    let count = dice.skewed(1..5);
    let mut chosen: Vec<PartitionName> =
        (0..count).filter_map(|_| dice.pick(&live).copied()).collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

/// One record to one partition, until it is acknowledged or the connection is lost.
pub(super) async fn send_one(
    scene: &Rc<Scene>,
    connection: &Connection,
    name: PartitionName,
    id: RecordId,
) -> Result<(), Lost> {
    send(scene.clone(), connection, vec![(name, vec![id])]).await;
    match connection.is_closed() {
        true => Err(Lost),
        false => Ok(()),
    }
}
