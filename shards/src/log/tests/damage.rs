//! Files that changed while no one looked: what is damaged is named and never given out, and what
//! is not is read as ever.

use std::path::PathBuf;

use super::*;
use crate::format::batch::Batch;
use crate::format::partition_metadata;
use crate::io::buffers::Buffer;
use crate::io::directory;
use crate::io::file::{File, OpenOptions};
use crate::log::error::{Offline, OpenError, ReadError};

const BATCHES: usize = 40;
const PER_BATCH: usize = 5;

/// A log of batches of some 1.5 KB, stopped cleanly; the position of each batch.
async fn stopped_log(path: &Path) -> Vec<u64> {
    let node = Node::start(path).await;
    let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
    for batch in 0..BATCHES {
        append(&log, &values(batch * PER_BATCH, PER_BATCH, 300), 1000).await;
    }
    let ends = log.ends();
    let limit = ReadLimit {
        before: ends.high_watermark,
        bytes_max: 1 << 20,
        at_least_one: AtLeastOne::Batch,
    };
    let bytes = log.read_bytes(Offset(0), limit).await.unwrap();
    let mut positions = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        positions.push(at as u64);
        at += Batch::parse(&bytes[at..]).unwrap().size();
    }
    assert_eq!(positions.len(), BATCHES);
    node.stop().await;
    positions
}

async fn flip(path: &Path, position: u64, mask: u8) {
    let file = File::open(path, OpenOptions::new().write(true)).await.unwrap();
    let (read, buffer) = file.read_exact_at(Buffer::with_capacity(1), 1, position).await;
    read.unwrap();
    let flipped = vec![buffer.as_slice()[0] ^ mask];
    file.write_all_at(vec![flipped.into()], position, Durability::Synced).await.unwrap();
}

/// Reads one batch after the other; the offsets given, and the errors on the way. Where a read
/// fails, goes on `PER_BATCH` later.
async fn read_around(log: &Partition) -> (Vec<i64>, Vec<ReadError>) {
    let before = log.ends().high_watermark;
    let (mut given, mut errors) = (Vec::new(), Vec::new());
    let mut next = Offset(0);
    while next < before {
        let limit = ReadLimit { before, bytes_max: 1, at_least_one: AtLeastOne::Batch };
        match log.read_bytes(next, limit).await {
            Ok(bytes) => {
                let batch = Batch::parse(&bytes).unwrap();
                batch.verify_checksum().unwrap();
                assert!(batch.base_offset() <= next.0 && next.0 <= batch.last_offset());
                let expected = values(batch.base_offset() as usize, PER_BATCH, 300);
                let mut scratch = Vec::new();
                for (record, value) in
                    records::open(&batch, &mut scratch, 1 << 20).unwrap().zip(expected)
                {
                    assert_eq!(record.unwrap().value.unwrap(), value);
                }
                given.extend(next.0..batch.next_offset());
                next = Offset(batch.next_offset());
            }
            Err(error) => {
                errors.push(error);
                next = next.plus(PER_BATCH as i64);
            }
        }
    }
    (given, errors)
}

#[test]
fn a_damaged_batch_is_named_and_not_given_out() {
    // Of its records, its checksum, its offset, its length, its version.
    for (at, mask) in [(100, 1), (18, 16), (7, 1), (6, 2), (11, 4), (8, 2), (16, 1)] {
        let directory = tempfile::tempdir().unwrap();
        run(async {
            let path = directory.path();
            let positions = stopped_log(path).await;
            let segment = path.join("topic-0/00000000000000000000.log");
            let damaged = 11;
            flip(&segment, positions[damaged] + at, mask).await;
            let node = Node::start(path).await;
            let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
            for _again in 0..2 {
                let (given, errors) = read_around(&log).await;
                assert!(!errors.is_empty(), "nothing was said of byte {at}");
                for error in &errors {
                    let ReadError::Damaged { path, .. } = error else { panic!("{error}") };
                    assert_eq!(**path, *segment.display().to_string());
                }
                let lost: Vec<i64> = (0..(BATCHES * PER_BATCH) as i64)
                    .filter(|offset| !given.contains(offset))
                    .collect();
                let first = (damaged * PER_BATCH) as i64;
                assert!(lost.contains(&first), "byte {at}: {lost:?}");
                // No index entry lies between a damaged head and its next three batches.
                let reach = first..first + 4 * PER_BATCH as i64;
                assert!(lost.iter().all(|offset| reach.contains(offset)), "byte {at}: {lost:?}");
            }
        });
    }
}

