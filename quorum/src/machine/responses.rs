//! Responses: whether they are still of interest, and what all of them say of the leader.
//!
//! Source: KafkaRaftClient.handleResponse, maybeHandleCommonResponse; RequestManager.

use super::Machine;
use super::describe::Role;
use crate::event::SendError;
use crate::messages::{CurrentLeader, Error, Response};
use crate::mutation::Mutation;
use crate::units::NodeId;
use crate::voters::Endpoints;

impl Machine {
    pub(super) fn on_response(
        &mut self,
        from: NodeId,
        correlation: u64,
        response: Result<Response, SendError>,
    ) {
        let expected = self.connections.is_expected(from, correlation);
        if !expected && !self.plants(Mutation::LateAnswerUsed) {
            return;
        }
        let handled = match response {
            Ok(response) => self.on_expected(from, correlation, response),
            Err(SendError::UnsupportedVersion) => self.on_pre_vote_unsupported(),
            Err(SendError::Disconnected) => {
                self.on_versions_unknown(from);
                false
            }
        };
        match handled {
            true => self.connections.answered(from, correlation),
            false => {
                self.connections.failed(from, correlation, self.now, &self.config.timings);
            }
        }
    }

    /// Returns whether it was of use: the next request need not wait.
    fn on_expected(&mut self, from: NodeId, correlation: u64, response: Response) -> bool {
        match response {
            Response::Vote(response) => self.on_vote_response(from, response),
            Response::BeginQuorumEpoch(response) => self.on_begin_quorum_epoch_response(response),
            Response::EndQuorumEpoch(response) => self.on_end_quorum_epoch_response(from, response),
            Response::Fetch(response) => self.on_fetch_response(correlation, response),
            Response::FetchSnapshot(response) => {
                self.on_fetch_snapshot_response(correlation, response)
            }
            Response::ApiVersions(versions) => self.on_versions(from, versions),
            Response::AddRaftVoter(response) => {
                self.on_join_response(response.error, Error::DuplicateVoter)
            }
            Response::RemoveRaftVoter(response) => {
                self.on_join_response(response.error, Error::VoterNotFound)
            }
            Response::UpdateRaftVoter(response) => self.on_update_voter_response(response),
            Response::Error(Error::UnsupportedVersion) => self.on_pre_vote_unsupported(),
            Response::Error(_) => {
                self.on_versions_unknown(from);
                false
            }
        }
    }

    /// None if the caller has to look at the rest; else whether it was of use.
    pub(super) fn on_common_response(
        &mut self,
        error: Option<Error>,
        current_leader: CurrentLeader,
    ) -> Option<bool> {
        let CurrentLeader { leader_id, leader_epoch, endpoints } = current_leader;
        let endpoints =
            leader_id.map(|leader| self.endpoints_or_known(leader, endpoints)).unwrap_or_default();
        let before = (self.epoch(), self.role());
        if leader_epoch < self.epoch() || error == Some(Error::UnknownLeaderEpoch) {
            // This node is ahead of the one that answers. It is asked again after a rest.
            return Some(error.is_none());
        }
        let tells_leader = leader_epoch > self.epoch()
            || matches!(error, Some(Error::FencedLeaderEpoch | Error::NotLeaderOrFollower))
            || (leader_id.is_some() && self.role() == Role::Unattached)
            || (leader_id.is_some() && !self.has_leader());
        if tells_leader {
            self.learn_leader(leader_id, leader_epoch, endpoints);
            // Where nothing was learned, asking again at once would ask for ever.
            let learned = (self.epoch(), self.role()) != before;
            let same_epoch = leader_epoch == before.0;
            return match error {
                // An observer may learn of the leader and of its records in one response.
                None if same_epoch && learned && !self.has_failed => None,
                _ => Some(learned),
            };
        }
        match error {
            None => None,
            // SNAPSHOT_NOT_FOUND and the like are for the caller.
            Some(Error::SnapshotNotFound | Error::PositionOutOfRange) => None,
            Some(Error::InvalidVoterKey) => Some(false),
            Some(_) => Some(false),
        }
    }

    /// Endpoints as they came, or those in the voter set where an old version has none.
    pub(super) fn endpoints_or_known(&self, id: NodeId, endpoints: Endpoints) -> Endpoints {
        if endpoints.is_empty() { self.voters().endpoints(id) } else { endpoints }
    }
}
