//! Whose log a directory holds: the topic id in its `partition.metadata`.
//!
//! Lives on: any core. Promise: a file that is there and says nothing is never taken for none.
//! Read next: lifecycle.rs, recovery.rs.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::format::partition_metadata;
use crate::io::directory;
use crate::limits;
use crate::units::TopicId;

/// What a directory says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    Topic(TopicId),
    /// No file, and no segments either: nothing was ever kept in it.
    Nothing,
    /// There is no telling.
    Unknown {
        cause: Arc<str>,
    },
}

/// One flipped bit in the file changes one of its characters, each of which says six bits of the
/// id. Ids of two topics differ in some sixty bits.
const DAMAGED_BITS_MAX: u32 = 6;

/// Whether `found` is not another topic's id, but `topic` damaged: no checksum covers the file.
pub fn is_damaged(found: TopicId, topic: TopicId) -> bool {
    let different = (found.as_u128() ^ topic.as_u128()).count_ones();
    (1..=DAMAGED_BITS_MAX).contains(&different)
}

/// Reads whose log `path` holds.
pub async fn read(path: &Path) -> Identity {
    let file = path.join(partition_metadata::FILE_NAME);
    let cause = match directory::read_to_vec(&file, limits::IDENTITY_BYTES_MAX).await {
        Ok(bytes) => match partition_metadata::decode(&bytes) {
            Ok(topic) => return Identity::Topic(topic),
            Err(error) => error.to_string(),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => match has_segments(path).await {
            Ok(false) => return Identity::Nothing,
            Ok(true) => "the file is missing".to_owned(),
            Err(error) => error.to_string(),
        },
        Err(error) => error.to_string(),
    };
    Identity::Unknown { cause: cause.into() }
}

async fn has_segments(path: &Path) -> io::Result<bool> {
    match directory::list(path).await {
        Ok(entries) => Ok(entries.iter().any(|entry| entry.name.ends_with(".log"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
