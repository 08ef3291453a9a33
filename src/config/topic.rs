//! The configuration of one topic as its partitions use it.
//!
//! A value comes from the topic's overrides, else from the broker's keys that mean the same
//! (`Key::synonyms`), else from the key's default.

use super::keys::{Key, Scope};
use super::overlay::Overrides;
use super::settings::Settings;
use super::value::Value;

#[derive(Debug, Clone, PartialEq)]
pub struct TopicConfig {
    pub segment_bytes: u32,
    pub segment_ms: u64,
    pub segment_jitter_ms: u64,
    pub segment_index_bytes: u32,
    pub index_interval_bytes: u32,
    /// None keeps records for ever.
    pub retention_ms: Option<u64>,
    /// None lets the log grow without limit.
    pub retention_bytes: Option<u64>,
    pub cleanup_policy: CleanupPolicy,
    pub max_message_bytes: u32,
    pub compression: Compression,
    pub timestamp_type: TimestampType,
    pub timestamp_before_ms_max: u64,
    pub timestamp_after_ms_max: u64,
    pub min_insync_replicas: u32,
    pub unclean_leader_election: bool,
    pub delete_retention_ms: u64,
    pub min_compaction_lag_ms: u64,
    pub max_compaction_lag_ms: u64,
    pub min_cleanable_dirty_ratio: f64,
    pub flush_messages: u64,
    pub flush_ms: u64,
    pub preallocate: bool,
    pub file_delete_delay_ms: u64,
    pub remote_storage: bool,
    pub remote_log_copy_disable: bool,
    pub remote_log_delete_on_disable: bool,
    /// Never more than `retention_ms`.
    pub local_retention_ms: Option<u64>,
    pub local_retention_bytes: Option<u64>,
}

/// What happens to old records; neither means that they stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CleanupPolicy {
    pub delete: bool,
    pub compact: bool,
}

/// What records are stored as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// As the producer sent them.
    Producer,
    Uncompressed,
    /// None leaves the level to the codec.
    Gzip {
        level: Option<i32>,
    },
    Snappy,
    Lz4 {
        level: i32,
    },
    Zstd {
        level: i32,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampType {
    CreateTime,
    LogAppendTime,
}

impl TopicConfig {
    /// `broker` is the effective configuration of the broker (`View::effective`).
    pub fn resolve(broker: &Settings, overrides: &Overrides) -> TopicConfig {
        let topic = Resolver { broker, overrides };
        let retention_ms = topic.limit("retention.ms");
        let retention_bytes = topic.limit("retention.bytes");
        TopicConfig {
            segment_bytes: topic.segment_bytes(),
            segment_ms: topic.count("segment.ms"),
            segment_jitter_ms: topic.count("segment.jitter.ms"),
            segment_index_bytes: topic.bytes("segment.index.bytes"),
            index_interval_bytes: topic.bytes("index.interval.bytes"),
            retention_ms,
            retention_bytes,
            cleanup_policy: topic.cleanup_policy(),
            max_message_bytes: topic.bytes("max.message.bytes"),
            compression: topic.compression(),
            timestamp_type: topic.timestamp_type(),
            timestamp_before_ms_max: topic.count("message.timestamp.before.max.ms"),
            timestamp_after_ms_max: topic.count("message.timestamp.after.max.ms"),
            min_insync_replicas: topic.bytes("min.insync.replicas"),
            unclean_leader_election: topic.truth("unclean.leader.election.enable"),
            delete_retention_ms: topic.count("delete.retention.ms"),
            min_compaction_lag_ms: topic.count("min.compaction.lag.ms"),
            max_compaction_lag_ms: topic.count("max.compaction.lag.ms"),
            min_cleanable_dirty_ratio: topic.fraction("min.cleanable.dirty.ratio"),
            flush_messages: topic.count("flush.messages"),
            flush_ms: topic.count("flush.ms"),
            preallocate: topic.truth("preallocate"),
            file_delete_delay_ms: topic.count("file.delete.delay.ms"),
            remote_storage: topic.truth("remote.storage.enable"),
            remote_log_copy_disable: topic.truth("remote.log.copy.disable"),
            remote_log_delete_on_disable: topic.truth("remote.log.delete.on.disable"),
            local_retention_ms: topic.local_limit("local.retention.ms", retention_ms),
            local_retention_bytes: topic.local_limit("local.retention.bytes", retention_bytes),
        }
    }
}

/// The value in force of one topic or group key.
pub(super) fn resolve(key: &Key, broker: &Settings, overrides: &Overrides) -> Value {
    if let Some(value) = overrides.get(key.name).and_then(|text| key.parse(text).ok()) {
        return value;
    }
    inherited(key, broker)
}

/// What the key has on this broker without an override.
pub(super) fn inherited(key: &Key, broker: &Settings) -> Value {
    for synonym in key.synonyms {
        match broker.value(synonym.name) {
            Value::Null => {}
            Value::Integer(number) if number < 0 && synonym.factor > 1 => {
                return Value::Integer(-1);
            }
            Value::Integer(number) => {
                return Value::Integer(number.saturating_mul(synonym.factor));
            }
            value => return value,
        }
    }
    key.initial()
}

struct Resolver<'a> {
    broker: &'a Settings,
    overrides: &'a Overrides,
}

