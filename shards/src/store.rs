//! What one shard keeps on disk: its journals, and the partitions it owns.
//!
//! Lives on: its shard. A node recovers in two steps: every shard replays journals
//! (`Store::recover`), and when all are through, each opens its partitions. Promise: after `close`
//! of every shard and `node_dir::finish`, the directories are Kafka's. Read next: log/log_dir.rs,
//! log/lifecycle.rs, node_dir.rs.

use crate::entropy::HashMap;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::rc::Rc;

use crate::io::directory;
use crate::io::file::Durability;
use crate::io::shortage::is_lost_folder;
use crate::limits;
use crate::log::Log;
use crate::log::error::OpenError;
use crate::log::identity::{self, Identity};
use crate::log::kept_offsets::KeptOffsets;
use crate::log::lifecycle::{Checkpointed, LogSpec};
use crate::log::log_dir::LogDir;
use crate::log::open_files::OpenFiles;
use crate::log::recovery::{LeftBy, Replayed};
use crate::node_dir::NodeDir;
use crate::store::failed_directories::FailedDirectory;
use crate::store::moves::Moves;
use crate::sync::Semaphore;
use crate::units::{Offset, PartitionId, ShardId, Uuid};

pub mod failed_directories;
pub mod moves;
mod start;
pub mod strays;

/// How a shard keeps its data.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    pub shard: ShardId,
    pub shards: usize,
    pub journal_bytes_max: u64,
    pub journal_durability: Durability,
    /// Tail memory of this shard.
    pub memory_bytes: usize,
    /// Files of segments that this shard keeps open.
    pub segment_files_max: usize,
}

/// A shard's journals and partitions. Cheap to clone.
#[derive(Clone)]
pub struct Store(Rc<Inner>);

struct Inner {
    directories: Vec<Directory>,
    /// Those that are not among `directories`: they could not be read at start.
    unopened: RefCell<Vec<FailedDirectory>>,
    partitions: RefCell<HashMap<PartitionId, Log>>,
    /// Whose opening began and did not end well: the names of their folders may not be durable.
    unsettled: RefCell<BTreeSet<PartitionId>>,
    moves: Moves,
    open_files: OpenFiles,
}

/// A log directory with what its checkpoints said at start.
struct Directory {
    log_dir: LogDir,
    node_dir: NodeDir,
    /// Up to where this shard's replay has brought logs.
    proven: KeptOffsets,
}

/// What came of closing a store, by directory.
#[derive(Debug, Default)]
pub struct Closed {
    /// Of those that were left in order.
    pub checkpoints: HashMap<PathBuf, Checkpoints>,
    pub failed: HashMap<PathBuf, OpenError>,
}

impl Closed {
    /// The checkpoints, if every directory was left in order.
    pub fn in_order(self) -> Result<HashMap<PathBuf, Checkpoints>, OpenError> {
        match self.failed.into_values().next() {
            None => Ok(self.checkpoints),
            Some(error) => Err(error),
        }
    }
}

/// Where the logs of a directory stand, for its checkpoint files.
#[derive(Clone, Debug, Default)]
pub struct Checkpoints {
    pub recovery_points: Vec<(String, Offset)>,
    pub log_starts: Vec<(String, Offset)>,
    pub log_starts_by_id: KeptOffsets,
    pub cleaned: Vec<(String, Offset)>,
    pub cleaned_by_id: KeptOffsets,
    pub high_watermarks: Vec<(String, Offset)>,
    pub high_watermarks_by_id: KeptOffsets,
}

impl Checkpoints {
    /// Takes in what another shard says of the same directory.
    pub fn add(&mut self, other: Checkpoints) {
        self.recovery_points.extend(other.recovery_points);
        self.log_starts.extend(other.log_starts);
        self.log_starts_by_id.extend(other.log_starts_by_id);
        self.cleaned.extend(other.cleaned);
        self.cleaned_by_id.extend(other.cleaned_by_id);
        self.high_watermarks.extend(other.high_watermarks);
        self.high_watermarks_by_id.extend(other.high_watermarks_by_id);
    }
}

