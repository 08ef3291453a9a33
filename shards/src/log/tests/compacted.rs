//! Logs that Apache Kafka's cleaner wrote: gaps between batches and at the ends of segments, empty
//! batches, delete horizons, several leader epochs.

use std::path::PathBuf;

use super::*;
use crate::format::batch::Batch;
use crate::format::{checkpoint, partition_metadata};
use crate::io::directory;
use crate::units::LeaderEpoch;

/// What Kafka 4.3.1 left: one log of each kind, and where each ends.
const LOGS: [(&str, i64); 3] = [("plain-0", 424), ("zipped-0", 424), ("txn-0", 189)];

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/compacted-by-kafka-4.3.1")
}

/// How a copy of the directory is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    InOrder,
    Killed,
    /// And without its indexes.
    Bare,
}

async fn copy_to(path: &Path, left: Left) {
    let golden = golden();
    let meta = "version=1\nnode.id=1\ncluster.id=test\ndirectory.id=m43M9KXGjecL3IzyTyXSFg\n";
    directory::write_atomically(&path.join("meta.properties"), meta.as_bytes()).await.unwrap();
    for (name, _) in LOGS {
        directory::create_all(&path.join(name)).await.unwrap();
        for file in names(&golden.join(name)) {
            if left == Left::Bare && file.ends_with("index") {
                continue;
            }
            copy(&golden.join(name).join(&file), &path.join(name).join(&file)).await;
        }
    }
    let ends = checkpoint::RECOVERY_POINTS;
    copy(&golden.join(ends), &path.join(ends)).await;
    if left == Left::InOrder {
        let mark = ".kafka_cleanshutdown";
        copy(&golden.join(mark), &path.join(mark)).await;
    }
}

/// The files of a real folder, in order of their names.
fn names(folder: &Path) -> Vec<String> {
    let name = |entry: std::fs::DirEntry| entry.file_name().into_string().unwrap();
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| name(entry.unwrap())).collect();
    names.sort();
    names
}

async fn copy(from: &Path, to: &Path) {
    let bytes = std::fs::read(from).unwrap();
    directory::write_atomically(to, &bytes).await.unwrap();
}

/// The batches of the files of a folder, in order.
fn batches_of(folder: &Path) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for name in names(folder).into_iter().filter(|name| name.ends_with(".log")) {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        found.extend(Batches::new(&bytes).map(|batch| batch.unwrap().bytes().to_vec()));
    }
    found
}

/// The batches that a reader is given from `from` on, in reads of `bytes_max`.
async fn read_batches(log: &Log, from: Offset, bytes_max: usize) -> Vec<Vec<u8>> {
    let before = log.ends().high_watermark;
    let (mut next, mut found) = (from, Vec::new());
    while next < before {
        let limit = ReadLimit { before, bytes_max, at_least_one: AtLeastOne::Batch };
        let bytes = log.read_bytes(next, limit).await.unwrap();
        let at = next;
        for batch in Batches::new(&bytes).map_while(Result::ok) {
            found.push(batch.bytes().to_vec());
            next = Offset(batch.next_offset());
        }
        assert!(next > at, "no progress at {at}");
    }
    found
}

async fn open(node: &Node, name: &str) -> Log {
    let identity = golden().join(name).join(partition_metadata::FILE_NAME);
    let identity = std::fs::read(&identity).unwrap();
    let topic = partition_metadata::decode(&identity).unwrap();
    let id = PartitionId { topic, index: 0 };
    let spec = LogSpec { id, name: name.to_owned(), config: LogConfig::default() };
    node.store.open_or_create(spec).await.unwrap()
}

#[test]
fn what_kafkas_cleaner_wrote_is_read_whole_from_every_offset() {
    for left in [Left::InOrder, Left::Killed, Left::Bare] {
        let scratch = tempfile::tempdir().unwrap();
        run(async {
            copy_to(scratch.path(), left).await;
            let node = Node::start(scratch.path()).await;
            for (name, end) in LOGS {
                let log = open(&node, name).await;
                let expected = batches_of(&golden().join(name));
                let last = |batch: &Vec<u8>| Batch::parse(batch).unwrap().last_offset();
                assert!(expected.len() > 10 && last(&expected[0]) > 0, "{name} has no gap");
                assert_eq!(log.ends().log_end, Offset(end), "{name} {left:?}");
                for bytes_max in [1, 100, 1 << 20] {
                    for from in 0..end {
                        let first = expected.partition_point(|batch| last(batch) < from);
                        let given = read_batches(&log, Offset(from), bytes_max).await;
                        assert_eq!(given, expected[first..], "{name} {left:?} from {from}");
                    }
                }
            }
        });
    }
}

