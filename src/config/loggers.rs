//! Levels of single loggers, which administrators set as BROKER_LOGGER resources.
//!
//! Never: kept over a restart, as in Kafka.

use std::collections::BTreeMap;

use super::alter::{Change, ConfigError, Operation, check_once};
use super::describe::{Entry, Source};
use super::limits;

/// Words that Kafka takes for a level.
const LEVELS: [&str; 6] = ["FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"];

/// The level of each logger, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loggers {
    levels: BTreeMap<String, String>,
}

impl Loggers {
    /// The logger that all others take their level from.
    pub const ROOT: &str = "root";

    /// Known loggers are the parts of the program that log.
    pub fn new(level: &str, names: &[&str]) -> Loggers {
        let names = names.iter().copied().chain([Self::ROOT]).take(limits::LOGGERS_MAX);
        let level = level.to_ascii_uppercase();
        Loggers { levels: names.map(|name| (name.to_owned(), level.clone())).collect() }
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.levels.iter().map(|(name, level)| (name.as_str(), level.as_str()))
    }

    pub fn describe(&self) -> Vec<Entry> {
        let describe = |(name, level): (&String, &String)| Entry {
            name: name.clone(),
            value: Some(level.clone()),
            source: Source::BrokerLogger,
            is_read_only: false,
            is_sensitive: false,
            kind: None,
            synonyms: Vec::new(),
            documentation: None,
        };
        self.levels.iter().map(describe).collect()
    }

    /// The levels after the changes, all of them or none.
    pub fn alter(&self, changes: &[Change]) -> Result<Loggers, ConfigError> {
        check_once(changes.iter().map(|change| change.name.as_str()))?;
        let root = self.levels.get(Self::ROOT).cloned().unwrap_or_else(|| "INFO".to_owned());
        let mut altered = self.clone();
        for change in changes {
            let name = &change.name;
            let level = match &change.operation {
                Operation::Set(level) => level.trim().to_ascii_uppercase(),
                Operation::Delete if name == Self::ROOT => return Err(ConfigError::RootLogger),
                Operation::Delete => root.clone(),
                other => {
                    return Err(ConfigError::LoggerOperation { operation: other.name() });
                }
            };
            let Some(current) = altered.levels.get_mut(name) else {
                return Err(ConfigError::UnknownLogger { name: name.clone() });
            };
            if !LEVELS.contains(&level.as_str()) {
                return Err(ConfigError::UnknownLevel { name: name.clone(), level });
            }
            *current = level;
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

    #[test]
    fn a_level_is_set_and_unset() {
        let loggers = Loggers::new("info", &["ringlog::handlers"]);
        let set = loggers.alter(&[change("ringlog::handlers", Operation::Set("debug".into()))]);
        let set = set.unwrap();
        assert!(set.iter().any(|pair| pair == ("ringlog::handlers", "DEBUG")));
        let unset = set.alter(&[change("ringlog::handlers", Operation::Delete)]).unwrap();
        assert_eq!(unset, loggers);
        assert_eq!(set.describe()[0].source, Source::BrokerLogger);
    }

    #[test]
    fn refusals() {
        let loggers = Loggers::new("info", &["a"]);
        let refusal = |name: &str, operation| {
            loggers.alter(&[change(name, operation)]).unwrap_err().to_string()
        };
        assert_eq!(refusal("b", Operation::Set("INFO".into())), "Logger b does not exist!");
        assert!(refusal("a", Operation::Set("LOUD".into())).contains("LOUD"));
        assert_eq!(
            refusal("a", Operation::Append("DEBUG".into())),
            "APPEND operation is not allowed for the BROKER_LOGGER resource"
        );
        assert_eq!(
            refusal("root", Operation::Delete),
            "Removing the log level of the root logger is not allowed"
        );
    }
}