impl Store {
    /// Replays this shard's journals, and those that no shard of today owns, and starts new ones.
    /// A directory whose device fails is left out, if it is not the only one.
    pub async fn recover(
        directories: &[NodeDir],
        options: &StoreOptions,
    ) -> Result<(Store, Replayed), OpenError> {
        let mut total = Replayed::default();
        let (mut opened, mut failed) = (Vec::new(), Vec::new());
        let moves = Moves::default();
        let open_files = OpenFiles::new(options.segment_files_max);
        let memory_bytes = options.memory_bytes / directories.len().max(1);
        let share = start::Share { memory_bytes, open_files: &open_files };
        for node_dir in directories {
            match start::recover(node_dir, opened.len(), options, share, &moves).await {
                Ok((directory, replayed)) => {
                    total = total.plus(replayed);
                    opened.push(directory);
                }
                Err(error) if error.is_of_the_device() => failed.push((node_dir, error)),
                Err(error) => return Err(error),
            }
        }
        if opened.is_empty()
            && let Some((_, error)) = failed.pop()
        {
            return Err(error);
        }
        let failed = failed.into_iter().map(|(node_dir, error)| FailedDirectory {
            path: node_dir.path.clone(),
            cause: error.to_string(),
        });
        let inner = Inner {
            directories: opened,
            unopened: RefCell::new(failed.collect()),
            partitions: RefCell::default(),
            unsettled: RefCell::default(),
            moves,
            open_files,
        };
        let store = Store(Rc::new(inner));
        store.follow_failures();
        Ok((store, total))
    }

    /// The partition, if this shard has it.
    pub fn partition(&self, id: PartitionId) -> Option<Log> {
        self.0.partitions.borrow().get(&id).cloned()
    }

    /// Files of segments that are open, of all log directories.
    pub fn open_files(&self) -> &OpenFiles {
        &self.0.open_files
    }

    pub fn partition_count(&self) -> usize {
        self.0.partitions.borrow().len()
    }

    /// All partitions of this shard.
    pub fn partitions(&self) -> Vec<Log> {
        self.0.partitions.borrow().values().cloned().collect()
    }

    /// Opens the partition where its directory is, or creates it where there is most room, and
    /// leads it with the only replica, in the last epoch that its log knows of.
    pub async fn open_or_create(&self, spec: LogSpec) -> Result<Log, OpenError> {
        let log = self.open_or_create_in(spec, None).await?;
        if !log.is_leader() {
            log.lead(log.latest_epoch().unwrap_or_default());
        }
        Ok(log)
    }

    /// The same for a partition that was in the directory `kept_in`, which has no role yet. If that
    /// directory is not here, the partition is not made anew elsewhere: its records would seem
    /// lost.
    pub async fn open_or_create_in(
        &self,
        spec: LogSpec,
        kept_in: Option<Uuid>,
    ) -> Result<Log, OpenError> {
        if let Some(partition) = self.partition(spec.id) {
            return Ok(partition);
        }
        let id = spec.id;
        let is_settled = self.0.unsettled.borrow_mut().insert(id);
        let found = match self.find(&spec).await {
            None => self.adopt_future(&spec, kept_in).await?,
            found => found,
        };
        let partition = match found {
            Some(directory) => {
                if !is_settled {
                    directory.settle(&spec).await?;
                }
                let checkpointed = directory.checkpointed(&spec);
                Log::open(&directory.log_dir, spec, checkpointed).await?
            }
            None => self.create(spec, kept_in).await?,
        };
        self.0.unsettled.borrow_mut().remove(&id);
        let partition = self.0.partitions.borrow_mut().entry(id).or_insert(partition).clone();
        self.resume_move(&partition);
        Ok(partition)
    }

    /// Removes what deleted partitions have left; on one shard, once it is known which there are.
    pub fn remove_deleted(&self, is_known: impl Fn(PartitionId) -> bool, delay_ms: i64) {
        self.0.moves.remove_left(is_known, delay_ms);
    }

    /// The id of the directory that has the partition.
    pub fn directory_id(&self, partition: &Log) -> Option<Uuid> {
        let log_dir = partition.log_dir();
        let path = log_dir.path();
        let has_it = |directory: &&Directory| directory.log_dir.path() == path;
        self.0.directories.iter().find(has_it).map(|directory| directory.node_dir.directory_id)
    }

    /// Takes a partition away, with its files.
    pub async fn delete(&self, id: PartitionId) -> Result<(), OpenError> {
        let removed = self.0.partitions.borrow_mut().remove(&id);
        match removed {
            Some(partition) => partition.delete().await,
            None => Ok(()),
        }
    }

