//! New topics: which are refused and why, where their partitions go, which records make them.
//!
//! The sentences are those that Kafka's tools and their tests know.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::controller::configs::EffectiveConfig;
use crate::controller::limits::{PARTITIONS_PER_REQUEST_MAX, RECORDS_PER_BATCH_MAX};
use crate::controller::refusal::{Cause, Refusal};
use crate::controller::{Controller, Entropy, Outcome, Permits, placer, random_uuid, unlimited};
use crate::metadata::topics::{
    DIRECTORY_MIGRATING, DIRECTORY_UNASSIGNED, LeaderRecovery, Partition,
};
use crate::metadata::{NodeId, Versioned, topic_name};
use crate::protocol::create_topics::request::{
    CreatableReplicaAssignment, CreatableTopic, Request,
};
use crate::protocol::metadata_records::TopicRecord;

/// What became of one topic of the request.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicResult {
    pub name: String,
    pub result: Result<CreatedTopic, Refusal>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CreatedTopic {
    pub id: Uuid,
    pub partitions: i32,
    pub replication_factor: i16,
    /// What holds for the topic now, in the order of the names.
    pub configs: Vec<EffectiveConfig>,
}

impl Controller {
    /// The results are in the order of the request. An error refuses the whole request.
    pub fn create_topics(
        &self,
        request: &Request,
        entropy: Entropy<'_>,
    ) -> Result<Outcome<Vec<TopicResult>>, Refusal> {
        self.create_permitted_topics(request, entropy, &mut unlimited)
    }

