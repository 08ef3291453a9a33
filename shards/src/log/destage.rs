//! Brings segments up to date with the tail, and lets the journal go.
//!
//! Lives on: the partition's shard, one write at a time per partition.
//! Promise: a journal page is released only when what it held of this partition is synced in a
//! segment. An error of a write or sync takes the log directory offline; one that passes does not:
//! the journal holds what the segments can not take, and the write is made when there is space (or
//! descriptors) again. Only a stop does not wait for that: it gives up, and the journal keeps what
//! it holds. Limits: limits::DESTAGE_*. Read next: tail.rs, segment.rs, shortage.rs.

use std::io;
use std::path::Path;

use super::error::Offline;
use super::log_dir::LogDir;
use super::segment::file_name;
use super::segment_file::open_writer;
use super::shortage_wait::Waiting;
use super::state::Log;
use super::tail::{Extent, PageReferences, WritePlan};
use crate::clock;
use crate::io::directory;
use crate::io::executor;
use crate::io::file::{Durability, File};
use crate::io::shortage::Shortage;
use crate::limits;
use crate::mutation::Mutation;
use crate::sync::Permit;
use crate::units::{Offset, blocks_up};

impl Log {
    /// Starts a write when the journal holds enough.
    pub(super) fn destage_if_due(self) {
        let ready = self.state().tail.full_bytes_to_write();
        if ready >= self.log_dir().chunk_bytes_max() && !self.0.destage_spawned.replace(true) {
            drop(executor::spawn(self.destage_full()));
        }
    }

    /// Writes full chunks, unsynced: the journal holds them until `take_over`.
    async fn destage_full(self) {
        self.destage(Extent::Full).await;
        self.0.destage_spawned.set(false);
    }

    /// Writes and syncs all that the journal holds of this partition, and lets the journal go; not
    /// what it is about to hold.
    /// Returns whether there was anything to let go.
    pub(super) async fn take_over(self) -> bool {
        self.destage(Extent::All).await;
        self.sync_segments().await
    }

    /// Completes when the journal holds all that was appended until now.
    pub(super) async fn journaled(&self) -> Result<(), Offline> {
        let written = {
            let state = self.state();
            let log_dir = self.log_dir();
            let journal = log_dir.journal();
            (state.durable() < state.next()).then(|| journal.written(journal.last_page()))
        };
        match written {
            Some(written) => written.await.map_err(Offline::Journal),
            None => Ok(()),
        }
    }

    /// The same for a stop: the journal may wait for room that others will not give any more.
    pub(super) async fn journaled_or_given_up(&self) {
        while clock::timeout(limits::JOURNAL_STUCK, self.journaled()).await.is_err() {
            if self.log_dir().journal().is_starved() {
                let path = self.log_dir().path().display().to_string().into();
                let cause = "the journal has no room for what was appended last".into();
                return self.set_offline(Offline::NotTakenOver { path, cause });
            }
        }
    }

    #[cfg(all(test, feature = "sim"))]
    pub(super) async fn destage_all(&self) {
        self.destage(Extent::All).await;
    }

    async fn destage(&self, extent: Extent) {
        let Some(_turn) = self.files_turn().await else { return };
        loop {
            let plan = self.state_mut().tail.plan(extent);
            let Some(plan) = plan else { return };
            if !self.write(plan).await {
                return;
            }
        }
    }

    /// The right to use the names of the log's files, which one task has at a time. None once the
    /// log is deleted: from then on they may be those of another log.
    pub(super) async fn files_turn(&self) -> Option<Permit> {
        let turn = self.0.files_turn.acquire().await;
        self.state().offline.is_none().then_some(turn)
    }

    /// Carries out one plan. False once the partition is offline.
    async fn write(&self, plan: WritePlan) -> bool {
        let WritePlan { segment, position, pieces, end, mut references } = plan;
        let mut waiting = None;
        loop {
            let Some(file) = self.prepare(segment, end).await else {
                self.let_go(references);
                return false;
            };
            match file.write_all_at(pieces.clone(), position, Durability::Cached).await {
                Ok(()) => break,
                Err(error) if self.wait_out(&error, &mut waiting).await => {}
                Err(error) => {
                    self.write_failed(&format!("{} at byte {position}", self.name()), &error);
                    self.let_go(references);
                    return false;
                }
            }
        }
        let mut state = self.state_mut();
        state.tail.settle(segment, end);
        if let Some(segment) = state.segment(segment) {
            segment.file().note_unsynced(&mut references);
        }
        drop(state);
        self.release_pages(references);
        // While the write was under way its pages belonged to no one that a look would find:
        // without this, appends that wait for the journal could wait for a partition no one asks to
        // sync.
        self.update_dirty();
        self.update_cached();
        self.log_dir().fit_memory();
        true
    }

