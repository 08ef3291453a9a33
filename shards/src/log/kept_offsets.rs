//! Offsets of logs that must outlive a crash: where they begin, and up to where they were synced.
//!
//! Kafka's checkpoints go by name and are written at a clean stop; between starts these files go by
//! topic id, so that a topic made anew does not inherit the offsets of its namesake. A start makes
//! one file of all that it finds, and each shard may add what its replay found: of these the
//! largest of a log holds. Each shard adds one more, with the offsets that it moves while it runs:
//! forward, and back where a log is cut at its end. What that one says of a log holds.
//! These files end with a checksum, which Kafka's lack: a stop leaves the log starts in both, and
//! the next start holds them against each other.
//! Lives on: its shard; `gather` and `remove` on the core that starts and stops the node.
//! Promise: when `save` returns, a crash does not undo it. Read next: lookup.rs, ../node_dir.rs.

use crate::entropy::HashMap;
use crate::mutation::Mutation;
use std::cell::{Cell, RefCell};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::format::checkpoint::{self, PartitionOffset, decode_offsets, encode_offsets};
use crate::format::checksum::crc32c;
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

/// Up to where logs are compacted.
pub const CLEANED: Kind = Kind { file: "ringlog.cleaned", kafkas: checkpoint::CLEANED };

/// Up to where readers see logs that other nodes have as well.
pub const HIGH_WATERMARKS: Kind =
    Kind { file: "ringlog.high-watermarks", kafkas: checkpoint::HIGH_WATERMARKS };

/// Offsets by the ids of the logs.
pub type KeptOffsets = HashMap<PartitionId, Offset>;

impl Kind {
    /// The file that a shard writes.
    fn of_shard(self, directory: &Path, shard: ShardId) -> PathBuf {
        directory.join(format!("{}.{shard}", self.file))
    }

    /// The file of what a shard's replay found.
    fn of_replay(self, directory: &Path, shard: ShardId) -> PathBuf {
        directory.join(format!("{}.{shard}{OF_REPLAY}", self.file))
    }
}

const OF_REPLAY: &str = ".replayed";

/// Whether a file has what a shard has moved, and not what it began with.
fn is_of_moves(path: &Path, kind: Kind) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name != kind.file && !name.ends_with(OF_REPLAY)
}

/// Notes an offset of a log, unless a later one is known.
pub(crate) fn raise(offsets: &mut KeptOffsets, id: PartitionId, offset: Offset) {
    let known = offsets.entry(id).or_insert(offset);
    *known = (*known).max(offset);
}

/// The offsets of one kind that one shard has moved in one log directory.
pub struct ShardOffsets {
    path: PathBuf,
    /// Those that were moved.
    offsets: RefCell<KeptOffsets>,
    /// What it began with.
    found: KeptOffsets,
    at_start: Arc<KeptOffsets>,
    /// How often an offset was moved, and what of it the file holds: who comes while it is written
    /// waits for one write with all others.
    moved: Cell<u64>,
    written: Cell<u64>,
    /// To write the file.
    turn: Semaphore,
}

/// The offsets of all kinds that one shard moves in one log directory.
pub struct LogOffsets {
    pub starts: ShardOffsets,
    /// What lies before is synced: a replay leaves it alone.
    pub recovery_points: ShardOffsets,
    pub cleaned: ShardOffsets,
    pub high_watermarks: ShardOffsets,
}

/// What a log directory's files said at its start, by kind.
#[derive(Clone, Debug, Default)]
pub struct FoundOffsets {
    pub starts: Arc<KeptOffsets>,
    pub recovery_points: Arc<KeptOffsets>,
    pub cleaned: Arc<KeptOffsets>,
    pub high_watermarks: Arc<KeptOffsets>,
}

impl LogOffsets {
    /// `replayed`: the recovery points that the shard knows of its own replay.
    pub fn new(
        directory: &Path,
        shard: ShardId,
        found: &FoundOffsets,
        replayed: KeptOffsets,
    ) -> LogOffsets {
        let new = |kind, at_start: &Arc<KeptOffsets>, found| {
            ShardOffsets::new(kind, directory, shard, at_start.clone(), found)
        };
        let none = KeptOffsets::default;
        LogOffsets {
            starts: new(LOG_STARTS, &found.starts, none()),
            recovery_points: new(RECOVERY_POINTS, &found.recovery_points, replayed),
            cleaned: new(CLEANED, &found.cleaned, none()),
            high_watermarks: new(HIGH_WATERMARKS, &found.high_watermarks, none()),
        }
    }
}

