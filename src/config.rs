//! Configuration: what may be set, what is set, and what follows from it.
//!
//! Lives on: no core; pure functions over tables and maps.
//! Promise: each key is declared once (`keys`); help, documentation, validation, DescribeConfigs
//! and the typed structs derive from that declaration.
//! Never: chooses a Kafka error code; touches a file (the caller reads it).
//! Read next: keys.rs, then settings.rs, overlay.rs, describe.rs, alter.rs.

pub mod alter;
pub mod broker;
pub mod describe;
pub mod documentation;
pub mod endpoint;
pub mod keys;
mod limits;
pub mod loggers;
pub mod overlay;
pub mod properties;
pub mod settings;
pub mod topic;
pub mod validate;
pub mod value;

pub use alter::{Change, ConfigError, Operation};
pub use broker::BrokerConfig;
pub use overlay::{ConfigResource, Overlay, View};
pub use settings::Settings;
pub use topic::TopicConfig;
