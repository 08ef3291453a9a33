//! The uniform assignor where all subscribe to the same topics.
//!
//! Balance comes first: numbers of partitions differ by one at most. Then as few moves as that
//! allows.
//! Source: UniformHomogeneousAssignmentBuilder.

use super::{Spec, number};
use crate::coordinators::groups::consumer::assignment::Partitions;
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) fn assign(spec: &Spec<'_>) -> Vec<Partitions> {
    let mut work = Work::new(spec);
    work.keep_within_quotas();
    work.give_out();
    work.targets
}

struct Work<'a> {
    spec: &'a Spec<'a>,
    /// Whether somebody has the partition, or it is among the unassigned.
    is_placed: BTreeMap<Uuid, Vec<bool>>,
    unassigned: Vec<(Uuid, i32)>,
    /// Members below their quota, and by how much.
    unfilled: Vec<(usize, usize)>,
    targets: Vec<Partitions>,
    quota: usize,
    /// Members that get one partition more than the quota.
    extra: usize,
}

impl<'a> Work<'a> {
    fn new(spec: &'a Spec<'a>) -> Self {
        let topics = spec.subscribers.first().map(|first| first.topics.clone());
        let topics = topics.unwrap_or_default();
        let total: usize = topics.iter().map(|topic| spec.partitions_of(topic)).sum();
        let members = spec.subscribers.len().max(1);
        let mut work = Work {
            spec,
            is_placed: topics.iter().map(|topic| (*topic, spec.vacant(topic))).collect(),
            unassigned: Vec::new(),
            unfilled: Vec::new(),
            targets: vec![Partitions::new(); spec.subscribers.len()],
            quota: total / members,
            extra: total % members,
        };
        work.find_unassigned();
        work
    }

    /// Partitions that nobody's last target has.
    fn find_unassigned(&mut self) {
        let mut is_had = self.is_placed.clone();
        for subscriber in &self.spec.subscribers {
            for (topic, partitions) in subscriber.target {
                let Some(flags) = is_had.get_mut(topic) else { continue };
                for partition in partitions {
                    if let Some(flag) = flag_of(flags, *partition) {
                        *flag = true;
                    }
                }
            }
        }
        for (topic, flags) in is_had {
            let free = flags.iter().enumerate().filter(|(_, is_had)| !**is_had);
            self.unassigned.extend(free.map(|(partition, _)| (topic, number(partition))));
        }
    }

    fn keep_within_quotas(&mut self) {
        let spec = self.spec;
        for (index, subscriber) in spec.subscribers.iter().enumerate() {
            let has_extra = self.extra > 0;
            let mut quota = self.quota + usize::from(has_extra);
            for (topic, partitions) in subscriber.target {
                self.keep_of_topic(index, *topic, partitions.iter().copied(), &mut quota);
            }
            let others_could_take_it = spec.subscribers.len() - index > self.extra;
            let gives_up_extra = has_extra && quota > 0 && others_could_take_it;
            if gives_up_extra {
                quota -= 1;
            }
            if quota > 0 {
                self.unfilled.push((index, quota));
            }
            if has_extra && !gives_up_extra {
                self.extra -= 1;
            }
        }
    }

    fn keep_of_topic(
        &mut self,
        index: usize,
        topic: Uuid,
        partitions: impl Iterator<Item = i32>,
        quota: &mut usize,
    ) {
        let (Some(flags), Some(target)) =
            (self.is_placed.get_mut(&topic), self.targets.get_mut(index))
        else {
            return;
        };
        for partition in partitions {
            // A partition that is no more, or that two targets had, counts once or not at all.
            let Some(is_placed) = flag_of(flags, partition).filter(|is_placed| !**is_placed) else {
                continue;
            };
            *is_placed = true;
            if *quota > 0 {
                *quota -= 1;
                target.entry(topic).or_default().insert(partition);
            } else {
                self.unassigned.push((topic, partition));
            }
        }
    }

    fn give_out(&mut self) {
        let mut unassigned = std::mem::take(&mut self.unassigned).into_iter();
        for (index, quota) in std::mem::take(&mut self.unfilled) {
            let Some(target) = self.targets.get_mut(index) else { continue };
            for (topic, partition) in unassigned.by_ref().take(quota) {
                target.entry(topic).or_default().insert(partition);
            }
        }
        assert!(
            unassigned.next().is_none() || self.spec.subscribers.is_empty(),
            "the quotas add up to all partitions"
        );
    }
}

impl Spec<'_> {
    fn vacant(&self, topic: &Uuid) -> Vec<bool> {
        vec![false; self.partitions_of(topic)]
    }
}

fn flag_of(flags: &mut [bool], partition: i32) -> Option<&mut bool> {
    flags.get_mut(usize::try_from(partition).ok()?)
}
