//! A follower's log against a plain list of batches, in the simulated twin: leaders that come with
//! another end, producers, transactions, kills and power cuts at any point of a cut; and bugs that
//! are planted, each of which is found.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::truncation::{config, led_by, replicate, stamped};
use super::*;
use crate::clock;
use crate::entropy;
use crate::format::batch::{Attributes, Batch};
use crate::format::control::{self, EndTransaction};
use crate::io::simulation;
use crate::mutation::{self, Mutation};
use crate::replica;
use crate::units::LeaderEpoch;

const DATA: &str = "/node";
const LIVES: usize = 5;
const PRODUCERS: u64 = 3;
/// The latest power cut or kill comes so long after a cut of the log began.
const CUT_NS_MAX: u64 = 40_000_000;

fn below(end: u64) -> u64 {
    entropy::u64() % end
}

/// A batch as its leader has it.
#[derive(Clone)]
struct Kept {
    base: i64,
    next: i64,
    epoch: i32,
    timestamp: i64,
    bytes: Vec<u8>,
}

/// What a producer did, as the batches tell.
#[derive(Clone, Debug, Default, PartialEq)]
struct Did {
    sequence: i32,
    open_since: Option<i64>,
}

/// What the follower was given, and what of it must be there.
#[derive(Default)]
struct Model {
    batches: Vec<Kept>,
    /// It has, durably, all before.
    acknowledged: i64,
    /// A cut that may or may not have come to its end.
    cutting_to: Option<i64>,
    epoch: i32,
    timestamp: i64,
}

impl Model {
    fn end(&self) -> i64 {
        self.batches.last().map_or(0, |last| last.next)
    }

    fn cut(&mut self, end: i64) {
        self.batches.retain(|batch| batch.next <= end);
        self.acknowledged = self.acknowledged.min(end);
    }

    fn producers(&self) -> BTreeMap<i64, Did> {
        let mut all: BTreeMap<i64, Did> = BTreeMap::new();
        for kept in &self.batches {
            let batch = Batch::parse(&kept.bytes).unwrap();
            let did = all.entry(batch.producer_id()).or_default();
            if batch.attributes().is_control() {
                did.open_since = None;
            } else {
                did.sequence = batch.last_sequence();
                if batch.attributes().is_transactional() {
                    did.open_since.get_or_insert(kept.base);
                }
            }
        }
        all
    }

    /// First and last offsets of the transactions that were aborted.
    fn aborted(&self) -> Vec<(i64, i64)> {
        let mut open: BTreeMap<i64, i64> = BTreeMap::new();
        let mut all = Vec::new();
        for kept in &self.batches {
            let batch = Batch::parse(&kept.bytes).unwrap();
            let producer = batch.producer_id();
            if !batch.attributes().is_control() {
                if batch.attributes().is_transactional() {
                    open.entry(producer).or_insert(kept.base);
                }
                continue;
            }
            let info = crate::format::validate::BatchInfo::of(&batch, 0).unwrap();
            if let Some(first) = open.remove(&producer)
                && info.transaction_end.unwrap().aborted
            {
                all.push((first, kept.base));
            }
        }
        all
    }

    /// The next batch of the leader: data of a producer, or the end of its transaction.
    fn make(&mut self) -> Kept {
        let producer_id = 1 + below(PRODUCERS) as i64;
        let did = self.producers().get(&producer_id).cloned();
        let is_open = did.as_ref().is_some_and(|did| did.open_since.is_some());
        self.timestamp += below(3) as i64;
        let bytes = match is_open && below(3) == 0 {
            true => {
                let committed = below(2) == 0;
                let (producer_epoch, coordinator_epoch) = (0, 1);
                let end =
                    EndTransaction { producer_id, producer_epoch, coordinator_epoch, committed };
                control::marker_batch(&end, self.timestamp)
            }
            false => self.data(producer_id, did, is_open),
        };
        let count = i64::from(Batch::parse(&bytes).unwrap().last_offset_delta()) + 1;
        // A compaction of the leader may have left a gap.
        let base = self.end() + i64::from(below(12) == 0);
        let bytes = stamped(&bytes, base, self.epoch);
        let (epoch, timestamp) = (self.epoch, self.timestamp);
        Kept { base, next: base + count, epoch, timestamp, bytes }
    }

