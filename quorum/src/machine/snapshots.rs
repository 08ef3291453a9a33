//! Snapshots: those of this node, those that it gives to others, those that it gets.
//!
//! Promise: a snapshot holds committed records only; a log begins at offset 0 or at a snapshot; a
//! leader loads none.
//! Source: KafkaRaftClient.handleFetchSnapshotRequest, handleFetchSnapshotResponse; KafkaRaftLog.

use super::Machine;
use super::proposals::SnapshotRefusal;
use crate::command::{Command, SnapshotRange};
use crate::control_records::ControlRecord;
use crate::event::RequestId;
use crate::limits::OFFSET_MAX;
use crate::log_shape::Position;
use crate::messages::{Error, FetchSnapshotRequest, FetchSnapshotResponse, Request, Response};
use crate::mutation::Mutation;
use crate::states::{Follower, State};
use crate::units::{NodeId, Offset, OffsetAndEpoch};
use crate::voters::Node;

impl Machine {
    // Of this node

    /// Whether a snapshot may end here, and the control records that belong into it. It must also
    /// end where a batch does, and outside of a metadata transaction: the caller knows where that
    /// is.
    pub fn may_snapshot(&self, id: OffsetAndEpoch) -> Result<Vec<ControlRecord>, SnapshotRefusal> {
        let high_watermark = match self.plants(Mutation::SnapshotOfUncommitted) {
            true => self.log.end(),
            false => self.high_watermark.unwrap_or_default(),
        };
        if id.offset > high_watermark || id.offset > self.log.end() {
            return Err(SnapshotRefusal::NotCommitted { id, high_watermark });
        }
        if id.offset <= self.log.start() || self.log.snapshot_size(id).is_some() {
            return Err(SnapshotRefusal::Exists);
        }
        match self.log.position(id.offset, id.epoch) {
            Position::Valid => Ok(self.history.at(id.offset)),
            _ => Err(SnapshotRefusal::OtherEpoch { id }),
        }
    }

    pub(super) fn on_snapshot_created(&mut self, id: OffsetAndEpoch, size: u64) {
        // It may have been overtaken by one that was fetched.
        if self.may_snapshot(id).is_ok() {
            self.log.add_snapshot(id, size);
            self.history.delete_before(id.offset);
        }
    }

    pub(super) fn on_delete_before(&mut self, id: OffsetAndEpoch) {
        if self.log.may_delete_before(id) && self.high_watermark >= Some(id.offset) {
            self.log.delete_before(id);
            self.command(Command::DeleteBefore { id });
            self.update_local_end();
        }
    }

    // For others

    pub(super) fn on_fetch_snapshot_request(
        &mut self,
        id: RequestId,
        request: &FetchSnapshotRequest,
    ) {
        if !self.is_for_this_cluster(request.cluster_id.as_ref()) {
            return self.answer_error(id, Error::InconsistentClusterId);
        }
        match self.judge_fetch_snapshot(request) {
            Ok((size, range)) => {
                let response = FetchSnapshotResponse {
                    snapshot_id: request.snapshot_id,
                    size,
                    position: request.position,
                    ..self.fetch_snapshot_response(None)
                };
                let read = Some(range);
                self.command(Command::AnswerFetchSnapshot { id, response, read });
            }
            Err(error) => {
                let response = self.fetch_snapshot_response(Some(error));
                self.answer(id, Response::FetchSnapshot(response));
            }
        }
    }

    fn judge_fetch_snapshot(
        &mut self,
        request: &FetchSnapshotRequest,
    ) -> Result<(i64, SnapshotRange), Error> {
        self.validate_leader_request(request.current_leader_epoch)?;
        let (id, position) = (request.snapshot_id, request.position);
        let size = self.log.snapshot_size(id).filter(|_| id != OffsetAndEpoch::BOOTSTRAP);
        let size = size.ok_or(Error::SnapshotNotFound)?;
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        if !(0..size).contains(&position) {
            return Err(Error::PositionOutOfRange);
        }
        if request.max_bytes <= 0 || self.is_local(request.replica.id) {
            return Err(Error::InvalidRequest);
        }
        let length = i64::from(request.max_bytes).min(size - position);
        let (now, timeout_ms) = (self.now, self.check_quorum_timeout_ms());
        if let State::Leader(leader) = &mut self.state
            && request.replica.id >= NodeId(0)
        {
            leader.update_check_quorum(&request.replica, now, timeout_ms);
        }
        Ok((size, SnapshotRange { id, position, length }))
    }

