//! The end of a partition's log in memory: what segments do not hold yet, and what readers just
//! wrote about.
//!
//! A run of chunks that cover the segment's file without gaps, each beginning on a block boundary,
//! so that a chunk is written by direct I/O as it stands. A batch may span chunks. Lives on: the
//! partition's shard. Pure but for memory. Promise: bytes handed out never change; chunks with
//! bytes no segment holds are never evicted; a segment is given nothing that the journal does not
//! hold. Limits: limits::TAIL_CHUNK_*. Read next: destage.rs, reader.rs.

use std::collections::VecDeque;

use crate::io::buffers::{Chunk, Slice};
use crate::journal::PageSequence;
use crate::limits;
use crate::mutation::Mutation;
use crate::units::{BLOCK_BYTES, Offset, blocks_down};

/// Where a batch of the tail lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchRef {
    pub base: Offset,
    pub next: Offset,
    pub segment: Offset,
    pub position: u64,
    pub length: u32,
}

/// References to journal pages, merged by page.
#[derive(Debug, Default)]
pub struct PageReferences(Vec<(PageSequence, u32)>);

/// A write that brings a segment up to date.
#[derive(Debug)]
pub struct WritePlan {
    pub segment: Offset,
    pub position: u64,
    pub pieces: Vec<Slice>,
    /// The segment's bytes up to here are in the file afterwards.
    pub end: u64,
    pub references: PageReferences,
}

/// Which chunks to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Full chunks alone: no block is written twice.
    Full,
    /// All there is, the last block padded.
    All,
}

struct TailChunk {
    segment: Offset,
    /// Position in the segment's file of the chunk's first byte; whole blocks.
    start: u64,
    chunk: Chunk,
    /// Bytes of the chunk that the segment's file holds, or will when the write in flight is done.
    written: usize,
    /// Bytes of the chunk that a read of the file finds: `written` once its write is done.
    settled: usize,
    references: PageReferences,
}

/// The tail. See the module.
#[derive(Default)]
pub struct Tail {
    chunks: VecDeque<TailChunk>,
    /// So many chunks at the front are full and on file, and hold no journal page: only readers and
    /// eviction look at them.
    done: usize,
    /// The number under which each of these may be dropped, ascending: see `number_done`.
    done_numbers: VecDeque<u64>,
    memory_bytes: usize,
    batches: VecDeque<BatchRef>,
    next_chunk_bytes: usize,
    /// The journal holds all batches before this offset,
    journaled: Offset,
    /// and this is the newest page that holds any of them.
    journaled_page: Option<PageSequence>,
}

impl PageReferences {
    pub fn add(&mut self, page: PageSequence) {
        match self.0.last_mut() {
            Some((last, count)) if *last == page => *count += 1,
            _ => self.0.push((page, 1)),
        }
    }

    pub fn append(&mut self, other: &mut PageReferences) {
        self.0.append(&mut other.0);
    }

    /// Those of pages up to this one.
    fn take_until(&mut self, last: Option<PageSequence>) -> PageReferences {
        PageReferences(self.0.extract_if(.., |(page, _)| Some(*page) <= last).collect())
    }

    pub fn oldest(&self) -> Option<PageSequence> {
        self.0.iter().map(|(page, _)| *page).min()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn drain(&mut self) -> impl Iterator<Item = (PageSequence, u32)> + '_ {
        self.0.drain(..)
    }
}

impl Tail {
    /// Begins behind `size` bytes of a segment; `partial` is what its last, unfilled block holds.
    pub fn begin(&mut self, segment: Offset, size: u64, partial: &[u8]) {
        debug_assert_eq!(size - blocks_down(size), partial.len() as u64);
        if partial.is_empty() {
            return;
        }
        let chunk = Chunk::with_capacity(limits::TAIL_CHUNK_BYTES_MIN);
        self.memory_bytes += chunk.capacity();
        chunk.append(partial);
        self.chunks.push_back(TailChunk {
            segment,
            start: blocks_down(size),
            chunk,
            written: partial.len(),
            settled: partial.len(),
            references: PageReferences::default(),
        });
    }

