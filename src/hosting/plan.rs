//! From one image to the next: what each core of this node has to do.
//!
//! Lives on: shard 0; pure. A partition is hosted here if this node is among its replicas.
//! Promise: work is found from the difference of the two images in what changed, so that what was
//! done already is not done again.
//! Read next: publisher.rs, which carries it out.

use std::collections::BTreeMap;

use shards::log::config::LogConfig;
use shards::log::lifecycle::LogSpec;
use shards::placement::Placement;
use shards::replica::{Assignment, Member};
use shards::units::{LeaderEpoch, NodeId, PartitionId, ShardId, Uuid};

use crate::config::{ConfigResource, Settings, TopicConfig, View};
use crate::metadata::cluster::{self, Broker};
use crate::metadata::delta::Changes;
use crate::metadata::image::Image;
use crate::metadata::log_config::log_config;
use crate::metadata::topics::{Partition, Topic};

/// Whose node it is, and how it is set.
#[derive(Clone, Copy, Debug)]
pub struct Here<'a> {
    pub node_id: cluster::NodeId,
    pub settings: &'a Settings,
    pub producer_id_expiration_ms: u64,
    pub replica_lag_ms_max: u64,
}

/// A partition to be there, and the part that this node plays in it.
#[derive(Clone, Debug)]
pub struct Open {
    pub spec: LogSpec,
    /// The directory that has it, if one was chosen before.
    pub kept_in: Option<Uuid>,
    pub assignment: Assignment,
}

/// What one core has to do, in this order.
#[derive(Clone, Debug, Default)]
pub struct Work {
    pub delete: Vec<PartitionId>,
    pub open: Vec<Open>,
    pub configure: Vec<(PartitionId, LogConfig)>,
    /// Partitions that were open before, and in which this node plays another part now.
    pub assign: Vec<(PartitionId, Assignment)>,
}

/// What all cores have to do.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub work: BTreeMap<ShardId, Work>,
    pub opened: Vec<(PartitionId, ShardId)>,
    pub deleted: Vec<PartitionId>,
    /// For the placement's file.
    pub placed: Vec<u8>,
}

/// Plans the way from `before` to `after`, and places what is new.
pub fn plan(
    here: Here<'_>,
    before: &Image,
    after: &Image,
    changes: &Changes,
    placement: &mut Placement,
) -> Plan {
    let mut planner = Planner::new(here, after, placement);
    for (topic_id, partitions) in &changes.topics {
        let old = before.topics.by_id(*topic_id);
        let new = after.topics.by_id(*topic_id);
        for &index in partitions {
            let find = |topic: &'_ std::sync::Arc<Topic>| topic.partitions.get(&index).cloned();
            let id = PartitionId { topic: *topic_id, index };
            planner.partition(id, old.and_then(find).as_deref(), new.zip(new.and_then(find)));
        }
    }
    for topic in topics_to_configure(before, after, changes) {
        planner.configure(topic);
    }
    planner.plan
}

/// Plans the opening of partitions of `image` that could not be opened when they came.
pub fn plan_again(
    here: Here<'_>,
    image: &Image,
    partitions: impl IntoIterator<Item = PartitionId>,
    placement: &mut Placement,
) -> Plan {
    let mut planner = Planner::new(here, image, placement);
    for id in partitions {
        let topic = image.topics.by_id(id.topic);
        let partition = topic.and_then(|topic| topic.partitions.get(&id.index).cloned());
        planner.partition(id, None, topic.zip(partition));
    }
    planner.plan
}

/// Topics that were there before and whose configuration may have changed.
fn topics_to_configure<'i>(
    before: &'i Image,
    after: &'i Image,
    changes: &Changes,
) -> Vec<&'i Topic> {
    let was_there = |topic: &&Topic| before.topics.by_id(topic.id).is_some();
    let brokers_changed =
        changes.configs.iter().any(|resource| matches!(resource, ConfigResource::Broker(_)));
    if brokers_changed {
        return after.topics.iter().map(|topic| &**topic).filter(was_there).collect();
    }
    let named = changes.configs.iter().filter_map(|resource| match resource {
        ConfigResource::Topic(name) => after.topics.by_name(name).map(|topic| &**topic),
        _ => None,
    });
    named.filter(was_there).collect()
}

