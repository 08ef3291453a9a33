//! Requests, replies and commands of the coordinator, free of protocol versions.

use super::error::TransactionError;
use super::marker::EndMarker;
use super::state::State;
use crate::coordinators::coordinator::ProducerEpoch;
use std::sync::Arc;

/// A partition by the name of its topic, as records of `__transaction_state` have it.
pub type TopicPartition = (Arc<str>, i32);

#[derive(Clone, Debug)]
pub enum Request {
    Init(InitProducer),
    Add(AddPartitions),
    /// Whether the partitions are part of the producer's transaction.
    Verify(AddPartitions),
    End(EndTransaction),
    /// Every partition of the transaction has its marker.
    MarkersWritten {
        transactional_id: String,
        marker: EndMarker,
    },
    Describe(Vec<String>),
    List(ListTransactions),
}

#[derive(Clone, Debug)]
pub struct InitProducer {
    pub transactional_id: String,
    pub timeout_ms: i32,
    /// The transaction stays open until the client decides (KIP-939).
    pub is_two_phase: bool,
    /// What the client has been until now (KIP-360).
    pub expected: Option<ProducerEpoch>,
    /// An id that no producer has had, once the reply was `NeedsProducerId`.
    pub fresh_producer_id: Option<i64>,
}

#[derive(Clone, Debug)]
pub struct AddPartitions {
    pub transactional_id: String,
    pub producer: ProducerEpoch,
    pub partitions: Vec<TopicPartition>,
    /// The version of the protocol of transactions that the client speaks: 0 or 2.
    pub version: i16,
}

#[derive(Clone, Debug)]
pub struct EndTransaction {
    pub transactional_id: String,
    pub producer: ProducerEpoch,
    pub committed: bool,
    /// As in `AddPartitions`.
    pub version: i16,
    /// As in `InitProducer`.
    pub fresh_producer_id: Option<i64>,
}

/// Empty filters let everything through.
#[derive(Clone, Debug, Default)]
pub struct ListTransactions {
    pub states: Vec<State>,
    pub producer_ids: Vec<i64>,
    /// Only those that have been open for longer.
    pub duration_ms: Option<i64>,
    /// A regular expression for the whole of the transactional id.
    pub pattern: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    Initialized(ProducerEpoch),
    /// Ask again with a fresh producer id.
    NeedsProducerId,
    Added,
    /// One for each partition, in order.
    Verified(Vec<Result<(), TransactionError>>),
    /// What the producer is from now on.
    Ended(ProducerEpoch),
    Noted,
    /// One for each id, in order.
    Described(Vec<Result<Described, TransactionError>>),
    Listed(Vec<Listed>),
    Refused(TransactionError),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    pub producer: ProducerEpoch,
    pub state: State,
    pub timeout_ms: i32,
    pub start_ms: i64,
    pub partitions: Vec<TopicPartition>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    pub transactional_id: String,
    pub producer_id: i64,
    pub state: State,
}

/// What the host does for the coordinator.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Writes the marker to the partitions, wherever they are led, until each has it, and tells so
    /// by `MarkersWritten`. Given out once the decision is durable.
    WriteMarkers { transactional_id: String, marker: EndMarker, partitions: Vec<TopicPartition> },
}
