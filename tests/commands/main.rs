//! The commands as a stranger uses them: arguments and stdin in; stdout, stderr, exit code out.
//!
//! The broker is the one this package builds; RINGLOG_BROKER="COMMAND" puts another in its place
//! (Apache Kafka passes too). Run: `cargo test --test commands`.
//! Read next: session.rs.

mod arguments;
mod banner;
mod batches;
mod changes;
mod directories;
mod files;
mod groups;
mod health;
mod idle;
mod logging;
mod mounts;
mod moves;
mod quotas;
mod records;
mod service;
mod session;
mod signals;
mod starts;
mod topics;
mod usage;
mod watching;
