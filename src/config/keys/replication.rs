//! Keys of replication.

use super::Initial::{Is, Null};
use super::{Key, boolean, int, long, reasons, string};

pub(super) const KEYS: &[Key] = &[
    int("min.insync.replicas", Is("1"), "In-sync replicas needed for a write with acks=all.")
        .from(1)
        .high()
        .cluster_wide(),
    boolean(
        "unclean.leader.election.enable",
        Is("false"),
        "Let a replica lead that may lack acknowledged records.",
    )
    .high()
    .cluster_wide()
    .not_yet(reasons::REPLICATION),
    long(
        "unclean.leader.election.interval.ms",
        Is("300000"),
        "Time between two looks for partitions that need such a leader.",
    )
    .from(1)
    .internal()
    .not_yet(reasons::REPLICATION),
    boolean(
        "auto.leader.rebalance.enable",
        Is("true"),
        "Move leaderships back to the preferred replicas from time to time.",
    )
    .high()
    .not_yet(reasons::REPLICATION),
    long(
        "leader.imbalance.check.interval.seconds",
        Is("300"),
        "Time between two looks for leaders that are not the preferred ones.",
    )
    .from(1)
    .high()
    .not_yet(reasons::REPLICATION),
    int("num.replica.fetchers", Is("1"), "Threads that fetch from each leader.")
        .from(1)
        .high()
        .cluster_wide()
        .foreign(reasons::THREADS),
    int("replica.fetch.backoff.ms", Is("1000"), "Pause of a follower after a failed fetch.")
        .from(0)
        .not_yet(reasons::REPLICATION),
    int("replica.fetch.max.bytes", Is("1048576"), "Bytes a follower asks for from each partition.")
        .from(0)
        .not_yet(reasons::REPLICATION),
    int("replica.fetch.min.bytes", Is("1"), "Bytes a follower waits for.")
        .high()
        .not_yet(reasons::REPLICATION),
    int(
        "replica.fetch.response.max.bytes",
        Is("10485760"),
        "Most bytes of one response to a follower.",
    )
    .from(0)
    .not_yet(reasons::REPLICATION),
    int("replica.fetch.wait.max.ms", Is("500"), "Longest wait of a follower's fetch.")
        .high()
        .not_yet(reasons::REPLICATION),
    long(
        "replica.high.watermark.checkpoint.interval.ms",
        Is("5000"),
        "Time between two writes of the high watermarks.",
    )
    .high(),
    long(
        "replica.lag.time.max.ms",
        Is("30000"),
        "Time after which a follower that has not caught up leaves the in-sync set.",
    )
    .high(),
    string(
        "replica.selector.class",
        Null,
        "Class that picks the replica a consumer should read from.",
    )
    .foreign(reasons::JAVA),
    int(
        "replica.socket.receive.buffer.bytes",
        Is("65536"),
        "Receive buffer of a follower's socket.",
    )
    .high()
    .not_yet(reasons::REPLICATION),
    int("replica.socket.timeout.ms", Is("30000"), "Timeout of a follower's requests.")
        .high()
        .not_yet(reasons::REPLICATION),
    long(
        "replica.alter.log.dirs.io.max.bytes.per.second",
        Is("9223372036854775807"),
        "Most bytes a second for moving replicas between log directories.",
    )
    .from(0)
    .cluster_wide()
    .not_yet(reasons::MOVE_QUOTAS),
    long(
        "follower.replication.throttled.rate",
        Is("9223372036854775807"),
        "Most bytes a second that throttled followers fetch.",
    )
    .from(0)
    .cluster_wide()
    .not_yet(reasons::REPLICATION),
    long(
        "leader.replication.throttled.rate",
        Is("9223372036854775807"),
        "Most bytes a second that throttled leaders send.",
    )
    .from(0)
    .cluster_wide()
    .not_yet(reasons::REPLICATION),
    boolean(
        "follower.fetch.last.tiered.offset.enable",
        Is("false"),
        "Let a new follower begin at the end of the tiered part.",
    )
    .cluster_wide()
    .not_yet(reasons::TIERED),
];
