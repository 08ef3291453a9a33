//! Keys that a topic may set for itself.

use super::Initial::{Is, Null};
use super::{Bounds, Key, boolean, double, int, list, long, reasons, string, synonym};

pub(super) const KEYS: &[Key] = &[
    list(
        "cleanup.policy",
        Is("delete"),
        "What happens to old records: delete, compact, both, or (empty) nothing.",
    )
    .elements_or_none(&["compact", "delete"])
    .cluster_wide()
    .synonyms(&[synonym("log.cleanup.policy", 1)]),
    string(
        "compression.type",
        Is("producer"),
        "Codec that records are kept in; producer keeps what was sent.",
    )
    .one_of(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"])
    .cluster_wide()
    .synonyms(&[synonym("compression.type", 1)]),
    int("compression.gzip.level", Is("-1"), "Level for gzip, 1 to 9, or -1 for its default.")
        .bounds(Bounds::RangeOr(1, 9, -1))
        .cluster_wide()
        .synonyms(&[synonym("compression.gzip.level", 1)]),
    int("compression.lz4.level", Is("9"), "Level for lz4, 1 to 17.")
        .within(1, 17)
        .cluster_wide()
        .synonyms(&[synonym("compression.lz4.level", 1)]),
    int("compression.zstd.level", Is("3"), "Level for zstd.")
        .within(-131072, 22)
        .cluster_wide()
        .synonyms(&[synonym("compression.zstd.level", 1)]),
    long("delete.retention.ms", Is("86400000"), "How long delete markers stay after compaction.")
        .from(0)
        .cluster_wide()
        .synonyms(&[synonym("log.cleaner.delete.retention.ms", 1)]),
    long(
        "file.delete.delay.ms",
        Is("60000"),
        "Time between removing a segment from the log and deleting its files.",
    )
    .from(0)
    .cluster_wide()
    .synonyms(&[synonym("log.segment.delete.delay.ms", 1)]),
    long("flush.messages", Is("9223372036854775807"), "Records after which the log is flushed.")
        .from(1)
        .cluster_wide()
        .synonyms(&[synonym("log.flush.interval.messages", 1)])
        .foreign(reasons::FLUSH),
    long("flush.ms", Is("9223372036854775807"), "Time after which the log is flushed.")
        .from(0)
        .cluster_wide()
        .synonyms(&[
            synonym("log.flush.interval.ms", 1),
            synonym("log.flush.scheduler.interval.ms", 1),
        ])
        .foreign(reasons::FLUSH),
    list(
        "follower.replication.throttled.replicas",
        Is(""),
        "Replicas whose fetching is slowed down: * or partition:broker pairs.",
    )
    .bounds(Bounds::ThrottledReplicas)
    .cluster_wide()
    .not_yet(reasons::REPLICATION),
    list(
        "leader.replication.throttled.replicas",
        Is(""),
        "Replicas whose sending is slowed down: * or partition:broker pairs.",
    )
    .bounds(Bounds::ThrottledReplicas)
    .cluster_wide()
    .not_yet(reasons::REPLICATION),
    int("index.interval.bytes", Is("4096"), "Bytes of log for each entry of the offset index.")
        .from(0)
        .cluster_wide()
        .synonyms(&[synonym("log.index.interval.bytes", 1)]),
    int(
        "internal.segment.bytes",
        Null,
        "Size at which a new segment begins, without a lower bound, for tests.",
    )
    .cluster_wide()
    .internal(),
    long(
        "local.retention.bytes",
        Is("-2"),
        "Size that stays on local disks; -2 takes retention.bytes.",
    )
    .from(-2)
    .cluster_wide()
    .synonyms(&[synonym("log.local.retention.bytes", 1)])
    .not_yet(reasons::TIERED),
    long(
        "local.retention.ms",
        Is("-2"),
        "Age up to which records stay on local disks; -2 takes retention.ms.",
    )
    .from(-2)
    .cluster_wide()
    .synonyms(&[synonym("log.local.retention.ms", 1)])
    .not_yet(reasons::TIERED),
    long(
        "max.compaction.lag.ms",
        Is("9223372036854775807"),
        "Time after which a record must be considered for compaction.",
    )
    .from(1)
    .cluster_wide()
    .synonyms(&[synonym("log.cleaner.max.compaction.lag.ms", 1)]),
    long("min.compaction.lag.ms", Is("0"), "Time that a record is safe from compaction.")
        .from(0)
        .cluster_wide()
        .synonyms(&[synonym("log.cleaner.min.compaction.lag.ms", 1)]),
    double(
        "min.cleanable.dirty.ratio",
        Is("0.5"),
        "Share of the log that must be unclean before it is cleaned.",
    )
    .bounds(Bounds::Fraction(0.0, 1.0))
    .cluster_wide()
    .synonyms(&[synonym("log.cleaner.min.cleanable.ratio", 1)]),
    int("max.message.bytes", Is("1048588"), "Largest batch of records accepted.")
        .from(0)
        .cluster_wide()
        .synonyms(&[synonym("message.max.bytes", 1)]),
    long(
        "message.timestamp.after.max.ms",
        Is("3600000"),
        "How far after the broker's clock a record's time may lie.",
    )
    .from(0)
    .cluster_wide()
    .synonyms(&[synonym("log.message.timestamp.after.max.ms", 1)]),
    long(
        "message.timestamp.before.max.ms",
        Is("9223372036854775807"),
        "How far before the broker's clock a record's time may lie.",
    )
    .from(0)
    .cluster_wide()
    .synonyms(&[synonym("log.message.timestamp.before.max.ms", 1)]),
    string(
        "message.timestamp.type",
        Is("CreateTime"),
        "Whose clock stamps records: the producer's or the broker's.",
    )
    .one_of(&["CreateTime", "LogAppendTime"])
    .cluster_wide()
    .synonyms(&[synonym("log.message.timestamp.type", 1)]),
    int("min.insync.replicas", Is("1"), "In-sync replicas needed for a write with acks=all.")
        .from(1)
        .cluster_wide()
        .synonyms(&[synonym("min.insync.replicas", 1)]),
    boolean("preallocate", Is("false"), "Reserve the whole file when a segment begins.")
        .cluster_wide()
        .synonyms(&[synonym("log.preallocate", 1)])
        .foreign(reasons::ALLOCATION),
    boolean("remote.log.copy.disable", Is("false"), "Stop copying segments to the object store.")
        .cluster_wide()
        .not_yet(reasons::TIERED),
    boolean(
        "remote.log.delete.on.disable",
        Is("false"),
        "Delete what is in the object store when tiering is turned off.",
    )
    .cluster_wide()
    .not_yet(reasons::TIERED),
    boolean("remote.storage.enable", Is("false"), "Keep old segments in an object store.")
        .cluster_wide()
        .not_yet(reasons::TIERED),
    long(
        "retention.bytes",
        Is("-1"),
        "Size of a partition above which its oldest segments go; -1 means no limit.",
    )
    .cluster_wide()
    .synonyms(&[synonym("log.retention.bytes", 1)]),
    long("retention.ms", Is("604800000"), "Age at which records may go; -1 means never.")
        .from(-1)
        .cluster_wide()
        .synonyms(&[
            synonym("log.retention.ms", 1),
            synonym("log.retention.minutes", 60000),
            synonym("log.retention.hours", 3600000),
        ]),
    int("segment.bytes", Is("1073741824"), "Size at which a new segment begins.")
        .from(1048576)
        .cluster_wide()
        .synonyms(&[synonym("log.segment.bytes", 1)]),
    int("segment.index.bytes", Is("10485760"), "Largest size of an index file.")
        .from(4)
        .cluster_wide()
        .synonyms(&[synonym("log.index.size.max.bytes", 1)]),
    long("segment.jitter.ms", Is("0"), "Most milliseconds taken off segment.ms at random.")
        .from(0)
        .cluster_wide()
        .synonyms(&[synonym("log.roll.jitter.ms", 1), synonym("log.roll.jitter.hours", 3600000)]),
    long("segment.ms", Is("604800000"), "Age at which a new segment begins.")
        .from(1)
        .cluster_wide()
        .synonyms(&[synonym("log.roll.ms", 1), synonym("log.roll.hours", 3600000)]),
    boolean(
        "unclean.leader.election.enable",
        Is("false"),
        "Let a replica lead that may lack acknowledged records.",
    )
    .cluster_wide()
    .synonyms(&[synonym("unclean.leader.election.enable", 1)])
    .not_yet(reasons::REPLICATION),
];
