//! Open, committed and aborted transactions: how far readers of committed records see, what they
//! are told to pass over, and what of it survives stops, kills and damaged files.

use super::*;
use crate::format::batch::Attributes;
use crate::format::control::EndTransaction;
use crate::format::transaction_index::Aborted;
use crate::io::directory;
use crate::log::error::AppendError;
use crate::log::producers::{Claim, FirstBatch, ProducerError, Proof, TransactionVersion};
use crate::log::state::Horizon;
use crate::sync::Notify;
use std::rc::Rc;

const PAYLOAD: usize = 900;

fn small_segments() -> LogConfig {
    LogConfig { segment_bytes: 10_000, file_delete_delay_ms: 0, ..LogConfig::default() }
}

/// A transactional batch of one record.
fn records(producer_id: i64, epoch: i16, sequence: i32) -> Vec<u8> {
    let header = Header {
        attributes: Attributes::default().transactional(),
        producer_id,
        producer_epoch: epoch,
        base_sequence: sequence,
        ..Header::default()
    };
    let mut builder = BatchBuilder::new(header, Compression::NONE);
    let value = vec![b'.'; PAYLOAD];
    let timestamp = crate::clock::wall_ms();
    let record = NewRecord { timestamp, key: None, value: Some(&value), headers: &[] };
    builder.append(&record).unwrap();
    builder.finish().unwrap()
}

/// Appends to the producer's transaction, which begins with it where none is open.
async fn write(log: &Log, producer_id: i64, epoch: i16, sequence: i32) -> Offset {
    let first = FirstBatch {
        producer_id,
        producer_epoch: epoch,
        base_sequence: sequence,
        version: TransactionVersion::V1,
    };
    let guard = log.begin_verification(&first).unwrap();
    let bytes = records(producer_id, epoch, sequence);
    log.admit(bytes.len()).await.unwrap();
    let proof = guard.map_or(Proof::Missing, Proof::Verified);
    let claim = Claim { proof, ..Claim::from(Origin::Client) };
    let mut appended = log.append_claimed(&bytes, claim).unwrap();
    appended.durable.wait().await.unwrap();
    appended.base_offset
}

fn end_of(producer_id: i64, producer_epoch: i16, committed: bool) -> EndTransaction {
    EndTransaction { producer_id, producer_epoch, coordinator_epoch: 3, committed }
}

async fn end(log: &Log, producer_id: i64, committed: bool) -> Offset {
    log.admit(100).await.unwrap();
    let marker = end_of(producer_id, 0, committed);
    let mut appended = log.append_marker(&marker, TransactionVersion::V1).unwrap();
    appended.durable.wait().await.unwrap();
    appended.base_offset
}

async fn open(node: &Node) -> Log {
    node.store.open_or_create(spec(0, small_segments())).await.unwrap()
}

fn aborted(producer_id: i64, first: i64, last: i64, stable: i64) -> Aborted {
    Aborted { producer_id, first_offset: first, last_offset: last, last_stable_offset: stable }
}

#[test]
fn the_last_stable_offset_waits_for_open_transactions_and_for_no_others() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = open(&node).await;
        let stable = || log.ends().last_stable.0;
        append(&log, &values(0, 1, 10), 0).await;
        assert_eq!(stable(), 1);
        write(&log, 7, 0, 0).await;
        append(&log, &values(0, 1, 10), 0).await;
        write(&log, 8, 0, 0).await;
        assert_eq!((stable(), log.ends().high_watermark.0), (1, 4));
        end(&log, 7, true).await;
        assert_eq!(stable(), 3, "the other transaction is open still");
        end(&log, 8, false).await;
        assert_eq!(stable(), 6);
        let told = log.aborted_between(Offset(0), Offset(6));
        assert_eq!(told, [aborted(8, 3, 5, 6)]);
        node.stop().await;
    });
}

#[test]
fn a_marker_holds_readers_back_until_it_is_durable() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = open(&node).await;
        write(&log, 7, 0, 0).await;
        log.admit(100).await.unwrap();
        let marker = end_of(7, 0, true);
        let mut appended = log.append_marker(&marker, TransactionVersion::V1).unwrap();
        assert_eq!(log.ends().last_stable, Offset(0));
        appended.durable.wait().await.unwrap();
        assert_eq!(log.ends().last_stable, Offset(2));
        node.stop().await;
    });
}

