//! SyncGroup (key 14).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/sync_group.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::SyncGroup;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub group_id: String,
        pub generation_id: i32,
        pub member_id: String,
        /// Versions 3 and later.
        pub group_instance_id: Option<String>,
        /// Versions 5 and later.
        pub protocol_type: Option<String>,
        /// Versions 5 and later.
        pub protocol_name: Option<String>,
        pub assignments: Vec<SyncGroupRequestAssignment>,
    }

    impl Message for Request {
        const NAME: &'static str = "SyncGroupRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=5;
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
            value.group_id = reader.string()?;
            value.generation_id = reader.i32()?;
            value.member_id = reader.string()?;
            if version >= 3 {
                value.group_instance_id = reader.nullable_string()?;
            }
            if version >= 5 {
                value.protocol_type = reader.nullable_string()?;
            }
            if version >= 5 {
                value.protocol_name = reader.nullable_string()?;
            }
            value.assignments =
                reader.array(|reader| SyncGroupRequestAssignment::decode(reader, version))?;
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.group_id)?;
            writer.i32(self.generation_id);
            writer.string(&self.member_id)?;
            if version >= 3 {
                writer.nullable_string(self.group_instance_id.as_deref())?;
            }
            if !(version >= 3) && self.group_instance_id.is_some() {
                return Err(EncodeError::FieldNotInVersion { field: "group_instance_id", version });
            }
            if version >= 5 {
                writer.nullable_string(self.protocol_type.as_deref())?;
            }
            if version >= 5 {
                writer.nullable_string(self.protocol_name.as_deref())?;
            }
            writer.array(&self.assignments, |writer, item| item.encode(writer, version))?;
            if version >= 4 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct SyncGroupRequestAssignment {
        pub member_id: String,
        pub assignment: Bytes,
    }

    impl SyncGroupRequestAssignment {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.member_id = reader.string()?;
            value.assignment = reader.bytes()?;
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.member_id)?;
            writer.bytes(&self.assignment)?;
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
        /// Versions 1 and later.
        pub throttle_time_ms: i32,
        pub error_code: i16,
        /// Versions 5 and later.
        pub protocol_type: Option<String>,
        /// Versions 5 and later.
        pub protocol_name: Option<String>,
        pub assignment: Bytes,
    }

    impl Message for Response {
        const NAME: &'static str = "SyncGroupResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=5;
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
            if version >= 1 {
                value.throttle_time_ms = reader.i32()?;
            }
            value.error_code = reader.i16()?;
            if version >= 5 {
                value.protocol_type = reader.nullable_string()?;
            }
            if version >= 5 {
                value.protocol_name = reader.nullable_string()?;
            }
            value.assignment = reader.bytes()?;
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version >= 1 {
                writer.i32(self.throttle_time_ms);
            }
            writer.i16(self.error_code);
            if version >= 5 {
                writer.nullable_string(self.protocol_type.as_deref())?;
            }
            if version >= 5 {
                writer.nullable_string(self.protocol_name.as_deref())?;
            }
            writer.bytes(&self.assignment)?;
            if version >= 4 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
