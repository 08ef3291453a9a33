//! What a stop in order leaves after crashes, and what a start does with what a kill has left.

use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::clock;
use crate::io::directory;

/// Ends the core without a stop after some appends.
async fn crashed(path: &Path, config: &LogConfig, count: usize, bytes: usize) {
    let node = Node::start(path).await;
    let log = node.store.open_or_create(spec(0, config.clone())).await.unwrap();
    for number in 0..count {
        append(&log, &values(number, 1, bytes), number as i64).await;
    }
}

/// Segments of a folder without one of their indexes.
async fn without_indexes(folder: PathBuf) -> Vec<String> {
    let names = directory::list(&folder).await.unwrap().into_iter().map(|entry| entry.name);
    let names: Vec<String> = names.collect();
    let has = |name: String| names.contains(&name);
    let segments = names.iter().filter_map(|name| name.strip_suffix(".log"));
    let lacking = segments
        .filter(|base| !has(format!("{base}.index")) || !has(format!("{base}.timeindex")))
        .map(ToOwned::to_owned);
    lacking.collect()
}

/// The first append after a crash ends the segment that the crash has left: nothing was written to
/// it since.
#[test]
fn a_segment_that_a_crash_left_full_has_its_indexes_after_a_stop() {
    let scratch = tempfile::tempdir().unwrap();
    let config = LogConfig { segment_bytes: 100_000, ..LogConfig::default() };
    run(crashed(scratch.path(), &config, 9, 10_000));
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, config.clone())).await.unwrap();
        append(&log, &values(9, 1, 20_000), 9).await;
        assert_eq!(log.0.state.borrow().segments.len(), 2);
        node.stop().await;
        assert_eq!(without_indexes(scratch.path().join("topic-0")).await, Vec::<String>::new());
    });
}

/// What lies ahead of the batches is cut off by a recovery, and must be allocated again.
#[test]
fn extents_that_a_recovery_has_cut_off_are_not_counted_on() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        for number in 0..20 {
            append(&log, &values(number, 1, 100_000), 0).await;
        }
        log.clone().take_over().await;
        let state = log.0.state.borrow();
        assert!(state.segments[0].allocated > state.segments[0].size + 100_000);
    });
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        let (path, allocated) = {
            let state = log.0.state.borrow();
            (state.segments[0].path().to_owned(), state.segments[0].allocated)
        };
        let listed = directory::list(path.parent().unwrap()).await.unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let size = listed.iter().find(|entry| entry.name == name).unwrap().size;
        assert_eq!(allocated, size);
    });
}

async fn folders(path: &Path) -> Vec<String> {
    let listed = directory::list(path).await.unwrap().into_iter();
    listed.filter(|entry| entry.is_dir).map(|entry| entry.name).collect()
}

/// Until no folder is left.
async fn wait_for_removal(path: &Path) {
    for _ in 0..1000 {
        if folders(path).await.is_empty() {
            return;
        }
        clock::sleep(Duration::from_millis(10)).await;
    }
    panic!("left: {:?}", folders(path).await);
}

#[test]
fn what_a_kill_left_of_a_deleted_topic_is_deleted_and_what_nobody_knows_is_set_aside() {
    let scratch = tempfile::tempdir().unwrap();
    run(crashed(scratch.path(), &LogConfig::default(), 1, 10));
    let deleted = spec(0, LogConfig::default()).id.topic;
    run(async {
        let node = Node::start(scratch.path()).await;
        let strays = node.store.strays(|_, _| Some(deleted)).await;
        assert!(strays.is_empty(), "it is in use: {strays:?}");
        // Nothing is known of it.
        let strays = node.store.strays(|_, _| None).await;
        node.store.put_away(strays, |_| false, 0).await;
        let found = folders(scratch.path()).await;
        assert!(found.len() == 1 && found[0].ends_with("-stray"), "{found:?}");
        // It was deleted after all: a start that knows so finds it under either name.
        let strays = node.store.strays(|_, _| None).await;
        assert_eq!(strays.len(), 1);
        node.store.put_away(strays, |topic| topic == deleted, 0).await;
        wait_for_removal(scratch.path()).await;
    });
    run(crashed(scratch.path(), &LogConfig::default(), 1, 10));
    run(async {
        let node = Node::start(scratch.path()).await;
        let strays = node.store.strays(|_, _| None).await;
        node.store.put_away(strays, |topic| topic == deleted, 0).await;
        wait_for_removal(scratch.path()).await;
    });
}
