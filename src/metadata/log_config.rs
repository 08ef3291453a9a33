//! What the engine is told of a topic's configuration.

use shards::compression::{self, Codec};
use shards::format::batch;
use shards::format::validate::Rules;
use shards::log::config::{Cleanup, Compaction, LogConfig, Retention};
use shards::replica::Limits;

use crate::config::topic::{Compression, TimestampType, TopicConfig};

/// `producer_id_expiration_ms` is the broker's; it is not a setting of topics.
pub fn log_config(topic: &TopicConfig, producer_id_expiration_ms: u64) -> LogConfig {
    LogConfig {
        segment_bytes: topic.segment_bytes,
        segment_ms: millis(topic.segment_ms),
        segment_jitter_ms: millis(topic.segment_jitter_ms),
        index_interval_bytes: topic.index_interval_bytes,
        index_bytes_max: topic.segment_index_bytes,
        rules: Rules {
            compression: compression(topic.compression),
            key_required: topic.cleanup_policy.compact,
            timestamp_type: match topic.timestamp_type {
                TimestampType::CreateTime => batch::TimestampType::CreateTime,
                TimestampType::LogAppendTime => batch::TimestampType::LogAppendTime,
            },
            timestamp_before_max_ms: millis(topic.timestamp_before_ms_max),
            timestamp_after_max_ms: millis(topic.timestamp_after_ms_max),
            batch_bytes_max: topic.max_message_bytes as usize,
        },
        file_delete_delay_ms: millis(topic.file_delete_delay_ms),
        producer_id_expiration_ms: millis(producer_id_expiration_ms),
        cleanup: Cleanup {
            delete: topic.cleanup_policy.delete,
            compact: topic.cleanup_policy.compact,
        },
        retention: Retention { ms: topic.retention_ms.map(millis), bytes: topic.retention_bytes },
        compaction: Compaction {
            dirty_ratio_min: topic.min_cleanable_dirty_ratio,
            lag_ms_min: millis(topic.min_compaction_lag_ms),
            lag_ms_max: millis(topic.max_compaction_lag_ms),
            tombstone_ms: millis(topic.delete_retention_ms),
        },
        replication: Limits { min_in_sync: topic.min_insync_replicas, ..Limits::default() },
        must_be_synced: false,
    }
}

fn millis(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// None: as the producer compressed it.
fn compression(wanted: Compression) -> Option<compression::Compression> {
    let at = |codec, level: Option<i32>| {
        let default = compression::Compression::of(codec);
        Some(compression::Compression { codec, level: level.unwrap_or(default.level) })
    };
    match wanted {
        Compression::Producer => None,
        Compression::Uncompressed => Some(compression::Compression::NONE),
        Compression::Gzip { level } => at(Codec::Gzip, level),
        Compression::Snappy => at(Codec::Snappy, None),
        Compression::Lz4 { level } => at(Codec::Lz4, Some(level)),
        Compression::Zstd { level } => at(Codec::Zstd, Some(level)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::config::overlay::Overrides;

    fn config(overrides: &[(&str, &str)]) -> LogConfig {
        let (settings, _) = Settings::load(None, &[]).unwrap();
        let overrides: Overrides = overrides
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        log_config(&TopicConfig::resolve(&settings, &overrides), 86_400_000)
    }

    #[test]
    fn defaults_are_the_engines() {
        let expected = LogConfig::default();
        assert_eq!(config(&[]), expected);
    }

    #[test]
    fn what_is_set_reaches_the_engine() {
        let config = config(&[
            ("cleanup.policy", "compact"),
            ("compression.type", "zstd"),
            ("message.timestamp.type", "LogAppendTime"),
            ("max.message.bytes", "5000"),
            ("segment.bytes", "1048576"),
        ]);
        assert!(config.rules.key_required);
        assert_eq!(config.rules.compression, Some(compression::Compression::of(Codec::Zstd)));
        assert_eq!(config.rules.timestamp_type, batch::TimestampType::LogAppendTime);
        assert_eq!((config.rules.batch_bytes_max, config.segment_bytes), (5000, 1 << 20));
    }
}
