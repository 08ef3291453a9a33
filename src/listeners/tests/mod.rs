//! Whole requests through a real node: sockets, pipeline, handlers, cores, journal.

mod client;
mod counting;
mod fetching;
mod hostile;
mod node;
mod producing;
mod questions;
mod quotas;
