//! SaslHandshake (key 17).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/sasl_handshake.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::SaslHandshake;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub mechanism: String,
    }

    impl Message for Request {
        const NAME: &'static str = "SaslHandshakeRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=1;
        const FLEXIBLE_FROM: i16 = i16::MAX;

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
            value.mechanism = reader.string()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.mechanism)?;
            Ok(())
        }
    }
}

pub mod response {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Response {
        pub error_code: i16,
        pub mechanisms: Vec<String>,
    }

    impl Message for Response {
        const NAME: &'static str = "SaslHandshakeResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=1;
        const FLEXIBLE_FROM: i16 = i16::MAX;

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
            value.mechanisms = reader.array(Reader::string)?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.error_code);
            writer.array(&self.mechanisms, |writer, item| writer.string(item))?;
            Ok(())
        }
    }
}
