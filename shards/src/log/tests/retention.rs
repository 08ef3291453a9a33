//! Segments that go for their age or the log's size: nothing of them comes back, and nobody who
//! reads them is in their way.

use super::*;
use crate::clock;
use crate::io::directory;
use crate::log::config::{Cleanup, Retention};
use crate::log::error::ReadError;

fn config(ms: Option<i64>, bytes: Option<u64>) -> LogConfig {
    LogConfig {
        segment_bytes: 10_000,
        retention: Retention { ms, bytes },
        file_delete_delay_ms: 0,
        ..LogConfig::default()
    }
}

/// Ten segments or so: records of 1 KB, the first `old` of them a day old.
async fn fill(log: &Log, count: usize, old: usize) {
    let now_ms = clock::wall_ms();
    for number in 0..count {
        let age_ms = if number < old { 86_400_000 } else { 0 };
        append(log, &values(number, 1, 1000), now_ms - age_ms).await;
    }
    super::compaction::settled(log).await;
}

/// The files of segments that a folder has, of one kind.
async fn files(path: &Path, suffix: &str) -> Vec<i64> {
    let listed = directory::list(&path.join("topic-0")).await.unwrap();
    let base = |entry: &directory::Entry| entry.name.strip_suffix(suffix)?.parse().ok();
    let mut found: Vec<i64> = listed.iter().filter_map(base).collect();
    found.sort_unstable();
    found
}

/// Until the files that were let go are gone.
async fn settled(path: &Path, first: i64) {
    for _ in 0..200 {
        let (logs, snapshots) = (files(path, ".log").await, files(path, ".snapshot").await);
        if logs.iter().chain(&snapshots).all(|base| *base >= first) {
            return;
        }
        clock::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("deleted segments stay: {:?}", files(path, ".log").await);
}

#[test]
fn old_segments_go_and_do_not_come_back_after_a_kill() {
    let scratch = tempfile::tempdir().unwrap();
    let start = run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, config(Some(3_600_000), None))).await.unwrap();
        fill(&log, 100, 50).await;
        let deleted = log.delete_expired().await.unwrap();
        let ends = log.ends();
        assert!((40..=50).contains(&ends.log_start.0), "{ends:?}");
        assert!(deleted.segments >= 4 && deleted.bytes > 40_000, "{deleted:?}");
        let again = log.delete_expired().await.unwrap();
        assert_eq!(again.segments, 0);
        ends.log_start
        // And the node ends here, before any file is gone.
    });
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, config(None, None))).await.unwrap();
        assert_eq!(log.ends().log_start, start);
        let early =
            ReadLimit { before: Offset(100), bytes_max: 1, at_least_one: AtLeastOne::Batch };
        let refused = log.read_bytes(Offset(0), early).await;
        assert!(matches!(refused, Err(ReadError::OutOfRange { .. })));
        let rest = 100 - start.0 as usize;
        assert_eq!(read_all(&log, start, 5000).await, values(start.0 as usize, rest, 1000));
        node.stop().await;
        let logs = files(scratch.path(), ".log").await;
        assert!(logs[0] <= start.0, "{logs:?}");
        for suffix in [".index", ".timeindex"] {
            assert_eq!(files(scratch.path(), suffix).await, logs, "orphans of {suffix}");
        }
    });
}

#[test]
fn the_oldest_go_when_a_log_is_too_large_and_no_policy_keeps_all() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, config(None, Some(30_000)))).await.unwrap();
        fill(&log, 100, 0).await;
        log.set_config(LogConfig { cleanup: Cleanup::default(), ..config(None, Some(30_000)) });
        assert_eq!(log.delete_expired().await.unwrap().segments, 0);
        // And as it is altered while the node runs.
        log.set_config(config(None, Some(30_000)));
        log.delete_expired().await.unwrap();
        let size = log.size_bytes();
        assert!((30_000..42_000).contains(&size), "{size}");
        let start = log.ends().log_start;
        settled(scratch.path(), start.0).await;
        assert_eq!(read_all(&log, start, 5000).await.len(), 100 - start.0 as usize);
        node.stop().await;
    });
}

