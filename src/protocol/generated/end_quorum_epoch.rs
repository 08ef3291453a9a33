//! EndQuorumEpoch (key 54).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/end_quorum_epoch.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::EndQuorumEpoch;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub cluster_id: Option<String>,
        pub topics: Vec<TopicData>,
        /// Versions 1 and later.
        pub leader_endpoints: Vec<LeaderEndpoint>,
    }

    impl Message for Request {
        const NAME: &'static str = "EndQuorumEpochRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=1;
        const FLEXIBLE_FROM: i16 = 1;

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
            value.topics = reader.array(|reader| TopicData::decode(reader, version))?;
            if version >= 1 {
                value.leader_endpoints =
                    reader.array(|reader| LeaderEndpoint::decode(reader, version))?;
            }
            if version >= 1 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.nullable_string(self.cluster_id.as_deref())?;
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            if version >= 1 {
                writer
                    .array(&self.leader_endpoints, |writer, item| item.encode(writer, version))?;
            }
            if version >= 1 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TopicData {
        pub topic_name: String,
        pub partitions: Vec<PartitionData>,
    }

    impl TopicData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.topic_name = reader.string()?;
            value.partitions = reader.array(|reader| PartitionData::decode(reader, version))?;
            if version >= 1 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.topic_name)?;
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            if version >= 1 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct PartitionData {
        pub partition_index: i32,
        pub leader_id: i32,
        pub leader_epoch: i32,
        /// Version 0 only.
        pub preferred_successors: Vec<i32>,
        /// Versions 1 and later.
        pub preferred_candidates: Vec<ReplicaInfo>,
    }

    impl PartitionData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.leader_id = reader.i32()?;
            value.leader_epoch = reader.i32()?;
            if version <= 0 {
                value.preferred_successors = reader.array(Reader::i32)?;
            }
            if version >= 1 {
                value.preferred_candidates =
                    reader.array(|reader| ReplicaInfo::decode(reader, version))?;
            }
            if version >= 1 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i32(self.leader_id);
            writer.i32(self.leader_epoch);
            if version <= 0 {
                writer.array(&self.preferred_successors, |writer, item| {
                    writer.i32(*item);
                    Ok(())
                })?;
            }
            if version >= 1 {
                writer.array(&self.preferred_candidates, |writer, item| {
                    item.encode(writer, version)
                })?;
            }
            if version >= 1 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct ReplicaInfo {
        pub candidate_id: i32,
        pub candidate_directory_id: Uuid,
    }

    impl ReplicaInfo {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.candidate_id = reader.i32()?;
            value.candidate_directory_id = reader.uuid()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.candidate_id);
            writer.uuid(self.candidate_directory_id);
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct LeaderEndpoint {
        pub name: String,
        pub host: String,
        pub port: u16,
    }

    impl LeaderEndpoint {
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
}

pub mod response {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Response {
        pub error_code: i16,
        pub topics: Vec<TopicData>,
        /// Versions 1 and later.
        pub node_endpoints: Vec<NodeEndpoint>,
    }

    impl Message for Response {
        const NAME: &'static str = "EndQuorumEpochResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=1;
        const FLEXIBLE_FROM: i16 = 1;

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
            value.error_code = reader.i16()?;
            value.topics = reader.array(|reader| TopicData::decode(reader, version))?;
            if version >= 1 {
                reader.tagged_fields(|reader, tag| {
                    match tag {
                        0 => {
                            value.node_endpoints =
                                reader.array(|reader| NodeEndpoint::decode(reader, version))?
                        }
                        _ => return Ok(false),
                    }
                    Ok(true)
                })?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.error_code);
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            if !(version >= 1) && !self.node_endpoints.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "node_endpoints", version });
            }
            if version >= 1 {
                let has_node_endpoints = !self.node_endpoints.is_empty();
                writer.unsigned_varint(u32::from(has_node_endpoints));
                if has_node_endpoints {
                    writer.tagged_field(0, |writer| {
                        writer.array(&self.node_endpoints, |writer, item| {
                            item.encode(writer, version)
                        })?;
                        Ok(())
                    })?;
                }
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TopicData {
        pub topic_name: String,
        pub partitions: Vec<PartitionData>,
    }

    impl TopicData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.topic_name = reader.string()?;
            value.partitions = reader.array(|reader| PartitionData::decode(reader, version))?;
            if version >= 1 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.topic_name)?;
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            if version >= 1 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct PartitionData {
        pub partition_index: i32,
        pub error_code: i16,
        pub leader_id: i32,
        pub leader_epoch: i32,
    }

    impl PartitionData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.error_code = reader.i16()?;
            value.leader_id = reader.i32()?;
            value.leader_epoch = reader.i32()?;
            if version >= 1 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i16(self.error_code);
            writer.i32(self.leader_id);
            writer.i32(self.leader_epoch);
            if version >= 1 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct NodeEndpoint {
        pub node_id: i32,
        pub host: String,
        pub port: u16,
    }

    impl NodeEndpoint {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.node_id = reader.i32()?;
            value.host = reader.string()?;
            value.port = reader.u16()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.node_id);
            writer.string(&self.host)?;
            writer.u16(self.port);
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
