//! The engine of Ringlog.

pub mod clock;
pub mod compression;
pub mod entropy;
pub mod format;
pub mod io;
pub mod limits;
pub mod log;
pub mod mesh;
pub mod sync;
