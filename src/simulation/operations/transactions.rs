//! Transactions: producers that write several partitions, and end what they wrote by markers.
//!
//! The workload is the coordinator of its transactions, one that never fails: it decides, and it
//! writes markers until each partition has its own, with a higher coordinator epoch each time.
//! Model: readers of committed records see each record of what was committed, none of what was
//! aborted, and nothing at or behind the first record of what is open; zombies are fenced; in the
//! end, when no transaction is open, the last stable offset is the high watermark.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use bytes::Bytes;
use shards::clock;

use super::produce_idempotent::Identity;
use super::topics;
use crate::protocol::ErrorCode;
use crate::protocol::generated::fetch::{self, request as fetch_request, response};
use crate::protocol::generated::write_txn_markers::request as markers_request;
use crate::protocol::generated::{create_topics, produce, write_txn_markers};
use crate::simulation::client::{Connection, Lost};
use crate::simulation::model::Fate;
use crate::simulation::record::{self, Found, Holds, RecordId, Sequence};
use crate::simulation::scene::Scene;

const TOPIC: &str = "transactions";
const PARTITIONS: i32 = 2;
const TIMEOUT_MS: i32 = 30_000;
const RETRY_MS: u64 = 1_000;
/// The last version whose clients tell their coordinator of partitions themselves.
const PRODUCE_VERSION: i16 = 11;
/// The last version that names topics.
const FETCH_VERSION: i16 = 12;
const READ_COMMITTED: i8 = 1;
const BATCHES_MAX: u64 = 6;
const RECORDS_MAX: u64 = 4;
const COMMIT_PERCENT: u64 = 55;
const ZOMBIE_PERCENT: u64 = 20;
const FROM_START_PERCENT: u64 = 20;
const WAIT_MS: i32 = 300;
/// Far more than a run has.
const ROUNDS_MAX: usize = 100_000;

/// What a producer has begun and not ended: it is ended when all is calm.
#[derive(Clone, Debug)]
pub(in crate::simulation) struct Unfinished {
    producer: u32,
    number: u32,
    producer_id: i64,
    /// Of the marker.
    epoch: i16,
    coordinator_epoch: i32,
    transaction_version: i8,
    partitions: BTreeSet<i32>,
    fate: Fate,
}

/// Goes on until the faults end.
pub(in crate::simulation) async fn run(scene: Rc<Scene>, producer: u32) {
    create_topic(&scene).await;
    let Some(mut producer) = Producer::new(&scene, producer).await else { return };
    while scene.is_safety() {
        let unfinished = producer.transact().await;
        if let Some(unfinished) = unfinished {
            scene.model.borrow_mut().unfinished.push(unfinished);
            return;
        }
        scene.pause(scene.options.pause_ms_max).await;
    }
}

async fn create_topic(scene: &Rc<Scene>) {
    let setting = |name: &str, value: String| create_topics::request::CreatableTopicConfig {
        name: name.to_owned(),
        value: Some(value),
    };
    let configs = vec![
        setting("segment.ms", scene.options.segment_ms.to_string()),
        // Readers begin at 0 again and again.
        setting("retention.bytes", "-1".to_owned()),
    ];
    let topic = create_topics::request::CreatableTopic {
        name: TOPIC.to_owned(),
        num_partitions: PARTITIONS,
        replication_factor: 1,
        configs,
        ..Default::default()
    };
    let topics = vec![topic];
    let request = create_topics::Request { topics, timeout_ms: TIMEOUT_MS, ..Default::default() };
    let code_of = |answer: &create_topics::Response| answer.topics.first().map(|t| t.error_code);
    match topics::insist(scene, &request, code_of).await {
        None => {}
        Some((_, Some(ErrorCode::None | ErrorCode::TopicAlreadyExists))) => {}
        Some((_, code)) => scene.violated(format!("{TOPIC} cannot be created: {code:?}")),
    }
}

struct Producer {
    scene: Rc<Scene>,
    number: u32,
    producer_id: i64,
    epoch: i16,
    coordinator_epoch: i32,
    /// With 2, each transaction has an epoch of its own.
    transaction_version: i8,
    transaction: u32,
    sequences: BTreeMap<i32, i32>,
    /// Coordinator epochs of the last markers, by partition.
    marked: BTreeMap<i32, i32>,
    connection: Option<Connection>,
}

