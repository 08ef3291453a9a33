//! The settings as the broker uses them: typed, with listeners parsed and rules between keys kept.
//!
//! Promise: a `BrokerConfig` that exists is one that a broker can start with.
//! Never: looks at the machine (free ports, directories, host name).
//! Read next: endpoint.rs for listeners, topic.rs for what topics inherit.

mod network;
mod rules;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::endpoint::{Endpoint, EndpointError, Voter};
use super::settings::Settings;
use super::value::Value;
use crate::quotas::rate::Window;

pub(super) use network::parse_connection_overrides;
pub(super) use rules::check_values;

/// Everything static that a node needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokerConfig {
    /// What all of this was made from.
    pub settings: Arc<Settings>,
    pub node_id: i32,
    /// To format new directories with.
    pub cluster_id: Option<String>,
    pub rack: Option<String>,
    pub roles: Roles,
    pub log_dirs: Vec<PathBuf>,
    pub metadata_log_dir: PathBuf,
    pub recovery_tasks_per_log_dir: usize,
    pub network: Network,
    pub quorum: Quorum,
    pub topics: TopicDefaults,
    pub fetch: FetchLimits,
    pub groups: Groups,
    pub offsets: Offsets,
    pub offsets_topic: InternalTopic,
    pub transactions_topic: InternalTopic,
    pub share_topic: InternalTopic,
    pub producers: Producers,
    pub transactions: Transactions,
    pub quotas: Quotas,
    pub log: LogDefaults,
    pub metadata_log: MetadataLog,
    pub format: Format,
    pub engine: Engine,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roles {
    pub broker: bool,
    pub controller: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// All addresses to listen on; `role` tells those of the controller.
    pub listeners: Vec<Endpoint>,
    /// What clients are told. An empty host stands for the name of this machine.
    pub advertised: Vec<Endpoint>,
    pub inter_broker_listener: String,
    pub controller_listeners: Vec<String>,
    pub request_bytes_max: usize,
    /// Of all requests together; None leaves it to the broker.
    pub queued_bytes_max: Option<usize>,
    pub connections_max: usize,
    pub connections_max_per_address: usize,
    /// Addresses or host names with a limit of their own.
    pub connections_max_overrides: Vec<(String, usize)>,
    pub connection_idle_ms_max: Option<u64>,
    /// None leaves the size to the system.
    pub send_buffer_bytes: Option<usize>,
    pub receive_buffer_bytes: Option<usize>,
    pub backlog: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quorum {
    /// Fixed voters; empty with a dynamic quorum or a single node.
    pub voters: Vec<Voter>,
    pub bootstrap_servers: Vec<(String, u16)>,
    pub auto_join: bool,
    pub election_timeout_ms: u64,
    pub election_backoff_ms_max: u64,
    pub fetch_timeout_ms: u64,
    pub request_timeout_ms: u64,
    pub retry_backoff_ms: u64,
    pub append_linger_ms: u64,
    pub fetch_bytes_max: u32,
    pub fetch_snapshot_bytes_max: u32,
    pub broker_heartbeat_interval_ms: u64,
    pub broker_session_timeout_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicDefaults {
    pub auto_create: bool,
    pub may_be_deleted: bool,
    pub partitions: u32,
    pub replication_factor: i16,
    pub describe_partitions_max: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchLimits {
    pub response_bytes_max: u32,
    pub sessions_max: usize,
}

/// Limits and times of groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups {
    pub initial_rebalance_delay_ms: u64,
    pub session_timeout_ms_min: i32,
    pub session_timeout_ms_max: i32,
    pub members_max: usize,
    /// Names of the protocols offered: classic, consumer, share, streams.
    pub protocols: Vec<String>,
    /// Names of the assignors of the consumer protocol; the first is the default.
    pub assignors: Vec<String>,
    pub consumer_assignment_interval_ms: i64,
    pub consumer_heartbeat_interval_ms: i32,
    pub consumer_session_timeout_ms: u64,
    pub consumer_members_max: usize,
    pub migration_policy: String,
    pub regex_refresh_interval_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offsets {
    pub metadata_bytes_max: usize,
    pub commit_timeout_ms: u64,
    pub load_buffer_bytes: usize,
    pub retention_ms: u64,
    pub retention_check_interval_ms: u64,
}

/// How the use of client quotas is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    pub clients: Window,
    /// What the controller is asked to do.
    pub mutations: Window,
}

/// A topic that the broker makes for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InternalTopic {
    pub partitions: u32,
    pub replication: Redundancy,
    /// None where Kafka has no such key.
    pub min_insync_replicas: Option<Redundancy>,
    pub segment_bytes: u32,
}

/// A count of replicas that a small cluster lowers unless the operator insists on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redundancy {
    pub count: i16,
    pub is_explicit: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Producers {
    pub expiration_ms: u64,
    pub expiration_check_interval_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transactions {
    pub timeout_ms_max: i32,
    pub id_expiration_ms: u64,
    pub abort_interval_ms: u64,
    pub expiration_interval_ms: u64,
    pub allows_two_phase: bool,
    pub add_retry_backoff: Duration,
    pub add_retry_max: Duration,
}

/// Periods of the work on logs; what single logs do is in `TopicConfig`.
#[derive(Debug, Clone, PartialEq)]
pub struct LogDefaults {
    pub retention_check_interval_ms: u64,
    pub initial_task_delay_ms: u64,
    pub recovery_point_interval_ms: u64,
    pub start_offset_interval_ms: u64,
    pub high_watermark_interval_ms: u64,
    /// Who has not caught up for so long is not in sync.
    pub replica_lag_ms_max: u64,
    pub cleaner: Cleaner,
}

/// What compactions may use, on all cores together.
#[derive(Debug, Clone, PartialEq)]
pub struct Cleaner {
    pub is_enabled: bool,
    /// Pause when there is nothing to compact.
    pub backoff_ms: u64,
    pub map_bytes: usize,
    pub map_load_factor: f64,
    pub bytes_per_second_max: f64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataLog {
    pub segment_bytes: u32,
    pub segment_ms: u64,
    pub snapshot_after_bytes: u64,
    pub snapshot_after_ms: u64,
    pub retention_bytes: Option<u64>,
    pub retention_ms: Option<u64>,
}

/// How a new directory is formatted; takes the place of the arguments of a format command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Format {
    pub features: Vec<(String, i16)>,
    pub controllers: Option<String>,
    pub join: bool,
}

/// What is Ringlog's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    /// None means every core the process may use.
    pub shards: Option<usize>,
    pub journal_bytes: u64,
    pub journal_sync: bool,
    /// None means a quarter of the machine's memory.
    pub memory_bytes: Option<u64>,
    pub log_level: String,
    /// Each line of the log is a JSON object.
    pub log_is_json: bool,
    pub metrics_listener: Option<(String, u16)>,
    /// Partitions, topics and offsets of groups that the metrics name, each.
    pub metrics_series_max: usize,
}

/// Settings that are each right but do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokerConfigError {
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    #[error("{0}")]
    Rule(String),
}

