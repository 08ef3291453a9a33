//! Control records: what the broker itself says inside a log.
//!
//! Lives on: any core; pure.
//!
//! ```text
//! key: version i16 = 0 | type i16       value of a transaction marker: version i16 = 0 |
//!                                        coordinator epoch i32
//! ```
//! The values of the other types are messages of the quorum protocol and are left to others.

use crate::compression::Compression;
use crate::format::batch::{Attributes, Header};
use crate::format::builder::{BatchBuilder, NewRecord};

/// Bytes of a control record's key.
pub const KEY_BYTES: usize = 4;
/// Bytes of a transaction marker's value.
pub const MARKER_BYTES: usize = 6;

/// What a control record says; the numbers are on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlType {
    Abort,
    Commit,
    LeaderChange,
    SnapshotHeader,
    SnapshotFooter,
    QuorumVersion,
    QuorumVoters,
    /// From a later version: to be passed over.
    Unknown(i16),
}

impl ControlType {
    pub fn from_id(id: i16) -> Self {
        match id {
            0 => Self::Abort,
            1 => Self::Commit,
            2 => Self::LeaderChange,
            3 => Self::SnapshotHeader,
            4 => Self::SnapshotFooter,
            5 => Self::QuorumVersion,
            6 => Self::QuorumVoters,
            id => Self::Unknown(id),
        }
    }

    pub fn id(self) -> i16 {
        match self {
            Self::Abort => 0,
            Self::Commit => 1,
            Self::LeaderChange => 2,
            Self::SnapshotHeader => 3,
            Self::SnapshotFooter => 4,
            Self::QuorumVersion => 5,
            Self::QuorumVoters => 6,
            Self::Unknown(id) => id,
        }
    }

    /// The key of a control record of this type.
    pub fn key(self) -> [u8; KEY_BYTES] {
        let [high, low] = self.id().to_be_bytes();
        [0, 0, high, low]
    }

    /// The type that a key names; none if it is no control key. Later versions may be longer.
    pub fn of_key(key: &[u8]) -> Option<Self> {
        let key: &[u8; KEY_BYTES] = key.first_chunk()?;
        let version = i16::from_be_bytes([key[0], key[1]]);
        (version >= 0).then(|| Self::from_id(i16::from_be_bytes([key[2], key[3]])))
    }
}

/// The value of a commit or abort marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marker {
    pub coordinator_epoch: i32,
}

impl Marker {
    pub fn encode(self) -> [u8; MARKER_BYTES] {
        let mut value = [0; MARKER_BYTES];
        value[2..].copy_from_slice(&self.coordinator_epoch.to_be_bytes());
        value
    }

    /// None if it is no marker. Later versions may be longer.
    pub fn decode(value: &[u8]) -> Option<Self> {
        let value: &[u8; MARKER_BYTES] = value.first_chunk()?;
        let version = i16::from_be_bytes([value[0], value[1]]);
        let coordinator_epoch = i32::from_be_bytes([value[2], value[3], value[4], value[5]]);
        (version >= 0).then_some(Self { coordinator_epoch })
    }
}

/// The end of a producer's transaction in one partition, as its coordinator decided it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndTransaction {
    pub producer_id: i64,
    pub producer_epoch: i16,
    pub coordinator_epoch: i32,
    pub committed: bool,
}

/// The control batch that ends a transaction.
pub fn marker_batch(end: &EndTransaction, timestamp_ms: i64) -> Vec<u8> {
    let header = Header {
        attributes: Attributes::default().transactional().control(),
        producer_id: end.producer_id,
        producer_epoch: end.producer_epoch,
        ..Header::default()
    };
    let key = match end.committed {
        true => ControlType::Commit.key(),
        false => ControlType::Abort.key(),
    };
    let value = Marker { coordinator_epoch: end.coordinator_epoch }.encode();
    let mut builder = BatchBuilder::new(header, Compression::NONE);
    let record =
        NewRecord { timestamp: timestamp_ms, key: Some(&key), value: Some(&value), headers: &[] };
    let built = builder.append(&record).and_then(|()| builder.finish());
    built.expect("a marker is far smaller than a batch may be")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::batch::Batch;
    use crate::format::validate::{BatchInfo, TransactionEnd};

    #[test]
    fn a_marker_batch_says_what_it_ends() {
        for committed in [true, false] {
            let end = EndTransaction {
                producer_id: 7,
                producer_epoch: 3,
                coordinator_epoch: 9,
                committed,
            };
            let bytes = marker_batch(&end, 1_700_000_000_000);
            // 61 bytes of header and a record of 17, as Kafka writes it.
            assert_eq!(bytes.len(), 78);
            let batch = Batch::parse(&bytes).unwrap();
            batch.verify_checksum().unwrap();
            let info = BatchInfo::of(&batch, 0).unwrap();
            let said = TransactionEnd { aborted: !committed, coordinator_epoch: 9 };
            assert_eq!(info.transaction_end, Some(said));
            assert!(info.is_transactional && info.is_control);
            let producer = info.producer.unwrap();
            assert_eq!((producer.id, producer.epoch, producer.base_sequence), (7, 3, -1));
            assert_eq!(info.max_timestamp, 1_700_000_000_000);
        }
    }

    #[test]
    fn keys_round_trip() {
        for id in [0, 1, 2, 3, 4, 5, 6, 7, i16::MAX, -1] {
            let control = ControlType::from_id(id);
            assert_eq!(control.id(), id);
            assert_eq!(ControlType::of_key(&control.key()), Some(control));
        }
        assert_eq!(ControlType::Commit.key(), [0, 0, 0, 1]);
        for cut in 0..KEY_BYTES {
            assert_eq!(ControlType::of_key(&ControlType::Abort.key()[..cut]), None);
        }
        assert_eq!(ControlType::of_key(&[0xff, 0xff, 0, 0]), None);
    }

    #[test]
    fn markers_round_trip() {
        let marker = Marker { coordinator_epoch: 0x0102_0304 };
        assert_eq!(marker.encode(), [0, 0, 1, 2, 3, 4]);
        assert_eq!(Marker::decode(&marker.encode()), Some(marker));
        for cut in 0..MARKER_BYTES {
            assert_eq!(Marker::decode(&marker.encode()[..cut]), None);
        }
    }
}
