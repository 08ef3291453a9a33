//! Server-side assignors: which member is to have which partitions.
//!
//! Source: Kafka's UniformAssignor and RangeAssignor. Neither looks at racks, as in Kafka 4.4;
//! racks count for the metadata hash alone.
//! Promise: each partition of a subscribed topic goes to exactly one of the topic's subscribers;
//! the same input gives the same output.

mod heterogeneous;
mod homogeneous;
mod range;

#[cfg(test)]
mod tests;

use super::assignment::Partitions;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use uuid::Uuid;

/// The assignors of `group.consumer.assignors`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignor {
    /// Even numbers of partitions, as few moves as that allows.
    Uniform,
    /// Of each topic a range; the same numbers of topics with as many partitions.
    Range,
}

impl Assignor {
    pub const ALL: [Assignor; 2] = [Assignor::Uniform, Assignor::Range];

    pub fn name(self) -> &'static str {
        match self {
            Assignor::Uniform => "uniform",
            Assignor::Range => "range",
        }
    }

    pub fn by_name(name: &str) -> Option<Assignor> {
        Assignor::ALL.into_iter().find(|assignor| assignor.name() == name)
    }
}

/// A member as an assignor sees it.
#[derive(Clone, Debug)]
pub(super) struct Subscriber<'a> {
    pub(super) member_id: &'a str,
    pub(super) instance_id: Option<&'a str>,
    /// Topics that exist; the set is shared by those who subscribe to the same.
    pub(super) topics: Rc<BTreeSet<Uuid>>,
    /// What the last target gave it.
    pub(super) target: &'a Partitions,
}

/// What an assignor works on.
#[derive(Clone, Debug, Default)]
pub(super) struct Spec<'a> {
    pub(super) subscribers: Vec<Subscriber<'a>>,
    /// How many partitions each topic has that somebody subscribes to.
    pub(super) partitions: BTreeMap<Uuid, usize>,
}

impl Spec<'_> {
    fn partitions_of(&self, topic: &Uuid) -> usize {
        self.partitions.get(topic).copied().unwrap_or(0)
    }

    /// Whether all subscribe to the same topics.
    fn is_homogeneous(&self) -> bool {
        let mut sets = self.subscribers.iter().map(|subscriber| &subscriber.topics);
        let Some(first) = sets.next() else { return true };
        sets.all(|other| Rc::ptr_eq(first, other) || first == other)
    }
}

/// The targets, in the order of the subscribers.
pub(super) fn assign(assignor: Assignor, spec: &Spec<'_>) -> Vec<Partitions> {
    match assignor {
        Assignor::Range => range::assign(spec),
        Assignor::Uniform if spec.is_homogeneous() => homogeneous::assign(spec),
        Assignor::Uniform => heterogeneous::assign(spec),
    }
}

fn number(partition: usize) -> i32 {
    i32::try_from(partition).expect("the image counts partitions in 32 bits")
}