    /// The pages of a plan that will not be carried out. Nobody wants the bytes any more: the log
    /// is deleted, or begins behind them. A stop that gave up leaves them to the next start.
    fn let_go(&self, references: PageReferences) {
        if !matches!(self.offline(), Some(Offline::NotTakenOver { .. })) {
            self.release_pages(references);
        }
    }

    /// Waits a while if the error is one that passes. False if it is not, and once the partition is
    /// offline: a partition that closes goes offline instead of waiting.
    pub(super) async fn wait_out(&self, error: &io::Error, waiting: &mut Option<Waiting>) -> bool {
        let Some(shortage) = Shortage::of(error) else { return false };
        if waiting.as_ref().map(Waiting::shortage) != Some(shortage) {
            *waiting = Some(Waiting::begin(&self.log_dir(), shortage));
        }
        if !self.0.is_closing.get() {
            clock::sleep(limits::SHORTAGE_RETRY).await;
        }
        if self.0.is_closing.get() && self.offline().is_none() {
            let path = self.log_dir().path().display().to_string().into();
            self.set_offline(Offline::NotTakenOver { path, cause: error.to_string().into() });
        }
        self.offline().is_none()
    }

    /// After an error that was not waited out: the journal is not written any more, unless it is
    /// only this partition that ended.
    pub(super) fn write_failed(&self, what: &str, error: &io::Error) {
        if self.offline().is_none() {
            self.log_dir().journal().fail(&format!("{what}: {error}"));
        }
    }

    /// After an error of a file that a restart makes anew: for want of something it is only missed.
    pub(super) fn side_file_failed(&self, path: &Path, error: &io::Error, loss: &str) {
        match Shortage::of(error) {
            Some(_) => tracing::warn!(path = %path.display(), %error, "{loss}"),
            None => self.write_failed(&path.display().to_string(), error),
        }
    }

    /// The segment's file with extents up to `end`, waiting for disk space where there is none.
    async fn prepare(&self, segment: Offset, end: u64) -> Option<File> {
        let mut waiting = None;
        loop {
            let (file, growth, allocated) = {
                let mut state = self.state_mut();
                let segment_bytes = self.0.config.borrow().segment_bytes;
                let segment = state.segment(segment)?;
                let ahead = segment.growth(end, segment_bytes);
                // Who had to wait asks for no more than it needs.
                let growth =
                    if waiting.is_none() { ahead } else { ahead.and(Some(blocks_up(end))) };
                (segment.file().clone(), growth, segment.allocated)
            };
            let outcome = async {
                let writer = file.writer(self).await?;
                if let Some(size) = growth {
                    allocate(&writer, allocated, size).await?;
                }
                io::Result::Ok(writer)
            };
            match outcome.await {
                Ok(writer) => {
                    let mut state = self.state_mut();
                    let segment = state.segment_with(&file)?;
                    segment.allocated = growth.unwrap_or(segment.allocated);
                    return Some(writer);
                }
                Err(error)
                    if Mutation::FullDiskBelieved.is_planted()
                        && Shortage::of(&error) == Some(Shortage::Space) =>
                {
                    return None;
                }
                Err(error) if self.wait_out(&error, &mut waiting).await => {}
                Err(error) => {
                    self.write_failed(&file.path().display().to_string(), &error);
                    return None;
                }
            }
        }
    }