impl Producer {
    async fn new(scene: &Rc<Scene>, number: u32) -> Option<Producer> {
        let identity = loop {
            if !scene.is_safety() {
                return None;
            }
            match Identity::ask(scene).await {
                Some(identity) => break identity,
                None => scene.pause(RETRY_MS).await,
            }
        };
        let transaction_version = scene.dice.borrow_mut().within(1..3) as i8;
        Some(Producer {
            scene: scene.clone(),
            number,
            producer_id: identity.producer_id,
            epoch: 0,
            coordinator_epoch: 1,
            transaction_version,
            transaction: 0,
            sequences: BTreeMap::new(),
            marked: BTreeMap::new(),
            connection: None,
        })
    }

    /// One transaction. What is left of it when the faults end, if something is.
    async fn transact(&mut self) -> Option<Unfinished> {
        let scene = self.scene.clone();
        self.transaction += 1;
        let (number, transaction) = (self.number, self.transaction);
        scene.model.borrow_mut().transactions.begun(number, transaction);
        let mut partitions = BTreeSet::new();
        let batches = scene.dice.borrow_mut().within(1..BATCHES_MAX);
        let mut records = 0;
        for _ in 0..batches {
            let partition = scene.dice.borrow_mut().within(0..PARTITIONS as u64) as i32;
            partitions.insert(partition);
            let count = scene.dice.borrow_mut().skewed(1..RECORDS_MAX);
            let id = |record| RecordId { producer: number, life: transaction, number: record };
            let ids: Vec<RecordId> = (records..records + count).map(id).collect();
            records += count;
            if self.send(partition, &ids).await.is_none() {
                return Some(self.unfinished(partitions, Fate::Open));
            }
            scene.pause(scene.options.pause_ms_max).await;
        }
        if self.transaction > 1 && scene.dice.borrow_mut().percent(ZOMBIE_PERCENT) {
            self.let_zombies_try(&partitions).await;
        }
        let fate = match scene.dice.borrow_mut().percent(COMMIT_PERCENT) {
            true => Fate::Committed,
            false => Fate::Aborted,
        };
        scene.note(|| format!("transaction {number}.{transaction} is to be {fate:?}"));
        scene.model.borrow_mut().transactions.decided(number, transaction, fate);
        let mut end = self.unfinished(partitions, fate);
        if !self.end(&mut end).await {
            return Some(end);
        }
        scene.count(|counts| counts.transactions += 1);
        if self.transaction_version >= 2 {
            self.epoch += 1;
            self.sequences.clear();
        }
        None
    }

    fn unfinished(&self, partitions: BTreeSet<i32>, fate: Fate) -> Unfinished {
        Unfinished {
            producer: self.number,
            number: self.transaction,
            producer_id: self.producer_id,
            epoch: self.epoch + i16::from(self.transaction_version >= 2),
            coordinator_epoch: self.coordinator_epoch,
            transaction_version: self.transaction_version,
            partitions,
            fate,
        }
    }

    /// Sends a batch until it is acknowledged; none: the faults have ended.
    async fn send(&mut self, partition: i32, ids: &[RecordId]) -> Option<()> {
        let scene = self.scene.clone();
        let first = self.sequences.get(&partition).copied().unwrap_or(0);
        let batch = self.batch(ids, self.epoch, first);
        while scene.is_safety() {
            let Some(answer) = self.produce(partition, batch.clone()).await else { continue };
            match ErrorCode::from_code(answer.error_code) {
                Some(ErrorCode::None) => {
                    let base_offset = answer.base_offset;
                    let mut model = scene.model.borrow_mut();
                    let placed = model.transactions.acknowledged(partition, ids, base_offset);
                    scene.check(placed.map_err(|what| format!("{TOPIC}-{partition}: {what}")));
                }
                Some(ErrorCode::DuplicateSequenceNumber) => {}
                Some(ErrorCode::NotLeaderOrFollower | ErrorCode::RequestTimedOut) => {
                    scene.pause(RETRY_MS).await;
                    continue;
                }
                Some(ErrorCode::KafkaStorageError) if scene.storage_may_refuse() => {
                    scene.pause(RETRY_MS).await;
                    continue;
                }
                code => {
                    let first = &ids[0];
                    scene.violated(format!("{first} in a transaction was refused: {code:?}"));
                    return None;
                }
            }
            self.sequences.insert(partition, first + ids.len() as i32);
            return Some(());
        }
        None
    }

