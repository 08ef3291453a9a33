//! Replays metadata records: the one place where metadata changes.
//!
//! Lives on: the core that follows the metadata log (shard 0).
//! Promise: a record is applied whole or refused with an error that names what is missing; what a
//! metadata transaction holds is not handed out before its end, and forgotten when it is aborted.
//! Never: does I/O.   Read next: ../hosting/plan.rs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use crate::config::{ConfigResource, overlay};
use crate::metadata::cluster::{Broker, NodeId, VoterSet};
use crate::metadata::image::{Image, Provenance};
use crate::metadata::topics::{Partition, Topic};
use crate::protocol::metadata_records::{
    BrokerRegistrationChangeRecord, ClearElrRecord, ConfigRecord, MetadataRecord,
    PartitionChangeRecord, PartitionRecord, TopicRecord,
};
use shards::format::uuid_text;

/// Why a record cannot follow those before it. To blame: the metadata log, which is damaged or was
/// written by a faulty controller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    #[error("{record} names topic id {}, which does not exist", uuid_text::encode(*.id))]
    UnknownTopic { record: &'static str, id: Uuid },
    #[error("PartitionChangeRecord names partition {partition} of {topic}, which does not exist")]
    UnknownPartition { topic: String, partition: i32 },
    #[error("TopicRecord for {name}, which exists already")]
    DuplicateTopic { name: String },
    #[error("{record} names broker {broker} with epoch {epoch}, which is not registered")]
    UnknownBroker { record: &'static str, broker: NodeId, epoch: i64 },
    #[error("{record} inside of a metadata transaction")]
    NestedTransaction { record: &'static str },
    #[error("{record} outside of a metadata transaction")]
    NoTransaction { record: &'static str },
    #[error("ProducerIdsRecord goes back from {from} to {to}")]
    ProducerIdsGoBack { from: i64, to: i64 },
}

/// What differs between two images.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Topics that were created, deleted or changed, with their partitions that did.
    pub topics: BTreeMap<Uuid, BTreeSet<i32>>,
    pub configs: BTreeSet<ConfigResource>,
    pub brokers: BTreeSet<NodeId>,
    pub features: bool,
    pub security: bool,
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What differs from the empty image.
    pub fn everything(image: &Image) -> Self {
        let topics = image.topics.iter();
        Self {
            topics: topics
                .map(|topic| (topic.id, topic.partitions.keys().copied().collect()))
                .collect(),
            configs: image.configs.resources().map(|(resource, _)| resource.clone()).collect(),
            brokers: image.cluster.brokers.keys().copied().collect(),
            features: true,
            security: true,
        }
    }

    pub fn merge(&mut self, later: Self) {
        for (topic, partitions) in later.topics {
            self.topics.entry(topic).or_default().extend(partitions);
        }
        self.configs.extend(later.configs);
        self.brokers.extend(later.brokers);
        self.features |= later.features;
        self.security |= later.security;
    }
}

/// An image that grows, record by record.
#[derive(Clone, Debug, PartialEq)]
pub struct Delta {
    image: Image,
    changes: Changes,
    /// What was before the open metadata transaction.
    before_transaction: Option<Box<(Image, Changes)>>,
}

impl Delta {
    pub fn new(image: Image) -> Self {
        Self { image, changes: Changes::default(), before_transaction: None }
    }

    /// With all records replayed so far, those of an open transaction included.
    pub fn image(&self) -> &Image {
        &self.image
    }

    /// Without those of an open transaction.
    pub fn committed(&self) -> &Image {
        self.before_transaction.as_ref().map_or(&self.image, |before| &before.0)
    }

    pub fn is_in_transaction(&self) -> bool {
        self.before_transaction.is_some()
    }

    /// The image to publish and how it differs from the one of the last call; none while a
    /// transaction is open.
    pub fn take(&mut self) -> Option<(Image, Changes)> {
        if self.is_in_transaction() {
            return None;
        }
        Some((self.image.clone(), std::mem::take(&mut self.changes)))
    }

    /// Notes the end of a batch.
    pub fn advance(&mut self, provenance: Provenance) {
        self.image.provenance = provenance;
    }

    /// Voters are control records of the log, not metadata records.
    pub fn change_voters(&mut self, change: impl FnOnce(&mut VoterSet)) {
        change(Arc::make_mut(&mut self.image.voters));
        self.changes.features = true;
    }

    pub fn replay(&mut self, record: &MetadataRecord) -> Result<(), ReplayError> {
        use MetadataRecord as M;
        match record {
            M::Topic(record) => self.create_topic(record),
            M::Partition(record) => self.put_partition(record),
            M::PartitionChange(record) => self.change_partition(record),
            M::RemoveTopic(record) => self.remove_topic(record.topic_id),
            M::ClearElr(record) => self.clear_eligible(record),
            M::Config(record) => {
                self.put_config(record);
                Ok(())
            }
            M::ProducerIds(record) => self.advance_producer_ids(record.next_producer_id),
            M::RegisterBroker(_)
            | M::UnregisterBroker(_)
            | M::FenceBroker(_)
            | M::UnfenceBroker(_)
            | M::BrokerRegistrationChange(_)
            | M::RegisterController(_)
            | M::UnregisterController(_) => self.replay_cluster(record),
            M::FeatureLevel(_) | M::ZkMigrationState(_) => {
                self.replay_features(record);
                Ok(())
            }
            M::BeginTransaction(_) | M::EndTransaction(_) | M::AbortTransaction(_) => {
                self.replay_transaction(record)
            }
            M::ClientQuota(_)
            | M::AccessControlEntry(_)
            | M::RemoveAccessControlEntry(_)
            | M::UserScramCredential(_)
            | M::RemoveUserScramCredential(_)
            | M::DelegationToken(_)
            | M::RemoveDelegationToken(_) => {
                self.replay_security(record);
                Ok(())
            }
            M::NoOp(_) => Ok(()),
        }
    }

    fn replay_transaction(&mut self, record: &MetadataRecord) -> Result<(), ReplayError> {
        let name = record.name();
        match (record, self.before_transaction.take()) {
            (MetadataRecord::BeginTransaction(_), None) => {
                let before = (self.image.clone(), self.changes.clone());
                self.before_transaction = Some(Box::new(before));
                Ok(())
            }
            (MetadataRecord::BeginTransaction(_), open) => {
                self.before_transaction = open;
                Err(ReplayError::NestedTransaction { record: name })
            }
            (MetadataRecord::AbortTransaction(_), Some(before)) => {
                (self.image, self.changes) = *before;
                Ok(())
            }
            (_, Some(_)) => Ok(()),
            (_, None) => Err(ReplayError::NoTransaction { record: name }),
        }
    }

    fn create_topic(&mut self, record: &TopicRecord) -> Result<(), ReplayError> {
        let topics = &mut self.image.topics;
        if topics.by_name(&record.name).is_some() || topics.by_id(record.topic_id).is_some() {
            return Err(ReplayError::DuplicateTopic { name: record.name.clone() });
        }
        topics.insert(Topic {
            id: record.topic_id,
            name: Arc::from(record.name.as_str()),
            partitions: Default::default(),
        });
        self.changes.topics.entry(record.topic_id).or_default();
        Ok(())
    }

    fn put_partition(&mut self, record: &PartitionRecord) -> Result<(), ReplayError> {
        let topic = self.topic_mut("PartitionRecord", record.topic_id)?;
        let partition = Arc::new(Partition::from_record(record));
        topic.partitions.insert(record.partition_id, partition);
        self.note_partition(record.topic_id, record.partition_id);
        Ok(())
    }

    fn change_partition(&mut self, record: &PartitionChangeRecord) -> Result<(), ReplayError> {
        let topic = self.topic_mut("PartitionChangeRecord", record.topic_id)?;
        let Some(partition) = topic.partitions.get_mut(&record.partition_id) else {
            return Err(ReplayError::UnknownPartition {
                topic: topic.name.to_string(),
                partition: record.partition_id,
            });
        };
        *partition = Arc::new(partition.changed(record));
        self.note_partition(record.topic_id, record.partition_id);
        Ok(())
    }

    fn remove_topic(&mut self, id: Uuid) -> Result<(), ReplayError> {
        let unknown = ReplayError::UnknownTopic { record: "RemoveTopicRecord", id };
        let topic = self.image.topics.remove(id).ok_or(unknown)?;
        self.changes.topics.entry(id).or_default().extend(topic.partitions.keys());
        let resource = ConfigResource::Topic(topic.name.to_string());
        if !self.image.configs.get(&resource).is_empty() {
            self.image.configs.remove(&resource);
            self.changes.configs.insert(resource);
        }
        Ok(())
    }

    /// An empty name means all topics.
    fn clear_eligible(&mut self, record: &ClearElrRecord) -> Result<(), ReplayError> {
        let topics: Vec<Arc<Topic>> = match record.topic_name.as_str() {
            "" => self.image.topics.iter().cloned().collect(),
            name => self.image.topics.by_name(name).cloned().into_iter().collect(),
        };
        for topic in topics {
            for (partition_id, partition) in topic.partitions.iter() {
                let known = &partition.last_known_eligible;
                if partition.eligible_leader_replicas.is_empty() && known.is_empty() {
                    continue;
                }
                self.change_partition(&PartitionChangeRecord {
                    partition_id: *partition_id,
                    topic_id: topic.id,
                    eligible_leader_replicas: Some(Vec::new()),
                    last_known_elr: Some(Vec::new()),
                    ..Default::default()
                })?;
            }
        }
        Ok(())
    }

    fn put_config(&mut self, record: &ConfigRecord) {
        let ConfigRecord { resource_type, resource_name, name, value } = record;
        let (name, value) = (name.clone(), value.clone());
        match ConfigResource::from_wire(*resource_type, resource_name) {
            Ok(resource) => {
                let record = overlay::ConfigRecord { resource: resource.clone(), name, value };
                self.image.configs.replay(record);
                self.changes.configs.insert(resource);
            }
            Err(_) => {
                let key = (*resource_type, resource_name.clone(), name);
                match value {
                    Some(value) => self.image.foreign_configs.insert(key, value),
                    None => self.image.foreign_configs.remove(&key),
                };
            }
        }
    }

    fn advance_producer_ids(&mut self, to: i64) -> Result<(), ReplayError> {
        match self.image.next_producer_id {
            Some(from) if to <= from => Err(ReplayError::ProducerIdsGoBack { from, to }),
            _ => {
                self.image.next_producer_id = Some(to);
                Ok(())
            }
        }
    }

    fn replay_cluster(&mut self, record: &MetadataRecord) -> Result<(), ReplayError> {
        use MetadataRecord as M;
        let name = record.name();
        let cluster = Arc::make_mut(&mut self.image.cluster);
        let mut change = |id: NodeId, epoch: i64, change: &dyn Fn(&mut Broker)| {
            let unknown = ReplayError::UnknownBroker { record: name, broker: id, epoch };
            let broker = cluster.brokers.get_mut(&id).ok_or(unknown.clone())?;
            if broker.epoch() != epoch {
                return Err(unknown);
            }
            change(broker);
            Ok(id)
        };
        let broker = match record {
            M::FenceBroker(record) => {
                change(record.id, record.epoch, &|broker| broker.registration.fenced = true)
            }
            M::UnfenceBroker(record) => {
                change(record.id, record.epoch, &|broker| broker.registration.fenced = false)
            }
            M::BrokerRegistrationChange(record) => {
                let apply = |broker: &mut Broker| apply_registration_change(broker, record);
                change(record.broker_id, record.broker_epoch, &apply)
            }
            M::RegisterBroker(registration) => {
                let broker = Broker { registration: registration.clone() };
                cluster.brokers.insert(registration.broker_id, broker);
                Ok(registration.broker_id)
            }
            M::UnregisterBroker(record) => {
                cluster.brokers.remove(&record.broker_id);
                Ok(record.broker_id)
            }
            M::RegisterController(record) => {
                cluster.controllers.insert(record.controller_id, record.clone());
                return Ok(());
            }
            M::UnregisterController(record) => {
                cluster.controllers.remove(&record.controller_id);
                return Ok(());
            }
            _ => return Ok(()),
        }?;
        self.changes.brokers.insert(broker);
        Ok(())
    }

    fn replay_features(&mut self, record: &MetadataRecord) {
        let features = Arc::make_mut(&mut self.image.features);
        match record {
            MetadataRecord::FeatureLevel(level) => features.set(&level.name, level.feature_level),
            MetadataRecord::ZkMigrationState(record) => {
                features.zk_migration_state = Some(record.zk_migration_state);
            }
            _ => return,
        }
        self.changes.features = true;
    }

    fn replay_security(&mut self, record: &MetadataRecord) {
        use MetadataRecord as M;
        let security = Arc::make_mut(&mut self.image.security);
        match record {
            M::ClientQuota(record) => security.apply_quota(record),
            M::AccessControlEntry(entry) => {
                security.access_control.insert(entry.id, entry.clone());
            }
            M::RemoveAccessControlEntry(record) => {
                security.access_control.remove(&record.id);
            }
            M::UserScramCredential(credential) => {
                let key = (credential.mechanism, credential.name.clone());
                security.scram_credentials.insert(key, credential.clone());
            }
            M::RemoveUserScramCredential(record) => {
                security.scram_credentials.remove(&(record.mechanism, record.name.clone()));
            }
            M::DelegationToken(token) => {
                security.delegation_tokens.insert(token.token_id.clone(), token.clone());
            }
            M::RemoveDelegationToken(record) => {
                security.delegation_tokens.remove(&record.token_id);
            }
            _ => return,
        }
        self.changes.security = true;
    }

    fn topic_mut(&mut self, record: &'static str, id: Uuid) -> Result<&mut Topic, ReplayError> {
        self.image.topics.topic_mut(id).ok_or(ReplayError::UnknownTopic { record, id })
    }

    fn note_partition(&mut self, topic: Uuid, partition: i32) {
        self.changes.topics.entry(topic).or_default().insert(partition);
    }
}

fn apply_registration_change(broker: &mut Broker, record: &BrokerRegistrationChangeRecord) {
    let registration = &mut broker.registration;
    match record.fenced {
        1 => registration.fenced = true,
        -1 => registration.fenced = false,
        _ => {}
    }
    if record.in_controlled_shutdown == 1 {
        registration.in_controlled_shutdown = true;
    }
    if !record.log_dirs.is_empty() {
        registration.log_dirs = record.log_dirs.clone();
    }
    if let Some(directories) = &record.cordoned_log_dirs {
        registration.cordoned_log_dirs = Some(directories.clone());
    }
}

#[cfg(test)]
mod tests;
