//! Every end of a connection, and every refusal, is counted as what it was, once.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use super::client::*;
use super::node::*;
use crate::metadata::security::Security;
use crate::protocol::generated::produce;
use crate::quotas::keys::{CONNECTION_CREATION_RATE, IP};

/// ApiVersions, version 0, from nobody.
const QUESTION: [u8; 14] = [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 9, 0xff, 0xff];
/// How often a counter is looked at before it counts as wrong, with a pause each time.
const LOOKS: usize = 3000;
const PAUSE: Duration = Duration::from_millis(10);

/// What the connections became, without their bytes; the end of one takes a moment to be noticed.
#[track_caller]
fn assert_counts(node: &Node, expected: &[(&'static str, u64)]) {
    let expected = Counts::from_iter(expected.iter().copied());
    let mut looks = (0..LOOKS).map(|_| {
        std::thread::sleep(PAUSE);
        let mut found = node.connections();
        found.retain(|name, _| !name.starts_with("bytes_"));
        found
    });
    let mut last = Counts::new();
    let is_right = looks.any(|found| {
        last = found;
        last == expected
    });
    assert!(is_right, "{last:?} instead of {expected:?}");
}

/// A connection whose bytes the broker closes it for.
fn closed_for(node: &Node, bytes: &[u8]) {
    let mut client = Client::connect(node.address);
    client.stream.write_all(bytes).unwrap();
    assert!(client.is_closed(), "{bytes:?}");
}

#[test]
fn bytes_both_ways_are_counted_and_who_leaves() {
    let node = Node::start(2, &[]);
    assert_eq!(node.connections(), Counts::new());
    let mut client = Client::connect(node.address);
    client.stream.write_all(&QUESTION).unwrap();
    let answered = 4 + client.frame().len() as u64;
    assert_counts(&node, &[("open", 1), ("opened", 1)]);
    let counts = node.connections();
    let bytes = (counts["bytes_received"], counts["bytes_sent"]);
    assert_eq!(bytes, (QUESTION.len() as u64, answered));
    drop(client);
    assert_counts(&node, &[("opened", 1), ("closed_by_peer", 1)]);
}

#[test]
fn what_can_not_be_served_is_counted() {
    let node = Node::start(2, &[]);
    // Lengths that no frame has; a header that ends early.
    closed_for(&node, &i32::MAX.to_be_bytes());
    closed_for(&node, &(-1_i32).to_be_bytes());
    closed_for(&node, &[0, 0, 0, 1, 0]);
    assert_counts(&node, &[("opened", 3), ("closed_malformed", 3)]);
    // An API that does not exist; Produce in version 2.
    closed_for(&node, &[0, 0, 0, 10, 0x7f, 0xff, 0, 0, 0, 0, 0, 1, 0xff, 0xff]);
    closed_for(&node, &[0, 0, 0, 10, 0, 0, 0, 2, 0, 0, 0, 1, 0xff, 0xff]);
    let unsupported = [("opened", 5), ("closed_malformed", 3), ("closed_unsupported", 2)];
    assert_counts(&node, &unsupported);
    // A failure that its producer learns by this end alone.
    let mut unanswered = Client::connect(node.address);
    unanswered.send::<produce::Request>(&produce_to(&[(99, b"nowhere")], 0), 9);
    assert!(unanswered.is_closed());
    let all =
        [("opened", 6), ("closed_malformed", 3), ("closed_unsupported", 2), ("closed_other", 1)];
    assert_counts(&node, &all);
}

#[test]
fn who_says_nothing_is_counted() {
    let node = Node::start(1, &["connections.max.idle.ms=300"]);
    closed_for(&node, &[]);
    assert_counts(&node, &[("opened", 1), ("closed_idle", 1)]);
}

#[test]
fn who_does_not_end_a_request_is_counted() {
    let node = Node::start(1, &[]);
    closed_for(&node, &[0, 0, 1, 0, 0, 3]);
    assert_counts(&node, &[("opened", 1), ("closed_slow_frame", 1)]);
}

#[test]
fn who_does_not_read_is_counted() {
    let node = Node::start(1, &[]);
    let mut deaf = Client::connect(node.address);
    for _ in 0..8 {
        let response = deaf.call(&produce_to(&[(0, &vec![1; 900_000])], 1), 9);
        assert_eq!(response.responses[0].partition_responses[0].error_code, 0);
    }
    let mut fetch = fetch_from(&[(0, 0)], 1, 0);
    fetch.topics[0].partitions[0].partition_max_bytes = 10 << 20;
    // More than all socket buffers hold.
    (0..10).for_each(|_| deaf.send(&fetch, 12));
    assert_counts(&node, &[("opened", 1), ("closed_not_reading", 1)]);
}

#[test]
fn who_is_not_let_in_is_counted() {
    let node = Node::start(2, &["max.connections.per.ip=2"]);
    let mut clients = [Client::connect(node.address), Client::connect(node.address)];
    for client in &mut clients {
        client.stream.write_all(&QUESTION).unwrap();
        client.frame();
    }
    closed_for(&node, &[]);
    closed_for(&node, &[]);
    assert_counts(&node, &[("open", 2), ("opened", 2), ("refused", 2)]);
    drop(clients);
    assert_counts(&node, &[("opened", 2), ("refused", 2), ("closed_by_peer", 2)]);
}

#[test]
fn who_comes_too_often_is_counted() {
    let rate = BTreeMap::from([(CONNECTION_CREATION_RATE.to_owned(), 1.0)]);
    let client_quotas = BTreeMap::from([(vec![(IP.into(), None)], rate)]);
    let node = Node::start_with(1, Security { client_quotas, ..Security::default() });
    const CLIENTS: u64 = 40;
    let mut clients: Vec<Client> = (0..CLIENTS).map(|_| Client::connect(node.address)).collect();
    // In turn: once the last one is closed, all of them were judged.
    assert!(clients.last_mut().unwrap().is_closed());
    let counts = node.connections();
    let refused = counts["refused_by_rate"];
    assert!(refused > 0 && counts["opened"] == CLIENTS - refused, "{counts:?}");
    drop(clients);
    let opened = CLIENTS - refused;
    let all = [("opened", opened), ("refused_by_rate", refused), ("closed_by_peer", opened)];
    assert_counts(&node, &all);
}
