//! ListConfigResources (key 74).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/list_config_resources.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::ListConfigResources;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        /// Versions 1 and later.
        pub resource_types: Vec<i8>,
    }

    impl Message for Request {
        const NAME: &'static str = "ListConfigResourcesRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=1;
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
            if version >= 1 {
                value.resource_types = reader.array(Reader::i8)?;
            }
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version >= 1 {
                writer.array(&self.resource_types, |writer, item| {
                    writer.i8(*item);
                    Ok(())
                })?;
            }
            if !(version >= 1) && !self.resource_types.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "resource_types", version });
            }
            writer.no_tagged_fields();
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
        pub config_resources: Vec<ConfigResource>,
    }

    impl Message for Response {
        const NAME: &'static str = "ListConfigResourcesResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=1;
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
            value.throttle_time_ms = reader.i32()?;
            value.error_code = reader.i16()?;
            value.config_resources =
                reader.array(|reader| ConfigResource::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
            writer.array(&self.config_resources, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct ConfigResource {
        pub resource_name: String,
        /// Versions 1 and later.
        pub resource_type: i8,
    }

    impl Default for ConfigResource {
        fn default() -> Self {
            Self { resource_name: Default::default(), resource_type: 16 }
        }
    }

    impl ConfigResource {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.resource_name = reader.string()?;
            if version >= 1 {
                value.resource_type = reader.i8()?;
            }
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.resource_name)?;
            if version >= 1 {
                writer.i8(self.resource_type);
            }
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