impl Redundancy {
    /// The count to use when so many brokers are there.
    pub fn within(self, brokers: usize) -> i16 {
        let brokers = i16::try_from(brokers).unwrap_or(i16::MAX).max(1);
        if self.is_explicit { self.count } else { self.count.min(brokers) }
    }
}

impl BrokerConfig {
    pub fn new(settings: &Settings) -> Result<BrokerConfig, BrokerConfigError> {
        let log_dirs = log_dirs(settings);
        let metadata_log_dir = settings.string("metadata.log.dir").map(PathBuf::from);
        let config = BrokerConfig {
            settings: Arc::new(settings.clone()),
            node_id: settings.integer("node.id") as i32,
            cluster_id: settings.formatting("cluster.id").map(|id| id.trim().to_owned()),
            rack: settings.string("broker.rack"),
            roles: roles(settings),
            metadata_log_dir: metadata_log_dir
                .or_else(|| log_dirs.first().cloned())
                .unwrap_or_default(),
            log_dirs,
            recovery_tasks_per_log_dir: size(settings, "num.recovery.threads.per.data.dir"),
            network: network::derive(settings)?,
            quorum: quorum(settings)?,
            topics: topic_defaults(settings),
            fetch: FetchLimits {
                response_bytes_max: bytes(settings, "fetch.max.bytes"),
                sessions_max: size(settings, "max.incremental.fetch.session.cache.slots"),
            },
            groups: groups(settings),
            offsets: offsets(settings),
            offsets_topic: internal_topic(settings, "offsets.topic", None),
            transactions_topic: internal_topic(settings, "transaction.state.log", Some("min.isr")),
            share_topic: internal_topic(settings, "share.coordinator.state.topic", Some("min.isr")),
            producers: Producers {
                expiration_ms: millis(settings, "producer.id.expiration.ms"),
                expiration_check_interval_ms: millis(
                    settings,
                    "producer.id.expiration.check.interval.ms",
                ),
            },
            transactions: transactions(settings),
            quotas: quotas(settings),
            log: log(settings),
            metadata_log: metadata_log(settings),
            format: format(settings)?,
            engine: engine(settings)?,
        };
        rules::check(&config, settings)?;
        Ok(config)
    }
}

