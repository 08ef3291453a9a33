//! One machine whose peers are the test.

use crate::command::{AppendId, Command};
use crate::config::{Config, Stored};
use crate::event::{Event, RequestId};
use crate::machine::Machine;
use crate::machine::describe::Role;
use crate::messages::*;
use crate::tests::fixture::{self, dynamic_voters, key};
use crate::units::{Epoch, NodeId, Offset, OffsetAndEpoch, Time};

pub(super) struct Lone {
    pub(super) machine: Machine,
    pub(super) now: Time,
    /// Of the last step.
    pub(super) commands: Vec<Command>,
    /// Requests that nobody has looked at.
    outbox: Vec<(NodeId, u64, Request)>,
    next_request: u64,
}

impl Lone {
    pub(super) fn start(config: Config, stored: Stored) -> Self {
        let now = Time(1_000_000);
        let (machine, commands) = Machine::start(config, stored, now).expect("it starts");
        let mut lone = Self { machine, now, commands, outbox: Vec::new(), next_request: 0 };
        lone.outbox = lone.sent();
        lone
    }

    /// Node 1 of a dynamic quorum of these, just formatted.
    pub(super) fn of(voters: &[i32]) -> Self {
        Self::start(fixture::config(1, 7, None), fixture::formatted(&dynamic_voters(voters)))
    }

    pub(super) fn give(&mut self, event: Event) -> &[Command] {
        self.commands = self.machine.step(event, self.now);
        self.outbox.extend(self.sent());
        &self.commands
    }

    pub(super) fn after_ms(&mut self, ms: u64) -> &[Command] {
        self.now = self.now.after_ms(ms);
        self.give(Event::Tick)
    }

    /// Until the machine is in this state, by the clock alone.
    pub(super) fn wait_for(&mut self, role: Role) {
        for _ in 0..100 {
            if self.machine.role() == role {
                return;
            }
            self.now = self.now.max(self.machine.wakes_at());
            self.give(Event::Tick);
        }
        panic!("it stays {:?}", self.machine.role());
    }

    /// What was sent in the last step.
    pub(super) fn sent(&self) -> Vec<(NodeId, u64, Request)> {
        let sent = self.commands.iter().filter_map(|command| match command {
            Command::Send { to, correlation, request } => {
                Some((to.id, *correlation, request.clone()))
            }
            _ => None,
        });
        sent.collect()
    }

    /// What was sent since the last call.
    pub(super) fn take_outbox(&mut self) -> Vec<(NodeId, u64, Request)> {
        std::mem::take(&mut self.outbox)
    }

    pub(super) fn ask(&mut self, request: Request) -> RequestId {
        self.next_request += 1;
        let id = RequestId(self.next_request);
        self.give(Event::Request { id, request });
        id
    }

    /// The answer to a request in the last step.
    pub(super) fn answer_to(&self, asked: RequestId) -> Option<Response> {
        self.commands.iter().find_map(|command| match command {
            Command::Answer { id, response } if *id == asked => Some(response.clone()),
            Command::AnswerFetch { id, response, .. } if *id == asked => {
                Some(Response::Fetch(response.clone()))
            }
            Command::AnswerFetchSnapshot { id, response, .. } if *id == asked => {
                Some(Response::FetchSnapshot(response.clone()))
            }
            _ => None,
        })
    }

    pub(super) fn respond(&mut self, from: NodeId, correlation: u64, response: Response) {
        self.give(Event::Response { from, correlation, response: Ok(response) });
    }

    /// All vote for it, as often as it takes.
    pub(super) fn win(&mut self) {
        self.wait_for(Role::Prospective);
        while !self.machine.is_leader() {
            let votes = self.sent();
            let (from, correlation, _) = votes.first().expect("it asks for votes").clone();
            let epoch = self.machine.epoch();
            self.respond(from, correlation, granted(epoch));
        }
    }

    /// All appends are synced.
    pub(super) fn sync(&mut self) {
        self.give(Event::Synced { append: AppendId(u64::MAX) });
    }

