//! Brings a log directory back after a stop: journals into segments, then each log from its files.
//!
//! Lives on: the shard that recovers. After a clean stop only heads are looked at; after a crash
//! the journal's appends are written where they belong, and each log is checked from its last sound
//! index entry on. Promise: every acknowledged append is in its segment when `replay_journal`
//! returns, synced; a damaged batch below the recovery point takes its partition offline and is
//! never cut away. The recovery point is the last checkpoint's, or where the journal ended: what
//! lies before its first append was synced before the journal let go of it. (After a power cut with
//! `ringlog.journal.sync=false` a log ends at the first batch behind it that is not there.)
//! Read next: lifecycle.rs, identity.rs.

use crate::entropy::HashMap;
use crate::mutation::Mutation;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::aborted;
use super::destage::write_indexes;
use super::error::{Offline, OpenError};
use super::identity;
use super::kept_offsets::KeptOffsets;
use super::lookup::remove_segment;
use super::open_files::OpenFiles;
use super::replay_targets::{Targets, Window};
use super::scan::{Check, scan};
use super::segment::{NotedBatch, Segment, TimestampOffset, file_name};
use super::segment_check::{End, Index};
use super::segment_file::open_writer;
use super::state::{EpochsTrust, Log, State};
use super::time_index_check;
use crate::format::batch::{Batch, HEADER_BYTES, Header};
use crate::format::checkpoint;
use crate::format::offset_index::{self, OffsetIndex};
use crate::format::time_index::{self, TimeIndex};
use crate::io::buffers::Buffer;
use crate::io::file::File;
use crate::journal::replay::{self, Recovered};
use crate::journal::{EntryHeader, EntryKind};
use crate::limits;
use crate::units::{Offset, PartitionId};

/// What a replay did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    pub pages: usize,
    pub appends: u64,
    pub bytes: u64,
    /// Appends of partitions that no longer exist.
    pub skipped: u64,
}

/// The partitions of a log directory, as their folders say.
#[derive(Debug, Default)]
pub struct Inventory {
    pub folders: HashMap<PartitionId, PathBuf>,
    /// Folders that do not say whose they are, and why, by the index of their partition.
    pub unidentified: HashMap<i32, (PathBuf, Arc<str>)>,
    /// Segments may be ahead of what is left of the journal: see `LeftBy::UnsyncedCrash`.
    pub may_lack: bool,
    /// What lies before is synced in segments, or was compacted since: a journal that still tells
    /// of it tells of older files.
    pub synced: Arc<KeptOffsets>,
}

impl Inventory {
    fn is_synced(&self, entry: &EntryHeader) -> bool {
        let synced = self.synced.get(&entry.partition);
        let is_data = matches!(entry.kind, EntryKind::Append | EntryKind::Placed);
        is_data
            && synced.is_some_and(|synced| entry.next_offset <= *synced)
            && !Mutation::ReplayOverCleaned.is_planted()
    }

    /// A folder that may be that of a partition which none names, and why that can not be said.
    fn unidentified_home(&self, partition: PartitionId) -> Option<(PathBuf, Arc<str>)> {
        let is_almost = |found: &PartitionId| {
            found.index == partition.index && identity::is_damaged(found.topic, partition.topic)
        };
        match self.folders.iter().find(|(found, _)| is_almost(found)) {
            Some((_, path)) => Some((path.clone(), "its topic id is damaged".into())),
            None => self.unidentified.get(&partition.index).cloned(),
        }
    }
}

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pages {
            0 => f.write_str("nothing to recover"),
            _ => write!(
                f,
                "recovered {} appends, {} KiB, from {} pages",
                self.appends,
                self.bytes >> 10,
                self.pages
            ),
        }
    }
}

/// How a log was left by whoever wrote it last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftBy {
    /// What is before the end was on disk.
    CleanStop { log_end: Offset },
    /// Batches from the recovery point on may be torn.
    Crash { recovery_point: Offset },
    /// The same, and whatever was not synced may be missing, of segments that are not the last too:
    /// the journal was not synced at each write.
    UnsyncedCrash { recovery_point: Offset },
}

