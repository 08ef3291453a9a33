//! ListGroups (key 16).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/list_groups.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::ListGroups;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        /// Versions 4 and later.
        pub states_filter: Vec<String>,
        /// Versions 5 and later.
        pub types_filter: Vec<String>,
    }

    impl Message for Request {
        const NAME: &'static str = "ListGroupsRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=5;
        const FLEXIBLE_FROM: i16 = 3;

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
            if version >= 4 {
                value.states_filter = reader.array(Reader::string)?;
            }
            if version >= 5 {
                value.types_filter = reader.array(Reader::string)?;
            }
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version >= 4 {
                writer.array(&self.states_filter, |writer, item| writer.string(item))?;
            }
            if !(version >= 4) && !self.states_filter.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "states_filter", version });
            }
            if version >= 5 {
                writer.array(&self.types_filter, |writer, item| writer.string(item))?;
            }
            if !(version >= 5) && !self.types_filter.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "types_filter", version });
            }
            if version >= 3 {
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
        /// Versions 1 and later.
        pub throttle_time_ms: i32,
        pub error_code: i16,
        pub groups: Vec<ListedGroup>,
    }

    impl Message for Response {
        const NAME: &'static str = "ListGroupsResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=5;
        const FLEXIBLE_FROM: i16 = 3;

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
            if version >= 1 {
                value.throttle_time_ms = reader.i32()?;
            }
            value.error_code = reader.i16()?;
            value.groups = reader.array(|reader| ListedGroup::decode(reader, version))?;
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version >= 1 {
                writer.i32(self.throttle_time_ms);
            }
            writer.i16(self.error_code);
            writer.array(&self.groups, |writer, item| item.encode(writer, version))?;
            if version >= 3 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct ListedGroup {
        pub group_id: String,
        pub protocol_type: String,
        /// Versions 4 and later.
        pub group_state: String,
        /// Versions 5 and later.
        pub group_type: String,
    }

    impl ListedGroup {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.group_id = reader.string()?;
            value.protocol_type = reader.string()?;
            if version >= 4 {
                value.group_state = reader.string()?;
            }
            if version >= 5 {
                value.group_type = reader.string()?;
            }
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.group_id)?;
            writer.string(&self.protocol_type)?;
            if version >= 4 {
                writer.string(&self.group_state)?;
            }
            if version >= 5 {
                writer.string(&self.group_type)?;
            }
            if version >= 3 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
