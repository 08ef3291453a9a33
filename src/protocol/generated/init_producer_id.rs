//! InitProducerId (key 22).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/init_producer_id.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::InitProducerId;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub transactional_id: Option<String>,
        pub transaction_timeout_ms: i32,
        /// Versions 3 and later.
        pub producer_id: i64,
        /// Versions 3 and later.
        pub producer_epoch: i16,
        /// Versions 6 and later.
        pub enable2_pc: bool,
        /// Versions 6 and later.
        pub keep_prepared_txn: bool,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                transactional_id: Some(Default::default()),
                transaction_timeout_ms: Default::default(),
                producer_id: -1,
                producer_epoch: -1,
                enable2_pc: Default::default(),
                keep_prepared_txn: Default::default(),
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "InitProducerIdRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=6;
        const FLEXIBLE_FROM: i16 = 2;

        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            begin_decode::<Self>(reader, version)?;
            Self::decode_fields(reader, version)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            begin_encode::<Self>(writer, version)?;
            self.encode_fields(writer, version)
        }
    }

    impl Request {
        fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.transactional_id = reader.nullable_string()?;
            value.transaction_timeout_ms = reader.i32()?;
            if version >= 3 {
                value.producer_id = reader.i64()?;
            }
            if version >= 3 {
                value.producer_epoch = reader.i16()?;
            }
            if version >= 6 {
                value.enable2_pc = reader.bool()?;
            }
            if version >= 6 {
                value.keep_prepared_txn = reader.bool()?;
            }
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.nullable_string(self.transactional_id.as_deref())?;
            writer.i32(self.transaction_timeout_ms);
            if version >= 3 {
                writer.i64(self.producer_id);
            }
            if !(version >= 3) && self.producer_id != -1 {
                return Err(EncodeError::FieldNotInVersion { field: "producer_id", version });
            }
            if version >= 3 {
                writer.i16(self.producer_epoch);
            }
            if !(version >= 3) && self.producer_epoch != -1 {
                return Err(EncodeError::FieldNotInVersion { field: "producer_epoch", version });
            }
            if version >= 6 {
                writer.bool(self.enable2_pc);
            }
            if !(version >= 6) && self.enable2_pc {
                return Err(EncodeError::FieldNotInVersion { field: "enable2_pc", version });
            }
            if version >= 6 {
                writer.bool(self.keep_prepared_txn);
            }
            if !(version >= 6) && self.keep_prepared_txn {
                return Err(EncodeError::FieldNotInVersion { field: "keep_prepared_txn", version });
            }
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}

pub mod response {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Response {
        pub throttle_time_ms: i32,
        pub error_code: i16,
        pub producer_id: i64,
        pub producer_epoch: i16,
        /// Versions 6 and later.
        pub ongoing_txn_producer_id: i64,
        /// Versions 6 and later.
        pub ongoing_txn_producer_epoch: i16,
    }

    impl Default for Response {
        fn default() -> Self {
            Self {
                throttle_time_ms: Default::default(),
                error_code: Default::default(),
                producer_id: -1,
                producer_epoch: Default::default(),
                ongoing_txn_producer_id: -1,
                ongoing_txn_producer_epoch: -1,
            }
        }
    }

    impl Message for Response {
        const NAME: &'static str = "InitProducerIdResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=6;
        const FLEXIBLE_FROM: i16 = 2;

        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            begin_decode::<Self>(reader, version)?;
            Self::decode_fields(reader, version)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            begin_encode::<Self>(writer, version)?;
            self.encode_fields(writer, version)
        }
    }

    impl Response {
        fn decode_fields(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.throttle_time_ms = reader.i32()?;
            value.error_code = reader.i16()?;
            value.producer_id = reader.i64()?;
            value.producer_epoch = reader.i16()?;
            if version >= 6 {
                value.ongoing_txn_producer_id = reader.i64()?;
            }
            if version >= 6 {
                value.ongoing_txn_producer_epoch = reader.i16()?;
            }
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
            writer.i64(self.producer_id);
            writer.i16(self.producer_epoch);
            if version >= 6 {
                writer.i64(self.ongoing_txn_producer_id);
            }
            if !(version >= 6) && self.ongoing_txn_producer_id != -1 {
                return Err(EncodeError::FieldNotInVersion {
                    field: "ongoing_txn_producer_id",
                    version,
                });
            }
            if version >= 6 {
                writer.i16(self.ongoing_txn_producer_epoch);
            }
            if !(version >= 6) && self.ongoing_txn_producer_epoch != -1 {
                return Err(EncodeError::FieldNotInVersion {
                    field: "ongoing_txn_producer_epoch",
                    version,
                });
            }
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
