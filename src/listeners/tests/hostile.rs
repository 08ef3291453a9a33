//! Peers that send rubbish, or nothing, or do not read: each costs its own connection only.

use std::io::Write;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::client::*;
use super::node::*;
use crate::handlers::table;
use crate::limits;
use crate::protocol::generated::{produce, recode};
use crate::protocol::tests::Row;
use crate::protocol::{
    ApiKey, Message, Reader, RequestHeader, ResponseHeader, Writer, elect_leaders,
};

/// A client beside the hostile ones that must not notice them.
fn assert_serves(client: &mut Client) {
    let response = client.call(&produce_to(&[(0, b"x"), (1, b"x")], 1), 9);
    let all = &response.responses[0].partition_responses;
    assert!(all.iter().all(|partition| partition.error_code == 0));
}

#[test]
fn rubbish_closes_its_own_connection() {
    let node = Node::start(2, &[]);
    let mut healthy = Client::connect(node.address);
    let frame = |body: &[u8]| {
        let mut bytes = (body.len() as i32).to_be_bytes().to_vec();
        bytes.extend_from_slice(body);
        bytes
    };
    let rubbish: Vec<Vec<u8>> = vec![
        i32::MAX.to_be_bytes().to_vec(),
        (-1_i32).to_be_bytes().to_vec(),
        0_i32.to_be_bytes().to_vec(),
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
        frame(b"\0"),
        frame(&[0xff; 64]),
        // Unknown API; Produce in version 2; Fetch in version 3; Produce that claims 2^31 topics.
        frame(&[0x7f, 0xff, 0, 0, 0, 0, 0, 1, 0xff, 0xff]),
        frame(&[0, 0, 0, 2, 0, 0, 0, 1, 0xff, 0xff, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
        frame(&[0, 1, 0, 3, 0, 0, 0, 1, 0xff, 0xff]),
        frame(&[
            0, 0, 0, 3, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0, 1, 0, 0, 0, 1, 0x7f, 0xff, 0xff,
            0xff,
        ]),
    ];
    for bytes in rubbish {
        let mut hostile = Client::connect(node.address);
        hostile.stream.write_all(&bytes).unwrap();
        assert!(hostile.is_closed(), "{bytes:?}");
        assert_serves(&mut healthy);
    }
}

/// What many connections held is free once they are closed, and the memory is not kept for others.
#[test]
fn nothing_is_held_for_connections_that_are_closed() {
    const CONNECTIONS: usize = 4 * limits::CONNECTIONS_LEFT_BEHIND;
    let node = Node::start(2, &[]);
    assert_serves(&mut Client::connect(node.address));
    let held_now = |wanted: &dyn Fn(&Counts) -> bool| {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let held = node.held();
            if wanted(&held) {
                return held;
            }
            assert!(Instant::now() < deadline, "{held:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let before = held_now(&|held| held["request_bytes"] == 0);
    let mut clients: Vec<Client> =
        (0..CONNECTIONS).map(|_| Client::connect(node.address)).collect();
    clients.iter_mut().for_each(assert_serves);
    let at_work = node.held();
    assert!(at_work["tasks"] >= CONNECTIONS as u64, "{before:?} {at_work:?}");
    drop(clients);
    let after = held_now(&|held| {
        held["request_bytes"] == 0
            && held["rounds"] >= 2
            && held["tasks"] <= before["tasks"] + 4
            && held["operations"] <= before["operations"] + 4
    });
    // The records that were written are in memory; no receive buffer is.
    let records = (CONNECTIONS * limits::RECEIVE_BYTES_MIN / 2) as u64;
    assert!(after["buffer_bytes"] <= before["buffer_bytes"] + records, "{before:?} {after:?}");
}

/// Half a megabyte that would be taken apart into gigabytes.
#[test]
fn a_small_request_that_means_very_many_names_is_refused() {
    let node = Node::start(1, &[]);
    let mut healthy = Client::connect(node.address);
    let mut hostile = Client::connect(node.address);
    let api = ApiKey::ElectLeaders;
    let header = RequestHeader { api, version: 1, correlation_id: 1, client_id: None };
    let mut writer = Writer::new();
    header.encode(&mut writer).unwrap();
    let many = elect_leaders::request::TopicPartitions {
        topic: "x".repeat(32_767),
        partitions: (0..100_000).collect(),
    };
    let request = elect_leaders::Request {
        topic_partitions: Some(vec![many]),
        ..elect_leaders::Request::default()
    };
    request.encode(&mut writer, 1).unwrap();
    let body = writer.into_vec();
    hostile.stream.write_all(&(body.len() as i32).to_be_bytes()).unwrap();
    hostile.stream.write_all(&body).unwrap();
    assert!(hostile.is_closed());
    assert_serves(&mut healthy);
}

/// Numbers that are the same in every run.
fn noise(seed: u64) -> impl Iterator<Item = u8> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 56) as u8
    })
}

