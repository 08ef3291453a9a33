//! LeaveGroup (key 13).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/leave_group.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::LeaveGroup;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub group_id: String,
        /// Versions 0 to 2.
        pub member_id: String,
        /// Versions 3 and later.
        pub members: Vec<MemberIdentity>,
    }

    impl Message for Request {
        const NAME: &'static str = "LeaveGroupRequest";
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
            if version <= 2 {
                value.member_id = reader.string()?;
            }
            if version >= 3 {
                value.members = reader.array(|reader| MemberIdentity::decode(reader, version))?;
            }
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.group_id)?;
            if version <= 2 {
                writer.string(&self.member_id)?;
            }
            if !(version <= 2) && !self.member_id.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "member_id", version });
            }
            if version >= 3 {
                writer.array(&self.members, |writer, item| item.encode(writer, version))?;
            }
            if !(version >= 3) && !self.members.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "members", version });
            }
            if version >= 4 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct MemberIdentity {
        pub member_id: String,
        pub group_instance_id: Option<String>,
        /// Versions 5 and later.
        pub reason: Option<String>,
    }

    impl MemberIdentity {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.member_id = reader.string()?;
            value.group_instance_id = reader.nullable_string()?;
            if version >= 5 {
                value.reason = reader.nullable_string()?;
            }
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.member_id)?;
            writer.nullable_string(self.group_instance_id.as_deref())?;
            if version >= 5 {
                writer.nullable_string(self.reason.as_deref())?;
            }
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
        /// Versions 3 and later.
        pub members: Vec<MemberResponse>,
    }

    impl Message for Response {
        const NAME: &'static str = "LeaveGroupResponse";
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
            if version >= 3 {
                value.members = reader.array(|reader| MemberResponse::decode(reader, version))?;
            }
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
            if version >= 3 {
                writer.array(&self.members, |writer, item| item.encode(writer, version))?;
            }
            if !(version >= 3) && !self.members.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "members", version });
            }
            if version >= 4 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct MemberResponse {
        pub member_id: String,
        pub group_instance_id: Option<String>,
        pub error_code: i16,
    }

    impl Default for MemberResponse {
        fn default() -> Self {
            Self {
                member_id: Default::default(),
                group_instance_id: Some(Default::default()),
                error_code: Default::default(),
            }
        }
    }

    impl MemberResponse {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.member_id = reader.string()?;
            value.group_instance_id = reader.nullable_string()?;
            value.error_code = reader.i16()?;
            if version >= 4 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.member_id)?;
            writer.nullable_string(self.group_instance_id.as_deref())?;
            writer.i16(self.error_code);
            if version >= 4 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
