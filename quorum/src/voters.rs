//! Who votes, and under which addresses the voters are reached.
//!
//! Source: VoterSet, Endpoints (KIP-853).

use std::collections::{BTreeMap, BTreeSet};

use crate::units::{NodeId, ReplicaKey};

/// Host and port by name of the listener.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoints(pub BTreeMap<String, (String, u16)>);

impl Endpoints {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The node behind them, on one listener.
    pub fn node(&self, id: NodeId, listener: &str) -> Option<Node> {
        let (host, port) = self.0.get(listener)?;
        Some(Node { id, host: host.clone(), port: *port })
    }
}

/// Where a request is sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// Negative for a bootstrap server, each with its own.
    pub id: NodeId,
    pub host: String,
    pub port: u16,
}

/// Levels of kraft.version that a replica understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionRange {
    pub min: i16,
    pub max: i16,
}

impl VersionRange {
    pub fn holds(self, version: i16) -> bool {
        (self.min..=self.max).contains(&version)
    }

    pub fn is_valid(self) -> bool {
        0 <= self.min && self.min <= self.max
    }
}

/// One voter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Voter {
    pub key: ReplicaKey,
    pub endpoints: Endpoints,
    pub kraft_versions: VersionRange,
}

/// All voters, by node.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VoterSet(BTreeMap<NodeId, Voter>);

impl VoterSet {
    /// The last one wins where two have the same id.
    pub fn new(voters: impl IntoIterator<Item = Voter>) -> Self {
        Self(voters.into_iter().map(|voter| (voter.key.id, voter)).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Voter> {
        self.0.values()
    }

    pub fn ids(&self) -> BTreeSet<NodeId> {
        self.0.keys().copied().collect()
    }

    pub fn get(&self, id: NodeId) -> Option<&Voter> {
        self.0.get(&id)
    }

    pub fn is_voter(&self, replica: &ReplicaKey) -> bool {
        self.get(replica.id).is_some_and(|voter| voter.key.names(replica))
    }

    pub fn is_only_voter(&self, replica: &ReplicaKey) -> bool {
        self.len() == 1 && self.is_voter(replica)
    }

    /// Empty if the node is no voter.
    pub fn endpoints(&self, id: NodeId) -> Endpoints {
        self.get(id).map(|voter| voter.endpoints.clone()).unwrap_or_default()
    }

    /// None if the id votes already.
    pub fn with(&self, voter: Voter) -> Option<Self> {
        let is_new = !self.0.contains_key(&voter.key.id);
        is_new.then(|| self.replacing(voter))
    }

    /// None if that very replica does not vote, or if nobody else does.
    pub fn without(&self, replica: &ReplicaKey) -> Option<Self> {
        let found = self.get(replica.id).is_some_and(|voter| voter.key == *replica);
        (found && self.len() > 1).then(|| {
            let mut voters = self.clone();
            voters.0.remove(&replica.id);
            voters
        })
    }

    /// None if that replica does not vote.
    pub fn updated(&self, voter: Voter) -> Option<Self> {
        self.is_voter(&voter.key).then(|| self.replacing(voter))
    }

    /// None if the node does not vote, whatever its directory: a voter of kraft.version 0 tells its
    /// directory in this way.
    pub fn updated_whatever_directory(&self, voter: Voter) -> Option<Self> {
        self.0.contains_key(&voter.key.id).then(|| self.replacing(voter))
    }

    /// Whether the set names this voter in another way.
    pub fn needs_update(&self, voter: &Voter) -> bool {
        let known = self.get(voter.key.id);
        known.is_some_and(|known| known.key.names(&voter.key) && known != voter)
    }

    pub fn supports(&self, kraft_version: i16) -> bool {
        self.iter().all(|voter| voter.kraft_versions.holds(kraft_version))
    }

    /// Whether any majority of one has a member in any majority of the other.
    pub fn has_overlapping_majority(&self, other: &Self) -> bool {
        let keys = |set: &Self| set.iter().map(|voter| voter.key).collect::<BTreeSet<_>>();
        let (ours, theirs) = (keys(self), keys(other));
        ours.difference(&theirs).count() <= 1 && theirs.difference(&ours).count() <= 1
    }

    fn replacing(&self, voter: Voter) -> Self {
        let mut voters = self.clone();
        voters.0.insert(voter.key.id, voter);
        voters
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn voter(id: i32, directory: u128) -> Voter {
        let key = ReplicaKey::new(NodeId(id), Uuid::from_u128(directory));
        let endpoints = Endpoints([("C".to_owned(), (format!("h{id}"), 1))].into());
        Voter { key, endpoints, kraft_versions: VersionRange { min: 0, max: 1 } }
    }

    #[test]
    fn voters_come_and_go_one_by_one() {
        let two = VoterSet::new([voter(1, 1), voter(2, 2)]);
        let three = two.with(voter(3, 3)).unwrap();
        assert!(two.has_overlapping_majority(&three));
        assert_eq!(three.with(voter(3, 4)), None);
        assert_eq!(three.without(&voter(3, 4).key), None);
        assert_eq!(three.without(&voter(3, 3).key), Some(two.clone()));
        let one = two.without(&voter(2, 2).key).unwrap();
        assert_eq!(one.without(&voter(1, 1).key), None);
        assert!(one.is_only_voter(&voter(1, 1).key) && !one.is_only_voter(&voter(1, 2).key));
        let four = three.with(voter(4, 4)).unwrap().with(voter(5, 5)).unwrap();
        assert!(!four.has_overlapping_majority(&three));
    }

    #[test]
    fn a_voter_is_updated_by_itself() {
        let set = VoterSet::new([voter(1, 1), voter(2, 0)]);
        let mut moved = voter(1, 1);
        moved.endpoints.0.insert("D".to_owned(), ("other".to_owned(), 2));
        assert!(set.needs_update(&moved) && !set.needs_update(&voter(1, 1)));
        assert!(set.updated(moved).is_some() && set.updated(voter(1, 9)).is_none());
        assert!(set.updated(voter(2, 7)).is_some());
        assert!(set.updated_whatever_directory(voter(1, 9)).is_some());
        assert!(set.updated_whatever_directory(voter(3, 9)).is_none());
        assert!(set.supports(1) && !set.supports(2));
    }
}