fn log_dirs(settings: &Settings) -> Vec<PathBuf> {
    let dirs = match settings.words("log.dirs") {
        dirs if dirs.is_empty() => settings.words("log.dir"),
        dirs => dirs,
    };
    dirs.into_iter().map(PathBuf::from).collect()
}

fn roles(settings: &Settings) -> Roles {
    let named = settings.words("process.roles");
    let has = |role: &str| named.iter().any(|name| name == role);
    Roles { broker: has("broker"), controller: has("controller") }
}

fn quorum(settings: &Settings) -> Result<Quorum, BrokerConfigError> {
    let key = "controller.quorum.bootstrap.servers";
    let milliseconds = |name: &str| millis(settings, name);
    Ok(Quorum {
        voters: super::endpoint::parse_voters(&settings.words("controller.quorum.voters"))?,
        bootstrap_servers: super::endpoint::parse_addresses(key, &settings.words(key))?,
        auto_join: settings.truth("controller.quorum.auto.join.enable"),
        election_timeout_ms: milliseconds("controller.quorum.election.timeout.ms"),
        election_backoff_ms_max: milliseconds("controller.quorum.election.backoff.max.ms"),
        fetch_timeout_ms: milliseconds("controller.quorum.fetch.timeout.ms"),
        request_timeout_ms: milliseconds("controller.quorum.request.timeout.ms"),
        retry_backoff_ms: milliseconds("controller.quorum.retry.backoff.ms"),
        append_linger_ms: milliseconds("controller.quorum.append.linger.ms"),
        fetch_bytes_max: bytes(settings, "controller.quorum.fetch.max.bytes"),
        fetch_snapshot_bytes_max: bytes(settings, "controller.quorum.fetch.snapshot.max.bytes"),
        broker_heartbeat_interval_ms: milliseconds("broker.heartbeat.interval.ms"),
        broker_session_timeout_ms: milliseconds("broker.session.timeout.ms"),
    })
}

fn topic_defaults(settings: &Settings) -> TopicDefaults {
    TopicDefaults {
        auto_create: settings.truth("auto.create.topics.enable"),
        may_be_deleted: settings.truth("delete.topic.enable"),
        partitions: bytes(settings, "num.partitions"),
        replication_factor: settings.integer("default.replication.factor") as i16,
        describe_partitions_max: bytes(settings, "max.request.partition.size.limit"),
    }
}

