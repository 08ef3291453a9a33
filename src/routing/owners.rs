//! Which core owns which partition of this node.
//!
//! Lives on: every core has a copy; shard 0 makes the next one and tells all.
//! Promise: a copy costs nothing. Read next: mod.rs.

use shards::units::{PartitionId, ShardId};

use crate::metadata::shared_map::SharedMap;

/// The placement of the partitions that have a replica here.
#[derive(Clone, Default)]
pub struct Owners(SharedMap<PartitionId, ShardId>);

impl Owners {
    pub fn owner(&self, partition: PartitionId) -> Option<ShardId> {
        self.0.get(&partition).copied()
    }

    pub fn insert(&mut self, partition: PartitionId, owner: ShardId) {
        self.0.insert(partition, owner);
    }

    pub fn remove(&mut self, partition: PartitionId) {
        self.0.remove(&partition);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (PartitionId, ShardId)> + '_ {
        self.0.iter().map(|(partition, owner)| (*partition, *owner))
    }
}
