//! Keys of the node itself: name, listeners, connections, requests, defaults of topics.

use super::Initial::{Is, Null, Required};
use super::{Bounds, Key, boolean, class, int, list, long, reasons, string};

pub(super) const KEYS: &[Key] = &[
    int("node.id", Is("1"), "Number of this node, unique in the cluster.")
        .from(0)
        .high()
        .kafka_has(Required),
    int("broker.id", Is("-1"), "Older name of node.id.").high(),
    list(
        "process.roles",
        Is("broker,controller"),
        "What this process is: broker, controller, or both.",
    )
    .elements(&["broker", "controller"])
    .high()
    .kafka_has(Required),
    string("broker.rack", Null, "Rack of this node, told to clients and used to spread replicas."),
    list(
        "listeners",
        Is("PLAINTEXT://:9092"),
        "Addresses to listen on, as NAME://host:port; an empty host means every interface.",
    )
    .elements(&[])
    .high()
    .per_broker(),
    list(
        "advertised.listeners",
        Null,
        "Addresses that clients are told to connect to, when they differ from listeners.",
    )
    .elements(&[])
    .high(),
    string(
        "listener.security.protocol.map",
        Is("SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT"),
        "Security protocol of each listener name, as NAME:PROTOCOL pairs.",
    )
    .low()
    .per_broker(),
    string("inter.broker.listener.name", Null, "Listener that brokers use among themselves."),
    string(
        "security.inter.broker.protocol",
        Is("PLAINTEXT"),
        "Security protocol among brokers, when no listener is named for them.",
    )
    .one_of(&["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]),
    list(
        "early.start.listeners",
        Null,
        "Listeners opened before authorization has finished loading.",
    )
    .elements_or_none(&[])
    .high()
    .not_yet(reasons::LATER),
    boolean(
        "auto.create.topics.enable",
        Is("true"),
        "Create a topic when a client asks for one that does not exist.",
    )
    .high(),
    boolean("delete.topic.enable", Is("true"), "Allow clients to delete topics.").high(),
    int("num.partitions", Is("1"), "Partitions of a topic that is created without a count.")
        .from(1),
    int(
        "default.replication.factor",
        Is("1"),
        "Replicas of a topic that is created without a count.",
    ),
    class("create.topic.policy.class.name", Null, "Class that may refuse the creation of a topic.")
        .low()
        .restricts(reasons::JAVA),
    class(
        "alter.config.policy.class.name",
        Null,
        "Class that may refuse a change of configuration.",
    )
    .low()
    .restricts(reasons::JAVA),
    int("background.threads", Is("10"), "Threads for background work.")
        .from(1)
        .high()
        .cluster_wide()
        .foreign(reasons::THREADS),
    int("num.io.threads", Is("8"), "Threads that handle requests.")
        .from(1)
        .high()
        .cluster_wide()
        .foreign(reasons::THREADS),
    int("num.network.threads", Is("3"), "Threads that read and write sockets.")
        .from(1)
        .high()
        .cluster_wide()
        .foreign(reasons::THREADS),
    int(
        "num.recovery.threads.per.data.dir",
        Is("2"),
        "Logs recovered at the same time in each data directory at start.",
    )
    .from(1)
    .high()
    .cluster_wide()
    .foreign(reasons::THREADS),
    int(
        "num.replica.alter.log.dirs.threads",
        Null,
        "Threads that move replicas between log directories.",
    )
    .high()
    .foreign(reasons::MOVE_THREADS),
    int("queued.max.requests", Is("500"), "Requests waiting for a handler before reading stops.")
        .from(1)
        .high()
        .foreign(reasons::QUEUE),
    long(
        "queued.max.request.bytes",
        Is("-1"),
        "Bytes of requests being received and at work; -1 means a quarter of ringlog.memory.bytes.",
    ),
    int("request.timeout.ms", Is("30000"), "How long a request to another node may take.")
        .high()
        .not_yet(reasons::REPLICATION),
    int(
        "message.max.bytes",
        Is("1048588"),
        "Largest batch of records a topic accepts unless it says otherwise.",
    )
    .from(0)
    .high()
    .cluster_wide(),
    int(
        "max.request.partition.size.limit",
        Is("2000"),
        "Most partitions one DescribeTopicPartitions response may hold.",
    )
    .from(1),
    int("fetch.max.bytes", Is("57671680"), "Most bytes one fetch response may hold.").from(1024),
    int(
        "max.incremental.fetch.session.cache.slots",
        Is("1000"),
        "Incremental fetch sessions kept at the same time.",
    )
    .from(0),
    int(
        "fetch.purgatory.purge.interval.requests",
        Is("1000"),
        "Finished fetches kept before the waiting list is purged.",
    )
    .foreign(reasons::PURGATORY),
    int(
        "producer.purgatory.purge.interval.requests",
        Is("1000"),
        "Finished produces kept before the waiting list is purged.",
    )
    .foreign(reasons::PURGATORY),
    int(
        "delete.records.purgatory.purge.interval.requests",
        Is("1"),
        "Finished record deletions kept before the waiting list is purged.",
    )
    .foreign(reasons::PURGATORY),
    int(
        "share.fetch.purgatory.purge.interval.requests",
        Is("1000"),
        "Finished share fetches kept before the waiting list is purged.",
    )
    .foreign(reasons::PURGATORY),
    long("connections.max.idle.ms", Is("600000"), "Idle time after which a connection is closed."),
    int(
        "connection.failed.authentication.delay.ms",
        Is("100"),
        "Delay before a connection that failed to authenticate is closed.",
    )
    .from(0)
    .low()
    .not_yet(reasons::SECURITY),
    long(
        "connections.max.reauth.ms",
        Is("0"),
        "Age at which a SASL connection must authenticate again; 0 means never.",
    )
    .restricts(reasons::SECURITY),
    int(
        "max.connections",
        Is("2147483647"),
        "Most connections this node accepts at the same time.",
    )
    .from(0)
    .cluster_wide(),
    int(
        "max.connections.per.ip",
        Is("2147483647"),
        "Most connections from one address at the same time.",
    )
    .from(0)
    .cluster_wide(),
    string(
        "max.connections.per.ip.overrides",
        Is(""),
        "Other connection limits for single addresses, as host:count pairs.",
    )
    .cluster_wide(),
    int("max.connection.creation.rate", Is("2147483647"), "Most new connections a second.")
        .from(0)
        .cluster_wide()
        .not_yet(reasons::LATER),
    long(
        "socket.connection.setup.timeout.ms",
        Is("10000"),
        "How long to wait for a connection to another node at first.",
    )
    .not_yet(reasons::REPLICATION),
    long(
        "socket.connection.setup.timeout.max.ms",
        Is("30000"),
        "Longest wait for a connection to another node, as waits grow.",
    )
    .not_yet(reasons::REPLICATION),
    int("socket.listen.backlog.size", Is("50"), "Connections that may wait to be accepted.")
        .from(1)
        .foreign(reasons::BACKLOG),
    int(
        "socket.receive.buffer.bytes",
        Is("102400"),
        "Receive buffer of a client socket; -1 leaves it to the system.",
    )
    .high()
    .foreign(reasons::SOCKET_BUFFERS),
    int(
        "socket.send.buffer.bytes",
        Is("102400"),
        "Send buffer of a client socket; -1 leaves it to the system.",
    )
    .high()
    .foreign(reasons::SOCKET_BUFFERS),
    int("socket.request.max.bytes", Is("104857600"), "Largest request accepted.").from(1).high(),
    boolean("controlled.shutdown.enable", Is("true"), "Hand over leaderships before stopping.")
        .not_yet(reasons::REPLICATION),
    string(
        "compression.type",
        Is("producer"),
        "Codec that records are kept in; producer keeps what was sent.",
    )
    .one_of(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"])
    .high()
    .cluster_wide(),
    int("compression.gzip.level", Is("-1"), "Level for gzip, 1 to 9, or -1 for its default.")
        .bounds(Bounds::RangeOr(1, 9, -1))
        .cluster_wide(),
    int("compression.lz4.level", Is("9"), "Level for lz4, 1 to 17.").within(1, 17).cluster_wide(),
    int("compression.zstd.level", Is("3"), "Level for zstd.").within(-131072, 22).cluster_wide(),
    long(
        "server.max.startup.time.ms",
        Is("9223372036854775807"),
        "Longest time that starting may take.",
    )
    .from(0)
    .internal()
    .not_yet(reasons::LATER),
    boolean(
        "unstable.api.versions.enable",
        Is("false"),
        "Offer versions of requests that are not final yet.",
    )
    .high()
    .internal(),
    boolean(
        "unstable.feature.versions.enable",
        Is("false"),
        "Offer levels of features that are not final yet.",
    )
    .high()
    .internal(),
    list("config.providers", Is(""), "Names of plug-ins that fill in values from elsewhere.")
        .elements_or_none(&[])
        .low()
        .cluster_wide()
        .foreign(reasons::JAVA),
    string("authorizer.class.name", Is(""), "Class that decides who may do what.")
        .low()
        .restricts(reasons::AUTHORIZATION),
    string("super.users", Is(""), "Users who may do everything, with semicolons between them.")
        .internal()
        .restricts(reasons::AUTHORIZATION),
    boolean(
        "allow.everyone.if.no.acl.found",
        Is("false"),
        "Whether everyone may do what no ACL speaks of.",
    )
    .internal()
    .not_yet(reasons::AUTHORIZATION),
    list("cordoned.log.dirs", Is(""), "Log directories that get no new replicas.")
        .elements_or_none(&[])
        .per_broker()
        .not_yet(reasons::CORDONED),
];
