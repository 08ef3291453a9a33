//! One segment: a file of batches and its two indexes.
//!
//! Lives on: the partition's shard. Written by direct I/O into extents allocated ahead, read
//! through the page cache; the file's size is cut back to its bytes when the segment is sealed.
//! Never: knows what the tail holds. Read next: segment_file.rs, destage.rs, reader.rs.

use std::path::Path;
use std::rc::Rc;

use super::aborted::SegmentAborted;
use super::open_files::OpenFiles;
use super::segment_file::SegmentFile;
use super::verified_ranges::VerifiedRanges;
use crate::format::batch::Batch;
use crate::format::{offset_index, time_index};
use crate::limits;
use crate::mutation::Mutation;
use crate::units::{Offset, blocks_up};

/// A timestamp and the offset of a record that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimestampOffset {
    pub timestamp_ms: i64,
    pub offset: Offset,
}

impl TimestampOffset {
    /// Whether the batch has the offset, and no younger record.
    pub fn is_of(&self, batch: &Batch<'_>) -> bool {
        (batch.base_offset()..=batch.last_offset()).contains(&self.offset.0)
            && batch.max_timestamp() == self.timestamp_ms
    }
}

impl From<time_index::Entry> for TimestampOffset {
    fn from(entry: time_index::Entry) -> TimestampOffset {
        TimestampOffset { timestamp_ms: entry.timestamp, offset: Offset(entry.offset) }
    }
}

/// A segment of a partition.
pub struct Segment {
    pub base: Offset,
    /// Bytes of batches, those still in the tail included.
    pub size: u64,
    /// Bytes of the file, extents allocated ahead included.
    pub allocated: u64,
    pub created_ms: i64,
    /// Its age ends so much earlier than `segment_ms` says.
    pub jitter_ms: i64,
    /// Of the first batch, its youngest record's: the segment's age counts from it.
    pub first_timestamp_ms: Option<i64>,
    pub max_timestamp: Option<TimestampOffset>,
    /// The offset index as its file holds it.
    pub offsets: Vec<u8>,
    /// The time index as its file holds it.
    pub times: Vec<u8>,
    /// Whether the end of the time index, and with it `max_timestamp`, was made from the batches
    /// or held against them.
    pub are_times_proven: bool,
    pub aborted: SegmentAborted,
    pub bytes_since_index: u64,
    pub is_sealed: bool,
    /// Sealed, its file cut to its batches, with its indexes beside it.
    pub is_finished: bool,
    /// What may go from the file to a reader as it is.
    pub verified: VerifiedRanges,
    /// Where the file was found damaged, as said in the log.
    pub damaged_at: Option<u64>,
    file: Rc<SegmentFile>,
}

/// Kafka's name of a segment's file.
pub fn file_name(base: Offset, suffix: &str) -> String {
    format!("{:020}.{suffix}", base.0)
}

impl Segment {
    /// An empty segment; its file is created by the first write.
    pub fn new(directory: &Path, base: Offset, created_ms: i64, files: &OpenFiles) -> Segment {
        Segment {
            base,
            size: 0,
            allocated: 0,
            created_ms,
            jitter_ms: 0,
            first_timestamp_ms: None,
            max_timestamp: None,
            offsets: Vec::new(),
            times: Vec::new(),
            are_times_proven: true,
            aborted: SegmentAborted::default(),
            bytes_since_index: 0,
            is_sealed: false,
            is_finished: false,
            verified: VerifiedRanges::default(),
            damaged_at: None,
            file: SegmentFile::new(directory, base, files),
        }
    }

    pub fn path(&self) -> &Path {
        self.file.path()
    }

    pub fn file(&self) -> &Rc<SegmentFile> {
        &self.file
    }

    /// Its file is in another directory from now on, whole, with its indexes if it is sealed; its
    /// bytes there were not read yet.
    pub fn relocate(&mut self, directory: &Path) {
        self.file.lose_name();
        self.file = SegmentFile::new(directory, self.base, self.file.files());
        self.allocated = self.size;
        self.aborted.relocate();
        self.is_finished = self.is_sealed;
        self.verified = VerifiedRanges::default();
        self.damaged_at = None;
    }

    /// It ends earlier, and takes appends again. Whoever reads its file keeps it as it was: what
    /// comes next is another file to them, of the same name.
    pub fn cut(&mut self, directory: &Path, at: &SegmentEnd) {
        self.file.lose_name();
        self.file = SegmentFile::new(directory, self.base, self.file.files());
        (self.size, self.allocated) = (at.position, at.position);
        if !Mutation::IndexKeptByCut.is_planted() {
            let offsets = offset_index::OffsetIndex::new(self.base.0, &self.offsets);
            self.offsets.truncate(offsets.bytes_before(at.offset.0));
            let times = time_index::TimeIndex::new(self.base.0, &self.times);
            self.times.truncate(times.bytes_before(at.offset.0));
        }
        let newer = |one: TimestampOffset, other: Option<TimestampOffset>| {
            other.is_none_or(|other| other.timestamp_ms < one.timestamp_ms)
        };
        self.max_timestamp = self.last_indexed_timestamp();
        if let Some(walked) = at.max_timestamp
            && newer(walked, self.max_timestamp)
        {
            self.max_timestamp = Some(walked);
        }
        if at.position == 0 {
            self.first_timestamp_ms = None;
        }
        let indexed_to = self.last_index_entry().map_or(0, |entry| u64::from(entry.position));
        self.bytes_since_index = at.position.saturating_sub(indexed_to);
        self.aborted.cut_with_file(at.offset);
        self.verified.cut(at.position);
        self.damaged_at = self.damaged_at.filter(|damaged| *damaged < at.position);
        (self.is_sealed, self.is_finished) = (false, false);
    }

