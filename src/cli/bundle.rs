//! `ringlog bundle`: what somebody needs who looks for a fault, in one file.
//!
//! Promise: secrets of the configuration are taken out, records are never looked at; each part and
//! the whole are bounded; `manifest.json` in it lists what is there, what was cut and what is not
//! there and why. A part that cannot be had does not stop the others.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use serde_json::{Value, json};

use super::doctor;
use super::doctor::finding::Finding;
use super::failure::Failure;
use super::http;
use super::output::{Output, counted, note, sized};
use super::progress;
use super::server::{ListenerArgs, ServerArgs};
use archive::Archive;

mod archive;
mod broker;
mod host;
mod redact;

/// Between the two pages of metrics, from which rates follow.
const BETWEEN_METRICS: Duration = Duration::from_secs(5);

/// Collect what somebody needs who looks for a fault, into one file
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ringlog bundle --config /etc/ringlog/server.properties --data /var/lib/ringlog/data
  ringlog bundle --output fault-17.tar.gz --log broker.log
  tar --extract --to-stdout --file ringlog-bundle-1.tar.gz manifest.json

In it: findings of the doctor, the configuration without secrets, two pages of metrics, what the
node says of itself, groups with their lag, names and sizes of data files, the end of the log, and
figures of the host. Never in it: records, their keys, values of passwords. Names of topics, groups,
hosts and folders are in it. manifest.json lists what is there and what was left out.")]
pub(super) struct BundleArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// The file to write; without it ringlog-bundle-SECONDS.tar.gz
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The properties file of the broker
    #[arg(long, short, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A data directory, of which names and sizes are taken; may be given several times
    #[arg(long, value_name = "DIR")]
    data: Vec<PathBuf>,
    #[command(flatten)]
    listener: ListenerArgs,
    /// The broker's log; without it the journal of the service `ringlog` is asked
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// How much it may hold before it is compressed, in MiB
    #[arg(long, value_name = "MIB", default_value = "32",
          value_parser = clap::value_parser!(u64).range(1..=1024))]
    size_mib: u64,
}

/// One thing that goes into the bundle.
struct Part {
    name: &'static str,
    what: &'static str,
    content: Content,
}

type Content = Box<dyn FnOnce() -> Result<Vec<u8>, String>>;

pub(super) fn run(arguments: &BundleArgs) -> Result<(), Failure> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let default = || PathBuf::from(format!("ringlog-bundle-{seconds}.tar.gz"));
    let path = arguments.output.clone().unwrap_or_else(default);
    let mut archive = Archive::create(&path, arguments.size_mib << 20, seconds)?;
    let parts = parts(arguments);
    let progress = progress::of_parts(parts.len() as u64);
    for Part { name, what, content } in parts {
        progress.set_message(name);
        archive.add(name, what, content());
        progress.inc(1);
    }
    progress.finish_and_clear();
    let summary = archive.finish(arguments.config.as_deref())?;
    for line in &summary.left_out {
        note(&format!("left out: {line}"));
    }
    let mut output = Output::stdout();
    let shown = path.display();
    let size = sized(std::fs::metadata(&path).map_or(0, |found| found.len()));
    output.line(&format!("{shown}: {}, {size}", counted(summary.parts as u64, "part")))?;
    output.flush()
}

fn parts(arguments: &BundleArgs) -> Vec<Part> {
    let part = |name, what, content: Content| Part { name, what, content };
    let page = |path: &'static str| -> Content {
        let at = arguments.listener.at.clone();
        Box::new(move || {
            let answer = http::get(&at, path).map_err(|failure| failure.to_string())?;
            if !answer.is_ok() {
                return Err(answer.sentence().to_owned());
            }
            Ok(answer.body.into_bytes())
        })
    };
    let later = page("/metrics");
    let mut parts = vec![
        part("node.json", "what the node says of itself", page("/v1/node")),
        part("can-stop.json", "what a stop would interrupt", page("/v1/can-stop")),
        part("metrics-1.txt", "the page of metrics", page("/metrics")),
        part(
            "metrics-2.txt",
            "the same, five seconds later",
            Box::new(move || {
                std::thread::sleep(BETWEEN_METRICS);
                later()
            }),
        ),
        part("doctor.json", "findings of the doctor", doctor_content(arguments)),
        part("cluster.json", "brokers, topics, groups with lag", broker::content(arguments)),
        part("log.txt", "the end of the broker's log", host::log(arguments.log.clone())),
    ];
    let config = arguments.config.clone();
    parts.push(part(
        "server.properties",
        "the configuration, secrets taken out",
        Box::new(move || match config {
            None => Err("no --config is given".to_owned()),
            Some(path) => redact::properties(&path),
        }),
    ));
    let data = arguments.data.clone();
    parts.push(part("files.txt", "names and sizes of data files", Box::new(|| host::files(data))));
    for (name, what, path) in host::FILES {
        parts.push(part(name, what, Box::new(|| host::file(Path::new(path)))));
    }
    parts
}

fn doctor_content(arguments: &BundleArgs) -> Content {
    let (config, data) = (arguments.config.clone(), arguments.data.clone());
    let server = arguments.server.text().to_owned();
    Box::new(move || {
        let findings = doctor::findings(config.as_deref(), &data, Some(&server));
        let findings = findings.map_err(|failure| failure.to_string())?;
        let findings: Value = findings.iter().map(Finding::json).collect();
        pretty(&findings)
    })
}

fn pretty(value: &Value) -> Result<Vec<u8>, String> {
    serde_json::to_vec_pretty(value).map_err(|cause| cause.to_string())
}

/// What the manifest says besides of its parts.
fn about(seconds: u64, config: Option<&Path>) -> Value {
    json!({
        "made_by": format!("ringlog {}", env!("CARGO_PKG_VERSION")),
        "seconds_since_1970": seconds,
        "redacted": redact::rules(),
        "keys_redacted": config.map(redact::keys).unwrap_or_default(),
        "never_collected": ["records", "keys of records", "values of passwords"],
    })
}
