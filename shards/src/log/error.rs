//! Why the engine refuses: each says who is to blame and what helps.

use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use super::producers::ProducerError;
use crate::format::validate::ValidationError;
use crate::format::{partition_metadata, uuid_text};
use crate::io::remedy::remedy;
use crate::io::shortage::{Shortage, is_lost_device};
use crate::journal::JournalFailed;
use crate::replica::{NotLeading, TooFewInSync};
use crate::units::{Offset, Uuid};

/// An append was refused; nothing of it is in the log.
#[derive(Clone, Debug, Error)]
pub enum AppendError {
    #[error(transparent)]
    Invalid(#[from] ValidationError),
    #[error(transparent)]
    Producer(#[from] ProducerError),
    #[error(
        "the append of {bytes} bytes is larger than a segment of {segment_bytes} bytes: \
         raise segment.bytes"
    )]
    LargerThanSegment { bytes: usize, segment_bytes: u32 },
    #[error(
        "the append of {bytes} bytes does not fit the journal of {journal_bytes} bytes: \
         raise ringlog.journal.bytes"
    )]
    LargerThanJournal { bytes: usize, journal_bytes: u64 },
    #[error(transparent)]
    NotLeading(#[from] NotLeading),
    #[error(transparent)]
    TooFewInSync(#[from] TooFewInSync),
    #[error(transparent)]
    Offline(#[from] Offline),
}

/// The partition can not be served until an operator acts.
#[derive(Clone, Debug, Error)]
pub enum Offline {
    #[error(transparent)]
    Journal(#[from] JournalFailed),
    #[error(
        "{path} is full: delete topics or records, lower retention, or remove other files of this \
         disk; appends go on by themselves then"
    )]
    DiskFull { path: Arc<str> },
    #[error("{path}: {cause}; the partition is offline until the broker restarts")]
    Io { path: Arc<str>, cause: Arc<str> },
    #[error(
        "{path}: the batch at byte {position} is damaged ({cause}) below what was synced; the \
         partition is offline. Restore the file from a replica, or cut it at that byte"
    )]
    Corrupt { path: Arc<str>, position: u64, cause: Arc<str> },
    /// On a stop, which does not wait.
    #[error(
        "{path}: {cause}: what the journal holds could not be taken over into the segments. \
         Nothing acknowledged is lost: the next start does it, once there is room"
    )]
    NotTakenOver { path: Arc<str>, cause: Arc<str> },
    #[error("the broker is stopping")]
    Stopping,
    #[error("the partition was deleted")]
    Deleted,
}

/// A read was refused.
#[derive(Clone, Debug, Error)]
pub enum ReadError {
    #[error("offset {offset} is not within {log_start} to {end}")]
    OutOfRange { offset: Offset, log_start: Offset, end: Offset },
    #[error(
        "{path}: the batch at byte {position} is damaged ({cause}) and not given out; restore the \
         file from a replica or a backup, or delete the records up to the next batch"
    )]
    Damaged { path: Arc<str>, position: u64, cause: Arc<str> },
    #[error(transparent)]
    Offline(#[from] Offline),
}

/// A partition or log directory could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error("{path}: {error}{}", remedy(error))]
    Io { path: PathBuf, error: std::io::Error },
    #[error(
        "{path} holds {pages} pages of acknowledged records, but another broker has run on the \
         directory since: what it wrote would be overwritten. Move the journal away to start \
         without those records, or restore the directory as it was before the other broker"
    )]
    StaleJournal { path: PathBuf, pages: usize },
    #[error(
        "{partition} is kept in the log directory {id}, which is not among those of this node: \
         mount it and name it in log.dirs", id = uuid_text::encode(*.directory)
    )]
    DirectoryGone { partition: String, directory: Uuid },
    #[error(
        "{partition} has left {folder} for a log directory that is not among those of this node: \
         mount it and name it in log.dirs"
    )]
    MovedAway { partition: String, folder: PathBuf },
    #[error("{folder} may be the log or a copy of it, which the next start finds out")]
    UndecidedMove { folder: PathBuf },
    #[error(
        "{file} does not say whose records are beside it ({cause}); they are kept, and not served. \
         Write the file again (two lines, `version: 0` and `topic_id: ID`), or move its folder \
         away to begin without them", file = path.join(partition_metadata::FILE_NAME).display()
    )]
    Unidentified { path: PathBuf, cause: Arc<str> },
    #[error(
        "{journal} holds {appends} acknowledged appends of a partition that no folder names, and \
         they may belong where the name cannot be read: {unidentified}"
    )]
    Homeless { journal: PathBuf, appends: u64, unidentified: Box<OpenError> },
    #[error(transparent)]
    Replay(#[from] crate::journal::replay::ReplayError),
    #[error(transparent)]
    Offline(#[from] Offline),
}

impl OpenError {
    /// Whether the device is to blame, and not what is in the files.
    pub fn is_of_the_device(&self) -> bool {
        use crate::journal::replay::ReplayError;
        matches!(self, OpenError::Io { .. } | OpenError::Replay(ReplayError::Io { .. }))
    }

    /// Whether the device takes and gives nothing any more, whatever the file.
    pub fn is_lost_device(&self) -> bool {
        matches!(self, OpenError::Io { error, .. } if is_lost_device(error))
    }

    pub fn io(path: &std::path::Path, error: std::io::Error) -> OpenError {
        OpenError::Io { path: path.to_owned(), error }
    }

    /// Whether it passes once there is room, or there are descriptors or memory again.
    pub fn passes(&self) -> bool {
        matches!(self, OpenError::Io { error, .. } if Shortage::of(error).is_some())
    }

    /// Whether it passes once there is room.
    pub fn is_full_disk(&self) -> bool {
        matches!(self, OpenError::Io { error, .. } if Shortage::of(error) == Some(Shortage::Space))
    }
}
