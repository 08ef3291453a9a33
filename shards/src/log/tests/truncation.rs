//! Followers: appends under the leader's offsets, cuts at the end, the high watermark.

use super::*;
use crate::format::batch::{Batch, HEADER_BYTES};
use crate::format::validate::BatchInfo;
use crate::io::directory;
use crate::log::append_replicated::NotReplicated;
use crate::log::error::AppendError;
use crate::log::replication::NotCommitted;
use crate::log::state::Horizon;
use crate::log::truncate::NotCut;
use crate::replica::{Assignment, FollowerFetch, Limits, Member, NotLeading};
use crate::sync::Notify;
use crate::units::{LeaderEpoch, NodeId};
use std::rc::Rc;

const ME: NodeId = NodeId(1);

/// Three nodes have the partition, and all are in sync.
pub(super) fn led_by(leader: i32, epoch: i32) -> Assignment {
    let member = |node| Member { node: NodeId(node), broker_epoch: Some(10), is_eligible: true };
    Assignment {
        node: ME,
        leader: Some(NodeId(leader)),
        leader_epoch: LeaderEpoch(epoch),
        partition_epoch: epoch,
        replicas: [1, 2, 3].map(member).to_vec(),
        in_sync: [1, 2, 3].map(NodeId).to_vec(),
    }
}

/// The bytes as a leader of the epoch has them at the offset.
pub(super) fn stamped(bytes: &[u8], base: i64, epoch: i32) -> Vec<u8> {
    let info = BatchInfo::of(&Batch::parse(bytes).unwrap(), 0).unwrap();
    let mut stamped = info.stored_header(bytes, base, epoch).to_vec();
    stamped.extend_from_slice(&bytes[HEADER_BYTES..]);
    stamped
}

pub(super) fn config() -> LogConfig {
    LogConfig {
        segment_bytes: 4000,
        index_interval_bytes: 300,
        file_delete_delay_ms: 0,
        // Records of these tests are old.
        producer_id_expiration_ms: i64::MAX,
        ..LogConfig::default()
    }
}

async fn follower(node: &Node, epoch: i32) -> Log {
    let log = node.store.open_or_create_in(spec(0, config()), None).await.unwrap();
    log.assign(&led_by(2, epoch));
    log
}

pub(super) async fn replicate(log: &Log, bytes: &[u8]) -> Offset {
    log.admit(bytes.len()).await.unwrap();
    let mut replicated = log.append_replicated(bytes).unwrap();
    replicated.durable.wait().await.unwrap();
    replicated.end
}

/// Ten batches of two records each, of epochs 0, 1 and 2; 200 bytes a batch and more.
async fn fill(log: &Log) {
    for number in 0..10 {
        let epoch = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2][number];
        let bytes = batch(&values(number * 2, 2, 300), 1000 + number as i64);
        replicate(log, &stamped(&bytes, number as i64 * 2, epoch)).await;
    }
    log.follow_high_watermark(Offset(20));
}

async fn all(log: &Log) -> Vec<Vec<u8>> {
    log.follow_high_watermark(log.ends().log_end);
    read_all(log, log.ends().log_start, 1 << 20).await
}

fn epochs(log: &Log) -> Vec<(i32, i64)> {
    let state = log.0.state.borrow();
    state.epochs.entries().iter().map(|it| (it.epoch, it.start_offset)).collect()
}

#[test]
fn a_follower_stores_what_its_leader_has_byte_for_byte() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = follower(&node, 2).await;
        let first = stamped(&batch(&values(0, 3, 50), 1000), 5, 0);
        let second = stamped(&batch(&values(3, 2, 50), 1001), 11, 2);
        // A compaction has left gaps; what is cut off at the end is not whole.
        let both = [&first[..], &second[..], &first[..40]].concat();
        assert_eq!(replicate(&log, &both).await, Offset(13));
        assert_eq!(epochs(&log), [(0, 5), (2, 11)]);
        let limit =
            ReadLimit { before: Offset(13), bytes_max: 1 << 20, at_least_one: AtLeastOne::Batch };
        assert_eq!(log.read_bytes(Offset(0), limit).await.unwrap(), both[..both.len() - 40]);
        // Nothing of it is seen before the leader says that it is committed.
        assert_eq!(log.ends().high_watermark, Offset(0));
        log.follow_high_watermark(Offset(99));
        assert_eq!(log.ends().high_watermark, Offset(13));
        node.stop().await;
        let node = Node::start(scratch.path()).await;
        let log = follower(&node, 2).await;
        assert_eq!((log.ends().high_watermark, log.ends().log_end), (Offset(13), Offset(13)));
        // Of a file up to a gap at a time.
        assert_eq!(log.read_bytes(Offset(0), limit).await.unwrap(), first);
        assert_eq!(log.read_bytes(Offset(8), limit).await.unwrap(), second);
    });
}

