//! AlterConfigs (key 33).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/alter_configs.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::AlterConfigs;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub resources: Vec<AlterConfigsResource>,
        pub validate_only: bool,
    }

    impl Message for Request {
        const NAME: &'static str = "AlterConfigsRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=2;
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
            value.resources =
                reader.array(|reader| AlterConfigsResource::decode(reader, version))?;
            value.validate_only = reader.bool()?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.resources, |writer, item| item.encode(writer, version))?;
            writer.bool(self.validate_only);
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct AlterConfigsResource {
        pub resource_type: i8,
        pub resource_name: String,
        pub configs: Vec<AlterableConfig>,
    }

    impl AlterConfigsResource {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.resource_type = reader.i8()?;
            value.resource_name = reader.string()?;
            value.configs = reader.array(|reader| AlterableConfig::decode(reader, version))?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i8(self.resource_type);
            writer.string(&self.resource_name)?;
            writer.array(&self.configs, |writer, item| item.encode(writer, version))?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct AlterableConfig {
        pub name: String,
        pub value: Option<String>,
    }

    impl Default for AlterableConfig {
        fn default() -> Self {
            Self { name: Default::default(), value: Some(Default::default()) }
        }
    }

    impl AlterableConfig {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.value = reader.nullable_string()?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.nullable_string(self.value.as_deref())?;
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
        pub responses: Vec<AlterConfigsResourceResponse>,
    }

    impl Message for Response {
        const NAME: &'static str = "AlterConfigsResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=2;
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
            value.responses =
                reader.array(|reader| AlterConfigsResourceResponse::decode(reader, version))?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.array(&self.responses, |writer, item| item.encode(writer, version))?;
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct AlterConfigsResourceResponse {
        pub error_code: i16,
        pub error_message: Option<String>,
        pub resource_type: i8,
        pub resource_name: String,
    }

    impl Default for AlterConfigsResourceResponse {
        fn default() -> Self {
            Self {
                error_code: Default::default(),
                error_message: Some(Default::default()),
                resource_type: Default::default(),
                resource_name: Default::default(),
            }
        }
    }

    impl AlterConfigsResourceResponse {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            value.resource_type = reader.i8()?;
            value.resource_name = reader.string()?;
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
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
