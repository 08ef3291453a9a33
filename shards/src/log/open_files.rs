//! Which files of segments are open, and which are closed to make room for others.
//!
//! Lives on: its shard, one for all of its log directories. A descriptor that was used since it was
//! last looked at stays open, as far as that is possible; the others are closed in the order in
//! which they were opened. What someone uses is not closed: that would free nothing.
//! Promise: the descriptors of segments have a bound, however many partitions there are. A file
//! with bytes that were not synced stays open until they are: its log is asked to sync them. Who
//! finds no place for long is refused as by the system (EMFILE), and nobody waits for ever.
//! Limits: limits::segment_files_max, limits::OPEN_FILE_*. Read next: segment_file.rs.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::rc::{Rc, Weak};

use super::segment_file::SegmentFile;
use super::state::{Inner, Log};
use crate::clock;
use crate::io::{executor, shortage};
use crate::limits;
use crate::sync::Notify;

/// What a file is open for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

impl Access {
    /// Of files that are kept open, how many may be open where all of them are in use. Readers
    /// who take their time leave some to what is written, which is soon done.
    pub(super) fn crowded(self, max: usize) -> usize {
        match self {
            Access::Read => max + max.div_ceil(8),
            Access::Write => max + max.div_ceil(4),
        }
    }
}

/// What came of a look at an open file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// It is closed now, or was.
    Closed,
    /// Someone uses it, or did since the last look.
    Used,
    /// What was written to it is not synced.
    Unsynced,
}

/// See the module. Cheap to clone.
#[derive(Clone)]
pub struct OpenFiles(Rc<Shared>);

struct Shared {
    max: usize,
    /// Places that are taken.
    open: Cell<usize>,
    entries: RefCell<VecDeque<Entry>>,
    /// Logs that were asked to sync, and have not done so yet.
    asked: Cell<usize>,
    left: Notify,
}

struct Entry {
    file: Weak<SegmentFile>,
    access: Access,
    /// The log that writes the file.
    log: Weak<Inner>,
}

/// A place among the open files, until it is dropped.
pub(super) struct Place(OpenFiles);

impl Drop for Place {
    fn drop(&mut self) {
        let shared = &self.0.0;
        shared.open.set(shared.open.get() - 1);
        shared.left.notify_one();
    }
}

impl OpenFiles {
    /// For so many files.
    pub fn new(max: usize) -> OpenFiles {
        OpenFiles(Rc::new(Shared {
            max: max.max(1),
            open: Cell::new(0),
            entries: RefCell::default(),
            asked: Cell::new(0),
            left: Notify::new(),
        }))
    }

    /// Descriptors that are open for segments.
    pub fn len(&self) -> usize {
        self.0.open.get()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many may be open for long.
    pub fn max(&self) -> usize {
        self.0.max
    }

    /// A place for one more file. Files that are in use are waited for, but not long: who uses them
    /// may wait for this one.
    pub(super) async fn place(&self, access: Access) -> io::Result<Place> {
        let since = clock::now();
        loop {
            self.close_some();
            if self.len() < self.max() {
                break;
            }
            let waited = since.elapsed();
            if waited >= limits::OPEN_FILE_WAIT && self.len() < access.crowded(self.max()) {
                break;
            }
            if waited >= limits::OPEN_FILE_PATIENCE {
                return Err(shortage::no_descriptors());
            }
            // A file that is not used any more tells nobody.
            let _late = clock::timeout(limits::OPEN_FILE_LOOK, self.0.left.notified()).await;
        }
        self.0.open.set(self.0.open.get() + 1);
        Ok(Place(self.clone()))
    }

    /// Notes a descriptor that was opened.
    pub(super) fn note(&self, file: &Rc<SegmentFile>, access: Access, log: Option<&Log>) {
        let log = log.map_or_else(Weak::new, |log| Rc::downgrade(&log.0));
        let mut entries = self.0.entries.borrow_mut();
        entries.push_back(Entry { file: Rc::downgrade(file), access, log });
        // Files that were closed otherwise, or are no more.
        if entries.len() > 2 * self.len() + limits::OPEN_FILES_LOOKED_AT {
            let is_open =
                |entry: &Entry| entry.file.upgrade().is_some_and(|file| file.is_open(entry.access));
            entries.retain(is_open);
        }
    }

    /// Closes descriptors until there is room for one more, or enough were looked at for now.
    fn close_some(&self) {
        let looks = limits::OPEN_FILES_LOOKED_AT.min(2 * self.0.entries.borrow().len());
        for _ in 0..looks {
            if self.len() < self.max() {
                break;
            }
            let Some(entry) = self.0.entries.borrow_mut().pop_front() else { break };
            let Some(file) = entry.file.upgrade() else { continue };
            match file.close_unused(entry.access) {
                Closing::Closed => continue,
                Closing::Used => {}
                Closing::Unsynced => self.ask(&file, &entry.log),
            }
            self.0.entries.borrow_mut().push_back(entry);
        }
    }

    /// Has a log sync what it wrote, so that its file can be closed.
    fn ask(&self, file: &Rc<SegmentFile>, log: &Weak<Inner>) {
        let Some(log) = log.upgrade().map(Log) else { return };
        if self.0.asked.get() >= limits::RELIEF_PARTITIONS_MAX || !file.begin_asking() {
            return;
        }
        self.0.asked.set(self.0.asked.get() + 1);
        let (files, file) = (self.clone(), file.clone());
        drop(executor::spawn(async move {
            // Not what memory holds as well: who writes that may wait for a place here.
            log.sync_segments().await;
            file.end_asking();
            files.0.asked.set(files.0.asked.get() - 1);
            files.close_some();
        }));
    }
}
