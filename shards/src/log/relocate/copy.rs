//! A copy of a log, in a folder of another directory, that follows the log's end.
//!
//! Lives on: the partition's shard, inside of the task that moves it. Promise: a byte of the log is
//! at its position in the copy's file of the segment; what lies before the last `sync` is durable.
//! Never: holds more than one piece in memory; lets much be written without a sync.
//! Limits: limits::MOVE_*. Read next: ../relocate.rs.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::{NotMoved, Point, Progress};
use crate::format::checkpoint;
use crate::format::file_names::{self, SegmentFile};
use crate::io::buffers::{Buffer, Slice};
use crate::io::directory;
use crate::io::file::{Durability, File, OpenOptions};
use crate::io::shortage::Shortage;
use crate::limits;
use crate::log::Log;
use crate::log::epochs::EpochStart;
use crate::log::error::Offline;
use crate::log::log_dir::LogDir;
use crate::log::lookup::remove_segment;
use crate::log::segment::file_name;
use crate::log::segment_file::open_reader;
use crate::mutation::Mutation;
use crate::units::Offset;

/// A copy being made.
pub(super) struct Copy<'a> {
    pub log: &'a Log,
    pub target: &'a LogDir,
    pub folder: PathBuf,
    progress: &'a Progress,
    at: Point,
    /// Of the segment at `at`.
    from: Option<File>,
    into: Option<File>,
    unsynced: u64,
    epochs: Vec<EpochStart>,
    /// Bytes of the transaction indexes that the copy has, by segment.
    aborted: BTreeMap<Offset, usize>,
}

/// What is to be copied next.
enum Next {
    Memory(Vec<Slice>),
    File { path: PathBuf, length: u64 },
    SegmentEnd { base: Offset, next: Offset },
    Skip { to: Offset },
    Nothing,
}

impl<'a> Copy<'a> {
    /// None of it is made yet.
    pub(super) fn new(
        log: &'a Log,
        target: &'a LogDir,
        folder: &Path,
        progress: &'a Progress,
    ) -> Copy<'a> {
        Copy {
            log,
            target,
            folder: folder.to_owned(),
            progress,
            at: Point::default(),
            from: None,
            into: None,
            unsynced: 0,
            epochs: Vec::new(),
            aborted: BTreeMap::new(),
        }
    }
}