fn groups(settings: &Settings) -> Groups {
    Groups {
        initial_rebalance_delay_ms: millis(settings, "group.initial.rebalance.delay.ms"),
        session_timeout_ms_min: settings.integer("group.min.session.timeout.ms") as i32,
        session_timeout_ms_max: settings.integer("group.max.session.timeout.ms") as i32,
        members_max: size(settings, "group.max.size"),
        protocols: settings.words("group.coordinator.rebalance.protocols"),
        assignors: settings.words("group.consumer.assignors"),
        consumer_assignment_interval_ms: settings.integer("group.consumer.assignment.interval.ms"),
        consumer_heartbeat_interval_ms: settings.integer("group.consumer.heartbeat.interval.ms")
            as i32,
        consumer_session_timeout_ms: millis(settings, "group.consumer.session.timeout.ms"),
        consumer_members_max: size(settings, "group.consumer.max.size"),
        migration_policy: settings.string("group.consumer.migration.policy").unwrap_or_default(),
        regex_refresh_interval_ms: settings.integer("group.consumer.regex.refresh.interval.ms"),
    }
}

fn transactions(settings: &Settings) -> Transactions {
    let pause = |name| Duration::from_millis(millis(settings, name));
    Transactions {
        timeout_ms_max: settings.integer("transaction.max.timeout.ms") as i32,
        id_expiration_ms: millis(settings, "transactional.id.expiration.ms"),
        abort_interval_ms: millis(
            settings,
            "transaction.abort.timed.out.transaction.cleanup.interval.ms",
        ),
        expiration_interval_ms: millis(
            settings,
            "transaction.remove.expired.transaction.cleanup.interval.ms",
        ),
        allows_two_phase: settings.text("transaction.two.phase.commit.enable") == Some("true"),
        add_retry_backoff: pause("add.partitions.to.txn.retry.backoff.ms"),
        add_retry_max: pause("add.partitions.to.txn.retry.backoff.max.ms"),
    }
}

fn offsets(settings: &Settings) -> Offsets {
    Offsets {
        metadata_bytes_max: size(settings, "offset.metadata.max.bytes"),
        commit_timeout_ms: millis(settings, "offsets.commit.timeout.ms"),
        load_buffer_bytes: size(settings, "offsets.load.buffer.size"),
        retention_ms: millis(settings, "offsets.retention.minutes").saturating_mul(60_000),
        retention_check_interval_ms: millis(settings, "offsets.retention.check.interval.ms"),
    }
}

fn internal_topic(settings: &Settings, prefix: &str, min_isr: Option<&str>) -> InternalTopic {
    let key = |suffix: &str| format!("{prefix}.{suffix}");
    let redundancy = |name: String| Redundancy {
        count: settings.integer(&name).clamp(1, i64::from(i16::MAX)) as i16,
        is_explicit: settings.is_set(&name),
    };
    InternalTopic {
        partitions: bytes(settings, &key("num.partitions")),
        replication: redundancy(key("replication.factor")),
        min_insync_replicas: min_isr.map(|suffix| redundancy(key(suffix))),
        segment_bytes: bytes(settings, &key("segment.bytes")),
    }
}

fn quotas(settings: &Settings) -> Quotas {
    let window = |prefix: &str| Window {
        samples: size(settings, &format!("{prefix}quota.window.num")),
        sample_ms: millis(settings, &format!("{prefix}quota.window.size.seconds")) * 1000,
    };
    Quotas { clients: window(""), mutations: window("controller.") }
}

