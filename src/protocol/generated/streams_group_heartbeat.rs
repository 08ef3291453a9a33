//! StreamsGroupHeartbeat (key 88).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/streams_group_heartbeat.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::StreamsGroupHeartbeat;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub group_id: String,
        pub member_id: String,
        pub member_epoch: i32,
        pub endpoint_information_epoch: i32,
        pub instance_id: Option<String>,
        pub rack_id: Option<String>,
        pub rebalance_timeout_ms: i32,
        pub topology: Option<Topology>,
        pub active_tasks: Option<Vec<TaskIds>>,
        pub standby_tasks: Option<Vec<TaskIds>>,
        pub warmup_tasks: Option<Vec<TaskIds>>,
        pub process_id: Option<String>,
        pub user_endpoint: Option<Endpoint>,
        pub client_tags: Option<Vec<KeyValue>>,
        pub task_offsets: Option<Vec<TaskOffset>>,
        pub task_end_offsets: Option<Vec<TaskOffset>>,
        pub shutdown_application: bool,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                group_id: Default::default(),
                member_id: Default::default(),
                member_epoch: Default::default(),
                endpoint_information_epoch: Default::default(),
                instance_id: None,
                rack_id: None,
                rebalance_timeout_ms: -1,
                topology: None,
                active_tasks: None,
                standby_tasks: None,
                warmup_tasks: None,
                process_id: None,
                user_endpoint: None,
                client_tags: None,
                task_offsets: None,
                task_end_offsets: None,
                shutdown_application: Default::default(),
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "StreamsGroupHeartbeatRequest";
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
            value.group_id = reader.string()?;
            value.member_id = reader.string()?;
            value.member_epoch = reader.i32()?;
            value.endpoint_information_epoch = reader.i32()?;
            value.instance_id = reader.nullable_string()?;
            value.rack_id = reader.nullable_string()?;
            value.rebalance_timeout_ms = reader.i32()?;
            value.topology = reader.nullable_struct(|reader| Topology::decode(reader, version))?;
            value.active_tasks =
                reader.nullable_array(|reader| TaskIds::decode(reader, version))?;
            value.standby_tasks =
                reader.nullable_array(|reader| TaskIds::decode(reader, version))?;
            value.warmup_tasks =
                reader.nullable_array(|reader| TaskIds::decode(reader, version))?;
            value.process_id = reader.nullable_string()?;
            value.user_endpoint =
                reader.nullable_struct(|reader| Endpoint::decode(reader, version))?;
            value.client_tags =
                reader.nullable_array(|reader| KeyValue::decode(reader, version))?;
            value.task_offsets =
                reader.nullable_array(|reader| TaskOffset::decode(reader, version))?;
            value.task_end_offsets =
                reader.nullable_array(|reader| TaskOffset::decode(reader, version))?;
            value.shutdown_application = reader.bool()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.group_id)?;
            writer.string(&self.member_id)?;
            writer.i32(self.member_epoch);
            writer.i32(self.endpoint_information_epoch);
            writer.nullable_string(self.instance_id.as_deref())?;
            writer.nullable_string(self.rack_id.as_deref())?;
            writer.i32(self.rebalance_timeout_ms);
            writer.nullable_struct(self.topology.as_ref(), |writer, item| {
                item.encode(writer, version)
            })?;
            writer.nullable_array(self.active_tasks.as_deref(), |writer, item| {
                item.encode(writer, version)
            })?;
            writer.nullable_array(self.standby_tasks.as_deref(), |writer, item| {
                item.encode(writer, version)
            })?;
            writer.nullable_array(self.warmup_tasks.as_deref(), |writer, item| {
                item.encode(writer, version)
            })?;
            writer.nullable_string(self.process_id.as_deref())?;
            writer.nullable_struct(self.user_endpoint.as_ref(), |writer, item| {
                item.encode(writer, version)
            })?;
            writer.nullable_array(self.client_tags.as_deref(), |writer, item| {
                item.encode(writer, version)
            })?;
            writer.nullable_array(self.task_offsets.as_deref(), |writer, item| {
                item.encode(writer, version)
            })?;
            writer.nullable_array(self.task_end_offsets.as_deref(), |writer, item| {
                item.encode(writer, version)
            })?;
            writer.bool(self.shutdown_application);
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Topology {
        pub epoch: i32,
        pub subtopologies: Vec<Subtopology>,
    }

    impl Topology {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.epoch = reader.i32()?;
            value.subtopologies = reader.array(|reader| Subtopology::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.epoch);
            writer.array(&self.subtopologies, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Subtopology {
        pub subtopology_id: String,
        pub source_topics: Vec<String>,
        pub source_topic_regex: Vec<String>,
        pub state_changelog_topics: Vec<TopicInfo>,
        pub repartition_sink_topics: Vec<String>,
        pub repartition_source_topics: Vec<TopicInfo>,
        pub copartition_groups: Vec<CopartitionGroup>,
    }

    impl Subtopology {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.subtopology_id = reader.string()?;
            value.source_topics = reader.array(Reader::string)?;
            value.source_topic_regex = reader.array(Reader::string)?;
            value.state_changelog_topics =
                reader.array(|reader| TopicInfo::decode(reader, version))?;
            value.repartition_sink_topics = reader.array(Reader::string)?;
            value.repartition_source_topics =
                reader.array(|reader| TopicInfo::decode(reader, version))?;
            value.copartition_groups =
                reader.array(|reader| CopartitionGroup::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.subtopology_id)?;
            writer.array(&self.source_topics, |writer, item| writer.string(item))?;
            writer.array(&self.source_topic_regex, |writer, item| writer.string(item))?;
            writer
                .array(&self.state_changelog_topics, |writer, item| item.encode(writer, version))?;
            writer.array(&self.repartition_sink_topics, |writer, item| writer.string(item))?;
            writer.array(&self.repartition_source_topics, |writer, item| {
                item.encode(writer, version)
            })?;
            writer.array(&self.copartition_groups, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TopicInfo {
        pub name: String,
        pub partitions: i32,
        pub replication_factor: i16,
        pub topic_configs: Vec<KeyValue>,
    }

    impl TopicInfo {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.partitions = reader.i32()?;
            value.replication_factor = reader.i16()?;
            value.topic_configs = reader.array(|reader| KeyValue::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.i32(self.partitions);
            writer.i16(self.replication_factor);
            writer.array(&self.topic_configs, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct KeyValue {
        pub key: String,
        pub value: String,
    }

    impl KeyValue {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.key = reader.string()?;
            value.value = reader.string()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.key)?;
            writer.string(&self.value)?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct CopartitionGroup {
        pub source_topics: Vec<i16>,
        pub source_topic_regex: Vec<i16>,
        pub repartition_source_topics: Vec<i16>,
    }

    impl CopartitionGroup {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.source_topics = reader.array(Reader::i16)?;
            value.source_topic_regex = reader.array(Reader::i16)?;
            value.repartition_source_topics = reader.array(Reader::i16)?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.source_topics, |writer, item| {
                writer.i16(*item);
                Ok(())
            })?;
            writer.array(&self.source_topic_regex, |writer, item| {
                writer.i16(*item);
                Ok(())
            })?;
            writer.array(&self.repartition_source_topics, |writer, item| {
                writer.i16(*item);
                Ok(())
            })?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TaskIds {
        pub subtopology_id: String,
        pub partitions: Vec<i32>,
    }

    impl TaskIds {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.subtopology_id = reader.string()?;
            value.partitions = reader.array(Reader::i32)?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.subtopology_id)?;
            writer.array(&self.partitions, |writer, item| {
                writer.i32(*item);
                Ok(())
            })?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Endpoint {
        pub host: String,
        pub port: u16,
    }

    impl Endpoint {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.host = reader.string()?;
            value.port = reader.u16()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.host)?;
            writer.u16(self.port);
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TaskOffset {
        pub subtopology_id: String,
        pub partition: i32,
        pub offset: i64,
    }

    impl TaskOffset {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.subtopology_id = reader.string()?;
            value.partition = reader.i32()?;
            value.offset = reader.i64()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.subtopology_id)?;
            writer.i32(self.partition);
            writer.i64(self.offset);
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
        pub member_id: String,
        pub member_epoch: i32,
        pub heartbeat_interval_ms: i32,
        /// Version 0 only.
        pub acceptable_recovery_lag_legacy: i32,
        pub task_offset_interval_ms: i32,
        /// Versions 1 and later.
        pub acceptable_recovery_lag: i64,
        pub status: Option<Vec<Status>>,
        pub active_tasks: Option<Vec<TaskIds>>,
        pub standby_tasks: Option<Vec<TaskIds>>,
        pub warmup_tasks: Option<Vec<TaskIds>>,
        /// Versions 1 and later.
        pub topology_description_required: bool,
        pub endpoint_information_epoch: i32,
        pub partitions_by_user_endpoint: Option<Vec<EndpointToPartitions>>,
    }

    impl Default for Response {
        fn default() -> Self {
            Self {
                throttle_time_ms: Default::default(),
                error_code: Default::default(),
                error_message: None,
                member_id: Default::default(),
                member_epoch: Default::default(),
                heartbeat_interval_ms: Default::default(),
                acceptable_recovery_lag_legacy: Default::default(),
                task_offset_interval_ms: Default::default(),
                acceptable_recovery_lag: -1,
                status: Some(Default::default()),
                active_tasks: None,
                standby_tasks: None,
                warmup_tasks: None,
                topology_description_required: Default::default(),
                endpoint_information_epoch: Default::default(),
                partitions_by_user_endpoint: None,
            }
        }
    }

    impl Message for Response {
        const NAME: &'static str = "StreamsGroupHeartbeatResponse";
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
            value.error_message = reader.nullable_string()?;
            value.member_id = reader.string()?;
            value.member_epoch = reader.i32()?;
            value.heartbeat_interval_ms = reader.i32()?;
            if version <= 0 {
                value.acceptable_recovery_lag_legacy = reader.i32()?;
            }
            value.task_offset_interval_ms = reader.i32()?;
            if version >= 1 {
                value.acceptable_recovery_lag = reader.i64()?;
            }
            value.status = reader.nullable_array(|reader| Status::decode(reader, version))?;
            value.active_tasks =
                reader.nullable_array(|reader| TaskIds::decode(reader, version))?;
            value.standby_tasks =
                reader.nullable_array(|reader| TaskIds::decode(reader, version))?;
            value.warmup_tasks =
                reader.nullable_array(|reader| TaskIds::decode(reader, version))?;
            if version >= 1 {
                value.topology_description_required = reader.bool()?;
            }
            value.endpoint_information_epoch = reader.i32()?;
            value.partitions_by_user_endpoint =
                reader.nullable_array(|reader| EndpointToPartitions::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            writer.string(&self.member_id)?;
            writer.i32(self.member_epoch);
            writer.i32(self.heartbeat_interval_ms);
            if version <= 0 {
                writer.i32(self.acceptable_recovery_lag_legacy);
            }
            if !(version <= 0) && self.acceptable_recovery_lag_legacy != 0 {
                return Err(EncodeError::FieldNotInVersion {
                    field: "acceptable_recovery_lag_legacy",
                    version,
                });
            }
            writer.i32(self.task_offset_interval_ms);
            if version >= 1 {
                writer.i64(self.acceptable_recovery_lag);
            }
            writer.nullable_array(self.status.as_deref(), |writer, item| {
                item.encode(writer, version)
            })?;
            writer.nullable_array(self.active_tasks.as_deref(), |writer, item| {
                item.encode(writer, version)
            })?;
            writer.nullable_array(self.standby_tasks.as_deref(), |writer, item| {
                item.encode(writer, version)
            })?;
            writer.nullable_array(self.warmup_tasks.as_deref(), |writer, item| {
                item.encode(writer, version)
            })?;
            if version >= 1 {
                writer.bool(self.topology_description_required);
            }
            if !(version >= 1) && self.topology_description_required {
                return Err(EncodeError::FieldNotInVersion {
                    field: "topology_description_required",
                    version,
                });
            }
            writer.i32(self.endpoint_information_epoch);
            writer
                .nullable_array(self.partitions_by_user_endpoint.as_deref(), |writer, item| {
                    item.encode(writer, version)
                })?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Status {
        pub status_code: i8,
        pub status_detail: String,
    }

    impl Status {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.status_code = reader.i8()?;
            value.status_detail = reader.string()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i8(self.status_code);
            writer.string(&self.status_detail)?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TaskIds {
        pub subtopology_id: String,
        pub partitions: Vec<i32>,
    }

    impl TaskIds {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.subtopology_id = reader.string()?;
            value.partitions = reader.array(Reader::i32)?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.subtopology_id)?;
            writer.array(&self.partitions, |writer, item| {
                writer.i32(*item);
                Ok(())
            })?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct EndpointToPartitions {
        pub user_endpoint: Endpoint,
        pub active_partitions: Vec<TopicPartition>,
        pub standby_partitions: Vec<TopicPartition>,
    }

    impl EndpointToPartitions {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.user_endpoint = Endpoint::decode(reader, version)?;
            value.active_partitions =
                reader.array(|reader| TopicPartition::decode(reader, version))?;
            value.standby_partitions =
                reader.array(|reader| TopicPartition::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            self.user_endpoint.encode(writer, version)?;
            writer.array(&self.active_partitions, |writer, item| item.encode(writer, version))?;
            writer.array(&self.standby_partitions, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Endpoint {
        pub host: String,
        pub port: u16,
    }

    impl Endpoint {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.host = reader.string()?;
            value.port = reader.u16()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.host)?;
            writer.u16(self.port);
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TopicPartition {
        pub topic: String,
        pub partitions: Vec<i32>,
    }

    impl TopicPartition {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.topic = reader.string()?;
            value.partitions = reader.array(Reader::i32)?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.topic)?;
            writer.array(&self.partitions, |writer, item| {
                writer.i32(*item);
                Ok(())
            })?;
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
