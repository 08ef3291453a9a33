//! Idempotent producers: they send again what was not answered, with the same sequence numbers.
//!
//! Model: each record is there once, in order; one that was acknowledged as a duplicate is there,
//! somewhere. What a live partition was sent is acknowledged in the end.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use shards::io::simulation::ProcessId;

use super::produce::{batch, data_for, part_of, refused};
use crate::protocol::ErrorCode;
use crate::protocol::generated::{init_producer_id, produce};
use crate::simulation::client::{Connection, Lost};
use crate::simulation::model::PartitionName;
use crate::simulation::record::{RecordId, Sequence};
use crate::simulation::scene::Scene;

/// What brokers remember of a producer, in batches.
const IN_FLIGHT_MAX: u64 = 5;
const NEW_LIFE_PERCENT: u64 = 5;
const NEW_PRODUCER_PERCENT: u64 = 30;
const TIMEOUT_MS: i32 = 30_000;
const RETRY_MS: u64 = 1_000;

/// Goes on until the faults end.
pub(in crate::simulation) async fn run(scene: Rc<Scene>, producer: u32) {
    let mut identity: Option<Identity> = None;
    let mut life = 0;
    while scene.is_safety() {
        let renew = scene.dice.borrow_mut().percent(NEW_PRODUCER_PERCENT);
        if renew || identity.is_none() {
            identity = Identity::ask(&scene).await;
        }
        let live = scene.model.borrow().live_partitions();
        let partition = scene.dice.borrow_mut().pick(&live).copied();
        let (Some(identity), Some(partition)) = (&mut identity, partition) else {
            scene.pause(scene.options.pause_ms_max).await;
            continue;
        };
        life += 1;
        let sequence = identity.sequences.get(&partition).copied().unwrap_or(0);
        let mut lane = Lane {
            scene: scene.clone(),
            partition,
            producer,
            life,
            producer_id: identity.producer_id,
            producer_epoch: identity.producer_epoch,
            next_sequence: sequence,
            next_number: 0,
            pending: VecDeque::new(),
        };
        lane.live().await;
        identity.sequences.insert(partition, lane.next_sequence);
    }
}

pub(super) struct Identity {
    pub(super) producer_id: i64,
    producer_epoch: i16,
    sequences: BTreeMap<PartitionName, i32>,
}

impl Identity {
    pub(super) async fn ask(scene: &Rc<Scene>) -> Option<Identity> {
        let connection = Connection::open(scene).await?;
        let request = init_producer_id::Request {
            transactional_id: None,
            transaction_timeout_ms: TIMEOUT_MS,
            producer_id: -1,
            producer_epoch: -1,
            ..Default::default()
        };
        let answer = connection.call(&request).await.ok()?;
        match ErrorCode::from_code(answer.error_code) {
            Some(ErrorCode::None) => {}
            Some(ErrorCode::KafkaStorageError) if scene.storage_may_refuse() => return None,
            code => {
                scene.violated(format!("no producer id: {code:?}"));
                return None;
            }
        }
        scene.check(scene.model.borrow_mut().producer_id_given(answer.producer_id));
        Some(Identity {
            producer_id: answer.producer_id,
            producer_epoch: answer.producer_epoch,
            sequences: BTreeMap::new(),
        })
    }
}

/// One producer at one partition, while it does so.
struct Lane {
    scene: Rc<Scene>,
    partition: PartitionName,
    producer: u32,
    life: u32,
    producer_id: i64,
    producer_epoch: i16,
    next_sequence: i32,
    next_number: u64,
    /// Sent and not answered.
    pending: VecDeque<Pending>,
}

struct Pending {
    ids: Vec<RecordId>,
    bytes: Vec<u8>,
    /// How often the node had stopped in order when it was sent first,
    stops: u64,
    /// the node's life then,
    node: Option<ProcessId>,
    /// and the outages of the network until then that were over.
    outages: u64,
    /// It went out before, and what came of that was not told.
    is_again: bool,
}

/// What Kafka's snapshots keep of a producer is its last batch: of several that were not answered,
/// those before are no duplicates that a broker knows after a stop in order; nor after a crash, if
/// an outage held the answers up for so long that a segment was rolled.
fn may_be_forgotten(scene: &Scene, batch: &Pending) -> bool {
    let counts = scene.counts.borrow();
    let was_held_up = batch.outages != counts.outages && batch.node != scene.node.get();
    batch.stops != counts.clean_stops || was_held_up
}

/// How to go on after an answer.
enum After {
    Next,
    /// All that is pending goes out again, on a new connection.
    SendAgain,
    /// The same, after a while.
    SendLater,
    Over,
}

