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
async fn broker(directory: &Path) -> Rc<Broker> {
    let broker = testing::alone(directory).await;
    let spec = LogSpec { id: PARTITION, name: "t-0".into(), config: LogConfig::default() };
    broker.store.open_or_create(spec).await.unwrap();
    broker
}

async fn append_by(broker: &Rc<Broker>, by: Instant) -> Result<i64, ErrorCode> {
    let compression = shards::compression::Compression::NONE;
    let mut builder = BatchBuilder::new(Header::default(), compression);
    builder.append(&NewRecord { value: Some(b"v"), ..NewRecord::default() }).unwrap();
    let records = Slice::from(builder.finish().unwrap());
    let batches = vec![Batch { partition: PARTITION, records }];
    let answer_when = AnswerWhen::Durable { by };
    let mut outcomes = append_on(broker.clone(), broker.shard, batches, answer_when).await;
    let outcome = outcomes.pop().unwrap();
    outcome.map(|success| success.base_offset).map_err(|failure| failure.code)
}

#[test]
fn what_is_not_durable_in_time_is_timed_out() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    executor::run(RingConfig::default(), async move {
        let broker = broker(&path).await;
        let (past, soon) = (clock::now(), clock::now() + Duration::from_millis(20));
        let late = clock::now() + Duration::from_secs(600);
        // Others wait for the journal: not in the log.
        let turn = broker.append_turn.acquire().await;
        assert_eq!(append_by(&broker, soon).await, Err(ErrorCode::RequestTimedOut));
        drop(turn);
        assert_eq!(append_by(&broker, late).await, Ok(0));
        // On its way to the device: in the log, for who reads it later.
        assert_eq!(append_by(&broker, past).await, Err(ErrorCode::RequestTimedOut));
        assert_eq!(append_by(&broker, late).await, Ok(2));
        broker.store.close().await.unwrap();
    })
    .unwrap();
}
