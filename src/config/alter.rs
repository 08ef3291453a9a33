//! Changes that administrators ask for: checked as Kafka checks them, and turned into records.
//!
//! Promise: all changes of a resource or none; nothing changes here, the records are the result.
//! Never: knows whether a topic exists (the handler does).   Read next: validate.rs.

use std::collections::{BTreeMap, BTreeSet};

use shards::entropy::HashSet;

use super::broker::check_values;
use super::keys::{Key, Kind, Scope};
use super::limits;
use super::overlay::{ConfigRecord, ConfigResource, Overrides, View};
use super::validate;
use super::value::InvalidValue;
use crate::metadata::topic_name;
use crate::protocol::codec::STRING_BYTES_MAX;

/// One change of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub name: String,
    pub operation: Operation,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    Set(String),
    Delete,
    /// Adds elements to a list.
    Append(String),
    /// Takes elements out of a list.
    Subtract(String),
}

/// Why a change is refused. Texts that tools show are worded as Kafka words them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("Error due to duplicate config keys")]
    DuplicateKeys,
    #[error("Null value not supported for : {}", .names.join(", "))]
    NullValues { names: Vec<String> },
    #[error("Unknown operations type {0}")]
    UnknownOperation(i8),
    #[error("Unknown topic config name: {name}")]
    UnknownTopicKey { name: String },
    #[error("Unknown group config name: {name}")]
    UnknownGroupKey { name: String },
    #[error("Unknown client metrics configuration: {name}")]
    UnknownClientMetricsKey { name: String },
    #[error("Unknown config name: {name}")]
    UnknownBrokerKey { name: String },
    #[error("{0}")]
    InvalidValue(#[from] InvalidValue),
    #[error("{0}")]
    InvalidBrokerValue(InvalidValue),
    #[error(
        "Error parsing configuration property 'max.connections.per.ip.overrides': `{0}` is \
         not of the form host:count"
    )]
    InvalidConnectionOverrides(String),
    #[error("Can't {operation} to key {name} because its type is not LIST.")]
    NotAList { name: String, operation: &'static str },
    #[error(
        "Config value {} is not allowed for config key: {name}",
        operation.to_ascii_lowercase()
    )]
    BrokerKeyNotAList { name: String, operation: &'static str },
    #[error("Cannot update these configs dynamically: [{}]", .names.join(", "))]
    NotDynamic { names: Vec<String> },
    #[error(
        "These security configs can be dynamically updated only per-listener using the listener \
         prefix: [{}]", .names.join(",
        ")
    )]
    NoListenerPrefix { names: Vec<String> },
    #[error(
        "Cannot update these configs at default cluster level, broker id must be specified: \
         [{}]", .names.join(",
        ")
    )]
    PerBrokerOnly { names: Vec<String> },
    #[error("Unexpected broker id, expected {expected}, but received {received}")]
    OtherBroker { expected: i32, received: i32 },
    /// The broker could not start with what would result.
    #[error("{0}")]
    BrokerRule(String),
    #[error("{0}")]
    Conflict(String),
    #[error("{0}")]
    InvalidTopicName(String),
    #[error("Default topic resources are not allowed.")]
    DefaultTopic,
    #[error("Default group resources are not allowed.")]
    DefaultGroup,
    #[error("Subscription name can't be empty")]
    DefaultSubscription,
    #[error(
        "Invalid value {value} for interval.ms, interval must be between 100 and 3600000 (1 hour)"
    )]
    SubscriptionInterval { value: i64 },
    #[error("Illegal client matching pattern: {pattern}")]
    SubscriptionPattern { pattern: String },
    #[error(
        "Tiered Storage functionality is disabled in the broker. Topic cannot be configured \
         with remote log storage."
    )]
    NoTieredStorage,
    #[error("more than {max} keys would be set", max = limits::OVERRIDES_MAX)]
    TooMany,
    #[error("Logger {name} does not exist!")]
    UnknownLogger { name: String },
    #[error(
        "Cannot set the log level of {name} to {level}: it is none of FATAL, ERROR, WARN, \
         INFO, DEBUG, TRACE"
    )]
    UnknownLevel { name: String, level: String },
    #[error("{operation} operation is not allowed for the BROKER_LOGGER resource")]
    LoggerOperation { operation: &'static str },
    #[error("Removing the log level of the root logger is not allowed")]
    RootLogger,
    #[error("Unknown resource type {kind}")]
    NotAlterable { kind: i8 },
}

