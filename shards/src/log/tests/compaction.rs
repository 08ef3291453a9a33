//! Compaction of a log on files: what stays, what readers see meanwhile, what a restart finds.

use std::collections::BTreeMap;

use super::*;
use crate::compression::Codec;
use crate::io::directory;
use crate::log::compaction::{Compacted, CompactionLimits};
use crate::log::config::{Cleanup, Compaction};

pub(super) const LIMITS: CompactionLimits =
    CompactionLimits { map_bytes: 1 << 20, map_load_factor: 0.9, bytes_per_second_max: f64::MAX };

pub(super) fn config(tombstone_ms: i64) -> LogConfig {
    LogConfig {
        segment_bytes: 4000,
        index_interval_bytes: 500,
        cleanup: Cleanup { delete: false, compact: true },
        compaction: Compaction {
            dirty_ratio_min: 0.0,
            lag_ms_min: 0,
            lag_ms_max: i64::MAX,
            tombstone_ms,
        },
        file_delete_delay_ms: 0,
        ..LogConfig::default()
    }
}

/// Key and value by offset.
pub(super) type Content = BTreeMap<i64, (String, Option<String>)>;

pub(super) fn keyed(records: &[(String, Option<String>)], codec: Codec, timestamp: i64) -> Vec<u8> {
    let mut builder = BatchBuilder::new(Header::default(), Compression::of(codec));
    for (key, value) in records {
        let (key, value) = (Some(key.as_bytes()), value.as_deref().map(str::as_bytes));
        let record = NewRecord { timestamp, key, value, headers: &[] };
        builder.append(&record).unwrap();
    }
    builder.finish().unwrap()
}

pub(super) async fn put(log: &Log, records: &[(String, Option<String>)], codec: Codec) -> Offset {
    let bytes = keyed(records, codec, 1000);
    log.admit(bytes.len()).await.unwrap();
    let mut appended = log.append(&bytes, Origin::Client).unwrap();
    appended.durable.wait().await.unwrap();
    appended.base_offset
}

/// All that readers are given from `from` on, read `bytes_max` at a time.
pub(super) async fn content(log: &Log, from: Offset, bytes_max: usize) -> Content {
    let before = log.ends().high_watermark;
    let (mut next, mut found) = (from, Content::new());
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    while next < before {
        let limit = ReadLimit { before, bytes_max, at_least_one: AtLeastOne::Batch };
        let bytes = log.read_bytes(next, limit).await.unwrap();
        let at = next;
        for batch in Batches::new(&bytes).map_while(Result::ok) {
            batch.verify_checksum().unwrap();
            let mut scratch = Vec::new();
            for record in records::open(&batch, &mut scratch, 1 << 20).unwrap() {
                let record = record.unwrap();
                let (key, value) = (text(record.key.unwrap()), record.value.map(text));
                if record.offset(&batch) >= at.0 {
                    found.insert(record.offset(&batch), (key, value));
                }
            }
            next = Offset(batch.next_offset());
        }
        if next == at {
            // Nothing is left behind it.
            break;
        }
    }
    found
}

/// Of each key the last record below `end`, and all that is behind.
fn compacted(all: &Content, end: Offset) -> Content {
    let mut last = BTreeMap::new();
    for (offset, (key, _)) in all.range(..end.0) {
        last.insert(key.clone(), *offset);
    }
    let stays = |offset: &i64, key: &String| *offset >= end.0 || last[key] == *offset;
    all.iter()
        .filter(|(offset, (key, _))| stays(offset, key))
        .map(|(o, r)| (*o, r.clone()))
        .collect()
}

async fn fill(log: &Log, from: usize, count: usize, keys: usize, codec: Codec) -> Content {
    let mut all = Content::new();
    for number in from..from + count {
        let record = |index: usize| {
            let key = format!("key {}", (number * 7 + index * 3) % keys);
            (key, Some(format!("value {number} {index} {}", "x".repeat(100))))
        };
        let records: Vec<_> = (0..3).map(record).collect();
        let base = put(log, &records, codec).await;
        all.extend((base.0..).zip(records));
    }
    all
}

