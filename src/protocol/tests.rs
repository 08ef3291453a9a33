//! Tests over every message and version.

use crate::protocol::codec::{DecodeError, EncodeError};
use crate::protocol::generated::recode;
use crate::protocol::message::Message;

/// Decodes a body that must fill the bytes and encodes it again.
pub(crate) type Recode = fn(&[u8], i16) -> Result<Result<Vec<u8>, EncodeError>, DecodeError>;

pub(crate) fn recode<M: Message>(
    bytes: &[u8],
    version: i16,
) -> Result<Result<Vec<u8>, EncodeError>, DecodeError> {
    M::from_slice(bytes, version).map(|message| message.to_vec(version))
}
