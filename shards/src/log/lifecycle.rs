//! A log's life on disk: created, opened, closed, deleted.
//!
//! Lives on: the partition's shard.
//! Promise: when `create` returns, a crash finds the partition again by its topic id; when `close`
//! returns, the directory is one that Apache Kafka opens without recovery.
//! Read next: recovery.rs.

use std::cell::{Cell, RefCell};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use super::aborted;
use super::config::LogConfig;
use super::epochs::Epochs;
use super::error::{Offline, OpenError};
use super::identity::{self, Identity};
use super::leftovers;
use super::log_dir::LogDir;
use super::lookup::remove_segment;
use super::producers::Producers;
use super::recovery::{LeftBy, Loading, Witness, load_producers, load_segments};
use super::segment::{Segment, file_name};
use super::state::{EpochsTrust, Inner, Location, Log, State};
use crate::clock;
use crate::format::{checkpoint, partition_metadata, producer_snapshot, uuid_text};
use crate::io::directory::{self, Entry};
use crate::io::shortage::is_lost_folder;
use crate::limits;
use crate::mutation::Mutation;
use crate::replica::{Event, Replica};
use crate::sync::Semaphore;
use crate::units::{Offset, PartitionId};

/// What a log is opened with.
#[derive(Clone, Debug)]
pub struct LogSpec {
    pub id: PartitionId,
    /// Name of its directory: topic, dash, partition.
    pub name: String,
    pub config: LogConfig,
}

/// What checkpoints say of a log.
#[derive(Clone, Copy, Debug)]
pub struct Checkpointed {
    pub left_by: LeftBy,
    pub log_start: Offset,
    /// Up to where it is compacted.
    pub cleaned_to: Offset,
    /// A hint: the leader of the next epoch knows better.
    pub high_watermark: Offset,
}

impl Checkpointed {
    /// Of a log that was just made.
    pub fn nothing() -> Checkpointed {
        Checkpointed {
            left_by: LeftBy::Crash { recovery_point: Offset::ZERO },
            log_start: Offset::ZERO,
            cleaned_to: Offset::ZERO,
            high_watermark: Offset::ZERO,
        }
    }
}

impl Log {
    /// Creates an empty log, or opens the one that a creation before a crash left. A directory that
    /// can not be written is offline then.
    pub async fn create(log_dir: &LogDir, spec: LogSpec) -> Result<Log, OpenError> {
        let path = log_dir.path().join(&spec.name);
        let failed = |error| OpenError::io(&path, error);
        free_name(log_dir.path(), spec.id, &spec.name).await?;
        let named = async {
            directory::create_all(&path).await?;
            let identity = partition_metadata::encode(spec.id.topic);
            let file = path.join(partition_metadata::FILE_NAME);
            directory::write_atomically(&file, identity.as_bytes()).await?;
            directory::sync(log_dir.path()).await
        };
        if let Err(error) = named.await {
            remove_nameless(&path).await;
            if is_lost_folder(&error) {
                log_dir.journal().fail(&format!("{}: {error}", path.display()));
            }
            return Err(failed(error));
        }
        Log::open(log_dir, spec, Checkpointed::nothing()).await
    }

    /// Opens a log from its directory, which is offline from then on if its device is gone.
    pub async fn open(
        log_dir: &LogDir,
        spec: LogSpec,
        checkpointed: Checkpointed,
    ) -> Result<Log, OpenError> {
        let opened = Log::load(log_dir, spec, checkpointed).await;
        if let Err(error) = &opened
            && error.is_lost_device()
        {
            log_dir.journal().fail(&error.to_string());
        }
        opened
    }