/// Until the segments that were sealed are finished.
pub(super) async fn settled(log: &Log) {
    for _ in 0..1000 {
        if log.0.state.borrow().rolls_unfinished == 0 {
            return;
        }
        crate::clock::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("rolls do not end");
}

async fn compact(log: &Log) -> Compacted {
    settled(log).await;
    log.compact(&LIMITS).await.unwrap().expect("it is due")
}

async fn open(path: &Path) -> (Node, Log) {
    // Little memory: most reads are of files.
    let node = Node::start_with(path, 1 << 20).await;
    let log = node.store.open_or_create(spec(0, config(1000))).await.unwrap();
    (node, log)
}

#[test]
fn of_each_key_the_last_record_stays_and_a_restart_finds_it() {
    for (is_stopped, codec) in [(true, Codec::None), (false, Codec::Gzip), (true, Codec::Zstd)] {
        let scratch = tempfile::tempdir().unwrap();
        let (all, end) = run(async {
            let (node, log) = open(scratch.path()).await;
            let mut all = fill(&log, 0, 150, 40, codec).await;
            let bytes = log.size_bytes();
            let first = compact(&log).await;
            assert!(first.keys == 40 && first.bytes_kept < first.bytes_read / 4, "{first:?}");
            assert!(log.size_bytes() < bytes / 2);
            assert_eq!(content(&log, Offset(0), 1 << 20).await, compacted(&all, first.end));
            all.extend(fill(&log, 150, 150, 40, codec).await);
            let second = compact(&log).await;
            assert!(second.end > first.end && log.cleaned_to() == second.end);
            let expected = compacted(&all, second.end);
            for (from, bytes_max) in [(0, 1), (0, 1000), (100, 1 << 20), (second.end.0 - 1, 500)] {
                let expected: Content =
                    expected.range(from..).map(|(o, r)| (*o, r.clone())).collect();
                assert_eq!(content(&log, Offset(from), bytes_max).await, expected);
            }
            assert!(log.compact(&LIMITS).await.unwrap().is_none(), "nothing is left to do");
            if is_stopped {
                node.stop().await;
            }
            (all, second.end)
        });
        run(async {
            let (node, log) = open(scratch.path()).await;
            assert_eq!(log.cleaned_to(), end);
            assert_eq!(log.ends().log_end, Offset(900));
            let mut all = all;
            assert_eq!(content(&log, Offset(0), 3000).await, compacted(&all, end));
            all.extend(fill(&log, 300, 60, 40, codec).await);
            let third = compact(&log).await;
            assert_eq!(content(&log, Offset(0), 3000).await, compacted(&all, third.end));
            node.stop().await;
            let names = directory::list(&scratch.path().join("topic-0")).await.unwrap();
            let names: Vec<&str> = names.iter().map(|entry| entry.name.as_str()).collect();
            let is_left = |name: &&&str| name.ends_with(".cleaned") || name.ends_with(".swap");
            assert_eq!(names.iter().find(is_left), None);
        });
    }
}

#[test]
fn who_reads_while_a_log_is_compacted_sees_no_mixture() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let (node, log) = open(scratch.path()).await;
        drop(fill(&log, 0, 400, 60, Codec::None).await);
        node.stop().await;
        let (_node, log) = open(scratch.path()).await;
        let all = content(&log, Offset(0), 1 << 20).await;
        let reads: Vec<_> = (0..20)
            .map(|number| {
                let log = log.clone();
                executor::spawn(async move {
                    let from = Offset(number * 50);
                    (from, content(&log, from, 300 + 100 * number as usize).await)
                })
            })
            .collect();
        let done = compact(&log).await;
        let last = compacted(&all, done.end);
        for read in reads {
            let (from, found) = read.await;
            // Each record as it was written, and at least what stays.
            assert!(found.iter().all(|(offset, record)| all[offset] == *record));
            assert!(last.range(from.0..).all(|(offset, _)| found.contains_key(offset)), "{from}");
        }
    });
}

#[test]
fn a_small_map_takes_several_passes() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let (_node, log) = open(scratch.path()).await;
        let all = fill(&log, 0, 200, 90, Codec::None).await;
        settled(&log).await;
        let limits = CompactionLimits { map_bytes: 40 * 32, map_load_factor: 1.0, ..LIMITS };
        let mut ends = Vec::new();
        while let Some(done) = log.compact(&limits).await.unwrap() {
            assert!(done.keys <= 40);
            ends.push(done.end);
        }
        assert!(ends.len() > 3 && ends.is_sorted(), "{ends:?}");
        let found = content(&log, Offset(0), 5000).await;
        assert_eq!(found, compacted(&all, *ends.last().unwrap()));
        let tiny = CompactionLimits { map_bytes: 32, map_load_factor: 1.0, ..LIMITS };
        drop(fill(&log, 200, 50, 90, Codec::None).await);
        settled(&log).await;
        let refused = log.compact(&tiny).await.unwrap_err().to_string();
        assert!(refused.contains("log.cleaner.dedupe.buffer.size"), "{refused}");
        assert!(log.compaction_state().uncleanable.is_some());
    });
}

#[test]
fn a_damaged_batch_leaves_the_log_as_it_is_and_is_named() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let (node, log) = open(scratch.path()).await;
        drop(fill(&log, 0, 100, 20, Codec::None).await);
        node.stop().await;
        let path = scratch.path().join("topic-0").join(format!("{:020}.log", 0));
        let mut bytes = directory::read_to_vec(&path, 1 << 20).await.unwrap();
        bytes[700] ^= 1;
        directory::write_atomically(&path, &bytes).await.unwrap();
        let (_node, log) = open(scratch.path()).await;
        let size = log.size_bytes();
        let refused = log.compact(&LIMITS).await.unwrap_err().to_string();
        assert!(refused.contains("at byte"), "{refused}");
        assert_eq!(log.size_bytes(), size);
        let state = log.compaction_state();
        assert!(!state.is_due && state.uncleanable.is_some());
    });
}

#[test]
fn tombstones_stay_as_long_as_they_are_to_and_then_go() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let (_node, log) = open(scratch.path()).await;
        drop(fill(&log, 0, 30, 5, Codec::None).await);
        let gone: Vec<_> = (0..5).map(|key| (format!("key {key}"), None)).collect();
        put(&log, &gone, Codec::None).await;
        fill_others(&log, 0).await;
        let first = compact(&log).await;
        let tombstones = |content: &Content| content.values().filter(|it| it.1.is_none()).count();
        let found = content(&log, Offset(0), 1 << 20).await;
        assert_eq!(tombstones(&found), 5);
        assert!(!found.values().any(|(key, value)| key.starts_with("key") && value.is_some()));
        log.set_config(config(0));
        crate::clock::sleep(std::time::Duration::from_millis(1100)).await;
        fill_others(&log, 100).await;
        let second = compact(&log).await;
        assert!(second.end > first.end);
        assert_eq!(tombstones(&content(&log, Offset(0), 1 << 20).await), 0);
    });
}

/// Enough of other keys to have the segments before sealed.
async fn fill_others(log: &Log, from: usize) {
    for number in from..from + 40 {
        let record = (format!("other {number}"), Some("y".repeat(300)));
        put(log, &[record], Codec::None).await;
    }
}