#[test]
fn the_newest_segment_goes_too_once_all_of_it_is_old() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, config(Some(1000), None))).await.unwrap();
        fill(&log, 25, 25).await;
        log.delete_expired().await.unwrap();
        let ends = log.ends();
        assert_eq!((ends.log_start, ends.log_end), (Offset(25), Offset(25)));
        settled(scratch.path(), 25).await;
        append(&log, &values(25, 1, 1000), clock::wall_ms()).await;
        assert_eq!(read_all(&log, Offset(25), 5000).await, values(25, 1, 1000));
        node.stop().await;
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, config(Some(1000), None))).await.unwrap();
        assert_eq!((log.ends().log_start, log.ends().log_end), (Offset(25), Offset(26)));
    });
}

#[test]
fn who_is_inside_of_a_deleted_segment_reads_it_to_its_end() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        // No memory: all reads are of files.
        let node = Node::start_with(scratch.path(), 1 << 20).await;
        let log = node.store.open_or_create(spec(0, config(Some(1000), None))).await.unwrap();
        fill(&log, 50, 50).await;
        node.stop().await;
        let node = Node::start_with(scratch.path(), 1 << 20).await;
        let log = node.store.open_or_create(spec(0, config(Some(1000), None))).await.unwrap();
        let limit =
            ReadLimit { before: Offset(50), bytes_max: 9000, at_least_one: AtLeastOne::Batch };
        // The second time it is a piece of the file.
        drop(log.read(Offset(0), limit).await.unwrap());
        let read = log.read(Offset(0), limit).await.unwrap();
        log.delete_expired().await.unwrap();
        assert_eq!(log.ends().log_start, Offset(50));
        settled(scratch.path(), 50).await;
        let mut bytes = Vec::new();
        for piece in &read.pieces {
            match piece {
                crate::log::reader::Piece::Memory(slice) => bytes.extend_from_slice(slice),
                crate::log::reader::Piece::File { file, offset, length } => {
                    let buffer = crate::io::buffers::Buffer::with_capacity(*length as usize);
                    let (read, buffer) =
                        file.read_exact_at(buffer, *length as usize, *offset).await;
                    read.unwrap();
                    bytes.extend_from_slice(buffer.as_slice());
                }
            }
        }
        for batch in Batches::new(&bytes).map_while(Result::ok) {
            batch.verify_checksum().unwrap();
        }
        assert!(bytes.len() > 5000);
    });
}

#[test]
pub(super) fn a_damaged_index_deletes_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, config(Some(3_600_000), None))).await.unwrap();
        fill(&log, 100, 0).await;
        node.stop().await;
        let folder = scratch.path().join("topic-0");
        for base in files(scratch.path(), ".timeindex").await {
            // Times of long ago, and in order.
            let path = folder.join(format!("{base:020}.timeindex"));
            let mut bytes = directory::read_to_vec(&path, 1 << 20).await.unwrap();
            for entry in bytes.chunks_mut(12) {
                entry[2] = 0;
            }
            directory::write_atomically(&path, &bytes).await.unwrap();
        }
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, config(Some(3_600_000), None))).await.unwrap();
        assert_eq!(log.delete_expired().await.unwrap().segments, 0);
        assert_eq!(log.ends().log_start, Offset(0));
    });
}

#[test]
pub(super) fn what_readers_do_not_see_yet_stays() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, config(Some(1000), None))).await.unwrap();
        fill(&log, 30, 30).await;
        let seen = log.ends().high_watermark;
        // More than a segment that the journal does not hold yet.
        for number in 30..45 {
            let bytes = batch(&values(number, 1, 1000), 1);
            log.admit(bytes.len()).await.unwrap();
            drop(log.append(&bytes, Origin::Client).unwrap());
        }
        log.delete_expired().await.unwrap();
        assert!(log.ends().log_start <= seen.max(log.ends().high_watermark));
        assert!(log.ends().log_start >= Offset(20));
    });
}
