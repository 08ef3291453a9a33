//! What a stop of this node would interrupt: the answer of `/v1/can-stop`.
//!
//! Lives on: the thread of the metrics; pure, from one image of the metadata.
//! Kafka has no such question. Redpanda's `pre_restart_probe` and Strimzi's KafkaRoller ask the
//! same: which partitions would be offline, and which would refuse writes with acks=all.
//! Promise: `can_stop` is true only if every partition stays readable and writable and the metadata
//! quorum keeps its majority. Never: knows whether other nodes answer at this moment; it takes what
//! the metadata says of them.

use serde_json::{Value, json};

use crate::config::BrokerConfig;
use crate::config::overlay::View;
use crate::config::topic::TopicConfig;
use crate::controller::log::QuorumInfo;
use crate::limits;
use crate::metadata::{Image, NodeId, Partition};

/// See the module.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Outage {
    node: NodeId,
    /// Nobody else in sync could lead them.
    offline: Affected,
    /// They would refuse writes with acks=all.
    below_min_insync: Affected,
    voters: Vec<NodeId>,
    keeps_quorum: bool,
}

/// Partitions, of which the first are named.
#[derive(Debug, Default, PartialEq)]
struct Affected {
    count: usize,
    topics: usize,
    named: Vec<String>,
}

impl Affected {
    fn add(&mut self, topic: &str, partitions: &[i32]) {
        self.topics += usize::from(!partitions.is_empty());
        self.count += partitions.len();
        let room = limits::CAN_STOP_PARTITIONS_NAMED.saturating_sub(self.named.len());
        self.named.extend(partitions.iter().take(room).map(|index| format!("{topic}-{index}")));
    }

    fn json(&self) -> Value {
        json!({ "count": self.count, "topics": self.topics, "partitions": self.named })
    }
}

/// What would be missing without this node.
pub(super) fn outage(image: &Image, config: &BrokerConfig, quorum: Option<&QuorumInfo>) -> Outage {
    let node = config.node_id;
    let voters = voters(config, quorum);
    let effective = View::of(node, &config.settings, image).effective();
    let mut outage =
        Outage { node, keeps_quorum: keeps_majority(&voters, node), voters, ..Outage::default() };
    for name in image.topics.names() {
        let Some(topic) = image.topics.by_name(name) else { continue };
        let (mut offline, mut short) = (Vec::new(), Vec::new());
        // Asked for only where a partition loses a copy: it reads the topic's settings.
        let mut min_insync = None;
        for (index, partition) in topic.partitions.iter() {
            let Some(left) = left_in_sync(image, partition, node) else { continue };
            let wanted = *min_insync.get_or_insert_with(|| {
                let overrides = image.configs.topic(name);
                TopicConfig::resolve(&effective, overrides).min_insync_replicas as usize
            });
            if left == 0 {
                offline.push(*index);
            } else if left < wanted.min(partition.replicas.len()) {
                short.push(*index);
            }
        }
        outage.offline.add(name, &offline);
        outage.below_min_insync.add(name, &short);
    }
    outage
}

/// How many copies in sync are left on nodes that serve; None if this node holds none of them.
fn left_in_sync(image: &Image, partition: &Partition, node: NodeId) -> Option<usize> {
    if partition.leader != node && !partition.in_sync_replicas.contains(&node) {
        return None;
    }
    let others = partition.in_sync_replicas.iter().filter(|replica| **replica != node);
    Some(others.filter(|replica| image.cluster.is_active(**replica)).count())
}

fn voters(config: &BrokerConfig, quorum: Option<&QuorumInfo>) -> Vec<NodeId> {
    let dynamic = quorum.map(|quorum| quorum.voters.voters.as_slice()).unwrap_or_default();
    let mut voters: Vec<NodeId> = match dynamic.is_empty() {
        true => config.quorum.voters.iter().map(|voter| voter.id).collect(),
        false => dynamic.iter().map(|voter| voter.id).collect(),
    };
    // A node alone votes for itself, whether or not it is written down.
    if voters.is_empty() && config.roles.controller {
        voters.push(config.node_id);
    }
    voters
}

fn keeps_majority(voters: &[NodeId], node: NodeId) -> bool {
    let left = voters.iter().filter(|voter| **voter != node).count();
    !voters.contains(&node) || left > voters.len() / 2
}

impl Outage {
    pub(super) fn can_stop(&self) -> bool {
        self.keeps_quorum && self.offline.count == 0 && self.below_min_insync.count == 0
    }

