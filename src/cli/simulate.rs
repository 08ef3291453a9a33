//! `ringlog sim`: the whole broker in the simulated world, from a seed.

use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use clap::{Args, ValueEnum, value_parser};

use super::failure::Failure;
use crate::simulation::{self, Options, Part, Report};

/// For runs that fail late, after millions of turns.
const SHRINK_TIME: Duration = Duration::from_secs(180);

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  ringlog sim --minutes 5 --jobs 2\n  \
                        ringlog sim --seed 42 --events\n  \
                        ringlog sim --seed 1001 --seeds 200 --kind short\n\n\
                        A seed that fails is run again with less and less in it, for some minutes \
                        at most; the smallest run that fails is told, with its command.")]
pub(super) struct SimulateArgs {
    /// The seed, or the first of several; without it a new one, which is told
    #[arg(long)]
    seed: Option<u64>,

    /// How many seeds to run
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u64).range(1..))]
    #[arg(conflicts_with = "minutes")]
    seeds: u64,

    /// Begin new seeds for so long, in place of a number of them
    #[arg(long, value_parser = value_parser!(u64).range(1..))]
    minutes: Option<u64>,

    /// How many seeds to run at a time
    #[arg(long, default_value_t = 1)]
    jobs: u64,

    /// What the options are drawn from
    #[arg(long, value_enum, default_value_t = Kind::Any)]
    kind: Kind,

    /// Parts of the runs to leave out
    #[arg(long, value_enum, value_delimiter = ',')]
    without: Vec<Part>,

    /// Dice that are not those of the seed, which then says what the run is like and no more
    #[arg(long, conflicts_with_all = ["seeds", "minutes"])]
    dice: Option<u64>,

    /// A line for each seed
    #[arg(long)]
    verbose: bool,

    /// Show each event as it happens, and what the node logs
    #[arg(long)]
    events: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// All there is
    Any,
    /// Some seconds, as in the test suite
    Short,
    /// A crash every other second, as for planted bugs
    Harsh,
}

impl Kind {
    fn options(self, seed: u64) -> Options {
        match self {
            Kind::Any => Options::from_seed(seed),
            Kind::Short => Options::short(seed),
            Kind::Harsh => Options::harsh(seed),
        }
    }
}

/// What several seeds came to.
#[derive(Default)]
struct Sum {
    seeds: u64,
    simulated: Duration,
    turns: u64,
    failure: Option<FailedSeed>,
}

struct FailedSeed {
    seed: u64,
    options: Options,
    what: String,
}

pub(super) fn run(arguments: &SimulateArgs) -> Result<(), Failure> {
    if arguments.events {
        let filter = tracing_subscriber::EnvFilter::new("info");
        let lines = tracing_subscriber::fmt().with_env_filter(filter).without_time();
        lines.with_writer(std::io::stderr).init();
    }
    let first = arguments.seed.unwrap_or_else(fresh_seed);
    print(&format!("from seed {first} on\n"));
    let began = Instant::now();
    let (next, is_failed) = (AtomicU64::new(first), AtomicBool::new(false));
    let sums: Vec<Sum> = thread::scope(|scope| {
        let jobs = (0..arguments.jobs.max(1))
            .map(|_| scope.spawn(|| take(arguments, first, &next, &is_failed)));
        let jobs: Vec<_> = jobs.collect();
        jobs.into_iter().filter_map(|job| job.join().ok()).collect()
    });
    let sum = sums.into_iter().fold(Sum::default(), Sum::and);
    let took = began.elapsed().as_secs_f64();
    print(&sum.speed(took));
    match sum.failure {
        None => Ok(()),
        Some(failed) if arguments.events => Err(Failure::failed(failed.what)),
        Some(failed) => Err(Failure::failed(shrunk(arguments, failed))),
    }
}

/// The smallest run that is found to fail.
fn shrunk(arguments: &SimulateArgs, failed: FailedSeed) -> String {
    let FailedSeed { seed, options, what } = failed;
    print(&format!("{what}\nlooking for less that fails ...\n"));
    let began = Instant::now();
    let smaller = simulation::shrink(&options, what, None, || began.elapsed() < SHRINK_TIME);
    let kind = arguments.kind.to_possible_value().expect("each kind has a name");
    let mut command = format!("ringlog sim --kind {} --seed {seed}", kind.get_name());
    let without = arguments.without.iter().chain(&smaller.without);
    let without: Vec<String> = without.map(ToString::to_string).collect();
    if !without.is_empty() {
        command.push_str(&format!(" --without {}", without.join(",")));
    }
    if smaller.options.seed != seed {
        command.push_str(&format!(" --dice {}", smaller.options.seed));
    }
    format!("{}\nit fails with `{command} --events`", smaller.failure)
}

/// One seed after the other, until there are enough of them, or the time is over, or one fails.
fn take(arguments: &SimulateArgs, first: u64, next: &AtomicU64, is_failed: &AtomicBool) -> Sum {
    let began = Instant::now();
    let mut sum = Sum::default();
    while !is_failed.load(Ordering::Relaxed) {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        let is_over = match arguments.minutes {
            Some(minutes) => began.elapsed() >= Duration::from_secs(60 * minutes),
            None => seed - first >= arguments.seeds,
        };
        if is_over {
            break;
        }
        let mut options = arguments.kind.options(seed).without(&arguments.without);
        options.seed = arguments.dice.unwrap_or(options.seed);
        if arguments.events {
            print(&format!("{options}\n"));
        }
        match simulation::run_apart(options.clone(), arguments.events, None) {
            Ok(report) => {
                if arguments.verbose {
                    print(&line(seed, &report));
                }
                sum = sum.and(Sum::of(&report));
            }
            Err(what) => {
                // The others need not go on.
                is_failed.store(true, Ordering::Relaxed);
                sum.failure = Some(FailedSeed { seed, options, what });
            }
        }
    }
    sum
}

impl Sum {
    fn of(report: &Report) -> Sum {
        Sum { seeds: 1, simulated: report.simulated, turns: report.turns, failure: None }
    }

    fn and(self, other: Sum) -> Sum {
        Sum {
            seeds: self.seeds + other.seeds,
            simulated: self.simulated + other.simulated,
            turns: self.turns + other.turns,
            failure: self.failure.or(other.failure),
        }
    }

    fn speed(&self, took: f64) -> String {
        let Sum { seeds, turns, .. } = self;
        let simulated = self.simulated.as_secs_f64();
        format!(
            "{seeds} seeds without a failure, {:.3} simulated hours, {turns} turns in {took:.1} s: \
             {:.1} seeds and {:.0} simulated seconds a second\n",
            simulated / 3600.0,
            *seeds as f64 / took,
            simulated / took,
        )
    }
}

/// One that no run has had: seeds take longer than a microsecond each.
fn fresh_seed() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    since.as_micros() as u64
}

fn line(seed: u64, report: &Report) -> String {
    let Report { counts, simulated, turns, fingerprint } = report;
    let simulated = simulated.as_secs_f64();
    format!("seed {seed}: {simulated:.1} s, {turns} turns, {fingerprint:016x}, {counts:?}\n")
}

fn print(text: &str) {
    // Who closed the pipe does not want to know.
    let mut out = std::io::stdout().lock();
    let _unseen = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
