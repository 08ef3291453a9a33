use std::path::Path;
use std::time::Duration;

use shards::clock;
use shards::format::batch::Header;
use shards::format::builder::{BatchBuilder, NewRecord};
use shards::io::executor::{self, RingConfig};
use shards::log::config::LogConfig;
use shards::log::lifecycle::LogSpec;
use shards::log::producers::Proof;
use shards::replica::{Assignment, Member};
use shards::units::TopicId;

use super::super::append::{AnswerWhen, Batch, append_on};
use super::*;
use crate::broker::testing;
use crate::protocol::ErrorCode;

const PARTITION: PartitionId = PartitionId { topic: TopicId::from_u128(1), index: 0 };
const BATCH_BYTES: usize = 100_000;

/// A broker of one core whose partition has so many batches in memory.
async fn broker_with(directory: &Path, batches: usize) -> Rc<Core> {
    let broker = testing::alone(directory).await;
    let spec = LogSpec { id: PARTITION, name: "t-0".into(), config: LogConfig::default() };
    broker.store.open_or_create(spec).await.unwrap();
    for _ in 0..batches {
        let compression = shards::compression::Compression::NONE;
        let mut builder = BatchBuilder::new(Header::default(), compression);
        let value = vec![7; BATCH_BYTES];
        builder.append(&NewRecord { value: Some(&value), ..NewRecord::default() }).unwrap();
        let records = Slice::from(builder.finish().unwrap());
        let batch = Batch { partition: PARTITION, records, proof: Proof::Missing };
        let by = AnswerWhen::Committed { by: clock::now() + Duration::from_secs(60) };
        append_on(broker.clone(), broker.shard, vec![batch], by).await.remove(0).unwrap();
    }
    broker
}

async fn all_of(broker: &Rc<Core>) -> Given<Segment> {
    let wanted = PartitionRead {
        partition: PARTITION,
        offset: Offset(0),
        bytes_max: 50 << 20,
        leader_epoch: None,
        last_fetched_epoch: None,
        log_start: Offset(0),
    };
    let isolation = Isolation::ReadUncommitted;
    read_one_as(broker, wanted, isolation, None).await.unwrap()
}

async fn read_one_as(
    broker: &Rc<Core>,
    wanted: PartitionRead,
    isolation: Isolation,
    follower: Option<Follower>,
) -> Result<Given<Segment>, Failure> {
    let partitions = vec![wanted];
    let request = ReadRequest { partitions, bytes_max: 50 << 20, isolation, follower };
    read_on(broker, broker.shard, request).await.remove(0)
}

#[test]
fn answers_that_nobody_reads_hold_a_bounded_part_of_memory_and_leave_a_batch_to_each() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    executor::run(RingConfig::default(), async move {
        let broker = broker_with(&path, 100).await;
        let memory = &broker.answer_memory;
        let mut unread = Vec::new();
        for _ in 0..200 {
            let given = all_of(&broker).await;
            assert!(given.bytes >= BATCH_BYTES, "{} bytes", given.bytes);
            unread.push(given);
        }
        let held: usize = unread.iter().map(|given| given.bytes).sum();
        assert_eq!(memory.bytes_held(), held);
        // Beyond the bound, a batch for each.
        assert!(held < memory.bytes_max() + 200 * (BATCH_BYTES + 100), "{held} bytes");
        assert!(memory.cuts() > 150, "{} cuts", memory.cuts());
        unread.clear();
        assert_eq!(memory.bytes_held(), 0);
        let given = all_of(&broker).await;
        assert!(given.bytes > memory.bytes_max() / 5, "{} bytes", given.bytes);
        broker.store.close().await.in_order().unwrap();
    })
    .unwrap();
}

#[test]
fn answers_from_files_hold_no_memory() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    executor::run(RingConfig::default(), async move {
        let broker = broker_with(&path, 100).await;
        broker.store.close().await.in_order().unwrap();
    })
    .unwrap();
    let path = directory.path().to_owned();
    executor::run(RingConfig::default(), async move {
        let broker = broker_with(&path, 0).await;
        for _ in 0..2 {
            let given = all_of(&broker).await;
            assert!(given.bytes >= 100 * BATCH_BYTES, "{} bytes", given.bytes);
            assert!(given.first_batch_bytes >= BATCH_BYTES);
            assert!(given.pieces.iter().all(|piece| matches!(piece, Segment::File { .. })));
        }
        assert_eq!((broker.answer_memory.bytes_held(), broker.answer_memory.cuts()), (0, 0));
        broker.store.close().await.in_order().unwrap();
    })
    .unwrap();
}

fn led_here(leader_epoch: i32) -> Assignment {
    let member = |node| Member { node: NodeId(node), broker_epoch: Some(7), is_eligible: true };
    Assignment {
        node: NodeId(1),
        leader: Some(NodeId(1)),
        leader_epoch: LeaderEpoch(leader_epoch),
        partition_epoch: leader_epoch,
        replicas: [1, 2, 3].map(member).to_vec(),
        in_sync: [1, 2].map(NodeId).to_vec(),
    }
}

