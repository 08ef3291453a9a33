//! The transactional ids of one `__transaction_state` partition, and how they change.
//!
//! A step of an id is written first and counts once it is durable; until then no other step of the
//! id begins. A refused append leaves everything as it was: there is nothing to undo.

use super::config::TransactionConfig;
use super::error::TransactionError;
use super::limits;
use super::message::{Command, Reply};
use super::record;
use super::state::{State, Transaction};
use crate::coordinators::coordinator::{
    Append, AppendFailure, Content, Lead, Now, OutputOf, RequestToken, Ticket,
};
use crate::metadata::Image;
use crate::metadata::features::TRANSACTION_VERSION;
use std::collections::{BTreeMap, VecDeque};

pub(super) type Output = OutputOf<TransactionPartition>;

/// See the module.
pub struct TransactionPartition {
    pub(super) config: TransactionConfig,
    /// The leader epoch that markers carry.
    pub(super) coordinator_epoch: i32,
    /// The cluster's finalized `transaction.version`.
    pub(super) version: i16,
    pub(super) ids: BTreeMap<String, Entry>,
    /// Of all ids.
    pub(super) id_bytes: usize,
    pub(super) is_loaded: bool,
    pub(super) abort_at_ms: u64,
    pub(super) expire_at_ms: u64,
    pub(super) timed_out: u64,
    pending: VecDeque<Pending>,
    next_ticket: u64,
}

/// What is known of an id.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// As the log has it, durably. None: the first record is on its way.
    pub(super) current: Option<Transaction>,
    /// A step is on its way.
    pub(super) is_pending: bool,
    /// Every partition has its marker; only the last record is missing.
    pub(super) has_markers: bool,
}

impl Entry {
    pub(super) fn of(transaction: Transaction) -> Entry {
        Entry { current: Some(transaction), ..Entry::default() }
    }
}

/// A step on its way.
pub(super) struct Step {
    pub(super) transactional_id: String,
    /// None: the id is forgotten.
    pub(super) next: Option<Transaction>,
    pub(super) reply: Option<(RequestToken, Reply)>,
}

struct Pending {
    ticket: Ticket,
    steps: Vec<Step>,
}

/// What transactions are there, for those who watch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub by_state: BTreeMap<State, u64>,
    /// When the oldest transaction that is open began.
    pub oldest_start_ms: Option<i64>,
    /// Transactions that ran out of time since this core coordinates the partition.
    pub timed_out: u64,
}

impl TransactionPartition {
    /// Starts out loading: everything is refused until `loaded`.
    pub fn with(config: TransactionConfig, lead: &Lead) -> Self {
        TransactionPartition {
            config,
            coordinator_epoch: lead.epoch,
            version: version_of(&lead.image),
            ids: BTreeMap::new(),
            id_bytes: 0,
            is_loaded: false,
            abort_at_ms: 0,
            expire_at_ms: 0,
            timed_out: 0,
            pending: VecDeque::new(),
            next_ticket: 0,
        }
    }

    pub fn count_into(&self, counts: &mut Counts) {
        counts.timed_out += self.timed_out;
        for transaction in self.ids.values().filter_map(|entry| entry.current.as_ref()) {
            *counts.by_state.entry(transaction.state).or_default() += 1;
            if transaction.state == State::Ongoing {
                let oldest = counts.oldest_start_ms.get_or_insert(transaction.start_ms);
                *oldest = transaction.start_ms.min(*oldest);
            }
        }
    }

    /// What the log has of every id, for tests that compare.
    #[cfg(any(test, feature = "sim"))]
    pub fn transactions(&self) -> BTreeMap<String, Transaction> {
        let durable = |(id, entry): (&String, &Entry)| Some((id.clone(), entry.current.clone()?));
        self.ids.iter().filter_map(durable).collect()
    }

    /// What is known of an id, which may be new.
    pub(super) fn entry(&mut self, transactional_id: &str) -> &mut Entry {
        if !self.ids.contains_key(transactional_id) {
            self.id_bytes += transactional_id.len();
        }
        self.ids.entry(transactional_id.to_owned()).or_default()
    }

    pub(super) fn forget(&mut self, transactional_id: &str) {
        if self.ids.remove(transactional_id).is_some() {
            self.id_bytes -= transactional_id.len();
        }
    }

    pub(super) fn has_room_for_append(&self) -> bool {
        self.pending.len() < limits::APPENDS_MAX
    }

    /// The transaction of an id, if nothing of it is on its way.
    pub(super) fn settled(&self, transactional_id: &str) -> Result<&Transaction, TransactionError> {
        let entry = self.ids.get(transactional_id).ok_or(TransactionError::UnknownMapping)?;
        match &entry.current {
            Some(transaction) if !entry.is_pending => Ok(transaction),
            _ => Err(TransactionError::Concurrent),
        }
    }

