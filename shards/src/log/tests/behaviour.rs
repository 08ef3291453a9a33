//! What a log does while its node runs, and over clean stops.

use std::time::Duration;

use super::*;
use crate::clock;
use crate::format::batch::{Batch, NO_TIMESTAMP};
use crate::io::directory;
use crate::limits;
use crate::log::error::{AppendError, Offline, ReadError};
use crate::units::LeaderEpoch;

#[test]
fn appended_records_are_read_back_in_order_from_any_offset() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(directory.path()).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        let all = values(0, 100, 20);
        for (index, chunk) in all.chunks(10).enumerate() {
            assert_eq!(append(&log, chunk, 1000).await, Offset(index as i64 * 10));
        }
        for from in [0, 1, 9, 10, 55, 99, 100] {
            let found = read_all(&log, Offset(from as i64), 300).await;
            assert_eq!(found, all[from..]);
        }
        let ends = log.ends();
        assert_eq!(
            (ends.log_start, ends.high_watermark, ends.log_end),
            (Offset(0), Offset(100), Offset(100))
        );
        let limit =
            ReadLimit { before: Offset(100), bytes_max: 10, at_least_one: AtLeastOne::Nothing };
        assert_eq!(log.read(Offset(0), limit).await.unwrap().bytes, 0);
        let beyond = log.read(Offset(101), limit).await;
        assert!(matches!(beyond, Err(ReadError::OutOfRange { .. })));
        node.stop().await;
    });
}

#[test]
fn many_segments_are_written_evicted_and_read_from_files() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        // A budget so small that all but the newest chunks leave memory.
        let node = Node::start_with(directory.path(), 1).await;
        let config = LogConfig { segment_bytes: 1 << 20, ..LogConfig::default() };
        let log = node.store.open_or_create(spec(0, config)).await.unwrap();
        let all = values(0, 3000, 1500);
        for chunk in all.chunks(7) {
            append(&log, chunk, 1000).await;
        }
        assert!(log.size_bytes() > 4 << 20);
        assert_eq!(read_all(&log, Offset(0), 100_000).await, all);
        assert_eq!(read_all(&log, Offset(1234), 5_000).await, all[1234..]);
        node.stop().await;
        let node = Node::start_with(directory.path(), 1).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        assert_eq!(log.ends().log_end, Offset(3000));
        assert_eq!(read_all(&log, Offset(0), 100_000).await, all);
        append(&log, &values(3000, 1, 10), 1000).await;
        assert_eq!(read_all(&log, Offset(2999), 1000).await.len(), 2);
        node.stop().await;
    });
}

#[test]
fn timestamps_are_found_in_memory_and_in_files() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start_with(directory.path(), 1).await;
        let config = LogConfig { segment_bytes: 256 << 10, ..LogConfig::default() };
        let log = node.store.open_or_create(spec(0, config)).await.unwrap();
        for number in 0..600 {
            append(&log, &values(number, 2, 1000), number as i64 * 10).await;
        }
        let end = log.ends().high_watermark;
        for (timestamp, offset) in [(0, 0), (1, 2), (10, 2), (2995, 600), (5990, 1198)] {
            let found = log.find_timestamp(timestamp, end).await.unwrap().unwrap();
            assert_eq!(found.at.offset, Offset(offset), "timestamp {timestamp}");
        }
        assert_eq!(log.find_timestamp(5991, end).await.unwrap(), None);
        let max = log.find_max_timestamp(end).await.unwrap().unwrap();
        assert_eq!((max.at.offset, max.at.timestamp_ms), (Offset(1198), 5990));
        node.stop().await;
    });
}

