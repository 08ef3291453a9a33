//! What all messages have in common.

use std::ops::RangeInclusive;

use crate::protocol::ApiKey;
use crate::protocol::codec::{DecodeCause, DecodeError, EncodeError, Reader, Writer};

/// A message of the protocol or a record of an internal topic, in all its versions.
pub trait Message: Sized + Default + Clone + std::fmt::Debug + PartialEq + Send {
    const NAME: &'static str;
    const VERSIONS: RangeInclusive<i16>;
    /// First version with compact lengths and tagged fields; `i16::MAX` if there is none.
    const FLEXIBLE_FROM: i16;

    /// Reads the body from where `reader` stands. Bytes may follow; see `Reader::finish`.
    fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError>;

    /// Appends the body. What `version` cannot carry is an error unless it is at its default
    /// or Kafka's definition calls it ignorable.
    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError>;

    /// Decodes a body that must fill all of `bytes`.
    fn from_slice(bytes: &[u8], version: i16) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let message = Self::decode(&mut reader, version)?;
        reader.finish()?;
        Ok(message)
    }

    fn to_vec(&self, version: i16) -> Result<Vec<u8>, EncodeError> {
        let mut writer = Writer::new();
        self.encode(&mut writer, version)?;
        Ok(writer.into_vec())
    }
}

/// A request with its response.
pub trait Call: Message {
    const API: ApiKey;
    type Response: Message;
}

/// For generated code: checks the version and sets the style of lengths.
pub(super) fn begin_decode<M: Message>(
    reader: &mut Reader<'_>,
    version: i16,
) -> Result<(), DecodeError> {
    if !M::VERSIONS.contains(&version) {
        return Err(reader.error(DecodeCause::UnsupportedVersion { name: M::NAME, version }));
    }
    reader.set_flexible(version >= M::FLEXIBLE_FROM);
    Ok(())
}

/// For generated code: checks the version and sets the style of lengths.
pub(super) fn begin_encode<M: Message>(
    writer: &mut Writer,
    version: i16,
) -> Result<(), EncodeError> {
    if !M::VERSIONS.contains(&version) {
        return Err(EncodeError::UnsupportedVersion { name: M::NAME, version });
    }
    writer.set_flexible(version >= M::FLEXIBLE_FROM);
    Ok(())
}
