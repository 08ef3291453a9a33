//! Share records.
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/share_records.schema`

pub mod share_snapshot_key;
pub mod share_snapshot_value;
pub mod share_update_key;
pub mod share_update_value;

pub use share_snapshot_key::ShareSnapshotKey;
pub use share_snapshot_value::ShareSnapshotValue;
pub use share_update_key::ShareUpdateKey;
pub use share_update_value::ShareUpdateValue;

use super::prelude::*;

/// One of the records, by its type.
#[derive(Clone, Debug, PartialEq)]
pub enum ShareKey {
    ShareSnapshot(ShareSnapshotKey),
    ShareUpdate(ShareUpdateKey),
}

impl ShareKey {
    /// The number that names the type on disk.
    pub fn record_type(&self) -> i16 {
        match self {
            Self::ShareSnapshot(_) => 0,
            Self::ShareUpdate(_) => 1,
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::ShareSnapshot(_) => ShareSnapshotKey::NAME,
            Self::ShareUpdate(_) => ShareUpdateKey::NAME,
        }
    }

    pub fn versions(&self) -> RangeInclusive<i16> {
        match self {
            Self::ShareSnapshot(_) => ShareSnapshotKey::VERSIONS,
            Self::ShareUpdate(_) => ShareUpdateKey::VERSIONS,
        }
    }

    /// Reads the body of a record of this type, without its frame.
    pub fn decode_body(
        record_type: i16,
        reader: &mut Reader<'_>,
        version: i16,
    ) -> Result<Self, DecodeError> {
        match record_type {
            0 => ShareSnapshotKey::decode(reader, version).map(Self::ShareSnapshot),
            1 => ShareUpdateKey::decode(reader, version).map(Self::ShareUpdate),
            other => Err(reader
                .error(DecodeCause::UnknownRecordType { name: "ShareKey", key: i32::from(other) })),
        }
    }

    /// Appends the body, without its frame.
    pub fn encode_body(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        match self {
            Self::ShareSnapshot(record) => record.encode(writer, version),
            Self::ShareUpdate(record) => record.encode(writer, version),
        }
    }
}

impl From<ShareSnapshotKey> for ShareKey {
    fn from(record: ShareSnapshotKey) -> Self {
        Self::ShareSnapshot(record)
    }
}

impl From<ShareUpdateKey> for ShareKey {
    fn from(record: ShareUpdateKey) -> Self {
        Self::ShareUpdate(record)
    }
}

use super::prelude::*;

/// One of the records, by its type.
#[derive(Clone, Debug, PartialEq)]
pub enum ShareValue {
    ShareSnapshot(ShareSnapshotValue),
    ShareUpdate(ShareUpdateValue),
}

impl ShareValue {
    /// The number that names the type on disk.
    pub fn record_type(&self) -> i16 {
        match self {
            Self::ShareSnapshot(_) => 0,
            Self::ShareUpdate(_) => 1,
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::ShareSnapshot(_) => ShareSnapshotValue::NAME,
            Self::ShareUpdate(_) => ShareUpdateValue::NAME,
        }
    }

    pub fn versions(&self) -> RangeInclusive<i16> {
        match self {
            Self::ShareSnapshot(_) => ShareSnapshotValue::VERSIONS,
            Self::ShareUpdate(_) => ShareUpdateValue::VERSIONS,
        }
    }

    /// Reads the body of a record of this type, without its frame.
    pub fn decode_body(
        record_type: i16,
        reader: &mut Reader<'_>,
        version: i16,
    ) -> Result<Self, DecodeError> {
        match record_type {
            0 => ShareSnapshotValue::decode(reader, version).map(Self::ShareSnapshot),
            1 => ShareUpdateValue::decode(reader, version).map(Self::ShareUpdate),
            other => Err(reader.error(DecodeCause::UnknownRecordType {
                name: "ShareValue",
                key: i32::from(other),
            })),
        }
    }

    /// Appends the body, without its frame.
    pub fn encode_body(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        match self {
            Self::ShareSnapshot(record) => record.encode(writer, version),
            Self::ShareUpdate(record) => record.encode(writer, version),
        }
    }
}

impl From<ShareSnapshotValue> for ShareValue {
    fn from(record: ShareSnapshotValue) -> Self {
        Self::ShareSnapshot(record)
    }
}

impl From<ShareUpdateValue> for ShareValue {
    fn from(record: ShareUpdateValue) -> Self {
        Self::ShareUpdate(record)
    }
}
