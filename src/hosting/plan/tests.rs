use uuid::Uuid;

use super::*;
use crate::metadata::Delta;
use crate::protocol::metadata_records::{
    ConfigRecord, MetadataRecord, PartitionChangeRecord, PartitionRecord, RemoveTopicRecord,
    TopicRecord,
};

const TOPIC: Uuid = Uuid::from_u128(1000);

/// A node that publishes what a log says.
struct Publisher {
    settings: Settings,
    placement: Placement,
    before: Image,
    delta: Delta,
}

impl Publisher {
    fn new(shards: usize) -> Self {
        let image = Image::empty("c");
        Self {
            settings: Settings::load(None, &[]).unwrap().0,
            placement: Placement::new(shards),
            before: image.clone(),
            delta: Delta::new(image),
        }
    }

    fn publish(&mut self, records: Vec<MetadataRecord>) -> Plan {
        for record in &records {
            self.delta.replay(record).unwrap();
        }
        let (after, changes) = self.delta.take().unwrap();
        let here = Here {
            node_id: 1,
            settings: &self.settings,
            producer_id_expiration_ms: 86_400_000,
            replica_lag_ms_max: 30_000,
        };
        let plan = plan(here, &self.before, &after, &changes, &mut self.placement);
        self.before = after;
        plan
    }
}

fn topic() -> MetadataRecord {
    TopicRecord { name: "t".to_owned(), topic_id: TOPIC }.into()
}

fn partition(partition_id: i32, replicas: &[i32]) -> MetadataRecord {
    PartitionRecord {
        partition_id,
        topic_id: TOPIC,
        replicas: replicas.to_vec(),
        isr: replicas.to_vec(),
        leader: replicas[0],
        leader_epoch: 3,
        partition_epoch: 0,
        ..Default::default()
    }
    .into()
}

fn config(resource_type: i8, resource_name: &str, name: &str, value: &str) -> MetadataRecord {
    ConfigRecord {
        resource_type,
        resource_name: resource_name.to_owned(),
        name: name.to_owned(),
        value: Some(value.to_owned()),
    }
    .into()
}

fn id(index: i32) -> PartitionId {
    PartitionId { topic: TOPIC, index }
}

#[test]
fn only_partitions_with_a_replica_here_are_opened() {
    let mut publisher = Publisher::new(2);
    let records = vec![
        topic(),
        partition(0, &[1, 2]),
        partition(1, &[2, 1]),
        partition(2, &[2, 3]),
        config(2, "t", "max.message.bytes", "77"),
    ];
    let plan = publisher.publish(records);
    assert_eq!(plan.opened, [(id(0), ShardId(0)), (id(1), ShardId(1))]);
    let open = |shard| &plan.work[&ShardId(shard)].open[0];
    let part = |shard| {
        let it = &open(shard).assignment;
        (it.leader, it.leader_epoch, it.in_sync.clone())
    };
    let nodes = |ids: [i32; 2]| ids.map(NodeId).to_vec();
    assert_eq!(part(0), (Some(NodeId(1)), LeaderEpoch(3), nodes([1, 2])));
    assert_eq!(part(1), (Some(NodeId(2)), LeaderEpoch(3), nodes([2, 1])));
    assert_eq!(open(0).spec.name, "t-0");
    assert_eq!(open(0).spec.config.rules.batch_bytes_max, 77);
    assert!(plan.work.values().all(|work| work.configure.is_empty() && work.delete.is_empty()));
    assert!(!plan.placed.is_empty());
}

#[test]
fn what_is_gone_is_deleted_where_it_is() {
    let mut publisher = Publisher::new(2);
    publisher.publish(vec![topic(), partition(0, &[1]), partition(1, &[1]), partition(2, &[2])]);
    let plan = publisher.publish(vec![RemoveTopicRecord { topic_id: TOPIC }.into()]);
    assert_eq!(plan.deleted, [id(0), id(1)]);
    assert_eq!(plan.work[&ShardId(0)].delete, [id(0)]);
    assert_eq!(plan.work[&ShardId(1)].delete, [id(1)]);
    assert!(publisher.placement.is_empty());
}

#[test]
fn a_replica_that_moves_away_is_deleted_and_one_that_comes_is_opened() {
    let mut publisher = Publisher::new(1);
    publisher.publish(vec![topic(), partition(0, &[1]), partition(1, &[2])]);
    let moved = |partition_id, replicas: &[i32]| {
        let record = PartitionChangeRecord {
            partition_id,
            topic_id: TOPIC,
            replicas: Some(replicas.to_vec()),
            isr: Some(replicas.to_vec()),
            leader: replicas[0],
            ..Default::default()
        };
        MetadataRecord::from(record)
    };
    let plan = publisher.publish(vec![moved(0, &[2]), moved(1, &[1])]);
    assert_eq!(plan.deleted, [id(0)]);
    assert_eq!(plan.opened, [(id(1), ShardId(0))]);
    let work = &plan.work[&ShardId(0)];
    assert_eq!(work.open[0].assignment.leader_epoch, LeaderEpoch(4));
}

#[test]
fn a_new_leader_epoch_is_told_to_the_owner() {
    let mut publisher = Publisher::new(1);
    publisher.publish(vec![topic(), partition(0, &[1])]);
    let elected =
        PartitionChangeRecord { partition_id: 0, topic_id: TOPIC, leader: 1, ..Default::default() };
    let plan = publisher.publish(vec![elected.into()]);
    let work = &plan.work[&ShardId(0)];
    let [(told, assignment)] = &work.assign[..] else { panic!("{work:?}") };
    assert_eq!((*told, assignment.leader_epoch), (id(0), LeaderEpoch(4)));
    assert_eq!((assignment.partition_epoch, assignment.leader), (1, Some(NodeId(1))));
    assert!(work.open.is_empty() && work.configure.is_empty());
}

#[test]
fn configurations_reach_open_partitions() {
    let mut publisher = Publisher::new(1);
    publisher.publish(vec![topic(), partition(0, &[1]), partition(1, &[1])]);
    let plan = publisher.publish(vec![config(2, "t", "max.message.bytes", "55")]);
    let configured = &plan.work[&ShardId(0)].configure;
    assert_eq!(configured.len(), 2);
    assert!(configured.iter().all(|(_, config)| config.rules.batch_bytes_max == 55));
    let plan = publisher.publish(vec![config(4, "", "log.cleanup.policy", "compact")]);
    let configured = &plan.work[&ShardId(0)].configure;
    assert!(configured.iter().all(|(_, config)| config.rules.key_required), "{configured:?}");
    let plan = publisher.publish(vec![config(4, "", "log.cleanup.policy", "compact")]);
    assert!(plan.opened.is_empty() && plan.deleted.is_empty());
}
