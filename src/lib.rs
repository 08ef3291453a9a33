//! Kafka on top of the engine in `shards/`.

pub mod config;
pub mod controller;
pub mod coordinators;
pub mod metadata;
pub mod protocol;
