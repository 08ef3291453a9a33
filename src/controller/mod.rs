//! Decides about the cluster's metadata.
//!
//! Lives on: shard 0, inside of the task that owns the metadata log (log.rs).
//! Promise: every method looks at the state, never at the world, and returns records and a reply;
//! the state changes only in `replay`, once the records have a place in the log.
//! Never: does I/O, reads the clock, chooses a Kafka error code (handlers map `Cause`).
//! Limits: limits.rs.   Read next: create_topics.rs for a request, quorum.rs for who may decide.

pub mod alter_partition;
pub mod brokers;
pub mod client_quotas;
pub mod codec;
pub mod configs;
pub mod create_partitions;
pub mod create_topics;
pub mod directories;
pub mod elect_leaders;
pub mod features;
pub mod internal_topics;
pub mod limits;
pub mod loading;
pub mod log;
pub mod placer;
pub mod producer_ids;
pub mod quorum;
pub mod reassign;
pub mod refusal;
mod room;
pub mod snapshot_file;
pub mod update_features;

pub use codec::Entry;
pub use configs::EffectiveConfig;
pub use refusal::{Cause, Refusal};

use std::sync::Arc;

use shards::entropy::HashSet;
use uuid::Uuid;

use crate::config::Settings;
use crate::metadata::topics::DIRECTORY_LOST;
use crate::metadata::{Delta, Image, NodeId, Provenance, ReplayError, Versioned, VoterSet};
use crate::protocol::metadata_records::{MetadataRecord, RemoveTopicRecord};

/// What a request comes to: records for the log, and the reply once they are durable.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome<R> {
    /// Control records, appended as a batch of their own before the others.
    pub quorum: Vec<Entry>,
    pub records: Vec<Versioned>,
    /// All records in one batch or none; otherwise they may be cut into several.
    pub atomic: bool,
    pub reply: R,
}

impl<R> Outcome<R> {
    pub fn atomic(records: Vec<Versioned>, reply: R) -> Self {
        Self { quorum: Vec::new(), records, atomic: true, reply }
    }

    /// Records that may be cut into several batches.
    pub fn loose(records: Vec<Versioned>, reply: R) -> Self {
        Self { quorum: Vec::new(), records, atomic: false, reply }
    }

    /// Nothing to write.
    pub fn reply(reply: R) -> Self {
        Self { quorum: Vec::new(), records: Vec::new(), atomic: true, reply }
    }
}

/// A source of random numbers: the engine's entropy, or a test's.
pub type Entropy<'a> = &'a mut dyn FnMut() -> u64;

/// Asked before partitions are created or deleted, with their number: whether the client may.
pub type Permits<'a> = &'a mut dyn FnMut(usize) -> Result<(), Refusal>;

/// Of who has no quota.
pub fn unlimited(_partitions: usize) -> Result<(), Refusal> {
    Ok(())
}

/// What the controller has to know of its node's configuration.
#[derive(Clone, Debug)]
pub struct Options {
    pub node_id: NodeId,
    /// Of topics whose creator leaves it open.
    pub partitions: i32,
    pub replication_factor: i16,
    /// Of its process: how many partitions it takes goes by that.
    pub descriptors_max: u64,
    /// This node alone, as the log names it once the quorum is dynamic.
    pub voters: VoterSet,
    /// Everything static, to judge configurations by.
    pub settings: Arc<Settings>,
}

/// The controller's state: what the log says, replayed as soon as it is appended.
pub struct Controller {
    state: Delta,
    next_offset: i64,
    options: Options,
}

impl Controller {
    /// From what a snapshot and the log have given.
    pub fn new(state: Delta, options: Options) -> Self {
        let next_offset = state.image().provenance.last_offset + 1;
        Self { state, next_offset, options }
    }

    /// With everything that was appended, durable or not.
    pub fn image(&self) -> &Image {
        self.state.image()
    }

    pub fn state(&mut self) -> &mut Delta {
        &mut self.state
    }

    /// The offset that the next record gets.
    pub fn next_offset(&self) -> i64 {
        self.next_offset
    }

    /// Applies records that were appended as one batch ending at `end`.
    pub fn replay<'r>(
        &mut self,
        records: impl IntoIterator<Item = &'r MetadataRecord>,
        end: Provenance,
    ) -> Result<(), ReplayError> {
        assert!(end.last_offset >= self.next_offset, "the metadata log went back");
        for record in records {
            self.state.replay(record)?;
        }
        self.advance(end);
        Ok(())
    }

    /// Passes a batch without metadata records.
    pub fn advance(&mut self, end: Provenance) {
        self.state.advance(end);
        self.next_offset = end.last_offset + 1;
    }

    /// Refuses ids that are not there, and what is not permitted; deletes the others.
    pub fn delete_topics(
        &self,
        ids: &[Uuid],
        permits: Permits<'_>,
    ) -> Outcome<Vec<(Uuid, Result<(), Refusal>)>> {
        let (mut records, mut removed) = (Vec::new(), HashSet::default());
        let mut results = Vec::with_capacity(ids.len());
        for &id in ids {
            let topic = self.image().topics.by_id(id);
            let unknown = || Refusal::plain(Cause::UnknownTopicId);
            let permitted = topic.ok_or_else(unknown).and_then(|t| permits(t.partitions.len()));
            if let Err(refusal) = permitted {
                results.push((id, Err(refusal)));
                continue;
            }
            if removed.insert(id) {
                records.push(Versioned::v0(RemoveTopicRecord { topic_id: id }));
            }
            results.push((id, Ok(())));
        }
        Outcome::atomic(records, results)
    }
}

/// A random id that Kafka's tools can take as an argument: none that is reserved, none whose
/// text begins with a dash.
pub fn random_uuid(entropy: Entropy<'_>) -> Uuid {
    loop {
        let random = (u128::from(entropy()) << 64) | u128::from(entropy());
        let uuid = uuid::Builder::from_random_bytes(random.to_be_bytes()).into_uuid();
        let first = uuid.as_bytes()[0] >> 2;
        const DASH: u8 = 62;
        if first != DASH && uuid.as_u128() > DIRECTORY_LOST.as_u128() + 100 {
            return uuid;
        }
    }
}

#[cfg(test)]
mod tests;
