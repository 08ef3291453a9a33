//! What a machine is told when it starts: who it is, and what its disk holds.

use uuid::Uuid;

use crate::control_records::ControlRecord;
use crate::units::{Epoch, NodeId, Offset, OffsetAndEpoch, ReplicaKey};
use crate::voters::{Endpoints, Node, VersionRange, Voter, VoterSet};

/// Fixed for the life of the machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Config {
    /// `node.id`, not negative.
    pub node_id: NodeId,
    /// Of the directory that holds the metadata log (`meta.properties`), not nil.
    pub directory_id: Uuid,
    pub cluster_id: String,
    /// Under which others reach this node, by listener.
    pub listeners: Endpoints,
    /// The listener over which the quorum speaks: the first of `controller.listener.names`.
    pub listener_name: String,
    /// Levels of kraft.version that this node understands.
    pub kraft_versions: VersionRange,
    /// Whether this node is a controller: it syncs before it fetches on, as a voter does, because
    /// it may be one before it knows.
    pub can_become_voter: bool,
    /// `controller.quorum.auto.join.enable`
    pub auto_join: bool,
    /// `controller.quorum.bootstrap.servers`; the addresses of the static voters where it is empty.
    pub bootstrap_servers: Vec<(String, u16)>,
    /// `controller.quorum.voters`, without directories. Voters in the log win over them.
    pub static_voters: VoterSet,
    pub timings: Timings,
    /// Of the random numbers that spread elections over time.
    pub seed: u64,
    /// A bug that a test plants.
    #[cfg(test)]
    pub(crate) planted: Option<crate::mutation::Mutation>,
}

impl Config {
    pub(crate) fn local_key(&self) -> ReplicaKey {
        ReplicaKey::new(self.node_id, self.directory_id)
    }

    pub(crate) fn local_voter(&self) -> Voter {
        let (key, endpoints) = (self.local_key(), self.listeners.clone());
        Voter { key, endpoints, kraft_versions: self.kraft_versions }
    }

    /// The nodes to ask where no leader is known; their ids are negative unless configured.
    pub(crate) fn bootstrap_nodes(&self) -> Vec<Node> {
        const FIRST: i32 = -2;
        let named = self.bootstrap_servers.iter().zip(0..);
        let mut nodes: Vec<Node> = named
            .map(|((host, port), n)| Node {
                id: NodeId(FIRST - n),
                host: host.clone(),
                port: *port,
            })
            .collect();
        if nodes.is_empty() {
            let voters = self.static_voters.iter().filter(|voter| voter.key.id != self.node_id);
            nodes = voters
                .filter_map(|voter| voter.endpoints.node(voter.key.id, &self.listener_name))
                .collect();
        }
        let own = self.listeners.0.get(&self.listener_name);
        nodes.retain(|node| own.is_none_or(|own| (&own.0, own.1) != (&node.host, node.port)));
        nodes
    }
}

/// All in milliseconds and bytes; the defaults are Kafka's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timings {
    /// `controller.quorum.election.timeout.ms`: elections last this long to twice as long.
    pub election_timeout_ms: u64,
    /// `controller.quorum.fetch.timeout.ms`: without a fetch for so long a voter seeks the lead.
    pub fetch_timeout_ms: u64,
    /// `controller.quorum.election.backoff.max.ms`
    pub election_backoff_max_ms: u64,
    /// `controller.quorum.request.timeout.ms`
    pub request_timeout_ms: u64,
    /// `controller.quorum.retry.backoff.ms`
    pub retry_backoff_ms: u64,
    /// How long a leader may hold a fetch that finds nothing.
    pub fetch_max_wait_ms: u64,
    /// `controller.quorum.fetch.max.bytes`
    pub fetch_max_bytes: i32,
    /// `controller.quorum.fetch.snapshot.max.bytes`
    pub fetch_snapshot_max_bytes: i32,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            election_timeout_ms: 1_000,
            fetch_timeout_ms: 2_000,
            election_backoff_max_ms: 1_000,
            request_timeout_ms: 2_000,
            retry_backoff_ms: 20,
            fetch_max_wait_ms: 500,
            fetch_max_bytes: 1 << 20,
            fetch_snapshot_max_bytes: 1 << 20,
        }
    }
}

/// For whom this node has voted, or whom it follows: what `quorum-state` holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElectionState {
    pub leader_epoch: Epoch,
    pub leader_id: Option<NodeId>,
    pub voted: Option<ReplicaKey>,
}

/// What the disk holds when the machine starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    pub election: Option<ElectionState>,
    pub log: StoredLog,
    /// The records of kraft.version and voters, in order: those of the latest snapshot, at its last
    /// offset (-1 for `0-0.checkpoint`), then those of the log after it.
    pub control_records: Vec<(Offset, ControlRecord)>,
}

/// The shape of the log. All of it is durable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredLog {
    pub start: Offset,
    pub end: Offset,
    /// Where each epoch begins, ascending in both.
    pub epochs: Vec<(Epoch, Offset)>,
    /// Snapshots at the start of the log or later, with their sizes in bytes.
    pub snapshots: Vec<(OffsetAndEpoch, u64)>,
}

/// Why a node cannot take part. To blame: the operator or the disk.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    #[error("node.id {0} is negative: give this node an id of its own, from 0")]
    NodeId(NodeId),
    #[error(
        "the directory of the metadata log has no directory.id in its meta.properties: format it"
    )]
    DirectoryId,
    #[error(
        "nothing names the controllers: set controller.quorum.bootstrap.servers, or \
         controller.quorum.voters for a cluster with static voters"
    )]
    NoBootstrapServers,
    #[error(
        "the listener {0} over which controllers speak is not among the listeners of this node: \
         correct controller.listener.names or listeners"
    )]
    Listener(String),
    #[error(
        "the metadata log begins at offset {start}, and no snapshot reaches there: restore the \
         .checkpoint files, or empty the directory and let the node join anew"
    )]
    SnapshotMissing { start: Offset },
    #[error("the metadata log is damaged: {0}; empty the directory and let the node join anew")]
    Log(&'static str),
    #[error("kraft.version {0} is not supported by this version")]
    KraftVersion(i16),
}
