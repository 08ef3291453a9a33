//! UpdateRaftVoter (key 82).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/update_raft_voter.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::UpdateRaftVoter;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub cluster_id: Option<String>,
        pub current_leader_epoch: i32,
        pub voter_id: i32,
        pub voter_directory_id: Uuid,
        pub listeners: Vec<Listener>,
        pub kraft_version_feature: KRaftVersionFeature,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                cluster_id: Some(Default::default()),
                current_leader_epoch: Default::default(),
                voter_id: Default::default(),
                voter_directory_id: Default::default(),
                listeners: Default::default(),
                kraft_version_feature: Default::default(),
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "UpdateRaftVoterRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=0;
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
            value.cluster_id = reader.nullable_string()?;
            value.current_leader_epoch = reader.i32()?;
            value.voter_id = reader.i32()?;
            value.voter_directory_id = reader.uuid()?;
            value.listeners = reader.array(|reader| Listener::decode(reader, version))?;
            value.kraft_version_feature = KRaftVersionFeature::decode(reader, version)?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.nullable_string(self.cluster_id.as_deref())?;
            writer.i32(self.current_leader_epoch);
            writer.i32(self.voter_id);
            writer.uuid(self.voter_directory_id);
            writer.array(&self.listeners, |writer, item| item.encode(writer, version))?;
            self.kraft_version_feature.encode(writer, version)?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Listener {
        pub name: String,
        pub host: String,
        pub port: u16,
    }

    impl Listener {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.host = reader.string()?;
            value.port = reader.u16()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.string(&self.host)?;
            writer.u16(self.port);
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct KRaftVersionFeature {
        pub min_supported_version: i16,
        pub max_supported_version: i16,
    }

    impl KRaftVersionFeature {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.min_supported_version = reader.i16()?;
            value.max_supported_version = reader.i16()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.min_supported_version);
            writer.i16(self.max_supported_version);
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
        pub current_leader: CurrentLeader,
    }

    impl Message for Response {
        const NAME: &'static str = "UpdateRaftVoterResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=0;
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
            reader.tagged_fields(|reader, tag| {
                match tag {
                    0 => value.current_leader = CurrentLeader::decode(reader, version)?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
            let has_current_leader = self.current_leader != CurrentLeader::default();
            writer.unsigned_varint(u32::from(has_current_leader));
            if has_current_leader {
                writer.tagged_field(0, |writer| {
                    self.current_leader.encode(writer, version)?;
                    Ok(())
                })?;
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct CurrentLeader {
        pub leader_id: i32,
        pub leader_epoch: i32,
        pub host: String,
        pub port: i32,
    }

    impl Default for CurrentLeader {
        fn default() -> Self {
            Self {
                leader_id: -1,
                leader_epoch: -1,
                host: Default::default(),
                port: Default::default(),
            }
        }
    }

    impl CurrentLeader {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.leader_id = reader.i32()?;
            value.leader_epoch = reader.i32()?;
            value.host = reader.string()?;
            value.port = reader.i32()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.leader_id);
            writer.i32(self.leader_epoch);
            writer.string(&self.host)?;
            writer.i32(self.port);
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
