//! Keys of producer ids and transactions.

use super::Initial::Is;
use super::{Key, boolean, int, reasons, short};

pub(super) const KEYS: &[Key] = &[
    int(
        "producer.id.expiration.ms",
        Is("86400000"),
        "How long the state of a silent idempotent producer is kept.",
    )
    .from(1)
    .low()
    .cluster_wide(),
    int(
        "producer.id.expiration.check.interval.ms",
        Is("600000"),
        "Time between two looks for producers to forget.",
    )
    .from(1)
    .low()
    .internal(),
    int(
        "transactional.id.expiration.ms",
        Is("604800000"),
        "How long a transactional id without transactions is kept.",
    )
    .from(1)
    .high(),
    int("transaction.max.timeout.ms", Is("900000"), "Longest timeout a transaction may ask for.")
        .from(1)
        .high(),
    int(
        "transaction.abort.timed.out.transaction.cleanup.interval.ms",
        Is("10000"),
        "Time between two looks for transactions that timed out.",
    )
    .from(1)
    .low(),
    int(
        "transaction.remove.expired.transaction.cleanup.interval.ms",
        Is("3600000"),
        "Time between two looks for transactional ids that expired.",
    )
    .from(1)
    .low(),
    boolean(
        "transaction.partition.verification.enable",
        Is("true"),
        "Check with the coordinator that a partition belongs to the transaction.",
    )
    .low()
    .cluster_wide(),
    boolean(
        "transaction.two.phase.commit.enable",
        Is("false"),
        "Let clients leave a transaction open until they decide.",
    )
    .low(),
    int(
        "transaction.state.log.load.buffer.size",
        Is("5242880"),
        "Bytes read at once when transactions are loaded.",
    )
    .from(1)
    .high()
    .foreign(reasons::BUFFERS),
    int(
        "transaction.state.log.min.isr",
        Is("2"),
        "In-sync replicas needed to write transaction state.",
    )
    .from(1)
    .high(),
    int(
        "transaction.state.log.num.partitions",
        Is("50"),
        "Partitions of the topic that holds transaction state.",
    )
    .from(1)
    .high(),
    short(
        "transaction.state.log.replication.factor",
        Is("3"),
        "Replicas of the topic that holds transaction state.",
    )
    .from(1)
    .high(),
    int(
        "transaction.state.log.segment.bytes",
        Is("104857600"),
        "Segment size of the topic that holds transaction state.",
    )
    .from(1)
    .high(),
    int(
        "add.partitions.to.txn.retry.backoff.ms",
        Is("20"),
        "Pause before a partition's transaction is checked again.",
    )
    .from(1)
    .high(),
    int(
        "add.partitions.to.txn.retry.backoff.max.ms",
        Is("100"),
        "Longest time for which that check is repeated.",
    )
    .from(0)
    .high(),
];
