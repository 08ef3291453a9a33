//! Moves of partitions from one log directory to another: asked for, gone on with after a restart,
//! given up.
//!
//! Lives on: the shard that owns the partitions; one task for each that moves. Promise: what was
//! asked for last is what happens; a move that a stop has cut short begins anew at the next start,
//! from a folder `-future` that is found then. A folder that recovery says is the log becomes it
//! before the partition is opened. Limits: limits::MOVES_AT_ONCE. Read next: ../log/relocate.rs.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use thiserror::Error;

use super::failed_directories::FailedDirectory;
use super::{Directory, Store};
use crate::clock;
use crate::format::file_names::{self, DirectoryState};
use crate::io::directory::{self, Entry};
use crate::io::executor;
use crate::limits;
use crate::log::Log;
use crate::log::error::{Offline, OpenError};
use crate::log::identity::{self, Identity};
use crate::log::lifecycle::{LogSpec, free_name, remove_later};
use crate::log::relocate::{Copied, NotMoved, Progress, WHOLE};
use crate::sync::{Notify, Semaphore};
use crate::units::{PartitionId, Uuid};

/// Why a move is not begun.
#[derive(Clone, Debug, Error)]
pub enum MoveRefused {
    #[error("{path} is no log directory of this node")]
    UnknownDirectory { path: PathBuf },
    #[error("{} is offline until the broker restarts: {}", .0.path.display(), .0.cause)]
    DirectoryFailed(FailedDirectory),
    #[error(transparent)]
    Offline(#[from] Offline),
    #[error("the partition is not on this core")]
    NotHere,
}

/// A copy of a partition on its way, for who asks.
#[derive(Clone, Debug)]
pub struct Future {
    pub partition: PartitionId,
    pub directory: PathBuf,
    pub copied: Copied,
}

/// All moves of a shard.
pub(super) struct Moves {
    active: RefCell<BTreeMap<PartitionId, Rc<Move>>>,
    /// Folders of copies that a start found, by directory.
    found: RefCell<BTreeMap<PartitionId, Vec<(usize, PathBuf)>>>,
    /// Folders that logs have left, whose removal a stop has cut short.
    left: RefCell<BTreeMap<PartitionId, Vec<PathBuf>>>,
    /// Copies that may be the log, which the next start finds out, by directory.
    undecided: RefCell<BTreeMap<PathBuf, PathBuf>>,
    moved: RefCell<BTreeSet<PartitionId>>,
    came: Notify,
    ended: Notify,
    turns: Semaphore,
    is_stopping: Cell<bool>,
}

/// Where a partition is to be; `None`: wherever it is when its core stops.
struct Move {
    target: Cell<Option<usize>>,
    progress: RefCell<Rc<Progress>>,
}

impl Default for Moves {
    fn default() -> Moves {
        Moves {
            active: RefCell::default(),
            found: RefCell::default(),
            left: RefCell::default(),
            undecided: RefCell::default(),
            moved: RefCell::default(),
            came: Notify::new(),
            ended: Notify::new(),
            turns: Semaphore::new(limits::MOVES_AT_ONCE),
            is_stopping: Cell::new(false),
        }
    }
}

impl Moves {
    /// Notes the folders of copies in a directory, and of logs that have left it.
    pub(super) async fn note_found(&self, number: usize, path: &Path, listed: &[Entry]) {
        for entry in listed.iter().filter(|entry| entry.is_dir) {
            let Some(named) = file_names::parse_directory(&entry.name) else { continue };
            if !matches!(named.state, DirectoryState::Future | DirectoryState::Delete) {
                continue;
            }
            let folder = path.join(&entry.name);
            let topic = match identity::read(&folder).await {
                Identity::Topic(topic) => topic,
                // Its removal had begun: it is of no topic.
                _ if named.state == DirectoryState::Delete => Uuid::nil(),
                _ => continue,
            };
            let id = PartitionId { topic, index: named.partition };
            match named.state {
                DirectoryState::Future => {
                    self.found.borrow_mut().entry(id).or_default().push((number, folder));
                }
                _ => self.left.borrow_mut().entry(id).or_default().push(folder),
            }
        }
    }

    /// Removes the folders of logs that are not known any more: they were deleted, and a stop came
    /// before their files were gone.
    pub(super) fn remove_left(&self, is_known: impl Fn(PartitionId) -> bool, delay_ms: i64) {
        self.left.borrow_mut().retain(|id, folders| {
            if !is_known(*id) {
                folders.drain(..).for_each(|folder| remove_later(folder, delay_ms));
            }
            !folders.is_empty()
        });
    }

    /// A copy in this directory that may be a log. A stop does not leave the directory in order:
    /// what it would say of logs by their names would lack that one, and where it begins.
    pub(super) fn undecided_copy(&self, directory: &Path) -> Option<PathBuf> {
        self.undecided.borrow().get(directory).cloned()
    }