#[test]
fn a_damaged_index_costs_nothing_but_time() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let path = directory.path();
        stopped_log(path).await;
        let index = path.join("topic-0/00000000000000000000.index");
        let entries = File::open(&index, OpenOptions::new()).await.unwrap().size().unwrap() / 8;
        assert!(entries > 5);
        for bit in (0..entries * 64).step_by(7) {
            flip(&index, bit / 8, 1 << (bit % 8)).await;
            let node = Node::start(path).await;
            let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
            let (given, errors) = read_around(&log).await;
            assert!(errors.is_empty(), "bit {bit}: {}", errors[0]);
            assert_eq!(given.len(), BATCHES * PER_BATCH, "bit {bit}");
            node.stop().await;
        }
    });
}

/// Opens the log after `harm` was done to its last segment while it was stopped.
async fn opened_after<T: Future>(path: &Path, harm: impl FnOnce(PathBuf, u64) -> T) -> OpenError {
    let positions = stopped_log(path).await;
    let segment = path.join("topic-0/00000000000000000000.log");
    harm(segment, positions[BATCHES - 1]).await;
    let node = Node::start(path).await;
    let opened = node.store.open_or_create(spec(0, LogConfig::default())).await;
    opened.err().expect("the log opens")
}

#[test]
fn a_log_that_seems_to_end_elsewhere_than_a_stop_has_left_it_is_named() {
    // Of the last batch: its offset, and the offset of its last record.
    for (at, mask) in [(2, 2), (6, 2), (25, 2), (26, 1)] {
        let directory = tempfile::tempdir().unwrap();
        run(async {
            let harm = async |segment: PathBuf, last: u64| flip(&segment, last + at, mask).await;
            let refused = opened_after(directory.path(), harm).await;
            let OpenError::Offline(Offline::Corrupt { path, .. }) = refused else {
                panic!("{refused}")
            };
            assert!(path.ends_with("topic-0/00000000000000000000.log"));
        });
    }
}

#[test]
fn a_log_that_was_cut_between_batches_after_a_stop_is_named() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let harm = async |segment: PathBuf, last: u64| {
            let file = File::open(&segment, OpenOptions::new().write(true)).await.unwrap();
            file.set_size(last).await.unwrap();
        };
        let refused = opened_after(directory.path(), harm).await;
        assert!(matches!(refused, OpenError::Offline(Offline::Corrupt { .. })), "{refused}");
    });
}

#[test]
fn a_checkpoint_that_is_wrong_about_a_logs_end_is_named_and_not_believed() {
    // The end is 200.
    for wrong in ["topic 0 600", "topic 0 201", "topic 0 20"] {
        let directory = tempfile::tempdir().unwrap();
        run(async {
            let path = directory.path();
            stopped_log(path).await;
            let checkpoint = path.join(crate::format::checkpoint::RECOVERY_POINTS);
            let text = directory::read_to_vec(&checkpoint, 1 << 20).await.unwrap();
            let text = String::from_utf8(text.to_vec()).unwrap();
            assert!(text.contains("topic 0 200"), "{text}");
            let text = text.replace("topic 0 200", wrong);
            directory::write_atomically(&checkpoint, text.as_bytes()).await.unwrap();
            let node = Node::start(path).await;
            let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
            let (given, errors) = read_around(&log).await;
            assert_eq!((given.len(), errors.len()), (BATCHES * PER_BATCH, 0));
            node.stop().await;
        });
    }
}

