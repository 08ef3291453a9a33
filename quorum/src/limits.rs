//! Bounds of what a peer or a client can make the machine hold.

use crate::units::Offset;

/// Fetches that wait for records or a new high watermark. Each controller and broker has one; where
/// there are more, a fetch is answered at once and empty, which a fetch may be.
pub const PARKED_FETCHES_MAX: usize = 4096;

/// Replicas outside of the voters that a leader remembers, for DescribeQuorum and AddRaftVoter. The
/// one that has been silent for longest is forgotten.
pub const OBSERVERS_MAX: usize = 8192;

/// An observer is forgotten after this time without a fetch (LeaderState, 5 minutes).
pub const OBSERVER_SESSION_MS: u64 = 300_000;

/// A replica is caught up enough to become a voter if it fetched within this time (LeaderState).
pub const CAUGHT_UP_WITHIN_MS: u64 = 3_600_000;

/// Appends that are not synced yet. A leader refuses proposals beyond it.
pub const UNSYNCED_APPENDS_MAX: usize = 4096;

/// A fetch that waits is answered after this time at the latest, whatever it asks for.
pub const FETCH_WAIT_MS_MAX: u64 = 60_000;

/// No log gets there; an offset beyond it is a mistake, or malice.
pub const OFFSET_MAX: Offset = Offset(i64::MAX / 2);

/// Voters of a quorum. Kafka has no bound; a quorum of more is a mistake.
pub const VOTERS_MAX: usize = 128;

const _: () = assert!(VOTERS_MAX < OBSERVERS_MAX);
