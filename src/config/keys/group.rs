//! Keys that a group may set for itself.

use super::Initial::Is;
use super::{Bounds, Key, boolean, int, reasons, string, synonym};

pub(super) const KEYS: &[Key] = &[
    int(
        "consumer.assignment.interval.ms",
        Is("1000"),
        "Shortest time between two assignments of the group.",
    )
    .from(0)
    .cluster_wide()
    .synonyms(&[synonym("group.consumer.assignment.interval.ms", 1)]),
    int("consumer.heartbeat.interval.ms", Is("5000"), "Time between two heartbeats of a member.")
        .from(1)
        .cluster_wide()
        .synonyms(&[synonym("group.consumer.heartbeat.interval.ms", 1)]),
    int(
        "consumer.session.timeout.ms",
        Is("45000"),
        "Time without heartbeats after which a member is out.",
    )
    .from(1)
    .cluster_wide()
    .synonyms(&[synonym("group.consumer.session.timeout.ms", 1)]),
    int(
        "share.assignment.interval.ms",
        Is("1000"),
        "Shortest time between two assignments of the group.",
    )
    .from(0)
    .cluster_wide()
    .synonyms(&[synonym("group.share.assignment.interval.ms", 1)])
    .not_yet(reasons::SHARE_GROUPS),
    string(
        "share.auto.offset.reset",
        Is("latest"),
        "Where a share group begins: earliest, latest, or by_duration:PnDTnHnMnS back.",
    )
    .bounds(Bounds::OffsetReset)
    .cluster_wide()
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "share.delivery.count.limit",
        Is("5"),
        "Times a record is delivered before it is given up.",
    )
    .from(2)
    .cluster_wide()
    .synonyms(&[synonym("group.share.delivery.count.limit", 1)])
    .not_yet(reasons::SHARE_GROUPS),
    int("share.heartbeat.interval.ms", Is("5000"), "Time between two heartbeats of a member.")
        .from(1)
        .cluster_wide()
        .synonyms(&[synonym("group.share.heartbeat.interval.ms", 1)])
        .not_yet(reasons::SHARE_GROUPS),
    string(
        "share.isolation.level",
        Is("read_uncommitted"),
        "Whether records of open and aborted transactions are delivered.",
    )
    .one_of(&["read_committed", "read_uncommitted"])
    .cluster_wide()
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "share.partition.max.record.locks",
        Is("2000"),
        "Most records of one partition reserved at the same time.",
    )
    .from(100)
    .cluster_wide()
    .synonyms(&[synonym("group.share.partition.max.record.locks", 1)])
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "share.record.lock.duration.ms",
        Is("30000"),
        "How long a delivered record is reserved for its consumer.",
    )
    .from(1000)
    .cluster_wide()
    .synonyms(&[synonym("group.share.record.lock.duration.ms", 1)])
    .not_yet(reasons::SHARE_GROUPS),
    boolean(
        "share.renew.acknowledge.enable",
        Is("true"),
        "Let a consumer prolong its reservation of a record.",
    )
    .cluster_wide()
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "share.session.timeout.ms",
        Is("45000"),
        "Time without heartbeats after which a member is out.",
    )
    .from(1)
    .cluster_wide()
    .synonyms(&[synonym("group.share.session.timeout.ms", 1)])
    .not_yet(reasons::SHARE_GROUPS),
    int(
        "streams.assignment.interval.ms",
        Is("1000"),
        "Shortest time between two assignments of the group.",
    )
    .from(0)
    .cluster_wide()
    .synonyms(&[synonym("group.streams.assignment.interval.ms", 1)])
    .not_yet(reasons::STREAMS_GROUPS),
    int("streams.heartbeat.interval.ms", Is("5000"), "Time between two heartbeats of a member.")
        .from(1)
        .cluster_wide()
        .synonyms(&[synonym("group.streams.heartbeat.interval.ms", 1)])
        .not_yet(reasons::STREAMS_GROUPS),
    int(
        "streams.initial.rebalance.delay.ms",
        Is("3000"),
        "How long a new group waits for more members.",
    )
    .from(0)
    .cluster_wide()
    .synonyms(&[synonym("group.streams.initial.rebalance.delay.ms", 1)])
    .not_yet(reasons::STREAMS_GROUPS),
    int("streams.num.standby.replicas", Is("0"), "Standby copies of each task's state.")
        .from(0)
        .cluster_wide()
        .synonyms(&[synonym("group.streams.num.standby.replicas", 1)])
        .not_yet(reasons::STREAMS_GROUPS),
    int(
        "streams.session.timeout.ms",
        Is("45000"),
        "Time without heartbeats after which a member is out.",
    )
    .from(1)
    .cluster_wide()
    .synonyms(&[synonym("group.streams.session.timeout.ms", 1)])
    .not_yet(reasons::STREAMS_GROUPS),
];