    fn data(&self, producer_id: i64, did: Option<Did>, is_open: bool) -> Vec<u8> {
        let mut attributes = Attributes::default();
        if is_open || below(4) == 0 {
            attributes = attributes.transactional();
        }
        let base_sequence = did.filter(|did| did.sequence > 0).map_or(1, |did| did.sequence + 1);
        let header = Header {
            attributes,
            producer_id,
            producer_epoch: 0,
            base_sequence,
            ..Header::default()
        };
        let mut builder = BatchBuilder::new(header, Compression::NONE);
        for _ in 0..1 + below(3) {
            let value = format!("{} {}", entropy::u64(), "z".repeat(below(200) as usize));
            let record = NewRecord {
                timestamp: self.timestamp,
                key: None,
                value: Some(value.as_bytes()),
                headers: &[],
            };
            builder.append(&record).unwrap();
        }
        builder.finish().unwrap()
    }

    /// Holds the log against the list.
    async fn check(&self, log: &Log) {
        let ends = log.ends();
        assert_eq!(ends.log_end.0, self.end(), "the log's end");
        assert!(ends.high_watermark <= ends.durable && ends.durable <= ends.log_end);
        self.check_records(log).await;
        let epochs: Vec<(i32, i64)> = {
            let state = log.0.state.borrow();
            state.epochs.entries().iter().map(|it| (it.epoch, it.start_offset)).collect()
        };
        let mut known = Vec::new();
        for kept in &self.batches {
            if known.last().is_none_or(|(epoch, _)| *epoch != kept.epoch) {
                known.push((kept.epoch, kept.base));
            }
        }
        assert_eq!(epochs, known, "the epochs");
        let mut producers: BTreeMap<i64, Did> = BTreeMap::new();
        for view in log.producers() {
            let open_since = view.transaction_first_offset;
            let sequence = view.last_sequence.max(0);
            producers.insert(view.id, Did { sequence, open_since });
        }
        assert_eq!(producers, self.producers(), "the producers");
        let aborted = log.aborted_between(Offset(0), Offset(self.end()));
        let mut aborted: Vec<_> =
            aborted.iter().map(|it| (it.first_offset, it.last_offset)).collect();
        aborted.sort_unstable();
        let mut known = self.aborted();
        known.sort_unstable();
        assert_eq!(aborted, known, "the aborted transactions");
    }

    /// From any offset and any time on: what the indexes lead to.
    async fn check_records(&self, log: &Log) {
        let end = Offset(self.end());
        let whole = |from: i64| {
            let rest = self.batches.iter().filter(|kept| kept.next > from);
            rest.flat_map(|kept| kept.bytes.clone()).collect::<Vec<u8>>()
        };
        for from in [0, below(self.end().max(1) as u64) as i64] {
            let mut found = Vec::new();
            let mut next = Offset(from);
            while next < end {
                let limit = ReadLimit {
                    before: end,
                    bytes_max: 1 + below(3000) as usize,
                    at_least_one: AtLeastOne::Batch,
                };
                let bytes = log.read_bytes(next, limit).await.unwrap();
                let mut at = 0;
                for batch in Batches::new(&bytes).map_while(Result::ok) {
                    at += batch.size();
                    next = Offset(batch.next_offset());
                }
                assert!(at > 0, "nothing at {next}, before {end}");
                found.extend_from_slice(&bytes[..at]);
            }
            assert!(found == whole(from), "from {from}: other bytes than the leader's");
        }
        let time = below(self.timestamp.max(1) as u64 + 2) as i64;
        let is_data = |kept: &&Kept| {
            let batch = Batch::parse(&kept.bytes).unwrap();
            kept.timestamp >= time && !batch.attributes().is_control()
        };
        let first = self.batches.iter().find(is_data).map(|kept| kept.base);
        let found = log.find_timestamp(time, end).await.unwrap();
        assert_eq!(found.map(|found| found.at.offset.0), first, "the first of time {time}");
    }