    /// Hands out steps of several ids as one append.
    pub(super) fn write(&mut self, steps: Vec<Step>, output: &mut Output) {
        let encode =
            |step: &Step| record::encode(&step.transactional_id, step.next.as_ref(), self.version);
        let records: Result<Vec<_>, _> = steps.iter().map(encode).collect();
        for step in &steps {
            if let Some(next) = &step.next {
                next.invariants();
            }
            let entry = self.entry(&step.transactional_id);
            assert!(!entry.is_pending, "one step of an id at a time");
            entry.is_pending = true;
        }
        let Ok(records) = records else {
            let unwritable = Pending { ticket: Ticket(self.next_ticket), steps };
            return self.on_refused(unwritable, AppendFailure::TooLarge, output);
        };
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.pending.push_back(Pending { ticket, steps });
        output.appends.push(Append { ticket, content: Content::Records(records) });
    }

    pub(super) fn write_one(
        &mut self,
        transactional_id: &str,
        next: Transaction,
        reply: Option<(RequestToken, Reply)>,
        output: &mut Output,
    ) {
        let transactional_id = transactional_id.to_owned();
        self.write(vec![Step { transactional_id, next: Some(next), reply }], output);
    }

    pub(super) fn report(
        &mut self,
        ticket: Ticket,
        result: Result<(), AppendFailure>,
        now: Now,
    ) -> Output {
        let mut output = Output::default();
        match result {
            Ok(()) => {
                while self.pending.front().is_some_and(|pending| pending.ticket <= ticket) {
                    if let Some(pending) = self.pending.pop_front() {
                        self.on_durable(pending, now, &mut output);
                    }
                }
            }
            Err(failure) => {
                while self.pending.back().is_some_and(|pending| pending.ticket >= ticket) {
                    if let Some(pending) = self.pending.pop_back() {
                        let failure = failure.of_later(pending.ticket > ticket);
                        self.on_refused(pending, failure, &mut output);
                    }
                }
            }
        }
        output
    }

    fn on_durable(&mut self, pending: Pending, now: Now, output: &mut Output) {
        for step in pending.steps {
            let id = step.transactional_id;
            let is_prepared = step.next.as_ref().is_some_and(|next| next.state.is_prepared());
            match step.next {
                None => self.forget(&id),
                Some(next) => *self.entry(&id) = Entry::of(next),
            }
            output.replies.extend(step.reply);
            if is_prepared {
                self.send_markers(&id, now, output);
            }
        }
    }

    fn on_refused(&mut self, pending: Pending, failure: AppendFailure, output: &mut Output) {
        for step in pending.steps {
            if let Some(entry) = self.ids.get_mut(&step.transactional_id) {
                entry.is_pending = false;
                if entry.current.is_none() {
                    self.forget(&step.transactional_id);
                }
            }
            let refused = Reply::Refused(TransactionError::Append(failure));
            output.replies.extend(step.reply.map(|(token, _)| (token, refused)));
        }
    }

    /// Has the markers of a decided transaction written; one without partitions has none.
    pub(super) fn send_markers(&mut self, transactional_id: &str, now: Now, output: &mut Output) {
        let Some(entry) = self.ids.get_mut(transactional_id) else { return };
        let Some(transaction) = &entry.current else { return };
        if transaction.partitions.is_empty() {
            entry.has_markers = true;
            return self.complete(transactional_id, now, output);
        }
        output.commands.push(Command::WriteMarkers {
            transactional_id: transactional_id.to_owned(),
            marker: transaction.marker(self.coordinator_epoch),
            partitions: transaction.partitions.iter().cloned().collect(),
        });
    }

    /// Writes that a transaction is over. One whose record is refused is looked at again in time.
    pub(super) fn complete(&mut self, transactional_id: &str, now: Now, output: &mut Output) {
        let Ok(transaction) = self.settled(transactional_id) else { return };
        let next = transaction.completed(now.wall_ms);
        self.write_one(transactional_id, next, None, output);
    }

    /// Everyone who waits for a record.
    pub(super) fn give_up(self) -> Vec<(RequestToken, Reply)> {
        let refused = || Reply::Refused(TransactionError::NotCoordinator);
        let steps = self.pending.into_iter().flat_map(|pending| pending.steps);
        steps.filter_map(|step| step.reply.map(|(token, _)| (token, refused()))).collect()
    }
}

pub(super) fn version_of(image: &Image) -> i16 {
    image.features.level(TRANSACTION_VERSION)
}