#[test]
fn who_waits_for_committed_records_is_told_when_the_transaction_ends() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = open(&node).await;
        write(&log, 7, 0, 0).await;
        let (committed, any) = (Rc::new(Notify::new()), Rc::new(Notify::new()));
        log.watch(&committed, Horizon::LastStable);
        log.watch(&any, Horizon::HighWatermark);
        let moment = std::time::Duration::from_millis(1);
        write(&log, 7, 0, 1).await;
        assert!(crate::clock::timeout(moment, any.notified()).await.is_ok());
        assert!(crate::clock::timeout(moment, committed.notified()).await.is_err());
        end(&log, 7, true).await;
        assert!(crate::clock::timeout(moment, committed.notified()).await.is_ok());
        node.stop().await;
    });
}

/// Writes aborted transactions over several segments, one committed and one open in between.
async fn write_history(log: &Log) -> Vec<Aborted> {
    let mut expected = Vec::new();
    for round in 0..30_i64 {
        let first = write(log, 100 + round, 0, 0).await;
        write(log, 7, 0, round as i32).await;
        let last = end(log, 100 + round, round % 3 == 0).await;
        if round % 3 != 0 {
            expected.push((100 + round, first.0, last.0));
        }
    }
    // The transaction of producer 7 has been open since offset 1.
    let since = |last: i64| if last > 1 { 1 } else { last + 1 };
    expected.iter().map(|(id, first, last)| aborted(*id, *first, *last, since(*last))).collect()
}

fn all(log: &Log) -> Vec<Aborted> {
    log.aborted_between(Offset(0), Offset(i64::MAX))
}

fn index_files(path: &Path) -> Vec<String> {
    let entries = run(async { directory::list(&path.join("topic-0")).await.unwrap() });
    let names = entries.into_iter().map(|entry| entry.name);
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".txnindex")).collect();
    names.sort();
    names
}

#[test]
fn aborted_transactions_of_many_segments_are_told_after_stops_and_kills() {
    for is_clean in [true, false] {
        let scratch = tempfile::tempdir().unwrap();
        let expected = run(async {
            let node = Node::start(scratch.path()).await;
            let log = open(&node).await;
            let expected = write_history(&log).await;
            assert_eq!(all(&log), expected);
            if is_clean {
                node.stop().await;
            }
            expected
        });
        for _ in 0..2 {
            run(async {
                let node = Node::start(scratch.path()).await;
                let log = open(&node).await;
                assert_eq!(all(&log), expected, "clean: {is_clean}");
                assert_eq!(log.ends().last_stable, Offset(1));
                if is_clean {
                    node.stop().await;
                }
            });
        }
        assert!(!is_clean || index_files(scratch.path()).len() > 3);
        run(async {
            let node = Node::start(scratch.path()).await;
            let log = open(&node).await;
            end(&log, 7, false).await;
            assert_eq!(log.ends().last_stable, log.ends().high_watermark);
            assert_eq!(all(&log).len(), expected.len() + 1);
            node.stop().await;
        });
    }
}

/// A crash has left the file of its first segment, without a byte and without indexes. The segment
/// is to get an index of transactions all the same.
#[test]
fn aborted_transactions_of_a_log_that_was_empty_at_a_crash_are_told() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let first = open(&node).await.segment_path(Offset(0));
        directory::write_atomically(&first, b"").await.unwrap();
    });
    let expected = run(async {
        let node = Node::start(scratch.path()).await;
        let log = open(&node).await;
        let expected = write_history(&log).await;
        node.stop().await;
        expected
    });
    run(async {
        let node = Node::start(scratch.path()).await;
        assert_eq!(all(&open(&node).await), expected);
        node.stop().await;
    });
}

#[test]
fn a_reader_of_a_range_is_told_of_the_transactions_in_it() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = open(&node).await;
        let mut expected = write_history(&log).await;
        end(&log, 7, false).await;
        let marker = log.ends().log_end.0 - 1;
        expected.push(aborted(7, 1, marker, marker + 1));
        for (from, to) in [(0, 5), (10, 11), (40, 70), (0, 91), (marker, marker + 1)] {
            let told = log.aborted_between(Offset(from), Offset(to));
            let is_in = |it: &&Aborted| it.first_offset < to && it.last_offset >= from;
            let wanted: Vec<Aborted> = expected.iter().filter(is_in).copied().collect();
            assert_eq!(told, wanted, "{from}..{to}");
        }
        assert_eq!(log.aborted_between(Offset(5), Offset(5)), []);
        node.stop().await;
    });
}

/// What happens to an index between a stop and the next start.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Overwritten,
    BitFlipped,
    GoneWithTheOffsetIndex,
}

async fn bytes_of(path: &Path) -> Vec<u8> {
    directory::read_to_vec(path, 1 << 20).await.unwrap()
}