    /// Notes a batch: what the indexes say of it, and the size.
    pub fn note_batch(&mut self, batch: &NotedBatch, index_interval_bytes: u32) {
        debug_assert_eq!(batch.position, self.size);
        if batch.position == 0 {
            self.first_timestamp_ms = Some(batch.max_timestamp.timestamp_ms);
        }
        if self.max_timestamp.is_none_or(|max| max.timestamp_ms < batch.max_timestamp.timestamp_ms)
        {
            self.max_timestamp = Some(batch.max_timestamp);
        }
        if self.bytes_since_index > u64::from(index_interval_bytes) {
            self.index_batch(batch);
            self.bytes_since_index = 0;
        }
        self.bytes_since_index += batch.length;
        self.size += batch.length;
    }

    /// The youngest timestamp that the time index knows of.
    pub fn last_indexed_timestamp(&self) -> Option<TimestampOffset> {
        time_index::TimeIndex::new(self.base.0, &self.times).last().map(TimestampOffset::from)
    }

    /// Last timestamp into the time index, as every sealed segment has it.
    pub fn seal(&mut self) {
        self.is_sealed = true;
        self.index_time();
    }

    /// Position of a batch at or before the one that holds `offset`.
    pub fn position_before(&self, offset: Offset) -> u64 {
        u64::from(self.entry_before(offset).position)
    }

    /// The index entry at or before `offset`; position 0 where there is none.
    pub fn entry_before(&self, offset: Offset) -> offset_index::Entry {
        offset_index::OffsetIndex::new(self.base.0, &self.offsets).lookup(offset.0)
    }

    pub fn last_index_entry(&self) -> Option<offset_index::Entry> {
        offset_index::OffsetIndex::new(self.base.0, &self.offsets).last()
    }

    /// An offset near the batch at `position`, as the index knows it.
    pub fn offset_near(&self, position: u64) -> Offset {
        let index = offset_index::OffsetIndex::new(self.base.0, &self.offsets);
        let before = index.lookup_position(u32::try_from(position).unwrap_or(u32::MAX));
        before.map_or(self.base, |entry| Offset(entry.offset))
    }

    /// No batch before `position` has this offset or a later one; none: the index does not know.
    pub fn offset_behind(&self, position: u64) -> Option<Offset> {
        let index = offset_index::OffsetIndex::new(self.base.0, &self.offsets);
        let after = index.lookup_position(u32::try_from(position).ok()?)?;
        Some(Offset(after.offset))
    }

    /// The last two entries of the time index that are older than `timestamp_ms`, in order.
    pub fn entries_older_than(&self, timestamp_ms: i64) -> [Option<TimestampOffset>; 2] {
        let index = time_index::TimeIndex::new(self.base.0, &self.times);
        let older = index.last_two(timestamp_ms.saturating_sub(1));
        older.map(|entry| entry.map(TimestampOffset::from))
    }

    pub fn is_index_full(&self, bytes_max: u32) -> bool {
        offset_index::is_full(self.offsets.len(), bytes_max as usize)
            || time_index::is_full(self.times.len(), bytes_max as usize)
    }

    // An entry that does not rise, or that 32 bits can not tell, is left out: a reader scans
    // further.
    fn index_batch(&mut self, batch: &NotedBatch) {
        let Ok(position) = u32::try_from(batch.position) else { return };
        let entry = offset_index::Entry { offset: batch.last_offset.0, position };
        let _left_out = offset_index::append(&mut self.offsets, self.base.0, entry);
        self.index_time();
    }

    fn index_time(&mut self) {
        let Some(max) = self.max_timestamp else { return };
        let entry = time_index::Entry { timestamp: max.timestamp_ms, offset: max.offset.0 };
        let _left_out = time_index::append(&mut self.times, self.base.0, entry);
    }

    /// The file size wanted before bytes up to `end` are written, or `None` while it suffices.
    pub fn growth(&self, end: u64, segment_bytes: u32) -> Option<u64> {
        if blocks_up(end) <= self.allocated {
            return None;
        }
        // Doubling: a small partition stays small, a large one allocates seldom.
        let step =
            self.allocated.clamp(limits::SEGMENT_STEP_BYTES_MIN, limits::SEGMENT_STEP_BYTES_MAX);
        let ahead = (blocks_up(end) + step).min(blocks_up(u64::from(segment_bytes)));
        Some(ahead.max(blocks_up(end)))
    }
}

/// Where a segment ends, or is to end.
#[derive(Clone, Copy, Debug)]
pub struct SegmentEnd {
    pub position: u64,
    /// Behind the last batch before.
    pub offset: Offset,
    /// Of the batches that were walked to get there.
    pub max_timestamp: Option<TimestampOffset>,
}

impl SegmentEnd {
    /// Of a segment that has nothing.
    pub fn start_of(base: Offset) -> SegmentEnd {
        SegmentEnd { position: 0, offset: base, max_timestamp: None }
    }

    /// Takes in the next batch.
    pub fn note(&mut self, batch: &NotedBatch) {
        self.position = batch.position + batch.length;
        self.offset = batch.last_offset.plus(1);
        let known = self.max_timestamp.map_or(i64::MIN, |max| max.timestamp_ms);
        if batch.max_timestamp.timestamp_ms > known {
            self.max_timestamp = Some(batch.max_timestamp);
        }
    }
}

/// What a segment needs to know of a batch.
#[derive(Clone, Copy, Debug)]
pub struct NotedBatch {
    pub last_offset: Offset,
    pub position: u64,
    pub length: u64,
    pub max_timestamp: TimestampOffset,
}
