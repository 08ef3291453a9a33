//! Hosts the coordinators of one core: gives the pure state machines a log, a clock and timers.
//!
//! Lives on: the core that owns the coordinator's partition.
//! Read next: host.rs, coordinator_log.rs.

pub mod cleanup;
pub mod coordinator_log;
pub mod groups;
pub mod host;
pub mod in_sync;
pub mod plan;
pub mod publisher;
pub mod transactions;

#[cfg(test)]
mod tests;
