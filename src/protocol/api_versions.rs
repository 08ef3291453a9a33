//! ApiVersions (key 18), by hand: the first request of a connection, at any version.
//!
//! Lives on: any core; pure functions over slices.
//! Promise: reads and writes the same bytes as the generated message, in every version (a test
//! compares them). Its response header is always of version 0, so that a client that asked in a
//! version we do not know can still read the answer.
//! Versions: 1 throttle time · 3 flexible, client software, features · 5 cluster and node.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use super::codec::{DecodeCause, DecodeError, EncodeError, Reader, Writer};
use super::error_codes::ErrorCode;
use super::produce::{end_of_struct, no_tagged_fields};

pub const KEY: i16 = 18;
pub const VERSIONS: RangeInclusive<i16> = 0..=5;
pub const FLEXIBLE_FROM: i16 = 3;

const THROTTLE_TIME_FROM: i16 = 1;
const CLIENT_SOFTWARE_FROM: i16 = 3;
const CLUSTER_FROM: i16 = 5;

/// A request, borrowed from its frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiVersionsRequest<'a> {
    pub client_software_name: Cow<'a, str>,
    pub client_software_version: Cow<'a, str>,
    pub cluster_id: Option<Cow<'a, str>>,
    pub node_id: i32,
}

impl<'a> ApiVersionsRequest<'a> {
    /// Reads the body from where `reader` stands; what follows it is let pass, as Kafka does.
    pub fn decode(reader: &mut Reader<'a>, version: i16) -> Result<Self, DecodeError> {
        if !VERSIONS.contains(&version) {
            let cause = DecodeCause::UnsupportedVersion { name: "ApiVersionsRequest", version };
            return Err(reader.error(cause));
        }
        reader.set_flexible(version >= FLEXIBLE_FROM);
        let has_software = version >= CLIENT_SOFTWARE_FROM;
        let has_cluster = version >= CLUSTER_FROM;
        let request = Self {
            client_software_name: if has_software { reader.str()? } else { Cow::Borrowed("") },
            client_software_version: if has_software { reader.str()? } else { Cow::Borrowed("") },
            cluster_id: if has_cluster { reader.nullable_str()? } else { None },
            node_id: if has_cluster { reader.i32()? } else { -1 },
        };
        end_of_struct(reader)?;
        Ok(request)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiVersionsResponse {
    pub error_code: ErrorCode,
    pub apis: Vec<ApiVersion>,
    pub throttle_time_ms: i32,
    pub supported_features: Vec<Feature>,
    /// None before the first finalized features are known.
    pub finalized_features_epoch: Option<i64>,
    pub finalized_features: Vec<Feature>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiVersion {
    pub key: i16,
    pub version_min: i16,
    pub version_max: i16,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feature {
    pub name: String,
    pub level_min: i16,
    pub level_max: i16,
}

impl ApiVersionsResponse {
    pub fn encode(&self, writer: &mut Writer, version: i16) -> Result<(), EncodeError> {
        if !VERSIONS.contains(&version) {
            return Err(EncodeError::UnsupportedVersion { name: "ApiVersionsResponse", version });
        }
        writer.set_flexible(version >= FLEXIBLE_FROM);
        writer.i16(self.error_code as i16);
        writer.array(&self.apis, |writer, api| {
            writer.i16(api.key);
            writer.i16(api.version_min);
            writer.i16(api.version_max);
            no_tagged_fields(writer);
            Ok(())
        })?;
        if version >= THROTTLE_TIME_FROM {
            writer.i32(self.throttle_time_ms);
        }
        if writer.is_flexible() { self.encode_tags(writer) } else { Ok(()) }
    }

    fn encode_tags(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        let present = [
            !self.supported_features.is_empty(),
            self.finalized_features_epoch.is_some(),
            !self.finalized_features.is_empty(),
        ];
        writer.unsigned_varint(present.into_iter().map(u32::from).sum());
        if !self.supported_features.is_empty() {
            writer.tagged_field(0, |writer| {
                writer.array(&self.supported_features, |writer, feature| {
                    writer.string(&feature.name)?;
                    writer.i16(feature.level_min);
                    writer.i16(feature.level_max);
                    writer.no_tagged_fields();
                    Ok(())
                })
            })?;
        }
        if let Some(epoch) = self.finalized_features_epoch {
            writer.tagged_field(1, |writer| {
                writer.i64(epoch);
                Ok(())
            })?;
        }
        if !self.finalized_features.is_empty() {
            writer.tagged_field(2, |writer| {
                writer.array(&self.finalized_features, |writer, feature| {
                    writer.string(&feature.name)?;
                    writer.i16(feature.level_max);
                    writer.i16(feature.level_min);
                    writer.no_tagged_fields();
                    Ok(())
                })
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
