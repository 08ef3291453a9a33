//! Bounds of the client.

use std::time::Duration;

/// Largest response that is read; a fetch response holds at least one whole batch.
pub const RESPONSE_BYTES_MAX: usize = 1 << 30;
/// Bytes asked for in one fetch, and of one partition in it.
pub const FETCH_BYTES: i32 = 8 << 20;
pub const FETCH_PARTITION_BYTES: i32 = 2 << 20;
/// How long a broker may hold a fetch for which it has no records.
pub const FETCH_WAIT_MAX: Duration = Duration::from_millis(500);
/// Records of one batch, decompressed.
pub const BATCH_DECOMPRESSED_BYTES_MAX: usize = shards::limits::RECORDS_DECOMPRESSED_BYTES_MAX;

/// Produce requests to one broker that are not answered yet: what Kafka's brokers remember of an
/// idempotent producer.
pub const PRODUCE_IN_FLIGHT_MAX: usize = 5;
/// Bytes of batches in one Produce request, unless its first batch alone has more.
pub const PRODUCE_REQUEST_BYTES: usize = 8 << 20;
/// Bytes of finished batches that wait for their acknowledgement; then `send` waits.
pub const PRODUCE_WAITING_BYTES_MAX: usize = 32 << 20;

/// Pauses between attempts: the first, doubled each time up to the last.
pub const RETRY_PAUSE_MIN: Duration = Duration::from_millis(50);
pub const RETRY_PAUSE_MAX: Duration = Duration::from_secs(1);
/// Attempts that go on so long are told of, and again from time to time.
pub const RETRY_TOLD_AFTER: Duration = Duration::from_secs(1);
pub const RETRY_TOLD_EVERY: Duration = Duration::from_secs(30);
/// How long a topic that the brokers do not know may still be on its way to them.
pub const UNKNOWN_TOPIC_PATIENCE: Duration = Duration::from_secs(2);

const _: () = assert!(RESPONSE_BYTES_MAX > FETCH_BYTES as usize);
const _: () = assert!(PRODUCE_WAITING_BYTES_MAX > PRODUCE_REQUEST_BYTES);
