//! Changes of configurations: what is refused, and the records of what changes.
//!
//! What the keys mean is declared elsewhere (`src/config`) and asked through `ConfigRules`.

use std::collections::BTreeMap;

use crate::controller::create_topics::check_number_of_records;
use crate::controller::refusal::{Cause, Refusal};
use crate::controller::{Controller, Outcome};
use crate::metadata::{ConfigResource, Image, ResourceType, Versioned};
use crate::protocol::metadata_records::{ClearElrRecord, ConfigRecord};

pub const MIN_IN_SYNC_REPLICAS: &str = "min.insync.replicas";

/// What the declarations of the configuration keys answer.
pub trait ConfigRules {
    /// Checks all values that the resource will have together.
    fn validate(
        &self,
        resource: &ConfigResource,
        values: &BTreeMap<String, String>,
    ) -> Result<(), Refusal>;

    /// The value of a list key that is not set (none: empty); none if it is not a list.
    fn list_default(&self, resource_type: ResourceType, name: &str) -> Option<Option<String>>;

    /// What holds for a topic with these values of its own, in the order of the names.
    fn effective_topic(
        &self,
        values: &BTreeMap<String, String>,
        image: &Image,
    ) -> Vec<EffectiveConfig>;
}

/// A value in force, as CreateTopics reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveConfig {
    pub name: String,
    /// None if it is sensitive.
    pub value: Option<String>,
    pub read_only: bool,
    /// Kafka's number of the source.
    pub source: i8,
    pub sensitive: bool,
}

/// What is to happen to one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Set(String),
    Delete,
    Append(String),
    Subtract(String),
}

/// What became of the changes of one resource.
pub type ConfigResults = Vec<(ConfigResource, Result<(), Refusal>)>;

impl Controller {
    /// Changes some keys of each resource. A resource is changed whole or not at all.
    pub fn incremental_alter_configs(
        &self,
        requested: &[(ConfigResource, Vec<(String, Change)>)],
        validate_only: bool,
    ) -> Result<Outcome<ConfigResults>, Refusal> {
        self.alter(requested, validate_only, |resource, changes| {
            let (records, values) = self.changed(resource, changes)?;
            self.check_exists(resource)?;
            self.check_change(resource, &values, &records)?;
            Ok(records)
        })
    }

    /// Replaces all keys of each resource.
    pub fn alter_configs(
        &self,
        requested: &[(ConfigResource, BTreeMap<String, String>)],
        validate_only: bool,
    ) -> Result<Outcome<ConfigResults>, Refusal> {
        self.alter(requested, validate_only, |resource, values| {
            let current = self.current(resource);
            let set = values.iter().filter(|(name, value)| {
                resource.resource_type == ResourceType::BROKER || current.get(*name) != Some(value)
            });
            let set = set.map(|(name, value)| record(resource, name, Some(value)));
            let dropped = current.keys().filter(|name| !values.contains_key(*name));
            let dropped = dropped.map(|name| record(resource, name, None));
            let records: Vec<ConfigRecord> = set.chain(dropped).collect();
            self.check_exists(resource)?;
            self.check_change(resource, values, &records)?;
            Ok(records)
        })
    }

    fn alter<T>(
        &self,
        requested: &[(ConfigResource, T)],
        validate_only: bool,
        decide: impl Fn(&ConfigResource, &T) -> Result<Vec<ConfigRecord>, Refusal>,
    ) -> Result<Outcome<ConfigResults>, Refusal> {
        let mut records = Vec::new();
        let mut results = Vec::with_capacity(requested.len());
        for (resource, wanted) in requested {
            let result = decide(resource, wanted).map(|changed| {
                let cleared = self.clears_eligible_replicas(resource, &changed);
                records.extend(changed.into_iter().map(Versioned::v0));
                records.extend(cleared.map(Versioned::v0));
            });
            results.push((resource.clone(), result));
            check_number_of_records(&records)?;
        }
        if validate_only {
            records.clear();
        }
        Ok(Outcome::atomic(records, results))
    }

    /// The records for a resource that comes to be with these values.
    pub(super) fn change_new_resource(
        &self,
        resource: &ConfigResource,
        changes: &[(String, Change)],
    ) -> Result<Vec<Versioned>, Refusal> {
        let (records, values) = self.changed(resource, changes)?;
        self.rules.validate(resource, &values)?;
        Ok(records.into_iter().map(Versioned::v0).collect())
    }

    fn current(&self, resource: &ConfigResource) -> BTreeMap<String, String> {
        self.image().config(resource).map(|values| (**values).clone()).unwrap_or_default()
    }

