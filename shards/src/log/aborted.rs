//! Aborted transactions: noted when their markers are appended, kept beside the segments, given to
//! readers who must not see them.
//!
//! Lives on: the partition's shard. A segment's entries are in memory, and in its `.txnindex` once
//! its producers' snapshot is to be written: what lies before the newest snapshot is on file, what
//! lies behind it is found again by the walk that brings the producers back.
//! Promise: a reader of a range is told of each aborted transaction that has records in it. A file
//! that is damaged, or missing beside a segment without indexes, is made anew from the log.
//! Never: gives fewer than there are. Read next: format/transaction_index.rs, producers.rs.

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::error::OpenError;
use super::lifecycle::read_snapshot;
use super::producers::{Completed, Producers};
use super::scan::{Check, scan};
use super::segment::{Segment, file_name};
use super::state::{Log, State};
use crate::format::transaction_index::{Aborted, TransactionIndex};
use crate::format::validate::BatchInfo;
use crate::io::directory;
use crate::limits;
use crate::mutation::Mutation;
use crate::units::Offset;

/// The aborted transactions whose markers lie in one segment.
#[derive(Debug, Default)]
pub struct SegmentAborted {
    /// As the file holds them.
    entries: Vec<u8>,
    on_file: OnFile,
    /// The file is damaged, or it may be missing.
    is_doubted: bool,
}

/// What the file of a segment holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnFile {
    /// So many bytes of the entries. Where they are 0 there may be no file.
    Bytes(usize),
    Damage,
}

impl Default for OnFile {
    fn default() -> OnFile {
        OnFile::Bytes(0)
    }
}

impl SegmentAborted {
    /// Of a segment that a compaction has written, its file with it.
    pub(super) fn on_file(entries: Vec<u8>) -> SegmentAborted {
        let on_file = OnFile::Bytes(entries.len());
        SegmentAborted { entries, on_file, is_doubted: false }
    }

    pub fn entries(&self) -> &[u8] {
        &self.entries
    }

    /// Notes that a transaction ended, unless it is known.
    pub fn note(&mut self, completed: &Completed) {
        let Some(entry) = completed.index_entry() else { return };
        let last = self.index().last();
        if last.is_none_or(|last| last.last_offset < entry.last_offset) {
            self.entries.extend_from_slice(&entry.encode());
        }
    }

    /// Whether no more entries should be added.
    pub fn is_full(&self) -> bool {
        self.entries.len() >= limits::TRANSACTION_INDEX_BYTES_MAX
    }

    /// Its files are elsewhere from now on.
    pub fn relocate(&mut self) {
        self.on_file = OnFile::default();
    }

    /// The segment was walked: these transactions ended in it.
    pub(super) fn settle(&mut self, ended: &[Completed]) {
        self.is_doubted = false;
        ended.iter().for_each(|completed| self.note(completed));
    }

    /// Forgets what lies at `end` or behind it: the log ends there.
    fn cut(&mut self, end: Offset) {
        let kept = self.index().bytes_before(end.0);
        self.entries.truncate(kept);
    }

    /// The log was cut at `end`, and the file went with it.
    pub(super) fn cut_with_file(&mut self, end: Offset) {
        self.cut(end);
        self.on_file = OnFile::default();
    }

    fn damaged() -> SegmentAborted {
        SegmentAborted { entries: Vec::new(), on_file: OnFile::Damage, is_doubted: true }
    }

    fn index(&self) -> TransactionIndex<'_> {
        TransactionIndex::new(&self.entries)
    }

    fn is_saved(&self) -> bool {
        self.on_file == OnFile::Bytes(self.entries.len())
    }
}

/// Reads a segment's file. `has_indexes`: the segment's other indexes were found sound, so that
/// this one may be absent: a segment without aborted transactions has none.
pub(super) async fn load(directory: &Path, base: Offset, has_indexes: bool) -> SegmentAborted {
    let path = path_of(directory, base);
    let bytes = match directory::read_to_vec(&path, limits::INDEX_BYTES_MAX).await {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return SegmentAborted { is_doubted: !has_indexes, ..SegmentAborted::default() };
        }
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "not read: made anew from the log");
            return SegmentAborted::damaged();
        }
    };
    if let Err(error) = TransactionIndex::new(&bytes).check(base.0) {
        tracing::warn!(path = %path.display(), %error, "damaged: made anew from the log");
        return SegmentAborted::damaged();
    }
    let on_file = OnFile::Bytes(bytes.len());
    SegmentAborted { entries: bytes, on_file, is_doubted: false }
}

