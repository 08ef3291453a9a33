//! The machine: one step an event, then whatever is due by the clock.
//!
//! Promise: `ElectionState` is stored before anything that rests on it is sent; the epoch and the
//! high watermark never go back; a failed machine does nothing more.
//! Source: KafkaRaftClient, QuorumState.   Read next: machine/transitions.rs, machine/poll.rs.

pub(crate) mod describe;
mod epochs;
mod fetch;
mod follow;
mod poll;
pub(crate) mod proposals;
mod responses;
mod snapshots;
mod start;
mod transitions;
mod update_voters;
mod voter_changes;
mod votes;

use crate::command::{Command, FatalError};
use crate::config::{Config, ElectionState};
use crate::connections::Connections;
use crate::event::{Event, RequestId};
use crate::history::History;
use crate::log_shape::LogShape;
use crate::messages::{CurrentLeader, Error, Request, Response};
use crate::mutation::{Mutation, is_planted};
use crate::states::State;
use crate::units::{Epoch, NodeId, Offset, OffsetAndEpoch, ReplicaKey, Time};
use crate::voters::{Endpoints, Node, VoterSet};

/// See the crate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Machine {
    config: Config,
    random: u64,
    now: Time,
    log: LogShape,
    history: History,
    election: ElectionState,
    state: State,
    /// The highest that this node has learned. A new leader starts without one of its own.
    high_watermark: Option<Offset>,
    connections: Connections,
    correlation: u64,
    /// The fetch that is on its way, and the end of the log that it names.
    fetch: Option<(u64, OffsetAndEpoch)>,
    /// What the driver was told last.
    announced: (Option<NodeId>, Epoch),
    shutdown: Shutdown,
    /// Whether this node was a voter since it started: it then joins by itself no more
    /// (KAFKA-19850).
    was_voter: bool,
    has_failed: bool,
    commands: Vec<Command>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Shutdown {
    Running,
    Until(Time),
    Complete,
}

impl Machine {
    /// Handles one event. `now` never goes back; an earlier time counts as the latest one.
    pub fn step(&mut self, event: Event, now: Time) -> Vec<Command> {
        if self.has_failed {
            return Vec::new();
        }
        self.now = self.now.max(now);
        // What was due before the event comes before it: a leader that was stopped for long has
        // lost its majority, whoever fetches now.
        self.settle();
        self.handle(event);
        self.settle();
        std::mem::take(&mut self.commands)
    }

    /// When `Event::Tick` is due, if nothing happens before.
    pub fn wakes_at(&self) -> Time {
        self.next_deadline()
    }

    /// What is due by the clock, until nothing is.
    fn settle(&mut self) {
        // Each round moves a deadline or sends a request; a few states may follow one another.
        const ROUNDS_MAX: usize = 16;
        for _ in 0..ROUNDS_MAX {
            if self.has_failed || !self.poll() {
                break;
            }
        }
        self.announce();
        if !self.has_failed {
            self.check();
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Tick => {}
            Event::Request { id, request } => self.on_request(id, request),
            Event::Response { from, correlation, response } => {
                self.on_response(from, correlation, response);
            }
            Event::Synced { append } => self.on_synced(append),
            Event::Propose { id, epoch, records } => self.on_propose(id, epoch, records),
            Event::UpgradeKraftVersion { epoch, version } => self.on_upgrade(epoch, version),
            Event::SnapshotCreated { id, size } => self.on_snapshot_created(id, size),
            Event::SnapshotFetched { id, size, control_records } => {
                self.on_snapshot_fetched(id, size, &control_records);
            }
            Event::SnapshotRefused { id } => self.on_snapshot_refused(id),
            Event::DeleteBefore { id } => self.on_delete_before(id),
            Event::Resign { epoch } => self.on_resign(epoch),
            Event::Shutdown { until } => {
                if self.shutdown == Shutdown::Running {
                    self.shutdown = Shutdown::Until(until);
                }
            }
        }
    }

