//! What administrators have set while the cluster runs: the content of ConfigRecords.
//!
//! Promise: changes only in `replay`, as metadata records say.
//! Never: checks values; that was done before the record was written (alter.rs).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::keys::Scope;
use super::limits;
use super::settings::Settings;
use super::value::Value;
use crate::metadata::Image;
use crate::metadata::shared_map::SharedMap;

/// What a set of overrides belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ConfigResource {
    Topic(String),
    /// One broker, or the default for all of them.
    Broker(Option<i32>),
    BrokerLogger(i32),
    ClientMetrics(String),
    Group(String),
}

/// A type and a name that together are no resource.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResourceError {
    #[error("Unknown resource type {0}")]
    UnknownType(i8),
    #[error("Node id must be an integer, but it is: {0}")]
    NotANodeId(String),
    #[error("Broker id must not be empty")]
    NoBroker,
}

/// One key of one resource, set, or unset if there is no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigRecord {
    pub resource: ConfigResource,
    pub name: String,
    pub value: Option<String>,
}

pub type Overrides = BTreeMap<String, String>;

/// All overrides of the cluster. Cloning it copies a pointer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overlay {
    resources: SharedMap<ConfigResource, Arc<Overrides>>,
}

/// All that decides about a value in force on one node.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    pub node_id: i32,
    pub settings: &'a Settings,
    pub overlay: &'a Overlay,
    /// Whether the feature of eligible leader replicas is on, which guards min.insync.replicas.
    pub eligible_leader_replicas: bool,
}

static NO_OVERRIDES: Overrides = Overrides::new();

impl ConfigResource {
    pub const TOPIC: i8 = 2;
    pub const BROKER: i8 = 4;
    pub const BROKER_LOGGER: i8 = 8;
    pub const CLIENT_METRICS: i8 = 16;
    pub const GROUP: i8 = 32;

    /// From the numbers and names used on the wire and in records.
    pub fn from_wire(kind: i8, name: &str) -> Result<ConfigResource, ResourceError> {
        let node_id =
            || name.parse::<i32>().map_err(|_| ResourceError::NotANodeId(name.to_owned()));
        match kind {
            Self::TOPIC => Ok(Self::Topic(name.to_owned())),
            Self::BROKER if name.is_empty() => Ok(Self::Broker(None)),
            Self::BROKER => Ok(Self::Broker(Some(node_id()?))),
            Self::BROKER_LOGGER if name.is_empty() => Err(ResourceError::NoBroker),
            Self::BROKER_LOGGER => Ok(Self::BrokerLogger(node_id()?)),
            Self::CLIENT_METRICS => Ok(Self::ClientMetrics(name.to_owned())),
            Self::GROUP => Ok(Self::Group(name.to_owned())),
            other => Err(ResourceError::UnknownType(other)),
        }
    }

    pub fn kind(&self) -> i8 {
        match self {
            Self::Topic(_) => Self::TOPIC,
            Self::Broker(_) => Self::BROKER,
            Self::BrokerLogger(_) => Self::BROKER_LOGGER,
            Self::ClientMetrics(_) => Self::CLIENT_METRICS,
            Self::Group(_) => Self::GROUP,
        }
    }

    pub fn name(&self) -> String {
        match self {
            Self::Topic(name) | Self::ClientMetrics(name) | Self::Group(name) => name.clone(),
            Self::Broker(Some(id)) | Self::BrokerLogger(id) => id.to_string(),
            Self::Broker(None) => String::new(),
        }
    }
}

impl Overlay {
    /// Applies a record. More overrides than a resource may have are dropped.
    pub fn replay(&mut self, record: ConfigRecord) {
        let ConfigRecord { resource, name, value } = record;
        match value {
            Some(value) => {
                if !self.resources.contains_key(&resource) {
                    self.resources.insert(resource.clone(), Arc::default());
                }
                let Some(overrides) = self.resources.get_mut(&resource) else {
                    return;
                };
                let overrides = Arc::make_mut(overrides);
                if overrides.len() < limits::OVERRIDES_MAX || overrides.contains_key(&name) {
                    overrides.insert(name, value);
                }
            }
            None => {
                let Some(overrides) = self.resources.get_mut(&resource) else {
                    return;
                };
                Arc::make_mut(overrides).remove(&name);
                if overrides.is_empty() {
                    self.resources.remove(&resource);
                }
            }
        }
    }