    /// What a start finds is what was given, up to somewhere that no promise forbids.
    fn begin_life(&mut self, log: &Log) {
        let end = log.ends().log_end.0;
        let must = self.cutting_to.take().map_or(self.acknowledged, |to| to.min(self.acknowledged));
        assert!(end >= must, "it ends at {end}, and has had all before {must}");
        assert!(end <= self.end(), "it ends at {end}, behind all that it was given");
        let is_end_of_batch = end == 0 || self.batches.iter().any(|kept| kept.next == end);
        assert!(is_end_of_batch, "it ends at {end}, within a batch");
        self.cut(end);
        self.acknowledged = end;
    }

    async fn append(&mut self, log: &Log) {
        let kept = self.make();
        let bytes = kept.bytes.clone();
        self.batches.push(kept);
        let end = replicate(log, &bytes).await;
        assert_eq!(end.0, self.end());
        self.acknowledged = end.0;
    }

    /// Another leader, whose log goes another way from an offset on.
    async fn follow_another(&mut self, log: &Log, ends_within_ns: Option<u64>) {
        let to = below(self.end() as u64 + 1) as i64;
        self.epoch += 1 + below(2) as i32;
        log.assign(&led_by(2, self.epoch));
        self.cutting_to = Some(to.min(self.end()));
        let kept = self.batches.iter().filter(|kept| kept.next <= to).map(|kept| kept.next);
        let expected = kept.max().unwrap_or(0);
        self.cutting_to = Some(expected);
        let cutting = {
            let log = log.clone();
            executor::spawn(async move { log.truncate_to(Offset(to)).await })
        };
        if let Some(ns) = ends_within_ns {
            clock::sleep(Duration::from_nanos(ns)).await;
            // The life ends, wherever the cut is.
            drop(cutting);
            return;
        }
        let end = cutting.await.unwrap();
        assert_eq!(end.0, expected, "cut at {to}");
        self.cutting_to = None;
        self.cut(expected);
        self.acknowledged = expected;
    }
}

async fn open(epoch: i32) -> (Node, Log) {
    let options = StoreOptions { memory_bytes: 1 << 20, ..store_options() };
    let node = Node::try_start(Path::new(DATA), &options).await.unwrap();
    let config = LogConfig { segment_bytes: 1500, ..config() };
    let log = node.store.open_or_create_in(spec(0, config), None).await.unwrap();
    log.assign(&led_by(2, epoch));
    (node, log)
}

/// One life of a node; most end in the midst of a cut.
async fn live(model: &mut Model) {
    let (node, log) = open(model.epoch).await;
    model.begin_life(&log);
    model.check(&log).await;
    // It keeps the journal's pages from this one on, so that a replay meets what was cut.
    let other = node.store.open_or_create(spec(1, LogConfig::default())).await.unwrap();
    if below(2) == 0 {
        append(&other, &values(0, 1, 10), 1000).await;
    }
    for _ in 0..1 + below(3) {
        for _ in 0..below(25) {
            model.append(&log).await;
            let end = Offset(below(model.end() as u64 + 2) as i64);
            log.follow_high_watermark(end);
            if below(8) == 0 {
                clock::sleep(Duration::from_millis(below(30))).await;
            }
            if below(10) == 0 {
                // A compaction proves so much to be synced.
                let log_dir = log.log_dir();
                let end = log.ends().durable;
                log.clone().take_over().await;
                log.sync_unfinished().await.unwrap();
                log_dir.offsets().recovery_points.save(log.id(), end).await.unwrap();
            }
        }
        let high_watermark = log.ends().high_watermark;
        model.follow_another(&log, None).await;
        assert!(log.ends().high_watermark <= high_watermark);
        model.check(&log).await;
    }
    for _ in 0..below(20) {
        model.append(&log).await;
    }
    match below(4) {
        0 => node.stop().await,
        1 => {}
        _ => model.follow_another(&log, Some(below(CUT_NS_MAX))).await,
    }
}

fn seed_holds(seed: u64) {
    println!("seed {seed}");
    simulation::start(seed);
    let mut model = Model { timestamp: 1000, ..Model::default() };
    for _ in 0..LIVES {
        run(live(&mut model));
        if below(2) == 0 {
            simulation::crash();
        }
    }
    run(async {
        let (_node, log) = open(model.epoch).await;
        model.begin_life(&log);
        model.check(&log).await;
    });
}

