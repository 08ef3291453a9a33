//! Kafka on top of the engine in `shards/`.

pub mod coordinators;
pub mod protocol;
