//! The cluster's metadata: an immutable image, and the records that change it.
//!
//! Lives on: any core; an `Image` is Send and Sync and shared by `Arc`. The `Delta` that grows the
//! next image belongs to whoever replays the metadata log (the controller, on shard 0).
//! Promise: `Delta::replay` is the only way in which metadata changes; a snapshot of an image,
//! replayed, gives the same image.
//! Never: does I/O, reads the clock, chooses an error code.
//! Read next: image.rs, delta.rs, ../hosting/plan.rs.

pub mod cluster;
pub mod delta;
pub mod features;
pub mod image;
pub mod log_config;
pub mod security;
pub mod shared_map;
pub mod snapshot;
pub mod topic_name;
pub mod topics;

pub use cluster::{Broker, Cluster, NodeId, Voter, VoterSet};
pub use delta::{Changes, Delta, ReplayError};
pub use features::Features;
pub use image::{Image, Provenance};
pub use snapshot::Versioned;
pub use topics::{Partition, Topic, Topics};
