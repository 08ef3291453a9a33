//! Client quotas: which one holds for a client, and how much of it is used.
//!
//! Lives on: any core; pure, the time is an argument.
//! Read next: keys.rs for what can be limited.

pub mod keys;
