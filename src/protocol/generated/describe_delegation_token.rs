//! DescribeDelegationToken (key 41).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/describe_delegation_token.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::DescribeDelegationToken;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub owners: Option<Vec<DescribeDelegationTokenOwner>>,
    }

    impl Default for Request {
        fn default() -> Self {
            Self { owners: Some(Default::default()) }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "DescribeDelegationTokenRequest";
        const VERSIONS: RangeInclusive<i16> = 1..=3;
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
            value.owners = reader
                .nullable_array(|reader| DescribeDelegationTokenOwner::decode(reader, version))?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.nullable_array(self.owners.as_deref(), |writer, item| {
                item.encode(writer, version)
            })?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct DescribeDelegationTokenOwner {
        pub principal_type: String,
        pub principal_name: String,
    }

    impl DescribeDelegationTokenOwner {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.principal_type = reader.string()?;
            value.principal_name = reader.string()?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.principal_type)?;
            writer.string(&self.principal_name)?;
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
        pub tokens: Vec<DescribedDelegationToken>,
        pub throttle_time_ms: i32,
    }

    impl Message for Response {
        const NAME: &'static str = "DescribeDelegationTokenResponse";
        const VERSIONS: RangeInclusive<i16> = 1..=3;
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
            value.tokens =
                reader.array(|reader| DescribedDelegationToken::decode(reader, version))?;
            value.throttle_time_ms = reader.i32()?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.error_code);
            writer.array(&self.tokens, |writer, item| item.encode(writer, version))?;
            writer.i32(self.throttle_time_ms);
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct DescribedDelegationToken {
        pub principal_type: String,
        pub principal_name: String,
        /// Versions 3 and later.
        pub token_requester_principal_type: String,
        /// Versions 3 and later.
        pub token_requester_principal_name: String,
        pub issue_timestamp: i64,
        pub expiry_timestamp: i64,
        pub max_timestamp: i64,
        pub token_id: String,
        pub hmac: Bytes,
        pub renewers: Vec<DescribedDelegationTokenRenewer>,
    }

    impl DescribedDelegationToken {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.principal_type = reader.string()?;
            value.principal_name = reader.string()?;
            if version >= 3 {
                value.token_requester_principal_type = reader.string()?;
            }
            if version >= 3 {
                value.token_requester_principal_name = reader.string()?;
            }
            value.issue_timestamp = reader.i64()?;
            value.expiry_timestamp = reader.i64()?;
            value.max_timestamp = reader.i64()?;
            value.token_id = reader.string()?;
            value.hmac = reader.bytes()?;
            value.renewers =
                reader.array(|reader| DescribedDelegationTokenRenewer::decode(reader, version))?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.principal_type)?;
            writer.string(&self.principal_name)?;
            if version >= 3 {
                writer.string(&self.token_requester_principal_type)?;
            }
            if !(version >= 3) && !self.token_requester_principal_type.is_empty() {
                return Err(EncodeError::FieldNotInVersion {
                    field: "token_requester_principal_type",
                    version,
                });
            }
            if version >= 3 {
                writer.string(&self.token_requester_principal_name)?;
            }
            if !(version >= 3) && !self.token_requester_principal_name.is_empty() {
                return Err(EncodeError::FieldNotInVersion {
                    field: "token_requester_principal_name",
                    version,
                });
            }
            writer.i64(self.issue_timestamp);
            writer.i64(self.expiry_timestamp);
            writer.i64(self.max_timestamp);
            writer.string(&self.token_id)?;
            writer.bytes(&self.hmac)?;
            writer.array(&self.renewers, |writer, item| item.encode(writer, version))?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct DescribedDelegationTokenRenewer {
        pub principal_type: String,
        pub principal_name: String,
    }

    impl DescribedDelegationTokenRenewer {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.principal_type = reader.string()?;
            value.principal_name = reader.string()?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.principal_type)?;
            writer.string(&self.principal_name)?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
