//! The whole broker in the simulated world: seeds, the same run twice, regressions, planted bugs.
//!
//! `cargo test --features sim --test simulation`; more seeds: `ringlog sim --minutes 10` of a build
//! with `--profile sim --features sim`.

mod planted;

use std::collections::BTreeSet;

use ringlog::simulation::{Mutation, Options, Part, Report, run_apart, shrink};

/// What every run of the suite looks at. Bounded by number, not by time.
const SEEDS: std::ops::RangeInclusive<u64> = 1001..=1200;

fn run(options: Options) -> Result<Report, String> {
    run_apart(options, false, None)
}

fn failures(seeds: impl IntoIterator<Item = u64>, options: fn(u64) -> Options) -> Vec<String> {
    seeds.into_iter().filter_map(|seed| run(options(seed)).err()).collect()
}

#[test]
fn no_promise_is_broken_in_the_first_seeds() {
    let failures = failures(SEEDS.step_by(2), Options::short);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn no_promise_is_broken_in_the_second_seeds() {
    let failures = failures(SEEDS.skip(1).step_by(2), Options::short);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_seed_is_a_run() {
    let first = run(Options::short(5)).unwrap();
    assert_eq!(first, run(Options::short(5)).unwrap());
    assert_ne!(first.fingerprint, run(Options::short(6)).unwrap().fingerprint);
}

#[test]
#[ignore = "takes a while; see planted.rs"]
fn a_seed_is_a_run_whatever_happens_in_it() {
    let mut never = None;
    for seed in 1..=12 {
        for kind in [Options::short, harsher] {
            let first = run(kind(seed)).unwrap();
            assert_eq!(first, run(kind(seed)).unwrap(), "seed {seed}");
            assert_ne!(first.fingerprint, run(kind(seed + 12)).unwrap().fingerprint);
            let nothing = never_happened(&first);
            never = match never {
                None => Some(nothing),
                Some(before) => Some(&before & &nothing),
            };
        }
    }
    assert_eq!(never, Some(BTreeSet::new()), "each kind of event is in one of these runs");
}

fn harsher(seed: u64) -> Options {
    Options { broken_disks_percent: 20, damages: 3, ..Options::harsh(seed) }
}

/// The names of the counts that are 0.
fn never_happened(report: &Report) -> BTreeSet<String> {
    let counts = format!("{:?}", report.counts);
    let zeros = counts.split([',', '{', '}']).filter_map(|count| count.trim().strip_suffix(": 0"));
    zeros.map(str::to_owned).collect()
}

#[test]
fn what_was_found_once_stays_away() {
    let mut failures = failures(regressions("short"), Options::short);
    failures.extend(self::failures(regressions("harsh"), Options::harsh));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
#[ignore = "takes a while; see planted.rs"]
fn what_was_found_once_in_long_runs_stays_away() {
    let failures = failures(regressions("any"), Options::from_seed);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
#[ignore = "takes a while; see planted.rs"]
fn a_failing_seed_is_shrunk() {
    let (options, bug) = (Options::harsh(4), Some(Mutation::JournalUnsynced));
    let failure = run_apart(options.clone(), false, bug).unwrap_err();
    let smaller = shrink(&options, failure, bug, || true);
    println!("without {:?}", smaller.without);
    assert!(smaller.without.len() > 8);
    assert!(!smaller.without.contains(&Part::PowerCuts), "nothing else shows this bug");
    let left = Options { seed: smaller.options.seed, ..options.without(&smaller.without) };
    assert_eq!(run_apart(left, false, bug).unwrap_err(), smaller.failure);
}

/// The seeds of a kind of run.
fn regressions(kind: &str) -> impl Iterator<Item = u64> {
    let lines = include_str!("../regressions/seeds").lines();
    let lines = lines.filter_map(move |line| line.strip_prefix(kind)?.strip_prefix(' '));
    lines.map(|line| {
        let seed = line.split(' ').next().and_then(|seed| seed.parse().ok());
        seed.expect("after the kind of run comes the seed")
    })
}
