//! The doors of a partition's transactions: what the host calls.
//!
//! Read next: partition.rs.

use super::config::TransactionConfig;
use super::error::TransactionError;
use super::message::{Command, Reply, Request};
use super::partition::{Entry, Output, TransactionPartition, version_of};
use super::record;
use crate::coordinators::coordinator::{
    AppendFailure, BadRecord, Coordinator, ImageStep, Lead, Now, RequestToken, Ticket,
};
use crate::metadata::Image;
use crate::metadata::topic_name::TRANSACTION_STATE;
use std::sync::Arc;

impl Coordinator for TransactionPartition {
    type Request = Request;
    type Reply = Reply;
    type Command = Command;
    type Shared = TransactionConfig;

    const TOPIC: &'static str = TRANSACTION_STATE;
    /// Markers carry the epoch.
    const RELOADS_AT_NEW_EPOCH: bool = true;

    fn new(config: &TransactionConfig, lead: Lead) -> Self {
        TransactionPartition::with(config.clone(), &lead)
    }

    fn nobody() -> Reply {
        Reply::Refused(TransactionError::NotCoordinator)
    }

    fn replay(
        &mut self,
        key: &[u8],
        value: Option<&[u8]>,
        _transaction: Option<i64>,
    ) -> Result<(), BadRecord> {
        assert!(!self.is_loaded, "records are replayed before the partition is in use");
        let Some(change) = record::decode(key, value)? else { return Ok(()) };
        match change.transaction {
            None => self.forget(&change.transactional_id),
            Some(transaction) => {
                *self.entry(&change.transactional_id) = Entry::of(transaction);
            }
        }
        Ok(())
    }

    /// No transaction writes to this topic.
    fn replay_transaction_end(&mut self, _producer_id: i64, _committed: bool) {}

    /// Transactions that were decided are brought to their end.
    fn loaded(&mut self, image: &Arc<Image>, now: Now) -> Output {
        self.is_loaded = true;
        self.version = version_of(image);
        self.abort_at_ms = now.steady_ms + self.config.abort_interval_ms;
        self.expire_at_ms = now.steady_ms + self.config.expiration_interval_ms;
        let mut output = Output::default();
        let is_prepared =
            |entry: &Entry| entry.current.as_ref().is_some_and(|found| found.state.is_prepared());
        let prepared = self.ids.iter().filter(|(_, entry)| is_prepared(entry));
        let prepared: Vec<String> = prepared.map(|(id, _)| id.clone()).collect();
        for transactional_id in prepared {
            self.send_markers(&transactional_id, now, &mut output);
        }
        output
    }

    fn unload(self) -> Vec<(RequestToken, Reply)> {
        self.give_up()
    }

    fn handle(&mut self, token: RequestToken, request: Request, now: Now) -> Output {
        let mut output = Output::default();
        let refusal = match self.is_loaded {
            false => Some(TransactionError::Loading),
            true if !self.has_room_for_append() => Some(TransactionError::LimitReached),
            true => None,
        };
        let reply = match (refusal, request) {
            (Some(error), _) => Some(Reply::Refused(error)),
            (None, Request::Init(request)) => self.init(token, &request, now, &mut output),
            (None, Request::Add(request)) => self.add(token, request, now, &mut output),
            (None, Request::Verify(request)) => Some(self.verify(&request)),
            (None, Request::End(request)) => self.end(token, &request, now, &mut output),
            (None, Request::MarkersWritten { transactional_id, marker }) => {
                self.markers_written(&transactional_id, marker, now, &mut output);
                Some(Reply::Noted)
            }
            (None, Request::Describe(ids)) => Some(self.describe(&ids)),
            (None, Request::List(request)) => Some(self.list(&request, now)),
        };
        output.replies.extend(reply.map(|reply| (token, reply)));
        output
    }

    fn on_image(&mut self, step: &ImageStep<'_>, _now: Now) -> Output {
        self.version = version_of(step.after);
        Output::default()
    }

    fn next_deadline(&self) -> Option<u64> {
        self.is_loaded.then(|| self.abort_at_ms.min(self.expire_at_ms))
    }

    fn tick(&mut self, now: Now) -> Output {
        let mut output = Output::default();
        if self.abort_at_ms <= now.steady_ms {
            self.abort_at_ms = now.steady_ms + self.config.abort_interval_ms;
            self.abort_timed_out(now, &mut output);
        }
        if self.expire_at_ms <= now.steady_ms {
            self.expire_at_ms = now.steady_ms + self.config.expiration_interval_ms;
            self.expire(now, &mut output);
        }
        output
    }

    fn appended(&mut self, ticket: Ticket, result: Result<(), AppendFailure>, now: Now) -> Output {
        self.report(ticket, result, now)
    }
}
