//! The whole broker in one thread, from one seed: what it serves, what happens to it, and what it
//! must keep all the same.
//!
//! Lives on: one thread. The node's cores and the clients' take turns; files, sockets and time are
//! those of `shards::io::simulation`.
//! Promise: a seed decides everything; run twice, it gives the same run, to the last completion.
//! Never: looks into the node's memory: it is judged by what clients see, and by its files after a
//! recovery.
//! Read next: faults.rs (what may go wrong, and what must not), options.rs (what a seed decides),
//! model.rs (what is checked), operations/ (one file per operation of the workload).

mod audit;
mod client;
mod damage;
mod dice;
pub mod faults;
mod machine;
mod model;
mod operations;
mod options;
mod record;
mod scene;
mod shrink;
mod workload;

pub use machine::{Report, run_apart};
pub use options::Options;
pub use shards::mutation::Mutation;
pub use shrink::{Part, Shrunk, shrink};
