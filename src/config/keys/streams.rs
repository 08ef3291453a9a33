//! Keys of streams groups.

use super::Initial::Is;
use super::{Key, int, reasons};

pub(super) const KEYS: &[Key] = &[
    int(
        "group.streams.assignment.interval.ms",
        Is("1000"),
        "Shortest time between two assignments of a streams group.",
    )
    .from(0)
    .cluster_wide()
    .not_yet(reasons::STREAMS_GROUPS),
    int(
        "group.streams.min.assignment.interval.ms",
        Is("0"),
        "Lower bound of a group's streams.assignment.interval.ms.",
    )
    .from(0)
    .not_yet(reasons::STREAMS_GROUPS),
    int(
        "group.streams.max.assignment.interval.ms",
        Is("15000"),
        "Upper bound of a group's streams.assignment.interval.ms.",
    )
    .from(0)
    .not_yet(reasons::STREAMS_GROUPS),
    int(
        "group.streams.heartbeat.interval.ms",
        Is("5000"),
        "Time between two heartbeats of a streams member.",
    )
    .from(1)
    .not_yet(reasons::STREAMS_GROUPS),
    int(
        "group.streams.min.heartbeat.interval.ms",
        Is("5000"),
        "Lower bound of a group's streams.heartbeat.interval.ms.",
    )
    .from(1)
    .not_yet(reasons::STREAMS_GROUPS),
    int(
        "group.streams.max.heartbeat.interval.ms",
        Is("15000"),
        "Upper bound of a group's streams.heartbeat.interval.ms.",
    )
    .from(1)
    .not_yet(reasons::STREAMS_GROUPS),
    int(
        "group.streams.session.timeout.ms",
        Is("45000"),
        "Time without heartbeats after which a streams member is out.",
    )
    .from(1)
    .not_yet(reasons::STREAMS_GROUPS),
    int(
        "group.streams.min.session.timeout.ms",
        Is("45000"),
        "Lower bound of a group's streams.session.timeout.ms.",
    )
    .from(1)
    .not_yet(reasons::STREAMS_GROUPS),
    int(
        "group.streams.max.session.timeout.ms",
        Is("60000"),
        "Upper bound of a group's streams.session.timeout.ms.",
    )
    .from(1)
    .not_yet(reasons::STREAMS_GROUPS),
    int(
        "group.streams.initial.rebalance.delay.ms",
        Is("3000"),
        "How long a new streams group waits for more members.",
    )
    .from(0)
    .not_yet(reasons::STREAMS_GROUPS),
    int("group.streams.num.standby.replicas", Is("0"), "Standby copies of each task's state.")
        .from(0)
        .not_yet(reasons::STREAMS_GROUPS),
    int(
        "group.streams.max.standby.replicas",
        Is("2"),
        "Upper bound of a group's streams.num.standby.replicas.",
    )
    .from(0)
    .not_yet(reasons::STREAMS_GROUPS),
    int("group.streams.max.size", Is("2147483647"), "Most members of a streams group.")
        .from(1)
        .not_yet(reasons::STREAMS_GROUPS),
];
