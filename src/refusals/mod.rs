//! Kafka's error codes for what the parts below refuse: logs, coordinators, the controller.
//!
//! Lives on: any core; pure.
//! Promise: a refusal of the engine, of a coordinator or of the controller becomes a code here and
//! nowhere else. What is wrong with a request itself, its handler says.
//! `topics` finds the partition that a request names, or says why not.
//! Read next: errors.rs, which `routing` uses on the owner's core.

pub mod controller_errors;
pub mod errors;
pub mod group_errors;
pub mod topics;
pub mod transaction_errors;
