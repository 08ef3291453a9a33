//! What is due by the clock in each state, and when the next is.
//!
//! Source: KafkaRaftClient.pollCurrentState and its poll* methods.

use super::{Machine, Shutdown};
use crate::messages::Request;
use crate::mutation::Mutation;
use crate::states::{Follower, State, Unattached};
use crate::units::{NodeId, ReplicaKey, Time};
use crate::voters::Node;

impl Machine {
    /// Returns whether the state has changed, so that the new one has to be looked at.
    pub(super) fn poll(&mut self) -> bool {
        let leader_timed_out = self.connections.expire(self.now, self.fetching_from());
        if self.complete_shutdown() {
            return false;
        }
        match &self.state {
            State::Leader(_) => self.poll_leader(),
            State::Candidate(_) | State::Prospective(_) if !self.may_lead() => {
                self.give_up_election();
                true
            }
            State::Candidate(candidate) => {
                let is_over = candidate.election_deadline <= self.now;
                self.poll_candidate(is_over)
            }
            State::Prospective(prospective) => {
                let is_over = prospective.election_deadline <= self.now;
                self.poll_prospective(is_over)
            }
            State::Follower(_) => self.poll_follower(leader_timed_out),
            State::Unattached(unattached) => {
                let is_over = unattached.election_deadline <= self.now;
                self.poll_unattached(is_over)
            }
            State::Resigned(_) => self.poll_resigned(),
        }
    }

    fn fetching_from(&self) -> Option<NodeId> {
        match &self.state {
            State::Follower(follower) => Some(follower.leader_id),
            _ => None,
        }
    }

    fn complete_shutdown(&mut self) -> bool {
        let Shutdown::Until(until) = self.shutdown else {
            return self.shutdown == Shutdown::Complete;
        };
        let leads_elsewhere = self.election.leader_id.is_some_and(|id| !self.is_local(id));
        let done = until <= self.now
            || !self.is_voter() && !self.is_leader()
            || self.is_only_voter()
            || leads_elsewhere;
        if done {
            if self.is_leader() {
                self.become_resigned();
            }
            self.shutdown = Shutdown::Complete;
            self.command(crate::command::Command::ShutdownComplete);
        }
        done
    }

    fn poll_leader(&mut self) -> bool {
        let State::Leader(leader) = &self.state else { return false };
        let alone = leader.is_alone() || self.plants(Mutation::NoCheckQuorum);
        let forsaken = !alone && leader.check_quorum_deadline <= self.now;
        let begins = leader.begin_quorum_deadline <= self.now;
        if forsaken || leader.wants_to_resign || self.is_shutting_down() {
            self.become_resigned();
            return true;
        }
        self.expire_change();
        self.answer_parked_fetches();
        if begins {
            self.tell_silent_voters();
        }
        false
    }

    /// BeginQuorumEpoch to voters that have not fetched for half a fetch time-out.
    fn tell_silent_voters(&mut self) {
        let period_ms = (self.config.timings.fetch_timeout_ms / 2).max(1);
        let now = self.now;
        let State::Leader(leader) = &mut self.state else { return };
        leader.begin_quorum_deadline = now.after_ms(period_ms);
        let silent = leader.to_be_told(now, period_ms);
        self.send_to_voters(&silent, |machine, voter| machine.begin_quorum_epoch_request(voter));
    }

    fn send_to_voters(
        &mut self,
        voters: &[ReplicaKey],
        request: impl Fn(&Self, ReplicaKey) -> Request,
    ) {
        for &voter in voters {
            if let Some(node) = self.voter_node(voter.id) {
                self.send(node, |machine| request(machine, voter));
            }
        }
    }

    /// It has learned meanwhile that it does not vote any more.
    fn give_up_election(&mut self) {
        let election_deadline = self.election_deadline();
        self.state = State::Unattached(Unattached { election_deadline });
        self.reset_connections();
    }

    fn poll_candidate(&mut self, is_over: bool) -> bool {
        if is_over && !self.is_shutting_down() {
            self.become_prospective();
            return true;
        }
        self.ask_for_votes();
        false
    }

    fn poll_prospective(&mut self, is_over: bool) -> bool {
        if is_over && !self.is_shutting_down() {
            self.end_pre_vote();
            return true;
        }
        self.ask_for_votes();
        false
    }

    fn ask_for_votes(&mut self) {
        let (votes, pre_vote) = match &self.state {
            State::Prospective(prospective) => (&prospective.votes, true),
            State::Candidate(candidate) => (&candidate.votes, false),
            _ => return,
        };
        if !votes.is_lost() {
            let unrecorded = votes.unrecorded();
            self.send_to_voters(&unrecorded, |machine, voter| {
                machine.vote_request(voter, pre_vote)
            });
        }
    }

