//! What the operator has set: a properties file and `--set key=value`, checked against the keys.
//!
//! Promise: every value of a known key in a `Settings` parses and is within its bounds.
//! Never: stops for an unknown key (Kafka does not either); prints (the caller shows the notices).

use std::collections::BTreeMap;
use std::fmt;

use super::keys::{Effect, Kind, Scope};
use super::limits;
use super::properties::{self, SyntaxError};
use super::value::{InvalidValue, Value};

/// Where a node without a properties file listens: for its own machine only.
const LOOPBACK: &str = "PLAINTEXT://127.0.0.1:9092";

/// The static configuration of this node.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settings {
    values: BTreeMap<String, String>,
    formatting: BTreeMap<String, String>,
    from_file: bool,
}

/// Something about a setting that the operator should know, though it stops nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    Unknown {
        key: String,
        nearest: Option<&'static str>,
    },
    NotApplicable {
        key: String,
        why: &'static str,
    },
    NoEffectYet {
        key: String,
        why: &'static str,
    },
    /// It would restrict who may do what, or what is kept.
    NotEnforced {
        key: String,
        why: &'static str,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error("the configuration cannot be read: {0}")]
    Syntax(#[from] SyntaxError),
    #[error("`--set {0}` lacks a `=`: write --set key=value")]
    NotAnAssignment(String),
    #[error("more than {max} keys are set", max = limits::SETTINGS_MAX)]
    TooMany,
    #[error("{}", join(.0))]
    Invalid(Vec<InvalidValue>),
    #[error("node.id is {node_id} and broker.id is {broker_id}: set only node.id")]
    TwoNodeIds { node_id: String, broker_id: String },
}

impl Settings {
    /// Reads the content of a properties file, if there is one, and then the overrides.
    pub fn load(
        file: Option<&[u8]>,
        overrides: &[String],
    ) -> Result<(Settings, Vec<Notice>), SettingsError> {
        let mut assigned = BTreeMap::new();
        for one in properties::parse(file.unwrap_or_default())? {
            assigned.insert(one.key, one.value);
        }
        for text in overrides {
            let (key, value) =
                text.split_once('=').ok_or_else(|| SettingsError::NotAnAssignment(text.clone()))?;
            assigned.insert(key.trim().to_owned(), value.to_owned());
        }
        if file.is_none() {
            assigned.entry("listeners".to_owned()).or_insert_with(|| LOOPBACK.to_owned());
        }
        let (mut settings, notices) = Settings::from_assigned(assigned)?;
        settings.from_file = file.is_some();
        Ok((settings, notices))
    }

    /// Checks values that were set by name.
    pub fn from_assigned(
        assigned: BTreeMap<String, String>,
    ) -> Result<(Settings, Vec<Notice>), SettingsError> {
        if assigned.len() > limits::SETTINGS_MAX {
            return Err(SettingsError::TooMany);
        }
        let mut settings = Settings::default();
        let mut notices = Vec::new();
        let mut invalid = Vec::new();
        for (key, value) in assigned {
            if is_formatting(&key) {
                settings.formatting.insert(key, value);
                continue;
            }
            notices.extend(notice_for(&key, &value));
            if let Some(declared) = declaration(&key)
                && let Err(error) = declared.parse(&value)
            {
                invalid.push(error);
            }
            settings.values.insert(key, value);
        }
        if !invalid.is_empty() {
            return Err(SettingsError::Invalid(invalid));
        }
        settings.unite_node_ids()?;
        Ok((settings, notices))
    }

    /// `broker.id` is an older name of `node.id`; whoever asks for one gets the other too.
    fn unite_node_ids(&mut self) -> Result<(), SettingsError> {
        match (self.values.get("node.id"), self.values.get("broker.id")) {
            (Some(node_id), Some(broker_id)) if node_id.trim() != broker_id.trim() => {
                let (node_id, broker_id) = (node_id.clone(), broker_id.clone());
                Err(SettingsError::TwoNodeIds { node_id, broker_id })
            }
            (Some(id), None) => {
                self.values.insert("broker.id".into(), id.clone());
                Ok(())
            }
            (None, Some(id)) => {
                self.values.insert("node.id".into(), id.clone());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// These settings with what administrators have set on top, which the caller has checked.
    /// A value that does not parse (written by another version) is left out.
    pub fn with_overrides<'a>(
        &self,
        overrides: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Settings {
        let mut merged = self.clone();
        for (key, value) in overrides {
            if declaration(key).is_none_or(|declared| declared.parse(value).is_ok()) {
                merged.values.insert(key.clone(), value.clone());
            }
        }
        merged
    }

    /// Tells whether two configurations are the same, without telling what they are. Values of
    /// passwords are not in it: what is public must not help to guess them.
    pub fn checksum(&self) -> u32 {
        let is_password =
            |name: &str| Scope::Broker.find(name).is_some_and(|it| it.kind == Kind::Password);
        self.values.iter().fold(0, |checksum, (name, value)| {
            let value = if is_password(name) { "" } else { value.as_str() };
            crc32c::crc32c_append(checksum, format!("{name}={value}\n").as_bytes())
        })
    }

    /// The text that was set for a key.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Everything that was set, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &String)> {
        self.values.iter()
    }

    /// What a file says to `format`: `cluster.id`, `format.features` and the like.
    pub fn formatting(&self, name: &str) -> Option<&str> {
        self.formatting.get(name).map(String::as_str)
    }

    /// Keys that are set, would restrict who may do what or what is kept, and do not, each with the
    /// reason.
    pub fn unenforced(&self) -> Vec<(&str, &'static str)> {
        let restricts = |(name, value): (&'_ String, &String)| restriction(name, value);
        let named = self.values.iter().map(|(name, value)| (name, restricts((name, value))));
        named.filter_map(|(name, why)| Some((name.as_str(), why?))).collect()
    }

    /// Whether a properties file was read, even an empty one.
    pub fn is_from_file(&self) -> bool {
        self.from_file
    }

    pub fn is_set(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The value in force of a declared broker key.
    pub fn value(&self, name: &str) -> Value {
        let Some(key) = Scope::Broker.find(name) else {
            return Value::Null;
        };
        match self.values.get(name) {
            Some(text) => key.parse(text).unwrap_or_else(|_| key.initial()),
            None => key.initial(),
        }
    }

    pub(super) fn integer(&self, name: &str) -> i64 {
        self.value(name).as_integer().unwrap_or(0)
    }

    pub(super) fn optional_integer(&self, name: &str) -> Option<i64> {
        self.value(name).as_integer()
    }

    pub(super) fn truth(&self, name: &str) -> bool {
        self.value(name) == Value::Boolean(true)
    }

    pub(super) fn fraction(&self, name: &str) -> f64 {
        match self.value(name) {
            Value::Double(number) => number,
            _ => 0.0,
        }
    }

    pub(super) fn words(&self, name: &str) -> Vec<String> {
        match self.value(name) {
            Value::List(words) => words,
            _ => Vec::new(),
        }
    }

    pub(super) fn string(&self, name: &str) -> Option<String> {
        match self.value(name) {
            Value::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }
}

/// The declaration behind a name; that of the base key for `listener.name.NAME.key`.
pub(super) fn declaration(name: &str) -> Option<&'static super::keys::Key> {
    Scope::Broker.find(listener_base(name).unwrap_or(name))
}

/// `key` of `listener.name.NAME.key` and of `listener.name.NAME.mechanism.key`.
pub(super) fn listener_base(name: &str) -> Option<&str> {
    let (_, base) = name.strip_prefix("listener.name.")?.split_once('.')?;
    let per_mechanism = [
        "sasl.jaas.config",
        "sasl.login.callback.handler.class",
        "sasl.login.class",
        "sasl.server.callback.handler.class",
        "connections.max.reauth.ms",
    ];
    Some(per_mechanism.into_iter().find(|key| base.ends_with(key)).unwrap_or(base))
}

/// Keys that say how a new directory is formatted; they are no configuration.
fn is_formatting(name: &str) -> bool {
    name == "cluster.id" || name.starts_with("format.")
}

/// Why a key does not restrict what it says, if it is set to more than nothing.
fn restriction(name: &str, value: &str) -> Option<&'static str> {
    let declared = declaration(name)?;
    let Effect::Restricts(why) = declared.effect else { return None };
    let is_default = declared.parse(value).is_ok_and(|value| value == declared.initial());
    (!is_default && !value.trim().is_empty()).then_some(why)
}

fn notice_for(name: &str, value: &str) -> Option<Notice> {
    if let Some(why) = restriction(name, value) {
        return Some(Notice::NotEnforced { key: name.to_owned(), why });
    }
    let tolerated = ["listener.name.", "sasl.mechanism.", "rsm.config.", "rlmm.config."];
    if tolerated.iter().any(|prefix| name.starts_with(prefix)) {
        return None;
    }
    let key = name.to_owned();
    match Scope::Broker.find(name).map(|declared| declared.effect) {
        // At its default it restricts nothing.
        Some(Effect::Works | Effect::Restricts(_)) => None,
        Some(Effect::Accepted(why)) => Some(Notice::NoEffectYet { key, why }),
        Some(Effect::NotApplicable(why)) => Some(Notice::NotApplicable { key, why }),
        None => Some(Notice::Unknown { key, nearest: nearest(name) }),
    }
}

/// Notices for people: one line for each reason, with all the keys that it is the reason for; what
/// matters most first. Whether the operator can expect something of the keys that they do not do.
pub fn summary(notices: &[Notice]) -> Vec<(Weight, String)> {
    let mut unknown = Vec::new();
    let mut by_reason: BTreeMap<(Weight, &str, &str), Vec<&str>> = BTreeMap::new();
    for notice in notices {
        let (weight, kind, why, key) = match notice {
            Notice::Unknown { .. } => {
                unknown.push((Weight::Warning, notice.to_string()));
                continue;
            }
            Notice::NotEnforced { key, why } => (Weight::Warning, "NOT ENFORCED", why, key),
            Notice::NoEffectYet { key, why } => (Weight::Warning, "no effect yet", why, key),
            Notice::NotApplicable { key, why } => (Weight::Remark, "does not apply", why, key),
        };
        by_reason.entry((weight, kind, why)).or_default().push(key);
    }
    let line = |((weight, kind, why), keys): ((Weight, &str, &str), Vec<&str>)| {
        (weight, format!("{kind}: {}. {why}", keys.join(", ")))
    };
    let mut lines = unknown;
    lines.extend(by_reason.into_iter().map(line));
    lines
}

/// How much a line of [`summary`] matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    Warning,
    Remark,
}

/// The declared key that is the fewest edits away, if it is near enough to be meant.
fn nearest(name: &str) -> Option<&'static str> {
    if name.len() > 128 {
        return None;
    }
    let candidates = Scope::Broker.keys().iter().filter(|key| !key.internal);
    let (distance, nearest) =
        candidates.map(|key| (edit_distance(name, key.name), key.name)).min()?;
    (distance <= 2.max(name.len() / 5)).then_some(nearest)
}

/// Insertions, deletions, replacements between two names.
fn edit_distance(from: &str, to: &str) -> usize {
    let to: Vec<u8> = to.bytes().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, have) in from.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, want) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(have != *want);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

impl fmt::Display for Notice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { key, nearest: Some(nearest) } => {
                write!(formatter, "{key} is not a known key; did you mean {nearest}?")
            }
            Self::Unknown { key, nearest: None } => {
                write!(formatter, "{key} is not a known key and is ignored")
            }
            Self::NotApplicable { key, why } => {
                write!(formatter, "{key} does not apply: {why}")
            }
            Self::NoEffectYet { key, why } => write!(formatter, "{key} has no effect: {why}"),
            Self::NotEnforced { key, why } => write!(formatter, "{key} is not enforced: {why}"),
        }
    }
}

