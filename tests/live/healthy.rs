//! A healthy client: each record it produces it reads back, and its group's offset with it.
//!
//! Promise: a wrong value, a refusal or an answer that does not come ends the test; how long each
//! round took is kept.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use support::batch::{self, Sequence};
use support::broker::Broker;
use support::calls::{self, Acks, FETCH, FetchPlan, PRODUCE};
use support::connection::{Connection, frame};
use support::group_offsets::GroupOffsets;

use crate::windows::{Clock, Latencies};

pub(crate) const TOPIC: &str = "healthy";
const OFFSETS: GroupOffsets = GroupOffsets { group: "healthy-group", topic: TOPIC };
const PAUSE: Duration = Duration::from_millis(20);

pub(crate) struct Healthy {
    connection: Connection,
    next_offset: i64,
    latencies: Latencies,
}

impl Healthy {
    pub(crate) fn start(broker: &Broker) -> io::Result<Healthy> {
        broker.create_topic(TOPIC, 1)?;
        let mut healthy = Healthy {
            connection: broker.connect()?,
            next_offset: 0,
            latencies: Latencies::default(),
        };
        OFFSETS.begin(&mut healthy.connection, 0)?;
        Ok(healthy)
    }

    /// Rounds until it is over; how long each took.
    pub(crate) fn run(mut self, over: &AtomicBool, clock: &Clock) -> io::Result<Latencies> {
        while !over.load(Ordering::Relaxed) {
            let (window, began) = (clock.window(), Instant::now());
            self.round_trip()?;
            self.latencies.add(window, clock.window(), began.elapsed());
            if self.next_offset % 10 == 0 {
                self.commit()?;
            }
            sleep(PAUSE);
        }
        Ok(self.latencies)
    }

    fn round_trip(&mut self) -> io::Result<()> {
        let value = format!("record {}", self.next_offset);
        let batch = batch::build(&[value.as_bytes()], Sequence::NONE, batch::now_ms());
        let body = calls::produce_body(TOPIC, 0, Acks::All, &batch);
        self.connection.send(&frame(PRODUCE, &body))?;
        let offset = calls::produced(self.connection.receive()?)?;
        assert_eq!(offset, self.next_offset, "nobody else writes here");
        let positions = &[(0, offset)];
        let plan = FetchPlan { topic: TOPIC, positions, bytes_max: 1 << 20, wait_ms_max: 5000 };
        self.connection.send(&frame(FETCH, &calls::fetch_body(&plan)))?;
        for (_, set) in calls::fetched(self.connection.receive()?)? {
            let batches = batch::split(set)?;
            let values = batches.first().map(batch::Batch::values).transpose()?;
            assert_eq!(values, Some(vec![(offset, value.as_bytes())]));
        }
        self.next_offset += 1;
        Ok(())
    }

    fn commit(&mut self) -> io::Result<()> {
        OFFSETS.commit(&mut self.connection, self.next_offset)?;
        let committed = OFFSETS.committed(&mut self.connection)?;
        assert_eq!(committed, self.next_offset, "the offset that was just committed");
        Ok(())
    }
}
