//! A broker with two log directories, one of which is away for a while.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use support::batch::{Sequence, build, now_ms};
use support::calls::{Acks, PRODUCE, produce_body, produced, refusal};
use support::connection::frame;
use support::folder::folder;

use crate::session::{Session, run_bare};

const PARTITIONS: usize = 6;
const STORAGE_ERROR: i16 = 56;
const PATIENCE: Duration = Duration::from_secs(60);

/// A broker with two directories, and a topic whose partitions are in both.
struct Pair {
    session: Session,
    folder: tempfile::TempDir,
    first: PathBuf,
    second: PathBuf,
    /// The topic's records.
    before: Vec<String>,
}

impl Pair {
    fn start() -> Pair {
        let folder = folder().expect("it is made");
        let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
        let dirs = format!("log.dirs={},{}", first.display(), second.display());
        let session = Session::start_with(&dirs);
        session.run("topic create logs -p 6 -c segment.bytes=1048576").succeeded();
        let lines: String = (0..600).map(|number| format!("key{number}:value{number}\n")).collect();
        session.feed("produce logs --key-separator : -q", lines.as_bytes()).succeeded();
        let before = session.lines_of("logs", "");
        assert_eq!(before.len(), 600);
        let pair = Pair { session, folder, first, second, before };
        let in_second = partitions_in(&pair.second).len();
        assert!((1..PARTITIONS).contains(&in_second), "{in_second} are in the second directory");
        pair
    }

    fn away(&self) -> PathBuf {
        self.folder.path().join("away")
    }
}

/// The topic's partitions in a directory.
fn partitions_in(directory: &Path) -> Vec<i32> {
    let entries = fs::read_dir(directory).expect("it is there");
    let names = entries.map(|entry| entry.expect("it is read").file_name());
    let indexes = names.filter_map(|name| name.to_str()?.strip_prefix("logs-")?.parse().ok());
    indexes.collect()
}

/// The leaders of the topic's partitions, -1 for none.
fn leaders(session: &Session) -> Vec<i64> {
    let described = session.run("topic describe logs --json").json();
    let partitions = described[0]["partitions"].as_array().expect("partitions").clone();
    partitions.iter().map(|partition| partition["leader"].as_i64().unwrap_or(-1)).collect()
}

/// Partitions without a leader.
fn missing(session: &Session) -> usize {
    leaders(session).iter().filter(|leader| **leader == -1).count()
}

/// The error with which a batch is refused, or none.
fn produce(session: &Session, partition: i32, value: &[u8]) -> Option<i16> {
    let batch = build(&[value], Sequence::NONE, now_ms());
    let body = produce_body("logs", partition, Acks::All, &batch);
    let mut connection = session.broker.connect().expect("it listens");
    connection.send(&frame(PRODUCE, &body)).expect("it is sent");
    let answered = produced(connection.receive().expect("it is answered"));
    answered.err().map(|error| refusal(&error).expect("the broker refuses"))
}

#[test]
fn a_directory_that_is_not_mounted_is_missed_and_not_made_anew() {
    let mut pair = Pair::start();
    let in_second = partitions_in(&pair.second).len();
    assert!(pair.session.broker.stop().unwrap().success());
    fs::rename(&pair.second, pair.away()).unwrap();
    pair.session.broker.restart().unwrap();
    assert_eq!(missing(&pair.session), in_second);
    assert!(partitions_in(&pair.second).is_empty(), "nothing is made anew");
    assert!(pair.session.broker.log_of_last_start().contains("mount it"));

    assert!(pair.session.broker.stop().unwrap().success());
    fs::remove_dir_all(&pair.second).unwrap();
    fs::rename(pair.away(), &pair.second).unwrap();
    pair.session.broker.restart().unwrap();
    assert_eq!(leaders(&pair.session), [1; PARTITIONS]);
    assert_eq!(pair.session.lines_of("logs", ""), pair.before);
}

#[test]
fn a_directory_that_can_not_be_used_at_start_is_offline_and_the_others_serve() {
    let mut pair = Pair::start();
    let in_second = partitions_in(&pair.second);
    assert!(pair.session.broker.stop().unwrap().success());
    fs::rename(&pair.second, pair.away()).unwrap();
    fs::write(&pair.second, "no directory").unwrap();
    pair.session.broker.restart().unwrap();
    let told = pair.session.broker.log_of_last_start();
    assert!(told.contains(&format!("{} (OFFLINE: ", pair.second.display())), "{told}");
    assert_eq!(missing(&pair.session), in_second.len());
    assert_eq!(produce(&pair.session, in_second[0], b"lost?"), Some(STORAGE_ERROR));
    assert_eq!(produce(&pair.session, partitions_in(&pair.first)[0], b"kept"), None);
    pair.session.run("topic create more -p 2").succeeded();
    assert!(pair.first.join("more-0").exists() && pair.first.join("more-1").exists());

    assert!(pair.session.broker.stop().unwrap().success());
    assert!(pair.first.join(".kafka_cleanshutdown").exists());
    fs::remove_file(&pair.second).unwrap();
    fs::rename(pair.away(), &pair.second).unwrap();
    pair.session.broker.restart().unwrap();
    assert_eq!(leaders(&pair.session), [1; PARTITIONS]);
    assert_eq!(pair.session.lines_of("logs", "").len(), pair.before.len() + 1);
}

#[test]
fn a_directory_that_fails_takes_the_lead_from_its_partitions_and_leaves_the_others_in_order() {
    let mut pair = Pair::start();
    let in_second = partitions_in(&pair.second);
    // The next file that is to be made there can not be.
    fs::rename(&pair.second, pair.away()).unwrap();
    let began = Instant::now();
    let mut acknowledged = 0;
    while produce(&pair.session, in_second[0], &[b'x'; 700_000]) != Some(STORAGE_ERROR) {
        acknowledged += 1;
        assert!(began.elapsed() < PATIENCE, "{acknowledged} batches are taken");
    }
    while missing(&pair.session) != in_second.len() {
        assert!(began.elapsed() < PATIENCE, "{:?}", leaders(&pair.session));
        sleep(Duration::from_millis(20));
    }
    assert_eq!(produce(&pair.session, partitions_in(&pair.first)[0], b"kept"), None);
    pair.session.run("topic create more -p 2").succeeded();
    assert!(pair.first.join("more-0").exists() && pair.first.join("more-1").exists());

    assert_eq!(pair.session.broker.stop().unwrap().code(), Some(1));
    let told = pair.session.broker.log_of_last_start();
    assert!(told.contains(&format!("{} was not left in order", pair.second.display())), "{told}");
    assert!(pair.first.join(".kafka_cleanshutdown").exists());
    assert!(!pair.away().join(".kafka_cleanshutdown").exists());
    fs::rename(pair.away(), &pair.second).unwrap();
    pair.session.broker.restart().unwrap();
    assert_eq!(leaders(&pair.session), [1; PARTITIONS]);
    let expected = pair.before.len() + 1 + acknowledged;
    let found = pair.session.lines_of("logs", "").len();
    // The batch that was refused may be there: nobody was told of it.
    assert!((expected..=expected + 1).contains(&found), "{found} records, not {expected}");
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
    let folder = folder().unwrap();
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
