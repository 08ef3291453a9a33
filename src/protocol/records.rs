//! The frames around the records of internal topics.
//!
//! Metadata: frame version 1, record type and version as unsigned varints, then the body.
//! Coordinators: a key is its type and body, a value its version and body; both numbers take two
//! bytes. A value does not name its type: the key does. A null value is a tombstone.
//! Control records: the key is a version and a type, the value a body of version 0.

use crate::protocol::codec::{DecodeCause, DecodeError, EncodeError, Reader, Writer};
use crate::protocol::group_records::{GroupKey, GroupValue};
use crate::protocol::message::Message;
use crate::protocol::metadata_records::MetadataRecord;
use crate::protocol::share_records::{ShareKey, ShareValue};
use crate::protocol::transaction_records::{TransactionKey, TransactionValue};

/// The only frame of metadata records that Kafka ever wrote in production.
const METADATA_FRAME_VERSION: u32 = 1;

/// A record as it was read, with the version it was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versioned<T> {
    pub record: T,
    pub version: i16,
}

impl MetadataRecord {
    /// Reads the value of a record of the metadata log.
    pub fn from_slice(value: &[u8]) -> Result<Versioned<Self>, DecodeError> {
        let mut reader = Reader::new(value);
        let frame_version = reader.unsigned_varint()?;
        if frame_version != METADATA_FRAME_VERSION {
            return Err(DecodeError {
                offset: 0,
                cause: DecodeCause::UnknownFrameVersion(frame_version),
            });
        }
        let record_type = varint_i16(&mut reader)?;
        let version = varint_i16(&mut reader)?;
        let record = Self::decode_body(record_type, &mut reader, version)?;
        reader.finish()?;
        Ok(Versioned { record, version })
    }

    /// The value of a record of the metadata log.
    pub fn to_vec(&self, version: i16) -> Result<Vec<u8>, EncodeError> {
        let mut writer = Writer::new();
        writer.unsigned_varint(METADATA_FRAME_VERSION);
        writer.unsigned_varint(self.record_type() as u32);
        writer.unsigned_varint(version as u32);
        self.encode_body(&mut writer, version)?;
        Ok(writer.into_vec())
    }
}

fn varint_i16(reader: &mut Reader<'_>) -> Result<i16, DecodeError> {
    let start = reader.position();
    i16::try_from(reader.unsigned_varint()?)
        .map_err(|_| DecodeError { offset: start, cause: DecodeCause::VarintTooLong(3) })
}

/// Keys and values of one coordinator's topic.
macro_rules! coordinator_frames {
    ($key:ident, $value:ident) => {
        impl $key {
            /// The version of all key bodies; the number in the frame is the type.
            const VERSION: i16 = 0;

            pub fn from_slice(key: &[u8]) -> Result<Self, DecodeError> {
                let mut reader = Reader::new(key);
                let record_type = reader.i16()?;
                let record = Self::decode_body(record_type, &mut reader, Self::VERSION)?;
                reader.finish()?;
                Ok(record)
            }

            pub fn to_vec(&self) -> Result<Vec<u8>, EncodeError> {
                let mut writer = Writer::new();
                writer.i16(self.record_type());
                self.encode_body(&mut writer, Self::VERSION)?;
                Ok(writer.into_vec())
            }

            /// Reads the value that belongs to this key.
            pub fn value_from_slice(&self, value: &[u8]) -> Result<Versioned<$value>, DecodeError> {
                let mut reader = Reader::new(value);
                let version = reader.i16()?;
                let record = $value::decode_body(self.record_type(), &mut reader, version)?;
                reader.finish()?;
                Ok(Versioned { record, version })
            }
        }

        impl $value {
            pub fn to_vec(&self, version: i16) -> Result<Vec<u8>, EncodeError> {
                let mut writer = Writer::new();
                writer.i16(version);
                self.encode_body(&mut writer, version)?;
                Ok(writer.into_vec())
            }
        }
    };
}

coordinator_frames!(GroupKey, GroupValue);
coordinator_frames!(ShareKey, ShareValue);
coordinator_frames!(TransactionKey, TransactionValue);

/// Data that carries its version in two bytes in front: what consumers embed in group requests
/// (`embedded_data`), and end-of-transaction markers.
pub fn from_versioned_slice<M: Message>(bytes: &[u8]) -> Result<Versioned<M>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let version = reader.i16()?;
    let record = M::decode(&mut reader, version)?;
    reader.finish()?;
    Ok(Versioned { record, version })
}

/// As `from_versioned_slice`, but reads what is known of a newer version, as Kafka's consumer
/// protocol promises that new fields only come after the old ones.
pub fn from_newer_slice<M: Message>(bytes: &[u8]) -> Result<Versioned<M>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let version = reader.i16()?;
    let record = M::decode(&mut reader, version.min(*M::VERSIONS.end()))?;
    Ok(Versioned { record, version })
}

