//! Reads: from the tail's memory, else from the segment's file.
//!
//! Lives on: the partition's shard. Bytes are never copied on the way to a socket: pieces are
//! slices of the tail's memory or ranges of files, which hold no memory however slowly they are
//! sent; what no one has checked since the start is checked. Promise: a read begins with the batch
//! that holds the offset asked for, and never shows anything at or beyond its limit.
//! Limits: limits::READ_*. Read next: segment_check.rs, lookup.rs.

use std::rc::Rc;

use super::error::ReadError;
use super::segment_check::{End, Fault};
use super::segment_file::SegmentFile;
use super::state::{Log, State};
use crate::io::buffers::Slice;
use crate::io::file::File;
use crate::mutation::Mutation;
use crate::units::Offset;

/// Part of a read's bytes.
#[derive(Clone)]
pub enum Piece {
    Memory(Slice),
    /// A range of a file whose bytes were checked. Its pages may be in the page cache or not.
    File {
        file: File,
        offset: u64,
        length: u64,
    },
}

impl Piece {
    pub fn len(&self) -> usize {
        match self {
            Piece::Memory(slice) => slice.len(),
            Piece::File { length, .. } => *length as usize,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Whole batches, the last one possibly cut, in order.
#[derive(Default)]
pub struct Read {
    pub pieces: Vec<Piece>,
    pub bytes: usize,
    /// None of the batches has this offset or a later one.
    pub end: Offset,
    /// Bytes of the first batch.
    pub first_batch_bytes: usize,
    /// There is more that may be shown.
    pub is_cut: bool,
}

/// How far and how much to read.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimit {
    /// First offset not to be shown.
    pub before: Offset,
    pub bytes_max: usize,
    /// Give the first batch even if it is larger than `bytes_max`.
    pub at_least_one: AtLeastOne,
}

/// Whether a read may exceed its bytes for the sake of the first batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtLeastOne {
    Batch,
    Nothing,
}

/// A segment's file.
pub(super) struct Source {
    file: Option<File>,
    pub segment: Rc<SegmentFile>,
    /// The file holds batches up to here.
    pub end: End,
}

/// What part of a segment's file to read.
struct FilePlan {
    source: Source,
    /// Whether the batches before `end` reach beyond the limit.
    reaches_limit: bool,
    /// Whether there are batches within the limit behind `end`.
    has_more: bool,
    /// Bytes of the log from `from` to its end.
    behind: u64,
}

impl Log {
    /// Reads batches from the one that holds `from` on.
    pub async fn read(&self, from: Offset, limit: ReadLimit) -> Result<Read, ReadError> {
        self.read_within(from, limit, usize::MAX).await
    }

    /// The same, of which no more than `memory_bytes_max` are in memory, but for the first batch.
    pub async fn read_within(
        &self,
        from: Offset,
        limit: ReadLimit,
        memory_bytes_max: usize,
    ) -> Result<Read, ReadError> {
        self.wherever_it_is(async || self.read_once(from, limit, memory_bytes_max).await).await
    }

    /// Attempts it again where the log is then, should it have moved meanwhile, or with the files
    /// that it has then, should some have been replaced.
    pub(super) async fn wherever_it_is<T>(
        &self,
        attempt: impl AsyncFn() -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        loop {
            let (directory, gone) = (self.directory(), self.0.files_gone.get());
            let read = attempt().await;
            if let (Err(_), Some(offline)) = (&read, self.offline()) {
                // Its files may have gone under the read.
                return Err(offline.into());
            }
            let has_moved = !Rc::ptr_eq(&directory, &self.directory());
            let has_changed = has_moved || gone != self.0.files_gone.get();
            let is_changing = self.0.location.borrow().next.is_some() || self.0.is_replacing.get();
            // The files it looked for are elsewhere now, or soon.
            if read.is_ok() || !has_changed && !is_changing {
                return read;
            }
            if is_changing {
                drop(self.files_turn().await);
            }
        }
    }

