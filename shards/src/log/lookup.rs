//! Questions about a log: which offset has a timestamp, where an epoch ended; and the log's start.
//!
//! Lives on: the partition's shard. Read next: reader.rs.

use std::path::Path;
use std::time::Duration;

use super::error::{Offline, ReadError};
use super::reader::{AtLeastOne, Piece, ReadLimit};
use super::segment::{Segment, TimestampOffset, file_name};
use super::state::{Location, Log, State};
use crate::clock;
use crate::format::batch::{Batch, Batches};
use crate::format::search;
use crate::io::shortage::Shortage;
use crate::io::{directory, executor};
use crate::limits;
use crate::units::{LeaderEpoch, Offset};

/// An offset found by its time, with the epoch of the leader that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub at: TimestampOffset,
    pub leader_epoch: LeaderEpoch,
}

/// Where an epoch ends: the largest epoch at or below the one asked for, and the offset behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochEnd {
    pub epoch: LeaderEpoch,
    pub end: Offset,
}

/// A walk to the first record that is young enough.
struct Search {
    timestamp_ms: i64,
    before: Offset,
    from: Offset,
    /// Entries of the time index that the walk did not meet yet.
    claims: [Option<TimestampOffset>; 2],
}

enum Searched {
    End(Option<Found>),
    /// A batch contradicts the time index.
    Misled,
}

impl Search {
    /// Holds the entries that name an offset up to the batch's end against the batch.
    fn is_misled_by(&mut self, batch: &Batch<'_>) -> bool {
        let mut is_misled = false;
        for slot in &mut self.claims {
            if let Some(claim) = slot.take_if(|claim| claim.offset.0 <= batch.last_offset()) {
                is_misled |= !claim.is_of(batch);
            }
        }
        is_misled
    }

    /// A young record before the offset of an older entry is one too many.
    fn end(&self, found: Found) -> Searched {
        match self.claims.iter().flatten().any(|claim| claim.offset > found.at.offset) {
            true => Searched::Misled,
            false => Searched::End(Some(found)),
        }
    }
}

impl Log {
    /// The first record before `before` whose timestamp is `timestamp_ms` or later.
    pub async fn find_timestamp(
        &self,
        timestamp_ms: i64,
        before: Offset,
    ) -> Result<Option<Found>, ReadError> {
        let mut without_index = None;
        loop {
            let Some(segment) = self.first_young_segment(timestamp_ms).await? else {
                return Ok(None);
            };
            let mut search = self.search_in(segment, timestamp_ms, before);
            if without_index == Some(segment) {
                search.claims = [None; 2];
            }
            match self.search(search).await? {
                Searched::End(found) => return Ok(found),
                Searched::Misled => {
                    self.times_anew(segment).await?;
                    without_index = Some(segment);
                }
            }
        }
    }

    /// The first segment that has records as young as `timestamp_ms`, as proven entries say.
    async fn first_young_segment(&self, timestamp_ms: i64) -> Result<Option<Offset>, ReadError> {
        let is_young = |segment: &Segment| {
            segment.max_timestamp.is_some_and(|max| max.timestamp_ms >= timestamp_ms)
        };
        loop {
            let unproven = {
                let state = self.state();
                let asked = |it: &&Segment| !it.are_times_proven || is_young(it);
                match state.segments.iter().find(asked) {
                    Some(segment) if !segment.are_times_proven => segment.base,
                    found => return Ok(found.map(|segment| segment.base)),
                }
            };
            self.prove_times(unproven).await?;
        }
    }

    /// A search that begins where the segment's time index says. None of the batches before is
    /// young, even if one of the two entries is wrong; which of them, the search meets.
    fn search_in(&self, segment: Offset, timestamp_ms: i64, before: Offset) -> Search {
        let mut state = self.state_mut();
        let found = state.segment(segment);
        let claims = found.map_or([None; 2], |found| found.entries_older_than(timestamp_ms));
        let log_start = state.log_start();
        Search { timestamp_ms, before, from: segment.max(log_start), claims }
    }

