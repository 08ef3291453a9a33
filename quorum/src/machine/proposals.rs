//! What this node appends as leader: batches of the controller, and the control records of the
//! quorum.
//!
//! Promise: an epoch begins with its LeaderChange; a batch of another epoch than this one is
//! refused.
//! Source: LeaderState.appendStartOfEpochControlRecords, maybeAppendUpgradedKRaftVersion;
//! BatchAccumulator.

use std::collections::BTreeSet;

use super::Machine;
use crate::command::{Command, RecordsToAppend};
use crate::control_records::{ControlRecord, LeaderChange};
use crate::event::ProposalId;
use crate::limits::{OFFSET_MAX, UNSYNCED_APPENDS_MAX};
use crate::states::State;
use crate::units::{Epoch, NodeId, Offset, OffsetAndEpoch};
use crate::voters::VoterSet;

/// Why a batch is not appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum ProposalRefusal {
    #[error("this node does not lead in epoch {0}")]
    NotLeader(Epoch),
    #[error("too many batches wait for the disk")]
    Busy,
    #[error("a batch holds at least one record")]
    Empty,
}

/// Why no snapshot may end there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum SnapshotRefusal {
    #[error("a snapshot at {} holds more than is committed, {high_watermark}", id.offset)]
    NotCommitted { id: OffsetAndEpoch, high_watermark: Offset },
    #[error("there is one, or a later one")]
    Exists,
    #[error("the log has another epoch than {} before offset {}", id.epoch, id.offset)]
    OtherEpoch { id: OffsetAndEpoch },
}

/// Why kraft.version is not changed. To blame: the operator, unless it is not the leader.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum UpgradeRefusal {
    #[error("this node does not lead in epoch {0}")]
    NotLeader(Epoch),
    #[error("kraft.version cannot go from {from} to {to}: it never goes down, and 1 is the last")]
    Version { from: i16, to: i16 },
    #[error(
        "voters {0:?} have not told the leader yet that they support the version: they do so \
         within a few seconds after they have found it; upgrade those that do not"
    )]
    Voters(BTreeSet<NodeId>),
}

impl Machine {
    pub(super) fn on_propose(&mut self, id: ProposalId, epoch: Epoch, records: u32) {
        let end = self.log.end().0.checked_add(i64::from(records)).map(Offset);
        let end = end.filter(|end| *end <= OFFSET_MAX);
        let refusal = if !self.may_append(epoch) {
            Some(ProposalRefusal::NotLeader(epoch))
        } else if records == 0 {
            Some(ProposalRefusal::Empty)
        } else if self.log.unsynced_appends() >= UNSYNCED_APPENDS_MAX || end.is_none() {
            Some(ProposalRefusal::Busy)
        } else {
            None
        };
        match (refusal, end) {
            (None, Some(end)) => {
                let base_offset = self.log.end();
                let append = self.log.append(epoch, end);
                let records = RecordsToAppend::Proposal { id, records };
                self.command(Command::Append { append, base_offset, epoch, records });
            }
            (refusal, _) => {
                let refusal = refusal.unwrap_or(ProposalRefusal::Busy);
                self.command(Command::RefuseProposal { id, refusal });
            }
        }
    }

    /// Whether this node takes batches of that epoch. It leads from its election on; the controller
    /// waits until it is announced.
    pub fn may_append(&self, epoch: Epoch) -> bool {
        let State::Leader(leader) = &self.state else { return false };
        epoch == self.epoch() && !leader.wants_to_resign && !self.is_shutting_down()
    }

    /// The first batch of an epoch: who leads; and for voters that no log names yet, or that name
    /// this node in another way, the voters.
    pub(super) fn append_start_of_epoch(&mut self, granting_voters: BTreeSet<NodeId>) {
        let (leader_id, voters) = (self.config.node_id, self.voters().ids());
        let change = LeaderChange { leader_id, voters, granting_voters };
        let mut records = vec![ControlRecord::LeaderChange(change)];
        let version = self.kraft_version();
        if version > 0 {
            let local = self.config.local_voter();
            let is_bootstrap = self.history.voters_offset().is_none_or(|at| at < Offset(0));
            if is_bootstrap || self.voters().needs_update(&local) {
                let voters = self.voters().updated(local);
                let voters = voters.unwrap_or_else(|| self.voters().clone());
                records.push(ControlRecord::KraftVersion(version));
                records.push(ControlRecord::Voters(voters));
            }
        }
        self.append_control(records);
    }

    /// Returns the offset of the last record.
    pub(super) fn append_control(&mut self, records: Vec<ControlRecord>) -> Offset {
        let (base_offset, epoch) = (self.log.end(), self.epoch());
        let end = Offset(base_offset.0.saturating_add(records.len() as i64));
        let append = self.log.append(epoch, end);
        let mut changed = false;
        for (offset, record) in (base_offset.0..).map(Offset).zip(&records) {
            self.history.add(offset, record);
            changed |= matches!(record, ControlRecord::Voters(_));
        }
        let records = RecordsToAppend::Control(records);
        self.command(Command::Append { append, base_offset, epoch, records });
        if changed {
            // It counts as soon as it is appended.
            self.voters_changed();
            self.update_local_end();
        }
        Offset(end.0 - 1)
    }

    /// Whether the controller may raise kraft.version; the voters of the upgraded quorum. None if
    /// it is that already.
    pub fn may_upgrade(
        &self,
        epoch: Epoch,
        version: i16,
    ) -> Result<Option<VoterSet>, UpgradeRefusal> {
        let State::Leader(leader) = &self.state else {
            return Err(UpgradeRefusal::NotLeader(epoch));
        };
        if epoch != self.epoch() {
            return Err(UpgradeRefusal::NotLeader(epoch));
        }
        let from = self.kraft_version();
        if from == version {
            return Ok(None);
        }
        let refused = UpgradeRefusal::Version { from, to: version };
        if version != 1 || from > version {
            return Err(refused);
        }
        let voters = leader.volatile_voters.as_ref().ok_or(refused)?;
        let missing = voters.iter().filter(|voter| {
            voter.key.directory_id.is_none() || !voter.kraft_versions.holds(version)
        });
        let missing: BTreeSet<NodeId> = missing.map(|voter| voter.key.id).collect();
        match missing.is_empty() {
            true => Ok(Some(voters.clone())),
            false => Err(UpgradeRefusal::Voters(missing)),
        }
    }

    pub(super) fn on_upgrade(&mut self, epoch: Epoch, version: i16) {
        if let Ok(Some(voters)) = self.may_upgrade(epoch, version) {
            if let State::Leader(leader) = &mut self.state {
                leader.volatile_voters = None;
            }
            let voters = ControlRecord::Voters(voters);
            self.append_control(vec![ControlRecord::KraftVersion(version), voters]);
        }
    }
}
