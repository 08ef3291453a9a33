//! A log directory as one shard sees it: its journal, the partitions with unsynced appends, the
//! cache.
//!
//! Lives on: its shard; each shard has one for each log directory.
//! Promise: when the journal runs short of space, the partitions that hold its oldest pages are
//! written to their segments and synced; tail chunks that segments hold are dropped once readers do
//! not need them. A disk that was full takes appends again once it has room for more than a moment.
//! Limits: limits::RELIEF_*, ROOM_TO_RESUME_*. Read next: budget.rs, destage.rs, reserve.rs.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::{Rc, Weak};

use super::budget::MemoryBudget;
use super::kept_offsets::{KeptOffsets, LogOffsets};
use super::open_files::OpenFiles;
use super::reserve::Reserve;
use super::retention::Deleted;
use super::state::{Inner, Log};
use crate::clock::{self, Instant};
use crate::io::shortage::Shortage;
use crate::io::{directory, executor};
use crate::journal::{Journal, PageSequence};
use crate::limits;
use crate::mutation::Mutation;
use crate::sync::{Permit, Semaphore};
use crate::units::PartitionId;

/// What was deleted and compacted in a log directory since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CleanupFigures {
    pub segments_deleted: u64,
    pub bytes_deleted: u64,
    /// Compactions that came to their end.
    pub compactions: u64,
    /// Bytes that they went through, and that stayed.
    pub bytes_read: u64,
    pub bytes_kept: u64,
}

/// A shard's share of a log directory. Cheap to clone.
#[derive(Clone)]
pub struct LogDir(Rc<Shared>);

struct Shared {
    path: PathBuf,
    journal: Journal,
    /// Partitions by the oldest journal page that they still need.
    dirty: RefCell<BTreeMap<(PageSequence, PartitionId), Weak<Inner>>>,
    /// Partitions with chunks that may be dropped, by the number of the oldest one: one entry for
    /// each, so that the list is as long as there are partitions, however much is written.
    cached: RefCell<BTreeMap<(u64, PartitionId), Weak<Inner>>>,
    next_cached: Cell<u64>,
    memory: MemoryBudget,
    open_files: OpenFiles,
    squeezed: Cell<bool>,
    offsets: LogOffsets,
    cleanup: Cell<CleanupFigures>,
    /// Places of those that check what they read.
    checks: Semaphore,
    /// Tasks that wait for space, descriptors, memory.
    waiting: [Cell<usize>; 3],
    full: Cell<Full>,
    reserve: Reserve,
}

/// Whether appends are refused for want of room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Full {
    No,
    /// Files wait for room.
    Since(Instant),
    /// No file waits any more: the disk is looked at until it has room for more than a moment.
    Watched(Instant),
}

impl LogDir {
    pub fn new(
        path: PathBuf,
        journal: Journal,
        memory_bytes_max: usize,
        open_files: OpenFiles,
        offsets: LogOffsets,
        reserve: Reserve,
    ) -> LogDir {
        let shared = Shared {
            path,
            journal,
            dirty: RefCell::default(),
            cached: RefCell::default(),
            next_cached: Cell::new(0),
            memory: MemoryBudget::new(memory_bytes_max),
            open_files,
            squeezed: Cell::new(false),
            offsets,
            cleanup: Cell::default(),
            checks: Semaphore::new(limits::CHECKS_AT_ONCE),
            waiting: Default::default(),
            full: Cell::new(Full::No),
            reserve,
        };
        let log_dir = LogDir(Rc::new(shared));
        drop(executor::spawn(log_dir.clone().relieve_journal()));
        log_dir
    }

    pub fn path(&self) -> &Path {
        &self.0.path
    }

    pub fn journal(&self) -> &Journal {
        &self.0.journal
    }

    pub fn open_files(&self) -> &OpenFiles {
        &self.0.open_files
    }

    pub(super) fn offsets(&self) -> &LogOffsets {
        &self.0.offsets
    }

    /// Keeps high watermarks over a crash. A start that finds older ones serves less, until the
    /// leader has told it.
    pub(crate) async fn save_high_watermarks(&self, offsets: &KeptOffsets) {
        if let Err(error) = self.0.offsets.high_watermarks.save_all(offsets).await {
            let path = self.0.path.display();
            tracing::warn!(%path, %error, "the high watermarks are not kept");
        }
    }

