//! What DescribeConfigs answers: each key with its value in force, where the value comes from, and
//! the other places that would give one.
//!
//! Promise: names, values, sources and the order of synonyms are those of Kafka 4.3.

use super::keys::{Initial, Key, Kind, Scope, Update};
use super::overlay::{ConfigResource, Overrides, View};
use super::settings::{Settings, declaration, listener_base};
use super::topic::{inherited, resolve};

/// One key as it is described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    /// None also for what is sensitive.
    pub value: Option<String>,
    pub source: Source,
    pub is_read_only: bool,
    pub is_sensitive: bool,
    /// None for a key that nobody declared.
    pub kind: Option<Kind>,
    pub synonyms: Vec<SynonymEntry>,
    pub documentation: Option<&'static str>,
}

/// One place that gives the key a value, the strongest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SynonymEntry {
    pub name: String,
    pub value: Option<String>,
    pub source: Source,
}

/// Where a value comes from; the numbers are those of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Topic = 1,
    Broker = 2,
    DefaultBroker = 3,
    StaticBroker = 4,
    Default = 5,
    BrokerLogger = 6,
    ClientMetrics = 7,
    Group = 8,
}

impl Source {
    pub fn id(self) -> i8 {
        self as i8
    }
}

impl Kind {
    /// The number of this type in the protocol; that of an unknown type is 0.
    pub fn id(self) -> i8 {
        match self {
            Self::Boolean => 1,
            Self::String => 2,
            Self::Int => 3,
            Self::Short => 4,
            Self::Long => 5,
            Self::Double => 6,
            Self::List => 7,
            Self::Class => 8,
            Self::Password => 9,
        }
    }
}

/// All keys of a topic.
pub fn topic(view: View<'_>, name: &str) -> Vec<Entry> {
    let overrides = view.overlay.topic(name);
    let effective = view.effective();
    let describe = |key: &&'static Key| topic_entry(view, &effective, key, overrides);
    declared(Scope::Topic, overrides).map(|key| describe(&key)).collect()
}

fn topic_entry(view: View<'_>, effective: &Settings, key: &'static Key, own: &Overrides) -> Entry {
    let value = resolve(key, effective, own).render();
    let mut synonyms = own_synonym(key, own, &value, Source::Topic);
    if let Some(strongest) = key.synonyms.first() {
        let names = broker_synonyms(strongest.name);
        synonyms.extend(broker_values(view, strongest.name, &names, key.is_sensitive()));
    }
    entry(key, value, synonyms)
}

/// All keys of a group.
pub fn group(view: View<'_>, name: &str) -> Vec<Entry> {
    let overrides = view.overlay.get(&ConfigResource::Group(name.to_owned()));
    let effective = view.effective();
    let describe = |key: &'static Key| {
        let value = resolve(key, &effective, overrides).render();
        let mut synonyms = own_synonym(key, overrides, &value, Source::Group);
        match key.synonyms.first() {
            Some(broker) => {
                synonyms.extend(broker_values(view, broker.name, &[broker.name], false));
            }
            None => synonyms.push(SynonymEntry {
                name: key.name.to_owned(),
                value: inherited(key, &effective).render(),
                source: Source::Default,
            }),
        }
        entry(key, value, synonyms)
    };
    declared(Scope::Group, overrides).map(describe).collect()
}

/// All keys of a subscription to clients' metrics.
pub fn client_metrics(view: View<'_>, name: &str) -> Vec<Entry> {
    let overrides = view.overlay.get(&ConfigResource::ClientMetrics(name.to_owned()));
    let describe = |key: &'static Key| {
        let value = resolve(key, view.settings, overrides).render();
        let synonyms = own_synonym(key, overrides, &value, Source::ClientMetrics);
        entry(key, value, synonyms)
    };
    declared(Scope::ClientMetrics, overrides).map(describe).collect()
}

/// All keys of this broker.
pub fn broker(view: View<'_>) -> Vec<Entry> {
    let effective = view.effective();
    let mut names: Vec<&str> = Scope::Broker
        .keys()
        .iter()
        .filter(|key| !key.internal && !key.is_dynamic_only())
        .map(|key| key.name)
        .collect();
    names.extend(effective.iter().map(|(name, _)| name.as_str()));
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| broker_entry(view, &effective, name)).collect()
}

/// What is set for all brokers.
pub fn default_broker(view: View<'_>) -> Vec<Entry> {
    let effective = view.settings.with_overrides(view.default_overrides());
    let describe = |name: &String| {
        let mut entry = broker_entry(view, &effective, name);
        entry.synonyms.retain(|synonym| synonym.source == Source::DefaultBroker);
        entry.source = Source::DefaultBroker;
        entry
    };
    view.default_overrides().keys().map(describe).collect()
}