/// What the segments of a log are loaded with.
pub(super) struct Loading<'a> {
    pub directory: &'a Path,
    pub files: &'a OpenFiles,
    pub witness: Witness,
    pub index_interval_bytes: u32,
    pub now_ms: i64,
}

/// What tells where a log ends, beside its batches.
#[derive(Clone, Copy)]
pub(super) struct Witness {
    pub left_by: LeftBy,
    /// Of producers, the newest. A stop in order writes one with the name of the log's end.
    pub snapshot: Option<Offset>,
}

/// Writes what a journal holds into the segments of the folders, syncs them, and empties the
/// journal; up to where the logs that it names are on disk then.
///
/// No more than `files_max` segments are open at the same time.
pub async fn replay_journal(
    path: &Path,
    inventory: &Inventory,
    files_max: usize,
) -> Result<(Recovered, Replayed, KeptOffsets), OpenError> {
    let mut journal = replay::open(path).await?;
    let mut replayed = Replayed { pages: journal.pages(), ..Replayed::default() };
    let mut targets = Targets::new(inventory, files_max);
    let (mut homeless, mut unknown) = (None, BTreeSet::new());
    let unread = usize::from(Mutation::ReplayCutShort.is_planted());
    let mut window = Window::default();
    for page in 0..journal.pages().saturating_sub(unread) {
        let mut skipped = Vec::new();
        let before = window.len();
        let take = |header: &EntryHeader, body| match inventory.folders.get(&header.partition) {
            None => skipped.push(header.partition),
            Some(_) if inventory.is_synced(header) => {}
            Some(_) => window.add(*header, body),
        };
        journal.read(page, take).await?;
        if window.len() > before {
            window.bytes += journal.page_bytes(page);
        }
        for partition in skipped {
            replayed.skipped += 1;
            if homeless.is_none() && unknown.insert(partition) {
                homeless = inventory.unidentified_home(partition);
            }
        }
        if window.bytes >= limits::REPLAY_WINDOW_BYTES {
            targets.apply_all(&mut window, &mut replayed).await?;
        }
    }
    targets.apply_all(&mut window, &mut replayed).await?;
    if let Some((folder, cause)) = homeless {
        let unidentified = OpenError::Unidentified { path: folder, cause };
        let (journal, unidentified) = (path.to_owned(), Box::new(unidentified));
        let appends = replayed.skipped;
        return Err(OpenError::Homeless { journal, appends, unidentified });
    }
    if let Some(first) = journal.lost {
        tracing::warn!(
            journal = %path.display(), sequence = first.0,
            "pages from this one on did not reach the device: after a power cut the newest records \
             of each partition may be lost, those acknowledged less than about a second before it, \
             as ringlog.journal.sync=false has it"
        );
    }
    let proven = targets.finish().await?;
    journal.close().await?;
    Ok((journal, replayed, proven))
}

