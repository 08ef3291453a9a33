//! Every bound of the controller, with its reason.

/// Records of one batch, and so of one request: Kafka's bound.
pub const RECORDS_PER_BATCH_MAX: usize = 10_000;

/// Partitions that one request may create: Kafka's bound.
pub const PARTITIONS_PER_REQUEST_MAX: i64 = 10_000;

/// Producer ids in a block: Kafka's number.
pub const PRODUCER_IDS_PER_BLOCK: i32 = 1000;

/// One batch of the metadata log. Kafka's quorum refuses larger ones.
pub const METADATA_BATCH_BYTES_MAX: usize = 8 << 20;

/// Longest value of a configuration: what the length of a string on the wire can say.
pub const CONFIG_VALUE_BYTES_MAX: usize = i16::MAX as usize;

const _: () = assert!(PARTITIONS_PER_REQUEST_MAX <= RECORDS_PER_BATCH_MAX as i64);
