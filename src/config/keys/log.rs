//! Keys of the log: directories, segments, retention, cleaner.

use super::Initial::{Is, Null};
use super::{Bounds, Key, boolean, double, int, list, long, reasons, string};

pub(super) const KEYS: &[Key] = &[
    list("log.dir", Is("./ringlog-data"), "Directory for data, when log.dirs is not set.")
        .elements(&[])
        .high()
        .kafka_has(Is("/tmp/kafka-logs")),
    list("log.dirs", Null, "Directories for data.").elements(&[]).high(),
    int("log.segment.bytes", Is("1073741824"), "Size at which a new segment begins.")
        .from(1048576)
        .high()
        .cluster_wide(),
    long("log.roll.ms", Null, "Age in milliseconds at which a new segment begins.")
        .high()
        .cluster_wide(),
    int(
        "log.roll.hours",
        Is("168"),
        "Age in hours at which a new segment begins, when log.roll.ms is not set.",
    )
    .from(1)
    .high(),
    long("log.roll.jitter.ms", Null, "Most milliseconds taken off the roll age at random.")
        .high()
        .cluster_wide(),
    int(
        "log.roll.jitter.hours",
        Is("0"),
        "Most hours taken off the roll age at random, when log.roll.jitter.ms is not set.",
    )
    .from(0)
    .high(),
    long("log.retention.ms", Null, "Age in milliseconds at which records may go; -1 means never.")
        .high()
        .cluster_wide(),
    int(
        "log.retention.minutes",
        Null,
        "Age in minutes at which records may go, when log.retention.ms is not set.",
    )
    .high(),
    int(
        "log.retention.hours",
        Is("168"),
        "Age in hours at which records may go, when neither log.retention.ms nor .minutes is set.",
    )
    .high(),
    long(
        "log.retention.bytes",
        Is("-1"),
        "Size of a partition above which its oldest segments go; -1 means no limit.",
    )
    .high()
    .cluster_wide(),
    long(
        "log.retention.check.interval.ms",
        Is("300000"),
        "Time between two looks for segments to delete.",
    )
    .from(1),
    list(
        "log.cleanup.policy",
        Is("delete"),
        "What happens to old records: delete, compact, both, or (empty) nothing.",
    )
    .elements_or_none(&["compact", "delete"])
    .cluster_wide(),
    int("log.index.interval.bytes", Is("4096"), "Bytes of log for each entry of the offset index.")
        .from(0)
        .cluster_wide(),
    int("log.index.size.max.bytes", Is("10485760"), "Largest size of an index file.")
        .from(4)
        .cluster_wide(),
    boolean("log.preallocate", Is("false"), "Reserve the whole file when a segment begins.")
        .cluster_wide()
        .foreign(reasons::ALLOCATION),
    long(
        "log.segment.delete.delay.ms",
        Is("60000"),
        "Time between removing a segment from the log and deleting its files.",
    )
    .from(0)
    .high()
    .cluster_wide(),
    long(
        "log.initial.task.delay.ms",
        Is("30000"),
        "Time after start before background work on logs begins.",
    )
    .from(0)
    .low()
    .internal(),
    long(
        "log.flush.interval.messages",
        Is("9223372036854775807"),
        "Records after which a log is flushed.",
    )
    .from(1)
    .high()
    .cluster_wide()
    .foreign(reasons::FLUSH),
    long("log.flush.interval.ms", Null, "Time after which a log is flushed.")
        .high()
        .cluster_wide()
        .foreign(reasons::FLUSH),
    long(
        "log.flush.scheduler.interval.ms",
        Is("9223372036854775807"),
        "Time between two looks for logs to flush.",
    )
    .high()
    .foreign(reasons::FLUSH),
    int(
        "log.flush.offset.checkpoint.interval.ms",
        Is("60000"),
        "Time between two writes of the recovery points.",
    )
    .from(0)
    .high()
    .foreign(reasons::CHECKPOINTS),
    int(
        "log.flush.start.offset.checkpoint.interval.ms",
        Is("60000"),
        "Time between two writes of the log start offsets.",
    )
    .from(0)
    .high()
    .foreign(reasons::CHECKPOINTS),
    string(
        "log.message.timestamp.type",
        Is("CreateTime"),
        "Whose clock stamps records: the producer's or the broker's.",
    )
    .one_of(&["CreateTime", "LogAppendTime"])
    .cluster_wide(),
    long(
        "log.message.timestamp.before.max.ms",
        Is("9223372036854775807"),
        "How far before the broker's clock a record's time may lie.",
    )
    .from(0)
    .cluster_wide(),
    long(
        "log.message.timestamp.after.max.ms",
        Is("3600000"),
        "How far after the broker's clock a record's time may lie.",
    )
    .from(0)
    .cluster_wide(),
    boolean("log.cleaner.enable", Is("true"), "Run the log cleaner."),
    int("log.cleaner.threads", Is("1"), "Cleaners that run at the same time.")
        .from(0)
        .cluster_wide()
        .foreign(reasons::THREADS),
    long("log.cleaner.backoff.ms", Is("15000"), "Pause when there is nothing to clean.")
        .from(0)
        .cluster_wide(),
    long(
        "log.cleaner.dedupe.buffer.size",
        Is("134217728"),
        "Memory for the cleaners' maps of keys.",
    )
    .cluster_wide(),
    int("log.cleaner.io.buffer.size", Is("524288"), "Memory for the cleaners' reads and writes.")
        .from(0)
        .cluster_wide()
        .foreign(reasons::BUFFERS),
    double(
        "log.cleaner.io.buffer.load.factor",
        Is("0.9"),
        "How full a cleaner's map of keys may get.",
    )
    .cluster_wide(),
    double(
        "log.cleaner.io.max.bytes.per.second",
        Is("1.7976931348623157E308"),
        "Most bytes a second the cleaners read and write.",
    )
    .cluster_wide(),
    long(
        "log.cleaner.delete.retention.ms",
        Is("86400000"),
        "How long delete markers stay in a compacted log.",
    )
    .from(0)
    .cluster_wide(),
    double(
        "log.cleaner.min.cleanable.ratio",
        Is("0.5"),
        "Share of a log that must be unclean before it is cleaned.",
    )
    .bounds(Bounds::Fraction(0.0, 1.0))
    .cluster_wide(),
    long(
        "log.cleaner.min.compaction.lag.ms",
        Is("0"),
        "Time that a record is safe from compaction.",
    )
    .from(0)
    .cluster_wide(),
    long(
        "log.cleaner.max.compaction.lag.ms",
        Is("9223372036854775807"),
        "Time after which a record must be considered for compaction.",
    )
    .from(1)
    .cluster_wide(),
    long(
        "log.dir.failure.timeout.ms",
        Is("30000"),
        "How long the controller may be unreachable after a log directory failed.",
    )
    .from(1)
    .low()
    .not_yet(reasons::REPLICATION),
    long(
        "log.local.retention.bytes",
        Is("-2"),
        "Size of a tiered partition that stays on local disks.",
    )
    .from(-2)
    .cluster_wide()
    .not_yet(reasons::TIERED),
    long(
        "log.local.retention.ms",
        Is("-2"),
        "Age up to which records of a tiered partition stay on local disks.",
    )
    .from(-2)
    .cluster_wide()
    .not_yet(reasons::TIERED),
];
