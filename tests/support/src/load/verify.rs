//! What the partitions hold, held against what was acknowledged.

use std::collections::HashMap;
use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::batch::{self, Batch};
use crate::broker::Broker;
use crate::calls::{self, FETCH, FetchPlan, Position};
use crate::connection::{Connection, frame};

use super::producer::{Acknowledged, may_pass, value};
use super::{PARTITIONS, RECOVERY_TIME_MAX, TOPIC};

/// All that was read so far.
#[derive(Default)]
pub(crate) struct Log {
    partitions: [Partition; PARTITIONS as usize],
}

#[derive(Debug, Default, Eq, PartialEq)]
struct Partition {
    next_offset: i64,
    /// By producer id.
    next_sequences: HashMap<i64, i32>,
    /// Base offsets by producer id and first sequence.
    batches: HashMap<(i64, i32), i64>,
}

impl Log {
    /// Reads what is new, as soon as the partitions are there again. Panics on a gap, a doubled
    /// record, or one out of order.
    pub(crate) fn read_on(&mut self, broker: &Broker) -> io::Result<()> {
        let began = Instant::now();
        loop {
            match self.try_read_on(broker) {
                Err(error)
                    if calls::refusal(&error).is_some_and(may_pass)
                        && began.elapsed() < RECOVERY_TIME_MAX =>
                {
                    sleep(Duration::from_millis(20));
                }
                done => return done,
            }
        }
    }

    fn try_read_on(&mut self, broker: &Broker) -> io::Result<()> {
        let mut connection = broker.connect()?;
        for (index, partition) in self.partitions.iter_mut().enumerate() {
            let index = index as i32;
            let end = calls::offset(&mut connection, TOPIC, index, Position::Latest)?;
            while partition.next_offset < end {
                partition.read_once(&mut connection, index)?;
            }
            assert_eq!(partition.next_offset, end, "end of partition {index}");
        }
        Ok(())
    }

    pub(crate) fn batches(&self) -> usize {
        self.partitions.iter().map(|partition| partition.batches.len()).sum()
    }

    /// Each acknowledged batch is there, at the offset that was told.
    pub(crate) fn assert_holds(&self, acknowledged: &[Acknowledged]) {
        for batch in acknowledged {
            let partition = &self.partitions[batch.partition as usize];
            let found = partition.batches.get(&(batch.producer_id, batch.first_sequence));
            assert!(found.is_some(), "acknowledged and lost: {batch:?}");
            if batch.base_offset.is_some() {
                assert_eq!(found.copied(), batch.base_offset, "moved: {batch:?}");
            }
        }
    }

    pub(crate) fn assert_same(&self, other: &Log) {
        for (index, (mine, theirs)) in self.partitions.iter().zip(&other.partitions).enumerate() {
            assert!(mine == theirs, "partition {index} reads differently from its beginning");
        }
    }
}

impl Partition {
    fn read_once(&mut self, connection: &mut Connection, index: i32) -> io::Result<()> {
        let plan = FetchPlan {
            topic: TOPIC,
            positions: &[(index, self.next_offset)],
            bytes_max: 4 << 20,
            wait_ms_max: 100,
        };
        connection.send(&frame(FETCH, &calls::fetch_body(&plan)))?;
        for (_, set) in calls::fetched(connection.receive()?)? {
            for batch in batch::split(set)? {
                self.add(&batch)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, batch: &Batch) -> io::Result<()> {
        assert_eq!(batch.base_offset, self.next_offset, "offsets go on without a gap");
        let sequence = batch.sequence;
        let next_sequence = self.next_sequences.entry(sequence.producer_id).or_default();
        assert_eq!(
            sequence.first, *next_sequence,
            "producer {} at offset {}: doubled, missing or out of order",
            sequence.producer_id, batch.base_offset
        );
        for (offset, bytes) in batch.values()? {
            let expected = value(sequence.producer_id, *next_sequence, bytes.len());
            assert!(bytes == expected, "another value at offset {offset}");
            *next_sequence += 1;
        }
        self.batches.insert((sequence.producer_id, sequence.first), batch.base_offset);
        self.next_offset = batch.next_offset();
        Ok(())
    }
}
