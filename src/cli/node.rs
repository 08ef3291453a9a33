//! `ringlog serve` and `ringlog format`: what a node is, from a file and from arguments.

use std::path::PathBuf;

use clap::Args;
use shards::io::executor::{self, RingConfig};
use shards::node_dir::{self, Owner};

use super::failure::Failure;
use super::files;
use super::output::{Output, note};
use crate::boot;
use crate::config::settings::{Notice, Weight, summary};
use crate::config::{BrokerConfig, Settings};
use crate::observe::logging::{self, Format};

/// Run a broker
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ringlog serve                                       127.0.0.1:9092, data in ./ringlog-data
  ringlog serve --set listeners=PLAINTEXT://:9092     on every interface
  ringlog serve --config server.properties            a file as Kafka's

A directory that is new is formatted. SIGTERM or Ctrl-C stops the broker in order. RINGLOG_LOG sets
what is logged (error, warn, info, debug), before ringlog.log.level. `ringlog config docs` explains
all settings.")]
pub(super) struct ServeArgs {
    #[command(flatten)]
    settings: SettingsArgs,
}

/// Prepare data directories before the first start
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  ringlog format --config server.properties --cluster-id 5L6g3nShT-eMCtK--X86sw

`ringlog serve` does the same when it finds a new directory, with a cluster id of its own.")]
pub(super) struct FormatArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// The cluster that the directories belong to; without it a new one
    #[arg(long, short = 't', value_name = "ID")]
    cluster_id: Option<String>,
    /// Pass over directories that are formatted already
    #[arg(long, short = 'g')]
    ignore_formatted: bool,
}

#[derive(Debug, Args)]
struct SettingsArgs {
    /// Properties file with Kafka's names
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The same, as an option
    #[arg(long, short, value_name = "FILE", conflicts_with = "file")]
    config: Option<PathBuf>,
    /// A setting that goes before the file; may be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
}

impl SettingsArgs {
    /// The configuration, and what the operator should know of it.
    fn load(&self, more: &[String]) -> Result<(BrokerConfig, Vec<Notice>), Failure> {
        let file = self.config.as_ref().or(self.file.as_ref());
        let content = file.map(|path| files::read(path)).transpose()?;
        let overrides: Vec<String> = self.set.iter().chain(more).cloned().collect();
        let refuse = |cause: String| match file {
            Some(path) => Failure::failed(format!("{}: {cause}", path.display())),
            None => Failure::failed(cause),
        };
        let loaded = Settings::load(content.as_deref(), &overrides);
        let (settings, notices) = loaded.map_err(|cause| refuse(cause.to_string()))?;
        let config = BrokerConfig::new(&settings).map_err(|cause| refuse(cause.to_string()))?;
        Ok((config, notices))
    }
}

pub(super) fn serve(arguments: &ServeArgs) -> Result<(), Failure> {
    let (config, notices) = arguments.settings.load(&[])?;
    let filter = std::env::var("RINGLOG_LOG").unwrap_or_else(|_| config.engine.log_level.clone());
    let format = match config.engine.log_is_json {
        true => Format::Json { node: config.node_id },
        false => Format::Text,
    };
    let started = logging::start(&filter, format);
    started.map_err(|cause| Failure::usage(format!("RINGLOG_LOG={filter}: {cause}")))?;
    for (weight, line) in summary(&notices) {
        match weight {
            Weight::Warning => tracing::warn!("configuration: {line}"),
            Weight::Remark => tracing::info!("configuration: {line}"),
        }
    }
    boot::serve(config).map_err(|cause| Failure::failed(cause.to_string()))
}

pub(super) fn format(arguments: &FormatArgs) -> Result<(), Failure> {
    let cluster_id = arguments.cluster_id.as_ref().map(|id| format!("cluster.id={id}"));
    let (config, notices) = arguments.settings.load(cluster_id.as_slice())?;
    for (weight, line) in summary(&notices) {
        if weight == Weight::Warning {
            note(&format!("warning: {line}"));
        }
    }
    let mut directories = config.log_dirs.clone();
    if !directories.contains(&config.metadata_log_dir) {
        directories.push(config.metadata_log_dir.clone());
    }
    let formatted = |path: &PathBuf| files::is_formatted(path);
    if let Some(path) = directories.iter().find(|path| formatted(path))
        && !arguments.ignore_formatted
    {
        let path = path.display();
        return Err(Failure::failed(format!(
            "{path} is formatted already: nothing was changed. --ignore-formatted passes over it"
        )));
    }
    let mut owner = Owner { cluster_id: config.cluster_id.clone(), node_id: config.node_id };
    let mut output = Output::stdout();
    for path in directories {
        if files::is_formatted(&path) {
            output.line(&format!("{} is formatted already", path.display()))?;
            continue;
        }
        let prepared = executor::run(RingConfig::default(), node_dir::prepare(&path, &owner))
            .map_err(|cause| Failure::failed(format!("io_uring cannot be used: {cause}")))?;
        let (node_dir, _lock) = prepared.map_err(|cause| Failure::failed(cause.to_string()))?;
        let (node, cluster) = (config.node_id, &node_dir.cluster_id);
        let path = path.display();
        output.line(&format!("formatted {path} for node {node} of cluster {cluster}"))?;
        // All directories of a node belong to the cluster of the first.
        owner.cluster_id.get_or_insert(node_dir.cluster_id);
    }
    output.flush()
}