    fn batch(&self, ids: &[RecordId], producer_epoch: i16, first: i32) -> Vec<u8> {
        let mut dice = self.scene.dice.borrow_mut();
        let bytes = dice.skewed(16..self.scene.options.record_bytes_max + 17) as usize;
        let sequence = Sequence { producer_id: self.producer_id, producer_epoch, first };
        record::transactional_batch(ids, bytes, sequence, clock::wall_ms())
    }

    /// One Produce; none: the connection was lost, or the faults have ended.
    async fn produce(
        &mut self,
        partition: i32,
        batch: Vec<u8>,
    ) -> Option<produce::response::PartitionProduceResponse> {
        let data = produce::request::PartitionProduceData {
            index: partition,
            records: Some(Bytes::from(batch)),
        };
        let topic = produce::request::TopicProduceData {
            name: TOPIC.to_owned(),
            partition_data: vec![data],
            ..Default::default()
        };
        let request = produce::Request {
            transactional_id: Some(format!("transactional-{}", self.number)),
            acks: -1,
            timeout_ms: TIMEOUT_MS,
            topic_data: vec![topic],
        };
        let connection = self.connected().await?;
        let Ok(answer) = connection.call_as(&request, PRODUCE_VERSION).await else {
            self.connection = None;
            return None;
        };
        let mut parts = answer.responses.into_iter().flat_map(|it| it.partition_responses);
        parts.find(|part| part.index == partition)
    }

    async fn connected(&mut self) -> Option<&Connection> {
        if self.connection.as_ref().is_none_or(Connection::is_closed) {
            self.connection = Connection::open(&self.scene).await;
        }
        self.connection.as_ref()
    }

    /// Writes markers until each partition has its own. False: the faults have ended.
    async fn end(&mut self, end: &mut Unfinished) -> bool {
        let scene = self.scene.clone();
        while scene.is_safety() {
            let Some(connection) = self.connected().await else { return false };
            let asked = end.next_epoch();
            let written = write_markers(connection, asked).await;
            self.coordinator_epoch = end.coordinator_epoch;
            match written {
                Ok(outcomes) => {
                    self.marked.extend(outcomes.iter().map(|it| (it.0, end.coordinator_epoch)));
                    scene.check(end.settle(&scene, outcomes));
                }
                Err(Lost) => self.connection = None,
            }
            if end.partitions.is_empty() {
                return true;
            }
            scene.pause(RETRY_MS).await;
        }
        false
    }

    /// What an older life of the producer, or of its coordinator, sends late is refused: the epoch
    /// is that of a transaction before, or the coordinator's is below the last marker's.
    async fn let_zombies_try(&mut self, partitions: &BTreeSet<i32>) {
        let scene = self.scene.clone();
        let Some(partition) = partitions.first().copied() else { return };
        if self.transaction_version >= 2 {
            let id = RecordId { producer: self.number, life: 0, number: 0 };
            let batch = self.batch(&[id], self.epoch - 1, 0);
            let answer = self.produce(partition, batch).await;
            if answer.is_some_and(|answer| answer.error_code == 0) {
                scene.violated("the batch of an older epoch was taken in a transaction");
            }
        }
        let mut late = self.unfinished(BTreeSet::from([partition]), Fate::Aborted);
        match (self.transaction_version, self.marked.get(&partition)) {
            (1, Some(coordinator_epoch)) => late.coordinator_epoch = coordinator_epoch - 1,
            (1, None) => return,
            _ => late.epoch = self.epoch - 1,
        }
        let Some(connection) = self.connected().await else { return };
        if let Ok(outcomes) = write_markers(connection, &late).await
            && outcomes.iter().any(|(_, code)| *code == Some(ErrorCode::None))
        {
            scene.violated(format!("a late marker was taken in a transaction: {late:?}"));
        }
    }
}

