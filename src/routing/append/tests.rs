use std::path::Path;
use std::time::Duration;

use shards::format::batch::Header;
use shards::format::builder::{BatchBuilder, NewRecord};
use shards::io::executor::{self, RingConfig};
use shards::log::config::LogConfig;
use shards::log::lifecycle::LogSpec;
use shards::units::TopicId;

use super::*;
use crate::broker::testing;
use crate::protocol::ErrorCode;

const PARTITION: PartitionId = PartitionId { topic: TopicId::from_u128(1), index: 0 };

/// A broker of one core that has the partition.
async fn broker(directory: &Path) -> Rc<Core> {
    let broker = testing::alone(directory).await;
    let spec = LogSpec { id: PARTITION, name: "t-0".into(), config: LogConfig::default() };
    broker.store.open_or_create(spec).await.unwrap();
    broker
}

async fn append_by(broker: &Rc<Core>, by: Instant) -> Result<i64, ErrorCode> {
    append_to(broker, &[PARTITION], by).await.remove(0)
}

/// A record to each partition, in one request.
async fn append_to(
    broker: &Rc<Core>,
    partitions: &[PartitionId],
    by: Instant,
) -> Vec<Result<i64, ErrorCode>> {
    let compression = shards::compression::Compression::NONE;
    let mut builder = BatchBuilder::new(Header::default(), compression);
    builder.append(&NewRecord { value: Some(b"v"), ..NewRecord::default() }).unwrap();
    let records = Slice::from(builder.finish().unwrap());
    let batch = |partition: &PartitionId| Batch {
        partition: *partition,
        records: records.clone(),
        proof: Proof::Missing,
    };
    let batches = partitions.iter().map(batch).collect();
    let answer_when = AnswerWhen::Committed { by };
    let outcomes = append_on(broker.clone(), broker.shard, batches, answer_when).await;
    let outcome = |outcome: Result<Success, Failure>| match outcome {
        Ok(success) => Ok(success.base_offset),
        Err(failure) => Err(failure.code),
    };
    outcomes.into_iter().map(outcome).collect()
}

#[test]
fn what_is_not_durable_in_time_is_timed_out() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    executor::run(RingConfig::default(), async move {
        let broker = broker(&path).await;
        let (past, soon) = (clock::now(), clock::now() + Duration::from_millis(20));
        let late = clock::now() + Duration::from_secs(600);
        // Waits for room in the journal: not in the log.
        let log = broker.store.partition(PARTITION).unwrap();
        let line = log.log_dir().journal().stand_in_line();
        assert_eq!(append_by(&broker, soon).await, Err(ErrorCode::RequestTimedOut));
        drop(line);
        assert_eq!(append_by(&broker, late).await, Ok(0));
        // On its way to the device: in the log, for who reads it later.
        assert_eq!(append_by(&broker, past).await, Err(ErrorCode::RequestTimedOut));
        assert_eq!(append_by(&broker, late).await, Ok(2));
        broker.store.close().await.in_order().unwrap();
    })
    .unwrap();
}

#[cfg(feature = "sim")]
#[test]
fn a_directory_that_hangs_holds_up_its_own_partitions_alone() {
    shards::io::simulation::start(1);
    executor::run(RingConfig::default(), async move {
        let paths = [Path::new("/hangs"), Path::new("/works")];
        let broker = testing::with_directories(&paths).await;
        let ids: Vec<PartitionId> =
            (0..2).map(|index| PartitionId { topic: TopicId::from_u128(1), index }).collect();
        for id in &ids {
            let spec =
                LogSpec { id: *id, name: format!("t-{}", id.index), config: LogConfig::default() };
            let log = broker.store.open_or_create(spec).await.unwrap();
            assert!(*log.log_dir().path() == *paths[id.index as usize]);
        }
        let soon = || clock::now() + Duration::from_millis(100);
        assert_eq!(append_to(&broker, &ids, soon()).await, [Ok(0), Ok(0)]);
        shards::io::simulation::hang_writes(paths[0]);
        let late = Err(ErrorCode::RequestTimedOut);
        assert_eq!(append_to(&broker, &ids, soon()).await, [late, Ok(1)]);
        // Others wait for room in the journal that hangs.
        let hanging = broker.store.partition(ids[0]).unwrap();
        let _line = hanging.log_dir().journal().stand_in_line();
        assert_eq!(append_to(&broker, &ids, soon()).await, [late, Ok(2)]);
        assert_eq!(append_to(&broker, &ids[1..], soon()).await, [Ok(3)]);
    })
    .unwrap();
}

/// Zeros, of which a codec makes little.
fn bomb(bytes: usize) -> Slice {
    let compression = shards::compression::Compression::of(shards::compression::Codec::Zstd);
    let mut builder = BatchBuilder::new(Header::default(), compression);
    let value = vec![0; bytes];
    builder.append(&NewRecord { value: Some(&value), ..NewRecord::default() }).unwrap();
    Slice::from(builder.finish().unwrap())
}

#[test]
fn records_that_grow_large_give_way_and_keep_their_place_in_line() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    executor::run(RingConfig::default(), async move {
        let broker = broker(&path).await;
        let by = clock::now() + Duration::from_secs(600);
        let large = bomb(shards::limits::BYTES_PER_TURN_MAX / 2);
        let batch =
            || Batch { partition: PARTITION, records: large.clone(), proof: Proof::Missing };
        let before = executor::load().turns;
        let request: Vec<_> = (0..20).map(|_| batch()).collect();
        let first = append_on(broker.clone(), broker.shard, request, AnswerWhen::Committed { by });
        let mut first = Box::pin(first);
        let begun = std::future::poll_fn(|context| Poll::Ready(first.as_mut().poll(context))).await;
        assert!(begun.is_pending());
        let first = executor::spawn(first);
        // What comes in the same turn comes after all of it.
        assert_eq!(append_by(&broker, by).await, Ok(20));
        let offsets: Vec<i64> =
            first.await.into_iter().map(|outcome| outcome.unwrap().base_offset).collect();
        assert_eq!(offsets, (0..20).collect::<Vec<i64>>());
        assert!(executor::load().turns - before >= 10);
        broker.store.close().await.in_order().unwrap();
    })
    .unwrap();
}
