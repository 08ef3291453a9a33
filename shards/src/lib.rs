//! The engine of Ringlog.

pub mod clock;
pub mod compression;
pub mod entropy;
pub mod format;
pub mod io;
pub mod journal;
pub mod limits;
pub mod log;
pub mod mesh;
pub mod node_dir;
pub mod placement;
pub mod store;
pub mod sync;
pub mod units;
