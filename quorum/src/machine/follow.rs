//! What a follower makes of the answers to its fetches: it appends, or cuts its log, or begins with
//! a snapshot.
//!
//! Promise: the next fetch leaves once all that this node appended is synced; nothing is cut below
//! the high watermark; an answer to another fetch than the last changes nothing (KAFKA-18991).
//! Source: KafkaRaftClient.handleFetchResponse, appendAsFollower.

use super::Machine;
use crate::command::{AppendId, Command, FatalError, RecordsToAppend};
use crate::limits::OFFSET_MAX;
use crate::messages::{FetchOutcome, FetchRequest, FetchResponse, FetchedBatch, Request};
use crate::mutation::Mutation;
use crate::states::{FetchingSnapshot, Follower, State};
use crate::units::{Offset, OffsetAndEpoch};
use crate::voters::Node;

impl Machine {
    pub(super) fn on_fetch_response(&mut self, correlation: u64, response: FetchResponse) -> bool {
        let FetchResponse { error, current_leader, high_watermark, outcome, .. } = response;
        let asked = self.fetch.filter(|(sent, _)| *sent == correlation).map(|(_, end)| end);
        let end = self.log.end_and_epoch();
        let is_late = asked != Some(end);
        if let Some(handled) = self.on_common_response(error, current_leader) {
            return handled;
        }
        let follows = matches!(self.state, State::Follower(_));
        if !follows || (is_late && !self.plants(Mutation::LateAnswerUsed)) {
            return true;
        }
        let handled = match outcome {
            FetchOutcome::DivergingEpoch(diverging) => self.on_diverging(diverging),
            FetchOutcome::SnapshotId(id) => self.begin_snapshot(id),
            FetchOutcome::Batches(batches) => self.append_fetched(&batches, high_watermark),
        };
        if handled {
            self.fetched_from_leader();
        }
        handled
    }

    /// The leader is alive.
    pub(super) fn fetched_from_leader(&mut self) {
        let deadline = self.now.after_ms(self.config.timings.fetch_timeout_ms);
        if let State::Follower(follower) = &mut self.state {
            follower.fetch_deadline = deadline;
            follower.has_fetched = true;
        }
    }

    fn on_diverging(&mut self, diverging: OffsetAndEpoch) -> bool {
        let State::Follower(Follower { leader_id, .. }) = self.state else { return false };
        if diverging.offset < Offset(0) || diverging.epoch.0 < 0 {
            return false;
        }
        if self.plants(Mutation::DivergenceIgnored) {
            return true;
        }
        let to = self.log.truncation_for(diverging);
        let high_watermark = self.high_watermark.unwrap_or_default().max(self.log.start());
        if diverging.offset.min(to) < high_watermark {
            let to = diverging.offset.min(to);
            self.fail(FatalError::TruncationOfCommitted { leader_id, to, high_watermark });
            return false;
        }
        self.truncate(to);
        true
    }

    pub(super) fn truncate(&mut self, to: Offset) {
        if to >= self.log.end() {
            return;
        }
        self.log.truncate(to);
        self.command(Command::Truncate { to });
        let before = self.history.voters_offset();
        self.history.truncate(to);
        if self.history.voters_offset() != before {
            self.voters_changed();
        }
    }

    fn begin_snapshot(&mut self, id: OffsetAndEpoch) -> bool {
        let is_possible = (Offset(1)..=OFFSET_MAX).contains(&id.offset) && id.epoch.0 >= 0;
        if !is_possible {
            return false;
        }
        // One that is no newer than the log would take back what is there.
        if id.offset <= self.log.end() && self.high_watermark.is_some_and(|hw| id.offset < hw) {
            return false;
        }
        let State::Follower(follower) = &mut self.state else { return false };
        follower.snapshot = Some(FetchingSnapshot { id, position: 0, is_complete: false });
        true
    }

    /// Appends what continues the log; the rest is fetched again.
    fn append_fetched(&mut self, batches: &[FetchedBatch], high_watermark: Option<Offset>) -> bool {
        let (mut end, mut fits) = (self.log.end_and_epoch(), 0);
        for batch in batches {
            // A leader sends no batch of an epoch after its own (KAFKA-18723).
            let continues = batch.base_offset == end.offset
                && batch.last_offset >= batch.base_offset
                && batch.last_offset <= OFFSET_MAX
                && (end.epoch..=self.epoch()).contains(&batch.epoch);
            if !continues {
                break;
            }
            end.offset = Offset(batch.last_offset.0 + 1);
            end.epoch = batch.epoch;
            fits += 1;
        }
        if fits == 0 && !batches.is_empty() {
            return false;
        }
        let appended = batches.get(..fits).unwrap_or_default();
        self.append_batches(appended);
        if let Some(high_watermark) = high_watermark {
            self.raise_high_watermark(high_watermark.min(self.log.end()));
        }
        true
    }

    fn append_batches(&mut self, batches: &[FetchedBatch]) {
        let (Some(first), Some(last)) = (batches.first(), batches.last()) else { return };
        let end = Offset(last.last_offset.0 + 1);
        let mut append = AppendId::default();
        for batch in batches {
            append = self.log.append(batch.epoch, Offset(batch.last_offset.0 + 1));
        }
        let (base_offset, epoch) = (first.base_offset, self.epoch());
        let records = RecordsToAppend::Fetched { batches: batches.len(), end };
        self.command(Command::Append { append, base_offset, epoch, records });
        let before = self.history.voters_offset();
        for (offset, record) in batches.iter().flat_map(|batch| &batch.control_records) {
            if (base_offset..end).contains(offset) {
                self.history.add(*offset, record);
            }
        }
        if self.history.voters_offset() != before {
            self.voters_changed();
        }
    }

    pub(super) fn on_synced(&mut self, append: AppendId) {
        if self.log.synced(append) {
            self.update_local_end();
        }
    }

    /// Whether a fetch would say more than what is synced. Observers that never vote may: nobody
    /// counts them.
    fn waits_for_sync(&self) -> bool {
        let must_sync = self.is_voter() || self.config.can_become_voter;
        let early = self.plants(Mutation::AcknowledgedBeforeSync);
        must_sync && !early && self.log.durable() < self.log.end()
    }

    /// Asks `node` for what follows the log. Returns whether the request was sent.
    pub(super) fn send_fetch(&mut self, node: Node) -> bool {
        if self.waits_for_sync() {
            return false;
        }
        let end = self.log.end_and_epoch();
        let sent = self.send(node, Self::fetch_request);
        if let Some(correlation) = sent {
            self.fetch = Some((correlation, end));
        }
        sent.is_some()
    }

    fn fetch_request(&self) -> Request {
        let timings = &self.config.timings;
        let end = self.log.end_and_epoch();
        let max_wait_ms = i32::try_from(timings.fetch_max_wait_ms).unwrap_or(i32::MAX);
        Request::Fetch(FetchRequest {
            cluster_id: Some(self.config.cluster_id.clone()),
            replica: self.config.local_key(),
            current_leader_epoch: self.epoch(),
            fetch_offset: end.offset,
            last_fetched_epoch: end.epoch,
            max_bytes: timings.fetch_max_bytes,
            max_wait_ms,
            high_watermark: self.high_watermark,
        })
    }
}
