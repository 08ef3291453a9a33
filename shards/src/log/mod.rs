//! The log of a partition.

pub mod epochs;
pub mod producers;
