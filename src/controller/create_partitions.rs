//! More partitions for existing topics.

use crate::controller::create_topics::{assignment, check_number_of_records};
use crate::controller::limits::PARTITIONS_PER_REQUEST_MAX;
use crate::controller::refusal::{Cause, Refusal};
use crate::controller::{Controller, Entropy, Outcome, Permits};
use crate::metadata::{Partition, Topic, Versioned};
use crate::protocol::create_partitions::request::CreatePartitionsTopic;

/// What became of one topic of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicResult {
    pub name: String,
    pub result: Result<(), Refusal>,
}

impl Controller {
    /// The results are in the order of the topics. An error refuses the whole request.
    pub fn create_partitions(
        &self,
        topics: &[CreatePartitionsTopic],
        validate_only: bool,
        entropy: Entropy<'_>,
        permits: Permits<'_>,
    ) -> Result<Outcome<Vec<TopicResult>>, Refusal> {
        let mut records = Vec::new();
        let mut results = Vec::with_capacity(topics.len());
        let mut room = self.room();
        for topic in topics {
            let permits: Permits<'_> = &mut |partitions| {
                room.take(&topic.name, partitions)?;
                permits(partitions)
            };
            let result = self.extend_topic(topic, &mut records, entropy, permits);
            results.push(TopicResult { name: topic.name.clone(), result });
            check_number_of_records(&records)?;
        }
        if validate_only {
            records.clear();
        }
        Ok(Outcome::atomic(records, results))
    }

    fn extend_topic(
        &self,
        request: &CreatePartitionsTopic,
        records: &mut Vec<Versioned>,
        entropy: Entropy<'_>,
        permits: Permits<'_>,
    ) -> Result<(), Refusal> {
        let unknown = Refusal::plain(Cause::UnknownTopic);
        let topic = self.image().topics.by_name(&request.name).ok_or(unknown)?;
        let existing = topic.partitions.len() as i32;
        let additional = additional(request, existing)?;
        let partitions = self.additional_partitions(topic, request, additional, entropy)?;
        permits(partitions.len())?;
        let features = &self.image().features;
        for (partition_id, partition) in (existing..).zip(&partitions) {
            let record = partition.to_record(topic.id, partition_id, features.partition_version());
            records.push(Versioned::at(record, features));
        }
        Ok(())
    }

    fn additional_partitions(
        &self,
        topic: &Topic,
        request: &CreatePartitionsTopic,
        additional: usize,
        entropy: Entropy<'_>,
    ) -> Result<Vec<Partition>, Refusal> {
        let first = topic.partitions.values().next();
        let replicas = first.map_or(1, |partition| partition.replicas.len());
        let Some(assignments) = &request.assignments else {
            return self.place(additional, replicas as i16, entropy);
        };
        let existing = topic.partitions.len() as i32;
        (existing..)
            .zip(assignments)
            .map(|(partition, assigned)| {
                self.assign(partition, &assigned.broker_ids, Some(replicas))
            })
            .collect()
    }
}

/// How many partitions the request adds.
fn additional(request: &CreatePartitionsTopic, existing: i32) -> Result<usize, Refusal> {
    let invalid = |message| Refusal { cause: Cause::InvalidPartitions, message: Some(message) };
    let CreatePartitionsTopic { name, count, assignments } = request;
    if *count == existing {
        return Err(invalid(format!("Topic already has {existing} partition(s).")));
    }
    if *count < existing {
        return Err(invalid(format!(
            "The topic {name} currently has {existing} partition(s); {count} would not be an \
             increase."
        )));
    }
    let additional = i64::from(*count) - i64::from(existing);
    if let Some(assignments) = assignments.as_ref().filter(|a| a.len() as i64 != additional) {
        return Err(assignment(format!(
            "Attempted to add {additional} additional partition(s), but only {} assignment(s) \
             were specified.",
            assignments.len()
        )));
    }
    if additional > PARTITIONS_PER_REQUEST_MAX {
        return Err(Refusal::new(
            Cause::PolicyViolation,
            "Unable to perform excessively large batch operation.",
        ));
    }
    Ok(additional as usize)
}
