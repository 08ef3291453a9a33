//! DeleteAcls (key 31).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/delete_acls.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::DeleteAcls;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub filters: Vec<DeleteAclsFilter>,
    }

    impl Message for Request {
        const NAME: &'static str = "DeleteAclsRequest";
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
            value.filters = reader.array(|reader| DeleteAclsFilter::decode(reader, version))?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.filters, |writer, item| item.encode(writer, version))?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct DeleteAclsFilter {
        pub resource_type_filter: i8,
        pub resource_name_filter: Option<String>,
        pub pattern_type_filter: i8,
        pub principal_filter: Option<String>,
        pub host_filter: Option<String>,
        pub operation: i8,
        pub permission_type: i8,
    }

    impl Default for DeleteAclsFilter {
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

    impl DeleteAclsFilter {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
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

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
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

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Response {
        pub throttle_time_ms: i32,
        pub filter_results: Vec<DeleteAclsFilterResult>,
    }

    impl Message for Response {
        const NAME: &'static str = "DeleteAclsResponse";
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
            value.filter_results =
                reader.array(|reader| DeleteAclsFilterResult::decode(reader, version))?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.array(&self.filter_results, |writer, item| item.encode(writer, version))?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct DeleteAclsFilterResult {
        pub error_code: i16,
        pub error_message: Option<String>,
        pub matching_acls: Vec<DeleteAclsMatchingAcl>,
    }

    impl Default for DeleteAclsFilterResult {
        fn default() -> Self {
            Self {
                error_code: Default::default(),
                error_message: Some(Default::default()),
                matching_acls: Default::default(),
            }
        }
    }

    impl DeleteAclsFilterResult {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            value.matching_acls =
                reader.array(|reader| DeleteAclsMatchingAcl::decode(reader, version))?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            writer.array(&self.matching_acls, |writer, item| item.encode(writer, version))?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct DeleteAclsMatchingAcl {
        pub error_code: i16,
        pub error_message: Option<String>,
        pub resource_type: i8,
        pub resource_name: String,
        pub pattern_type: i8,
        pub principal: String,
        pub host: String,
        pub operation: i8,
        pub permission_type: i8,
    }

    impl Default for DeleteAclsMatchingAcl {
        fn default() -> Self {
            Self {
                error_code: Default::default(),
                error_message: Some(Default::default()),
                resource_type: Default::default(),
                resource_name: Default::default(),
                pattern_type: 3,
                principal: Default::default(),
                host: Default::default(),
                operation: Default::default(),
                permission_type: Default::default(),
            }
        }
    }

    impl DeleteAclsMatchingAcl {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            value.resource_type = reader.i8()?;
            value.resource_name = reader.string()?;
            value.pattern_type = reader.i8()?;
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
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            writer.i8(self.resource_type);
            writer.string(&self.resource_name)?;
            writer.i8(self.pattern_type);
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
