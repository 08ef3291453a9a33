//! The classic group coordinator of one `__consumer_offsets` partition.
//!
//! Lives on: the core that owns the partition; one [`GroupPartition`] for each.
//! Promise: a reply that depends on a record is given only after the caller has said that the
//! record is durable; what [`GroupPartition::replay`] reads back is what was acknowledged.
//! Never: does I/O, reads a clock, draws random bytes, blocks, or names a Kafka error code.
//! Limits: limits.rs.
//!
//! Read next: ../coordinator.rs, doors.rs, partition.rs, group.rs (one group), join.rs,
//! rebalance.rs.

mod commit;
mod config;
mod delete;
mod describe;
mod doors;
mod effects;
mod error;

mod expire;
mod fetch;
mod group;
mod heartbeat;
mod join;
mod leave;
pub mod limits;
mod member;
mod memory;
mod message;
mod offsets;
mod partition;
mod placement;
mod rebalance;
mod record;
mod subscription;
mod sync;
mod timers;

#[cfg(test)]
mod tests;

pub use config::GroupConfig;
pub use error::GroupError;
pub use memory::MemberMemory;
pub use message::{
    CommitOffsets, CommitTopic, DeleteOffsets, DescribeGroups, DescribedGroup, DescribedMember,
    FetchOffsets, FetchTopic, FetchedPartition, FetchedTopic, Heartbeat, JoinGroup, Joined,
    JoinedMember, LeaveGroup, LeavingMember, ListGroups, ListedGroup, OffsetToCommit,
    PartitionOutcome, Protocol, Reply, Request, SyncGroup, Synced, TopicOutcome,
};
pub use offsets::CommittedOffset;
pub use partition::{GroupPartition, GroupShared};
pub use placement::partition_for;
