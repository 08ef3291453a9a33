//! Committed offsets of the groups of one partition, and those of transactions still open.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::partition::GroupPartition;

/// An offset a group has committed for a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedOffset {
    pub offset: i64,
    pub leader_epoch: Option<i32>,
    pub metadata: String,
    pub commit_timestamp_ms: i64,
    /// Only commits of old clients have one.
    pub expire_timestamp_ms: Option<i64>,
    /// Which topic of that name was meant, when the client said so.
    pub topic_id: Option<Uuid>,
}

pub(super) type TopicOffsets = BTreeMap<String, BTreeMap<i32, Sequenced>>;

/// A commit and its place among all commits replayed, which decides between a plain and a
/// transactional one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sequenced {
    pub(super) sequence: u64,
    pub(super) committed: CommittedOffset,
}

/// Group, topic and partition.
type Location = (String, String, i32);

/// What the end of a transaction changed.
#[derive(Debug)]
pub(super) struct Ended {
    producer_id: i64,
    taken: BTreeMap<String, TopicOffsets>,
    /// The offsets that it made the group's, with those that stood there before.
    replaced: Vec<(Location, Option<Sequenced>)>,
}

impl GroupPartition {
    /// Each offset that is committed: group, topic, partition, offset.
    pub fn committed_offsets(&self) -> impl Iterator<Item = (&str, &str, i32, i64)> {
        self.offsets.committed()
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Offsets {
    groups: BTreeMap<String, TopicOffsets>,
    transactions: BTreeMap<i64, BTreeMap<String, TopicOffsets>>,
    count: usize,
    /// In transactions that are open.
    pending_count: usize,
    sequence: u64,
}

impl Offsets {
    pub(super) fn len(&self) -> usize {
        self.count + self.pending_count
    }

    /// Each offset that is committed: group, topic, partition, offset.
    pub(super) fn committed(&self) -> impl Iterator<Item = (&str, &str, i32, i64)> {
        self.groups.iter().flat_map(|(group, topics)| {
            topics.iter().flat_map(move |(topic, partitions)| {
                partitions.iter().map(move |(partition, at)| {
                    (group.as_str(), topic.as_str(), *partition, at.committed.offset)
                })
            })
        })
    }

    pub(super) fn of_group(&self, group_id: &str) -> Option<&TopicOffsets> {
        self.groups.get(group_id)
    }

    pub(super) fn get(
        &self,
        group_id: &str,
        topic: &str,
        partition: i32,
    ) -> Option<&CommittedOffset> {
        let offset = self.groups.get(group_id)?.get(topic)?.get(&partition)?;
        Some(&offset.committed)
    }

    /// Sets an offset and returns the one it replaces.
    pub(super) fn put(
        &mut self,
        group_id: &str,
        topic: &str,
        partition: i32,
        committed: CommittedOffset,
    ) -> Option<CommittedOffset> {
        self.sequence += 1;
        let new = Sequenced { sequence: self.sequence, committed };
        let old = insert(&mut self.groups, group_id, topic, partition, new);
        self.count += usize::from(old.is_none());
        old.map(|old| old.committed)
    }

    /// Removes an offset, those of open transactions included, and returns what was committed.
    pub(super) fn remove(
        &mut self,
        group_id: &str,
        topic: &str,
        partition: i32,
    ) -> Option<CommittedOffset> {
        for groups in self.transactions.values_mut() {
            let removed = remove(groups, group_id, topic, partition);
            self.pending_count -= usize::from(removed.is_some());
        }
        let old = remove(&mut self.groups, group_id, topic, partition)?;
        self.count -= 1;
        Some(old.committed)
    }

    pub(super) fn put_in_transaction(
        &mut self,
        producer_id: i64,
        group_id: &str,
        topic: &str,
        partition: i32,
        committed: CommittedOffset,
    ) -> Option<Sequenced> {
        self.sequence += 1;
        let new = Sequenced { sequence: self.sequence, committed };
        let groups = self.transactions.entry(producer_id).or_default();
        let before = insert(groups, group_id, topic, partition, new);
        self.pending_count += usize::from(before.is_none());
        before
    }

    /// Takes back an offset of an open transaction; `before` is what it replaced.
    pub(super) fn take_back(
        &mut self,
        producer_id: i64,
        (group_id, topic, partition): (&str, &str, i32),
        before: Option<Sequenced>,
    ) {
        let Some(groups) = self.transactions.get_mut(&producer_id) else { return };
        match before {
            Some(before) => drop(insert(groups, group_id, topic, partition, before)),
            None => {
                let removed = remove(groups, group_id, topic, partition);
                self.pending_count -= usize::from(removed.is_some());
            }
        }
        if groups.is_empty() {
            self.transactions.remove(&producer_id);
        }
    }

    /// Drops the offsets of a transaction, after making the newer ones the group's when it
    /// committed.
    /// Gives what is needed to take the end back.
    pub(super) fn end_transaction(&mut self, producer_id: i64, committed: bool) -> Ended {
        let taken = self.transactions.remove(&producer_id).unwrap_or_default();
        let mut replaced = Vec::new();
        for (group_id, topics) in &taken {
            for (topic, partitions) in topics {
                self.pending_count -= partitions.len();
                for (partition, offset) in partitions.iter().filter(|_| committed) {
                    let place = (group_id.clone(), topic.clone(), *partition);
                    if let Some(before) = self.put_if_newer(&place, offset.clone()) {
                        replaced.push((place, before));
                    }
                }
            }
        }
        Ended { producer_id, taken, replaced }
    }

    /// The end was not written: the transaction is open as before.
    pub(super) fn reopen(&mut self, ended: Ended) {
        for ((group_id, topic, partition), before) in ended.replaced.into_iter().rev() {
            match before {
                Some(before) => {
                    insert(&mut self.groups, &group_id, &topic, partition, before);
                }
                None => {
                    let removed = remove(&mut self.groups, &group_id, &topic, partition);
                    self.count -= usize::from(removed.is_some());
                }
            }
        }
        let partitions = ended.taken.values().flat_map(|topics| topics.values());
        self.pending_count += partitions.map(BTreeMap::len).sum::<usize>();
        if !ended.taken.is_empty() {
            self.transactions.insert(ended.producer_id, ended.taken);
        }
    }

    /// What stood there before, if the offset is the newer one.
    fn put_if_newer(&mut self, place: &Location, new: Sequenced) -> Option<Option<Sequenced>> {
        let (group_id, topic, partition) = place;
        let old = self.groups.get(group_id).and_then(|topics| topics.get(topic)?.get(partition));
        if old.is_some_and(|old| old.sequence > new.sequence) {
            return None;
        }
        let old = insert(&mut self.groups, group_id, topic, *partition, new);
        self.count += usize::from(old.is_none());
        Some(old)
    }

    pub(super) fn is_unstable(&self, group_id: &str, topic: &str, partition: i32) -> bool {
        self.transactions.values().any(|groups| {
            groups
                .get(group_id)
                .and_then(|topics| topics.get(topic))
                .is_some_and(|partitions| partitions.contains_key(&partition))
        })
    }

    pub(super) fn has_open_transaction(&self, group_id: &str) -> bool {
        self.transactions.values().any(|groups| groups.contains_key(group_id))
    }

    /// Every partition for which the group has an offset, committed or in an open transaction.
    pub(super) fn partitions_of(&self, group_id: &str) -> BTreeSet<(String, i32)> {
        let open = self.transactions.values().filter_map(|groups| groups.get(group_id));
        self.groups
            .get(group_id)
            .into_iter()
            .chain(open)
            .flat_map(|topics| topics.iter())
            .flat_map(|(topic, partitions)| {
                partitions.keys().map(|number| (topic.clone(), *number))
            })
            .collect()
    }

    /// Every offset stored for one of the topics, of any group, committed or in an open
    /// transaction.
    pub(super) fn on_topics(&self, topics: &BTreeSet<&str>) -> BTreeSet<(String, String, i32)> {
        let open = self.transactions.values().flat_map(|groups| groups.iter());
        let mut found = BTreeSet::new();
        for (group_id, by_topic) in self.groups.iter().chain(open) {
            for (topic, partitions) in by_topic {
                if topics.contains(topic.as_str()) {
                    let numbers = partitions.keys();
                    found.extend(numbers.map(|number| (group_id.clone(), topic.clone(), *number)));
                }
            }
        }
        found
    }
}

fn insert(
    groups: &mut BTreeMap<String, TopicOffsets>,
    group_id: &str,
    topic: &str,
    partition: i32,
    offset: Sequenced,
) -> Option<Sequenced> {
    if !groups.contains_key(group_id) {
        groups.insert(group_id.to_owned(), BTreeMap::new());
    }
    let topics = groups.get_mut(group_id)?;
    if !topics.contains_key(topic) {
        topics.insert(topic.to_owned(), BTreeMap::new());
    }
    topics.get_mut(topic)?.insert(partition, offset)
}

fn remove(
    groups: &mut BTreeMap<String, TopicOffsets>,
    group_id: &str,
    topic: &str,
    partition: i32,
) -> Option<Sequenced> {
    let topics = groups.get_mut(group_id)?;
    let partitions = topics.get_mut(topic)?;
    let removed = partitions.remove(&partition);
    if partitions.is_empty() {
        topics.remove(topic);
    }
    if topics.is_empty() {
        groups.remove(group_id);
    }
    removed
}
