//! Everything that lies on disk or travels in a batch: pure functions over slices.
//!
//! Lives on: any core. One file per format, each with its exact sizes and round-trip tests.
//! Never: does I/O, reads the clock, allocates by a count that it was told.
//! Read next: batch.rs, records.rs, validate.rs; then the files beside a segment.

pub mod batch;
pub mod builder;
pub mod control;
pub mod records;
pub mod search;
pub mod validate;

pub mod offset_index;
pub mod producer_snapshot;
pub mod time_index;
pub mod transaction_index;

pub mod checkpoint;
pub mod clean_shutdown;
pub mod file_names;
pub mod meta_properties;
pub mod partition_metadata;
pub mod quorum_state;

pub mod checksum;
pub mod uuid_text;
pub mod varint;
