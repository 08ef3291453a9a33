//! Starts a node and stops it.
//!
//! Lives on: the main thread, which waits for the cores; shard 0 does what is done once a node.
//! In order: directories locked and read · journals replayed on every core · metadata log ·
//! partitions opened · listeners bound · the banner. A stop goes the other way and leaves Kafka's
//! directories.
//! Promise: a node that can not start says why and what helps.
//! Read next: boot/shard.rs, broker.rs, controller/log.rs, listeners/acceptor.rs.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use thiserror::Error;

use shards::io::executor::{self, RingConfig};
use shards::io::inbox::{self, Inbox, Sender};
use shards::io::{probe, threads};
use shards::log::error::OpenError;
use shards::mesh::{self, Seat};
use shards::node_dir::{DirectoryError, NodeDir};

use crate::config::BrokerConfig;
use crate::limits;
use crate::routing::Message;

pub use service::Announce;

mod banner;
mod crash;
mod inspect;
mod metadata;
mod node;
mod service;
mod shard;
mod signals;

/// Why a node does not run.
#[derive(Debug, Error)]
pub enum BootError {
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("listener {listener} can not be bound to {address}: {error}; {}", bind_remedy(error))]
    Bind { listener: String, address: String, error: io::Error },
    #[error("metrics can not be served on {address} (ringlog.metrics.listener): {error}")]
    Metrics { address: String, error: io::Error },
    #[error(
        "the metadata log is in {found}, not in {wanted}: set metadata.log.dir={found}, or put it \
         first in log.dirs"
    )]
    OtherMetadataDirectory { found: PathBuf, wanted: PathBuf },
    #[error(
        "{wanted} is gone, but {found} is a partition of this node: a new metadata log would know \
         no topic. Restore the folder, or move all partitions away to begin a new cluster"
    )]
    NoMetadata { found: PathBuf, wanted: PathBuf },
    #[error(
        "controller.quorum.voters names the nodes {wanted:?}, but {path} was made for {found:?}: \
         correct controller.quorum.voters, or name new directories to begin a new cluster"
    )]
    OtherVoters { path: PathBuf, found: Vec<i32>, wanted: Vec<i32> },
    #[error("no node without this log directory: {0}")]
    DirectoryNeeded(String),
    #[error(
        "{path} was not left in order: {cause}; the next start recovers it once the directory can \
         be written"
    )]
    LeftInDisorder { path: PathBuf, cause: String },
    #[error("the metadata log: {0}")]
    Metadata(String),
    #[error(transparent)]
    System(#[from] io::Error),
    #[error("{0}")]
    Ring(String),
}

fn bind_remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "stop what listens there (`ss -ltnp` shows it), or change the port in `listeners`"
        }
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 need the capability CAP_NET_BIND_SERVICE; or change `listeners`"
        }
        _ => {
            "`listeners` takes an address of this machine; one that clients are told instead is \
             `advertised.listeners`"
        }
    }
}

/// Asks a running node to stop in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop;

/// A core of a node that is not started yet.
pub struct CoreStart {
    config: Arc<BrokerConfig>,
    seat: Seat<Message>,
    role: Role,
}

/// Shard 0 prepares the directories; the others wait for them.
enum Role {
    First { node_dirs: Vec<Sender<Arc<Vec<NodeDir>>>>, stops: Inbox<Stop>, announce: Announce },
    Other { node_dirs: Inbox<Arc<Vec<NodeDir>>> },
}

impl CoreStart {
    /// Serves on this core, inside of its `io::run`, until the node stops.
    pub async fn serve(self) -> Result<(), BootError> {
        shard::serve(self).await
    }
}

/// Runs a node until it is told to stop by SIGTERM, SIGINT or SIGHUP.
pub fn serve(config: BrokerConfig) -> Result<(), BootError> {
    crash::install();
    probe::check().map_err(|unusable| BootError::Ring(unusable.to_string()))?;
    raise_descriptor_limit();
    let (stops, inbox) = inbox::channel()?;
    // Before any thread starts: all of them leave the signals to the one that waits for them.
    signals::forward(stops)?;
    let starts = cores(config, inbox, service::ready)?;
    let count = starts.len();
    let (ended, ends) = mpsc::channel();
    threads::start(starts, move |core, start: CoreStart| {
        let ring = RingConfig { core, ..RingConfig::default() };
        let served = executor::run(ring, start.serve());
        // The receiver is gone only when another core's failure ends the process already.
        let _unheard = ended.send(served.map_err(BootError::System).flatten());
    })?;
    for _ in 0..count {
        // A core that fails ends the node: what the others hold is safe in the journals.
        ends.recv().map_err(|_| BootError::Ring("a core's thread panicked".into()))??;
    }
    Ok(())
}

/// Takes all descriptors that the system grants: the usual 1024 are a default for programs that
/// call `select`, and a busy partition has two files open.
fn raise_descriptor_limit() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE).and_then(|(soft, hard)| {
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard).map(|()| (soft, hard))
    });
    match raised {
        Ok((_, hard)) if hard < limits::DESCRIPTORS_ADVISED => tracing::warn!(
            descriptors = hard,
            "few file descriptors: raise the hard limit (ulimit -Hn, or LimitNOFILE of systemd)"
        ),
        Ok((soft, hard)) => tracing::debug!(soft, hard, "descriptor limit raised"),
        Err(error) => tracing::warn!(%error, "the limit of file descriptors is not raised"),
    }
}

/// The cores of a node. `announce` is told once that it is ready, and how to reach it.
pub fn cores(
    config: BrokerConfig,
    stops: Inbox<Stop>,
    announce: Announce,
) -> io::Result<Vec<CoreStart>> {
    let count = shards_of(&config)?;
    let config = Arc::new(config);
    let (mut senders, mut roles) = (Vec::new(), Vec::new());
    for _ in 1..count {
        let (sender, node_dirs) = inbox::channel()?;
        senders.push(sender);
        roles.push(Role::Other { node_dirs });
    }
    let first = Role::First { node_dirs: senders, stops, announce };
    let roles = std::iter::once(first).chain(roles);
    let start = |(seat, role)| CoreStart { config: config.clone(), seat, role };
    Ok(mesh::seats(count).into_iter().zip(roles).map(start).collect())
}

fn shards_of(config: &BrokerConfig) -> io::Result<usize> {
    match config.engine.shards {
        Some(count) => Ok(count.max(1)),
        None => Ok(threads::usable_processors()?.len().max(1)),
    }
}

/// Directories to use: those of the log, and that of the metadata log if it is another.
fn directories(config: &BrokerConfig) -> Vec<PathBuf> {
    let mut paths = config.log_dirs.clone();
    if !paths.contains(&config.metadata_log_dir) {
        paths.push(config.metadata_log_dir.clone());
    }
    paths
}
