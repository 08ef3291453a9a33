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
use crate::units::LeaderEpoch;

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
async fn read_around(log: &Log) -> (Vec<i64>, Vec<ReadError>) {
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
    // Of its records, its checksum, its offset, its length, its version, its epoch.
    let bits = [(100, 1), (18, 16), (7, 1), (6, 2), (11, 4), (8, 2), (16, 1), (15, 1), (12, 128)];
    for (at, mask) in bits {
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
fn a_damaged_epoch_of_the_last_batch_is_named_and_not_given_out() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let path = directory.path();
        let positions = stopped_log(path).await;
        let segment = path.join("topic-0/00000000000000000000.log");
        flip(&segment, positions[BATCHES - 1] + 15, 1).await;
        let node = Node::start(path).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        let (given, errors) = read_around(&log).await;
        assert_eq!((given.len(), errors.len()), ((BATCHES - 1) * PER_BATCH, 1));
    });
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

/// A log of several sealed segments and an active one, whose batches are `number` at the time
/// `number * 10`, every fifth as old as the one five before; stopped cleanly.
async fn stopped_log_in_time(path: &Path) {
    let node = Node::start(path).await;
    let log = node.store.open_or_create(spec(0, in_time())).await.unwrap();
    for number in 0..IN_TIME {
        append(&log, &values(number, 1, 1500), time_of(number)).await;
    }
    node.stop().await;
}

const IN_TIME: usize = 60;

fn in_time() -> LogConfig {
    LogConfig { segment_bytes: 24 << 10, index_interval_bytes: 2000, ..LogConfig::default() }
}

fn time_of(number: usize) -> i64 {
    let number = if number % 5 == 4 { number.saturating_sub(5) } else { number };
    1_000_000 + number as i64 * 10
}

/// All that is asked by time is answered as the batches say.
async fn check_times(log: &Log, what: &str) {
    let end = log.ends().high_watermark;
    for step in 0..IN_TIME as i64 * 2 + 4 {
        let asked = 1_000_000 - 10 + step * 5;
        let expected = (0..IN_TIME).find(|number| time_of(*number) >= asked);
        let found = log.find_timestamp(asked, end).await.unwrap();
        let found = found.map(|found| found.at.offset.0 as usize);
        assert_eq!(found, expected, "{what}: at {asked}");
    }
    let youngest = (0..IN_TIME).max_by_key(|number| time_of(*number)).unwrap();
    let max = log.find_max_timestamp(end).await.unwrap().unwrap();
    assert_eq!(max.at.timestamp_ms, time_of(youngest), "{what}");
}

/// The files of this kind in the log's folder, in order.
async fn files_of(path: &Path, suffix: &str) -> Vec<PathBuf> {
    let folder = path.join("topic-0");
    let listed = directory::list(&folder).await.unwrap();
    let mut found: Vec<PathBuf> = listed
        .iter()
        .filter(|entry| entry.name.ends_with(suffix))
        .map(|entry| folder.join(&entry.name))
        .collect();
    found.sort();
    found
}

#[test]
fn a_damaged_time_index_changes_no_answer() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let path = directory.path();
        stopped_log_in_time(path).await;
        let files = files_of(path, ".timeindex").await;
        assert!(files.len() > 3);
        for file in &files {
            let sound = directory::read_to_vec(file, 1 << 20).await.unwrap();
            assert!(sound.len() >= 36, "{}", file.display());
            for bit in (3..sound.len() as u64 * 8).step_by(47) {
                flip(file, bit / 8, 1 << (bit % 8)).await;
                let node = Node::start(path).await;
                let log = node.store.open_or_create(spec(0, in_time())).await.unwrap();
                check_times(&log, &format!("{} bit {bit}", file.display())).await;
                node.stop().await;
                let now = directory::read_to_vec(file, 1 << 20).await.unwrap();
                assert_eq!(now, sound, "{} bit {bit} was not mended", file.display());
            }
        }
    });
}

#[test]
fn what_is_appended_behind_a_damaged_time_index_is_found() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let path = directory.path();
        stopped_log_in_time(path).await;
        let files = files_of(path, ".timeindex").await;
        let last = files.last().unwrap();
        let bytes = directory::read_to_vec(last, 1 << 20).await.unwrap();
        // The last entry is of a time far ahead.
        flip(last, bytes.len() as u64 - 12 + 4, 1).await;
        let node = Node::start(path).await;
        let log = node.store.open_or_create(spec(0, in_time())).await.unwrap();
        for number in 0..20 {
            append(&log, &values(IN_TIME + number, 1, 1500), 2_000_000 + number as i64).await;
        }
        let end = log.ends().high_watermark;
        for number in 0..20 {
            let found = log.find_timestamp(2_000_000 + number, end).await.unwrap().unwrap();
            assert_eq!(found.at.offset.0, IN_TIME as i64 + number);
        }
        assert_eq!(log.find_timestamp(2_000_020, end).await.unwrap(), None);
        node.stop().await;
    });
}

/// The first walk of the last segment cuts what the crash left, the second makes the index anew.
#[test]
fn a_damaged_time_index_and_a_torn_end_are_both_mended() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path();
    run(stopped_log_in_time(path));
    run(async {
        let node = Node::start(path).await;
        let _ends_in_a_crash = node.store.open_or_create(spec(0, in_time())).await.unwrap();
    });
    run(async {
        let times = files_of(path, ".timeindex").await;
        let bytes = directory::read_to_vec(times.last().unwrap(), 1 << 20).await.unwrap();
        flip(times.last().unwrap(), bytes.len() as u64 - 12 + 4, 1).await;
        let segments = files_of(path, ".log").await;
        let last = segments.last().unwrap();
        let mut bytes = directory::read_to_vec(last, 1 << 20).await.unwrap();
        bytes.extend_from_within(..90);
        directory::write_atomically(last, &bytes).await.unwrap();
    });
    run(async {
        let node = Node::start(path).await;
        let log = node.store.open_or_create(spec(0, in_time())).await.unwrap();
        check_times(&log, "a torn end").await;
        node.stop().await;
    });
}

