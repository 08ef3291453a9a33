//! Counters of connections.
//!
//! Lives on: each core has its own; whoever shows them asks each core and adds.

use std::cell::Cell;

/// What the connections of one core did.
#[derive(Debug, Default)]
pub struct ConnectionMetrics {
    pub open: Cell<u64>,
    pub opened: Cell<u64>,
    /// Refused by `max.connections` or `max.connections.per.ip`.
    pub refused: Cell<u64>,
    /// Above `connection_creation_rate` of their address.
    pub refused_by_rate: Cell<u64>,
    /// Those of them that are not closed yet.
    pub delayed: Cell<u64>,
    pub closed_by_peer: Cell<u64>,
    pub closed_idle: Cell<u64>,
    /// A request came in too slowly.
    pub closed_slow_frame: Cell<u64>,
    /// The peer did not read its answers.
    pub closed_not_reading: Cell<u64>,
    /// A frame of an impossible length, or a request that cannot be decoded.
    pub closed_malformed: Cell<u64>,
    /// An API or a version that is not served.
    pub closed_unsupported: Cell<u64>,
    pub closed_other: Cell<u64>,
    pub failed: Cell<u64>,
    pub bytes_received: Cell<u64>,
    pub bytes_sent: Cell<u64>,
}

/// Adds to a counter.
pub(super) fn count(counter: &Cell<u64>, amount: u64) {
    counter.set(counter.get().wrapping_add(amount));
}
