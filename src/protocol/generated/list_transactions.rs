//! ListTransactions (key 66).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/list_transactions.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::ListTransactions;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub state_filters: Vec<String>,
        pub producer_id_filters: Vec<i64>,
        /// Versions 1 and later.
        pub duration_filter: i64,
        /// Versions 2 and later.
        pub transactional_id_pattern: Option<String>,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                state_filters: Default::default(),
                producer_id_filters: Default::default(),
                duration_filter: -1,
                transactional_id_pattern: None,
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "ListTransactionsRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=2;
        const FLEXIBLE_FROM: i16 = 0;

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
            value.state_filters = reader.array(Reader::string)?;
            value.producer_id_filters = reader.array(Reader::i64)?;
            if version >= 1 {
                value.duration_filter = reader.i64()?;
            }
            if version >= 2 {
                value.transactional_id_pattern = reader.nullable_string()?;
            }
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.state_filters, |writer, item| writer.string(item))?;
            writer.array(&self.producer_id_filters, |writer, item| {
                writer.i64(*item);
                Ok(())
            })?;
            if version >= 1 {
                writer.i64(self.duration_filter);
            }
            if !(version >= 1) && self.duration_filter != -1 {
                return Err(EncodeError::FieldNotInVersion { field: "duration_filter", version });
            }
            if version >= 2 {
                writer.nullable_string(self.transactional_id_pattern.as_deref())?;
            }
            if !(version >= 2) && self.transactional_id_pattern.is_some() {
                return Err(EncodeError::FieldNotInVersion {
                    field: "transactional_id_pattern",
                    version,
                });
            }
            writer.no_tagged_fields();
            Ok(())
        }
    }
}

pub mod response {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Response {
        pub throttle_time_ms: i32,
        pub error_code: i16,
        pub unknown_state_filters: Vec<String>,
        pub transaction_states: Vec<TransactionState>,
    }

    impl Message for Response {
        const NAME: &'static str = "ListTransactionsResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=2;
        const FLEXIBLE_FROM: i16 = 0;

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
            value.unknown_state_filters = reader.array(Reader::string)?;
            value.transaction_states =
                reader.array(|reader| TransactionState::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
            writer.array(&self.unknown_state_filters, |writer, item| writer.string(item))?;
            writer.array(&self.transaction_states, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TransactionState {
        pub transactional_id: String,
        pub producer_id: i64,
        pub transaction_state: String,
    }

    impl TransactionState {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.transactional_id = reader.string()?;
            value.producer_id = reader.i64()?;
            value.transaction_state = reader.string()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.transactional_id)?;
            writer.i64(self.producer_id);
            writer.string(&self.transaction_state)?;
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
