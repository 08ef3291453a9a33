//! What an operator looks with: top, bundle, manual pages, checksums of configurations.

use std::process::Command;

use support::folder::folder;

use crate::session::{Session, run_bare};

#[test]
fn top_shows_one_picture_to_scripts_and_to_pipes() {
    let session = Session::start_with_all(&[
        "ringlog.metrics.listener=127.0.0.1:0",
        "ringlog.shards=2",
        "group.initial.rebalance.delay.ms=0",
    ]);
    session.run("topic create logs --partitions 2").succeeded();
    session.feed("produce logs", b"one\ntwo\nthree\n").succeeded();
    session.run("consume logs --group workers --from beginning --exit-at-end").succeeded();
    let at = session.listener();
    let picture = session.run(&format!("top --once --json --at {at}")).json();
    assert_eq!(picture["node"]["state"], "ready");
    assert_eq!(picture["cores"].as_array().unwrap().len(), 2);
    assert!(picture["cores"][0]["requests_per_second"].is_number(), "{picture:#}");
    assert!(picture["cores"][0]["journal_capacity_bytes"].as_f64().unwrap() > 0.0);
    let topic = &picture["topics"][0];
    assert_eq!((&topic["topic"], &topic["end_offset"]), (&"logs".into(), &3.into()));
    let group = &picture["groups"][0];
    assert_eq!((&group["group"], &group["lag"]), (&"workers".into(), &0.into()));
    assert!(picture["findings"].is_array());
    assert_eq!(picture["not_seen"], serde_json::json!([]));
    let text = session.run(&format!("top --once --at {at}")).succeeded();
    for words in ["node 1 of ", "JOURNAL %", "workers", "logs"] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    // Without the node's port the cluster is shown, and what is missing is said.
    let picture = session.run("top --once --json --at 127.0.0.1:1").json();
    assert_eq!(picture["node"], serde_json::Value::Null);
    assert_eq!(picture["topics"][0]["topic"], "logs");
    assert!(picture["not_seen"][0].as_str().unwrap().contains("127.0.0.1:1"));
    let told = session.run("top").failed(2);
    assert!(told.contains("--once"), "{told}");
}

#[test]
fn a_bundle_is_redacted_bounded_and_says_what_it_left_out() {
    let session = Session::start_with("ringlog.metrics.listener=127.0.0.1:0");
    session.run("topic create logs").succeeded();
    session.feed("produce logs", b"a record that nobody is to see\n").succeeded();
    let folder = folder().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("server.properties"), "ssl.key.password=hunter2\nnode.id=1\n").unwrap();
    std::fs::write(path("log"), "it began\nsasl.jaas.config=hunter2\n").unwrap();
    let data = session.data();
    let words = format!(
        "bundle --output {} --at {} --config {} --log {} --data {}",
        path("bundle.tar.gz"),
        session.listener(),
        path("server.properties"),
        path("log"),
        data.display(),
    );
    let told = session.run(&words).succeeded();
    assert!(told.starts_with(&path("bundle.tar.gz")), "{told}");
    let read = |name: &str| {
        let words = ["--extract", "--gzip", "--to-stdout", "--file", &path("bundle.tar.gz"), name];
        let output = Command::new("tar").args(words).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let manifest: serde_json::Value = serde_json::from_str(&read("manifest.json")).unwrap();
    let parts = manifest["parts"].as_array().unwrap();
    let names: Vec<&str> = parts.iter().map(|part| part["name"].as_str().unwrap()).collect();
    for name in ["node.json", "metrics-2.txt", "doctor.json", "cluster.json", "files.txt"] {
        assert!(names.contains(&name), "{name}: {manifest:#}");
    }
    assert_eq!(manifest["keys_redacted"], serde_json::json!(["ssl.key.password"]));
    assert_eq!(read("server.properties"), "ssl.key.password=[redacted]\nnode.id=1\n");
    assert!(read("log.txt").starts_with("it began\n"));
    assert!(read("cluster.json").contains("\"logs\""));
    assert!(read("files.txt").contains("logs-0"));
    let all: String = names.iter().map(|name| read(name)).collect();
    for secret in ["hunter2", "a record that nobody is to see"] {
        assert!(!all.contains(secret), "{secret}");
    }
    // Written once, and for its owner alone.
    session.run(&words).failed(1);
    let mode = Command::new("stat").args(["-c", "%a", &path("bundle.tar.gz")]).output().unwrap();
    assert_eq!(String::from_utf8(mode.stdout).unwrap().trim(), "600");
}

#[test]
fn a_bundle_of_a_node_that_is_gone_says_so() {
    let folder = folder().unwrap();
    let output = folder.path().join("bundle.tar.gz");
    let words = format!(
        "bundle --server 127.0.0.1:1 --at 127.0.0.1:1 --output {} --request-timeout 1",
        output.display()
    );
    let outcome = run_bare(&words);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    for name in ["node.json", "metrics-1.txt", "cluster.json", "server.properties", "files.txt"] {
        assert!(outcome.stderr.contains(&format!("left out: {name}: ")), "{}", outcome.stderr);
    }
}

#[test]
fn manual_pages_are_made_of_every_command() {
    let folder = folder().unwrap();
    let to = folder.path().join("man1");
    run_bare(&format!("man --to {}", to.display())).succeeded();
    for page in ["ringlog.1", "ringlog-topic-create.1", "ringlog-node-can-stop.1"] {
        let text = std::fs::read_to_string(to.join(page)).unwrap();
        assert!(text.contains(".SH SYNOPSIS"), "{page}");
    }
    assert!(run_bare("man").succeeded().contains(".TH ringlog 1"));
}

#[test]
fn a_checksum_is_of_the_settings_and_not_of_their_text() {
    let folder = folder().unwrap();
    let path = folder.path().join("server.properties");
    let checksum = |text: &str| {
        std::fs::write(&path, text).unwrap();
        run_bare(&format!("config checksum {}", path.display())).succeeded()
    };
    let first = checksum("node.id=1\nnum.partitions=3\nssl.key.password=a\n");
    let same = checksum("# more\nnum.partitions = 3\nnode.id : 1\nssl.key.password=b\n");
    assert_eq!(first, same);
    assert_ne!(first, checksum("node.id=1\nnum.partitions=4\nssl.key.password=a\n"));
    assert_eq!(first.trim().len(), 8);
}
