//! AddRaftVoter (80), RemoveRaftVoter (81), UpdateRaftVoter (82) as the leader handles them.
//!
//! Promise: a change begins once the one before is committed, so that any two majorities that
//! follow one another have a member in common; it counts as soon as it is appended.
//! Source: AddVoterHandler, RemoveVoterHandler, UpdateVoterHandler, ChangeVoterHandlerState.

use super::Machine;
use crate::control_records::ControlRecord;
use crate::event::RequestId;
use crate::leader::{ChangeKind, VoterChange};
use crate::limits::VOTERS_MAX;
use crate::messages::{
    AddRaftVoterRequest, EpochResponse, Error, RemoveRaftVoterRequest, Request, Response,
    UpdateRaftVoterRequest, VoterChangeResponse,
};
use crate::mutation::Mutation;
use crate::states::State;
use crate::units::{NodeId, Offset, ReplicaKey, Time};
use crate::voters::{Endpoints, VersionRange, Voter, VoterSet};

/// A refusal with the sentence for the operator.
type Refused = (Error, String);

fn refused<T>(error: Error, message: impl Into<String>) -> Result<T, Refused> {
    Err((error, message.into()))
}

impl Machine {
    // Add

    pub(super) fn on_add_voter_request(&mut self, id: RequestId, request: AddRaftVoterRequest) {
        if let Err((error, message)) = self.begin_add(id, request) {
            let (error, error_message) = (Some(error), Some(message));
            let response = VoterChangeResponse { error, error_message };
            self.answer(id, Response::AddRaftVoter(response));
        }
    }

    fn begin_add(&mut self, id: RequestId, request: AddRaftVoterRequest) -> Result<(), Refused> {
        let AddRaftVoterRequest { cluster_id, voter, listeners, ack_when_committed } = request;
        self.validate_change(cluster_id.as_ref(), &voter)?;
        let Some(node) = listeners.node(voter.id, &self.config.listener_name) else {
            let name = &self.config.listener_name;
            let message = format!("the request has no endpoint for the listener {name}");
            return refused(Error::InvalidRequest, message);
        };
        let voters = self.changeable_voters()?;
        if voters.get(voter.id).is_some() {
            let message = format!("node {} votes already", voter.id);
            return refused(Error::DuplicateVoter, message);
        }
        if voters.len() >= VOTERS_MAX {
            return refused(Error::InvalidRequest, format!("a quorum has {VOTERS_MAX} voters"));
        }
        if self.send(node, |_| Request::ApiVersions).is_none() {
            let message = format!("node {} has another request to answer first", voter.id);
            return refused(Error::RequestTimedOut, message);
        }
        let kind = ChangeKind::Add { voter, endpoints: listeners, ack_when_committed };
        self.begin_change(kind, id, None);
        Ok(())
    }

    // Remove

    pub(super) fn on_remove_voter_request(
        &mut self,
        id: RequestId,
        request: &RemoveRaftVoterRequest,
    ) {
        if let Err((error, message)) = self.begin_remove(id, request) {
            let (error, error_message) = (Some(error), Some(message));
            let response = VoterChangeResponse { error, error_message };
            self.answer(id, Response::RemoveRaftVoter(response));
        }
    }

    fn begin_remove(
        &mut self,
        id: RequestId,
        request: &RemoveRaftVoterRequest,
    ) -> Result<(), Refused> {
        let voter = request.voter;
        self.validate_change(request.cluster_id.as_ref(), &voter)?;
        let Some(remaining) = self.changeable_voters()?.without(&voter) else {
            let message = match self.voters().is_only_voter(&voter) {
                true => format!("node {} is the only voter", voter.id),
                false => format!("node {} with this directory does not vote", voter.id),
            };
            return refused(Error::VoterNotFound, message);
        };
        self.begin_change(ChangeKind::Remove, id, Some(remaining));
        Ok(())
    }

    // Update

    pub(super) fn on_update_voter_request(
        &mut self,
        id: RequestId,
        request: UpdateRaftVoterRequest,
    ) {
        if let Err(error) = self.begin_update(id, request) {
            let current_leader = self.current_leader();
            let response = EpochResponse { error: Some(error), current_leader };
            self.answer(id, Response::UpdateRaftVoter(response));
        }
    }