    /// Copies a batch, given in pieces, behind the end of the segment at `position`. New chunks
    /// have `chunk_bytes_max` at the most.
    pub fn append(&mut self, batch: BatchRef, pieces: &[&[u8]], chunk_bytes_max: usize) {
        let mut position = batch.position;
        for piece in pieces {
            let mut rest: &[u8] = piece;
            while !rest.is_empty() {
                let chunk = self.chunk_at_end(batch.segment, position, chunk_bytes_max);
                let (now, later) = rest.split_at(rest.len().min(chunk.chunk.remaining()));
                chunk.chunk.append(now);
                position += now.len() as u64;
                rest = later;
            }
        }
        self.batches.push_back(batch);
    }

    /// Says which journal page holds the bytes appended last.
    pub fn refer(&mut self, page: PageSequence) {
        if let Some(last) = self.chunks.back_mut() {
            last.references.add(page);
        }
    }

    /// Says that the journal holds all batches before `end`, the last of them in `page`.
    pub fn note_journaled(&mut self, end: Offset, page: PageSequence) {
        self.journaled = end;
        self.journaled_page = Some(page);
    }

    /// Bytes that the journal holds and no segment file does, in full chunks.
    pub fn full_bytes_to_write(&self) -> usize {
        let limit = self.journal_end();
        let is_full = |chunk: &&TailChunk| {
            chunk.chunk.remaining() == 0 && chunk.length_before(limit) == chunk.chunk.len()
        };
        let open = self.chunks.range(self.done..);
        open.filter(is_full).map(|chunk| chunk.chunk.len() - chunk.written).sum()
    }

    /// The next write, of one segment; its bytes count as written from now on.
    ///
    /// Of what the journal holds alone: else a batch could be in a segment that no journal has and
    /// nobody was told of, written by a process whose syncs failed. The next process would find it
    /// in the page cache, believe it and build upon it, and the next power cut would take it.
    pub fn plan(&mut self, extent: Extent) -> Option<WritePlan> {
        let limit = self.journal_end();
        let page = self.journaled_page;
        let is_open = |chunk: &TailChunk| {
            chunk.written < chunk.length_before(limit)
                || chunk.references.oldest().is_some_and(|oldest| Some(oldest) <= page)
        };
        let open = self.chunks.range(self.done..).position(is_open)?;
        let first = self.done + open;
        let segment = self.chunks[first].segment;
        let from = blocks_down(self.chunks[first].written as u64) as usize;
        let mut plan = WritePlan {
            segment,
            position: self.chunks[first].start + from as u64,
            pieces: Vec::new(),
            end: 0,
            references: PageReferences::default(),
        };
        let mut skip = from;
        let of_segment = |chunk: &&TailChunk| chunk.segment == segment;
        let last_of_segment = first + self.chunks.range(first..).take_while(of_segment).count() - 1;
        let mut bytes = 0;
        for index in first..=last_of_segment {
            let sealed = index + 1 < self.chunks.len() && index == last_of_segment;
            let chunk = &mut self.chunks[index];
            let length = chunk.length_before(limit);
            let is_cut = length < chunk.chunk.len();
            let is_full = !is_cut && (chunk.chunk.remaining() == 0 || sealed);
            if (extent == Extent::Full && !is_full) || bytes >= limits::DESTAGE_BYTES_MAX {
                break;
            }
            debug_assert!(length >= chunk.written, "a segment has what the journal has not");
            chunk.push_pieces(skip, length, &mut plan.pieces);
            skip = 0;
            bytes += length;
            chunk.written = length;
            plan.end = chunk.start + length as u64;
            plan.references.append(&mut chunk.references.take_until(page));
            if is_cut {
                break;
            }
        }
        (plan.end > 0).then_some(plan)
    }

    /// Where the first batch begins that the journal does not hold: segment and position.
    fn journal_end(&self) -> Option<(Offset, u64)> {
        let first = self.batches.partition_point(|batch| batch.next <= self.journaled);
        self.batches.get(first).map(|batch| (batch.segment, batch.position))
    }

    /// Says that the write of a plan is done.
    pub fn settle(&mut self, segment: Offset, end: u64) {
        for chunk in self.chunks.range_mut(self.done..) {
            if chunk.segment == segment && chunk.start < end {
                chunk.settled = chunk.chunk.len().min((end - chunk.start) as usize);
            }
        }
        self.advance_done();
    }

    /// Gives the number `next` to the chunks that were done since the last call.
    pub fn number_done(&mut self, next: u64) {
        debug_assert!(self.done_numbers.back().is_none_or(|last| *last < next));
        self.done_numbers.resize(self.done, next);
    }

