use std::path::Path;
use std::time::Duration;

use shards::clock;
use shards::format::batch::Header;
use shards::format::builder::{BatchBuilder, NewRecord};
use shards::io::executor::{self, RingConfig};
use shards::log::config::LogConfig;
use shards::log::lifecycle::LogSpec;
use shards::log::producers::Proof;
use shards::units::TopicId;

use super::super::append::{AnswerWhen, Batch, append_on};
use super::*;
use crate::broker::testing;

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
        let by = AnswerWhen::Durable { by: clock::now() + Duration::from_secs(60) };
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
    };
    let isolation = Isolation::ReadUncommitted;
    let request = ReadRequest { partitions: vec![wanted], bytes_max: 50 << 20, isolation };
    read_on(broker, broker.shard, request).await.remove(0).unwrap()
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