    async fn load(
        log_dir: &LogDir,
        spec: LogSpec,
        checkpointed: Checkpointed,
    ) -> Result<Log, OpenError> {
        let path = log_dir.path().join(&spec.name);
        let now_ms = clock::wall_ms();
        let epochs = read_epochs(&path).await;
        let has_epochs = epochs.is_some();
        let mut state = State::new(epochs.unwrap_or_default(), checkpointed.cleaned_to);
        let listed = leftovers::clear(&path).await.map_err(|error| OpenError::io(&path, error))?;
        let (mut bases, mut snapshots) =
            (offsets_of(&listed, ".log"), offsets_of(&listed, ".snapshot"));
        let dropped = take_needless(&mut bases, &snapshots, checkpointed.log_start);
        state.positions.find_end(bases.last().copied().unwrap_or(checkpointed.log_start));
        let witness =
            Witness { left_by: checkpointed.left_by, snapshot: snapshots.last().copied() };
        let loading = Loading {
            directory: &path,
            files: log_dir.open_files(),
            witness,
            index_interval_bytes: spec.config.index_interval_bytes,
            now_ms,
        };
        let walked = load_segments(&loading, &bases, &mut state).await?;
        if !has_epochs && state.next() > state.segments.first().map_or(state.next(), |it| it.base) {
            state.epochs_trust = EpochsTrust::Doubted;
        }
        if state.segments.is_empty() {
            let segment = Segment::new(&path, state.next(), now_ms, log_dir.open_files());
            state.segments.push(segment);
        }
        if !matches!(witness.left_by, LeftBy::CleanStop { .. }) {
            // What a cut was to take, or a power cut took.
            state.epochs.truncate_from_end(state.next().0);
        }
        let removed = remove_snapshots_behind(&path, &mut snapshots, state.next()).await;
        removed.map_err(|error| OpenError::io(&path, error))?;
        state.positions.end_loading(state.segments[0].base.max(checkpointed.log_start));
        aborted::make_doubted(&path, &snapshots, &mut state).await?;
        let expiration_ms = spec.config.producer_id_expiration_ms;
        let producers = read_producers(&path, &snapshots, now_ms, expiration_ms).await;
        state.producers = producers.unwrap_or_else(|| Producers::new(state.log_start().0));
        state.snapshot_at = Offset(state.producers.end_offset());
        match Mutation::ProducersForgotten.is_planted() {
            true => state.producers = Producers::new(state.next().0),
            false => load_producers(&mut state).await?,
        }
        let high_watermark = checkpointed.high_watermark.clamp(state.log_start(), state.next());
        state.producers.on_high_watermark(high_watermark.0);
        state.replica = Replica::new(high_watermark);
        begin_tail(&mut state).await?;
        state.invariants();
        log_dir.charge(0, state.tail.memory_bytes());
        let location = Location::of(path.into(), log_dir);
        let partition = Log(Rc::new(Inner::new(spec, location, state)));
        let limits = partition.config().replication;
        let _none = partition.step(Event::Configured(limits));
        partition.save_walked(&walked).await;
        partition.make_doubted_epochs().await?;
        partition.remove_segments_later(dropped);
        partition.drop_segments_before_start();
        Ok(partition)
    }

    async fn make_doubted_epochs(&self) -> Result<(), OpenError> {
        if self.state().epochs_trust != EpochsTrust::Doubted {
            return Ok(());
        }
        self.epochs_anew().await.map_err(|error| {
            let path = self.directory().join(checkpoint::LEADER_EPOCHS);
            OpenError::io(&path, io::Error::other(error.to_string()))
        })
    }

    /// Writes everything to its segments as Kafka leaves them. Nothing may be appended any more.
    pub async fn close(&self) -> Result<(), OpenError> {
        self.0.is_closing.set(true);
        // Gives the journal room for what is appended, and then takes that over.
        self.clone().take_over().await;
        if self.offline().is_none() {
            self.journaled_or_given_up().await;
        }
        self.clone().take_over().await;
        if self.offline().is_some() {
            return self.ended_while_closing();
        }
        let (bases, next, snapshot, cuts) = {
            let state = self.state();
            let unfinished = state.segments.iter().filter(|segment| !segment.is_finished);
            let bases: Vec<Offset> = unfinished.map(|segment| segment.base).collect();
            let snapshot = producer_snapshot::encode(&state.producers.to_snapshot());
            (bases, state.next(), snapshot, state.cuts)
        };
        if let Some(_turn) = self.files_turn().await {
            let saved = self.save_aborted(next).await;
            saved.map_err(|(path, error)| OpenError::io(&path, error))?;
        }
        for base in bases {
            if !self.finish_segment(base, cuts).await {
                return self.ended_while_closing();
            }
        }
        let Some(_turn) = self.files_turn().await else { return Ok(()) };
        let path = self.directory().join(file_name(next, "snapshot"));
        let written = directory::write_atomically(&path, &snapshot).await;
        written.map_err(|error| OpenError::io(&path, error))?;
        let first = self.state().segments[0].base;
        let listed = directory::list(&self.directory()).await;
        let listed = listed.map_err(|error| OpenError::io(&self.directory(), error))?;
        for base in offsets_of(&listed, ".log").into_iter().filter(|base| *base < first) {
            remove_segment(&self.directory(), base).await;
        }
        self.write_epochs().await.map_err(|(path, error)| OpenError::io(&path, error))
    }

