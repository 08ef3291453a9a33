//! What stands in front of each request and response.
//!
//! Request headers: version 1 (client id), version 2 (and tagged fields) for flexible requests;
//! the client id keeps its two-byte length in both. Response headers: version 0, version 1 (and
//! tagged fields) for flexible responses, except that ApiVersions always answers with version 0,
//! because its client does not know yet what the broker can read.

use crate::protocol::ApiKey;
use crate::protocol::codec::{DecodeCause, DecodeError, EncodeError, Reader, Writer};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHeader {
    pub api: ApiKey,
    /// As the peer sent it: it may lie outside the versions of the API.
    pub version: i16,
    pub correlation_id: i32,
    pub client_id: Option<String>,
}

impl RequestHeader {
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let start = reader.position();
        let key = reader.i16()?;
        let Some(api) = ApiKey::from_i16(key) else {
            return Err(DecodeError { offset: start, cause: DecodeCause::UnknownApiKey(key) });
        };
        let version = reader.i16()?;
        let correlation_id = reader.i32()?;
        reader.set_flexible(false);
        let client_id = reader.nullable_string()?;
        if version >= api.info().flexible_from {
            reader.skip_tagged_fields()?;
        }
        Ok(Self { api, version, correlation_id, client_id })
    }

    pub fn encode(&self, writer: &mut Writer) -> Result<(), EncodeError> {
        writer.i16(self.api as i16);
        writer.i16(self.version);
        writer.i32(self.correlation_id);
        writer.set_flexible(false);
        writer.nullable_string(self.client_id.as_deref())?;
        if self.version >= self.api.info().flexible_from {
            writer.no_tagged_fields();
        }
        Ok(())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseHeader {
    pub correlation_id: i32,
}

impl ResponseHeader {
    pub fn decode(reader: &mut Reader<'_>, api: ApiKey, version: i16) -> Result<Self, DecodeError> {
        let correlation_id = reader.i32()?;
        if has_tagged_fields(api, version) {
            reader.skip_tagged_fields()?;
        }
        Ok(Self { correlation_id })
    }

    pub fn encode(&self, writer: &mut Writer, api: ApiKey, version: i16) {
        writer.i32(self.correlation_id);
        if has_tagged_fields(api, version) {
            writer.no_tagged_fields();
        }
    }
}

/// Whether the response header of this version of the API ends with tagged fields.
fn has_tagged_fields(api: ApiKey, version: i16) -> bool {
    api != ApiKey::ApiVersions && version >= api.info().flexible_from
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(header: &RequestHeader) -> Vec<u8> {
        let mut writer = Writer::new();
        header.encode(&mut writer).unwrap();
        writer.into_vec()
    }

    #[test]
    fn request_header_versions() {
        let client_id = Some("c".to_owned());
        let mut header =
            RequestHeader { api: ApiKey::Metadata, version: 8, correlation_id: 7, client_id };
        assert_eq!(encoded(&header), b"\0\x03\0\x08\0\0\0\x07\0\x01c");
        header.version = 9;
        assert_eq!(encoded(&header), b"\0\x03\0\x09\0\0\0\x07\0\x01c\0");
        let decoded = RequestHeader::decode(&mut Reader::new(&encoded(&header)));
        assert_eq!(decoded, Ok(header));
    }

    #[test]
    fn future_version_of_api_versions_has_a_readable_header() {
        let header = RequestHeader {
            api: ApiKey::ApiVersions,
            version: 99,
            correlation_id: 1,
            client_id: None,
        };
        assert_eq!(RequestHeader::decode(&mut Reader::new(&encoded(&header))), Ok(header));
    }

    #[test]
    fn unknown_and_removed_apis_are_refused() {
        for key in [-1, 4, 7, 95, i16::MAX] {
            let mut bytes = key.to_be_bytes().to_vec();
            bytes.extend_from_slice(b"\0\0\0\0\0\0\xff\xff");
            let error = RequestHeader::decode(&mut Reader::new(&bytes)).unwrap_err();
            assert_eq!(error.cause, DecodeCause::UnknownApiKey(key));
        }
    }

    #[test]
    fn every_prefix_of_a_header_is_refused() {
        let header = RequestHeader {
            api: ApiKey::Metadata,
            version: 12,
            correlation_id: 1,
            client_id: Some("client".to_owned()),
        };
        let bytes = encoded(&header);
        for length in 0..bytes.len() {
            assert!(RequestHeader::decode(&mut Reader::new(&bytes[..length])).is_err());
        }
    }

    #[test]
    fn api_versions_answers_with_the_oldest_header() {
        for (api, version, expected) in [
            (ApiKey::ApiVersions, 4, &b"\0\0\0\x05"[..]),
            (ApiKey::Metadata, 8, b"\0\0\0\x05"),
            (ApiKey::Metadata, 9, b"\0\0\0\x05\0"),
            (ApiKey::SaslHandshake, 1, b"\0\0\0\x05"),
        ] {
            let mut writer = Writer::new();
            ResponseHeader { correlation_id: 5 }.encode(&mut writer, api, version);
            assert_eq!(writer.as_slice(), expected);
            let decoded = ResponseHeader::decode(&mut Reader::new(expected), api, version);
            assert_eq!(decoded, Ok(ResponseHeader { correlation_id: 5 }));
        }
    }
}
