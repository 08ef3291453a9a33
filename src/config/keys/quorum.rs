//! Keys of the quorum and of the metadata log.

use super::Initial::{Is, Null, Required};
use super::{Bounds, Key, boolean, int, list, long, reasons, string};

pub(super) const KEYS: &[Key] = &[
    list(
        "controller.listener.names",
        Is(""),
        "Listeners that controllers use, which clients do not.",
    )
    .elements_or_none(&[])
    .high()
    .kafka_has(Required),
    list("controller.quorum.voters", Is(""), "Fixed voters of the quorum, as id@host:port.")
        .bounds(Bounds::Voters)
        .high(),
    list(
        "controller.quorum.bootstrap.servers",
        Is(""),
        "Addresses where the quorum can be found, as host:port.",
    )
    .bounds(Bounds::Bootstrap)
    .high()
    .not_yet(reasons::QUORUM),
    boolean(
        "controller.quorum.auto.join.enable",
        Is("false"),
        "Let a controller join the quorum by itself.",
    )
    .low()
    .not_yet(reasons::QUORUM),
    int(
        "controller.quorum.append.linger.ms",
        Is("25"),
        "How long the leader collects records before it writes them.",
    )
    .from(0)
    .not_yet(reasons::QUORUM),
    int(
        "controller.quorum.election.backoff.max.ms",
        Is("1000"),
        "Longest pause between two elections.",
    )
    .from(0)
    .high()
    .not_yet(reasons::QUORUM),
    int(
        "controller.quorum.election.timeout.ms",
        Is("1000"),
        "Wait for votes before a new election.",
    )
    .from(0)
    .high()
    .not_yet(reasons::QUORUM),
    int(
        "controller.quorum.fetch.timeout.ms",
        Is("2000"),
        "Time without the leader before an election begins.",
    )
    .from(0)
    .high()
    .not_yet(reasons::QUORUM),
    int(
        "controller.quorum.fetch.max.bytes",
        Is("1048576"),
        "Most bytes one fetch of metadata brings.",
    )
    .from(1)
    .low()
    .not_yet(reasons::QUORUM),
    int(
        "controller.quorum.fetch.snapshot.max.bytes",
        Is("1048576"),
        "Most bytes one fetch of a snapshot brings.",
    )
    .from(1)
    .low()
    .not_yet(reasons::QUORUM),
    int("controller.quorum.request.timeout.ms", Is("2000"), "Timeout of requests in the quorum.")
        .from(0)
        .not_yet(reasons::QUORUM),
    int(
        "controller.quorum.retry.backoff.ms",
        Is("20"),
        "Pause before a request in the quorum is sent again.",
    )
    .from(0)
    .low()
    .not_yet(reasons::QUORUM),
    int("controller.socket.timeout.ms", Is("30000"), "Timeout of requests to the controller.")
        .not_yet(reasons::QUORUM),
    long(
        "controller.performance.sample.period.ms",
        Is("60000"),
        "Period over which the controller's slow events are judged.",
    )
    .from(100)
    .internal()
    .not_yet(reasons::LATER),
    long(
        "controller.performance.always.log.threshold.ms",
        Is("2000"),
        "Duration from which a controller event is always logged.",
    )
    .from(0)
    .internal()
    .not_yet(reasons::LATER),
    int(
        "broker.heartbeat.interval.ms",
        Is("2000"),
        "Time between two heartbeats to the controller.",
    )
    .not_yet(reasons::QUORUM),
    int(
        "broker.session.timeout.ms",
        Is("9000"),
        "Time without heartbeats after which a broker is fenced.",
    )
    .not_yet(reasons::QUORUM),
    int(
        "initial.broker.registration.timeout.ms",
        Is("60000"),
        "How long the first registration with the controller may take.",
    )
    .not_yet(reasons::QUORUM),
    string(
        "metadata.log.dir",
        Null,
        "Directory of the metadata log; the first data directory if not set.",
    )
    .high(),
    int(
        "metadata.log.segment.bytes",
        Is("1073741824"),
        "Size at which a new segment of the metadata log begins.",
    )
    .from(8388608)
    .high(),
    long(
        "metadata.log.segment.ms",
        Is("604800000"),
        "Age at which a new segment of the metadata log begins.",
    )
    .high(),
    long(
        "metadata.log.max.record.bytes.between.snapshots",
        Is("20971520"),
        "Bytes of metadata records after which a snapshot is written.",
    )
    .from(1)
    .high(),
    long(
        "metadata.log.max.snapshot.interval.ms",
        Is("3600000"),
        "Time after which a snapshot is written if there are new records.",
    )
    .from(0)
    .high()
    .not_yet(reasons::LATER),
    int(
        "metadata.max.idle.interval.ms",
        Is("500"),
        "Time between empty records while nothing else is written; 0 for none.",
    )
    .from(0)
    .low()
    .not_yet(reasons::QUORUM),
    long(
        "metadata.max.retention.bytes",
        Is("104857600"),
        "Size of metadata log and snapshots above which old ones go.",
    )
    .high()
    .foreign(reasons::SNAPSHOTS),
    long(
        "metadata.max.retention.ms",
        Is("604800000"),
        "Age at which old metadata and snapshots go.",
    )
    .high()
    .foreign(reasons::SNAPSHOTS),
    int(
        "internal.metadata.log.segment.bytes",
        Null,
        "Segment size of the metadata log, for tests.",
    )
    .low()
    .internal()
    .not_yet(reasons::LATER),
    int(
        "internal.metadata.max.batch.size.in.bytes",
        Is("8388608"),
        "Largest batch of the metadata log, for tests.",
    )
    .low()
    .internal()
    .not_yet(reasons::LATER),
    long(
        "internal.metadata.delete.delay.millis",
        Is("60000"),
        "Delay before files of the metadata log are deleted, for tests.",
    )
    .low()
    .internal()
    .not_yet(reasons::LATER),
];