/// What a refusal means to the client; the handler gives each its error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The request itself is wrong.
    Request,
    TopicName,
    /// The configuration that would result is wrong.
    Configuration,
}

impl ConfigError {
    pub fn blame(&self) -> Blame {
        match self {
            Self::InvalidTopicName(_) => Blame::TopicName,
            Self::DuplicateKeys
            | Self::NullValues { .. }
            | Self::UnknownOperation(_)
            | Self::UnknownClientMetricsKey { .. }
            | Self::InvalidBrokerValue(_)
            | Self::InvalidConnectionOverrides(_)
            | Self::NotDynamic { .. }
            | Self::NoListenerPrefix { .. }
            | Self::PerBrokerOnly { .. }
            | Self::OtherBroker { .. }
            | Self::BrokerRule(_)
            | Self::DefaultTopic
            | Self::DefaultGroup
            | Self::DefaultSubscription
            | Self::SubscriptionInterval { .. }
            | Self::LoggerOperation { .. }
            | Self::RootLogger
            | Self::NotAlterable { .. } => Blame::Request,
            Self::UnknownTopicKey { .. }
            | Self::UnknownGroupKey { .. }
            | Self::UnknownBrokerKey { .. }
            | Self::InvalidValue(_)
            | Self::NotAList { .. }
            | Self::BrokerKeyNotAList { .. }
            | Self::Conflict(_)
            | Self::SubscriptionPattern { .. }
            | Self::NoTieredStorage
            | Self::TooMany
            | Self::UnknownLogger { .. }
            | Self::UnknownLevel { .. } => Blame::Configuration,
        }
    }
}

impl Operation {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Set(_) => "SET",
            Self::Delete => "DELETE",
            Self::Append(_) => "APPEND",
            Self::Subtract(_) => "SUBTRACT",
        }
    }
}

/// One change as it stands in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requested {
    pub name: String,
    pub operation: i8,
    pub value: Option<String>,
}

/// The changes that a request names, each key once.
pub fn changes(requested: Vec<Requested>) -> Result<Vec<Change>, ConfigError> {
    check_once(requested.iter().map(|one| one.name.as_str()))?;
    let needs_value = |one: &&Requested| one.operation != DELETE && one.value.is_none();
    let names: Vec<String> =
        requested.iter().filter(needs_value).map(|one| one.name.clone()).collect();
    if !names.is_empty() {
        return Err(ConfigError::NullValues { names });
    }
    let change = |one: Requested| {
        let value = one.value.unwrap_or_default();
        let operation = match one.operation {
            SET => Operation::Set(value),
            DELETE => Operation::Delete,
            APPEND => Operation::Append(value),
            SUBTRACT => Operation::Subtract(value),
            other => return Err(ConfigError::UnknownOperation(other)),
        };
        Ok(Change { name: one.name, operation })
    };
    requested.into_iter().map(change).collect()
}

const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

/// IncrementalAlterConfigs: the records that bring the changes about.
pub fn incremental(
    view: View<'_>,
    resource: &ConfigResource,
    changes: &[Change],
) -> Result<Vec<ConfigRecord>, ConfigError> {
    check_once(changes.iter().map(|change| change.name.as_str()))?;
    let current = view.overlay.get(resource);
    let mut wanted = BTreeMap::new();
    for change in changes {
        let value = match &change.operation {
            Operation::Set(value) => Some(value.clone()),
            Operation::Delete => None,
            Operation::Append(_) | Operation::Subtract(_) => {
                Some(edit_list(resource, change, current.get(&change.name))?)
            }
        };
        wanted.insert(change.name.clone(), value);
    }
    let records = records(resource, current, wanted);
    check_result(view, resource, current, &records)?;
    Ok(records)
}