    pub fn cleanup_figures(&self) -> CleanupFigures {
        self.0.cleanup.get()
    }

    pub(super) fn note_deleted(&self, deleted: Deleted) {
        let mut figures = self.0.cleanup.get();
        figures.segments_deleted += deleted.segments;
        figures.bytes_deleted += deleted.bytes;
        self.0.cleanup.set(figures);
    }

    pub(super) fn note_compacted(&self, bytes_read: u64, bytes_kept: u64) {
        let mut figures = self.0.cleanup.get();
        figures.compactions += 1;
        figures.bytes_read += bytes_read;
        figures.bytes_kept += bytes_kept;
        self.0.cleanup.set(figures);
    }

    /// Tail memory in bytes.
    pub fn memory_bytes(&self) -> usize {
        self.0.memory.used()
    }

    pub fn memory_bytes_max(&self) -> usize {
        self.0.memory.max()
    }

    pub fn is_full(&self) -> bool {
        self.0.journal.is_disk_full()
    }

    /// Runs something that frees space; on a full disk it may use what is kept for that.
    pub(super) async fn run_from_reserve<T>(
        &self,
        frees: impl AsyncFn() -> io::Result<T>,
    ) -> io::Result<T> {
        let outcome = self.0.reserve.run(frees).await;
        self.0.reserve.refill().await;
        outcome
    }

    /// One more task waits. Who waits for space can take nothing over: appends are refused.
    pub(super) fn begin_waiting(&self, shortage: Shortage) {
        let waiting = self.waiting(shortage);
        waiting.set(waiting.get() + 1);
        if waiting.get() > 1 {
            return;
        }
        let path = self.0.path.display();
        match shortage {
            Shortage::Space => self.begin_full(),
            Shortage::Descriptors => tracing::error!(
                %path, "no file descriptors are left: files wait to be opened; raise the limit \
                 (ulimit -Hn, or LimitNOFILE of systemd)"
            ),
            Shortage::Memory => tracing::error!(%path, "no memory is left: files wait for it"),
        }
    }

    /// One task less waits: it has what it needs, or is gone.
    pub(super) fn end_waiting(&self, shortage: Shortage) {
        let waiting = self.waiting(shortage);
        waiting.set(waiting.get() - 1);
        if waiting.get() > 0 {
            return;
        }
        let path = self.0.path.display();
        if shortage == Shortage::Space && Mutation::FullForEver.is_planted() {
            return;
        }
        match shortage {
            Shortage::Space => drop(executor::spawn(self.clone().end_full())),
            _ => tracing::info!(%path, "no file waits any more"),
        }
    }

    fn begin_full(&self) {
        let since = match self.0.full.get() {
            // It was not over.
            Full::Since(since) | Full::Watched(since) => since,
            Full::No => {
                self.0.journal.set_disk_full(true);
                let path = self.0.path.display();
                tracing::error!(
                    %path, "the disk is full: appends are refused till there is room. Deleting \
                     topics or records works; so does removing other files of this disk"
                );
                clock::now()
            }
        };
        self.0.full.set(Full::Since(since));
    }

    /// Accepts appends once there is room for more than a moment. A file that waits meanwhile ends
    /// this look, and its own end begins another.
    async fn end_full(self) {
        let Full::Since(since) = self.0.full.get() else { return };
        self.0.full.set(Full::Watched(since));
        loop {
            if self.has_room_to_resume(since).await {
                break;
            }
            clock::sleep(limits::SHORTAGE_RETRY).await;
            if self.0.full.get() != Full::Watched(since) || self.0.journal.failure().is_some() {
                return;
            }
        }
        if self.0.full.get() != Full::Watched(since) {
            return;
        }
        self.0.full.set(Full::No);
        self.0.reserve.refill().await;
        self.0.journal.set_disk_full(false);
        tracing::info!(path = %self.0.path.display(), "the disk has room: appends are accepted");
    }

    async fn has_room_to_resume(&self, since: Instant) -> bool {
        let volume = directory::volume_bytes(&self.0.path).await;
        // A disk that does not tell is tried.
        let is_roomy = volume.map_or(true, |it| it.writable >= limits::room_to_resume(it.total));
        is_roomy && since.elapsed() >= limits::FULL_TIME_MIN
    }

