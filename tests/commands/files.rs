//! log dump and log verify on what a broker left; format.

use serde_json::{Value, json};
use support::folder::folder;

use crate::session::{Session, run_bare};

#[test]
fn what_a_broker_left_is_sound_and_readable() {
    let mut session = Session::start();
    session.run("topic create logs").succeeded();
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let words = format!("produce logs -z {codec} --key-separator : -q");
        session.feed(&words, b"a:1\nb:2\n").succeeded();
    }
    session.run("consume logs --group workers --from beginning -n 10 -q").succeeded();
    session.broker.stop().expect("it stops");
    let data = session.data();
    let verified = run_bare(&format!("log verify {} --json", data.display())).json();
    assert_eq!(verified["problems"], json!([]));
    assert!(verified["records"].as_i64() > Some(10), "{verified}");
    let partition = data.join("logs-0");
    let dumped = run_bare(&format!("log dump -r --json {}", partition.display())).succeeded();
    let lines: Vec<Value> =
        dumped.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let batches: Vec<&Value> = lines.iter().filter(|line| line.get("codec").is_some()).collect();
    let codecs: Vec<&str> = batches.iter().filter_map(|batch| batch["codec"].as_str()).collect();
    assert_eq!(codecs, ["none", "gzip", "snappy", "lz4", "zstd"]);
    assert_eq!(batches[4]["records"][1]["value"], json!("2"));
    assert_eq!(batches[4]["records"][1]["offset"], json!(9));
    let all = run_bare(&format!("log dump -r {}", data.display())).succeeded();
    assert!(all.contains("OffsetCommit(OffsetCommitKey { group: \"workers\", topic: \"logs\""));
    assert!(all.contains("TopicRecord { name: \"logs\""));
}

#[test]
fn damage_is_found() {
    let mut session = Session::start();
    session.run("topic create logs").succeeded();
    session.feed("produce logs -q", b"some text\n").succeeded();
    let running = format!("a broker runs on {}:", session.data().display());
    for path in [session.data(), session.data().join("logs-0")] {
        let refused = run_bare(&format!("log verify {}", path.display())).failed(1);
        assert!(refused.contains(&running), "{refused}");
    }
    let dumped = run_bare(&format!("log dump {}/logs-0", session.data().display()));
    assert!(dumped.stderr.contains(&running), "{}", dumped.stderr);
    session.broker.stop().expect("it stops");
    let segment = session.data().join("logs-0/00000000000000000000.log");
    let mut bytes = std::fs::read(&segment).expect("the segment");
    let at = bytes.windows(4).position(|window| window == b"text").expect("the record");
    bytes[at] ^= 1;
    std::fs::write(&segment, bytes).expect("damage");
    let outcome = run_bare(&format!("log verify {}", session.data().display()));
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stdout.contains("logs-0/00000000000000000000.log at 0: record batch is corrupt")
    );
    assert!(outcome.stderr.contains("1 problems were found"), "{}", outcome.stderr);
}

#[test]
fn a_directory_is_formatted_once() {
    let folder = folder().expect("a folder");
    let set = format!("format --set log.dirs={0}/a,{0}/b", folder.path().display());
    let id = "5L6g3nShT-eMCtK--X86sw";
    let said = run_bare(&format!("{set} --cluster-id {id}")).succeeded();
    assert_eq!(said.lines().filter(|line| line.ends_with(id)).count(), 2, "{said}");
    let again = run_bare(&set).failed(1);
    assert!(again.contains("is formatted already: nothing was changed"), "{again}");
    run_bare(&format!("{set} --ignore-formatted")).succeeded();
    let dumped = run_bare(&format!("log dump {}/a", folder.path().display())).succeeded();
    assert!(dumped.contains(id), "{dumped}");
}
