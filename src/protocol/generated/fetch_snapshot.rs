//! FetchSnapshot (key 59).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/fetch_snapshot.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::FetchSnapshot;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub cluster_id: Option<String>,
        pub replica_id: i32,
        pub max_bytes: i32,
        pub topics: Vec<TopicSnapshot>,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                cluster_id: None,
                replica_id: -1,
                max_bytes: 2147483647,
                topics: Default::default(),
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "FetchSnapshotRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=1;
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
            value.replica_id = reader.i32()?;
            value.max_bytes = reader.i32()?;
            value.topics = reader.array(|reader| TopicSnapshot::decode(reader, version))?;
            reader.tagged_fields(|reader, tag| {
                match tag {
                    0 => value.cluster_id = reader.nullable_string()?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.replica_id);
            writer.i32(self.max_bytes);
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            let has_cluster_id = self.cluster_id.is_some();
            writer.unsigned_varint(u32::from(has_cluster_id));
            if has_cluster_id {
                writer.tagged_field(0, |writer| {
                    writer.nullable_string(self.cluster_id.as_deref())?;
                    Ok(())
                })?;
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TopicSnapshot {
        pub name: String,
        pub partitions: Vec<PartitionSnapshot>,
    }

    impl TopicSnapshot {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.partitions = reader.array(|reader| PartitionSnapshot::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct PartitionSnapshot {
        pub partition: i32,
        pub current_leader_epoch: i32,
        pub snapshot_id: SnapshotId,
        pub position: i64,
        /// Versions 1 and later.
        pub replica_directory_id: Uuid,
    }

    impl PartitionSnapshot {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition = reader.i32()?;
            value.current_leader_epoch = reader.i32()?;
            value.snapshot_id = SnapshotId::decode(reader, version)?;
            value.position = reader.i64()?;
            reader.tagged_fields(|reader, tag| {
                match tag {
                    0 if version >= 1 => value.replica_directory_id = reader.uuid()?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition);
            writer.i32(self.current_leader_epoch);
            self.snapshot_id.encode(writer, version)?;
            writer.i64(self.position);
            let has_replica_directory_id = version >= 1 && !self.replica_directory_id.is_nil();
            writer.unsigned_varint(u32::from(has_replica_directory_id));
            if has_replica_directory_id {
                writer.tagged_field(0, |writer| {
                    writer.uuid(self.replica_directory_id);
                    Ok(())
                })?;
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct SnapshotId {
        pub end_offset: i64,
        pub epoch: i32,
    }

    impl SnapshotId {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.end_offset = reader.i64()?;
            value.epoch = reader.i32()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i64(self.end_offset);
            writer.i32(self.epoch);
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
        pub topics: Vec<TopicSnapshot>,
        /// Versions 1 and later.
        pub node_endpoints: Vec<NodeEndpoint>,
    }

    impl Message for Response {
        const NAME: &'static str = "FetchSnapshotResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=1;
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
            value.topics = reader.array(|reader| TopicSnapshot::decode(reader, version))?;
            reader.tagged_fields(|reader, tag| {
                match tag {
                    0 if version >= 1 => {
                        value.node_endpoints =
                            reader.array(|reader| NodeEndpoint::decode(reader, version))?
                    }
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            if !(version >= 1) && !self.node_endpoints.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "node_endpoints", version });
            }
            let has_node_endpoints = version >= 1 && !self.node_endpoints.is_empty();
            writer.unsigned_varint(u32::from(has_node_endpoints));
            if has_node_endpoints {
                writer.tagged_field(0, |writer| {
                    writer
                        .array(&self.node_endpoints, |writer, item| item.encode(writer, version))?;
                    Ok(())
                })?;
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TopicSnapshot {
        pub name: String,
        pub partitions: Vec<PartitionSnapshot>,
    }

    impl TopicSnapshot {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.partitions = reader.array(|reader| PartitionSnapshot::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct PartitionSnapshot {
        pub index: i32,
        pub error_code: i16,
        pub snapshot_id: SnapshotId,
        pub current_leader: LeaderIdAndEpoch,
        pub size: i64,
        pub position: i64,
        pub unaligned_records: Bytes,
    }

    impl PartitionSnapshot {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.index = reader.i32()?;
            value.error_code = reader.i16()?;
            value.snapshot_id = SnapshotId::decode(reader, version)?;
            value.size = reader.i64()?;
            value.position = reader.i64()?;
            value.unaligned_records = reader.bytes()?;
            reader.tagged_fields(|reader, tag| {
                match tag {
                    0 => value.current_leader = LeaderIdAndEpoch::decode(reader, version)?,
                    _ => return Ok(false),
                }
                Ok(true)
            })?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.index);
            writer.i16(self.error_code);
            self.snapshot_id.encode(writer, version)?;
            writer.i64(self.size);
            writer.i64(self.position);
            writer.bytes(&self.unaligned_records)?;
            let has_current_leader = self.current_leader != LeaderIdAndEpoch::default();
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

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct SnapshotId {
        pub end_offset: i64,
        pub epoch: i32,
    }

    impl SnapshotId {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.end_offset = reader.i64()?;
            value.epoch = reader.i32()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i64(self.end_offset);
            writer.i32(self.epoch);
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct LeaderIdAndEpoch {
        pub leader_id: i32,
        pub leader_epoch: i32,
    }

    impl LeaderIdAndEpoch {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.leader_id = reader.i32()?;
            value.leader_epoch = reader.i32()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.leader_id);
            writer.i32(self.leader_epoch);
            writer.no_tagged_fields();
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