    fn poll_follower(&mut self, leader_timed_out: bool) -> bool {
        let State::Follower(follower) = &self.state else { return false };
        if self.may_lead() && !self.is_shutting_down() && follower.fetch_deadline <= self.now {
            self.become_prospective();
            return true;
        }
        let Follower { leader_id, leader_endpoints, .. } = follower;
        let Some(leader) = leader_endpoints.node(*leader_id, &self.config.listener_name) else {
            self.fetch_from_any();
            return false;
        };
        // Without an answer from the leader, another node may know of the next one.
        if leader_timed_out || self.connections.is_backing_off(leader.id) {
            self.fetch_from_any();
        } else if !self.connections.any_in_flight() && !self.send_voter_update(leader.clone()) {
            self.fetch_from_leader(leader);
        }
        false
    }

    fn fetch_from_leader(&mut self, leader: Node) {
        let State::Follower(follower) = &self.state else { return };
        match &follower.snapshot {
            // The driver makes a file of it.
            Some(snapshot) if snapshot.is_complete => {}
            Some(snapshot) => {
                let (id, position) = (snapshot.id, snapshot.position);
                self.send_fetch_snapshot(leader, id, position);
            }
            None => {
                self.send_fetch(leader);
            }
        }
    }

    /// A fetch to one of the bootstrap servers, if nothing is on its way.
    fn fetch_from_any(&mut self) {
        if self.connections.any_in_flight() {
            return;
        }
        let mut nodes = self.config.bootstrap_nodes();
        nodes.retain(|node| self.connections.is_ready(node.id));
        if nodes.is_empty() {
            return;
        }
        let chosen = self.random() % nodes.len() as u64;
        let node = nodes.swap_remove(usize::try_from(chosen).unwrap_or(0));
        self.send_fetch(node);
    }

    fn poll_unattached(&mut self, is_over: bool) -> bool {
        if self.may_lead() && is_over && !self.is_shutting_down() {
            self.become_prospective();
            return true;
        }
        self.fetch_from_any();
        false
    }

    fn poll_resigned(&mut self) -> bool {
        let State::Resigned(resigned) = &self.state else { return false };
        if resigned.election_deadline <= self.now && !self.is_shutting_down() {
            // In its epoch it would be taken for the leader still.
            let Some(epoch) = self.next_epoch() else { return false };
            self.become_unattached(epoch, None);
            return true;
        }
        let voters = resigned.unacknowledged.iter().filter_map(|id| self.voters().get(*id));
        let voters: Vec<ReplicaKey> = voters.map(|voter| voter.key).collect();
        let preferred = resigned.preferred_successors.clone();
        self.send_to_voters(&voters, |machine, _| {
            machine.end_quorum_epoch_request(preferred.clone())
        });
        false
    }

    pub(super) fn next_deadline(&self) -> Time {
        if self.has_failed || self.shutdown == Shutdown::Complete {
            return Time::FAR;
        }
        let voter_deadline = |deadline| match self.may_lead() && !self.is_shutting_down() {
            true => deadline,
            false => Time::FAR,
        };
        let of_state = match &self.state {
            State::Leader(leader) => {
                let parked = leader.parked.iter().map(|fetch| fetch.until).min();
                let forsaken = match leader.is_alone() || self.plants(Mutation::NoCheckQuorum) {
                    true => Time::FAR,
                    false => leader.check_quorum_deadline,
                };
                let others = leader.begin_quorum_deadline.min(self.change_deadline());
                parked.unwrap_or(Time::FAR).min(forsaken).min(others)
            }
            State::Candidate(candidate) => voter_deadline(candidate.election_deadline),
            State::Prospective(prospective) => voter_deadline(prospective.election_deadline),
            State::Unattached(unattached) => voter_deadline(unattached.election_deadline),
            State::Resigned(_) if self.is_shutting_down() => Time::FAR,
            State::Resigned(resigned) => resigned.election_deadline,
            State::Follower(follower) => {
                let update = follower.update_voter_deadline;
                let update = if update > self.now { update } else { Time::FAR };
                voter_deadline(follower.fetch_deadline).min(update)
            }
        };
        let shutdown = match self.shutdown {
            Shutdown::Until(until) => until,
            _ => Time::FAR,
        };
        of_state.min(shutdown).min(self.connections.wakes_at())
    }
}
