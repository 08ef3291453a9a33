//! Far fewer descriptors than segments: all is written, read, stopped in order and found again.

use super::compaction::{LIMITS, content, put};
use super::*;
use crate::compression::Codec;
use crate::io::shortage::Shortage;
use crate::log::error::{Offline, ReadError};
use crate::log::open_files::{Access, Closing};

const LOGS: i32 = 40;
const FILES: usize = 8;

async fn start(path: &Path) -> Node {
    Node::try_start(path, &StoreOptions { segment_files_max: FILES, ..store_options() })
        .await
        .unwrap()
}

async fn open(node: &Node, index: i32) -> Log {
    node.store.open_or_create(spec(index, LogConfig::default())).await.unwrap()
}

async fn open_all(node: &Node) -> Vec<Log> {
    let mut logs = Vec::new();
    for index in 0..LOGS {
        logs.push(open(node, index).await);
    }
    logs
}

/// Three records in turns, then one of each log at the same time.
async fn fill(node: &Node) {
    let logs = open_all(node).await;
    let files = node.store.open_files().clone();
    for round in 0..3 {
        for (index, log) in logs.iter().enumerate() {
            append(log, &values(round * 100 + index, 1, 5_000), 1000).await;
            log.clone().take_over().await;
            assert!(files.len() <= FILES, "{} files", files.len());
        }
    }
    let tasks: Vec<_> = logs
        .iter()
        .cloned()
        .map(|log| {
            executor::spawn(async move {
                append(&log, &values(1000, 1, 5_000), 1000).await;
                log.take_over().await
            })
        })
        .collect();
    for task in tasks {
        task.await;
    }
}

async fn check(node: &Node) {
    let files = node.store.open_files().clone();
    for index in 0..LOGS {
        let log = open(node, index).await;
        let all = read_all(&log, Offset(0), 1 << 20).await;
        let expected: Vec<Vec<u8>> =
            [index as usize, 100 + index as usize, 200 + index as usize, 1000]
                .into_iter()
                .flat_map(|from| values(from, 1, 5_000))
                .collect();
        assert_eq!(all, expected, "partition {index}");
        assert!(files.len() <= FILES, "{} files", files.len());
    }
}

#[test]
fn few_files_are_open_however_many_partitions_there_are() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let node = start(directory.path()).await;
        fill(&node).await;
        node.stop().await;
    });
    run(async {
        let node = start(directory.path()).await;
        check(&node).await;
        node.stop().await;
    });
}

/// The replay of a journal has few files open as well.
#[test]
fn a_start_after_a_crash_opens_few_files() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let node = start(directory.path()).await;
        let logs = open_all(&node).await;
        for from in [0, 100, 200] {
            for (index, log) in logs.iter().enumerate() {
                append(log, &values(from + index, 1, 5_000), 1000).await;
            }
        }
        for log in &logs {
            append(log, &values(1000, 1, 5_000), 1000).await;
        }
    });
    run(async {
        let node = start(directory.path()).await;
        check(&node).await;
        node.stop().await;
    });
}

/// What readers use is not closed, and who finds no place hears of it as of any shortage.
#[test]
fn files_in_use_are_not_closed() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let node = start(directory.path()).await;
        let files = node.store.open_files().clone();
        let mut held = Vec::new();
        fill(&node).await;
        for index in 0..LOGS {
            let log = open(&node, index).await;
            let file = log.0.state.borrow_mut().active().file().clone();
            match file.reader().await {
                Ok(reader) => held.push((index, reader)),
                Err(error) => {
                    assert_eq!(Shortage::of(&error), Some(Shortage::Descriptors));
                    break;
                }
            }
        }
        let most = Access::Read.crowded(FILES);
        assert_eq!(held.len(), most);
        // What is written finds a place all the same.
        let log = open(&node, LOGS - 1).await;
        append(&log, &values(0, 1, 5_000), 1000).await;
        assert!(log.clone().take_over().await);
        for (index, reader) in held {
            let buffer = crate::io::buffers::Buffer::with_capacity(5_000);
            let (read, buffer) = reader.read_exact_at(buffer, 5_000, 0).await;
            read.unwrap();
            let text = format!("value {index} ");
            assert!(buffer.as_slice().windows(text.len()).any(|at| at == text.as_bytes()));
        }
        assert!(files.len() <= Access::Write.crowded(FILES));
        node.stop().await;
    });
}

