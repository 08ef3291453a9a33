//! DescribeAcls (key 29).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/describe_acls.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::DescribeAcls;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub resource_type_filter: i8,
        pub resource_name_filter: Option<String>,
        pub pattern_type_filter: i8,
        pub principal_filter: Option<String>,
        pub host_filter: Option<String>,
        pub operation: i8,
        pub permission_type: i8,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                resource_type_filter: Default::default(),
                resource_name_filter: Some(Default::default()),
                pattern_type_filter: 3,
                principal_filter: Some(Default::default()),
                host_filter: Some(Default::default()),
                operation: Default::default(),
                permission_type: Default::default(),
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "DescribeAclsRequest";
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
            value.resource_type_filter = reader.i8()?;
            value.resource_name_filter = reader.nullable_string()?;
            value.pattern_type_filter = reader.i8()?;
            value.principal_filter = reader.nullable_string()?;
            value.host_filter = reader.nullable_string()?;
            value.operation = reader.i8()?;
            value.permission_type = reader.i8()?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i8(self.resource_type_filter);
            writer.nullable_string(self.resource_name_filter.as_deref())?;
            writer.i8(self.pattern_type_filter);
            writer.nullable_string(self.principal_filter.as_deref())?;
            writer.nullable_string(self.host_filter.as_deref())?;
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

    #[derive(Clone, Debug, PartialEq)]
    pub struct Response {
        pub throttle_time_ms: i32,
        pub error_code: i16,
        pub error_message: Option<String>,
        pub resources: Vec<DescribeAclsResource>,
    }

    impl Default for Response {
        fn default() -> Self {
            Self {
                throttle_time_ms: Default::default(),
                error_code: Default::default(),
                error_message: Some(Default::default()),
                resources: Default::default(),
            }
        }
    }

    impl Message for Response {
        const NAME: &'static str = "DescribeAclsResponse";
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
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            value.resources =
                reader.array(|reader| DescribeAclsResource::decode(reader, version))?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            writer.array(&self.resources, |writer, item| item.encode(writer, version))?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct DescribeAclsResource {
        pub resource_type: i8,
        pub resource_name: String,
        pub pattern_type: i8,
        pub acls: Vec<AclDescription>,
    }

    impl Default for DescribeAclsResource {
        fn default() -> Self {
            Self {
                resource_type: Default::default(),
                resource_name: Default::default(),
                pattern_type: 3,
                acls: Default::default(),
            }
        }
    }

    impl DescribeAclsResource {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.resource_type = reader.i8()?;
            value.resource_name = reader.string()?;
            value.pattern_type = reader.i8()?;
            value.acls = reader.array(|reader| AclDescription::decode(reader, version))?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i8(self.resource_type);
            writer.string(&self.resource_name)?;
            writer.i8(self.pattern_type);
            writer.array(&self.acls, |writer, item| item.encode(writer, version))?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct AclDescription {
        pub principal: String,
        pub host: String,
        pub operation: i8,
        pub permission_type: i8,
    }

    impl AclDescription {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
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
