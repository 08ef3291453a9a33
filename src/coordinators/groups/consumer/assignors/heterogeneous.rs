//! The uniform assignor where members subscribe to different topics.
//!
//! Keeps what the last target gave, gives out the rest to the least loaded subscribers, then moves
//! partitions from the most loaded subscribers of a topic to the least loaded ones.
//! Source: UniformHeterogeneousAssignmentBuilder.
//! Limits: ROUNDS_MAX.

use super::{Spec, number};
use crate::coordinators::groups::consumer::assignment::Partitions;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Rounds over all topics. One is enough when a topic's subscribers subscribe to the same; each
/// round about halves the imbalance of others.
const ROUNDS_MAX: usize = 16;

pub(super) fn assign(spec: &Spec<'_>) -> Vec<Partitions> {
    let mut work = Work::new(spec);
    work.keep_last_targets(spec);
    work.give_out();
    work.balance();
    work.targets(spec.subscribers.len())
}

struct Topic {
    id: Uuid,
    /// Members by their index, ascending.
    subscribers: Vec<usize>,
    /// Which member is to have each partition.
    owners: Vec<Option<usize>>,
}

struct Work {
    /// Those with most partitions for each subscriber first.
    topics: Vec<Topic>,
    /// How many partitions each member is to have.
    sizes: Vec<usize>,
}

impl Work {
    fn new(spec: &Spec<'_>) -> Self {
        let mut subscribers: BTreeMap<Uuid, Vec<usize>> = BTreeMap::new();
        for (index, subscriber) in spec.subscribers.iter().enumerate() {
            for topic in subscriber.topics.iter() {
                subscribers.entry(*topic).or_default().push(index);
            }
        }
        let topic = |(id, subscribers): (Uuid, Vec<usize>)| {
            let owners = vec![None; spec.partitions_of(&id)];
            Topic { id, subscribers, owners }
        };
        let mut topics: Vec<Topic> = subscribers.into_iter().map(topic).collect();
        topics.sort_by(Topic::order);
        Work { topics, sizes: vec![0; spec.subscribers.len()] }
    }

    fn keep_last_targets(&mut self, spec: &Spec<'_>) {
        let places: BTreeMap<Uuid, usize> =
            self.topics.iter().enumerate().map(|(place, topic)| (topic.id, place)).collect();
        for (index, subscriber) in spec.subscribers.iter().enumerate() {
            for (id, partitions) in subscriber.target {
                let topic = places.get(id).and_then(|place| self.topics.get_mut(*place));
                let Some(topic) = topic.filter(|_| subscriber.topics.contains(id)) else {
                    continue;
                };
                for partition in partitions {
                    let slot = usize::try_from(*partition).ok();
                    let owner = slot.and_then(|slot| topic.owners.get_mut(slot));
                    if let Some(owner) = owner.filter(|owner| owner.is_none()) {
                        *owner = Some(index);
                        add(&mut self.sizes, index);
                    }
                }
            }
        }
    }

    fn give_out(&mut self) {
        for topic in &mut self.topics {
            if topic.owners.iter().all(Option::is_some) {
                continue;
            }
            let mut balancer = Balancer::new(&topic.subscribers, &self.sizes);
            for owner in topic.owners.iter_mut().filter(|owner| owner.is_none()) {
                let member = balancer.next_least(&self.sizes);
                *owner = Some(member);
                add(&mut self.sizes, member);
            }
        }
    }

    /// Until a round over all topics moved nothing.
    fn balance(&mut self) {
        let mut last_moved = None;
        for _ in 0..ROUNDS_MAX {
            for (place, topic) in self.topics.iter_mut().enumerate() {
                if topic.subscribers.len() < 2 {
                    continue;
                }
                if last_moved == Some(place) {
                    return;
                }
                if topic.balance(&mut self.sizes) || last_moved.is_none() {
                    last_moved = Some(place);
                }
            }
        }
    }

    fn targets(&self, members: usize) -> Vec<Partitions> {
        let mut targets = vec![Partitions::new(); members];
        for topic in &self.topics {
            for (partition, owner) in topic.owners.iter().enumerate() {
                if let Some(target) = owner.and_then(|owner| targets.get_mut(owner)) {
                    target.entry(topic.id).or_default().insert(number(partition));
                }
            }
        }
        targets
    }
}

impl Topic {
    fn order(&self, other: &Topic) -> Ordering {
        // a/b against c/d without a fraction; nobody's topics are not listed.
        let ours = self.owners.len() * other.subscribers.len();
        let theirs = other.owners.len() * self.subscribers.len();
        let fewer = || self.subscribers.len().cmp(&other.subscribers.len());
        theirs.cmp(&ours).then_with(fewer).then_with(|| self.id.cmp(&other.id))
    }