#[test]
fn what_does_not_follow_is_not_stored() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = follower(&node, 2).await;
        fill(&log).await;
        let bytes = batch(&values(0, 2, 50), 1000);
        let refused = |bytes: &[u8]| log.append_replicated(bytes).err().unwrap();
        let misplaced = refused(&stamped(&bytes, 19, 2));
        assert!(matches!(misplaced, NotReplicated::Misplaced { base: Offset(19), .. }));
        let back = refused(&stamped(&bytes, 20, 1));
        assert!(matches!(back, NotReplicated::EpochGoesBack { .. }), "{back}");
        let mut damaged = stamped(&bytes, 20, 2);
        *damaged.last_mut().unwrap() ^= 1;
        assert!(matches!(refused(&damaged), NotReplicated::Invalid(_)));
        assert!(matches!(refused(&bytes[..30]), NotReplicated::Nothing));
        // KAFKA-18723: of another leader, whom this node was not told of yet.
        let ahead = [stamped(&bytes, 20, 2), stamped(&bytes, 22, 3)].concat();
        log.admit(ahead.len()).await.unwrap();
        let mut stored = log.append_replicated(&ahead).unwrap();
        assert_eq!((stored.end, stored.is_cut_off), (Offset(22), true));
        stored.durable.wait().await.unwrap();
        assert_eq!(log.ends().log_end, Offset(22));
        // Nor does a follower take what producers send, or a leader what others lead.
        log.admit(bytes.len()).await.unwrap();
        let own = log.append(&bytes, Origin::Client).err().unwrap();
        assert!(matches!(own, AppendError::NotLeading(NotLeading::NotLeader)));
        log.assign(&led_by(1, 3));
        assert!(matches!(log.append_replicated(&ahead).err(), Some(NotReplicated::Leads)));
        assert!(matches!(log.truncate_to(Offset(4)).await, Err(NotCut::Leads)));
        node.stop().await;
    });
}

#[test]
fn a_log_is_cut_at_any_offset_and_goes_on_from_there() {
    for offset in 0..=20 {
        let scratch = tempfile::tempdir().unwrap();
        run(async {
            let node = Node::start(scratch.path()).await;
            let log = follower(&node, 2).await;
            fill(&log).await;
            assert!(log.0.state.borrow().segments.len() > 1);
            let end = log.truncate_to(Offset(offset)).await.unwrap();
            // The batch that holds the offset goes as a whole.
            assert_eq!(end, Offset(offset / 2 * 2), "{offset}");
            let whole = end.0 as usize;
            assert_eq!(all(&log).await, values(0, whole, 300), "{offset}");
            let known = [(0, 0), (1, 8), (2, 14)];
            let left: Vec<_> = known.into_iter().filter(|(_, start)| *start < end.0).collect();
            assert_eq!(epochs(&log), left, "{offset}");
            log.assign(&led_by(3, 4));
            let more = stamped(&batch(&values(whole, 4, 300), 2000), end.0, 4);
            replicate(&log, &more).await;
            assert_eq!(all(&log).await, values(0, whole + 4, 300), "{offset}");
            match offset % 2 {
                0 => node.stop().await,
                _ => drop(node),
            }
        });
        run(async {
            let node = Node::start(scratch.path()).await;
            let log = follower(&node, 4).await;
            let whole = offset as usize / 2 * 2 + 4;
            assert_eq!(all(&log).await, values(0, whole, 300), "{offset}, after a start");
            node.stop().await;
        });
    }
}

/// KAFKA-9491: all of it, the high watermark too.
#[test]
fn a_log_that_begins_anew_has_nothing_of_before() {
    for start in [0, 7, 50] {
        let scratch = tempfile::tempdir().unwrap();
        run(async {
            let node = Node::start(scratch.path()).await;
            let log = follower(&node, 2).await;
            fill(&log).await;
            log.trim_prefix(Offset(10)).await.unwrap();
            assert_eq!(log.begin_anew(Offset(start)).await.unwrap(), Offset(start));
            let ends = log.ends();
            let at = [ends.log_start, ends.high_watermark, ends.durable, ends.log_end];
            assert_eq!(at, [Offset(start); 4]);
            assert!(epochs(&log).is_empty() && log.producers().is_empty());
        });
        run(async {
            let node = Node::start(scratch.path()).await;
            let log = follower(&node, 2).await;
            assert_eq!((log.ends().log_start, log.ends().log_end), (Offset(start), Offset(start)));
            let bytes = stamped(&batch(&values(0, 3, 50), 1000), start, 2);
            replicate(&log, &bytes).await;
            assert_eq!(all(&log).await, values(0, 3, 50));
            node.stop().await;
        });
    }
}

