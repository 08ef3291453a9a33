//! Every configuration key, declared once.
//!
//! Lives on: no core; constant tables. Help, documentation, DescribeConfigs and validation derive
//! from them. Names, types, defaults and bounds are Kafka 4.3's; the sentences are ours.
//! Never: holds a value in force.   Read next: node.rs for a table, value.rs for how bounds work.

mod client_metrics;
mod group;
mod groups;
mod log;
mod node;
mod quorum;
mod quotas;
mod reasons;
mod remote;
mod replication;
mod ringlog;
mod sasl;
mod share;
mod streams;
mod tls;
mod topic;
mod transactions;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::LazyLock;

/// One configuration key.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    pub name: &'static str,
    pub kind: Kind,
    pub default: Initial,
    pub bounds: Bounds,
    pub importance: Importance,
    pub update: Update,
    /// Left out of descriptions unless somebody has set it.
    pub internal: bool,
    /// Broker keys that give the value of a topic or group key, the strongest first.
    pub synonyms: &'static [Synonym],
    /// What Kafka starts with, where Ringlog starts with something else.
    pub kafka_default: Option<Initial>,
    pub effect: Effect,
    pub sentence: &'static str,
}

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Boolean,
    String,
    Int,
    Short,
    Long,
    Double,
    List,
    Class,
    Password,
}

/// The value of a key that nobody has set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initial {
    Is(&'static str),
    Null,
    /// Kafka refuses to start without a value.
    Required,
}

/// Which values of the right type are allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bounds {
    Any,
    From(i64),
    Range(i64, i64),
    RangeOr(i64, i64, i64),
    Fraction(f64, f64),
    OneOf(&'static [&'static str]),
    OneOfAnyCase(&'static [&'static str]),
    NonEmpty,
    /// Lists of distinct, not empty elements.
    Elements {
        allowed: &'static [&'static str],
        may_be_empty: bool,
    },
    Voters,
    Bootstrap,
    ThrottledReplicas,
    OffsetReset,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Importance {
    High,
    Medium,
    Low,
}

/// Whether a broker key may change while the broker runs, and how far the change reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    ReadOnly,
    PerBroker,
    ClusterWide,
}

/// What a key does in this version of Ringlog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Works,
    /// Checked, kept and described, but nothing follows from it yet.
    Accepted(&'static str),
    /// The same for a key that restricts who may do what, or what is kept: with another value than
    /// the default the node does not start, unless `ringlog.start.unrestricted` says so.
    Restricts(&'static str),
    /// Means something inside Kafka that Ringlog does not have.
    NotApplicable(&'static str),
}

/// A broker key that gives a topic or group key its value, in a unit of `factor` of the latter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Synonym {
    pub name: &'static str,
    pub factor: i64,
}

/// What a key configures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    Broker,
    Topic,
    Group,
    ClientMetrics,
}

impl Scope {
    pub const ALL: [Scope; 4] = [Self::Broker, Self::Topic, Self::Group, Self::ClientMetrics];

    /// The keys of this scope, by name.
    pub fn keys(self) -> &'static [&'static Key] {
        match self {
            Self::Broker => &TABLES.broker.sorted,
            Self::Topic => &TABLES.topic.sorted,
            Self::Group => &TABLES.group.sorted,
            Self::ClientMetrics => &TABLES.client_metrics.sorted,
        }
    }

    pub fn find(self, name: &str) -> Option<&'static Key> {
        let table = match self {
            Self::Broker => &TABLES.broker,
            Self::Topic => &TABLES.topic,
            Self::Group => &TABLES.group,
            Self::ClientMetrics => &TABLES.client_metrics,
        };
        table.by_name.get(name).copied()
    }
}

impl Key {
    /// Values of this key are never shown.
    pub fn is_sensitive(&self) -> bool {
        self.kind == Kind::Password
    }

    /// Set by administrators only, never in a file; described only while set.
    pub fn is_dynamic_only(&self) -> bool {
        DYNAMIC_ONLY.contains(&self.name)
    }

    pub fn is_ours(&self) -> bool {
        self.name.starts_with("ringlog.")
    }

    const fn new(name: &'static str, kind: Kind, default: Initial, sentence: &'static str) -> Key {
        Key {
            name,
            kind,
            default,
            bounds: Bounds::Any,
            importance: Importance::Medium,
            update: Update::ReadOnly,
            internal: false,
            synonyms: &[],
            kafka_default: None,
            effect: Effect::Works,
            sentence,
        }
    }