    /// Wins, and commits the first records of its epoch.
    pub(super) fn lead(&mut self) {
        self.win();
        let epoch = self.machine.epoch();
        for (from, correlation, request) in self.sent() {
            assert!(matches!(request, Request::BeginQuorumEpoch(_)));
            let response = EpochResponse { error: None, current_leader: leader(1, epoch) };
            self.respond(from, correlation, Response::BeginQuorumEpoch(response));
        }
        self.sync();
        let end = self.machine.log_end();
        self.fetch_as(2, end, self.machine.epoch());
        assert_eq!(self.machine.high_watermark(), Some(end));
    }

    pub(super) fn fetch_as(&mut self, node: i32, offset: Offset, last: Epoch) -> RequestId {
        let request = fetch(node, self.machine.epoch(), offset, last);
        self.ask(Request::Fetch(request))
    }

    /// Follows node 2 in this epoch.
    pub(super) fn follow(&mut self, epoch: i32) {
        self.ask(begin(2, epoch));
        assert_eq!(self.machine.role(), Role::Follower);
    }

    /// The fetch that is on its way.
    pub(super) fn fetch_sent(&self) -> (NodeId, u64, FetchRequest) {
        let fetch = self.sent().into_iter().find_map(|(to, correlation, request)| match request {
            Request::Fetch(fetch) => Some((to, correlation, fetch)),
            _ => None,
        });
        fetch.expect("it fetches")
    }

    pub(super) fn stores(&self) -> bool {
        self.commands.iter().any(|command| matches!(command, Command::StoreElectionState { .. }))
    }
}

pub(super) fn leader(id: i32, epoch: Epoch) -> CurrentLeader {
    let endpoints = fixture::endpoints(id);
    CurrentLeader { leader_id: Some(NodeId(id)), leader_epoch: epoch, endpoints }
}

pub(super) fn nobody(epoch: Epoch) -> CurrentLeader {
    CurrentLeader { leader_id: None, leader_epoch: epoch, endpoints: Default::default() }
}

pub(super) fn granted(epoch: Epoch) -> Response {
    let current_leader = nobody(epoch);
    Response::Vote(VoteResponse { error: None, current_leader, vote_granted: true })
}

pub(super) fn refused(epoch: Epoch) -> Response {
    let current_leader = nobody(epoch);
    Response::Vote(VoteResponse { error: None, current_leader, vote_granted: false })
}

pub(super) fn vote(node: i32, epoch: i32, last: OffsetAndEpoch, pre_vote: bool) -> Request {
    Request::Vote(VoteRequest {
        cluster_id: Some("cluster".to_owned()),
        voter: Some(key(1, 0)),
        replica: key(node, 0),
        replica_epoch: Epoch(epoch),
        last_offset: last,
        pre_vote,
    })
}

pub(super) fn begin(node: i32, epoch: i32) -> Request {
    Request::BeginQuorumEpoch(BeginQuorumEpochRequest {
        cluster_id: Some("cluster".to_owned()),
        voter: Some(key(1, 0)),
        leader_id: NodeId(node),
        leader_epoch: Epoch(epoch),
        leader_endpoints: fixture::endpoints(node),
    })
}

pub(super) fn fetch(node: i32, epoch: Epoch, offset: Offset, last: Epoch) -> FetchRequest {
    FetchRequest {
        cluster_id: Some("cluster".to_owned()),
        replica: key(node, 0),
        current_leader_epoch: epoch,
        fetch_offset: offset,
        last_fetched_epoch: last,
        max_bytes: 1000,
        max_wait_ms: 500,
        high_watermark: None,
    }
}

pub(super) fn fetched(
    leader_id: i32,
    epoch: Epoch,
    high_watermark: Option<i64>,
    outcome: FetchOutcome,
) -> Response {
    Response::Fetch(FetchResponse {
        error: None,
        current_leader: leader(leader_id, epoch),
        high_watermark: high_watermark.map(Offset),
        log_start_offset: Offset(0),
        outcome,
    })
}

pub(super) fn batch(base: i64, last: i64, epoch: i32) -> FetchedBatch {
    FetchedBatch {
        base_offset: Offset(base),
        last_offset: Offset(last),
        epoch: Epoch(epoch),
        control_records: Vec::new(),
    }
}
