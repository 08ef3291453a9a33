//! DescribeConfigs (key 32).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/describe_configs.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::DescribeConfigs;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub resources: Vec<DescribeConfigsResource>,
        pub include_synonyms: bool,
        /// Versions 3 and later.
        pub include_documentation: bool,
    }

    impl Message for Request {
        const NAME: &'static str = "DescribeConfigsRequest";
        const VERSIONS: RangeInclusive<i16> = 1..=4;
        const FLEXIBLE_FROM: i16 = 4;

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
            value.resources =
                reader.array(|reader| DescribeConfigsResource::decode(reader, version))?;
            value.include_synonyms = reader.bool()?;
            if version >= 3 {
                value.include_documentation = reader.bool()?;
            }
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.resources, |writer, item| item.encode(writer, version))?;
            writer.bool(self.include_synonyms);
            if version >= 3 {
                writer.bool(self.include_documentation);
            }
            if !(version >= 3) && self.include_documentation {
                return Err(EncodeError::FieldNotInVersion {
                    field: "include_documentation",
                    version,
                });
            }
            if version >= 4 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct DescribeConfigsResource {
        pub resource_type: i8,
        pub resource_name: String,
        pub configuration_keys: Option<Vec<String>>,
    }

    impl Default for DescribeConfigsResource {
        fn default() -> Self {
            Self {
                resource_type: Default::default(),
                resource_name: Default::default(),
                configuration_keys: Some(Default::default()),
            }
        }
    }

    impl DescribeConfigsResource {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.resource_type = reader.i8()?;
            value.resource_name = reader.string()?;
            value.configuration_keys = reader.nullable_array(Reader::string)?;
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i8(self.resource_type);
            writer.string(&self.resource_name)?;
            writer.nullable_array(self.configuration_keys.as_deref(), |writer, item| {
                writer.string(item)
            })?;
            if version >= 4 {
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
        pub results: Vec<DescribeConfigsResult>,
    }

    impl Message for Response {
        const NAME: &'static str = "DescribeConfigsResponse";
        const VERSIONS: RangeInclusive<i16> = 1..=4;
        const FLEXIBLE_FROM: i16 = 4;

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
            value.results =
                reader.array(|reader| DescribeConfigsResult::decode(reader, version))?;
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.array(&self.results, |writer, item| item.encode(writer, version))?;
            if version >= 4 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct DescribeConfigsResult {
        pub error_code: i16,
        pub error_message: Option<String>,
        pub resource_type: i8,
        pub resource_name: String,
        pub configs: Vec<DescribeConfigsResourceResult>,
    }

    impl Default for DescribeConfigsResult {
        fn default() -> Self {
            Self {
                error_code: Default::default(),
                error_message: Some(Default::default()),
                resource_type: Default::default(),
                resource_name: Default::default(),
                configs: Default::default(),
            }
        }
    }

    impl DescribeConfigsResult {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            value.resource_type = reader.i8()?;
            value.resource_name = reader.string()?;
            value.configs =
                reader.array(|reader| DescribeConfigsResourceResult::decode(reader, version))?;
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            writer.i8(self.resource_type);
            writer.string(&self.resource_name)?;
            writer.array(&self.configs, |writer, item| item.encode(writer, version))?;
            if version >= 4 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct DescribeConfigsResourceResult {
        pub name: String,
        pub value: Option<String>,
        pub read_only: bool,
        pub config_source: i8,
        pub is_sensitive: bool,
        pub synonyms: Vec<DescribeConfigsSynonym>,
        /// Versions 3 and later.
        pub config_type: i8,
        /// Versions 3 and later.
        pub documentation: Option<String>,
    }

    impl Default for DescribeConfigsResourceResult {
        fn default() -> Self {
            Self {
                name: Default::default(),
                value: Some(Default::default()),
                read_only: Default::default(),
                config_source: -1,
                is_sensitive: Default::default(),
                synonyms: Default::default(),
                config_type: Default::default(),
                documentation: Some(Default::default()),
            }
        }
    }

    impl DescribeConfigsResourceResult {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.value = reader.nullable_string()?;
            value.read_only = reader.bool()?;
            value.config_source = reader.i8()?;
            value.is_sensitive = reader.bool()?;
            value.synonyms =
                reader.array(|reader| DescribeConfigsSynonym::decode(reader, version))?;
            if version >= 3 {
                value.config_type = reader.i8()?;
            }
            if version >= 3 {
                value.documentation = reader.nullable_string()?;
            }
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.nullable_string(self.value.as_deref())?;
            writer.bool(self.read_only);
            writer.i8(self.config_source);
            writer.bool(self.is_sensitive);
            writer.array(&self.synonyms, |writer, item| item.encode(writer, version))?;
            if version >= 3 {
                writer.i8(self.config_type);
            }
            if version >= 3 {
                writer.nullable_string(self.documentation.as_deref())?;
            }
            if version >= 4 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct DescribeConfigsSynonym {
        pub name: String,
        pub value: Option<String>,
        pub source: i8,
    }

    impl Default for DescribeConfigsSynonym {
        fn default() -> Self {
            Self {
                name: Default::default(),
                value: Some(Default::default()),
                source: Default::default(),
            }
        }
    }

    impl DescribeConfigsSynonym {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.value = reader.nullable_string()?;
            value.source = reader.i8()?;
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.nullable_string(self.value.as_deref())?;
            writer.i8(self.source);
            if version >= 4 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