fn log(settings: &Settings) -> LogDefaults {
    let start_offsets = "log.flush.start.offset.checkpoint.interval.ms";
    let high_watermarks = "replica.high.watermark.checkpoint.interval.ms";
    LogDefaults {
        retention_check_interval_ms: millis(settings, "log.retention.check.interval.ms"),
        initial_task_delay_ms: millis(settings, "log.initial.task.delay.ms"),
        recovery_point_interval_ms: millis(settings, "log.flush.offset.checkpoint.interval.ms"),
        start_offset_interval_ms: millis(settings, start_offsets),
        high_watermark_interval_ms: millis(settings, high_watermarks),
        replica_lag_ms_max: millis(settings, "replica.lag.time.max.ms"),
        cleaner: Cleaner {
            is_enabled: settings.truth("log.cleaner.enable"),
            backoff_ms: millis(settings, "log.cleaner.backoff.ms"),
            map_bytes: size(settings, "log.cleaner.dedupe.buffer.size"),
            map_load_factor: settings.fraction("log.cleaner.io.buffer.load.factor"),
            bytes_per_second_max: settings.fraction("log.cleaner.io.max.bytes.per.second"),
        },
    }
}

fn metadata_log(settings: &Settings) -> MetadataLog {
    let snapshot_bytes = "metadata.log.max.record.bytes.between.snapshots";
    let segment_bytes = settings
        .optional_integer("internal.metadata.log.segment.bytes")
        .unwrap_or_else(|| settings.integer("metadata.log.segment.bytes"));
    MetadataLog {
        segment_bytes: u32::try_from(segment_bytes).unwrap_or(u32::MAX),
        segment_ms: millis(settings, "metadata.log.segment.ms"),
        snapshot_after_bytes: millis(settings, snapshot_bytes),
        snapshot_after_ms: millis(settings, "metadata.log.max.snapshot.interval.ms"),
        retention_bytes: u64::try_from(settings.integer("metadata.max.retention.bytes")).ok(),
        retention_ms: u64::try_from(settings.integer("metadata.max.retention.ms")).ok(),
    }
}

fn format(settings: &Settings) -> Result<Format, BrokerConfigError> {
    let text = settings.formatting("format.features").unwrap_or_default();
    let mut features = Vec::new();
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let parsed = pair
            .split_once('=')
            .and_then(|(name, level)| Some((name.trim(), level.trim().parse().ok()?)));
        let Some((name, level)) = parsed else {
            let message = format!("format.features: `{pair}` is not of the form name=level");
            return Err(BrokerConfigError::Rule(message));
        };
        features.push((name.to_owned(), level));
    }
    let join = settings.formatting("format.join").unwrap_or_default();
    Ok(Format {
        features,
        controllers: settings.formatting("format.controllers").map(str::to_owned),
        join: join.trim().eq_ignore_ascii_case("true"),
    })
}

fn engine(settings: &Settings) -> Result<Engine, BrokerConfigError> {
    let key = "ringlog.metrics.listener";
    let metrics = super::endpoint::parse_addresses(key, &settings.words(key))?;
    let log_level = match settings.value("ringlog.log.level") {
        Value::Text(level) => level,
        _ => String::new(),
    };
    Ok(Engine {
        shards: Some(size(settings, "ringlog.shards")).filter(|shards| *shards > 0),
        journal_bytes: millis(settings, "ringlog.journal.bytes"),
        journal_sync: settings.truth("ringlog.journal.sync"),
        memory_bytes: Some(millis(settings, "ringlog.memory.bytes")).filter(|bytes| *bytes > 0),
        log_level,
        log_is_json: settings.text("ringlog.log.format") == Some("json"),
        metrics_listener: metrics.into_iter().next(),
        metrics_series_max: size(settings, "ringlog.metrics.series.max"),
    })
}

/// A duration or a long count; negative ones, which mean "none", become 0.
fn millis(settings: &Settings, name: &str) -> u64 {
    u64::try_from(settings.integer(name)).unwrap_or(0)
}

fn bytes(settings: &Settings, name: &str) -> u32 {
    u32::try_from(settings.integer(name).max(0)).unwrap_or(u32::MAX)
}

fn size(settings: &Settings, name: &str) -> usize {
    usize::try_from(settings.integer(name).max(0)).unwrap_or(usize::MAX)
}
