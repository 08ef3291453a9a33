//! A broker with two log directories, one of which is away for a while.

use std::fs;
use std::path::Path;

use crate::session::Session;

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
