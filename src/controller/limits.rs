//! Every bound of the controller, with its reason.

/// Records of one batch, and so of one request: Kafka's bound.
pub const RECORDS_PER_BATCH_MAX: usize = 10_000;

/// Partitions that one request may create: Kafka's bound.
pub const PARTITIONS_PER_REQUEST_MAX: i64 = 10_000;

/// Producer ids in a block: Kafka's number.
pub const PRODUCER_IDS_PER_BLOCK: i32 = 1000;

/// One batch of the metadata log. Kafka's quorum refuses larger ones.
pub const METADATA_BATCH_BYTES_MAX: usize = 8 << 20;

const _: () = assert!(PARTITIONS_PER_REQUEST_MAX <= RECORDS_PER_BATCH_MAX as i64);

/// Longest name of a user, client id or address with a quota: what the length of a string on the
/// wire can say.
pub const ENTITY_NAME_BYTES_MAX: usize = i16::MAX as usize;

/// Names in the records of one request about quotas, which are one batch.
pub const QUOTA_NAMES_BYTES_MAX: usize = METADATA_BATCH_BYTES_MAX / 2;

const _: () = {
    /// Two names with each of four keys: what one entity adds before the bound is looked at.
    const ENTITY_BYTES_MAX: usize = 2 * 4 * ENTITY_NAME_BYTES_MAX;
    /// A record about a quota without its names.
    const RECORD_BYTES_MAX: usize = 128;
    let others = RECORDS_PER_BATCH_MAX * RECORD_BYTES_MAX + ENTITY_BYTES_MAX;
    assert!(QUOTA_NAMES_BYTES_MAX + others < METADATA_BATCH_BYTES_MAX);
};

/// A snapshot of the metadata; ten million partitions stay below it.
pub const SNAPSHOT_BYTES_MAX: usize = 1 << 30;

/// The file of the election's state, which holds a few numbers.
pub const QUORUM_STATE_BYTES_MAX: usize = 64 << 10;

/// Of the metadata log, while it is replayed.
pub const LOADED_AT_ONCE_BYTES: usize = 1 << 20;

/// Steps of the log that are not published yet. Whoever would add one more waits.
pub const UNPUBLISHED_STEPS_MAX: usize = 1024;

/// Snapshots that are kept.
pub const SNAPSHOTS_KEPT: usize = 2;
