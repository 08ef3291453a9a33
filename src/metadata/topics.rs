//! Topics and partitions as the metadata log describes them.
//!
//! Lives on: any core, inside an `Image`. Copies share all topics that did not change.

use std::sync::Arc;

use uuid::Uuid;

use crate::metadata::cluster::NodeId;
use crate::metadata::shared_map::SharedMap;
use crate::metadata::topic_name;
use crate::protocol::metadata_records::{PartitionChangeRecord, PartitionRecord};

/// In place of a leader.
pub const NO_LEADER: NodeId = -1;
/// In a change record: the leader stays.
pub const NO_LEADER_CHANGE: NodeId = -2;

/// Directory of a replica, when it was written before directories were known.
pub const DIRECTORY_MIGRATING: Uuid = Uuid::from_u128(0);
/// Directory of a replica whose broker has not chosen one yet.
pub const DIRECTORY_UNASSIGNED: Uuid = Uuid::from_u128(1);
/// Directory of a replica that its broker cannot find any more.
pub const DIRECTORY_LOST: Uuid = Uuid::from_u128(2);

#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    pub id: Uuid,
    pub name: Arc<str>,
    pub partitions: SharedMap<i32, Arc<Partition>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LeaderRecovery {
    #[default]
    Recovered,
    /// After an unclean election.
    Recovering,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    pub replicas: Vec<NodeId>,
    /// One for each replica.
    pub directories: Vec<Uuid>,
    pub in_sync_replicas: Vec<NodeId>,
    pub removing_replicas: Vec<NodeId>,
    pub adding_replicas: Vec<NodeId>,
    pub eligible_leader_replicas: Vec<NodeId>,
    pub last_known_eligible: Vec<NodeId>,
    pub leader: NodeId,
    pub leader_recovery: LeaderRecovery,
    pub leader_epoch: i32,
    pub partition_epoch: i32,
}

impl Partition {
    pub fn leader(&self) -> Option<NodeId> {
        (self.leader != NO_LEADER).then_some(self.leader)
    }

    pub fn has_replica(&self, node: NodeId) -> bool {
        self.replicas.contains(&node)
    }

    /// The directory that holds the replica of `node`.
    pub fn directory_of(&self, node: NodeId) -> Option<Uuid> {
        let position = self.replicas.iter().position(|&replica| replica == node)?;
        self.directories.get(position).copied()
    }

    /// The same, if the metadata knows it.
    pub fn assigned_directory_of(&self, node: NodeId) -> Option<Uuid> {
        let unknown = [DIRECTORY_MIGRATING, DIRECTORY_UNASSIGNED];
        self.directory_of(node).filter(|directory| !unknown.contains(directory))
    }

    pub fn from_record(record: &PartitionRecord) -> Self {
        Self {
            directories: directories_for(&record.directories, record.replicas.len()),
            replicas: record.replicas.clone(),
            in_sync_replicas: record.isr.clone(),
            removing_replicas: record.removing_replicas.clone(),
            adding_replicas: record.adding_replicas.clone(),
            eligible_leader_replicas: record.eligible_leader_replicas.clone().unwrap_or_default(),
            last_known_eligible: record.last_known_elr.clone().unwrap_or_default(),
            leader: record.leader,
            leader_recovery: leader_recovery(record.leader_recovery_state),
            leader_epoch: record.leader_epoch,
            partition_epoch: record.partition_epoch,
        }
    }

    /// With the fields that `metadata_version` knows.
    pub fn to_record(&self, topic_id: Uuid, partition_id: i32, version: i16) -> PartitionRecord {
        let unless_empty =
            |nodes: &Vec<NodeId>| (version >= 2 && !nodes.is_empty()).then(|| nodes.clone());
        PartitionRecord {
            partition_id,
            topic_id,
            replicas: self.replicas.clone(),
            isr: self.in_sync_replicas.clone(),
            removing_replicas: self.removing_replicas.clone(),
            adding_replicas: self.adding_replicas.clone(),
            leader: self.leader,
            leader_recovery_state: self.leader_recovery as i8,
            leader_epoch: self.leader_epoch,
            partition_epoch: self.partition_epoch,
            directories: if version >= 1 { self.directories.clone() } else { Vec::new() },
            eligible_leader_replicas: unless_empty(&self.eligible_leader_replicas),
            last_known_elr: unless_empty(&self.last_known_eligible),
        }
    }