    fn on_request(&mut self, id: RequestId, request: Request) {
        match request {
            Request::Vote(request) => self.on_vote_request(id, request),
            Request::BeginQuorumEpoch(request) => self.on_begin_quorum_epoch(id, request),
            Request::EndQuorumEpoch(request) => self.on_end_quorum_epoch(id, request),
            Request::Fetch(request) => self.on_fetch_request(id, request),
            Request::FetchSnapshot(request) => self.on_fetch_snapshot_request(id, &request),
            Request::AddRaftVoter(request) => self.on_add_voter_request(id, request),
            Request::RemoveRaftVoter(request) => self.on_remove_voter_request(id, &request),
            Request::UpdateRaftVoter(request) => self.on_update_voter_request(id, request),
            Request::ApiVersions => self.answer_error(id, Error::InvalidRequest),
        }
    }

    fn on_resign(&mut self, epoch: Epoch) {
        if epoch == self.epoch()
            && let State::Leader(leader) = &mut self.state
        {
            leader.wants_to_resign = true;
        }
    }

    // What it knows

    /// The epoch that this node is in.
    pub fn epoch(&self) -> Epoch {
        self.election.leader_epoch
    }

    /// Everything before it is committed; none until this node has learned of one.
    pub fn high_watermark(&self) -> Option<Offset> {
        self.high_watermark
    }

    /// The latest time that it was told.
    pub fn now(&self) -> Time {
        self.now
    }

    pub fn log_end(&self) -> Offset {
        self.log.end()
    }

    pub fn log_start(&self) -> Offset {
        self.log.start()
    }

    /// The voters of the last record in the log, committed or not, else of the configuration.
    pub fn voters(&self) -> &VoterSet {
        self.history.voters()
    }

    /// The finalized level, committed or not.
    pub fn kraft_version(&self) -> i16 {
        self.history.kraft_version()
    }

    pub fn is_voter(&self) -> bool {
        self.voters().is_voter(&self.config.local_key())
    }

    /// Whether this node seeks the lead where there is none. Besides voters that is one whose
    /// removal may not be committed: the others may need its log to go on at all. Kafka's nodes do
    /// not, and a quorum of two is stuck if its leader fails while it removes itself.
    fn may_lead(&self) -> bool {
        let committed = self.high_watermark.unwrap_or_default();
        let former = self.history.voters_before_change(committed);
        let local = self.config.local_key();
        self.is_voter() || former.is_some_and(|former| former.is_voter(&local))
    }

    pub fn is_leader(&self) -> bool {
        matches!(self.state, State::Leader(_))
    }

    fn is_local(&self, id: NodeId) -> bool {
        id == self.config.node_id
    }

    fn has_leader(&self) -> bool {
        self.election.leader_id.is_some()
    }

    /// Where the leader is reached, if this state knows it.
    fn leader_endpoints(&self) -> Endpoints {
        match &self.state {
            State::Follower(follower) => follower.leader_endpoints.clone(),
            State::Prospective(prospective) => prospective.leader_endpoints.clone(),
            State::Leader(_) | State::Resigned(_) => self.config.listeners.clone(),
            State::Unattached(_) | State::Candidate(_) => Endpoints::default(),
        }
    }

    fn current_leader(&self) -> CurrentLeader {
        CurrentLeader {
            leader_id: self.election.leader_id,
            leader_epoch: self.epoch(),
            endpoints: self.leader_endpoints(),
        }
    }

    fn plants(&self, bug: Mutation) -> bool {
        is_planted(&self.config, bug)
    }

    // What it sends

    fn command(&mut self, command: Command) {
        self.commands.push(command);
    }

    fn answer(&mut self, id: RequestId, response: Response) {
        self.command(Command::Answer { id, response });
    }

    fn answer_error(&mut self, id: RequestId, error: Error) {
        self.answer(id, Response::Error(error));
    }

    /// Sends unless the node has a request already or is given a rest. Returns the number of what
    /// was sent.
    fn send(&mut self, to: Node, request: impl FnOnce(&Self) -> Request) -> Option<u64> {
        if !self.connections.is_ready(to.id) {
            return None;
        }
        let request = request(self);
        self.correlation += 1;
        let correlation = self.correlation;
        self.connections.sent(to.id, correlation, self.now, &self.config.timings);
        self.command(Command::Send { to, correlation, request });
        Some(correlation)
    }

