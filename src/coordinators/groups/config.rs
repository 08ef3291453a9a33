//! What an operator can set about groups; each field is a key of `server.properties`.

use super::consumer::Assignor;
use crate::config::{BrokerConfig, ConfigResource};
use crate::metadata::{Image, NodeId};

/// Settings of the group coordinator, with Kafka's defaults.
#[derive(Clone, Debug)]
pub struct GroupConfig {
    /// `group.min.session.timeout.ms`
    pub session_timeout_ms_min: i32,
    /// `group.max.session.timeout.ms`
    pub session_timeout_ms_max: i32,
    /// `group.max.size`
    pub size_max: usize,
    /// `group.initial.rebalance.delay.ms`
    pub initial_rebalance_delay_ms: u64,
    /// How long a member that has just joined may wait for the rebalance to end.
    pub new_member_timeout_ms: u64,
    /// `offset.metadata.max.bytes`
    pub offset_metadata_max: usize,
    /// `offsets.retention.minutes`, in milliseconds
    pub offsets_retention_ms: i64,
    /// `offsets.retention.check.interval.ms`
    pub offsets_retention_check_interval_ms: u64,
    pub consumer: ConsumerConfig,
}

/// Settings of groups of the consumer protocol.
#[derive(Clone, Debug)]
pub struct ConsumerConfig {
    /// `group.consumer.assignors`; the first is the default.
    pub assignors: Vec<Assignor>,
    /// Of groups that have none of their own.
    pub intervals: Intervals,
    /// `group.consumer.max.size`
    pub size_max: usize,
    /// `group.consumer.migration.policy`
    pub migration: MigrationPolicy,
    /// `group.consumer.regex.refresh.interval.ms`
    pub regex_refresh_ms: i64,
    /// Whose dynamic settings count.
    pub node_id: NodeId,
}

/// Times that a group may set for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Intervals {
    /// `group.consumer.session.timeout.ms`, `consumer.session.timeout.ms`
    pub session_ms: u64,
    /// `group.consumer.heartbeat.interval.ms`, `consumer.heartbeat.interval.ms`
    pub heartbeat_ms: i32,
    /// `group.consumer.assignment.interval.ms`, `consumer.assignment.interval.ms`
    pub assignment_ms: i64,
}

/// Which way a live group may go between the classic and the consumer protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MigrationPolicy {
    pub upgrades: bool,
    pub downgrades: bool,
}

impl ConsumerConfig {
    fn of(config: &BrokerConfig) -> Self {
        let groups = &config.groups;
        let assignors = groups.assignors.iter().filter_map(|name| Assignor::by_name(name));
        ConsumerConfig {
            assignors: assignors.collect(),
            intervals: Intervals {
                session_ms: groups.consumer_session_timeout_ms,
                heartbeat_ms: groups.consumer_heartbeat_interval_ms,
                assignment_ms: groups.consumer_assignment_interval_ms,
            },
            size_max: groups.consumer_members_max,
            migration: MigrationPolicy::by_name(&groups.migration_policy),
            regex_refresh_ms: groups.regex_refresh_interval_ms,
            node_id: config.node_id,
        }
    }

    pub fn default_assignor(&self) -> Assignor {
        self.assignors.first().copied().unwrap_or(Assignor::Uniform)
    }

    /// The times that hold for a group: its own, those that administrators set for all, or those of
    /// the configuration.
    pub(super) fn intervals(&self, image: &Image, group_id: &str) -> Intervals {
        let own = image.configs.get(&ConfigResource::Group(group_id.to_owned()));
        let of_node = image.configs.get(&ConfigResource::Broker(Some(self.node_id)));
        let of_all = image.configs.get(&ConfigResource::Broker(None));
        let set = |key: &str| -> Option<u64> {
            let broker_key = format!("group.{key}");
            let named = [(own, key), (of_node, &broker_key), (of_all, &broker_key)];
            named.into_iter().find_map(|(set, key)| set.get(key)?.trim().parse().ok())
        };
        let base = self.intervals;
        Intervals {
            session_ms: set("consumer.session.timeout.ms").unwrap_or(base.session_ms),
            heartbeat_ms: set("consumer.heartbeat.interval.ms")
                .map_or(base.heartbeat_ms, |ms| i32::try_from(ms).unwrap_or(i32::MAX)),
            assignment_ms: set("consumer.assignment.interval.ms")
                .map_or(base.assignment_ms, |ms| i64::try_from(ms).unwrap_or(i64::MAX)),
        }
    }
}

impl MigrationPolicy {
    pub const BOTH_WAYS: Self = Self { upgrades: true, downgrades: true };

    /// In any case of letters; settings hold no other names.
    fn by_name(name: &str) -> Self {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        Self {
            upgrades: is("upgrade") || is("bidirectional"),
            downgrades: is("downgrade") || is("bidirectional"),
        }
    }
}

impl Default for ConsumerConfig {
    fn default() -> Self {
        ConsumerConfig {
            assignors: Assignor::ALL.to_vec(),
            intervals: Intervals { session_ms: 45_000, heartbeat_ms: 5_000, assignment_ms: 1_000 },
            size_max: i32::MAX as usize,
            migration: MigrationPolicy::BOTH_WAYS,
            regex_refresh_ms: 600_000,
            node_id: 1,
        }
    }
}

impl GroupConfig {
    pub fn of(config: &BrokerConfig) -> Self {
        let (groups, offsets) = (&config.groups, &config.offsets);
        GroupConfig {
            session_timeout_ms_min: groups.session_timeout_ms_min,
            session_timeout_ms_max: groups.session_timeout_ms_max,
            size_max: groups.members_max,
            initial_rebalance_delay_ms: groups.initial_rebalance_delay_ms,
            offset_metadata_max: offsets.metadata_bytes_max,
            offsets_retention_ms: i64::try_from(offsets.retention_ms).unwrap_or(i64::MAX),
            offsets_retention_check_interval_ms: offsets.retention_check_interval_ms,
            consumer: ConsumerConfig::of(config),
            ..GroupConfig::default()
        }
    }
}

impl Default for GroupConfig {
    fn default() -> Self {
        GroupConfig {
            session_timeout_ms_min: 6_000,
            session_timeout_ms_max: 1_800_000,
            size_max: i32::MAX as usize,
            initial_rebalance_delay_ms: 3_000,
            new_member_timeout_ms: 300_000,
            offset_metadata_max: 4_096,
            offsets_retention_ms: 7 * 24 * 3_600 * 1_000,
            offsets_retention_check_interval_ms: 600_000,
            consumer: ConsumerConfig::default(),
        }
    }
}
