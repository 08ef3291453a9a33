//! From one state to another; what is stored on the way.
//!
//! Promise: within an epoch a vote is kept, and a leader that is known is not forgotten.
//! Source: QuorumState.transitionTo*, KafkaRaftClient.maybeTransition.

use super::{Machine, Shutdown};
use crate::command::{Command, FatalError};
use crate::config::ElectionState;
use crate::leader::Leader;
use crate::messages::{EpochResponse, Error, Response, VoterChangeResponse};
use crate::mutation::Mutation;
use crate::states::{Candidate, Follower, Prospective, Resigned, State, Unattached};
use crate::units::{Epoch, NodeId, Offset};
use crate::voters::Endpoints;
use crate::votes::Votes;

/// Check quorum tolerates one fetch time-out and a half (LeaderState.CHECK_QUORUM_TIMEOUT_FACTOR).
const fn check_quorum_ms(fetch_timeout_ms: u64) -> u64 {
    fetch_timeout_ms.saturating_add(fetch_timeout_ms / 2)
}

impl Machine {
    /// Sets the election state. What is stored already is not written again, unless `anew`.
    pub(super) fn store(&mut self, election: ElectionState, anew: bool) {
        assert!(election.leader_epoch >= self.election.leader_epoch, "an epoch never goes back");
        if !anew && election == self.election {
            return;
        }
        self.election = election;
        let voters = self.voters().ids().into_iter().collect();
        let kraft_version = self.kraft_version();
        // Nothing was sent between the two: the later one is enough.
        if matches!(self.commands.last(), Some(Command::StoreElectionState { .. })) {
            self.commands.pop();
        }
        self.command(Command::StoreElectionState { election, kraft_version, voters });
    }

    /// Another epoch without a known leader, or a pre-vote that was lost in this one.
    pub(super) fn become_unattached(&mut self, epoch: Epoch, leader_id: Option<NodeId>) {
        let fresh = self.election_deadline();
        let election_deadline = match &self.state {
            State::Candidate(candidate) => candidate.election_deadline,
            State::Unattached(unattached) => unattached.election_deadline,
            State::Prospective(prospective) if !prospective.votes.is_lost() => {
                prospective.election_deadline
            }
            State::Resigned(resigned) => resigned.election_deadline,
            _ => fresh,
        };
        self.leave_lead();
        let voted = self.election.voted.filter(|_| epoch == self.epoch());
        self.store(ElectionState { leader_epoch: epoch, leader_id, voted }, false);
        self.state = State::Unattached(Unattached { election_deadline });
        self.reset_connections();
    }

    pub(super) fn become_follower(&mut self, epoch: Epoch, leader: NodeId, endpoints: Endpoints) {
        assert!(!self.is_local(leader), "a node does not follow itself");
        self.leave_lead();
        let voted = self.election.voted.filter(|_| epoch == self.epoch());
        let leader_id = Some(leader);
        self.store(ElectionState { leader_epoch: epoch, leader_id, voted }, false);
        self.follow(leader, endpoints);
        self.reset_connections();
        if self.plants(Mutation::TruncatedToHighWatermark) {
            self.truncate(self.high_watermark.unwrap_or_default().max(self.log.start()));
        }
    }

    /// The state of a follower, without what is stored of it.
    pub(super) fn follow(&mut self, leader_id: NodeId, leader_endpoints: Endpoints) {
        let fetch_timeout_ms = self.config.timings.fetch_timeout_ms;
        self.state = State::Follower(Follower {
            leader_id,
            leader_endpoints,
            fetch_deadline: self.now.after_ms(fetch_timeout_ms),
            update_voter_deadline: self.now.after_ms(fetch_timeout_ms.saturating_mul(2)),
            has_fetched: false,
            has_updated_leader: false,
            snapshot: None,
        });
    }

    /// Asks the others whether an election would be won. Nothing of it is stored.
    pub(super) fn become_prospective(&mut self) {
        assert!(self.may_lead(), "only a voter seeks the lead");
        assert!(!matches!(self.state, State::Leader(_) | State::Resigned(_)), "it led this epoch");
        let leader_endpoints = self.leader_endpoints();
        let votes = Votes::new(self.voters(), self.config.node_id);
        let election_deadline = self.election_deadline();
        self.state = State::Prospective(Prospective { votes, election_deadline, leader_endpoints });
        self.reset_connections();
        self.advance_election();
    }

    pub(super) fn become_candidate(&mut self) {
        let Some(leader_epoch) = self.next_epoch() else { return };
        let voted = Some(self.config.local_key());
        self.store(ElectionState { leader_epoch, leader_id: None, voted }, false);
        self.stand_for_election();
    }

    /// The state of a candidate, without what is stored of it.
    pub(super) fn stand_for_election(&mut self) {
        let votes = Votes::new(self.voters(), self.config.node_id);
        let election_deadline = self.election_deadline();
        self.state = State::Candidate(Candidate { votes, election_deadline });
        self.reset_connections();
        self.advance_election();
    }

    /// A pre-vote that is won makes a candidate, an election that is won a leader.
    pub(super) fn advance_election(&mut self) {
        match &self.state {
            State::Prospective(prospective) if prospective.votes.is_won() => {
                self.become_candidate();
            }
            State::Candidate(candidate) if candidate.votes.is_won() => {
                let granting = candidate.votes.granting();
                self.become_leader(granting);
            }
            _ => {}
        }
    }