    /// The same, as far as the client may.
    pub fn create_permitted_topics(
        &self,
        request: &Request,
        entropy: Entropy<'_>,
        permits: Permits<'_>,
    ) -> Result<Outcome<Vec<TopicResult>>, Refusal> {
        self.check_number_of_partitions(&request.topics)?;
        let mut records = Vec::new();
        let mut results = Vec::with_capacity(request.topics.len());
        let mut room = self.room();
        for topic in &request.topics {
            let permits: Permits<'_> = &mut |partitions| {
                room.take(&topic.name, partitions)?;
                permits(partitions)
            };
            let result = self.create_topic(topic, &mut records, entropy, permits);
            results.push(TopicResult { name: topic.name.clone(), result });
            check_number_of_records(&records)?;
        }
        if request.validate_only {
            records.clear();
        }
        Ok(Outcome::atomic(records, results))
    }

    fn check_number_of_partitions(&self, topics: &[CreatableTopic]) -> Result<(), Refusal> {
        let partitions = |topic: &CreatableTopic| match topic.num_partitions {
            _ if !topic.assignments.is_empty() => topic.assignments.len() as i64,
            -1 => i64::from(self.options.partitions),
            partitions => i64::from(partitions.max(0)),
        };
        if topics.iter().map(partitions).sum::<i64>() > PARTITIONS_PER_REQUEST_MAX {
            return Err(Refusal::new(
                Cause::PolicyViolation,
                "Excessively large number of partitions per request.",
            ));
        }
        Ok(())
    }

    fn create_topic(
        &self,
        topic: &CreatableTopic,
        records: &mut Vec<Versioned>,
        entropy: Entropy<'_>,
        permits: Permits<'_>,
    ) -> Result<CreatedTopic, Refusal> {
        self.check_name(&topic.name)?;
        let (config_records, configs) = self.check_configs(topic)?;
        let partitions = if topic.assignments.is_empty() {
            self.place_partitions(topic, entropy)?
        } else {
            self.assigned_partitions(topic)?
        };
        permits(partitions.len())?;
        let id = random_uuid(entropy);
        records.push(Versioned::v0(TopicRecord { name: topic.name.clone(), topic_id: id }));
        records.extend(config_records);
        let features = &self.image().features;
        for (partition_id, partition) in (0..).zip(&partitions) {
            let record = partition.to_record(id, partition_id, features.partition_version());
            records.push(Versioned::at(record, features));
        }
        Ok(CreatedTopic {
            id,
            partitions: partitions.len() as i32,
            replication_factor: partitions.first().map_or(0, |first| first.replicas.len()) as i16,
            configs,
        })
    }

    fn check_name(&self, name: &str) -> Result<(), Refusal> {
        let invalid = |message| Refusal { cause: Cause::InvalidTopicName, message: Some(message) };
        topic_name::validate(name).map_err(invalid)?;
        if name == topic_name::CLUSTER_METADATA {
            let message = format!("Creation of internal topic {name} is prohibited.");
            return Err(Refusal::new(Cause::InvalidRequest, message));
        }
        let topics = &self.image().topics;
        if topics.by_name(name).is_some() {
            return Err(Refusal::new(
                Cause::TopicExists,
                format!("Topic '{name}' already exists."),
            ));
        }
        match topics.colliding(name) {
            Some(other) => {
                Err(invalid(format!("Topic '{name}' collides with existing topic: {other}")))
            }
            None => Ok(()),
        }
    }

    fn check_configs(
        &self,
        topic: &CreatableTopic,
    ) -> Result<(Vec<Versioned>, Vec<EffectiveConfig>), Refusal> {
        let unset = topic.configs.iter().filter(|config| config.value.is_none());
        let unset: Vec<&str> = unset.map(|config| config.name.as_str()).collect();
        if !unset.is_empty() {
            return Err(Refusal::new(
                Cause::InvalidConfig,
                format!("Null value not supported for topic configs: {}", unset.join(",")),
            ));
        }
        let named = topic.configs.iter();
        let configs: Vec<(String, Option<String>)> =
            named.map(|config| (config.name.clone(), config.value.clone())).collect();
        self.configure_new_topic(&topic.name, &configs)
    }

    fn place_partitions(
        &self,
        topic: &CreatableTopic,
        entropy: Entropy<'_>,
    ) -> Result<Vec<Partition>, Refusal> {
        if topic.replication_factor < -1 || topic.replication_factor == 0 {
            return Err(Refusal::new(
                Cause::InvalidReplicationFactor,
                "Replication factor must be larger than 0, or -1 to use the default value.",
            ));
        }
        if topic.num_partitions < -1 || topic.num_partitions == 0 {
            return Err(Refusal::new(
                Cause::InvalidPartitions,
                "Number of partitions was set to an invalid non-positive value.",
            ));
        }
        let or_default = |value, default| if value == -1 { default } else { value };
        let partitions = or_default(topic.num_partitions, self.options.partitions);
        let replication_factor = match topic.replication_factor {
            -1 => self.options.replication_factor,
            factor => factor,
        };
        self.place(partitions as usize, replication_factor, entropy)
    }

    /// New partitions on brokers of the controller's choice.
    pub(super) fn place(
        &self,
        partitions: usize,
        replication_factor: i16,
        entropy: Entropy<'_>,
    ) -> Result<Vec<Partition>, Refusal> {
        let refuse = |reason: &str| {
            Refusal::new(
                Cause::InvalidReplicationFactor,
                format!("Unable to replicate the partition {replication_factor} time(s): {reason}"),
            )
        };
        let cluster = &self.image().cluster;
        let placed = placer::place(cluster, partitions, replication_factor, entropy);
        placed
            .map_err(|reason| refuse(&reason))?
            .into_iter()
            .map(|replicas| {
                let partition = self.new_partition(replicas);
                partition.ok_or_else(|| {
                    refuse("All brokers are currently fenced or in controlled shutdown.")
                })
            })
            .collect()
    }

    fn assigned_partitions(&self, topic: &CreatableTopic) -> Result<Vec<Partition>, Refusal> {
        let request = |what| {
            Refusal::new(
                Cause::InvalidRequest,
                format!(
                    "A manual partition assignment was specified, but {what} was not set to -1."
                ),
            )
        };
        if topic.replication_factor != -1 {
            return Err(request("replication factor"));
        }
        if topic.num_partitions != -1 {
            return Err(request("numPartitions"));
        }
        let mut assigned: BTreeMap<i32, Partition> = BTreeMap::new();
        let mut replication_factor = None;
        for CreatableReplicaAssignment { partition_index, broker_ids } in &topic.assignments {
            if assigned.contains_key(partition_index) {
                return Err(assignment(format!(
                    "Found multiple manual partition assignments for partition {partition_index}"
                )));
            }
            let partition = self.assign(*partition_index, broker_ids, replication_factor)?;
            replication_factor = Some(broker_ids.len());
            assigned.insert(*partition_index, partition);
        }
        if !assigned.keys().copied().eq(0..assigned.len() as i32) {
            return Err(assignment("partitions should be a consecutive 0-based integer sequence"));
        }
        Ok(assigned.into_values().collect())
    }

    /// A new partition on brokers of the client's choice.
    pub(super) fn assign(
        &self,
        partition: i32,
        brokers: &[NodeId],
        replication_factor: Option<usize>,
    ) -> Result<Partition, Refusal> {
        self.check_assignment(brokers, replication_factor)?;
        self.new_partition(brokers.to_vec()).ok_or_else(|| {
            assignment(format!(
                "All brokers specified in the manual partition assignment for partition \
                 {partition} are fenced or in controlled shutdown."
            ))
        })
    }

    pub(super) fn check_assignment(
        &self,
        brokers: &[NodeId],
        replication_factor: Option<usize>,
    ) -> Result<(), Refusal> {
        const PREFIX: &str = "The manual partition assignment includes";
        if brokers.is_empty() {
            return Err(assignment(format!("{PREFIX} an empty replica list.")));
        }
        let mut sorted = brokers.to_vec();
        sorted.sort_unstable();
        for (position, broker) in sorted.iter().enumerate() {
            if self.image().cluster.broker(*broker).is_none() {
                return Err(assignment(format!(
                    "{PREFIX} broker {broker}, but no such broker is registered."
                )));
            }
            if position > 0 && sorted[position - 1] == *broker {
                return Err(assignment(format!("{PREFIX} the broker {broker} more than once.")));
            }
        }
        match replication_factor {
            Some(expected) if expected != brokers.len() => Err(assignment(format!(
                "{PREFIX} a partition with {} replica(s), but this is not consistent with \
                 previous partitions, which have {expected} replica(s).",
                brokers.len()
            ))),
            _ => Ok(()),
        }
    }

    /// None if none of the brokers may lead.
    fn new_partition(&self, replicas: Vec<NodeId>) -> Option<Partition> {
        let cluster = &self.image().cluster;
        let active = replicas.iter().copied().filter(|replica| cluster.is_active(*replica));
        let in_sync_replicas: Vec<NodeId> = active.collect();
        Some(Partition {
            directories: replicas.iter().map(|&replica| self.default_directory(replica)).collect(),
            replicas,
            leader: *in_sync_replicas.first()?,
            in_sync_replicas,
            removing_replicas: Vec::new(),
            adding_replicas: Vec::new(),
            eligible_leader_replicas: Vec::new(),
            last_known_eligible: Vec::new(),
            leader_recovery: LeaderRecovery::Recovered,
            leader_epoch: 0,
            partition_epoch: 0,
        })
    }

    /// The broker's directory if it has one only; otherwise the broker chooses.
    pub(super) fn default_directory(&self, broker: NodeId) -> Uuid {
        let broker = self.image().cluster.broker(broker);
        match broker.map(|broker| broker.registration.log_dirs.as_slice()) {
            Some([]) => DIRECTORY_MIGRATING,
            Some([directory]) => *directory,
            _ => DIRECTORY_UNASSIGNED,
        }
    }
}

pub(super) fn assignment(message: impl Into<String>) -> Refusal {
    Refusal::new(Cause::InvalidReplicaAssignment, message)
}

pub(super) fn check_number_of_records(records: &[Versioned]) -> Result<(), Refusal> {
    if records.len() > RECORDS_PER_BATCH_MAX {
        return Err(Refusal::new(
            Cause::PolicyViolation,
            "Unable to perform excessively large batch operation.",
        ));
    }
    Ok(())
}