#[test]
fn a_damaged_checkpoint_of_epochs_changes_no_answer() {
    const EPOCHS: [(i32, i64); 3] = [(0, 0), (2, 15), (5, 40)];
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let path = directory.path();
        let config = || LogConfig { segment_bytes: 24 << 10, ..LogConfig::default() };
        let node = Node::start(path).await;
        let log = node.store.open_or_create(spec(0, config())).await.unwrap();
        for number in 0..IN_TIME {
            let epoch = EPOCHS.iter().rfind(|(_, start)| *start <= number as i64).unwrap().0;
            log.lead(LeaderEpoch(epoch));
            append(&log, &values(number, 1, 1500), 1000).await;
        }
        node.stop().await;
        let file = path.join("topic-0").join(crate::format::checkpoint::LEADER_EPOCHS);
        let sound = directory::read_to_vec(&file, 1 << 20).await.unwrap();
        for bit in 0..sound.len() as u64 * 8 {
            flip(&file, bit / 8, 1 << (bit % 8)).await;
            let node = Node::start(path).await;
            let log = node.store.open_or_create(spec(0, config())).await.unwrap();
            log.lead(LeaderEpoch(7));
            log.prove_epochs().await.unwrap();
            for (number, (epoch, _)) in EPOCHS.iter().enumerate() {
                let end = EPOCHS.get(number + 1).map_or(IN_TIME as i64, |(_, start)| *start);
                let found = log.epoch_end(LeaderEpoch(*epoch)).unwrap();
                assert_eq!((found.epoch.0, found.end.0), (*epoch, end), "bit {bit}");
            }
            assert_eq!(read_all(&log, Offset(0), 1 << 20).await.len(), IN_TIME, "bit {bit}");
            node.stop().await;
            let now = directory::read_to_vec(&file, 1 << 20).await.unwrap();
            assert_eq!(now, sound, "bit {bit} was not mended");
        }
    });
}

/// A kill comes before the indexes of a segment are written, which are those of the stop before.
#[test]
fn an_index_that_ends_before_its_segment_is_completed() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let path = directory.path();
        stopped_log_in_time(path).await;
        let files = [files_of(path, ".timeindex").await, files_of(path, ".index").await];
        for (file, entry) in files.iter().map(|files| &files[1]).zip([12, 8]) {
            let bytes = directory::read_to_vec(file, 1 << 20).await.unwrap();
            directory::write_atomically(file, &bytes[..2 * entry]).await.unwrap();
        }
        let node = Node::start(path).await;
        let log = node.store.open_or_create(spec(0, in_time())).await.unwrap();
        check_times(&log, "cut").await;
        node.stop().await;
    });
}

#[test]
fn a_missing_time_index_is_made_of_all_of_its_segment() {
    let directory = tempfile::tempdir().unwrap();
    run(async {
        let path = directory.path();
        stopped_log_in_time(path).await;
        for file in files_of(path, ".timeindex").await {
            directory::remove_file(&file).await.unwrap();
            let node = Node::start(path).await;
            let log = node.store.open_or_create(spec(0, in_time())).await.unwrap();
            check_times(&log, &file.display().to_string()).await;
            node.stop().await;
        }
    });
}

/// Reads of files are checked a piece at a time: what is larger than a piece, or begins in one and
/// ends in the next, is given whole, and damage behind the first piece ends a read before it.
#[test]
fn what_is_checked_in_pieces_is_given_whole_up_to_the_damage() {
    let directory = tempfile::tempdir().unwrap();
    let sizes = [300_000, 3_000_000, 10, 1_100_000, 700_000, 700_000, 20];
    let all: Vec<Vec<u8>> = sizes.iter().map(|size| values(0, 1, *size).remove(0)).collect();
    run(async {
        let node = Node::start(directory.path()).await;
        let mut config = LogConfig::default();
        config.rules.batch_bytes_max = 4 << 20;
        let log = node.store.open_or_create(spec(0, config)).await.unwrap();
        for value in &all {
            append(&log, std::slice::from_ref(value), 1000).await;
        }
        node.stop().await;
    });
    run(async {
        let node = Node::start(directory.path()).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        assert_eq!(read_all(&log, Offset(0), usize::MAX).await, all);
        node.stop().await;
    });
    let path = directory.path().join("topic-0").join(format!("{:020}.log", 0));
    run(async {
        let size = File::open(&path, OpenOptions::new()).await.unwrap().size().unwrap();
        flip(&path, size - 100_000, 1).await;
        let node = Node::start(directory.path()).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        let limit = ReadLimit {
            before: log.ends().high_watermark,
            bytes_max: usize::MAX,
            at_least_one: AtLeastOne::Batch,
        };
        let sound = log.read_bytes(Offset(0), limit).await.unwrap();
        let read = Batches::new(&sound).map_while(Result::ok);
        assert_eq!(read.map(|batch| batch.next_offset()).last(), Some(5));
        let damaged = log.read_bytes(Offset(5), limit).await;
        assert!(matches!(damaged, Err(ReadError::Damaged { .. })), "{damaged:?}");
    });
}