    async fn read_once(
        &self,
        from: Offset,
        limit: ReadLimit,
        memory_bytes_max: usize,
    ) -> Result<Read, ReadError> {
        if let Some(offline) = self.offline() {
            return Err(offline.into());
        }
        let in_memory = ReadLimit { bytes_max: limit.bytes_max.min(memory_bytes_max), ..limit };
        let is_late = Mutation::BatchSkipped.is_planted() && from < self.state().durable;
        let from = from.plus(i64::from(is_late));
        let plan = {
            let state = self.state();
            let first = match Mutation::DeletedServed.is_planted() {
                true => state.segments[0].base,
                false => state.log_start,
            };
            if from < first || from > state.next {
                let (log_start, end) = (state.log_start, state.next);
                return Err(ReadError::OutOfRange { offset: from, log_start, end });
            }
            if from >= limit.before
                || (limit.bytes_max == 0 && limit.at_least_one == AtLeastOne::Nothing)
            {
                return Ok(Read { is_cut: from < limit.before, ..Read::default() });
            }
            match read_tail(&state, from, in_memory) {
                Some(read) => return Ok(read),
                None => plan_file(&state, from, limit),
            }
        };
        self.read_files(plan, from, limit, in_memory).await
    }

    /// Reads from the first file, from that of the plan on, that has a batch at or behind `from`:
    /// a compaction may have left none behind an offset of a segment.
    async fn read_files(
        &self,
        mut plan: FilePlan,
        from: Offset,
        limit: ReadLimit,
        in_memory: ReadLimit,
    ) -> Result<Read, ReadError> {
        loop {
            let (has_more, end) = (plan.has_more, plan.source.end.offset);
            if let Some(read) = self.read_file(plan, from, limit).await? {
                return Ok(read);
            }
            if !has_more {
                return Ok(Read::default());
            }
            let state = self.state();
            if let Some(read) = read_tail(&state, end, in_memory) {
                return Ok(read);
            }
            // Of a segment behind: what took the place of several may end where none began.
            let next = state.segments.partition_point(|segment| segment.base < end);
            if next == state.segments.len() {
                return Ok(Read::default());
            }
            plan = plan_segment(&state, next, from, limit);
        }
    }

    async fn read_file(
        &self,
        mut plan: FilePlan,
        from: Offset,
        limit: ReadLimit,
    ) -> Result<Option<Read>, ReadError> {
        let file = self.open_source(&mut plan.source).await?;
        let Source { ref segment, end: file_end, .. } = plan.source;
        let fault = |fault: Fault| self.fault(segment, fault);
        let found = self.locate(&file, segment, file_end, from).await.map_err(fault)?;
        let Some((start, first_length)) = found else { return Ok(None) };
        let mut end = file_end.position;
        if plan.reaches_limit {
            let cut = self.locate(&file, segment, file_end, limit.before).await;
            end = cut.map_err(fault)?.map_or(end, |(position, _)| position);
        }
        let mut length = (end - start).min(limit.bytes_max as u64);
        if length < first_length {
            match limit.at_least_one {
                AtLeastOne::Batch => length = first_length.min(end - start),
                AtLeastOne::Nothing => return Ok(Some(Read { is_cut: true, ..Read::default() })),
            }
        }
        self.log_dir().note_missed(length, plan.behind);
        let is_verified = {
            let mut state = self.state_mut();
            let segment = state.segment_with(segment);
            segment.is_some_and(|segment| segment.verified.covers(start, start + length))
        };
        if !is_verified {
            length = self.check_range(&file, segment, start, length).await.map_err(fault)?;
        }
        let is_cut = start + length < end || plan.has_more;
        let first_batch_bytes = first_length.min(length) as usize;
        let piece = Piece::File { file, offset: start, length };
        let end = self.offset_behind(segment, start + length);
        let end = end.map_or(limit.before, |end| end.min(limit.before));
        Ok(Some(Read { bytes: piece.len(), pieces: vec![piece], first_batch_bytes, end, is_cut }))
    }