/// Makes anew what is damaged, or may be missing, of the segments that begin before the producers'
/// newest snapshot. The walk behind the snapshot finds the rest.
pub(super) async fn make_doubted(
    directory: &Path,
    snapshots: &[Offset],
    state: &mut State,
) -> Result<(), OpenError> {
    let next = state.next();
    for index in 0..state.segments.len() {
        let end = state.segments.get(index + 1).map_or(next, |segment| segment.base);
        state.segments[index].aborted.cut(end);
    }
    let newest = snapshots.last().copied().unwrap_or_default();
    let doubted = state.segments.iter().position(|segment| segment.aborted.is_doubted);
    let Some(first) = doubted else { return Ok(()) };
    let base = state.segments[first].base;
    let before = snapshots.iter().rev().copied().filter(|at| *at <= base);
    let mut producers = None;
    for at in before {
        // As they were: none has expired.
        if let Some(entries) = read_snapshot(directory, at).await {
            producers = Some(Producers::from_snapshot(&entries, at.0, 0, i64::MAX));
            break;
        }
    }
    let start = state.segments.first().map_or(base, |segment| segment.base);
    let mut producers = producers.unwrap_or_else(|| Producers::new(start.0));
    for index in state.segment_of(Offset(producers.end_offset()))..state.segments.len() {
        if state.segments[index].base >= newest {
            break;
        }
        let completed = apply_segment(&mut producers, &state.segments[index]).await?;
        let aborted = &mut state.segments[index].aborted;
        if aborted.is_doubted {
            aborted.settle(&completed);
        }
    }
    Ok(())
}

/// Applies the batches of a segment from the producers' end on; what ended with them.
pub(super) async fn apply_segment(
    producers: &mut Producers,
    segment: &Segment,
) -> Result<Vec<Completed>, OpenError> {
    let from = Offset(producers.end_offset());
    let mut ended = Vec::new();
    if segment.size == 0 {
        return Ok(ended);
    }
    let opened = segment.file().reader().await;
    let file = opened.map_err(|error| OpenError::io(segment.path(), error))?;
    let start = segment.position_before(from);
    let end = scan(&file, start, segment.size, Check::Heads, |batch, position| {
        if batch.base_offset() >= from.0
            && let Ok(info) = BatchInfo::of(batch, position as usize)
        {
            ended.extend(producers.apply(&info, batch.base_offset()));
        }
        ControlFlow::Continue(())
    });
    end.await.map_err(|error| OpenError::io(segment.path(), error))?;
    Ok(ended)
}

impl Log {
    /// The aborted transactions that have records in `from..to`, or may have.
    pub fn aborted_between(&self, from: Offset, to: Offset) -> Vec<Aborted> {
        let state = self.state();
        let mut found = Vec::new();
        if from >= to || Mutation::AbortedUntold.is_planted() {
            return found;
        }
        for segment in &state.segments[state.segment_of(from)..] {
            if segment.aborted.entries.is_empty() {
                continue;
            }
            let (aborted, is_all) = segment.aborted.index().collect(from.0, to.0);
            found.extend(aborted);
            if is_all {
                break;
            }
        }
        found
    }

    /// The entries of each segment that has some, as its file is to hold them.
    pub(super) fn aborted_entries(&self) -> Vec<(Offset, Vec<u8>)> {
        let state = self.state();
        let with_some = state.segments.iter().filter(|it| !it.aborted.entries.is_empty());
        with_some.map(|it| (it.base, it.aborted.entries.clone())).collect()
    }

    /// Writes what the files of segments lack, before the snapshot of producers at `before` says
    /// that they have it. The caller has the turn of the files.
    pub(super) async fn save_aborted(&self, before: Offset) -> Result<(), (PathBuf, io::Error)> {
        let unsaved = {
            let state = self.state();
            let unsaved = state
                .segments
                .iter()
                .filter(|it| it.base < before && !it.aborted.is_saved() && !it.aborted.is_doubted);
            unsaved.map(|it| (it.base, it.aborted.entries.clone())).collect::<Vec<_>>()
        };
        for (base, entries) in unsaved {
            if !Mutation::AbortedForgottenAtRoll.is_planted() {
                let path = path_of(&self.directory(), base);
                let written = directory::write_atomically(&path, &entries).await;
                written.map_err(|error| (path, error))?;
            }
            if let Some(segment) = self.state_mut().segment(base) {
                segment.aborted.on_file = OnFile::Bytes(entries.len());
            }
        }
        Ok(())
    }
}

/// The transaction index of a segment.
pub(super) fn path_of(directory: &Path, base: Offset) -> PathBuf {
    directory.join(file_name(base, "txnindex"))
}