    fn become_leader(&mut self, granting: std::collections::BTreeSet<NodeId>) {
        let (epoch, local) = (self.epoch(), self.config.local_key());
        let leader_id = Some(local.id);
        // Before the first record of the epoch: a node that restarts knows that it has led.
        let election = ElectionState { leader_epoch: epoch, leader_id, voted: None };
        match self.plants(Mutation::LeadNotStored) {
            true => self.election = election,
            false => self.store(election, false),
        }
        self.log.begin_epoch(epoch);
        let mut leader = Leader::new(local, self.log.end(), self.voters());
        let fetch_timeout_ms = self.config.timings.fetch_timeout_ms;
        leader.check_quorum_deadline = self.now.after_ms(check_quorum_ms(fetch_timeout_ms));
        leader.begin_quorum_deadline = self.now;
        if self.kraft_version() == 0 {
            leader.volatile_voters =
                self.voters().updated_whatever_directory(self.config.local_voter());
        }
        self.state = State::Leader(Box::new(leader));
        self.reset_connections();
        self.append_start_of_epoch(granting);
    }

    pub(super) fn become_resigned(&mut self) {
        let State::Leader(leader) = &self.state else { return };
        let preferred_successors = leader.successors();
        let mut unacknowledged = self.voters().ids();
        unacknowledged.remove(&self.config.node_id);
        self.leave_lead();
        let election_deadline = self.election_deadline();
        self.state =
            State::Resigned(Resigned { election_deadline, unacknowledged, preferred_successors });
        self.reset_connections();
    }

    /// Answers all that wait for the leader that this node was (KIP-595: fetchPurgatory).
    fn leave_lead(&mut self) {
        let State::Leader(leader) = &mut self.state else { return };
        let parked = std::mem::take(&mut leader.parked);
        let change = leader.change.take();
        for fetch in parked {
            self.answer_fetch_error(fetch.id, Error::NotLeaderOrFollower);
        }
        if let Some(change) = change {
            self.answer_change(change, Some(Error::NotLeaderOrFollower), None);
        }
    }

    /// Follows who says that it leads, or whom others name. Two leaders of one epoch end this node.
    pub(super) fn learn_leader(&mut self, id: Option<NodeId>, epoch: Epoch, endpoints: Endpoints) {
        let known = self.election.leader_id;
        let is_news = epoch > self.epoch();
        if epoch < self.epoch() || id.is_some_and(|id| self.is_local(id)) {
            // Nobody tells this node that it leads.
            return;
        }
        if let (false, Some(known), Some(heard)) = (is_news, known, id)
            && known != heard
        {
            return self.fail(FatalError::TwoLeaders { epoch, known, heard });
        }
        match id {
            Some(id) if self.can_reach(id, &endpoints) => {
                let more = endpoints.len() > self.leader_endpoints().len();
                if is_news || known.is_none() || (more && !self.is_leader()) {
                    self.become_follower(epoch, id, endpoints);
                }
            }
            _ if is_news => self.become_unattached(epoch, None),
            _ => {}
        }
    }

    fn can_reach(&self, id: NodeId, endpoints: &Endpoints) -> bool {
        endpoints.node(id, &self.config.listener_name).is_some()
    }

    pub(super) fn is_only_voter(&self) -> bool {
        self.voters().is_only_voter(&self.config.local_key())
    }

    pub(super) fn next_epoch(&mut self) -> Option<Epoch> {
        let epoch = self.epoch();
        let next = epoch.0.checked_add(1).map(Epoch);
        if next.is_none() {
            self.fail(FatalError::EpochsExhausted(epoch));
        }
        next
    }

    /// Called when the log says other voters than before.
    pub(super) fn voters_changed(&mut self) {
        self.was_voter |= self.is_voter();
        let election_deadline = self.election_deadline();
        match &mut self.state {
            // For one that did not vote it may be long past.
            State::Unattached(unattached) => unattached.election_deadline = election_deadline,
            State::Leader(leader) => leader.update_voters(self.history.voters()),
            // An election goes on among those who voted when it began.
            _ => {}
        }
    }

    pub(super) fn reset_connections(&mut self) {
        self.connections.reset();
        self.fetch = None;
    }

    /// Tells of a high watermark above the one known.
    pub(super) fn raise_high_watermark(&mut self, offset: Offset) {
        if self.high_watermark.is_none_or(|known| known < offset) {
            self.high_watermark = Some(offset);
            self.command(Command::HighWatermark { offset });
        }
    }

    pub(super) fn answer_change(
        &mut self,
        change: crate::leader::VoterChange,
        error: Option<Error>,
        error_message: Option<String>,
    ) {
        use crate::leader::ChangeKind;
        let Some(id) = change.request else { return };
        let response = match change.kind {
            ChangeKind::Add { .. } => {
                Response::AddRaftVoter(VoterChangeResponse { error, error_message })
            }
            ChangeKind::Remove => {
                Response::RemoveRaftVoter(VoterChangeResponse { error, error_message })
            }
            ChangeKind::Update { .. } => {
                let current_leader = self.current_leader();
                Response::UpdateRaftVoter(EpochResponse { error, current_leader })
            }
        };
        self.answer(id, response);
    }

    pub(super) fn check_quorum_timeout_ms(&self) -> u64 {
        check_quorum_ms(self.config.timings.fetch_timeout_ms)
    }

    pub(super) fn is_shutting_down(&self) -> bool {
        self.shutdown != Shutdown::Running
    }
}
