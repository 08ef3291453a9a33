//! The two walks of a compaction: keys into the map, and what stays into new segments.
//!
//! Lives on: the partition's shard. Read next: filter.rs, swap.rs.

use std::io;
use std::rc::Rc;

use super::filter::{LastBatches, Round, filter};
use super::offset_map::{Full, OffsetMap};
use super::transactions::Transactions;
use super::{Compacted, NotCompacted, Source, io_error, time_of};
use crate::clock::{self, Instant};
use crate::format::batch::{Batch, BatchError, Batches, HEADER_BYTES, Header, size_at_front};
use crate::format::records;
use crate::format::transaction_index::Aborted;
use crate::io::buffers::{Buffer, Slice};
use crate::io::directory;
use crate::io::executor;
use crate::io::file::{Durability, File, OpenOptions};
use crate::limits;
use crate::log::Log;
use crate::log::aborted::SegmentAborted;
use crate::log::recovery::noted;
use crate::log::segment::{Segment, file_name};
use crate::log::segment_file::SegmentFile;
use crate::mutation::Mutation;
use crate::units::Offset;

/// What a pass went through, and how fast it may.
pub(super) struct Progress {
    pub bytes_read: u64,
    pub bytes_kept: u64,
    bytes_per_second_max: f64,
    began: Instant,
}

impl Progress {
    pub(super) fn new(bytes_per_second_max: f64) -> Progress {
        let began = clock::now();
        Progress { bytes_read: 0, bytes_kept: 0, bytes_per_second_max, began }
    }

    /// Lets others have their turn, and waits while the pass is faster than it may be.
    async fn pause(&self, bytes: usize) {
        executor::note_work(bytes);
        executor::wait_for_fresh_turn().await;
        let due = time_of(self.bytes_read + self.bytes_kept, self.bytes_per_second_max);
        let ahead = due.saturating_sub(self.began.elapsed());
        if !ahead.is_zero() {
            clock::sleep(ahead.min(limits::COMPACTION_PAUSE_MAX)).await;
        }
    }
}

/// Notes the last offset of each key of these segments, as far as the map holds them.
pub(super) async fn map_keys(
    log: &Log,
    segments: &[&Source],
    map: &mut OffsetMap,
    transactions: &mut Transactions,
    progress: &mut Progress,
) -> Result<(), NotCompacted> {
    let from = map.end();
    for source in segments {
        let mut pieces = Pieces::open(source).await?;
        while let Some((piece, position)) = pieces.next().await? {
            let mut decompressed = 0;
            let mut at = position;
            for batch in Batches::new(&piece).map_while(Result::ok) {
                let mapped = map_batch(&batch, from, map, transactions);
                match mapped.map_err(|cause| source.damaged(at, cause))? {
                    Ok(bytes) => decompressed += bytes,
                    Err(Full) => return Ok(()),
                }
                at += batch.size() as u64;
            }
            progress.bytes_read += piece.len() as u64;
            progress.pause(piece.len() + decompressed).await;
            check(log)?;
        }
    }
    map.set_whole();
    Ok(())
}

/// The bytes that were decompressed.
fn map_batch(
    batch: &Batch<'_>,
    from: i64,
    map: &mut OffsetMap,
    transactions: &mut Transactions,
) -> Result<Result<usize, Full>, String> {
    let is_aborted = transactions.next(batch);
    let mut scratch = Vec::new();
    if !batch.attributes().is_control() && !is_aborted {
        let opened = records::open(batch, &mut scratch, limits::RECORDS_DECOMPRESSED_BYTES_MAX);
        for record in opened.map_err(|error| error.to_string())? {
            let record = record.map_err(|error| error.to_string())?;
            let offset = record.offset(batch);
            if let Some(key) = record.key
                && offset >= from
                && map.put(key, offset).is_err()
            {
                return Ok(Err(Full));
            }
        }
    }
    map.set_end(batch.next_offset());
    Ok(Ok(scratch.len()))
}

fn check(log: &Log) -> Result<(), NotCompacted> {
    match log.offline() {
        Some(offline) => Err(offline.into()),
        None if log.0.is_closing.get() => Err(crate::log::error::Offline::Stopping.into()),
        None => Ok(()),
    }
}