#[test]
fn epochs_of_a_log_with_gaps_are_believed_and_made_anew_right() {
    for without_checkpoint in [false, true] {
        let scratch = tempfile::tempdir().unwrap();
        run(async {
            copy_to(scratch.path(), Left::InOrder).await;
            if without_checkpoint {
                let path = scratch.path().join("plain-0").join(checkpoint::LEADER_EPOCHS);
                directory::remove_file(&path).await.unwrap();
            }
            let node = Node::start(scratch.path()).await;
            let log = open(&node, "plain-0").await;
            log.prove_epochs().await.unwrap();
            log.lead(LeaderEpoch(9));
            let of = |epoch| {
                let end = log.epoch_end(LeaderEpoch(epoch)).unwrap();
                (end.epoch.0, end.end.0)
            };
            // Made anew they begin with the first batch that is left of them.
            let ends = match without_checkpoint {
                false => [(0, 121), (2, 242), (4, 424)],
                true => [(0, 181), (2, 302), (4, 424)],
            };
            assert_eq!([of(0), of(2), of(4)], ends);
        });
    }
}

#[test]
fn a_log_with_gaps_goes_on_and_is_found_again() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        copy_to(scratch.path(), Left::Killed).await;
        for round in 0..4 {
            let node = Node::start(scratch.path()).await;
            let log = open(&node, "plain-0").await;
            assert_eq!(log.ends().log_end, Offset(424 + round));
            log.lead(LeaderEpoch(10));
            append(&log, &values(0, 1, 100), 1000).await;
            let given = read_batches(&log, Offset(0), 1 << 20).await;
            assert_eq!(given.len(), 13 + round as usize + 1);
            match round % 2 {
                0 => node.stop().await,
                _ => drop(node),
            }
        }
    });
}

#[test]
fn an_offset_that_is_damaged_in_a_log_with_gaps_is_not_given_out() {
    let golden = golden();
    let mut named = 0;
    for bit in 0..64 {
        let scratch = tempfile::tempdir().unwrap();
        run(async {
            copy_to(scratch.path(), Left::InOrder).await;
            let expected = batches_of(&golden.join("plain-0"));
            let path = scratch.path().join("plain-0").join("00000000000000000000.log");
            let mut bytes = directory::read_to_vec(&path, 1 << 20).await.unwrap();
            // Of the third batch.
            let position = expected[0].len() + expected[1].len();
            bytes[position + bit / 8] ^= 1 << (bit % 8);
            directory::write_atomically(&path, &bytes).await.unwrap();
            let node = Node::start(scratch.path()).await;
            let log = open(&node, "plain-0").await;
            let before = log.ends().high_watermark;
            let limit = ReadLimit { before, bytes_max: 1, at_least_one: AtLeastOne::Batch };
            if log.read_bytes(Offset(150), limit).await.is_err() {
                named += 1;
            }
        });
    }
    // The rest lies within the gap, where nothing contradicts it.
    assert!(named >= 56, "{named} of 64");
}

/// Key and value of each record by offset, those of markers left out.
fn keyed(batches: &[Vec<u8>]) -> std::collections::BTreeMap<i64, (Vec<u8>, Option<Vec<u8>>)> {
    let mut found = std::collections::BTreeMap::new();
    for bytes in batches {
        let batch = Batch::parse(bytes).unwrap();
        batch.verify_checksum().unwrap();
        let mut scratch = Vec::new();
        let records = records::open(&batch, &mut scratch, 1 << 20).unwrap();
        for record in records.map(Result::unwrap).filter(|_| !batch.attributes().is_control()) {
            let (key, value) = (record.key.unwrap().to_vec(), record.value.map(<[u8]>::to_vec));
            found.insert(record.offset(&batch), (key, value));
        }
    }
    found
}

#[test]
fn what_kafka_left_is_compacted_further() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        copy_to(scratch.path(), Left::InOrder).await;
        let node = Node::start(scratch.path()).await;
        for (name, end) in LOGS {
            let log = open(&node, name).await;
            let before = keyed(&read_batches(&log, Offset(0), 1 << 20).await);
            // Tombstones stay: their horizons are set, or set anew, for a day.
            log.set_config(super::compaction::config(86_400_000));
            let done = log.compact(&super::compaction::LIMITS).await.unwrap().expect("due");
            let found = keyed(&read_batches(&log, Offset(0), 1 << 20).await);
            assert!(found.iter().all(|(offset, record)| before[offset] == *record), "{name}");
            assert!(found.len() < before.len() || name == "plain-0", "{name}");
            let mut newest = std::collections::BTreeMap::new();
            for (offset, (key, value)) in &before {
                newest.insert(key, (*offset, value.is_some()));
            }
            for (key, (offset, has_value)) in newest {
                assert!(found.contains_key(&offset) || !has_value, "{name}: {key:?} at {offset}");
            }
            assert_eq!(log.ends().log_end, Offset(end));
            let expected = read_batches(&log, Offset(0), 1 << 20).await;
            assert!(done.end > Offset(100));
            node_keeps(&log, &expected).await;
        }
        node.stop().await;
        let node = Node::start(scratch.path()).await;
        for (name, end) in LOGS {
            assert_eq!(open(&node, name).await.ends().log_end, Offset(end));
        }
    });
}

/// Reads from any offset give the same.
async fn node_keeps(log: &Log, expected: &[Vec<u8>]) {
    let last = |batch: &Vec<u8>| Batch::parse(batch).unwrap().last_offset();
    for from in (0..log.ends().log_end.0).step_by(7) {
        let first = expected.partition_point(|batch| last(batch) < from);
        assert_eq!(read_batches(log, Offset(from), 300).await, expected[first..]);
    }
}
