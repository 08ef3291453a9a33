//! Keys of share groups and of the topic of their state.

use super::Initial::Is;
use super::{Key, int, list, reasons, short, string};

pub(super) const KEYS: &[Key] = &[
    list("group.share.assignors", Is("simple"), "Assignors of share groups.")
        .elements(&[])
        .not_yet(reasons::SHARE_GROUPS),
    int(
        "group.share.assignment.interval.ms",
        Is("1000"),
        "Shortest time between two assignments of a share group.",
    )
    .from(0)
    .cluster_wide()
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "group.share.min.assignment.interval.ms",
        Is("0"),
        "Lower bound of a group's share.assignment.interval.ms.",
    )
    .from(0)
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "group.share.max.assignment.interval.ms",
        Is("15000"),
        "Upper bound of a group's share.assignment.interval.ms.",
    )
    .from(0)
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "group.share.heartbeat.interval.ms",
        Is("5000"),
        "Time between two heartbeats of a share group's member.",
    )
    .from(1)
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "group.share.min.heartbeat.interval.ms",
        Is("5000"),
        "Lower bound of a group's share.heartbeat.interval.ms.",
    )
    .from(1)
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "group.share.max.heartbeat.interval.ms",
        Is("15000"),
        "Upper bound of a group's share.heartbeat.interval.ms.",
    )
    .from(1)
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "group.share.session.timeout.ms",
        Is("45000"),
        "Time without heartbeats after which a share group's member is out.",
    )
    .from(1)
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "group.share.min.session.timeout.ms",
        Is("45000"),
        "Lower bound of a group's share.session.timeout.ms.",
    )
    .from(1)
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "group.share.max.session.timeout.ms",
        Is("60000"),
        "Upper bound of a group's share.session.timeout.ms.",
    )
    .from(1)
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "group.share.delivery.count.limit",
        Is("5"),
        "Times a record is delivered before it is given up.",
    )
    .within(2, 10)
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "group.share.min.delivery.count.limit",
        Is("2"),
        "Lower bound of a group's share.delivery.count.limit.",
    )
    .within(2, 5)
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "group.share.max.delivery.count.limit",
        Is("10"),
        "Upper bound of a group's share.delivery.count.limit.",
    )
    .within(5, 25)
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "group.share.record.lock.duration.ms",
        Is("30000"),
        "How long a delivered record is reserved for its consumer.",
    )
    .within(1000, 3600000)
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "group.share.min.record.lock.duration.ms",
        Is("15000"),
        "Lower bound of a group's share.record.lock.duration.ms.",
    )
    .within(1000, 30000)
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "group.share.max.record.lock.duration.ms",
        Is("60000"),
        "Upper bound of a group's share.record.lock.duration.ms.",
    )
    .within(30000, 3600000)
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "group.share.partition.max.record.locks",
        Is("2000"),
        "Most records of one partition reserved at the same time.",
    )
    .within(100, 10000)
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "group.share.min.partition.max.record.locks",
        Is("100"),
        "Lower bound of a group's share.partition.max.record.locks.",
    )
    .within(100, 2000)
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "group.share.max.partition.max.record.locks",
        Is("4000"),
        "Upper bound of a group's share.partition.max.record.locks.",
    )
    .within(2000, 10000)
    .not_yet(reasons::SHARE_GROUPS),
    int("group.share.max.share.sessions", Is("2000"), "Most share sessions at the same time.")
        .from(1)
        .not_yet(reasons::SHARE_GROUPS),
    int("group.share.max.size", Is("200"), "Most members of a share group.")
        .within(1, 1000)
        .not_yet(reasons::SHARE_GROUPS),
    int(
        "group.share.initialize.retry.interval.ms",
        Is("30000"),
        "Pause before the state of a share partition is set up again.",
    )
    .from(1)
    .low()
    .internal()
    .not_yet(reasons::SHARE_GROUPS),
    string(
        "group.share.persister.class.name",
        Is("org.apache.kafka.server.share.persister.DefaultStatePersister"),
        "Class that keeps the state of share groups.",
    )
    .internal()
    .foreign(reasons::JAVA),
    int(
        "share.coordinator.append.linger.ms",
        Is("-1"),
        "How long the share coordinator collects records before it writes them.",
    )
    .from(-1)
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "share.coordinator.cached.buffer.max.bytes",
        Is("1048588"),
        "Largest buffer the share coordinator keeps.",
    )
    .from(524288)
    .cluster_wide()
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "share.coordinator.cold.partition.snapshot.interval.ms",
        Is("300000"),
        "Age at which the state of a quiet share partition is written anew.",
    )
    .from(1)
    .low()
    .internal()
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "share.coordinator.load.buffer.size",
        Is("5242880"),
        "Bytes read at once when share state is loaded.",
    )
    .from(1)
    .high()
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "share.coordinator.snapshot.update.records.per.snapshot",
        Is("500"),
        "Changes written before a full state is written.",
    )
    .within(0, 500)
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "share.coordinator.state.topic.compression.codec",
        Is("0"),
        "Codec number for batches of share state; 0 is none.",
    )
    .high()
    .not_yet(reasons::SHARE_GROUPS),
    short(
        "share.coordinator.state.topic.min.isr",
        Is("2"),
        "In-sync replicas needed to write share state.",
    )
    .from(1)
    .high()
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "share.coordinator.state.topic.num.partitions",
        Is("50"),
        "Partitions of the topic that holds share state.",
    )
    .from(1)
    .high()
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "share.coordinator.state.topic.prune.interval.ms",
        Is("300000"),
        "Time between two cuts of old share state.",
    )
    .from(1)
    .low()
    .internal()
    .not_yet(reasons::SHARE_GROUPS),
    short(
        "share.coordinator.state.topic.replication.factor",
        Is("3"),
        "Replicas of the topic that holds share state.",
    )
    .from(1)
    .high()
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "share.coordinator.state.topic.segment.bytes",
        Is("104857600"),
        "Segment size of the topic that holds share state.",
    )
    .from(1)
    .high()
    .not_yet(reasons::SHARE_GROUPS),
    int("share.coordinator.threads", Is("1"), "Threads of the share coordinator.")
        .from(1)
        .foreign(reasons::THREADS),
    int(
        "share.coordinator.write.timeout.ms",
        Is("5000"),
        "How long a write of share state may take.",
    )
    .from(1)
    .high()
    .not_yet(reasons::SHARE_GROUPS),
];
