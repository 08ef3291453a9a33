//! What must hold of all nodes at all times, held against what each step does.
//!
//! - election safety: an epoch has one leader
//! - one vote: a replica votes for one candidate an epoch
//! - log matching: offset and epoch name one record, and one predecessor
//! - leader completeness: a leader has all that was committed in the epochs before its own
//! - durability: what is committed is synced on a majority of the voters
//! - state machine safety: all nodes apply the same records in the same order
//! - the high watermark of an epoch never goes back
//! - a snapshot holds what was committed before its end, and nothing else; a leader loads none
//! - two voter sets that follow one another have overlapping majorities, the first is committed
//! - a leader that no majority fetches from does not stay
//!
//! Source: Kafka's RaftEventSimulationTest, and the properties of its TLA+ models.

use std::collections::{BTreeMap, HashMap};

use crate::tests::disk::{Disk, Record, mix};
use crate::units::{Epoch, NodeId, OffsetAndEpoch, ReplicaKey};
use crate::voters::VoterSet;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Violation(pub(super) String);

pub(super) type Checked = Result<(), Violation>;

pub(super) fn violation<T>(what: impl Into<String>) -> Result<T, Violation> {
    Err(Violation(what.into()))
}

#[derive(Debug, Default)]
pub(super) struct Checkers {
    /// Each with the end of what was committed in earlier epochs when it was elected.
    leaders: BTreeMap<Epoch, (ReplicaKey, i64)>,
    votes: HashMap<(ReplicaKey, Epoch), ReplicaKey>,
    /// The record at an offset of an epoch, and the epoch of the one before it.
    records: HashMap<(i64, i32), (u64, i32)>,
    /// Epoch and record of each committed offset.
    committed: Vec<(i32, u64)>,
    /// In which epoch it was committed, which may be a later one than its own.
    committed_in: Vec<Epoch>,
    /// What stands for all committed data before an offset.
    contents: Vec<u64>,
    high_watermarks: BTreeMap<Epoch, i64>,
}

fn digest(record: &Record) -> u64 {
    match record {
        Record::Data(value) => *value,
        Record::Control(record) => {
            let text = format!("{record:?}");
            text.bytes().fold(7, |digest, byte| mix(digest, u64::from(byte)))
        }
    }
}

impl Checkers {
    pub(super) fn committed_end(&self) -> i64 {
        self.committed.len() as i64
    }

    /// The end of what was committed in earlier epochs when the leader of an epoch was elected.
    pub(super) fn committed_before(&self, epoch: Epoch) -> i64 {
        self.leaders.get(&epoch).map_or(i64::MAX, |(_, committed)| *committed)
    }

    /// What stands for all data before an offset that is committed.
    pub(super) fn content(&self, end: i64) -> u64 {
        let last = usize::try_from(end).unwrap().checked_sub(1);
        last.map_or(0, |last| self.contents[last])
    }

    pub(super) fn vote(
        &mut self,
        voter: ReplicaKey,
        epoch: Epoch,
        candidate: ReplicaKey,
    ) -> Checked {
        let first = *self.votes.entry((voter, epoch)).or_insert(candidate);
        match first == candidate {
            true => Ok(()),
            false => violation(format!("{voter:?} votes for {first:?} and {candidate:?}")),
        }
    }

    pub(super) fn leads(&mut self, leader: ReplicaKey, epoch: Epoch, disk: &Disk) -> Checked {
        let known = self.leaders.get(&epoch).map(|(known, _)| *known);
        if known.is_some_and(|known| known != leader) {
            return violation(format!("{known:?} and {leader:?} lead in {epoch:?}"));
        }
        if known.is_none() {
            // One that is elected late, by votes that were long on their way, may not know what was
            // committed after its own epoch.
            let before = self.committed_in.iter().take_while(|committed| **committed < epoch);
            let before = before.count() as i64;
            self.leaders.insert(epoch, (leader, before));
            self.complete(leader, disk, before)?;
        }
        Ok(())
    }

    fn complete(&self, leader: ReplicaKey, disk: &Disk, committed: i64) -> Checked {
        if disk.end() < committed {
            let end = disk.end();
            return violation(format!("{leader:?} leads with {end} of {committed} records"));
        }
        self.matches_committed(leader, disk, committed)
    }

    /// A log and what is committed say the same before an offset.
    pub(super) fn matches_committed(&self, node: ReplicaKey, disk: &Disk, end: i64) -> Checked {
        let records = disk.records(disk.start).take_while(|(offset, ..)| *offset < end);
        for (offset, epoch, record) in records {
            let index = usize::try_from(offset).unwrap();
            if let Some(committed) = self.committed.get(index)
                && *committed != (epoch, digest(record))
            {
                return violation(format!("{node:?} has other than was committed at {offset}"));
            }
        }
        Ok(())
    }

