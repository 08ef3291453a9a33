//! Compaction against a plain map, in the simulated twin: random keys, tombstones, rolls, settings,
//! kills and power cuts at any point of a pass; and bugs that are planted, each of which is found.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::compaction::{Content, LIMITS, config, content, put};
use super::*;
use crate::clock;
use crate::compression::Codec;
use crate::entropy;
use crate::io::simulation;
use crate::log::compaction::CompactionLimits;
use crate::log::compaction::filter::tests as filter_tests;
use crate::mutation::{self, Mutation};

const DATA: &str = "/node";
const LIVES: usize = 6;
const KEYS: u64 = 24;
const TOMBSTONE_MS: i64 = 3000;

/// What was written, and when; what was acknowledged of it.
#[derive(Default)]
struct Model {
    written: Content,
    at_ms: std::collections::BTreeMap<i64, i64>,
    acknowledged: i64,
    cleaned_to: i64,
    /// The journal is not synced at each write: a power cut may take what came last.
    is_unsynced: bool,
}

fn below(end: u64) -> u64 {
    entropy::u64() % end
}

impl Model {
    /// Holds what the log gives against what it was given.
    fn check(&mut self, found: &Content, log: &Log) {
        let end = log.ends().log_end.0;
        assert!(end >= self.acknowledged || self.is_unsynced, "acknowledged records are lost");
        self.acknowledged = self.acknowledged.min(end);
        assert!(end >= self.cleaned_to, "compacted records are lost");
        self.written.retain(|offset, _| *offset < end);
        for (offset, record) in found {
            assert_eq!(self.written.get(offset), Some(record), "at offset {offset}");
        }
        let now_ms = clock::wall_ms();
        let mut last = std::collections::BTreeMap::new();
        for (offset, (key, value)) in &self.written {
            last.insert(key, (*offset, value.is_none()));
        }
        for (key, (offset, is_tombstone)) in &last {
            let is_young = now_ms - self.at_ms[offset] < TOMBSTONE_MS;
            let may_be_gone = *is_tombstone && !is_young;
            assert!(may_be_gone || found.contains_key(offset), "{key}: {offset} is gone");
            if !found.contains_key(offset) {
                let older = found.values().find(|(other, _)| other == *key);
                assert_eq!(older, None, "what a tombstone deleted is back");
            }
        }
        // What was compacted stays so.
        let cleaned_to = log.cleaned_to().0;
        assert!(cleaned_to >= self.cleaned_to, "{cleaned_to} after {}", self.cleaned_to);
        self.cleaned_to = cleaned_to;
        let mut seen = std::collections::BTreeSet::new();
        for (offset, (key, _)) in found.range(..cleaned_to) {
            assert!(seen.insert(key), "{key} is there twice below {cleaned_to}, at {offset}");
        }
    }

    async fn append(&mut self, log: &Log) {
        let record = |_| {
            let key = format!("key {}", below(KEYS));
            let value = (below(5) > 0).then(|| format!("{} {}", entropy::u64(), "z".repeat(80)));
            (key, value)
        };
        let records: Vec<_> = (0..1 + below(4)).map(record).collect();
        let codec = [Codec::None, Codec::None, Codec::Lz4][below(3) as usize];
        let next = log.ends().log_end.0;
        // Noted before: the end may come before the acknowledgement.
        for (offset, record) in (next..).zip(&records) {
            self.written.insert(offset, record.clone());
            self.at_ms.insert(offset, clock::wall_ms());
        }
        let base = put(log, &records, codec).await;
        assert_eq!(base.0, next);
        self.acknowledged = next + records.len() as i64;
    }
}

/// Compacts again and again, with a map that is sometimes too small for all.
async fn compact_on(log: Log) {
    loop {
        let map_bytes = if below(3) == 0 { 12 * 32 } else { LIMITS.map_bytes };
        let limits = CompactionLimits { map_bytes, map_load_factor: 1.0, ..LIMITS };
        if let Err(error) = log.compact(&limits).await {
            assert!(log.compaction_state().uncleanable.is_none(), "{error}");
        }
        clock::sleep(Duration::from_millis(below(400))).await;
    }
}

async fn open(is_unsynced: bool) -> (Node, Log) {
    let journal_durability = if is_unsynced { Durability::Cached } else { Durability::Synced };
    let options = StoreOptions { journal_durability, memory_bytes: 1 << 20, ..store_options() };
    let node = Node::try_start(Path::new(DATA), &options).await.unwrap();
    let log = node.store.open_or_create(spec(0, config(TOMBSTONE_MS))).await.unwrap();
    (node, log)
}