impl Source {
    fn damaged(&self, position: u64, cause: impl ToString) -> NotCompacted {
        let path = self.file.path().display().to_string();
        NotCompacted::Damaged { path, position, cause: cause.to_string() }
    }
}

/// The second walk.
pub(super) struct Copy<'a> {
    log: &'a Log,
    map: &'a OffsetMap,
    producers: &'a LastBatches,
    transactions: Transactions,
    progress: Progress,
    scratch: Vec<u8>,
}

impl<'a> Copy<'a> {
    pub(super) fn new(
        log: &'a Log,
        map: &'a OffsetMap,
        producers: &'a LastBatches,
        transactions: Transactions,
        progress: Progress,
    ) -> Copy<'a> {
        Copy { log, map, producers, transactions, progress, scratch: Vec::new() }
    }

    pub(super) fn done(&self, end: Offset) -> Compacted {
        Compacted {
            end,
            bytes_read: self.progress.bytes_read,
            bytes_kept: self.progress.bytes_kept,
            keys: self.map.len(),
        }
    }

    /// Writes one segment of what stays of a group, and puts it in the place of the group.
    pub(super) async fn replace(&mut self, group: &[Source]) -> Result<(), NotCompacted> {
        let made = self.write(group).await;
        let replaced = match made {
            Ok(made) => self.log.swap(group, made).await,
            Err(error) => Err(error),
        };
        if replaced.is_err()
            && let Some(first) = group.first()
        {
            self.log.remove_cleaned(first.view.base).await;
        }
        replaced
    }

    async fn write(&mut self, group: &[Source]) -> Result<Segment, NotCompacted> {
        let first = group.first().ok_or(NotCompacted::CutOff)?;
        let (base, directory) = (first.view.base, self.log.directory());
        let path = directory.join(file_name(base, "log.cleaned"));
        let options = OpenOptions::new().write(true).create(true).truncate(true);
        let file = File::open(&path, options).await;
        let file = file.map_err(|error| self.log.refused(&first.file, error))?;
        let last = group.last().ok_or(NotCompacted::CutOff)?;
        let files = first.file.files();
        let mut segment = Segment::new(&directory, base, last.view.youngest_ms, files);
        for source in group {
            let mut pieces = Pieces::open(source).await?;
            while let Some((piece, position)) = pieces.next().await? {
                let kept = self.kept_of(source, &piece, position)?;
                self.append(&file, &mut segment, kept)
                    .await
                    .map_err(|error| self.log.refused(&first.file, error))?;
                self.progress.bytes_read += piece.len() as u64;
                self.progress.pause(piece.len() + self.scratch.len()).await;
                check(self.log)?;
            }
        }
        segment.seal();
        segment.allocated = segment.size;
        let aborted = self.transactions.take_kept();
        let entries = aborted.iter().flat_map(Aborted::encode).collect();
        segment.aborted = SegmentAborted::on_file(entries);
        let finished = finish(&directory, &file, &segment).await;
        finished.map_err(|error| self.log.refused(&first.file, error))?;
        Ok(segment)
    }

    fn kept_of(
        &mut self,
        source: &Source,
        piece: &[u8],
        position: u64,
    ) -> Result<Vec<u8>, NotCompacted> {
        let config = self.log.config();
        let round = Round {
            map: self.map,
            now_ms: clock::wall_ms(),
            tombstone_ms: config.compaction.tombstone_ms,
            producers: self.producers,
        };
        let mut kept = Vec::new();
        let mut at = position;
        for batch in Batches::new(piece).map_while(Result::ok) {
            filter(&batch, &round, &mut self.transactions, &mut self.scratch, &mut kept)
                .map_err(|error| source.damaged(at, error))?;
            at += batch.size() as u64;
        }
        Ok(kept)
    }

    async fn append(
        &mut self,
        file: &File,
        segment: &mut Segment,
        kept: Vec<u8>,
    ) -> io::Result<()> {
        let (start, bytes) = (segment.size, kept.len() as u64);
        if kept.is_empty() {
            return Ok(());
        }
        let interval = self.log.config().index_interval_bytes;
        let mut position = start;
        for batch in Batches::new(&kept).map_while(Result::ok) {
            segment.note_batch(&noted(&batch, position), interval);
            position += batch.size() as u64;
        }
        assert!(position == start + bytes, "what was written is no run of batches");
        self.progress.bytes_kept += bytes;
        file.write_all_at(vec![Slice::from(kept)], start, Durability::Cached).await
    }
}