    /// Forgets a resource, for example a topic that was deleted.
    pub fn remove(&mut self, resource: &ConfigResource) {
        self.resources.remove(resource);
    }

    pub fn get(&self, resource: &ConfigResource) -> &Overrides {
        self.resources.get(resource).map_or(&NO_OVERRIDES, |overrides| overrides)
    }

    pub fn topic(&self, name: &str) -> &Overrides {
        self.get(&ConfigResource::Topic(name.to_owned()))
    }

    /// Resources with at least one override, in their order.
    pub fn resources(&self) -> impl Iterator<Item = (&ConfigResource, &Overrides)> {
        self.resources.iter().map(|(resource, overrides)| (resource, &**overrides))
    }
}

impl<'a> View<'a> {
    /// What holds on a node with these settings, as far as `image` knows.
    pub fn of(node_id: i32, settings: &'a Settings, image: &'a Image) -> View<'a> {
        let eligible_leader_replicas = image.features.has_eligible_leader_replicas();
        View { node_id, settings, overlay: &image.configs, eligible_leader_replicas }
    }

    pub fn broker_overrides(&self) -> &Overrides {
        self.overlay.get(&ConfigResource::Broker(Some(self.node_id)))
    }

    pub fn default_overrides(&self) -> &Overrides {
        self.overlay.get(&ConfigResource::Broker(None))
    }

    /// The value in force of a declared broker key.
    pub fn value(&self, name: &str) -> Value {
        let set = self.broker_overrides().get(name).or_else(|| self.default_overrides().get(name));
        let declared = Scope::Broker.find(name);
        let parsed = set.and_then(|text| declared?.parse(text).ok());
        parsed.unwrap_or_else(|| self.settings.value(name))
    }

    /// The settings of this node with everything that administrators set on top.
    pub fn effective(&self) -> Settings {
        self.settings.with_overrides(self.default_overrides().iter().chain(self.broker_overrides()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, value: Option<&str>) -> ConfigRecord {
        let resource = ConfigResource::Topic("t".into());
        ConfigRecord { resource, name: name.into(), value: value.map(str::to_owned) }
    }

    #[test]
    fn records_set_and_unset() {
        let mut overlay = Overlay::default();
        overlay.replay(record("a", Some("1")));
        overlay.replay(record("b", Some("2")));
        let before = overlay.clone();
        overlay.replay(record("a", None));
        assert_eq!(overlay.topic("t").keys().collect::<Vec<_>>(), ["b"]);
        assert_eq!(before.topic("t").len(), 2);
        overlay.replay(record("b", None));
        overlay.replay(record("c", None));
        assert_eq!(overlay, Overlay::default());
    }

    #[test]
    fn resources_go_over_the_wire_and_back() {
        for (kind, name) in [(2, "t"), (4, ""), (4, "7"), (8, "7"), (16, "m"), (32, "g")] {
            let resource = ConfigResource::from_wire(kind, name).unwrap();
            assert_eq!((resource.kind(), resource.name().as_str()), (kind, name));
        }
        assert_eq!(ConfigResource::from_wire(3, "x"), Err(ResourceError::UnknownType(3)));
        assert_eq!(
            ConfigResource::from_wire(4, "x"),
            Err(ResourceError::NotANodeId("x".to_owned()))
        );
    }

    #[test]
    fn a_broker_s_own_override_is_stronger_than_the_default_for_all() {
        let mut overlay = Overlay::default();
        for (broker, value) in [(None, "5"), (Some(1), "6"), (Some(2), "7")] {
            let resource = ConfigResource::Broker(broker);
            let (name, value) = ("message.max.bytes".to_owned(), Some(value.to_owned()));
            overlay.replay(ConfigRecord { resource, name, value });
        }
        let settings = Settings::default();
        let view = View {
            node_id: 1,
            settings: &settings,
            overlay: &overlay,
            eligible_leader_replicas: false,
        };
        assert_eq!(view.effective().text("message.max.bytes"), Some("6"));
    }
}
