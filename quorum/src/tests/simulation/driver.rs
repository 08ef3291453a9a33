//! Carries out what a machine wants, and has each step looked at.

use super::{Due, Ms, World};
use crate::command::{AppendId, Command, RecordsToAppend};
use crate::control_records::ControlRecord;
use crate::event::Event;
use crate::messages::{Response, VoteResponse};
use crate::tests::checkers::{Checked, Checkers, violation};
use crate::tests::disk::{Batch, Record, Snapshot, mix};
use crate::units::{Epoch, Offset, OffsetAndEpoch};

/// A leader whom no majority has fetched from for so long, by its own clock, has resigned: one of
/// them may have fetched at the begin of one period, the last at the end of the next one.
const FORSAKEN_MS: u64 = 2 * 3_000 + 500;

impl World {
    /// In order. A power cut may come between any two of them.
    pub(super) fn carry_out(&mut self, node: i32, commands: Vec<Command>) -> Checked {
        let cut_short = !self.is_calm && self.dice.chance(self.plan.cut_short_permille());
        let count = commands.len() as u64;
        let done = if cut_short { self.dice.between(0, count + 1) } else { u64::MAX };
        for (index, command) in (0..).zip(commands) {
            if index >= done {
                return self.power_cut(node);
            }
            self.carry_out_one(node, command)?;
        }
        self.check(node)?;
        self.wake_in_time(node);
        Ok(())
    }

    fn carry_out_one(&mut self, node: i32, command: Command) -> Checked {
        let at = self.nodes.get_mut(&node).expect("the node is there");
        match command {
            Command::StoreElectionState { election, .. } => {
                let before = at.disk.election.map(|election| election.leader_epoch);
                at.disk.election = Some(election);
                if before > Some(election.leader_epoch) {
                    return violation(format!("node {node} stores an earlier epoch"));
                }
            }
            Command::Append { append, base_offset, epoch, records } => {
                return self.append(node, append, base_offset, epoch, records);
            }
            Command::Truncate { to } => at.disk.truncate(to.0),
            Command::TruncateFully { to } => return self.load_snapshot(node, to),
            Command::DeleteBefore { id } => at.disk.delete_before(id),
            Command::Send { to, correlation, request } => {
                self.send(node, &to, correlation, request);
            }
            Command::Answer { id, response } => {
                self.check_vote(node, id, &response)?;
                self.answer(id, response);
            }
            Command::AnswerFetch { id, response, read } => {
                self.answer_fetch(node, id, Response::Fetch(response), read);
            }
            Command::AnswerFetchSnapshot { id, response, read } => {
                self.answer_fetch_snapshot(node, id, Response::FetchSnapshot(response), read);
            }
            Command::WriteSnapshot { id, position, is_last } => {
                self.write_snapshot(node, id, position, is_last);
            }
            Command::HighWatermark { offset } => return self.apply(node, offset.0),
            Command::LeaderChanged { leader_id, epoch } => {
                at.leads = leader_id.is_some_and(|id| id.0 == node);
                if at.leads && at.applied < self.checkers.committed_before(epoch) {
                    return violation(format!("node {node} is told to lead behind the committed"));
                }
            }
            Command::RefuseProposal { .. } => {}
            Command::ShutdownComplete => return self.leave(node),
            Command::Fail(error) => return violation(format!("node {node} fails: {error}")),
        }
        Ok(())
    }

    fn append(
        &mut self,
        node: i32,
        append: AppendId,
        base: Offset,
        epoch: Epoch,
        records: RecordsToAppend,
    ) -> Checked {
        let at = self.nodes.get_mut(&node).expect("the node is there");
        match records {
            RecordsToAppend::Control(records) => {
                let voters = (base.0..).zip(&records).find_map(|(offset, record)| match record {
                    ControlRecord::Voters(voters) => Some((offset, voters.clone())),
                    _ => None,
                });
                let records = records.into_iter().map(Record::Control).collect();
                at.disk.append(Batch::new(base.0, epoch.0, records, append));
                if let Some((offset, voters)) = voters {
                    self.checkers.voters(&at.disk, offset, &voters)?;
                }
            }
            RecordsToAppend::Proposal { id, records } => {
                let values = (0..u64::from(records)).map(|n| Record::Data(mix(id.0, n)));
                at.disk.append(Batch::new(base.0, epoch.0, values.collect(), append));
            }
            RecordsToAppend::Fetched { batches, end } => {
                let fetched = std::mem::take(&mut at.batches);
                for batch in fetched.into_iter().take(batches) {
                    let batch = Batch::new(batch.base, batch.epoch, batch.records, append);
                    at.disk.append(batch);
                }
                if at.disk.end() != end.0 {
                    return violation(format!("node {node} appends up to another end"));
                }
            }
        }
        self.checkers.appended(&at.disk, base.0)?;
        let (run, after_ms) = (at.run, self.sync_ms());
        self.schedule(after_ms, Due::Synced { node, run, append });
        Ok(())
    }

    fn sync_ms(&mut self) -> Ms {
        let usual = if self.is_calm { 1 } else { self.plan.sync_ms };
        self.dice.between(1, usual + 2)
    }

    pub(super) fn on_synced(&mut self, node: i32, run: u64, append: AppendId) -> Checked {
        let Some(at) = self.nodes.get_mut(&node).filter(|at| at.run == run) else {
            return Ok(());
        };
        at.disk.sync(append);
        self.give(node, Event::Synced { append })
    }

