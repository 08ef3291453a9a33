//! The clients: how each is called, and which codecs it has.
//!
//! All take records from standard input and give them to standard output as the same lines,
//! "key TAB value"; clients that are libraries do so through a small program of this folder.

use std::process::Command;

use support::broker::kafka_script;

use crate::install;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Client {
    /// librdkafka 2.0, from Debian.
    Kcat,
    /// Apache Kafka's console tools.
    Java,
    FranzGo,
    /// librdkafka 2.16 in Python.
    Confluent,
    Kafkajs,
    KafkaPython,
    /// The commands of the binary itself.
    Ringlog,
}

impl Client {
    pub(crate) const ALL: [Client; 7] = [
        Client::Kcat,
        Client::Java,
        Client::FranzGo,
        Client::Confluent,
        Client::Kafkajs,
        Client::KafkaPython,
        Client::Ringlog,
    ];

    pub(crate) fn codecs(self) -> &'static [&'static str] {
        match self {
            Client::Kafkajs => &["none", "gzip", "snappy"],
            _ => &["none", "gzip", "snappy", "lz4", "zstd"],
        }
    }

    /// Takes minutes for the whole corpus.
    pub(crate) fn is_slow(self) -> bool {
        matches!(self, Client::KafkaPython | Client::Kafkajs)
    }

    pub(crate) fn produce(self, brokers: &str, topic: &str, codec: &str) -> Command {
        match self {
            Client::Kcat => {
                let mut command = Command::new(install::debian("kcat"));
                command.args(["-P", "-b", brokers, "-t", topic, "-z", codec, "-K", "\\t"]);
                command
            }
            Client::Java => {
                let mut command = java("org.apache.kafka.tools.ConsoleProducer");
                command.args(["--bootstrap-server", brokers, "--topic", topic]);
                command.args(["--compression-codec", codec]);
                // Its own patience is 1.5 seconds, too short for a machine that is busy.
                command.args(["--request-timeout-ms", "60000"]);
                command.args(["--reader-property", "parse.key=true"]);
                command.args(["--reader-property", "key.separator=\t"]);
                command
            }
            Client::Ringlog => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_ringlog"));
                command.args(["produce", topic, "--server", brokers, "--quiet"]);
                command.args(["--compression", codec, "--key-separator", "\t"]);
                command
            }
            library => library.program(&["produce", brokers, topic, codec]),
        }
    }

    pub(crate) fn consume(self, brokers: &str, topic: &str, count: u64) -> Command {
        let count = count.to_string();
        match self {
            Client::Kcat => {
                let mut command = Command::new(install::debian("kcat"));
                command.args(["-C", "-q", "-e", "-b", brokers, "-t", topic]);
                command.args(["-f", "%k\\t%s\\n"]);
                command
            }
            Client::Java => {
                let mut command = java("org.apache.kafka.tools.consumer.ConsoleConsumer");
                command.args(["--bootstrap-server", brokers, "--topic", topic]);
                command.args(["--from-beginning", "--timeout-ms", "30000"]);
                command.args(["--max-messages", &count]);
                command.args(["--formatter-property", "print.key=true"]);
                command.args(["--formatter-property", "key.separator=\t"]);
                command
            }
            Client::Ringlog => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_ringlog"));
                command.args(["consume", topic, "--server", brokers, "--quiet"]);
                command.args(["--from", "beginning", "--exit-at-end", "--with", "key"]);
                command
            }
            library => library.program(&["consume", brokers, topic, &count]),
        }
    }

    /// A member of a group: prints "partition TAB offset TAB key TAB value" until it is ended.
    pub(crate) fn member(self, brokers: &str, topic: &str, group: &str, assignor: &str) -> Command {
        self.program(&["member", brokers, topic, group, assignor])
    }

    fn program(self, arguments: &[&str]) -> Command {
        let mut command = match self {
            Client::FranzGo => Command::new(install::franz_go()),
            Client::Confluent => python("python/with_librdkafka.py"),
            Client::KafkaPython => python("python/with_kafka_python.py"),
            Client::Kafkajs => {
                let mut command = Command::new("node");
                command.arg(install::program("node/with_kafkajs.js"));
                command.env("NODE_PATH", install::node_modules());
                command
            }
            Client::Kcat | Client::Java | Client::Ringlog => {
                panic!("{self:?} is a tool, not a library")
            }
        };
        command.args(arguments);
        command
    }
}

/// One of Kafka's own tools.
pub(crate) fn java(class: &str) -> Command {
    let mut command = Command::new(kafka_script());
    command.args(["tool", class]);
    command
}

fn python(script: &str) -> Command {
    let mut command = Command::new(install::python());
    command.arg(install::program(script));
    command
}
