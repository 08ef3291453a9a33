//! The segments that a replay writes, of which few are open at a time.
//!
//! Lives on: the shard that recovers. Promise: what was written is synced before its file is
//! closed; a segment ends behind the last of its entries when `finish` returns. What many
//! partitions have in the journal in turns is written partition by partition, as far as it fits
//! into memory. Limits: limits::REPLAY_*. Read next: recovery.rs.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::error::OpenError;
use super::kept_offsets::{KeptOffsets, raise};
use super::recovery::{Inventory, Replayed};
use super::segment::file_name;
use crate::io::buffers::Slice;
use crate::io::directory;
use crate::io::executor::{self, Task};
use crate::io::file::{Durability, File, OpenOptions};
use crate::journal::{EntryHeader, EntryKind};
use crate::limits;
use crate::mutation::Mutation;
use crate::sync::Semaphore;
use crate::units::{Offset, PartitionId};

/// Entries that were read and are not written yet, in the order of the journal.
#[derive(Default)]
pub(super) struct Window {
    entries: Vec<(EntryHeader, Slice)>,
    /// Of the pages that they are slices of, which stay in memory with them.
    pub bytes: usize,
}

impl Window {
    pub(super) fn add(&mut self, header: EntryHeader, body: Slice) {
        self.entries.push((header, body));
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

/// See the module.
pub(super) struct Targets<'a> {
    inventory: &'a Inventory,
    files: BTreeMap<(PartitionId, Offset), Target>,
    open: usize,
    open_max: usize,
    /// What lies before was synced when its page was freed, or is written now.
    proven: KeptOffsets,
}

/// A segment that is written.
#[derive(Default)]
struct Target {
    file: Option<File>,
    /// The end of what it holds.
    end: u64,
}

impl Targets<'_> {
    pub(super) fn new(inventory: &Inventory, open_max: usize) -> Targets<'_> {
        let (files, proven) = (BTreeMap::new(), KeptOffsets::default());
        Targets { inventory, files, open: 0, open_max: open_max.max(1), proven }
    }

    /// Writes what the window holds, the entries of each partition in their order.
    pub(super) async fn apply_all(
        &mut self,
        window: &mut Window,
        replayed: &mut Replayed,
    ) -> Result<(), OpenError> {
        let mut entries = std::mem::take(window).entries;
        entries.sort_by_key(|(header, _)| header.partition);
        for (header, body) in entries {
            let Some(directory) = self.inventory.folders.get(&header.partition) else { continue };
            self.apply(directory, &header, body).await?;
            replayed.appends += 1;
            replayed.bytes += u64::from(header.length);
        }
        Ok(())
    }

    async fn apply(
        &mut self,
        directory: &Path,
        entry: &EntryHeader,
        body: Slice,
    ) -> Result<(), OpenError> {
        if entry.kind == EntryKind::Arrived {
            return Ok(());
        }
        let failed = |error| OpenError::io(directory, error);
        let file = self.file(directory, entry).await?;
        if entry.kind == EntryKind::Append {
            let written = file.write_all_at(vec![body], entry.position, Durability::Cached).await;
            written.map_err(failed)?;
        }
        let target = self.files.entry((entry.partition, entry.segment_base)).or_default();
        if entry.kind == EntryKind::Truncate {
            target.end = entry.position;
            self.proven.remove(&entry.partition);
            return Ok(());
        }
        target.end = entry.position + u64::from(entry.length);
        raise(&mut self.proven, entry.partition, entry.next_offset);
        Ok(())
    }

    async fn file(&mut self, directory: &Path, entry: &EntryHeader) -> Result<File, OpenError> {
        let key = (entry.partition, entry.segment_base);
        if let Some(file) = self.files.get(&key).and_then(|target| target.file.clone()) {
            return Ok(file);
        }
        if self.open >= self.open_max {
            self.sync_and_close().await?;
        }
        let opened = open(&directory.join(file_name(entry.segment_base, "log"))).await;
        let file = opened.map_err(|error| OpenError::io(directory, error))?;
        self.files.entry(key).or_default().file = Some(file.clone());
        self.open += 1;
        Ok(file)
    }

    async fn sync_and_close(&mut self) -> Result<(), OpenError> {
        let mut syncs = Syncs::default();
        for ((partition, base), target) in &mut self.files {
            let Some(file) = target.file.take() else { continue };
            let Some(directory) = self.inventory.folders.get(partition) else { continue };
            let path = directory.join(file_name(*base, "log"));
            syncs.begin(path, async move { sync(&file).await });
        }
        self.open = 0;
        syncs.end().await
    }

    /// Cuts the segments to their batches and syncs them, and their names; many at a time, as each
    /// sync waits for the device.
    pub(super) async fn finish(self) -> Result<KeptOffsets, OpenError> {
        let mut written = BTreeSet::new();
        let mut syncs = Syncs::default();
        for ((partition, base), target) in self.files {
            let Some(directory) = self.inventory.folders.get(&partition) else { continue };
            // What segments hold behind the last page that was found is kept: the opening of the
            // log finds its end.
            let size = (!self.inventory.may_lack).then_some(target.end);
            let path = directory.join(file_name(base, "log"));
            syncs.begin(path.clone(), async move {
                let file = match target.file {
                    Some(file) => file,
                    None => open(&path).await?,
                };
                if let Some(size) = size {
                    file.set_size(size).await?;
                }
                sync(&file).await
            });
            written.insert(directory.clone());
        }
        syncs.end().await?;
        for directory in written {
            // A file that the replay has made is else lost with the next crash, and the journal
            // that held its bytes is empty then.
            let folder = directory.clone();
            syncs.begin(directory, async move { directory::sync(&folder).await });
        }
        syncs.end().await?;
        Ok(self.proven)
    }
}

async fn open(path: &Path) -> io::Result<File> {
    File::open(path, OpenOptions::new().write(true).create(true)).await
}

async fn sync(file: &File) -> io::Result<()> {
    match Mutation::ReplayUnsynced.is_planted() {
        true => Ok(()),
        false => file.sync_all().await,
    }
}

/// Syncs under way, a bounded number of them at once.
struct Syncs {
    turns: Semaphore,
    tasks: Vec<Task<Result<(), OpenError>>>,
}

impl Default for Syncs {
    fn default() -> Syncs {
        Syncs { turns: Semaphore::new(limits::REPLAY_SYNCS_AT_ONCE), tasks: Vec::new() }
    }
}

impl Syncs {
    fn begin(&mut self, path: PathBuf, sync: impl Future<Output = io::Result<()>> + 'static) {
        let turns = self.turns.clone();
        self.tasks.push(executor::spawn(async move {
            let _turn = turns.acquire().await;
            sync.await.map_err(|error| OpenError::io(&path, error))
        }));
    }

    /// Waits for all of them; the first error of any.
    async fn end(&mut self) -> Result<(), OpenError> {
        let mut outcome = Ok(());
        for task in self.tasks.drain(..) {
            let synced = task.await;
            outcome = outcome.and(synced);
        }
        outcome
    }
}