    /// Writes everything to segments, empties the journals, and says where the logs stand.
    /// A directory that fails is not finished; its journal keeps what segments may not have.
    pub async fn close(&self) -> Closed {
        self.stop_moves().await;
        let places = Semaphore::new(limits::LOGS_CLOSED_AT_ONCE);
        let closing = |partition: Log| {
            let places = places.clone();
            crate::io::executor::spawn(async move {
                let _place = places.acquire().await;
                let closed = partition.close().await;
                closed.map_err(|error| (partition.log_dir().path().to_owned(), error))
            })
        };
        let tasks: Vec<_> = self.partitions().into_iter().map(closing).collect();
        let mut failed = HashMap::default();
        for task in tasks {
            if let Err((path, error)) = task.await {
                failed.entry(path).or_insert(error);
            }
        }
        for directory in &self.0.directories {
            let path = directory.log_dir.path();
            if let Some(folder) = self.0.moves.undecided_copy(path) {
                let undecided = OpenError::UndecidedMove { folder };
                failed.entry(path.to_owned()).or_insert(undecided);
            }
            if failed.contains_key(path) {
                continue;
            }
            if let Err(error) = directory.log_dir.journal().close().await {
                failed.insert(path.to_owned(), OpenError::Offline(error.into()));
            }
        }
        let mut checkpoints = self.checkpoints();
        checkpoints.retain(|path, _| !failed.contains_key(path));
        Closed { checkpoints, failed }
    }

    /// Where the logs stand, by directory.
    pub fn checkpoints(&self) -> HashMap<PathBuf, Checkpoints> {
        let mut by_directory: HashMap<PathBuf, Checkpoints> = HashMap::default();
        for directory in &self.0.directories {
            by_directory.entry(directory.log_dir.path().to_owned()).or_default();
        }
        for partition in self.partitions() {
            let path = partition.log_dir().path().to_owned();
            let checkpoints = by_directory.entry(path).or_default();
            let ends = partition.ends();
            let name = partition.name().to_owned();
            checkpoints.recovery_points.push((name.clone(), ends.log_end));
            checkpoints.high_watermarks.push((name.clone(), ends.high_watermark));
            checkpoints.high_watermarks_by_id.insert(partition.id(), ends.high_watermark);
            let cleaned_to = partition.cleaned_to();
            if cleaned_to > Offset::ZERO {
                checkpoints.cleaned_by_id.insert(partition.id(), cleaned_to);
                checkpoints.cleaned.push((name.clone(), cleaned_to));
            }
            if ends.log_start > Offset::ZERO {
                checkpoints.log_starts_by_id.insert(partition.id(), ends.log_start);
                checkpoints.log_starts.push((name, ends.log_start));
            }
        }
        by_directory
    }

    /// Keeps what a crash would else take of logs that other nodes have as well: how far readers
    /// saw them, and where their epochs began. Of a log that is here alone its end says it.
    pub async fn checkpoint_replicas(&self) {
        let mut by_directory: HashMap<PathBuf, KeptOffsets> = HashMap::default();
        for log in self.partitions() {
            if log.is_shared() && log.offline().is_none() {
                let directory = log.log_dir().path().to_owned();
                let offsets = by_directory.entry(directory).or_default();
                offsets.insert(log.id(), log.ends().high_watermark);
                log.save_epochs_if_behind().await;
            }
        }
        for log_dir in self.log_dirs() {
            let Some(offsets) = by_directory.get(log_dir.path()) else { continue };
            log_dir.save_high_watermarks(offsets).await;
        }
    }

    pub fn log_dirs(&self) -> impl Iterator<Item = &LogDir> {
        self.0.directories.iter().map(|directory| &directory.log_dir)
    }

    async fn find(&self, spec: &LogSpec) -> Option<&Directory> {
        for directory in &self.0.directories {
            let path = directory.log_dir.path().join(&spec.name);
            if identity::read(&path).await == Identity::Topic(spec.id.topic) {
                return Some(directory);
            }
        }
        None
    }

