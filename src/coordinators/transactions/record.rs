//! What the coordinator writes into `__transaction_state` and reads back, in Kafka's format.

use super::message::TopicPartition;
use super::state::{NO_EPOCH, State, Transaction};
use crate::coordinators::coordinator::{BadRecord, ProducerEpoch, Record};
use crate::protocol::codec::DecodeCause;
use crate::protocol::transaction_records::transaction_log_value::PartitionsSchema;
use crate::protocol::transaction_records::{
    TransactionKey, TransactionLogKey, TransactionLogValue, TransactionValue,
};
use crate::protocol::{DecodeError, EncodeError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The version of values from transaction.version 1 on: with tagged fields.
const FLEXIBLE_VERSION: i16 = 1;

/// What a record says; no transaction: the id is forgotten.
pub(super) struct Change {
    pub(super) transactional_id: String,
    pub(super) transaction: Option<Transaction>,
}

/// The change a record tells of. None for a record of a later Kafka.
pub(super) fn decode(key: &[u8], value: Option<&[u8]>) -> Result<Option<Change>, BadRecord> {
    let key = match TransactionKey::from_slice(key) {
        Ok(key) => key,
        Err(DecodeError { cause: DecodeCause::UnknownRecordType { .. }, .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let value = value.map(|value| key.value_from_slice(value)).transpose()?;
    let TransactionKey::TransactionLog(TransactionLogKey { transactional_id }) = key;
    let Some(value) = value else {
        return Ok(Some(Change { transactional_id, transaction: None }));
    };
    let TransactionValue::TransactionLog(value) = value.record;
    let transaction = transaction_of(value).ok_or(BadRecord::Unsound("there is no such state"))?;
    transaction.check().map_err(BadRecord::Unsound)?;
    Ok(Some(Change { transactional_id, transaction: Some(transaction) }))
}

fn transaction_of(value: TransactionLogValue) -> Option<Transaction> {
    let state = State::from_id(value.transaction_status)?;
    let mut partitions: BTreeSet<TopicPartition> = BTreeSet::new();
    for PartitionsSchema { topic, partition_ids } in
        value.transaction_partitions.unwrap_or_default()
    {
        let topic: Arc<str> = topic.into();
        partitions.extend(partition_ids.into_iter().map(|index| (topic.clone(), index)));
    }
    Some(Transaction {
        producer: ProducerEpoch { id: value.producer_id, epoch: value.producer_epoch },
        previous_producer_id: value.previous_producer_id,
        next_producer_id: value.next_producer_id,
        next_epoch: value.next_producer_epoch,
        last_epoch: NO_EPOCH,
        timeout_ms: value.transaction_timeout_ms,
        state,
        partitions,
        start_ms: value.transaction_start_timestamp_ms,
        updated_ms: value.transaction_last_update_timestamp_ms,
        version: value.client_transaction_version,
    })
}

/// The record at the cluster's `transaction.version`.
pub(super) fn encode(
    transactional_id: &str,
    transaction: Option<&Transaction>,
    version: i16,
) -> Result<Record, EncodeError> {
    let key = TransactionLogKey { transactional_id: transactional_id.to_owned() };
    let key = TransactionKey::TransactionLog(key).to_vec()?;
    let value_version = version.clamp(0, FLEXIBLE_VERSION);
    let encode = |transaction: &Transaction| {
        TransactionValue::TransactionLog(value_of(transaction, value_version)).to_vec(value_version)
    };
    Ok(Record { key, value: transaction.map(encode).transpose()? })
}

fn value_of(transaction: &Transaction, value_version: i16) -> TransactionLogValue {
    let mut by_topic: BTreeMap<&Arc<str>, Vec<i32>> = BTreeMap::new();
    for (topic, index) in &transaction.partitions {
        by_topic.entry(topic).or_default().push(*index);
    }
    let partitions = by_topic.into_iter().map(|(topic, partition_ids)| PartitionsSchema {
        topic: topic.as_ref().to_owned(),
        partition_ids,
    });
    let has_partitions = transaction.state != State::Empty;
    let value = TransactionLogValue {
        producer_id: transaction.producer.id,
        producer_epoch: transaction.producer.epoch,
        transaction_timeout_ms: transaction.timeout_ms,
        transaction_status: transaction.state.id(),
        transaction_partitions: has_partitions.then(|| partitions.collect()),
        transaction_last_update_timestamp_ms: transaction.updated_ms,
        transaction_start_timestamp_ms: transaction.start_ms,
        ..TransactionLogValue::default()
    };
    if value_version < FLEXIBLE_VERSION {
        return value;
    }
    TransactionLogValue {
        previous_producer_id: transaction.previous_producer_id,
        next_producer_id: transaction.next_producer_id,
        next_producer_epoch: transaction.next_epoch,
        client_transaction_version: transaction.version,
        ..value
    }
}