    async fn search(&self, mut search: Search) -> Result<Searched, ReadError> {
        let [first, _] = search.claims;
        let mut from = first.map_or(search.from, |claim| claim.offset.max(search.from));
        // What lies before is not read.
        search.claims = search.claims.map(|claim| claim.filter(|claim| claim.offset >= from));
        while from < search.before {
            let limit = ReadLimit {
                before: search.before,
                bytes_max: limits::LOOKUP_BYTES,
                at_least_one: AtLeastOne::Batch,
            };
            let bytes = self.read_bytes(from, limit).await?;
            let mut next = from;
            for batch in Batches::new(&bytes).map_while(Result::ok) {
                next = Offset(batch.next_offset());
                if search.is_misled_by(&batch) {
                    return Ok(Searched::Misled);
                }
                let found = self.first_young_record(&batch, search.timestamp_ms, from)?;
                if let Some(at) = found.filter(|at| at.offset < search.before) {
                    let leader_epoch = LeaderEpoch(batch.leader_epoch());
                    return Ok(search.end(Found { at, leader_epoch }));
                }
            }
            if next == from {
                break;
            }
            from = next;
        }
        Ok(Searched::End(None))
    }

    /// The record with the largest timestamp before `before`; the first of those that share it.
    pub async fn find_max_timestamp(&self, before: Offset) -> Result<Option<Found>, ReadError> {
        // None is so young, so that each one is proven.
        let _none = self.first_young_segment(i64::MAX).await?;
        let largest = {
            let state = self.state();
            let maxima = state.segments.iter().filter_map(|segment| segment.max_timestamp);
            maxima.map(|max| max.timestamp_ms).max()
        };
        match largest {
            Some(timestamp_ms) if timestamp_ms >= 0 => {
                self.find_timestamp(timestamp_ms, before).await
            }
            _ => Ok(None),
        }
    }

    /// Where `epoch` ended in this log, or `None` where the log knows of no epoch that old.
    pub fn epoch_end(&self, epoch: LeaderEpoch) -> Option<EpochEnd> {
        let state = self.state();
        let found = state.epochs.end_offset_for(epoch.0, state.next().0)?;
        Some(EpochEnd { epoch: LeaderEpoch(found.epoch), end: Offset(found.end_offset) })
    }

    /// The last epoch that the log knows of.
    pub fn latest_epoch(&self) -> Option<LeaderEpoch> {
        self.state().epochs.latest().map(|latest| LeaderEpoch(latest.epoch))
    }

    /// Epoch of the batch that holds `offset`.
    pub fn epoch_of(&self, offset: Offset) -> Option<LeaderEpoch> {
        self.state().epochs.epoch_at(offset.0).map(LeaderEpoch)
    }

    /// Moves the start of the log to `offset`, at most to the high watermark, and drops segments
    /// that lie before it. Returns the new start, which nobody sees before a crash would keep it.
    pub async fn trim_prefix(&self, offset: Offset) -> Result<Offset, ReadError> {
        if let Some(offline) = self.offline() {
            return Err(offline.into());
        }
        // A cut at the end might else leave the start behind it.
        let _turn = self.0.ends_turn.acquire().await;
        let start = {
            let state = self.state();
            let (log_start, end) = (state.log_start(), state.high_watermark());
            if offset > end {
                return Err(ReadError::OutOfRange { offset, log_start, end });
            }
            log_start.max(offset)
        };
        let location = self.location();
        self.save_start(&location, start).await?;
        let start = {
            let mut state = self.state_mut();
            state.positions.start_at(start);
            let start = state.log_start();
            if state.epochs.truncate_from_start(start.0) {
                drop(executor::spawn(self.clone().save_epochs()));
            }
            start
        };
        self.drop_segments_before_start();
        let now = self.location();
        if now.next.is_some() && location.next.is_none() {
            // It has begun to move meanwhile.
            self.save_start(&now, start).await?;
        }
        Ok(start)
    }

    async fn save_start(&self, location: &Location, start: Offset) -> Result<(), ReadError> {
        for log_dir in std::iter::once(&location.log_dir).chain(&location.next) {
            // A log must not begin behind the end that a power cut leaves it.
            log_dir.journal().synced().await.map_err(Offline::Journal)?;
            let save = async || log_dir.offsets().starts.save(self.id(), start).await;
            let saved = log_dir.run_from_reserve(save).await;
            saved.map_err(|error| match Shortage::of(&error) {
                Some(Shortage::Space) => ReadError::Offline(self.disk_full()),
                _ => self.unreadable(&format!("its start is not saved: {error}")),
            })?;
        }
        Ok(())
    }

