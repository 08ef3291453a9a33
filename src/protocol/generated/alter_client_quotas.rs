//! AlterClientQuotas (key 49).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/alter_client_quotas.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::AlterClientQuotas;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Request {
        pub entries: Vec<EntryData>,
        pub validate_only: bool,
    }

    impl Message for Request {
        const NAME: &'static str = "AlterClientQuotasRequest";
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
            value.entries = reader.array(|reader| EntryData::decode(reader, version))?;
            value.validate_only = reader.bool()?;
            if version >= 1 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.entries, |writer, item| item.encode(writer, version))?;
            writer.bool(self.validate_only);
            if version >= 1 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct EntryData {
        pub entity: Vec<EntityData>,
        pub ops: Vec<OpData>,
    }

    impl EntryData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.entity = reader.array(|reader| EntityData::decode(reader, version))?;
            value.ops = reader.array(|reader| OpData::decode(reader, version))?;
            if version >= 1 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.array(&self.entity, |writer, item| item.encode(writer, version))?;
            writer.array(&self.ops, |writer, item| item.encode(writer, version))?;
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
    pub struct OpData {
        pub key: String,
        pub value: f64,
        pub remove: bool,
    }

    impl OpData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.key = reader.string()?;
            value.value = reader.f64()?;
            value.remove = reader.bool()?;
            if version >= 1 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.key)?;
            writer.f64(self.value);
            writer.bool(self.remove);
            if version >= 1 {
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
        pub entries: Vec<EntryData>,
    }

    impl Message for Response {
        const NAME: &'static str = "AlterClientQuotasResponse";
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
            value.entries = reader.array(|reader| EntryData::decode(reader, version))?;
            if version >= 1 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.array(&self.entries, |writer, item| item.encode(writer, version))?;
            if version >= 1 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct EntryData {
        pub error_code: i16,
        pub error_message: Option<String>,
        pub entity: Vec<EntityData>,
    }

    impl Default for EntryData {
        fn default() -> Self {
            Self {
                error_code: Default::default(),
                error_message: Some(Default::default()),
                entity: Default::default(),
            }
        }
    }

    impl EntryData {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            value.entity = reader.array(|reader| EntityData::decode(reader, version))?;
            if version >= 1 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            writer.array(&self.entity, |writer, item| item.encode(writer, version))?;
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
}