    /// All chunks that are done get a new number from the next call of `number_done`.
    pub fn forget_numbers(&mut self) {
        self.done_numbers.clear();
    }

    /// The number of the oldest chunk that was given one.
    pub fn oldest_done(&self) -> Option<u64> {
        self.done_numbers.front().copied()
    }

    /// The oldest journal page that holds bytes no plan has taken.
    pub fn oldest_page(&self) -> Option<PageSequence> {
        self.chunks.range(self.done..).filter_map(|chunk| chunk.references.oldest()).min()
    }

    /// The batch that holds `offset`, if the tail has it, and those behind it.
    pub fn batches_from(&self, offset: Offset) -> Option<impl Iterator<Item = &BatchRef>> {
        let first = self.batches.front()?;
        if offset < first.base {
            return None;
        }
        let index = self.batches.partition_point(|batch| batch.next <= offset);
        Some(self.batches.range(index..))
    }

    pub fn first_batch(&self) -> Option<&BatchRef> {
        self.batches.front()
    }

    /// The bytes of a range of a segment, all of which the tail holds.
    pub fn slices(&self, segment: Offset, from: u64, to: u64, into: &mut Vec<Slice>) {
        let mut index = self.chunks.partition_point(|chunk| {
            (chunk.segment, chunk.start + chunk.chunk.capacity() as u64) <= (segment, from)
        });
        let mut at = from;
        while at < to {
            let chunk = self.chunks.get(index).expect("the tail covers the range");
            debug_assert!(chunk.segment == segment && chunk.start <= at);
            let end = to.min(chunk.start + chunk.chunk.len() as u64);
            into.push(chunk.chunk.slice((at - chunk.start) as usize..(end - chunk.start) as usize));
            at = end;
            index += 1;
        }
    }

    /// Drops the oldest chunk if the segment's file holds it all, and it is not the one being
    /// filled. Returns whether it did.
    pub fn evict(&mut self) -> bool {
        let Some(first) = self.chunks.front() else { return false };
        let is_settled = first.settled == first.chunk.len() && first.references.is_empty();
        let is_settled = is_settled || Mutation::UnwrittenEvicted.is_planted();
        if self.chunks.len() < 2 || !is_settled {
            return false;
        }
        let end = (first.segment, first.start + first.chunk.len() as u64);
        let leaving = self.batches.partition_point(|batch| (batch.segment, batch.position) < end);
        // The file must hold the last batch that leaves to its end, also where it spans chunks.
        if let Some(last) = leaving.checked_sub(1).and_then(|index| self.batches.get(index)) {
            let last_end = last.position + u64::from(last.length);
            let same = |chunk: &&TailChunk| chunk.segment == last.segment && chunk.start < last_end;
            let holds = |chunk: &TailChunk| {
                chunk.start + chunk.settled as u64 >= last_end
                    || chunk.settled == chunk.chunk.capacity()
            };
            let is_held = self.chunks.iter().take_while(same).all(holds);
            if !is_held && !Mutation::UnwrittenEvicted.is_planted() {
                return false;
            }
        }
        self.memory_bytes -= first.chunk.capacity();
        self.chunks.pop_front();
        self.done = self.done.saturating_sub(1);
        self.done_numbers.pop_front();
        self.batches.drain(..leaving);
        true
    }

    /// The oldest segment with bytes that no file holds, or whose write is under way.
    pub fn first_unwritten_segment(&self) -> Option<Offset> {
        let open =
            |chunk: &&TailChunk| chunk.settled < chunk.chunk.len() || !chunk.references.is_empty();
        self.chunks.range(self.done..).find(open).map(|chunk| chunk.segment)
    }

    /// The first offset of which a segment's file lacks something; none: files have all.
    pub fn settled_before(&self) -> Option<Offset> {
        let is_open = |chunk: &&TailChunk| chunk.settled < chunk.chunk.len();
        let chunk = self.chunks.range(self.done..).find(is_open)?;
        let from = (chunk.segment, chunk.start + chunk.settled as u64);
        let end_of = |batch: &BatchRef| (batch.segment, batch.position + u64::from(batch.length));
        let index = self.batches.partition_point(|batch| end_of(batch) <= from);
        self.batches.get(index).map(|batch| batch.base)
    }

