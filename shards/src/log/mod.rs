//! Partitions' logs: appended through the journal, kept in Kafka's segments, read from memory or
//! file.
//!
//! Lives on: the shard that owns the partition. Read next: state.rs, append.rs, destage.rs,
//! reader.rs, recovery.rs.

pub mod aborted;
pub mod append;
pub mod append_replicated;
mod budget;
pub mod compaction;
pub mod config;
pub mod destage;
mod epoch_check;
pub mod epochs;
pub mod error;
pub mod identity;
pub mod kept_offsets;
mod leftovers;
pub mod lifecycle;
pub mod log_dir;
pub mod lookup;
pub mod open_files;
mod positions;
pub mod producers;
pub mod reader;
pub mod recovery;
pub mod relocate;
mod replay_targets;
pub mod replication;
pub mod reserve;
pub mod retention;
pub mod scan;
pub mod segment;
mod segment_check;
pub mod segment_file;
pub mod shortage_wait;
pub mod state;
pub mod stopped;
pub mod tail;
mod time_index_check;
pub mod truncate;
pub mod verified_ranges;

pub use state::Log;

#[cfg(test)]
mod tests;
