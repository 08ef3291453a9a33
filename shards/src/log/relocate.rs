//! Moves a log to another log directory of its core, while it is written and read.
//!
//! The log's segments are copied into a folder with Kafka's name for it, `topic-0.<id>-future`,
//! byte by byte at the same positions, so that indexes, tail and readers need not change. The copy
//! follows the end of the log; the last step holds the partition's appends.
//!
//! The last step, in this order: all appends are durable in the old directory · the rest is copied,
//! files and names in the new folder are synced, the file `ringlog-whole` last · the old folder is
//! renamed to `-delete`, its directory synced · the new folder gets the log's name, its directory
//! synced · the journal of the new directory takes the appends.
//!
//! What a recovery finds, and which folder is the log:
//! - the log's folder: it is the log, wherever else a `-future` folder is. That one is not whole,
//!   or nothing was appended since it was; it is copied anew.
//! - no such folder in the directory that the metadata names, and elsewhere a `-future` folder with
//!   the file `ringlog-whole`: that is the log. The old folder goes only when the new one is whole
//!   and durable, and no append is let in until the new one has its name. (A directory that is not
//!   mounted proves nothing: then the log is missed.)
//! - none of these, but a `-delete` folder of the log: it has left for a directory that is away,
//!   and the metadata has not heard of it. The log is missed.
//!
//! Entries of a journal go to the log's folder of their own directory. Where there is none, they
//! are of before the move, and the folder elsewhere holds them. Where the log has come back, an
//! entry `Arrived` that is written before the last step makes void what is older in that journal.
//!
//! Lives on: the partition's shard. Promise: what was acknowledged is in the folder that recovery
//! chooses, or in its directory's journal. An error of the new directory before the last step ends
//! the move and takes that directory offline; a full disk is waited for. Never: holds more than one
//! piece in memory. Limits: limits::MOVE_*. Read next: relocate/copy.rs, ../store/moves.rs.

mod copy;

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};

use self::copy::{Copy, writing};
use super::destage::release;
use super::error::{Offline, OpenError};
use super::lifecycle::{self, remove_later};
use super::log_dir::LogDir;
use super::state::{Location, Log};
use crate::format::file_names::{self, DirectoryState};
use crate::format::partition_metadata;
use crate::io::directory;
use crate::journal::NotAdmitted;
use crate::limits;
use crate::units::Offset;

/// The file that says that a copy is whole and durable.
pub const WHOLE: &str = "ringlog-whole";

/// A place in a log: a segment, and a position in its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point {
    segment: Offset,
    position: u64,
}

/// How far a copy is, and whether it is wanted: what the task that copies shares with who asks.
#[derive(Debug, Default)]
pub struct Progress {
    at: Cell<Point>,
    unwanted: Cell<bool>,
}

/// What a copy has of its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    pub bytes: u64,
    pub offset_lag: i64,
}

/// Why a move did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum NotMoved {
    #[error("it is wanted elsewhere, or no longer")]
    Unwanted,
    #[error("the disk is full")]
    DiskFull,
    #[error(transparent)]
    Offline(#[from] Offline),
    #[error("what is to be copied can not be read: {0}")]
    Unreadable(io::Error),
    #[error("the new directory: {0}")]
    Target(io::Error),
    #[error("the new directory has a folder of this name: {0}")]
    NameTaken(String),
    /// A recovery may find the old folder or the copy to be the log, so the copy must stay.
    #[error("the old directory, when the copy was to take its place: {0}")]
    Undecided(io::Error),
}

impl Progress {
    /// Has the move end before its last step.
    pub fn give_up(&self) {
        self.unwanted.set(true);
    }
}

