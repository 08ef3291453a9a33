//! The whole broker in the simulated world: seeds, the same run twice, regressions, planted bugs.
//!
//! `cargo test --features sim --test simulation`; more seeds: `ringlog sim --minutes 10` of a build
//! with `--profile sim --features sim`.

mod planted;

use ringlog::simulation::{Options, Report, run_apart};

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
    let again = run(Options::short(5)).unwrap();
    assert_eq!(first, again);
    let other = run(Options::short(6)).unwrap();
    assert_ne!(first.fingerprint, other.fingerprint);
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

/// The seeds of a kind of run.
fn regressions(kind: &str) -> impl Iterator<Item = u64> {
    let lines = include_str!("../regressions/seeds").lines();
    let lines = lines.filter_map(move |line| line.strip_prefix(kind)?.strip_prefix(' '));
    lines.map(|line| {
        let seed = line.split(' ').next().and_then(|seed| seed.parse().ok());
        seed.expect("after the kind of run comes the seed")
    })
}
