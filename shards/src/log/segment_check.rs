//! Reads of what no one has checked since this process began: a file may have changed while no one
//! looked.
//!
//! Lives on: the partition's shard.
//! Promise: bytes of a file reach a reader only after their checksums held, at least once since the
//! start; damage is named in the log, once, and told to each reader that meets it. An index that
//! leads to no batch is made anew from its segment.
//! Read next: reader.rs, time_index_check.rs, verified_ranges.rs.

use std::io;
use std::ops::ControlFlow;
use std::rc::Rc;

use super::destage::write_indexes;
use super::error::{Offline, ReadError};
use super::recovery::noted;
use super::scan::{Check, scan};
use super::segment::Segment;
use super::segment_file::SegmentFile;
use super::state::Log;
use crate::format::batch::{Batch, HEADER_BYTES, Header, size_at_front};
use crate::format::offset_index::{self, OffsetIndex};
use crate::format::time_index::{self, TimeIndex};
use crate::io::buffers::Buffer;
use crate::io::executor;
use crate::io::file::File;
use crate::limits;
use crate::mutation::Mutation;
use crate::units::Offset;

/// Why a file gives no batches.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("{cause}")]
    Damaged { position: u64, cause: String },
}

impl Fault {
    pub(super) fn damaged(position: u64, cause: impl ToString) -> Fault {
        Fault::Damaged { position, cause: cause.to_string() }
    }
}

/// Follows the offsets from batch to batch: no checksum covers a batch's own offset.
struct Chain {
    next: Option<i64>,
}

/// How a batch's offset goes with those before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    Follows,
    /// Compaction leaves gaps. Or the offset is damaged: then those behind it go back. Or the
    /// batch before says that it ends earlier than it does: then its checksum does not hold.
    Gap,
    /// Or it ends before it begins.
    GoesBack,
}

impl Chain {
    /// Takes in the next batch's first offset, and the offset behind its last.
    fn link(&mut self, base: i64, next: i64) -> Link {
        match self.next.replace(next) {
            _ if next <= base => Link::GoesBack,
            Some(expected) if base > expected => Link::Gap,
            Some(expected) if base < expected => Link::GoesBack,
            _ => Link::Follows,
        }
    }
}

fn misplaced(base: i64) -> String {
    format!("its offset {base} does not follow")
}

/// An index of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Index {
    Offsets,
    Times,
}

impl Index {
    pub(super) fn extension(self) -> &'static str {
        match self {
            Index::Offsets => "index",
            Index::Times => "timeindex",
        }
    }
}

/// Where the batches of a file end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub position: u64,
    /// No batch before has this offset or a later one.
    pub offset: Offset,
}

/// Position and length of the first batch, from that of an index entry on, that holds `offset` or a
/// later one.
pub(super) async fn find_batch(
    file: &File,
    entry: offset_index::Entry,
    end: End,
    offset: Offset,
) -> Result<Option<(u64, u64)>, Fault> {
    let mut position = u64::from(entry.position);
    // The entry before all batches names the segment's first offset, every other one a last offset.
    let mut chain = Chain { next: (position == 0).then_some(entry.offset) };
    let mut before = None;
    let mut buffer = Buffer::with_capacity(limits::READ_SCAN_BYTES);
    while position + HEADER_BYTES as u64 <= end.position {
        buffer.clear();
        let (read, filled) = file.read_at(buffer, position).await;
        read?;
        let mut at = 0;
        while let Some(head) = filled.as_slice().get(at..at + HEADER_BYTES) {
            let here = position + at as u64;
            let (head, size) = Header::peek(head).map_err(|cause| Fault::damaged(here, cause))?;
            if here + size as u64 > end.position {
                return Err(Fault::damaged(here, "it goes on behind the last batch"));
            }
            let last = head.last_offset();
            if chain.next.is_none() && last != entry.offset {
                return Err(Fault::damaged(here, "the index names another batch"));
            }
            let next = last.saturating_add(1);
            let sound = match chain.link(head.base_offset, next) {
                Link::Follows => true,
                Link::Gap => {
                    verify(file, before).await?;
                    goes_on(file, here + size as u64, end, next).await?
                }
                Link::GoesBack => false,
            };
            if !sound {
                return Err(Fault::damaged(here, misplaced(head.base_offset)));
            }
            if last >= offset.0 {
                return Ok(Some((here, size as u64)));
            }
            before = Some((here, size));
            at += size;
        }
        if filled.len() < HEADER_BYTES {
            break;
        }
        position += at as u64;
        buffer = filled;
    }
    if offset < end.offset {
        if before.is_none() && entry.position > 0 {
            return Err(Fault::damaged(position, "the index leads to where no batch is"));
        }
        verify(file, before).await?;
    }
    Ok(None)
}