async fn do_damage(path: &Path, damage: Damage) {
    match damage {
        Damage::Overwritten => directory::write_atomically(path, b"damage").await.unwrap(),
        Damage::BitFlipped => {
            let mut bytes = bytes_of(path).await;
            bytes[1] ^= 1;
            directory::write_atomically(path, &bytes).await.unwrap();
        }
        Damage::GoneWithTheOffsetIndex => {
            directory::remove_file(path).await.unwrap();
            directory::remove_file(&path.with_extension("index")).await.unwrap();
        }
    }
}

#[test]
fn an_index_that_is_damaged_or_gone_with_the_others_is_made_anew() {
    for damage in [Damage::Overwritten, Damage::BitFlipped, Damage::GoneWithTheOffsetIndex] {
        let scratch = tempfile::tempdir().unwrap();
        let expected = run(async {
            let node = Node::start(scratch.path()).await;
            let log = open(&node).await;
            let expected = write_history(&log).await;
            node.stop().await;
            expected
        });
        let before = index_files(scratch.path());
        assert!(before.len() > 3);
        let path = |name: &String| scratch.path().join("topic-0").join(name);
        let contents = || {
            run(async {
                let mut contents = Vec::new();
                for name in &before {
                    contents.push(bytes_of(&path(name)).await);
                }
                contents
            })
        };
        let good = contents();
        run(async {
            for name in &before {
                do_damage(&path(name), damage).await;
            }
        });
        run(async {
            let node = Node::start(scratch.path()).await;
            let log = open(&node).await;
            assert_eq!(all(&log), expected, "{damage:?}");
            node.stop().await;
        });
        assert_eq!(index_files(scratch.path()), before, "{damage:?}");
        assert_eq!(contents(), good, "{damage:?}");
    }
}

#[test]
fn the_log_may_begin_inside_of_an_open_transaction() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = open(&node).await;
        write(&log, 7, 0, 0).await;
        for number in 0..30 {
            append(&log, &values(number, 1, PAYLOAD), 0).await;
        }
        assert_eq!(log.ends().last_stable, Offset(0));
        log.trim_prefix(Offset(20)).await.unwrap();
        assert_eq!(log.ends().last_stable, Offset(20));
        end(&log, 7, true).await;
        assert_eq!(log.ends().last_stable, Offset(32));
        node.stop().await;
    });
}

#[test]
fn markers_are_fenced_and_leave_no_trace_then() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = open(&node).await;
        write(&log, 7, 4, 0).await;
        let refused = |marker: &EndTransaction, version| match log.append_marker(marker, version) {
            Err(AppendError::Producer(refused)) => refused,
            other => panic!("taken: {:?}", other.map(|appended| appended.base_offset)),
        };
        let old = refused(&end_of(7, 3, true), TransactionVersion::V1);
        assert_eq!(old, ProducerError::Fenced { id: 7, epoch: 3, current: 4 });
        let late = refused(&end_of(7, 4, true), TransactionVersion::V2);
        assert_eq!(late, ProducerError::MarkerLate { id: 7, epoch: 4 });
        assert_eq!((log.ends().log_end, log.ends().last_stable), (Offset(1), Offset(0)));
        log.admit(100).await.unwrap();
        let mut appended = log.append_marker(&end_of(7, 5, true), TransactionVersion::V2).unwrap();
        appended.durable.wait().await.unwrap();
        let zombie = EndTransaction { coordinator_epoch: 2, ..end_of(7, 5, false) };
        let zombie = refused(&zombie, TransactionVersion::V1);
        assert_eq!(zombie, ProducerError::CoordinatorFenced { epoch: 2, current: 3 });
        let bytes = records(7, 4, 1);
        let late = log.append(&bytes, Origin::Client);
        assert!(matches!(late, Err(AppendError::Producer(ProducerError::NoTransaction { .. }))));
        node.stop().await;
    });
}

#[test]
fn an_open_transaction_keeps_its_producer() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let config = LogConfig { producer_id_expiration_ms: 1, ..small_segments() };
        let log = node.store.open_or_create(spec(0, config)).await.unwrap();
        write(&log, 7, 0, 0).await;
        crate::clock::sleep(std::time::Duration::from_millis(5)).await;
        log.expire_producers();
        end(&log, 7, false).await;
        assert_eq!(all(&log), [aborted(7, 0, 1, 2)]);
        node.stop().await;
        let index = scratch.path().join("topic-0/00000000000000000000.txnindex");
        assert!(directory::exists(&index).await.unwrap());
    });
}
