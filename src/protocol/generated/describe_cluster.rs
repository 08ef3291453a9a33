//! DescribeCluster (key 60).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/describe_cluster.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::DescribeCluster;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub include_cluster_authorized_operations: bool,
        /// Versions 1 and later.
        pub endpoint_type: i8,
        /// Versions 2 and later.
        pub include_fenced_brokers: bool,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                include_cluster_authorized_operations: Default::default(),
                endpoint_type: 1,
                include_fenced_brokers: Default::default(),
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "DescribeClusterRequest";
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
            value.include_cluster_authorized_operations = reader.bool()?;
            if version >= 1 {
                value.endpoint_type = reader.i8()?;
            }
            if version >= 2 {
                value.include_fenced_brokers = reader.bool()?;
            }
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.bool(self.include_cluster_authorized_operations);
            if version >= 1 {
                writer.i8(self.endpoint_type);
            }
            if !(version >= 1) && self.endpoint_type != 1 {
                return Err(EncodeError::FieldNotInVersion { field: "endpoint_type", version });
            }
            if version >= 2 {
                writer.bool(self.include_fenced_brokers);
            }
            if !(version >= 2) && self.include_fenced_brokers {
                return Err(EncodeError::FieldNotInVersion {
                    field: "include_fenced_brokers",
                    version,
                });
            }
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
        pub error_message: Option<String>,
        /// Versions 1 and later.
        pub endpoint_type: i8,
        pub cluster_id: String,
        pub controller_id: i32,
        pub brokers: Vec<DescribeClusterBroker>,
        pub cluster_authorized_operations: i32,
    }

    impl Default for Response {
        fn default() -> Self {
            Self {
                throttle_time_ms: Default::default(),
                error_code: Default::default(),
                error_message: None,
                endpoint_type: 1,
                cluster_id: Default::default(),
                controller_id: -1,
                brokers: Default::default(),
                cluster_authorized_operations: -2147483648,
            }
        }
    }

    impl Message for Response {
        const NAME: &'static str = "DescribeClusterResponse";
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
            value.error_message = reader.nullable_string()?;
            if version >= 1 {
                value.endpoint_type = reader.i8()?;
            }
            value.cluster_id = reader.string()?;
            value.controller_id = reader.i32()?;
            value.brokers =
                reader.array(|reader| DescribeClusterBroker::decode(reader, version))?;
            value.cluster_authorized_operations = reader.i32()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            if version >= 1 {
                writer.i8(self.endpoint_type);
            }
            if !(version >= 1) && self.endpoint_type != 1 {
                return Err(EncodeError::FieldNotInVersion { field: "endpoint_type", version });
            }
            writer.string(&self.cluster_id)?;
            writer.i32(self.controller_id);
            writer.array(&self.brokers, |writer, item| item.encode(writer, version))?;
            writer.i32(self.cluster_authorized_operations);
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct DescribeClusterBroker {
        pub broker_id: i32,
        pub host: String,
        pub port: i32,
        pub rack: Option<String>,
        /// Versions 2 and later.
        pub is_fenced: bool,
    }

    impl DescribeClusterBroker {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.broker_id = reader.i32()?;
            value.host = reader.string()?;
            value.port = reader.i32()?;
            value.rack = reader.nullable_string()?;
            if version >= 2 {
                value.is_fenced = reader.bool()?;
            }
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.broker_id);
            writer.string(&self.host)?;
            writer.i32(self.port);
            writer.nullable_string(self.rack.as_deref())?;
            if version >= 2 {
                writer.bool(self.is_fenced);
            }
            if !(version >= 2) && self.is_fenced {
                return Err(EncodeError::FieldNotInVersion { field: "is_fenced", version });
            }
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
