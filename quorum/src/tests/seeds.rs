//! Seeds: the machine as it is passes, each planted bug is found.
//!
//! `RINGLOG_QUORUM_SEEDS=N` runs N seeds instead of the few of a quick run, from
//! `RINGLOG_QUORUM_FIRST_SEED` on.

use crate::mutation::Mutation;
use crate::tests::checkers::Violation;
use crate::tests::simulation::{self, Summary};

fn from_environment(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// What a seed found; a failed assertion of the machine is a find as well.
fn run(seed: u64, planted: Option<Mutation>) -> Result<Summary, Violation> {
    let run = std::panic::AssertUnwindSafe(|| simulation::run(seed, planted));
    let told = |panic: Box<dyn std::any::Any + Send>| {
        let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
        Violation(format!("panic: {text}"))
    };
    std::panic::catch_unwind(run).unwrap_or_else(|panic| Err(told(panic)))
}

/// Runs seeds on two threads; those that failed, in order.
fn failures(first: u64, count: u64) -> (Vec<(u64, Violation)>, i64, i64) {
    const THREADS: u64 = 2;
    let share = move |part: u64| {
        let seeds = (first..first + count).filter(move |seed| seed % THREADS == part);
        let (mut failed, mut committed, mut epochs) = (Vec::new(), 0, 0);
        for seed in seeds {
            match run(seed, None) {
                Ok(summary) => {
                    committed += summary.committed;
                    epochs += i64::from(summary.epochs);
                }
                Err(violation) => failed.push((seed, violation)),
            }
        }
        (failed, committed, epochs)
    };
    let threads: Vec<_> =
        (0..THREADS).map(|part| std::thread::spawn(move || share(part))).collect();
    let mut total = (Vec::new(), 0, 0);
    for thread in threads {
        let (failed, committed, epochs) = thread.join().expect("panics are caught");
        total.0.extend(failed);
        total.1 += committed;
        total.2 += epochs;
    }
    total.0.sort_by_key(|(seed, _)| *seed);
    total
}

#[test]
fn seeds_pass() {
    let count = from_environment("RINGLOG_QUORUM_SEEDS", 300);
    let first = from_environment("RINGLOG_QUORUM_FIRST_SEED", 1);
    let (failed, committed, epochs) = failures(first, count);
    assert_eq!(failed, [], "{} of {count} seeds", failed.len());
    println!("{count} seeds: {committed} records committed in {epochs} epochs");
    assert!(committed > 20 * count.cast_signed(), "the runs commit something");
    assert!(epochs > 2 * count.cast_signed(), "the runs have elections");
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in [3, 77, 1234] {
        assert_eq!(run(seed, None), run(seed, None));
    }
}

/// The first seed that finds it.
fn find(bug: Mutation, seeds: u64) -> Option<(u64, Violation)> {
    (1..=seeds).find_map(|seed| run(seed, Some(bug)).err().map(|found| (seed, found)))
}

fn found_by_seeds(bug: Mutation, seeds: u64) {
    let found = find(bug, seeds);
    println!("{bug:?}: {found:?}");
    assert!(found.is_some(), "{bug:?} is not found within {seeds} seeds");
}

macro_rules! found_by_seeds {
    ($($name:ident: $bug:ident within $seeds:literal,)*) => {
        $(#[test]
        fn $name() {
            found_by_seeds(Mutation::$bug, $seeds);
        })*
    };
}

found_by_seeds! {
    a_vote_that_is_not_stored_is_found: VoteNotStored within 300,
    a_vote_to_a_stale_log_is_found: VoteToStaleLog within 300,
    a_lead_that_is_not_stored_is_found: LeadNotStored within 300,
    a_high_watermark_of_an_old_epoch_is_found: HighWatermarkOfOldEpoch within 300,
    an_acknowledgement_before_the_sync_is_found: AcknowledgedBeforeSync within 300,
    a_leader_that_counts_what_it_has_not_synced_is_found: LeaderCountsUnsynced within 300,
    a_truncation_to_the_high_watermark_is_found: TruncatedToHighWatermark within 300,
    an_ignored_divergence_is_found: DivergenceIgnored within 300,
    a_snapshot_of_uncommitted_records_is_found: SnapshotOfUncommitted within 300,
    two_voter_changes_at_once_are_found: TwoVoterChanges within 300,
    a_leader_without_check_quorum_is_found: NoCheckQuorum within 300,
    a_fetch_beyond_the_log_is_found: FetchBeyondLog within 300,
    a_forgotten_resignation_is_found: ResignedForgotten within 300,
    a_late_answer_is_found: LateAnswerUsed within 300,
    an_ignored_directory_is_found: DirectoryIgnored within 300,
    a_removed_leader_that_stays_is_found: RemovedLeaderStays within 300,
    a_leader_announced_early_is_found: AnnouncedEarly within 300,
}
