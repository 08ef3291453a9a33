//! Fetch (key 1) as the leader answers it: records, a truncation, or a snapshot to begin with.
//!
//! Records are served as soon as they are appended, before this node has synced them; the fetch
//! offset of a voter says what the voter has synced. A fetch that finds nothing waits.
//! Source: KafkaRaftClient.handleFetchRequest, tryCompleteFetchRequest.

use super::{Machine, Shutdown};
use crate::command::{Command, ReadRange};
use crate::event::RequestId;
use crate::leader::ParkedFetch;
use crate::limits::{FETCH_WAIT_MS_MAX, PARKED_FETCHES_MAX};
use crate::log_shape::Position;
use crate::messages::{Error, FetchOutcome, FetchRequest, FetchResponse, Response};
use crate::mutation::Mutation;
use crate::states::State;
use crate::units::{Epoch, NodeId, Offset, OffsetAndEpoch, ReplicaKey};

impl Machine {
    pub(super) fn on_fetch_request(&mut self, id: RequestId, request: FetchRequest) {
        if !self.is_for_this_cluster(request.cluster_id.as_ref()) {
            return self.answer_error(id, Error::InconsistentClusterId);
        }
        if let Err(error) = self.validate_fetch(&request) {
            return self.answer_fetch_error(id, error);
        }
        let position = self.position_of(&request);
        if position == Position::Valid {
            let key = self.key_of(request.replica);
            self.replica_fetched(key, request.fetch_offset);
        }
        let wait_ms = u64::try_from(request.max_wait_ms).unwrap_or(0).min(FETCH_WAIT_MS_MAX);
        if !self.is_worth_an_answer(&request, position) && wait_ms > 0 {
            let until = self.now.after_ms(wait_ms);
            self.displace(request.replica);
            if let State::Leader(leader) = &mut self.state
                && leader.parked.len() < PARKED_FETCHES_MAX
            {
                leader.parked.push(ParkedFetch { id, request, until });
                return;
            }
        }
        self.answer_fetch(id, &request, position);
    }

    /// A replica has one fetch at a time: another one ends the wait of the one before.
    fn displace(&mut self, replica: ReplicaKey) {
        if let State::Leader(leader) = &mut self.state
            && replica.id >= NodeId(0)
        {
            let now = self.now;
            let former = leader.parked.iter_mut().filter(|fetch| fetch.request.replica == replica);
            former.for_each(|fetch| fetch.until = now);
            self.answer_parked_fetches();
        }
    }

    fn validate_fetch(&self, request: &FetchRequest) -> Result<(), Error> {
        let FetchRequest { fetch_offset, last_fetched_epoch, current_leader_epoch, .. } = request;
        if request.max_wait_ms < 0
            || *fetch_offset < Offset(0)
            || *last_fetched_epoch < Epoch(0)
            || last_fetched_epoch > current_leader_epoch
        {
            return Err(Error::InvalidRequest);
        }
        self.validate_leader_request(*current_leader_epoch)?;
        match self.is_local(request.replica.id) {
            true => Err(Error::InvalidRequest),
            false => Ok(()),
        }
    }

    /// Errors common to what only a leader answers.
    pub(super) fn validate_leader_request(&self, epoch: Epoch) -> Result<(), Error> {
        if epoch < self.epoch() {
            Err(Error::FencedLeaderEpoch)
        } else if epoch > self.epoch() {
            Err(Error::UnknownLeaderEpoch)
        } else if !self.is_leader() {
            Err(Error::NotLeaderOrFollower)
        } else if self.shutdown != Shutdown::Running {
            Err(Error::BrokerNotAvailable)
        } else {
            Ok(())
        }
    }

    fn position_of(&self, request: &FetchRequest) -> Position {
        let FetchRequest { fetch_offset, last_fetched_epoch, .. } = *request;
        if self.plants(Mutation::FetchBeyondLog) && fetch_offset >= self.log.start() {
            return Position::Valid;
        }
        match self.log.latest_snapshot() {
            // An empty log begins with the snapshot: shorter than all the records.
            Some(id) if fetch_offset == Offset(0) && id != OffsetAndEpoch::BOOTSTRAP => {
                Position::Snapshot(id)
            }
            _ => self.log.position(fetch_offset, last_fetched_epoch),
        }
    }

    fn key_of(&self, replica: ReplicaKey) -> ReplicaKey {
        let voter = self.voters().get(replica.id).map(|voter| voter.key);
        match voter {
            Some(voter) if self.plants(Mutation::DirectoryIgnored) => voter,
            _ => replica,
        }
    }

