//! Space, descriptors and memory that run out and come back: nothing acknowledged is lost, and all
//! goes on without a restart.

use std::time::Duration;

use super::*;
use crate::clock;
use crate::io::file::{File, OpenOptions};
use crate::io::simulation;
use crate::log::error::{AppendError, Offline, OpenError};

const DATA: &str = "/data";
const VALUE_BYTES: usize = 16 << 10;
const READ_RECORDS: usize = 100;

fn config() -> LogConfig {
    LogConfig { segment_bytes: 256 << 10, ..LogConfig::default() }
}

async fn node_with_log() -> (Node, Log) {
    let node = Node::start_sized(Path::new(DATA), 64 << 20, 16 << 20).await;
    let log = node.store.open_or_create(spec(0, config())).await.unwrap();
    (node, log)
}

/// Appends value after value from the log's end; stops when `enough`, or at a refusal.
async fn append_until(log: &Log, mut enough: impl FnMut(&Log) -> bool) -> Option<AppendError> {
    while !enough(log) {
        let bytes = batch(&values(log.ends().log_end.0 as usize, 1, VALUE_BYTES), 0);
        if let Err(refused) = log.admit(bytes.len()).await {
            return Some(refused);
        }
        let mut appended = log.append(&bytes, Origin::Client).unwrap();
        if let Err(failed) = appended.durable.wait().await {
            return Some(Offline::Journal(failed).into());
        }
    }
    None
}

fn has(records: i64) -> impl FnMut(&Log) -> bool {
    move |log| log.ends().log_end.0 >= records
}

fn is_disk_full(refused: Option<AppendError>) -> bool {
    matches!(refused, Some(AppendError::Offline(Offline::DiskFull { .. })))
}

async fn assert_has_all(log: &Log) {
    let count = log.ends().log_end.0 as usize;
    assert_eq!(log.ends().high_watermark.0 as usize, count);
    // Some from the start and some from the end: reading is slow here.
    for from in [0, count.saturating_sub(READ_RECORDS)] {
        let found = read_some(log, from).await;
        let upto = from + found.len();
        assert!(upto == count || found.len() >= READ_RECORDS);
        assert_eq!(found, values(from, found.len(), VALUE_BYTES));
    }
}

/// Values from an offset on, up to `READ_RECORDS` and the rest of what one read gave.
async fn read_some(log: &Log, from: usize) -> Vec<Vec<u8>> {
    let before = Offset(((from + READ_RECORDS) as i64).min(log.ends().high_watermark.0));
    let mut found = Vec::new();
    let mut next = from as i64;
    while next < before.0 {
        let limit = ReadLimit { before, bytes_max: 1 << 20, at_least_one: AtLeastOne::Batch };
        let bytes = log.read_bytes(Offset(next), limit).await.unwrap();
        for batch in Batches::new(&bytes).map_while(Result::ok) {
            let mut scratch = Vec::new();
            for record in records::open(&batch, &mut scratch, 1 << 20).unwrap() {
                let record = record.unwrap();
                assert_eq!(record.offset(&batch), next);
                found.push(record.value.unwrap().to_vec());
                next += 1;
            }
        }
    }
    found
}

/// A clean stop and another start: the log has what it had.
async fn assert_restarts(node: Node, log: Log) {
    let end = log.ends().log_end;
    drop(log);
    node.stop().await;
    let (_node, log) = node_with_log().await;
    assert_eq!(log.ends().log_end, end);
    assert_has_all(&log).await;
}

/// The same for a log of which the beginning was deleted.
async fn assert_restarts_from(node: Node, log: Log, start: Offset) {
    drop(log);
    node.stop().await;
    let (_node, log) = node_with_log().await;
    assert_eq!(log.ends().log_start, start);
}

/// Fills the disk until appends are refused.
async fn fill(log: &Log) {
    simulation::leave_room(Some(4 << 20));
    let refused = append_until(log, has(10_000)).await;
    assert!(is_disk_full(refused.clone()), "{refused:?}");
}