pub fn to_versioned_vec<M: Message>(message: &M, version: i16) -> Result<Vec<u8>, EncodeError> {
    let mut writer = Writer::new();
    writer.i16(version);
    message.encode(&mut writer, version)?;
    Ok(writer.into_vec())
}

/// What a control record says, from its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlRecordType {
    Abort = 0,
    Commit = 1,
    LeaderChange = 2,
    SnapshotHeader = 3,
    SnapshotFooter = 4,
    KraftVersion = 5,
    KraftVoters = 6,
}

impl ControlRecordType {
    const ALL: [Self; 7] = [
        Self::Abort,
        Self::Commit,
        Self::LeaderChange,
        Self::SnapshotHeader,
        Self::SnapshotFooter,
        Self::KraftVersion,
        Self::KraftVoters,
    ];

    /// The version of the bodies of all control records but the markers of transactions, which
    /// carry theirs (`from_versioned_slice`).
    pub const BODY_VERSION: i16 = 0;

    /// Reads the key. Keys of a newer version begin with the same fields.
    pub fn from_key(key: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(key);
        reader.i16()?;
        let number = reader.i16()?;
        Self::ALL.into_iter().find(|known| *known as i16 == number).ok_or(DecodeError {
            offset: 2,
            cause: DecodeCause::UnknownRecordType {
                name: "ControlRecordType",
                key: i32::from(number),
            },
        })
    }

    pub fn to_key(self) -> [u8; 4] {
        let [high, low] = (self as i16).to_be_bytes();
        [0, 0, high, low]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::embedded_data::ConsumerProtocolSubscription;
    use crate::protocol::group_records::{OffsetCommitKey, OffsetCommitValue};
    use crate::protocol::metadata_records::{FeatureLevelRecord, TopicRecord};

    #[test]
    fn metadata_frame() {
        let record = MetadataRecord::from(FeatureLevelRecord {
            name: "metadata.version".to_owned(),
            feature_level: 25,
        });
        let bytes = record.to_vec(0).unwrap();
        assert_eq!(bytes, b"\x01\x0c\x00\x11metadata.version\x00\x19\x00");
        assert_eq!(MetadataRecord::from_slice(&bytes), Ok(Versioned { record, version: 0 }));
    }

    #[test]
    fn metadata_frame_refuses_what_it_does_not_know() {
        let cause = |bytes: &[u8]| MetadataRecord::from_slice(bytes).unwrap_err().cause;
        assert_eq!(cause(b"\x00\x02\x00"), DecodeCause::UnknownFrameVersion(0));
        assert_eq!(
            cause(b"\x01\x7f\x00"),
            DecodeCause::UnknownRecordType { name: "MetadataRecord", key: 127 }
        );
        assert_eq!(
            cause(b"\x01\x02\x07"),
            DecodeCause::UnsupportedVersion { name: "TopicRecord", version: 7 }
        );
        let mut topic = MetadataRecord::from(TopicRecord::default()).to_vec(0).unwrap();
        topic.push(0);
        assert_eq!(cause(&topic), DecodeCause::TrailingBytes(1));
    }

    #[test]
    fn offset_commit_as_kafka_writes_it() {
        let key = GroupKey::from(OffsetCommitKey {
            group: "g".to_owned(),
            topic: "t".to_owned(),
            partition: 3,
        });
        assert_eq!(key.to_vec().unwrap(), b"\x00\x01\x00\x01g\x00\x01t\x00\x00\x00\x03");
        assert_eq!(GroupKey::from_slice(&key.to_vec().unwrap()), Ok(key.clone()));
        let value = GroupValue::from(OffsetCommitValue { offset: 5, ..Default::default() });
        let bytes = value.to_vec(3).unwrap();
        assert_eq!(bytes, b"\0\x03\0\0\0\0\0\0\0\x05\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0");
        assert_eq!(key.value_from_slice(&bytes), Ok(Versioned { record: value, version: 3 }));
    }

    #[test]
    fn subscription_of_a_newer_consumer() {
        let subscription =
            ConsumerProtocolSubscription { topics: vec!["t".to_owned()], ..Default::default() };
        let mut bytes = to_versioned_vec(&subscription, 3).unwrap();
        bytes[1] = 9;
        bytes.extend_from_slice(b"more");
        assert!(from_versioned_slice::<ConsumerProtocolSubscription>(&bytes).is_err());
        let read = from_newer_slice::<ConsumerProtocolSubscription>(&bytes).unwrap();
        assert_eq!(read, Versioned { record: subscription, version: 9 });
    }

    #[test]
    fn control_keys() {
        for control in ControlRecordType::ALL {
            assert_eq!(ControlRecordType::from_key(&control.to_key()), Ok(control));
        }
        assert!(ControlRecordType::from_key(b"\0\0\0\x07").is_err());
        assert!(ControlRecordType::from_key(b"\0\0").is_err());
    }
}
