//! StreamsGroupTopologyDescriptionUpdate (key 93).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/streams_group_topology_description_update.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::StreamsGroupTopologyDescriptionUpdate;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub group_id: String,
        pub member_id: String,
        pub topology_epoch: i32,
        pub topology_description: TopologyDescription,
    }

    impl Message for Request {
        const NAME: &'static str = "StreamsGroupTopologyDescriptionUpdateRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=0;
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
            value.topology_epoch = reader.i32()?;
            value.topology_description = TopologyDescription::decode(reader, version)?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.group_id)?;
            writer.string(&self.member_id)?;
            writer.i32(self.topology_epoch);
            self.topology_description.encode(writer, version)?;
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

pub mod response {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Response {
        pub throttle_time_ms: i32,
        pub error_code: i16,
        pub error_message: Option<String>,
    }

    impl Message for Response {
        const NAME: &'static str = "StreamsGroupTopologyDescriptionUpdateResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=0;
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
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
