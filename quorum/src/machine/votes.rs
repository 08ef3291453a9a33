//! Vote (key 52): asked for before and in an election, given once an epoch.
//!
//! Source: KafkaRaftClient.handleVoteRequest, the canGrantVote of each state; KIP-996.

use super::Machine;
use crate::config::ElectionState;
use crate::event::RequestId;
use crate::messages::{Error, Request, Response, VoteRequest, VoteResponse};
use crate::mutation::Mutation;
use crate::states::State;
use crate::units::{Epoch, NodeId, Offset, ReplicaKey};

impl Machine {
    pub(super) fn on_vote_request(&mut self, id: RequestId, request: VoteRequest) {
        if !self.is_for_this_cluster(request.cluster_id.as_ref()) {
            return self.answer_error(id, Error::InconsistentClusterId);
        }
        let judged = self.judge_vote(&request);
        let (error, vote_granted) = (judged.err(), judged.unwrap_or(false));
        let current_leader = self.current_leader();
        let response = VoteResponse { error, current_leader, vote_granted };
        self.answer(id, Response::Vote(response));
    }

    fn judge_vote(&mut self, request: &VoteRequest) -> Result<bool, Error> {
        let VoteRequest { replica, replica_epoch, last_offset, pre_vote, .. } = *request;
        // A candidate is in a new epoch, which has no records yet; who asks before is not.
        let possible = match pre_vote {
            true => last_offset.epoch <= replica_epoch,
            false => last_offset.epoch < replica_epoch,
        };
        if !possible || last_offset.offset < Offset(0) || last_offset.epoch < Epoch(0) {
            return Err(Error::InvalidRequest);
        }
        self.validate_voter_request(replica.id, replica_epoch)?;
        if replica_epoch > self.epoch() {
            self.become_unattached(replica_epoch, None);
        }
        if !self.is_meant(request.voter.as_ref()) {
            return Err(Error::InvalidVoterKey);
        }
        let up_to_date =
            last_offset >= self.log.end_and_epoch() || self.plants(Mutation::VoteToStaleLog);
        let granted = self.grants(&replica, up_to_date, pre_vote);
        if granted && !pre_vote && self.election.voted.is_none() {
            self.give_vote(replica);
        }
        Ok(granted)
    }

    /// Errors common to Vote, BeginQuorumEpoch and EndQuorumEpoch.
    pub(super) fn validate_voter_request(&self, id: NodeId, epoch: Epoch) -> Result<(), Error> {
        if epoch < self.epoch() {
            Err(Error::FencedLeaderEpoch)
        } else if id < NodeId(0) || self.is_local(id) {
            Err(Error::InvalidRequest)
        } else {
            Ok(())
        }
    }

    fn grants(&self, replica: &ReplicaKey, up_to_date: bool, pre_vote: bool) -> bool {
        if pre_vote && self.plants(Mutation::PreVoteAlwaysGranted) {
            return true;
        }
        match &self.state {
            // It has no reason to think the leader alive, unless it fetches from it.
            State::Unattached(_) | State::Prospective(_) if pre_vote => up_to_date,
            State::Candidate(_) | State::Resigned(_) => pre_vote && up_to_date,
            State::Follower(follower) => pre_vote && up_to_date && !follower.has_fetched,
            State::Leader(_) => false,
            State::Unattached(_) | State::Prospective(_) => match self.election.voted {
                Some(voted) => voted.names(replica),
                // A leader of this epoch is known: it has been elected.
                None => self.election.leader_id.is_none() && up_to_date,
            },
        }
    }

    /// The vote is stored before the answer is sent. The time-out begins anew: the candidate has
    /// at least as good a chance as this node.
    fn give_vote(&mut self, replica: ReplicaKey) {
        let election = ElectionState { voted: Some(replica), ..self.election };
        match self.plants(Mutation::VoteNotStored) {
            true => self.election = election,
            false => self.store(election, false),
        }
        let deadline = self.election_deadline();
        match &mut self.state {
            State::Unattached(unattached) => unattached.election_deadline = deadline,
            State::Prospective(prospective) => {
                // A vote given ends this node's own hope for now: it asks anew.
                prospective.votes =
                    crate::votes::Votes::new(self.history.voters(), self.config.node_id);
                prospective.election_deadline = deadline;
            }
            _ => {}
        }
    }

    pub(super) fn on_vote_response(&mut self, from: NodeId, response: VoteResponse) -> bool {
        let VoteResponse { error, current_leader, vote_granted } = response;
        if let Some(handled) = self.on_common_response(error, current_leader) {
            return handled;
        }
        match &mut self.state {
            State::Prospective(prospective) => prospective.votes.record(from, vote_granted),
            State::Candidate(candidate) => candidate.votes.record(from, vote_granted),
            _ => return true,
        }
        self.advance_election();
        self.give_up_lost_pre_vote();
        true
    }

    /// A lost pre-vote goes back to the leader that was followed, if one was. A lost election waits
    /// for its time-out, so that elections spread (KAFKA-18345).
    fn give_up_lost_pre_vote(&mut self) {
        if let State::Prospective(prospective) = &self.state
            && prospective.votes.is_lost()
        {
            self.end_pre_vote();
        }
    }

    pub(super) fn end_pre_vote(&mut self) {
        let epoch = self.epoch();
        let endpoints = self.leader_endpoints();
        match self.election.leader_id {
            Some(leader) if endpoints.node(leader, &self.config.listener_name).is_some() => {
                self.become_follower(epoch, leader, endpoints);
            }
            leader => self.become_unattached(epoch, leader),
        }
    }

    /// A node that does not know of pre-votes: without them, then.
    pub(super) fn on_pre_vote_unsupported(&mut self) -> bool {
        match self.state {
            State::Prospective(_) => {
                self.become_candidate();
                true
            }
            _ => false,
        }
    }

    pub(super) fn vote_request(&self, voter: ReplicaKey, pre_vote: bool) -> Request {
        Request::Vote(VoteRequest {
            cluster_id: Some(self.config.cluster_id.clone()),
            voter: Some(voter),
            replica: self.config.local_key(),
            replica_epoch: self.epoch(),
            last_offset: self.log.end_and_epoch(),
            pre_vote,
        })
    }
}
