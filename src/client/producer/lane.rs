//! The batches of one partition: one open, the others waiting for their acknowledgement.
//!
//! Promise: batches leave in order. After one failed, the next leaves only when no other is under
//! way, so that a broker sees the sequence without a gap.

use std::collections::VecDeque;

use bytes::Bytes;
use shards::format::batch::{self, Header};
use shards::format::builder::{BatchBuilder, BuildError, NewRecord};

use super::ProducerOptions;
use crate::client::error::ClientError;

/// Names an idempotent producer to the brokers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ProducerIdentity {
    pub id: i64,
    pub epoch: i16,
}

#[derive(Debug)]
struct Closed {
    number: u64,
    records: u64,
    bytes: Bytes,
    in_flight: bool,
}

#[derive(Debug)]
pub(super) struct Lane {
    partition: i32,
    identity: Option<ProducerIdentity>,
    next_sequence: i32,
    open: Option<BatchBuilder>,
    closed: VecDeque<Closed>,
    next_number: u64,
    /// A batch failed and none has succeeded since.
    recovering: bool,
}

impl Lane {
    pub(super) fn new(partition: i32, identity: Option<ProducerIdentity>) -> Self {
        Self {
            partition,
            identity,
            next_sequence: 0,
            open: None,
            closed: VecDeque::new(),
            next_number: 0,
            recovering: false,
        }
    }

    pub(super) fn partition(&self) -> i32 {
        self.partition
    }

    pub(super) fn is_done(&self) -> bool {
        self.closed.is_empty()
    }

    pub(super) fn waiting_bytes(&self) -> usize {
        self.closed.iter().map(|batch| batch.bytes.len()).sum()
    }

    /// Records that are not acknowledged.
    pub(super) fn waiting_records(&self) -> u64 {
        let open = self.open.as_ref().map_or(0, |open| u64::from(open.count().unsigned_abs()));
        open + self.closed.iter().map(|batch| batch.records).sum::<u64>()
    }

    /// Appends the record; says whether a batch became ready to be sent.
    pub(super) fn append(
        &mut self,
        record: &NewRecord<'_>,
        options: &ProducerOptions,
    ) -> Result<bool, ClientError> {
        let size = record_bytes(record);
        let open = self.open.as_ref().map_or(0, BatchBuilder::size_uncompressed);
        let mut closed = false;
        if open > 0 && open + size > options.batch_bytes {
            closed = self.close()?;
        }
        let header = self.header();
        let builder =
            self.open.get_or_insert_with(|| BatchBuilder::new(header, options.compression));
        builder.append(record).map_err(build_error)?;
        if builder.size_uncompressed() >= options.batch_bytes {
            closed = self.close()?;
        }
        Ok(closed)
    }

    fn header(&self) -> Header {
        match self.identity {
            None => Header::default(),
            Some(ProducerIdentity { id, epoch }) => Header {
                producer_id: id,
                producer_epoch: epoch,
                base_sequence: self.next_sequence,
                ..Header::default()
            },
        }
    }

    /// Makes the open batch ready to be sent; says whether there was one.
    pub(super) fn close(&mut self) -> Result<bool, ClientError> {
        let Some(builder) = self.open.take().filter(|builder| !builder.is_empty()) else {
            return Ok(false);
        };
        let records = builder.count();
        let bytes = Bytes::from(builder.finish().map_err(build_error)?);
        self.next_sequence = batch::sequence_plus(self.next_sequence, records);
        let number = self.next_number;
        self.next_number += 1;
        let records = u64::from(records.unsigned_abs());
        self.closed.push_back(Closed { number, records, bytes, in_flight: false });
        Ok(true)
    }

    /// The batch that may leave now.
    pub(super) fn next_to_send(&self) -> Option<u64> {
        if self.recovering && self.closed.iter().any(|batch| batch.in_flight) {
            return None;
        }
        self.closed.iter().find(|batch| !batch.in_flight).map(|batch| batch.number)
    }