/// Old clients say nothing, or what holds of their first record.
#[test]
fn a_max_timestamp_that_the_records_do_not_have_is_not_kept() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(directory.path()).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        for (claimed, timestamp) in [(NO_TIMESTAMP, 100), (5, 200), (9_000, 300)] {
            let mut bytes = batch(&values(0, 2, 10), timestamp);
            let header = Header::of(&Batch::parse(&bytes).unwrap());
            Header { max_timestamp: claimed, ..header }.write_to(&mut bytes);
            log.admit(bytes.len()).await.unwrap();
            let mut appended = log.append(&bytes, Origin::Client).unwrap();
            appended.durable.wait().await.unwrap();
        }
        let before = log.ends().high_watermark;
        for (timestamp, offset) in [(1, 0), (100, 0), (101, 2), (201, 4), (300, 4)] {
            let found = log.find_timestamp(timestamp, before).await.unwrap().unwrap();
            assert_eq!(found.at.offset, Offset(offset), "timestamp {timestamp}");
        }
        assert_eq!(log.find_timestamp(301, before).await.unwrap(), None);
        let limit = ReadLimit { before, bytes_max: 1 << 20, at_least_one: AtLeastOne::Batch };
        let bytes = log.read_bytes(Offset(0), limit).await.unwrap();
        let stored: Vec<i64> = Batches::new(&bytes)
            .map(|batch| {
                let batch = batch.unwrap();
                batch.verify_checksum().unwrap();
                batch.max_timestamp()
            })
            .collect();
        assert_eq!(stored, [100, 200, 300]);
        node.stop().await;
    });
}

#[test]
fn the_prefix_is_trimmed_and_its_segments_go() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(directory.path()).await;
        let config =
            LogConfig { segment_bytes: 100_000, file_delete_delay_ms: 0, ..LogConfig::default() };
        let log = node.store.open_or_create(spec(0, config)).await.unwrap();
        for number in 0..400 {
            append(&log, &values(number, 1, 1000), 0).await;
        }
        assert_eq!(log.trim_prefix(Offset(250)).await.unwrap(), Offset(250));
        assert!(log.trim_prefix(Offset(401)).await.is_err());
        assert_eq!(log.trim_prefix(Offset(10)).await.unwrap(), Offset(250));
        assert_eq!(read_all(&log, Offset(250), 10_000).await, values(250, 150, 1000));
        let limit =
            ReadLimit { before: Offset(400), bytes_max: 10, at_least_one: AtLeastOne::Batch };
        assert!(matches!(log.read(Offset(249), limit).await, Err(ReadError::OutOfRange { .. })));
        node.stop().await;
        let node = Node::start(directory.path()).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        assert_eq!(log.ends().log_start, Offset(250));
        log.trim_prefix(Offset(300)).await.unwrap();
    });
    // Ended without a stop: what was cut stays cut, and a namesake begins at 0.
    run(async {
        let node = Node::start(directory.path()).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        assert_eq!(log.ends().log_start, Offset(300));
        node.store.delete(log.id()).await.unwrap();
        let id = PartitionId { topic: Uuid::from_u128(43), index: 0 };
        let namesake = LogSpec { id, ..spec(0, LogConfig::default()) };
        let log = node.store.open_or_create(namesake).await.unwrap();
        append(&log, &values(0, 5, 10), 0).await;
    });
    run(async {
        let node = Node::start(directory.path()).await;
        let id = PartitionId { topic: Uuid::from_u128(43), index: 0 };
        let namesake = LogSpec { id, ..spec(0, LogConfig::default()) };
        let log = node.store.open_or_create(namesake).await.unwrap();
        assert_eq!((log.ends().log_start, log.ends().log_end), (Offset(0), Offset(5)));
        node.stop().await;
    });
}

#[test]
fn epochs_are_kept_over_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(directory.path()).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        append(&log, &values(0, 5, 10), 0).await;
        log.lead(LeaderEpoch(3));
        append(&log, &values(5, 5, 10), 0).await;
        node.stop().await;
        let node = Node::start(directory.path()).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        log.lead(LeaderEpoch(4));
        assert_eq!(log.epoch_end(LeaderEpoch(0)).unwrap().end, Offset(5));
        assert_eq!(log.epoch_end(LeaderEpoch(3)).unwrap().end, Offset(10));
        assert_eq!(log.epoch_of(Offset(7)), Some(LeaderEpoch(3)));
        node.stop().await;
    });
}

#[test]
fn what_does_not_pass_the_checks_leaves_no_trace() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(directory.path()).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        let mut bytes = batch(&values(0, 3, 10), 0);
        *bytes.last_mut().unwrap() ^= 1;
        assert!(matches!(log.append(&bytes, Origin::Client), Err(AppendError::Invalid(_))));
        assert_eq!(log.ends().log_end, Offset(0));
        node.stop().await;
    });
}

