//! What time brings: transactions that took too long are aborted, ids that nobody used are
//! forgotten.

use super::limits;
use super::partition::{Entry, Output, Step, TransactionPartition};
use super::state::{State, Transaction};
use crate::coordinators::coordinator::Now;

impl TransactionPartition {
    /// Also brings to its end what has all its markers and could not be written down.
    pub(super) fn abort_timed_out(&mut self, now: Now, output: &mut Output) {
        let settled = |entry: &Entry| !entry.is_pending;
        let of = |ids: &Self, is_due: &dyn Fn(&Entry) -> bool| -> Vec<String> {
            let due = ids.ids.iter().filter(|(_, entry)| settled(entry) && is_due(entry));
            due.map(|(id, _)| id.clone()).collect()
        };
        let is_late = |entry: &Entry| {
            entry.current.as_ref().is_some_and(|transaction| has_timed_out(transaction, now))
        };
        for transactional_id in of(self, &is_late) {
            self.timed_out += 1;
            self.fence(&transactional_id, None, now, output);
        }
        for transactional_id in of(self, &|entry| entry.has_markers) {
            self.complete(&transactional_id, now, output);
        }
    }

    pub(super) fn expire(&mut self, now: Now, output: &mut Output) {
        let expiration_ms = self.config.id_expiration_ms;
        let has_expired = |entry: &Entry| {
            !entry.is_pending
                && entry.current.as_ref().is_some_and(|transaction| {
                    transaction.state.may_expire()
                        && now.wall_ms.saturating_sub(transaction.updated_ms) >= expiration_ms
                })
        };
        let expired = self.ids.iter().filter(|(_, entry)| has_expired(entry));
        let expired: Vec<String> = expired.map(|(id, _)| id.clone()).collect();
        for some in expired.chunks(limits::TOMBSTONES_PER_APPEND) {
            let forget =
                |id: &String| Step { transactional_id: id.clone(), next: None, reply: None };
            self.write(some.iter().map(forget).collect(), output);
        }
    }
}

fn has_timed_out(transaction: &Transaction, now: Now) -> bool {
    let open_ms = now.wall_ms.saturating_sub(transaction.start_ms);
    transaction.state == State::Ongoing
        && !transaction.is_two_phase()
        && open_ms > i64::from(transaction.timeout_ms)
}
