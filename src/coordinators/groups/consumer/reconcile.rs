//! A member's way to its target: first it gives up what it is to lose, then it takes what is free.
//!
//! Pure: [`Reconciliation::next`] says where the member stands next. No partition is given to it
//! before the member that had it has said that it gave it up.
//! Source: CurrentAssignmentBuilder.

use super::assignment::{Owned, Partitions, overlaps};
use super::member::{Current, MemberState};
use crate::coordinators::groups::error::GroupError;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What decides about a member's next state.
pub(super) struct Reconciliation<'a> {
    pub(super) current: &'a Current,
    pub(super) target: &'a Partitions,
    pub(super) target_epoch: i32,
    /// Topics that it does not subscribe to any more are taken away at once.
    pub(super) has_subscription_changed: bool,
    /// What the member says that it has; `None`: it said nothing.
    pub(super) said: Option<&'a Partitions>,
    pub(super) is_subscribed: &'a dyn Fn(Uuid) -> bool,
    /// Nobody has the partition.
    pub(super) is_free: &'a dyn Fn(Uuid, i32) -> bool,
}

/// Partitions by what becomes of them.
#[derive(Default)]
struct Sorted {
    assigned: Owned,
    revoking: Owned,
    /// Of the target, free and not assigned yet.
    gained: Partitions,
    has_unreleased: bool,
}

impl Reconciliation<'_> {
    /// Where the member stands next; `None`: where it stands.
    pub(super) fn next(&self) -> Result<Option<Current>, GroupError> {
        let current = self.current;
        let next = match current.state {
            MemberState::Stable if current.epoch != self.target_epoch => {
                Some(self.step(current.epoch))
            }
            MemberState::Stable => self.narrowed(),
            MemberState::UnrevokedPartitions if self.has_any(&current.revoking) => self.narrowed(),
            MemberState::UnrevokedPartitions | MemberState::UnreleasedPartitions => {
                Some(self.step(current.epoch))
            }
            MemberState::Unknown => match self.said {
                Some(said) if said.is_empty() => Some(self.step(self.target_epoch)),
                _ => return Err(GroupError::FencedMemberEpoch),
            },
        };
        Ok(next.filter(|next| next != current))
    }

    /// Whether the member may still have one of them: it does unless it said what it has.
    fn has_any(&self, owned: &Owned) -> bool {
        self.said.is_none_or(|said| overlaps(said, owned))
    }

    /// Without the topics that the member does not subscribe to any more.
    fn narrowed(&self) -> Option<Current> {
        if !self.has_subscription_changed {
            return None;
        }
        let current = self.current;
        let (assigned, lost): (Owned, Owned) = current
            .assigned
            .clone()
            .into_iter()
            .partition(|(topic, _)| (self.is_subscribed)(*topic));
        if lost.is_empty() {
            return None;
        }
        let mut revoking = current.revoking.clone();
        for (topic, partitions) in lost {
            revoking.entry(topic).or_default().extend(partitions);
        }
        let previous_epoch = current.epoch;
        Some(match self.has_any(&revoking) {
            true => Current {
                epoch: current.epoch,
                previous_epoch,
                state: MemberState::UnrevokedPartitions,
                assigned,
                revoking,
            },
            // It gave them up before it was asked to.
            false => Current { previous_epoch, assigned, ..current.clone() },
        })
    }

    fn step(&self, epoch: i32) -> Current {
        let Sorted { mut assigned, revoking, gained, has_unreleased } = self.sorted();
        let previous_epoch = self.current.epoch;
        if !revoking.is_empty() && self.has_any(&revoking) {
            let state = MemberState::UnrevokedPartitions;
            return Current { epoch, previous_epoch, state, assigned, revoking };
        }
        for (topic, partitions) in gained {
            let with_epochs = partitions.into_iter().map(|one| (one, self.target_epoch));
            assigned.entry(topic).or_default().extend(with_epochs);
        }
        let state = match has_unreleased {
            true => MemberState::UnreleasedPartitions,
            false => MemberState::Stable,
        };
        let revoking = Owned::new();
        Current { epoch: self.target_epoch, previous_epoch, state, assigned, revoking }
    }

    fn sorted(&self) -> Sorted {
        let mut sorted = Sorted::default();
        let topics: BTreeSet<Uuid> =
            self.target.keys().chain(self.current.assigned.keys()).copied().collect();
        let nothing = BTreeSet::new();
        for topic in topics {
            let is_subscribed = (self.is_subscribed)(topic);
            let target = self.target.get(&topic).filter(|_| is_subscribed).unwrap_or(&nothing);
            self.sort_topic(topic, target, &mut sorted);
        }
        sorted
    }

    fn sort_topic(&self, topic: Uuid, target: &BTreeSet<i32>, sorted: &mut Sorted) {
        let assigned = self.current.assigned.get(&topic);
        for (partition, epoch) in assigned.into_iter().flatten() {
            let place = match target.contains(partition) {
                true => &mut sorted.assigned,
                false => &mut sorted.revoking,
            };
            place.entry(topic).or_default().insert(*partition, *epoch);
        }
        let is_assigned = |one: &i32| assigned.is_some_and(|assigned| assigned.contains_key(one));
        let own = self.current.revoking.get(&topic);
        for partition in target.iter().filter(|one| !is_assigned(one)) {
            // What the member itself is about to give up is free for it.
            let is_own = own.is_some_and(|own| own.contains_key(partition));
            if is_own || (self.is_free)(topic, *partition) {
                sorted.gained.entry(topic).or_default().insert(*partition);
            } else {
                sorted.has_unreleased = true;
            }
        }
    }
}