impl Resolver<'_> {
    fn value(&self, name: &str) -> Value {
        match Scope::Topic.find(name) {
            Some(key) => resolve(key, self.broker, self.overrides),
            None => Value::Null,
        }
    }

    fn integer(&self, name: &str) -> i64 {
        self.value(name).as_integer().unwrap_or(0)
    }

    fn count(&self, name: &str) -> u64 {
        u64::try_from(self.integer(name)).unwrap_or(0)
    }

    fn bytes(&self, name: &str) -> u32 {
        u32::try_from(self.integer(name).max(0)).unwrap_or(u32::MAX)
    }

    fn limit(&self, name: &str) -> Option<u64> {
        u64::try_from(self.integer(name)).ok()
    }

    /// -2 means as much as the whole log may have.
    fn local_limit(&self, name: &str, whole: Option<u64>) -> Option<u64> {
        match self.integer(name) {
            -2 => whole,
            other => u64::try_from(other).ok(),
        }
    }

    fn truth(&self, name: &str) -> bool {
        self.value(name) == Value::Boolean(true)
    }

    fn fraction(&self, name: &str) -> f64 {
        match self.value(name) {
            Value::Double(number) => number,
            _ => 0.0,
        }
    }

    fn text(&self, name: &str) -> String {
        match self.value(name) {
            Value::Text(text) => text,
            _ => String::new(),
        }
    }

    /// The key for tests has no lower bound, and comes first.
    fn segment_bytes(&self) -> u32 {
        match self.value("internal.segment.bytes").as_integer() {
            Some(bytes) => u32::try_from(bytes.max(1)).unwrap_or(u32::MAX),
            None => self.bytes("segment.bytes"),
        }
    }

    fn cleanup_policy(&self) -> CleanupPolicy {
        let Value::List(words) = self.value("cleanup.policy") else {
            return CleanupPolicy { delete: false, compact: false };
        };
        let has = |policy: &str| words.iter().any(|word| word == policy);
        CleanupPolicy { delete: has("delete"), compact: has("compact") }
    }

    fn compression(&self) -> Compression {
        let level = |name: &str| self.integer(name) as i32;
        match self.text("compression.type").as_str() {
            "uncompressed" => Compression::Uncompressed,
            "gzip" => {
                let level = Some(level("compression.gzip.level")).filter(|level| *level > 0);
                Compression::Gzip { level }
            }
            "snappy" => Compression::Snappy,
            "lz4" => Compression::Lz4 { level: level("compression.lz4.level") },
            "zstd" => Compression::Zstd { level: level("compression.zstd.level") },
            _ => Compression::Producer,
        }
    }

    fn timestamp_type(&self) -> TimestampType {
        match self.text("message.timestamp.type").as_str() {
            "LogAppendTime" => TimestampType::LogAppendTime,
            _ => TimestampType::CreateTime,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(broker: &str, overrides: &[(&str, &str)]) -> TopicConfig {
        let (settings, _) = Settings::load(Some(broker.as_bytes()), &[]).unwrap();
        let pairs = overrides.iter().map(|(name, value)| (name.to_string(), value.to_string()));
        TopicConfig::resolve(&settings, &pairs.collect())
    }

    #[test]
    fn defaults_are_kafka_s() {
        let topic = resolve("", &[]);
        assert_eq!(topic.segment_bytes, 1 << 30);
        assert_eq!(topic.segment_ms, 604_800_000);
        assert_eq!(topic.retention_ms, Some(604_800_000));
        assert_eq!(topic.local_retention_ms, Some(604_800_000));
        assert_eq!(topic.retention_bytes, None);
        assert_eq!(topic.max_message_bytes, 1_048_588);
        assert_eq!(topic.compression, Compression::Producer);
        assert_eq!(topic.cleanup_policy, CleanupPolicy { delete: true, compact: false });
        assert_eq!(topic.timestamp_before_ms_max, i64::MAX as u64);
        assert_eq!(topic.flush_ms, i64::MAX as u64);
    }

    #[test]
    fn the_broker_s_keys_give_the_value_the_finest_unit_first() {
        assert_eq!(resolve("log.retention.hours=2", &[]).retention_ms, Some(7_200_000));
        let broker = "log.retention.hours=2\nlog.retention.minutes=3";
        assert_eq!(resolve(broker, &[]).retention_ms, Some(180_000));
        assert_eq!(resolve("log.retention.hours=-1", &[]).retention_ms, None);
        assert_eq!(resolve("log.roll.ms=5", &[]).segment_ms, 5);
        assert_eq!(resolve("log.flush.scheduler.interval.ms=9", &[]).flush_ms, 9);
    }

    #[test]
    fn overrides_win() {
        let topic = resolve(
            "log.retention.ms=1\ncompression.type=lz4",
            &[
                ("retention.ms", "-1"),
                ("compression.type", "gzip"),
                ("compression.gzip.level", "7"),
                ("cleanup.policy", ""),
                ("internal.segment.bytes", "10000"),
                ("local.retention.ms", "5"),
            ],
        );
        assert_eq!(topic.retention_ms, None);
        assert_eq!(topic.compression, Compression::Gzip { level: Some(7) });
        assert_eq!(topic.cleanup_policy, CleanupPolicy { delete: false, compact: false });
        assert_eq!(topic.segment_bytes, 10_000);
        assert_eq!(topic.local_retention_ms, Some(5));
    }
}
