//! Client quotas: which one holds for a client, and how much of it is used.
//!
//! Lives on: any core; pure, the time is an argument. What is used of a quota counts for the whole
//! node, so that each quota of each client has one core where it is counted, its home.
//! Promise: the numbers are those of Kafka's ClientQuotaManager.
//! Read next: keys.rs for what can be limited, resolve.rs for who is limited, meters.rs.

pub mod bucket;
pub mod connections;
pub mod keys;
pub mod meters;
pub mod rate;
pub mod resolve;