impl Log {
    /// Moves the log. When it returns well, the log is in `target`, which may have failed then.
    pub async fn relocate(
        &self,
        target: &LogDir,
        folder: &Path,
        progress: &Progress,
    ) -> Result<(), NotMoved> {
        // A compaction would put other files in the place of those that are copied.
        let _whole = self.0.compaction_turn.acquire().await;
        let mut copy = Copy::new(self, target, folder, progress);
        loop {
            match copy.make().await {
                Err(NotMoved::DiskFull) => {
                    tracing::warn!(folder = %folder.display(), "a move waits: the disk is full");
                    crate::clock::sleep(limits::SHORTAGE_RETRY).await;
                }
                Err(NotMoved::Target(error)) => {
                    let cause = format!("{}: {error}", folder.display());
                    target.journal().fail(&cause);
                    return Err(NotMoved::Target(error));
                }
                made => return made,
            }
        }
    }

    /// A folder for a copy of the log in `target`, with the log's identity.
    pub async fn future_folder(&self, target: &LogDir) -> Result<PathBuf, NotMoved> {
        let (topic, _) = self.name().rsplit_once('-').unwrap_or((self.name(), ""));
        let id = crate::entropy::uuid().as_u128();
        let state = DirectoryState::Future;
        let name = file_names::marked_directory(topic, self.id().index, state, id);
        let folder = target.path().join(name);
        let made = async {
            directory::create_all(&folder).await?;
            let identity = partition_metadata::encode(self.id().topic);
            let path = folder.join(partition_metadata::FILE_NAME);
            directory::write_atomically(&path, identity.as_bytes()).await
        };
        match made.await {
            Ok(()) => Ok(folder),
            Err(error) => {
                let refused = writing(error);
                match &refused {
                    NotMoved::Target(error) => {
                        target.journal().fail(&format!("{}: {error}", folder.display()));
                    }
                    // It has no room: the next try takes another name.
                    _ => drop(directory::remove_all(&folder).await),
                }
                Err(refused)
            }
        }
    }

    /// What a copy has.
    pub fn copied(&self, progress: &Progress) -> Copied {
        let at = progress.at.get();
        let state = self.state();
        let before = state.segments.iter().filter(|segment| segment.base < at.segment);
        let bytes = before.map(|segment| segment.size).sum::<u64>() + at.position;
        let index = state.segment_of(at.segment);
        let segment = &state.segments[index];
        let end = state.segments.get(index + 1).map_or(state.next(), |next| next.base);
        let is_whole = segment.base == at.segment && segment.size == at.position;
        let next = if is_whole { end } else { segment.offset_near(at.position) };
        let lag = state.next().0 - next.0;
        Copied { bytes, offset_lag: if is_whole { lag } else { lag.max(1) } }
    }

    /// Goes on in `location`, which holds the whole log.
    fn switch(&self, location: Location) {
        let old = self.location();
        let (references, memory_bytes) = {
            let mut state = self.state_mut();
            assert!(state.durable() == state.next(), "appends are under way in the old journal");
            let mut references = state.tail.hand_over();
            for segment in &mut state.segments {
                references.append(&mut segment.file().take_unsynced());
                segment.relocate(&location.directory);
            }
            if let Some(page) = state.dirty_since.take() {
                old.log_dir.note_clean(page, self.id());
            }
            if let Some(oldest) = state.cached_since.take() {
                old.log_dir.note_uncached(oldest, self.id());
            }
            // The other directory counts by itself.
            state.tail.forget_numbers();
            state.invariants();
            (references, state.tail.memory_bytes())
        };
        release(&old.log_dir, references);
        old.log_dir.charge(memory_bytes, 0);
        location.log_dir.charge(0, memory_bytes);
        *self.0.location.borrow_mut() = location.clone();
        old.log_dir.fit_memory();
        self.update_cached();
        location.log_dir.fit_memory();
    }
}

