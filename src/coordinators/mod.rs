//! Coordinators: the state machines behind consumer groups (transactions and share groups join
//! here).
//!
//! Each is pure: a request and a time go in, replies and records come out. No I/O, no clock, no
//! locks.
//! Read next: groups/mod.rs.

pub mod groups;
