//! What a power cut takes of logs whose journal is not synced at each write: the newest records of
//! the last second, and nothing else.

use std::time::Duration;

use super::*;
use crate::clock::{self, Instant};
use crate::entropy;
use crate::io::simulation;
use crate::limits;

const DATA: &str = "/node";
const PARTITIONS: usize = 3;
const LIVES: usize = 4;
/// What a sync may take on the simulated disk.
const SYNC_TIME_MAX: Duration = Duration::from_millis(500);

/// What was acknowledged of a partition, by offset, and when.
type Acknowledged = Vec<(Vec<u8>, Instant)>;

fn options() -> StoreOptions {
    // So small that its ring comes round within a second.
    let (journal_durability, journal_bytes_max) = (Durability::Cached, 2 << 20);
    StoreOptions { journal_durability, journal_bytes_max, ..store_options() }
}

async fn open() -> (Node, Vec<Log>) {
    let node = Node::try_start(Path::new(DATA), &options()).await.unwrap();
    let config = LogConfig { segment_bytes: 128 << 10, ..LogConfig::default() };
    let mut logs = Vec::new();
    for partition in 0..PARTITIONS {
        let opened = node.store.open_or_create(spec(partition as i32, config.clone())).await;
        logs.push(opened.unwrap());
    }
    (node, logs)
}

/// Holds what is left against what was acknowledged before the cut; returns how much is lost.
async fn check(log: &Log, acknowledged: &mut Acknowledged, cut: Instant) -> usize {
    let found = read_all(log, Offset(0), 1 << 20).await;
    let values = acknowledged.iter().map(|(value, _)| value);
    assert!(values.take(found.len()).eq(&found), "not what was acknowledged, in order");
    let lost = acknowledged.split_off(found.len());
    let bound = limits::JOURNAL_SYNC_INTERVAL + SYNC_TIME_MAX;
    for (_, at) in &lost {
        assert!(*at + bound > cut, "lost {:?} after it was acknowledged", cut - *at);
    }
    lost.len()
}

/// Appends to all partitions for a while, small ones with pauses, or large ones without, which
/// bring the journal's ring round between two syncs.
async fn live(logs: &[Log], acknowledged: &mut [Acknowledged], numbers: &mut usize) {
    let end = clock::now() + Duration::from_millis(entropy::u64() % 4000);
    let is_slow = entropy::u64().is_multiple_of(2);
    let (bytes, pause_ms_max) = if is_slow { (500, 40) } else { (60_000, 8) };
    while clock::now() < end {
        let partition = entropy::u64() as usize % logs.len();
        let values = values(*numbers, 1, bytes);
        *numbers += 1;
        append(&logs[partition], &values, 0).await;
        acknowledged[partition].extend(values.into_iter().map(|value| (value, clock::now())));
        clock::sleep(Duration::from_millis(entropy::u64() % pause_ms_max)).await;
    }
}

#[test]
fn a_power_cut_takes_the_last_second_at_most() {
    let mut lost = 0;
    for seed in 0..30 {
        simulation::start(seed);
        let mut acknowledged: [Acknowledged; PARTITIONS] = Default::default();
        let (mut numbers, mut cut) = (0, None);
        for _ in 0..LIVES {
            cut = run(async {
                let (_node, logs) = open().await;
                if let Some(cut) = cut {
                    for (log, expected) in logs.iter().zip(&mut acknowledged) {
                        lost += check(log, expected, cut).await;
                    }
                }
                live(&logs, &mut acknowledged, &mut numbers).await;
                Some(clock::now())
            });
            simulation::crash();
        }
    }
    assert!(lost > 0, "no power cut took anything: this looks at nothing");
}

#[test]
fn a_kill_and_a_clean_stop_take_nothing() {
    for seed in 0..6 {
        simulation::start(seed);
        let mut acknowledged: [Acknowledged; PARTITIONS] = Default::default();
        let mut numbers = 0;
        for is_stopped in [false, true, false] {
            run(async {
                let (node, logs) = open().await;
                for (log, expected) in logs.iter().zip(&mut acknowledged) {
                    assert_eq!(check(log, expected, clock::now()).await, 0);
                }
                live(&logs, &mut acknowledged, &mut numbers).await;
                if is_stopped {
                    node.stop().await;
                }
            });
            if is_stopped {
                simulation::crash();
            }
        }
    }
}

#[test]
fn a_log_that_must_be_synced_loses_nothing() {
    for seed in 0..20 {
        simulation::start(seed);
        let config = LogConfig { must_be_synced: true, ..LogConfig::default() };
        run(async {
            let node = Node::try_start(Path::new(DATA), &options()).await.unwrap();
            let other = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
            let log = node.store.open_or_create(spec(1, config.clone())).await.unwrap();
            for number in 0..10 {
                append(&other, &values(number, 1, 5000), 0).await;
                append(&log, &values(number, 1, 100), 0).await;
            }
        });
        simulation::crash();
        run(async {
            let node = Node::try_start(Path::new(DATA), &options()).await.unwrap();
            let log = node.store.open_or_create(spec(1, config)).await.unwrap();
            assert_eq!(read_all(&log, Offset(0), 1 << 20).await, values(0, 10, 100));
        });
    }
}
