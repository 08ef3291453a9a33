//! What goes wrong, and how it ends.

use std::collections::BTreeSet;

use super::node::Node;
use super::{Due, Plan, World};
use crate::event::Event;
use crate::machine::Machine;
use crate::tests::checkers::{Checked, Checkers, violation};
use crate::tests::disk::Snapshot;
use crate::tests::fixture::Dice;
use crate::units::{OffsetAndEpoch, Time};

impl Plan {
    /// Of all steps, how many are cut short by a power cut.
    pub(super) fn cut_short_permille(&self) -> u64 {
        u64::from(self.fault_every_ms <= 1000)
    }
}

impl World {
    pub(super) fn new(plan: Plan) -> Self {
        let dice = Dice(plan.seed.wrapping_mul(31) ^ 0x5151);
        Self {
            plan,
            dice,
            now: 0,
            queue: Default::default(),
            due: Default::default(),
            sequence: 0,
            nodes: Default::default(),
            lost_disks: Vec::new(),
            cuts: BTreeSet::new(),
            callers: Default::default(),
            votes_asked: Default::default(),
            checkers: Checkers::default(),
            next_value: 0,
            is_calm: false,
        }
    }

    pub(super) fn boot(&mut self) -> Checked {
        for id in self.plan.node_ids() {
            let permille = self.dice.between(900, 1100);
            let offset_ms = self.dice.between(0, 1_000_000);
            let mut node = Node::new(id, permille, offset_ms);
            if self.plan.is_dynamic && self.plan.first_voters.contains(&id) {
                self.format(&mut node);
            }
            self.nodes.insert(id, node);
        }
        for id in self.plan.node_ids() {
            self.restart(id)?;
        }
        Ok(())
    }

    fn format(&self, node: &mut Node) {
        let voters = crate::control_records::ControlRecord::Voters(self.plan.voters());
        let version = crate::control_records::ControlRecord::KraftVersion(1);
        let control_records = vec![version, voters];
        let snapshot = Snapshot { size: 100, content: 0, control_records };
        node.disk.snapshots.insert(OffsetAndEpoch::BOOTSTRAP, snapshot);
    }

    pub(super) fn restart(&mut self, id: i32) -> Checked {
        let node = self.nodes.get_mut(&id).expect("the node is there");
        if node.machine.is_some() {
            return Ok(());
        }
        node.run += 1;
        let config = self.plan.config(id, node.disk_number, node.run);
        let latest = node.disk.snapshots.last_key_value();
        (node.applied, node.content) =
            latest.map_or((0, 0), |(id, snapshot)| (id.offset.0, snapshot.content));
        let now = node.local(self.now);
        let started = Machine::start(config, node.disk.stored(), now);
        let (machine, commands) = match started {
            Ok(started) => started,
            Err(error) => return violation(format!("node {id} does not start: {error}")),
        };
        node.machine = Some(machine);
        node.led_from = Time::FAR;
        self.carry_out(id, commands)
    }

    pub(super) fn power_cut(&mut self, id: i32) -> Checked {
        let node = self.nodes.get_mut(&id).expect("the node is there");
        if node.machine.is_none() {
            return Ok(());
        }
        node.stop();
        node.disk.power_cut(&mut self.dice);
        self.come_back(id);
        Ok(())
    }

    fn kill(&mut self, id: i32) {
        let node = self.nodes.get_mut(&id).expect("the node is there");
        if node.machine.is_some() {
            node.stop();
            self.come_back(id);
        }
    }

    /// A node that has left in order starts again later.
    pub(super) fn leave(&mut self, id: i32) -> Checked {
        self.kill(id);
        Ok(())
    }

    fn come_back(&mut self, node: i32) {
        let soon = self.dice.chance(600);
        let after_ms = self.dice.between(1, if soon { 300 } else { 20_000 });
        self.schedule(after_ms, Due::Restart { node });
    }

    fn pause(&mut self, id: i32) {
        let node = self.nodes.get_mut(&id).expect("the node is there");
        if node.machine.is_some() && !node.is_paused {
            node.is_paused = true;
            let after_ms = self.dice.between(100, 8_000);
            self.schedule(after_ms, Due::Resume { node: id });
        }
    }

    pub(super) fn resume(&mut self, id: i32) -> Checked {
        let node = self.nodes.get_mut(&id).expect("the node is there");
        if !node.is_paused {
            return Ok(());
        }
        node.is_paused = false;
        let waiting = std::mem::take(&mut node.waiting);
        for event in waiting {
            self.give(id, event)?;
        }
        self.give(id, Event::Tick)
    }

    /// A new disk: another directory, an empty log. The node is another replica from here on.
    fn replace_disk(&mut self, id: i32) {
        self.plan.replaces_disk = false;
        let node = self.nodes.get_mut(&id).expect("the node is there");
        let was_up = node.machine.is_some();
        node.stop();
        self.lost_disks.push((node.key(), std::mem::take(&mut node.disk)));
        node.disk_number += 1;
        if was_up {
            self.come_back(id);
        }
    }

    pub(super) fn on_fault(&mut self) -> Checked {
        if self.is_calm {
            return Ok(());
        }
        let every_ms = self.plan.fault_every_ms;
        let after_ms = self.dice.between(every_ms / 2, every_ms * 3 / 2);
        self.schedule(after_ms, Due::Fault);
        let ids = self.plan.node_ids();
        let leader = self.nodes.values().find(|node| node.leads).map(|node| node.id);
        let any = self.dice.pick(&ids).unwrap_or(1);
        let id = leader.filter(|_| self.dice.chance(400)).unwrap_or(any);
        match self.dice.between(0, 100) {
            0..20 => return self.power_cut(id),
            20..30 => self.kill(id),
            30..42 => self.pause(id),
            42..47 => return self.shut_down(id),
            47..50 => {
                for id in ids {
                    self.power_cut(id)?;
                }
            }
            50..55 if self.plan.replaces_disk => self.replace_disk(id),
            50..75 => self.cut_links(id, &ids),
            _ => self.cuts.clear(),
        }
        Ok(())
    }

    fn shut_down(&mut self, id: i32) -> Checked {
        let node = &self.nodes[&id];
        let until = node.local(self.now).after_ms(3_000);
        self.give(id, Event::Shutdown { until })
    }

    /// One node or a group from the others, one way or both.
    fn cut_links(&mut self, id: i32, ids: &[i32]) {
        let mut group = BTreeSet::from([id]);
        if self.dice.chance(400) {
            group.extend(ids.iter().copied().filter(|_| self.dice.chance(400)));
        }
        let ways = self.dice.between(0, 3);
        for &inside in &group {
            for &outside in ids.iter().filter(|other| !group.contains(other)) {
                if ways != 1 {
                    self.cuts.insert((inside, outside));
                }
                if ways != 2 {
                    self.cuts.insert((outside, inside));
                }
            }
        }
    }

    /// All faults end: whoever is down starts, whoever is paused goes on.
    pub(super) fn calm_down(&mut self) -> Checked {
        self.is_calm = true;
        self.cuts.clear();
        for id in self.plan.node_ids() {
            self.restart(id)?;
            self.resume(id)?;
        }
        Ok(())
    }
}
