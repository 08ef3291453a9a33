//! What can be wrong with bytes from a peer, and with a message that is to be encoded.

/// The peer sent bytes that are not the message they claim to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed message from the peer at byte {offset}: {cause}")]
pub struct DecodeError {
    /// Position of the first byte that could not be understood.
    pub offset: usize,
    pub cause: DecodeCause,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeCause {
    #[error("{wanted} bytes wanted, {remaining} left")]
    Truncated { wanted: usize, remaining: usize },
    #[error("a count of {count} with {remaining} bytes left")]
    CountTooLarge { count: usize, remaining: usize },
    #[error("the decoded arrays would take more than {limit} bytes of memory")]
    MemoryLimit { limit: usize },
    #[error("null where a value is required")]
    UnexpectedNull,
    #[error("a string of {0} bytes; 32767 is the most")]
    StringTooLong(usize),
    #[error("a varint does not end within its {0} bytes")]
    VarintTooLong(usize),
    #[error("the {size} bytes of tagged field {tag} are not what it fills")]
    TaggedFieldSize { tag: u32, size: usize },
    #[error("{0} bytes follow the end of the message")]
    TrailingBytes(usize),
    #[error("{name} has no version {version}")]
    UnsupportedVersion { name: &'static str, version: i16 },
    #[error("{name} has no record type {key}")]
    UnknownRecordType { name: &'static str, key: i32 },
    #[error("frame version {0} of a metadata record is not known")]
    UnknownFrameVersion(u32),
    #[error("API key {0} is not known")]
    UnknownApiKey(i16),
}

/// The caller asked for a message that cannot be written in this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    #[error("{name} has no version {version}")]
    UnsupportedVersion { name: &'static str, version: i16 },
    #[error("field {field} is set, but version {version} cannot carry it")]
    FieldNotInVersion { field: &'static str, version: i16 },
    #[error("field {field} is null, but the version cannot carry null")]
    NullNotAllowed { field: &'static str },
    #[error("{length} bytes or elements are more than the format can count")]
    TooLong { length: usize },
}