fn join(errors: &[InvalidValue]) -> String {
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// Text with passwords hidden, for whoever logs the settings.
impl fmt::Display for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (key, value) in &self.values {
            let shown = match declaration(key).map(|declared| declared.kind) {
                Some(Kind::Password) | None => "[hidden]",
                Some(_) => value,
            };
            writeln!(formatter, "{key}={shown}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, overrides: &[&str]) -> Result<(Settings, Vec<Notice>), SettingsError> {
        let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
        Settings::load(Some(text.as_bytes()), &overrides)
    }

    #[test]
    fn overrides_win_over_the_file() {
        let (settings, notices) = load("num.partitions=3\n", &["num.partitions=5"]).unwrap();
        assert_eq!(settings.value("num.partitions"), Value::Integer(5));
        assert_eq!(notices, []);
    }

    #[test]
    fn an_unknown_key_names_the_nearest() {
        let (_, notices) = load("num.partition=3\nzzzz.yyyy=1\n", &[]).unwrap();
        let shown: Vec<String> = notices.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "num.partition is not a known key; did you mean num.partitions?",
                "zzzz.yyyy is not a known key and is ignored",
            ]
        );
    }

    #[test]
    fn a_key_of_kafka_s_inside_says_why_it_does_nothing() {
        let (_, notices) = load("num.io.threads=3\nssl.enabled.protocols=TLSv1.3", &[]).unwrap();
        assert!(
            matches!(&notices[0], Notice::NotApplicable { key, .. } if key == "num.io.threads")
        );
        assert!(
            matches!(&notices[1], Notice::NoEffectYet { key, .. } if key == "ssl.enabled.protocols")
        );
    }

    #[test]
    fn all_invalid_values_are_named_at_once() {
        let error = load("num.partitions=0\nauto.create.topics.enable=yes", &[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Invalid value yes for configuration auto.create.topics.enable: \
             Expected value to be either true or false\n\
             Invalid value 0 for configuration num.partitions: Value must be at least 1"
        );
        assert_eq!(load("", &["x"]).unwrap_err(), SettingsError::NotAnAssignment("x".to_owned()));
    }

    #[test]
    fn keys_for_formatting_and_prefixed_keys_pass_in_silence() {
        let text = "cluster.id=abc\nformat.features=metadata.version=30\nformat.join=true\n\
                    listener.name.external.ssl.keystore.type=JKS\n\
                    sasl.mechanism.foo.protocol=PLAIN\n";
        let (settings, notices) = load(text, &[]).unwrap();
        assert_eq!(notices, []);
        assert_eq!(settings.formatting("format.features"), Some("metadata.version=30"));
        assert_eq!(settings.formatting("cluster.id"), Some("abc"));
        assert_eq!(settings.text("format.join"), None);
    }

    #[test]
    fn keys_that_would_restrict_something_are_known_whatever_they_stand_under() {
        let text = "authorizer.class.name=org.example.A\nsuper.users=User:admin\n\
                    listener.name.external.plain.sasl.jaas.config=x\nssl.client.auth=none\n\
                    sasl.enabled.mechanisms=PLAIN\nconnections.max.reauth.ms=0\n\
                    listener.name.external.connections.max.reauth.ms=1000\n";
        let (settings, notices) = load(text, &[]).unwrap();
        let unenforced = settings.unenforced();
        let names: Vec<&str> = unenforced.iter().map(|(name, _)| *name).collect();
        let expected = [
            "authorizer.class.name",
            "listener.name.external.connections.max.reauth.ms",
            "listener.name.external.plain.sasl.jaas.config",
            "sasl.enabled.mechanisms",
            "super.users",
        ];
        assert_eq!(names, expected);
        let named = notices.iter().filter(|notice| matches!(notice, Notice::NotEnforced { .. }));
        assert_eq!(named.count(), expected.len());
    }

    #[test]
    fn notices_are_one_line_a_reason() {
        let text = "num.io.threads=3\nshare.coordinator.state.topic.min.isr=1\nnum.partition=3\n\
                    share.coordinator.state.topic.replication.factor=1\nnum.network.threads=3\n";
        let (_, notices) = load(text, &[]).unwrap();
        let lines = summary(&notices);
        assert_eq!(lines.len(), 3, "{lines:#?}");
        assert!(lines[0].1.starts_with("num.partition is not a known key"), "{lines:#?}");
        let share = "no effect yet: share.coordinator.state.topic.min.isr, \
                            share.coordinator.state.topic.replication.factor. Share groups are not";
        assert!(lines[1].1.starts_with(share), "{lines:#?}");
        let threads = "does not apply: num.io.threads, num.network.threads. Ringlog does this";
        assert!(lines[2].1.starts_with(threads), "{lines:#?}");
        assert_eq!(lines[2].0, Weight::Remark);
    }

    #[test]
    fn node_id_and_broker_id_are_one() {
        let (settings, _) = load("broker.id=7", &[]).unwrap();
        assert_eq!(settings.value("node.id"), Value::Integer(7));
        assert!(matches!(
            load("broker.id=7\nnode.id=8", &[]),
            Err(SettingsError::TwoNodeIds { .. })
        ));
    }

    #[test]
    fn edit_distances() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
        assert_eq!(edit_distance("abc", "abc"), 0);
    }

    #[test]
    fn passwords_are_not_shown() {
        let (settings, _) = load("ssl.key.password=secret\nmine=secret\nnode.id=1", &[]).unwrap();
        let shown = settings.to_string();
        assert!(!shown.contains("secret"));
        assert!(shown.contains("node.id=1"));
    }
}