impl Unfinished {
    /// Fences what earlier attempts have sent.
    fn next_epoch(&mut self) -> &Unfinished {
        self.coordinator_epoch += 1;
        self
    }

    /// Takes partitions out that have their marker.
    fn settle(
        &mut self,
        scene: &Scene,
        outcomes: Vec<(i32, Option<ErrorCode>)>,
    ) -> Result<(), String> {
        for (partition, code) in outcomes {
            match code {
                Some(ErrorCode::None) => drop(self.partitions.remove(&partition)),
                Some(ErrorCode::NotLeaderOrFollower) => {}
                Some(ErrorCode::KafkaStorageError) if scene.storage_may_refuse() => {}
                code => return Err(format!("a marker was refused: {code:?}")),
            }
        }
        Ok(())
    }
}

/// What came of the marker in each partition.
async fn write_markers(
    connection: &Connection,
    end: &Unfinished,
) -> Result<Vec<(i32, Option<ErrorCode>)>, Lost> {
    let topic = markers_request::WritableTxnMarkerTopic {
        name: TOPIC.to_owned(),
        partition_indexes: end.partitions.iter().copied().collect(),
    };
    let marker = markers_request::WritableTxnMarker {
        producer_id: end.producer_id,
        producer_epoch: end.epoch,
        transaction_result: end.fate == Fate::Committed,
        topics: vec![topic],
        coordinator_epoch: end.coordinator_epoch,
        transaction_version: end.transaction_version,
    };
    let answer = connection.call(&write_txn_markers::Request { markers: vec![marker] }).await?;
    let topics = answer.markers.into_iter().flat_map(|marker| marker.topics);
    let parts = topics.flat_map(|topic| topic.partitions);
    Ok(parts.map(|it| (it.partition_index, ErrorCode::from_code(it.error_code))).collect())
}

/// Reads committed records until the faults end.
pub(in crate::simulation) async fn read(scene: Rc<Scene>) {
    while scene.is_safety() {
        let Some(connection) = Connection::open(&scene).await else { return };
        let mut positions: BTreeMap<i32, i64> = (0..PARTITIONS).map(|it| (it, 0)).collect();
        while scene.is_safety() && !connection.is_closed() {
            for (partition, position) in &mut positions {
                match poll(&scene, &connection, *partition, *position, WAIT_MS).await {
                    Ok(Ok(Some(polled))) => *position = polled.position,
                    Ok(Ok(None)) => {}
                    Ok(Err(what)) => scene.violated(format!("{TOPIC}-{partition}: {what}")),
                    Err(Lost) => break,
                }
                if scene.dice.borrow_mut().percent(FROM_START_PERCENT) {
                    *position = 0;
                }
            }
            scene.pause(scene.options.pause_ms_max.max(50)).await;
        }
    }
}

/// Where a reader stands, and the ends of the partition.
struct Polled {
    position: i64,
    last_stable: i64,
    high_watermark: i64,
}

/// One fetch of one partition; none: it has no leader, or is not there yet.
async fn poll(
    scene: &Scene,
    connection: &Connection,
    partition: i32,
    position: i64,
    wait_ms: i32,
) -> Result<Result<Option<Polled>, String>, Lost> {
    let part = fetch_request::FetchPartition {
        partition,
        fetch_offset: position,
        partition_max_bytes: scene.dice.borrow_mut().skewed(1..1 << 20) as i32,
        ..Default::default()
    };
    let topic = fetch_request::FetchTopic {
        topic: TOPIC.to_owned(),
        partitions: vec![part],
        ..Default::default()
    };
    let request = fetch::Request {
        max_wait_ms: wait_ms,
        min_bytes: 1,
        max_bytes: 1 << 20,
        isolation_level: READ_COMMITTED,
        topics: vec![topic],
        ..fetch::Request::default()
    };
    let answer = connection.call_as(&request, FETCH_VERSION).await?;
    let mut parts = answer.responses.iter().flat_map(|topic| &topic.partitions);
    let Some(part) = parts.next() else { return Ok(Ok(None)) };
    Ok(take(scene, position, part))
}

