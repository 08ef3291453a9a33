//! What can be asked of transactions and done to them from outside.

use std::collections::BTreeMap;

use super::cluster::{Cluster, TopicPartition};
use super::connection::Address;
use super::error::{ClientError, check};
use super::group::coordinator_of;
use crate::protocol::describe_producers::response::ProducerState;
use crate::protocol::{
    describe_producers, describe_transactions, init_producer_id, list_transactions,
    write_txn_markers,
};

const KIND_TRANSACTION: i8 = 1;
/// The timeout that a producer asks for which only ends a transaction.
const TIMEOUT_MS: i32 = 60_000;

pub use describe_transactions::response::TransactionState as Described;
pub use list_transactions::response::TransactionState as Listed;

/// A partition's producer with an open transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenProducer {
    pub partition: TopicPartition,
    pub producer_id: i64,
    pub producer_epoch: i32,
    pub coordinator_epoch: i32,
    pub last_timestamp_ms: i64,
    pub start_offset: i64,
}

fn coordinator(cluster: &mut Cluster, id: &str) -> Result<Address, ClientError> {
    coordinator_of(cluster, KIND_TRANSACTION, id, || {
        format!("the coordinator of transactions of {id}")
    })
}

/// The transactional ids of all brokers; of these producers, if any are given.
pub fn list(cluster: &mut Cluster, producer_ids: &[i64]) -> Result<Vec<Listed>, ClientError> {
    let request = list_transactions::Request {
        producer_id_filters: producer_ids.to_vec(),
        ..Default::default()
    };
    cluster.retry(|cluster| {
        let nodes: Vec<i32> = cluster.brokers().keys().copied().collect();
        let mut listed = Vec::new();
        for node in nodes {
            let response = cluster.call_node(node, &request)?;
            check(response.error_code, None, || format!("transactions of broker {node}"))?;
            listed.extend(response.transaction_states);
        }
        listed.sort_by(|a, b| a.transactional_id.cmp(&b.transactional_id));
        Ok(listed)
    })
}

pub fn describe(cluster: &mut Cluster, id: &str) -> Result<Described, ClientError> {
    cluster.retry(|cluster| {
        let address = coordinator(cluster, id)?;
        let transactional_ids = vec![id.to_owned()];
        let request = describe_transactions::Request { transactional_ids };
        let described = cluster.call_at(&address, &request)?.transaction_states.into_iter().next();
        let subject = || format!("transactional id {id}");
        let described = described
            .ok_or_else(|| ClientError::refused(-1, Some("it was not described"), subject))?;
        check(described.error_code, None, subject)?;
        Ok(described)
    })
}

/// Aborts the open transaction of an id and fences its producer, as a new producer would.
pub fn fence(cluster: &mut Cluster, id: &str) -> Result<(), ClientError> {
    cluster.retry(|cluster| {
        let address = coordinator(cluster, id)?;
        let request = init_producer_id::Request {
            transactional_id: Some(id.to_owned()),
            transaction_timeout_ms: TIMEOUT_MS,
            ..Default::default()
        };
        let response = cluster.call_at(&address, &request)?;
        check(response.error_code, None, || format!("transactional id {id}"))
    })
}

/// Producers with open transactions in the partitions, each asked of its leader.
pub fn open_producers(
    cluster: &mut Cluster,
    partitions: &[TopicPartition],
) -> Result<Vec<OpenProducer>, ClientError> {
    let mut open = Vec::new();
    for partition in partitions {
        for producer in producers_of(cluster, partition)? {
            if producer.current_txn_start_offset >= 0 {
                open.push(OpenProducer {
                    partition: partition.clone(),
                    producer_id: producer.producer_id,
                    producer_epoch: producer.producer_epoch,
                    coordinator_epoch: producer.coordinator_epoch,
                    last_timestamp_ms: producer.last_timestamp,
                    start_offset: producer.current_txn_start_offset,
                });
            }
        }
    }
    Ok(open)
}

fn producers_of(
    cluster: &mut Cluster,
    partition: &TopicPartition,
) -> Result<Vec<ProducerState>, ClientError> {
    cluster.retry(|cluster| {
        let leader = cluster.leader(&partition.topic, partition.partition)?;
        let topic = describe_producers::request::TopicRequest {
            name: partition.topic.clone(),
            partition_indexes: vec![partition.partition],
        };
        let request = describe_producers::Request { topics: vec![topic] };
        let response = cluster.call_node(leader, &request)?;
        let mut producers = Vec::new();
        for told in response.topics.into_iter().flat_map(|topic| topic.partitions) {
            check(told.error_code, told.error_message.as_deref(), || partition.to_string())?;
            producers.extend(told.active_producers);
        }
        Ok(producers)
    })
}

/// Of the open producers, those whose transaction no coordinator knows of: only an operator ends
/// it.
pub fn hanging(
    cluster: &mut Cluster,
    open: Vec<OpenProducer>,
) -> Result<Vec<OpenProducer>, ClientError> {
    let mut ids: Vec<i64> = open.iter().map(|producer| producer.producer_id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut known: BTreeMap<i64, Vec<Described>> = BTreeMap::new();
    for listed in list(cluster, &ids)? {
        let described = describe(cluster, &listed.transactional_id)?;
        known.entry(listed.producer_id).or_default().push(described);
    }
    let is_coordinated = |producer: &OpenProducer| {
        known.get(&producer.producer_id).is_some_and(|described| {
            let partitions = described.iter().flat_map(|described| &described.topics);
            partitions.into_iter().any(|topic| {
                topic.topic == producer.partition.topic
                    && topic.partitions.contains(&producer.partition.partition)
            })
        })
    };
    Ok(open.into_iter().filter(|producer| !is_coordinated(producer)).collect())
}

/// Ends a transaction that no coordinator knows of, in its one partition.
pub fn abort_hanging(cluster: &mut Cluster, open: &OpenProducer) -> Result<(), ClientError> {
    let leader = cluster.leader(&open.partition.topic, open.partition.partition)?;
    let topic = write_txn_markers::request::WritableTxnMarkerTopic {
        name: open.partition.topic.clone(),
        partition_indexes: vec![open.partition.partition],
    };
    let marker = write_txn_markers::request::WritableTxnMarker {
        producer_id: open.producer_id,
        producer_epoch: i16::try_from(open.producer_epoch).unwrap_or(i16::MAX),
        transaction_result: false,
        topics: vec![topic],
        coordinator_epoch: open.coordinator_epoch.max(0),
        ..Default::default()
    };
    let request = write_txn_markers::Request { markers: vec![marker] };
    let response = cluster.call_node(leader, &request)?;
    let outcomes = response.markers.into_iter().flat_map(|marker| marker.topics);
    for outcome in outcomes.flat_map(|topic| topic.partitions) {
        check(outcome.error_code, None, || open.partition.to_string())?;
    }
    Ok(())
}
