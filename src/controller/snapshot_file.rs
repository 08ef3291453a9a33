//! Snapshots of the metadata log: `END_OFFSET-EPOCH.checkpoint`, and `bootstrap.checkpoint`.
//!
//! Batches with offsets of their own from 0: a control batch with the header (and the voters, if
//! the quorum is dynamic), batches of metadata records, a control batch with the footer.
//! Promise: a file without its footer is refused.
//! Never: does I/O; the caller writes the bytes under another name and renames them.

use crate::controller::codec::{self, CodecError, Entry, Stamp};
use crate::controller::quorum;
use crate::metadata::{Delta, Image, Provenance, ReplayError, Versioned};
use crate::protocol::control_records::{SnapshotFooterRecord, SnapshotHeaderRecord};
use crate::protocol::metadata_records::MetadataRecord;

/// What the file of a new cluster's first feature levels is called.
pub const BOOTSTRAP_FILE: &str = "bootstrap.checkpoint";
const SUFFIX: &str = ".checkpoint";
const RECORDS_PER_BATCH: usize = 1024;

/// Which part of the log a snapshot stands for: all before the offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SnapshotId {
    pub end_offset: i64,
    pub epoch: i32,
}

impl SnapshotId {
    pub fn of(provenance: Provenance) -> Self {
        Self { end_offset: provenance.last_offset + 1, epoch: provenance.last_epoch.max(0) }
    }

    pub fn file_name(self) -> String {
        format!("{:020}-{:010}{SUFFIX}", self.end_offset, self.epoch)
    }

    /// None for the name of any other file.
    pub fn of_file_name(name: &str) -> Option<Self> {
        let (offset, epoch) = name.strip_suffix(SUFFIX)?.split_once('-')?;
        let id = Self { end_offset: offset.parse().ok()?, epoch: epoch.parse().ok()? };
        (id.end_offset >= 0 && id.epoch >= 0 && id.file_name() == name).then_some(id)
    }
}

/// Why a file is no snapshot. To blame: the disk, or a foreign writer.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error(transparent)]
    Codec(#[from] CodecError),
    #[error(transparent)]
    Replay(#[from] ReplayError),
    #[error("the snapshot does not begin with its header")]
    NoHeader,
    #[error("the snapshot ends before its footer")]
    NoFooter,
    #[error("the snapshot has a {what} in its middle")]
    Misplaced { what: &'static str },
}

/// The file for an image. The voters are part of it when the quorum is dynamic.
pub fn encode(image: &Image, now_ms: i64) -> Result<Vec<u8>, CodecError> {
    let id = SnapshotId::of(image.provenance);
    let mut file = File::begin(image.provenance.last_timestamp_ms, id.epoch, now_ms);
    file.control.extend(quorum::voter_entries(&image.voters));
    let mut batch = Vec::with_capacity(RECORDS_PER_BATCH);
    image.for_each_record(&mut |record| {
        batch.push(record);
        if batch.len() == RECORDS_PER_BATCH {
            file.push(&batch)?;
            batch.clear();
        }
        Ok::<(), CodecError>(())
    })?;
    file.push(&batch)?;
    file.finish()
}

/// The file for the first records of a new cluster.
pub fn encode_bootstrap(records: &[Versioned], now_ms: i64) -> Result<Vec<u8>, CodecError> {
    let mut file = File::begin(0, 0, now_ms);
    file.push(records)?;
    file.finish()
}

struct File {
    bytes: Vec<u8>,
    /// To be written before anything else.
    control: Vec<Entry>,
    next_offset: i64,
    epoch: i32,
    now_ms: i64,
}

impl File {
    fn begin(last_timestamp_ms: i64, epoch: i32, now_ms: i64) -> Self {
        let header =
            SnapshotHeaderRecord { version: 0, last_contained_log_timestamp: last_timestamp_ms };
        let control = vec![Entry::SnapshotHeader(header)];
        Self { bytes: Vec::new(), control, next_offset: 0, epoch, now_ms }
    }

    fn push(&mut self, records: &[Versioned]) -> Result<(), CodecError> {
        self.flush_control()?;
        if !records.is_empty() {
            self.bytes.extend(codec::records_batch(records, self.stamp())?);
            self.next_offset += records.len() as i64;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>, CodecError> {
        self.flush_control()?;
        self.control = vec![Entry::SnapshotFooter(SnapshotFooterRecord { version: 0 })];
        self.flush_control()?;
        Ok(self.bytes)
    }

    fn flush_control(&mut self) -> Result<(), CodecError> {
        let control = std::mem::take(&mut self.control);
        if !control.is_empty() {
            self.bytes.extend(codec::control_batch(&control, self.stamp())?);
            self.next_offset += control.len() as i64;
        }
        Ok(())
    }

    fn stamp(&self) -> Stamp {
        Stamp { base_offset: self.next_offset, leader_epoch: self.epoch, timestamp_ms: self.now_ms }
    }
}

/// The image that a snapshot file holds.
pub fn decode(bytes: &[u8], id: SnapshotId, cluster_id: &str) -> Result<Image, SnapshotError> {
    let mut delta = Delta::new(Image::empty(cluster_id));
    let header = read(bytes, |entry| {
        match entry {
            Entry::Metadata(record) => delta.replay(&record)?,
            Entry::QuorumVersion(record) => {
                delta.change_voters(|voters| voters.apply_version(&record));
            }
            Entry::QuorumVoters(record) => {
                delta.change_voters(|voters| voters.apply_voters(&record));
            }
            _ => {}
        }
        Ok(())
    })?;
    delta.advance(Provenance {
        last_offset: id.end_offset - 1,
        last_epoch: id.epoch,
        last_timestamp_ms: header.last_contained_log_timestamp,
    });
    Ok(delta.committed().clone())
}

/// The records of a `bootstrap.checkpoint`, in the lowest version that holds them.
pub fn decode_bootstrap(bytes: &[u8]) -> Result<Vec<MetadataRecord>, SnapshotError> {
    let mut records = Vec::new();
    read(bytes, |entry| {
        if let Entry::Metadata(record) = entry {
            records.push(record);
        }
        Ok(())
    })?;
    Ok(records)
}

/// Hands over what is between header and footer; returns the header.
fn read(
    bytes: &[u8],
    mut visit: impl FnMut(Entry) -> Result<(), SnapshotError>,
) -> Result<SnapshotHeaderRecord, SnapshotError> {
    let mut header = None;
    let mut ended = false;
    for batch in codec::decode(bytes) {
        for entry in batch?.entries {
            match entry {
                _ if ended => return Err(SnapshotError::Misplaced { what: "footer" }),
                Entry::SnapshotHeader(_) if header.is_some() => {
                    return Err(SnapshotError::Misplaced { what: "header" });
                }
                Entry::SnapshotHeader(record) => header = Some(record),
                _ if header.is_none() => return Err(SnapshotError::NoHeader),
                Entry::SnapshotFooter(_) => ended = true,
                entry => visit(entry)?,
            }
        }
    }
    match header {
        Some(header) if ended => Ok(header),
        Some(_) => Err(SnapshotError::NoFooter),
        None => Err(SnapshotError::NoHeader),
    }
}
