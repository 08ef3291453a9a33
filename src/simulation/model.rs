//! What the clients know of the node: topics, and what each partition must hold.
//!
//! Promise: a violation names the partition and what was known before.
//! Read next: model/partition.rs.

mod commits;
mod configs;
mod ownership;
mod partition;
mod topics;
mod transactions;

pub(super) use commits::CommitModel;
pub(super) use configs::ConfigModel;
pub(super) use ownership::OwnershipModel;
pub(super) use partition::{Floors, PartitionModel};
pub(super) use topics::{Existence, TopicModel};
pub(super) use transactions::{Fate, TransactionsModel};

use std::collections::{BTreeMap, BTreeSet};

use shards::units::{Offset, PartitionId};
use uuid::Uuid;

use super::operations::transactions::Unfinished;

/// Names a partition, for ever.
pub(super) type PartitionName = (Uuid, i32);

#[derive(Debug, Default)]
pub(super) struct Model {
    pub topics: BTreeMap<Uuid, TopicModel>,
    pub partitions: BTreeMap<PartitionName, PartitionModel>,
    has_retention: bool,
    commits: BTreeMap<(String, PartitionName), CommitModel>,
    ownerships: BTreeMap<String, OwnershipModel>,
    configs: BTreeMap<String, ConfigModel>,
    producer_ids: BTreeSet<i64>,
    pub transactions: TransactionsModel,
    /// Transactions that are not ended yet when the faults end.
    pub unfinished: Vec<Unfinished>,
}

impl Model {
    /// `has_retention`: logs keep so much at the most, and delete the rest.
    pub(super) fn new(has_retention: bool) -> Model {
        Model { has_retention, ..Model::default() }
    }

    pub(super) fn partition(&mut self, name: PartitionName) -> &mut PartitionModel {
        let deletes_itself = self.has_retention;
        let partition = self.partitions.entry(name).or_default();
        partition.deletes_itself = deletes_itself;
        partition
    }

    /// What a group has committed for a partition.
    pub(super) fn commit(&mut self, group: &str, name: PartitionName) -> &mut CommitModel {
        self.commits.entry((group.to_owned(), name)).or_default()
    }

    /// A key of the topic whose configuration changes.
    pub(super) fn config(&mut self, key: &str) -> &mut ConfigModel {
        self.configs.entry(key.to_owned()).or_default()
    }

    /// Who owns what in a group.
    pub(super) fn ownership(&mut self, group: &str) -> &mut OwnershipModel {
        self.ownerships.entry(group.to_owned()).or_default()
    }

    /// Groups, and the partitions that are there for which they have committed something.
    pub(super) fn committed(&self) -> Vec<(String, PartitionName)> {
        let live = self.commits.keys().filter(|(_, name)| self.is_live(name.0));
        live.cloned().collect()
    }

    /// No two producers get the same id, before and after a crash.
    pub(super) fn producer_id_given(&mut self, id: i64) -> Result<(), String> {
        match self.producer_ids.insert(id) {
            true => Ok(()),
            false => Err(format!("the producer id {id} was given twice")),
        }
    }

    /// Partitions that are there for certain.
    pub(super) fn live_partitions(&self) -> Vec<PartitionName> {
        let live = self.topics.iter().filter(|(_, topic)| topic.existence == Existence::Live);
        live.flat_map(|(id, topic)| (0..topic.partitions).map(|index| (*id, index))).collect()
    }

    pub(super) fn is_live(&self, topic: Uuid) -> bool {
        self.topics.get(&topic).is_some_and(|topic| topic.existence == Existence::Live)
    }

    /// Whether the records of a partition before an offset were deleted, perhaps, or all of it was.
    pub(super) fn may_be_gone(&mut self, id: PartitionId, before: Offset) -> bool {
        let is_known = self.topics.contains_key(&id.topic);
        let log_start_max = self.partition((id.topic, id.index)).log_start_max();
        (is_known && (self.has_retention || !self.is_live(id.topic))) || before.0 <= log_start_max
    }

    pub(super) fn live_topic(&self, name: &str) -> Option<Uuid> {
        let live = |topic: &TopicModel| topic.existence == Existence::Live && topic.name == name;
        self.topics.iter().find(|(_, topic)| live(topic)).map(|(id, _)| *id)
    }
}