#[test]
fn a_deleted_log_frees_its_directory_for_a_namesake() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(directory.path()).await;
        let config = LogConfig { file_delete_delay_ms: 0, ..LogConfig::default() };
        let old = spec(0, config);
        let log = node.store.open_or_create(old.clone()).await.unwrap();
        append(&log, &values(0, 3, 10), 0).await;
        node.store.delete(old.id).await.unwrap();
        assert!(matches!(log.append(&[], Origin::Client), Err(AppendError::Offline(_))));
        let new = LogSpec { id: PartitionId { topic: Uuid::from_u128(43), index: 0 }, ..old };
        let log = node.store.open_or_create(new).await.unwrap();
        assert_eq!(log.ends().log_end, Offset(0));
        append(&log, &values(0, 1, 10), 0).await;
        node.stop().await;
    });
}

#[test]
fn who_reads_while_a_log_is_deleted_is_told_that_it_is_gone() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        for yields in 0..20 {
            let node = Node::start(directory.path()).await;
            let spec = || {
                let config = LogConfig { file_delete_delay_ms: 0, ..LogConfig::default() };
                spec(yields, config)
            };
            let log = node.store.open_or_create(spec()).await.unwrap();
            append(&log, &values(0, 5, 10), 1000).await;
            node.stop().await;
            // Nothing of it is in memory now, and no file is open.
            let node = Node::start(directory.path()).await;
            let log = node.store.open_or_create(spec()).await.unwrap();
            let limit =
                ReadLimit { before: Offset(5), bytes_max: 1, at_least_one: AtLeastOne::Batch };
            let reading = executor::spawn(async move { log.read(Offset(0), limit).await });
            for _ in 0..yields {
                executor::yield_now().await;
            }
            node.store.delete(spec().id).await.unwrap();
            match reading.await {
                Ok(read) => assert!(read.bytes > 0),
                Err(error) => assert!(
                    matches!(error, ReadError::Offline(Offline::Deleted)),
                    "after {yields}: {error}"
                ),
            }
            node.stop().await;
        }
    });
}

#[test]
fn what_a_deleted_log_was_about_to_do_does_not_touch_its_namesake() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(directory.path()).await;
        let config =
            LogConfig { segment_bytes: 1 << 20, file_delete_delay_ms: 50, ..LogConfig::default() };
        let old = spec(0, config.clone());
        let log = node.store.open_or_create(old.clone()).await.unwrap();
        for chunk in values(0, 30, 100_000).chunks(1) {
            append(&log, chunk, 1000).await;
        }
        // The first segments are to be removed soon, the last to be finished now.
        log.trim_prefix(Offset(15)).await.unwrap();
        node.store.delete(old.id).await.unwrap();
        let new = LogSpec { id: PartitionId { topic: Uuid::from_u128(43), index: 0 }, ..old };
        let log = node.store.open_or_create(new.clone()).await.unwrap();
        let all = values(0, 30, 50_000);
        for chunk in all.chunks(1) {
            append(&log, chunk, 1000).await;
        }
        clock::sleep(Duration::from_millis(100)).await;
        assert!(log.offline().is_none());
        node.stop().await;
        let node = Node::start(directory.path()).await;
        let log = node.store.open_or_create(new).await.unwrap();
        assert_eq!(read_all(&log, Offset(0), 1 << 20).await, all);
        node.stop().await;
    });
}

#[test]
fn a_log_may_be_deleted_while_its_node_stops() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(directory.path()).await;
        let gone = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        let kept = node.store.open_or_create(spec(1, LogConfig::default())).await.unwrap();
        append(&gone, &values(0, 3, 10), 0).await;
        append(&kept, &values(0, 3, 10), 0).await;
        let (store, id) = (node.store.clone(), gone.id());
        let deleting = executor::spawn(async move { store.delete(id).await });
        node.stop().await;
        deleting.await.unwrap();
    });
}

