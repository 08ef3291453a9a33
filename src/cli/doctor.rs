//! `ringlog doctor`: what is not as it should be, what it costs, and what to do about it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::failure::Failure;
use super::output::Output;
use super::server::seconds;
use super::tune::PlaceArgs;
use super::tune::declaration::Profile;
use super::tune::plan::plan;
use finding::{Finding, Severity};

pub(super) mod finding;
mod machine;
mod node;

/// Look at the host, the storage, the limits, the configuration and a broker
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ringlog doctor
  ringlog doctor --config server.properties --data /var/lib/ringlog
  ringlog doctor --only storage --json
  ringlog doctor --against 127.0.0.1:9092
  ringlog doctor --kafka-dir /var/lib/kafka/data --config /etc/kafka/server.properties

It changes nothing. Exit code 0: all is well; 1: there is advice; 2: something is broken, or the
command was called wrongly.")]
pub(super) struct DoctorArgs {
    /// What the machine is used for
    #[arg(long, short, value_enum, default_value = "server")]
    profile: Profile,
    #[command(flatten)]
    place: PlaceArgs,
    /// The properties file of the broker
    #[arg(long, short, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A directory of Kafka's that is to be taken over
    #[arg(long, value_name = "DIR")]
    kafka_dir: Option<PathBuf>,
    /// A broker that runs
    #[arg(long, value_name = "HOST:PORT")]
    against: Option<String>,
    /// Only findings whose id begins like this, as `storage`; may be given several times
    #[arg(long, value_name = "ID")]
    only: Vec<String>,
    /// Show what is well, too
    #[arg(long, short)]
    all: bool,
    /// Look again each so many seconds, until Ctrl-C
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    watch: Option<Duration>,
    /// The findings as JSON
    #[arg(long)]
    json: bool,
}

/// What is found without a person who asks; a `server` that is given is asked.
pub(super) fn findings(
    config: Option<&Path>,
    data: &[PathBuf],
    server: Option<&str>,
) -> Result<Vec<Finding>, Failure> {
    look(&DoctorArgs {
        profile: Profile::Server,
        place: PlaceArgs::of(data),
        config: config.map(Path::to_owned),
        kafka_dir: None,
        against: server.map(str::to_owned),
        only: Vec::new(),
        all: true,
        watch: None,
        json: true,
    })
}

/// Looks, tells, and says by the exit code how bad the worst finding is.
pub(super) fn exit_code(arguments: &DoctorArgs) -> ExitCode {
    match run(arguments) {
        Ok(Severity::Ok | Severity::Skipped) => ExitCode::SUCCESS,
        Ok(Severity::Advice) => ExitCode::from(1),
        Ok(Severity::Broken) => ExitCode::from(2),
        Err(failure) => failure.report(),
    }
}

fn run(arguments: &DoctorArgs) -> Result<Severity, Failure> {
    loop {
        let findings = look(arguments)?;
        show(arguments, &findings)?;
        let Some(pause) = arguments.watch else {
            let worst = findings.iter().map(|finding| finding.severity).max();
            return Ok(worst.unwrap_or(Severity::Ok));
        };
        thread::sleep(pause);
    }
}

fn look(arguments: &DoctorArgs) -> Result<Vec<Finding>, Failure> {
    let host = arguments.place.host();
    let scope = arguments.place.scope(arguments.profile);
    let mut findings = machine::kernel(&host);
    findings.extend(machine::control_group(&host));
    findings.extend(machine::storage(&host, &scope.directories));
    findings.extend(plan(&host, &scope).iter().map(machine::tuned));
    if let Some(path) = &arguments.config {
        findings.extend(node::properties(path)?);
    }
    if let Some(directory) = &arguments.kafka_dir {
        findings.extend(node::kafka_directory(directory)?);
    }
    if let Some(server) = &arguments.against {
        findings.extend(node::broker(server));
    }
    if arguments.only.is_empty() {
        return Ok(findings);
    }
    let is_asked_for = |finding: &Finding| arguments.only.iter().any(|only| finding.is_of(only));
    if !findings.iter().any(is_asked_for) {
        let only = arguments.only.join(", ");
        return Err(Failure::usage(format!("no finding is called {only}: --all shows them")));
    }
    findings.retain(is_asked_for);
    Ok(findings)
}

impl Finding {
    fn is_of(&self, only: &str) -> bool {
        self.id.strip_prefix(only).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

fn show(arguments: &DoctorArgs, findings: &[Finding]) -> Result<(), Failure> {
    let mut output = Output::stdout();
    if arguments.json {
        output.json(&Value::Array(findings.iter().map(Finding::json).collect()))?;
        return output.flush();
    }
    let count = |severity| findings.iter().filter(|it| it.severity == severity).count();
    for finding in findings {
        if arguments.all || finding.severity >= Severity::Advice {
            output.line(&finding.line())?;
        }
    }
    output.line(&format!(
        "{} well, {} skipped, {} to be improved, {} broken{}",
        count(Severity::Ok),
        count(Severity::Skipped),
        count(Severity::Advice),
        count(Severity::Broken),
        if arguments.all { "" } else { " (--all shows everything)" },
    ))?;
    output.flush()
}