/// AlterConfigs: what is given replaces everything that is set.
pub fn replace(
    view: View<'_>,
    resource: &ConfigResource,
    configs: &[(String, Option<String>)],
) -> Result<Vec<ConfigRecord>, ConfigError> {
    check_replacement(configs)?;
    let current = view.overlay.get(resource);
    let mut wanted: BTreeMap<String, Option<String>> = configs.iter().cloned().collect();
    for name in current.keys() {
        wanted.entry(name.clone()).or_insert(None);
    }
    let records = records(resource, current, wanted);
    check_result(view, resource, current, &records)?;
    Ok(records)
}

/// The form of what replaces everything: each key once, with a value.
pub fn check_replacement(configs: &[(String, Option<String>)]) -> Result<(), ConfigError> {
    check_once(configs.iter().map(|(name, _)| name.as_str()))?;
    let without_value = configs.iter().filter(|(_, value)| value.is_none());
    let names: Vec<String> = without_value.map(|(name, _)| name.clone()).collect();
    if names.is_empty() { Ok(()) } else { Err(ConfigError::NullValues { names }) }
}

/// The configuration of a topic that is about to be created.
pub fn create_topic(
    view: View<'_>,
    configs: &[(String, Option<String>)],
) -> Result<Overrides, ConfigError> {
    let mut overrides = Overrides::new();
    for (name, value) in configs {
        let Some(value) = value else {
            let message = format!("Null value not supported for topic configs: {name}");
            return Err(ConfigError::Conflict(message));
        };
        overrides.insert(name.clone(), value.clone());
    }
    validate::topic(&view.effective(), &overrides)?;
    Ok(overrides)
}

/// Changes of one broker go to that broker, which alone can tell whether it can follow them.
pub fn check_is_this_broker(node_id: i32, resource: &ConfigResource) -> Result<(), ConfigError> {
    match resource {
        ConfigResource::Broker(Some(id)) | ConfigResource::BrokerLogger(id) if *id != node_id => {
            Err(ConfigError::OtherBroker { expected: node_id, received: *id })
        }
        _ => Ok(()),
    }
}

/// Each key may be named once.
pub(super) fn check_once<'a>(mut names: impl Iterator<Item = &'a str>) -> Result<(), ConfigError> {
    let mut seen = BTreeSet::new();
    if names.all(|name| seen.insert(name)) { Ok(()) } else { Err(ConfigError::DuplicateKeys) }
}

/// Records for what changes. A broker's key is written even if it stays: it makes the broker read
/// files that the key names again.
fn records(
    resource: &ConfigResource,
    current: &Overrides,
    wanted: BTreeMap<String, Option<String>>,
) -> Vec<ConfigRecord> {
    let always = matches!(resource, ConfigResource::Broker(_));
    wanted
        .into_iter()
        .filter(|(name, value)| always || current.get(name) != value.as_ref())
        .map(|(name, value)| ConfigRecord { resource: resource.clone(), name, value })
        .collect()
}

fn check_result(
    view: View<'_>,
    resource: &ConfigResource,
    current: &Overrides,
    records: &[ConfigRecord],
) -> Result<(), ConfigError> {
    let mut result = current.clone();
    for record in records {
        match &record.value {
            Some(value) => result.insert(record.name.clone(), value.clone()),
            None => result.remove(&record.name),
        };
    }
    if result.len() > limits::OVERRIDES_MAX {
        return Err(ConfigError::TooMany);
    }
    match resource {
        ConfigResource::Topic(name) if name.is_empty() => Err(ConfigError::DefaultTopic),
        ConfigResource::Topic(name) => {
            topic_name::validate(name).map_err(ConfigError::InvalidTopicName)?;
            validate::topic(&view.effective(), &result)
        }
        ConfigResource::Broker(id) => {
            validate::broker(id.is_none(), &result)?;
            check_rules(view, *id, &result)?;
            check_min_insync_replicas(view, *id, records)
        }
        ConfigResource::Group(name) if name.is_empty() => Err(ConfigError::DefaultGroup),
        ConfigResource::Group(_) => validate::group(&view.effective(), &result),
        ConfigResource::ClientMetrics(name) if name.is_empty() => {
            Err(ConfigError::DefaultSubscription)
        }
        ConfigResource::ClientMetrics(_) => validate::client_metrics(&result),
        ConfigResource::BrokerLogger(_) => {
            Err(ConfigError::NotAlterable { kind: ConfigResource::BROKER_LOGGER })
        }
    }
}

