//! Apache Kafka and Ringlog in turn under the same load, as one table.
//!
//! Each scenario starts a new broker on an empty folder; the two take turns, so that what else the
//! machine does meets both. The driver sends ready-made batches: its time is spent in the kernel.
//! Run: `cargo build --release && cargo run --release -p versus`; `--help` lists what to choose.
//! RINGLOG_BROKER="COMMAND" puts another broker in Ringlog's place, RINGLOG_SETTINGS adds lines to
//! the properties of both ("ringlog.shards=1").
//! Read next: scenario.rs, produce.rs, table.rs.

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

use scenario::{SCENARIOS, Scenario};
use table::Row;

/// Compares Apache Kafka and Ringlog under the same load.
#[derive(Parser)]
struct Arguments {
    /// Only scenarios whose name contains this
    #[arg(long, default_value = "")]
    only: String,
    /// How often each scenario is run; the table shows medians
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Measured time of one run
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// The release binary to compare
    #[arg(long, default_value = "target/release/ringlog")]
    ringlog: String,
}

#[expect(clippy::print_stderr, reason = "progress, beside the table on standard output")]
fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let peers =
        [("Kafka", Launch::kafka()), ("Ringlog", Launch::from_environment(&arguments.ringlog))];
    let mut rows: Vec<Row> = Vec::new();
    for scenario in SCENARIOS.iter().filter(|s| s.name.contains(&arguments.only)) {
        let mut of_peers = peers.each_ref().map(|(peer, _)| Row::new(scenario.name, peer));
        for _round in 0..arguments.rounds {
            for ((_, launch), row) in peers.iter().zip(&mut of_peers) {
                let broker = Broker::start(launch, SETTINGS)?;
                let seconds = Duration::from_secs(arguments.seconds);
                row.add(run(scenario, &broker, seconds)?);
                eprintln!("{row}");
            }
        }
        rows.extend(of_peers);
    }
    table::print(&rows);
    Ok(())
}

fn run(scenario: &Scenario, broker: &Broker, time: Duration) -> io::Result<figures::Figures> {
    use scenario::Load;
    let mut figures = match &scenario.load {
        Load::Produce(load) => produce::run(load, broker, time)?,
        Load::Fetch(load) => fetch::run(load, broker, time)?,
        Load::Latency(load) => latency::run(load, broker, time)?,
        Load::Idle => figures::idle(broker, time)?,
    };
    figures.start_ms = broker.start_time.as_secs_f64() * 1e3;
    Ok(figures)
}

const SETTINGS: &[&str] = &["log.retention.bytes=8589934592"];
