//! What is known of one transactional id, and the steps that lead from one state to the next.
//!
//! Each step makes the next record; it counts once that record is durable. Nothing here decides
//! whether a step is allowed (init.rs, add.rs, end.rs).
//! Promise: `invariants` holds of whatever a step makes.

use super::marker::EndMarker;
use super::message::TopicPartition;
use crate::coordinators::coordinator::ProducerEpoch;
use std::collections::BTreeSet;

pub(super) const NO_PRODUCER_ID: i64 = -1;
pub(super) const NO_EPOCH: i16 = -1;
pub(super) const NO_TIMESTAMP: i64 = -1;
/// The timeout of transactions that only their client ends.
pub(super) const TWO_PHASE_TIMEOUT_MS: i32 = i32::MAX;
/// From this version on each end of a transaction raises the epoch (KIP-890).
pub(super) const FIRST_WITH_EPOCH_AT_END: i16 = 2;

/// The numbers are on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Empty,
    Ongoing,
    PrepareCommit,
    PrepareAbort,
    CompleteCommit,
    CompleteAbort,
    /// The id has expired.
    Dead,
    /// Kafka never writes it.
    PrepareEpochFence,
}

impl State {
    pub const ALL: [State; 8] = [
        State::Empty,
        State::Ongoing,
        State::PrepareCommit,
        State::PrepareAbort,
        State::CompleteCommit,
        State::CompleteAbort,
        State::Dead,
        State::PrepareEpochFence,
    ];

    pub fn id(self) -> i8 {
        self as i8
    }

    pub fn from_id(id: i8) -> Option<State> {
        State::ALL.into_iter().find(|state| state.id() == id)
    }

    pub fn name(self) -> &'static str {
        match self {
            State::Empty => "Empty",
            State::Ongoing => "Ongoing",
            State::PrepareCommit => "PrepareCommit",
            State::PrepareAbort => "PrepareAbort",
            State::CompleteCommit => "CompleteCommit",
            State::CompleteAbort => "CompleteAbort",
            State::Dead => "Dead",
            State::PrepareEpochFence => "PrepareEpochFence",
        }
    }

    pub fn from_name(name: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The decision is taken and its markers are on their way.
    pub fn is_prepared(self) -> bool {
        matches!(self, State::PrepareCommit | State::PrepareAbort)
    }

    /// Whether records have it.
    pub fn is_written(self) -> bool {
        !matches!(self, State::Dead | State::PrepareEpochFence)
    }

    pub fn may_expire(self) -> bool {
        matches!(self, State::Empty | State::CompleteCommit | State::CompleteAbort)
    }

    fn may_follow(self, before: State) -> bool {
        use State::*;
        match self {
            Empty => matches!(before, Empty | CompleteCommit | CompleteAbort),
            Ongoing => matches!(before, Ongoing | Empty | CompleteCommit | CompleteAbort),
            PrepareCommit => before == Ongoing,
            PrepareAbort => matches!(before, Ongoing | Empty | CompleteCommit | CompleteAbort),
            CompleteCommit => before == PrepareCommit,
            CompleteAbort => before == PrepareAbort,
            Dead | PrepareEpochFence => false,
        }
    }
}

/// What a record of `__transaction_state` says of an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    pub producer: ProducerEpoch,
    /// The producer id before the last step.
    pub previous_producer_id: i64,
    /// The producer id from the end of this transaction on, where its epochs are used up.
    pub next_producer_id: i64,
    /// Of prepared transactions (KIP-939); kept as read.
    pub next_epoch: i16,
    /// The epoch that a retry may come with; not in the log, as in Kafka.
    pub last_epoch: i16,
    pub timeout_ms: i32,
    pub state: State,
    pub partitions: BTreeSet<TopicPartition>,
    pub start_ms: i64,
    pub updated_ms: i64,
    /// The version of the protocol in which the last step was asked for.
    pub version: i16,
}

/// Whether the id has no epoch left that a client may have.
pub(super) fn is_exhausted(epoch: i16) -> bool {
    epoch >= i16::MAX - 1
}

impl Transaction {
    pub fn is_two_phase(&self) -> bool {
        self.timeout_ms == TWO_PHASE_TIMEOUT_MS
    }

    /// An id that is used for the first time.
    pub fn first(producer_id: i64, timeout_ms: i32, now_ms: i64) -> Transaction {
        Transaction {
            producer: ProducerEpoch { id: producer_id, epoch: 0 },
            previous_producer_id: producer_id,
            next_producer_id: NO_PRODUCER_ID,
            next_epoch: NO_EPOCH,
            last_epoch: NO_EPOCH,
            timeout_ms,
            state: State::Empty,
            partitions: BTreeSet::new(),
            start_ms: NO_TIMESTAMP,
            updated_ms: now_ms,
            version: 0,
        }
    }

