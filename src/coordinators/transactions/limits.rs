//! Bounds of the transaction coordinator. One that is reached is answered with
//! `TransactionError::LimitReached`.

/// Transactional ids in one partition of `__transaction_state`. Kafka has no bound; a peer could
/// create ids without end.
pub const TRANSACTIONAL_IDS_MAX: usize = 200_000;
/// Bytes of the transactional ids of one partition of `__transaction_state`; each may have 32 KB.
pub const TRANSACTIONAL_ID_BYTES_MAX: usize = if cfg!(test) { 1 << 16 } else { 16 << 20 };
/// Partitions in one transaction: more do not fit into a record.
pub const PARTITIONS_MAX: usize = 100_000;
/// Appends that were handed out and not yet reported.
pub const APPENDS_MAX: usize = 100_000;
/// Tombstones of expired ids in one append.
pub const TOMBSTONES_PER_APPEND: usize = 1_000;
/// The longest regular expression of a filter, and what its compiled form may hold.
pub const PATTERN_BYTES_MAX: usize = 1_000;
pub const PATTERN_COMPILED_BYTES_MAX: usize = 1 << 20;
