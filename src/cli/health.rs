//! `ringlog node`: how one node is, whether it serves, what its stop would interrupt; asked over
//! HTTP.

use std::thread;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use serde_json::Value;

use super::failure::Failure;
use super::http;
use super::output::{Output, note};
use super::server::{ListenerArgs, seconds};

/// Between two questions while a node is waited for.
const PAUSE: Duration = Duration::from_millis(200);

/// Ask one node how it is: status, ready, can-stop
#[derive(Debug, Args)]
pub(super) struct NodeArgs {
    #[command(flatten)]
    listener: ListenerArgs,
    #[command(subcommand)]
    command: NodeCommand,
}

#[derive(Debug, Subcommand)]
enum NodeCommand {
    /// Show version, state, cores, directories and cluster as JSON
    #[command(after_help = "Example:\n  ringlog node status --at 127.0.0.1:9644")]
    Status,
    /// Say whether the node serves clients; exit code 0 if it does, 1 if not
    #[command(after_help = "Examples:\n  ringlog node ready\n  ringlog node ready --wait 60")]
    Ready(ReadyArgs),
    /// Say what a stop of the node would interrupt; exit code 0 if nothing, 1 if something
    #[command(after_help = "\
Examples:
  ringlog node can-stop
  ringlog node can-stop --json

Nothing that was acknowledged is lost by a stop. A node that is alone is never without effect: while
it is stopped nobody else serves its partitions.")]
    CanStop(CanStopArgs),
}

#[derive(Debug, Args)]
struct ReadyArgs {
    /// Wait for it so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    wait: Option<Duration>,
}

#[derive(Debug, Args)]
struct CanStopArgs {
    /// Write JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &NodeArgs) -> Result<(), Failure> {
    match &arguments.command {
        NodeCommand::Status => status(&arguments.listener.at),
        NodeCommand::Ready(ready) => wait_until_ready(&arguments.listener.at, ready.wait),
        NodeCommand::CanStop(can_stop) => tell_outage(&arguments.listener.at, can_stop.json),
    }
}

fn status(at: &str) -> Result<(), Failure> {
    let node = http::get(at, "/v1/node")?.json()?;
    let mut output = Output::stdout();
    output.json(&node)?;
    output.flush()
}

fn wait_until_ready(at: &str, wait: Option<Duration>) -> Result<(), Failure> {
    let began = Instant::now();
    let mut told = String::new();
    loop {
        let state = match http::get(at, "/readyz") {
            Ok(answer) if answer.is_ok() => return Ok(()),
            Ok(answer) => format!("the node is not ready: {}", answer.sentence()),
            Err(failure) => failure.to_string(),
        };
        if wait.is_none_or(|wait| began.elapsed() >= wait) {
            return Err(Failure::failed(state));
        }
        if state != told {
            note(&state);
            told = state;
        }
        thread::sleep(PAUSE);
    }
}

fn tell_outage(at: &str, as_json: bool) -> Result<(), Failure> {
    let outage = http::get(at, "/v1/can-stop")?.json()?;
    let can_stop = outage.get("can_stop").and_then(Value::as_bool);
    let sentence = outage.get("sentence").and_then(Value::as_str).unwrap_or_default();
    let mut output = Output::stdout();
    if as_json {
        output.json(&outage)?;
    } else if can_stop == Some(true) {
        output.line(sentence)?;
    }
    output.flush()?;
    match can_stop {
        Some(true) => Ok(()),
        _ => Err(Failure::failed(sentence)),
    }
}
