//! The votes of one election.
//!
//! Source: EpochElection.

use std::collections::{BTreeMap, BTreeSet};

use crate::units::{NodeId, ReplicaKey};
use crate::voters::VoterSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Vote {
    Unrecorded,
    Granted,
    Rejected,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Votes(BTreeMap<NodeId, (ReplicaKey, Vote)>);

impl Votes {
    /// This node votes for itself.
    pub(crate) fn new(voters: &VoterSet, local: NodeId) -> Self {
        let vote = |id| if id == local { Vote::Granted } else { Vote::Unrecorded };
        Self(voters.iter().map(|voter| (voter.key.id, (voter.key, vote(voter.key.id)))).collect())
    }

    /// A vote counts once: who has answered does not change its mind within an election.
    pub(crate) fn record(&mut self, voter: NodeId, granted: bool) {
        if let Some((_, vote @ Vote::Unrecorded)) = self.0.get_mut(&voter) {
            *vote = if granted { Vote::Granted } else { Vote::Rejected };
        }
    }

    pub(crate) fn is_won(&self) -> bool {
        self.count(Vote::Granted) >= self.majority()
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.count(Vote::Granted) + self.count(Vote::Unrecorded) < self.majority()
    }

    pub(crate) fn unrecorded(&self) -> Vec<ReplicaKey> {
        self.of(Vote::Unrecorded).collect()
    }

    pub(crate) fn granting(&self) -> BTreeSet<NodeId> {
        self.of(Vote::Granted).map(|key| key.id).collect()
    }

    fn majority(&self) -> usize {
        self.0.len() / 2 + 1
    }

    fn count(&self, vote: Vote) -> usize {
        self.of(vote).count()
    }

    fn of(&self, vote: Vote) -> impl Iterator<Item = ReplicaKey> {
        let found = self.0.values().filter(move |(_, other)| *other == vote);
        found.map(|(key, _)| *key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voters::{Endpoints, VersionRange, Voter};
    use uuid::Uuid;

    fn votes(count: i32) -> Votes {
        let voter = |id| Voter {
            key: ReplicaKey::new(NodeId(id), Uuid::from_u128(1)),
            endpoints: Endpoints::default(),
            kraft_versions: VersionRange { min: 0, max: 1 },
        };
        Votes::new(&VoterSet::new((1..=count).map(voter)), NodeId(1))
    }

    #[test]
    fn a_majority_wins_and_a_majority_against_loses() {
        assert!(votes(1).is_won());
        let mut three = votes(3);
        assert!(!three.is_won() && !three.is_lost());
        three.record(NodeId(2), false);
        three.record(NodeId(2), true);
        three.record(NodeId(9), true);
        assert!(!three.is_won() && !three.is_lost());
        assert_eq!(three.unrecorded().len(), 1);
        let mut won = three.clone();
        won.record(NodeId(3), true);
        assert!(won.is_won());
        assert_eq!(won.granting(), [NodeId(1), NodeId(3)].into());
        three.record(NodeId(3), false);
        assert!(three.is_lost());
        let mut four = votes(4);
        four.record(NodeId(2), true);
        assert!(!four.is_won());
    }
}
