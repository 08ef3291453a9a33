//! Real clients, real text: every client writes it with every codec it has, another reads it back.
//!
//! Each line of a corpus of 200 MB of text found on the machine is a record keyed by its file. What
//! comes back is the same bytes, in the same order for each key, and as many. Pairs of fast
//! clients move the whole corpus, and a group shares it; others a slice, unless
//! RINGLOG_CLIENTS=full.
//! The broker is the one this package builds; RINGLOG_BROKER="COMMAND" puts another in its place.
//! Run: `cargo test --release --test clients -- --ignored --test-threads 1`.
//! Read next: client.rs (the list of clients), reading.rs, group.rs.

mod client;
mod corpus;
mod digest;
mod group;
mod install;
mod reading;
mod transactions;
mod wire_check;

use support::broker::{Broker, Launch};

fn broker() -> Broker {
    let launch = Launch::from_environment(env!("CARGO_BIN_EXE_ringlog"));
    Broker::start(&launch, &[]).expect("the broker starts")
}
