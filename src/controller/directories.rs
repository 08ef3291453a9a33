//! Which log directory of its broker holds a replica (KIP-858).
//!
//! A broker with several directories chooses one when it creates the replica, and says so here;
//! from then on the replica is looked for there alone, so that a directory that is not mounted is
//! never taken for one whose replicas are new and empty.

use uuid::Uuid;

use crate::controller::{Controller, Outcome};
use crate::metadata::topics::NO_LEADER;
use crate::metadata::{NodeId, Partition, Versioned};
use crate::protocol::metadata_records::{BrokerRegistrationChangeRecord, PartitionChangeRecord};

/// A replica, by topic and partition, and the directory its broker keeps it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kept {
    pub topic: Uuid,
    pub partition: i32,
    pub directory: Uuid,
}

impl Controller {
    /// Writes down where `broker` keeps replicas. What is gone or known already is passed over.
    pub fn assign_directories(&self, broker: NodeId, kept: &[Kept]) -> Outcome<()> {
        let features = &self.image().features;
        if !features.has_directories() {
            return Outcome::reply(());
        }
        let mut records = Vec::new();
        for Kept { topic, partition: partition_id, directory } in kept.iter().copied() {
            let known = self.image().topics.by_id(topic);
            let Some(partition) = known.and_then(|topic| topic.partitions.get(&partition_id))
            else {
                continue;
            };
            if partition.directory_of(broker).is_none_or(|known| known == directory) {
                continue;
            }
            let of = |(replica, known): (&NodeId, &Uuid)| match *replica == broker {
                true => directory,
                false => *known,
            };
            let directories = partition.replicas.iter().zip(&partition.directories).map(of);
            let record = PartitionChangeRecord {
                topic_id: topic,
                partition_id,
                directories: Some(directories.collect()),
                ..Default::default()
            };
            records.push(Versioned::at(record, features));
        }
        Outcome::loose(records, ())
    }

    /// Takes a directory of `broker` that has failed out of its registration, and the lead from the
    /// replicas in it. The last one stays: without it, nothing is known about directories.
    pub fn fail_directory(&self, broker: NodeId, failed: Uuid) -> Outcome<()> {
        let Some(registered) = self.image().cluster.broker(broker) else {
            return Outcome::reply(());
        };
        let known = &registered.registration.log_dirs;
        let online: Vec<Uuid> = known.iter().copied().filter(|known| *known != failed).collect();
        if online.is_empty() || online.len() == known.len() {
            return Outcome::reply(());
        }
        let change = BrokerRegistrationChangeRecord {
            broker_id: broker,
            broker_epoch: registered.epoch(),
            log_dirs: online,
            ..Default::default()
        };
        let mut records = vec![Versioned::at(change, &self.image().features)];
        self.take_lead_where(broker, |directory| directory == Some(failed), &mut records);
        Outcome::loose(records, ())
    }

    /// Takes the lead from replicas of `broker` whose directory is not among its registered ones.
    pub(super) fn lead_without_directory(&self, broker: NodeId, records: &mut Vec<Versioned>) {
        let registered = self.image().cluster.broker(broker);
        let serves = |directory: Option<Uuid>| {
            registered.zip(directory).is_some_and(|(broker, id)| broker.has_online_directory(id))
        };
        self.take_lead_where(broker, |directory| !serves(directory), records);
    }

    /// Takes the lead from replicas of `broker` in such directories.
    fn take_lead_where(
        &self,
        broker: NodeId,
        is_lost: impl Fn(Option<Uuid>) -> bool,
        records: &mut Vec<Versioned>,
    ) {
        for topic in self.image().topics.iter() {
            for (partition_id, partition) in topic.partitions.iter() {
                if partition.leader == broker && is_lost(partition.directory_of(broker)) {
                    let record = PartitionChangeRecord {
                        topic_id: topic.id,
                        partition_id: *partition_id,
                        leader: NO_LEADER,
                        ..Default::default()
                    };
                    records.push(Versioned::at(record, &self.image().features));
                }
            }
        }
    }

    /// Whether the directory of a broker's replica serves, as far as is known.
    pub(super) fn has_directory(&self, partition: &Partition, broker: NodeId) -> bool {
        let directory = partition.directory_of(broker);
        let registered = self.image().cluster.broker(broker);
        registered.zip(directory).is_some_and(|(broker, id)| broker.has_online_directory(id))
    }
}
