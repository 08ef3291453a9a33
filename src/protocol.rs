//! Kafka's wire protocol: messages, headers, error codes, and the bytes they are made of.
//!
//! Lives on: any core; everything here is a value or a pure function.
//! Promise: what is decoded was checked; encoding is deterministic.
//! Never: panics on input, allocates for a count or length before its bytes are there.
//! Read next: codec.rs, then message.rs; `generated/` is made from `schemata/` by `tests/codegen`.

pub mod api_versions;
pub mod codec;
pub mod error_codes;
pub mod fetch;
pub mod header;
pub mod message;
pub mod produce;
pub mod records;

pub mod generated;

pub use codec::{DecodeError, EncodeError, Reader, Writer};
pub use error_codes::ErrorCode;
pub use generated::*;
pub use header::{RequestHeader, ResponseHeader};
pub use message::{Call, Message};

#[cfg(test)]
pub(crate) mod tests;
