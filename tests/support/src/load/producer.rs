//! One idempotent producer: a few batches in flight, each sent again until it is acknowledged.
//!
//! As Kafka's own: after a refusal it hears all answers that are due, and sends what was refused
//! again, in order. A batch is out of order only behind one of its partition that was refused.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::batch::{self, Sequence};
use crate::calls::{self, Acks};
use crate::connection::{Connection, frame};

use super::random::Random;
use super::{PARTITIONS, Shared, TOPIC};

const IN_FLIGHT_MAX: usize = 5;

/// Where the broker said that a batch stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Acknowledged {
    pub(crate) partition: i32,
    pub(crate) producer_id: i64,
    pub(crate) first_sequence: i32,
    /// None when it only said that it has the batch already.
    pub(crate) base_offset: Option<i64>,
}

pub(crate) struct Producer {
    address: SocketAddr,
    identity: Sequence,
    acks: Acks,
    random: Random,
    shared: Arc<Shared>,
    next_sequences: [i32; PARTITIONS as usize],
    in_flight: VecDeque<InFlight>,
    /// So many of those in flight, the first ones, were refused and are to be sent again.
    refused: usize,
    /// Batches made, and batches acknowledged.
    made: usize,
    acknowledged: usize,
}

struct InFlight {
    partition: i32,
    first_sequence: i32,
    frame: Vec<u8>,
}

impl Producer {
    pub(crate) fn new(
        address: SocketAddr,
        identity: Sequence,
        acks: Acks,
        random: Random,
        shared: Arc<Shared>,
    ) -> Producer {
        let next_sequences = [0; PARTITIONS as usize];
        let (in_flight, refused, made, acknowledged) = (VecDeque::new(), 0, 0, 0);
        Producer {
            address,
            identity,
            acks,
            random,
            shared,
            next_sequences,
            in_flight,
            refused,
            made,
            acknowledged,
        }
    }

    /// Until the gate ends. Panics on an answer that an idempotent producer must never get.
    pub(crate) fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        while shared.gate.pass() {
            let Err(error) = self.produce() else { continue };
            if calls::refusal(&error).is_some() {
                shared.gate.leave();
                panic!("producer {} with {:?}: {error}", self.identity.producer_id, self.acks);
            }
            thread::sleep(PAUSE);
        }
        assert!(self.in_flight.is_empty(), "all is acknowledged in the end");
    }

    /// Over one connection, as long as it lasts and the gate is open.
    fn produce(&mut self) -> io::Result<()> {
        let mut connection = Connection::open(self.address)?;
        self.send_again(&mut connection)?;
        while self.shared.gate.is_open() {
            while self.refused == 0 && self.in_flight.len() < self.in_flight_max() {
                let batch = self.next_batch();
                let sent = connection.send(&batch.frame);
                self.in_flight.push_back(batch);
                sent?;
            }
            self.receive(&mut connection)?;
            thread::sleep(Duration::from_micros(self.random.below(3000)));
            if self.refused > 0 && self.refused == self.in_flight.len() {
                thread::sleep(PAUSE);
                self.send_again(&mut connection)?;
            }
        }
        while self.refused < self.in_flight.len() {
            self.receive(&mut connection)?;
        }
        Ok(())
    }

    fn send_again(&mut self, connection: &mut Connection) -> io::Result<()> {
        self.refused = 0;
        self.in_flight.iter().try_for_each(|batch| connection.send(&batch.frame))
    }

    fn receive(&mut self, connection: &mut Connection) -> io::Result<()> {
        let base_offset = match calls::produced(connection.receive()?) {
            Ok(offset) => (offset >= 0).then_some(offset),
            Err(error) => match calls::refusal(&error) {
                Some(DUPLICATE_SEQUENCE) => None,
                Some(code) if may_pass(code) || self.is_out_of_order_rightly(code) => {
                    self.refused += 1;
                    return Ok(());
                }
                _ => return Err(error),
            },
        };
        let batch = self.in_flight.remove(self.refused).expect("an answer belongs to a request");
        self.acknowledged += 1;
        self.shared.acknowledged.lock().expect("no thread panicked").push(Acknowledged {
            partition: batch.partition,
            producer_id: self.identity.producer_id,
            first_sequence: batch.first_sequence,
            base_offset,
        });
        Ok(())
    }

    /// Whether the batch that is answered came behind one of its partition that was refused.
    fn is_out_of_order_rightly(&self, code: i16) -> bool {
        let partition = self.in_flight.get(self.refused).map(|batch| batch.partition);
        let mut refused = self.in_flight.iter().take(self.refused);
        code == OUT_OF_ORDER_SEQUENCE_NUMBER
            && refused.any(|batch| Some(batch.partition) == partition)
    }

    /// A broker cannot tell whether a sequence is the first one of a producer it has not seen: each
    /// partition gets its first batch alone.
    fn in_flight_max(&self) -> usize {
        if self.acknowledged < PARTITIONS as usize { 1 } else { IN_FLIGHT_MAX }
    }

    fn next_batch(&mut self) -> InFlight {
        let partition = match self.made {
            first if first < PARTITIONS as usize => first as i32,
            _ => self.random.below(PARTITIONS as u64) as i32,
        };
        self.made += 1;
        let next_sequence = &mut self.next_sequences[partition as usize];
        let first_sequence = *next_sequence;
        // Most are small; a few are large enough to take another way to the disk.
        let value_bytes = if self.random.below(200) == 0 { 20_000 } else { 100 };
        let values: Vec<Vec<u8>> = (0..=self.random.below(30) as i32)
            .map(|delta| value(self.identity.producer_id, first_sequence + delta, value_bytes))
            .collect();
        *next_sequence += values.len() as i32;
        let values: Vec<&[u8]> = values.iter().map(Vec::as_slice).collect();
        let sequence = Sequence { first: first_sequence, ..self.identity };
        let batch = batch::build(&values, sequence, batch::now_ms());
        let body = calls::produce_body(TOPIC, partition, self.acks, &batch);
        InFlight { partition, first_sequence, frame: frame(calls::PRODUCE, &body) }
    }
}

/// What the record of a producer's sequence holds, so that a reader can tell.
pub(crate) fn value(producer_id: i64, sequence: i32, bytes: usize) -> Vec<u8> {
    let mut value = format!("{producer_id}:{sequence}:").into_bytes();
    value.resize(value.len().max(bytes), b'.');
    value
}

/// Errors of a broker that has just started, or lost its disk, after which a producer sends again.
pub(crate) fn may_pass(code: i16) -> bool {
    const UNKNOWN_TOPIC_OR_PARTITION: i16 = 3;
    const LEADER_NOT_AVAILABLE: i16 = 5;
    const NOT_LEADER_OR_FOLLOWER: i16 = 6;
    const REQUEST_TIMED_OUT: i16 = 7;
    // What is said between the loss of the disk and the end of the process.
    const KAFKA_STORAGE_ERROR: i16 = 56;
    let passing = [
        UNKNOWN_TOPIC_OR_PARTITION,
        LEADER_NOT_AVAILABLE,
        NOT_LEADER_OR_FOLLOWER,
        REQUEST_TIMED_OUT,
        KAFKA_STORAGE_ERROR,
    ];
    passing.contains(&code)
}

const OUT_OF_ORDER_SEQUENCE_NUMBER: i16 = 45;
const DUPLICATE_SEQUENCE: i16 = 46;
/// Before what was refused is sent again.
const PAUSE: Duration = Duration::from_millis(5);
