//! DescribeGroups (key 15).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/describe_groups.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::DescribeGroups;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub groups: Vec<String>,
        /// Versions 3 and later.
        pub include_authorized_operations: bool,
    }

    impl Message for Request {
        const NAME: &'static str = "DescribeGroupsRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=6;
        const FLEXIBLE_FROM: i16 = 5;

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
            value.groups = reader.array(Reader::string)?;
            if version >= 3 {
                value.include_authorized_operations = reader.bool()?;
            }
            if version >= 5 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.groups, |writer, item| writer.string(item))?;
            if version >= 3 {
                writer.bool(self.include_authorized_operations);
            }
            if !(version >= 3) && self.include_authorized_operations {
                return Err(EncodeError::FieldNotInVersion {
                    field: "include_authorized_operations",
                    version,
                });
            }
            if version >= 5 {
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
        pub groups: Vec<DescribedGroup>,
    }

    impl Message for Response {
        const NAME: &'static str = "DescribeGroupsResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=6;
        const FLEXIBLE_FROM: i16 = 5;

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
            value.groups = reader.array(|reader| DescribedGroup::decode(reader, version))?;
            if version >= 5 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version >= 1 {
                writer.i32(self.throttle_time_ms);
            }
            writer.array(&self.groups, |writer, item| item.encode(writer, version))?;
            if version >= 5 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct DescribedGroup {
        pub error_code: i16,
        /// Versions 6 and later.
        pub error_message: Option<String>,
        pub group_id: String,
        pub group_state: String,
        pub protocol_type: String,
        pub protocol_data: String,
        pub members: Vec<DescribedGroupMember>,
        /// Versions 3 and later.
        pub authorized_operations: i32,
    }

    impl Default for DescribedGroup {
        fn default() -> Self {
            Self {
                error_code: Default::default(),
                error_message: None,
                group_id: Default::default(),
                group_state: Default::default(),
                protocol_type: Default::default(),
                protocol_data: Default::default(),
                members: Default::default(),
                authorized_operations: -2147483648,
            }
        }
    }

    impl DescribedGroup {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.error_code = reader.i16()?;
            if version >= 6 {
                value.error_message = reader.nullable_string()?;
            }
            value.group_id = reader.string()?;
            value.group_state = reader.string()?;
            value.protocol_type = reader.string()?;
            value.protocol_data = reader.string()?;
            value.members = reader.array(|reader| DescribedGroupMember::decode(reader, version))?;
            if version >= 3 {
                value.authorized_operations = reader.i32()?;
            }
            if version >= 5 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.error_code);
            if version >= 6 {
                writer.nullable_string(self.error_message.as_deref())?;
            }
            if !(version >= 6) && self.error_message.is_some() {
                return Err(EncodeError::FieldNotInVersion { field: "error_message", version });
            }
            writer.string(&self.group_id)?;
            writer.string(&self.group_state)?;
            writer.string(&self.protocol_type)?;
            writer.string(&self.protocol_data)?;
            writer.array(&self.members, |writer, item| item.encode(writer, version))?;
            if version >= 3 {
                writer.i32(self.authorized_operations);
            }
            if !(version >= 3) && self.authorized_operations != -2147483648 {
                return Err(EncodeError::FieldNotInVersion {
                    field: "authorized_operations",
                    version,
                });
            }
            if version >= 5 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct DescribedGroupMember {
        pub member_id: String,
        /// Versions 4 and later.
        pub group_instance_id: Option<String>,
        pub client_id: String,
        pub client_host: String,
        pub member_metadata: Bytes,
        pub member_assignment: Bytes,
    }

    impl DescribedGroupMember {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.member_id = reader.string()?;
            if version >= 4 {
                value.group_instance_id = reader.nullable_string()?;
            }
            value.client_id = reader.string()?;
            value.client_host = reader.string()?;
            value.member_metadata = reader.bytes()?;
            value.member_assignment = reader.bytes()?;
            if version >= 5 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.member_id)?;
            if version >= 4 {
                writer.nullable_string(self.group_instance_id.as_deref())?;
            }
            writer.string(&self.client_id)?;
            writer.string(&self.client_host)?;
            writer.bytes(&self.member_metadata)?;
            writer.bytes(&self.member_assignment)?;
            if version >= 5 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