fn broker_entry(view: View<'_>, effective: &Settings, name: &str) -> Entry {
    let key = declaration(name);
    let is_sensitive = key.is_none_or(Key::is_sensitive);
    let exact = Scope::Broker.find(name).filter(|key| !key.is_dynamic_only());
    let value = match exact {
        _ if is_sensitive => None,
        Some(_) => effective.value(name).render(),
        None => effective.text(name).map(str::to_owned),
    };
    let synonyms = broker_values(view, name, &broker_synonyms(name), is_sensitive);
    let is_dynamic = Scope::Broker.find(name).is_some_and(|key| key.update != Update::ReadOnly);
    Entry {
        name: name.to_owned(),
        value,
        source: synonyms.first().map_or(Source::Default, |synonym| synonym.source),
        is_read_only: !is_dynamic,
        is_sensitive,
        kind: key.map(|key| key.kind),
        synonyms,
        documentation: exact.map(|key| key.sentence),
    }
}

/// Keys to describe: all but the internal ones that nobody has set.
fn declared(scope: Scope, overrides: &Overrides) -> impl Iterator<Item = &'static Key> {
    let is_shown = |key: &&'static Key| !key.internal || overrides.contains_key(key.name);
    scope.keys().iter().copied().filter(is_shown)
}

fn own_synonym(
    key: &Key,
    overrides: &Overrides,
    value: &Option<String>,
    source: Source,
) -> Vec<SynonymEntry> {
    if !overrides.contains_key(key.name) {
        return Vec::new();
    }
    vec![SynonymEntry { name: key.name.to_owned(), value: value.clone(), source }]
}

fn entry(key: &'static Key, value: Option<String>, synonyms: Vec<SynonymEntry>) -> Entry {
    Entry {
        name: key.name.to_owned(),
        value: value.filter(|_| !key.is_sensitive()),
        source: synonyms.first().map_or(Source::Default, |synonym| synonym.source),
        is_read_only: false,
        is_sensitive: key.is_sensitive(),
        kind: Some(key.kind),
        synonyms,
        documentation: Some(key.sentence),
    }
}

/// The values that the broker's four levels give to any of `names`, from `name` itself on: a
/// synonym that comes before it is another key's business.
fn broker_values(
    view: View<'_>,
    name: &str,
    names: &[&str],
    is_sensitive: bool,
) -> Vec<SynonymEntry> {
    let mut found = Vec::new();
    let mut add = |name: &str, value: &str, source: Source| {
        let value = (!is_sensitive).then(|| value.to_owned());
        found.push(SynonymEntry { name: name.to_owned(), value, source });
    };
    for (overrides, source) in [
        (view.broker_overrides(), Source::Broker),
        (view.default_overrides(), Source::DefaultBroker),
    ] {
        for name in names {
            if let Some(value) = overrides.get(*name) {
                add(name, value, source);
            }
        }
    }
    for name in names {
        if let Some(value) = view.settings.text(name) {
            add(name, value, Source::StaticBroker);
        }
    }
    for name in names {
        let declared = Scope::Broker.find(name).filter(|key| !key.is_dynamic_only());
        if let Some(Initial::Is(value)) = declared.map(|key| key.default) {
            add(name, value, Source::Default);
        }
    }
    found.into_iter().skip_while(|synonym| synonym.name != name).collect()
}

/// Broker keys that set the same thing, the strongest first.
fn broker_synonyms(name: &str) -> Vec<&str> {
    const ROLL: [&str; 2] = ["log.roll.ms", "log.roll.hours"];
    const JITTER: [&str; 2] = ["log.roll.jitter.ms", "log.roll.jitter.hours"];
    const FLUSH: [&str; 2] = ["log.flush.interval.ms", "log.flush.scheduler.interval.ms"];
    const RETENTION: [&str; 3] =
        ["log.retention.ms", "log.retention.minutes", "log.retention.hours"];
    match name {
        _ if ROLL.contains(&name) => ROLL.to_vec(),
        _ if JITTER.contains(&name) => JITTER.to_vec(),
        _ if RETENTION.contains(&name) => RETENTION.to_vec(),
        "log.flush.interval.ms" => FLUSH.to_vec(),
        _ => match listener_base(name) {
            Some(base) => vec![name, base],
            None => vec![name],
        },
    }
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;
