//! Offsets of logs that must outlive a crash: where they begin, and up to where they were synced.
//!
//! Kafka's checkpoints go by name and are written at a clean stop; between starts these files go by
//! topic id, so that a topic made anew does not inherit the offsets of its namesake. A start makes
//! one file of all that it finds; each shard adds one with the log starts that it moves. Both kinds
//! of offset only move forward, so the largest of a log holds.
//! Lives on: its shard; `gather` and `remove` on the core that starts and stops the node.
//! Promise: when `save` returns, a crash does not undo it. Read next: lookup.rs, ../node_dir.rs.

use crate::entropy::HashMap;
use crate::mutation::Mutation;
use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};

use crate::format::checkpoint::{self, PartitionOffset, decode_offsets, encode_offsets};
use crate::format::{file_names, partition_metadata, uuid_text};
use crate::io::directory;
use crate::limits;
use crate::sync::Semaphore;
use crate::units::{Offset, PartitionId, ShardId};

/// What kind of offset is kept, and in which files: names that no folder of a partition can have.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    file: &'static str,
    kafkas: &'static str,
}

/// Where logs begin.
pub const LOG_STARTS: Kind = Kind { file: "ringlog.log-starts", kafkas: checkpoint::LOG_STARTS };

/// Up to where logs were synced when their node stopped last.
pub const RECOVERY_POINTS: Kind =
    Kind { file: "ringlog.recovery-points", kafkas: checkpoint::RECOVERY_POINTS };

/// Offsets by the ids of the logs.
pub type KeptOffsets = HashMap<PartitionId, Offset>;

impl Kind {
    /// The file that a shard writes.
    fn of_shard(self, directory: &Path, shard: ShardId) -> PathBuf {
        directory.join(format!("{}.{shard}", self.file))
    }
}

/// Notes an offset of a log, unless a later one is known.
pub(crate) fn raise(offsets: &mut KeptOffsets, id: PartitionId, offset: Offset) {
    let known = offsets.entry(id).or_insert(offset);
    *known = (*known).max(offset);
}

/// What one shard has cut in one log directory.
pub struct LogStarts {
    path: PathBuf,
    starts: RefCell<KeptOffsets>,
    /// To write the file.
    turn: Semaphore,
}

impl LogStarts {
    pub fn new(directory: &Path, shard: ShardId) -> LogStarts {
        LogStarts {
            path: LOG_STARTS.of_shard(directory, shard),
            starts: RefCell::default(),
            turn: Semaphore::new(1),
        }
    }

    /// Remembers that a log begins at `offset`.
    pub async fn save(&self, id: PartitionId, offset: Offset) -> io::Result<()> {
        if Mutation::LogStartForgotten.is_planted() {
            return Ok(());
        }
        raise(&mut self.starts.borrow_mut(), id, offset);
        let _turn = self.turn.acquire().await;
        let text = encode(&self.starts.borrow());
        directory::write_atomically(&self.path, text.as_bytes()).await
    }
}

/// Keeps up to where the logs of a directory were synced, as one shard knows it.
pub async fn keep_recovery_points(
    directory: &Path,
    shard: ShardId,
    points: &KeptOffsets,
) -> io::Result<()> {
    let path = RECOVERY_POINTS.of_shard(directory, shard);
    directory::write_atomically(&path, encode(points).as_bytes()).await
}

/// Makes one file of all that have such offsets in a directory, Kafka's checkpoint included.
pub async fn gather(path: &Path, kind: Kind) -> io::Result<KeptOffsets> {
    let mut starts = KeptOffsets::default();
    remove_unfinished(path, kind).await?;
    let files = files(path, kind).await?;
    let made = path.join(kind.file);
    for file in &files {
        for entry in read(file).await {
            if let Some(topic) = uuid_text::decode(&entry.topic) {
                let id = PartitionId { topic, index: entry.partition };
                raise(&mut starts, id, Offset(entry.offset));
            }
        }
    }
    let named = path.join(kind.kafkas);
    for entry in read(&named).await {
        let directory = path.join(file_names::partition_directory(&entry.topic, entry.partition));
        let identity = directory.join(partition_metadata::FILE_NAME);
        let bytes = directory::read_to_vec(&identity, limits::IDENTITY_BYTES_MAX).await;
        let topic = bytes.ok().and_then(|bytes| partition_metadata::decode(&bytes).ok());
        if let Some(topic) = topic {
            let id = PartitionId { topic, index: entry.partition };
            raise(&mut starts, id, Offset(entry.offset));
        }
    }
    directory::write_atomically(&made, encode(&starts).as_bytes()).await?;
    for file in files.iter().filter(|file| **file != made) {
        directory::remove_file(file).await?;
    }
    if directory::exists(&named).await? {
        directory::remove_file(&named).await?;
    }
    Ok(starts)
}

/// Removes the files; Kafka's checkpoint says what they did.
pub async fn remove(path: &Path, kind: Kind) -> io::Result<()> {
    for file in files(path, kind).await? {
        directory::remove_file(&file).await?;
    }
    Ok(())
}

/// Removes what a stop has left of a file being written.
async fn remove_unfinished(path: &Path, kind: Kind) -> io::Result<()> {
    for file in files(path, kind).await? {
        if file.extension().is_some_and(|extension| extension == "tmp") {
            directory::remove_file(&file).await?;
        }
    }
    Ok(())
}

async fn files(path: &Path, kind: Kind) -> io::Result<Vec<PathBuf>> {
    let listed = directory::list(path).await?;
    let ours = |name: &str| name == kind.file || name.starts_with(&format!("{}.", kind.file));
    let files = listed.iter().filter(|entry| !entry.is_dir && ours(&entry.name));
    Ok(files.map(|entry| path.join(&entry.name)).collect())
}

/// An unreadable file is as none: records that were cut are seen again, none is lost.
async fn read(path: &Path) -> Vec<PartitionOffset> {
    let Ok(bytes) = directory::read_to_vec(path, limits::CHECKPOINT_BYTES_MAX).await else {
        return Vec::new();
    };
    decode_offsets(&bytes).unwrap_or_else(|error| {
        tracing::warn!(path = %path.display(), %error, "passed over");
        Vec::new()
    })
}

fn encode(starts: &KeptOffsets) -> String {
    let entry = |(id, offset): (&PartitionId, &Offset)| PartitionOffset {
        topic: uuid_text::encode(id.topic),
        partition: id.index,
        offset: offset.0,
    };
    let mut entries: Vec<PartitionOffset> = starts.iter().map(entry).collect();
    entries.sort_by(|a, b| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)));
    encode_offsets(&entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::executor::{self, RingConfig};

    #[test]
    fn a_file_that_was_left_unfinished_is_in_nobodys_way() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path();
        let body = async {
            directory::create_all(path).await.unwrap();
            for name in ["log-starts", "log-starts.tmp", "log-starts.0.tmp"] {
                let file = path.join(format!("ringlog.{name}"));
                directory::write_atomically(&file, b"").await.unwrap();
            }
            assert!(gather(path, LOG_STARTS).await.unwrap().is_empty());
            files(path, LOG_STARTS).await.unwrap()
        };
        let left = executor::run(RingConfig::default(), body).unwrap();
        assert_eq!(left, [path.join("ringlog.log-starts")]);
    }
}
