//! What an operator can set about groups; each field is a key of `server.properties`.

use crate::config::BrokerConfig;

/// Settings of the classic group coordinator, with Kafka's defaults.
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
        }
    }
}