/// Whether the checksum of a batch that was gone past holds, and with it the offset it ends at.
async fn verify(file: &File, batch: Option<(u64, usize)>) -> Result<(), Fault> {
    let Some((position, size)) = batch else { return Ok(()) };
    let (read, bytes) = file.read_exact_at(Buffer::with_capacity(size), size, position).await;
    read?;
    let checked = Batch::parse(bytes.as_slice()).and_then(|batch| batch.verify_checksum());
    checked.map_err(|cause| Fault::damaged(position, cause))
}

/// Whether the batch at `position`, or what is behind the end, has no offset before `next`.
async fn goes_on(file: &File, position: u64, end: End, next: i64) -> Result<bool, Fault> {
    if position + HEADER_BYTES as u64 > end.position {
        return Ok(next <= end.offset.0);
    }
    let head = Buffer::with_capacity(HEADER_BYTES);
    let (read, head) = file.read_exact_at(head, HEADER_BYTES, position).await;
    read?;
    let (head, _) =
        Header::peek(head.as_slice()).map_err(|cause| Fault::damaged(position, cause))?;
    Ok(head.base_offset >= next)
}

/// What a piece of a range turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Checked {
    /// So many bytes are sound; what is behind begins with a batch and was not looked at.
    Sound(usize),
    /// So many are, and what is behind is not to be given out.
    Until(usize),
    /// The first batch is longer than the piece.
    Cut { batch_bytes: usize },
}

/// How many of `bytes` are sound batches that go on where those before ended; the last one may be
/// cut. An error: the first is damaged.
fn sound_bytes(bytes: &[u8], chain: &mut Chain) -> Result<usize, String> {
    let mut at = 0;
    while at < bytes.len() {
        let batch = Batch::parse(&bytes[at..])
            .and_then(|batch| batch.verify_checksum().map(|()| batch))
            .map_err(|cause| cause.to_string());
        let batch = match batch {
            Ok(batch) => batch,
            // A reader was given the first one whole, if it is as long as it says.
            Err(cause) if at == 0 => return Err(cause),
            Err(_) => break,
        };
        let before = chain.next;
        match chain.link(batch.base_offset(), batch.next_offset()) {
            Link::Follows => at += batch.size(),
            // The batch behind tells whether the offset is damaged.
            Link::Gap if is_followed(&bytes[at + batch.size()..], batch.next_offset()) => {
                at += batch.size();
            }
            // Looked at more closely when a read, or the next piece of this one, begins there.
            Link::Gap | Link::GoesBack => {
                chain.next = before;
                break;
            }
        }
    }
    Ok(at)
}

/// Whether the bytes begin with the head of a batch that has no offset before `next`.
fn is_followed(bytes: &[u8], next: i64) -> bool {
    Header::peek(bytes).is_ok_and(|(head, _)| head.base_offset >= next)
}

impl Log {
    /// The batch that holds `from`, by the index, which is made anew should it lead nowhere.
    pub(super) async fn locate(
        &self,
        file: &File,
        segment: &Rc<SegmentFile>,
        end: End,
        from: Offset,
    ) -> Result<Option<(u64, u64)>, Fault> {
        let entry = self.entry_before(segment, from);
        match find_batch(file, entry, end, from).await {
            Err(Fault::Damaged { .. }) if entry.position > 0 && !self.is_damaged(segment) => {
                self.index_anew(file, segment, end, Index::Offsets).await?;
                find_batch(file, self.entry_before(segment, from), end, from).await
            }
            found => found,
        }
    }

