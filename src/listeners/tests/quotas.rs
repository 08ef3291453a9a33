//! Clients that use more than their quota: told at once, then not heard for a while.

use std::collections::BTreeMap;

use super::client::*;
use super::node::*;
use crate::metadata::security::{QuotaEntity, Security};
use crate::protocol::generated::{
    api_versions, create_topics, fetch, heartbeat, metadata, offset_delete, produce,
};
use crate::protocol::{Message, Writer};
use crate::quotas::keys::{
    CONNECTION_CREATION_RATE, CONSUMER_BYTE_RATE, IP, PRODUCER_BYTE_RATE, REQUEST_PERCENTAGE,
};

/// The client id of all clients here.
fn client() -> QuotaEntity {
    vec![("client-id".into(), Some("test".into()))]
}

fn quota(entity: QuotaEntity, key: &str, value: f64) -> Security {
    let values = BTreeMap::from([(key.to_owned(), value)]);
    Security { client_quotas: BTreeMap::from([(entity, values)]), ..Security::default() }
}

/// Whether `client` has no answer after another one's requests were answered.
fn is_muted(node: &Node, client: &Client) -> bool {
    let mut other = Client::connect(node.address);
    for _ in 0..20 {
        other.call(&metadata::Request::default(), 12);
    }
    client.stream.set_nonblocking(true).unwrap();
    let peeked = client.stream.peek(&mut [0]);
    client.stream.set_nonblocking(false).unwrap();
    peeked.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}

fn one_record() -> produce::Request {
    produce_to(&[(0, b"record")], 1)
}

/// Bytes of its frame, without the length.
fn request_bytes(request: &produce::Request, version: i16) -> usize {
    let mut body = Writer::new();
    request.encode(&mut body, version).unwrap();
    const HEADER_WITH_CLIENT_ID: usize = 2 + 2 + 4 + 2 + 4 + 1;
    HEADER_WITH_CLIENT_ID + body.len()
}

#[test]
fn a_producer_above_its_rate_is_told_and_not_heard() {
    let node = Node::start_with(1, quota(client(), PRODUCER_BYTE_RATE, 1.0));
    let mut producer = Client::connect(node.address);
    let response = producer.call(&one_record(), 9);
    assert_eq!(response.responses[0].partition_responses[0].error_code, 0);
    assert!(response.throttle_time_ms > 0);
    producer.send(&metadata::Request::default(), 12);
    assert!(is_muted(&node, &producer));
}

#[test]
fn the_rate_counts_for_all_cores_together() {
    const WHOLE_SECONDS: f64 = 10.0;
    let bytes = request_bytes(&one_record(), 9) as f64;
    let node = Node::start_with(2, quota(client(), PRODUCER_BYTE_RATE, bytes / WHOLE_SECONDS));
    let mut clients = [Client::connect(node.address), Client::connect(node.address)];
    let throttled: Vec<bool> = clients
        .iter_mut()
        .map(|client| client.call(&one_record(), 9).throttle_time_ms > 0)
        .collect();
    assert_eq!(throttled, [false, true]);
}

#[test]
fn a_consumer_above_its_rate_gets_nothing_and_loses_nothing() {
    let node = Node::start_with(1, quota(client(), CONSUMER_BYTE_RATE, 1.0));
    let mut consumer = Client::connect(node.address);
    assert_eq!(consumer.call(&one_record(), 9).throttle_time_ms, 0);
    let mut request = fetch_from(&[(0, 0)], 1, 1000);
    request.session_epoch = 0;
    // More than the window's worth, but the first: it would never be had otherwise.
    let first = consumer.call(&request, 12);
    assert_eq!((first.throttle_time_ms, first.error_code), (0, 0));
    assert_eq!(values(&first.responses[0].partitions[0]), [b"record"]);
    request.session_id = first.session_id;
    request.session_epoch = 1;
    let second = consumer.call(&request, 12);
    assert!(second.throttle_time_ms > 0);
    assert_eq!((second.session_id, second.error_code), (first.session_id, 0));
    assert_eq!(second.responses, []);
    consumer.send(&request, 12);
    assert!(is_muted(&node, &consumer));
    // The session goes on behind the answer that was empty.
    let mut again = Client::connect(node.address);
    request.session_epoch = 2;
    let third = again.call::<fetch::Request>(&request, 12);
    assert_eq!((third.session_id, third.error_code), (first.session_id, 0));
}

/// Whatever a request takes, it is more than next to nothing; a sample at most is waited for.
#[test]
fn every_answer_says_for_how_long_its_client_is_not_heard() {
    const SAMPLE_MS: i32 = 1000;
    let node = Node::start_with(2, quota(client(), REQUEST_PERCENTAGE, 1e-9));
    let connect = || Client::connect(node.address);
    let mut first = connect();
    for _ in 0..2 {
        let response = first.call(&metadata::Request::default(), 12);
        assert_eq!(response.throttle_time_ms, SAMPLE_MS);
    }
    let software = api_versions::Request {
        client_software_name: "test".into(),
        client_software_version: "1".into(),
        ..Default::default()
    };
    assert_eq!(connect().call(&software, 3).throttle_time_ms, SAMPLE_MS);
    assert_eq!(connect().call(&one_record(), 9).throttle_time_ms, SAMPLE_MS);
    assert_eq!(connect().call(&fetch_from(&[], 0, 0), 12).throttle_time_ms, SAMPLE_MS);
    let topics = create_topics::Request::default();
    assert_eq!(connect().call(&topics, 7).throttle_time_ms, SAMPLE_MS);
    assert_eq!(connect().call(&offset_delete::Request::default(), 0).throttle_time_ms, SAMPLE_MS);
    let beat = heartbeat::Request::default();
    assert_eq!(connect().call(&beat, 1).throttle_time_ms, SAMPLE_MS);
    // It has no place for it.
    assert_eq!(connect().call(&beat, 0).throttle_time_ms, 0);
}

#[test]
fn others_are_not_concerned() {
    let entity = vec![("client-id".into(), Some("other".into()))];
    let node = Node::start_with(1, quota(entity, PRODUCER_BYTE_RATE, 1.0));
    let mut producer = Client::connect(node.address);
    for _ in 0..3 {
        assert_eq!(producer.call(&one_record(), 9).throttle_time_ms, 0);
    }
}

#[test]
fn an_address_that_connects_too_often_is_closed_on() {
    let entity = vec![(IP.into(), None)];
    let node = Node::start_with(1, quota(entity, CONNECTION_CREATION_RATE, 1.0));
    let mut clients: Vec<Client> = (0..40).map(|_| Client::connect(node.address)).collect();
    clients[0].call(&metadata::Request::default(), 12);
    let last = clients.last_mut().unwrap();
    last.send(&metadata::Request::default(), 12);
    assert!(last.is_closed());
}