    pub(super) fn appended(&mut self, disk: &Disk, from: i64) -> Checked {
        let mut before = disk.epoch_before(from);
        for (offset, epoch, record) in disk.records(from) {
            let found = (digest(record), before);
            let known = *self.records.entry((offset, epoch)).or_insert(found);
            if known != found {
                return violation(format!("two records at offset {offset} of epoch {epoch}"));
            }
            before = epoch;
        }
        Ok(())
    }

    /// A node learns that all before an offset is committed.
    pub(super) fn commits(
        &mut self,
        node: ReplicaKey,
        now_in: Epoch,
        disk: &Disk,
        from: i64,
        end: i64,
    ) -> Checked {
        for (offset, epoch, record) in disk.records(from.max(disk.start)) {
            if offset >= end {
                break;
            }
            let (index, found) = (usize::try_from(offset).unwrap(), (epoch, digest(record)));
            match self.committed.get(index) {
                Some(committed) if *committed == found => {}
                Some(_) => return violation(format!("{node:?} commits another {offset}")),
                None if index == self.committed.len() => self.commit(found, record, now_in),
                None => return violation(format!("{node:?} commits {offset} out of order")),
            }
        }
        match self.committed_end() < end {
            true => violation(format!("{node:?} commits up to {end}, which it does not have")),
            false => Ok(()),
        }
    }

    fn commit(&mut self, found: (i32, u64), record: &Record, now_in: Epoch) {
        self.committed_in.push(now_in);
        let before = self.contents.last().copied().unwrap_or_default();
        self.committed.push(found);
        self.contents.push(match record {
            Record::Data(value) => mix(before, *value),
            Record::Control(_) => before,
        });
    }

    /// A leader moves the high watermark: a majority of its voters holds the records, synced.
    pub(super) fn high_watermark<'a>(
        &mut self,
        epoch: Epoch,
        offset: i64,
        voters: &VoterSet,
        disks: impl Iterator<Item = (ReplicaKey, &'a Disk)>,
    ) -> Checked {
        let last = self.high_watermarks.insert(epoch, offset);
        if last.is_some_and(|last| last > offset) {
            return violation(format!("the high watermark of {epoch:?} goes back to {offset}"));
        }
        let holds = |disk: &Disk| disk.synced >= offset;
        let count = disks.filter(|(key, disk)| voters.is_voter(key) && holds(disk)).count();
        match count > voters.len() / 2 {
            true => Ok(()),
            false => violation(format!("{offset} is committed with {count} of {}", voters.len())),
        }
    }

    /// A node writes a snapshot, or loads one.
    pub(super) fn snapshot(&self, id: OffsetAndEpoch, content: u64) -> Checked {
        if id.offset.0 > self.committed_end() {
            return violation(format!("a snapshot at {id:?} holds what is not committed"));
        }
        match self.content(id.offset.0) == content {
            true => Ok(()),
            false => violation(format!("the snapshot at {id:?} holds other records")),
        }
    }

    /// A leader appends voters: those before are committed, and the majorities overlap.
    pub(super) fn voters(&self, disk: &Disk, offset: i64, voters: &VoterSet) -> Checked {
        let former = disk.records(disk.start).filter(|(at, ..)| *at < offset);
        let former = former.filter_map(|(at, _, record)| match record {
            Record::Control(crate::control_records::ControlRecord::Voters(set)) => Some((at, set)),
            _ => None,
        });
        let Some((at, former)) = former.last() else { return Ok(()) };
        if !former.has_overlapping_majority(voters) {
            return violation(format!("voters at {offset} follow others by more than one"));
        }
        match at < self.committed_end() || former.ids() == voters.ids() {
            true => Ok(()),
            false => violation(format!("voters at {offset} follow those at {at}, not committed")),
        }
    }

    /// Whether a leader may still be one: `fetches` are the ages of the last fetch of each voter.
    pub(super) fn check_quorum(
        leader: NodeId,
        voters: &VoterSet,
        fetches: &BTreeMap<NodeId, u64>,
        silent_ms: u64,
    ) -> Checked {
        let alive = voters.ids().into_iter().filter(|id| {
            *id == leader || fetches.get(id).is_some_and(|age_ms| *age_ms <= silent_ms)
        });
        match alive.count() > voters.len() / 2 {
            true => Ok(()),
            false => {
                violation(format!("{leader} leads, the last fetches of {voters:?} are {fetches:?}"))
            }
        }
    }
}
