//! Every bound of the request path, with its reason.
//!
//! A bound that is reached ends in a named error, a pause of the connection that caused it, or its
//! end, always counted; never in an abort. The engine's bounds: shards/src/limits.rs.

use std::time::Duration;

// ---- receiving ----

/// What a connection first receives into, and goes back to when its requests are small.
pub const RECEIVE_BYTES_MIN: usize = 16 << 10;
/// What a connection receives into at most while frames are small: many requests at a time.
pub const RECEIVE_BYTES_MAX: usize = 256 << 10;
/// Reserved at once for a frame that claims to be larger; doubled as its bytes come.
pub const FRAME_RESERVED_BYTES_MAX: usize = 1 << 20;
/// A frame up to this size is copied out of the buffer it came in, so that a request that waits
/// does not keep that buffer.
pub const FRAME_COPIED_BYTES_MAX: usize = 2 << 10;
/// The rest of a frame that has begun is waited for so long, and for a second more for each
/// `FRAME_BYTES_PER_SECOND_MIN` of it that came: a slow line gets through, a peer that sends a byte
/// now and then to hold memory does not.
pub const FRAME_TIME: Duration = Duration::from_secs(if cfg!(test) { 3 } else { 60 });
pub const FRAME_BYTES_PER_SECOND_MIN: usize = 4 << 10;
/// While others wait for memory, a large frame must fill what it was last given in this time: as
/// much again as came before, 200 KB/s at first.
pub const FRAME_STEP_TIME: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 5 });
/// A large frame that waits for so long is no longer passed by those that could have all of their
/// memory at once. Producers give up after 30 s.
pub const FRAME_PASSED: Duration = Duration::from_secs(20);

/// How long a peer may take for a frame of which so many bytes came.
pub const fn frame_time(bytes: usize) -> Duration {
    FRAME_TIME.saturating_add(Duration::from_secs((bytes / FRAME_BYTES_PER_SECOND_MIN) as u64))
}

/// Receive buffers may hold such a part of the memory of requests; beyond it each connection has
/// the smallest one, and none while nothing arrives.
pub const RECEIVE_MEMORY_PART: usize = 4;
/// A connection on which nothing arrives for this long gives its buffer back.
pub const RECEIVE_BUFFER_HELD: Duration = Duration::from_secs(2);

/// Connections of a core that leave enough memory to have it given back: some 20 MB,
pub const CONNECTIONS_LEFT_BEHIND: usize = if cfg!(test) { 50 } else { 500 };
/// so long after the last of them,
pub const LEAVINGS_DELAY: Duration = Duration::from_secs(if cfg!(test) { 0 } else { 5 });
/// and no more often than this: other threads may wait some milliseconds for it.
pub const LEAVINGS_PAUSE: Duration = Duration::from_secs(60);

// ---- a connection's pipeline ----

/// Requests of one connection that are at work or whose answers wait to be sent. Kafka's own
/// clients keep at most 5 in flight unless told otherwise; librdkafka goes to a million.
pub const PIPELINE_REQUESTS_MAX: usize = 256;
/// Bytes of these requests. One request is always let in.
pub const PIPELINE_BYTES_MAX: usize = 32 << 20;
/// Produce requests that arrived before the peer closed are given this long to become durable.
pub const DRAIN_AFTER_CLOSE: Duration = Duration::from_secs(5);

/// Names of hosts that one AlterClientQuotas may have looked up, one after the other.
pub const HOSTS_PER_REQUEST_MAX: usize = 100;

/// Names of topics (groups, paths) in a request that is taken apart, counted for each of its
/// partitions: some hundred thousand partitions with the longest names there are.
pub const REPEATED_NAMES_BYTES_MAX: usize = 128 << 20;

/// Producers that one answer describes, 40 bytes each.
pub const DESCRIBED_PRODUCERS_MAX: usize = 1 << 20;

/// A sentence of an answer: strings of the protocol have 32,767 bytes at the most.
pub const ERROR_MESSAGE_BYTES_MAX: usize = 8 << 10;

/// At a stop, a peer has this long to read its last answers and to leave.
pub const LINGER_AT_STOP: Duration = Duration::from_millis(500);
/// How long a stop waits for the connections of a core.
pub const STOP_CONNECTIONS: Duration = Duration::from_secs(6);

// ---- sending ----

/// One round of sending: a peer must take this much within `SEND_ROUND`.
pub const SEND_ROUND_BYTES_MAX: usize = 1 << 20;
/// A peer that takes less than a round in this time does not read: its connection is closed, so
/// that the memory and the loans its answer holds come back. 17 KB/s is below what any consumer can
/// live on; Kafka gives a peer ten minutes for a single byte (`connections.max.idle.ms`). It may be
/// generous because slow readers share what answers may hold (ANSWER_MEMORY_PART): others then get
/// less at a time and are served, and what is in files holds no memory.
pub const SEND_ROUND: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 60 });

// ---- requests ----

/// A Produce waits for the journal for at least so long: clients that give no time count on Kafka's
/// answering at once where there are no other replicas, and a device takes its time.
pub const PRODUCE_WAIT_MIN: Duration = Duration::from_secs(1);
/// How long a Fetch may wait. Kafka has no bound; ours frees what an abandoned one holds.
pub const FETCH_WAIT: Duration = Duration::from_secs(600);
/// Pause between two looks at partitions that grow but do not hold the bytes asked for yet.
pub const FETCH_LOOK_PAUSE: Duration = Duration::from_millis(2);
/// Bytes of one Fetch answer, whatever the client asks for. Kafka: `fetch.max.bytes` of 55 MiB.
pub const FETCH_BYTES_MAX: usize = 55 << 20;
/// Answers of Fetch may hold so small a part of the memory of a core's logs beyond them,
pub const ANSWER_MEMORY_PART: usize = 8;
/// and each of them such a part of what is left of that: whoever comes later gets something still.
pub const ANSWER_SHARE_PART: usize = 4;
/// What the partitions in all fetch sessions of one core take, with the names of their topics, of
/// which a client may make up long ones: about a million partitions. Beyond it, clients fetch
/// without sessions.
pub const FETCH_SESSION_BYTES_MAX: usize = if cfg!(test) { 1 << 20 } else { 256 << 20 };

