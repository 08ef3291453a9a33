//! What a leader knows of the others: how far each has come, and what follows for the high
//! watermark and for its own lead.
//!
//! Promise: the high watermark never goes back, and is above the start of the epoch: only records
//! of the leader's own epoch are committed by counting.
//! Source: LeaderState.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::RequestId;
use crate::limits::{CAUGHT_UP_WITHIN_MS, OBSERVER_SESSION_MS, OBSERVERS_MAX};
use crate::messages::FetchRequest;
use crate::units::{NodeId, Offset, ReplicaKey, Time};
use crate::voters::{Endpoints, VersionRange, VoterSet};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Leader {
    pub(crate) local: ReplicaKey,
    pub(crate) epoch_start: Offset,
    high_watermark: Option<Offset>,
    voters: BTreeMap<NodeId, Replica>,
    observers: BTreeMap<ReplicaKey, Replica>,
    /// Voters that have fetched since the deadline was set.
    fetched_voters: BTreeSet<NodeId>,
    pub(crate) check_quorum_deadline: Time,
    pub(crate) begin_quorum_deadline: Time,
    pub(crate) parked: Vec<ParkedFetch>,
    pub(crate) change: Option<VoterChange>,
    /// Under kraft.version 0: what the voters have told of themselves, for the upgrade to 1.
    pub(crate) volatile_voters: Option<VoterSet>,
    pub(crate) wants_to_resign: bool,
}

/// How far a replica has come.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Replica {
    pub(crate) key: ReplicaKey,
    /// The offset that it fetches next: it holds all before it, synced.
    pub(crate) end: Option<Offset>,
    pub(crate) last_fetch: Option<Time>,
    pub(crate) last_caught_up: Option<Time>,
    /// The end of the leader's log at the last fetch.
    leader_end: Option<Offset>,
}

/// A fetch that waits for records or the high watermark.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ParkedFetch {
    pub(crate) id: RequestId,
    pub(crate) request: FetchRequest,
    pub(crate) until: Time,
}

/// The one change of voters that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct VoterChange {
    pub(crate) kind: ChangeKind,
    /// None once it is answered.
    pub(crate) request: Option<RequestId>,
    pub(crate) until: Time,
    /// Of the voters record; none while the voter is asked for its versions.
    pub(crate) appended: Option<Offset>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ChangeKind {
    Add { voter: ReplicaKey, endpoints: Endpoints, ack_when_committed: bool },
    Remove,
    Update { voter: ReplicaKey, endpoints: Endpoints, kraft_versions: VersionRange },
}

impl Replica {
    fn new(key: ReplicaKey) -> Self {
        Self { key, end: None, last_fetch: None, last_caught_up: None, leader_end: None }
    }

    fn fetched(&mut self, offset: Offset, leader_end: Offset, now: Time) {
        if offset >= leader_end {
            self.last_caught_up = self.last_caught_up.max(Some(now));
        } else if self.leader_end.is_some_and(|end| end > Offset(0) && offset >= end) {
            // It has reached what was the end at its last fetch.
            self.last_caught_up = self.last_caught_up.max(self.last_fetch);
        }
        self.leader_end = Some(leader_end);
        self.last_fetch = self.last_fetch.max(Some(now));
        self.end = Some(offset);
    }
}

impl Leader {
    pub(crate) fn new(local: ReplicaKey, epoch_start: Offset, voters: &VoterSet) -> Self {
        let replicas = voters.iter().map(|voter| (voter.key.id, Replica::new(voter.key)));
        Self {
            local,
            epoch_start,
            high_watermark: None,
            voters: replicas.collect(),
            observers: BTreeMap::new(),
            fetched_voters: BTreeSet::new(),
            check_quorum_deadline: Time::FAR,
            begin_quorum_deadline: Time(0),
            parked: Vec::new(),
            change: None,
            volatile_voters: None,
            wants_to_resign: false,
        }
    }

    /// None until a record of this epoch is committed.
    pub(crate) fn high_watermark(&self) -> Option<Offset> {
        self.high_watermark
    }

    pub(crate) fn voters(&self) -> impl Iterator<Item = &Replica> {
        self.voters.values()
    }

    pub(crate) fn observers(&self) -> impl Iterator<Item = &Replica> {
        self.observers.values()
    }

    /// Whether nobody else has a say.
    pub(crate) fn is_alone(&self) -> bool {
        self.voters.len() == 1 && self.is_voter(&self.local)
    }

    fn is_voter(&self, key: &ReplicaKey) -> bool {
        self.voters.get(&key.id).is_some_and(|replica| replica.key.names(key))
    }

