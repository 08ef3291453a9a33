//! Random sequences of requests, time, failures and reloads. After each step: a decision is never
//! taken back, markers tell of durable decisions only, epochs never fall, and the log read from its
//! beginning gives the same state.

use super::bench::*;
use crate::coordinators::coordinator::*;
use crate::coordinators::transactions::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Step {
    Init { expected: Option<usize> },
    Add { back: usize, version: i16 },
    End { back: usize, committed: bool, version: i16 },
    Markers,
    Pass { ms: u64 },
    Hold,
    Release,
    Refuse,
    Reload,
}

fn step() -> impl Strategy<Value = Step> {
    let version = || prop_oneof![Just(0i16), Just(2i16)];
    prop_oneof![
        3 => proptest::option::of(0..3usize).prop_map(|expected| Step::Init { expected }),
        6 => (0..3usize, version()).prop_map(|(back, version)| Step::Add { back, version }),
        6 => (0..3usize, any::<bool>(), version())
            .prop_map(|(back, committed, version)| Step::End { back, committed, version }),
        4 => Just(Step::Markers),
        2 => (0..90_000u64).prop_map(|ms| Step::Pass { ms }),
        1 => Just(Step::Hold),
        2 => Just(Step::Release),
        1 => Just(Step::Refuse),
        1 => Just(Step::Reload),
    ]
}

struct Run {
    bench: Bench,
    /// What producers were told that they are, the newest last.
    producers: Vec<ProducerEpoch>,
    /// Of each producer and epoch, how its transaction was decided.
    decisions: BTreeMap<ProducerEpoch, bool>,
    highest: BTreeMap<i64, i16>,
}

impl Run {
    fn producer(&self, back: usize) -> ProducerEpoch {
        let at = self.producers.len().checked_sub(1 + back);
        at.map_or(ProducerEpoch { id: 0, epoch: 0 }, |at| self.producers[at])
    }

    fn run(&mut self, step: Step) {
        let request = match step {
            Step::Init { expected } => Request::Init(InitProducer {
                transactional_id: ID.into(),
                timeout_ms: TIMEOUT_MS,
                is_two_phase: false,
                expected: expected.map(|back| self.producer(back)),
                fresh_producer_id: Some(self.fresh()),
            }),
            Step::Add { back, version } => Request::Add(partitions(self.producer(back), version)),
            Step::End { back, committed, version } => Request::End(EndTransaction {
                transactional_id: ID.into(),
                producer: self.producer(back),
                committed,
                version,
                fresh_producer_id: Some(self.fresh()),
            }),
            Step::Markers => return self.bench.write_markers(),
            Step::Pass { ms } => return self.bench.pass(ms),
            Step::Hold => {
                self.bench.hold = true;
                return;
            }
            Step::Release => return self.bench.release(),
            Step::Refuse => return self.bench.refuse(AppendFailure::Unavailable),
            Step::Reload => {
                let again = self.bench.reloaded();
                self.bench = again;
                return;
            }
        };
        self.bench.ask(request);
    }

    fn fresh(&mut self) -> i64 {
        self.bench.next_producer_id += 1;
        self.bench.next_producer_id
    }

    fn check(&mut self) {
        for reply in std::mem::take(&mut self.bench.replies).into_values() {
            if let Reply::Initialized(producer) | Reply::Ended(producer) = reply {
                self.producers.push(producer);
                let highest = self.highest.entry(producer.id).or_insert(producer.epoch);
                *highest = producer.epoch.max(*highest);
            }
        }
        let durable = self.bench.reloaded();
        let known = durable.partition.transactions();
        assert_eq!(self.bench.partition.transactions().len(), known.len());
        for (id, transaction) in self.bench.partition.transactions() {
            // Not in the log, as in Kafka.
            let last_epoch = known[&id].last_epoch;
            assert_eq!(Transaction { last_epoch, ..transaction }, known[&id]);
        }
        for Command::WriteMarkers { transactional_id, marker, partitions } in &self.bench.markers {
            let producer = ProducerEpoch { id: marker.producer_id, epoch: marker.producer_epoch };
            // Before version 2 an epoch has many transactions.
            if marker.transaction_version >= 2 {
                let before = self.decisions.insert(producer, marker.committed);
                assert!(before.is_none_or(|before| before == marker.committed), "taken back");
            }
            assert!(!partitions.is_empty());
            let decided = &known[transactional_id];
            if decided.producer == producer && decided.state.is_prepared() {
                assert_eq!(decided.state == State::PrepareCommit, marker.committed);
            }
        }
        if let Some(current) = known.get(ID) {
            let highest = self.highest.get(&current.producer.id);
            assert!(highest.is_none_or(|epoch| *epoch <= current.producer.epoch), "epochs fell");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_keeps_its_decisions_and_can_be_replayed(
        steps in proptest::collection::vec(step(), 1..60)
    ) {
        let mut run = Run {
            bench: Bench::new(),
            producers: Vec::new(),
            decisions: BTreeMap::new(),
            highest: BTreeMap::new(),
        };
        for step in steps {
            run.run(step);
            run.check();
        }
        // Whatever was decided comes to its end.
        run.bench.release();
        run.bench.write_markers();
        run.bench.pass(20_000);
        run.bench.write_markers();
        let open = run.bench.partition.transactions();
        prop_assert!(open.values().all(|transaction| !transaction.state.is_prepared()));
    }
}
