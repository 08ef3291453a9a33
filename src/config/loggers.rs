//! Levels of single loggers, which administrators set as BROKER_LOGGER resources.
//!
//! Never: kept over a restart, as in Kafka.

use std::collections::BTreeMap;

use super::alter::{Change, ConfigError, Operation, check_once};
use super::describe::{Entry, Source};
use super::limits;

/// Words that Kafka takes for a level.
const LEVELS: [&str; 6] = ["FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"];

/// The parts of the program that log; below `ringlog` and `shards` their modules.
pub const NAMES: &[&str] = &[
    "ringlog",
    "ringlog::boot",
    "ringlog::broker",
    "ringlog::config",
    "ringlog::controller",
    "ringlog::coordinators",
    "ringlog::handlers",
    "ringlog::hosting",
    "ringlog::listeners",
    "ringlog::metadata",
    "ringlog::observe",
    "ringlog::quotas",
    "ringlog::routing",
    "shards",
    "shards::io",
    "shards::journal",
    "shards::log",
    "shards::mesh",
    "shards::node_dir",
    "shards::placement",
    "shards::store",
];

/// The level of each logger, by name. One without a level of its own has that of the logger above
/// it, and in the end that of the root: Log4j's rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loggers {
    root: String,
    levels: BTreeMap<String, Option<String>>,
}

impl Loggers {
    /// The logger that all others take their level from.
    pub const ROOT: &str = "root";

    /// All that there are, with one level.
    pub fn new(level: &str) -> Loggers {
        const { assert!(NAMES.len() < limits::LOGGERS_MAX) };
        let levels = NAMES.iter().map(|name| ((*name).to_owned(), None));
        Loggers { root: level.to_ascii_uppercase(), levels: levels.collect() }
    }

    /// Those with a level of their own: the root first, then by name.
    pub fn own_levels(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.levels.iter().filter_map(|(name, own)| Some((&**name, own.as_deref()?)));
        std::iter::once((Self::ROOT, &*self.root)).chain(own)
    }

    /// The level in force.
    fn level(&self, name: &str) -> &str {
        let mut name = name;
        loop {
            if let Some(Some(own)) = self.levels.get(name) {
                return own;
            }
            match name.rsplit_once("::") {
                Some((above, _)) => name = above,
                None => return &self.root,
            }
        }
    }

    pub fn describe(&self) -> Vec<Entry> {
        let describe = |name: &str| Entry {
            name: name.to_owned(),
            value: Some(self.level(name).to_owned()),
            source: Source::BrokerLogger,
            is_read_only: false,
            is_sensitive: false,
            kind: None,
            synonyms: Vec::new(),
            documentation: None,
        };
        let names = self.levels.keys().map(String::as_str);
        let mut names: Vec<&str> = names.chain([Self::ROOT]).collect();
        names.sort_unstable();
        names.into_iter().map(describe).collect()
    }

    /// The levels after the changes, all of them or none.
    pub fn alter(&self, changes: &[Change]) -> Result<Loggers, ConfigError> {
        check_once(changes.iter().map(|change| change.name.as_str()))?;
        let mut altered = self.clone();
        for change in changes {
            let name = &change.name;
            let level = match &change.operation {
                Operation::Set(level) => Some(level.trim().to_ascii_uppercase()),
                Operation::Delete if name == Self::ROOT => return Err(ConfigError::RootLogger),
                Operation::Delete => None,
                other => {
                    return Err(ConfigError::LoggerOperation { operation: other.name() });
                }
            };
            if name != Self::ROOT && !altered.levels.contains_key(name) {
                return Err(ConfigError::UnknownLogger { name: name.clone() });
            }
            if let Some(level) = level.as_ref().filter(|level| !LEVELS.contains(&level.as_str())) {
                let level = level.clone();
                return Err(ConfigError::UnknownLevel { name: name.clone(), level });
            }
            match level {
                Some(level) if name == Self::ROOT => altered.root = level,
                level => drop(altered.levels.insert(name.clone(), level)),
            }
        }
        Ok(altered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(name: &str, operation: Operation) -> Change {
        Change { name: name.to_owned(), operation }
    }

    fn described(loggers: &Loggers, name: &str) -> String {
        let entry = loggers.describe().into_iter().find(|entry| entry.name == name);
        entry.and_then(|entry| entry.value).unwrap()
    }

    #[test]
    fn a_level_is_set_and_unset() {
        let loggers = Loggers::new("info");
        let set = loggers.alter(&[change("ringlog::handlers", Operation::Set("debug".into()))]);
        let set = set.unwrap();
        let own: Vec<_> = set.own_levels().collect();
        assert_eq!(own, [("root", "INFO"), ("ringlog::handlers", "DEBUG")]);
        let unset = set.alter(&[change("ringlog::handlers", Operation::Delete)]).unwrap();
        assert_eq!(unset, loggers);
        assert_eq!(set.describe()[0].source, Source::BrokerLogger);
    }

    #[test]
    fn a_logger_without_a_level_has_that_of_the_one_above() {
        let loggers = Loggers::new("info");
        let set = |name: &str, level: &str| change(name, Operation::Set(level.into()));
        let changes = [set("shards", "warn"), set("shards::io", "trace"), set("root", "error")];
        let loggers = loggers.alter(&changes).unwrap();
        let levels = ["shards", "shards::io", "shards::log", "ringlog::boot", "root"];
        let levels = levels.map(|name| described(&loggers, name));
        assert_eq!(levels, ["WARN", "TRACE", "WARN", "ERROR", "ERROR"]);
    }

    /// A module that is added has to get its logger, or be left out here with a reason.
    #[test]
    fn every_module_that_may_log_has_a_logger() {
        // They log nothing: commands, and what is pure.
        let without =
            ["cli", "client", "coordinators", "limits", "protocol", "refusals", "simulation"];
        let of_engine = ["io", "journal", "log", "mesh", "node_dir", "placement", "store"];
        let library = include_str!("../lib.rs");
        let modules = library.lines().filter_map(|line| line.strip_prefix("pub mod "));
        for module in modules.map(|line| line.trim_end_matches(';')) {
            let has_logger = NAMES.contains(&format!("ringlog::{module}").as_str());
            assert!(has_logger || without.contains(&module), "{module}");
        }
        assert!(
            of_engine.iter().all(|module| NAMES.contains(&format!("shards::{module}").as_str()))
        );
    }

    #[test]
    fn refusals() {
        let loggers = Loggers::new("info");
        let refusal = |name: &str, operation| {
            loggers.alter(&[change(name, operation)]).unwrap_err().to_string()
        };
        assert_eq!(refusal("b", Operation::Set("INFO".into())), "Logger b does not exist!");
        assert!(refusal("shards", Operation::Set("LOUD".into())).contains("LOUD"));
        assert_eq!(
            refusal("shards", Operation::Append("DEBUG".into())),
            "APPEND operation is not allowed for the BROKER_LOGGER resource"
        );
        assert_eq!(
            refusal("root", Operation::Delete),
            "Removing the log level of the root logger is not allowed"
        );
    }
}
