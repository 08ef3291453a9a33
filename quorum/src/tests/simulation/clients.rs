//! What is asked of the quorum: records, snapshots, changes of voters, upgrades.

use super::network::Caller;
use super::{Due, World};
use crate::event::{Event, ProposalId, RequestId};
use crate::messages::{AddRaftVoterRequest, RemoveRaftVoterRequest, Request};
use crate::tests::checkers::{Checked, violation};
use crate::tests::disk::Snapshot;
use crate::tests::fixture;
use crate::units::{Epoch, OffsetAndEpoch};

impl World {
    pub(super) fn on_client(&mut self) -> Checked {
        if self.is_calm {
            return Ok(());
        }
        let every_ms = self.plan.client_every_ms;
        let after_ms = self.dice.between(1, every_ms * 2);
        self.schedule(after_ms, Due::Client);
        let ids = self.plan.node_ids();
        let Some(id) = self.dice.pick(&ids) else { return Ok(()) };
        match self.dice.between(0, 100) {
            0..80 => self.propose_to_leaders(),
            80..90 => self.snapshot(id),
            90..95 => self.change_voters(id),
            95..97 => self.upgrade(),
            97..98 => self.resign(),
            _ => Ok(()),
        }
    }

    fn leaders(&self) -> Vec<(i32, Epoch)> {
        let running = self.nodes.values().filter(|node| node.leads);
        let leaders = running.filter_map(|node| Some((node.id, node.machine.as_ref()?.epoch())));
        leaders.collect()
    }

    /// To each that takes itself for the leader: a controller knows no better.
    fn propose_to_leaders(&mut self) -> Checked {
        for (id, epoch) in self.leaders() {
            self.next_value += 1;
            let records = u32::try_from(self.dice.between(1, 4)).unwrap();
            let proposal = ProposalId(self.next_value);
            self.give(id, Event::Propose { id: proposal, epoch, records })?;
        }
        Ok(())
    }

    pub(super) fn propose_at_the_end(&mut self) -> Checked {
        match self.leaders().as_slice() {
            [_] => self.propose_to_leaders(),
            leaders => {
                let state = |machine: &crate::machine::Machine| {
                    (machine.role(), machine.epoch(), machine.leader_id(), machine.log_end())
                };
                let states = self.nodes.values().map(|n| (n.key(), n.machine.as_ref().map(state)));
                let voters: Vec<_> = self
                    .nodes
                    .values()
                    .filter_map(|n| n.machine.as_ref().map(|m| m.voters().ids()))
                    .collect();
                let states: Vec<_> = states.collect();
                violation(format!("after the faults {leaders:?} lead: {states:?} {voters:?}"))
            }
        }
    }

    pub(super) fn last_proposal_is_committed(&self) -> bool {
        let node = self.nodes.values().next();
        node.is_some_and(|node| node.content == self.checkers.content(node.disk.end()))
    }

    /// A node writes a snapshot of what it has applied, and lets go of the log before an older one.
    pub(super) fn snapshot(&mut self, id: i32) -> Checked {
        let records = self.plan.snapshot_records;
        let is_planted =
            self.plan.planted == Some(crate::mutation::Mutation::SnapshotOfUncommitted);
        let Some(node) = self.nodes.get_mut(&id).filter(|node| !node.is_paused) else {
            return Ok(());
        };
        let Some(machine) = &node.machine else { return Ok(()) };
        let latest = node.disk.snapshots.last_key_value().map_or(0, |(id, _)| id.offset.0);
        let end = if is_planted { node.disk.end() } else { node.applied };
        if end - latest < records || !node.disk.is_aligned(end) {
            return Ok(());
        }
        let snapshot_id = OffsetAndEpoch::new(end, node.disk.epoch_before(end));
        let Ok(control_records) = machine.may_snapshot(snapshot_id) else { return Ok(()) };
        let (size, content) = (64 + end.unsigned_abs() % 200, node.content);
        let snapshot = Snapshot { size, content, control_records };
        node.disk.snapshots.insert(snapshot_id, snapshot);
        let older: Vec<OffsetAndEpoch> = node.disk.snapshots.keys().rev().copied().collect();
        self.checkers.snapshot(snapshot_id, content)?;
        self.give(id, Event::SnapshotCreated { id: snapshot_id, size })?;
        match older.get(usize::from(self.dice.chance(500))) {
            Some(&before) => self.give(id, Event::DeleteBefore { id: before }),
            None => Ok(()),
        }
    }

    fn change_voters(&mut self, id: i32) -> Checked {
        let Some(leader) = self.leaders().first().map(|(leader, _)| *leader) else { return Ok(()) };
        let node = &self.nodes[&id];
        let Some(machine) = &self.nodes[&leader].machine else { return Ok(()) };
        let voters = machine.voters();
        let replaced = voters
            .iter()
            .map(|voter| voter.key)
            .find(|voter| self.nodes.get(&voter.id.0).is_some_and(|node| node.key() != *voter));
        let cluster_id = Some("cluster".to_owned());
        let request = if let Some(voter) = replaced.filter(|_| self.plan.is_dynamic) {
            Request::RemoveRaftVoter(RemoveRaftVoterRequest { cluster_id, voter })
        } else if !self.plan.changes_voters {
            return Ok(());
        } else if !voters.is_voter(&node.key()) {
            Request::AddRaftVoter(AddRaftVoterRequest {
                cluster_id,
                voter: node.key(),
                listeners: fixture::endpoints(id),
                ack_when_committed: self.dice.chance(500),
            })
        } else {
            Request::RemoveRaftVoter(RemoveRaftVoterRequest { cluster_id, voter: node.key() })
        };
        self.sequence += 1;
        let request_id = RequestId(self.sequence);
        self.callers.insert(request_id, Caller::Client);
        self.give(leader, Event::Request { id: request_id, request })
    }

    fn upgrade(&mut self) -> Checked {
        for (id, epoch) in self.leaders() {
            self.give(id, Event::UpgradeKraftVersion { epoch, version: 1 })?;
        }
        Ok(())
    }

    fn resign(&mut self) -> Checked {
        for (id, epoch) in self.leaders() {
            self.give(id, Event::Resign { epoch })?;
        }
        Ok(())
    }
}