    /// Makes a log where it is to be; a directory without room is passed over for another, and one
    /// that can not be written, which is offline from then on.
    async fn create(&self, spec: LogSpec, kept_in: Option<Uuid>) -> Result<Log, OpenError> {
        let mut homes = self.homes(&spec, kept_in).await?.into_iter().peekable();
        loop {
            let home = homes.next().expect("a node does not start without a directory for logs");
            if let Some(failed) = home.log_dir.journal().failure() {
                return Err(OpenError::Offline(failed.into()));
            }
            let created = Log::create(&home.log_dir, spec.clone()).await;
            let path = home.log_dir.path().join(&spec.name);
            let is_free = async || directory::exists(&path).await.is_ok_and(|exists| !exists);
            match created {
                Err(error) if error.is_full_disk() && homes.peek().is_some() && is_free().await => {
                    tracing::warn!(path = %path.display(), "no room for a log: made elsewhere");
                }
                Err(_) if home.log_dir.journal().failure().is_some() && homes.peek().is_some() => {}
                outcome => return outcome,
            }
        }
    }

    /// Where a partition that no directory names may be: the best place first.
    async fn homes(
        &self,
        spec: &LogSpec,
        kept_in: Option<Uuid>,
    ) -> Result<Vec<&Directory>, OpenError> {
        if let Some(id) = kept_in {
            let mut directories = self.0.directories.iter();
            let found = directories.find(|directory| directory.node_dir.directory_id == id);
            if let Some(folder) = self.0.moves.left_folder(spec.id) {
                return Err(OpenError::MovedAway { partition: spec.name.clone(), folder });
            }
            let gone = || OpenError::DirectoryGone { partition: spec.name.clone(), directory: id };
            return found.map(|directory| vec![directory]).ok_or_else(gone);
        }
        for directory in &self.0.directories {
            // Its files may be there, with a damaged file of identity.
            let path = directory.log_dir.path().join(&spec.name);
            match directory::exists(&path).await {
                Ok(true) => return Ok(vec![directory]),
                Ok(false) => {}
                Err(error) if is_lost_folder(&error) => {
                    directory.log_dir.journal().fail(&format!("{}: {error}", path.display()));
                }
                Err(error) => return Err(OpenError::io(&path, error)),
            }
        }
        Ok(self.emptiest_first())
    }

    /// The directories that take records first, then by how many of this shard's partitions each
    /// has.
    fn emptiest_first(&self) -> Vec<&Directory> {
        let partitions = self.0.partitions.borrow();
        let load = |directory: &&Directory| {
            let path = directory.log_dir.path();
            let offline = directory.log_dir.journal().failure().is_some();
            let count = partitions.values().filter(|p| p.log_dir().path() == path).count();
            (offline, directory.log_dir.is_full(), count)
        };
        let is_for_logs = |directory: &&Directory| !directory.node_dir.is_metadata_only;
        let mut directories: Vec<&Directory> =
            self.0.directories.iter().filter(is_for_logs).collect();
        directories.sort_by_key(load);
        directories
    }
}

impl Directory {
    /// Makes durable what an opening has begun that ended in an error.
    async fn settle(&self, spec: &LogSpec) -> Result<(), OpenError> {
        let folder = self.log_dir.path().join(&spec.name);
        for path in [folder.as_path(), self.log_dir.path()] {
            if let Err(error) = directory::sync(path).await {
                if is_lost_folder(&error) {
                    self.log_dir.journal().fail(&format!("{}: {error}", path.display()));
                }
                return Err(OpenError::io(path, error));
            }
        }
        Ok(())
    }

    fn checkpointed(&self, spec: &LogSpec) -> Checkpointed {
        let replayed = self.proven.get(&spec.id).copied().unwrap_or(Offset::ZERO);
        let kept = self.node_dir.recovery_point(spec.id);
        let recovery_point = kept.unwrap_or(Offset::ZERO).max(replayed);
        // Kafka's checkpoint does not tell where the log of metadata ends.
        let is_in_order = self.node_dir.was_stopped_cleanly && kept.is_some();
        let left_by = match (is_in_order, self.node_dir.may_lack) {
            (true, _) => LeftBy::CleanStop { log_end: recovery_point },
            (false, false) => LeftBy::Crash { recovery_point },
            (false, true) => LeftBy::UnsyncedCrash { recovery_point },
        };
        Checkpointed {
            left_by,
            log_start: self.node_dir.log_start(spec.id),
            cleaned_to: self.node_dir.cleaned_to(spec.id),
            high_watermark: self.node_dir.high_watermark(spec.id),
        }
    }
}
