//! Which batches of transactions a compaction may drop. Pure.
//!
//! Batches are shown in the order of the log. What an aborted transaction wrote goes; its marker
//! goes once nothing it wrote was met any more, so that no reader ever meets data without the
//! marker that decides it. Promise: the aborted transactions whose markers were kept for their data
//! are noted, for the index of the new segment. Read next: filter.rs.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::format::batch::Batch;
use crate::format::transaction_index::Aborted;
use crate::format::validate::TransactionEnd;

/// See the module.
#[derive(Debug, Default)]
pub struct Transactions {
    /// In the order of their beginnings.
    aborted: VecDeque<Aborted>,
    /// Of producers in an aborted transaction: which it is, and whether a batch of it was met.
    ongoing_aborted: BTreeMap<i64, (Aborted, bool)>,
    /// Producers of which a batch of a committed transaction was met.
    ongoing_committed: BTreeSet<i64>,
    kept: Vec<Aborted>,
}

impl Transactions {
    /// `aborted`: all that have batches in what is gone through.
    pub fn new(mut aborted: Vec<Aborted>) -> Transactions {
        aborted.sort_unstable_by_key(|it| (it.first_offset, it.last_offset));
        aborted.dedup();
        Transactions { aborted: aborted.into(), ..Transactions::default() }
    }

    /// Takes in the next batch; whether it may be dropped.
    pub fn next(&mut self, batch: &Batch<'_>) -> bool {
        self.begin_up_to(batch.last_offset());
        let producer = batch.producer_id();
        if batch.attributes().is_control() {
            return match TransactionEnd::of(batch) {
                Some(end) if end.aborted => match self.ongoing_aborted.remove(&producer) {
                    Some((aborted, true)) => {
                        self.kept.push(aborted);
                        false
                    }
                    Some((_, false)) | None => true,
                },
                Some(_) => !self.ongoing_committed.remove(&producer),
                // Its record was dropped before; or it says something else.
                None => batch.count() == 0,
            };
        }
        if !batch.attributes().is_transactional() {
            return false;
        }
        match self.ongoing_aborted.get_mut(&producer) {
            Some((_, is_met)) => {
                *is_met = true;
                true
            }
            None => {
                self.ongoing_committed.insert(producer);
                false
            }
        }
    }

    /// The aborted transactions whose markers were kept since this was asked last.
    pub fn take_kept(&mut self) -> Vec<Aborted> {
        std::mem::take(&mut self.kept)
    }

    fn begin_up_to(&mut self, offset: i64) {
        while let Some(first) = self.aborted.pop_front_if(|first| first.first_offset <= offset) {
            self.ongoing_aborted.entry(first.producer_id).or_insert((first, false));
        }
    }
}