    fn fetch_snapshot_response(&self, error: Option<Error>) -> FetchSnapshotResponse {
        FetchSnapshotResponse {
            error,
            current_leader: self.current_leader(),
            snapshot_id: OffsetAndEpoch::new(-1, -1),
            size: 0,
            position: 0,
            length: 0,
        }
    }

    // From the leader

    pub(super) fn send_fetch_snapshot(&mut self, node: Node, id: OffsetAndEpoch, position: i64) {
        let request = FetchSnapshotRequest {
            cluster_id: Some(self.config.cluster_id.clone()),
            replica: self.config.local_key(),
            current_leader_epoch: self.epoch(),
            snapshot_id: id,
            position,
            max_bytes: self.config.timings.fetch_snapshot_max_bytes,
        };
        let sent = self.send(node, |_| Request::FetchSnapshot(request));
        if let Some(correlation) = sent {
            self.fetch = Some((correlation, self.log.end_and_epoch()));
        }
    }

    pub(super) fn on_fetch_snapshot_response(
        &mut self,
        correlation: u64,
        response: FetchSnapshotResponse,
    ) -> bool {
        let FetchSnapshotResponse { error, current_leader, snapshot_id: id, .. } = response;
        let is_late = self.fetch.is_none_or(|(sent, _)| sent != correlation);
        if let Some(handled) = self.on_common_response(error, current_leader) {
            return handled;
        }
        let State::Follower(Follower { snapshot, .. }) = &mut self.state else { return true };
        let Some(fetching) = snapshot.as_mut().filter(|_| !is_late) else { return true };
        if error.is_some() || id.offset < Offset(0) || id.epoch.0 < 0 {
            // The leader has removed it meanwhile: the next fetch names a newer one.
            *snapshot = None;
            self.fetched_from_leader();
            return error != Some(Error::PositionOutOfRange);
        }
        let FetchSnapshotResponse { size, position, length, .. } = response;
        let fits = id == fetching.id
            && position == fetching.position
            && length > 0
            && position.checked_add(length).is_some_and(|end| end <= size);
        if !fits {
            *snapshot = None;
            return false;
        }
        fetching.position += length;
        fetching.is_complete = fetching.position == size;
        let is_last = fetching.is_complete;
        self.command(Command::WriteSnapshot { id, position, is_last });
        self.fetched_from_leader();
        true
    }

    pub(super) fn on_snapshot_fetched(
        &mut self,
        id: OffsetAndEpoch,
        size: u64,
        control_records: &[ControlRecord],
    ) {
        self.forget_download(id);
        // A leader has all that is committed: it needs none. Logs are compared by epoch first: a
        // longer one that ends in an older epoch gives way.
        let is_ahead = id > self.log.end_and_epoch() && self.high_watermark <= Some(id.offset);
        let is_possible = (self.log.start()..=OFFSET_MAX).contains(&id.offset);
        if self.is_leader() || !is_ahead || !is_possible || id.epoch > self.epoch() {
            return;
        }
        self.log.add_snapshot(id, size);
        self.log.truncate_fully(id);
        self.command(Command::TruncateFully { to: id });
        self.history.replace(id.offset, control_records);
        self.voters_changed();
        self.raise_high_watermark(id.offset);
        self.fetched_from_download();
    }

    /// Making a file of what was fetched may have taken a while.
    fn fetched_from_download(&mut self) {
        let deadline = self.now.after_ms(self.config.timings.fetch_timeout_ms);
        if let State::Follower(follower) = &mut self.state {
            follower.fetch_deadline = follower.fetch_deadline.max(deadline);
        }
    }

    pub(super) fn on_snapshot_refused(&mut self, id: OffsetAndEpoch) {
        self.forget_download(id);
    }

    fn forget_download(&mut self, id: OffsetAndEpoch) {
        if let State::Follower(follower) = &mut self.state
            && follower.snapshot.as_ref().is_some_and(|fetching| fetching.id == id)
        {
            follower.snapshot = None;
        }
    }
}
