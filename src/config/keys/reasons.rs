//! Why a key does nothing (yet): one sentence for each part of Kafka that it belongs to.

pub(super) const SECURITY: &str = "TLS and SASL are not there yet.";
pub(super) const OAUTH: &str = "Tokens of OAuth are not there yet.";
pub(super) const KERBEROS: &str = "Kerberos is not supported.";
pub(super) const AUTHORIZATION: &str = "Authorization is not there yet.";
pub(super) const DELEGATION_TOKENS: &str = "Delegation tokens are not there yet.";
pub(super) const TIERED: &str = "Tiered storage is not there yet.";
pub(super) const REPLICATION: &str = "Replication between nodes is not there yet.";
pub(super) const QUORUM: &str = "A quorum of several controllers is not there yet.";
pub(super) const SHARE_GROUPS: &str = "Share groups are not there yet.";
pub(super) const STREAMS_GROUPS: &str = "Streams groups are not there yet.";
pub(super) const SNAPSHOTS: &str =
    "Ringlog keeps the two newest snapshots of the metadata, and the log behind the older one.";
pub(super) const TELEMETRY: &str = "Metrics pushed by clients are not there yet.";
pub(super) const MOVE_QUOTAS: &str = "Moves between log directories are not throttled yet.";
pub(super) const CORDONED: &str = "Cordoned directories get new replicas all the same.";
pub(super) const MOVE_THREADS: &str = "Each core moves two replicas at a time.";
pub(super) const LATER: &str = "Nothing reads this key yet.";

pub(super) const THREADS: &str =
    "Ringlog does this work on one thread per core; ringlog.shards says on how many.";
pub(super) const JAVA: &str = "It names Java code, which Ringlog does not run.";
pub(super) const PURGATORY: &str = "Ringlog removes a waiting request as soon as it is done.";
pub(super) const QUEUE: &str =
    "Ringlog has no request queue; a connection is read only while it is within its limits.";
pub(super) const LINGER: &str =
    "Ringlog collects writes of itself: what arrives during a journal write goes into the next.";
pub(super) const FLUSH: &str = "Ringlog syncs every append before it is acknowledged.";
pub(super) const ALLOCATION: &str = "Ringlog always reserves space for segments ahead.";
pub(super) const CHECKPOINTS: &str =
    "Ringlog writes these at each stop, and at once where a restart would want them.";
pub(super) const BUFFERS: &str = "Ringlog chooses the sizes of its reads itself.";
pub(super) const SOCKET_BUFFERS: &str =
    "The kernel sizes the buffers of each connection as it needs.";
pub(super) const BACKLOG: &str = "Ringlog asks for as many as net.core.somaxconn allows, to 4096.";
pub(super) const METRICS: &str = "Ringlog publishes its metrics for Prometheus.";
