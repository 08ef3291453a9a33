//! Three members share a topic; one is killed and one added on the way: nothing is lost.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use support::broker::Broker;

use crate::broker;
use crate::client::Client;
use crate::corpus;
use crate::digest::{Digest, split_line};
use crate::reading::PARTITIONS;

#[test]
#[ignore = "installs clients; ./test runs it"]
fn members_of_librdkafka_with_eager_rebalances_lose_nothing() {
    share("eager", "range", [Client::Confluent; 4]);
}

#[test]
#[ignore = "installs clients; ./test runs it"]
fn members_of_librdkafka_with_cooperative_rebalances_lose_nothing() {
    share("cooperative", "cooperative-sticky", [Client::Confluent; 4]);
}

#[test]
#[ignore = "installs clients; ./test runs it"]
fn members_of_librdkafka_with_the_consumer_protocol_lose_nothing() {
    share("kip848", "consumer protocol", [Client::Confluent; 4]);
}

#[test]
#[ignore = "installs clients; ./test runs it"]
fn members_of_three_libraries_lose_nothing() {
    use Client::{Confluent, FranzGo, KafkaPython};
    share("mixed", "range", [FranzGo, Confluent, KafkaPython, FranzGo]);
}

#[test]
#[ignore = "installs clients; ./test runs it"]
fn members_of_kafkajs_lose_nothing() {
    share("kafkajs", "roundrobin", [Client::Kafkajs; 4]);
}

/// The first member is killed after a third of the records, the fourth is added after two.
fn share(topic: &str, assignor: &str, clients: [Client; 4]) {
    let broker = broker();
    broker.create_topic(topic, PARTITIONS).expect("a topic");
    let mut group = Group::new(&broker, topic, assignor);
    for client in &clients[..3] {
        group.add(*client);
    }
    // One of the groups shares all of it in any case.
    let is_cooperative = assignor == "cooperative-sticky";
    let corpus = corpus::for_clients(!is_cooperative);
    let [first, second, third]: [Vec<u8>; 3] = corpus::thirds(corpus).try_into().expect("three");
    let total = corpus.digest.count();

    produce(&broker, topic, &first);
    group.read_until(total / 10);
    group.members[0].kill().expect("it runs");
    produce(&broker, topic, &second);
    group.read_until(total / 2);
    group.add(clients[3]);
    produce(&broker, topic, &third);
    group.read_until(total);

    let mut digest = Digest::default();
    for (key, value) in group.records.values() {
        digest.add(key, value);
    }
    digest.assert_same(&corpus.digest, topic);
}

fn produce(broker: &Broker, topic: &str, lines: &[u8]) {
    let mut command = Client::FranzGo.produce(&broker.address().to_string(), topic, "gzip");
    let mut child = command.stdin(Stdio::piped()).spawn().expect("it starts");
    child.stdin.take().expect("a pipe").write_all(lines).expect("it reads");
    assert!(child.wait().expect("it ends").success());
}

struct Record {
    partition: i32,
    offset: i64,
    key: Vec<u8>,
    value: Vec<u8>,
}

struct Group<'a> {
    broker: &'a Broker,
    topic: &'a str,
    assignor: &'a str,
    members: Vec<Child>,
    sender: Sender<Record>,
    receiver: Receiver<Record>,
    /// By partition and offset: what is delivered twice counts once.
    records: BTreeMap<(i32, i64), (Vec<u8>, Vec<u8>)>,
}

impl<'a> Group<'a> {
    fn new(broker: &'a Broker, topic: &'a str, assignor: &'a str) -> Group<'a> {
        let (sender, receiver) = channel();
        let (members, records) = (Vec::new(), BTreeMap::new());
        Group { broker, topic, assignor, members, sender, receiver, records }
    }

    fn add(&mut self, client: Client) {
        let brokers = self.broker.address().to_string();
        let mut command: Command = client.member(&brokers, self.topic, "sharers", self.assignor);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let lines = child.stdout.take().expect("a pipe");
        let sender = self.sender.clone();
        thread::spawn(move || forward(lines, &sender));
        self.members.push(child);
    }

    fn read_until(&mut self, count: u64) {
        while (self.records.len() as u64) < count {
            let Ok(record) = self.receiver.recv_timeout(PATIENCE) else {
                panic!("only {} of {count} records after {PATIENCE:?}", self.records.len());
            };
            let place = (record.partition, record.offset);
            self.records.insert(place, (record.key, record.value));
        }
    }
}

impl Drop for Group<'_> {
    fn drop(&mut self) {
        for member in &mut self.members {
            let _already_killed = member.kill();
            let _status = member.wait();
        }
    }
}

/// Sends a member's lines on; the line that a killed member left unfinished is dropped.
fn forward(lines: ChildStdout, sender: &Sender<Record>) {
    let mut lines = BufReader::with_capacity(1 << 20, lines);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        let Some(record) = parse(&line) else { break };
        if sender.send(record).is_err() {
            break;
        }
        line.clear();
    }
}

fn parse(line: &[u8]) -> Option<Record> {
    let (partition, rest) = split_line(line).ok()?;
    let mut parts = rest.splitn(3, |byte| *byte == b'\t');
    let offset = parts.next()?;
    Some(Record {
        partition: std::str::from_utf8(partition).ok()?.parse().ok()?,
        offset: std::str::from_utf8(offset).ok()?.parse().ok()?,
        key: parts.next()?.to_vec(),
        value: parts.next()?.to_vec(),
    })
}

const PATIENCE: Duration = Duration::from_secs(60);