fn take(
    scene: &Scene,
    position: i64,
    part: &response::PartitionData,
) -> Result<Option<Polled>, String> {
    match ErrorCode::from_code(part.error_code) {
        Some(ErrorCode::None) => {}
        Some(ErrorCode::NotLeaderOrFollower | ErrorCode::UnknownTopicOrPartition) => {
            return Ok(None);
        }
        Some(ErrorCode::KafkaStorageError) if scene.storage_may_refuse() => return Ok(None),
        code => return Err(format!("a fetch at {position} failed: {code:?}")),
    }
    let (last_stable, high_watermark) = (part.last_stable_offset, part.high_watermark);
    if last_stable > high_watermark {
        return Err(format!("it is stable up to {last_stable}, and ends at {high_watermark}"));
    }
    let (shown, next) = shown(position, part)?;
    if next > last_stable.max(position) {
        return Err(format!("it gives out up to {next}, and is stable up to {last_stable}"));
    }
    let model = scene.model.borrow();
    model.transactions.read(part.partition_index, (position, next), &shown)?;
    scene.count(|counts| counts.read += (next - position) as u64);
    Ok(Some(Polled { position: next, last_stable, high_watermark }))
}

/// What a reader of committed records shows of an answer, and where it stands then.
fn shown(position: i64, part: &response::PartitionData) -> Result<(Vec<Found>, i64), String> {
    let aborted = part.aborted_transactions.iter().flatten();
    let mut aborted: Vec<(i64, i64)> =
        aborted.map(|it| (it.first_offset, it.producer_id)).collect();
    aborted.sort_unstable_by(|one, other| other.cmp(one));
    let (mut hidden, mut shown, mut next) = (BTreeSet::new(), Vec::new(), position);
    for batch in record::read_batches(part.records.as_deref().unwrap_or_default())? {
        while let Some((_, producer_id)) =
            aborted.pop_if(|(first_offset, _)| *first_offset <= batch.last_offset)
        {
            hidden.insert(producer_id);
        }
        next = batch.last_offset + 1;
        match batch.holds {
            Holds::Marker { aborted: true } => drop(hidden.remove(&batch.producer_id)),
            Holds::Marker { aborted: false } => {}
            Holds::Records(_) if hidden.contains(&batch.producer_id) => {}
            Holds::Records(found) => {
                shown.extend(found.into_iter().filter(|found| found.offset >= position));
            }
        }
    }
    Ok((shown, next))
}

/// Ends what is open, and reads everything: all that was committed is there, and nothing is held
/// back any more.
pub(super) async fn verify(scene: &Rc<Scene>, connection: &Connection) -> Result<(), String> {
    let lost = |Lost| "the connection was lost".to_owned();
    let unfinished = std::mem::take(&mut scene.model.borrow_mut().unfinished);
    for mut end in unfinished {
        if end.fate == Fate::Open {
            end.fate = Fate::Aborted;
            let mut model = scene.model.borrow_mut();
            model.transactions.decided(end.producer, end.number, Fate::Aborted);
        }
        let outcomes = write_markers(connection, end.next_epoch()).await.map_err(lost)?;
        end.settle(scene, outcomes)?;
        if !end.partitions.is_empty() {
            return Err(format!("markers are not written: {end:?}"));
        }
    }
    if scene.options.transactional_producers == 0 {
        return Ok(());
    }
    for partition in 0..PARTITIONS {
        let mut position = 0;
        for round in 0.. {
            let polled = poll(scene, connection, partition, position, 0).await.map_err(lost)?;
            let polled = polled.map_err(|what| format!("{TOPIC}-{partition}: {what}"))?;
            let Some(polled) = polled else { break };
            position = polled.position;
            if polled.last_stable < polled.high_watermark {
                let Polled { last_stable, high_watermark, .. } = polled;
                return Err(format!(
                    "{TOPIC}-{partition} has no open transaction, ends at {high_watermark}, and \
                     is stable up to {last_stable}"
                ));
            }
            if position >= polled.high_watermark {
                break;
            }
            if round > ROUNDS_MAX {
                return Err(format!("reading of {TOPIC}-{partition} stands at {position}"));
            }
        }
    }
    Ok(())
}