/// One life of a node; ends anywhere.
async fn live(model: &mut Model) {
    let (node, log) = open(model.is_unsynced).await;
    let found = content(&log, log.ends().log_start, 1 + below(3000) as usize).await;
    model.check(&found, &log);
    // It keeps the journal's pages from this one on, so that a replay meets what was compacted.
    let other = node.store.open_or_create(spec(1, LogConfig::default())).await.unwrap();
    if below(2) == 0 {
        append(&other, &values(0, 1, 10), 1000).await;
    }
    let compacting = executor::spawn(compact_on(log.clone()));
    let end = clock::now() + Duration::from_millis(below(4000));
    while clock::now() < end {
        model.append(&log).await;
        if below(20) == 0 {
            let found = content(&log, log.ends().log_start, 1 + below(3000) as usize).await;
            let last = model.acknowledged;
            assert!(found.range(..last).all(|(offset, it)| model.written[offset] == *it));
        }
        if below(30) == 0 {
            let segment_bytes = 2000 + below(4000) as u32;
            log.set_config(LogConfig { segment_bytes, ..config(TOMBSTONE_MS) });
        }
        clock::sleep(Duration::from_millis(below(30))).await;
    }
    drop(compacting);
    if below(3) == 0 {
        node.stop().await;
    }
}

fn seed_holds(seed: u64) {
    simulation::start(seed);
    let mut model = Model { is_unsynced: seed % 4 == 3, ..Model::default() };
    for _ in 0..LIVES {
        run(live(&mut model));
        if below(2) == 0 {
            simulation::crash();
        }
    }
    run(async {
        let (_node, log) = open(model.is_unsynced).await;
        let found = content(&log, log.ends().log_start, 1 << 20).await;
        model.check(&found, &log);
        assert!(model.cleaned_to > 0 || model.acknowledged < 200, "nothing was compacted");
    });
}

#[test]
fn a_compacted_log_is_a_plain_map() {
    let seeds = std::env::var("COMPACTION_SEEDS").ok().and_then(|text| text.parse().ok());
    for seed in 0..seeds.unwrap_or(25) {
        seed_holds(seed);
    }
}

/// Planted bugs, and within how many seeds each is found.
const PLANTED: [(Mutation, u64); 6] = [
    (Mutation::NewestDropped, 10),
    (Mutation::TombstoneDroppedEarly, 20),
    (Mutation::CleanedUnsynced, 60),
    (Mutation::StaleIndexKept, 60),
    (Mutation::ReplayOverCleaned, 60),
    (Mutation::ReplacedKept, 400),
];

#[test]
fn each_planted_bug_of_a_compaction_is_found() {
    for (planted, seeds) in PLANTED {
        mutation::plant(Some(planted));
        let fails = |seed: &u64| catch_unwind(AssertUnwindSafe(|| seed_holds(*seed))).is_err();
        let found = (0..seeds).find(fails);
        mutation::plant(None);
        println!("{planted:?}: found with seed {found:?} of {seeds}");
        assert!(found.is_some(), "{planted:?} is not found within {seeds} seeds");
    }
}

/// Those that tests of a single rule find: each fails the test beside it.
const PLANTED_IN_RULES: [(Mutation, fn()); 5] = [
    (
        Mutation::MarkerDroppedEarly,
        filter_tests::aborted_data_goes_at_once_and_its_marker_in_two_steps_more,
    ),
    (
        Mutation::AbortedKept,
        filter_tests::aborted_data_goes_at_once_and_its_marker_in_two_steps_more,
    ),
    (Mutation::SequenceDropped, filter_tests::a_producers_last_batch_stays_empty),
    (Mutation::IndexAgeBelieved, super::retention::a_damaged_index_deletes_nothing),
    (Mutation::UnseenExpired, super::retention::what_readers_do_not_see_yet_stays),
];

#[test]
fn each_planted_bug_of_a_rule_is_found() {
    for (planted, test) in PLANTED_IN_RULES {
        simulation::start(1);
        test();
        mutation::plant(Some(planted));
        let found = catch_unwind(test).is_err();
        mutation::plant(None);
        assert!(found, "{planted:?} is not found");
    }
}

#[test]
fn every_mutation_of_cleanup_is_planted() {
    let seeds = PLANTED.iter().map(|(mutation, _)| *mutation);
    let rules = PLANTED_IN_RULES.iter().map(|(mutation, _)| *mutation);
    let planted: Vec<Mutation> = seeds.chain(rules).collect();
    assert_eq!(planted.len(), Mutation::OF_CLEANUP.len());
    assert!(Mutation::OF_CLEANUP.iter().all(|mutation| planted.contains(mutation)));
}
