//! Embedded records.
//!
//! Made by `cargo run -p codegen` from `schemata/embedded_data.schema`; not to be edited.

pub mod consumer_protocol_subscription;
pub mod consumer_protocol_assignment;
pub mod default_principal_data;

pub use consumer_protocol_subscription::ConsumerProtocolSubscription;
pub use consumer_protocol_assignment::ConsumerProtocolAssignment;
pub use default_principal_data::DefaultPrincipalData;
