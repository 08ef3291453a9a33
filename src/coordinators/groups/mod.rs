//! The group coordinator of one `__consumer_offsets` partition: classic groups, groups of the
//! consumer protocol, and the offsets of both.
//!
//! Lives on: the core that owns the partition; one [`GroupPartition`] for each.
//! Promise: a reply that depends on a record is given only after the caller has said that the
//! record is durable; what [`GroupPartition::replay`] reads back is what was acknowledged.
//! Never: does I/O, reads a clock, draws random bytes, blocks, or names a Kafka error code.
//! Limits: limits.rs.
//!
//! Read next: ../coordinator.rs, doors.rs, partition.rs, group.rs (one group), join.rs,
//! rebalance.rs; consumer/mod.rs.

mod classic_members;
mod commit;
mod config;
mod consumer;
mod consumer_steps;
mod delete;
mod describe;
mod doors;
mod effects;
mod embedded;
mod error;
mod expire;
mod fetch;
mod group;
mod heartbeat;
mod join;
mod kinds;
mod leave;
pub mod limits;
mod member;
mod memory;
mod message;
mod migration;
mod offsets;
mod partition;
mod placement;
mod rebalance;
mod record;
mod regex_jobs;
mod subscription;
mod sync;
mod timers;

#[cfg(test)]
mod tests;

pub use config::{ConsumerConfig, GroupConfig, MigrationPolicy};
pub use consumer::{Assignor, EPOCH_AWAY, EPOCH_JOINING, EPOCH_LEFT, Partitions, check_regex};
pub use error::GroupError;
pub use memory::MemberMemory;
pub use message::{
    Beat, Claim, CommitOffsets, CommitTopic, ConsumerHeartbeat, DeleteOffsets, DescribeGroups,
    DescribedConsumer, DescribedConsumerGroup, DescribedGroup, DescribedMember, FetchOffsets,
    FetchTopic, FetchedPartition, FetchedTopic, FoundConsumerGroup, Heartbeat, JoinGroup, Joined,
    JoinedMember, LeaveGroup, LeavingMember, ListGroups, ListedGroup, Missing, OffsetToCommit,
    PartitionOutcome, Protocol, Reply, Request, SyncGroup, Synced, TopicOutcome,
};
pub use offsets::CommittedOffset;
pub use partition::{GroupCounts, GroupPartition, GroupShared};
pub use placement::partition_for;