    fn ended_while_closing(&self) -> Result<(), OpenError> {
        match self.offline() {
            // There is nothing left to write.
            None | Some(Offline::Deleted) => Ok(()),
            Some(offline) => Err(offline.into()),
        }
    }

    /// Takes the log away: at once for readers and the journal, its files after a while.
    pub async fn delete(&self) -> Result<(), OpenError> {
        self.set_offline(Offline::Deleted);
        let _turn = self.0.files_turn.acquire().await;
        self.forget_journal();
        let Location { directory: path, log_dir, .. } = self.location();
        let delay_ms = self.config().file_delete_delay_ms;
        let delete = async || delete_folder(log_dir.path(), self.id(), self.name(), delay_ms).await;
        let deleted = log_dir.run_from_reserve(delete).await;
        deleted.map_err(|error| OpenError::io(&path, error))
    }

    pub(super) async fn save_epochs(self) {
        let Some(_turn) = self.files_turn().await else { return };
        if let Err((path, error)) = self.write_epochs().await {
            self.side_file_failed(&path, &error, "epochs are not saved");
        }
    }

    /// Writes the checkpoint of epochs, if it lacks one.
    pub(crate) async fn save_epochs_if_behind(&self) {
        let is_behind = self.state().are_epochs_unsaved;
        if is_behind {
            self.clone().save_epochs().await;
        }
    }

    pub(super) async fn write_epochs(&self) -> Result<(), (PathBuf, io::Error)> {
        let epochs = {
            let mut state = self.state_mut();
            state.are_epochs_unsaved = false;
            state.epochs.clone()
        };
        let path = self.directory().join(checkpoint::LEADER_EPOCHS);
        let text = checkpoint::encode_epochs(epochs.entries());
        let written = directory::write_atomically(&path, text.as_bytes()).await;
        written.map_err(|error| (path, error))?;
        self.state_mut().epochs_on_file = epochs;
        Ok(())
    }

    /// The same, unless it says that already.
    pub(super) async fn write_epochs_if_changed(&self) -> Result<(), (PathBuf, io::Error)> {
        let is_changed = {
            let state = self.state();
            state.epochs != state.epochs_on_file
        };
        match is_changed {
            true => self.write_epochs().await,
            false => Ok(()),
        }
    }

    /// Lets go of all journal pages and memory; the log's bytes are not wanted any more.
    fn forget_journal(&self) {
        let references = {
            let mut state = self.state_mut();
            let before = state.tail.memory_bytes();
            let mut references = state.tail.clear();
            for segment in &state.segments {
                references.append(&mut segment.file().take_unsynced());
                // Another log may get the name of its folder.
                segment.file().lose_name();
            }
            self.log_dir().charge(before, 0);
            references
        };
        self.release_pages(references);
        self.update_dirty();
        self.update_cached();
    }
}

impl Inner {
    fn new(spec: LogSpec, location: Location, state: State) -> Inner {
        Inner {
            id: spec.id,
            name: spec.name.into(),
            location: RefCell::new(location),
            config: RefCell::new(Rc::new(spec.config)),
            state: RefCell::new(state),
            files_turn: Semaphore::new(1),
            check_turn: Semaphore::new(1),
            append_turn: Semaphore::new(1),
            ends_turn: Semaphore::new(1),
            compaction_turn: Semaphore::new(1),
            destage_spawned: Cell::new(false),
            traffic: Cell::default(),
            files_gone: Cell::new(0),
            is_replacing: Cell::new(false),
            is_closing: Cell::new(false),
        }
    }
}

