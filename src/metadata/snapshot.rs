//! An image as the records that make it, in the order in which Kafka writes them.

use crate::metadata::image::Image;
use crate::metadata::topics::Topic;
use crate::protocol::metadata_records::client_quota_record::EntityData;
use crate::protocol::metadata_records::{
    ClientQuotaRecord, ConfigRecord, FeatureLevelRecord, MetadataRecord, ProducerIdsRecord,
    TopicRecord, ZkMigrationStateRecord,
};

use super::features::{Features, METADATA_VERSION};

/// A record with the version in which it is to be written.
pub type Versioned = crate::protocol::records::Versioned<MetadataRecord>;

impl Versioned {
    pub fn v0(record: impl Into<MetadataRecord>) -> Self {
        Self { record: record.into(), version: 0 }
    }

    /// In the version that the cluster's `metadata.version` has for this kind of record.
    pub fn at(record: impl Into<MetadataRecord>, features: &Features) -> Self {
        let record = record.into();
        let version = match record {
            MetadataRecord::RegisterBroker(_) => features.register_broker_version(),
            MetadataRecord::BrokerRegistrationChange(_) => {
                features.broker_registration_change_version()
            }
            MetadataRecord::Partition(_) | MetadataRecord::PartitionChange(_) => {
                features.partition_version()
            }
            _ => 0,
        };
        Self { record, version }
    }
}

impl Image {
    /// Hands each record of the snapshot to `write`; stops at its first error.
    ///
    /// The feature levels come first: they decide how the records after them are read.
    pub fn for_each_record<E>(
        &self,
        write: &mut impl FnMut(Versioned) -> Result<(), E>,
    ) -> Result<(), E> {
        self.write_features(write)?;
        self.write_cluster(write)?;
        for topic in self.topics.iter() {
            write_topic(topic, &self.features, write)?;
        }
        self.write_configs(write)?;
        self.write_quotas(write)?;
        if let Some(next_producer_id) = self.next_producer_id {
            let record = ProducerIdsRecord { broker_id: -1, broker_epoch: -1, next_producer_id };
            write(Versioned::v0(record))?;
        }
        self.write_security(write)
    }

    pub fn to_records(&self) -> Vec<Versioned> {
        let mut records = Vec::new();
        let Ok(()) = self.for_each_record::<std::convert::Infallible>(&mut |record| {
            records.push(record);
            Ok(())
        });
        records
    }

    fn write_features<E>(
        &self,
        write: &mut impl FnMut(Versioned) -> Result<(), E>,
    ) -> Result<(), E> {
        let level = |name: &str, feature_level| {
            Versioned::v0(FeatureLevelRecord { name: name.to_owned(), feature_level })
        };
        let levels = self.features.levels();
        if let Some(version) = levels.get(METADATA_VERSION) {
            write(level(METADATA_VERSION, *version))?;
        }
        for (name, feature_level) in levels.iter().filter(|(name, _)| *name != METADATA_VERSION) {
            write(level(name, *feature_level))?;
        }
        match self.features.zk_migration_state {
            Some(zk_migration_state) => {
                write(Versioned::v0(ZkMigrationStateRecord { zk_migration_state }))
            }
            None => Ok(()),
        }
    }

    fn write_cluster<E>(
        &self,
        write: &mut impl FnMut(Versioned) -> Result<(), E>,
    ) -> Result<(), E> {
        for broker in self.cluster.brokers.values() {
            write(Versioned::at(broker.registration.clone(), &self.features))?;
        }
        for controller in self.cluster.controllers.values() {
            write(Versioned::v0(controller.clone()))?;
        }
        Ok(())
    }

    fn write_configs<E>(
        &self,
        write: &mut impl FnMut(Versioned) -> Result<(), E>,
    ) -> Result<(), E> {
        let record = |resource_type, resource: &str, name: &str, value: &str| {
            Versioned::v0(ConfigRecord {
                resource_type,
                resource_name: resource.to_owned(),
                name: name.to_owned(),
                value: Some(value.to_owned()),
            })
        };
        for (resource, values) in self.configs.resources() {
            for (name, value) in values {
                write(record(resource.kind(), &resource.name(), name, value))?;
            }
        }
        for ((resource_type, resource, name), value) in self.foreign_configs.iter() {
            write(record(*resource_type, resource, name, value))?;
        }
        Ok(())
    }

    fn write_quotas<E>(&self, write: &mut impl FnMut(Versioned) -> Result<(), E>) -> Result<(), E> {
        for (entity, quotas) in &self.security.client_quotas {
            let parts = entity.iter().map(|(entity_type, entity_name)| EntityData {
                entity_type: entity_type.clone(),
                entity_name: entity_name.clone(),
            });
            let parts: Vec<EntityData> = parts.collect();
            for (key, value) in quotas {
                write(Versioned::v0(ClientQuotaRecord {
                    entity: parts.clone(),
                    key: key.clone(),
                    value: *value,
                    remove: false,
                }))?;
            }
        }
        Ok(())
    }

    fn write_security<E>(
        &self,
        write: &mut impl FnMut(Versioned) -> Result<(), E>,
    ) -> Result<(), E> {
        for entry in self.security.access_control.values() {
            write(Versioned::v0(entry.clone()))?;
        }
        for credential in self.security.scram_credentials.values() {
            write(Versioned::v0(credential.clone()))?;
        }
        for token in self.security.delegation_tokens.values() {
            write(Versioned::v0(token.clone()))?;
        }
        Ok(())
    }
}

fn write_topic<E>(
    topic: &Topic,
    features: &Features,
    write: &mut impl FnMut(Versioned) -> Result<(), E>,
) -> Result<(), E> {
    write(Versioned::v0(TopicRecord { name: topic.name.to_string(), topic_id: topic.id }))?;
    for (id, partition) in topic.partitions.iter() {
        let record = partition.to_record(topic.id, *id, features.partition_version());
        write(Versioned::at(record, features))?;
    }
    Ok(())
}