    /// No batch of the segment before `position` has this offset or a later one.
    fn offset_behind(&self, file: &Rc<SegmentFile>, position: u64) -> Option<Offset> {
        let state = self.state();
        let index = state.segments.iter().position(|it| Rc::ptr_eq(it.file(), file))?;
        let behind = state.segments[index].offset_behind(position);
        behind.or_else(|| state.segments.get(index + 1).map(|next| next.base))
    }

    /// A segment's file, as far as it holds what was appended.
    pub(super) fn source(&self, segment: Offset) -> Option<Source> {
        let state = self.state();
        let index = state.segments.binary_search_by_key(&segment, |it| it.base).ok()?;
        Some(source_of(&state, index))
    }

    pub(super) async fn open_source(&self, source: &mut Source) -> Result<File, ReadError> {
        if let Some(file) = source.file.take() {
            return Ok(file);
        }
        let opened = source.segment.reader().await;
        opened.map_err(|error| self.fault(&source.segment, error.into()))
    }
}

/// Reads from memory, or `None` where the tail does not reach back to `from`.
fn read_tail(state: &State, from: Offset, limit: ReadLimit) -> Option<Read> {
    let (mut bytes, mut first_batch_bytes, mut is_cut, mut read_to) = (0, 0, false, from);
    let mut ranges: smallvec::SmallVec<[(Offset, u64, u64); 2]> = smallvec::SmallVec::new();
    for batch in state.tail.batches_from(from)? {
        let length = batch.length as usize;
        let first = bytes == 0 && limit.at_least_one == AtLeastOne::Batch;
        if batch.next > limit.before {
            break;
        }
        if bytes + length > limit.bytes_max && !first {
            is_cut = true;
            break;
        }
        let end = batch.position + length as u64;
        match ranges.last_mut() {
            Some((segment, _, to)) if *segment == batch.segment && *to == batch.position => {
                *to = end
            }
            _ => ranges.push((batch.segment, batch.position, end)),
        }
        if bytes == 0 {
            first_batch_bytes = length;
        }
        bytes += length;
        read_to = batch.next;
    }
    let mut slices = Vec::new();
    for (segment, start, end) in ranges {
        state.tail.slices(segment, start, end, &mut slices);
    }
    let pieces = slices.into_iter().map(Piece::Memory).collect();
    Some(Read { pieces, bytes, first_batch_bytes, end: read_to, is_cut })
}

fn plan_file(state: &State, from: Offset, limit: ReadLimit) -> FilePlan {
    plan_segment(state, state.segment_of(from), from, limit)
}

fn plan_segment(state: &State, index: usize, from: Offset, limit: ReadLimit) -> FilePlan {
    let segment = &state.segments[index];
    let from_position = segment.position_before(from);
    let later: u64 = state.segments[index + 1..].iter().map(|segment| segment.size).sum();
    let source = source_of(state, index);
    let end_offset = source.end.offset;
    FilePlan {
        source,
        reaches_limit: end_offset > limit.before,
        has_more: end_offset < limit.before,
        behind: later + segment.size - from_position,
    }
}

fn source_of(state: &State, index: usize) -> Source {
    let segment = &state.segments[index];
    let end = match state.tail.first_batch() {
        // All of it is in memory, and maybe nowhere else yet.
        Some(batch) if batch.segment < segment.base => End { position: 0, offset: segment.base },
        Some(batch) if batch.segment == segment.base => {
            End { position: batch.position, offset: batch.base }
        }
        _ => {
            let next = state.segments.get(index + 1);
            End { position: segment.size, offset: next.map_or(state.next, |next| next.base) }
        }
    };
    Source { file: segment.file().open_reader(), segment: segment.file().clone(), end }
}