/// Appends a record, which is not waited for.
async fn append_one(broker: &Rc<Core>) -> Result<(), ErrorCode> {
    let compression = shards::compression::Compression::NONE;
    let mut builder = BatchBuilder::new(Header::default(), compression);
    builder.append(&NewRecord { value: Some(b"x"), ..NewRecord::default() }).unwrap();
    let records = Slice::from(builder.finish().unwrap());
    let batch = Batch { partition: PARTITION, records, proof: Proof::Missing };
    let outcomes = append_on(broker.clone(), broker.shard, vec![batch], AnswerWhen::Appended).await;
    outcomes.into_iter().next().unwrap().map(drop).map_err(|failure| failure.code)
}

/// Asks like a follower of the leader epoch 4.
fn at(offset: i64) -> PartitionRead {
    PartitionRead {
        partition: PARTITION,
        offset: Offset(offset),
        bytes_max: 50 << 20,
        leader_epoch: Some(LeaderEpoch(4)),
        last_fetched_epoch: None,
        log_start: Offset(0),
    }
}

async fn fetch(
    broker: &Rc<Core>,
    read: PartitionRead,
    node: i32,
) -> Result<Given<Segment>, ErrorCode> {
    let follower = Some(Follower { node: NodeId(node), broker_epoch: Some(7) });
    let given = read_one_as(broker, read, Isolation::Replica, follower).await;
    given.map_err(|failure| failure.code)
}

#[test]
fn a_follower_is_sent_what_is_not_committed_and_commits_by_what_it_asks_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    executor::run(RingConfig::default(), async move {
        let broker = broker_with(&path, 3).await;
        let log = broker.store.partition(PARTITION).unwrap();
        log.assign(&led_here(4));
        append_one(&broker).await.unwrap();
        let given = fetch(&broker, at(3), 2).await.unwrap();
        assert!(given.bytes > 0 && given.log_end == Offset(4));
        assert_eq!(given.high_watermark, Offset(3), "the follower has no more");
        let consumed = read_one_as(&broker, at(3), Isolation::ReadUncommitted, None).await.unwrap();
        assert_eq!((consumed.bytes, consumed.high_watermark), (0, Offset(3)));
        let given = fetch(&broker, at(4), 2).await.unwrap();
        let is_synced = log.ends().durable == Offset(4);
        assert_eq!(given.high_watermark, Offset(if is_synced { 4 } else { 3 }));
        // Its log went another way: it is told where, and what it says it has is not believed.
        let diverged = PartitionRead { last_fetched_epoch: Some(LeaderEpoch(2)), ..at(4) };
        let given = fetch(&broker, diverged, 3).await.unwrap();
        let told = given.diverging.unwrap();
        assert_eq!((told.epoch, told.end_offset, given.bytes), (0, 3, 0));
    })
    .unwrap();
}

#[test]
fn a_follower_is_refused_in_kafkas_codes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    executor::run(RingConfig::default(), async move {
        let broker = broker_with(&path, 3).await;
        let log = broker.store.partition(PARTITION).unwrap();
        log.assign(&led_here(4));
        let code = async |read, node| fetch(&broker, read, node).await.err().unwrap();
        assert_eq!(code(at(9), 2).await, ErrorCode::OffsetOutOfRange);
        assert_eq!(code(at(3), 9).await, ErrorCode::UnknownLeaderEpoch);
        let without_epoch = PartitionRead { leader_epoch: None, ..at(3) };
        assert_eq!(code(without_epoch, 9).await, ErrorCode::NotLeaderOrFollower);
        let old = PartitionRead { leader_epoch: Some(LeaderEpoch(3)), ..at(3) };
        assert_eq!(code(old, 2).await, ErrorCode::FencedLeaderEpoch);
        let new = PartitionRead { leader_epoch: Some(LeaderEpoch(5)), ..at(3) };
        assert_eq!(code(new, 2).await, ErrorCode::UnknownLeaderEpoch);
        let stale = Some(Follower { node: NodeId(2), broker_epoch: Some(6) });
        let refused = read_one_as(&broker, at(3), Isolation::Replica, stale).await.err().unwrap();
        assert_eq!(refused.code, ErrorCode::NotLeaderOrFollower);
        // Another node leads: the core that has the log says so, whatever image others have.
        log.assign(&Assignment { leader: Some(NodeId(2)), ..led_here(5) });
        assert_eq!(append_one(&broker).await, Err(ErrorCode::NotLeaderOrFollower));
        assert_eq!(code(at(3), 3).await, ErrorCode::FencedLeaderEpoch);
        assert_eq!(code(without_epoch, 3).await, ErrorCode::NotLeaderOrFollower);
    })
    .unwrap();
}