/// Loads the segments of a log, in order, into `state`, checking what a crash may have torn.
/// Returns those whose indexes were made anew, and are to be saved.
pub(super) async fn load_segments(
    loading: &Loading<'_>,
    bases: &[Offset],
    state: &mut State,
) -> Result<Vec<Offset>, OpenError> {
    let Loading { directory, files, witness, index_interval_bytes, now_ms } = *loading;
    let mut walked = Vec::new();
    if let LeftBy::CleanStop { log_end } = witness.left_by
        && bases.is_empty()
        && log_end != state.next
    {
        let file = directory.join(file_name(state.next, "log"));
        warn_of_recovery_point(&file, state.next, log_end);
    }
    for (number, base) in bases.iter().enumerate() {
        let next_base = bases.get(number + 1).copied();
        let may_lack = witness.may_lack_before(next_base);
        if may_lack {
            state.next = *base;
        }
        let mut is_last = next_base.is_none();
        let mut segment = Segment::new(directory, *base, now_ms, files);
        let file = segment.file().reader().await;
        let file = file.map_err(|error| OpenError::io(segment.path(), error))?;
        let file_bytes = file.size().map_err(|error| OpenError::io(segment.path(), error))?;
        let are_indexes_sound = load_indexes(directory, &mut segment, file_bytes).await;
        segment.aborted = aborted::load(directory, *base, are_indexes_sound).await;
        let is_clean = matches!(witness.left_by, LeftBy::CleanStop { .. });
        let trusted = is_clean || !is_last && !may_lack;
        let has_times = are_indexes_sound && !segment.times.is_empty();
        let is_indexed = trusted && (file_bytes == 0 || has_times);
        let end_offset = next_base.filter(|_| !may_lack);
        let size = Cell::new(file_bytes);
        let load = Load { file, size, trusted, end_offset, witness, index_interval_bytes };
        let is_believed = is_indexed && !is_last;
        if is_believed {
            segment.size = file_bytes;
            segment.max_timestamp = segment.last_indexed_timestamp();
            segment.are_times_proven = false;
        } else {
            load.walk_by_index(&mut segment, state).await?;
        }
        let has_lost = may_lack && next_base.is_some_and(|next| state.next < next);
        is_last |= has_lost;
        if !is_believed && !is_last {
            segment.seal();
            walked.push(*base);
        }
        if is_last && segment.size > 0 && segment.first_timestamp_ms.is_none() {
            segment.first_timestamp_ms = load.first_timestamp_ms(&segment).await?;
        }
        // The walk has cut off what lay behind the last batch, extents allocated ahead included.
        segment.allocated = segment.size;
        segment.is_sealed = !is_last;
        segment.is_finished |= is_believed;
        state.segments.push(segment);
        if has_lost {
            drop_segments(directory, &bases[number + 1..], state).await?;
            break;
        }
    }
    Ok(walked)
}

/// Removes the segments behind a log's end: what a power cut took was before them.
async fn drop_segments(
    directory: &Path,
    bases: &[Offset],
    state: &mut State,
) -> Result<(), OpenError> {
    tracing::warn!(
        path = %directory.display(), end_offset = %state.next, segments = bases.len(),
        "segments behind the log's end are removed: a power cut took what was before them"
    );
    for base in bases {
        remove_segment(directory, *base).await;
    }
    crate::io::directory::sync(directory).await.map_err(|error| OpenError::io(directory, error))
}

impl Witness {
    /// Whether a segment may lack something that a power cut took; it ends at the next one's base.
    fn may_lack_before(&self, end: Option<Offset>) -> bool {
        match self.left_by {
            LeftBy::UnsyncedCrash { recovery_point } => end.is_none_or(|end| end > recovery_point),
            LeftBy::CleanStop { .. } | LeftBy::Crash { .. } => false,
        }
    }
}

/// One segment's file while it is being loaded.
struct Load {
    file: File,
    /// Fewer once a walk has cut off what lies behind its end.
    size: Cell<u64>,
    trusted: bool,
    end_offset: Option<Offset>,
    witness: Witness,
    index_interval_bytes: u32,
}

impl Load {
    /// Walks from the last index entry on; from the start, should the index lead astray, or a head
    /// that the walk believed.
    async fn walk_by_index(
        &self,
        segment: &mut Segment,
        state: &mut State,
    ) -> Result<(), OpenError> {
        let (epochs, before) = (state.epochs.clone(), state.next);
        let trusted = self.trusted || Mutation::TornBytesBelieved.is_planted();
        let check = if trusted { Check::Heads } else { Check::Checksums };
        let mut walked = self.walk(segment, state, check).await;
        for again in [check, Check::Checksums] {
            match &walked {
                Err(OpenError::Offline(Offline::Corrupt { path, .. })) if segment.size > 0 => {
                    tracing::warn!(%path, "index or segment may be damaged: read from its start");
                }
                Ok(()) if !self.is_time_known(segment, state.next).await => {
                    let path = segment.path().with_extension(Index::Times.extension());
                    tracing::warn!(
                        path = %path.display(),
                        "the index is damaged: made anew from the segment"
                    );
                }
                _ => return walked,
            }
            (state.epochs, state.next) = (epochs.clone(), before);
            segment.offsets.clear();
            segment.times.clear();
            walked = self.walk(segment, state, again).await;
        }
        walked
    }

