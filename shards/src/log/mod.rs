//! Partitions' logs: appended through the journal, kept in Kafka's segments, read from memory or
//! file.
//!
//! Lives on: the shard that owns the partition. Read next: partition.rs, append.rs, destage.rs,
//! reader.rs, recovery.rs.

pub mod append;
mod budget;
mod checked;
pub mod config;
pub mod destage;
pub mod epochs;
pub mod error;
mod history;
pub mod identity;
pub mod kept_offsets;
pub mod lifecycle;
pub mod log_dir;
pub mod lookup;
pub mod partition;
pub mod producers;
pub mod reader;
pub mod recovery;
pub mod relocate;
pub mod scan;
pub mod segment;
pub mod shortage;
pub mod tail;
mod times;
pub mod verified;

#[cfg(test)]
mod tests;