// ---- quotas ----

/// Clients of which one core counts what they used of their quotas, and addresses of which the
/// first core counts connections: about 60 MB at most. Those beyond it are not limited.
pub const QUOTA_METERS_MAX: usize = 100_000;
/// A longer name of a user or client is counted under its hash.
pub const QUOTA_NAME_BYTES_MAX: usize = 256;
/// A client that has used more than its quota is not read from for this long at most, whatever it
/// was told: a connection that its peer has left is then noticed.
pub const MUTED_MAX: Duration = Duration::from_secs(600);
/// Connections above the rate of their address that are kept open unread before they are closed,
/// so that their clients do not come back at once. Those beyond it are closed at once.
pub const CONNECTIONS_DELAYED_MAX: usize = 1024;

// ---- start ----

/// A port that someone holds is asked for so often, and for so long.
pub const PORT_RETRY: Duration = Duration::from_millis(50);
pub const PORT_PATIENCE: Duration = Duration::from_secs(2);

// ---- metrics ----

/// A client of the metrics is served so long, from its first byte to the page's last one.
pub const METRICS_CLIENT: Duration = Duration::from_secs(5);
/// The cores give their figures within this time, or are said not to answer.
pub const METRICS_ANSWER: Duration = Duration::from_secs(2);
/// Clients of the metrics that wait for their turn.
pub const METRICS_BACKLOG: i32 = 64;
/// The head of a request for the metrics.
pub const METRICS_HEAD_BYTES_MAX: usize = 8 << 10;
/// Clients of the metrics that are served at once: a scraper that hangs does not keep a load
/// balancer from hearing that the node is well.
pub const METRICS_THREADS: usize = 4;
/// Partitions that `/v1/can-stop` names; the others are counted.
pub const CAN_STOP_PARTITIONS_NAMED: usize = 100;
/// Pause after a connection to the metrics could not be accepted.
pub const METRICS_ACCEPT_PAUSE: Duration = Duration::from_millis(100);

// ---- logs ----

/// Logs of one core that delete old segments at the same time: the starts of so many are made
/// durable with one write.
pub const LOGS_CLEANED_AT_ONCE: usize = 64;
/// How soon a full disk is noticed by what deletes old segments.
pub const FULL_DISK_LOOK: Duration = Duration::from_secs(10);

// ---- metadata ----

/// Partitions that one core opens at the same time.
pub const PARTITIONS_OPENED_AT_ONCE: usize = 32;
/// Topics that clients wait for and the controller has not created yet.
pub const WANTED_TOPICS_MAX: usize = 1000;
/// Replicas that are not made yet and whose directory an administrator has chosen.
pub const PREFERRED_DIRECTORIES_MAX: usize = 10_000;
/// Replicas whose directory the controller is to be told of.
pub const KEPT_REPLICAS_MAX: usize = 1 << 20;

// ---- coordinators ----

/// Questions of one request that are put to coordinators before others get their turn.
pub const QUESTIONS_AT_ONCE: usize = 1_000;
/// Between two attempts to write the markers of a transaction; doubled from one to the next.
pub const MARKER_RETRY_MIN: Duration = Duration::from_millis(10);
pub const MARKER_RETRY_MAX: Duration = Duration::from_secs(1);
/// Before a change of in-sync replicas is proposed again whose answer was lost; Kafka's.
pub const IN_SYNC_RETRY: Duration = Duration::from_millis(50);
/// Between two ticks of a coordinator, so that other work is done however much was due.
pub const TICK_PAUSE: Duration = Duration::from_millis(10);

const _: () = assert!(RECEIVE_BYTES_MIN <= RECEIVE_BYTES_MAX);
const _: () = assert!(FRAME_STEP_TIME.as_millis() < FRAME_TIME.as_millis());
const _: () = assert!(FRAME_COPIED_BYTES_MAX < RECEIVE_BYTES_MIN);
const _: () = assert!(RECEIVE_BYTES_MAX <= FRAME_RESERVED_BYTES_MAX);
const _: () = assert!(SEND_ROUND_BYTES_MAX <= FETCH_BYTES_MAX);
const _: () = {
    let most = DRAIN_AFTER_CLOSE.as_millis() + LINGER_AT_STOP.as_millis();
    assert!(STOP_CONNECTIONS.as_millis() > most);
};

/// Below this hard limit of file descriptors the log warns: 4,000 files of segments stay open, and
/// there may be 10,000 connections.
pub const DESCRIPTORS_ADVISED: u64 = 16_384;

/// Descriptors that connections leave to the files, at the most: those of segments that stay open,
/// and half as many for what is open shortly.
pub const DESCRIPTORS_KEPT_MAX: u64 = 3 * shards::limits::SEGMENT_FILES_MAX / 2;
/// A line in the log about connections refused for one reason, at most so often.
pub const REFUSALS_TOLD: Duration = Duration::from_secs(60);
/// Reasons by address that a core remembers to have told of: 100 KB. All beyond are one.
pub const REFUSALS_REMEMBERED: usize = 1000;

/// Of so many descriptors, connections leave three eighths to the files.
pub const fn descriptors_kept(max: u64) -> u64 {
    let part = max / 8 * 3;
    if part < DESCRIPTORS_KEPT_MAX { part } else { DESCRIPTORS_KEPT_MAX }
}
