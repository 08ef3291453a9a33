//! A log directory at start: its journals replayed, and a new one for this shard.
//!
//! Lives on: each shard, for its journals and its share of those left by more shards than now.
//! Read next: ../log/recovery.rs, ../journal/replay.rs.

use std::path::{Path, PathBuf};

use super::moves::Moves;
use super::{Directory, StoreOptions};
use crate::entropy;
use crate::format::file_names;
use crate::io::directory::{self, Entry};
use crate::journal::replay::{self, Recovered, ReplayError};
use crate::journal::{Journal, JournalOptions};
use crate::limits;
use crate::log::error::OpenError;
use crate::log::identity::{self, Identity};
use crate::log::kept_offsets::{KeptOffsets, LogOffsets, keep_recovery_points, raise};
use crate::log::log_dir::LogDir;
use crate::log::open_files::OpenFiles;
use crate::log::recovery::{Inventory, Replayed, replay_journal};
use crate::log::reserve::Reserve;
use crate::node_dir::NodeDir;
use crate::units::PartitionId;

/// What a log directory has of its shard.
#[derive(Clone, Copy)]
pub(super) struct Share<'a> {
    pub memory_bytes: usize,
    pub open_files: &'a OpenFiles,
}

/// The directory, which is to have this number, and what was replayed.
pub(super) async fn recover(
    node_dir: &NodeDir,
    number: usize,
    options: &StoreOptions,
    share: Share<'_>,
    moves: &Moves,
) -> Result<(Directory, Replayed), OpenError> {
    let path = &node_dir.path;
    let listed = directory::list(path).await.map_err(|error| OpenError::io(path, error))?;
    let mut total = Replayed::default();
    let (mut own, mut proven) = (None, KeptOffsets::default());
    for (owner, path) in journals(path, &listed, options) {
        let (journal, replayed) =
            replay(&path, node_dir, &listed, options.segment_files_max, &mut proven).await?;
        total = total.plus(replayed);
        if owner == options.shard.0 {
            own = journal;
        } else {
            directory::remove_file(&path).await.map_err(|error| OpenError::io(&path, error))?;
        }
    }
    if !proven.is_empty() {
        let kept = keep_recovery_points(path, options.shard, &proven).await;
        kept.map_err(|error| OpenError::io(path, error))?;
    }
    let journal = start_journal(path, own, options).await?;
    moves.note_found(number, path, &listed).await;
    let offsets = LogOffsets::new(path, options.shard, node_dir.offsets(), proven.clone());
    let reserve = Reserve::open(path, options.shard).await;
    let Share { memory_bytes, open_files } = share;
    let open_files = open_files.clone();
    let log_dir = LogDir::new(path.clone(), journal, memory_bytes, open_files, offsets, reserve);
    Ok((Directory { log_dir, node_dir: node_dir.clone(), proven }, total))
}

/// The journals that this shard replays: its own, and its share of those left by more shards than
/// now.
fn journals(path: &Path, listed: &[Entry], options: &StoreOptions) -> Vec<(usize, PathBuf)> {
    let files = listed.iter().filter(|entry| !entry.is_dir);
    let mut found: Vec<(usize, PathBuf)> = files
        .filter_map(|entry| Some((file_names::parse_journal(&entry.name)?, &entry.name)))
        .filter(|(number, _)| number % options.shards == options.shard.0)
        .map(|(number, name)| (number, path.join(name)))
        .collect();
    found.sort_unstable();
    found
}

/// Adds to `proven` up to where the logs in it are on disk then. No journal where one is of another
/// format, and empty.
async fn replay(
    path: &Path,
    node_dir: &NodeDir,
    listed: &[Entry],
    files_max: usize,
    proven: &mut KeptOffsets,
) -> Result<(Option<Recovered>, Replayed), OpenError> {
    let journal = match replay::open(path).await {
        Err(error @ ReplayError::OtherVersion { .. }) if node_dir.was_stopped_cleanly => {
            tracing::info!(%error, "it holds nothing after a clean stop: made anew");
            return Ok((None, Replayed::default()));
        }
        opened => opened?,
    };
    let pages = journal.pages();
    if pages == 0 && journal.lost.is_none() {
        return Ok((Some(journal), Replayed::default()));
    }
    if node_dir.was_stopped_cleanly && pages > 0 {
        return Err(OpenError::StaleJournal { path: path.to_owned(), pages });
    }
    drop(journal);
    let mut inventory = inventory(&node_dir.path, listed).await;
    inventory.may_lack = node_dir.may_lack;
    inventory.synced = node_dir.offsets().recovery_points.clone();
    let (journal, replayed, ends) = replay_journal(path, &inventory, files_max).await?;
    for (id, end) in ends {
        raise(proven, id, end);
    }
    tracing::info!(journal = %path.display(), ?replayed, "recovered after a crash");
    Ok((Some(journal), replayed))
}

async fn start_journal(
    directory: &Path,
    recovered: Option<Recovered>,
    options: &StoreOptions,
) -> Result<Journal, OpenError> {
    let path = directory.join(file_names::journal(options.shard.0));
    let capacity = limits::JOURNAL_BYTES_INITIAL.min(options.journal_bytes_max);
    let (file, id, next, capacity) = match recovered {
        Some(mut found) => {
            found.begin().await?;
            (found.file, found.id, found.next_sequence, found.capacity_bytes)
        }
        None => {
            let id = entropy::uuid();
            let created = replay::create(&path, id, capacity).await;
            let file = created.map_err(|error| OpenError::io(&path, error))?;
            directory::sync(directory).await.map_err(|error| OpenError::io(directory, error))?;
            (file, id, crate::journal::PageSequence(0), capacity)
        }
    };
    let options = JournalOptions {
        name: path.display().to_string().into(),
        id,
        durability: options.journal_durability,
        first_sequence: next,
        capacity_bytes: capacity,
        capacity_bytes_max: options.journal_bytes_max.max(capacity),
    };
    Ok(Journal::start(file, options))
}

/// The partitions whose directories a log directory has.
async fn inventory(path: &Path, listed: &[Entry]) -> Inventory {
    let mut found = Inventory::default();
    for entry in listed.iter().filter(|entry| entry.is_dir) {
        let Some((_, index)) = entry.name.rsplit_once('-') else { continue };
        let Ok(index) = index.parse() else { continue };
        let directory = path.join(&entry.name);
        match identity::read(&directory).await {
            Identity::Topic(topic) => {
                found.folders.insert(PartitionId { topic, index }, directory);
            }
            Identity::Unknown { cause } => {
                found.unidentified.insert(index, (directory, cause));
            }
            Identity::Nothing => {}
        }
    }
    found
}

impl Replayed {
    pub(super) fn plus(self, other: Replayed) -> Replayed {
        Replayed {
            pages: self.pages + other.pages,
            appends: self.appends + other.appends,
            bytes: self.bytes + other.bytes,
            skipped: self.skipped + other.skipped,
        }
    }
}
