//! Nodes, disks, a network and clients in virtual time, all from one seed.
//!
//! Faults: messages lost, late, out of order; links cut one way or both; nodes killed, power-cut in
//! the middle of a step, paused, restarted; clocks of other speed; slow syncs; voters added,
//! removed, moved; snapshots; a disk replaced. Then all faults end, and within a bounded time one
//! node leads, commits, and all logs are equal.

mod clients;
mod driver;
mod faults;
mod network;
mod node;
mod plan;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::command::AppendId;
use crate::event::{Event, RequestId};
use crate::messages::Request;
use crate::mutation::Mutation;
use crate::tests::checkers::{Checked, Checkers, Violation, violation};
use crate::tests::disk::Disk;
use crate::tests::fixture::Dice;
use crate::units::{OffsetAndEpoch, ReplicaKey};

use network::{Arrived, Caller};
use node::Node;
pub(super) use plan::Plan;

/// Milliseconds of virtual time.
type Ms = u64;

/// Elections that may be needed once all faults have ended, with fetch time-outs between them.
const CALM_MS: Ms = 60_000;

#[derive(Debug)]
pub(super) struct World {
    plan: Plan,
    dice: Dice,
    now: Ms,
    queue: BinaryHeap<Reverse<(Ms, u64)>>,
    /// By the number in the queue.
    due: BTreeMap<u64, Due>,
    sequence: u64,
    nodes: BTreeMap<i32, Node>,
    /// Those that were replaced. What they held counted.
    lost_disks: Vec<(ReplicaKey, Disk)>,
    /// Links that let nothing pass, from one node to another.
    cuts: std::collections::BTreeSet<(i32, i32)>,
    callers: BTreeMap<RequestId, Caller>,
    /// Who asks for a vote, and whether it is a pre-vote.
    votes_asked: BTreeMap<RequestId, (ReplicaKey, bool)>,
    checkers: Checkers,
    next_value: u64,
    is_calm: bool,
}

#[derive(Debug)]
enum Due {
    Tick { node: i32, run: u64 },
    Request { to: i32, id: RequestId, request: Request },
    Response { to: i32, run: u64, arrived: Box<Arrived> },
    Synced { node: i32, run: u64, append: AppendId },
    SnapshotFetched { node: i32, run: u64, id: OffsetAndEpoch },
    Restart { node: i32 },
    Resume { node: i32 },
    Client,
    Fault,
}

/// What a run that found nothing wrong has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) committed: i64,
    pub(super) epochs: i32,
    pub(super) digest: u64,
}

/// One whole run.
pub(super) fn run(seed: u64, planted: Option<Mutation>) -> Result<Summary, Violation> {
    let plan = Plan::of_seed(seed, planted);
    World::new(plan).run()
}

impl World {
    fn run(&mut self) -> Result<Summary, Violation> {
        self.boot()?;
        self.schedule(1, Due::Client);
        self.schedule(500, Due::Fault);
        self.run_until(self.plan.chaos_ms)?;
        self.calm_down()?;
        self.run_until(self.plan.chaos_ms + CALM_MS)?;
        self.finish()
    }

    fn run_until(&mut self, end: Ms) -> Checked {
        while let Some(&Reverse((at, sequence))) = self.queue.peek() {
            if at > end {
                break;
            }
            self.queue.pop();
            self.now = at;
            let due = self.due.remove(&sequence).expect("what is queued is there");
            self.handle(due)?;
        }
        self.now = end;
        Ok(())
    }

    fn schedule(&mut self, after_ms: Ms, due: Due) {
        self.sequence += 1;
        self.queue.push(Reverse((self.now + after_ms, self.sequence)));
        self.due.insert(self.sequence, due);
    }

    fn handle(&mut self, due: Due) -> Checked {
        match due {
            Due::Tick { node, run } => self.on_tick(node, run),
            Due::Request { to, id, request } => self.on_request(to, id, request),
            Due::Response { to, run, arrived } => self.on_response(to, run, *arrived),
            Due::Synced { node, run, append } => self.on_synced(node, run, append),
            Due::SnapshotFetched { node, run, id } => self.on_snapshot_fetched(node, run, id),
            Due::Restart { node } => self.restart(node),
            Due::Resume { node } => self.resume(node),
            Due::Client => self.on_client(),
            Due::Fault => self.on_fault(),
        }
    }

    /// Hands an event to a node, if it runs; later if it is paused.
    fn give(&mut self, node: i32, event: Event) -> Checked {
        let Some(target) = self.nodes.get_mut(&node) else { return Ok(()) };
        if target.is_paused {
            target.waiting.push(event);
            return Ok(());
        }
        let now = target.local(self.now);
        let Some(machine) = &mut target.machine else { return Ok(()) };
        let commands = machine.step(event.clone(), now);
        target.note(&event);
        self.carry_out(node, commands)
    }

    fn on_tick(&mut self, node: i32, run: u64) -> Checked {
        let at = self.now;
        match self.nodes.get_mut(&node) {
            Some(target) if target.run == run && target.tick_at == Some(at) => {
                target.tick_at = None;
                self.give(node, Event::Tick)
            }
            _ => Ok(()),
        }
    }

    /// After the faults: one leader that all know, and equal logs.
    fn finish(&mut self) -> Result<Summary, Violation> {
        self.propose_at_the_end()?;
        self.run_until(self.now + CALM_MS / 4)?;
        let mut leaders: Vec<i32> = Vec::new();
        let (mut ends, mut roles) = (Vec::new(), Vec::new());
        for node in self.nodes.values() {
            let Some(machine) = &node.machine else {
                return violation(format!("node {} has not come back", node.id));
            };
            if machine.is_leader() {
                leaders.push(node.id);
            }
            let digest = (machine.epoch(), node.disk.end(), node.applied, node.content);
            roles.push((node.id, machine.role(), machine.voters().ids(), machine.log_end()));
            ends.push((machine.leader_id(), digest));
        }
        if leaders.len() != 1 || ends.windows(2).any(|pair| pair[0] != pair[1]) {
            return violation(format!(
                "leaders {leaders:?}, ends {ends:?} {roles:?}: not one quorum"
            ));
        }
        let (_, (epoch, end, applied, digest)) = ends[0];
        if applied != end || !self.last_proposal_is_committed() {
            return violation(format!("{applied} of {end} records are committed"));
        }
        for node in self.nodes.values() {
            let end = self.checkers.committed_end();
            self.checkers.matches_committed(node.key(), &node.disk, end)?;
        }
        Ok(Summary { committed: self.checkers.committed_end(), epochs: epoch.0, digest })
    }
}
