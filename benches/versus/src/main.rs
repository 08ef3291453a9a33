//! Apache Kafka and Ringlog in turn under the same load, as one table.
//!
//! Each run starts a new broker on an empty folder; the two take turns, so that what else the
//! machine does meets both. The driver sends ready-made batches: its time is spent in the kernel.
//! Run: `benches/versus/run`; `--help` lists what to choose. RINGLOG_BROKER="COMMAND" puts another
//! broker in Ringlog's place, RINGLOG_SETTINGS adds lines to the properties of both.
//! Read next: scenario.rs, produce.rs, table.rs.

mod cores;
mod fetch;
mod figures;
mod latency;
mod produce;
mod scenario;
mod table;

use std::io;
use std::time::Duration;

use clap::Parser;
use support::broker::{Broker, Launch};

use figures::Figures;
use scenario::{Load, SCENARIOS, Scenario};
use table::Row;

/// Compares Apache Kafka and Ringlog under the same load.
#[derive(Parser)]
struct Arguments {
    /// Only scenarios whose name contains this
    #[arg(long, default_value = "")]
    only: String,
    /// The whole table in a quarter of an hour: one round of shorter runs, less exact
    #[arg(long)]
    quick: bool,
    /// How often each scenario is run; the table shows medians [default: 3; with --quick: 1]
    #[arg(long, value_name = "COUNT")]
    rounds: Option<usize>,
    /// Measured time of one run [default: 8; with --quick: 4]
    #[arg(long)]
    seconds: Option<u64>,
    /// Time under the same load before that: Kafka compiles itself while it runs [default: 8; with
    /// --quick: 5]
    #[arg(long, value_name = "SECONDS")]
    warm_up_seconds: Option<u64>,
    /// Each broker on the machine's first core (Ringlog with one shard), the driver on the others
    #[arg(long)]
    pinned: bool,
    /// The release binary to compare
    #[arg(long, default_value = "target/release/ringlog")]
    ringlog: String,
}

/// A broker to be measured.
struct Peer {
    name: &'static str,
    launch: Launch,
    settings: Vec<&'static str>,
}

/// How long one run takes.
#[derive(Clone, Copy)]
struct Times {
    /// At most until each partition has its first batches; who needs more has no figures.
    begun: Duration,
    warm_up: Duration,
    measured: Duration,
}

impl Times {
    fn of(arguments: &Arguments) -> Times {
        let [begun, warm_up, measured] = if arguments.quick { [90, 5, 4] } else { [600, 8, 8] };
        Times {
            begun: Duration::from_secs(begun),
            warm_up: Duration::from_secs(arguments.warm_up_seconds.unwrap_or(warm_up)),
            measured: Duration::from_secs(arguments.seconds.unwrap_or(measured)),
        }
    }
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let times = Times::of(&arguments);
    let rounds = arguments.rounds.unwrap_or(if arguments.quick { 1 } else { 3 });
    let peers = peers(&arguments)?;
    table::print_heading();
    let mut failures = Vec::new();
    let chosen = SCENARIOS.iter().filter(|scenario| scenario.name.contains(&arguments.only));
    for (number, scenario) in chosen.enumerate() {
        let mut of_peers = peers.each_ref().map(|peer| Row::new(scenario.name, peer.name));
        for round in 0..rounds {
            // Neither is always the first.
            for turn in 0..peers.len() {
                let index = (number + round + turn) % peers.len();
                let row = &mut of_peers[index];
                match run(scenario, &peers[index], times) {
                    Ok(figures) => row.add(figures),
                    Err(error) => failures.push(format!("{row}\n  {error}")),
                }
                tell(&format!("round {} {row}", round + 1));
            }
        }
        // At once: what is measured is there even if the rest is cut short.
        table::print(&of_peers);
    }
    match failures.is_empty() {
        true => Ok(()),
        false => Err(io::Error::other(format!("runs that failed:\n{}", failures.join("\n")))),
    }
}

fn peers(arguments: &Arguments) -> io::Result<[Peer; 2]> {
    let (kafka, ringlog) = (Launch::kafka(), Launch::from_environment(&arguments.ringlog));
    if !arguments.pinned {
        return Ok([
            Peer { name: "Kafka", launch: kafka, settings: SETTINGS.to_vec() },
            Peer { name: "Ringlog", launch: ringlog, settings: SETTINGS.to_vec() },
        ]);
    }
    let core = cores::leave_the_first()?;
    let one_shard = [SETTINGS, &["ringlog.shards=1"]].concat();
    Ok([
        Peer { name: "Kafka", launch: kafka.on_core(core), settings: SETTINGS.to_vec() },
        Peer { name: "Ringlog", launch: ringlog.on_core(core), settings: one_shard },
    ])
}

fn run(scenario: &Scenario, peer: &Peer, times: Times) -> io::Result<Figures> {
    let mut broker = Broker::start(&peer.launch, &peer.settings)?;
    let figures = match &scenario.load {
        Load::Produce(load) => produce::run(load, &broker, times)?,
        Load::Fetch(load) => fetch::run(load, &broker, times)?,
        Load::Latency(load) => latency::run(load, &broker, times)?,
        Load::Idle => figures::started_again_and_idle(&mut broker, times)?,
    };
    Ok(Figures { start_ms: broker.start_time.as_secs_f64() * 1e3, ..figures })
}

#[expect(clippy::print_stderr, reason = "progress, beside the table on standard output")]
fn tell(line: &str) {
    eprintln!("{line}");
}

/// Kafka's old segments go, so that a long run fits on the disk; Ringlog keeps its own yet.
const SETTINGS: &[&str] = &["log.retention.bytes=8589934592"];
