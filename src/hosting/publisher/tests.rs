use shards::io::executor::{self, RingConfig};
use uuid::Uuid;

use super::*;
use crate::broker::testing;
use crate::metadata::Delta;
use crate::protocol::ErrorCode;
use crate::protocol::metadata_records::{MetadataRecord, PartitionRecord, TopicRecord};
use crate::refusals::topics;

const TOPIC: Uuid = Uuid::from_u128(7);

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
        let broker = testing::alone(&path).await;
        // A file is where the directory belongs.
        std::fs::write(path.join("t-0"), b"").unwrap();
        let mut publisher = Publisher::open(broker.clone(), &path).await.unwrap();
        let mut delta = Delta::new(Image::empty("cluster"));
        topic_of_two(&mut delta);
        let (image, changes) = delta.take().unwrap();
        publisher.publish(Arc::new(image), changes).await;
        let image = broker.image();
        let topic = image.topics.by_name("t").unwrap();
        let place = |index| topics::local(&broker, topic, index).map(|place| place.owner);
        assert_eq!([place(0), place(1)], [Err(ErrorCode::KafkaStorageError), Ok(ShardId(0))]);
        broker.store.close().await.in_order().unwrap();
    })
    .unwrap();
}
