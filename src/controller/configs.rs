//! Changes of configurations: whether the resource exists, and the records of what changes.
//!
//! What the keys mean and which values they take is decided by `config::alter`.

use crate::config::alter::{self, Blame};
use crate::config::describe::{self, Source};
use crate::config::overlay::{self, Overrides};
use crate::config::{Change, ConfigError, ConfigResource, Overlay, View};
use crate::controller::create_topics::check_number_of_records;
use crate::controller::refusal::{Cause, Refusal};
use crate::controller::{Controller, Outcome};
use crate::metadata::Versioned;
use crate::protocol::metadata_records::{ClearElrRecord, ConfigRecord};

pub const MIN_IN_SYNC_REPLICAS: &str = "min.insync.replicas";

/// A value in force, as CreateTopics reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EffectiveConfig {
    pub name: String,
    /// None if it is sensitive.
    pub value: Option<String>,
    pub is_read_only: bool,
    pub source: Source,
    pub is_sensitive: bool,
}

/// What became of the changes of one resource.
pub type ConfigResults = Vec<(ConfigResource, Result<(), Refusal>)>;

impl From<ConfigError> for Refusal {
    fn from(error: ConfigError) -> Self {
        let cause = match error.blame() {
            Blame::Request => Cause::InvalidRequest,
            Blame::TopicName => Cause::InvalidTopicName,
            Blame::Configuration => Cause::InvalidConfig,
        };
        Refusal::new(cause, error.to_string())
    }
}

/// All keys of a resource, each with its value or none.
pub type Replacement = Vec<(String, Option<String>)>;

impl Controller {
    /// Changes some keys of each resource. A resource is changed whole or not at all.
    pub fn incremental_alter_configs(
        &self,
        requested: &[(ConfigResource, Vec<Change>)],
        validate_only: bool,
    ) -> Result<Outcome<ConfigResults>, Refusal> {
        self.alter(requested, validate_only, |resource, changes| {
            alter::incremental(self.view(&self.image().configs), resource, changes)
        })
    }

    /// Replaces all keys of each resource.
    pub fn alter_configs(
        &self,
        requested: &[(ConfigResource, Replacement)],
        validate_only: bool,
    ) -> Result<Outcome<ConfigResults>, Refusal> {
        self.alter(requested, validate_only, |resource, configs| {
            alter::replace(self.view(&self.image().configs), resource, configs)
        })
    }

    fn alter<T>(
        &self,
        requested: &[(ConfigResource, T)],
        validate_only: bool,
        decide: impl Fn(&ConfigResource, &T) -> Result<Vec<overlay::ConfigRecord>, ConfigError>,
    ) -> Result<Outcome<ConfigResults>, Refusal> {
        let mut records = Vec::new();
        let mut results = Vec::with_capacity(requested.len());
        for (resource, wanted) in requested {
            // What is wrong with the values comes before what is wrong with the resource.
            let decided = decide(resource, wanted).map_err(Refusal::from);
            let decided = decided.and_then(|records| self.check_exists(resource).map(|()| records));
            let result = decided.map(|changed| {
                let cleared = self.clears_eligible_replicas(resource, &changed);
                records.extend(changed.into_iter().map(config_record));
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

    /// The records for a topic that comes to be with these values, and what will hold for it.
    pub(super) fn configure_new_topic(
        &self,
        topic: &str,
        configs: &[(String, Option<String>)],
    ) -> Result<(Vec<Versioned>, Vec<EffectiveConfig>), Refusal> {
        let overlay = &self.image().configs;
        let overrides: Overrides = alter::create_topic(self.view(overlay), configs)?;
        let resource = ConfigResource::Topic(topic.to_owned());
        let mut with_topic = overlay.clone();
        let mut records = Vec::with_capacity(overrides.len());
        for (name, value) in overrides {
            let (resource, value) = (resource.clone(), Some(value));
            let record = overlay::ConfigRecord { resource, name, value };
            with_topic.replay(record.clone());
            records.push(config_record(record));
        }
        let entries = describe::topic(self.view(&with_topic), topic).into_iter();
        let mut effective: Vec<EffectiveConfig> = entries
            .map(|entry| EffectiveConfig {
                name: entry.name,
                value: entry.value,
                is_read_only: entry.is_read_only,
                source: entry.source,
                is_sensitive: entry.is_sensitive,
            })
            .collect();
        effective.sort_by(|one, other| one.name.cmp(&other.name));
        Ok((records, effective))
    }

    pub(super) fn view<'v>(&'v self, overlay: &'v Overlay) -> View<'v> {
        View {
            node_id: self.options.node_id,
            settings: &self.options.settings,
            overlay,
            eligible_leader_replicas: self.image().features.has_eligible_leader_replicas(),
        }
    }

    fn check_exists(&self, resource: &ConfigResource) -> Result<(), Refusal> {
        let image = self.image();
        match resource {
            ConfigResource::Broker(Some(id)) | ConfigResource::BrokerLogger(id) => {
                let cluster = &image.cluster;
                if cluster.broker(*id).is_some() || cluster.controllers.contains_key(id) {
                    return Ok(());
                }
                Err(Refusal::new(Cause::UnknownBroker, format!("No node with id {id} found.")))
            }
            ConfigResource::Topic(name) if image.topics.by_name(name).is_none() => {
                let message = format!("The topic '{name}' does not exist.");
                Err(Refusal::new(Cause::UnknownTopic, message))
            }
            _ => Ok(()),
        }
    }

    /// A new minimum makes what was eligible under the old one meaningless.
    fn clears_eligible_replicas(
        &self,
        resource: &ConfigResource,
        records: &[overlay::ConfigRecord],
    ) -> Option<ClearElrRecord> {
        let changes = records.iter().any(|record| record.name == MIN_IN_SYNC_REPLICAS);
        if !changes || !self.image().features.has_eligible_leader_replicas() {
            return None;
        }
        match resource {
            ConfigResource::Topic(name) => Some(ClearElrRecord { topic_name: name.clone() }),
            ConfigResource::Broker(_) => Some(ClearElrRecord { topic_name: String::new() }),
            _ => None,
        }
    }
}

fn config_record(record: overlay::ConfigRecord) -> Versioned {
    let overlay::ConfigRecord { resource, name, value } = record;
    Versioned::v0(ConfigRecord {
        resource_type: resource.kind(),
        resource_name: resource.name(),
        name,
        value,
    })
}
