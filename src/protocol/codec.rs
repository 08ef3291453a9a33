//! The bytes that messages are made of: integers, varints, strings, arrays, tagged fields.
//!
//! Read next: reader.rs (hostile input), text.rs, writer.rs, error.rs.

mod error;
mod reader;
mod text;
mod writer;

pub use error::{DecodeCause, DecodeError, EncodeError};
pub use reader::{DECODED_ELEMENT_BYTES_MAX, Reader};
pub use writer::{Writer, required};

/// A string at the most, in all versions of all messages.
pub const STRING_BYTES_MAX: usize = i16::MAX as usize;

#[cfg(test)]
mod tests;
