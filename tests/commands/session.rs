//! A broker, and commands that are told of it by their environment.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use support::broker::{Broker, Launch};

/// What a command did.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("the command ends by itself"),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        }
    }

    /// What it wrote; it must have succeeded.
    #[track_caller]
    pub(crate) fn succeeded(self) -> String {
        assert_eq!(self.code, 0, "{}", self.stderr);
        self.stdout
    }

    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.succeeded()).expect("JSON")
    }

    /// What it complained of, with this exit code and nothing on stdout.
    #[track_caller]
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{}", self.stderr);
        self.stderr
    }
}

pub(crate) struct Session {
    pub broker: Broker,
}

impl Session {
    pub(crate) fn start() -> Self {
        Self::start_with("group.initial.rebalance.delay.ms=200")
    }

    /// With a line of its properties.
    pub(crate) fn start_with(setting: &str) -> Self {
        Self::start_with_all(&[setting])
    }

    /// With lines of its properties.
    pub(crate) fn start_with_all(settings: &[&str]) -> Self {
        let launch = Launch::from_environment(env!("CARGO_BIN_EXE_ringlog"));
        Self { broker: Broker::start(&launch, settings).expect("the broker starts") }
    }

    /// Where the banner says that the node answers over HTTP.
    pub(crate) fn listener(&self) -> String {
        let log = self.broker.log_of_last_start();
        let line = log.lines().find(|line| line.trim_start().starts_with("metrics"));
        let (_, address) = line.and_then(|line| line.split_once("http://")).expect("the banner");
        address.trim_end_matches("/metrics").to_owned()
    }

    /// A command that knows the broker, words with spaces between them.
    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = bare(words);
        command.env("RINGLOG_SERVER", self.broker.address().to_string());
        command
    }

    pub(crate) fn run(&self, words: &str) -> Outcome {
        Outcome::of(self.command(words).stdin(Stdio::null()).output().expect("it runs"))
    }

    pub(crate) fn feed(&self, words: &str, input: &[u8]) -> Outcome {
        let mut command = self.command(words);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = child.spawn().expect("it runs");
        // Who refuses its arguments does not read.
        let _ = child.stdin.take().expect("piped").write_all(input);
        Outcome::of(child.wait_with_output().expect("it ends"))
    }

    /// All records of a topic, sorted by line.
    pub(crate) fn lines_of(&self, topic: &str, arguments: &str) -> Vec<String> {
        let words = format!("consume {topic} --from beginning --exit-at-end -q {arguments}");
        let text = self.run(&words).succeeded();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.broker.data()
    }
}

/// A command that knows no broker.
pub(crate) fn bare(words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringlog"));
    command.args(words.split_whitespace()).env_remove("RINGLOG_SERVER");
    command
}

pub(crate) fn run_bare(words: &str) -> Outcome {
    Outcome::of(bare(words).stdin(Stdio::null()).output().expect("it runs"))
}
