//! The page of a node, asked over HTTP.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use shards::clock;
use shards::io::executor::{self, RingConfig};

use super::*;
use crate::broker::testing;
use crate::protocol::{ApiKey, ErrorCode};

fn get(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    reply
}

#[test]
fn the_page_shows_what_was_counted() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    let reply = executor::run(RingConfig::default(), async move {
        let broker = testing::alone(&path).await;
        broker.metrics.connections.opened.set(3);
        broker.metrics.requests.of(ApiKey::Produce).start().answered();
        let requests = &broker.metrics.requests;
        requests.note_partition_error(ApiKey::Fetch, ErrorCode::OffsetOutOfRange);
        let address = start(&broker, Port::reserve("127.0.0.1", 0).unwrap()).unwrap();
        let asking = thread::spawn(move || get(address));
        while !asking.is_finished() {
            clock::sleep(Duration::from_millis(1)).await;
        }
        broker.store.close().await.in_order().unwrap();
        asking.join().unwrap()
    });
    let reply = reply.unwrap();
    assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");
    for line in [
        "ringlog_connections_opened_total{core=\"0\"} 3",
        "ringlog_connections_closed_total{core=\"0\",reason=\"slow_request\"} 0",
        "ringlog_requests_total{core=\"0\",api=\"Produce\"} 1",
        "ringlog_partition_errors_total{core=\"0\",api=\"Fetch\",error=\"OFFSET_OUT_OF_RANGE\"} 1",
        "ringlog_request_seconds_count{core=\"0\",api=\"Produce\"} 1",
        "ringlog_request_memory_max_bytes{core=\"0\"} 1048576",
        "# TYPE ringlog_journal_write_seconds histogram",
        "ringlog_partitions{core=\"0\"} 0",
    ] {
        assert!(reply.lines().any(|found| found == line), "{line}\n{reply}");
    }
    for begin in [
        "process_start_time_seconds 1",
        "ringlog_log_directory_free_bytes{directory=\"/",
        "ringlog_log_directory_disk_bytes{directory=\"/",
    ] {
        assert!(reply.lines().any(|found| found.starts_with(begin)), "{begin}\n{reply}");
    }
    // Nobody is shown twice, and nothing without its head.
    let (_, page) = reply.split_once("\r\n\r\n").unwrap();
    let samples = page.lines().filter(|line| !line.starts_with('#'));
    let names: Vec<&str> = samples.map(|line| line.rsplit_once(' ').unwrap().0).collect();
    let distinct: std::collections::BTreeSet<&&str> = names.iter().collect();
    assert_eq!(distinct.len(), names.len());
    assert!(page.lines().next().unwrap().starts_with("# HELP "));
}