/// A descriptor that was closed does not bring a reader to the file that has its name now.
#[test]
fn a_closed_file_is_not_mistaken_for_the_one_that_took_its_name() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let node = start(directory.path()).await;
        let config = super::compaction::config(i64::MAX);
        let log = node.store.open_or_create(spec(0, config)).await.unwrap();
        for round in 0..40 {
            let records: Vec<_> =
                (0..10).map(|key| (format!("key {key}"), Some(format!("{round}")))).collect();
            put(&log, &records, Codec::None).await;
        }
        log.clone().take_over().await;
        while log.0.state.borrow().rolls_unfinished > 0 {
            crate::clock::sleep(std::time::Duration::from_millis(1)).await;
        }
        let old = log.0.state.borrow().segments[0].file().clone();
        let other = log.0.state.borrow().segments[1].file().clone();
        let still_open = other.reader().await.unwrap();
        let before = still_open.size().unwrap();
        log.compact(&LIMITS).await.unwrap().unwrap();
        while old.close_unused(Access::Read) != Closing::Closed {}
        assert!(old.has_lost_name());
        assert_eq!(old.reader().await.unwrap_err().kind(), std::io::ErrorKind::NotFound);
        assert_eq!(still_open.size().unwrap(), before);
        let kept = content(&log, Offset(0), 1 << 20).await;
        let newest = kept.values().rfind(|(key, _)| key == "key 3").unwrap();
        assert_eq!(newest.1.as_deref(), Some("39"));
        node.stop().await;
    });
}

#[test]
fn a_file_that_cannot_be_opened_again_fails_its_partition_alone() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let node = start(directory.path()).await;
        fill(&node).await;
        node.stop().await;
    });
    run(async {
        let node = start(directory.path()).await;
        let logs = open_all(&node).await;
        // Others have used all places since.
        assert!(logs[0].0.state.borrow().segments[0].file().open_reader().is_none());
        let path = logs[0].segment_path(Offset(0));
        crate::io::directory::remove_file(&path).await.unwrap();
        let before = logs[0].ends().high_watermark;
        let limit = ReadLimit { before, bytes_max: 1 << 20, at_least_one: AtLeastOne::Batch };
        let refused = logs[0].read_bytes(Offset(0), limit).await.unwrap_err();
        let ReadError::Offline(Offline::Io { path: named, .. }) = &refused else {
            panic!("{refused}")
        };
        assert_eq!(Path::new(&**named), path);
        assert_eq!(read_all(&logs[1], Offset(0), 1 << 20).await.len(), 4);
    });
}

/// What closed files hold survives a power cut, once the journal has let go of it.
#[cfg(feature = "sim")]
#[test]
fn a_file_is_closed_once_it_is_synced() {
    const DATA: &str = "/node";
    let expected = |index: usize| values(index, 1, 5_000);
    run(async {
        let node = start(Path::new(DATA)).await;
        let logs = open_all(&node).await;
        for (index, log) in logs.iter().enumerate() {
            append(log, &expected(index), 1000).await;
            // Written, and not synced: others need the descriptor.
            log.destage_all().await;
        }
        for log in &logs {
            log.sync_segments().await;
        }
        // The page says that none before it is needed.
        append(&logs[0], &values(1000, 1, 100), 1000).await;
        logs[0].clone().take_over().await;
        append(&logs[0], &values(1001, 1, 100), 1000).await;
    });
    crate::io::simulation::crash();
    run(async {
        let node = start(Path::new(DATA)).await;
        for index in 0..LOGS {
            let log = open(&node, index).await;
            let found = read_all(&log, Offset(0), 1 << 20).await;
            assert_eq!(found.first(), expected(index as usize).first(), "partition {index}");
        }
    });
}

#[cfg(feature = "sim")]
#[test]
fn files_closed_before_they_are_synced_are_found() {
    use crate::mutation::{Mutation, assert_found};
    assert_found(Mutation::UnsyncedClosed, a_file_is_closed_once_it_is_synced);
}