impl Lane {
    async fn live(&mut self) {
        let scene = self.scene.clone();
        let mut is_last = false;
        while scene.is_safety() && !(is_last && self.pending.is_empty()) {
            let Some(connection) = Connection::open(&scene).await else { return };
            self.pending.iter_mut().for_each(|batch| batch.is_again = true);
            let depth = scene.dice.borrow_mut().within(1..IN_FLIGHT_MAX + 1) as usize;
            let mut answers: VecDeque<_> =
                self.pending.iter().map(|batch| self.send(&connection, batch)).collect();
            while scene.is_safety() && !(is_last && self.pending.is_empty()) {
                while !is_last && self.pending.len() < depth {
                    let batch = self.next_batch();
                    answers.push_back(self.send(&connection, &batch));
                    self.pending.push_back(batch);
                    is_last = scene.dice.borrow_mut().percent(NEW_LIFE_PERCENT);
                }
                let Some(answer) = answers.pop_front() else { break };
                match self.settle(answer.await) {
                    After::Next => {}
                    After::SendAgain => break,
                    After::SendLater => {
                        scene.pause(RETRY_MS).await;
                        break;
                    }
                    After::Over => return,
                }
                scene.pause(scene.options.pause_ms_max).await;
            }
        }
    }

    fn next_batch(&mut self) -> Pending {
        let most = self.scene.options.records_per_batch_max + 1;
        let count = self.scene.dice.borrow_mut().skewed(1..most);
        let Lane { producer, life, next_number, .. } = *self;
        let numbers = next_number..next_number + count;
        let ids: Vec<_> = numbers.map(|number| RecordId { producer, life, number }).collect();
        let Lane { producer_id, producer_epoch, next_sequence: first, .. } = *self;
        let sequence = Sequence { producer_id, producer_epoch, first };
        let bytes = batch(&self.scene, &ids, Some(sequence));
        self.next_number += count;
        self.next_sequence += count as i32;
        self.scene.model.borrow_mut().partition(self.partition).sent(&ids);
        let (stops, outages) = (self.scene.stops_over(), self.scene.outages_over());
        let node = self.scene.node.get();
        Pending { ids, bytes, stops, node, outages, is_again: false }
    }

    fn send(
        &self,
        connection: &Connection,
        batch: &Pending,
    ) -> impl Future<Output = Result<produce::Response, Lost>> + use<> {
        let topic_data = vec![data_for(self.partition, batch.bytes.clone())];
        let timeout_ms = TIMEOUT_MS;
        connection.call(&produce::Request {
            acks: -1,
            timeout_ms,
            topic_data,
            ..Default::default()
        })
    }

    /// Takes the answer to the first that is pending.
    fn settle(&mut self, answer: Result<produce::Response, Lost>) -> After {
        let (scene, partition) = (self.scene.clone(), self.partition);
        let Ok(response) = answer else { return After::SendAgain };
        let (Some(answer), Some(first)) = (part_of(&response, partition), self.pending.front())
        else {
            scene.violated(format!("a Produce answer lacks partition {partition:?}"));
            return After::Over;
        };
        let code = ErrorCode::from_code(answer.error_code);
        let outcome = match code {
            Some(ErrorCode::None) => {
                scene.count(|counts| counts.acknowledged += first.ids.len() as u64);
                let mut model = scene.model.borrow_mut();
                model.partition(partition).acknowledged(&first.ids, answer.base_offset)
            }
            Some(ErrorCode::DuplicateSequenceNumber) => {
                scene.model.borrow_mut().partition(partition).acknowledged_somewhere(&first.ids);
                Ok(())
            }
            Some(ErrorCode::NotLeaderOrFollower) => return After::SendAgain,
            Some(ErrorCode::OutOfOrderSequenceNumber) if may_be_forgotten(&scene, first) => {
                let after = self.pending.len();
                scene.note(|| format!("{partition:?}: of {after} batches the first is forgotten"));
                return After::Over;
            }
            Some(ErrorCode::KafkaStorageError) if scene.storage_may_refuse() => {
                return After::SendLater;
            }
            // Of a topic that is gone meanwhile: what went out before may have been in it.
            Some(code) if first.is_again => refused(&scene, partition, &[], code),
            Some(code) => refused(&scene, partition, &first.ids, code),
            None => Err(format!("error code {}", answer.error_code)),
        };
        scene.check(outcome.map_err(|what| format!("{partition:?}: {what}")));
        match code {
            Some(ErrorCode::None | ErrorCode::DuplicateSequenceNumber) => {
                self.pending.pop_front();
                After::Next
            }
            _ => After::Over,
        }
    }
}
