//! Every order of a few events among three voters, by the model checker `stateright`.
//!
//! A model has few time-outs, crashes and proposals, and all interleavings of the messages that
//! follow from them; a message that is never delivered is lost. `RINGLOG_QUORUM_MODEL=N` looks at
//! N states instead of the few of a quick run.

use std::collections::{BTreeMap, BTreeSet};

use stateright::{Checker, Model, Property};

use crate::command::{AppendId, Command, RecordsToAppend};
use crate::config::Config;
use crate::event::{Event, ProposalId, RequestId, SendError};
use crate::machine::Machine;
use crate::messages::{FetchOutcome, Request, Response};
use crate::mutation::Mutation;
use crate::tests::disk::{Batch, Disk, Record};
use crate::tests::fixture::{self, dynamic_voters};
use crate::units::{Epoch, NodeId, Time};

/// Long enough for every time-out.
const LONG_MS: u64 = 30_000;

#[derive(Clone, Debug)]
struct Quorum {
    timeouts: u8,
    crashes: u8,
    proposals: u8,
    planted: Option<Mutation>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Node {
    machine: Machine,
    disk: Disk,
    run: u8,
    last_append: AppendId,
    leads: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Message {
    Request { to: i32, id: RequestId, request: Request },
    Response { to: i32, run: u8, from: NodeId, correlation: u64, response: Response },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    nodes: BTreeMap<i32, Node>,
    network: BTreeSet<Message>,
    budget: [u8; 3],
    leaders: BTreeMap<Epoch, i32>,
    /// Epoch and record of each committed offset.
    committed: Vec<(i32, Record)>,
    violation: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Action {
    Deliver(Message),
    Timeout(i32),
    Sync(i32),
    Crash(i32),
    Propose(i32),
}

fn request_id(node: i32, run: u8, correlation: u64) -> RequestId {
    RequestId((u64::from(node.unsigned_abs()) << 48) | (u64::from(run) << 40) | correlation)
}

impl Quorum {
    /// Without servers to ask, so that nothing is sent but what an election brings.
    fn config(&self, node: i32) -> Config {
        let mut config = fixture::config(node, 1, self.planted);
        config.bootstrap_servers = vec![(format!("h{node}"), 9093)];
        config
    }

    fn start(&self, state: &mut State, id: i32, mut disk: Disk, run: u8) {
        let mut stored = disk.stored();
        if stored.control_records.is_empty() {
            stored.control_records =
                fixture::formatted(&dynamic_voters(&[1, 2, 3])).control_records;
        }
        let (machine, commands) =
            Machine::start(self.config(id), stored, Time(0)).expect("it starts");
        let node = Node { machine, disk, run, last_append: AppendId(0), leads: false };
        state.nodes.insert(id, node);
        state.carry_out(id, commands, &[]);
    }
}

impl State {
    fn step(&mut self, id: i32, event: Event, batches: &[Batch], ms: u64) {
        let node = self.nodes.get_mut(&id).expect("the node is there");
        let commands = node.machine.step(event, Time(ms));
        self.carry_out(id, commands, batches);
        let node = self.nodes.get_mut(&id).expect("the node is there");
        node.machine.rebase();
        let (leads, epoch) = (node.machine.is_leader(), node.machine.epoch());
        if leads && *self.leaders.entry(epoch).or_insert(id) != id {
            self.violation = Some("two leaders in an epoch");
        }
        if leads && !node.leads && node.disk.end() < self.committed.len() as i64 {
            self.violation = Some("a leader lacks what is committed");
        }
        node.leads = leads;
    }

    fn carry_out(&mut self, id: i32, commands: Vec<Command>, batches: &[Batch]) {
        for command in commands {
            self.carry_out_one(id, command, batches);
        }
    }

    fn carry_out_one(&mut self, id: i32, command: Command, batches: &[Batch]) {
        let node = self.nodes.get_mut(&id).expect("the node is there");
        match command {
            Command::StoreElectionState { election, .. } => node.disk.election = Some(election),
            Command::Append { append, base_offset, epoch, records } => {
                node.last_append = append;
                let base = base_offset.0;
                match records {
                    RecordsToAppend::Control(records) => {
                        let records = records.into_iter().map(Record::Control).collect();
                        node.disk.append(Batch::new(base, epoch.0, records, append));
                    }
                    RecordsToAppend::Proposal { id, .. } => {
                        let records = vec![Record::Data(id.0)];
                        node.disk.append(Batch::new(base, epoch.0, records, append));
                    }
                    RecordsToAppend::Fetched { batches: count, .. } => {
                        for batch in &batches[..count] {
                            let records = batch.records.clone();
                            let batch = Batch::new(batch.base, batch.epoch, records, append);
                            node.disk.append(batch);
                        }
                    }
                }
            }
            Command::Truncate { to } => node.disk.truncate(to.0),
            Command::Send { to, correlation, request } => {
                self.send(id, to.id, correlation, request)
            }
            Command::Answer { id: asked, response } => self.answer(id, asked, response),
            Command::AnswerFetch { id: asked, response, .. } => {
                self.answer(id, asked, Response::Fetch(response));
            }
            Command::HighWatermark { offset } => self.commit(id, offset.0),
            Command::Fail(_) => self.violation = Some("a node fails"),
            _ => {}
        }
    }

    fn send(&mut self, from: i32, to: NodeId, correlation: u64, request: Request) {
        let run = self.nodes[&from].run;
        if matches!(&request, Request::Vote(vote) if vote.pre_vote) {
            // The states of pre-votes would be most of all.
            let response = Err(SendError::UnsupportedVersion);
            return self.step(from, Event::Response { from: to, correlation, response }, &[], 0);
        }
        let id = request_id(from, run, correlation);
        self.network.insert(Message::Request { to: to.0, id, request });
    }

    fn answer(&mut self, from: i32, asked: RequestId, mut response: Response) {
        let to = i32::try_from(asked.0 >> 48).expect("as it was made");
        let run = u8::try_from((asked.0 >> 40) & 0xff).expect("as it was made");
        let correlation = asked.0 & 0xff_ffff_ffff;
        if let Response::Fetch(fetch) = &mut response
            && let FetchOutcome::Batches(headers) = &mut fetch.outcome
        {
            *headers =
                self.nodes[&from].disk.read(0, usize::MAX).iter().map(Batch::header).collect();
        }
        let from = NodeId(from);
        self.network.insert(Message::Response { to, run, from, correlation, response });
    }

    fn commit(&mut self, id: i32, end: i64) {
        let node = &self.nodes[&id];
        for (offset, epoch, record) in node.disk.records(0).take_while(|(at, ..)| *at < end) {
            let found = (epoch, record.clone());
            match self.committed.get(usize::try_from(offset).expect("not negative")) {
                Some(known) if *known != found => self.violation = Some("two commits at an offset"),
                Some(_) => {}
                None => self.committed.push(found),
            }
        }
    }

    fn deliver(&mut self, message: Message) {
        self.network.remove(&message);
        match message {
            Message::Request { to, id, request } => {
                self.step(to, Event::Request { id, request }, &[], 0);
            }
            Message::Response { to, run, from, correlation, mut response } => {
                if self.nodes[&to].run != run {
                    return;
                }
                // The batches are those of the sender's disk now or then: they only grow while it
                // leads; what is gone meanwhile the headers tell.
                let batches = self.batches_for(to, from, &mut response);
                let response = Ok(response);
                self.step(to, Event::Response { from, correlation, response }, &batches, 0);
            }
        }
    }

    fn batches_for(&self, to: i32, from: NodeId, response: &mut Response) -> Vec<Batch> {
        let Response::Fetch(fetch) = response else { return Vec::new() };
        let FetchOutcome::Batches(headers) = &mut fetch.outcome else { return Vec::new() };
        let end = self.nodes[&to].disk.end();
        headers.retain(|header| header.base_offset.0 >= end);
        let disk = &self.nodes[&from.0].disk;
        let batches = disk.read(end, usize::MAX);
        let same = batches.iter().zip(headers.iter()).take_while(|(b, h)| b.header() == **h);
        let same = same.count();
        headers.truncate(same);
        batches.into_iter().take(same).collect()
    }
}

impl Model for Quorum {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let mut state = State {
            nodes: BTreeMap::new(),
            network: BTreeSet::new(),
            budget: [self.timeouts, self.crashes, self.proposals],
            leaders: BTreeMap::new(),
            committed: Vec::new(),
            violation: None,
        };
        for id in 1..=3 {
            self.start(&mut state, id, Disk::default(), 0);
        }
        vec![state]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        actions.extend(state.network.iter().cloned().map(Action::Deliver));
        let [timeouts, crashes, proposals] = state.budget;
        for (&id, node) in &state.nodes {
            if timeouts > 0 {
                actions.push(Action::Timeout(id));
            }
            if crashes > 0 {
                actions.push(Action::Crash(id));
            }
            if proposals > 0 && node.machine.is_leader() {
                actions.push(Action::Propose(id));
            }
            if node.disk.synced < node.disk.end() {
                actions.push(Action::Sync(id));
            }
        }
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let mut state = before.clone();
        match action {
            Action::Deliver(message) => state.deliver(message),
            Action::Timeout(id) => {
                state.budget[0] -= 1;
                state.step(id, Event::Tick, &[], LONG_MS);
            }
            Action::Sync(id) => {
                let node = state.nodes.get_mut(&id)?;
                let append = node.last_append;
                node.disk.sync(append);
                state.step(id, Event::Synced { append }, &[], 0);
            }
            Action::Crash(id) => {
                state.budget[1] -= 1;
                let node = state.nodes.remove(&id)?;
                let mut disk = node.disk;
                disk.truncate(disk.synced);
                self.start(&mut state, id, disk, node.run + 1);
            }
            Action::Propose(id) => {
                state.budget[2] -= 1;
                let epoch = state.nodes[&id].machine.epoch();
                let proposal = ProposalId(u64::from(state.budget[2]) + 1);
                let event = Event::Propose { id: proposal, epoch, records: 1 };
                state.step(id, event, &[], 0);
            }
        }
        (state != *before).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("nothing is violated", |_, state: &State| state.violation.is_none()),
            Property::sometimes("one leads", |_, state: &State| !state.leaders.is_empty()),
            Property::sometimes("records are committed", |_, state: &State| {
                !state.committed.is_empty()
            }),
        ]
    }
}

fn states(default: usize) -> usize {
    let asked = std::env::var("RINGLOG_QUORUM_MODEL").ok();
    asked.and_then(|states| states.parse().ok()).unwrap_or(default)
}

fn check(model: Quorum, default: usize) -> impl Checker<Quorum> {
    let builder = model.checker().threads(2).target_state_count(states(default));
    let checker = builder.spawn_bfs().join();
    println!("{} states, {} unique", checker.state_count(), checker.unique_state_count());
    checker
}

#[test]
fn no_order_of_elections_and_crashes_breaks_a_promise() {
    let checker = check(Quorum { timeouts: 2, crashes: 1, proposals: 0, planted: None }, 60_000);
    checker.assert_no_discovery("nothing is violated");
    checker.assert_any_discovery("one leads");
}

#[test]
fn no_order_of_commits_and_crashes_breaks_a_promise() {
    let checker = check(Quorum { timeouts: 1, crashes: 1, proposals: 1, planted: None }, 150_000);
    checker.assert_no_discovery("nothing is violated");
    checker.assert_any_discovery("records are committed");
}

#[test]
fn a_forgotten_vote_elects_two_leaders() {
    let planted = Some(Mutation::VoteNotStored);
    let checker = check(Quorum { timeouts: 2, crashes: 1, proposals: 0, planted }, 400_000);
    checker.assert_any_discovery("nothing is violated");
}