    /// A replica holds, synced, all before the offset that it fetches.
    fn replica_fetched(&mut self, key: ReplicaKey, offset: Offset) {
        if key.id < NodeId(0) {
            // A consumer, not a replica.
            return;
        }
        let (now, end, timeout_ms) = (self.now, self.log.end(), self.check_quorum_timeout_ms());
        let any_epoch = self.plants(Mutation::HighWatermarkOfOldEpoch);
        let State::Leader(leader) = &mut self.state else { return };
        let mut moved = leader.update_replica(key, offset, end, now);
        moved |= any_epoch && leader.move_high_watermark_whatever_epoch();
        leader.update_check_quorum(&key, now, timeout_ms);
        if moved {
            self.on_high_watermark_moved();
        }
    }

    /// Whether a fetch is answered at once: there is something, or it is known to be behind.
    fn is_worth_an_answer(&self, request: &FetchRequest, position: Position) -> bool {
        let State::Leader(leader) = &self.state else { return true };
        position != Position::Valid
            || request.fetch_offset < self.log.end()
            || request.high_watermark < leader.high_watermark()
    }

    fn answer_fetch(&mut self, id: RequestId, request: &FetchRequest, position: Position) {
        let State::Leader(leader) = &self.state else {
            return self.answer_fetch_error(id, Error::NotLeaderOrFollower);
        };
        let high_watermark = leader.high_watermark();
        let (from, end) = (request.fetch_offset, self.log.end());
        let read = ReadRange { from, end, max_bytes: request.max_bytes };
        let (outcome, read) = match position {
            Position::Valid => (FetchOutcome::Batches(Vec::new()), (from < end).then_some(read)),
            Position::Diverging(end) => (FetchOutcome::DivergingEpoch(end), None),
            Position::Snapshot(id) => (FetchOutcome::SnapshotId(id), None),
        };
        let response = FetchResponse { outcome, ..self.fetch_response(None) };
        let response = FetchResponse { high_watermark, ..response };
        self.command(Command::AnswerFetch { id, response, read });
    }

    pub(super) fn answer_fetch_error(&mut self, id: RequestId, error: Error) {
        let response = Response::Fetch(self.fetch_response(Some(error)));
        self.answer(id, response);
    }

    fn fetch_response(&self, error: Option<Error>) -> FetchResponse {
        FetchResponse {
            error,
            current_leader: self.current_leader(),
            high_watermark: None,
            log_start_offset: self.log.start(),
            outcome: FetchOutcome::Batches(Vec::new()),
        }
    }

    /// Answers the fetches that found nothing and now find something, or whose time is over. What
    /// they say of their replica was taken when they came: a node that died since is not counted.
    pub(super) fn answer_parked_fetches(&mut self) {
        let State::Leader(leader) = &mut self.state else { return };
        if leader.parked.is_empty() {
            return;
        }
        let parked = std::mem::take(&mut leader.parked);
        let mut waiting = Vec::with_capacity(parked.len());
        for fetch in parked {
            let position = self.position_of(&fetch.request);
            if fetch.until <= self.now || self.is_worth_an_answer(&fetch.request, position) {
                self.answer_fetch(fetch.id, &fetch.request, position);
            } else {
                waiting.push(fetch);
            }
        }
        if let State::Leader(leader) = &mut self.state {
            leader.parked = waiting;
        }
    }

    /// All fetches that wait are told of the new high watermark, also those of versions that cannot
    /// say which one they know.
    fn end_waits(&mut self) {
        let now = self.now;
        if let State::Leader(leader) = &mut self.state {
            leader.parked.iter_mut().for_each(|fetch| fetch.until = now);
        }
    }

    /// The end that this node counts for the high watermark has moved, or the voters have.
    pub(super) fn update_local_end(&mut self) {
        let end = match self.plants(Mutation::LeaderCountsUnsynced) {
            true => self.log.end(),
            // Kafka counts what it has not synced yet; with a sync that runs beside, that is wrong.
            false => self.log.durable(),
        };
        let now = self.now;
        if let State::Leader(leader) = &mut self.state
            && leader.update_local(end, now)
        {
            self.on_high_watermark_moved();
        }
    }

    pub(super) fn on_high_watermark_moved(&mut self) {
        let State::Leader(leader) = &self.state else { return };
        let Some(offset) = leader.high_watermark() else { return };
        self.end_waits();
        self.raise_high_watermark(offset);
        self.on_change_committed(offset);
        // The leader that is removed leads until its removal is committed.
        let committed = self.history.voters_offset().is_some_and(|voters| voters < offset);
        let removed = committed && !self.is_voter();
        if removed
            && !self.plants(Mutation::RemovedLeaderStays)
            && let State::Leader(leader) = &mut self.state
        {
            leader.wants_to_resign = true;
        }
    }
}
