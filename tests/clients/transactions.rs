//! Transactional producers while the broker is killed: exactly once, in order, all or nothing.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::broker;
use crate::install::{program, python};

const TOPIC: &str = "transactions";
const KILLS: u64 = 8;

#[test]
#[ignore = "installs clients; ./test runs it"]
fn transactions_of_librdkafka_survive_kills() {
    let mut broker = broker();
    broker.create_topic(TOPIC, 3).expect("a topic");
    let mut producers = Command::new(python())
        .arg(program("python/with_transactions.py"))
        .args([broker.address().to_string(), TOPIC.to_owned()])
        .stdin(Stdio::piped())
        .spawn()
        .expect("the client starts");
    for kill in 0..KILLS {
        thread::sleep(Duration::from_millis(2_000 + kill * 700 % 1_900));
        broker.kill().expect("the broker is killed");
        broker.restart().expect("the broker starts again");
    }
    thread::sleep(Duration::from_secs(3));
    let stdin = producers.stdin.as_mut().expect("a pipe");
    stdin.write_all(b"judge\n").expect("the client listens");
    let ended = producers.wait().expect("the client ends");
    assert!(ended.success(), "{ended}");
}
