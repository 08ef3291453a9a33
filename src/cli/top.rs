//! `ringlog top`: a node and its cluster at a glance, again and again.
//!
//! Promise: `--once` gives one picture and ends, `--json` gives it to scripts; what cannot be had
//! is named, and the rest is shown all the same.
//! Read next: top/sample.rs, top/picture.rs, top/screen.rs.

use std::io::{self, IsTerminal};
use std::time::Duration;

use clap::Args;

use super::failure::Failure;
use super::output::Output;
use super::server::{ListenerArgs, ServerArgs, seconds};
use picture::Picture;
use sample::Sampler;

mod picture;
mod sample;
mod screen;

/// Between the two looks of `--once`, from which rates follow.
const ONCE: Duration = Duration::from_secs(1);

/// Show cores, journals, topics, groups with their lag, and findings, again and again
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ringlog top
  ringlog top -s kafka-1:9092 --at kafka-1:9644 --every 5
  ringlog top --once --json

Cores, journals and connections come from the HTTP listener of one node (--at), topics and groups
from the cluster. Keys: q or Esc ends it, up and down scroll, Tab goes to the next table.")]
pub(super) struct TopArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    listener: ListenerArgs,
    /// Look again after so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    every: Duration,
    /// Show one picture and end
    #[arg(long)]
    once: bool,
    /// The picture as JSON
    #[arg(long, requires = "once")]
    json: bool,
}

pub(super) fn run(arguments: &TopArgs) -> Result<(), Failure> {
    let sampler = Sampler::new(arguments.server.clone(), arguments.listener.at.clone());
    if arguments.once {
        return once(sampler, arguments.json);
    }
    if !io::stdout().is_terminal() {
        return Err(Failure::usage("this is no terminal: --once shows one picture"));
    }
    screen::run(sampler, arguments.every)
}

fn once(mut sampler: Sampler, as_json: bool) -> Result<(), Failure> {
    let before = sampler.look();
    std::thread::sleep(ONCE);
    let picture = Picture::of(&sampler.look(), Some(&before));
    if picture.has_nothing() {
        return Err(Failure::failed(picture.problems.join("\n")));
    }
    let mut output = Output::stdout();
    if as_json {
        output.json(&picture.json())?;
    } else {
        picture.write(&mut output)?;
    }
    output.flush()
}