    /// Drops what belongs to segments before `base`, all of which files hold.
    pub fn forget_before(&mut self, base: Offset) {
        let dropped = self.chunks.partition_point(|chunk| chunk.segment < base);
        self.chunks.drain(..dropped);
        self.memory_bytes = self.chunks.iter().map(|chunk| chunk.chunk.capacity()).sum();
        self.done_numbers.drain(..dropped.min(self.done_numbers.len()));
        self.done = 0;
        self.advance_done();
        self.done_numbers.truncate(self.done);
        self.batches.retain(|batch| batch.segment >= base);
    }

    /// Drops everything; gives the journal pages that held it.
    pub fn clear(&mut self) -> PageReferences {
        self.batches.clear();
        self.journaled_page = None;
        self.done = 0;
        self.done_numbers.clear();
        self.memory_bytes = 0;
        let mut references = PageReferences::default();
        for mut chunk in self.chunks.drain(..) {
            references.append(&mut chunk.references);
        }
        references
    }

    /// Drops everything: the log ends at `end`, and files hold what is before. Gives the journal
    /// pages that held what was dropped.
    pub fn cut_to(&mut self, end: Offset) -> PageReferences {
        if !Mutation::JournaledKeptByCut.is_planted() {
            self.journaled = end;
        }
        self.clear()
    }

    /// Says that files hold everything; gives the journal pages that did.
    pub fn hand_over(&mut self) -> PageReferences {
        // The next page may be another journal's.
        self.journaled_page = None;
        let mut references = PageReferences::default();
        for chunk in self.chunks.range_mut(self.done..) {
            chunk.written = chunk.chunk.len();
            chunk.settled = chunk.written;
            references.append(&mut chunk.references);
        }
        self.advance_done();
        references
    }

    /// Bytes of memory the tail holds.
    pub fn memory_bytes(&self) -> usize {
        self.memory_bytes
    }

    fn advance_done(&mut self) {
        // The last chunk takes appends unless it is full; one before it never does.
        let last = self.chunks.len().saturating_sub(1);
        let is_done = |index: usize| {
            let chunk = &self.chunks[index];
            let is_open = index == last && chunk.chunk.remaining() > 0;
            let is_written = chunk.settled == chunk.chunk.len() && chunk.references.is_empty();
            !is_open && (is_written || Mutation::UnwrittenEvicted.is_planted())
        };
        self.done += (self.done..self.chunks.len()).take_while(|index| is_done(*index)).count();
    }

    fn chunk_at_end(&mut self, segment: Offset, position: u64, bytes_max: usize) -> &mut TailChunk {
        let fits = |chunk: &TailChunk| chunk.segment == segment && chunk.chunk.remaining() > 0;
        if !self.chunks.back().is_some_and(fits) {
            // Chunks grow with the load; a new segment starts with the size the last one reached.
            let size = self.next_chunk_bytes.clamp(limits::TAIL_CHUNK_BYTES_MIN, bytes_max);
            self.next_chunk_bytes = size * 2;
            self.memory_bytes += size;
            debug_assert_eq!(position, blocks_down(position));
            self.chunks.push_back(TailChunk {
                segment,
                start: position,
                chunk: Chunk::with_capacity(size),
                written: 0,
                settled: 0,
                references: PageReferences::default(),
            });
        }
        self.chunks.back_mut().expect("pushed above")
    }
}

impl TailChunk {
    /// How many of the chunk's bytes lie before a place in the log.
    fn length_before(&self, limit: Option<(Offset, u64)>) -> usize {
        let length = self.chunk.len();
        match limit {
            Some((segment, _)) if self.segment > segment => 0,
            Some((segment, position)) if self.segment == segment => {
                length.min(position.saturating_sub(self.start) as usize)
            }
            _ => length,
        }
    }

    /// The chunk's bytes from `skip` (whole blocks) to `length`, the last block padded with zeros.
    fn push_pieces(&self, skip: usize, length: usize, pieces: &mut Vec<Slice>) {
        let whole = blocks_down(length as u64) as usize;
        if skip < whole {
            pieces.push(self.chunk.slice(skip..whole));
        }
        if whole < length {
            let mut block = crate::io::buffers::Buffer::with_capacity(BLOCK_BYTES);
            block.extend_from_slice(&self.chunk.slice(whole..length));
            block.extend_from_slice(&[0; BLOCK_BYTES][..BLOCK_BYTES - (length - whole)]);
            pieces.push(block.freeze());
        }
    }
}