    /// Whether the end of the time index goes by its batch. What was read from a file must not
    /// stand before what is appended.
    async fn is_time_known(&self, segment: &Segment, next: Offset) -> bool {
        let end = End { position: segment.size, offset: next };
        time_index_check::is_last_entry_sound(&self.file, segment, end).await
    }

    /// Walks the batches behind the last index entry, completing the indexes; finds the segment's
    /// end.
    async fn walk(
        &self,
        segment: &mut Segment,
        state: &mut State,
        check: Check,
    ) -> Result<(), OpenError> {
        let last = OffsetIndex::new(segment.base.0, &segment.offsets).last();
        let from = last.map_or(0, |last| u64::from(last.position));
        // The batch of the last entry is met again, and with it its entry.
        segment.offsets.truncate(segment.offsets.len().saturating_sub(offset_index::ENTRY_BYTES));
        segment.size = from;
        segment.bytes_since_index = 0;
        segment.max_timestamp = segment.last_indexed_timestamp();
        // Compaction leaves gaps; a follower of a compacted log has them in its last segment too.
        let mut next = None;
        let path = segment.path().to_owned();
        let end = scan(&self.file, from, self.size.get(), check, |batch, position| {
            // What belongs to no place here ends the log as garbage would.
            let expected = match next {
                None if from == 0 => Some(segment.base.0),
                None => last.map(|entry| entry.offset - i64::from(batch.last_offset_delta())),
                Some(next) => Some(next),
            };
            let misplaced = |expected| {
                batch.base_offset() < expected
                    || batch.base_offset() > expected && batch.next_offset() > self.gaps_until()
                    || self.end_offset.is_some_and(|end| batch.next_offset() > end.0)
            };
            let is_empty = batch.next_offset() <= batch.base_offset();
            if is_empty || expected.is_some_and(misplaced) {
                return ControlFlow::Break(());
            }
            next = Some(batch.next_offset());
            // The entry a walk starts from is put back as it stood.
            if position == from && from > 0 {
                segment.bytes_since_index = u64::from(self.index_interval_bytes) + 1;
            }
            segment.note_batch(&noted(batch, position), self.index_interval_bytes);
            note_epoch(state, batch, self.witness.left_by);
            ControlFlow::Continue(())
        });
        let end = end.await.map_err(|error| OpenError::io(&path, error))?;
        if let Some(next) = next {
            state.next = state.next.max(Offset(next));
        }
        self.judge(segment, next.map(Offset), &end, check)?;
        if end.position < self.size.get() {
            if !end.is_blank {
                let cause = end.cause.as_ref().map(ToString::to_string).unwrap_or_default();
                let (position, bytes) = (end.position, self.size.get() - end.position);
                tracing::warn!(
                    path = %path.display(), position, bytes, cause, end_offset = %state.next,
                    "what a crash left behind the last sound batch is cut off"
                );
            }
            let cut = async {
                let file = open_writer(&path).await?;
                file.set_size(end.position).await?;
                file.sync_all().await
            };
            cut.await.map_err(|error| OpenError::io(&path, error))?;
            self.size.set(end.position);
        }
        Ok(())
    }

    /// Batches behind a gap are believed up to here. What lies behind the end that a stop left, or
    /// that was synced, is no batch of the log, should its offset leave a gap: it is damaged.
    fn gaps_until(&self) -> i64 {
        match (self.witness.left_by, self.end_offset) {
            (_, Some(end)) => end.0,
            (LeftBy::CleanStop { log_end }, None) => log_end.0,
            (LeftBy::Crash { recovery_point } | LeftBy::UnsyncedCrash { recovery_point }, None) => {
                recovery_point.0
            }
        }
    }

