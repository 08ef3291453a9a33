//! The transaction coordinator of one `__transaction_state` partition.
//!
//! Lives on: the core that owns the partition; one [`TransactionPartition`] for each.
//! Promise: a decision is durable before the first marker tells of it, and every partition has its
//! marker before the transaction is over; after a crash at any point what was decided is carried
//! out. What [`TransactionPartition`] reads back is what was acknowledged.
//! Never: does I/O, reads a clock, blocks, or names a Kafka error code.
//! Limits: limits.rs.
//!
//! Read next: ../coordinator.rs, state.rs, doors.rs, partition.rs, end.rs.

mod add;
mod config;
mod describe;
mod doors;
mod end;
mod error;
mod expire;
mod init;
pub mod limits;
mod marker;
mod message;
mod partition;
mod record;
mod state;

#[cfg(test)]
mod tests;

pub use config::TransactionConfig;
pub use error::TransactionError;
pub use marker::EndMarker;
pub use message::{
    AddPartitions, Command, Described, EndTransaction, InitProducer, ListTransactions, Listed,
    Reply, Request, TopicPartition,
};
pub use partition::{Counts, TransactionPartition};
pub use state::{State, Transaction};