impl Copy<'_> {
    /// Copies up to the end of the log.
    pub(super) async fn follow(&mut self) -> Result<(), NotMoved> {
        loop {
            self.check()?;
            match self.next() {
                Next::Nothing => return Ok(()),
                Next::Memory(pieces) => self.write(pieces).await?,
                Next::File { path, length } => {
                    if let Some(piece) = self.read(&path, length).await? {
                        self.write(vec![piece]).await?;
                    }
                }
                Next::SegmentEnd { base, next } => {
                    self.finish_segment(base).await?;
                    self.go_to(Point { segment: next, position: 0 });
                }
                Next::Skip { to } => self.go_to(Point { segment: to, position: 0 }),
            }
        }
    }

    pub(super) fn check(&self) -> Result<(), NotMoved> {
        if self.progress.unwanted.get() {
            return Err(NotMoved::Unwanted);
        }
        if let Some(offline) = self.log.offline() {
            return Err(offline.into());
        }
        match self.target.journal().failure() {
            Some(failed) => Err(Offline::Journal(failed).into()),
            None => Ok(()),
        }
    }

    fn next(&self) -> Next {
        let mut state = self.log.state_mut();
        let Point { segment: base, position } = self.at;
        let first_base = state.segments[0].base;
        let Some(segment) = state.segment(base) else {
            // Cut off meanwhile, or it is the beginning.
            let index = state.segments.partition_point(|segment| segment.base < base);
            let to = state.segments.get(index).map_or(first_base, |segment| segment.base);
            return Next::Skip { to };
        };
        let (size, path) = (segment.size, segment.path().to_owned());
        if position == size {
            let after = state.segments.iter().find(|segment| segment.base > base);
            return after
                .map_or(Next::Nothing, |after| Next::SegmentEnd { base, next: after.base });
        }
        let end = size.min(position + limits::MOVE_PIECE_BYTES as u64);
        let cached = state.tail.first_batch().filter(|batch| batch.segment <= base);
        let in_memory_from = cached.map_or(size, |batch| match batch.segment < base {
            true => 0,
            false => batch.position,
        });
        if position < in_memory_from {
            return Next::File { path, length: end.min(in_memory_from) - position };
        }
        let mut pieces = Vec::new();
        state.tail.slices(base, position, end, &mut pieces);
        Next::Memory(pieces)
    }

    fn go_to(&mut self, at: Point) {
        if at.segment != self.at.segment {
            (self.from, self.into) = (None, None);
        }
        self.at = at;
        self.progress.at.set(at);
    }

    /// Reads a piece; `None` where its segment was cut off meanwhile.
    async fn read(&mut self, path: &Path, length: u64) -> Result<Option<Slice>, NotMoved> {
        let Point { segment: base, position } = self.at;
        let read = async {
            let file = match &self.from {
                Some(file) => file.clone(),
                None => open_reader(path).await?,
            };
            let was_resident = file.resident(position, length);
            let buffer = Buffer::with_capacity(length as usize);
            let (read, buffer) = file.read_exact_at(buffer, length as usize, position).await;
            if !was_resident {
                file.forget(position, length);
            }
            read.map(|()| (file, buffer.freeze()))
        };
        match read.await {
            Ok((file, piece)) => {
                self.from = Some(file);
                Ok(Some(piece))
            }
            Err(_) if self.log.state_mut().segment(base).is_none() => Ok(None),
            Err(error) => Err(NotMoved::Unreadable(error)),
        }
    }

    async fn write(&mut self, pieces: Vec<Slice>) -> Result<(), NotMoved> {
        let Point { segment, position } = self.at;
        let length: u64 = pieces.iter().map(|piece| piece.len() as u64).sum();
        let file = match &self.into {
            Some(file) => file.clone(),
            None => {
                let path = self.folder.join(file_name(segment, "log"));
                let options = OpenOptions::new().write(true).create(true);
                File::open(&path, options).await.map_err(writing)?
            }
        };
        self.into = Some(file.clone());
        file.write_all_at(pieces, position, Durability::Cached).await.map_err(writing)?;
        self.unsynced += length;
        self.go_to(Point { segment, position: position + length });
        if self.unsynced >= limits::MOVE_UNSYNCED_BYTES_MAX {
            self.sync().await?;
        }
        Ok(())
    }

    /// Makes what was written durable, and leaves the memory to others.
    pub(super) async fn sync(&mut self) -> Result<(), NotMoved> {
        if let Some(file) = &self.into
            && !Mutation::MoveUnsynced.is_planted()
        {
            file.sync_all().await.map_err(writing)?;
            file.forget(0, self.at.position);
        }
        self.unsynced = 0;
        Ok(())
    }

    /// The segment is whole: its bytes durable, its indexes beside it.
    async fn finish_segment(&mut self, base: Offset) -> Result<(), NotMoved> {
        self.sync().await?;
        let indexes = {
            let mut state = self.log.state_mut();
            let segment = state.segment(base);
            segment.map(|segment| (segment.offsets.clone(), segment.times.clone()))
        };
        let Some((offsets, times)) = indexes else { return Ok(()) };
        for (suffix, bytes) in [("index", offsets), ("timeindex", times)] {
            let path = self.folder.join(file_name(base, suffix));
            directory::write_atomically(&path, &bytes).await.map_err(writing)?;
        }
        Ok(())
    }

    /// Indexes of transactions, producers' snapshots, and the epochs, as far as they changed.
    pub(super) async fn copy_side_files(&mut self) -> Result<(), NotMoved> {
        // What a snapshot tells of is in the indexes first.
        for (base, entries) in self.log.aborted_entries() {
            if self.aborted.get(&base) != Some(&entries.len()) {
                let path = self.folder.join(file_name(base, "txnindex"));
                directory::write_atomically(&path, &entries).await.map_err(writing)?;
                self.aborted.insert(base, entries.len());
            }
        }
        let source = self.log.directory();
        let listed = directory::list(&source).await.map_err(NotMoved::Unreadable)?;
        for entry in listed {
            let Some((_, kind, file_names::Transition::None)) =
                file_names::parse_segment(&entry.name)
            else {
                continue;
            };
            let path = self.folder.join(&entry.name);
            let is_wanted = kind == SegmentFile::ProducerSnapshot;
            if !is_wanted || directory::exists(&path).await.map_err(writing)? {
                continue;
            }
            let from = source.join(&entry.name);
            // One that is gone meanwhile is of a segment that was cut off.
            let Ok(bytes) = directory::read_to_vec(&from, limits::SNAPSHOT_BYTES_MAX).await else {
                continue;
            };
            directory::write_atomically(&path, &bytes).await.map_err(writing)?;
        }
        let epochs = self.log.state().epochs.entries().to_vec();
        if epochs != self.epochs {
            let text = checkpoint::encode_epochs(&epochs);
            let path = self.folder.join(checkpoint::LEADER_EPOCHS);
            directory::write_atomically(&path, text.as_bytes()).await.map_err(writing)?;
            self.epochs = epochs;
        }
        Ok(())
    }

    /// Segments that were cut off the log since they were copied.
    pub(super) async fn remove_what_was_cut(&self) -> Result<(), NotMoved> {
        for entry in directory::list(&self.folder).await.map_err(writing)? {
            if let Some((base, SegmentFile::Log, _)) = file_names::parse_segment(&entry.name)
                && self.log.state_mut().segment(Offset(base)).is_none()
            {
                let path = self.folder.join(&entry.name);
                directory::remove_file(&path).await.map_err(writing)?;
                remove_segment(&self.folder, Offset(base)).await;
            }
        }
        Ok(())
    }
}

/// Why the new directory is not written.
pub(super) fn writing(error: io::Error) -> NotMoved {
    match Shortage::of(&error) {
        Some(Shortage::Space) => NotMoved::DiskFull,
        _ => NotMoved::Target(error),
    }
}