    fn begin_update(
        &mut self,
        id: RequestId,
        request: UpdateRaftVoterRequest,
    ) -> Result<(), Error> {
        let UpdateRaftVoterRequest { voter, listeners, kraft_versions, .. } = request;
        if !self.is_for_this_cluster(request.cluster_id.as_ref()) {
            return Err(Error::InconsistentClusterId);
        }
        self.validate_leader_request(request.current_leader_epoch)?;
        if voter.directory_id.is_none() || voter.id < NodeId(0) || !kraft_versions.is_valid() {
            return Err(Error::InvalidRequest);
        }
        self.expire_change();
        let State::Leader(leader) = &self.state else { return Err(Error::NotLeaderOrFollower) };
        let has_committed = leader.high_watermark().is_some();
        if !has_committed || (leader.change.is_some() && !self.plants(Mutation::TwoVoterChanges)) {
            return Err(Error::RequestTimedOut);
        }
        let node = listeners.node(voter.id, &self.config.listener_name);
        let node = node.ok_or(Error::InvalidRequest)?;
        self.send(node, |_| Request::ApiVersions).ok_or(Error::RequestTimedOut)?;
        let kind = ChangeKind::Update { voter, endpoints: listeners, kraft_versions };
        self.begin_change(kind, id, None);
        Ok(())
    }

    // All of them

    fn validate_change(
        &mut self,
        cluster_id: Option<&String>,
        voter: &ReplicaKey,
    ) -> Result<(), Refused> {
        if !self.is_for_this_cluster(cluster_id) {
            let message = format!("this is cluster {}", self.config.cluster_id);
            return refused(Error::InconsistentClusterId, message);
        }
        if let Err(error) = self.validate_leader_request(self.epoch()) {
            return refused(error, "this node does not lead the quorum");
        }
        match voter.directory_id.is_none() || voter.id < NodeId(0) {
            true => refused(Error::InvalidRequest, "a voter has an id and a directory id"),
            false => Ok(()),
        }
    }

    /// The voters, if they may be changed now: in the log, and committed.
    fn changeable_voters(&mut self) -> Result<VoterSet, Refused> {
        self.expire_change();
        let anyway = self.plants(Mutation::TwoVoterChanges);
        let State::Leader(leader) = &self.state else {
            return refused(Error::NotLeaderOrFollower, "this node does not lead the quorum");
        };
        if leader.change.is_some() && !anyway {
            return refused(Error::RequestTimedOut, "another change of voters is under way");
        }
        let Some(high_watermark) = leader.high_watermark() else {
            let message = "the leader has not committed a record of its epoch yet";
            return refused(Error::RequestTimedOut, message);
        };
        let version = self.kraft_version();
        if version == 0 {
            let message = format!("voters are configured as long as kraft.version is {version}");
            return refused(Error::UnsupportedVersion, message);
        }
        match self.history.voters_offset() {
            Some(offset) if offset < high_watermark || anyway => Ok(self.voters().clone()),
            _ => refused(Error::RequestTimedOut, "the last change of voters is not committed yet"),
        }
    }

    /// `voters` are appended at once; without them the voter is asked for its versions first.
    fn begin_change(&mut self, kind: ChangeKind, id: RequestId, voters: Option<VoterSet>) {
        let until = self.now.after_ms(self.config.timings.request_timeout_ms);
        let change = VoterChange { kind, request: Some(id), until, appended: None };
        let former = match &mut self.state {
            State::Leader(leader) => leader.change.replace(change),
            _ => return,
        };
        if let Some(former) = former {
            self.answer_change(former, Some(Error::RequestTimedOut), None);
        }
        if let Some(voters) = voters {
            self.append_change(voters);
        }
    }

    fn append_change(&mut self, voters: VoterSet) {
        // Noted first: a quorum of one commits within the append.
        let offset = self.log.end();
        if let State::Leader(leader) = &mut self.state
            && let Some(change) = &mut leader.change
        {
            change.appended = Some(offset);
        }
        self.append_control(vec![ControlRecord::Voters(voters)]);
    }

    /// The voter that is asked for its versions has answered.
    pub(super) fn on_versions(&mut self, from: NodeId, versions: Option<VersionRange>) -> bool {
        let Some(change) = self.change_awaiting(from) else { return true };
        let version = self.kraft_version();
        let result = match change.kind {
            ChangeKind::Add { voter, endpoints, .. } => {
                self.judge_add(voter, endpoints, versions, version)
            }
            ChangeKind::Update { voter, endpoints, kraft_versions } => {
                match versions == Some(kraft_versions) && kraft_versions.holds(version) {
                    true => self.judge_update(Voter { key: voter, endpoints, kraft_versions }),
                    false => refused(Error::InvalidRequest, "kraft.version is not supported"),
                }
            }
            ChangeKind::Remove => return true,
        };
        match result {
            Ok(Some(voters)) => {
                self.append_change(voters);
                self.answer_appended_change();
            }
            Ok(None) => self.end_change(None, None),
            Err((error, message)) => self.end_change(Some(error), Some(message)),
        }
        true
    }