#[test]
fn a_cut_before_the_start_begins_there() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = follower(&node, 2).await;
        fill(&log).await;
        log.trim_prefix(Offset(11)).await.unwrap();
        // The batch with the start goes: nothing is left.
        assert_eq!(log.truncate_to(Offset(11)).await.unwrap(), Offset(11));
        assert_eq!((log.ends().log_start, log.ends().log_end), (Offset(11), Offset(11)));
        assert_eq!(log.truncate_to(Offset(4)).await.unwrap(), Offset(4));
        assert_eq!((log.ends().log_start, log.ends().log_end), (Offset(4), Offset(4)));
        let listed = directory::list(&log.directory()).await.unwrap();
        let segments = listed.iter().filter(|entry| entry.name.ends_with(".log"));
        assert_eq!(segments.count(), 1);
        node.stop().await;
        let node = Node::start(scratch.path()).await;
        let log = follower(&node, 2).await;
        assert_eq!((log.ends().log_start, log.ends().log_end), (Offset(4), Offset(4)));
    });
}

#[test]
fn an_append_is_committed_once_all_have_it_that_are_in_sync() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create_in(spec(0, config()), None).await.unwrap();
        log.assign(&led_by(1, 3));
        assert_eq!(log.epoch_start(), Some(Offset(0)));
        let bytes = batch(&values(0, 2, 50), 1000);
        let watcher = Rc::new(Notify::new());
        log.watch(&watcher, Horizon::LogEnd);
        log.admit(bytes.len()).await.unwrap();
        let mut appended = log.append(&bytes, Origin::Client).unwrap();
        // Followers are told before this device has it.
        watcher.notified().await;
        appended.durable.wait().await.unwrap();
        assert_eq!((log.ends().durable, log.ends().high_watermark), (Offset(2), Offset(0)));
        let mut committed = appended.committed(&log);
        assert!(committed.outcome().is_none());
        let fetch = |node: i32, offset| FollowerFetch {
            follower: NodeId(node),
            broker_epoch: Some(10),
            offset: Offset(offset),
            log_start: Offset(0),
            now_ms: 1000,
        };
        assert_eq!(log.note_fetch(fetch(2, 2)), None);
        assert!(committed.outcome().is_none());
        let waiting = executor::spawn(async move { committed.wait().await });
        executor::yield_now().await;
        assert_eq!(log.note_fetch(fetch(3, 2)), None);
        waiting.await.unwrap();
        assert_eq!(log.ends().high_watermark, Offset(2));
        // Who waits when another node takes the lead is told.
        log.admit(bytes.len()).await.unwrap();
        let mut late = log.append(&bytes, Origin::Client).unwrap().committed(&log);
        let waiting = executor::spawn(async move { late.wait().await });
        executor::yield_now().await;
        log.assign(&led_by(2, 4));
        assert!(matches!(waiting.await, Err(NotCommitted::NotLeader)));
        // And who waits when the partition goes.
        log.assign(&led_by(1, 5));
        log.admit(bytes.len()).await.unwrap();
        let mut gone = log.append(&bytes, Origin::Client).unwrap().committed(&log);
        let waiting = executor::spawn(async move { gone.wait().await });
        log.journaled().await.unwrap();
        executor::yield_now().await;
        node.store.delete(log.id()).await.unwrap();
        assert!(matches!(waiting.await, Err(NotCommitted::Offline(_))));
        node.stop().await;
    });
}

#[test]
fn fewer_in_sync_than_asked_for_refuse_what_is_to_be_committed() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let replication = Limits { min_in_sync: 2, ..Limits::default() };
        let config = LogConfig { replication, ..config() };
        let log = node.store.open_or_create_in(spec(0, config), None).await.unwrap();
        log.assign(&Assignment { in_sync: vec![ME], ..led_by(1, 3) });
        let refused = log.check_in_sync().err().unwrap();
        assert!(matches!(refused, AppendError::TooFewInSync(_)), "{refused}");
        // Who asks for this node's sync alone is served.
        append(&log, &values(0, 1, 50), 1000).await;
        assert_eq!(log.ends().high_watermark, Offset(0));
        node.stop().await;
    });
}

/// What a start finds of the high watermark is a hint, of a log that others have too.
#[test]
fn the_high_watermark_outlives_a_crash() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = follower(&node, 2).await;
        fill(&log).await;
        log.truncate_to(Offset(16)).await.unwrap();
        log.follow_high_watermark(Offset(12));
        node.store.checkpoint_replicas().await;
    });
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create_in(spec(0, config()), None).await.unwrap();
        assert_eq!((log.ends().high_watermark, log.ends().log_end), (Offset(16), Offset(16)));
        log.assign(&led_by(2, 3));
        log.truncate_to(Offset(10)).await.unwrap();
    });
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create_in(spec(0, config()), None).await.unwrap();
        assert_eq!((log.ends().high_watermark, log.ends().log_end), (Offset(10), Offset(10)));
    });
}
