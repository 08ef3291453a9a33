//! What the tests of handlers share: an image with one topic.

use crate::metadata::{Delta, Image};
use crate::protocol::metadata_records::{MetadataRecord, PartitionRecord, TopicRecord};
use uuid::Uuid;

pub(super) fn topic_id() -> Uuid {
    Uuid::from_u128(0xdead_beef)
}

/// One topic of two partitions, led by node 1.
pub(super) fn image(name: &str) -> Image {
    let mut delta = Delta::new(Image::empty("cluster"));
    let topic = TopicRecord { name: name.into(), topic_id: topic_id() };
    delta.replay(&MetadataRecord::from(topic)).unwrap();
    for partition_id in 0..2 {
        let partition = PartitionRecord {
            partition_id,
            topic_id: topic_id(),
            replicas: vec![1],
            isr: vec![1],
            leader: 1,
            ..PartitionRecord::default()
        };
        delta.replay(&MetadataRecord::from(partition)).unwrap();
    }
    delta.image().clone()
}