    /// The folder that a log has left for a directory which may be away now.
    pub(super) fn left_folder(&self, id: PartitionId) -> Option<PathBuf> {
        self.left.borrow().get(&id)?.first().cloned()
    }
}

impl Store {
    /// Has a partition be in the log directory `path`. When this returns, the move is on its way,
    /// or there is nothing to do.
    pub fn move_partition(&self, id: PartitionId, path: &Path) -> Result<(), MoveRefused> {
        let target = self.directory_number(path)?;
        let partition = self.partition(id).ok_or(MoveRefused::NotHere)?;
        if let Some(offline) = partition.offline() {
            return Err(offline.into());
        }
        let active = self.0.moves.active.borrow().get(&id).cloned();
        if let Some(active) = active {
            // Also to where it still is: the move may be past the point of giving up.
            active.set_target(Some(target));
            return Ok(());
        }
        if *partition.log_dir().path() == *path {
            return Ok(());
        }
        // A copy of the partition may be in a directory that is away.
        if let Some(failed) = self.failed_directories().into_iter().next() {
            return Err(MoveRefused::DirectoryFailed(failed));
        }
        self.start_move(partition, target, Vec::new());
        Ok(())
    }

    /// Whether a log directory of this path is there and serves.
    pub fn check_directory(&self, path: &Path) -> Result<(), MoveRefused> {
        self.directory_number(path).map(drop)
    }

    /// The id of a log directory.
    pub fn directory_id_of(&self, path: &Path) -> Option<Uuid> {
        let number = self.directory_number(path).ok()?;
        self.0.directories.get(number).map(|directory| directory.node_dir.directory_id)
    }

    /// The copies on their way.
    pub fn futures(&self) -> Vec<Future> {
        let active = self.0.moves.active.borrow();
        let future = |(id, active): (&PartitionId, &Rc<Move>)| {
            let directory = self.0.directories.get(active.target.get()?)?;
            let copied = self.partition(*id)?.copied(&active.progress.borrow());
            let directory = directory.log_dir.path().to_owned();
            Some(Future { partition: *id, directory, copied })
        };
        active.iter().filter_map(future).collect()
    }

    /// Partitions that came to be in another directory, at least one, each told once.
    pub async fn moved(&self) -> BTreeSet<PartitionId> {
        loop {
            let moved = std::mem::take(&mut *self.0.moves.moved.borrow_mut());
            if !moved.is_empty() {
                return moved;
            }
            self.0.moves.came.notified().await;
        }
    }

    /// Whether nothing is on its way.
    pub fn is_at_rest(&self) -> bool {
        self.0.moves.active.borrow().is_empty()
    }

    /// Ends all moves, or waits for those in their last step; no more begin.
    pub(crate) async fn stop_moves(&self) {
        self.0.moves.is_stopping.set(true);
        for active in self.0.moves.active.borrow().values() {
            active.set_target(None);
        }
        while !self.0.moves.active.borrow().is_empty() {
            self.0.moves.ended.notified().await;
        }
    }

    /// Gives a copy the log's name if there is no log but it. See relocate.rs for why it is whole.
    pub(super) async fn adopt_future(
        &self,
        spec: &LogSpec,
        kept_in: Option<Uuid>,
    ) -> Result<Option<&Directory>, OpenError> {
        let Some((number, folder)) = self.whole_copy(spec.id).await? else { return Ok(None) };
        if let Some(id) = kept_in {
            let mut directories = self.0.directories.iter();
            let Some(old) = directories.find(|directory| directory.node_dir.directory_id == id)
            else {
                return Ok(None);
            };
            if !free_name(old.log_dir.path(), spec.id, &spec.name).await? {
                return Ok(None);
            }
        }
        let Some(target) = self.0.directories.get(number) else { return Ok(None) };
        if !free_name(target.log_dir.path(), spec.id, &spec.name).await? {
            return Ok(None);
        }
        let path = target.log_dir.path().join(&spec.name);
        tracing::info!(folder = %folder.display(), "a log had moved there just before a crash");
        let renamed = async {
            directory::rename(&folder, &path).await?;
            directory::sync_parent(&path).await
        };
        renamed.await.map_err(|error| OpenError::io(&folder, error))?;
        if let Some(found) = self.0.moves.found.borrow_mut().get_mut(&spec.id) {
            found.retain(|(_, other)| *other != folder);
        }
        let _stays = directory::remove_file(&path.join(WHOLE)).await;
        Ok(Some(target))
    }

    async fn whole_copy(&self, id: PartitionId) -> Result<Option<(usize, PathBuf)>, OpenError> {
        let found = self.0.moves.found.borrow().get(&id).cloned().unwrap_or_default();
        for (number, folder) in found {
            let whole = directory::exists(&folder.join(WHOLE)).await;
            if whole.map_err(|error| OpenError::io(&folder, error))? {
                return Ok(Some((number, folder)));
            }
        }
        Ok(None)
    }

