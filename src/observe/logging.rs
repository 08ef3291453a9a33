//! The log of the process: in which form, how much is written to it, and how that changes while the
//! node runs.
//!
//! Lives on: the process; all cores write to the same standard error.
//! Promise: what is not wanted costs a look at a flag. Never: started by a library's user or a test
//! that has its own.   Read next: json_lines.rs, ../config/loggers.rs.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};
use std::sync::OnceLock;

use tracing_subscriber::filter::{EnvFilter, LevelFilter, ParseError};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload::{self, Handle};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt};

use super::json_lines::{self, JsonLines};
use crate::config::loggers::Loggers;

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Text,
    /// One JSON object in each line, which names the node.
    Json {
        node: i32,
    },
}

static FORMAT: OnceLock<Format> = OnceLock::new();
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
pub fn start(filter: &str, format: Format) -> Result<(), FilterError> {
    check(filter)?;
    let (filter, handle) = reload::Layer::new(EnvFilter::try_new(filter)?);
    let text = || fmt::layer().with_ansi(io::stderr().is_terminal()).with_writer(io::stderr);
    let json = |node| fmt::layer().event_format(JsonLines { node }).with_writer(io::stderr);
    let (text, json) = match format {
        Format::Text => (Some(text()), None),
        Format::Json { node } => (None, Some(json(node))),
    };
    tracing_subscriber::registry().with(filter).with(text).with(json).init();
    // `init` panics if the process logs already, so there was none.
    let (_first, _only) = (FILTER.set(handle), FORMAT.set(format));
    Ok(())
}

/// Shows who started the node that it is ready; what the log lets through does not matter.
pub fn announce(text: &str) {
    // Without a terminal or a log to write to, the node runs all the same.
    let _unseen = match FORMAT.get() {
        Some(Format::Json { node }) => {
            let line = json_lines::paragraph(*node, "info", "ringlog::boot", text);
            io::stderr().lock().write_all(line.as_bytes())
        }
        _ => io::stdout().lock().write_all(text.as_bytes()),
    };
}

/// The last words of a process that ends because its state is wrong.
pub fn last_words(text: &str) {
    let line = match FORMAT.get() {
        Some(Format::Json { node }) => {
            json_lines::paragraph(*node, "error", "ringlog::boot::crash", text)
        }
        _ => text.to_owned(),
    };
    // There is nobody else to tell.
    let _untold = io::stderr().write_all(line.as_bytes());
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
    for (name, level) in loggers.own_levels() {
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
        let loggers = Loggers::new("info");
        let set = |name: &str, level: &str| Change {
            name: name.to_owned(),
            operation: Operation::Set(level.to_owned()),
        };
        let loggers = loggers.alter(&[set("ringlog", "debug"), set("root", "fatal")]).unwrap();
        let text = directives(&loggers);
        assert_eq!(text, "ERROR,ringlog=DEBUG");
        assert!(EnvFilter::try_new(text).is_ok());
    }
}