#[test]
fn more_than_the_journal_holds_goes_through_it() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(directory.path()).await;
        let logs = [
            node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap(),
            node.store.open_or_create(spec(1, LogConfig::default())).await.unwrap(),
        ];
        let value = vec![values(0, 1, 500_000).remove(0)];
        let tasks: Vec<_> = (0..8)
            .map(|number| {
                let (log, value) = (logs[number % 2].clone(), value.clone());
                executor::spawn(async move {
                    for _ in 0..40 {
                        append(&log, &value, 0).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await;
        }
        assert_eq!(logs.clone().map(|log| log.ends().log_end), [Offset(160), Offset(160)]);
        let all: Vec<_> = std::iter::repeat_n(value[0].clone(), 160).collect();
        assert_eq!(read_all(&logs[0], Offset(0), 2_000_000).await, all);
        node.stop().await;
    });
}

#[test]
fn a_journal_that_is_always_full_lets_everyone_through() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start_sized(directory.path(), 1 << 30, 16 << 20).await;
        let mut logs = Vec::new();
        for index in 0..4 {
            let spec = spec(index, LogConfig::default());
            logs.push(node.store.open_or_create(spec).await.unwrap());
        }
        let value = vec![values(0, 1, 60_000).remove(0)];
        let tasks: Vec<_> = (0..32)
            .map(|number| {
                let (log, value) = (logs[number % 4].clone(), value.clone());
                executor::spawn(async move {
                    for _ in 0..80 {
                        append(&log, &value, 0).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await;
        }
        for log in &logs {
            assert_eq!(log.ends().high_watermark, Offset(640));
        }
        let figures = logs[0].log_dir().journal().figures();
        assert!(figures.wait_us.count() > 0 && figures.waiting == 0, "{figures:?}");
        assert_eq!(figures.appends, 2560);
        node.stop().await;
    });
}

/// A log of 400 records in segments of about a hundred, of which the first 250 were deleted.
async fn trimmed_log(directory: &Path, config: &LogConfig) -> Node {
    let node = Node::start(directory).await;
    let log = node.store.open_or_create(spec(0, config.clone())).await.unwrap();
    for number in 0..400 {
        append(&log, &values(number, 1, 1000), 0).await;
    }
    log.trim_prefix(Offset(250)).await.unwrap();
    node
}

#[test]
fn segments_before_the_start_go_with_a_stop_and_do_not_matter_after_a_crash() {
    let scratch = tempfile::tempdir().unwrap();
    let config = LogConfig { segment_bytes: 100_000, ..LogConfig::default() };
    let segments = || async {
        let listed = directory::list(&scratch.path().join("topic-0")).await.unwrap();
        listed.into_iter().filter(|entry| entry.name.ends_with(".log")).count()
    };
    run(async {
        trimmed_log(scratch.path(), &config).await;
    });
    run(async {
        // Nobody wanted what it lacks.
        let dropped = scratch.path().join("topic-0/00000000000000000000.log");
        directory::write_atomically(&dropped, &[0; 4096]).await.unwrap();
        let before = segments().await;
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, config.clone())).await.unwrap();
        assert_eq!(log.ends().log_start, Offset(250));
        assert_eq!(read_all(&log, Offset(250), 10_000).await, values(250, 150, 1000));
        node.stop().await;
        let after = segments().await;
        assert!(after < before && after > 1, "{after} of {before}");
    });
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, config)).await.unwrap();
        assert_eq!(read_all(&log, Offset(250), 10_000).await, values(250, 150, 1000));
        node.stop().await;
    });
}