    /// All bytes of a read, copied together: for looking into batches, not for sending.
    pub async fn read_bytes(&self, from: Offset, limit: ReadLimit) -> Result<Vec<u8>, ReadError> {
        let read = self.read(from, limit).await?;
        let mut bytes = Vec::with_capacity(read.bytes);
        for piece in read.pieces {
            match piece {
                Piece::Memory(slice) => bytes.extend_from_slice(&slice),
                Piece::File { file, offset, length } => {
                    let buffer = crate::io::buffers::Buffer::with_capacity(length as usize);
                    let (read, buffer) = file.read_exact_at(buffer, length as usize, offset).await;
                    read.map_err(|error| self.unreadable(&error.to_string()))?;
                    bytes.extend_from_slice(buffer.as_slice());
                }
            }
        }
        Ok(bytes)
    }

    /// Lets go of what the journal and memory hold of segments before the log's start, and removes
    /// their files after a while.
    pub(super) fn drop_segments_before_start(&self) {
        let dropped = {
            let mut state = self.state_mut();
            let before = state.tail.memory_bytes();
            let dropped = take_segments_before_start(&mut state);
            self.log_dir().charge(before, state.tail.memory_bytes());
            dropped
        };
        let mut bases = Vec::new();
        for segment in dropped {
            self.release_pages(segment.file().take_unsynced());
            bases.push(segment.base);
        }
        self.update_dirty();
        self.update_cached();
        self.remove_segments_later(bases);
    }

    /// Removes the files of segments once nobody reads them any more; a stop in order does not
    /// wait for that.
    pub(super) fn remove_segments_later(&self, bases: Vec<Offset>) {
        if bases.is_empty() {
            return;
        }
        let delay_ms = self.config().file_delete_delay_ms.max(0) as u64;
        let log = self.clone();
        drop(executor::spawn(async move {
            clock::sleep(Duration::from_millis(delay_ms)).await;
            let Some(_turn) = log.files_turn().await else { return };
            log.note_files_gone();
            // Wherever the log is by then.
            let directory = log.directory();
            for base in bases {
                // A log that began anew may have one there again.
                let is_live = log.state_mut().segment(base).is_some();
                if !is_live {
                    remove_segment(&directory, base).await;
                }
            }
        }));
    }

    /// Files of segments are about to go that the log has no more: who looks for one looks again.
    pub(super) fn note_files_gone(&self) {
        self.0.files_gone.set(self.0.files_gone.get() + 1);
    }

    fn first_young_record(
        &self,
        batch: &Batch<'_>,
        timestamp_ms: i64,
        from: Offset,
    ) -> Result<Option<TimestampOffset>, ReadError> {
        if batch.attributes().is_control() {
            return Ok(None);
        }
        let found = search::first_at_or_after(batch, timestamp_ms, from.0, &mut Vec::new());
        let found = found.map_err(|error| self.unreadable(&error.to_string()))?;
        Ok(found.map(|found| TimestampOffset {
            timestamp_ms: found.timestamp,
            offset: Offset(found.offset),
        }))
    }

    fn unreadable(&self, cause: &str) -> ReadError {
        let path = self.directory().display().to_string().into();
        ReadError::Offline(Offline::Io { path, cause: cause.into() })
    }
}

/// Removes a segment's files; not every segment has every one.
pub(super) async fn remove_segment(directory: &Path, base: Offset) {
    // The snapshot tells of what was before the segment: those behind have all that is in it. The
    // segment last: while it is there, the next start removes it and the rest.
    for suffix in ["index", "timeindex", "txnindex", "snapshot", "log"] {
        let _absent = directory::remove_file(&directory.join(file_name(base, suffix))).await;
    }
}

/// Segments that lie before the log's start as a whole; the active one stays, and any that is still
/// written, or that alone says what producers did.
fn take_segments_before_start(state: &mut State) -> Vec<Segment> {
    let needed_from = state.log_start().min(state.snapshot_at);
    let oldest_cached = state.tail.first_unwritten_segment();
    let is_behind = |pair: &&[Segment]| {
        pair[1].base <= needed_from && oldest_cached.is_none_or(|base| pair[0].base < base)
    };
    let count = state.segments.windows(2).take_while(is_behind).count();
    let dropped: Vec<Segment> = state.segments.drain(..count).collect();
    if let Some(first) = state.segments.first() {
        state.tail.forget_before(first.base);
    }
    dropped
}