    /// Moves partitions of this topic between its subscribers; whether it moved any.
    fn balance(&mut self, sizes: &mut [usize]) -> bool {
        let mut balancer = Balancer::new(&self.subscribers, sizes);
        if balancer.imbalance(sizes) <= 1 {
            return false;
        }
        let mut held: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (partition, owner) in self.owners.iter().enumerate() {
            if let Some(owner) = owner {
                held.entry(*owner).or_default().push(partition);
            }
        }
        let mut has_moved = false;
        while !balancer.is_balanced() {
            let Some((from, partition)) = balancer.next_to_give(sizes, &mut held) else { break };
            let to = balancer.next_least(sizes);
            if balancer.is_balanced() {
                break;
            }
            if let Some(owner) = self.owners.get_mut(partition) {
                *owner = Some(to);
            }
            subtract(sizes, from);
            add(sizes, to);
            has_moved = true;
        }
        has_moved
    }
}

/// A topic's subscribers by their load. The least loaded are a range at the front that grows to the
/// right, the most loaded one that grows to the left; within each range all have the same load.
struct Balancer {
    sorted: Vec<usize>,
    least_end: usize,
    least_size: isize,
    next_least: usize,
    most_start: usize,
    most_end: usize,
    most_size: isize,
    /// The next to give, and one more.
    next_most: usize,
}

impl Balancer {
    fn new(subscribers: &[usize], sizes: &[usize]) -> Self {
        assert!(!subscribers.is_empty(), "a listed topic has subscribers");
        let mut sorted = subscribers.to_vec();
        sorted.sort_by_key(|member| (size_of(sizes, *member), *member));
        let size_at = |at: Option<&usize>| at.map_or(0, |member| size_of(sizes, *member));
        Balancer {
            least_end: 0,
            least_size: size_at(sorted.first()) - 1,
            next_least: 0,
            most_start: sorted.len(),
            most_end: sorted.len(),
            most_size: size_at(sorted.last()) + 1,
            next_most: sorted.len(),
            sorted,
        }
    }

    fn imbalance(&self, sizes: &[usize]) -> isize {
        let size = |member: Option<&usize>| member.map_or(0, |member| size_of(sizes, *member));
        size(self.sorted.last()) - size(self.sorted.first())
    }

    fn is_balanced(&self) -> bool {
        self.most_size - self.least_size <= 1
    }

    fn member_at(&self, place: usize) -> usize {
        self.sorted.get(place).copied().expect("the ranges stay within the subscribers")
    }

    /// Who gets the next partition.
    fn next_least(&mut self, sizes: &[usize]) -> usize {
        if self.next_least >= self.least_end {
            self.least_size += 1;
            while self.least_end < self.sorted.len()
                && size_of(sizes, self.member_at(self.least_end)) == self.least_size
            {
                self.least_end += 1;
            }
            self.next_least = 0;
        }
        self.next_least += 1;
        self.member_at(self.next_least - 1)
    }

    /// Who gives a partition, and which; `None`: nobody has one to give.
    fn next_to_give(
        &mut self,
        sizes: &[usize],
        held: &mut BTreeMap<usize, Vec<usize>>,
    ) -> Option<(usize, usize)> {
        loop {
            let member = self.next_most(sizes)?;
            match held.get_mut(&member).and_then(Vec::pop) {
                Some(partition) => return Some((member, partition)),
                None => self.exclude_last_most(),
            }
        }
    }

    fn next_most(&mut self, sizes: &[usize]) -> Option<usize> {
        if self.next_most <= self.most_start {
            let is_empty = self.most_end <= self.most_start;
            match self.most_start.checked_sub(1) {
                Some(before) if is_empty => {
                    self.most_size = size_of(sizes, self.member_at(before));
                }
                _ => self.most_size -= 1,
            }
            while self.most_start > 0
                && size_of(sizes, self.member_at(self.most_start - 1)) == self.most_size
            {
                self.most_start -= 1;
            }
            self.next_most = self.most_end;
        }
        self.next_most = self.next_most.checked_sub(1)?;
        Some(self.member_at(self.next_most))
    }

    /// The member that came last has nothing to give: it leaves the range at its end.
    fn exclude_last_most(&mut self) {
        self.most_end -= 1;
        self.sorted.swap(self.next_most, self.most_end);
    }
}

fn size_of(sizes: &[usize], member: usize) -> isize {
    sizes.get(member).map_or(0, |size| isize::try_from(*size).unwrap_or(isize::MAX))
}

fn add(sizes: &mut [usize], member: usize) {
    if let Some(size) = sizes.get_mut(member) {
        *size += 1;
    }
}

fn subtract(sizes: &mut [usize], member: usize) {
    if let Some(size) = sizes.get_mut(member) {
        *size -= 1;
    }
}
