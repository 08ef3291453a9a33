//! DescribeClientQuotas (key 48).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/describe_client_quotas.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::DescribeClientQuotas;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub components: Vec<ComponentData>,
        pub strict: bool,
    }

    impl Message for Request {
        const NAME: &'static str = "DescribeClientQuotasRequest";
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
            value.components = reader.array(|reader| ComponentData::decode(reader, version))?;
            value.strict = reader.bool()?;
            if version >= 1 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.components, |writer, item| item.encode(writer, version))?;
            writer.bool(self.strict);
            if version >= 1 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct ComponentData {
        pub entity_type: String,
        pub match_type: i8,
        pub r#match: Option<String>,
    }

    impl Default for ComponentData {
        fn default() -> Self {
            Self {
                entity_type: Default::default(),
                match_type: Default::default(),
                r#match: Some(Default::default()),
            }
        }
    }

    impl ComponentData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.entity_type = reader.string()?;
            value.match_type = reader.i8()?;
            value.r#match = reader.nullable_string()?;
            if version >= 1 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.entity_type)?;
            writer.i8(self.match_type);
            writer.nullable_string(self.r#match.as_deref())?;
            if version >= 1 {
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
        pub throttle_time_ms: i32,
        pub error_code: i16,
        pub error_message: Option<String>,
        pub entries: Option<Vec<EntryData>>,
    }

    impl Default for Response {
        fn default() -> Self {
            Self {
                throttle_time_ms: Default::default(),
                error_code: Default::default(),
                error_message: Some(Default::default()),
                entries: Some(Default::default()),
            }
        }
    }

    impl Message for Response {
        const NAME: &'static str = "DescribeClientQuotasResponse";
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
            value.throttle_time_ms = reader.i32()?;
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            value.entries = reader.nullable_array(|reader| EntryData::decode(reader, version))?;
            if version >= 1 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            writer.nullable_array(self.entries.as_deref(), |writer, item| {
                item.encode(writer, version)
            })?;
            if version >= 1 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct EntryData {
        pub entity: Vec<EntityData>,
        pub values: Vec<ValueData>,
    }

    impl EntryData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.entity = reader.array(|reader| EntityData::decode(reader, version))?;
            value.values = reader.array(|reader| ValueData::decode(reader, version))?;
            if version >= 1 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.entity, |writer, item| item.encode(writer, version))?;
            writer.array(&self.values, |writer, item| item.encode(writer, version))?;
            if version >= 1 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct EntityData {
        pub entity_type: String,
        pub entity_name: Option<String>,
    }

    impl Default for EntityData {
        fn default() -> Self {
            Self { entity_type: Default::default(), entity_name: Some(Default::default()) }
        }
    }

    impl EntityData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.entity_type = reader.string()?;
            value.entity_name = reader.nullable_string()?;
            if version >= 1 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.entity_type)?;
            writer.nullable_string(self.entity_name.as_deref())?;
            if version >= 1 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct ValueData {
        pub key: String,
        pub value: f64,
    }

    impl ValueData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.key = reader.string()?;
            value.value = reader.f64()?;
            if version >= 1 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.key)?;
            writer.f64(self.value);
            if version >= 1 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }
}
