//! Envelope (key 58).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/envelope.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::Envelope;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub request_data: Bytes,
        pub request_principal: Option<Bytes>,
        pub client_host_address: Bytes,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                request_data: Default::default(),
                request_principal: Some(Default::default()),
                client_host_address: Default::default(),
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "EnvelopeRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=0;
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
            value.request_data = reader.bytes()?;
            value.request_principal = reader.nullable_bytes()?;
            value.client_host_address = reader.bytes()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.bytes(&self.request_data)?;
            writer.nullable_bytes(self.request_principal.as_deref())?;
            writer.bytes(&self.client_host_address)?;
            writer.no_tagged_fields();
            Ok(())
        }
    }
}

pub mod response {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Response {
        pub response_data: Option<Bytes>,
        pub error_code: i16,
    }

    impl Message for Response {
        const NAME: &'static str = "EnvelopeResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=0;
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
            value.response_data = reader.nullable_bytes()?;
            value.error_code = reader.i16()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.nullable_bytes(self.response_data.as_deref())?;
            writer.i16(self.error_code);
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
