//! What leaders ask for of their in-sync replicas.

use super::*;
use crate::controller::alter_partition::{InSync, InSyncChange, NotAltered};
use crate::metadata::NodeId;
use crate::protocol::metadata_records::{
    BrokerRegistrationChangeRecord, MetadataRecord, PartitionRecord, TopicRecord,
};

const TOPIC: Uuid = Uuid::from_u128(0x51);

/// Brokers 1, 2 and 3 with partition 0 of "t", which 1 leads in epoch 4.
fn three(isr: &[NodeId]) -> Controller {
    let mut controller = cluster(&[1, 2, 3]);
    let partition = PartitionRecord {
        partition_id: 0,
        topic_id: TOPIC,
        replicas: vec![1, 2, 3],
        isr: isr.to_vec(),
        leader: 1,
        leader_epoch: 4,
        partition_epoch: 7,
        ..Default::default()
    };
    let partition = Versioned::at(partition, &controller.image().features);
    let topic = v0(TopicRecord { name: "t".to_owned(), topic_id: TOPIC });
    commit(&mut controller, Outcome::atomic(vec![topic, partition], ()));
    controller
}

fn change(controller: &Controller, in_sync: &[NodeId]) -> InSyncChange {
    let epoch = |node: &NodeId| controller.image().cluster.broker(*node).map(|it| it.epoch());
    InSyncChange {
        topic: TOPIC,
        partition: 0,
        leader_epoch: 4,
        partition_epoch: 7,
        in_sync: in_sync.iter().map(|node| (*node, epoch(node))).collect(),
    }
}

fn ask(
    controller: &Controller,
    broker: NodeId,
    change: &InSyncChange,
) -> Outcome<Result<InSync, NotAltered>> {
    let epoch = controller.image().cluster.broker(broker).map_or(-1, |it| it.epoch());
    controller.alter_in_sync(broker, epoch, change)
}

#[test]
fn a_leader_changes_who_is_in_sync() {
    let mut controller = three(&[1, 2, 3]);
    let asked = change(&controller, &[1, 3]);
    let outcome = ask(&controller, 1, &asked);
    let told = InSync { leader_epoch: 4, partition_epoch: 8, in_sync: vec![1, 3] };
    assert_eq!(outcome.reply, Ok(told));
    commit(&mut controller, outcome).unwrap();
    let partition = controller.image().topics.partition(TOPIC, 0).unwrap().clone();
    assert_eq!((partition.leader, partition.leader_epoch, partition.partition_epoch), (1, 4, 8));
    assert_eq!(partition.in_sync_replicas, [1, 3]);
    // The same again is of a partition epoch that is over.
    assert_eq!(ask(&controller, 1, &asked).reply, Err(NotAltered::OldPartitionEpoch));
}

#[test]
fn what_is_asked_for_on_wrong_grounds_changes_nothing() {
    let controller = three(&[1, 2]);
    let sound = change(&controller, &[1, 2, 3]);
    let refused = |broker: NodeId, change: &InSyncChange| {
        let outcome = ask(&controller, broker, change);
        assert!(outcome.records.is_empty());
        outcome.reply.unwrap_err()
    };
    let with = |edit: fn(&mut InSyncChange)| {
        let mut asked = sound.clone();
        edit(&mut asked);
        refused(1, &asked)
    };
    assert_eq!(controller.alter_in_sync(1, -7, &sound).reply, Err(NotAltered::StaleBroker));
    assert_eq!(with(|it| it.topic = Uuid::from_u128(9)), NotAltered::UnknownTopic);
    assert_eq!(with(|it| it.partition = 9), NotAltered::UnknownPartition);
    assert_eq!(with(|it| it.leader_epoch = 5), NotAltered::ControllerBehind);
    assert_eq!(with(|it| it.partition_epoch = 8), NotAltered::ControllerBehind);
    assert_eq!(with(|it| it.leader_epoch = 3), NotAltered::FencedLeaderEpoch);
    assert_eq!(with(|it| it.partition_epoch = 6), NotAltered::OldPartitionEpoch);
    assert_eq!(refused(2, &sound), NotAltered::NotLeader);
    assert!(matches!(with(|it| it.in_sync = vec![(2, None)]), NotAltered::Invalid(_)));
    let stranger = with(|it| it.in_sync.push((9, None)));
    assert!(matches!(stranger, NotAltered::Invalid(_)));
    let twice = with(|it| it.in_sync.push((3, None)));
    assert!(matches!(twice, NotAltered::Invalid(_)));
    assert_eq!(with(|it| it.in_sync[2].1 = Some(-3)), NotAltered::Ineligible(3));
    assert!(ask(&controller, 1, &sound).reply.is_ok());
}

#[test]
fn who_is_fenced_does_not_come_in_sync() {
    let mut controller = three(&[1, 2]);
    let sound = change(&controller, &[1, 2, 3]);
    let broker_epoch = controller.image().cluster.broker(3).unwrap().epoch();
    let fence = BrokerRegistrationChangeRecord {
        broker_id: 3,
        broker_epoch,
        fenced: 1,
        ..Default::default()
    };
    commit(&mut controller, Outcome::atomic(vec![v0(fence)], ()));
    assert_eq!(ask(&controller, 1, &sound).reply, Err(NotAltered::Ineligible(3)));
    assert!(ask(&controller, 1, &change(&controller, &[1])).reply.is_ok());
}

#[test]
fn the_record_has_nothing_but_the_change() {
    let controller = three(&[1, 2]);
    let outcome = ask(&controller, 1, &change(&controller, &[1, 2, 3]));
    let [versioned] = &outcome.records[..] else { panic!("{:?}", outcome.records) };
    let MetadataRecord::PartitionChange(record) = &versioned.record else { panic!() };
    assert_eq!((record.leader, record.leader_recovery_state), (-2, -1));
    assert_eq!(record.isr.as_deref(), Some(&[1, 2, 3][..]));
    assert_eq!((&record.replicas, &record.eligible_leader_replicas), (&None, &None));
}
