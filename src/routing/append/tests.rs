use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use shards::format::batch::Header;
use shards::format::builder::{BatchBuilder, NewRecord};
use shards::io::Durability;
use shards::io::executor::{self, RingConfig};
use shards::log::config::LogConfig;
use shards::log::lifecycle::LogSpec;
use shards::mesh;
use shards::node_dir;
use shards::store::{Store, StoreOptions};
use shards::units::TopicId;

use super::*;
use crate::broker::Parts;
use crate::config::{BrokerConfig, Settings};
use crate::metadata::Image;
use crate::protocol::ErrorCode;

const PARTITION: PartitionId = PartitionId { topic: TopicId::from_u128(1), index: 0 };

/// A broker of one core that has the partition.
async fn broker(directory: &Path) -> Rc<Broker> {
    let owner = node_dir::Owner { cluster_id: Some("cluster".into()), node_id: 1 };
    let (node_dir, _lock) = node_dir::prepare(directory, &owner).await.unwrap();
    let shard = ShardId(0);
    let options = StoreOptions {
        shard,
        shards: 1,
        journal_bytes_max: 64 << 20,
        journal_durability: Durability::Synced,
        memory_bytes: 64 << 20,
    };
    let (store, _) = Store::recover(&[node_dir], &options).await.unwrap();
    let spec = LogSpec { id: PARTITION, name: "t-0".into(), config: LogConfig::default() };
    store.open_or_create(spec).await.unwrap();
    let (settings, _) = Settings::load(None, &["node.id=1".to_owned()]).unwrap();
    let config = Arc::new(BrokerConfig::new(&settings).unwrap());
    let image = Arc::new(Image::empty("cluster"));
    let seat = mesh::seats(1).into_iter().next().unwrap();
    Broker::new(Parts { shard, config, store, image, seat, request_bytes_max: 1 << 20 })
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