    /// Syncs segments that were written since their last sync. Returns whether any page was
    /// released.
    pub(super) async fn sync_segments(&self) -> bool {
        let mut released = false;
        if !self.keep_point_behind_gap().await {
            return released;
        }
        loop {
            let next = {
                let state = self.state();
                let unsynced = state.segments.iter().find(|segment| !segment.file().is_synced());
                unsynced.map(|it| (it.file().open_writer(), it.file().take_unsynced()))
            };
            let Some((file, references)) = next else { break };
            // The pages are of this journal, wherever the log is when they are synced.
            let log_dir = self.log_dir();
            let synced = match file {
                Some(file) if !Mutation::SegmentUnsynced.is_planted() => file.sync_data().await,
                Some(_) => Ok(()),
                None if Mutation::UnsyncedClosed.is_planted() => Ok(()),
                None => unreachable!("a segment keeps its writer until its writes are synced"),
            };
            if let Err(error) = synced
                && !Mutation::FailedSyncBelieved.is_planted()
            {
                log_dir.journal().fail(&format!("sync of {}: {error}", self.name()));
                return released;
            }
            release(&log_dir, references);
            released = true;
        }
        self.update_dirty();
        released
    }

    /// A start after a crash takes what lies behind a gap for no batch of the log, unless the
    /// journal says that it is, or a recovery point. So the one is kept before the other lets go.
    /// False if it is not: then the journal keeps its pages.
    async fn keep_point_behind_gap(&self) -> bool {
        let (gap_end, settled) = {
            let state = self.state();
            (state.gap_end, state.tail.settled_before().unwrap_or(state.durable()))
        };
        if gap_end == Offset::ZERO || settled < gap_end {
            // What lies behind the gap is in the journal still.
            return true;
        }
        if self.sync_unfinished().await.is_err() {
            return false;
        }
        let log_dir = self.log_dir();
        let saved = log_dir.offsets().recovery_points.save(self.id(), settled).await;
        if let Err(error) = saved {
            let path = self.directory();
            self.side_file_failed(&path, &error, "the journal keeps what it has of it");
            return false;
        }
        self.forget_gap(gap_end);
        true
    }

    pub(super) fn forget_gap(&self, known: Offset) {
        let mut state = self.state_mut();
        if state.gap_end == known {
            state.gap_end = Offset::ZERO;
        }
    }

    pub(super) fn release_pages(&self, references: PageReferences) {
        release(&self.log_dir(), references);
    }

    /// Tells the log directory which page is now the oldest that this partition needs.
    pub(super) fn update_dirty(&self) {
        let mut state = self.state_mut();
        let in_segments =
            state.segments.iter().filter_map(|segment| segment.file().oldest_unsynced()).min();
        let oldest = [state.tail.oldest_page(), in_segments].into_iter().flatten().min();
        if state.dirty_since == oldest {
            return;
        }
        if let Some(page) = state.dirty_since.take() {
            self.log_dir().note_clean(page, self.id());
        }
        state.dirty_since = oldest;
        if let Some(page) = oldest {
            self.log_dir().note_dirty(page, self);
        }
    }

    /// After a roll: the sealed segments complete on disk, with their indexes and the producers'
    /// snapshot.
    ///
    /// `cuts`: how often the log had been cut then. If it was cut since, the snapshot tells of what
    /// is no more, and whoever reads the segments after a crash finds out the rest.
    pub(super) async fn finish_sealed(&self, next_base: Offset, snapshot: Vec<u8>, cuts: u64) {
        if self.journaled().await.is_err() {
            return;
        }
        self.destage(Extent::All).await;
        if self.offline().is_some() {
            // What the files lack is not to be told of as if they had it.
            return;
        }
        if let Some(_turn) = self.files_turn().await
            && !self.is_cut_since(cuts)
            && let Err((path, error)) = self.save_aborted(next_base).await
        {
            self.side_file_failed(&path, &error, "no snapshot: a restart reads more");
            return;
        }
        // A start after a crash reads only the last segment for epochs that the checkpoint lacks.
        if let Some(_turn) = self.files_turn().await
            && let Err((path, error)) = self.write_epochs_if_changed().await
        {
            self.side_file_failed(&path, &error, "no index: a restart reads more");
            return;
        }
        let mut bases = Vec::new();
        for segment in &self.state().segments {
            if segment.is_sealed && segment.base < next_base && !segment.is_finished {
                bases.push(segment.base);
            }
        }
        for base in bases {
            if self.is_cut_since(cuts) || !self.finish_segment(base, cuts).await {
                return;
            }
        }
        if let Some(_turn) = self.files_turn().await
            && !self.is_cut_since(cuts)
        {
            let path = self.directory().join(file_name(next_base, "snapshot"));
            match directory::write_atomically(&path, &snapshot).await {
                Ok(()) => self.note_snapshot(next_base),
                Err(error) => {
                    self.side_file_failed(&path, &error, "no snapshot: a restart reads more");
                }
            }
        }
        self.sync_segments().await;
    }

