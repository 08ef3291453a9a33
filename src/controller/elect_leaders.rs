//! Elections that an operator asks for.

use crate::controller::create_topics::check_number_of_records;
use crate::controller::refusal::{Cause, Refusal};
use crate::controller::{Controller, Outcome};
use crate::metadata::topics::NO_LEADER;
use crate::metadata::{NodeId, Partition, Versioned};
use crate::protocol::metadata_records::PartitionChangeRecord;

/// Who may be elected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Election {
    /// The first replica, if it is in sync.
    Preferred,
    /// Anybody, if nobody leads: records may be lost.
    Unclean,
}

/// What became of one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElectionResult {
    pub topic: String,
    pub partition: i32,
    pub result: Result<(), Refusal>,
}

impl Controller {
    /// For the partitions named, or all. Of all, those that need no election are left out.
    pub fn elect_leaders(
        &self,
        election: Election,
        partitions: Option<&[(String, i32)]>,
    ) -> Result<Outcome<Vec<ElectionResult>>, Refusal> {
        let named: Vec<(String, i32)> = match partitions {
            Some(partitions) => partitions.to_vec(),
            None => self.all_partitions(),
        };
        let mut records = Vec::new();
        let mut results = Vec::with_capacity(named.len());
        for (topic, partition) in named {
            let result = self.elect_leader(election, &topic, partition, &mut records);
            let is_needless =
                result.as_ref().is_err_and(|refusal| refusal.cause == Cause::ElectionNotNeeded);
            if partitions.is_some() || !is_needless {
                results.push(ElectionResult { topic, partition, result });
            }
            check_number_of_records(&records)?;
        }
        Ok(Outcome::loose(records, results))
    }

    fn all_partitions(&self) -> Vec<(String, i32)> {
        let topics = self.image().topics.iter();
        let named = topics.flat_map(|topic| {
            topic.partitions.keys().map(|partition| (topic.name.to_string(), *partition))
        });
        named.collect()
    }

    fn elect_leader(
        &self,
        election: Election,
        topic: &str,
        partition_id: i32,
        records: &mut Vec<Versioned>,
    ) -> Result<(), Refusal> {
        let unknown = |what| Refusal::new(Cause::UnknownTopic, what);
        let known = self.image().topics.by_name(topic);
        let known = known.ok_or_else(|| unknown(format!("No such topic as {topic}")))?;
        let partition = known.partitions.get(&partition_id);
        let partition = partition
            .ok_or_else(|| unknown(format!("No such partition as {topic}-{partition_id}")))?;
        let (leader, is_clean) = self.choose_leader(election, partition)?;
        let mut record = PartitionChangeRecord {
            partition_id,
            topic_id: known.id,
            leader,
            ..Default::default()
        };
        if !partition.in_sync_replicas.contains(&leader) {
            record.isr = Some(vec![leader]);
            record.eligible_leader_replicas = Some(Vec::new());
            record.leader_recovery_state = if is_clean { -1 } else { 1 };
        }
        if !partition.last_known_eligible.is_empty() {
            record.last_known_elr = Some(Vec::new());
        }
        records.push(Versioned::at(record, &self.image().features));
        Ok(())
    }

    /// The new leader, and whether it has all records.
    fn choose_leader(
        &self,
        election: Election,
        partition: &Partition,
    ) -> Result<(NodeId, bool), Refusal> {
        let is_active = |node: &NodeId| {
            self.image().cluster.is_active(*node) && self.has_directory(partition, *node)
        };
        let has_everything = |node: &NodeId| {
            let in_sync = &partition.in_sync_replicas;
            let eligible = &partition.eligible_leader_replicas;
            in_sync.contains(node) || (in_sync.is_empty() && eligible.contains(node))
        };
        let mut replicas = partition.replicas.iter().copied();
        match election {
            Election::Preferred => match replicas.next() {
                Some(first) if first == partition.leader => {
                    Err(Refusal::plain(Cause::ElectionNotNeeded))
                }
                Some(first) if is_active(&first) && has_everything(&first) => Ok((first, true)),
                _ => Err(Refusal::plain(Cause::PreferredLeaderNotAvailable)),
            },
            Election::Unclean if partition.leader != NO_LEADER => {
                Err(Refusal::plain(Cause::ElectionNotNeeded))
            }
            Election::Unclean => {
                let active: Vec<NodeId> = replicas.filter(is_active).collect();
                let clean = active.iter().copied().find(has_everything);
                let chosen = clean.or(active.first().copied());
                chosen
                    .map(|leader| (leader, clean.is_some()))
                    .ok_or(Refusal::plain(Cause::EligibleLeadersNotAvailable))
            }
        }
    }
}
