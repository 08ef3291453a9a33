//! Health over HTTP, and the commands that ask for it.

use std::process::{Command, Stdio};

use support::folder::folder;

use crate::session::{Session, run_bare};

#[test]
fn a_node_says_how_it_is_and_what_its_stop_would_interrupt() {
    let session = Session::start_with("ringlog.metrics.listener=127.0.0.1:0");
    let at = session.listener();
    run_bare(&format!("node ready --at {at}")).succeeded();
    session.run("topic create logs --partitions 3").succeeded();
    let node = run_bare(&format!("node status --at {at}")).json();
    assert_eq!((&node["state"], &node["node"]), (&"ready".into(), &1.into()));
    assert_eq!(node["cluster"]["topics"], 1);
    assert_eq!(node["log_directories"][0]["online"], true);
    let outcome = run_bare(&format!("node can-stop --at {at} --json"));
    assert_eq!(outcome.code, 1, "a node alone is missed: {}", outcome.stderr);
    let outage: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(outage["can_stop"], false);
    assert_eq!(outage["offline"]["partitions"], serde_json::json!(["logs-0", "logs-1", "logs-2"]));
    assert_eq!(outage["metadata_quorum"]["keeps_majority"], false);
    let told = run_bare(&format!("node can-stop --at {at}")).failed(1);
    assert!(told.contains("3 partitions of 1 topic would be offline"), "{told}");
}

#[test]
fn a_node_that_is_not_there_or_speaks_otherwise_is_told() {
    let session = Session::start();
    let nobody = run_bare("node ready --at 127.0.0.1:1 --wait 0.1").failed(1);
    assert!(nobody.contains("ringlog.metrics.listener"), "{nobody}");
    let server = session.broker.address();
    let kafka = run_bare(&format!("node status --at {server}")).failed(1);
    assert!(kafka.contains("HTTP") || kafka.contains("cannot ask"), "{kafka}");
}

/// A node that replays says so, and is not ready, while it is alive.
#[test]
fn a_wait_for_a_node_that_starts_ends_when_it_serves() {
    let folder = folder().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let settings = [
        "listeners=PLAINTEXT://127.0.0.1:0".to_owned(),
        format!("log.dirs={}", folder.path().join("data").display()),
        format!("ringlog.metrics.listener=127.0.0.1:{port}"),
    ];
    let words = settings.iter().flat_map(|setting| ["--set", setting.as_str()]);
    let mut broker = Command::new(env!("CARGO_BIN_EXE_ringlog"))
        .arg("serve")
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    run_bare(&format!("node ready --at 127.0.0.1:{port} --wait 60")).succeeded();
    broker.kill().unwrap();
    broker.wait().unwrap();
}
