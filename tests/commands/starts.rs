//! A start that is refused leaves everything as it was.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use support::folder::folder;

use crate::session::{Outcome, Session, bare};

/// Every file of a folder with its content; folders with none. The journals' content aside, which
/// is large: their length.
fn content(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(directory) = pending.pop() {
        let Ok(listed) = fs::read_dir(&directory) else { continue };
        for entry in listed.map(|entry| entry.expect("it is listed")) {
            let path = entry.path();
            let bytes = match path.is_dir() {
                true => Vec::new(),
                false => fs::read(&path).expect("it is read"),
            };
            if path.is_dir() {
                pending.push(path.clone());
            }
            found.insert(path, bytes);
        }
    }
    found
}

fn serve(settings: &[String]) -> Outcome {
    let mut command = bare("serve");
    for setting in settings {
        command.args(["--set", setting]);
    }
    Outcome::of(command.stdin(Stdio::null()).output().expect("it runs"))
}

/// The settings of a node whose directory is this, with one that is not as it should be.
fn node(data: &Path, more: &[&str]) -> Vec<String> {
    let mut settings = vec![
        format!("log.dirs={}", data.display()),
        "listeners=PLAINTEXT://127.0.0.1:0".to_owned(),
    ];
    settings.extend(more.iter().map(ToString::to_string));
    settings
}

#[track_caller]
fn refused(data: &Path, settings: &[String], words: &str) {
    let before = content(data);
    let said = serve(settings).failed(1);
    assert!(said.contains(words), "{said}");
    let after = content(data);
    let names = |it: &BTreeMap<PathBuf, Vec<u8>>| it.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&after), names(&before), "{said}");
    assert!(after == before, "a file has changed: {said}");
}

#[test]
fn a_refused_first_start_makes_no_directory() {
    let folder = folder().unwrap();
    let data = folder.path().join("data");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let listener = format!("listeners=PLAINTEXT://127.0.0.1:{port}");
    refused(&data, &node(&data, &[&listener]), "can not be bound");
    let metrics = format!("ringlog.metrics.listener=127.0.0.1:{port}");
    refused(&data, &node(&data, &[&metrics]), "ringlog.metrics.listener");
    let voters = "controller.quorum.voters=1@localhost:9093,2@localhost:9094";
    refused(&data, &node(&data, &[voters]), "not the one voter");
    assert!(!data.exists());
}

#[test]
fn a_refused_start_keeps_what_a_clean_stop_has_left() {
    let mut session = Session::start();
    session.run("topic create logs").succeeded();
    session.feed("produce logs", b"one\n").succeeded();
    let data = session.data();
    assert!(session.broker.stop().unwrap().success());
    assert!(data.join(".kafka_cleanshutdown").exists());

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let voters = "controller.quorum.voters=1@localhost:9093";
    let listener = format!("listeners=PLAINTEXT://127.0.0.1:{port}");
    refused(&data, &node(&data, &[voters, &listener]), "can not be bound");
    refused(&data, &node(&data, &[voters, "cluster.id=5L6g3nShT-eMCtK--X86sw"]), "cluster");
    refused(&data, &node(&data, &[]), "controller.quorum.voters names the nodes []");
    let other = ["node.id=2", "controller.quorum.voters=2@localhost:9093"];
    refused(&data, &node(&data, &other), "names the node 1, not 2");

    // A new directory beside one of another node is not formatted either.
    let folder = folder().unwrap();
    let (new, both) = (folder.path().join("new"), folder.path());
    let dirs = format!("log.dirs={},{}", new.display(), data.display());
    refused(both, &node(&data, &[other[0], other[1], &dirs]), "names the node 1, not 2");

    // Metadata that cannot be loaded, beside a directory that would be begun first.
    let dirs = [format!("log.dirs={},{}", new.display(), data.display())];
    let root = format!("metadata.log.dir={}", data.display());
    let damaged = data.join("__cluster_metadata-0/00000000000000000000.log");
    let sound = fs::read(&damaged).unwrap();
    let mut flipped = sound.clone();
    // In the last record, which a checksum covers; not each byte of a header is.
    let last = flipped.len() - 8;
    flipped[last] ^= 1;
    fs::write(&damaged, flipped).unwrap();
    refused(&data, &node(&data, &[voters]), "damaged");
    refused(both, &node(&data, &[voters, &dirs[0], &root]), "damaged");
    fs::write(&damaged, &sound[..sound.len() - 1]).unwrap();
    refused(&data, &node(&data, &[voters]), "damaged");
    fs::write(&damaged, sound).unwrap();

    session.broker.restart().unwrap();
    let log = session.broker.log_of_last_start();
    assert!(log.contains("(stopped cleanly)"), "{log}");
    assert_eq!(session.lines_of("logs", ""), ["one"]);
}
