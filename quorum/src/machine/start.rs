//! The state of a replica that starts, from what its disk holds (QuorumState.initialize).

use super::{Machine, Shutdown};
use crate::command::Command;
use crate::config::{Config, ElectionState, StartError, Stored};
use crate::connections::Connections;
use crate::control_records::ControlRecord;
use crate::history::History;
use crate::log_shape::LogShape;
use crate::mutation::Mutation;
use crate::states::{Resigned, State, Unattached};
use crate::units::{Epoch, NodeId, Offset, ReplicaKey, Time};

impl Machine {
    /// A machine that goes on where the disk says that it stopped, and its first commands.
    pub fn start(
        config: Config,
        stored: Stored,
        now: Time,
    ) -> Result<(Self, Vec<Command>), StartError> {
        check(&config, &stored)?;
        let Stored { election, log, control_records } = stored;
        let log = LogShape::new(log)?;
        let mut history = History::new(config.static_voters.clone());
        for (offset, record) in &control_records {
            history.add(*offset, record);
        }
        // Nothing was committed below the start, and all of it was above.
        let high_watermark = (log.start() > Offset(0)).then(|| log.start());
        let mut machine = Self {
            random: seed(config.seed, config.node_id),
            config,
            now,
            log,
            history,
            election: election.unwrap_or_default(),
            state: State::Unattached(Unattached { election_deadline: Time::FAR }),
            high_watermark,
            connections: Connections::default(),
            correlation: 0,
            fetch: None,
            announced: (None, Epoch(-1)),
            shutdown: Shutdown::Running,
            was_voter: false,
            has_failed: false,
            commands: Vec::new(),
        };
        machine.catch_up_with_snapshot();
        machine.was_voter = machine.is_voter();
        machine.take_up(election);
        machine.settle();
        let commands = std::mem::take(&mut machine.commands);
        Ok((machine, commands))
    }

    /// A follower that stopped between the download of a snapshot and the truncation of its log.
    fn catch_up_with_snapshot(&mut self) {
        if let Some(id) = self.log.snapshot_ahead() {
            self.log.truncate_fully(id);
            self.command(Command::TruncateFully { to: id });
            self.raise_high_watermark(id.offset);
        }
    }

    fn take_up(&mut self, stored: Option<ElectionState>) {
        let (log_epoch, anew) = (self.log.last_epoch(), stored.is_none());
        let local = self.config.local_key();
        let ElectionState { leader_epoch, leader_id, voted } = stored.unwrap_or_default();
        if leader_epoch < log_epoch {
            self.become_unattached_at_start(ElectionState {
                leader_epoch: log_epoch,
                leader_id: None,
                voted: None,
            });
        } else if leader_id == Some(local.id) {
            match self.plants(Mutation::ResignedForgotten) {
                true => self.become_unattached_at_start(ElectionState {
                    leader_epoch,
                    leader_id: None,
                    voted: None,
                }),
                false => self.become_resigned_at_start(leader_epoch),
            }
        } else if voted.is_some_and(|voted| voted.names(&local)) && self.is_voter() {
            self.store(ElectionState { leader_epoch, leader_id: None, voted: Some(local) }, anew);
            self.stand_for_election();
        } else if let Some(leader_id) = leader_id {
            let endpoints = self.voters().endpoints(leader_id);
            let reachable = endpoints.node(leader_id, &self.config.listener_name).is_some();
            let election = ElectionState { leader_epoch, leader_id: Some(leader_id), voted };
            match reachable {
                true => {
                    self.store(election, anew);
                    self.follow(leader_id, endpoints);
                }
                false => self.become_unattached_at_start(election),
            }
        } else {
            self.become_unattached_at_start(ElectionState { leader_epoch, leader_id: None, voted });
        }
        // A quorum of one needs no time-out, and nobody whom to ask for a pre-vote.
        let waits = !matches!(self.state, State::Candidate(_) | State::Leader(_));
        if waits && self.is_only_voter() {
            self.become_candidate();
        }
    }

    fn become_unattached_at_start(&mut self, election: ElectionState) {
        self.store(election, false);
        let election_deadline = self.election_deadline();
        self.state = State::Unattached(Unattached { election_deadline });
    }

    /// It led in this epoch: it neither leads nor votes in it again. What it had not synced may be
    /// lost, and an offset with an epoch names one record only (KAFKA-10527).
    fn become_resigned_at_start(&mut self, epoch: Epoch) {
        let leader_id = Some(self.config.node_id);
        self.store(ElectionState { leader_epoch: epoch, leader_id, voted: None }, false);
        let mut unacknowledged = self.voters().ids();
        unacknowledged.remove(&self.config.node_id);
        let election_deadline = self.election_deadline();
        let preferred_successors: Vec<ReplicaKey> = Vec::new();
        self.state =
            State::Resigned(Resigned { election_deadline, unacknowledged, preferred_successors });
    }
}

fn check(config: &Config, stored: &Stored) -> Result<(), StartError> {
    if config.node_id < NodeId(0) {
        return Err(StartError::NodeId(config.node_id));
    }
    if config.directory_id.is_nil() {
        return Err(StartError::DirectoryId);
    }
    if config.can_become_voter && !config.listeners.0.contains_key(&config.listener_name) {
        return Err(StartError::Listener(config.listener_name.clone()));
    }
    if config.bootstrap_servers.is_empty() && config.static_voters.is_empty() {
        return Err(StartError::NoBootstrapServers);
    }
    if !stored.control_records.is_sorted_by(|one, next| one.0 <= next.0) {
        return Err(StartError::Log("its control records are not in order"));
    }
    for (_, record) in &stored.control_records {
        match record {
            ControlRecord::KraftVersion(version) if !config.kraft_versions.holds(*version) => {
                return Err(StartError::KraftVersion(*version));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Nodes with one seed differ: elections in lockstep never end.
fn seed(seed: u64, node: NodeId) -> u64 {
    let mixed = seed ^ u64::from(node.0.unsigned_abs()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    if mixed == 0 { 1 } else { mixed }
}
