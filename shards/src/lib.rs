//! The engine of Ringlog.

pub mod compression;
pub mod format;
pub mod limits;
pub mod log;
