//! BrokerRegistration (key 62).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/broker_registration.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::BrokerRegistration;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub broker_id: i32,
        pub cluster_id: String,
        pub incarnation_id: Uuid,
        pub listeners: Vec<Listener>,
        pub features: Vec<Feature>,
        pub rack: Option<String>,
        /// Versions 1 and later.
        pub is_migrating_zk_broker: bool,
        /// Versions 2 and later.
        pub log_dirs: Vec<Uuid>,
        /// Versions 3 and later.
        pub previous_broker_epoch: i64,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                broker_id: Default::default(),
                cluster_id: Default::default(),
                incarnation_id: Default::default(),
                listeners: Default::default(),
                features: Default::default(),
                rack: Some(Default::default()),
                is_migrating_zk_broker: Default::default(),
                log_dirs: Default::default(),
                previous_broker_epoch: -1,
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "BrokerRegistrationRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=4;
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
            value.cluster_id = reader.string()?;
            value.incarnation_id = reader.uuid()?;
            value.listeners = reader.array(|reader| Listener::decode(reader, version))?;
            value.features = reader.array(|reader| Feature::decode(reader, version))?;
            value.rack = reader.nullable_string()?;
            if version >= 1 {
                value.is_migrating_zk_broker = reader.bool()?;
            }
            if version >= 2 {
                value.log_dirs = reader.array(Reader::uuid)?;
            }
            if version >= 3 {
                value.previous_broker_epoch = reader.i64()?;
            }
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.broker_id);
            writer.string(&self.cluster_id)?;
            writer.uuid(self.incarnation_id);
            writer.array(&self.listeners, |writer, item| item.encode(writer, version))?;
            writer.array(&self.features, |writer, item| item.encode(writer, version))?;
            writer.nullable_string(self.rack.as_deref())?;
            if version >= 1 {
                writer.bool(self.is_migrating_zk_broker);
            }
            if !(version >= 1) && self.is_migrating_zk_broker {
                return Err(EncodeError::FieldNotInVersion {
                    field: "is_migrating_zk_broker",
                    version,
                });
            }
            if version >= 2 {
                writer.array(&self.log_dirs, |writer, item| {
                    writer.uuid(*item);
                    Ok(())
                })?;
            }
            if version >= 3 {
                writer.i64(self.previous_broker_epoch);
            }
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Listener {
        pub name: String,
        pub host: String,
        pub port: u16,
        pub security_protocol: i16,
    }

    impl Listener {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.host = reader.string()?;
            value.port = reader.u16()?;
            value.security_protocol = reader.i16()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.string(&self.host)?;
            writer.u16(self.port);
            writer.i16(self.security_protocol);
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Feature {
        pub name: String,
        pub min_supported_version: i16,
        pub max_supported_version: i16,
    }

    impl Feature {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.min_supported_version = reader.i16()?;
            value.max_supported_version = reader.i16()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.i16(self.min_supported_version);
            writer.i16(self.max_supported_version);
            writer.no_tagged_fields();
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
        pub broker_epoch: i64,
    }

    impl Default for Response {
        fn default() -> Self {
            Self {
                throttle_time_ms: Default::default(),
                error_code: Default::default(),
                broker_epoch: -1,
            }
        }
    }

    impl Message for Response {
        const NAME: &'static str = "BrokerRegistrationResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=4;
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
            value.broker_epoch = reader.i64()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
            writer.i64(self.broker_epoch);
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
