//! Voters and kraft.version by the offset of their record, so that a truncation takes them back.
//!
//! A record counts as soon as it is appended, committed or not (KIP-853).
//! Source: KRaftControlRecordStateMachine, VoterSetHistory.

use std::collections::BTreeMap;

use crate::control_records::ControlRecord;
use crate::units::Offset;
use crate::voters::VoterSet;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct History {
    static_voters: VoterSet,
    voters: BTreeMap<Offset, VoterSet>,
    kraft_versions: BTreeMap<Offset, i16>,
}

impl History {
    pub(crate) fn new(static_voters: VoterSet) -> Self {
        Self { static_voters, voters: BTreeMap::new(), kraft_versions: BTreeMap::new() }
    }

    pub(crate) fn add(&mut self, offset: Offset, record: &ControlRecord) {
        match record {
            ControlRecord::Voters(voters) => {
                self.voters.insert(offset, voters.clone());
            }
            ControlRecord::KraftVersion(version) => {
                self.kraft_versions.insert(offset, *version);
            }
            ControlRecord::LeaderChange(_) => {}
        }
    }

    /// Those that count: of the last record, else of the configuration.
    pub(crate) fn voters(&self) -> &VoterSet {
        self.voters.last_key_value().map_or(&self.static_voters, |(_, voters)| voters)
    }

    /// The offset of the last voters; -1 where `0-0.checkpoint` names them.
    pub(crate) fn voters_offset(&self) -> Option<Offset> {
        self.voters.last_key_value().map(|(&offset, _)| offset)
    }

    /// Those before the last ones, if the last ones are not before `end`: an uncommitted change of
    /// voters may never come to be.
    pub(crate) fn voters_before_change(&self, end: Offset) -> Option<&VoterSet> {
        let (&last, _) = self.voters.last_key_value().filter(|(offset, _)| **offset >= end)?;
        let before = self.voters.range(..last).next_back();
        Some(before.map_or(&self.static_voters, |(_, voters)| voters))
    }

    /// What a snapshot that ends here holds: none under static voters.
    pub(crate) fn at(&self, end: Offset) -> Vec<ControlRecord> {
        let version = self.kraft_versions.range(..end).next_back();
        let voters = self.voters.range(..end).next_back();
        let version = version.map(|(_, &version)| ControlRecord::KraftVersion(version));
        let voters = voters.map(|(_, voters)| ControlRecord::Voters(voters.clone()));
        version.into_iter().chain(voters).collect()
    }

    pub(crate) fn kraft_version(&self) -> i16 {
        self.kraft_versions.last_key_value().map_or(0, |(_, &version)| version)
    }

    pub(crate) fn truncate(&mut self, to: Offset) {
        self.voters.split_off(&to);
        self.kraft_versions.split_off(&to);
    }

    /// Keeps the last entry at or before the start.
    pub(crate) fn delete_before(&mut self, start: Offset) {
        fn cut<T>(entries: &mut BTreeMap<Offset, T>, start: Offset) {
            let last = entries.range(..=start).next_back().map(|(&offset, _)| offset);
            if let Some(last) = last {
                let kept = entries.split_off(&last);
                *entries = kept;
            }
        }
        cut(&mut self.voters, start);
        cut(&mut self.kraft_versions, start);
    }

    /// Forgets everything for what a snapshot says, which ends here.
    pub(crate) fn replace(&mut self, end: Offset, records: &[ControlRecord]) {
        self.voters.clear();
        self.kraft_versions.clear();
        for record in records {
            self.add(Offset(end.0 - 1), record);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{NodeId, ReplicaKey};
    use crate::voters::{Endpoints, VersionRange, Voter};
    use uuid::Uuid;

    fn set(ids: &[i32]) -> VoterSet {
        VoterSet::new(ids.iter().map(|&id| Voter {
            key: ReplicaKey::new(NodeId(id), Uuid::from_u128(1)),
            endpoints: Endpoints::default(),
            kraft_versions: VersionRange { min: 0, max: 1 },
        }))
    }

    #[test]
    fn a_truncation_brings_back_the_voters_before() {
        let mut history = History::new(set(&[9]));
        assert_eq!((history.voters(), history.kraft_version()), (&set(&[9]), 0));
        history.add(Offset(4), &ControlRecord::KraftVersion(1));
        history.add(Offset(5), &ControlRecord::Voters(set(&[1])));
        history.add(Offset(8), &ControlRecord::Voters(set(&[1, 2])));
        assert_eq!((history.voters(), history.kraft_version()), (&set(&[1, 2]), 1));
        assert_eq!(history.at(Offset(8)).len(), 2);
        assert_eq!(history.at(Offset(3)), []);
        history.truncate(Offset(8));
        assert_eq!((history.voters(), history.voters_offset()), (&set(&[1]), Some(Offset(5))));
        history.truncate(Offset(4));
        assert_eq!((history.voters(), history.kraft_version()), (&set(&[9]), 0));
    }

    #[test]
    fn the_last_entry_before_the_start_is_kept() {
        let mut history = History::new(VoterSet::default());
        history.replace(Offset(0), &[ControlRecord::Voters(set(&[1]))]);
        assert_eq!(history.voters_offset(), Some(Offset(-1)));
        history.add(Offset(5), &ControlRecord::Voters(set(&[1, 2])));
        history.delete_before(Offset(3));
        assert_eq!(history.at(Offset(4)), [ControlRecord::Voters(set(&[1]))]);
        history.delete_before(Offset(7));
        assert_eq!(history.at(Offset(4)), []);
        assert_eq!(history.voters(), &set(&[1, 2]));
    }
}