    /// Goes on with a move that a stop has cut short, and with the removal of what the log has
    /// left.
    pub(super) fn resume_move(&self, partition: &Log) {
        for left in self.0.moves.left.borrow_mut().remove(&partition.id()).unwrap_or_default() {
            remove_later(left, partition.config().file_delete_delay_ms);
        }
        let Some(found) = self.0.moves.found.borrow_mut().remove(&partition.id()) else { return };
        let is_elsewhere = |(number, _): &&(usize, PathBuf)| {
            let directory = self.0.directories.get(*number);
            directory.is_some_and(|found| *found.log_dir.path() != *partition.log_dir().path())
        };
        let target = found.iter().find(is_elsewhere).map(|(number, _)| *number);
        let folders: Vec<PathBuf> = found.into_iter().map(|(_, folder)| folder).collect();
        match target {
            Some(target) => self.start_move(partition.clone(), target, folders),
            None => drop(executor::spawn(async move { remove_all(&folders).await })),
        }
    }

    fn directory_number(&self, path: &Path) -> Result<usize, MoveRefused> {
        let is_it = |directory: &Directory| {
            directory.log_dir.path() == path && !directory.node_dir.is_metadata_only
        };
        let number = self.0.directories.iter().position(is_it);
        if let Some(failed) = self.failed_directories().into_iter().find(|of| of.path == path) {
            return Err(MoveRefused::DirectoryFailed(failed));
        }
        number.ok_or_else(|| MoveRefused::UnknownDirectory { path: path.to_owned() })
    }

    fn start_move(&self, partition: Log, target: usize, leftovers: Vec<PathBuf>) {
        if self.0.moves.is_stopping.get() {
            return;
        }
        let active =
            Rc::new(Move { target: Cell::new(Some(target)), progress: RefCell::default() });
        self.0.moves.active.borrow_mut().insert(partition.id(), active.clone());
        let store = self.clone();
        drop(executor::spawn(async move {
            remove_all(&leftovers).await;
            store.bring(&partition, &active).await;
            store.0.moves.active.borrow_mut().remove(&partition.id());
            store.0.moves.ended.notify_all();
        }));
    }

    /// Moves the partition until it is where it is wanted.
    async fn bring(&self, partition: &Log, active: &Move) {
        while let Some(number) = active.target.get() {
            let Some(directory) = self.0.directories.get(number) else { return };
            let target = &directory.log_dir;
            if partition.log_dir().path() == target.path() {
                return;
            }
            *active.progress.borrow_mut() = Rc::default();
            let progress = active.progress.borrow().clone();
            let (name, path) = (partition.name(), target.path().display());
            tracing::info!(partition = name, to = %path, "moving");
            let folder = match partition.future_folder(target).await {
                Ok(folder) => folder,
                Err(NotMoved::DiskFull) => {
                    tracing::warn!(partition = name, to = %path, "a move waits: the disk is full");
                    clock::sleep(limits::SHORTAGE_RETRY).await;
                    continue;
                }
                Err(error) => {
                    return tracing::error!(partition = name, to = %path, %error, "not moved");
                }
            };
            let moved = {
                let _turn = self.0.moves.turns.acquire().await;
                partition.relocate(target, &folder, &progress).await
            };
            match moved {
                Ok(()) => {
                    tracing::info!(partition = name, to = %path, "moved");
                    self.0.moves.moved.borrow_mut().insert(partition.id());
                    self.0.moves.came.notify_one();
                }
                Err(NotMoved::Unwanted) if self.0.moves.is_stopping.get() => {
                    return keep_for_next_start(&folder).await;
                }
                Err(NotMoved::Unwanted) => remove_all(&[folder]).await,
                Err(error) => {
                    tracing::error!(partition = name, to = %path, %error, "not moved");
                    match error {
                        NotMoved::Undecided(_) => {
                            let directory = target.path().to_owned();
                            self.0.moves.undecided.borrow_mut().insert(directory, folder);
                        }
                        _ => remove_all(&[folder]).await,
                    }
                    return;
                }
            }
        }
    }
}

impl Move {
    fn set_target(&self, target: Option<usize>) {
        if self.target.replace(target) != target {
            self.progress.borrow().give_up();
        }
    }
}

/// Leaves of a copy its identity alone: a copy of a log without records, as Kafka would see it.
async fn keep_for_next_start(folder: &Path) {
    let Ok(listed) = directory::list(folder).await else { return };
    for entry in listed {
        if entry.name != crate::format::partition_metadata::FILE_NAME {
            // What stays is removed at the next start.
            let _stays = directory::remove_file(&folder.join(&entry.name)).await;
        }
    }
}

async fn remove_all(folders: &[PathBuf]) {
    for folder in folders {
        let removed = async {
            directory::remove_all(folder).await?;
            directory::sync_parent(folder).await
        };
        if let Err(error) = removed.await {
            tracing::warn!(folder = %folder.display(), %error, "a copy that is not wanted stays");
        }
    }
}