impl ShardOffsets {
    fn new(
        kind: Kind,
        directory: &Path,
        shard: ShardId,
        at_start: Arc<KeptOffsets>,
        found: KeptOffsets,
    ) -> ShardOffsets {
        ShardOffsets {
            path: kind.of_shard(directory, shard),
            offsets: RefCell::default(),
            found,
            at_start,
            moved: Cell::new(0),
            written: Cell::new(0),
            turn: Semaphore::new(1),
        }
    }

    /// What the files say of a log.
    fn known(&self, id: PartitionId) -> Option<Offset> {
        let moved = self.offsets.borrow().get(&id).copied();
        let began_with = || self.found.get(&id).max(self.at_start.get(&id)).copied();
        moved.or_else(began_with)
    }

    /// Remembers the offset of a log, unless a later one is known.
    pub async fn save(&self, id: PartitionId, offset: Offset) -> io::Result<()> {
        if Mutation::LogStartForgotten.is_planted() {
            return Ok(());
        }
        let offset = self.known(id).map_or(offset, |known| known.max(offset));
        self.offsets.borrow_mut().insert(id, offset);
        self.write().await
    }

    /// Remembers that the offset of a log is `offset` at the most: the log was cut there.
    pub async fn lower(&self, id: PartitionId, offset: Offset) -> io::Result<()> {
        let is_higher = self.known(id).is_some_and(|known| known > offset);
        if is_higher {
            self.offsets.borrow_mut().insert(id, offset);
        }
        // What was lowered before, and is not written yet, is waited for.
        match self.written.get() < self.moved.get() || is_higher {
            true => self.write().await,
            false => Ok(()),
        }
    }

    /// Remembers offsets of logs as they are.
    pub async fn save_all(&self, offsets: &KeptOffsets) -> io::Result<()> {
        let is_news = |it: &(&PartitionId, &Offset)| self.known(*it.0) != Some(*it.1);
        if !offsets.iter().any(|it| is_news(&it)) {
            return Ok(());
        }
        self.offsets.borrow_mut().extend(offsets.iter().map(|(id, offset)| (*id, *offset)));
        self.write().await
    }

    async fn write(&self) -> io::Result<()> {
        self.moved.update(|moved| moved + 1);
        let wanted = self.moved.get();
        let _turn = self.turn.acquire().await;
        if self.written.get() >= wanted {
            return Ok(());
        }
        let (text, holds) = (encode(&self.offsets.borrow()), self.moved.get());
        directory::write_atomically(&self.path, text.as_bytes()).await?;
        self.written.set(holds);
        Ok(())
    }
}

/// Keeps up to where the logs of a directory were synced, as one shard knows it.
pub async fn keep_recovery_points(
    directory: &Path,
    shard: ShardId,
    points: &KeptOffsets,
) -> io::Result<()> {
    let path = RECOVERY_POINTS.of_replay(directory, shard);
    directory::write_atomically(&path, encode(points).as_bytes()).await
}

/// Keeps offsets over a stop, beside Kafka's checkpoint.
pub async fn keep(path: &Path, kind: Kind, offsets: &KeptOffsets) -> io::Result<()> {
    remove(path, kind).await?;
    directory::write_atomically(&path.join(kind.file), encode(offsets).as_bytes()).await
}

/// Who has left a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoppedBy {
    /// What both kinds of files have is the same.
    Us,
    /// Our files are of before.
    Kafka,
    Crash,
}

