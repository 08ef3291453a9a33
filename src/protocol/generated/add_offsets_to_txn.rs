//! AddOffsetsToTxn (key 25).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/add_offsets_to_txn.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::AddOffsetsToTxn;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub transactional_id: String,
        pub producer_id: i64,
        pub producer_epoch: i16,
        pub group_id: String,
    }

    impl Message for Request {
        const NAME: &'static str = "AddOffsetsToTxnRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=4;
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
            value.group_id = reader.string()?;
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.transactional_id)?;
            writer.i64(self.producer_id);
            writer.i16(self.producer_epoch);
            writer.string(&self.group_id)?;
            if version >= 3 {
                writer.no_tagged_fields();
            }
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
    }

    impl Message for Response {
        const NAME: &'static str = "AddOffsetsToTxnResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=4;
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
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
            if version >= 3 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
