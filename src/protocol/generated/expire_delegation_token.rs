//! ExpireDelegationToken (key 40).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/expire_delegation_token.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::ExpireDelegationToken;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub hmac: Bytes,
        pub expiry_time_period_ms: i64,
    }

    impl Message for Request {
        const NAME: &'static str = "ExpireDelegationTokenRequest";
        const VERSIONS: RangeInclusive<i16> = 1..=2;
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
            value.hmac = reader.bytes()?;
            value.expiry_time_period_ms = reader.i64()?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.bytes(&self.hmac)?;
            writer.i64(self.expiry_time_period_ms);
            if version >= 2 {
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
        pub error_code: i16,
        pub expiry_timestamp_ms: i64,
        pub throttle_time_ms: i32,
    }

    impl Message for Response {
        const NAME: &'static str = "ExpireDelegationTokenResponse";
        const VERSIONS: RangeInclusive<i16> = 1..=2;
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
            value.error_code = reader.i16()?;
            value.expiry_timestamp_ms = reader.i64()?;
            value.throttle_time_ms = reader.i32()?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.error_code);
            writer.i64(self.expiry_timestamp_ms);
            writer.i32(self.throttle_time_ms);
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