    /// The voter's address; None if it has none on the listener of the quorum.
    fn voter_node(&self, id: NodeId) -> Option<Node> {
        self.voters().endpoints(id).node(id, &self.config.listener_name)
    }

    fn is_for_this_cluster(&self, cluster_id: Option<&String>) -> bool {
        cluster_id.is_none_or(|id| *id == self.config.cluster_id)
    }

    /// Whether a request that names its receiver means this replica.
    fn is_meant(&self, voter: Option<&ReplicaKey>) -> bool {
        voter.is_none_or(|key| key.names(&self.config.local_key()))
    }

    fn fail(&mut self, error: FatalError) {
        self.has_failed = true;
        self.command(Command::Fail(error));
    }

    /// xorshift64*: the state is never 0.
    fn random(&mut self) -> u64 {
        self.random ^= self.random >> 12;
        self.random ^= self.random << 25;
        self.random ^= self.random >> 27;
        self.random.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Once to twice the election time-out.
    fn election_deadline(&mut self) -> Time {
        let timeout_ms = self.config.timings.election_timeout_ms;
        let spread_ms = self.random() % timeout_ms.max(1);
        self.now.after_ms(timeout_ms.saturating_add(spread_ms))
    }

    /// Tells the driver who leads, if that has changed.
    fn announce(&mut self) {
        let early = self.plants(Mutation::AnnouncedEarly);
        let leader_id = match &self.state {
            // The controller must know what former leaders committed before it decides anything.
            State::Leader(leader) if leader.high_watermark().is_none() && !early => None,
            State::Resigned(_) => None,
            _ => self.election.leader_id,
        };
        let announced = (leader_id, self.epoch());
        if announced != self.announced {
            self.announced = announced;
            self.command(Command::LeaderChanged { leader_id, epoch: self.epoch() });
        }
    }

    /// What holds after each step.
    fn check(&self) {
        let ElectionState { leader_epoch, leader_id, voted } = self.election;
        assert!(leader_epoch >= self.log.last_epoch(), "no record is of a later epoch: {self:?}");
        assert!(leader_epoch >= Epoch(0));
        if let Some(high_watermark) = self.high_watermark {
            assert!(high_watermark <= self.log.end(), "what is committed is here: {self:?}");
        }
        let local = Some(self.config.node_id);
        match &self.state {
            State::Leader(leader) => {
                assert!(leader_id == local && leader.epoch_start < self.log.end());
                assert!(leader.high_watermark() <= self.high_watermark);
            }
            State::Resigned(_) => assert!(leader_id == local),
            State::Candidate(_) => assert!(leader_id.is_none() && voted.map(|v| v.id) == local),
            State::Follower(follower) => {
                assert!(leader_id == Some(follower.leader_id) && leader_id != local);
            }
            State::Unattached(_) | State::Prospective(_) => assert!(leader_id != local),
        }
    }

    /// For a model checker: the same state whatever the time, so that paths meet again.
    #[cfg(test)]
    pub(crate) fn rebase(&mut self) {
        let now = std::mem::take(&mut self.now);
        self.random = 1;
        let earlier = |time: &mut Time| {
            if *time != Time::FAR {
                *time = Time(time.since_ms(now));
            }
        };
        self.connections.rebase(earlier);
        match &mut self.state {
            State::Unattached(unattached) => earlier(&mut unattached.election_deadline),
            State::Prospective(prospective) => earlier(&mut prospective.election_deadline),
            State::Candidate(candidate) => earlier(&mut candidate.election_deadline),
            State::Resigned(resigned) => earlier(&mut resigned.election_deadline),
            State::Follower(follower) => {
                earlier(&mut follower.fetch_deadline);
                earlier(&mut follower.update_voter_deadline);
            }
            State::Leader(leader) => leader.rebase(now, earlier),
        }
    }
}
