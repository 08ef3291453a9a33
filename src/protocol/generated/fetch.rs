//! Fetch (key 1).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/fetch.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::Fetch;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        /// Versions 12 and later.
        pub cluster_id: Option<String>,
        /// Versions 4 to 14.
        pub replica_id: i32,
        /// Versions 15 and later.
        pub replica_state: ReplicaState,
        pub max_wait_ms: i32,
        pub min_bytes: i32,
        pub max_bytes: i32,
        pub isolation_level: i8,
        /// Versions 7 and later.
        pub session_id: i32,
        /// Versions 7 and later.
        pub session_epoch: i32,
        pub topics: Vec<FetchTopic>,
        /// Versions 7 and later.
        pub forgotten_topics_data: Vec<ForgottenTopic>,
        /// Versions 11 and later.
        pub rack_id: String,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                cluster_id: None,
                replica_id: -1,
                replica_state: Default::default(),
                max_wait_ms: Default::default(),
                min_bytes: Default::default(),
                max_bytes: 2147483647,
                isolation_level: Default::default(),
                session_id: Default::default(),
                session_epoch: -1,
                topics: Default::default(),
                forgotten_topics_data: Default::default(),
                rack_id: Default::default(),
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "FetchRequest";
        const VERSIONS: RangeInclusive<i16> = 4..=18;
        const FLEXIBLE_FROM: i16 = 12;

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
            if version <= 14 {
                value.replica_id = reader.i32()?;
            }
            value.max_wait_ms = reader.i32()?;
            value.min_bytes = reader.i32()?;
            value.max_bytes = reader.i32()?;
            value.isolation_level = reader.i8()?;
            if version >= 7 {
                value.session_id = reader.i32()?;
            }
            if version >= 7 {
                value.session_epoch = reader.i32()?;
            }
            value.topics = reader.array(|reader| FetchTopic::decode(reader, version))?;
            if version >= 7 {
                value.forgotten_topics_data =
                    reader.array(|reader| ForgottenTopic::decode(reader, version))?;
            }
            if version >= 11 {
                value.rack_id = reader.string()?;
            }
            if version >= 12 {
                reader.tagged_fields(|reader, tag| {
                    match tag {
                        0 => value.cluster_id = reader.nullable_string()?,
                        1 if version >= 15 => {
                            value.replica_state = ReplicaState::decode(reader, version)?
                        }
                        _ => return Ok(false),
                    }
                    Ok(true)
                })?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version <= 14 {
                writer.i32(self.replica_id);
            }
            if !(version <= 14) && self.replica_id != -1 {
                return Err(EncodeError::FieldNotInVersion { field: "replica_id", version });
            }
            if !(version >= 15) && self.replica_state != ReplicaState::default() {
                return Err(EncodeError::FieldNotInVersion { field: "replica_state", version });
            }
            writer.i32(self.max_wait_ms);
            writer.i32(self.min_bytes);
            writer.i32(self.max_bytes);
            writer.i8(self.isolation_level);
            if version >= 7 {
                writer.i32(self.session_id);
            }
            if version >= 7 {
                writer.i32(self.session_epoch);
            }
            writer.array(&self.topics, |writer, item| item.encode(writer, version))?;
            if version >= 7 {
                writer.array(&self.forgotten_topics_data, |writer, item| {
                    item.encode(writer, version)
                })?;
            }
            if !(version >= 7) && !self.forgotten_topics_data.is_empty() {
                return Err(EncodeError::FieldNotInVersion {
                    field: "forgotten_topics_data",
                    version,
                });
            }
            if version >= 11 {
                writer.string(&self.rack_id)?;
            }
            if version >= 12 {
                let has_cluster_id = self.cluster_id.is_some();
                let has_replica_state =
                    version >= 15 && self.replica_state != ReplicaState::default();
                writer.unsigned_varint(u32::from(has_cluster_id) + u32::from(has_replica_state));
                if has_cluster_id {
                    writer.tagged_field(0, |writer| {
                        writer.nullable_string(self.cluster_id.as_deref())?;
                        Ok(())
                    })?;
                }
                if has_replica_state {
                    writer.tagged_field(1, |writer| {
                        self.replica_state.encode(writer, version)?;
                        Ok(())
                    })?;
                }
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct ReplicaState {
        pub replica_id: i32,
        pub replica_epoch: i64,
    }

    impl Default for ReplicaState {
        fn default() -> Self {
            Self { replica_id: -1, replica_epoch: -1 }
        }
    }

    impl ReplicaState {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.replica_id = reader.i32()?;
            value.replica_epoch = reader.i64()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.replica_id);
            writer.i64(self.replica_epoch);
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct FetchTopic {
        /// Versions 4 to 12.
        pub topic: String,
        /// Versions 13 and later.
        pub topic_id: Uuid,
        pub partitions: Vec<FetchPartition>,
    }

    impl FetchTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            if version <= 12 {
                value.topic = reader.string()?;
            }
            if version >= 13 {
                value.topic_id = reader.uuid()?;
            }
            value.partitions = reader.array(|reader| FetchPartition::decode(reader, version))?;
            if version >= 12 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version <= 12 {
                writer.string(&self.topic)?;
            }
            if version >= 13 {
                writer.uuid(self.topic_id);
            }
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            if version >= 12 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct FetchPartition {
        pub partition: i32,
        /// Versions 9 and later.
        pub current_leader_epoch: i32,
        pub fetch_offset: i64,
        /// Versions 12 and later.
        pub last_fetched_epoch: i32,
        /// Versions 5 and later.
        pub log_start_offset: i64,
        pub partition_max_bytes: i32,
        /// Versions 17 and later.
        pub replica_directory_id: Uuid,
        /// Versions 18 and later.
        pub high_watermark: i64,
    }

    impl Default for FetchPartition {
        fn default() -> Self {
            Self {
                partition: Default::default(),
                current_leader_epoch: -1,
                fetch_offset: Default::default(),
                last_fetched_epoch: -1,
                log_start_offset: -1,
                partition_max_bytes: Default::default(),
                replica_directory_id: Default::default(),
                high_watermark: 9223372036854775807,
            }
        }
    }

    impl FetchPartition {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition = reader.i32()?;
            if version >= 9 {
                value.current_leader_epoch = reader.i32()?;
            }
            value.fetch_offset = reader.i64()?;
            if version >= 12 {
                value.last_fetched_epoch = reader.i32()?;
            }
            if version >= 5 {
                value.log_start_offset = reader.i64()?;
            }
            value.partition_max_bytes = reader.i32()?;
            if version >= 12 {
                reader.tagged_fields(|reader, tag| {
                    match tag {
                        0 if version >= 17 => value.replica_directory_id = reader.uuid()?,
                        1 if version >= 18 => value.high_watermark = reader.i64()?,
                        _ => return Ok(false),
                    }
                    Ok(true)
                })?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition);
            if version >= 9 {
                writer.i32(self.current_leader_epoch);
            }
            writer.i64(self.fetch_offset);
            if version >= 12 {
                writer.i32(self.last_fetched_epoch);
            }
            if !(version >= 12) && self.last_fetched_epoch != -1 {
                return Err(EncodeError::FieldNotInVersion {
                    field: "last_fetched_epoch",
                    version,
                });
            }
            if version >= 5 {
                writer.i64(self.log_start_offset);
            }
            writer.i32(self.partition_max_bytes);
            if version >= 12 {
                let has_replica_directory_id = version >= 17 && !self.replica_directory_id.is_nil();
                let has_high_watermark =
                    version >= 18 && self.high_watermark != 9223372036854775807;
                writer.unsigned_varint(
                    u32::from(has_replica_directory_id) + u32::from(has_high_watermark),
                );
                if has_replica_directory_id {
                    writer.tagged_field(0, |writer| {
                        writer.uuid(self.replica_directory_id);
                        Ok(())
                    })?;
                }
                if has_high_watermark {
                    writer.tagged_field(1, |writer| {
                        writer.i64(self.high_watermark);
                        Ok(())
                    })?;
                }
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct ForgottenTopic {
        /// Versions 7 to 12.
        pub topic: String,
        /// Versions 13 and later.
        pub topic_id: Uuid,
        pub partitions: Vec<i32>,
    }

    impl ForgottenTopic {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            if version <= 12 {
                value.topic = reader.string()?;
            }
            if version >= 13 {
                value.topic_id = reader.uuid()?;
            }
            value.partitions = reader.array(Reader::i32)?;
            if version >= 12 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version <= 12 {
                writer.string(&self.topic)?;
            }
            if version >= 13 {
                writer.uuid(self.topic_id);
            }
            writer.array(&self.partitions, |writer, item| {
                writer.i32(*item);
                Ok(())
            })?;
            if version >= 12 {
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
        pub throttle_time_ms: i32,
        /// Versions 7 and later.
        pub error_code: i16,
        /// Versions 7 and later.
        pub session_id: i32,
        pub responses: Vec<FetchableTopicResponse>,
        /// Versions 16 and later.
        pub node_endpoints: Vec<NodeEndpoint>,
    }

    impl Message for Response {
        const NAME: &'static str = "FetchResponse";
        const VERSIONS: RangeInclusive<i16> = 4..=18;
        const FLEXIBLE_FROM: i16 = 12;

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
            if version >= 7 {
                value.error_code = reader.i16()?;
            }
            if version >= 7 {
                value.session_id = reader.i32()?;
            }
            value.responses =
                reader.array(|reader| FetchableTopicResponse::decode(reader, version))?;
            if version >= 12 {
                reader.tagged_fields(|reader, tag| {
                    match tag {
                        0 if version >= 16 => {
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
            writer.i32(self.throttle_time_ms);
            if version >= 7 {
                writer.i16(self.error_code);
            }
            if version >= 7 {
                writer.i32(self.session_id);
            }
            if !(version >= 7) && self.session_id != 0 {
                return Err(EncodeError::FieldNotInVersion { field: "session_id", version });
            }
            writer.array(&self.responses, |writer, item| item.encode(writer, version))?;
            if !(version >= 16) && !self.node_endpoints.is_empty() {
                return Err(EncodeError::FieldNotInVersion { field: "node_endpoints", version });
            }
            if version >= 12 {
                let has_node_endpoints = version >= 16 && !self.node_endpoints.is_empty();
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
    pub struct FetchableTopicResponse {
        /// Versions 4 to 12.
        pub topic: String,
        /// Versions 13 and later.
        pub topic_id: Uuid,
        pub partitions: Vec<PartitionData>,
    }

    impl FetchableTopicResponse {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            if version <= 12 {
                value.topic = reader.string()?;
            }
            if version >= 13 {
                value.topic_id = reader.uuid()?;
            }
            value.partitions = reader.array(|reader| PartitionData::decode(reader, version))?;
            if version >= 12 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version <= 12 {
                writer.string(&self.topic)?;
            }
            if version >= 13 {
                writer.uuid(self.topic_id);
            }
            writer.array(&self.partitions, |writer, item| item.encode(writer, version))?;
            if version >= 12 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct PartitionData {
        pub partition_index: i32,
        pub error_code: i16,
        pub high_watermark: i64,
        pub last_stable_offset: i64,
        /// Versions 5 and later.
        pub log_start_offset: i64,
        /// Versions 12 and later.
        pub diverging_epoch: EpochEndOffset,
        /// Versions 12 and later.
        pub current_leader: LeaderIdAndEpoch,
        /// Versions 12 and later.
        pub snapshot_id: SnapshotId,
        pub aborted_transactions: Option<Vec<AbortedTransaction>>,
        /// Versions 11 and later.
        pub preferred_read_replica: i32,
        pub records: Option<Bytes>,
    }

    impl Default for PartitionData {
        fn default() -> Self {
            Self {
                partition_index: Default::default(),
                error_code: Default::default(),
                high_watermark: Default::default(),
                last_stable_offset: -1,
                log_start_offset: -1,
                diverging_epoch: Default::default(),
                current_leader: Default::default(),
                snapshot_id: Default::default(),
                aborted_transactions: Some(Default::default()),
                preferred_read_replica: -1,
                records: Some(Default::default()),
            }
        }
    }

    impl PartitionData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.partition_index = reader.i32()?;
            value.error_code = reader.i16()?;
            value.high_watermark = reader.i64()?;
            value.last_stable_offset = reader.i64()?;
            if version >= 5 {
                value.log_start_offset = reader.i64()?;
            }
            value.aborted_transactions =
                reader.nullable_array(|reader| AbortedTransaction::decode(reader, version))?;
            if version >= 11 {
                value.preferred_read_replica = reader.i32()?;
            }
            value.records = reader.nullable_bytes()?;
            if version >= 12 {
                reader.tagged_fields(|reader, tag| {
                    match tag {
                        0 => value.diverging_epoch = EpochEndOffset::decode(reader, version)?,
                        1 => value.current_leader = LeaderIdAndEpoch::decode(reader, version)?,
                        2 => value.snapshot_id = SnapshotId::decode(reader, version)?,
                        _ => return Ok(false),
                    }
                    Ok(true)
                })?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.partition_index);
            writer.i16(self.error_code);
            writer.i64(self.high_watermark);
            writer.i64(self.last_stable_offset);
            if version >= 5 {
                writer.i64(self.log_start_offset);
            }
            if !(version >= 12) && self.diverging_epoch != EpochEndOffset::default() {
                return Err(EncodeError::FieldNotInVersion { field: "diverging_epoch", version });
            }
            if !(version >= 12) && self.current_leader != LeaderIdAndEpoch::default() {
                return Err(EncodeError::FieldNotInVersion { field: "current_leader", version });
            }
            if !(version >= 12) && self.snapshot_id != SnapshotId::default() {
                return Err(EncodeError::FieldNotInVersion { field: "snapshot_id", version });
            }
            writer.nullable_array(self.aborted_transactions.as_deref(), |writer, item| {
                item.encode(writer, version)
            })?;
            if version >= 11 {
                writer.i32(self.preferred_read_replica);
            }
            if !(version >= 11) && self.preferred_read_replica != -1 {
                return Err(EncodeError::FieldNotInVersion {
                    field: "preferred_read_replica",
                    version,
                });
            }
            writer.nullable_bytes(self.records.as_deref())?;
            if version >= 12 {
                let has_diverging_epoch = self.diverging_epoch != EpochEndOffset::default();
                let has_current_leader = self.current_leader != LeaderIdAndEpoch::default();
                let has_snapshot_id = self.snapshot_id != SnapshotId::default();
                writer.unsigned_varint(
                    u32::from(has_diverging_epoch)
                        + u32::from(has_current_leader)
                        + u32::from(has_snapshot_id),
                );
                if has_diverging_epoch {
                    writer.tagged_field(0, |writer| {
                        self.diverging_epoch.encode(writer, version)?;
                        Ok(())
                    })?;
                }
                if has_current_leader {
                    writer.tagged_field(1, |writer| {
                        self.current_leader.encode(writer, version)?;
                        Ok(())
                    })?;
                }
                if has_snapshot_id {
                    writer.tagged_field(2, |writer| {
                        self.snapshot_id.encode(writer, version)?;
                        Ok(())
                    })?;
                }
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct EpochEndOffset {
        pub epoch: i32,
        pub end_offset: i64,
    }

    impl Default for EpochEndOffset {
        fn default() -> Self {
            Self { epoch: -1, end_offset: -1 }
        }
    }

    impl EpochEndOffset {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.epoch = reader.i32()?;
            value.end_offset = reader.i64()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.epoch);
            writer.i64(self.end_offset);
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct LeaderIdAndEpoch {
        pub leader_id: i32,
        pub leader_epoch: i32,
    }

    impl Default for LeaderIdAndEpoch {
        fn default() -> Self {
            Self { leader_id: -1, leader_epoch: -1 }
        }
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

    #[derive(Clone, Debug, PartialEq)]
    pub struct SnapshotId {
        pub end_offset: i64,
        pub epoch: i32,
    }

    impl Default for SnapshotId {
        fn default() -> Self {
            Self { end_offset: -1, epoch: -1 }
        }
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
    pub struct AbortedTransaction {
        pub producer_id: i64,
        pub first_offset: i64,
    }

    impl AbortedTransaction {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.producer_id = reader.i64()?;
            value.first_offset = reader.i64()?;
            if version >= 12 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i64(self.producer_id);
            writer.i64(self.first_offset);
            if version >= 12 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct NodeEndpoint {
        pub node_id: i32,
        pub host: String,
        pub port: i32,
        pub rack: Option<String>,
    }

    impl NodeEndpoint {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.node_id = reader.i32()?;
            value.host = reader.string()?;
            value.port = reader.i32()?;
            value.rack = reader.nullable_string()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.node_id);
            writer.string(&self.host)?;
            writer.i32(self.port);
            writer.nullable_string(self.rack.as_deref())?;
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