impl Copy<'_> {
    async fn make(&mut self) -> Result<(), NotMoved> {
        self.check()?;
        let arrival = self.target.journal().note_arrival(self.log.id()).await;
        arrival.map_err(|refused| match refused {
            NotAdmitted::DiskFull(_) => NotMoved::DiskFull,
            other => NotMoved::Target(io::Error::other(other)),
        })?;
        self.follow().await?;
        self.sync().await?;
        self.copy_side_files().await?;
        // A write of the log's segments that takes long is not waited for with appends held.
        drop(self.log.files_turn().await);
        self.follow().await?;
        let _hold = self.log.0.append_turn.acquire().await;
        self.log.journaled().await?;
        self.follow().await?;
        self.last_step().await
    }

    /// Has the copy find its name free, before the old folder loses it.
    async fn free_name(&self) -> Result<(), NotMoved> {
        let (path, name) = (self.target.path(), self.log.name());
        let cause = match lifecycle::free_name(path, self.log.id(), name).await {
            Ok(true) => return Ok(()),
            Ok(false) => format!("{} is in the way", path.join(name).display()),
            Err(OpenError::Io { error, .. }) => return Err(writing(error)),
            Err(unidentified) => unidentified.to_string(),
        };
        Err(NotMoved::NameTaken(cause))
    }

    /// Changes over, appends being held. See the module.
    async fn last_step(&mut self) -> Result<(), NotMoved> {
        let turn = self.log.files_turn().await;
        self.check()?;
        let Some(_turn) = turn else { return Err(Offline::Deleted.into()) };
        self.free_name().await?;
        self.remove_what_was_cut().await?;
        self.copy_side_files().await?;
        let _announced = Announced::new(self.log, self.target);
        let log_start = self.log.state().log_start();
        if log_start > Offset::ZERO {
            let saved = self.target.offsets().starts.save(self.log.id(), log_start).await;
            saved.map_err(writing)?;
        }
        // It may have been cut since it was in that directory before.
        let (id, end) = (self.log.id(), self.log.ends().log_end);
        let offsets = self.target.offsets();
        offsets.recovery_points.lower(id, end).await.map_err(writing)?;
        offsets.cleaned.lower(id, end).await.map_err(writing)?;
        self.sync().await?;
        // A start believes what lies behind gaps up to there.
        offsets.recovery_points.save(id, end).await.map_err(writing)?;
        // Syncs the folder, and so all names in it.
        directory::write_atomically(&self.folder.join(WHOLE), &[]).await.map_err(writing)?;
        let old = self.log.location();
        let (topic, _) = self.log.name().rsplit_once('-').unwrap_or((self.log.name(), ""));
        let id = crate::entropy::uuid().as_u128();
        let (index, state) = (self.log.id().index, DirectoryState::Delete);
        let leaving =
            old.log_dir.path().join(file_names::marked_directory(topic, index, state, id));
        if let Err(error) = rename(&old.directory, &leaving).await {
            old.log_dir.journal().fail(&format!("{}: {error}", old.directory.display()));
            return Err(NotMoved::Undecided(error));
        }
        // From here on the copy is the log, whatever happens.
        let arriving = self.target.path().join(self.log.name());
        let arrived = rename(&self.folder, &arriving).await;
        let directory = arriving.into();
        self.log.switch(Location { directory, log_dir: self.target.clone(), next: None });
        if let Err(error) = arrived {
            // After a crash the folder may have its old name, and has to say that it is the log.
            let path = self.log.directory();
            self.target.journal().fail(&format!("{}: {error}", path.display()));
            return Ok(());
        }
        // In a folder of this name it says nothing.
        let _stays = directory::remove_file(&self.log.directory().join(WHOLE)).await;
        remove_later(leaving, self.log.config().file_delete_delay_ms);
        Ok(())
    }
}

/// While it lives, the log tells the directory it moves to where it begins.
struct Announced<'a>(&'a Log);

impl Announced<'_> {
    fn new<'a>(log: &'a Log, target: &LogDir) -> Announced<'a> {
        log.0.location.borrow_mut().next = Some(target.clone());
        Announced(log)
    }
}

impl Drop for Announced<'_> {
    fn drop(&mut self) {
        self.0.0.location.borrow_mut().next = None;
    }
}

async fn rename(from: &Path, to: &Path) -> io::Result<()> {
    directory::rename(from, to).await?;
    directory::sync_parent(to).await
}
