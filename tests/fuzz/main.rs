//! Every decoder that meets bytes from outside, under random and damaged input (Bolero).
//!
//! Frames, headers, every request, Produce and Fetch by hand, record batches, every file format,
//! the records of `__consumer_offsets` and `__transaction_state` and the coordinators made from
//! them; and requests held against
//! what the crate `kafka-protocol` reads in the same bytes.
//! Each target is an ordinary test that runs for a bounded time. Its inputs begin with sound
//! bytes, made from the schemata and by the formats' own writers, and damage them. A failure prints
//! BOLERO_RANDOM_SEED=N, which finds it again.
//! For hours: `tests/fuzz/run HOURS`; led by coverage: `tests/fuzz/run guided HOURS`.
//! Read next: input.rs, requests.rs, files.rs.

mod against_kafka;
mod batches;
mod differential;
mod files;
mod frames;
mod groups;
mod input;
mod requests;
mod transactions;

use std::time::Duration;

/// What a target may take when nothing else is asked for (BOLERO_RANDOM_TEST_TIME_MS).
fn time() -> Duration {
    let asked = std::env::var("BOLERO_RANDOM_TEST_TIME_MS").ok().and_then(|ms| ms.parse().ok());
    Duration::from_millis(asked.unwrap_or(1500))
}
