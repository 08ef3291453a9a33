//! What a partition's log is told about itself: sizes, times, checks. Set from the topic's
//! configuration.

use crate::format::validate::Rules;

/// Settings of one log. Times in milliseconds, sizes in bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct LogConfig {
    pub segment_bytes: u32,
    pub segment_ms: i64,
    pub index_interval_bytes: u32,
    pub index_bytes_max: u32,
    /// What records are checked against.
    pub rules: Rules,
    pub file_delete_delay_ms: i64,
    pub producer_id_expiration_ms: i64,
    /// Appends are on the device when they are acknowledged, even where others are not waited for.
    pub must_be_synced: bool,
}

impl Default for LogConfig {
    fn default() -> LogConfig {
        LogConfig {
            segment_bytes: 1 << 30,
            segment_ms: 7 * 24 * 3600 * 1000,
            index_interval_bytes: 4096,
            index_bytes_max: 10 << 20,
            rules: Rules::default(),
            file_delete_delay_ms: 60_000,
            producer_id_expiration_ms: 86_400_000,
            must_be_synced: false,
        }
    }
}
