//! A small blocking Kafka client, for Ringlog's own commands.
//!
//! Lives on: threads of a command, never on a core of the broker.
//! Promise: a call is retried while its error is retriable and its time is not over; an error
//! names the peer and what it refused. Never: trusts a length before the bytes are there.
//! Limits: limits.rs.   Read next: cluster.rs, producer.rs, consumer.rs, member.rs.

pub mod limits;

pub mod cluster;
pub mod connection;
pub mod error;

pub mod partitioner;
pub mod producer;

pub mod aborted;
pub mod consumer;
pub mod offsets;

pub mod assignor;
pub mod group;
pub mod heartbeat;
pub mod member;
pub mod transactions;

pub use cluster::{Cluster, TopicPartition};
pub use connection::{Address, Options};
pub use error::ClientError;

#[cfg(test)]
mod tests;