async fn a_while() {
    clock::sleep(crate::limits::FULL_TIME_MIN + 3 * crate::limits::SHORTAGE_RETRY).await;
}

#[test]
fn appends_go_on_once_there_is_space() {
    simulation::start(1);
    run(async {
        let (node, log) = node_with_log().await;
        fill(&log).await;
        a_while().await;
        assert!(log.log_dir().is_full());
        simulation::leave_room(None);
        a_while().await;
        let end = log.ends().log_end.0;
        assert!(append_until(&log, has(end + 1_100)).await.is_none());
        assert_has_all(&log).await;
        assert_restarts(node, log).await;
    });
}

#[test]
fn a_stop_waits_for_what_is_being_deleted_on_a_full_disk() {
    simulation::start(9);
    run(async {
        let (node, log) = node_with_log().await;
        fill(&log).await;
        let (store, id) = (node.store.clone(), log.id());
        drop(executor::spawn(async move { store.delete(id).await.unwrap() }));
        executor::yield_now().await;
        assert!(node.store.partition(id).is_none() && log.log_dir().journal().oldest().is_some());
        simulation::leave_room(None);
        node.stop().await;
        // A journal that is not empty after a clean stop would refuse this.
        let (_node, log) = node_with_log().await;
        assert_eq!(log.ends().log_end, Offset::ZERO);
    });
}

/// Both write a block of their own: it comes of the reserve, which is whole again once there is
/// room.
#[test]
fn a_disk_that_is_full_to_the_last_byte_lets_records_and_logs_be_deleted() {
    simulation::start(10);
    run(async {
        let (node, log) = node_with_log().await;
        let other = node.store.open_or_create(spec(1, config())).await.unwrap();
        assert!(append_until(&log, has(100)).await.is_none());
        fill(&log).await;
        simulation::leave_room(Some(0));
        for start in [50, 60, 70] {
            assert_eq!(log.trim_prefix(Offset(start)).await.unwrap(), Offset(start));
        }
        node.store.delete(other.id()).await.unwrap();
        simulation::leave_room(None);
        a_while().await;
        let reserve = Path::new(DATA).join(crate::format::file_names::reserve(0));
        let file = File::open(&reserve, OpenOptions::new()).await.unwrap();
        assert_eq!(file.size().unwrap(), crate::limits::RESERVE_BYTES);
        assert_restarts_from(node, log, Offset(70)).await;
    });
}

#[test]
fn a_stop_on_a_full_disk_ends_and_the_next_start_has_everything() {
    simulation::start(2);
    let end = run(async {
        let (node, log) = node_with_log().await;
        fill(&log).await;
        let began = clock::now();
        let closed = node.store.close().await.in_order();
        assert!(
            matches!(closed, Err(OpenError::Offline(Offline::NotTakenOver { .. }))),
            "{:?}",
            closed.err()
        );
        assert!(began.elapsed() < Duration::from_secs(10));
        log.ends().log_end
    });
    simulation::leave_room(None);
    run(async {
        let (node, log) = node_with_log().await;
        assert_eq!(log.ends().log_end, end);
        assert_has_all(&log).await;
        assert_restarts(node, log).await;
    });
}

/// Its pages are let go of, and no one waits for space any more.
#[test]
fn deleting_the_log_that_waits_for_space_lets_the_others_go_on() {
    simulation::start(3);
    run(async {
        let (node, log) = node_with_log().await;
        let other = node.store.open_or_create(spec(1, config())).await.unwrap();
        fill(&log).await;
        assert!(is_disk_full(append_until(&other, has(1)).await));
        node.store.delete(log.id()).await.unwrap();
        simulation::leave_room(None);
        a_while().await;
        // More than the journal has room for.
        assert!(append_until(&other, has(1_100)).await.is_none());
        assert_has_all(&other).await;
        node.stop().await;
    });
}