    pub(super) fn bytes_of(&self, number: u64) -> Bytes {
        let batch = self.closed.iter().find(|batch| batch.number == number);
        batch.map(|batch| batch.bytes.clone()).unwrap_or_default()
    }

    pub(super) fn set_in_flight(&mut self, number: u64) {
        self.set(number, true);
    }

    /// The batch failed and is to be sent again.
    pub(super) fn put_back(&mut self, number: u64) {
        self.set(number, false);
        self.recovering = true;
    }

    fn set(&mut self, number: u64, in_flight: bool) {
        let batch = self.closed.iter_mut().find(|batch| batch.number == number);
        batch.into_iter().for_each(|batch| batch.in_flight = in_flight);
    }

    /// Whether an earlier batch is not acknowledged yet.
    pub(super) fn is_behind_another(&self, number: u64) -> bool {
        self.closed.front().is_some_and(|first| first.number < number)
    }

    /// The batch is acknowledged: its records and bytes.
    pub(super) fn remove(&mut self, number: u64) -> (u64, u64) {
        // An earlier batch that failed still has to go first.
        self.recovering &= self.is_behind_another(number);
        let index = self.closed.iter().position(|batch| batch.number == number);
        let batch = index.and_then(|index| self.closed.remove(index));
        batch.map_or((0, 0), |batch| (batch.records, batch.bytes.len() as u64))
    }
}

/// About as many bytes as the record takes in a batch.
fn record_bytes(record: &NewRecord<'_>) -> usize {
    const NUMBERS: usize = 20;
    let field = |field: Option<&[u8]>| field.map_or(0, <[u8]>::len);
    let headers: usize =
        record.headers.iter().map(|(key, value)| key.len() + field(*value) + 4).sum();
    field(record.key) + field(record.value) + headers + NUMBERS
}

/// The size of a batch with this record alone, if it may be more than `max`.
pub(super) fn size_above(
    record: &NewRecord<'_>,
    options: &ProducerOptions,
    max: usize,
) -> Result<Option<usize>, ClientError> {
    if record_bytes(record) + batch::HEADER_BYTES <= max {
        return Ok(None);
    }
    let mut builder = BatchBuilder::new(Header::default(), options.compression);
    builder.append(record).map_err(build_error)?;
    let bytes = builder.finish().map_err(build_error)?.len();
    Ok((bytes > max).then_some(bytes))
}

fn build_error(error: BuildError) -> ClientError {
    ClientError::Record { cause: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lane_with_batches(count: usize) -> Lane {
        let options = ProducerOptions { batch_bytes: 1, ..ProducerOptions::default() };
        let mut lane = Lane::new(0, Some(ProducerIdentity { id: 9, epoch: 0 }));
        for _ in 0..count {
            let record = NewRecord { value: Some(b"value"), ..NewRecord::default() };
            assert!(lane.append(&record, &options).unwrap());
        }
        lane
    }

    #[test]
    fn sequences_go_on_from_batch_to_batch() {
        let lane = lane_with_batches(3);
        let sequence =
            |number| batch::Batch::parse(&lane.bytes_of(number)).unwrap().base_sequence();
        assert_eq!([0, 1, 2].map(sequence), [0, 1, 2]);
    }

    #[test]
    fn after_a_failure_batches_leave_one_at_a_time_in_order() {
        let mut lane = lane_with_batches(3);
        for number in 0..3 {
            assert_eq!(lane.next_to_send(), Some(number));
            lane.set_in_flight(number);
        }
        lane.put_back(0);
        assert_eq!(lane.next_to_send(), None);
        assert!(lane.is_behind_another(1) && !lane.is_behind_another(0));
        lane.put_back(1);
        lane.put_back(2);
        assert_eq!(lane.next_to_send(), Some(0));
        lane.set_in_flight(0);
        assert_eq!(lane.next_to_send(), None);
        assert_eq!(lane.remove(0).0, 1);
        assert_eq!(lane.next_to_send(), Some(1));
    }
}
