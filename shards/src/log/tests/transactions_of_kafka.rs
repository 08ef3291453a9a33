//! A partition that Apache Kafka 4.3.1 wrote, with transactions over several segments: committed,
//! aborted, and one that is open. `expected.txt` is what Kafka's consumer saw of it.

use std::collections::BTreeMap;

use super::*;
use crate::format::batch::Batch;
use crate::format::checkpoint;
use crate::format::control::ControlType;
use crate::format::uuid_text;

const GOLDEN: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/transactions-kafka-4.3.1");
const FOLDER: &str = "golden-0";

/// What a consumer of committed records sees.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    last_stable: i64,
    log_end: i64,
    records: Vec<(i64, String)>,
}

fn expected() -> Seen {
    let text = std::fs::read_to_string(format!("{GOLDEN}/expected.txt")).unwrap();
    let mut seen = Seen::default();
    for line in text.lines() {
        match line.split_once(' ').unwrap() {
            ("last_stable", offset) => seen.last_stable = offset.parse().unwrap(),
            ("log_end", offset) => seen.log_end = offset.parse().unwrap(),
            (offset, value) => seen.records.push((offset.parse().unwrap(), value.to_owned())),
        }
    }
    seen
}

/// Puts the partition into a node's directory, as a clean stop of Kafka left it.
fn place(node: &Path) {
    let folder = node.join(FOLDER);
    std::fs::create_dir(&folder).unwrap();
    for entry in std::fs::read_dir(GOLDEN).unwrap().map(Result::unwrap) {
        if entry.file_name() != "expected.txt" {
            std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
    }
    let text = format!("0\n1\ngolden 0 {}\n", expected().log_end);
    std::fs::write(node.join(checkpoint::RECOVERY_POINTS), text).unwrap();
}

fn golden_spec() -> LogSpec {
    let topic = uuid_text::decode("S523wFxkQ3urd-gbxs2UDQ").unwrap();
    let id = PartitionId { topic, index: 0 };
    LogSpec { id, name: FOLDER.to_owned(), config: LogConfig::default() }
}

/// Reads as a consumer of committed records does, `bytes_max` at a time.
async fn consume(log: &Log, bytes_max: usize) -> Seen {
    let ends = log.ends();
    let mut seen =
        Seen { last_stable: ends.last_stable.0, log_end: ends.log_end.0, records: Vec::new() };
    let mut next = Offset(0);
    while next < ends.last_stable {
        let limit =
            ReadLimit { before: ends.last_stable, bytes_max, at_least_one: AtLeastOne::Batch };
        let bytes = log.read_bytes(next, limit).await.unwrap();
        let told = log.read(next, limit).await.unwrap();
        let told = log.aborted_between(next, told.end);
        let mut starts: BTreeMap<i64, i64> =
            told.iter().map(|it| (it.first_offset, it.producer_id)).collect();
        let mut hidden = Vec::new();
        for batch in Batches::new(&bytes).map_while(Result::ok) {
            next = Offset(batch.next_offset());
            while let Some(entry) = starts.first_entry()
                && *entry.key() <= batch.last_offset()
            {
                hidden.push(entry.remove());
            }
            let id = batch.producer_id();
            if batch.attributes().is_control() {
                if is_abort(&batch) {
                    hidden.retain(|producer| *producer != id);
                }
            } else if !(batch.attributes().is_transactional() && hidden.contains(&id)) {
                seen.records.extend(records_of(&batch));
            }
        }
    }
    seen
}

fn is_abort(batch: &Batch<'_>) -> bool {
    let mut records = records::Records::new(batch.records_bytes(), batch.count());
    let key = records.next().unwrap().unwrap().key.unwrap();
    ControlType::of_key(key) == Some(ControlType::Abort)
}

fn records_of(batch: &Batch<'_>) -> Vec<(i64, String)> {
    let mut scratch = Vec::new();
    let opened = records::open(batch, &mut scratch, 1 << 20).unwrap();
    let shown = opened.map(|record| {
        let record = record.unwrap();
        let value = String::from_utf8(record.value.unwrap().to_vec()).unwrap();
        (record.offset(batch), value.chars().take(20).collect::<String>())
    });
    shown.map(|(offset, value)| (offset, value.trim_end_matches('x').to_owned())).collect()
}

/// A node whose directory has the partition; `damage` is done to its folder first.
fn opened(damage: impl FnOnce(&Path)) -> Vec<Seen> {
    let scratch = tempfile::tempdir().unwrap();
    run(async { Node::start(scratch.path()).await.stop().await });
    place(scratch.path());
    damage(&scratch.path().join(FOLDER));
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(golden_spec()).await.unwrap();
        let seen = vec![
            consume(&log, 1).await,
            consume(&log, 1_000).await,
            consume(&log, 3_000).await,
            consume(&log, 1 << 20).await,
        ];
        node.stop().await;
        seen
    })
}

#[test]
fn no_aborted_record_of_a_directory_of_kafka_is_seen() {
    for seen in opened(|_| ()) {
        assert_eq!(seen, expected());
    }
}

#[test]
fn nor_where_its_transaction_indexes_are_damaged() {
    let damage = |folder: &Path| {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().extension().is_some_and(|it| it == "txnindex") {
                std::fs::write(entry.path(), [9; 40]).unwrap();
            }
        }
    };
    for seen in opened(damage) {
        assert_eq!(seen, expected());
    }
}

#[test]
fn nor_where_its_indexes_and_snapshots_are_gone() {
    let damage = |folder: &Path| {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let kept = ["log", "metadata"];
            if entry.path().extension().is_some_and(|it| !kept.iter().any(|kept| it == *kept)) {
                std::fs::remove_file(entry.path()).unwrap();
            }
        }
    };
    for seen in opened(damage) {
        assert_eq!(seen, expected());
    }
}