    /// The records of the changes, and all values that the resource has after them.
    ///
    /// A broker's value is written even if it is the same, so that the broker loads it again.
    fn changed(
        &self,
        resource: &ConfigResource,
        changes: &[(String, Change)],
    ) -> Result<(Vec<ConfigRecord>, BTreeMap<String, String>), Refusal> {
        let current = self.current(resource);
        let mut values = current.clone();
        let mut records = Vec::new();
        for (name, change) in changes {
            let value = self.apply(resource, name, change, current.get(name))?;
            let same = current.get(name) == value.as_ref();
            if !same || resource.resource_type == ResourceType::BROKER {
                records.push(record(resource, name, value.as_ref()));
            }
            match value {
                Some(value) => values.insert(name.clone(), value),
                None => values.remove(name),
            };
        }
        Ok((records, values))
    }

    fn apply(
        &self,
        resource: &ConfigResource,
        name: &str,
        change: &Change,
        current: Option<&String>,
    ) -> Result<Option<String>, Refusal> {
        let (operation, items) = match change {
            Change::Set(value) => return Ok(Some(value.clone())),
            Change::Delete => return Ok(None),
            Change::Append(items) => ("APPEND", items),
            Change::Subtract(items) => ("SUBTRACT", items),
        };
        let default = self.rules.list_default(resource.resource_type, name).ok_or_else(|| {
            Refusal::new(
                Cause::InvalidConfig,
                format!("Can't {operation} to key {name} because its type is not LIST."),
            )
        })?;
        let value = current.cloned().or(default).unwrap_or_default();
        let mut list: Vec<&str> = value.split(',').filter(|item| !item.is_empty()).collect();
        for item in items.split(',') {
            let position = list.iter().position(|other| *other == item);
            match (change, position) {
                (Change::Append(_), None) => list.push(item),
                (Change::Subtract(_), Some(position)) => {
                    list.remove(position);
                }
                _ => {}
            }
        }
        Ok(Some(list.join(",")))
    }

    fn check_exists(&self, resource: &ConfigResource) -> Result<(), Refusal> {
        let ConfigResource { resource_type, name } = resource;
        let image = self.image();
        match *resource_type {
            ResourceType::BROKER | ResourceType::BROKER_LOGGER if !name.is_empty() => {
                let Ok(id) = name.parse::<i32>() else {
                    let message = format!("Invalid broker name {name}");
                    return Err(Refusal::new(Cause::InvalidRequest, message));
                };
                let cluster = &image.cluster;
                if cluster.broker(id).is_none() && !cluster.controllers.contains_key(&id) {
                    let message = format!("No node with id {id} found.");
                    return Err(Refusal::new(Cause::UnknownBroker, message));
                }
                Ok(())
            }
            ResourceType::TOPIC if image.topics.by_name(name).is_none() => Err(Refusal::new(
                Cause::UnknownTopic,
                format!("The topic '{name}' does not exist."),
            )),
            _ => Ok(()),
        }
    }

    fn check_change(
        &self,
        resource: &ConfigResource,
        values: &BTreeMap<String, String>,
        records: &[ConfigRecord],
    ) -> Result<(), Refusal> {
        self.check_min_in_sync_replicas(resource, records)?;
        self.rules.validate(resource, values)
    }

    /// Eligible leader replicas need one value of the cluster that is always there.
    fn check_min_in_sync_replicas(
        &self,
        resource: &ConfigResource,
        records: &[ConfigRecord],
    ) -> Result<(), Refusal> {
        let mut changed = records.iter().filter(|record| record.name == MIN_IN_SYNC_REPLICAS);
        let is_broker = resource.resource_type == ResourceType::BROKER;
        if !is_broker || !self.image().features.has_eligible_leader_replicas() {
            return Ok(());
        }
        let message = match changed.next() {
            Some(_) if !resource.name.is_empty() => {
                "Broker-level min.insync.replicas cannot be altered while ELR is enabled."
            }
            Some(record) if record.value.is_none() => {
                "Cluster-level min.insync.replicas cannot be removed while ELR is enabled."
            }
            _ => return Ok(()),
        };
        Err(Refusal::new(Cause::InvalidConfig, message))
    }

    /// A new minimum makes what was eligible under the old one meaningless.
    fn clears_eligible_replicas(
        &self,
        resource: &ConfigResource,
        records: &[ConfigRecord],
    ) -> Option<ClearElrRecord> {
        let changes = records.iter().any(|record| record.name == MIN_IN_SYNC_REPLICAS);
        if !changes || !self.image().features.has_eligible_leader_replicas() {
            return None;
        }
        let topic_name = match resource.resource_type {
            ResourceType::TOPIC => resource.name.clone(),
            ResourceType::BROKER => String::new(),
            _ => return None,
        };
        Some(ClearElrRecord { topic_name })
    }
}

fn record(resource: &ConfigResource, name: &str, value: Option<&String>) -> ConfigRecord {
    ConfigRecord {
        resource_type: resource.resource_type.0,
        resource_name: resource.name.clone(),
        name: name.to_owned(),
        value: value.cloned(),
    }
}