/// Makes the files of a new segment whole and durable, under the names of a compaction that is not
/// decided yet.
async fn finish(directory: &std::path::Path, file: &File, segment: &Segment) -> io::Result<()> {
    if !Mutation::CleanedUnsynced.is_planted() {
        file.sync_all().await?;
    }
    file.forget(0, segment.size);
    let (offsets, times) = (segment.offsets.as_slice(), segment.times.as_slice());
    let indexes =
        [("index", offsets), ("timeindex", times), ("txnindex", segment.aborted.entries())];
    for (suffix, bytes) in indexes {
        if suffix == "txnindex" && bytes.is_empty() {
            continue;
        }
        let path = directory.join(file_name(segment.base, &format!("{suffix}.cleaned")));
        directory::write_atomically(&path, bytes).await?;
    }
    directory::sync(directory).await
}

/// Of the first batch of a segment.
pub(super) async fn first_timestamp_ms(file: &Rc<SegmentFile>) -> io::Result<Option<i64>> {
    let reader = file.reader().await?;
    let head = Buffer::with_capacity(HEADER_BYTES);
    let (read, head) = reader.read_exact_at(head, HEADER_BYTES, 0).await;
    read?;
    Ok(Header::peek(head.as_slice()).ok().map(|(header, _)| header.max_timestamp))
}

/// A segment's file in pieces of whole batches, whose checksums hold.
struct Pieces<'a> {
    source: &'a Source,
    file: File,
    position: u64,
}

impl<'a> Pieces<'a> {
    async fn open(source: &'a Source) -> Result<Pieces<'a>, NotCompacted> {
        let file = source.file.reader().await;
        let file = file.map_err(|error| io_error(&source.file, error))?;
        Ok(Pieces { source, file, position: 0 })
    }

    /// The next piece and its position.
    async fn next(&mut self) -> Result<Option<(Slice, u64)>, NotCompacted> {
        let position = self.position;
        let mut wanted = limits::COMPACTION_PIECE_BYTES;
        loop {
            let left = self.source.bytes - position;
            if left == 0 {
                return Ok(None);
            }
            let length = left.min(wanted as u64) as usize;
            let piece = self.read(position, length).await;
            let piece = piece.map_err(|error| io_error(&self.source.file, error))?;
            let (sound, cause) = sound(&piece);
            if sound > 0 {
                self.position += sound as u64;
                return Ok(Some((piece.slice(0..sound), position)));
            }
            match cause {
                Some(BatchError::Truncated { .. }) if (length as u64) < left => {
                    wanted = size_at_front(&piece).unwrap_or(0).max(wanted * 2);
                }
                Some(cause) => return Err(self.source.damaged(position, cause)),
                None => return Err(self.source.damaged(position, "no batch is there")),
            }
        }
    }

    async fn read(&self, position: u64, length: usize) -> io::Result<Slice> {
        let was_resident = self.file.resident(position, length as u64);
        let buffer = Buffer::with_capacity(length);
        let (read, buffer) = self.file.read_exact_at(buffer, length, position).await;
        if !was_resident {
            self.file.forget(position, length as u64);
        }
        read.map(|()| buffer.freeze())
    }
}

/// How many bytes are whole batches whose checksums hold, and why the next is none.
fn sound(bytes: &[u8]) -> (usize, Option<BatchError>) {
    let mut at = 0;
    while at < bytes.len() {
        let batch =
            Batch::parse(&bytes[at..]).and_then(|batch| batch.verify_checksum().map(|()| batch));
        match batch {
            Ok(batch) => at += batch.size(),
            Err(cause) => return (at, Some(cause)),
        }
    }
    (at, None)
}