    fn replica_mut(&mut self, key: ReplicaKey, now: Time) -> &mut Replica {
        if self.is_voter(&key) {
            return self.voters.entry(key.id).or_insert_with(|| Replica::new(key));
        }
        if !self.observers.contains_key(&key) && self.observers.len() >= OBSERVERS_MAX {
            self.forget_an_observer(now);
        }
        self.observers.entry(key).or_insert_with(|| Replica::new(key))
    }

    /// Makes room: those whose session is over go, or the one silent for longest.
    fn forget_an_observer(&mut self, now: Time) {
        self.forget_silent_observers(now);
        if self.observers.len() >= OBSERVERS_MAX {
            let local = self.local;
            let others = self.observers.values().filter(|replica| replica.key != local);
            let longest = others.min_by_key(|replica| replica.last_fetch).map(|r| r.key);
            if let Some(longest) = longest {
                self.observers.remove(&longest);
            }
        }
    }

    pub(crate) fn forget_silent_observers(&mut self, now: Time) {
        let local = self.local;
        self.observers.retain(|key, replica| {
            let silent_ms = now.since_ms(replica.last_fetch.unwrap_or_default());
            *key == local || silent_ms < OBSERVER_SESSION_MS
        });
    }

    /// This node's own end, as far as it counts for the high watermark. Returns whether that moved.
    pub(crate) fn update_local(&mut self, end: Offset, now: Time) -> bool {
        let local = self.local;
        self.replica_mut(local, now).end = Some(end);
        self.move_high_watermark()
    }

    /// A replica fetches from `offset`, which is valid. Returns whether the high watermark moved.
    pub(crate) fn update_replica(
        &mut self,
        key: ReplicaKey,
        offset: Offset,
        leader_end: Offset,
        now: Time,
    ) -> bool {
        self.replica_mut(key, now).fetched(offset, leader_end, now);
        self.is_voter(&key) && self.move_high_watermark()
    }

    /// Takes over the voters of the log; who votes no more is an observer. The high watermark is
    /// looked at with the next change of an end.
    pub(crate) fn update_voters(&mut self, voters: &VoterSet) {
        let mut former = std::mem::take(&mut self.voters);
        for voter in voters.iter() {
            let id = voter.key.id;
            let stays = former.get(&id).is_some_and(|replica| replica.key.names(&voter.key));
            let known = if stays { former.remove(&id) } else { self.observers.remove(&voter.key) };
            let mut replica = known.unwrap_or_else(|| Replica::new(voter.key));
            replica.key = voter.key;
            self.observers.remove(&voter.key);
            self.voters.insert(id, replica);
        }
        for replica in former.into_values() {
            self.observers.entry(replica.key).or_insert(replica);
        }
        let voters = &self.voters;
        self.fetched_voters.retain(|id| voters.contains_key(id));
    }

    fn move_high_watermark(&mut self) -> bool {
        let mut ends: Vec<Option<Offset>> = self.voters.values().map(|r| r.end).collect();
        ends.sort_unstable_by(|one, other| other.cmp(one));
        // The largest offset that a majority has reached.
        let Some(Some(offset)) = ends.get(ends.len() / 2).copied() else { return false };
        let moves = offset > self.epoch_start && Some(offset) > self.high_watermark;
        if moves {
            self.high_watermark = Some(offset);
        }
        moves
    }

    /// A planted bug: a high watermark without a record of this epoch.
    pub(crate) fn move_high_watermark_whatever_epoch(&mut self) -> bool {
        let start = std::mem::replace(&mut self.epoch_start, Offset(0));
        let moved = self.move_high_watermark();
        self.epoch_start = start;
        moved
    }

    /// A voter has fetched: the deadline moves once a majority has (KIP-835, KAFKA-15489).
    pub(crate) fn update_check_quorum(&mut self, key: &ReplicaKey, now: Time, timeout_ms: u64) {
        if self.is_voter(key) && key.id != self.local.id {
            self.fetched_voters.insert(key.id);
        }
        // This node counts for itself, if it votes.
        let own = usize::from(self.is_voter(&self.local));
        let majority = self.voters.len() / 2 + 1 - own;
        if self.fetched_voters.len() >= majority {
            self.fetched_voters.clear();
            self.check_quorum_deadline = now.after_ms(timeout_ms);
        }
    }

    /// Voters that have not fetched for so long that they may not know of this leader.
    pub(crate) fn to_be_told(&self, now: Time, silent_ms: u64) -> Vec<ReplicaKey> {
        let others = self.voters.values().filter(|replica| replica.key.id != self.local.id);
        let silent = |replica: &&Replica| {
            replica.last_fetch.is_none_or(|last| now.since_ms(last) >= silent_ms)
        };
        others.filter(silent).map(|replica| replica.key).collect()
    }