    /// For people.
    pub(super) fn sentence(&self) -> String {
        let node = self.node;
        if self.can_stop() {
            return format!(
                "Node {node} can be stopped: every partition stays readable and writable."
            );
        }
        let mut parts = Vec::new();
        let amount = |of: &Affected| {
            let plural = |count: usize, word: &str| match count {
                1 => format!("1 {word}"),
                count => format!("{count} {word}s"),
            };
            format!("{} of {}", plural(of.count, "partition"), plural(of.topics, "topic"))
        };
        if self.offline.count > 0 {
            parts.push(format!("{} would be offline", amount(&self.offline)));
        }
        if self.below_min_insync.count > 0 {
            let amount = amount(&self.below_min_insync);
            parts.push(format!("{amount} would refuse writes with acks=all"));
        }
        if !self.keeps_quorum {
            parts.push(
                match self.voters.len() {
                    1 => "nothing could be created or changed, as it is the only controller",
                    _ => "the metadata quorum would lose its majority",
                }
                .to_owned(),
            );
        }
        format!(
            "Without node {node}, {}. It ends when the node is back; what is acknowledged is kept.",
            parts.join("; ")
        )
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "node": self.node,
            "can_stop": self.can_stop(),
            "sentence": self.sentence(),
            "offline": self.offline.json(),
            "below_min_insync": self.below_min_insync.json(),
            "metadata_quorum": { "voters": self.voters, "keeps_majority": self.keeps_quorum },
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::config::Settings;
    use crate::metadata::delta::Delta;
    use crate::protocol::metadata_records::{PartitionRecord, RegisterBrokerRecord, TopicRecord};

    const THREE_VOTERS: &str = "controller.quorum.voters=1@a:1,2@b:1,3@c:1";

    fn config(lines: &[&str]) -> BrokerConfig {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let (settings, _) = Settings::load(None, &lines).unwrap();
        BrokerConfig::new(&settings).unwrap()
    }

    /// Nodes 1 to 3, of which some are fenced, and a topic whose partitions are in sync as told.
    fn image(fenced: &[NodeId], in_sync: &[&[NodeId]]) -> Image {
        let mut delta = Delta::new(Image::empty("cluster"));
        for broker_id in 1..=3 {
            let fenced = fenced.contains(&broker_id);
            let record = RegisterBrokerRecord { broker_id, fenced, ..Default::default() };
            delta.replay(&record.into()).unwrap();
        }
        let topic_id = Uuid::from_u128(7);
        let record = TopicRecord { name: "logs".to_owned(), topic_id };
        delta.replay(&record.into()).unwrap();
        for (index, in_sync) in in_sync.iter().enumerate() {
            let record = PartitionRecord {
                partition_id: index as i32,
                topic_id,
                replicas: vec![1, 2, 3],
                isr: in_sync.to_vec(),
                leader: in_sync[0],
                ..Default::default()
            };
            delta.replay(&record.into()).unwrap();
        }
        delta.image().clone()
    }

    #[test]
    fn a_node_that_is_the_whole_cluster() {
        let outage = outage(&image(&[2, 3], &[&[1], &[1]]), &config(&["node.id=1"]), None);
        assert!(!outage.can_stop());
        assert_eq!(outage.offline.named, ["logs-0", "logs-1"]);
        assert_eq!(
            outage.sentence(),
            "Without node 1, 2 partitions of 1 topic would be offline; nothing could be created or \
             changed, as it is the only controller. It ends when the node is back; what is \
             acknowledged is kept."
        );
    }

    #[test]
    fn one_of_three_whose_others_are_in_sync() {
        let config = config(&["node.id=1", THREE_VOTERS, "min.insync.replicas=2"]);
        let whole = outage(&image(&[], &[&[1, 2, 3], &[2, 3]]), &config, None);
        assert!(whole.can_stop(), "{}", whole.sentence());
        let short = outage(&image(&[], &[&[1, 2, 3], &[1, 2]]), &config, None);
        assert_eq!(short.below_min_insync.named, ["logs-1"]);
        assert!(!short.can_stop() && short.offline.count == 0);
        // A copy on a node that does not serve leads nobody.
        let fenced = outage(&image(&[2], &[&[1, 2]]), &config, None);
        assert_eq!(fenced.offline.named, ["logs-0"]);
    }

    #[test]
    fn majorities() {
        let keeps = |voters: &[NodeId]| keeps_majority(voters, 1);
        assert!(keeps(&[1, 2, 3]) && keeps(&[2, 3]) && keeps(&[]));
        assert!(!keeps(&[1]) && !keeps(&[1, 2]));
    }

    #[test]
    fn only_the_first_partitions_are_named() {
        let mut affected = Affected::default();
        let many: Vec<i32> = (0..limits::CAN_STOP_PARTITIONS_NAMED as i32 + 5).collect();
        affected.add("t", &many);
        affected.add("u", &[1]);
        assert_eq!((affected.count, affected.topics), (many.len() + 1, 2));
        assert_eq!(affected.named.len(), limits::CAN_STOP_PARTITIONS_NAMED);
    }
}
