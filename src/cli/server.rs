//! The arguments of all commands that talk to a broker.

use std::time::Duration;

use clap::Args;

use super::failure::Failure;
use crate::client::{Cluster, Options};

#[derive(Debug, Args)]
pub(super) struct ServerArgs {
    /// Brokers to begin with, with commas between them
    #[arg(
        long,
        short = 's',
        visible_alias = "bootstrap-server",
        global = true,
        value_name = "HOST:PORT",
        env = "RINGLOG_SERVER",
        default_value = "127.0.0.1:9092"
    )]
    server: String,

    /// How long to wait for a broker's answer
    #[arg(long, global = true, value_name = "SECONDS", default_value = "30",
          value_parser = seconds)]
    request_timeout: Duration,
}

impl ServerArgs {
    pub(super) fn connect(&self) -> Result<Cluster, Failure> {
        let options = Options {
            connect_timeout: self.request_timeout.min(Options::default().connect_timeout),
            request_timeout: self.request_timeout,
            ..Options::default()
        };
        Ok(Cluster::connect(&self.server, options)?)
    }
}

/// Reads a number of seconds, with fractions.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let refuse = || format!("{text} is not a number of seconds above 0");
    let number: f64 = text.parse().map_err(|_| refuse())?;
    let usable = number > 0.0 && number <= 1e6;
    usable.then(|| Duration::from_secs_f64(number)).ok_or_else(refuse)
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
    fn durations() {
        assert_eq!(seconds("1.5"), Ok(Duration::from_millis(1500)));
        for refused in ["0", "-1", "x", "", "inf", "NaN", "1e9"] {
            assert!(seconds(refused).is_err(), "{refused}");
        }
    }
}