#[test]
fn an_index_that_finds_no_space_is_written_later() {
    simulation::start(4);
    run(async {
        let (node, log) = node_with_log().await;
        let index = log.directory().join("00000000000000000000.index");
        let unfinished = index.with_extension("index.tmp");
        simulation::fail_writes(&unfinished, libc::ENOSPC);
        let refused = append_until(&log, has(10_000)).await;
        assert!(is_disk_full(refused.clone()), "{refused:?}");
        assert!(!directory_has(&index).await);
        simulation::fail_writes(&unfinished, 0);
        a_while().await;
        assert!(directory_has(&index).await);
        let end = log.ends().log_end.0;
        assert!(append_until(&log, has(end + 100)).await.is_none());
        assert_has_all(&log).await;
        assert_restarts(node, log).await;
    });
}

/// Waited for without a refusal: the journal takes what comes.
#[test]
fn a_segment_that_cannot_be_opened_is_opened_later() {
    for code in [libc::EMFILE, libc::ENFILE, libc::ENOMEM] {
        simulation::start(5);
        run(async {
            let (node, log) = node_with_log().await;
            assert!(append_until(&log, has(10)).await.is_none());
            simulation::fail_opens(&log.directory(), code);
            assert!(append_until(&log, has(100)).await.is_none());
            a_while().await;
            assert!(append_until(&log, has(200)).await.is_none());
            assert!(log.offline().is_none(), "{:?}", log.offline());
            simulation::fail_opens(&log.directory(), 0);
            a_while().await;
            // More than the journal has room for.
            assert!(append_until(&log, has(1_300)).await.is_none());
            assert_has_all(&log).await;
            assert_restarts(node, log).await;
        });
    }
}

#[test]
fn a_new_log_is_made_in_another_directory_where_one_can_not_be_written() {
    simulation::start(8);
    run(async {
        let node = relocate::Pair::start(Path::new(DATA)).await;
        let failing = Path::new(DATA).join("a");
        simulation::fail_writes(&failing, libc::EIO);
        let log = node.open(0, None).await;
        assert_eq!(node.place_of(&log), 1);
        let [failed] = &node.store.failed_directories()[..] else { panic!("one has failed") };
        assert_eq!(failed.path, failing);
        assert!(append_until(&log, has(10)).await.is_none());
        let kept_in = Some(node.directories[0].directory_id);
        let refused = node.store.open_or_create_in(spec(1, config()), kept_in).await;
        assert!(matches!(refused, Err(OpenError::Offline(_))));
        let closed = node.store.close().await;
        assert!(closed.failed.contains_key(&failing));
        assert!(closed.checkpoints.contains_key(&node.directories[1].path));
    });
}

/// One that is known to be in the full directory is not.
#[test]
fn a_new_log_that_finds_no_room_is_made_in_another_directory() {
    simulation::start(7);
    run(async {
        let node = relocate::Pair::start(Path::new(DATA)).await;
        let folder = Path::new(DATA).join("a/topic-0");
        simulation::fail_writes(&folder, libc::ENOSPC);
        let kept_in = Some(node.directories[0].directory_id);
        let refused = node.store.open_or_create_in(spec(0, config()), kept_in).await;
        assert!(refused.is_err_and(|error| error.is_full_disk()));
        let log = node.open(0, None).await;
        assert_eq!(node.place_of(&log), 1);
        assert!(!directory_has(&folder).await);
        assert!(append_until(&log, has(10)).await.is_none());
    });
}

/// What a failed sync was to write may be lost, whatever it says.
#[test]
fn a_broken_disk_is_not_waited_for() {
    simulation::start(6);
    run(async {
        let (_node, log) = node_with_log().await;
        simulation::fail_writes(&log.directory(), libc::EIO);
        let refused = append_until(&log, has(10_000)).await;
        assert!(matches!(refused, Some(AppendError::Offline(Offline::Journal(_)))), "{refused:?}");
    });
}

async fn directory_has(path: &Path) -> bool {
    crate::io::directory::exists(path).await.unwrap()
}