    fn is_damaged(&self, segment: &Rc<SegmentFile>) -> bool {
        let mut state = self.state_mut();
        state.segment_with(segment).is_some_and(|segment| segment.damaged_at.is_some())
    }

    fn entry_before(&self, segment: &Rc<SegmentFile>, from: Offset) -> offset_index::Entry {
        let mut state = self.state_mut();
        let start = offset_index::Entry { offset: segment.base.0, position: 0 };
        state.segment_with(segment).map_or(start, |segment| segment.entry_before(from))
    }

    /// Checks a range that begins with a whole batch, a piece at a time, and gives how much of it
    /// is sound: the first batch at least. Gives way to others where that takes long.
    pub(super) async fn check_range(
        &self,
        file: &File,
        segment: &Rc<SegmentFile>,
        start: u64,
        length: u64,
    ) -> Result<u64, Fault> {
        let end = start + length;
        let (mut at, mut chain) = (start, Chain { next: None });
        let mut piece_bytes = limits::CHECK_BYTES as u64;
        while at < end {
            // One after the other: what many want is checked once.
            let turn = self.0.check_turn.acquire().await;
            if let Some(known) = self.sound_until(segment, at) {
                at = known.min(end);
                chain.next = None;
                continue;
            }
            let piece = (end - at).min(piece_bytes);
            match self.check_piece(file, segment, at, piece as usize, &mut chain).await {
                Ok(Checked::Sound(bytes)) => {
                    at += bytes as u64;
                    piece_bytes = limits::CHECK_BYTES as u64;
                }
                Ok(Checked::Cut { batch_bytes }) if at + batch_bytes as u64 <= end => {
                    piece_bytes = batch_bytes as u64;
                }
                Ok(Checked::Until(bytes)) => return Ok(at + bytes as u64 - start),
                Ok(Checked::Cut { .. }) if at > start => return Ok(at - start),
                Ok(Checked::Cut { .. }) => {
                    return Err(Fault::damaged(at, "it is longer than it was before"));
                }
                // Told to who begins there.
                Err(Fault::Damaged { .. }) if at > start => return Ok(at - start),
                Err(fault) => return Err(fault),
            }
            drop(turn);
            executor::wait_for_fresh_turn().await;
        }
        Ok(at - start)
    }

    /// Up to where a segment is known to be sound, from a position on.
    fn sound_until(&self, segment: &Rc<SegmentFile>, at: u64) -> Option<u64> {
        self.state_mut().segment_with(segment)?.verified.end_of(at)
    }

    async fn check_piece(
        &self,
        file: &File,
        segment: &Rc<SegmentFile>,
        start: u64,
        length: usize,
        chain: &mut Chain,
    ) -> Result<Checked, Fault> {
        let log_dir = self.log_dir();
        let _place = log_dir.place_to_check().await;
        let (read, buffer) = file.read_exact_at(Buffer::with_capacity(length), length, start).await;
        read?;
        let bytes = buffer.as_slice();
        executor::note_work(length);
        if let Ok(batch_bytes) = size_at_front(bytes)
            && batch_bytes > length
        {
            return Ok(Checked::Cut { batch_bytes });
        }
        let whole = match Mutation::DamageServed.is_planted() {
            true => Ok(bytes.len()),
            false => sound_bytes(bytes, chain),
        };
        let whole = whole.map_err(|cause| Fault::damaged(start, cause))?;
        let mut sound = whole;
        if let Some(odd) = self.odd_epoch(&bytes[..whole]) {
            sound = self.before_odd_epoch(&bytes[..whole], start, odd).await?;
        }
        if let Some(segment) = self.state_mut().segment_with(segment) {
            segment.verified.add(start, start + sound as u64);
        }
        Ok(match sound == 0 || sound < whole {
            true => Checked::Until(sound),
            false => Checked::Sound(sound),
        })
    }

