//! What the suites outside the broker share.
//!
//! `broker` starts, kills and restarts any broker that is run as `COMMAND FILE`; the other modules
//! are a thin client that speaks the wire protocol by hand, so that a suite sees each answer as
//! the broker gave it and a load costs next to nothing.
//! Never: uses the broker's own codec; what both got wrong would look right.
//! Read next: broker.rs, connection.rs, batch.rs, calls.rs.

pub mod batch;
pub mod broker;
pub mod calls;
pub mod connection;
pub mod folder;
pub mod group_offsets;
pub mod load;
pub mod process;
pub mod questions;
pub mod volume;
pub mod wire;
