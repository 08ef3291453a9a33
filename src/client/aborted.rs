//! Leaves out the records of aborted transactions, for readers of committed records.

use std::collections::HashSet;

use shards::format::batch::Batch;
use shards::format::control::ControlType;
use shards::format::records;

use super::limits;
use crate::protocol::generated::fetch::response::AbortedTransaction;

/// The aborted transactions of one response's partition, as its batches are gone through.
#[derive(Debug, Default)]
pub struct Aborted {
    /// By first offset, the last one first.
    waiting: Vec<(i64, i64)>,
    producers: HashSet<i64>,
}

impl Aborted {
    pub fn new(transactions: &[AbortedTransaction]) -> Self {
        let pair = |it: &AbortedTransaction| (it.first_offset, it.producer_id);
        let mut waiting: Vec<(i64, i64)> = transactions.iter().map(pair).collect();
        waiting.sort_unstable_by(|a, b| b.cmp(a));
        Self { waiting, producers: HashSet::new() }
    }

    /// Whether the batch, the next in the order of offsets, belongs to an aborted transaction.
    pub fn hides(&mut self, batch: &Batch<'_>) -> bool {
        while let Some((first_offset, producer)) = self.waiting.last().copied() {
            if first_offset > batch.last_offset() {
                break;
            }
            self.waiting.pop();
            self.producers.insert(producer);
        }
        if batch.attributes().is_control() {
            if is_abort_marker(batch) {
                self.producers.remove(&batch.producer_id());
            }
            return false;
        }
        batch.attributes().is_transactional() && self.producers.contains(&batch.producer_id())
    }
}

fn is_abort_marker(batch: &Batch<'_>) -> bool {
    let mut scratch = Vec::new();
    let limit = limits::BATCH_DECOMPRESSED_BYTES_MAX;
    let Ok(mut records) = records::open(batch, &mut scratch, limit) else { return false };
    let first = records.next().and_then(Result::ok);
    first.and_then(|record| ControlType::of_key(record.key?)) == Some(ControlType::Abort)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shards::compression::Compression;
    use shards::format::batch::{Attributes, Header};
    use shards::format::builder::{BatchBuilder, NewRecord};

    fn batch(base_offset: i64, producer_id: i64, key: Option<&[u8]>) -> Vec<u8> {
        let attributes = Attributes::default().transactional();
        let attributes = if key.is_some() { attributes.control() } else { attributes };
        let header = Header { base_offset, producer_id, attributes, ..Header::default() };
        let mut builder = BatchBuilder::new(header, Compression::NONE);
        builder.append(&NewRecord { key, ..NewRecord::default() }).unwrap();
        builder.finish().unwrap()
    }

    #[test]
    fn records_of_an_aborted_transaction_are_hidden_up_to_its_marker() {
        let aborted = [AbortedTransaction { producer_id: 7, first_offset: 1 }];
        let mut aborted = Aborted::new(&aborted);
        let abort = ControlType::Abort.key();
        let hidden: Vec<bool> = [
            batch(0, 7, None),
            batch(1, 7, None),
            batch(2, 8, None),
            batch(3, 7, Some(&abort)),
            batch(4, 7, None),
        ]
        .iter()
        .map(|bytes| aborted.hides(&Batch::parse(bytes).unwrap()))
        .collect();
        assert_eq!(hidden, [false, true, false, false, false]);
    }
}