    /// What a change record makes of it: each change is a new partition epoch, each change of
    /// the leader (even to the same one) a new leader epoch.
    #[must_use]
    pub fn changed(&self, record: &PartitionChangeRecord) -> Self {
        let or_same = |change: &Option<Vec<NodeId>>, same: &Vec<NodeId>| {
            change.as_ref().unwrap_or(same).clone()
        };
        let replicas = or_same(&record.replicas, &self.replicas);
        let directories = record.directories.as_ref().unwrap_or(&self.directories);
        let (leader, leader_epoch) = match record.leader {
            NO_LEADER_CHANGE => (self.leader, self.leader_epoch),
            leader => (leader, self.leader_epoch.wrapping_add(1)),
        };
        Self {
            directories: directories_for(directories, replicas.len()),
            replicas,
            in_sync_replicas: or_same(&record.isr, &self.in_sync_replicas),
            removing_replicas: or_same(&record.removing_replicas, &self.removing_replicas),
            adding_replicas: or_same(&record.adding_replicas, &self.adding_replicas),
            eligible_leader_replicas: or_same(
                &record.eligible_leader_replicas,
                &self.eligible_leader_replicas,
            ),
            last_known_eligible: or_same(&record.last_known_elr, &self.last_known_eligible),
            leader,
            leader_recovery: match record.leader_recovery_state {
                -1 => self.leader_recovery,
                state => leader_recovery(state),
            },
            leader_epoch,
            partition_epoch: self.partition_epoch.wrapping_add(1),
        }
    }
}

fn leader_recovery(state: i8) -> LeaderRecovery {
    if state == LeaderRecovery::Recovering as i8 {
        LeaderRecovery::Recovering
    } else {
        LeaderRecovery::Recovered
    }
}

/// One directory for each replica: records before directories were known name none.
fn directories_for(directories: &[Uuid], replicas: usize) -> Vec<Uuid> {
    let missing = if directories.is_empty() { DIRECTORY_MIGRATING } else { DIRECTORY_UNASSIGNED };
    let mut directories = directories.to_vec();
    directories.resize(replicas, missing);
    directories
}

/// All topics, by id and by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Topics {
    by_id: SharedMap<Uuid, Arc<Topic>>,
    by_name: SharedMap<Arc<str>, Uuid>,
    /// (normalized name, name) of the topics whose names may collide with others.
    collidable: SharedMap<(String, Arc<str>), ()>,
}

impl Topics {
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub fn by_id(&self, id: Uuid) -> Option<&Arc<Topic>> {
        self.by_id.get(&id)
    }

    pub fn by_name(&self, name: &str) -> Option<&Arc<Topic>> {
        self.by_id.get(self.by_name.get(name)?)
    }

    pub fn id_of(&self, name: &str) -> Option<Uuid> {
        self.by_name.get(name).copied()
    }

    pub fn partition(&self, id: Uuid, partition: i32) -> Option<&Arc<Partition>> {
        self.by_id(id)?.partitions.get(&partition)
    }

    /// In the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Topic>> {
        self.by_id.values()
    }

    /// In the order of their names.
    pub fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.by_name.keys()
    }

    /// The names not before `name`, in order.
    pub fn names_from(&self, name: &str) -> impl Iterator<Item = &Arc<str>> {
        self.by_name.iter_from(name).map(|(name, _)| name)
    }

    /// A topic whose name differs from `name` in '.' and '_' only (or not at all).
    pub fn colliding(&self, name: &str) -> Option<&Arc<str>> {
        if !topic_name::may_collide(name) {
            return None;
        }
        let normalized = topic_name::normalize(name);
        let first = (normalized.clone(), Arc::from(""));
        let ((found, name), ()) = self.collidable.iter_from(&first).next()?;
        (*found == normalized).then_some(name)
    }

    pub(super) fn insert(&mut self, topic: Topic) {
        if topic_name::may_collide(&topic.name) {
            let key = (topic_name::normalize(&topic.name), topic.name.clone());
            self.collidable.insert(key, ());
        }
        self.by_name.insert(topic.name.clone(), topic.id);
        self.by_id.insert(topic.id, Arc::new(topic));
    }

    pub(super) fn remove(&mut self, id: Uuid) -> Option<Arc<Topic>> {
        let topic = self.by_id.remove(&id)?;
        self.by_name.remove(&*topic.name);
        self.collidable.remove(&(topic_name::normalize(&topic.name), topic.name.clone()));
        Some(topic)
    }

    pub(super) fn topic_mut(&mut self, id: Uuid) -> Option<&mut Topic> {
        self.by_id.get_mut(&id).map(Arc::make_mut)
    }
}
