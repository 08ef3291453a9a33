//! The end of a transaction, as the coordinator tells it to the partitions that took part.

/// What a marker says. `PartialEq` is what tests compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndMarker {
    pub producer_id: i64,
    pub producer_epoch: i16,
    /// The leader epoch of the coordinator's partition of `__transaction_state`.
    pub coordinator_epoch: i32,
    /// False: the transaction is aborted.
    pub committed: bool,
    /// From 2 on the epoch must be above that of the producer's records.
    pub transaction_version: i8,
}
