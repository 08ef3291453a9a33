//! The log of the process: how much is written to it, and how that changes while the node runs.
//!
//! Lives on: the process; all cores write to the same standard error.
//! Promise: what is not wanted costs a look at a flag. Never: started by a library's user or a test
//! that has its own.   Read next: ../config/loggers.rs.

use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::sync::OnceLock;

use tracing_subscriber::filter::{EnvFilter, LevelFilter, ParseError};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload::{self, Handle};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt};

use crate::config::loggers::Loggers;

static FILTER: OnceLock<Handle<EnvFilter, Registry>> = OnceLock::new();

/// Why nothing can be logged by a filter.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    #[error(
        "`{0}` is no level: there are error, warn, info, debug and trace, for everything, or for a \
         part of the program as in `info,ringlog::listeners=debug`"
    )]
    NoLevel(String),
    #[error(transparent)]
    Malformed(#[from] ParseError),
}

/// Begins to log to standard error: what `filter` lets through.
pub fn start(filter: &str) -> Result<(), FilterError> {
    check(filter)?;
    let (filter, handle) = reload::Layer::new(EnvFilter::try_new(filter)?);
    let lines = fmt::layer().with_ansi(io::stderr().is_terminal()).with_writer(io::stderr);
    tracing_subscriber::registry().with(filter).with(lines).init();
    // `init` panics if the process logs already, so there was none.
    let _first = FILTER.set(handle);
    Ok(())
}

/// Refuses a word that is taken for a part of the program, of which there is none of that name.
fn check(filter: &str) -> Result<(), FilterError> {
    const PARTS: [&str; 2] = ["ringlog", "shards"];
    for directive in filter.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        let is_part = || PARTS.iter().any(|part| directive.starts_with(part));
        let is_level = directive.parse::<LevelFilter>().is_ok();
        if !directive.contains(['=', '[']) && !is_level && !is_part() {
            return Err(FilterError::NoLevel(directive.to_owned()));
        }
    }
    Ok(())
}

/// From now on each part of the program logs as its logger says, whatever was begun with.
pub fn follow(loggers: &Loggers) {
    // None in tests and in the simulated world.
    let Some(handle) = FILTER.get() else { return };
    let text = directives(loggers);
    let outcome = EnvFilter::try_new(&text).map(|filter| handle.reload(filter));
    match outcome {
        Ok(Ok(())) => tracing::info!(levels = text, "log levels changed"),
        Ok(Err(error)) => tracing::error!(%error, "log levels stay as they were"),
        Err(error) => tracing::error!(%error, levels = text, "log levels stay as they were"),
    }
}

/// In the words of `EnvFilter`.
fn directives(loggers: &Loggers) -> String {
    let mut text = String::new();
    for (name, level) in loggers.iter() {
        // Nothing is worse than an error here.
        let level = if level == "FATAL" { "ERROR" } else { level };
        let comma = if text.is_empty() { "" } else { "," };
        // Writing to a string does not fail.
        let _ = match name {
            Loggers::ROOT => write!(text, "{comma}{level}"),
            name => write!(text, "{comma}{name}={level}"),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::alter::{Change, Operation};

    #[test]
    fn a_word_that_is_no_level_is_refused() {
        for sound in ["info", "DEBUG", "off", "warn,ringlog::listeners=debug", "shards::io", ""] {
            assert!(check(sound).is_ok(), "{sound}");
        }
        for word in ["verbose", "info,chatty", "5x"] {
            assert!(matches!(check(word), Err(FilterError::NoLevel(_))), "{word}");
        }
    }

    #[test]
    fn levels_of_loggers_become_a_filter() {
        let loggers = Loggers::new("info", &["ringlog", "shards"]);
        let set = |name: &str, level: &str| Change {
            name: name.to_owned(),
            operation: Operation::Set(level.to_owned()),
        };
        let loggers = loggers.alter(&[set("ringlog", "debug"), set("root", "fatal")]).unwrap();
        let text = directives(&loggers);
        assert_eq!(text, "ringlog=DEBUG,ERROR,shards=INFO");
        assert!(EnvFilter::try_new(text).is_ok());
    }
}
