//! FindCoordinator (key 10).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/find_coordinator.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::FindCoordinator;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        /// Versions 0 to 3.
        pub key: String,
        /// Versions 1 and later.
        pub key_type: i8,
        /// Versions 4 and later.
        pub coordinator_keys: Vec<String>,
    }

    impl Message for Request {
        const NAME: &'static str = "FindCoordinatorRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=6;
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
            if version <= 3 {
                value.key = reader.string()?;
            }
            if version >= 1 {
                value.key_type = reader.i8()?;
            }
            if version >= 4 {
                value.coordinator_keys = reader.array(Reader::string)?;
            }
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version <= 3 {
                writer.string(&self.key)?;
            }
            if !(version <= 3) && !self.key.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "key", version });
            }
            if version >= 1 {
                writer.i8(self.key_type);
            }
            if !(version >= 1) && self.key_type != 0 {
                return Err(EncodeError::FieldNotInVersion { field: "key_type", version });
            }
            if version >= 4 {
                writer.array(&self.coordinator_keys, |writer, item| writer.string(item))?;
            }
            if !(version >= 4) && !self.coordinator_keys.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "coordinator_keys", version });
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

    #[derive(Clone, Debug, PartialEq)]
    pub struct Response {
        /// Versions 1 and later.
        pub throttle_time_ms: i32,
        /// Versions 0 to 3.
        pub error_code: i16,
        /// Versions 1 to 3.
        pub error_message: Option<String>,
        /// Versions 0 to 3.
        pub node_id: i32,
        /// Versions 0 to 3.
        pub host: String,
        /// Versions 0 to 3.
        pub port: i32,
        /// Versions 4 and later.
        pub coordinators: Vec<Coordinator>,
    }

    impl Default for Response {
        fn default() -> Self {
            Self {
                throttle_time_ms: Default::default(),
                error_code: Default::default(),
                error_message: Some(Default::default()),
                node_id: Default::default(),
                host: Default::default(),
                port: Default::default(),
                coordinators: Default::default(),
            }
        }
    }

    impl Message for Response {
        const NAME: &'static str = "FindCoordinatorResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=6;
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
            if version <= 3 {
                value.error_code = reader.i16()?;
            }
            if (1..=3).contains(&version) {
                value.error_message = reader.nullable_string()?;
            }
            if version <= 3 {
                value.node_id = reader.i32()?;
            }
            if version <= 3 {
                value.host = reader.string()?;
            }
            if version <= 3 {
                value.port = reader.i32()?;
            }
            if version >= 4 {
                value.coordinators = reader.array(|reader| Coordinator::decode(reader, version))?;
            }
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version >= 1 {
                writer.i32(self.throttle_time_ms);
            }
            if version <= 3 {
                writer.i16(self.error_code);
            }
            if !(version <= 3) && self.error_code != 0 {
                return Err(EncodeError::FieldNotInVersion { field: "error_code", version });
            }
            if (1..=3).contains(&version) {
                writer.nullable_string(self.error_message.as_deref())?;
            }
            if version <= 3 {
                writer.i32(self.node_id);
            }
            if !(version <= 3) && self.node_id != 0 {
                return Err(EncodeError::FieldNotInVersion { field: "node_id", version });
            }
            if version <= 3 {
                writer.string(&self.host)?;
            }
            if !(version <= 3) && !self.host.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "host", version });
            }
            if version <= 3 {
                writer.i32(self.port);
            }
            if !(version <= 3) && self.port != 0 {
                return Err(EncodeError::FieldNotInVersion { field: "port", version });
            }
            if version >= 4 {
                writer.array(&self.coordinators, |writer, item| item.encode(writer, version))?;
            }
            if !(version >= 4) && !self.coordinators.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "coordinators", version });
            }
            if version >= 3 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct Coordinator {
        pub key: String,
        pub node_id: i32,
        pub host: String,
        pub port: i32,
        pub error_code: i16,
        pub error_message: Option<String>,
    }

    impl Default for Coordinator {
        fn default() -> Self {
            Self {
                key: Default::default(),
                node_id: Default::default(),
                host: Default::default(),
                port: Default::default(),
                error_code: Default::default(),
                error_message: Some(Default::default()),
            }
        }
    }

    impl Coordinator {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.key = reader.string()?;
            value.node_id = reader.i32()?;
            value.host = reader.string()?;
            value.port = reader.i32()?;
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.key)?;
            writer.i32(self.node_id);
            writer.string(&self.host)?;
            writer.i32(self.port);
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