#[test]
fn what_a_stop_kept_from_being_removed_goes_at_the_next_start() {
    let scratch = tempfile::tempdir().unwrap();
    let config = LogConfig { segment_bytes: 100_000, ..LogConfig::default() };
    run(async {
        let node = trimmed_log(scratch.path(), &config).await;
        let gone = node.store.open_or_create(spec(1, config.clone())).await.unwrap();
        node.store.delete(gone.id()).await.unwrap();
    });
    run(async {
        let node = Node::start(scratch.path()).await;
        let config = LogConfig { file_delete_delay_ms: 0, ..config };
        let log = node.store.open_or_create(spec(0, config)).await.unwrap();
        node.store.remove_deleted(|id| id == log.id(), 0);
        let names = || async {
            let folders = directory::list(scratch.path()).await.unwrap();
            let segments = directory::list(&scratch.path().join("topic-0")).await.unwrap();
            let all = folders.into_iter().chain(segments).map(|entry| entry.name);
            all.filter(|name| name.ends_with("-delete") || name == "00000000000000000000.log")
                .count()
        };
        for _ in 0..1000 {
            if names().await == 0 {
                break;
            }
            clock::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(names().await, 0);
        assert_eq!(read_all(&log, Offset(250), 10_000).await, values(250, 150, 1000));
    });
}

#[test]
fn segments_begun_for_age_or_index_wait_for_the_files_of_those_before() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(directory.path()).await;
        // No index entry fits: Kafka begins a segment at each append.
        let config = LogConfig { index_bytes_max: 4, ..LogConfig::default() };
        let log = node.store.open_or_create(spec(0, config)).await.unwrap();
        let segments = |log: &Log| log.0.state.borrow().segments.len();
        let all = values(0, 100, 20);
        let mut last = None;
        for value in &all {
            assert!(log.admits_now(1000));
            let appended = log.append(&batch(std::slice::from_ref(value), 1000), Origin::Client);
            last = Some(appended.unwrap().durable);
        }
        assert_eq!(segments(&log), 1 + limits::ROLLS_UNFINISHED_MAX);
        last.unwrap().wait().await.unwrap();
        while log.0.state.borrow().rolls_unfinished > 0 {
            clock::sleep(Duration::from_millis(1)).await;
        }
        append(&log, &values(100, 1, 20), 1000).await;
        assert_eq!(segments(&log), 2 + limits::ROLLS_UNFINISHED_MAX);
        assert_eq!(read_all(&log, Offset(0), 1000).await[..100], all);
        node.stop().await;
    });
}

/// The list was once as long as all that was ever written.
#[test]
fn what_may_be_dropped_is_known_by_one_entry_a_partition() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(directory.path()).await;
        let config = LogConfig { segment_bytes: 1 << 20, ..LogConfig::default() };
        let mut logs = Vec::new();
        for index in 0..3 {
            logs.push(node.store.open_or_create(spec(index, config.clone())).await.unwrap());
        }
        for _ in 0..40 {
            for log in &logs {
                append(log, &values(0, 1, 10_000), 1000).await;
                log.clone().take_over().await;
            }
        }
        let log_dir = logs[0].log_dir();
        assert_eq!(log_dir.cached_len(), 3);
        node.store.delete(logs[0].id()).await.unwrap();
        assert_eq!(log_dir.cached_len(), 2);
        log_dir.limit_kept(0);
        log_dir.fit_memory();
        // What is still being filled.
        assert_eq!(log_dir.memory_bytes(), 2 * limits::TAIL_CHUNK_BYTES_MAX);
        assert_eq!(log_dir.cached_len(), 0);
        node.stop().await;
    });
}

#[test]
fn memory_of_what_lies_before_the_log_start_is_given_back() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(directory.path()).await;
        let config = LogConfig { segment_bytes: 1 << 20, ..LogConfig::default() };
        let log = node.store.open_or_create(spec(0, config)).await.unwrap();
        for chunk in values(0, 400, 10_000).chunks(10) {
            append(&log, chunk, 1000).await;
        }
        log.clone().take_over().await;
        let before = log.log_dir().memory_bytes();
        log.trim_prefix(log.ends().high_watermark).await.unwrap();
        while log.log_dir().memory_bytes() > before / 2 {
            clock::sleep(Duration::from_millis(5)).await;
        }
        node.stop().await;
    });
}

/// Readers that wait are told of a failed journal, also where it had nothing of their partition.
#[test]
fn who_waits_for_more_hears_of_a_failed_journal() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(directory.path()).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        append(&log, &values(0, 1, 10), 1000).await;
        let told = std::rc::Rc::new(crate::sync::Notify::new());
        log.watch(&told, crate::log::state::Horizon::HighWatermark);
        log.log_dir().journal().fail("pulled out");
        clock::timeout(Duration::from_secs(5), told.notified()).await.expect("told at once");
        assert!(log.offline().is_some());
    });
}