    /// Of the first batch, which a walk from an index entry does not meet. None where its head is
    /// damaged: the segment's age counts from its loading then.
    async fn first_timestamp_ms(&self, segment: &Segment) -> Result<Option<i64>, OpenError> {
        let head = Buffer::with_capacity(HEADER_BYTES);
        let (read, head) = self.file.read_exact_at(head, HEADER_BYTES, 0).await;
        read.map_err(|error| OpenError::io(segment.path(), error))?;
        Ok(Header::peek(head.as_slice()).ok().map(|(header, _)| header.max_timestamp))
    }

    /// Whether the segment may end where the walk ended. A walk by heads is believed where a clean
    /// stop has left the end there: no checksum covers what it goes by. Nor does one cover the
    /// checkpoint that says where: batches and the name of a snapshot outvote it.
    fn judge(
        &self,
        segment: &Segment,
        next: Option<Offset>,
        end: &super::scan::ScanEnd,
        check: Check,
    ) -> Result<(), OpenError> {
        let reached = next.unwrap_or(segment.base);
        let is_beyond = |log_end| reached > log_end && check == Check::Heads;
        let is_short = match (self.witness.left_by, self.end_offset) {
            (LeftBy::CleanStop { .. }, Some(_)) => end.position < self.size.get(),
            (LeftBy::CleanStop { log_end }, None) => {
                let elsewhere = reached < log_end || is_beyond(log_end);
                let is_outvoted = elsewhere && self.witness.snapshot == Some(reached);
                if is_outvoted && end.position == self.size.get() {
                    warn_of_recovery_point(segment.path(), reached, log_end);
                }
                end.position < self.size.get() || elsewhere && !is_outvoted
            }
            // Compaction leaves gaps at the ends of segments too, which files end with.
            (_, Some(next_segment)) => reached < next_segment && end.position < self.size.get(),
            (LeftBy::Crash { recovery_point } | LeftBy::UnsyncedCrash { recovery_point }, None) => {
                reached < recovery_point || next.is_none() && segment.size > 0
            }
        };
        if !is_short {
            return Ok(());
        }
        let ends_with_file = end.position == self.size.get() && self.end_offset.is_none();
        let cause = match (&end.cause, self.witness.left_by) {
            (Some(cause), _) => cause.to_string(),
            (None, LeftBy::CleanStop { log_end }) if ends_with_file => format!(
                "its batches end at offset {reached}, and the stop left the end at {log_end}, as \
                 {} says: one of the two files is damaged",
                checkpoint::RECOVERY_POINTS
            ),
            (None, _) => "offsets are missing or out of order".to_owned(),
        };
        Err(OpenError::Offline(Offline::Corrupt {
            path: segment.path().display().to_string().into(),
            position: end.position,
            cause: cause.into(),
        }))
    }
}

/// Applies the batches behind the producers' snapshot to their table, and notes which transactions
/// were aborted.
pub(super) async fn load_producers(state: &mut State) -> Result<(), OpenError> {
    let from = Offset(state.producers.end_offset());
    if from >= state.next {
        // Nothing is behind the snapshot, so that no transaction ended there.
        for segment in state.segments.iter_mut().filter(|segment| segment.base >= from) {
            segment.aborted.settle(&[]);
        }
        return Ok(());
    }
    for index in state.segment_of(from)..state.segments.len() {
        let ended = aborted::apply_segment(&mut state.producers, &state.segments[index]).await?;
        if !Mutation::AbortedForgottenByRecovery.is_planted() {
            state.segments[index].aborted.settle(&ended);
        }
    }
    Ok(())
}

/// Names the checkpoint that is wrong about the end of the log that has the file.
fn warn_of_recovery_point(file: &Path, reached: Offset, log_end: Offset) {
    let log_dir = file.parent().and_then(Path::parent).unwrap_or(file);
    let path = log_dir.join(checkpoint::RECOVERY_POINTS);
    tracing::warn!(
        path = %path.display(), log = %file.display(), %reached,
        "the checkpoint is damaged: it says that the log ends at {log_end}"
    );
}