    /// How many bytes lie before a batch whose epoch goes by none beside it: no checksum covers it.
    async fn before_odd_epoch(&self, bytes: &[u8], start: u64, odd: usize) -> Result<usize, Fault> {
        let mut odd = Some(odd);
        if !self.are_epochs_made() && self.epochs_anew().await.is_ok() {
            odd = self.odd_epoch(bytes);
        }
        match odd {
            None => Ok(bytes.len()),
            Some(0) if self.are_epochs_made() => {
                Err(Fault::damaged(start, "its leader epoch is none of the log's at its place"))
            }
            Some(0) => Ok(bytes.len()),
            Some(odd) => Ok(odd),
        }
    }

    /// What a reader is told of a fault; damage is said in the log once.
    pub(super) fn fault(&self, segment: &Rc<SegmentFile>, fault: Fault) -> ReadError {
        let path = segment.path().display().to_string();
        match fault {
            Fault::Io(error) => {
                Offline::Io { path: path.into(), cause: error.to_string().into() }.into()
            }
            Fault::Damaged { position, cause } => {
                let mut state = self.state_mut();
                let known = state
                    .segment_with(segment)
                    .is_some_and(|segment| segment.damaged_at.replace(position) == Some(position));
                if !known {
                    tracing::error!(path, position, cause, "a batch is damaged: not given out");
                }
                ReadError::Damaged { path: path.into(), position, cause: cause.into() }
            }
        }
    }

    /// Replaces a segment's indexes with what its batches say, as far as they can be read. One of
    /// them was found damaged.
    pub(super) async fn index_anew(
        &self,
        file: &File,
        segment: &Rc<SegmentFile>,
        end: End,
        damaged: Index,
    ) -> Result<(), Fault> {
        let (directory, base) = (self.directory(), segment.base);
        let interval = self.config().index_interval_bytes;
        let mut anew = Segment::new(&directory, base, 0, segment.files());
        let mut chain = Chain { next: Some(base.0) };
        let walked = scan(file, 0, end.position, Check::Heads, |batch, position| {
            let before = chain.next;
            if chain.link(batch.base_offset(), batch.next_offset()) == Link::GoesBack {
                chain.next = before;
                return ControlFlow::Break(());
            }
            anew.note_batch(&noted(batch, position), interval);
            ControlFlow::Continue(())
        });
        let walked = walked.await?.position;
        let is_whole = walked == end.position;
        let indexes = {
            let mut state = self.state_mut();
            let Some(segment) = state.segment_with(segment) else { return Ok(()) };
            let path = segment.path().with_extension(damaged.extension());
            tracing::warn!(
                path = %path.display(), bytes = walked,
                "the index is damaged: made anew from the segment"
            );
            // Of what is behind a damaged batch, or not in the file yet, the old index knows alone.
            for entry in OffsetIndex::new(base.0, &segment.offsets).iter() {
                if u64::from(entry.position) >= walked {
                    let _left_out = offset_index::append(&mut anew.offsets, base.0, entry);
                }
            }
            let known_from = match is_whole || damaged == Index::Offsets {
                true => chain.next.unwrap_or(base.0),
                false => end.offset.0,
            };
            for entry in TimeIndex::new(base.0, &segment.times).iter() {
                if entry.offset >= known_from {
                    let _left_out = time_index::append(&mut anew.times, base.0, entry);
                }
            }
            let is_final = segment.is_sealed && is_whole && walked == segment.size;
            if is_final {
                anew.seal();
                segment.max_timestamp = anew.max_timestamp;
            }
            // All that can be known of it.
            segment.are_times_proven = true;
            segment.times = anew.times;
            segment.offsets = anew.offsets;
            is_final.then(|| (segment.offsets.clone(), segment.times.clone()))
        };
        if let Some((offsets, times)) = indexes
            && let Some(_turn) = self.files_turn().await
            && self.state_mut().segment_with(segment).is_some()
        {
            write_indexes(&self.directory(), base, &offsets, &times).await?;
        }
        Ok(())
    }
}