/// Makes one file of all that have such offsets in a directory, Kafka's checkpoint included.
pub async fn gather(path: &Path, kind: Kind, stopped_by: StoppedBy) -> io::Result<KeptOffsets> {
    let (mut starts, mut moved) = (KeptOffsets::default(), KeptOffsets::default());
    remove_unfinished(path, kind).await?;
    let files = files(path, kind).await?;
    let made = path.join(kind.file);
    let mut is_proven = false;
    for file in files.iter().filter(|_| stopped_by != StoppedBy::Kafka) {
        let Some(entries) = read(file).await else { continue };
        is_proven = stopped_by == StoppedBy::Us;
        for entry in entries {
            let Some(topic) = uuid_text::decode(&entry.topic) else {
                tracing::warn!(path = %file.display(), "damaged: {} is no topic id", entry.topic);
                continue;
            };
            let id = PartitionId { topic, index: entry.partition };
            let of_file = if is_of_moves(file, kind) { &mut moved } else { &mut starts };
            raise(of_file, id, Offset(entry.offset));
        }
    }
    let named = path.join(kind.kafkas);
    let kafkas = kafkas(path, &named).await;
    match kafkas {
        Some(kafkas) if is_proven && kafkas != starts => tracing::warn!(
            path = %named.display(), ours = ?starts, theirs = ?kafkas,
            "the checkpoint is damaged: it differs from {}, whose checksum holds", kind.file
        ),
        Some(kafkas) => kafkas.iter().for_each(|(id, offset)| raise(&mut starts, *id, *offset)),
        None => {}
    }
    starts.extend(moved);
    directory::write_atomically(&made, encode(&starts).as_bytes()).await?;
    // What shards have moved goes last: an end in between must not leave the rest to be believed.
    for is_last in [false, true] {
        let of_now = |file: &&PathBuf| **file != made && is_of_moves(file, kind) == is_last;
        let mut has_removed = false;
        for file in files.iter().filter(of_now) {
            directory::remove_file(file).await?;
            has_removed = true;
        }
        if has_removed {
            directory::sync(path).await?;
        }
    }
    if directory::exists(&named).await? {
        directory::remove_file(&named).await?;
    }
    Ok(starts)
}

/// What Kafka's checkpoint says of the logs in a directory.
async fn kafkas(path: &Path, named: &Path) -> Option<KeptOffsets> {
    let mut found = KeptOffsets::default();
    for entry in read(named).await? {
        let directory = path.join(file_names::partition_directory(&entry.topic, entry.partition));
        let identity = directory.join(partition_metadata::FILE_NAME);
        let bytes = directory::read_to_vec(&identity, limits::IDENTITY_BYTES_MAX).await;
        let topic = bytes.ok().and_then(|bytes| partition_metadata::decode(&bytes).ok());
        match topic.map(|topic| PartitionId { topic, index: entry.partition }) {
            Some(id) if found.insert(id, Offset(entry.offset)).is_none() => {}
            Some(_) => tracing::warn!(
                path = %named.display(), "it names {}-{} twice", entry.topic, entry.partition
            ),
            None => tracing::warn!(
                path = %named.display(), "it names {}-{}, which is not here", entry.topic,
                entry.partition
            ),
        }
    }
    Some(found)
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
async fn read(path: &Path) -> Option<Vec<PartitionOffset>> {
    let passed_over = |error: &dyn std::fmt::Display| {
        tracing::warn!(path = %path.display(), %error, "passed over");
    };
    let bytes = match directory::read_to_vec(path, limits::CHECKPOINT_BYTES_MAX).await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        read => read.inspect_err(|error| passed_over(error)).ok()?,
    };
    decode(&bytes).inspect_err(|error| passed_over(error)).ok()
}

/// In the place of a topic, which it can not be: the offset is the checksum of what is before.
const CHECKSUM: &str = "#crc32c";

fn encode(starts: &KeptOffsets) -> String {
    let entry = |(id, offset): (&PartitionId, &Offset)| PartitionOffset {
        topic: uuid_text::encode(id.topic),
        partition: id.index,
        offset: offset.0,
    };
    let mut entries: Vec<PartitionOffset> = starts.iter().map(entry).collect();
    entries.sort_by(|a, b| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)));
    let offset = checksum(&entries);
    entries.push(PartitionOffset { topic: CHECKSUM.to_owned(), partition: 0, offset });
    encode_offsets(&entries)
}

/// The offsets of a file of either kind.
fn decode(bytes: &[u8]) -> Result<Vec<PartitionOffset>, String> {
    let mut entries = decode_offsets(bytes).map_err(|error| error.to_string())?;
    match entries.pop_if(|last| last.topic == CHECKSUM) {
        Some(last) if last.offset != checksum(&entries) => {
            Err("it is damaged: its checksum does not hold".to_owned())
        }
        _ => Ok(entries),
    }
}

