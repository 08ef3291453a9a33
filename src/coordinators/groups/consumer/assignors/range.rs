//! Ranges of each topic's partitions, in the order of the members: static ones by their instance
//! id first, so that they keep theirs over a restart.
//!
//! Source: RangeAssignor.

use super::{Spec, Subscriber, number};
use crate::coordinators::groups::consumer::assignment::Partitions;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What of one topic is given out next.
struct Ranges {
    quota: usize,
    /// Members that get one more.
    extra: usize,
    next: usize,
}

pub(super) fn assign(spec: &Spec<'_>) -> Vec<Partitions> {
    let mut ranges = ranges(spec);
    let mut order: Vec<usize> = (0..spec.subscribers.len()).collect();
    order.sort_by_key(|index| spec.subscribers.get(*index).map(order_of));
    let mut targets = vec![Partitions::new(); spec.subscribers.len()];
    for index in order {
        let (Some(subscriber), Some(target)) =
            (spec.subscribers.get(index), targets.get_mut(index))
        else {
            continue;
        };
        for topic in subscriber.topics.iter() {
            let Some(ranges) = ranges.get_mut(topic) else { continue };
            let range = ranges.take();
            if !range.is_empty() {
                target.insert(*topic, range.map(number).collect());
            }
        }
    }
    targets
}

/// Static members come before others.
fn order_of<'a>(subscriber: &Subscriber<'a>) -> (bool, Option<&'a str>, &'a str) {
    (subscriber.instance_id.is_none(), subscriber.instance_id, subscriber.member_id)
}

fn ranges(spec: &Spec<'_>) -> BTreeMap<Uuid, Ranges> {
    let mut subscribers: BTreeMap<Uuid, usize> = BTreeMap::new();
    for subscriber in &spec.subscribers {
        for topic in subscriber.topics.iter() {
            *subscribers.entry(*topic).or_default() += 1;
        }
    }
    let ranges = |(topic, members): (Uuid, usize)| {
        let count = spec.partitions_of(&topic);
        (topic, Ranges { quota: count / members, extra: count % members, next: 0 })
    };
    subscribers.into_iter().map(ranges).collect()
}

impl Ranges {
    fn take(&mut self) -> std::ops::Range<usize> {
        let mut count = self.quota;
        if self.extra > 0 {
            self.extra -= 1;
            count += 1;
        }
        let start = self.next;
        self.next += count;
        start..self.next
    }
}
