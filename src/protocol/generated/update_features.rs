//! UpdateFeatures (key 57).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/update_features.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::UpdateFeatures;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        pub timeout_ms: i32,
        pub feature_updates: Vec<FeatureUpdateKey>,
        /// Versions 1 and later.
        pub validate_only: bool,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                timeout_ms: 60000,
                feature_updates: Default::default(),
                validate_only: Default::default(),
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "UpdateFeaturesRequest";
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
            value.timeout_ms = reader.i32()?;
            value.feature_updates =
                reader.array(|reader| FeatureUpdateKey::decode(reader, version))?;
            if version >= 1 {
                value.validate_only = reader.bool()?;
            }
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.timeout_ms);
            writer.array(&self.feature_updates, |writer, item| item.encode(writer, version))?;
            if version >= 1 {
                writer.bool(self.validate_only);
            }
            if !(version >= 1) && self.validate_only {
                return Err(EncodeError::FieldNotInVersion { field: "validate_only", version });
            }
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct FeatureUpdateKey {
        pub feature: String,
        pub max_version_level: i16,
        /// Version 0 only.
        pub allow_downgrade: bool,
        /// Versions 1 and later.
        pub upgrade_type: i8,
    }

    impl Default for FeatureUpdateKey {
        fn default() -> Self {
            Self {
                feature: Default::default(),
                max_version_level: Default::default(),
                allow_downgrade: Default::default(),
                upgrade_type: 1,
            }
        }
    }

    impl FeatureUpdateKey {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.feature = reader.string()?;
            value.max_version_level = reader.i16()?;
            if version <= 0 {
                value.allow_downgrade = reader.bool()?;
            }
            if version >= 1 {
                value.upgrade_type = reader.i8()?;
            }
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.feature)?;
            writer.i16(self.max_version_level);
            if version <= 0 {
                writer.bool(self.allow_downgrade);
            }
            if !(version <= 0) && self.allow_downgrade {
                return Err(EncodeError::FieldNotInVersion { field: "allow_downgrade", version });
            }
            if version >= 1 {
                writer.i8(self.upgrade_type);
            }
            if !(version >= 1) && self.upgrade_type != 1 {
                return Err(EncodeError::FieldNotInVersion { field: "upgrade_type", version });
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
        /// Versions 0 to 1.
        pub results: Vec<UpdatableFeatureResult>,
    }

    impl Default for Response {
        fn default() -> Self {
            Self {
                throttle_time_ms: Default::default(),
                error_code: Default::default(),
                error_message: Some(Default::default()),
                results: Default::default(),
            }
        }
    }

    impl Message for Response {
        const NAME: &'static str = "UpdateFeaturesResponse";
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
            if version <= 1 {
                value.results =
                    reader.array(|reader| UpdatableFeatureResult::decode(reader, version))?;
            }
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i32(self.throttle_time_ms);
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            if version <= 1 {
                writer.array(&self.results, |writer, item| item.encode(writer, version))?;
            }
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, PartialEq)]
    pub struct UpdatableFeatureResult {
        pub feature: String,
        pub error_code: i16,
        pub error_message: Option<String>,
    }

    impl Default for UpdatableFeatureResult {
        fn default() -> Self {
            Self {
                feature: Default::default(),
                error_code: Default::default(),
                error_message: Some(Default::default()),
            }
        }
    }

    impl UpdatableFeatureResult {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.feature = reader.string()?;
            value.error_code = reader.i16()?;
            value.error_message = reader.nullable_string()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.feature)?;
            writer.i16(self.error_code);
            writer.nullable_string(self.error_message.as_deref())?;
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
