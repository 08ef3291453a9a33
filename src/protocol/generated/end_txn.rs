//! EndTxn (key 26).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/end_txn.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::EndTxn;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub transactional_id: String,
        pub producer_id: i64,
        pub producer_epoch: i16,
        pub committed: bool,
    }

    impl Message for Request {
        const NAME: &'static str = "EndTxnRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=5;
        const FLEXIBLE_FROM: i16 = 3;

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
            value.transactional_id = reader.string()?;
            value.producer_id = reader.i64()?;
            value.producer_epoch = reader.i16()?;
            value.committed = reader.bool()?;
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.transactional_id)?;
            writer.i64(self.producer_id);
            writer.i16(self.producer_epoch);
            writer.bool(self.committed);
            if version >= 3 {
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
        /// Versions 5 and later.
        pub producer_id: i64,
        /// Versions 5 and later.
        pub producer_epoch: i16,
    }

    impl Default for Response {
        fn default() -> Self {
            Self {
                throttle_time_ms: Default::default(),
                error_code: Default::default(),
                producer_id: -1,
                producer_epoch: -1,
            }
        }
    }

    impl Message for Response {
        const NAME: &'static str = "EndTxnResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=5;
        const FLEXIBLE_FROM: i16 = 3;

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
            if version >= 5 {
                value.producer_id = reader.i64()?;
            }
            if version >= 5 {
                value.producer_epoch = reader.i16()?;
            }
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
            if version >= 5 {
                writer.i64(self.producer_id);
            }
            if version >= 5 {
                writer.i16(self.producer_epoch);
            }
            if version >= 3 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
