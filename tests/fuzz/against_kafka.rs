//! The same bytes, read by Apache Kafka's own classes: what we read Kafka reads, and as the same;
//! what we refuse Kafka refuses, but for what the specification leaves open.
//!
//! Run by `tests/codegen/against_kafka/run damaged`, which brings the classes.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use bolero::check;
use ringlog::protocol::codec::{DecodeCause, DecodeError};

use crate::requests::Input;

/// Kafka's classes in a process of their own.
struct Kafka {
    process: Child,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What Kafka makes of a body.
enum Verdict {
    Refused(String),
    Read {
        /// Bytes that it did not look at.
        rest: usize,
        /// What it writes; none if it kept unknown tags in an order that it refuses to write.
        again: Option<Vec<u8>>,
    },
}

impl Kafka {
    fn start() -> Kafka {
        let classes = env::var("RINGLOG_KAFKA_CLASSES").expect("see the module: run it by script");
        let reader = "tests/codegen/against_kafka/AgainstKafka.java";
        let mut process = Command::new("java")
            .args(["-Xmx1g", "-cp", &classes, reader, "verdicts"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("java runs");
        let asks = process.stdin.take().expect("it is piped");
        let answers = BufReader::new(process.stdout.take().expect("it is piped"));
        Kafka { process, asks, answers }
    }

    fn judge(&mut self, name: &str, version: i16, bytes: &[u8]) -> Verdict {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let class = format!("org.apache.kafka.common.message.{name}RequestData");
        writeln!(self.asks, "{class}\t{version}\tverdict\t{hex}").expect("java listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("java answers");
        let parts: Vec<&str> = line.trim_end_matches('\n').split('\t').collect();
        match parts[..] {
            ["refused", cause] => Verdict::Refused(cause.to_owned()),
            ["read", rest, again] => {
                let again = (again != "unwritable").then(|| decoded(again));
                Verdict::Read { rest: rest.parse().expect("a count"), again }
            }
            _ => panic!("{name} {version} {hex}: {line}"),
        }
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        // It ends by itself when nobody asks any more.
        let _ended = self.process.kill();
        let _status = self.process.wait();
    }
}

fn decoded(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().map(|digit| digit.to_digit(16).expect("hex") as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// What we are stricter about: text that is too long once it is read; the size of a tagged field
/// that Kafka knows, which it does not look at.
fn is_left_open(error: DecodeError, length: usize) -> bool {
    match error.cause {
        DecodeCause::StringTooLong(_) | DecodeCause::TaggedFieldSize { .. } => true,
        // A tagged field ends where its size says.
        DecodeCause::Truncated { remaining, .. } | DecodeCause::CountTooLarge { remaining, .. } => {
            error.offset + remaining < length
        }
        _ => false,
    }
}

#[test]
#[ignore = "wants Kafka's classes: tests/codegen/against_kafka/run damaged"]
fn damaged_requests_mean_the_same_to_kafka() {
    let kafka = Mutex::new(Kafka::start());
    let counts: Mutex<BTreeMap<&str, u64>> = Mutex::default();
    let count = |what| *counts.lock().expect("one thread").entry(what).or_default() += 1;
    check!().with_test_time(crate::time()).with_type::<Input>().for_each(|input| {
        let (row, version) = input.row();
        let (name, bytes) = (row.name, input.damaged());
        let verdict = kafka.lock().expect("one thread").judge(name, version, &bytes);
        match ((row.recode)(&bytes, version), verdict) {
            (Ok(canonical), Verdict::Read { rest: 0, again }) => {
                count("read by both");
                // Kafka keeps the tagged fields that it does not know; we drop them.
                let known = again.map(|again| (row.recode)(&again, version));
                let is_same = known.is_none_or(|known| known == Ok(canonical));
                assert!(is_same, "{name} {version}: Kafka reads {bytes:02x?} differently");
            }
            (Err(_), Verdict::Refused(_)) => count("refused by both"),
            // Kafka does not look whether anything is left; we do.
            (Err(_), Verdict::Read { rest: 1.., .. }) => count("with bytes behind"),
            (Err(cause), Verdict::Read { .. }) if is_left_open(cause, bytes.len()) => {
                count("refused by us alone, as it may be");
            }
            (Err(cause), Verdict::Read { .. }) => {
                panic!("{name} {version}: we alone refuse {bytes:02x?}: {cause}");
            }
            (Ok(_), Verdict::Refused(cause)) => {
                panic!("{name} {version}: Kafka alone refuses {bytes:02x?}: {cause}");
            }
            (Ok(_), Verdict::Read { rest, .. }) => {
                panic!("{name} {version}: Kafka leaves {rest} bytes of {bytes:02x?}");
            }
        }
    });
    let counts = counts.into_inner().expect("one thread");
    println!("{counts:?}");
    assert!(counts.contains_key("read by both") && counts.contains_key("refused by both"));
}
