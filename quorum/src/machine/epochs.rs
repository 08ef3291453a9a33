//! BeginQuorumEpoch (key 53) and EndQuorumEpoch (key 54): a leader tells that it leads, and that it
//! leads no more.
//!
//! Source: KafkaRaftClient.handleBeginQuorumEpochRequest, handleEndQuorumEpochRequest.

use super::Machine;
use crate::event::RequestId;
use crate::messages::{
    BeginQuorumEpochRequest, EndQuorumEpochRequest, EpochResponse, Error, Request, Response,
};
use crate::states::State;
use crate::units::{NodeId, ReplicaKey};

impl Machine {
    pub(super) fn on_begin_quorum_epoch(
        &mut self,
        id: RequestId,
        request: BeginQuorumEpochRequest,
    ) {
        if !self.is_for_this_cluster(request.cluster_id.as_ref()) {
            return self.answer_error(id, Error::InconsistentClusterId);
        }
        let BeginQuorumEpochRequest { voter, leader_id, leader_epoch, leader_endpoints, .. } =
            request;
        let mut error = self.validate_voter_request(leader_id, leader_epoch).err();
        if error.is_none() {
            let endpoints = self.endpoints_or_known(leader_id, leader_endpoints);
            self.learn_leader(Some(leader_id), leader_epoch, endpoints);
            if !self.is_meant(voter.as_ref()) {
                error = Some(Error::InvalidVoterKey);
            }
        }
        let response = EpochResponse { error, current_leader: self.current_leader() };
        self.answer_unless_failed(id, Response::BeginQuorumEpoch(response));
    }

    pub(super) fn on_end_quorum_epoch(&mut self, id: RequestId, request: EndQuorumEpochRequest) {
        if !self.is_for_this_cluster(request.cluster_id.as_ref()) {
            return self.answer_error(id, Error::InconsistentClusterId);
        }
        let leader_id = request.leader_id;
        let error = self.validate_voter_request(leader_id, request.leader_epoch).err();
        if error.is_none() {
            let endpoints = self.endpoints_or_known(leader_id, request.leader_endpoints);
            self.learn_leader(Some(leader_id), request.leader_epoch, endpoints);
            let backoff_ms = self.election_backoff_ms(&request.preferred_candidates);
            let now = self.now;
            if let State::Follower(follower) = &mut self.state
                && follower.leader_id == leader_id
            {
                follower.fetch_deadline = now.after_ms(backoff_ms);
                // The leader is gone: whoever asks for a pre-vote may have it (KAFKA-20895).
                follower.has_fetched = false;
            }
        }
        let response = EpochResponse { error, current_leader: self.current_leader() };
        self.answer_unless_failed(id, Response::EndQuorumEpoch(response));
    }

    fn answer_unless_failed(&mut self, id: RequestId, response: Response) {
        if !self.has_failed {
            self.answer(id, response);
        }
    }

    /// The first of the preferred seeks the lead at once, each next one twice as late, whoever is
    /// not among them last (KafkaRaftClient.strictExponentialElectionBackoffMs).
    fn election_backoff_ms(&self, preferred: &[ReplicaKey]) -> u64 {
        let local = self.config.local_key();
        let max_ms = self.config.timings.election_backoff_max_ms;
        let Some(position) = preferred.iter().position(|key| key.names(&local)) else {
            return max_ms;
        };
        if position == 0 {
            return 0;
        }
        let shift = |ms: u64, by: usize| u32::try_from(by).ok().and_then(|by| ms.checked_shr(by));
        let base_ms = shift(max_ms, preferred.len() - 1).unwrap_or(0);
        let doubled = u32::try_from(position - 1).ok().and_then(|by| 1_u64.checked_shl(by));
        base_ms.saturating_mul(doubled.unwrap_or(u64::MAX)).min(max_ms)
    }

    pub(super) fn on_begin_quorum_epoch_response(&mut self, response: EpochResponse) -> bool {
        let handled = self.on_common_response(response.error, response.current_leader);
        handled.unwrap_or(true)
    }

    pub(super) fn on_end_quorum_epoch_response(
        &mut self,
        from: NodeId,
        response: EpochResponse,
    ) -> bool {
        if let Some(handled) = self.on_common_response(response.error, response.current_leader) {
            return handled;
        }
        if let State::Resigned(resigned) = &mut self.state {
            resigned.unacknowledged.remove(&from);
        }
        true
    }

    pub(super) fn begin_quorum_epoch_request(&self, voter: ReplicaKey) -> Request {
        Request::BeginQuorumEpoch(BeginQuorumEpochRequest {
            cluster_id: Some(self.config.cluster_id.clone()),
            voter: Some(voter),
            leader_id: self.config.node_id,
            leader_epoch: self.epoch(),
            leader_endpoints: self.config.listeners.clone(),
        })
    }

    pub(super) fn end_quorum_epoch_request(&self, preferred: Vec<ReplicaKey>) -> Request {
        Request::EndQuorumEpoch(EndQuorumEpochRequest {
            cluster_id: Some(self.config.cluster_id.clone()),
            leader_id: self.config.node_id,
            leader_epoch: self.epoch(),
            preferred_candidates: preferred,
            leader_endpoints: self.config.listeners.clone(),
        })
    }
}
