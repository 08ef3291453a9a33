//! One step of a consumer group: it sets records one by one, and can take all of them back.
//!
//! A step reads what it has set itself. What it set is written as one batch.

use super::group::ConsumerGroup;
use super::metadata_hash::TopicHashes;
use super::record::ConsumerChange;
use crate::coordinators::coordinator::Now;
use crate::coordinators::groups::config::{GroupConfig, Intervals};
use crate::metadata::Image;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a step of a group may look at.
pub(crate) struct Around<'a> {
    pub(crate) image: &'a Arc<Image>,
    pub(crate) versions: Versions,
    pub(crate) config: &'a GroupConfig,
    pub(crate) hashes: &'a mut TopicHashes,
    pub(crate) now: Now,
}

/// Offsets of the metadata log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Versions {
    /// Topics changed for the last time.
    pub(crate) topics: i64,
    /// Topics were created for the last time.
    pub(crate) created: i64,
}

pub(crate) struct Work<'a> {
    pub(super) group: &'a mut ConsumerGroup,
    pub(super) around: Around<'a>,
    done: Done,
}

/// What a step did.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) changes: Vec<ConsumerChange>,
    /// What takes the changes back, in their order.
    pub(crate) undo: Vec<ConsumerChange>,
    /// Patterns that are to be matched against the topics.
    pub(crate) resolve: Option<BTreeSet<String>>,
    /// Epochs that the group has begun.
    pub(crate) rebalances: u64,
    /// Members of the consumer protocol went.
    pub(crate) has_lost_consumers: bool,
}

impl<'a> Work<'a> {
    pub(crate) fn new(group: &'a mut ConsumerGroup, around: Around<'a>) -> Self {
        Work { group, around, done: Done::default() }
    }

    pub(super) fn set(&mut self, change: ConsumerChange) {
        let before = self.group.set(change.clone());
        self.done.changes.push(change);
        self.done.undo.push(before);
    }

    pub(super) fn resolve(&mut self, regexes: BTreeSet<String>) {
        self.done.resolve = Some(regexes);
    }

    pub(super) fn count_lost(&mut self) {
        self.done.has_lost_consumers = true;
    }

    pub(super) fn count_rebalance(&mut self) {
        self.done.rebalances += 1;
    }

    pub(crate) fn finish(self) -> Done {
        self.done
    }

    /// Takes everything back.
    pub(crate) fn abandon(self) {
        for change in self.done.undo.into_iter().rev() {
            let _what_was_set = self.group.set(change);
        }
        self.group.checked_version = None;
    }

    /// The times that hold for the group.
    pub(super) fn intervals(&mut self) -> Intervals {
        if let Some(intervals) = self.group.intervals {
            return intervals;
        }
        let intervals = self.around.config.consumer.intervals(self.around.image, &self.group.id);
        self.group.intervals = Some(intervals);
        intervals
    }
}
