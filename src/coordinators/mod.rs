//! Coordinators: the state machines behind consumer groups and transactions (share groups join
//! here).
//!
//! Each is pure: a request and a time go in, replies and records come out. No I/O, no clock, no
//! locks.
//! Read next: coordinator.rs, groups/mod.rs, transactions/mod.rs.

pub mod coordinator;
pub mod groups;
pub mod transactions;
