//! Kafka on top of the engine in `shards/`.
