//! BrokerHeartbeat (key 63).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/broker_heartbeat.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::BrokerHeartbeat;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub broker_id: i32,
        pub broker_epoch: i64,
        pub current_metadata_offset: i64,
        pub want_fence: bool,
        pub want_shut_down: bool,
        /// Versions 1 and later.
        pub offline_log_dirs: Vec<Uuid>,
        /// Versions 2 and later.
        pub cordoned_log_dirs: Option<Vec<Uuid>>,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                broker_id: Default::default(),
                broker_epoch: -1,
                current_metadata_offset: Default::default(),
                want_fence: Default::default(),
                want_shut_down: Default::default(),
                offline_log_dirs: Default::default(),
                cordoned_log_dirs: None,
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "BrokerHeartbeatRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=2;
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
            value.broker_id = reader.i32()?;
            value.broker_epoch = reader.i64()?;
            value.current_metadata_offset = reader.i64()?;
            value.want_fence = reader.bool()?;
            value.want_shut_down = reader.bool()?;
            reader.tagged_fields(|reader, tag| {
                match tag {
                    0 if version >= 1 => value.offline_log_dirs = reader.array(Reader::uuid)?,
                    1 if version >= 2 => {
                        value.cordoned_log_dirs = reader.nullable_array(Reader::uuid)?
                    }
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.broker_id);
            writer.i64(self.broker_epoch);
            writer.i64(self.current_metadata_offset);
            writer.bool(self.want_fence);
            writer.bool(self.want_shut_down);
            if !(version >= 1) && !self.offline_log_dirs.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "offline_log_dirs", version });
            }
            if !(version >= 2) && self.cordoned_log_dirs.is_some() {
                return Err(EncodeError::FieldNotInVersion { field: "cordoned_log_dirs", version });
            }
            let has_offline_log_dirs = version >= 1 && !self.offline_log_dirs.is_empty();
            let has_cordoned_log_dirs = version >= 2 && self.cordoned_log_dirs.is_some();
            writer.unsigned_varint(
                u32::from(has_offline_log_dirs) + u32::from(has_cordoned_log_dirs),
            );
            if has_offline_log_dirs {
                writer.tagged_field(0, |writer| {
                    writer.array(&self.offline_log_dirs, |writer, item| {
                        writer.uuid(*item);
                        Ok(())
                    })?;
                    Ok(())
                })?;
            }
            if has_cordoned_log_dirs {
                writer.tagged_field(1, |writer| {
                    writer.nullable_array(self.cordoned_log_dirs.as_deref(), |writer, item| {
                        writer.uuid(*item);
                        Ok(())
                    })?;
                    Ok(())
                })?;
            }
            Ok(())
        }
    }
}

pub mod response {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Response {
        pub throttle_time_ms: i32,
        pub error_code: i16,
        pub is_caught_up: bool,
        pub is_fenced: bool,
        pub should_shut_down: bool,
    }

    impl Default for Response {
        fn default() -> Self {
            Self {
                throttle_time_ms: Default::default(),
                error_code: Default::default(),
                is_caught_up: Default::default(),
                is_fenced: true,
                should_shut_down: Default::default(),
            }
        }
    }

    impl Message for Response {
        const NAME: &'static str = "BrokerHeartbeatResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=2;
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
            value.is_caught_up = reader.bool()?;
            value.is_fenced = reader.bool()?;
            value.should_shut_down = reader.bool()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
            writer.bool(self.is_caught_up);
            writer.bool(self.is_fenced);
            writer.bool(self.should_shut_down);
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