/// What cannot be read ends its connection without a byte; what can is answered by one whole
/// message, as far as it is to be answered at once.
#[test]
fn bodies_of_noise_for_every_api_and_version() {
    let node = Node::start(2, &[]);
    let mut healthy = Client::connect(node.address);
    let rows = Rows::load();
    let (mut answered, mut refused) = (0, 0);
    for api in table::APIS {
        for version in api.versions.clone() {
            for length in [0, 3, 20, 90] {
                let mut hostile = Client::connect(node.address);
                let header =
                    RequestHeader { api: api.key, version, correlation_id: 1, client_id: None };
                let mut writer = Writer::new();
                writer.i32(0);
                header.encode(&mut writer).unwrap();
                let seed = (api.key as u64) << 16 | (version as u64) << 8 | length as u64;
                // Small numbers get further than large ones.
                let body: Vec<u8> = noise(seed).map(|byte| byte & 0x83).take(length).collect();
                writer.raw(&body);
                let frame_bytes = writer.len() as i32 - 4;
                writer.set_i32_at(0, frame_bytes);
                hostile.stream.write_all(writer.as_slice()).unwrap();
                let what = format!("{:?} {version}, {length} bytes", api.key);
                match rows.is_readable(api.key, version, &body) {
                    // Both may wait, or want no answer.
                    _ if matches!(api.key, ApiKey::Produce | ApiKey::Fetch) => {}
                    false => {
                        assert!(hostile.is_closed(), "{what}");
                        refused += 1;
                    }
                    true => {
                        rows.assert_answer(api.key, version, &hostile.frame(), &what);
                        answered += 1;
                    }
                }
            }
        }
        assert_serves(&mut healthy);
    }
    assert!(answered > 20 && refused > 200, "{answered} answered, {refused} refused");
}

/// The messages of each API, as the tests of the protocol know them.
struct Rows(Vec<codegen::File>);

impl Rows {
    fn load() -> Rows {
        Rows(codegen::load())
    }

    /// The request, or the response.
    fn row(&self, api: ApiKey, kind: &codegen::MessageKind) -> &'static Row {
        let file = self.0.iter().find(|file| file.api_key() == Some(api as i16)).unwrap();
        let index = file.messages.iter().position(|message| message.kind == *kind).unwrap();
        recode::ALL.iter().find(|row| row.is_of(&file.stem, index)).unwrap()
    }

    fn is_readable(&self, api: ApiKey, version: i16, body: &[u8]) -> bool {
        self.row(api, &codegen::MessageKind::Request).begins(body, version)
    }

    fn assert_answer(&self, api: ApiKey, version: i16, frame: &[u8], what: &str) {
        let bytes = Bytes::copy_from_slice(frame);
        let mut reader = Reader::new(&bytes);
        let header = ResponseHeader::decode(&mut reader, api, version).unwrap();
        assert_eq!(header.correlation_id, 1, "{what}");
        let body = &frame[reader.position()..];
        let row = self.row(api, &codegen::MessageKind::Response);
        assert!(row.is_readable(body, version), "{what}: {body:?}");
    }
}

#[test]
fn a_client_that_does_not_read_is_given_up_and_harms_nobody() {
    let node = Node::start(2, &[]);
    let mut healthy = Client::connect(node.address);
    for _ in 0..8 {
        let value = vec![1; 900_000];
        let response = healthy.call(&produce_to(&[(0, &value), (1, &value)], 1), 9);
        assert_eq!(response.responses[0].partition_responses[0].error_code, 0);
    }
    let mut deaf = Client::connect(node.address);
    let mut fetch = fetch_from(&[(0, 0), (1, 0)], 1, 0);
    for partition in &mut fetch.topics[0].partitions {
        partition.partition_max_bytes = 10 << 20;
    }
    // More than all socket buffers hold.
    for _ in 0..10 {
        deaf.send(&fetch, 12);
    }
    assert_serves(&mut healthy);
    // Given up: what was on its way still arrives, and then the end.
    std::thread::sleep(crate::limits::SEND_ROUND * 2);
    let mut read = 0;
    let mut buffer = vec![0; 1 << 20];
    while let Ok(count @ 1..) = std::io::Read::read(&mut deaf.stream, &mut buffer) {
        read += count;
    }
    assert!(read < 10 * 2 * 7_200_000, "everything was sent");
    assert_serves(&mut healthy);
}

#[test]
fn requests_before_rubbish_are_answered() {
    let node = Node::start(2, &[]);
    let mut client = Client::connect(node.address);
    for _ in 0..5 {
        client.send(&produce_to(&[(1, b"x")], 1), 9);
    }
    client.stream.write_all(&[0xff; 16]).unwrap();
    for offset in 0..5 {
        let response = client.receive::<produce::Request>(9);
        assert_eq!(response.responses[0].partition_responses[0].base_offset, offset);
    }
    assert!(client.is_closed());
}