    const fn from(mut self, least: i64) -> Key {
        self.bounds = Bounds::From(least);
        self
    }

    const fn within(mut self, least: i64, most: i64) -> Key {
        self.bounds = Bounds::Range(least, most);
        self
    }

    const fn bounds(mut self, bounds: Bounds) -> Key {
        self.bounds = bounds;
        self
    }

    const fn one_of(mut self, allowed: &'static [&'static str]) -> Key {
        self.bounds = Bounds::OneOf(allowed);
        self
    }

    const fn elements(mut self, allowed: &'static [&'static str]) -> Key {
        self.bounds = Bounds::Elements { allowed, may_be_empty: false };
        self
    }

    const fn elements_or_none(mut self, allowed: &'static [&'static str]) -> Key {
        self.bounds = Bounds::Elements { allowed, may_be_empty: true };
        self
    }

    const fn high(mut self) -> Key {
        self.importance = Importance::High;
        self
    }

    const fn low(mut self) -> Key {
        self.importance = Importance::Low;
        self
    }

    const fn cluster_wide(mut self) -> Key {
        self.update = Update::ClusterWide;
        self
    }

    const fn per_broker(mut self) -> Key {
        self.update = Update::PerBroker;
        self
    }

    const fn internal(mut self) -> Key {
        self.internal = true;
        self
    }

    const fn synonyms(mut self, synonyms: &'static [Synonym]) -> Key {
        self.synonyms = synonyms;
        self
    }

    const fn kafka_has(mut self, default: Initial) -> Key {
        self.kafka_default = Some(default);
        self
    }

    const fn not_yet(mut self, reason: &'static str) -> Key {
        self.effect = Effect::Accepted(reason);
        self
    }

    const fn restricts(mut self, reason: &'static str) -> Key {
        self.effect = Effect::Restricts(reason);
        self
    }

    const fn foreign(mut self, reason: &'static str) -> Key {
        self.effect = Effect::NotApplicable(reason);
        self
    }
}

/// Keys that the authorizer reads, which Kafka's tables do not have.
#[cfg(test)]
const OF_THE_AUTHORIZER: [&str; 2] = ["allow.everyone.if.no.acl.found", "super.users"];

/// Keys that are no part of Kafka's server.properties: limits set while the broker runs.
const DYNAMIC_ONLY: [&str; 3] = [
    "follower.replication.throttled.rate",
    "leader.replication.throttled.rate",
    "replica.alter.log.dirs.io.max.bytes.per.second",
];

struct Table {
    sorted: Vec<&'static Key>,
    by_name: HashMap<&'static str, &'static Key>,
}

impl Table {
    fn of(parts: &[&'static [Key]]) -> Table {
        let mut sorted: Vec<&'static Key> = parts.iter().flat_map(|part| part.iter()).collect();
        sorted.sort_by_key(|key| key.name);
        let by_name = sorted.iter().map(|key| (key.name, *key)).collect();
        Table { sorted, by_name }
    }
}

struct Tables {
    broker: Table,
    topic: Table,
    group: Table,
    client_metrics: Table,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    broker: Table::of(BROKER),
    topic: Table::of(&[topic::KEYS]),
    group: Table::of(&[group::KEYS]),
    client_metrics: Table::of(&[client_metrics::KEYS]),
});

const BROKER: &[&[Key]] = &[
    ringlog::KEYS,
    node::KEYS,
    log::KEYS,
    replication::KEYS,
    quorum::KEYS,
    groups::KEYS,
    streams::KEYS,
    share::KEYS,
    transactions::KEYS,
    quotas::KEYS,
    tls::KEYS,
    sasl::KEYS,
    remote::KEYS,
];

use constructors::{boolean, class, double, int, list, long, password, short, string, synonym};

/// One word per type, so that a table reads as a table.
mod constructors {
    use super::{Initial, Key, Kind, Synonym};

    macro_rules! constructor {
        ($name:ident, $kind:ident) => {
            pub(super) const fn $name(
                name: &'static str,
                default: Initial,
                sentence: &'static str,
            ) -> Key {
                Key::new(name, Kind::$kind, default, sentence)
            }
        };
    }

    constructor!(boolean, Boolean);
    constructor!(string, String);
    constructor!(int, Int);
    constructor!(short, Short);
    constructor!(long, Long);
    constructor!(double, Double);
    constructor!(list, List);
    constructor!(class, Class);
    constructor!(password, Password);

    pub(super) const fn synonym(name: &'static str, factor: i64) -> Synonym {
        Synonym { name, factor }
    }
}
