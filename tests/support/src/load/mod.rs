//! A load that outlives its broker, and what must be true of the log behind it.
//!
//! Idempotent producers write all the time, half of them with acks=1, half with acks=all; what
//! was not acknowledged when the broker died is sent again with the same sequence. After each
//! restart the new part of every partition is read and held against what was acknowledged; at the
//! end all of it is read again.
//! Promise: a record acknowledged and lost, doubled, moved or out of order ends the test.
//! Read next: producer.rs, verify.rs.

mod gate;
mod producer;
pub mod random;
mod verify;

use std::io;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::broker::Broker;
use crate::calls::{self, Acks};
use gate::Gate;
use producer::{Acknowledged, Producer};
use random::Random;
use verify::Log;

pub const TOPIC: &str = "loaded";
pub const PARTITIONS: i32 = 6;
const PRODUCERS: usize = 4;
/// A broker that takes longer than this to come back is as good as lost.
pub const RECOVERY_TIME_MAX: Duration = Duration::from_secs(30);

/// What all threads share.
struct Shared {
    gate: Gate,
    acknowledged: Mutex<Vec<Acknowledged>>,
}

/// Producers, held until they are let through, and what was read of their log.
pub struct Load {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    log: Log,
}

/// How far a load has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Progress {
    pub acknowledged: usize,
    pub in_the_log: usize,
}

impl Load {
    /// Creates the topic and its producers.
    pub fn start(broker: &Broker, random: &mut Random) -> io::Result<Load> {
        broker.create_topic(TOPIC, PARTITIONS)?;
        let shared =
            Arc::new(Shared { gate: Gate::new(PRODUCERS), acknowledged: Mutex::default() });
        let mut connection = broker.connect()?;
        let mut threads = Vec::new();
        for index in 0..PRODUCERS {
            let sequence = calls::producer_id(&mut connection)?;
            let acks = if index % 2 == 0 { Acks::All } else { Acks::Leader };
            let random = Random::new(random.draw());
            let address = broker.address();
            let producer = Producer::new(address, sequence, acks, random, Arc::clone(&shared));
            threads.push(thread::spawn(move || producer.run()));
        }
        Ok(Load { shared, threads, log: Log::default() })
    }

    /// Lets the producers through for a while; they go on until they are held.
    pub fn run_for(&self, time: Duration) {
        self.shared.gate.open();
        thread::sleep(time);
    }

    /// Batches acknowledged so far.
    pub fn acknowledged(&self) -> usize {
        self.shared.acknowledged.lock().expect("no thread panicked").len()
    }

    /// Returns once every producer is held. The broker is dead by now, or answers.
    pub fn hold(&self) {
        self.shared.gate.close();
    }

    /// Reads what is new and holds the log against what was acknowledged. Panics on any difference.
    pub fn check(&mut self, broker: &Broker) -> Progress {
        assert!(broker.start_time < RECOVERY_TIME_MAX, "recovery took {:?}", broker.start_time);
        let acknowledged = self.shared.acknowledged.lock().expect("no thread panicked").clone();
        self.log.read_on(broker).expect("the log can be read");
        self.log.assert_holds(&acknowledged);
        Progress { acknowledged: acknowledged.len(), in_the_log: self.log.batches() }
    }

    /// Lets what is unacknowledged through, ends the producers, and reads all of the log again.
    pub fn finish(mut self, broker: &Broker) -> Progress {
        self.run_for(Duration::from_secs(1));
        self.hold();
        self.shared.gate.end();
        for thread in std::mem::take(&mut self.threads) {
            thread.join().expect("the producer saw what it should");
        }
        let progress = self.check(broker);
        let mut again = Log::default();
        again.read_on(broker).expect("the log can be read");
        again.assert_same(&self.log);
        progress
    }
}
