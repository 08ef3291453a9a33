//! The arguments of all commands that talk to a broker.

use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use super::failure::Failure;
use crate::client::{Cluster, Options};

/// In the help, apart from what is the command's own.
const HEADING: &str = "Which broker";

#[derive(Debug, Clone, Args)]
pub(super) struct ServerArgs {
    /// Brokers to begin with, with commas between them; the others are found through them
    #[arg(
        long,
        help_heading = HEADING,
        short = 's',
        visible_alias = "bootstrap-server",
        global = true,
        value_name = "HOST:PORT",
        env = "RINGLOG_SERVER",
        default_value = "127.0.0.1:9092"
    )]
    server: String,

    /// How many seconds a request may take, with all its attempts; without it 30
    #[arg(long, help_heading = HEADING, global = true, value_name = "SECONDS",
          value_parser = seconds)]
    request_timeout: Option<Duration>,
}

/// The node that a command asks over HTTP.
#[derive(Debug, Args)]
pub(super) struct ListenerArgs {
    /// Where the node answers over HTTP: its ringlog.metrics.listener
    #[arg(
        long,
        global = true,
        value_name = "HOST:PORT",
        env = "RINGLOG_METRICS",
        default_value = "127.0.0.1:9644"
    )]
    pub(super) at: String,
}

impl ServerArgs {
    pub(super) fn connect(&self) -> Result<Cluster, Failure> {
        let default = Options::default();
        let request_timeout = self.request_timeout.unwrap_or(default.request_timeout);
        let connect_timeout = request_timeout.min(default.connect_timeout);
        let options = Options { connect_timeout, request_timeout, ..default };
        Ok(Cluster::connect(&self.server, options)?)
    }

    /// As it was given.
    pub(super) fn text(&self) -> &str {
        &self.server
    }

    /// What the caller has set.
    pub(super) fn request_timeout(&self) -> Option<Duration> {
        self.request_timeout
    }
}

/// Reads a text in which `\t`, `\n`, `\r`, `\0`, `\\` and `\xHH` stand for one character each.
pub(super) fn escaped(text: &str) -> Result<String, String> {
    let mut read = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        if next != '\\' {
            read.push(next);
            continue;
        }
        read.push(match rest.next() {
            Some('t') => '\t',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('0') => '\0',
            Some('\\') => '\\',
            Some('x') => {
                let digits: String = rest.by_ref().take(2).collect();
                let code = u8::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 2);
                let code = code.filter(u8::is_ascii).map(char::from);
                code.ok_or_else(|| format!("`\\x{digits}` is no ASCII character"))?
            }
            other => {
                let other = other.map_or_else(String::new, String::from);
                return Err(format!(
                    "`\\{other}` stands for nothing: there are \\t, \\n, \\r, \\0, \\xHH, and \\\\ \
                     for \\"
                ));
            }
        });
    }
    Ok(read)
}

/// Reads a number of seconds, with fractions.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let refuse = || format!("{text} is not a number of seconds above 0");
    let number: f64 = text.parse().map_err(|_| refuse())?;
    let usable = number > 0.0 && number <= 1e6;
    usable.then(|| Duration::from_secs_f64(number)).ok_or_else(refuse)
}

/// Reads the index of a partition.
pub(super) fn partition(text: &str) -> Result<i32, String> {
    let index = text.parse().ok().filter(|index| *index >= 0);
    index.ok_or_else(|| format!("`{text}` is no partition: they count from 0"))
}

/// Reads how many of something there are to be.
pub(super) fn count<T: FromStr + PartialOrd + From<bool>>(text: &str) -> Result<T, String> {
    let count = text.parse().ok().filter(|count| *count >= T::from(true));
    count.ok_or_else(|| format!("`{text}` is no number from 1 on"))
}

/// Reads an offset.
pub(super) fn offset(text: &str) -> Result<i64, String> {
    let offset = text.parse().ok().filter(|offset| *offset >= 0);
    offset.ok_or_else(|| format!("`{text}` is no offset: they count from 0"))
}

/// Reads `name=value`.
pub(super) fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.to_owned()))
        }
        _ => Err(format!("`{text}` is not of the form NAME=VALUE")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values() {
        let read = |text| name_and_value(text).ok();
        let pair = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
        assert_eq!(read("a.b=c=d"), pair("a.b", "c=d"));
        assert_eq!(read(" a = "), pair("a", " "));
        assert_eq!([read("a"), read("=a"), read("")], [None, None, None]);
    }

    #[test]
    fn numbers() {
        assert_eq!((partition("0"), count("1"), offset("7")), (Ok(0), Ok(1_i16), Ok(7)));
        for refused in ["-1", "x", "", "1.5", "99999999999999999999"] {
            assert!(partition(refused).is_err() && offset(refused).is_err(), "{refused}");
            assert!(count::<i32>(refused).is_err(), "{refused}");
        }
        assert!(count::<i16>("0").is_err() && count::<i16>("40000").is_err());
    }

    #[test]
    fn escapes() {
        for (text, read) in [("\\t", "\t"), ("a\\x1fb", "a\u{1f}b"), (":", ":"), ("\\\\t", "\\t")] {
            assert_eq!(escaped(text).as_deref(), Ok(read), "{text}");
        }
        for refused in ["\\", "\\q", "\\x", "\\x1", "\\xff", "\\xg0"] {
            assert!(escaped(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn durations() {
        assert_eq!(seconds("1.5"), Ok(Duration::from_millis(1500)));
        for refused in ["0", "-1", "x", "", "inf", "NaN", "1e9"] {
            assert!(seconds(refused).is_err(), "{refused}");
        }
    }
}
