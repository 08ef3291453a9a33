//! What a follower asks the leader to change about itself as a voter.
//!
//! A voter tells its addresses where the log has others. Under kraft.version 0 it tells them to
//! each new leader, which needs them for the upgrade to 1. A controller that does not vote joins by
//! itself if it is configured to: it removes its own id with an older directory, then adds itself.
//! Source: KafkaRaftClient.pollFollowerAsVoter, pollFollowerAsObserver.

use super::Machine;
use crate::messages::{
    AddRaftVoterRequest, EpochResponse, Error, RemoveRaftVoterRequest, Request,
    UpdateRaftVoterRequest,
};
use crate::states::State;
use crate::units::Time;
use crate::voters::Node;

impl Machine {
    /// Sends what is due to the leader. Returns whether something was sent, instead of a fetch.
    pub(super) fn send_voter_update(&mut self, leader: Node) -> bool {
        let State::Follower(follower) = &self.state else { return false };
        if follower.update_voter_deadline > self.now {
            return false;
        }
        let request = self.voter_update();
        let sent = match request {
            Some(request) if self.connections.is_ready(leader.id) => {
                self.send(leader, |_| request).is_some()
            }
            Some(_) => return false,
            None => false,
        };
        self.reset_update_voter_deadline();
        sent
    }

    fn voter_update(&self) -> Option<Request> {
        let State::Follower(follower) = &self.state else { return None };
        let is_dynamic = self.kraft_version() > 0;
        let local = self.config.local_voter();
        if self.is_voter() {
            let needs_update = match is_dynamic {
                true => self.voters().needs_update(&local),
                false => !follower.has_updated_leader,
            };
            return needs_update.then(|| self.update_voter_request());
        }
        let joins =
            is_dynamic && self.config.can_become_voter && self.config.auto_join && !self.was_voter;
        if !joins {
            return None;
        }
        let cluster_id = Some(self.config.cluster_id.clone());
        Some(match self.voters().get(local.key.id) {
            Some(former) => {
                Request::RemoveRaftVoter(RemoveRaftVoterRequest { cluster_id, voter: former.key })
            }
            None => Request::AddRaftVoter(AddRaftVoterRequest {
                cluster_id,
                voter: local.key,
                listeners: local.endpoints,
                ack_when_committed: false,
            }),
        })
    }

    fn update_voter_request(&self) -> Request {
        Request::UpdateRaftVoter(UpdateRaftVoterRequest {
            cluster_id: Some(self.config.cluster_id.clone()),
            current_leader_epoch: self.epoch(),
            voter: self.config.local_key(),
            listeners: self.config.listeners.clone(),
            kraft_versions: self.config.kraft_versions,
        })
    }

    fn reset_update_voter_deadline(&mut self) {
        let deadline = self.update_voter_deadline();
        if let State::Follower(follower) = &mut self.state {
            follower.update_voter_deadline = deadline;
        }
    }

    fn update_voter_deadline(&self) -> Time {
        self.now.after_ms(self.config.timings.fetch_timeout_ms.saturating_mul(2))
    }

    /// To AddRaftVoter or RemoveRaftVoter. `done` says that it is as it was asked to be.
    pub(super) fn on_join_response(&mut self, error: Option<Error>, done: Error) -> bool {
        match error {
            None => true,
            Some(error) if error == done || error == Error::RequestTimedOut => true,
            Some(_) => false,
        }
    }

    pub(super) fn on_update_voter_response(&mut self, response: EpochResponse) -> bool {
        let error = response.error;
        if let Some(handled) =
            self.on_common_response(error.filter(tells_leader), response.current_leader)
        {
            return handled;
        }
        if !matches!(error, None | Some(Error::UnsupportedVersion)) {
            return false;
        }
        if let State::Follower(follower) = &mut self.state {
            follower.has_updated_leader = true;
            self.fetched_from_leader();
        }
        true
    }
}

/// Errors that say that another node leads, or none.
fn tells_leader(error: &Error) -> bool {
    matches!(
        error,
        Error::FencedLeaderEpoch | Error::NotLeaderOrFollower | Error::UnknownLeaderEpoch
    )
}
