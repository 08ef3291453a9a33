//! JoinGroup (key 11).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/join_group.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::JoinGroup;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub group_id: String,
        pub session_timeout_ms: i32,
        /// Versions 1 and later.
        pub rebalance_timeout_ms: i32,
        pub member_id: String,
        /// Versions 5 and later.
        pub group_instance_id: Option<String>,
        pub protocol_type: String,
        pub protocols: Vec<JoinGroupRequestProtocol>,
        /// Versions 8 and later.
        pub reason: Option<String>,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                group_id: Default::default(),
                session_timeout_ms: Default::default(),
                rebalance_timeout_ms: -1,
                member_id: Default::default(),
                group_instance_id: None,
                protocol_type: Default::default(),
                protocols: Default::default(),
                reason: None,
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "JoinGroupRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=9;
        const FLEXIBLE_FROM: i16 = 6;

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
            value.session_timeout_ms = reader.i32()?;
            if version >= 1 {
                value.rebalance_timeout_ms = reader.i32()?;
            }
            value.member_id = reader.string()?;
            if version >= 5 {
                value.group_instance_id = reader.nullable_string()?;
            }
            value.protocol_type = reader.string()?;
            value.protocols =
                reader.array(|reader| JoinGroupRequestProtocol::decode(reader, version))?;
            if version >= 8 {
                value.reason = reader.nullable_string()?;
            }
            if version >= 6 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.group_id)?;
            writer.i32(self.session_timeout_ms);
            if version >= 1 {
                writer.i32(self.rebalance_timeout_ms);
            }
            writer.string(&self.member_id)?;
            if version >= 5 {
                writer.nullable_string(self.group_instance_id.as_deref())?;
            }
            if !(version >= 5) && self.group_instance_id.is_some() {
                return Err(EncodeError::FieldNotInVersion { field: "group_instance_id", version });
            }
            writer.string(&self.protocol_type)?;
            writer.array(&self.protocols, |writer, item| item.encode(writer, version))?;
            if version >= 8 {
                writer.nullable_string(self.reason.as_deref())?;
            }
            if version >= 6 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct JoinGroupRequestProtocol {
        pub name: String,
        pub metadata: Bytes,
    }

    impl JoinGroupRequestProtocol {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.metadata = reader.bytes()?;
            if version >= 6 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.bytes(&self.metadata)?;
            if version >= 6 {
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
        /// Versions 2 and later.
        pub throttle_time_ms: i32,
        pub error_code: i16,
        pub generation_id: i32,
        /// Versions 7 and later.
        pub protocol_type: Option<String>,
        pub protocol_name: Option<String>,
        pub leader: String,
        /// Versions 9 and later.
        pub skip_assignment: bool,
        pub member_id: String,
        pub members: Vec<JoinGroupResponseMember>,
    }

    impl Default for Response {
        fn default() -> Self {
            Self {
                throttle_time_ms: Default::default(),
                error_code: Default::default(),
                generation_id: -1,
                protocol_type: None,
                protocol_name: Some(Default::default()),
                leader: Default::default(),
                skip_assignment: Default::default(),
                member_id: Default::default(),
                members: Default::default(),
            }
        }
    }

    impl Message for Response {
        const NAME: &'static str = "JoinGroupResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=9;
        const FLEXIBLE_FROM: i16 = 6;

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
            if version >= 2 {
                value.throttle_time_ms = reader.i32()?;
            }
            value.error_code = reader.i16()?;
            value.generation_id = reader.i32()?;
            if version >= 7 {
                value.protocol_type = reader.nullable_string()?;
            }
            value.protocol_name =
                if version >= 7 { reader.nullable_string()? } else { Some(reader.string()?) };
            value.leader = reader.string()?;
            if version >= 9 {
                value.skip_assignment = reader.bool()?;
            }
            value.member_id = reader.string()?;
            value.members =
                reader.array(|reader| JoinGroupResponseMember::decode(reader, version))?;
            if version >= 6 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version >= 2 {
                writer.i32(self.throttle_time_ms);
            }
            writer.i16(self.error_code);
            writer.i32(self.generation_id);
            if version >= 7 {
                writer.nullable_string(self.protocol_type.as_deref())?;
            }
            if version >= 7 {
                writer.nullable_string(self.protocol_name.as_deref())?;
            } else {
                writer.string(required(self.protocol_name.as_deref(), "protocol_name")?)?;
            }
            writer.string(&self.leader)?;
            if version >= 9 {
                writer.bool(self.skip_assignment);
            }
            if !(version >= 9) && self.skip_assignment {
                return Err(EncodeError::FieldNotInVersion { field: "skip_assignment", version });
            }
            writer.string(&self.member_id)?;
            writer.array(&self.members, |writer, item| item.encode(writer, version))?;
            if version >= 6 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct JoinGroupResponseMember {
        pub member_id: String,
        /// Versions 5 and later.
        pub group_instance_id: Option<String>,
        pub metadata: Bytes,
    }

    impl JoinGroupResponseMember {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.member_id = reader.string()?;
            if version >= 5 {
                value.group_instance_id = reader.nullable_string()?;
            }
            value.metadata = reader.bytes()?;
            if version >= 6 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.member_id)?;
            if version >= 5 {
                writer.nullable_string(self.group_instance_id.as_deref())?;
            }
            writer.bytes(&self.metadata)?;
            if version >= 6 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
