//! Sets of partitions, by topic.

use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Partitions of topics. No topic without a partition.
pub type Partitions = BTreeMap<Uuid, BTreeSet<i32>>;

/// Partitions with the epoch in which the member got each: a commit from an older member epoch
/// counts if it is not older than that (KIP-1251).
pub(super) type Owned = BTreeMap<Uuid, BTreeMap<i32, i32>>;

pub(super) fn without_epochs(owned: &Owned) -> Partitions {
    let numbers = |(topic, partitions): (&Uuid, &BTreeMap<i32, i32>)| {
        (*topic, partitions.keys().copied().collect())
    };
    owned.iter().map(numbers).collect()
}

pub(super) fn with_epoch(partitions: &Partitions, epoch: i32) -> Owned {
    let with = |(topic, partitions): (&Uuid, &BTreeSet<i32>)| {
        (*topic, partitions.iter().map(|partition| (*partition, epoch)).collect())
    };
    partitions.iter().map(with).collect()
}

pub(super) fn each(owned: &Owned) -> impl Iterator<Item = (Uuid, i32)> {
    let numbers = |(topic, partitions): (&Uuid, &BTreeMap<i32, i32>)| {
        let topic = *topic;
        partitions.keys().map(move |partition| (topic, *partition)).collect::<Vec<_>>()
    };
    owned.iter().flat_map(numbers)
}

/// Whether the member says that it still has one of them.
pub(super) fn overlaps(said: &Partitions, owned: &Owned) -> bool {
    said.iter().any(|(topic, partitions)| {
        let owned = owned.get(topic);
        owned.is_some_and(|owned| partitions.iter().any(|one| owned.contains_key(one)))
    })
}

/// Whether all that the member says it has is among `owned`.
pub(super) fn is_within(said: &Partitions, owned: &Owned) -> bool {
    said.iter().all(|(topic, partitions)| {
        let owned = owned.get(topic);
        partitions.iter().all(|one| owned.is_some_and(|owned| owned.contains_key(one)))
    })
}
