//! Other replicas for partitions.
//!
//! A reassignment is made at once, where the replicas that stay or come have all records; one that
//! would have to wait for replicas to catch up is refused: nodes do not replicate yet. One that
//! Kafka had begun, in a directory taken over from it, can be cancelled.

use uuid::Uuid;

use crate::controller::create_topics::{assignment, check_number_of_records};
use crate::controller::refusal::{Cause, Refusal};
use crate::controller::{Controller, Outcome};
use crate::metadata::topics::{NO_LEADER, NO_LEADER_CHANGE};
use crate::metadata::{NodeId, Partition, Versioned};
use crate::protocol::metadata_records::PartitionChangeRecord;

/// What a partition is to get: other replicas, or none: those before the change under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reassignment {
    pub topic: String,
    pub partition: i32,
    pub replicas: Option<Vec<NodeId>>,
}

/// Whether a reassignment may change the number of replicas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplicationFactor {
    MayChange,
    Stays,
}

/// The replicas that a partition gets, and those of them that are in sync.
struct Target {
    replicas: Vec<NodeId>,
    in_sync: Vec<NodeId>,
}

impl Controller {
    /// The results are in the order of the request.
    pub fn reassign(
        &self,
        wanted: &[Reassignment],
        factor: ReplicationFactor,
    ) -> Result<Outcome<Vec<Result<(), Refusal>>>, Refusal> {
        let mut records = Vec::new();
        let mut results = Vec::with_capacity(wanted.len());
        for one in wanted {
            let record = self.reassign_partition(one, factor);
            results.push(record.map(|record| records.extend(record)));
            check_number_of_records(&records)?;
        }
        Ok(Outcome::atomic(records, results))
    }

    fn reassign_partition(
        &self,
        wanted: &Reassignment,
        factor: ReplicationFactor,
    ) -> Result<Option<Versioned>, Refusal> {
        let Reassignment { topic, partition: id, replicas } = wanted;
        let unknown = |what| Refusal::new(Cause::UnknownTopic, what);
        let known = self.image().topics.by_name(topic);
        let known =
            known.ok_or_else(|| unknown(format!("Unable to find a topic named {topic}.")))?;
        let partition = known.partitions.get(id);
        let partition =
            partition.ok_or_else(|| unknown(format!("Unable to find partition {topic}:{id}.")))?;
        let target = match replicas {
            None => revert(partition, topic, *id)?,
            Some(replicas) => {
                self.check_assignment(replicas, None)?;
                check_factor(partition, replicas, factor)?;
                complete(partition, replicas)?
            }
        };
        Ok(self.change_replicas(partition, target, known.id, *id))
    }

    /// None if nothing changes.
    fn change_replicas(
        &self,
        partition: &Partition,
        target: Target,
        topic_id: Uuid,
        partition_id: i32,
    ) -> Option<Versioned> {
        let features = &self.image().features;
        let Target { replicas, in_sync } = target;
        let is_changed = |changed: &Vec<NodeId>, now: &Vec<NodeId>| changed != now;
        let eligible = only(&partition.eligible_leader_replicas, &replicas);
        let unless_empty = |now: &Vec<NodeId>| (!now.is_empty()).then(Vec::new);
        let mut record = PartitionChangeRecord {
            partition_id,
            topic_id,
            removing_replicas: unless_empty(&partition.removing_replicas),
            adding_replicas: unless_empty(&partition.adding_replicas),
            leader: self.leader_after(partition, &replicas, &in_sync),
            ..Default::default()
        };
        if is_changed(&eligible, &partition.eligible_leader_replicas) {
            record.eligible_leader_replicas = Some(eligible);
        }
        if is_changed(&in_sync, &partition.in_sync_replicas) {
            record.isr = Some(in_sync);
        }
        if is_changed(&replicas, &partition.replicas) {
            let directory =
                |node| partition.directory_of(node).unwrap_or(self.default_directory(node));
            let directories = replicas.iter().map(|node| directory(*node)).collect();
            record.directories = features.has_directories().then_some(directories);
            record.replicas = Some(replicas);
        }
        let nothing = PartitionChangeRecord { partition_id, topic_id, ..Default::default() };
        (record != nothing).then(|| Versioned::at(record, features))
    }

    /// A new leader epoch where a replica goes, so that it cannot come back unnoticed.
    fn leader_after(
        &self,
        partition: &Partition,
        replicas: &[NodeId],
        in_sync: &[NodeId],
    ) -> NodeId {
        if partition.replicas.iter().all(|replica| replicas.contains(replica)) {
            return NO_LEADER_CHANGE;
        }
        if in_sync.contains(&partition.leader) {
            return partition.leader;
        }
        let may_lead =
            |node: &NodeId| in_sync.contains(node) && self.image().cluster.is_active(*node);
        replicas.iter().copied().find(may_lead).unwrap_or(NO_LEADER)
    }
}

/// Those of `nodes` that are in `of`.
fn only(nodes: &[NodeId], of: &[NodeId]) -> Vec<NodeId> {
    nodes.iter().copied().filter(|node| of.contains(node)).collect()
}

fn without(nodes: &[NodeId], gone: &[NodeId]) -> Vec<NodeId> {
    nodes.iter().copied().filter(|node| !gone.contains(node)).collect()
}

fn revert(partition: &Partition, topic: &str, id: i32) -> Result<Target, Refusal> {
    let adding = &partition.adding_replicas;
    if adding.is_empty() && partition.removing_replicas.is_empty() {
        return Err(Refusal::plain(Cause::NoReassignmentInProgress));
    }
    let in_sync = without(&partition.in_sync_replicas, adding);
    if in_sync.is_empty() {
        return Err(assignment(format!(
            "Unable to revert partition assignment for {topic}:{id} because it would require an \
             unclean leader election."
        )));
    }
    Ok(Target { replicas: without(&partition.replicas, adding), in_sync })
}

/// The replicas of a change under way count as they will be.
fn check_factor(
    partition: &Partition,
    replicas: &[NodeId],
    factor: ReplicationFactor,
) -> Result<(), Refusal> {
    let before = without(&partition.replicas, &partition.removing_replicas).len();
    if factor == ReplicationFactor::MayChange || before == replicas.len() {
        return Ok(());
    }
    let message = format!("The replication factor is changed from {before} to {}", replicas.len());
    Err(Refusal::new(Cause::InvalidReplicationFactor, message))
}

fn complete(partition: &Partition, replicas: &[NodeId]) -> Result<Target, Refusal> {
    let in_sync = only(&partition.in_sync_replicas, replicas);
    let adding = without(replicas, &partition.replicas).len();
    let removing = without(&partition.replicas, replicas).len();
    let all_are_in_sync = replicas.iter().all(|node| in_sync.contains(node));
    // With as many replicas as before, those that stay may lag as they did.
    let waits = adding > 0 || (removing > 0 && (in_sync.is_empty() || !all_are_in_sync));
    if waits {
        return Err(assignment(
            "The reassignment would wait for replicas to catch up, and nodes do not replicate yet.",
        ));
    }
    let in_sync = if removing == 0 { partition.in_sync_replicas.clone() } else { in_sync };
    Ok(Target { replicas: replicas.to_vec(), in_sync })
}
