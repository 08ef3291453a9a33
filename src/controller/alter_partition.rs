//! Changes of in-sync replicas, as leaders ask for them (AlterPartition; Kafka's
//! ReplicationControlManager.alterPartition, PartitionChangeBuilder).
//!
//! Promise: what a leader asks for on old grounds changes nothing: each change names the leader
//! epoch and the partition epoch that it is of. Who is fenced, about to stop, or registered anew
//! does not come in sync (KIP-841, KIP-903). Those that leave while too few stay remain eligible to
//! lead (KIP-966).

use uuid::Uuid;

use crate::config::TopicConfig;
use crate::controller::{Controller, Outcome};
use crate::metadata::topics::{LeaderRecovery, NO_LEADER_CHANGE};
use crate::metadata::{NodeId, Partition, Versioned};
use crate::protocol::metadata_records::PartitionChangeRecord;

/// In a record: all in-sync replicas have what the leader has.
const RECOVERED: i8 = LeaderRecovery::Recovered as i8;
const SAME_RECOVERY: i8 = -1;

/// In-sync replicas that a leader asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InSyncChange {
    pub topic: Uuid,
    pub partition: i32,
    pub leader_epoch: i32,
    /// The partition epoch that it changes.
    pub partition_epoch: i32,
    /// Each with the broker epoch that the leader knows of it, if any.
    pub in_sync: Vec<(NodeId, Option<i64>)>,
}

/// The partition after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InSync {
    pub leader_epoch: i32,
    pub partition_epoch: i32,
    pub in_sync: Vec<NodeId>,
}

/// Why nothing is changed. Kafka has an error code for each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAltered {
    #[error("the broker was registered anew since")]
    StaleBroker,
    #[error("no such topic")]
    UnknownTopic,
    #[error("no such partition")]
    UnknownPartition,
    #[error("the leader's metadata is newer than this controller's")]
    ControllerBehind,
    #[error("the leader epoch is over")]
    FencedLeaderEpoch,
    #[error("the broker does not lead the partition")]
    NotLeader,
    #[error("the partition was changed since")]
    OldPartitionEpoch,
    #[error("the in-sync replicas asked for cannot be: {0}")]
    Invalid(&'static str),
    #[error("node {0} may not come in sync: it is fenced, stops, or was registered anew")]
    Ineligible(NodeId),
}

impl Controller {
    /// Changes the in-sync replicas of a partition that `broker` leads.
    pub fn alter_in_sync(
        &self,
        broker: NodeId,
        broker_epoch: i64,
        change: &InSyncChange,
    ) -> Outcome<Result<InSync, NotAltered>> {
        let record = match self.check_broker_epoch(broker, broker_epoch) {
            Err(_) => Err(NotAltered::StaleBroker),
            Ok(()) => self.in_sync_record(broker, change),
        };
        let record = match record {
            Ok(record) => record,
            Err(refused) => return Outcome::reply(Err(refused)),
        };
        let changed = InSync {
            leader_epoch: change.leader_epoch,
            partition_epoch: change.partition_epoch + 1,
            in_sync: change.in_sync.iter().map(|(node, _)| *node).collect(),
        };
        Outcome::atomic(vec![Versioned::at(record, &self.image().features)], Ok(changed))
    }

    fn in_sync_record(
        &self,
        broker: NodeId,
        change: &InSyncChange,
    ) -> Result<PartitionChangeRecord, NotAltered> {
        let topic = self.image().topics.by_id(change.topic).ok_or(NotAltered::UnknownTopic)?;
        let found = topic.partitions.get(&change.partition);
        let partition = found.ok_or(NotAltered::UnknownPartition)?;
        check_epochs(partition, broker, change)?;
        let in_sync: Vec<NodeId> = change.in_sync.iter().map(|(node, _)| *node).collect();
        check_in_sync(partition, broker, &in_sync)?;
        for (node, epoch) in &change.in_sync {
            let cluster = &self.image().cluster;
            let known = cluster.broker(*node).filter(|known| known.is_active());
            let is_of_now = |epoch: i64| known.is_some_and(|known| known.epoch() == epoch);
            if known.is_none() || !epoch.is_none_or(is_of_now) {
                return Err(NotAltered::Ineligible(*node));
            }
        }
        let mut record = PartitionChangeRecord {
            topic_id: change.topic,
            partition_id: change.partition,
            leader: NO_LEADER_CHANGE,
            leader_recovery_state: match partition.leader_recovery {
                LeaderRecovery::Recovering => RECOVERED,
                LeaderRecovery::Recovered => SAME_RECOVERY,
            },
            ..Default::default()
        };
        self.keep_eligible(&topic.name, partition, &in_sync, &mut record);
        record.isr = Some(in_sync);
        Ok(record)
    }

    /// Who leaves while too few are in sync stays eligible; once there are enough, nobody else is.
    fn keep_eligible(
        &self,
        topic: &str,
        partition: &Partition,
        in_sync: &[NodeId],
        record: &mut PartitionChangeRecord,
    ) {
        if !self.image().features.has_eligible_leader_replicas() {
            return;
        }
        let overlay = &self.image().configs;
        let effective = self.view(overlay).effective();
        let config = TopicConfig::resolve(&effective, overlay.topic(topic));
        let min = (config.min_insync_replicas as usize).min(partition.replicas.len());
        let mut eligible: Vec<NodeId> = Vec::new();
        if in_sync.len() < min {
            let before = partition.eligible_leader_replicas.iter();
            let mut candidates: Vec<NodeId> =
                before.chain(&partition.in_sync_replicas).copied().collect();
            candidates.sort_unstable();
            candidates.dedup();
            candidates.retain(|node| !in_sync.contains(node));
            eligible = candidates;
        } else if !partition.last_known_eligible.is_empty() {
            record.last_known_elr = Some(Vec::new());
        }
        if eligible != partition.eligible_leader_replicas {
            record.eligible_leader_replicas = Some(eligible);
        }
    }
}

/// In Kafka's order.
fn check_epochs(
    partition: &Partition,
    broker: NodeId,
    change: &InSyncChange,
) -> Result<(), NotAltered> {
    let is_newer = change.leader_epoch > partition.leader_epoch
        || change.partition_epoch > partition.partition_epoch;
    if is_newer {
        return Err(NotAltered::ControllerBehind);
    }
    if change.leader_epoch < partition.leader_epoch {
        return Err(NotAltered::FencedLeaderEpoch);
    }
    if partition.leader != broker {
        return Err(NotAltered::NotLeader);
    }
    match change.partition_epoch < partition.partition_epoch {
        true => Err(NotAltered::OldPartitionEpoch),
        false => Ok(()),
    }
}

fn check_in_sync(
    partition: &Partition,
    leader: NodeId,
    in_sync: &[NodeId],
) -> Result<(), NotAltered> {
    let are_distinct = in_sync.iter().enumerate().all(|(at, node)| !in_sync[..at].contains(node));
    if !are_distinct || !in_sync.iter().all(|node| partition.has_replica(*node)) {
        return Err(NotAltered::Invalid("they are not among the partition's replicas"));
    }
    if !in_sync.contains(&leader) {
        return Err(NotAltered::Invalid("the leader is not among them"));
    }
    Ok(())
}