struct Planner<'a> {
    here: Here<'a>,
    after: &'a Image,
    placement: &'a mut Placement,
    /// The broker's settings with what administrators set; made when first needed.
    effective: Option<Settings>,
    plan: Plan,
}

impl<'a> Planner<'a> {
    fn new(here: Here<'a>, after: &'a Image, placement: &'a mut Placement) -> Self {
        Self { here, after, placement, effective: None, plan: Plan::default() }
    }

    fn partition(
        &mut self,
        id: PartitionId,
        old: Option<&Partition>,
        new: Option<(&std::sync::Arc<Topic>, std::sync::Arc<Partition>)>,
    ) {
        let node = self.here.node_id;
        let was_here = old.is_some_and(|partition| partition.has_replica(node));
        match new {
            Some((topic, new)) if new.has_replica(node) => {
                let assignment = self.assignment(&new);
                if !was_here {
                    self.open(id, topic, new.assigned_directory_of(node), assignment);
                } else if old != Some(&*new)
                    && let Some(work) = self.work_of(id)
                {
                    work.assign.push((id, assignment));
                }
            }
            _ if was_here => self.delete(id),
            _ => {}
        }
    }

    fn open(
        &mut self,
        id: PartitionId,
        topic: &Topic,
        kept_in: Option<Uuid>,
        assignment: Assignment,
    ) {
        let shard = self.placement.place(id, &mut self.plan.placed);
        let name = format!("{}-{}", topic.name, id.index);
        let spec = LogSpec { id, name, config: self.config(topic) };
        self.plan.opened.push((id, shard));
        self.plan.work.entry(shard).or_default().open.push(Open { spec, kept_in, assignment });
    }

    /// What the image says of a partition, and of the brokers that have its replicas.
    fn assignment(&self, partition: &Partition) -> Assignment {
        let cluster = &self.after.cluster;
        let member = |node: &i32| Member {
            node: NodeId(*node),
            broker_epoch: cluster.broker(*node).map(Broker::epoch),
            is_eligible: cluster.is_active(*node),
        };
        Assignment {
            node: NodeId(self.here.node_id),
            leader: partition.leader().map(NodeId),
            leader_epoch: LeaderEpoch(partition.leader_epoch),
            partition_epoch: partition.partition_epoch,
            replicas: partition.replicas.iter().map(member).collect(),
            in_sync: partition.in_sync_replicas.iter().copied().map(NodeId).collect(),
        }
    }

    fn delete(&mut self, id: PartitionId) {
        self.plan.deleted.push(id);
        if let Some(shard) = self.placement.remove(id, &mut self.plan.placed) {
            self.plan.work.entry(shard).or_default().delete.push(id);
        }
    }

    fn configure(&mut self, topic: &Topic) {
        let config = self.config(topic);
        for (&index, partition) in topic.partitions.iter() {
            let id = PartitionId { topic: topic.id, index };
            if partition.has_replica(self.here.node_id)
                && let Some(work) = self.work_of(id)
            {
                work.configure.push((id, config.clone()));
            }
        }
    }

    fn work_of(&mut self, id: PartitionId) -> Option<&mut Work> {
        let shard = self.placement.owner(id)?;
        Some(self.plan.work.entry(shard).or_default())
    }

    fn config(&mut self, topic: &Topic) -> LogConfig {
        let overlay = &self.after.configs;
        let effective = self.effective.get_or_insert_with(|| {
            let view = View {
                node_id: self.here.node_id,
                settings: self.here.settings,
                overlay,
                eligible_leader_replicas: self.after.features.has_eligible_leader_replicas(),
            };
            view.effective()
        });
        let topic = TopicConfig::resolve(effective, overlay.topic(&topic.name));
        let mut config = log_config(&topic, self.here.producer_id_expiration_ms);
        config.replication.lag_ms_max = self.here.replica_lag_ms_max;
        config
    }
}

#[cfg(test)]
mod tests;