#[test]
fn an_offset_of_a_sealed_segment_that_is_too_high_is_not_believed() {
    let directory = tempfile::tempdir().unwrap();
    let config = || LogConfig { segment_bytes: 2000, ..LogConfig::default() };
    run(async {
        let path = directory.path();
        let node = Node::start(path).await;
        let log = node.store.open_or_create(spec(0, config())).await.unwrap();
        for batch in 0..3 {
            append(&log, &values(batch, 1, 1500), 1000).await;
        }
        node.stop().await;
        for index in ["index", "timeindex"] {
            directory::remove_file(
                &path.join("topic-0/00000000000000000001").with_extension(index),
            )
            .await
            .unwrap();
        }
        flip(&path.join("topic-0/00000000000000000001.log"), 2, 2).await;
        let node = Node::start(path).await;
        let opened = node.store.open_or_create(spec(0, config())).await;
        let refused = opened.err().expect("the log opens");
        assert!(matches!(refused, OpenError::Offline(Offline::Corrupt { .. })), "{refused}");
    });
}

/// One character of the topic id in the log's file of identity.
async fn flip_topic_id(path: &Path) {
    let text = partition_metadata::encode(spec(0, LogConfig::default()).id.topic);
    let at = text.find("topic_id: ").unwrap() + "topic_id: ".len();
    flip(&path.join("topic-0/partition.metadata"), at as u64, 2).await;
}

#[test]
fn a_topic_id_with_a_flipped_bit_is_not_another_topic() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let path = directory.path();
        stopped_log(path).await;
        flip_topic_id(path).await;
        let node = Node::start(path).await;
        let opened = node.store.open_or_create(spec(0, LogConfig::default())).await;
        assert!(matches!(opened, Err(OpenError::Unidentified { .. })));
        assert!(directory::exists(&path.join("topic-0")).await.unwrap());
        node.stop().await;
        flip_topic_id(path).await;
        let node = Node::start(path).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        assert_eq!(log.ends().log_end.0 as usize, BATCHES * PER_BATCH);
        node.stop().await;
    });
}

#[test]
fn what_a_journal_holds_waits_for_a_folder_whose_topic_id_is_damaged() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let path = directory.path();
        let node = Node::start(path).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        append(&log, &values(0, PER_BATCH, 300), 1000).await;
        drop((log, node));
        flip_topic_id(path).await;
        let refused = Node::try_start(path, &store_options()).await.err().expect("it starts");
        assert!(matches!(refused, OpenError::Homeless { .. }), "{refused}");
        flip_topic_id(path).await;
        let node = Node::start(path).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        assert_eq!(log.ends().log_end.0 as usize, PER_BATCH);
        node.stop().await;
    });
}

/// What a batch says of its end is believed on the way to later ones: a wrong end must not make a
/// reader go past records.
#[test]
fn a_damaged_end_of_a_batch_hides_no_records() {
    const DAMAGED: usize = 11;
    const DELTA_AT: u64 = 23;
    // Negative; smaller; larger.
    for (at, mask) in [(0, 128), (3, 4), (3, 8)] {
        let directory = tempfile::tempdir().unwrap();
        run(async {
            let path = directory.path();
            let positions = stopped_log(path).await;
            let segment = path.join("topic-0/00000000000000000000.log");
            flip(&segment, positions[DAMAGED] + DELTA_AT + at, mask).await;
            let node = Node::start(path).await;
            let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
            let before = log.ends().high_watermark;
            let limit = ReadLimit { before, bytes_max: 1, at_least_one: AtLeastOne::Batch };
            for offset in DAMAGED * PER_BATCH..(DAMAGED + 1) * PER_BATCH {
                let read = log.read_bytes(Offset(offset as i64), limit).await;
                let refused = read.map(|bytes| bytes.len()).expect_err("damage is given out");
                assert!(matches!(refused, ReadError::Damaged { .. }), "{offset}: {refused}");
            }
        });
    }
}
