//! The engine of Ringlog.
#![cfg_attr(test, allow(clippy::duplicate_mod, reason = "the mesh is compiled again, on models"))]

pub mod clock;
pub mod compression;
pub mod entropy;
pub mod flight;
pub mod format;
pub mod io;
pub mod journal;
pub mod limits;
pub mod log;
pub mod mesh;
pub mod metrics;
pub mod mutation;
pub mod node_dir;
pub mod placement;
pub mod replica;
pub mod store;
pub mod sync;
pub mod units;
