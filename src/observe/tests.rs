//! The page of a node, asked over HTTP.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use shards::clock;
use shards::io::executor::{self, RingConfig};

use super::*;
use crate::broker::testing;
use crate::protocol::{ApiKey, ErrorCode};

fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    reply
}

fn server(broker: &Rc<Core>) -> Server {
    Server::start(Port::reserve("127.0.0.1", 0).unwrap(), broker.config.clone()).unwrap()
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
        let server = server(&broker);
        server.attach(&broker).unwrap();
        let address = server.address();
        let asking = thread::spawn(move || get(address, "/metrics"));
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

/// Asks for each path, while the node is in each of its phases.
#[test]
fn health_follows_the_phases_of_a_node() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    let asked = executor::run(RingConfig::default(), async move {
        let broker = testing::alone(&path).await;
        let server = server(&broker);
        let address = server.address();
        let mut asked = Vec::new();
        for phase in [Phase::Directories, Phase::Journals, Phase::Ready, Phase::Stopping] {
            if phase == Phase::Ready {
                server.attach(&broker).unwrap();
            }
            server.enter(phase);
            for page in PAGES {
                let asking = thread::spawn(move || get(address, page));
                while !asking.is_finished() {
                    clock::sleep(Duration::from_millis(1)).await;
                }
                asked.push((phase, *page, asking.join().unwrap()));
            }
        }
        broker.store.close().await.in_order().unwrap();
        asked
    });
    let asked = asked.unwrap();
    let status = |phase, page| {
        let found = asked.iter().find(|(of, path, _)| (*of, *path) == (phase, page));
        found.unwrap().2.split(' ').nth(1).unwrap().to_owned()
    };
    let of = |phase| ["/healthz", "/readyz", "/metrics"].map(|page| status(phase, page));
    assert_eq!(of(Phase::Directories), ["200", "503", "503"]);
    assert_eq!(of(Phase::Journals), ["200", "503", "503"]);
    assert_eq!(of(Phase::Ready), ["200", "200", "200"]);
    assert_eq!(of(Phase::Stopping), ["200", "503", "200"]);
    for (phase, _, reply) in asked.iter().filter(|(_, page, _)| *page == "/v1/node") {
        let body = reply.split_once("\r\n\r\n").unwrap().1;
        let node: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(node["state"], phase.name());
        assert_eq!(node["node"], 1);
        let is_attached = matches!(phase, Phase::Ready | Phase::Stopping);
        assert_eq!(node["cores_answer"], is_attached);
        assert_eq!(node["log_directories"].as_array().unwrap().len(), usize::from(is_attached));
    }
    // Without a metadata log there is nothing to judge by.
    assert_eq!(status(Phase::Ready, "/v1/can-stop"), "503");
}
