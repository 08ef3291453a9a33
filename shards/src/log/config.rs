//! What a partition's log is told about itself: sizes, times, checks. Set from the topic's
//! configuration.

use crate::format::validate::Rules;
use crate::replica::Limits;

/// Settings of one log. Times in milliseconds, sizes in bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct LogConfig {
    pub segment_bytes: u32,
    pub segment_ms: i64,
    /// A segment may begin up to so much earlier, at random, so that not all do at once.
    pub segment_jitter_ms: i64,
    pub index_interval_bytes: u32,
    pub index_bytes_max: u32,
    /// What records are checked against.
    pub rules: Rules,
    pub file_delete_delay_ms: i64,
    pub producer_id_expiration_ms: i64,
    pub cleanup: Cleanup,
    pub retention: Retention,
    pub compaction: Compaction,
    /// How many replicas are to be in sync, and when one is not.
    pub replication: Limits,
    /// Appends are on the device when they are acknowledged, even where others are not waited for.
    pub must_be_synced: bool,
}

/// What happens to old records; where neither is set they stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleanup {
    pub delete: bool,
    pub compact: bool,
}

/// What a log keeps; none: all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    pub ms: Option<i64>,
    pub bytes: Option<u64>,
}

/// When a log is compacted, and what stays of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compaction {
    /// Of the bytes that may be compacted, the share that was not yet.
    pub dirty_ratio_min: f64,
    /// A record is not compacted before.
    pub lag_ms_min: i64,
    /// A log is compacted when a record is so old, however small the share is.
    pub lag_ms_max: i64,
    /// A record without value stays so long after it was first met by a compaction.
    pub tombstone_ms: i64,
}

impl Default for LogConfig {
    fn default() -> LogConfig {
        LogConfig {
            segment_bytes: 1 << 30,
            segment_ms: 7 * 24 * 3600 * 1000,
            segment_jitter_ms: 0,
            index_interval_bytes: 4096,
            index_bytes_max: 10 << 20,
            rules: Rules::default(),
            file_delete_delay_ms: 60_000,
            producer_id_expiration_ms: 86_400_000,
            cleanup: Cleanup { delete: true, compact: false },
            retention: Retention { ms: Some(7 * 24 * 3600 * 1000), bytes: None },
            compaction: Compaction {
                dirty_ratio_min: 0.5,
                lag_ms_min: 0,
                lag_ms_max: i64::MAX,
                tombstone_ms: 24 * 3600 * 1000,
            },
            replication: Limits::default(),
            must_be_synced: false,
        }
    }
}