    fn step(&self, state: State, now_ms: i64) -> Transaction {
        assert!(state.may_follow(self.state), "{state:?} does not follow {:?}", self.state);
        Transaction {
            previous_producer_id: self.producer.id,
            state,
            updated_ms: now_ms,
            ..self.clone()
        }
    }

    /// A producer begins anew, with this epoch.
    pub fn initialized(
        &self,
        producer: ProducerEpoch,
        last_epoch: i16,
        timeout_ms: i32,
        now_ms: i64,
    ) -> Transaction {
        Transaction {
            producer,
            last_epoch,
            timeout_ms,
            partitions: BTreeSet::new(),
            start_ms: NO_TIMESTAMP,
            next_producer_id: NO_PRODUCER_ID,
            next_epoch: NO_EPOCH,
            ..self.step(State::Empty, now_ms)
        }
    }

    pub fn with_partitions(
        &self,
        added: impl IntoIterator<Item = TopicPartition>,
        version: i16,
        now_ms: i64,
    ) -> Transaction {
        let mut next = self.step(State::Ongoing, now_ms);
        next.partitions.extend(added);
        if self.state != State::Ongoing {
            next.start_ms = now_ms;
        }
        next.version = version;
        next
    }

    /// The end is decided.
    pub(super) fn prepared(&self, end: &Decision, now_ms: i64) -> Transaction {
        let state = if end.committed { State::PrepareCommit } else { State::PrepareAbort };
        let mut next = self.step(state, now_ms);
        let raises_epoch = end.version >= FIRST_WITH_EPOCH_AT_END;
        if raises_epoch || end.is_fence {
            // At the very end of the epochs an abort goes through, so that the id can be had again.
            next.producer.epoch = self.producer.epoch.saturating_add(1);
            next.last_epoch = if raises_epoch { self.producer.epoch } else { NO_EPOCH };
        }
        if self.state != State::Ongoing {
            next.start_ms = now_ms;
        }
        next.next_producer_id = end.next_producer_id;
        next.version = end.version;
        next
    }

    /// All partitions have their markers.
    pub fn completed(&self, now_ms: i64) -> Transaction {
        let state = match self.state {
            State::PrepareCommit => State::CompleteCommit,
            _ => State::CompleteAbort,
        };
        let mut next = self.step(state, now_ms);
        if self.version >= FIRST_WITH_EPOCH_AT_END && self.next_producer_id != NO_PRODUCER_ID {
            next.producer = ProducerEpoch { id: self.next_producer_id, epoch: 0 };
        }
        next.next_producer_id = NO_PRODUCER_ID;
        next.next_epoch = NO_EPOCH;
        next.partitions = BTreeSet::new();
        next
    }

    /// The marker of a decided transaction.
    pub fn marker(&self, coordinator_epoch: i32) -> EndMarker {
        EndMarker {
            producer_id: self.producer.id,
            producer_epoch: self.producer.epoch,
            coordinator_epoch,
            committed: self.state == State::PrepareCommit,
            transaction_version: i8::try_from(self.version).unwrap_or(i8::MAX),
        }
    }

    /// What holds of every record that is written, and so of every one that is read.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.producer.id < 0 || self.producer.epoch < 0 {
            return Err("a producer has an id and an epoch");
        }
        if self.next_producer_id < NO_PRODUCER_ID {
            return Err("there is no such producer id");
        }
        if self.timeout_ms <= 0 {
            return Err("a timeout is positive");
        }
        let holds = match self.state {
            State::Empty => self.partitions.is_empty() && self.start_ms == NO_TIMESTAMP,
            State::Ongoing | State::PrepareCommit | State::PrepareAbort => self.start_ms >= 0,
            State::CompleteCommit | State::CompleteAbort => {
                self.partitions.is_empty() && self.next_producer_id == NO_PRODUCER_ID
            }
            State::Dead | State::PrepareEpochFence => false,
        };
        if holds { Ok(()) } else { Err("the state does not go with partitions and begin") }
    }

    pub fn invariants(&self) {
        assert_eq!(self.check(), Ok(()), "{self:?}");
    }
}

/// How a transaction is to end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decision {
    pub committed: bool,
    pub version: i16,
    /// Not the producer but another one, or the clock, ends it.
    pub is_fence: bool,
    pub next_producer_id: i64,
}
