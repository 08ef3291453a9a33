//! TransactionLogValue (type 0).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/transaction_records.schema`

use crate::protocol::generated::prelude::*;

#[derive(Clone, Debug, PartialEq)]
pub struct TransactionLogValue {
    pub producer_id: i64,
    /// Versions 1 and later.
    pub previous_producer_id: i64,
    /// Versions 1 and later.
    pub next_producer_id: i64,
    pub producer_epoch: i16,
    /// Versions 1 and later.
    pub next_producer_epoch: i16,
    pub transaction_timeout_ms: i32,
    pub transaction_status: i8,
    pub transaction_partitions: Option<Vec<PartitionsSchema>>,
    pub transaction_last_update_timestamp_ms: i64,
    pub transaction_start_timestamp_ms: i64,
    /// Versions 1 and later.
    pub client_transaction_version: i16,
}

impl Default for TransactionLogValue {
    fn default() -> Self {
        Self {
            producer_id: Default::default(),
            previous_producer_id: -1,
            next_producer_id: -1,
            producer_epoch: Default::default(),
            next_producer_epoch: -1,
            transaction_timeout_ms: Default::default(),
            transaction_status: Default::default(),
            transaction_partitions: Some(Default::default()),
            transaction_last_update_timestamp_ms: Default::default(),
            transaction_start_timestamp_ms: Default::default(),
            client_transaction_version: Default::default(),
        }
    }
}

impl Message for TransactionLogValue {
    const NAME: &'static str = "TransactionLogValue";
    const VERSIONS: RangeInclusive<i16> = 0..=1;
    const FLEXIBLE_FROM: i16 = 1;

    fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        begin_decode::<Self>(reader, version)?;
        Self::decode_fields(reader, version)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        begin_encode::<Self>(writer, version)?;
        self.encode_fields(writer, version)
    }
}

impl TransactionLogValue {
    fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.producer_id = reader.i64()?;
        value.producer_epoch = reader.i16()?;
        value.transaction_timeout_ms = reader.i32()?;
        value.transaction_status = reader.i8()?;
        value.transaction_partitions =
            reader.nullable_array(|reader| PartitionsSchema::decode(reader, version))?;
        value.transaction_last_update_timestamp_ms = reader.i64()?;
        value.transaction_start_timestamp_ms = reader.i64()?;
        if version >= 1 {
            reader.tagged_fields(|reader, tag| {
                match tag {
                    0 => value.previous_producer_id = reader.i64()?,
                    1 => value.next_producer_id = reader.i64()?,
                    3 => value.next_producer_epoch = reader.i16()?,
                    2 => value.client_transaction_version = reader.i16()?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
        }
        Ok(value)
    }

    fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.i64(self.producer_id);
        if !(version >= 1) && self.previous_producer_id != -1 {
            return Err(EncodeError::FieldNotInVersion { field: "previous_producer_id", version });
        }
        if !(version >= 1) && self.next_producer_id != -1 {
            return Err(EncodeError::FieldNotInVersion { field: "next_producer_id", version });
        }
        writer.i16(self.producer_epoch);
        if !(version >= 1) && self.next_producer_epoch != -1 {
            return Err(EncodeError::FieldNotInVersion { field: "next_producer_epoch", version });
        }
        writer.i32(self.transaction_timeout_ms);
        writer.i8(self.transaction_status);
        writer.nullable_array(self.transaction_partitions.as_deref(), |writer, item| {
            item.encode(writer, version)
        })?;
        writer.i64(self.transaction_last_update_timestamp_ms);
        writer.i64(self.transaction_start_timestamp_ms);
        if !(version >= 1) && self.client_transaction_version != 0 {
            return Err(EncodeError::FieldNotInVersion {
                field: "client_transaction_version",
                version,
            });
        }
        if version >= 1 {
            let has_previous_producer_id = self.previous_producer_id != -1;
            let has_next_producer_id = self.next_producer_id != -1;
            let has_client_transaction_version = self.client_transaction_version != 0;
            let has_next_producer_epoch = self.next_producer_epoch != -1;
            writer.unsigned_varint(
                u32::from(has_previous_producer_id)
                    + u32::from(has_next_producer_id)
                    + u32::from(has_client_transaction_version)
                    + u32::from(has_next_producer_epoch),
            );
            if has_previous_producer_id {
                writer.tagged_field(0, |writer| {
                    writer.i64(self.previous_producer_id);
                    Ok(())
                })?;
            }
            if has_next_producer_id {
                writer.tagged_field(1, |writer| {
                    writer.i64(self.next_producer_id);
                    Ok(())
                })?;
            }
            if has_client_transaction_version {
                writer.tagged_field(2, |writer| {
                    writer.i16(self.client_transaction_version);
                    Ok(())
                })?;
            }
            if has_next_producer_epoch {
                writer.tagged_field(3, |writer| {
                    writer.i16(self.next_producer_epoch);
                    Ok(())
                })?;
            }
        }
        Ok(())
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartitionsSchema {
    pub topic: String,
    pub partition_ids: Vec<i32>,
}

impl PartitionsSchema {
    fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.topic = reader.string()?;
        value.partition_ids = reader.array(Reader::i32)?;
        if version >= 1 {
            reader.skip_tagged_fields()?;
        }
        Ok(value)
    }

    fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        writer.string(&self.topic)?;
        writer.array(&self.partition_ids, |writer, item| {
            writer.i32(*item);
            Ok(())
        })?;
        if version >= 1 {
            writer.no_tagged_fields();
        }
        Ok(())
    }
}
