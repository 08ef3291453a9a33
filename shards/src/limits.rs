//! Every bound of the engine, with its reason.
//!
//! A bound that is reached ends in a named error and a metric, never in an abort.

// ---- format, compression ----

/// The largest record batch, header included. Kafka's own bound is that of its 32-bit length; a
/// batch is held in memory whole, so ours is half of that.
pub const BATCH_BYTES_MAX: usize = 1 << 30;

/// What the compressed records of one batch may grow to when the engine has to look inside. Kafka
/// knows no such bound; 128 times its default batch bound of 1 MiB is beyond any real text.
pub const RECORDS_DECOMPRESSED_BYTES_MAX: usize = 128 << 20;

/// Log2 of the largest zstd window accepted, as the reference implementation's default.
pub const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// Refused records that one answer lists; the rest are only counted.
pub const RECORD_ERRORS_MAX: usize = 1000;

/// Producers that one partition remembers, each with its last batches (some 200 bytes): Kafka has
/// no bound but time. A producer beyond it is refused until others expire.
pub const PRODUCERS_PER_PARTITION_MAX: usize = 1 << 20;

/// Leader epochs that one partition remembers; the oldest are forgotten, as after a truncation
/// from the start. A partition that changed its leader every minute reaches it after two months.
pub const LEADER_EPOCHS_PER_PARTITION_MAX: usize = 100_000;

/// The largest checkpoint or properties file that is read: one line a partition or epoch.
pub const CHECKPOINT_BYTES_MAX: usize = 64 << 20;

const _: () = assert!(BATCH_BYTES_MAX <= i32::MAX as usize);
const _: () = assert!(RECORDS_DECOMPRESSED_BYTES_MAX <= BATCH_BYTES_MAX);
