use shards::io::Durability;
use shards::io::executor::{self, RingConfig};
use shards::mesh;
use shards::node_dir;
use shards::store::{Store, StoreOptions};
use uuid::Uuid;

use super::*;
use crate::broker::Parts;
use crate::config::{BrokerConfig, Settings};
use crate::handlers::topics;
use crate::metadata::Delta;
use crate::protocol::ErrorCode;
use crate::protocol::metadata_records::{MetadataRecord, PartitionRecord, TopicRecord};

const TOPIC: Uuid = Uuid::from_u128(7);

async fn broker(directory: &Path) -> Rc<Broker> {
    let owner = node_dir::Owner { cluster_id: Some("cluster".into()), node_id: 1 };
    let (node_dir, _lock) = node_dir::prepare(directory, &owner).await.unwrap();
    let shard = ShardId(0);
    let options = StoreOptions {
        shard,
        shards: 1,
        journal_bytes_max: 64 << 20,
        journal_durability: Durability::Cached,
        memory_bytes: 64 << 20,
    };
    let (store, _) = Store::recover(&[node_dir], &options).await.unwrap();
    let (settings, _) = Settings::load(None, &["node.id=1".to_owned()]).unwrap();
    let config = Arc::new(BrokerConfig::new(&settings).unwrap());
    let image = Arc::new(Image::empty("cluster"));
    let seat = mesh::seats(1).into_iter().next().unwrap();
    Broker::new(Parts { shard, config, store, image, seat, request_bytes_max: 1 << 20 })
}

fn topic_of_two(delta: &mut Delta) {
    let topic = TopicRecord { name: "t".into(), topic_id: TOPIC };
    delta.replay(&MetadataRecord::from(topic)).unwrap();
    for partition_id in 0..2 {
        let partition = PartitionRecord {
            partition_id,
            topic_id: TOPIC,
            replicas: vec![1],
            isr: vec![1],
            leader: 1,
            ..PartitionRecord::default()
        };
        delta.replay(&MetadataRecord::from(partition)).unwrap();
    }
}

#[test]
fn a_partition_that_the_disk_refuses_is_offline_and_the_others_are_served() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    executor::run(RingConfig::default(), async move {
        let broker = broker(&path).await;
        // A file is where the directory belongs.
        std::fs::write(path.join("t-0"), b"").unwrap();
        let mut publisher = Publisher::open(broker.clone(), &path).await.unwrap();
        let mut delta = Delta::new(Image::empty("cluster"));
        topic_of_two(&mut delta);
        let (image, changes) = delta.take().unwrap();
        publisher.publish(Arc::new(image), changes).await;
        let image = broker.image();
        let topic = image.topics.by_name("t").unwrap();
        let place = |index| topics::place(&broker, topic, index).map(|place| place.owner);
        assert_eq!([place(0), place(1)], [Err(ErrorCode::KafkaStorageError), Ok(ShardId(0))]);
        broker.store.close().await.unwrap();
    })
    .unwrap();
}
