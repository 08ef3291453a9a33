//! Replicas that move between the log directories of a broker, over the wire and over a restart.

use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use support::connection::{Api, Connection};
use support::folder::folder;
use support::wire::{Reader, Writer};

use crate::session::Session;

const ALTER_REPLICA_LOG_DIRS: Api = Api { key: 34, version: 2 };
const DESCRIBE_LOG_DIRS: Api = Api { key: 35, version: 4 };
const NONE: i16 = 0;
const REPLICA_NOT_AVAILABLE: i16 = 9;
const INVALID_TOPIC: i16 = 17;
const LOG_DIR_NOT_FOUND: i16 = 57;
const PATIENCE: Duration = Duration::from_secs(60);

/// A replica as DescribeLogDirs tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Replica {
    directory: String,
    partition: i32,
    size: i64,
    lag: i64,
    is_future: bool,
}

/// Asks for one replica to be in a directory; the error code of the answer.
fn alter(to: &mut Connection, path: &Path, topic: &str, partition: i32) -> io::Result<i16> {
    let mut body = Writer::default();
    body.compact_count(1).compact_string(&path.display().to_string());
    body.compact_count(1).compact_string(topic).compact_count(1).i32(partition);
    body.no_tags().no_tags().no_tags();
    let mut answer = Reader::new(to.call(ALTER_REPLICA_LOG_DIRS, &body)?);
    assert_eq!(answer.i32()?, 0);
    assert_eq!(answer.compact_count()?, 1);
    assert_eq!(answer.compact_string()?.as_deref(), Some(topic));
    assert_eq!(answer.compact_count()?, 1);
    assert_eq!(answer.i32()?, partition);
    answer.i16()
}

/// All replicas of a topic.
fn replicas(of: &mut Connection, wanted: &str) -> io::Result<Vec<Replica>> {
    let mut body = Writer::default();
    body.compact_null().no_tags();
    let mut answer = Reader::new(of.call(DESCRIBE_LOG_DIRS, &body)?);
    answer.i32()?;
    assert_eq!(answer.i16()?, NONE);
    let mut found = Vec::new();
    for _directory in 0..answer.compact_count()? {
        assert_eq!(answer.i16()?, NONE);
        let directory = answer.compact_string()?.unwrap_or_default();
        for _topic in 0..answer.compact_count()? {
            let topic = answer.compact_string()?.unwrap_or_default();
            for _partition in 0..answer.compact_count()? {
                let directory = directory.clone();
                let (partition, size, lag) = (answer.i32()?, answer.i64()?, answer.i64()?);
                let is_future = answer.i8()? == 1;
                answer.skip_tags()?;
                if topic == wanted {
                    found.push(Replica { directory, partition, size, lag, is_future });
                }
            }
            answer.skip_tags()?;
        }
        answer.take(16)?;
        answer.skip_tags()?;
    }
    Ok(found)
}

/// Waits until the partition is in the directory alone.
fn arrives(connection: &mut Connection, path: &Path, topic: &str, partition: i32) -> Replica {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut found = replicas(connection, topic).expect("it is answered");
        found.retain(|replica| replica.partition == partition);
        for future in found.iter().filter(|replica| replica.is_future) {
            assert!(future.lag >= 0 && future.size >= 0, "{future:?}");
        }
        if let [only] = &found[..]
            && only.directory == path.display().to_string()
        {
            assert!(!only.is_future && only.lag == 0, "{only:?}");
            return only.clone();
        }
        assert!(Instant::now() < deadline, "{found:?}");
        sleep(Duration::from_millis(10));
    }
}

fn feed(session: &Session, from: usize, count: usize) {
    let line = |number: usize| format!("key{number}:{number} {}\n", "v".repeat(500));
    let lines: String = (from..from + count).map(line).collect();
    session.feed("produce logs --key-separator : -q", lines.as_bytes()).succeeded();
}

#[test]
fn replicas_move_between_directories_and_stay_there() {
    let folder = folder().unwrap();
    let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
    let dirs = format!("log.dirs={},{}", first.display(), second.display());
    let mut session = Session::start_with(&dirs);
    let mut connection = session.broker.connect().unwrap();
    let asked = alter(&mut connection, &second, "logs", 1).unwrap();
    assert_eq!(asked, REPLICA_NOT_AVAILABLE, "and remembered");
    session.run("topic create logs -p 2 --config segment.bytes=1048576").succeeded();
    arrives(&mut connection, &second, "logs", 1);
    feed(&session, 0, 6000);
    let before = session.lines_of("logs", "");
    assert_eq!(before.len(), 6000);

    let nowhere = folder.path().join("nowhere");
    assert_eq!(alter(&mut connection, &nowhere, "logs", 0).unwrap(), LOG_DIR_NOT_FOUND);
    let long = "t".repeat(240);
    assert_eq!(alter(&mut connection, &first, &long, 0).unwrap(), INVALID_TOPIC);
    assert_eq!(alter(&mut connection, &first, "logs", 2).unwrap(), REPLICA_NOT_AVAILABLE);

    // To and fro, written meanwhile.
    let mut count = 6000;
    for target in [&first, &second, &first, &second] {
        assert_eq!(alter(&mut connection, target, "logs", 0).unwrap(), NONE);
        feed(&session, count, 500);
        count += 500;
        arrives(&mut connection, target, "logs", 0);
        assert_eq!(alter(&mut connection, target, "logs", 0).unwrap(), NONE, "it is there");
    }
    let before = session.lines_of("logs", "");
    assert_eq!(before.len(), count);
    assert!(second.join("logs-0").exists() && !first.join("logs-0").exists());

    // Killed in the midst of a move, which goes on after the start.
    assert_eq!(alter(&mut connection, &first, "logs", 0).unwrap(), NONE);
    session.broker.kill().unwrap();
    session.broker.restart().unwrap();
    let mut connection = session.broker.connect().unwrap();
    assert_eq!(session.lines_of("logs", ""), before);
    assert_eq!(alter(&mut connection, &first, "logs", 0).unwrap(), NONE);
    arrives(&mut connection, &first, "logs", 0);
    assert_eq!(session.lines_of("logs", ""), before);

    assert!(session.broker.stop().unwrap().success());
    session.broker.restart().unwrap();
    let mut connection = session.broker.connect().unwrap();
    arrives(&mut connection, &first, "logs", 0);
    arrives(&mut connection, &second, "logs", 1);
    assert_eq!(session.lines_of("logs", ""), before);

    // The metadata names the new directory: without it the log is missed, not made anew.
    assert_eq!(alter(&mut connection, &second, "logs", 0).unwrap(), NONE);
    arrives(&mut connection, &second, "logs", 0);
    assert!(session.broker.stop().unwrap().success());
    std::fs::rename(&second, folder.path().join("away")).unwrap();
    session.broker.restart().unwrap();
    let described = session.run("topic describe logs --json").json();
    let partitions = described[0]["partitions"].as_array().expect("partitions");
    let leaders: Vec<i64> =
        partitions.iter().map(|partition| partition["leader"].as_i64().unwrap_or(-1)).collect();
    assert_eq!(leaders, [-1, -1]);
    assert!(!first.join("logs-0").exists() && !second.join("logs-0").exists());
}