#[test]
fn frames_in_single_bytes_and_half_frames_harm_nobody() {
    let node = Node::start(2, &[]);
    let mut healthy = Client::connect(node.address);
    let mut half = Client::connect(node.address);
    half.stream.write_all(&[0, 0, 1, 0, 0, 3]).unwrap();
    let mut slow = Client::connect(node.address);
    for byte in [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 9, 0xff, 0xff] {
        slow.stream.write_all(&[byte]).unwrap();
        assert_serves(&mut healthy);
    }
    assert_eq!(slow.frame()[..4], [0, 0, 0, 9]);
}

#[test]
fn a_frame_that_comes_too_slowly_is_given_up() {
    let node = Node::start(1, &[]);
    let mut slow = Client::connect(node.address);
    slow.stream.set_read_timeout(Some(std::time::Duration::from_millis(100))).unwrap();
    slow.stream.write_all(&[0, 1, 0, 0, 0, 3]).unwrap();
    let bytes = (0..600).take_while(|_| {
        // A failed write is a closed connection, which reading shows.
        let _ = slow.stream.write_all(&[0]);
        !slow.is_closed()
    });
    assert!(bytes.count() < 600, "a byte at a time keeps a connection for ever");
    assert_serves(&mut Client::connect(node.address));
}

/// Connections that promise a Produce of so many bytes, send a part of it and no more.
fn promise(node: &Node, connections: usize, promised: i32, sent: usize) -> Vec<Client> {
    let mut clients: Vec<Client> =
        (0..connections).map(|_| Client::connect(node.address)).collect();
    for client in &mut clients {
        client.stream.write_all(&promised.to_be_bytes()).unwrap();
        client.stream.write_all(&[0, 0, 0, 9, 0, 0, 0, 1, 0xff, 0xff, 0]).unwrap();
        // A failed write is a closed connection.
        let _ = client.stream.write_all(&vec![0; sent]);
    }
    clients
}

fn assert_serves_large(client: &mut Client) {
    let value = vec![1; 900_000];
    let response = client.call(&produce_to(&[(0, &value)], 1), 9);
    assert_eq!(response.responses[0].partition_responses[0].error_code, 0);
}

#[test]
fn promised_requests_hold_memory_only_for_what_came() {
    let node = Node::start(1, &["queued.max.request.bytes=209715200"]);
    let _promising = promise(&node, 8, 104_857_590, 300_000);
    assert_serves(&mut Client::connect(node.address));
    let mut large = Client::connect(node.address);
    (0..3).for_each(|_| assert_serves_large(&mut large));
}

#[test]
fn large_requests_that_come_slowly_give_way_to_others() {
    let limits = ["socket.request.max.bytes=1048576", "queued.max.request.bytes=8388608"];
    let node = Node::start(1, &limits);
    // Half of the memory is for large ones, and these could hold all of it.
    let mut slow = promise(&node, 8, 1_000_000, 300_000);
    assert_serves(&mut Client::connect(node.address));
    let mut large = Client::connect(node.address);
    (0..3).for_each(|_| assert_serves_large(&mut large));
    for client in &slow {
        client.stream.set_read_timeout(Some(std::time::Duration::from_millis(10))).unwrap();
    }
    assert!((0..600).any(|_| slow.iter_mut().any(Client::is_closed)));
}

#[test]
fn hundreds_of_idle_connections_harm_nobody() {
    let node = Node::start(2, &[]);
    let idle: Vec<Client> = (0..300).map(|_| Client::connect(node.address)).collect();
    let mut healthy = Client::connect(node.address);
    assert_serves(&mut healthy);
    drop(idle);
    assert_serves(&mut healthy);
}

#[test]
fn an_idle_connection_is_closed() {
    let node = Node::start(1, &["connections.max.idle.ms=300"]);
    let mut idle = Client::connect(node.address);
    assert!(idle.is_closed());
    let mut half = Client::connect(node.address);
    half.stream.write_all(&[0, 0, 1, 0, 0, 3]).unwrap();
    assert!(half.is_closed());
}

#[test]
fn too_many_connections_are_refused_until_some_end() {
    let node = Node::start(2, &["max.connections.per.ip=3"]);
    let mut clients: Vec<Client> = (0..3).map(|_| Client::connect(node.address)).collect();
    clients.iter_mut().for_each(assert_serves);
    assert!(Client::connect(node.address).is_closed());
    drop(clients);
    // The end of a connection takes a moment to be noticed.
    let again = (0..1000).any(|_| {
        let mut client = Client::connect(node.address);
        let answered = client.stream.write_all(&[0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 9, 0xff, 0xff]);
        answered.is_ok() && !client.is_closed()
    });
    assert!(again);
}