    /// Applies what is committed to the node's state.
    fn apply(&mut self, node: i32, end: i64) -> Checked {
        let at = self.nodes.get_mut(&node).expect("the node is there");
        let epoch = at.machine.as_ref().map_or(Epoch(0), |machine| machine.epoch());
        self.checkers.commits(at.key(), epoch, &at.disk, at.applied, end)?;
        for (_, _, record) in at.disk.records(at.applied).take_while(|(offset, ..)| *offset < end) {
            if let Record::Data(value) = record {
                at.content = mix(at.content, *value);
            }
        }
        at.applied = at.applied.max(end);
        let machine = at.machine.as_ref().filter(|machine| machine.is_leader());
        if let Some((epoch, voters)) = machine.map(|m| (m.epoch(), m.voters().clone())) {
            let lost = self.lost_disks.iter().map(|(key, disk)| (*key, disk));
            let disks = self.nodes.values().map(|node| (node.key(), &node.disk)).chain(lost);
            self.checkers.high_watermark(epoch, end, &voters, disks)?;
        }
        Ok(())
    }

    fn load_snapshot(&mut self, node: i32, id: OffsetAndEpoch) -> Checked {
        let at = self.nodes.get_mut(&node).expect("the node is there");
        let Some(snapshot) = at.disk.snapshots.get(&id).cloned() else {
            return violation(format!("node {node} loads a snapshot that is not there: {id:?}"));
        };
        if at.machine.as_ref().is_some_and(|machine| machine.is_leader()) {
            return violation(format!("node {node} leads and loads a snapshot"));
        }
        at.disk.truncate_fully(id);
        (at.applied, at.content) = (id.offset.0, snapshot.content);
        self.checkers.snapshot(id, snapshot.content)
    }

    fn write_snapshot(&mut self, node: i32, id: OffsetAndEpoch, position: i64, is_last: bool) {
        let at = self.nodes.get_mut(&node).expect("the node is there");
        let fits = match &at.download {
            Some((known, written, _)) => *known == id && *written == position || position == 0,
            None => position == 0,
        };
        assert!(fits, "a snapshot is written in order");
        let length = 64.min(at.snapshot.as_ref().map_or(0, |s| s.size as i64) - position);
        at.download = Some((id, position + length, at.snapshot.take()));
        if is_last {
            let (run, after_ms) = (at.run, self.sync_ms());
            self.schedule(after_ms, Due::SnapshotFetched { node, run, id });
        }
    }

    pub(super) fn on_snapshot_fetched(
        &mut self,
        node: i32,
        run: u64,
        id: OffsetAndEpoch,
    ) -> Checked {
        let Some(at) = self.nodes.get_mut(&node).filter(|at| at.run == run) else {
            return Ok(());
        };
        let download = at.download.take_if(|(known, ..)| *known == id);
        let Some((_, _, Some(snapshot))) = download else { return Ok(()) };
        if !self.is_calm && self.dice.chance(50) {
            return self.give(node, Event::SnapshotRefused { id });
        }
        let Snapshot { size, control_records, .. } = snapshot.clone();
        at.disk.snapshots.insert(id, snapshot);
        self.give(node, Event::SnapshotFetched { id, size, control_records })
    }

    fn check_vote(
        &mut self,
        node: i32,
        id: crate::event::RequestId,
        response: &Response,
    ) -> Checked {
        let Response::Vote(VoteResponse { vote_granted: true, current_leader, .. }) = response
        else {
            return Ok(());
        };
        let (voter, epoch) = (self.nodes[&node].key(), current_leader.leader_epoch);
        let candidate = self.votes_asked.get(&id).copied();
        match candidate {
            Some((candidate, false)) => self.checkers.vote(voter, epoch, candidate),
            _ => Ok(()),
        }
    }

    /// What must hold of a node after a step.
    fn check(&mut self, node: i32) -> Checked {
        let now = self.now;
        let at = self.nodes.get_mut(&node).expect("the node is there");
        let Some(machine) = &at.machine else { return Ok(()) };
        if machine.log_end().0 != at.disk.end() || machine.log_start().0 != at.disk.start {
            return violation(format!("node {node} and its log differ about its ends"));
        }
        if at.disk.start > 0 && !at.disk.snapshots.keys().any(|id| id.offset.0 == at.disk.start) {
            return violation(format!("the log of node {node} begins without a snapshot"));
        }
        if !machine.is_leader() {
            at.led_from = crate::units::Time::FAR;
            return Ok(());
        }
        let committed = at.disk.voters_offset() < machine.high_watermark().unwrap_or_default().0;
        if committed && !machine.is_voter() {
            return violation(format!("node {node} is removed and leads on"));
        }
        let local = at.local(now);
        at.led_from = at.led_from.min(local);
        self.checkers.leads(at.key(), machine.epoch(), &at.disk)?;
        let voters = machine.voters();
        if at.led_with != voters.ids() {
            (at.led_from, at.led_with) = (local, voters.ids());
        }
        // Nobody is missed from before this node led these voters.
        let led_from = at.led_from;
        let ages = voters.ids().into_iter().map(|id| {
            let last = at.last_fetch.get(&id).copied().unwrap_or(led_from).max(led_from);
            (id, local.since_ms(last))
        });
        let ages = ages.collect();
        let leader = crate::units::NodeId(node);
        Checkers::check_quorum(leader, voters, &ages, FORSAKEN_MS)
    }

    fn wake_in_time(&mut self, node: i32) {
        let now = self.now;
        let at = self.nodes.get_mut(&node).expect("the node is there");
        let Some(machine) = &at.machine else { return };
        let Some(wakes_at) = at.world(machine.wakes_at()) else { return };
        let wakes_at = wakes_at.max(now + 1);
        if at.tick_at.is_none_or(|tick| tick > wakes_at || tick <= now) {
            at.tick_at = Some(wakes_at);
            let run = at.run;
            self.schedule(wakes_at - now, Due::Tick { node, run });
        }
    }
}
