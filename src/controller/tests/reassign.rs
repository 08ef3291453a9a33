//! Other replicas for partitions that a Kafka cluster of several nodes left behind.

use super::*;
use crate::controller::reassign::{Reassignment, ReplicationFactor};
use crate::metadata::NodeId;
use crate::metadata::topics::NO_LEADER_CHANGE;
use crate::protocol::metadata_records::{PartitionChangeRecord, PartitionRecord, TopicRecord};

const TOPIC: Uuid = Uuid::from_u128(0x51);

/// Partition 0 of "t" on these replicas, the first of which leads.
fn with_partition(partition: PartitionRecord) -> Controller {
    let mut controller = cluster(&[1, 2]);
    let partition = Versioned::at(
        PartitionRecord { topic_id: TOPIC, leader: partition.isr[0], ..partition },
        &controller.image().features,
    );
    let topic = v0(TopicRecord { name: "t".to_owned(), topic_id: TOPIC });
    commit(&mut controller, Outcome::atomic(vec![topic, partition], ()));
    controller
}

fn on(replicas: &[NodeId], isr: &[NodeId]) -> PartitionRecord {
    PartitionRecord {
        partition_id: 0,
        replicas: replicas.to_vec(),
        isr: isr.to_vec(),
        ..Default::default()
    }
}

fn ask(
    controller: &Controller,
    replicas: Option<&[NodeId]>,
    factor: ReplicationFactor,
) -> Result<Option<PartitionChangeRecord>, Refusal> {
    let replicas = replicas.map(<[NodeId]>::to_vec);
    let wanted = [Reassignment { topic: "t".to_owned(), partition: 0, replicas }];
    let outcome = controller.reassign(&wanted, factor)?;
    let [result] = outcome.reply.as_slice() else { panic!("one result: {:?}", outcome.reply) };
    result.clone()?;
    Ok(outcome.records.into_iter().next().map(|versioned| match versioned.record {
        crate::protocol::metadata_records::MetadataRecord::PartitionChange(record) => record,
        other => panic!("{other:?}"),
    }))
}

fn refused(controller: &Controller, replicas: Option<&[NodeId]>) -> (Cause, String) {
    let refusal = ask(controller, replicas, ReplicationFactor::MayChange).unwrap_err();
    (refusal.cause, refusal.message.unwrap_or_default())
}

#[test]
fn what_is_so_already_needs_no_record() {
    let controller = with_partition(on(&[1], &[1]));
    assert_eq!(ask(&controller, Some(&[1]), ReplicationFactor::Stays), Ok(None));
}

#[test]
fn the_order_of_replicas_changes_without_an_election() {
    let controller = with_partition(on(&[1, 2], &[1]));
    let record = ask(&controller, Some(&[2, 1]), ReplicationFactor::Stays).unwrap().unwrap();
    assert_eq!(record.replicas, Some(vec![2, 1]));
    assert_eq!((record.isr, record.leader), (None, NO_LEADER_CHANGE));
}

#[test]
fn a_replica_that_goes_ends_the_leader_epoch() {
    let controller = with_partition(on(&[1, 2], &[1, 2]));
    let record = ask(&controller, Some(&[1]), ReplicationFactor::MayChange).unwrap().unwrap();
    assert_eq!((record.replicas, record.isr, record.leader), (Some(vec![1]), Some(vec![1]), 1));
    assert_eq!(record.directories.map(|directories| directories.len()), Some(1));
    let record = ask(&controller, Some(&[2]), ReplicationFactor::MayChange).unwrap().unwrap();
    assert_eq!((record.isr, record.leader), (Some(vec![2]), 2));
    let fewer = ask(&controller, Some(&[1]), ReplicationFactor::Stays).unwrap_err();
    assert_eq!(fewer.cause, Cause::InvalidReplicationFactor);
}

#[test]
fn what_would_wait_for_replicas_is_refused() {
    let controller = with_partition(on(&[1], &[1]));
    let (cause, why) = refused(&controller, Some(&[1, 2]));
    assert_eq!(cause, Cause::InvalidReplicaAssignment);
    assert!(why.contains("do not replicate yet"), "{why}");
    let controller = with_partition(on(&[1, 2], &[1]));
    assert_eq!(refused(&controller, Some(&[2])).0, Cause::InvalidReplicaAssignment);
}

#[test]
fn assignments_and_names_are_checked() {
    let controller = with_partition(on(&[1], &[1]));
    for replicas in [&[][..], &[9], &[1, 1]] {
        let (cause, why) = refused(&controller, Some(replicas));
        assert_eq!(cause, Cause::InvalidReplicaAssignment, "{why}");
    }
    assert_eq!(refused(&controller, None).0, Cause::NoReassignmentInProgress);
    let unknown = |topic: &str, partition| {
        let wanted = [Reassignment { topic: topic.to_owned(), partition, replicas: None }];
        let outcome = controller.reassign(&wanted, ReplicationFactor::MayChange).unwrap();
        outcome.reply[0].clone().unwrap_err().cause
    };
    assert_eq!(unknown("u", 0), Cause::UnknownTopic);
    assert_eq!(unknown("t", 1), Cause::UnknownTopic);
}

#[test]
fn a_change_under_way_is_taken_back() {
    let moving = PartitionRecord {
        adding_replicas: vec![2],
        removing_replicas: vec![1],
        ..on(&[2, 1], &[1])
    };
    let mut controller = with_partition(moving);
    let record = ask(&controller, None, ReplicationFactor::MayChange).unwrap().unwrap();
    commit(&mut controller, Outcome::atomic(vec![v0(record)], ()));
    let partition = controller.image().topics.partition(TOPIC, 0).unwrap();
    assert_eq!((partition.replicas.as_slice(), partition.leader), (&[1][..], 1));
    assert!(partition.adding_replicas.is_empty() && partition.removing_replicas.is_empty());
    let lost = PartitionRecord { adding_replicas: vec![2], ..on(&[2, 1], &[2]) };
    let (_, why) = refused(&with_partition(lost), None);
    assert!(why.contains("unclean leader election"), "{why}");
}
