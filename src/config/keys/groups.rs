//! Keys of consumer groups and of the topic of committed offsets.

use super::Initial::Is;
use super::{Bounds, Key, int, list, long, reasons, short, string};

pub(super) const KEYS: &[Key] = &[
    int(
        "group.initial.rebalance.delay.ms",
        Is("3000"),
        "How long a new group waits for more members.",
    ),
    int(
        "group.min.session.timeout.ms",
        Is("6000"),
        "Shortest session timeout a member may ask for.",
    ),
    int(
        "group.max.session.timeout.ms",
        Is("1800000"),
        "Longest session timeout a member may ask for.",
    ),
    int("group.max.size", Is("2147483647"), "Most members of a classic group.").from(1),
    int("group.coordinator.threads", Is("4"), "Threads of the group coordinator.")
        .from(1)
        .high()
        .foreign(reasons::THREADS),
    int(
        "group.coordinator.background.threads",
        Is("2"),
        "Threads for the group coordinator's background work.",
    )
    .from(1)
    .high()
    .foreign(reasons::THREADS),
    int(
        "group.coordinator.append.linger.ms",
        Is("-1"),
        "How long the group coordinator collects records before it writes them.",
    )
    .from(-1)
    .foreign(reasons::LINGER),
    int(
        "group.coordinator.cached.buffer.max.bytes",
        Is("1048588"),
        "Largest buffer the group coordinator keeps.",
    )
    .from(524288)
    .cluster_wide()
    .foreign(reasons::LINGER),
    list(
        "group.coordinator.rebalance.protocols",
        Is("classic,consumer,streams"),
        "Group protocols offered to clients.",
    )
    .elements(&["consumer", "classic", "share", "streams"]),
    int(
        "offset.metadata.max.bytes",
        Is("4096"),
        "Longest note that may come with a committed offset.",
    )
    .high(),
    int(
        "offsets.commit.timeout.ms",
        Is("5000"),
        "How long the write of an offset commit may take.",
    )
    .from(1)
    .high()
    .not_yet(reasons::LATER),
    int("offsets.load.buffer.size", Is("5242880"), "Bytes read at once when offsets are loaded.")
        .from(1)
        .high()
        .foreign(reasons::BUFFERS),
    int("offsets.retention.minutes", Is("10080"), "How long offsets of an empty group are kept.")
        .from(1)
        .high(),
    long(
        "offsets.retention.check.interval.ms",
        Is("600000"),
        "Time between two looks for offsets that have expired.",
    )
    .from(1)
    .high(),
    int(
        "offsets.topic.num.partitions",
        Is("50"),
        "Partitions of the topic that holds committed offsets.",
    )
    .from(1)
    .high(),
    short(
        "offsets.topic.replication.factor",
        Is("3"),
        "Replicas of the topic of committed offsets; unless set, no more than there are brokers.",
    )
    .from(1)
    .high(),
    int(
        "offsets.topic.segment.bytes",
        Is("104857600"),
        "Segment size of the topic that holds committed offsets.",
    )
    .from(1)
    .high(),
    int(
        "offsets.topic.compression.codec",
        Is("0"),
        "Codec number for batches of committed offsets; 0 is none.",
    )
    .high()
    .not_yet(reasons::LATER),
    list(
        "group.consumer.assignors",
        Is("uniform,range"),
        "Assignors of the consumer protocol; the first one is the default.",
    )
    .elements(&["uniform", "range"]),
    int(
        "group.consumer.assignment.interval.ms",
        Is("1000"),
        "Shortest time between two assignments of a consumer group.",
    )
    .from(0)
    .cluster_wide(),
    int(
        "group.consumer.min.assignment.interval.ms",
        Is("0"),
        "Lower bound of a group's consumer.assignment.interval.ms.",
    )
    .from(0),
    int(
        "group.consumer.max.assignment.interval.ms",
        Is("15000"),
        "Upper bound of a group's consumer.assignment.interval.ms.",
    )
    .from(0),
    int(
        "group.consumer.heartbeat.interval.ms",
        Is("5000"),
        "Time between two heartbeats of a consumer.",
    )
    .from(1),
    int(
        "group.consumer.min.heartbeat.interval.ms",
        Is("5000"),
        "Lower bound of a group's consumer.heartbeat.interval.ms.",
    )
    .from(1),
    int(
        "group.consumer.max.heartbeat.interval.ms",
        Is("15000"),
        "Upper bound of a group's consumer.heartbeat.interval.ms.",
    )
    .from(1),
    int(
        "group.consumer.session.timeout.ms",
        Is("45000"),
        "Time without heartbeats after which a consumer is out.",
    )
    .from(1),
    int(
        "group.consumer.min.session.timeout.ms",
        Is("45000"),
        "Lower bound of a group's consumer.session.timeout.ms.",
    )
    .from(1),
    int(
        "group.consumer.max.session.timeout.ms",
        Is("60000"),
        "Upper bound of a group's consumer.session.timeout.ms.",
    )
    .from(1),
    int("group.consumer.max.size", Is("2147483647"), "Most members of a consumer group.").from(1),
    string(
        "group.consumer.migration.policy",
        Is("bidirectional"),
        "Whether groups may change between the classic and the consumer protocol.",
    )
    .bounds(Bounds::OneOfAnyCase(&["DISABLED", "DOWNGRADE", "UPGRADE", "BIDIRECTIONAL"])),
    int(
        "group.consumer.regex.refresh.interval.ms",
        Is("600000"),
        "Time after which subscribed patterns are matched again.",
    )
    .from(10000)
    .internal(),
];