    fn is_cut_since(&self, cuts: u64) -> bool {
        self.state().cuts != cuts
    }

    /// Segments before the log's start may have waited for it.
    fn note_snapshot(&self, at: Offset) {
        {
            let mut state = self.state_mut();
            state.snapshot_at = state.snapshot_at.max(at);
        }
        self.drop_segments_before_start();
    }

    /// Cuts the file to its batches, syncs it, writes its indexes. False once the partition is
    /// offline. Does nothing to a log that was cut more than so often: whoever finishes it then has
    /// not written its index of transactions, which is to be there before the others.
    pub(super) async fn finish_segment(&self, base: Offset, cuts: u64) -> bool {
        let mut waiting = None;
        while let Err(error) = self.try_to_finish_segment(base, cuts).await {
            if !self.wait_out(&error, &mut waiting).await {
                self.write_failed(self.name(), &error);
                return false;
            }
        }
        self.offline().is_none()
    }

    /// May be called again after a shortage.
    async fn try_to_finish_segment(&self, base: Offset, cuts: u64) -> io::Result<()> {
        let Some(_turn) = self.files_turn().await else { return Ok(()) };
        if self.is_cut_since(cuts) {
            return Ok(());
        }
        let (file, size, offsets, times) = {
            let mut state = self.state_mut();
            let Some(segment) = state.segment(base) else { return Ok(()) };
            let indexes = (segment.offsets.clone(), segment.times.clone());
            (segment.file().open_writer(), segment.size, indexes.0, indexes.1)
        };
        let path = self.directory().join(file_name(base, "log"));
        let file = match file {
            Some(file) => file,
            None => open_writer(&path).await?,
        };
        file.set_size(size).await?;
        file.sync_all().await?;
        write_indexes(&self.directory(), base, &offsets, &times).await?;
        let references = {
            let mut state = self.state_mut();
            let Some(segment) = state.segment(base) else { return Ok(()) };
            segment.allocated = size;
            if segment.is_sealed {
                segment.file().close_writer();
                segment.is_finished = true;
            }
            segment.file().take_unsynced()
        };
        self.release_pages(references);
        self.update_dirty();
        Ok(())
    }

    /// Tells the log directory which chunk is now the oldest that may be dropped.
    pub(super) fn update_cached(&self) {
        let mut state = self.state_mut();
        let log_dir = self.log_dir();
        state.tail.number_done(log_dir.next_cached());
        let oldest = state.tail.oldest_done();
        if state.cached_since == oldest {
            return;
        }
        if let Some(known) = state.cached_since.take() {
            log_dir.note_uncached(known, self.id());
        }
        state.cached_since = oldest;
        if let Some(oldest) = oldest {
            log_dir.note_cached(oldest, self);
        }
    }

    /// Frees the oldest chunk that a segment holds as well. The log directory has forgotten the
    /// partition, and is told of it again here, or else by the next write: what may not be dropped
    /// yet waits for one.
    pub(super) fn drop_oldest_chunk(&self) {
        let is_dropped = {
            let mut state = self.state_mut();
            state.cached_since = None;
            let before = state.tail.memory_bytes();
            let is_dropped = state.tail.evict();
            self.log_dir().charge(before, state.tail.memory_bytes());
            is_dropped
        };
        if is_dropped {
            self.update_cached();
        }
    }
}

/// Writes the index files of a segment.
pub(super) async fn write_indexes(
    directory: &Path,
    base: Offset,
    offsets: &[u8],
    times: &[u8],
) -> io::Result<()> {
    directory::write_atomically(&directory.join(file_name(base, "index")), offsets).await?;
    directory::write_atomically(&directory.join(file_name(base, "timeindex")), times).await
}

/// Lets go of pages of the directory's journal.
pub(super) fn release(log_dir: &LogDir, mut references: PageReferences) {
    for (page, count) in references.drain() {
        log_dir.journal().release(page, count);
    }
}

/// Extents from `allocated` to `size`. File systems without preallocation extend at each write
/// instead.
async fn allocate(file: &File, allocated: u64, size: u64) -> io::Result<()> {
    match file.allocate(allocated, size - allocated).await {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        other => other,
    }
}
