//! A broker with two log directories, one of which is away for a while.

use std::fs;
use std::path::Path;

use crate::session::{Session, run_bare};

/// Folders of a topic's partitions.
fn partitions_in(directory: &Path) -> usize {
    let entries = fs::read_dir(directory).expect("it is there");
    let names = entries.map(|entry| entry.expect("it is read").file_name());
    names.filter(|name| name.to_string_lossy().starts_with("logs-")).count()
}

/// The leaders of the topic's partitions, -1 for none.
fn leaders(session: &Session) -> Vec<i64> {
    let described = session.run("topic describe logs --json").json();
    let partitions = described[0]["partitions"].as_array().expect("partitions").clone();
    partitions.iter().map(|partition| partition["leader"].as_i64().unwrap_or(-1)).collect()
}

#[test]
fn a_directory_that_is_not_mounted_is_missed_and_not_made_anew() {
    let folder = tempfile::Builder::new().prefix("ringlog-test-").tempdir_in("/var/tmp").unwrap();
    let [first, second, away] = ["first", "second", "away"].map(|name| folder.path().join(name));
    let dirs = format!("log.dirs={},{}", first.display(), second.display());
    let mut session = Session::start_with(&dirs);
    session.run("topic create logs -p 6").succeeded();
    let lines: String = (0..600).map(|number| format!("key{number}:value{number}\n")).collect();
    session.feed("produce logs --key-separator : -q", lines.as_bytes()).succeeded();
    let before = session.lines_of("logs", "");
    assert_eq!(before.len(), 600);
    let in_second = partitions_in(&second);
    assert!((1..6).contains(&in_second), "{in_second} partitions are in the second directory");

    assert!(session.broker.stop().unwrap().success());
    fs::rename(&second, &away).unwrap();
    session.broker.restart().unwrap();
    let led = leaders(&session);
    assert_eq!(led.iter().filter(|leader| **leader == -1).count(), in_second, "{led:?}");
    assert_eq!(partitions_in(&second), 0, "nothing is made anew");
    assert!(session.broker.log_of_last_start().contains("mount it"));

    assert!(session.broker.stop().unwrap().success());
    fs::remove_dir_all(&second).unwrap();
    fs::rename(&away, &second).unwrap();
    session.broker.restart().unwrap();
    assert_eq!(leaders(&session), [1; 6]);
    assert_eq!(session.lines_of("logs", ""), before);
}

/// Else all topics would seem gone, and their names free.
#[test]
fn a_metadata_log_that_is_gone_is_not_made_anew() {
    let mut session = Session::start();
    session.run("topic create logs").succeeded();
    assert!(session.broker.stop().unwrap().success());
    let [metadata, away] = ["__cluster_metadata-0", "away"].map(|name| session.data().join(name));
    fs::rename(&metadata, &away).unwrap();
    let refused = session.broker.restart().unwrap_err().to_string();
    assert!(refused.contains(&format!("{} is gone", metadata.display())), "{refused}");
    assert!(!metadata.exists());
    fs::rename(&away, &metadata).unwrap();
    session.broker.restart().unwrap();
    assert_eq!(leaders(&session), [1]);
}

#[test]
fn a_port_in_use_is_named_with_what_helps() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir_in("/var/tmp").unwrap();
    let address = taken.local_addr().unwrap();
    let set = format!(
        "serve --set listeners=PLAINTEXT://{address} --set log.dirs={}",
        folder.path().display()
    );
    let refused = run_bare(&set).failed(1);
    let error = refused.lines().last().unwrap();
    assert!(error.starts_with("error: listener PLAINTEXT can not be bound"), "{refused}");
    assert!(error.contains(&address.to_string()) && error.contains("ss -ltnp"), "{refused}");
}
