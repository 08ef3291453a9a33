//! The file of a segment: its identity, and its descriptors while it is open.
//!
//! Lives on: the partition's shard. A descriptor that nobody uses may be closed to make room for
//! others (open_files.rs); the file is opened again by its name when it is needed.
//! Promise: a file that has lost its name is never opened by it again: whoever asks is told, and
//! finds the segment that is there now. A descriptor whose writes are not synced is not closed: the
//! error of a write-back is told to descriptors that were open when it happened.
//! Limits: limits::OPEN_FILE_*. Read next: open_files.rs, segment.rs.

use std::cell::{Cell, RefCell};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::open_files::{Access, Closing, OpenFiles, Place};
use super::segment::file_name;
use super::state::Log;
use super::tail::PageReferences;
use crate::io::directory;
use crate::io::file::{File, OpenOptions};
use crate::journal::PageSequence;
use crate::mutation::Mutation;
use crate::units::Offset;

/// The file of a segment: what tells a segment from the one that takes its place. A compaction and
/// a move put other bytes under the same base offset; whoever kept the file from before an await
/// asks with it, and meets no index and no checked range of the file that replaced it.
pub struct SegmentFile {
    pub base: Offset,
    path: PathBuf,
    /// The path leads to another file by now, or to none.
    has_lost_name: Cell<bool>,
    /// Its file is there, and its name survives a crash.
    is_made: Cell<bool>,
    reader: RefCell<Option<OpenFile>>,
    writer: RefCell<Option<OpenFile>>,
    /// Journal pages whose bytes are written here but not yet synced.
    unsynced: RefCell<PageReferences>,
    /// Its log was asked to sync it, so that it can be closed.
    is_asked: Cell<bool>,
    files: OpenFiles,
}

/// A file that is open, with its place among those that are.
struct OpenFile {
    file: File,
    is_used: Cell<bool>,
    _place: Place,
}

impl SegmentFile {
    pub(super) fn new(directory: &Path, base: Offset, files: &OpenFiles) -> Rc<SegmentFile> {
        Rc::new(SegmentFile {
            base,
            path: directory.join(file_name(base, "log")),
            has_lost_name: Cell::new(false),
            is_made: Cell::new(false),
            reader: RefCell::default(),
            writer: RefCell::default(),
            unsynced: RefCell::default(),
            is_asked: Cell::new(false),
            files: files.clone(),
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn files(&self) -> &OpenFiles {
        &self.files
    }

    /// The file is about to lose its name: to a file that takes its place, with its folder, or
    /// because it is deleted. Who has it open goes on.
    pub fn lose_name(&self) {
        self.has_lost_name.set(true);
    }

    pub fn has_lost_name(&self) -> bool {
        self.has_lost_name.get()
    }

    /// The file to be read, if it is open.
    pub fn open_reader(&self) -> Option<File> {
        use_open(&self.reader)
    }

    /// The file to be read.
    pub async fn reader(self: &Rc<Self>) -> io::Result<File> {
        if let Some(file) = self.open_reader() {
            return Ok(file);
        }
        self.check_name()?;
        let place = self.files.place(Access::Read).await?;
        let opened = open_reader(&self.path).await;
        if let Some(file) = self.open_reader() {
            return Ok(file);
        }
        // It may be another file by now.
        self.check_name()?;
        let file = opened?;
        self.keep(Access::Read, file.clone(), place, None);
        Ok(file)
    }

    pub(super) fn is_open(&self, access: Access) -> bool {
        self.slot(access).borrow().is_some()
    }

    fn slot(&self, access: Access) -> &RefCell<Option<OpenFile>> {
        match access {
            Access::Read => &self.reader,
            Access::Write => &self.writer,
        }
    }

    /// The file for direct writes, if it is open.
    pub fn open_writer(&self) -> Option<File> {
        use_open(&self.writer)
    }

    /// The file for direct writes, made if it is new. The caller has the turn of the log's files.
    pub(super) async fn writer(self: &Rc<Self>, log: &Log) -> io::Result<File> {
        if let Some(file) = self.open_writer() {
            return Ok(file);
        }
        self.check_name()?;
        let place = self.files.place(Access::Write).await?;
        let file = match self.is_made.get() {
            true => open_writer(&self.path).await?,
            false => create_writer(&self.path).await?,
        };
        self.is_made.set(true);
        self.keep(Access::Write, file.clone(), place, Some(log));
        Ok(file)
    }

    pub fn close_writer(&self) {
        let closed = self.writer.take();
        drop(closed);
    }

    /// Bytes of these pages are written, by the writer that is open.
    pub(super) fn note_unsynced(&self, pages: &mut PageReferences) {
        self.unsynced.borrow_mut().append(pages);
    }

    /// What a sync that begins now makes durable.
    pub(super) fn take_unsynced(&self) -> PageReferences {
        self.unsynced.take()
    }

    pub(super) fn is_synced(&self) -> bool {
        self.unsynced.borrow().is_empty()
    }

    /// The oldest page that is not synced.
    pub(super) fn oldest_unsynced(&self) -> Option<PageSequence> {
        self.unsynced.borrow().oldest()
    }

    /// Closes a descriptor that was not used since it was last asked for this, and is not in use.
    pub(super) fn close_unused(&self, access: Access) -> Closing {
        let slot = self.slot(access);
        {
            let slot = slot.borrow();
            let Some(open) = slot.as_ref() else { return Closing::Closed };
            let is_used = open.is_used.take();
            if is_used || open.file.is_shared() {
                return Closing::Used;
            }
        }
        if access == Access::Write && !self.is_synced() && !Mutation::UnsyncedClosed.is_planted() {
            return Closing::Unsynced;
        }
        let closed = slot.take();
        drop(closed);
        Closing::Closed
    }

    /// Whether its log is to be asked to sync it, which it is once at a time.
    pub(super) fn begin_asking(&self) -> bool {
        !self.is_asked.replace(true)
    }

    pub(super) fn end_asking(&self) {
        self.is_asked.set(false);
    }

    fn keep(self: &Rc<Self>, access: Access, file: File, place: Place, log: Option<&Log>) {
        let open = OpenFile { file, is_used: Cell::new(true), _place: place };
        let before = self.slot(access).replace(Some(open));
        assert!(before.is_none(), "a file is opened twice");
        self.files.note(self, access, log);
    }

    fn check_name(&self) -> io::Result<()> {
        if !self.has_lost_name() {
            return Ok(());
        }
        let text = "another file took the place of the segment's, or will";
        Err(io::Error::new(io::ErrorKind::NotFound, text))
    }
}

fn use_open(slot: &RefCell<Option<OpenFile>>) -> Option<File> {
    let slot = slot.borrow();
    let open = slot.as_ref()?;
    open.is_used.set(true);
    Some(open.file.clone())
}

/// The segment's file, made if it is new; then its name survives a crash when this returns.
async fn create_writer(path: &Path) -> io::Result<File> {
    let is_new = !directory::exists(path).await?;
    if !is_new || Mutation::SegmentNameUnsynced.is_planted() {
        return open_writer(path).await;
    }
    // Opened first: once the file is there, nothing would tell that its name is not synced.
    let parent = directory::open_parent(path).await?;
    let file = open_writer(path).await?;
    parent.sync_all().await?;
    Ok(file)
}

pub async fn open_writer(path: &Path) -> io::Result<File> {
    File::open(path, OpenOptions::new().write(true).create(true).direct(true)).await
}

pub async fn open_reader(path: &Path) -> io::Result<File> {
    File::open(path, OpenOptions::new()).await
}
