//! StreamsGroupDescribe (key 89).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/streams_group_describe.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::StreamsGroupDescribe;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub group_ids: Vec<String>,
        pub include_authorized_operations: bool,
        /// Versions 1 and later.
        pub include_topology_description: bool,
    }

    impl Message for Request {
        const NAME: &'static str = "StreamsGroupDescribeRequest";
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
            value.group_ids = reader.array(Reader::string)?;
            value.include_authorized_operations = reader.bool()?;
            if version >= 1 {
                value.include_topology_description = reader.bool()?;
            }
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.group_ids, |writer, item| writer.string(item))?;
            writer.bool(self.include_authorized_operations);
            if version >= 1 {
                writer.bool(self.include_topology_description);
            }
            if !(version >= 1) && self.include_topology_description {
                return Err(EncodeError::FieldNotInVersion {
                    field: "include_topology_description",
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

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Response {
        pub throttle_time_ms: i32,
        pub groups: Vec<DescribedGroup>,
    }

    impl Message for Response {
        const NAME: &'static str = "StreamsGroupDescribeResponse";
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
            value.groups = reader.array(|reader| DescribedGroup::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.array(&self.groups, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct DescribedGroup {
        pub error_code: i16,
        pub error_message: Option<String>,
        pub group_id: String,
        pub group_state: String,
        pub group_epoch: i32,
        pub assignment_epoch: i32,
        pub topology: Option<Topology>,
        pub members: Vec<Member>,
        pub authorized_operations: i32,
        /// Versions 1 and later.
        pub topology_description: Option<TopologyDescription>,
        /// Versions 1 and later.
        pub topology_description_status: i8,
        /// Versions 1 and later.
        pub assignor_name: Option<String>,
    }

    impl Default for DescribedGroup {
        fn default() -> Self {
            Self {
                error_code: Default::default(),
                error_message: None,
                group_id: Default::default(),
                group_state: Default::default(),
                group_epoch: Default::default(),
                assignment_epoch: Default::default(),
                topology: None,
                members: Default::default(),
                authorized_operations: -2147483648,
                topology_description: None,
                topology_description_status: Default::default(),
                assignor_name: None,
            }
        }
    }

    impl DescribedGroup {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            value.group_id = reader.string()?;
            value.group_state = reader.string()?;
            value.group_epoch = reader.i32()?;
            value.assignment_epoch = reader.i32()?;
            value.topology = reader.nullable_struct(|reader| Topology::decode(reader, version))?;
            value.members = reader.array(|reader| Member::decode(reader, version))?;
            value.authorized_operations = reader.i32()?;
            if version >= 1 {
                value.topology_description = reader
                    .nullable_struct(|reader| TopologyDescription::decode(reader, version))?;
            }
            if version >= 1 {
                value.topology_description_status = reader.i8()?;
            }
            if version >= 1 {
                value.assignor_name = reader.nullable_string()?;
            }
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            writer.string(&self.group_id)?;
            writer.string(&self.group_state)?;
            writer.i32(self.group_epoch);
            writer.i32(self.assignment_epoch);
            writer.nullable_struct(self.topology.as_ref(), |writer, item| {
                item.encode(writer, version)
            })?;
            writer.array(&self.members, |writer, item| item.encode(writer, version))?;
            writer.i32(self.authorized_operations);
            if version >= 1 {
                writer.nullable_struct(self.topology_description.as_ref(), |writer, item| {
                    item.encode(writer, version)
                })?;
            }
            if !(version >= 1) && self.topology_description.is_some() {
                return Err(EncodeError::FieldNotInVersion {
                    field: "topology_description",
                    version,
                });
            }
            if version >= 1 {
                writer.i8(self.topology_description_status);
            }
            if !(version >= 1) && self.topology_description_status != 0 {
                return Err(EncodeError::FieldNotInVersion {
                    field: "topology_description_status",
                    version,
                });
            }
            if version >= 1 {
                writer.nullable_string(self.assignor_name.as_deref())?;
            }
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Topology {
        pub epoch: i32,
        pub subtopologies: Option<Vec<Subtopology>>,
    }

    impl Topology {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.epoch = reader.i32()?;
            value.subtopologies =
                reader.nullable_array(|reader| Subtopology::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.epoch);
            writer.nullable_array(self.subtopologies.as_deref(), |writer, item| {
                item.encode(writer, version)
            })?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Subtopology {
        pub subtopology_id: String,
        pub source_topics: Vec<String>,
        pub repartition_sink_topics: Vec<String>,
        pub state_changelog_topics: Vec<TopicInfo>,
        pub repartition_source_topics: Vec<TopicInfo>,
    }

    impl Subtopology {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.subtopology_id = reader.string()?;
            value.source_topics = reader.array(Reader::string)?;
            value.repartition_sink_topics = reader.array(Reader::string)?;
            value.state_changelog_topics =
                reader.array(|reader| TopicInfo::decode(reader, version))?;
            value.repartition_source_topics =
                reader.array(|reader| TopicInfo::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.subtopology_id)?;
            writer.array(&self.source_topics, |writer, item| writer.string(item))?;
            writer.array(&self.repartition_sink_topics, |writer, item| writer.string(item))?;
            writer
                .array(&self.state_changelog_topics, |writer, item| item.encode(writer, version))?;
            writer.array(&self.repartition_source_topics, |writer, item| {
                item.encode(writer, version)
            })?;
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
    pub struct Member {
        pub member_id: String,
        pub member_epoch: i32,
        pub instance_id: Option<String>,
        pub rack_id: Option<String>,
        pub client_id: String,
        pub client_host: String,
        pub topology_epoch: i32,
        pub process_id: String,
        pub user_endpoint: Option<Endpoint>,
        pub client_tags: Vec<KeyValue>,
        pub task_offsets: Vec<TaskOffset>,
        pub task_end_offsets: Vec<TaskOffset>,
        pub assignment: Assignment,
        pub target_assignment: Assignment,
        pub is_classic: bool,
    }

    impl Member {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.member_id = reader.string()?;
            value.member_epoch = reader.i32()?;
            value.instance_id = reader.nullable_string()?;
            value.rack_id = reader.nullable_string()?;
            value.client_id = reader.string()?;
            value.client_host = reader.string()?;
            value.topology_epoch = reader.i32()?;
            value.process_id = reader.string()?;
            value.user_endpoint =
                reader.nullable_struct(|reader| Endpoint::decode(reader, version))?;
            value.client_tags = reader.array(|reader| KeyValue::decode(reader, version))?;
            value.task_offsets = reader.array(|reader| TaskOffset::decode(reader, version))?;
            value.task_end_offsets = reader.array(|reader| TaskOffset::decode(reader, version))?;
            value.assignment = Assignment::decode(reader, version)?;
            value.target_assignment = Assignment::decode(reader, version)?;
            value.is_classic = reader.bool()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.member_id)?;
            writer.i32(self.member_epoch);
            writer.nullable_string(self.instance_id.as_deref())?;
            writer.nullable_string(self.rack_id.as_deref())?;
            writer.string(&self.client_id)?;
            writer.string(&self.client_host)?;
            writer.i32(self.topology_epoch);
            writer.string(&self.process_id)?;
            writer.nullable_struct(self.user_endpoint.as_ref(), |writer, item| {
                item.encode(writer, version)
            })?;
            writer.array(&self.client_tags, |writer, item| item.encode(writer, version))?;
            writer.array(&self.task_offsets, |writer, item| item.encode(writer, version))?;
            writer.array(&self.task_end_offsets, |writer, item| item.encode(writer, version))?;
            self.assignment.encode(writer, version)?;
            self.target_assignment.encode(writer, version)?;
            writer.bool(self.is_classic);
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

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Assignment {
        pub active_tasks: Vec<TaskIds>,
        pub standby_tasks: Vec<TaskIds>,
        pub warmup_tasks: Vec<TaskIds>,
    }

    impl Assignment {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.active_tasks = reader.array(|reader| TaskIds::decode(reader, version))?;
            value.standby_tasks = reader.array(|reader| TaskIds::decode(reader, version))?;
            value.warmup_tasks = reader.array(|reader| TaskIds::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.active_tasks, |writer, item| item.encode(writer, version))?;
            writer.array(&self.standby_tasks, |writer, item| item.encode(writer, version))?;
            writer.array(&self.warmup_tasks, |writer, item| item.encode(writer, version))?;
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
    pub struct TopologyDescription {
        pub subtopologies: Vec<TopologyDescriptionSubtopology>,
        pub global_stores: Vec<TopologyDescriptionGlobalStore>,
    }

    impl TopologyDescription {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.subtopologies =
                reader.array(|reader| TopologyDescriptionSubtopology::decode(reader, version))?;
            value.global_stores =
                reader.array(|reader| TopologyDescriptionGlobalStore::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.subtopologies, |writer, item| item.encode(writer, version))?;
            writer.array(&self.global_stores, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TopologyDescriptionSubtopology {
        pub subtopology_id: String,
        pub nodes: Vec<TopologyDescriptionNode>,
    }

    impl TopologyDescriptionSubtopology {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.subtopology_id = reader.string()?;
            value.nodes =
                reader.array(|reader| TopologyDescriptionNode::decode(reader, version))?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.subtopology_id)?;
            writer.array(&self.nodes, |writer, item| item.encode(writer, version))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TopologyDescriptionNode {
        pub name: String,
        pub node_type: i8,
        pub source_topics: Vec<String>,
        pub sink_topic: Option<String>,
        pub stores: Vec<String>,
        pub successors: Vec<String>,
    }

    impl TopologyDescriptionNode {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.node_type = reader.i8()?;
            value.source_topics = reader.array(Reader::string)?;
            value.sink_topic = reader.nullable_string()?;
            value.stores = reader.array(Reader::string)?;
            value.successors = reader.array(Reader::string)?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.i8(self.node_type);
            writer.array(&self.source_topics, |writer, item| writer.string(item))?;
            writer.nullable_string(self.sink_topic.as_deref())?;
            writer.array(&self.stores, |writer, item| writer.string(item))?;
            writer.array(&self.successors, |writer, item| writer.string(item))?;
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct TopologyDescriptionGlobalStore {
        pub source: TopologyDescriptionNode,
        pub processor: TopologyDescriptionNode,
    }

    impl TopologyDescriptionGlobalStore {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.source = TopologyDescriptionNode::decode(reader, version)?;
            value.processor = TopologyDescriptionNode::decode(reader, version)?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            self.source.encode(writer, version)?;
            self.processor.encode(writer, version)?;
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