#[test]
fn a_log_that_is_cut_is_a_plain_list() {
    let seeds = std::env::var("TRUNCATION_SEEDS").ok().and_then(|text| text.parse().ok());
    for seed in 0..seeds.unwrap_or(120) {
        seed_holds(seed);
    }
}

/// A cut that ends after each so many nanoseconds, by a kill or a power cut.
#[test]
fn a_cut_may_end_at_each_of_its_steps() {
    const STEP_NS: u64 = 200_000;
    for power in [false, true] {
        for step in 0..CUT_NS_MAX / STEP_NS {
            simulation::start(7);
            let mut model = Model { timestamp: 1000, ..Model::default() };
            run(async {
                let (_node, log) = open(0).await;
                for _ in 0..30 {
                    model.append(&log).await;
                }
                model.follow_another(&log, Some(step * STEP_NS)).await;
            });
            if power {
                simulation::crash();
            }
            run(async {
                let (_node, log) = open(model.epoch).await;
                model.begin_life(&log);
                model.check(&log).await;
                for _ in 0..10 {
                    model.append(&log).await;
                }
                model.check(&log).await;
            });
        }
    }
}

/// Planted bugs of a cut, and within how many seeds each is found.
const PLANTED: [(Mutation, u64); 6] = [
    (Mutation::IndexKeptByCut, 40),
    (Mutation::ProducersKeptByCut, 40),
    (Mutation::EpochsKeptByCut, 40),
    (Mutation::RecoveryPointKeptByCut, 100),
    (Mutation::JournaledKeptByCut, 200),
    (Mutation::HighWatermarkKeptByCut, 40),
];

#[test]
fn each_planted_bug_of_a_cut_is_found() {
    for (planted, seeds) in PLANTED {
        mutation::plant(Some(planted));
        let fails = |seed: &u64| catch_unwind(AssertUnwindSafe(|| seed_holds(*seed))).is_err();
        let found = (0..seeds).find(fails);
        mutation::plant(None);
        println!("{planted:?}: found with seed {found:?} of {seeds}");
        assert!(found.is_some(), "{planted:?} is not found within {seeds} seeds");
    }
}

/// Those that runs of a leader find, and within how many.
const PLANTED_IN_LEADERS: [(Mutation, u32); 3] = [
    (Mutation::HighWatermarkBeforeSync, 50),
    (Mutation::FollowersUncounted, 50),
    (Mutation::InSyncTooEarly, 500),
];

#[test]
fn each_planted_bug_of_a_leader_is_found() {
    for (planted, runs) in PLANTED_IN_LEADERS {
        mutation::plant(Some(planted));
        let found = replica::tests::fails_within(runs);
        mutation::plant(None);
        println!("{planted:?}: found: {found}");
        assert!(found, "{planted:?} is not found within {runs} runs");
    }
    assert!(!replica::tests::fails_within(500), "without a bug nothing is found");
}

#[test]
fn every_mutation_of_replication_is_planted() {
    let cuts = PLANTED.iter().map(|(mutation, _)| *mutation);
    let leaders = PLANTED_IN_LEADERS.iter().map(|(mutation, _)| *mutation);
    let planted: Vec<Mutation> = cuts.chain(leaders).collect();
    assert_eq!(planted.len(), Mutation::OF_REPLICATION.len());
    assert!(Mutation::OF_REPLICATION.iter().all(|mutation| planted.contains(mutation)));
}

#[test]
fn the_latest_epoch_of_a_cut_log_is_that_of_its_last_batch() {
    simulation::start(3);
    run(async {
        let (_node, log) = open(4).await;
        let bytes = batch(&values(0, 2, 30), 1000);
        replicate(&log, &stamped(&bytes, 0, 3)).await;
        replicate(&log, &stamped(&bytes, 2, 4)).await;
        log.truncate_to(Offset(2)).await.unwrap();
        assert_eq!(log.latest_epoch(), Some(LeaderEpoch(3)));
        assert_eq!(log.epoch_end(LeaderEpoch(3)).unwrap().end, Offset(2));
        assert_eq!(log.epoch_end(LeaderEpoch(4)), None);
    });
}
