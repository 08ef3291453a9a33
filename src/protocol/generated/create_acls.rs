//! CreateAcls (key 30).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/create_acls.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::CreateAcls;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub creations: Vec<AclCreation>,
    }

    impl Message for Request {
        const NAME: &'static str = "CreateAclsRequest";
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
            value.creations = reader.array(|reader| AclCreation::decode(reader, version))?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.creations, |writer, item| item.encode(writer, version))?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct AclCreation {
        pub resource_type: i8,
        pub resource_name: String,
        pub resource_pattern_type: i8,
        pub principal: String,
        pub host: String,
        pub operation: i8,
        pub permission_type: i8,
    }

    impl Default for AclCreation {
        fn default() -> Self {
            Self {
                resource_type: Default::default(),
                resource_name: Default::default(),
                resource_pattern_type: 3,
                principal: Default::default(),
                host: Default::default(),
                operation: Default::default(),
                permission_type: Default::default(),
            }
        }
    }

    impl AclCreation {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.resource_type = reader.i8()?;
            value.resource_name = reader.string()?;
            value.resource_pattern_type = reader.i8()?;
            value.principal = reader.string()?;
            value.host = reader.string()?;
            value.operation = reader.i8()?;
            value.permission_type = reader.i8()?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i8(self.resource_type);
            writer.string(&self.resource_name)?;
            writer.i8(self.resource_pattern_type);
            writer.string(&self.principal)?;
            writer.string(&self.host)?;
            writer.i8(self.operation);
            writer.i8(self.permission_type);
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
        pub throttle_time_ms: i32,
        pub results: Vec<AclCreationResult>,
    }

    impl Message for Response {
        const NAME: &'static str = "CreateAclsResponse";
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
            value.throttle_time_ms = reader.i32()?;
            value.results = reader.array(|reader| AclCreationResult::decode(reader, version))?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.array(&self.results, |writer, item| item.encode(writer, version))?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct AclCreationResult {
        pub error_code: i16,
        pub error_message: Option<String>,
    }

    impl Default for AclCreationResult {
        fn default() -> Self {
            Self { error_code: Default::default(), error_message: Some(Default::default()) }
        }
    }

    impl AclCreationResult {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
