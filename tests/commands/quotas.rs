//! Client quotas: set, shown, kept by the broker, and there after a restart.

use serde_json::json;
use support::batch::{self, Sequence};
use support::calls::{self, Acks, PRODUCE};
use support::connection::frame;

use crate::session::Session;

/// The client id of `support`.
const CLIENT: &str = "ringlog-tests";

#[test]
fn a_producer_above_its_quota_is_told_and_not_heard() {
    let session = Session::start();
    session.run("topic create logs").succeeded();
    let alter = format!("config alter client {CLIENT} --add producer_byte_rate=1");
    let altered = session.run(&alter).succeeded();
    assert_eq!(altered, format!("altered the quotas of client-id {CLIENT}\n"));
    let mut producer = session.broker.connect().expect("it is there");
    let sequence = Sequence { producer_id: -1, producer_epoch: -1, first: -1 };
    let records = batch::build(&[b"record"], sequence, batch::now_ms());
    let body = calls::produce_body("logs", 0, Acks::All, &records);
    let request = frame(PRODUCE, &body);
    producer.send(&request).expect("it is there");
    let answer = producer.receive().expect("an answer");
    assert_eq!(calls::produced(answer).expect("it is appended"), 0);
    // It ends with the time, and a byte for no tags.
    let [.., a, b, c, d, _] = *answer else { panic!("{answer:?}") };
    assert!(i32::from_be_bytes([a, b, c, d]) > 0, "{answer:?}");
    producer.send(&request).expect("it is there");
    for _ in 0..20 {
        let mut other = session.broker.connect().expect("it is there");
        calls::brokers(&mut other).expect("others are heard");
    }
    assert!(!producer.is_answered().expect("it is there"));
    assert_eq!(session.lines_of("logs", ""), ["record"]);
}

#[test]
fn quotas_from_the_first_to_the_last() {
    let mut session = Session::start();
    for (whom, change) in [
        ("user alice", "--add request_percentage=12.5 --add consumer_byte_rate=2048"),
        ("user alice --client app", "--add producer_byte_rate=1"),
        ("client", "--add producer_byte_rate=1000000"),
        ("ip localhost", "--add connection_creation_rate=1000"),
    ] {
        session.run(&format!("config alter {whom} {change}")).succeeded();
    }
    session.broker.stop().expect("it stops");
    session.broker.restart().expect("it starts");
    let described = |words: &str| session.run(&format!("config describe {words} --json")).json();
    assert_eq!(
        described("user alice"),
        json!([{
            "entity": {"user": "alice"},
            "quotas": {"consumer_byte_rate": 2048.0, "request_percentage": 12.5},
        }])
    );
    assert_eq!(described("user --all").as_array().map(Vec::len), Some(2));
    let app = described("user alice --client app");
    assert_eq!(app[0]["entity"], json!({"client-id": "app", "user": "alice"}));
    assert_eq!(described("client")[0]["entity"], json!({"client-id": null}));
    let table = session.run("config describe ip localhost").succeeded();
    assert!(table.contains("connection_creation_rate"), "{table}");
    session.run("config alter ip localhost --delete connection_creation_rate").succeeded();
    assert_eq!(described("ip --all"), json!([]));
    for (words, complaint) in [
        ("user a --add nonsense=1", "Invalid configuration key nonsense"),
        ("client a --add producer_byte_rate=0", "must be greater than 0"),
        ("ip no.such.host.invalid --add connection_creation_rate=1", "not a valid IP"),
    ] {
        let refused = session.run(&format!("config alter {words}")).failed(1);
        assert!(refused.contains(complaint), "{refused}");
    }
    session.run("config alter client a --add producer_byte_rate=many").failed(2);
    session.run("config describe topic a --client b").failed(2);
}

#[test]
fn changes_of_topics_above_the_quota_are_refused() {
    let session = Session::start();
    session.run("config alter user --add controller_mutation_rate=0.001").succeeded();
    session.run("topic create first").succeeded();
    let refused = session.run("topic create second").failed(1);
    assert!(refused.contains("THROTTLING_QUOTA_EXCEEDED"), "{refused}");
    let refused = session.run("topic delete first").failed(1);
    assert!(refused.contains("THROTTLING_QUOTA_EXCEEDED"), "{refused}");
    session.run("config alter user --delete controller_mutation_rate").succeeded();
    session.run("topic create second").succeeded();
}
