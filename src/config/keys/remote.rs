//! Keys of tiered storage.

use super::Initial::{Is, Null};
use super::{Bounds, Key, boolean, double, int, long, reasons, string};

/// Name of Kafka's own class for the purpose.
const METADATA_IN_A_TOPIC: &str = concat!(
    "org.apache.kafka.server.log.remote.metadata.storage.",
    "TopicBasedRemoteLogMetadataManager"
);

pub(super) const KEYS: &[Key] = &[
    int("remote.fetch.max.wait.ms", Is("500"), "How long a fetch may wait for tiered records.")
        .from(1)
        .cluster_wide()
        .not_yet(reasons::TIERED),
    long(
        "remote.list.offsets.request.timeout.ms",
        Is("30000"),
        "How long a search for tiered offsets may take.",
    )
    .from(1)
    .cluster_wide()
    .not_yet(reasons::TIERED),
    long(
        "remote.log.index.file.cache.total.size.bytes",
        Is("1073741824"),
        "Space for local copies of tiered indexes.",
    )
    .from(1)
    .low()
    .cluster_wide()
    .not_yet(reasons::TIERED),
    long(
        "remote.log.index.file.cache.ttl.ms",
        Is("900000"),
        "How long a local copy of a tiered index stays unused.",
    )
    .from(-1)
    .low()
    .internal()
    .not_yet(reasons::TIERED),
    int(
        "remote.log.manager.copier.thread.pool.size",
        Is("10"),
        "Segments copied to the store at the same time.",
    )
    .from(1)
    .cluster_wide()
    .not_yet(reasons::TIERED),
    long(
        "remote.log.manager.copy.max.bytes.per.second",
        Is("9223372036854775807"),
        "Most bytes a second copied to the store.",
    )
    .from(1)
    .cluster_wide()
    .not_yet(reasons::TIERED),
    int("remote.log.manager.copy.quota.window.num", Is("11"), "Samples kept for that rate.")
        .from(1)
        .not_yet(reasons::TIERED),
    int(
        "remote.log.manager.copy.quota.window.size.seconds",
        Is("1"),
        "Length of a sample for that rate.",
    )
    .from(1)
    .not_yet(reasons::TIERED),
    int(
        "remote.log.manager.expiration.thread.pool.size",
        Is("10"),
        "Segments deleted from the store at the same time.",
    )
    .from(1)
    .cluster_wide()
    .not_yet(reasons::TIERED),
    long(
        "remote.log.manager.fetch.max.bytes.per.second",
        Is("9223372036854775807"),
        "Most bytes a second read from the store.",
    )
    .from(1)
    .cluster_wide()
    .not_yet(reasons::TIERED),
    int("remote.log.manager.fetch.quota.window.num", Is("11"), "Samples kept for that rate.")
        .from(1)
        .not_yet(reasons::TIERED),
    int(
        "remote.log.manager.fetch.quota.window.size.seconds",
        Is("1"),
        "Length of a sample for that rate.",
    )
    .from(1)
    .not_yet(reasons::TIERED),
    int(
        "remote.log.manager.follower.thread.pool.size",
        Is("2"),
        "Tasks of tiered followers at the same time.",
    )
    .from(1)
    .cluster_wide()
    .not_yet(reasons::TIERED),
    long(
        "remote.log.manager.task.interval.ms",
        Is("30000"),
        "Time between two looks for segments to copy.",
    )
    .from(1)
    .low()
    .not_yet(reasons::TIERED),
    long("remote.log.manager.task.retry.backoff.ms", Is("500"), "First pause after a failed copy.")
        .from(1)
        .low()
        .internal()
        .not_yet(reasons::TIERED),
    long(
        "remote.log.manager.task.retry.backoff.max.ms",
        Is("30000"),
        "Longest pause after a failed copy.",
    )
    .from(1)
    .low()
    .internal()
    .not_yet(reasons::TIERED),
    double("remote.log.manager.task.retry.jitter", Is("0.2"), "Random part of these pauses.")
        .bounds(Bounds::Fraction(0.0, 0.5))
        .low()
        .internal()
        .not_yet(reasons::TIERED),
    int(
        "remote.log.manager.thread.pool.size",
        Is("2"),
        "Tasks of tiered partitions at the same time.",
    )
    .from(1)
    .not_yet(reasons::TIERED),
    int(
        "remote.log.metadata.custom.metadata.max.bytes",
        Is("128"),
        "Longest note a store may attach to a segment.",
    )
    .from(0)
    .low()
    .not_yet(reasons::TIERED),
    string(
        "remote.log.metadata.manager.class.name",
        Is(METADATA_IN_A_TOPIC),
        "Class that keeps the list of tiered segments.",
    )
    .bounds(Bounds::NonEmpty)
    .foreign(reasons::JAVA),
    string("remote.log.metadata.manager.class.path", Null, "Where to find that class.")
        .foreign(reasons::JAVA),
    string(
        "remote.log.metadata.manager.impl.prefix",
        Is("rlmm.config."),
        "Beginning of the names of that class's own keys.",
    )
    .bounds(Bounds::NonEmpty)
    .foreign(reasons::JAVA),
    string(
        "remote.log.metadata.manager.listener.name",
        Null,
        "Listener to reach the topic of tiered segments through.",
    )
    .bounds(Bounds::NonEmpty)
    .not_yet(reasons::TIERED),
    int("remote.log.reader.max.pending.tasks", Is("100"), "Reads of tiered records that may wait.")
        .from(1)
        .not_yet(reasons::TIERED),
    int("remote.log.reader.threads", Is("10"), "Reads of tiered records at the same time.")
        .from(1)
        .cluster_wide()
        .not_yet(reasons::TIERED),
    string("remote.log.storage.manager.class.name", Null, "Class that talks to the store.")
        .bounds(Bounds::NonEmpty)
        .foreign(reasons::JAVA),
    string("remote.log.storage.manager.class.path", Null, "Where to find that class.")
        .foreign(reasons::JAVA),
    string(
        "remote.log.storage.manager.impl.prefix",
        Is("rsm.config."),
        "Beginning of the names of that class's own keys.",
    )
    .bounds(Bounds::NonEmpty)
    .foreign(reasons::JAVA),
    boolean(
        "remote.log.storage.system.enable",
        Is("false"),
        "Keep old segments in an object store.",
    )
    .restricts(reasons::TIERED),
];