    /// Who should lead next: the other voters, the longest log first.
    pub(crate) fn successors(&self) -> Vec<ReplicaKey> {
        let mut others: Vec<&Replica> = self.voters.values().collect();
        others.retain(|replica| !replica.key.names(&self.local));
        others.sort_by_key(|replica| (std::cmp::Reverse(replica.end), replica.key));
        others.into_iter().map(|replica| replica.key).collect()
    }

    #[cfg(test)]
    pub(crate) fn rebase(&mut self, now: Time, earlier: impl Fn(&mut Time)) {
        earlier(&mut self.check_quorum_deadline);
        earlier(&mut self.begin_quorum_deadline);
        self.parked.iter_mut().for_each(|fetch| earlier(&mut fetch.until));
        self.change.iter_mut().for_each(|change| earlier(&mut change.until));
        for replica in self.voters.values_mut().chain(self.observers.values_mut()) {
            // The past has no place on such a clock: a fetch was just now, or never.
            let recent = |time: Time| (now.since_ms(time) == 0).then_some(Time(0));
            replica.last_fetch = replica.last_fetch.and_then(recent);
            replica.last_caught_up = replica.last_caught_up.and_then(recent);
        }
    }

    /// Whether an observer is close enough to become a voter.
    pub(crate) fn is_caught_up(&self, key: &ReplicaKey, now: Time) -> bool {
        self.observers.get(key).is_some_and(|replica| {
            let recent = |last| now.since_ms(last) < CAUGHT_UP_WITHIN_MS;
            replica.last_caught_up.is_some() && replica.last_fetch.is_some_and(recent)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voters::Voter;
    use uuid::Uuid;

    fn key(id: i32) -> ReplicaKey {
        ReplicaKey::new(NodeId(id), Uuid::from_u128(1))
    }

    fn voters(ids: &[i32]) -> VoterSet {
        VoterSet::new(ids.iter().map(|&id| Voter {
            key: key(id),
            endpoints: Endpoints::default(),
            kraft_versions: VersionRange { min: 0, max: 1 },
        }))
    }

    fn leader(ids: &[i32]) -> Leader {
        let mut leader = Leader::new(key(1), Offset(5), &voters(ids));
        leader.check_quorum_deadline = Time(100);
        leader
    }

    #[test]
    fn only_records_of_its_epoch_are_committed_by_counting() {
        let mut leader = leader(&[1, 2, 3]);
        assert!(!leader.update_local(Offset(6), Time(0)));
        assert!(!leader.update_replica(key(2), Offset(5), Offset(6), Time(0)));
        assert_eq!(leader.high_watermark(), None);
        assert!(leader.update_replica(key(2), Offset(6), Offset(6), Time(0)));
        assert_eq!(leader.high_watermark(), Some(Offset(6)));
        assert!(!leader.update_replica(key(2), Offset(3), Offset(6), Time(0)));
        assert_eq!(leader.high_watermark(), Some(Offset(6)));
    }

    #[test]
    fn a_replica_with_another_directory_does_not_count() {
        let mut leader = leader(&[1, 2, 3]);
        leader.update_local(Offset(6), Time(0));
        let stranger = ReplicaKey::new(NodeId(2), Uuid::from_u128(9));
        assert!(!leader.update_replica(stranger, Offset(6), Offset(6), Time(0)));
        assert!(leader.is_caught_up(&stranger, Time(1)) && !leader.is_caught_up(&key(3), Time(1)));
        assert_eq!(leader.observers().count(), 1);
    }

    #[test]
    fn a_leader_that_is_no_voter_is_not_counted() {
        let mut leader = leader(&[1, 2, 3]);
        leader.update_voters(&voters(&[2, 3]));
        assert!(!leader.update_local(Offset(9), Time(0)));
        assert!(!leader.update_replica(key(2), Offset(9), Offset(9), Time(0)));
        assert!(leader.update_replica(key(3), Offset(8), Offset(9), Time(0)));
        assert_eq!(leader.high_watermark(), Some(Offset(8)));
        leader.update_check_quorum(&key(2), Time(50), 100);
        assert_eq!(leader.check_quorum_deadline, Time(100));
        leader.update_check_quorum(&key(3), Time(50), 100);
        assert_eq!(leader.check_quorum_deadline, Time(150));
    }

    #[test]
    fn successors_are_sorted_by_their_logs() {
        let mut leader = leader(&[1, 2, 3, 4]);
        leader.update_replica(key(3), Offset(6), Offset(9), Time(0));
        leader.update_replica(key(4), Offset(9), Offset(9), Time(0));
        assert_eq!(leader.successors(), [key(4), key(3), key(2)]);
        assert_eq!(leader.to_be_told(Time(10), 50), [key(2)]);
        assert_eq!(leader.to_be_told(Time(50), 50).len(), 3);
    }
}