    fn waiting(&self, shortage: Shortage) -> &Cell<usize> {
        let [space, descriptors, memory] = &self.0.waiting;
        match shortage {
            Shortage::Space => space,
            Shortage::Descriptors => descriptors,
            Shortage::Memory => memory,
        }
    }

    pub(super) fn note_dirty(&self, page: PageSequence, partition: &Log) {
        let weak = Rc::downgrade(&partition.0);
        self.0.dirty.borrow_mut().insert((page, partition.id()), weak);
    }

    pub(super) fn note_clean(&self, page: PageSequence, id: PartitionId) {
        self.0.dirty.borrow_mut().remove(&(page, id));
    }

    /// The largest chunk a tail is to fill: the more partitions fill one at the same time, the
    /// smaller, so that memory does not grow with their number.
    pub(super) fn chunk_bytes_max(&self) -> usize {
        let filling = self.0.dirty.borrow().len().max(1);
        let share = (limits::TAIL_FILLING_BYTES_MAX / filling).max(1);
        let power_of_two = 1 << share.ilog2();
        power_of_two.clamp(limits::TAIL_CHUNK_BYTES_SHARED_MIN, limits::TAIL_CHUNK_BYTES_MAX)
    }

    /// One of the places of those that check a piece of a file: their memory has a bound.
    pub(super) async fn place_to_check(&self) -> Permit {
        self.0.checks.acquire().await
    }

    /// Counts tail memory.
    pub(super) fn charge(&self, before: usize, after: usize) {
        self.0.memory.charge(before, after);
    }

    /// The number for chunks that may be dropped from now on.
    pub(super) fn next_cached(&self) -> u64 {
        self.0.next_cached.replace(self.0.next_cached.get() + 1)
    }

    /// Notes a partition whose chunks may be dropped once memory is short, from this one on.
    pub(super) fn note_cached(&self, oldest: u64, partition: &Log) {
        let weak = Rc::downgrade(&partition.0);
        self.0.cached.borrow_mut().insert((oldest, partition.id()), weak);
    }

    pub(super) fn note_uncached(&self, oldest: u64, id: PartitionId) {
        self.0.cached.borrow_mut().remove(&(oldest, id));
    }

    #[cfg(test)]
    pub(super) fn limit_kept(&self, bytes: usize) {
        self.0.memory.limit_kept(bytes);
    }

    /// Partitions with chunks that may be dropped.
    #[cfg(test)]
    pub(super) fn cached_len(&self) -> usize {
        self.0.cached.borrow().len()
    }

    /// Notes that a reader found `bytes` in a file alone, `behind` bytes before the end of the log.
    pub(super) fn note_missed(&self, bytes: u64, behind: u64) {
        self.0.memory.note_missed(bytes, behind);
    }

    /// Drops what segments hold and readers are not expected to want, oldest first; over the
    /// budget, has segments take over more. No partition's state may be borrowed.
    pub(super) fn fit_memory(&self) {
        while self.0.memory.is_over_kept() {
            let Some((_, oldest)) = self.0.cached.borrow_mut().pop_first() else { break };
            if let Some(inner) = oldest.upgrade() {
                Log(inner).drop_oldest_chunk();
            }
        }
        let squeezed = self.0.memory.is_over_max();
        if self.0.squeezed.replace(squeezed) != squeezed {
            self.0.journal.squeeze(squeezed);
        }
    }

    /// Frees the older half of the journal whenever it is more than half full.
    async fn relieve_journal(self) {
        loop {
            self.0.journal.pressed().await;
            if self.0.journal.failure().is_some() {
                return;
            }
            let oldest: Vec<Log> = {
                let dirty = self.0.dirty.borrow();
                let live = dirty.values().take(limits::RELIEF_PARTITIONS_MAX);
                live.filter_map(Weak::upgrade).map(Log).collect()
            };
            if oldest.is_empty() {
                // Appends of the open page alone: they can be taken over once it is written.
                self.0.dirty.borrow_mut().retain(|_, partition| partition.strong_count() > 0);
                clock::sleep(limits::RELIEF_RETRY).await;
                continue;
            }
            let tasks: Vec<_> = oldest
                .into_iter()
                .map(|partition| executor::spawn(partition.take_over()))
                .collect();
            let mut idle = true;
            for task in tasks {
                idle &= !task.await;
            }
            if idle {
                clock::sleep(limits::RELIEF_RETRY).await;
            }
        }
    }
}