/// Takes the folder of a log away: its name at once, its files after a while.
pub(crate) async fn delete_folder(
    log_dir: &Path,
    id: PartitionId,
    name: &str,
    delay_ms: i64,
) -> io::Result<()> {
    let renamed = log_dir.join(deleted_name(id, name));
    directory::rename(&log_dir.join(name), &renamed).await?;
    if !Mutation::FolderKept.is_planted() {
        remove_later(renamed, delay_ms);
    }
    Ok(())
}

/// Removes a folder that is no log any more, after a while: readers may still have its files.
pub(crate) fn remove_later(folder: PathBuf, delay_ms: i64) {
    drop(crate::io::executor::spawn(async move {
        clock::sleep(Duration::from_millis(delay_ms.max(0) as u64)).await;
        if let Err(error) = directory::remove_all(&folder).await {
            tracing::warn!(path = %folder.display(), %error, "a deleted partition stays");
        }
    }));
}

/// Whether a directory has nothing under the log's name. A folder of the name that is another
/// topic's is set aside, as Kafka does with what belongs to no topic: a crash came before the files
/// of a deleted topic were gone, and then its name was used again.
pub(crate) async fn free_name(
    log_dir: &Path,
    id: PartitionId,
    name: &str,
) -> Result<bool, OpenError> {
    let path = log_dir.join(name);
    match identity::read(&path).await {
        Identity::Topic(found) if identity::is_damaged(found, id.topic) => {
            let topic = uuid_text::encode(id.topic);
            let cause = format!("its topic id is almost that of {name}, {topic}: damaged");
            Err(OpenError::Unidentified { path, cause: cause.into() })
        }
        Identity::Topic(topic) if topic != id.topic && !Mutation::StrayInherited.is_planted() => {
            set_aside(log_dir, id, name).await.map(|()| true)
        }
        Identity::Unknown { cause } if !Mutation::StrayInherited.is_planted() => {
            Err(OpenError::Unidentified { path, cause })
        }
        _ => match directory::exists(&path).await {
            Ok(exists) => Ok(!exists),
            Err(error) => Err(OpenError::io(&path, error)),
        },
    }
}

/// Takes the segments before the log's start: an end came before their files were gone. They may
/// lack what nobody wanted of them.
fn take_needless(bases: &mut Vec<Offset>, snapshots: &[Offset], log_start: Offset) -> Vec<Offset> {
    let last = bases.last().copied().unwrap_or_default();
    let snapshot = snapshots.iter().copied().rfind(|at| *at <= last);
    let needed_from = log_start.min(snapshot.unwrap_or_default());
    let dropped = bases.iter().skip(1).take_while(|base| **base <= needed_from).count();
    bases.drain(..dropped).collect()
}

/// Kafka's way with what belongs to no topic: it stays until someone has looked at it.
pub(crate) async fn set_aside(
    log_dir: &Path,
    id: PartitionId,
    name: &str,
) -> Result<(), OpenError> {
    let path = log_dir.join(name);
    let aside = log_dir.join(unused_name(id, name, "stray"));
    tracing::warn!(
        path = %path.display(), aside = %aside.display(),
        "belongs to no topic: remove it if nobody wants it"
    );
    directory::rename(&path, &aside).await.map_err(|error| OpenError::io(&path, error))
}

/// Removes a new folder that got no name: it would keep the log from being made elsewhere.
async fn remove_nameless(path: &Path) {
    let is_unfinished = |entry: &directory::Entry| {
        directory::with_ending(Path::new(partition_metadata::FILE_NAME), ".tmp")
            == Path::new(&entry.name)
    };
    let Ok(listed) = directory::list(path).await else { return };
    if listed.iter().all(is_unfinished)
        && let Err(error) = directory::remove_all(path).await
    {
        tracing::warn!(path = %path.display(), %error, "an empty folder stays");
    }
}

/// Kafka's name for a directory that waits to be removed.
fn deleted_name(id: PartitionId, name: &str) -> PathBuf {
    unused_name(id, name, "delete")
}

