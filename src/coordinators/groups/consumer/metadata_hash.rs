//! A hash of the topics that a group subscribes to: when it changes, so does the group's epoch.
//!
//! Source: Utils.computeTopicHash and computeGroupHash of Kafka 4.1 (KIP-1101), bit for bit, so
//! that a group does not rebalance when its log goes from one to the other.
//! Format of a topic: a zero byte, its id, its name, the number of its partitions, and for each of
//! them its number and the sorted racks of its replicas. A text is its UTF-16 units and their
//! number; a rack's number of units stands before it too. All numbers are little-endian.

use crate::metadata::Image;
use crate::metadata::topics::Topic;
use shards::entropy::HashMap;
use twox_hash::XxHash3_64;

/// Of a layout that may change.
const MAGIC: u8 = 0;

/// Hashes of topics, kept until the topic changes.
#[derive(Debug, Default)]
pub(crate) struct TopicHashes {
    known: HashMap<String, i64>,
}

impl TopicHashes {
    pub(crate) fn forget(&mut self, topic: &str) {
        self.known.remove(topic);
    }

    /// Of topics in the order of their names; those that are not there do not count.
    pub(super) fn of_group<'t>(
        &mut self,
        topics: impl Iterator<Item = &'t str>,
        image: &Image,
    ) -> i64 {
        let mut bytes = Vec::new();
        for name in topics {
            let Some(topic) = image.topics.by_name(name) else { continue };
            let hash = match self.known.get(name) {
                Some(hash) => *hash,
                None => {
                    let hash = of_topic(topic, image);
                    self.known.insert(name.to_owned(), hash);
                    hash
                }
            };
            bytes.extend(hash.to_le_bytes());
        }
        if bytes.is_empty() { 0 } else { hash(&bytes) }
    }
}

fn of_topic(topic: &Topic, image: &Image) -> i64 {
    let mut bytes = vec![MAGIC];
    let (most, least) = topic.id.as_u64_pair();
    bytes.extend(most.to_le_bytes());
    bytes.extend(least.to_le_bytes());
    put_text(&mut bytes, &topic.name);
    put_count(&mut bytes, topic.partitions.len());
    for (index, partition) in topic.partitions.iter() {
        bytes.extend(index.to_le_bytes());
        let rack = |node| image.cluster.broker(node).and_then(|broker| broker.rack());
        let mut racks: Vec<&str> =
            partition.replicas.iter().filter_map(|node| rack(*node)).collect();
        racks.sort_unstable();
        for rack in racks {
            put_count(&mut bytes, rack.encode_utf16().count());
            put_text(&mut bytes, rack);
        }
    }
    hash(&bytes)
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    let mut count = 0;
    for unit in text.encode_utf16() {
        bytes.extend(unit.to_le_bytes());
        count += 1;
    }
    put_count(bytes, count);
}

fn put_count(bytes: &mut Vec<u8>, count: usize) {
    let count = i32::try_from(count).unwrap_or(i32::MAX);
    bytes.extend(count.to_le_bytes());
}

fn hash(bytes: &[u8]) -> i64 {
    XxHash3_64::oneshot(bytes).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Delta;
    use crate::protocol::metadata_records::{
        MetadataRecord, PartitionRecord, RegisterBrokerRecord, TopicRecord,
    };
    use uuid::Uuid;

    fn image(rack: &str) -> Image {
        let topic_id = Uuid::from_u128(0xdead_beef);
        let mut delta = Delta::new(Image::empty("cluster"));
        let rack = Some(rack.to_owned());
        let broker = RegisterBrokerRecord { broker_id: 1, rack, ..RegisterBrokerRecord::default() };
        delta.replay(&MetadataRecord::from(broker)).unwrap();
        let topic = TopicRecord { name: "logs".into(), topic_id };
        delta.replay(&MetadataRecord::from(topic)).unwrap();
        for partition_id in 0..2 {
            let replicas = vec![1];
            let partition =
                PartitionRecord { partition_id, topic_id, replicas, ..PartitionRecord::default() };
            delta.replay(&MetadataRecord::from(partition)).unwrap();
        }
        delta.image().clone()
    }

    /// What Kafka 4.3.1 makes of the same topic.
    #[test]
    fn a_topic_has_the_hash_that_kafka_gives_it() {
        let image = image("r1");
        let topic = image.topics.by_name("logs").unwrap();
        assert_eq!(of_topic(topic, &image), 7_391_184_062_824_115_177);
    }

    /// What Kafka 4.3.1 makes of topics with the hashes 1 and -2.
    #[test]
    fn a_group_has_the_hash_that_kafka_gives_it() {
        let bytes: Vec<u8> = [1_i64, -2].iter().flat_map(|hash| hash.to_le_bytes()).collect();
        assert_eq!(hash(&bytes), 1_559_002_273_794_826_001);
        assert_eq!(TopicHashes::default().of_group(["none"].into_iter(), &image("r1")), 0);
    }

    #[test]
    fn a_topic_is_hashed_anew_once_it_is_forgotten() {
        let mut hashes = TopicHashes::default();
        let (here, there) = (image("r1"), image("r2"));
        let first = hashes.of_group(["logs"].into_iter(), &here);
        assert_eq!(hashes.of_group(["logs"].into_iter(), &there), first);
        hashes.forget("logs");
        assert_ne!(hashes.of_group(["logs"].into_iter(), &there), first);
    }
}
