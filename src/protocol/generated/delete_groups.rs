//! DeleteGroups (key 42).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/delete_groups.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::DeleteGroups;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub groups_names: Vec<String>,
    }

    impl Message for Request {
        const NAME: &'static str = "DeleteGroupsRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=3;
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
            value.groups_names = reader.array(Reader::string)?;
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.groups_names, |writer, item| writer.string(item))?;
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
        pub results: Vec<DeletableGroupResult>,
    }

    impl Message for Response {
        const NAME: &'static str = "DeleteGroupsResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=3;
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
            value.results = reader.array(|reader| DeletableGroupResult::decode(reader, version))?;
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

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct DeletableGroupResult {
        pub group_id: String,
        pub error_code: i16,
        /// Versions 3 and later.
        pub error_message: Option<String>,
    }

    impl DeletableGroupResult {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.group_id = reader.string()?;
            value.error_code = reader.i16()?;
            if version >= 3 {
                value.error_message = reader.nullable_string()?;
            }
            if version >= 2 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.group_id)?;
            writer.i16(self.error_code);
            if version >= 3 {
                writer.nullable_string(self.error_message.as_deref())?;
            }
            if version >= 2 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