/// A name of its own with a suffix; cut so that it fits a file name.
fn unused_name(id: PartitionId, name: &str, suffix: &str) -> PathBuf {
    let suffix = format!(".{}-{suffix}", crate::entropy::uuid().simple());
    let kept: String = name.chars().take(limits::FILE_NAME_BYTES_MAX - suffix.len()).collect();
    debug_assert!(id.index >= -1);
    PathBuf::from(kept + &suffix)
}

/// What the files with this end of their names are named after, ascending.
pub(super) fn offsets_of(listed: &[Entry], end: &str) -> Vec<Offset> {
    let offset = |name: &str| name.strip_suffix(end)?.parse().ok().map(Offset);
    let files = listed.iter().filter(|entry| !entry.is_dir);
    let mut offsets: Vec<Offset> = files.filter_map(|entry| offset(&entry.name)).collect();
    offsets.sort_unstable();
    offsets
}

/// None: there is no file, or it can not be read.
async fn read_epochs(path: &Path) -> Option<Epochs> {
    let path = path.join(checkpoint::LEADER_EPOCHS);
    let passed_over = |error: &dyn std::fmt::Display| {
        tracing::warn!(path = %path.display(), %error, "made anew from the batches");
    };
    let bytes = match directory::read_to_vec(&path, limits::CHECKPOINT_BYTES_MAX).await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        read => read.inspect_err(|error| passed_over(error)).ok()?,
    };
    let entries = checkpoint::decode_epochs(&bytes).inspect_err(|error| passed_over(error)).ok()?;
    let epochs = Epochs::from_entries(&entries);
    if epochs.entries() != entries {
        passed_over(&"its epochs are not in order");
        return None;
    }
    Some(epochs)
}

/// Removes snapshots of producers behind the end of the log: what they tell of was lost, and once
/// the log has grown beyond them they would be believed.
async fn remove_snapshots_behind(
    path: &Path,
    snapshots: &mut Vec<Offset>,
    end: Offset,
) -> io::Result<()> {
    let behind = snapshots.split_off(snapshots.partition_point(|at| *at <= end));
    for at in &behind {
        directory::remove_file(&path.join(file_name(*at, "snapshot"))).await?;
    }
    match behind.is_empty() {
        true => Ok(()),
        false => directory::sync(path).await,
    }
}

/// The producers as the newest usable snapshot has them; batches behind it are still to be applied.
pub(super) async fn read_producers(
    path: &Path,
    snapshots: &[Offset],
    now_ms: i64,
    expiration_ms: i64,
) -> Option<Producers> {
    for at in snapshots.iter().rev() {
        if let Some(entries) = read_snapshot(path, *at).await {
            return Some(Producers::from_snapshot(&entries, at.0, now_ms, expiration_ms));
        }
    }
    None
}

/// What a snapshot of producers says, if it can be read.
pub(super) async fn read_snapshot(
    path: &Path,
    at: Offset,
) -> Option<Vec<producer_snapshot::Entry>> {
    let path = path.join(file_name(at, "snapshot"));
    let passed_over = |error: &dyn std::fmt::Display| {
        tracing::warn!(path = %path.display(), %error, "passed over");
    };
    let bytes = directory::read_to_vec(&path, limits::SNAPSHOT_BYTES_MAX).await;
    let bytes = bytes.inspect_err(|error| passed_over(error)).ok()?;
    producer_snapshot::decode(&bytes).inspect_err(|error| passed_over(error)).ok()
}

/// The tail begins within the last block of the active segment: that block's bytes are loaded.
async fn begin_tail(state: &mut State) -> Result<(), OpenError> {
    let active = state.active();
    let (base, size, path) = (active.base, active.size, active.path().to_owned());
    let partial = (size - crate::units::blocks_down(size)) as usize;
    if partial == 0 {
        return Ok(());
    }
    let file = active.file().reader().await.map_err(|error| OpenError::io(&path, error))?;
    let buffer = crate::io::buffers::Buffer::with_capacity(partial);
    let (read, buffer) = file.read_exact_at(buffer, partial, size - partial as u64).await;
    read.map_err(|error| OpenError::io(&path, error))?;
    state.tail.begin(base, size, buffer.as_slice());
    Ok(())
}