    fn judge_add(
        &self,
        voter: ReplicaKey,
        endpoints: Endpoints,
        versions: Option<VersionRange>,
        version: i16,
    ) -> Result<Option<VoterSet>, Refused> {
        let Some(kraft_versions) = versions.filter(|range| range.holds(version)) else {
            let message = format!("node {} does not support kraft.version {version}", voter.id);
            return refused(Error::InvalidRequest, message);
        };
        let caught_up = match &self.state {
            State::Leader(leader) => leader.is_caught_up(&voter, self.now),
            _ => false,
        };
        if !caught_up {
            let message = format!("node {} is lagging behind", voter.id);
            return refused(Error::RequestTimedOut, message);
        }
        match self.voters().with(Voter { key: voter, endpoints, kraft_versions }) {
            Some(voters) => Ok(Some(voters)),
            None => refused(Error::DuplicateVoter, format!("node {} votes already", voter.id)),
        }
    }

    /// The voters to append; none if the leader keeps them in memory (kraft.version 0).
    fn judge_update(&mut self, voter: Voter) -> Result<Option<VoterSet>, Refused> {
        let key = voter.key;
        let is_dynamic = self.kraft_version() > 0;
        let voters = self.history.voters_offset().zip(self.high_watermark);
        let is_committed = voters.is_some_and(|(offset, committed)| offset < committed);
        let timeout_ms = self.check_quorum_timeout_ms();
        let now = self.now;
        let updated = match &mut self.state {
            _ if is_dynamic && !is_committed => {
                return refused(Error::RequestTimedOut, "the voters are not committed yet");
            }
            _ if is_dynamic => self.history.voters().updated(voter).map(Some),
            State::Leader(leader) => {
                let known = leader.volatile_voters.as_ref();
                let updated = known.and_then(|known| known.updated_whatever_directory(voter));
                updated.map(|updated| {
                    leader.volatile_voters = Some(updated);
                    None
                })
            }
            _ => None,
        };
        let Some(updated) = updated else {
            return refused(Error::VoterNotFound, format!("node {} does not vote", key.id));
        };
        if let State::Leader(leader) = &mut self.state {
            leader.update_check_quorum(&key, now, timeout_ms);
        }
        Ok(updated)
    }

    /// Connection or version trouble with the voter that is asked.
    pub(super) fn on_versions_unknown(&mut self, from: NodeId) {
        if self.change_awaiting(from).is_some() {
            let message = format!("node {from} did not answer ApiVersions");
            self.end_change(Some(Error::RequestTimedOut), Some(message));
        }
    }

    fn change_awaiting(&self, from: NodeId) -> Option<VoterChange> {
        let State::Leader(leader) = &self.state else { return None };
        let change = leader.change.as_ref().filter(|change| change.appended.is_none())?;
        let asked = match &change.kind {
            ChangeKind::Add { voter, .. } | ChangeKind::Update { voter, .. } => voter.id,
            ChangeKind::Remove => return None,
        };
        (asked == from).then(|| change.clone())
    }

    /// An update, and an addition that need not wait, are answered once they are appended.
    fn answer_appended_change(&mut self) {
        let State::Leader(leader) = &mut self.state else { return };
        let Some(change) = &mut leader.change else { return };
        let waits = matches!(change.kind, ChangeKind::Add { ack_when_committed: true, .. });
        if !waits {
            let answered = change.clone();
            change.request = None;
            self.answer_change(answered, None, None);
        }
    }

    fn end_change(&mut self, error: Option<Error>, message: Option<String>) {
        if let State::Leader(leader) = &mut self.state
            && let Some(change) = leader.change.take()
        {
            self.answer_change(change, error, message);
        }
    }

    pub(super) fn on_change_committed(&mut self, high_watermark: Offset) {
        if let State::Leader(leader) = &self.state
            && let Some(VoterChange { appended: Some(offset), .. }) = leader.change
            && offset < high_watermark
        {
            self.end_change(None, None);
        }
    }

    pub(super) fn expire_change(&mut self) {
        if self.change_deadline() <= self.now {
            self.end_change(Some(Error::RequestTimedOut), None);
        }
    }

    pub(super) fn change_deadline(&self) -> Time {
        match &self.state {
            State::Leader(leader) => leader.change.as_ref().map_or(Time::FAR, |c| c.until),
            _ => Time::FAR,
        }
    }
}
