//! Keys of quotas and of metrics.

use super::Initial::{Is, Null};
use super::{Key, class, int, list, long, reasons, string};

pub(super) const KEYS: &[Key] = &[
    class("client.quota.callback.class", Null, "Class that decides about quotas.")
        .low()
        .restricts(reasons::JAVA),
    int("quota.window.num", Is("11"), "Samples kept for client quotas.").from(1).low(),
    int("quota.window.size.seconds", Is("1"), "Length of a sample for client quotas.")
        .from(1)
        .low(),
    int("replication.quota.window.num", Is("11"), "Samples kept for replication quotas.")
        .from(1)
        .low()
        .not_yet(reasons::REPLICATION),
    int(
        "replication.quota.window.size.seconds",
        Is("1"),
        "Length of a sample for replication quotas.",
    )
    .from(1)
    .low()
    .not_yet(reasons::REPLICATION),
    int("controller.quota.window.num", Is("11"), "Samples kept for quotas on changes of topics.")
        .from(1)
        .low(),
    int(
        "controller.quota.window.size.seconds",
        Is("1"),
        "Length of a sample for quotas on changes of topics.",
    )
    .from(1)
    .low(),
    int(
        "alter.log.dirs.replication.quota.window.num",
        Is("11"),
        "Samples kept for quotas on moves between log directories.",
    )
    .from(1)
    .low()
    .not_yet(reasons::MOVE_QUOTAS),
    int(
        "alter.log.dirs.replication.quota.window.size.seconds",
        Is("1"),
        "Length of a sample for quotas on moves between log directories.",
    )
    .from(1)
    .low()
    .not_yet(reasons::MOVE_QUOTAS),
    list("metric.reporters", Is(""), "Classes that publish metrics.")
        .elements_or_none(&[])
        .low()
        .cluster_wide()
        .kafka_has(Is("org.apache.kafka.common.metrics.JmxReporter"))
        .foreign(reasons::METRICS),
    int("metrics.num.samples", Is("2"), "Samples kept for each metric.")
        .from(1)
        .low()
        .foreign(reasons::METRICS),
    string("metrics.recording.level", Is("INFO"), "How detailed metrics are.")
        .low()
        .foreign(reasons::METRICS),
    long("metrics.sample.window.ms", Is("30000"), "Length of a sample of a metric.")
        .from(1)
        .low()
        .foreign(reasons::METRICS),
    list("kafka.metrics.reporters", Is(""), "Classes that publish the older metrics.")
        .elements_or_none(&[])
        .low()
        .foreign(reasons::METRICS),
    int(
        "kafka.metrics.polling.interval.secs",
        Is("10"),
        "Time between two reports of the older metrics.",
    )
    .from(1)
    .low()
    .foreign(reasons::METRICS),
    int("telemetry.max.bytes", Is("1048576"), "Largest report of metrics a client may push.")
        .from(1)
        .low()
        .not_yet(reasons::TELEMETRY),
];