/// A crash may have come before the checkpoint had the newest epoch; all else is a contradiction.
fn note_epoch(state: &mut State, batch: &Batch<'_>, left_by: LeftBy) {
    let epoch = batch.leader_epoch();
    let known = state.epochs.epoch_at(batch.last_offset());
    let is_newer = known.is_none_or(|known| known < epoch);
    match left_by {
        _ if epoch < 0 || known == Some(epoch) => {}
        LeftBy::Crash { .. } if is_newer => {
            state.epochs.assign(epoch, batch.base_offset());
        }
        _ => state.epochs_trust = EpochsTrust::Doubted,
    }
}

pub(super) fn noted(batch: &Batch<'_>, position: u64) -> NotedBatch {
    NotedBatch {
        last_offset: Offset(batch.last_offset()),
        position,
        length: batch.size() as u64,
        max_timestamp: TimestampOffset {
            timestamp_ms: batch.max_timestamp(),
            offset: Offset(batch.last_offset()),
        },
    }
}

impl Log {
    /// Saves what a walk found of sealed segments: without it the next start would read them again.
    pub(super) async fn save_walked(&self, walked: &[Offset]) {
        let next = self.state_mut().active().base;
        // Where the other indexes are, this one is believed to be there as well.
        if let Err((path, error)) = self.save_aborted(next).await {
            tracing::warn!(path = %path.display(), %error, "indexes are not saved");
            return;
        }
        for base in walked {
            let indexes = {
                let mut state = self.state_mut();
                let segment = state.segment(*base);
                segment.map(|segment| (segment.offsets.clone(), segment.times.clone()))
            };
            let Some((offsets, times)) = indexes else { continue };
            let directory = self.directory();
            let written = write_indexes(&directory, *base, &offsets, &times).await;
            if let Err(error) = written {
                let path = directory.join(file_name(*base, Index::Offsets.extension()));
                tracing::warn!(path = %path.display(), %error, "its indexes are not saved");
                continue;
            }
            if let Some(segment) = self.state_mut().segment(*base) {
                segment.is_finished = true;
            }
        }
    }
}

/// Reads the index files. False where one is missing or does not hold: the walk makes both anew.
async fn load_indexes(directory: &Path, segment: &mut Segment, file_bytes: u64) -> bool {
    let base = segment.base;
    let offsets = read_index(directory, base, Index::Offsets, |bytes| {
        let index = OffsetIndex::new(base.0, bytes);
        let valid = index.iter().take(index.valid_prefix());
        valid.take_while(|entry| u64::from(entry.position) < file_bytes).count()
            * offset_index::ENTRY_BYTES
    });
    let times = read_index(directory, base, Index::Times, |bytes| {
        TimeIndex::new(base.0, bytes).valid_prefix() * time_index::ENTRY_BYTES
    });
    let (Some(offsets), Some(times)) = (offsets.await, times.await) else { return false };
    (segment.offsets, segment.times) = (offsets, times);
    true
}

/// The entries of an index file: all that it holds but the zeros of room that is not used yet.
async fn read_index(
    directory: &Path,
    base: Offset,
    index: Index,
    sound_bytes: impl Fn(&[u8]) -> usize,
) -> Option<Vec<u8>> {
    let path = directory.join(file_name(base, index.extension()));
    let limit = crate::limits::INDEX_BYTES_MAX;
    let mut bytes = match crate::io::directory::read_to_vec(&path, limit).await {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "not read: made anew");
            return None;
        }
    };
    let sound = sound_bytes(&bytes);
    if bytes[sound..].iter().any(|byte| *byte != 0) {
        tracing::warn!(
            path = %path.display(), position = sound,
            "the index is damaged: made anew from the segment"
        );
        return None;
    }
    bytes.truncate(sound);
    Some(bytes)
}