/// What must hold between the keys of a broker, with `overrides` in force on this one.
fn check_rules(
    view: View<'_>,
    broker: Option<i32>,
    overrides: &Overrides,
) -> Result<(), ConfigError> {
    let (all, own) = match broker {
        None => (overrides, view.broker_overrides()),
        Some(_) => (view.default_overrides(), overrides),
    };
    let settings = view.settings.with_overrides(all.iter().chain(own));
    check_values(&settings).map_err(|error| ConfigError::BrokerRule(error.to_string()))
}

/// Eligible leader replicas rely on one value of min.insync.replicas for the whole cluster.
fn check_min_insync_replicas(
    view: View<'_>,
    broker: Option<i32>,
    records: &[ConfigRecord],
) -> Result<(), ConfigError> {
    let record = records.iter().find(|record| record.name == "min.insync.replicas");
    let Some(record) = record.filter(|_| view.eligible_leader_replicas) else {
        return Ok(());
    };
    let message = match (broker, &record.value) {
        (Some(_), _) => "Broker-level min.insync.replicas cannot be altered while ELR is enabled.",
        (None, None) => "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.",
        (None, Some(_)) => return Ok(()),
    };
    Err(ConfigError::Conflict(message.to_owned()))
}

/// The list after adding or taking out elements.
fn edit_list(
    resource: &ConfigResource,
    change: &Change,
    current: Option<&String>,
) -> Result<String, ConfigError> {
    let key = list_key(resource, change)?;
    let text = match current {
        Some(text) => text.clone(),
        None => key.initial().render().unwrap_or_default(),
    };
    let mut elements: Vec<&str> = text.split(',').filter(|element| !element.is_empty()).collect();
    match &change.operation {
        Operation::Append(added) => {
            let mut known: HashSet<&str> = elements.iter().copied().collect();
            elements.extend(added.split(',').filter(|element| known.insert(*element)));
        }
        Operation::Subtract(removed) => {
            let removed: HashSet<&str> = removed.split(',').collect();
            elements.retain(|element| !removed.contains(element));
        }
        Operation::Set(_) | Operation::Delete => {}
    }
    let edited = elements.join(",");
    match edited.len() > STRING_BYTES_MAX {
        true => Err(key.too_long(edited.len(), STRING_BYTES_MAX).into()),
        false => Ok(edited),
    }
}

fn list_key(resource: &ConfigResource, change: &Change) -> Result<&'static Key, ConfigError> {
    let name = &change.name;
    let operation = change.operation.name();
    let is_list = |key: &&'static Key| key.kind == Kind::List;
    match resource {
        ConfigResource::Broker(_) => {
            let unknown = || ConfigError::UnknownBrokerKey { name: name.clone() };
            let key = Scope::Broker.find(name).ok_or_else(unknown)?;
            let refused = || ConfigError::BrokerKeyNotAList { name: name.clone(), operation };
            return Some(key).filter(is_list).ok_or_else(refused);
        }
        ConfigResource::Topic(_) => Scope::Topic.find(name).filter(is_list),
        ConfigResource::Group(_) => Scope::Group.find(name).filter(is_list),
        ConfigResource::ClientMetrics(_) | ConfigResource::BrokerLogger(_) => None,
    }
    .ok_or_else(|| ConfigError::NotAList { name: name.clone(), operation })
}

#[cfg(test)]
mod tests;
