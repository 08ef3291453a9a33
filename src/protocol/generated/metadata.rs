//! Metadata (key 3).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/metadata.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::Metadata;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub topics: Option<Vec<MetadataRequestTopic>>,
        /// Versions 4 and later.
        pub allow_auto_topic_creation: bool,
        /// Versions 8 to 10.
        pub include_cluster_authorized_operations: bool,
        /// Versions 8 and later.
        pub include_topic_authorized_operations: bool,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                topics: Some(Default::default()),
                allow_auto_topic_creation: true,
                include_cluster_authorized_operations: Default::default(),
                include_topic_authorized_operations: Default::default(),
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "MetadataRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=13;
        const FLEXIBLE_FROM: i16 = 9;

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
            value.topics = if version >= 1 {
                reader.nullable_array(|reader| MetadataRequestTopic::decode(reader, version))?
            } else {
                Some(reader.array(|reader| MetadataRequestTopic::decode(reader, version))?)
            };
            if version >= 4 {
                value.allow_auto_topic_creation = reader.bool()?;
            }
            if (8..=10).contains(&version) {
                value.include_cluster_authorized_operations = reader.bool()?;
            }
            if version >= 8 {
                value.include_topic_authorized_operations = reader.bool()?;
            }
            if version >= 9 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version >= 1 {
                writer.nullable_array(self.topics.as_deref(), |writer, item| {
                    item.encode(writer, version)
                })?;
            } else {
                writer.array(required(self.topics.as_deref(), "topics")?, |writer, item| {
                    item.encode(writer, version)
                })?;
            }
            if version >= 4 {
                writer.bool(self.allow_auto_topic_creation);
            }
            if !(version >= 4) && !self.allow_auto_topic_creation {
                return Err(EncodeError::FieldNotInVersion {
                    field: "allow_auto_topic_creation",
                    version,
                });
            }
            if (8..=10).contains(&version) {
                writer.bool(self.include_cluster_authorized_operations);
            }
            if !(8..=10).contains(&version) && self.include_cluster_authorized_operations {
                return Err(EncodeError::FieldNotInVersion {
                    field: "include_cluster_authorized_operations",
                    version,
                });
            }
            if version >= 8 {
                writer.bool(self.include_topic_authorized_operations);
            }
            if !(version >= 8) && self.include_topic_authorized_operations {
                return Err(EncodeError::FieldNotInVersion {
                    field: "include_topic_authorized_operations",
                    version,
                });
            }
            if version >= 9 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct MetadataRequestTopic {
        /// Versions 10 and later.
        pub topic_id: Uuid,
        pub name: Option<String>,
    }

    impl Default for MetadataRequestTopic {
        fn default() -> Self {
            Self { topic_id: Default::default(), name: Some(Default::default()) }
        }
    }

    impl MetadataRequestTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            if version >= 10 {
                value.topic_id = reader.uuid()?;
            }
            value.name =
                if version >= 10 { reader.nullable_string()? } else { Some(reader.string()?) };
            if version >= 9 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version >= 10 {
                writer.uuid(self.topic_id);
            }
            if version >= 10 {
                writer.nullable_string(self.name.as_deref())?;
            } else {
                writer.string(required(self.name.as_deref(), "name")?)?;
            }
            if version >= 9 {
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
        /// Versions 3 and later.
        pub throttle_time_ms: i32,
        pub brokers: Vec<MetadataResponseBroker>,
        /// Versions 2 and later.
        pub cluster_id: Option<String>,
        /// Versions 1 and later.
        pub controller_id: i32,
        pub topics: Vec<MetadataResponseTopic>,
        /// Versions 8 to 10.
        pub cluster_authorized_operations: i32,
        /// Versions 13 and later.
        pub error_code: i16,
    }

    impl Default for Response {
        fn default() -> Self {
            Self {
                throttle_time_ms: Default::default(),
                brokers: Default::default(),
                cluster_id: None,
                controller_id: -1,
                topics: Default::default(),
                cluster_authorized_operations: -2147483648,
                error_code: Default::default(),
            }
        }
    }

    impl Message for Response {
        const NAME: &'static str = "MetadataResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=13;
        const FLEXIBLE_FROM: i16 = 9;

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
            if version >= 3 {
                value.throttle_time_ms = reader.i32()?;
            }
            value.brokers =
                reader.array(|reader| MetadataResponseBroker::decode(reader, version))?;
            if version >= 2 {
                value.cluster_id = reader.nullable_string()?;
            }
            if version >= 1 {
                value.controller_id = reader.i32()?;
            }
            value.topics = reader.array(|reader| MetadataResponseTopic::decode(reader, version))?;
            if (8..=10).contains(&version) {
                value.cluster_authorized_operations = reader.i32()?;
            }
            if version >= 13 {
                value.error_code = reader.i16()?;
            }
            if version >= 9 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version >= 3 {
                writer.i32(self.throttle_time_ms);
            }
            writer.array(&self.brokers, |writer, item| item.encode(writer, version))?;
            if version >= 2 {
                writer.nullable_string(self.cluster_id.as_deref())?;
            }
            if version >= 1 {
                writer.i32(self.controller_id);
            }
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            if (8..=10).contains(&version) {
                writer.i32(self.cluster_authorized_operations);
            }
            if !(8..=10).contains(&version) && self.cluster_authorized_operations != -2147483648 {
                return Err(EncodeError::FieldNotInVersion {
                    field: "cluster_authorized_operations",
                    version,
                });
            }
            if version >= 13 {
                writer.i16(self.error_code);
            }
            if version >= 9 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct MetadataResponseBroker {
        pub node_id: i32,
        pub host: String,
        pub port: i32,
        /// Versions 1 and later.
        pub rack: Option<String>,
    }

    impl MetadataResponseBroker {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.node_id = reader.i32()?;
            value.host = reader.string()?;
            value.port = reader.i32()?;
            if version >= 1 {
                value.rack = reader.nullable_string()?;
            }
            if version >= 9 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.node_id);
            writer.string(&self.host)?;
            writer.i32(self.port);
            if version >= 1 {
                writer.nullable_string(self.rack.as_deref())?;
            }
            if version >= 9 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct MetadataResponseTopic {
        pub error_code: i16,
        pub name: Option<String>,
        /// Versions 10 and later.
        pub topic_id: Uuid,
        /// Versions 1 and later.
        pub is_internal: bool,
        pub partitions: Vec<MetadataResponsePartition>,
        /// Versions 8 and later.
        pub topic_authorized_operations: i32,
    }

    impl Default for MetadataResponseTopic {
        fn default() -> Self {
            Self {
                error_code: Default::default(),
                name: Some(Default::default()),
                topic_id: Default::default(),
                is_internal: Default::default(),
                partitions: Default::default(),
                topic_authorized_operations: -2147483648,
            }
        }
    }

    impl MetadataResponseTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.error_code = reader.i16()?;
            value.name =
                if version >= 12 { reader.nullable_string()? } else { Some(reader.string()?) };
            if version >= 10 {
                value.topic_id = reader.uuid()?;
            }
            if version >= 1 {
                value.is_internal = reader.bool()?;
            }
            value.partitions =
                reader.array(|reader| MetadataResponsePartition::decode(reader, version))?;
            if version >= 8 {
                value.topic_authorized_operations = reader.i32()?;
            }
            if version >= 9 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.error_code);
            if version >= 12 {
                writer.nullable_string(self.name.as_deref())?;
            } else {
                writer.string(required(self.name.as_deref(), "name")?)?;
            }
            if version >= 10 {
                writer.uuid(self.topic_id);
            }
            if version >= 1 {
                writer.bool(self.is_internal);
            }
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            if version >= 8 {
                writer.i32(self.topic_authorized_operations);
            }
            if !(version >= 8) && self.topic_authorized_operations != -2147483648 {
                return Err(EncodeError::FieldNotInVersion {
                    field: "topic_authorized_operations",
                    version,
                });
            }
            if version >= 9 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct MetadataResponsePartition {
        pub error_code: i16,
        pub partition_index: i32,
        pub leader_id: i32,
        /// Versions 7 and later.
        pub leader_epoch: i32,
        pub replica_nodes: Vec<i32>,
        pub isr_nodes: Vec<i32>,
        /// Versions 5 and later.
        pub offline_replicas: Vec<i32>,
    }

    impl Default for MetadataResponsePartition {
        fn default() -> Self {
            Self {
                error_code: Default::default(),
                partition_index: Default::default(),
                leader_id: Default::default(),
                leader_epoch: -1,
                replica_nodes: Default::default(),
                isr_nodes: Default::default(),
                offline_replicas: Default::default(),
            }
        }
    }

    impl MetadataResponsePartition {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.error_code = reader.i16()?;
            value.partition_index = reader.i32()?;
            value.leader_id = reader.i32()?;
            if version >= 7 {
                value.leader_epoch = reader.i32()?;
            }
            value.replica_nodes = reader.array(Reader::i32)?;
            value.isr_nodes = reader.array(Reader::i32)?;
            if version >= 5 {
                value.offline_replicas = reader.array(Reader::i32)?;
            }
            if version >= 9 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.error_code);
            writer.i32(self.partition_index);
            writer.i32(self.leader_id);
            if version >= 7 {
                writer.i32(self.leader_epoch);
            }
            writer.array(&self.replica_nodes, |writer, item| {
                writer.i32(*item);
                Ok(())
            })?;
            writer.array(&self.isr_nodes, |writer, item| {
                writer.i32(*item);
                Ok(())
            })?;
            if version >= 5 {
                writer.array(&self.offline_replicas, |writer, item| {
                    writer.i32(*item);
                    Ok(())
                })?;
            }
            if version >= 9 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