fn checksum(entries: &[PartitionOffset]) -> i64 {
    i64::from(crc32c(encode_offsets(entries).as_bytes()))
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
            assert!(gather(path, LOG_STARTS, StoppedBy::Crash).await.unwrap().is_empty());
            files(path, LOG_STARTS).await.unwrap()
        };
        let left = executor::run(RingConfig::default(), body).unwrap();
        assert_eq!(left, [path.join("ringlog.log-starts")]);
    }

    /// A log that was cut: what an earlier start found, and what a replay of another shard found,
    /// is not believed any more.
    #[test]
    fn an_offset_that_was_lowered_stays_low() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path();
        let ids: Vec<PartitionId> = (0..3)
            .map(|index| PartitionId { topic: crate::units::Uuid::from_u128(7), index })
            .collect();
        let body = async {
            let kept = ids.iter().map(|id| (*id, Offset(100))).collect();
            keep(path, RECOVERY_POINTS, &kept).await.unwrap();
            let found = gather(path, RECOVERY_POINTS, StoppedBy::Crash).await.unwrap();
            let recovery_points = Arc::new(found);
            let found = FoundOffsets { recovery_points, ..FoundOffsets::default() };
            let replayed = KeptOffsets::from_iter([(ids[0], Offset(150)), (ids[1], Offset(150))]);
            keep_recovery_points(path, ShardId(0), &replayed).await.unwrap();
            let offsets = LogOffsets::new(path, ShardId(1), &found, KeptOffsets::default());
            offsets.recovery_points.lower(ids[0], Offset(50)).await.unwrap();
            offsets.recovery_points.save(ids[0], Offset(60)).await.unwrap();
            offsets.recovery_points.save(ids[1], Offset(90)).await.unwrap();
            offsets.recovery_points.lower(ids[2], Offset(120)).await.unwrap();
            for _ in 0..2 {
                let found = gather(path, RECOVERY_POINTS, StoppedBy::Crash).await.unwrap();
                let [cut, raised, untouched] = [0, 1, 2].map(|index| found[&ids[index]].0);
                assert_eq!((cut, raised, untouched), (60, 100, 100));
            }
        };
        executor::run(RingConfig::default(), body).unwrap();
    }

    #[test]
    fn of_two_files_the_one_with_a_checksum_that_holds_is_believed() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path();
        let id = PartitionId { topic: crate::units::Uuid::from_u128(7), index: 3 };
        let kept = KeptOffsets::from_iter([(id, Offset(4711))]);
        let (ours, theirs) = (path.join(LOG_STARTS.file), path.join(LOG_STARTS.kafkas));
        let body = async {
            let folder = path.join("kept-3");
            directory::create_all(&folder).await.unwrap();
            let identity = partition_metadata::encode(id.topic);
            let file = folder.join(partition_metadata::FILE_NAME);
            directory::write_atomically(&file, identity.as_bytes()).await.unwrap();
            let text = "0\n1\nkept 3 4711\n".as_bytes();
            for bit in 0..text.len() * 8 {
                keep(path, LOG_STARTS, &kept).await.unwrap();
                let mut flipped = text.to_vec();
                flipped[bit / 8] ^= 1 << (bit % 8);
                directory::write_atomically(&theirs, &flipped).await.unwrap();
                let found = gather(path, LOG_STARTS, StoppedBy::Us).await.unwrap();
                assert_eq!(found, kept, "bit {bit} of theirs");
            }
            for bit in 0..encode(&kept).len() * 8 {
                let mut flipped = encode(&kept).into_bytes();
                flipped[bit / 8] ^= 1 << (bit % 8);
                directory::write_atomically(&ours, &flipped).await.unwrap();
                directory::write_atomically(&theirs, text).await.unwrap();
                let found = gather(path, LOG_STARTS, StoppedBy::Us).await.unwrap();
                assert_eq!(found, kept, "bit {bit} of ours");
            }
            // Kafka has moved it since.
            keep(path, LOG_STARTS, &kept).await.unwrap();
            directory::write_atomically(&theirs, b"0\n1\nkept 3 5000\n").await.unwrap();
            let found = gather(path, LOG_STARTS, StoppedBy::Kafka).await.unwrap();
            assert_eq!(found[&id], Offset(5000));
        };
        executor::run(RingConfig::default(), body).unwrap();
    }
}
