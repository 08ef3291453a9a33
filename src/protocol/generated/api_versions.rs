//! ApiVersions (key 18).
//!
//! Made by `cargo run -p codegen`; not to be edited. Made from:
//! `schemata/api_versions.schema`

use super::prelude::*;

pub use request::Request;
pub use response::Response;

impl Call for Request {
    const API: ApiKey = ApiKey::ApiVersions;
    type Response = Response;
}

pub mod request {
    use super::super::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    pub struct Request {
        /// Versions 3 and later.
        pub client_software_name: String,
        /// Versions 3 and later.
        pub client_software_version: String,
        /// Versions 5 and later.
        pub cluster_id: Option<String>,
        /// Versions 5 and later.
        pub node_id: i32,
    }

    impl Default for Request {
        fn default() -> Self {
            Self {
                client_software_name: Default::default(),
                client_software_version: Default::default(),
                cluster_id: None,
                node_id: -1,
            }
        }
    }

    impl Message for Request {
        const NAME: &'static str = "ApiVersionsRequest";
        const VERSIONS: RangeInclusive<i16> = 0..=5;
        const FLEXIBLE_FROM: i16 = 3;

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
            if version >= 3 {
                value.client_software_name = reader.string()?;
            }
            if version >= 3 {
                value.client_software_version = reader.string()?;
            }
            if version >= 5 {
                value.cluster_id = reader.nullable_string()?;
            }
            if version >= 5 {
                value.node_id = reader.i32()?;
            }
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            if version >= 3 {
                writer.string(&self.client_software_name)?;
            }
            if version >= 3 {
                writer.string(&self.client_software_version)?;
            }
            if version >= 5 {
                writer.nullable_string(self.cluster_id.as_deref())?;
            }
            if version >= 5 {
                writer.i32(self.node_id);
            }
            if version >= 3 {
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
        pub error_code: i16,
        pub api_keys: Vec<ApiVersion>,
        /// Versions 1 and later.
        pub throttle_time_ms: i32,
        /// Versions 3 and later.
        pub supported_features: Vec<SupportedFeatureKey>,
        /// Versions 3 and later.
        pub finalized_features_epoch: i64,
        /// Versions 3 and later.
        pub finalized_features: Vec<FinalizedFeatureKey>,
        /// Versions 3 and later.
        pub zk_migration_ready: bool,
    }

    impl Default for Response {
        fn default() -> Self {
            Self {
                error_code: Default::default(),
                api_keys: Default::default(),
                throttle_time_ms: Default::default(),
                supported_features: Default::default(),
                finalized_features_epoch: -1,
                finalized_features: Default::default(),
                zk_migration_ready: Default::default(),
            }
        }
    }

    impl Message for Response {
        const NAME: &'static str = "ApiVersionsResponse";
        const VERSIONS: RangeInclusive<i16> = 0..=5;
        const FLEXIBLE_FROM: i16 = 3;

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
            value.api_keys = reader.array(|reader| ApiVersion::decode(reader, version))?;
            if version >= 1 {
                value.throttle_time_ms = reader.i32()?;
            }
            if version >= 3 {
                reader.tagged_fields(|reader, tag| {
                    match tag {
                        0 => {
                            value.supported_features = reader
                                .array(|reader| SupportedFeatureKey::decode(reader, version))?
                        }
                        1 => value.finalized_features_epoch = reader.i64()?,
                        2 => {
                            value.finalized_features = reader
                                .array(|reader| FinalizedFeatureKey::decode(reader, version))?
                        }
                        3 => value.zk_migration_ready = reader.bool()?,
                        _ => return Ok(false),
                    }
                    Ok(true)
                })?;
            }
            Ok(value)
        }

        fn encode_fields(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.error_code);
            writer.array(&self.api_keys, |writer, item| item.encode(writer, version))?;
            if version >= 1 {
                writer.i32(self.throttle_time_ms);
            }
            if version >= 3 {
                let has_supported_features = !self.supported_features.is_empty();
                let has_finalized_features_epoch = self.finalized_features_epoch != -1;
                let has_finalized_features = !self.finalized_features.is_empty();
                let has_zk_migration_ready = self.zk_migration_ready;
                writer.unsigned_varint(
                    u32::from(has_supported_features)
                        + u32::from(has_finalized_features_epoch)
                        + u32::from(has_finalized_features)
                        + u32::from(has_zk_migration_ready),
                );
                if has_supported_features {
                    writer.tagged_field(0, |writer| {
                        writer.array(&self.supported_features, |writer, item| {
                            item.encode(writer, version)
                        })?;
                        Ok(())
                    })?;
                }
                if has_finalized_features_epoch {
                    writer.tagged_field(1, |writer| {
                        writer.i64(self.finalized_features_epoch);
                        Ok(())
                    })?;
                }
                if has_finalized_features {
                    writer.tagged_field(2, |writer| {
                        writer.array(&self.finalized_features, |writer, item| {
                            item.encode(writer, version)
                        })?;
                        Ok(())
                    })?;
                }
                if has_zk_migration_ready {
                    writer.tagged_field(3, |writer| {
                        writer.bool(self.zk_migration_ready);
                        Ok(())
                    })?;
                }
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct ApiVersion {
        pub api_key: i16,
        pub min_version: i16,
        pub max_version: i16,
    }

    impl ApiVersion {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.api_key = reader.i16()?;
            value.min_version = reader.i16()?;
            value.max_version = reader.i16()?;
            if version >= 3 {
                reader.skip_tagged_fields()?;
            }
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.i16(self.api_key);
            writer.i16(self.min_version);
            writer.i16(self.max_version);
            if version >= 3 {
                writer.no_tagged_fields();
            }
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct SupportedFeatureKey {
        pub name: String,
        pub min_version: i16,
        pub max_version: i16,
    }

    impl SupportedFeatureKey {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.min_version = reader.i16()?;
            value.max_version = reader.i16()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.i16(self.min_version);
            writer.i16(self.max_version);
            writer.no_tagged_fields();
            Ok(())
        }
    }

    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct FinalizedFeatureKey {
        pub name: String,
        pub max_version_level: i16,
        pub min_version_level: i16,
    }

    impl FinalizedFeatureKey {
        fn decode(reader: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
            let mut value = Self::default();
            value.name = reader.string()?;
            value.max_version_level = reader.i16()?;
            value.min_version_level = reader.i16()?;
            reader.skip_tagged_fields()?;
            Ok(value)
        }

        fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
            writer.string(&self.name)?;
            writer.i16(self.max_version_level);
            writer.i16(self.min_version_level);
            writer.no_tagged_fields();
            Ok(())
        }
    }
}
