//! The commands of `ringlog`.
//!
//! Promise: data goes to stdout, all else to stderr; the exit code is 0 when the command did what
//! it was asked, 1 when it failed, 2 when it was called wrongly. A reader that closes the pipe
//! ends a command quietly. Read next: one file per command.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

mod failure;
mod output;
mod server;

mod base64;
mod datetime;
mod json_record;
mod progress;
mod signals;

mod files;
mod http;
mod node;
mod prometheus;

mod bench;
mod bundle;
mod cluster;
mod completions;
mod config;
mod consume;
mod doctor;
mod group;
mod health;
mod log;
mod manual;
mod produce;
mod quotas;
#[cfg(feature = "sim")]
mod simulate;
mod top;
mod topic;
mod tune;
mod txn;

/// A Kafka-compatible streaming broker, and the commands to work with it.
#[derive(Debug, Parser)]
#[command(
    name = "ringlog",
    version,
    arg_required_else_help = true,
    after_help = EXAMPLES
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  ringlog serve
  ringlog topic create logs --partitions 3
  printf 'one\\ntwo\\n' | ringlog produce logs
  ringlog consume logs --from beginning --exit-at-end
  ringlog group describe my-group

Commands that talk to a broker take -s HOST:PORT (--server, or RINGLOG_SERVER), before or after
their own words; Kafka's own brokers are as good as Ringlog's. `ringlog COMMAND --help`
says more about each.";

#[derive(Debug, Subcommand)]
enum Command {
    Serve(node::ServeArgs),
    Format(node::FormatArgs),
    Topic(topic::TopicArgs),
    Produce(produce::ProduceArgs),
    Consume(consume::ConsumeArgs),
    Group(group::GroupArgs),
    Txn(txn::TxnArgs),
    Config(config::ConfigArgs),
    Log(log::LogArgs),
    Tune(tune::TuneArgs),
    Doctor(doctor::DoctorArgs),
    Bench(bench::BenchArgs),
    Top(top::TopArgs),
    Bundle(bundle::BundleArgs),
    Cluster(cluster::ClusterArgs),
    Node(health::NodeArgs),
    Completions(completions::CompletionsArgs),
    #[command(name = "man")]
    Manual(manual::ManualArgs),
    /// Run the whole broker in a simulated world with faults, from a seed
    #[cfg(feature = "sim")]
    Sim(simulate::SimulateArgs),
}

/// Runs the command of this process's arguments.
pub fn run() -> ExitCode {
    let arguments = server_last(std::env::args_os().collect());
    let done = match Cli::parse_from(arguments).command {
        Command::Serve(arguments) => node::serve(&arguments),
        Command::Format(arguments) => node::format(&arguments),
        Command::Topic(arguments) => topic::run(&arguments),
        Command::Produce(arguments) => produce::run(&arguments),
        Command::Consume(arguments) => consume::run(&arguments),
        Command::Group(arguments) => group::run(&arguments),
        Command::Txn(arguments) => txn::run(&arguments),
        Command::Config(arguments) => config::run(&arguments),
        Command::Log(arguments) => log::run(&arguments),
        Command::Tune(arguments) => tune::run(&arguments),
        Command::Doctor(arguments) => return doctor::exit_code(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Top(arguments) => top::run(&arguments),
        Command::Bundle(arguments) => bundle::run(&arguments),
        Command::Cluster(arguments) => cluster::run(&arguments),
        Command::Node(arguments) => health::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments, &mut Cli::command()),
        Command::Manual(arguments) => manual::run(&arguments, Cli::command()),
        #[cfg(feature = "sim")]
        Command::Sim(arguments) => simulate::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Moves a broker that is named before the command behind it, where the commands that ask one take
/// it.
fn server_last(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let Some(first) = arguments.get(1).and_then(|text| text.to_str()) else { return arguments };
    let moved = match first {
        "-s" | "--server" | "--bootstrap-server" => 2,
        _ if first.starts_with("--server=") || first.starts_with("--bootstrap-server=") => 1,
        _ => return arguments,
    };
    // Without a command it is told that there is none.
    if arguments.len() <= 1 + moved {
        return arguments;
    }
    let named: Vec<OsString> = arguments.drain(1..=moved).collect();
    let end = arguments.iter().position(|text| text == "--").unwrap_or(arguments.len());
    arguments.splice(end..end, named);
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_may_be_named_before_the_command() {
        let moved = |words: &str| {
            let words = words.split(' ').map(OsString::from).collect();
            let moved = server_last(words).into_iter().map(|word| word.into_string().unwrap());
            moved.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(moved("ringlog -s a:1 topic list"), "ringlog topic list -s a:1");
        assert_eq!(moved("ringlog --server=a:1 topic list"), "ringlog topic list --server=a:1");
        assert_eq!(moved("ringlog -s a produce t -- -x"), "ringlog produce t -s a -- -x");
        for kept in ["ringlog topic list -s a:1", "ringlog -s a:1", "ringlog", "ringlog --help"] {
            assert_eq!(moved(kept), kept);
        }
    }

    #[test]
    fn arguments_are_declared_soundly() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_and_argument_is_explained() {
        fn unexplained(command: &clap::Command, found: &mut Vec<String>) {
            if command.get_about().is_none() {
                found.push(command.get_name().to_owned());
            }
            for argument in command.get_arguments() {
                if argument.get_help().is_none() && argument.get_id() != "help" {
                    found.push(format!("{} {}", command.get_name(), argument.get_id()));
                }
            }
            command.get_subcommands().for_each(|it| unexplained(it, found));
        }
        let mut found = Vec::new();
        unexplained(&Cli::command(), &mut found);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn every_command_shows_an_example() {
        fn without(command: &clap::Command, found: &mut Vec<String>) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            if !command.has_subcommands() && !help.contains("  ringlog ") {
                found.push(command.get_name().to_owned());
            }
            command.get_subcommands().for_each(|it| without(it, found));
        }
        let mut found = Vec::new();
        without(&Cli::command(), &mut found);
        assert_eq!(found, Vec::<String>::new());
    }
}
