//! Transaction records.
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/transaction_records.schema`

pub mod transaction_log_key;
pub mod transaction_log_value;

pub use transaction_log_key::TransactionLogKey;
pub use transaction_log_value::TransactionLogValue;

use super::prelude::*;

/// One of the records, by its type.
#[derive(Clone, Debug, PartialEq)]
pub enum TransactionKey {
    TransactionLog(TransactionLogKey),
}

impl TransactionKey {
    /// The number that names the type on disk.
    pub fn record_type(&self) -> i16 {
        match self {
            Self::TransactionLog(_) => 0,
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::TransactionLog(_) => TransactionLogKey::NAME,
        }
    }

    pub fn versions(&self) -> RangeInclusive<i16> {
        match self {
            Self::TransactionLog(_) => TransactionLogKey::VERSIONS,
        }
    }

    /// Reads the body of a record of this type, without its frame.
    pub fn decode_body(
        record_type: i16,
        reader: &mut Reader<'_>,
        version: i16,
    ) -> Result<Self, DecodeError> {
        match record_type {
            0 => TransactionLogKey::decode(reader, version).map(Self::TransactionLog),
            other => Err(reader.error(DecodeCause::UnknownRecordType {
                name: "TransactionKey",
                key: i32::from(other),
            })),
        }
    }

    /// Appends the body, without its frame.
    pub fn encode_body(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        match self {
            Self::TransactionLog(record) => record.encode(writer, version),
        }
    }
}

impl From<TransactionLogKey> for TransactionKey {
    fn from(record: TransactionLogKey) -> Self {
        Self::TransactionLog(record)
    }
}

use super::prelude::*;

/// One of the records, by its type.
#[derive(Clone, Debug, PartialEq)]
pub enum TransactionValue {
    TransactionLog(TransactionLogValue),
}

impl TransactionValue {
    /// The number that names the type on disk.
    pub fn record_type(&self) -> i16 {
        match self {
            Self::TransactionLog(_) => 0,
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::TransactionLog(_) => TransactionLogValue::NAME,
        }
    }

    pub fn versions(&self) -> RangeInclusive<i16> {
        match self {
            Self::TransactionLog(_) => TransactionLogValue::VERSIONS,
        }
    }

    /// Reads the body of a record of this type, without its frame.
    pub fn decode_body(
        record_type: i16,
        reader: &mut Reader<'_>,
        version: i16,
    ) -> Result<Self, DecodeError> {
        match record_type {
            0 => TransactionLogValue::decode(reader, version).map(Self::TransactionLog),
            other => Err(reader.error(DecodeCause::UnknownRecordType {
                name: "TransactionValue",
                key: i32::from(other),
            })),
        }
    }

    /// Appends the body, without its frame.
    pub fn encode_body(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        match self {
            Self::TransactionLog(record) => record.encode(writer, version),
        }
    }
}

impl From<TransactionLogValue> for TransactionValue {
    fn from(record: TransactionLogValue) -> Self {
        Self::TransactionLog(record)
    }
}
