//! How many partitions this node takes.
//!
//! Kafka has no such bound and fails at the descriptors. The cause is that of its nearest case, a
//! request for too many partitions at once, which clients take for final.

use shards::limits;

use crate::controller::refusal::{Cause, Refusal};
use crate::controller::{Controller, Options};
use crate::metadata::topic_name;

/// What is left for a request.
pub(super) struct Room {
    partitions: usize,
    max: usize,
    descriptors: u64,
}

impl Controller {
    pub(super) fn room(&self) -> Room {
        let Options { descriptors_max: descriptors, .. } = self.options;
        let partitions = self.image().topics.iter().map(|topic| topic.partitions.len()).sum();
        Room { partitions, max: limits::partitions_max(descriptors), descriptors }
    }
}

impl Room {
    /// Takes the room of a topic's new partitions. The broker's own topics have it always: without
    /// them no group and no transaction works.
    pub(super) fn take(&mut self, topic: &str, partitions: usize) -> Result<(), Refusal> {
        let after = self.partitions.saturating_add(partitions);
        if after > self.max && !topic_name::is_internal(topic) {
            let Room { max, descriptors, .. } = self;
            return Err(Refusal::new(
                Cause::PolicyViolation,
                format!(
                    "{partitions} more partition(s) of topic '{topic}' would make {after}, and \
                     this node takes {max} with its {descriptors} file descriptors: raise their \
                     limit (ulimit -Hn, or LimitNOFILE of systemd) and start it again."
                ),
            ));
        }
        self.partitions = after;
        Ok(())
    }
}
