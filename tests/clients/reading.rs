//! Each client's records, written with each codec, are read back by another client.

use std::fs::File;
use std::io::{BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use support::broker::Broker;
use support::calls::{self, Position};

use crate::broker;
use crate::client::{Client, java};
use crate::corpus::{self, Corpus};
use crate::digest::Digest;

#[test]
#[ignore = "installs clients; ./test runs it"]
fn what_kcat_writes_others_read() {
    written_by(Client::Kcat);
}

#[test]
#[ignore = "installs clients; ./test runs it"]
fn what_the_java_tools_write_others_read() {
    written_by(Client::Java);
}

#[test]
#[ignore = "installs clients; ./test runs it"]
fn what_franz_go_writes_others_read() {
    written_by(Client::FranzGo);
}

#[test]
#[ignore = "installs clients; ./test runs it"]
fn what_confluent_writes_others_read() {
    written_by(Client::Confluent);
}

#[test]
#[ignore = "installs clients; ./test runs it"]
fn what_kafkajs_writes_others_read() {
    written_by(Client::Kafkajs);
}

#[test]
#[ignore = "installs clients; ./test runs it"]
fn what_kafka_python_writes_others_read() {
    written_by(Client::KafkaPython);
}

#[test]
#[ignore = "installs clients; ./test runs it"]
fn what_ringlog_writes_others_read() {
    written_by(Client::Ringlog);
}

#[test]
#[ignore = "installs clients; ./test runs it"]
fn the_java_performance_tools_count_what_they_send() {
    let broker = broker();
    let brokers = broker.address().to_string();
    broker.create_topic("performance", PARTITIONS).expect("a topic");
    let bootstrap = format!("bootstrap.servers={brokers}");
    let count = PERFORMANCE_RECORDS.to_string();

    let mut producer = java("org.apache.kafka.tools.ProducerPerformance");
    producer.args(["--topic", "performance", "--num-records", &count, "--throughput", "-1"]);
    producer.arg("--payload-file").arg(&corpus::slice().file);
    producer.args(["--command-property", &bootstrap, "compression.type=lz4"]);
    output(producer);
    assert_eq!(records_held(&broker, "performance"), PERFORMANCE_RECORDS);

    let mut consumer = java("org.apache.kafka.tools.ConsumerPerformance");
    consumer.args(["--topic", "performance", "--bootstrap-server", &brokers]);
    consumer.args(["--num-records", &count, "--timeout", "60000", "--hide-header"]);
    let figures = output(consumer);
    let consumed = figures.lines().last().and_then(|line| line.split(", ").nth(4));
    let consumed: u64 = consumed.and_then(|field| field.parse().ok()).expect("a count of records");
    assert!(consumed >= PERFORMANCE_RECORDS, "{figures}");
}

fn written_by(writer: Client) {
    let broker = broker();
    for codec in writer.codecs() {
        let reader = reader(writer, codec);
        let corpus = corpus::for_clients(writer.is_slow() || reader.is_slow());
        let topic = format!("{writer:?}-{codec}").to_lowercase();
        broker.create_topic(&topic, PARTITIONS).expect("a topic");

        carry(&broker, writer, codec, reader, &topic, corpus);
    }
}

/// Panics unless the reader gets what the writer was given.
pub(crate) fn carry(
    broker: &Broker,
    writer: Client,
    codec: &str,
    reader: Client,
    topic: &str,
    corpus: &Corpus,
) {
    let began = Instant::now();
    write(broker, writer, topic, codec, corpus);
    let count = corpus.digest.count();
    assert_eq!(records_held(broker, topic), count, "records of {topic}");
    let written = began.elapsed();
    let read = read(broker, reader, topic, count);
    read.assert_same(&corpus.digest, &format!("{topic} as {reader:?} reads it"));
    let took = began.elapsed() - written;
    println!("{topic}: {count} records in {written:.1?}, read by {reader:?} in {took:.1?}");
}

/// Another one each time, so that each pair of clients meets; it must have the codec.
fn reader(writer: Client, codec: &str) -> Client {
    let place = |client| Client::ALL.iter().position(|other| *other == client);
    let shift = writer.codecs().iter().position(|other| *other == codec);
    let first = place(writer).unwrap_or(0) + shift.unwrap_or(0) + 1;
    let mut others = Client::ALL.iter().cycle().skip(first).take(Client::ALL.len());
    let able = |other: &&Client| **other != writer && other.codecs().contains(&codec);
    *others.find(able).expect("a client with this codec")
}

fn write(broker: &Broker, client: Client, topic: &str, codec: &str, corpus: &Corpus) {
    let lines = File::open(&corpus.file).expect("the corpus is there");
    let mut command = client.produce(&broker.address().to_string(), topic, codec);
    let status = command.stdin(lines).stdout(Stdio::null()).status().expect("it starts");
    assert!(status.success(), "{command:?}: {status}");
}

fn read(broker: &Broker, client: Client, topic: &str, count: u64) -> Digest {
    let command = client.consume(&broker.address().to_string(), topic, count);
    let mut child = start(command);
    let lines = child.stdout.take().expect("a pipe");
    let digest = Digest::of_lines(BufReader::with_capacity(1 << 20, lines)).expect("lines");
    let status = child.wait().expect("it ends");
    assert!(status.success(), "{client:?} reading {topic}: {status}");
    digest
}

fn output(command: Command) -> String {
    let mut child = start(command);
    let mut text = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut text).expect("text");
    let status = child.wait().expect("it ends");
    assert!(status.success(), "{status}: {text}");
    text
}

fn start(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("it starts")
}

fn records_held(broker: &Broker, topic: &str) -> u64 {
    let mut connection = broker.connect().expect("a connection");
    let mut offset = |partition, position| {
        calls::offset(&mut connection, topic, partition, position).expect("an offset")
    };
    (0..PARTITIONS)
        .map(|partition| {
            let end = offset(partition, Position::Latest);
            (end - offset(partition, Position::Earliest)) as u64
        })
        .sum()
}

pub(crate) const PARTITIONS: i32 = 8;
const PERFORMANCE_RECORDS: u64 = 1_000_000;
