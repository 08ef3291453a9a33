//! A log directory as the node sees it: whose it is, how it was left, what its checkpoints say.
//!
//! Lives on: the core that starts and stops the node; the result is shared by all.
//! Promise: a directory of another cluster or node, or one in use, is refused before anything in it
//! changes; one that is new is formatted; what a start finds is durable before it is believed.
//! Read next: store.rs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use crate::entropy;
use crate::format::checkpoint::{self, PartitionOffset, encode_offsets};
use crate::format::meta_properties::{self, MetaProperties, MetaPropertiesError};
use crate::format::{clean_shutdown, file_names};
use crate::io::directory;
use crate::io::file::{Durability, File, OpenOptions};
use crate::io::remedy::remedy;
use crate::limits;
use crate::log::kept_offsets::{
    CLEANED, FoundOffsets, HIGH_WATERMARKS, LOG_STARTS, RECOVERY_POINTS, StoppedBy, gather, keep,
    remove,
};
use crate::store::Checkpoints;
use crate::units::{Offset, PartitionId, Uuid};

const LOCK_FILE: &str = ".lock";

/// Says that journals here are not synced at each write; gone after a clean stop.
const UNSYNCED_FILE: &str = "ringlog.unsynced";
/// In the place of a broker's epoch, which Kafka's files of a clean stop have.
const OUR_EPOCH: i64 = -1;

/// Who a directory must belong to.
#[derive(Clone, Debug)]
pub struct Owner {
    /// Any cluster, if not given; a new directory then begins a new cluster.
    pub cluster_id: Option<String>,
    pub node_id: i32,
}

/// A log directory of this node. Cheap to clone, shared by the cores.
#[derive(Clone, Debug)]
pub struct NodeDir {
    pub path: PathBuf,
    pub cluster_id: String,
    pub directory_id: Uuid,
    pub was_stopped_cleanly: bool,
    /// No node has run on it.
    pub is_new: bool,
    /// Journals here were not synced at each write since the last clean stop: a power cut may have
    /// taken what was written last.
    pub may_lack: bool,
    /// Writes go past the page cache; else they cost several times as much.
    pub has_direct_io: bool,
    /// Partitions of topics are not made here: `metadata.log.dir` beside `log.dirs`.
    pub is_metadata_only: bool,
    offsets: FoundOffsets,
}

/// Held while the node runs; a second node is refused.
#[derive(Debug)]
pub struct Lock(File);

/// Why a directory is not used.
#[derive(Debug, Error)]
pub enum DirectoryError {
    #[error("{path}: {error}{}", remedy(error))]
    Io { path: PathBuf, error: std::io::Error },
    #[error("{path} is in use by another broker: stop it, or name another directory in log.dirs")]
    InUse { path: PathBuf },
    #[error("{path}: {error}; restore the file, or name another directory in log.dirs")]
    Properties { path: PathBuf, error: MetaPropertiesError },
    #[error("{path} names the cluster {found}, not {wanted}: correct cluster.id or log.dirs")]
    OtherCluster { path: PathBuf, found: String, wanted: String },
    #[error("{path} names the node {found}, not {wanted}: correct node.id or log.dirs")]
    OtherNode { path: PathBuf, found: i32, wanted: i32 },
    #[error(
        "{path} holds {found}, but not the file meta.properties that says whose it is: restore the \
         file, or name another directory in log.dirs"
    )]
    Nameless { path: PathBuf, found: String },
}

/// A directory that may be used, of which nothing has been changed yet.
pub struct Inspected {
    path: PathBuf,
    /// None for one that is new.
    properties: Option<MetaProperties>,
    lock: Option<Lock>,
}

impl Inspected {
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the mark of a clean stop is there: the files are whole.
    pub async fn was_stopped_cleanly(&self) -> Result<bool, DirectoryError> {
        let clean = self.path.join(clean_shutdown::FILE_NAME);
        let found = directory::exists(&clean).await;
        found.map_err(|error| DirectoryError::Io { path: clean, error })
    }

    /// Of the cluster that it belongs to; none for one that is new.
    pub fn cluster_id(&self) -> Option<&str> {
        self.properties.as_ref().map(|properties| properties.cluster_id.as_str())
    }
}

/// Looks whether a directory may be used and written, and locks it if it was used before. Changes
/// nothing.
pub async fn inspect(path: &Path, owner: &Owner) -> Result<Inspected, DirectoryError> {
    let exists = async |path: &Path| {
        let exists = directory::exists(path).await;
        exists.map_err(|error| DirectoryError::Io { path: path.to_owned(), error })
    };
    let mut inspected = Inspected { path: path.to_owned(), properties: None, lock: None };
    let writable = directory::check_writable(path).await;
    writable.map_err(|error| DirectoryError::Io { path: path.to_owned(), error })?;
    if !exists(path).await? {
        return Ok(inspected);
    }
    if exists(&path.join(LOCK_FILE)).await? {
        inspected.lock = Some(lock(path).await?);
    }
    match exists(&path.join(meta_properties::FILE_NAME)).await? {
        true => inspected.properties = Some(check(path, owner).await?),
        false => check_new(path).await?,
    }
    Ok(inspected)
}

/// Locks a directory, formats it if it is new, and reads how it was left.
pub async fn prepare(path: &Path, owner: &Owner) -> Result<(NodeDir, Lock), DirectoryError> {
    begin(inspect(path, owner).await?, owner).await
}

/// The same for one that was inspected: what changes it.
pub async fn begin(inspected: Inspected, owner: &Owner) -> Result<(NodeDir, Lock), DirectoryError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |error| DirectoryError::Io { path, error }
    };
    let path = inspected.path.as_path();
    directory::create_all(path).await.map_err(io(path))?;
    let lock = match inspected.lock {
        Some(lock) => lock,
        None => lock(path).await?,
    };
    let properties = match inspected.properties {
        Some(properties) => {
            // A process killed between a change and its sync, or whoever brought the files here,
            // leaves what is there for all to see, and gone after a power cut: nothing is built
            // upon it before it is durable.
            directory::sync_file_system(path).await.map_err(io(path))?;
            properties
        }
        None => {
            let file = path.join(meta_properties::FILE_NAME);
            format(path, owner).await.map_err(io(&file))?
        }
    };
    let clean = path.join(clean_shutdown::FILE_NAME);
    let was_stopped_cleanly = directory::exists(&clean).await.map_err(io(&clean))?;
    let is_new = !was_stopped_cleanly && data_in(path).await?.is_none();
    let stopped_by = match was_stopped_cleanly {
        true => stopped_by(&clean).await,
        false => StoppedBy::Crash,
    };
    if was_stopped_cleanly {
        // From the first append on the directory is no longer what the file says.
        directory::remove_file(&clean).await.map_err(io(&clean))?;
        directory::sync(path).await.map_err(io(path))?;
    }
    let unsynced = path.join(UNSYNCED_FILE);
    let is_unsynced = directory::exists(&unsynced).await.map_err(io(&unsynced))?;
    let gathered = async |kind| gather(path, kind, stopped_by).await.map(Arc::new);
    let node_dir = NodeDir {
        path: path.to_owned(),
        cluster_id: properties.cluster_id,
        directory_id: properties.directory_id.unwrap_or_default(),
        was_stopped_cleanly,
        is_new,
        may_lack: is_unsynced && !was_stopped_cleanly,
        has_direct_io: lock.0.is_direct(),
        is_metadata_only: false,
        offsets: FoundOffsets {
            recovery_points: gathered(RECOVERY_POINTS).await.map_err(io(path))?,
            starts: gathered(LOG_STARTS).await.map_err(io(path))?,
            cleaned: gathered(CLEANED).await.map_err(io(path))?,
            high_watermarks: gathered(HIGH_WATERMARKS).await.map_err(io(path))?,
        },
    };
    Ok((node_dir, lock))
}

/// Notes whether journals are synced at each write from here on, before any is written.
pub async fn note_durability(
    directory: &NodeDir,
    durability: Durability,
) -> Result<(), DirectoryError> {
    let file = directory.path.join(UNSYNCED_FILE);
    let noted = match durability {
        Durability::Cached => directory::write_atomically(&file, b"version: 0\n").await,
        // It still holds for what is there.
        Durability::Synced if directory.may_lack => Ok(()),
        Durability::Synced => remove_if_there(&file).await,
    };
    noted.map_err(|error| DirectoryError::Io { path: file, error })
}

/// Writes the checkpoints of all shards, and that the stop was clean.
pub async fn finish(path: &Path, checkpoints: &Checkpoints) -> Result<(), DirectoryError> {
    write_checkpoints(path, checkpoints).await?;
    let kept = async {
        keep(path, LOG_STARTS, &checkpoints.log_starts_by_id).await?;
        keep(path, CLEANED, &checkpoints.cleaned_by_id).await?;
        keep(path, HIGH_WATERMARKS, &checkpoints.high_watermarks_by_id).await?;
        remove(path, RECOVERY_POINTS).await
    };
    kept.await.map_err(|error| DirectoryError::Io { path: path.to_owned(), error })?;
    let file = path.join(clean_shutdown::FILE_NAME);
    let text = clean_shutdown::encode(OUR_EPOCH);
    let written = directory::write_atomically(&file, text.as_bytes()).await;
    written.map_err(|error| DirectoryError::Io { path: file, error })
}

/// Who has written the file of a clean stop.
async fn stopped_by(clean: &Path) -> StoppedBy {
    let bytes = directory::read_to_vec(clean, limits::CHECKPOINT_BYTES_MAX).await;
    match bytes.ok().and_then(|bytes| clean_shutdown::decode(&bytes)) {
        Some(OUR_EPOCH) => StoppedBy::Us,
        // Kafka's, or one that is damaged: then what both kinds of files say is the same.
        Some(_) | None => StoppedBy::Kafka,
    }
}

/// Writes the checkpoints of all shards.
pub async fn write_checkpoints(
    path: &Path,
    checkpoints: &Checkpoints,
) -> Result<(), DirectoryError> {
    let files = [
        (checkpoint::RECOVERY_POINTS, &checkpoints.recovery_points),
        (checkpoint::LOG_STARTS, &checkpoints.log_starts),
        (checkpoint::CLEANED, &checkpoints.cleaned),
        (checkpoint::HIGH_WATERMARKS, &checkpoints.high_watermarks),
    ];
    for (name, offsets) in files {
        let file = path.join(name);
        let entries: Vec<PartitionOffset> =
            offsets.iter().filter_map(|(name, offset)| entry(name, *offset)).collect();
        let written = directory::write_atomically(&file, encode_offsets(&entries).as_bytes()).await;
        written.map_err(|error| DirectoryError::Io { path: file, error })?;
    }
    Ok(())
}

impl NodeDir {
    /// Up to where a log was surely on disk.
    pub fn recovery_point(&self, id: PartitionId) -> Option<Offset> {
        self.offsets.recovery_points.get(&id).copied()
    }

    /// What the files of the directory said at its start.
    pub(crate) fn offsets(&self) -> &FoundOffsets {
        &self.offsets
    }

    /// Up to where a log is compacted.
    pub fn cleaned_to(&self, id: PartitionId) -> Offset {
        self.offsets.cleaned.get(&id).copied().unwrap_or(Offset::ZERO)
    }

    pub fn log_start(&self, id: PartitionId) -> Offset {
        self.offsets.starts.get(&id).copied().unwrap_or(Offset::ZERO)
    }

    /// Up to where readers saw a log.
    pub fn high_watermark(&self, id: PartitionId) -> Offset {
        self.offsets.high_watermarks.get(&id).copied().unwrap_or(Offset::ZERO)
    }
}

async fn remove_if_there(file: &Path) -> std::io::Result<()> {
    match directory::exists(file).await? {
        true => directory::remove_file(file).await,
        false => Ok(()),
    }
}

async fn lock(path: &Path) -> Result<Lock, DirectoryError> {
    let name = path.join(LOCK_FILE);
    let failed = |error| DirectoryError::Io { path: name.clone(), error };
    // Direct, as journals and segments are, so that it shows whether the file system can.
    let options = OpenOptions::new().write(true).create(true).direct(true);
    let file = File::open(&name, options).await.map_err(failed)?;
    match file.try_lock_exclusive().map_err(failed)? {
        true => Ok(Lock(file)),
        false => Err(DirectoryError::InUse { path: path.to_owned() }),
    }
}

async fn check(path: &Path, owner: &Owner) -> Result<MetaProperties, DirectoryError> {
    let file = path.join(meta_properties::FILE_NAME);
    let bytes = directory::read_to_vec(&file, limits::CHECKPOINT_BYTES_MAX).await;
    let bytes = bytes.map_err(|error| DirectoryError::Io { path: file.clone(), error })?;
    let found = meta_properties::decode(&bytes)
        .map_err(|error| DirectoryError::Properties { path: file.clone(), error })?;
    let path = file;
    match &owner.cluster_id {
        Some(wanted) if *wanted != found.cluster_id => {
            let (found, wanted) = (found.cluster_id, wanted.clone());
            Err(DirectoryError::OtherCluster { path, found, wanted })
        }
        _ if found.node_id != owner.node_id => {
            Err(DirectoryError::OtherNode { path, found: found.node_id, wanted: owner.node_id })
        }
        _ => Ok(found),
    }
}

/// Refuses to begin a new cluster on the data of another.
async fn check_new(path: &Path) -> Result<(), DirectoryError> {
    match data_in(path).await? {
        Some(found) => Err(DirectoryError::Nameless { path: path.to_owned(), found }),
        None => Ok(()),
    }
}

/// The name of something that a node has left in a directory.
async fn data_in(path: &Path) -> Result<Option<String>, DirectoryError> {
    let listed = directory::list(path).await;
    let listed = listed.map_err(|error| DirectoryError::Io { path: path.to_owned(), error })?;
    let is_data = |name: &str, is_dir: bool| match is_dir {
        true => file_names::parse_directory(name).is_some(),
        false => file_names::parse_journal(name).is_some() || name == clean_shutdown::FILE_NAME,
    };
    Ok(listed.into_iter().find(|entry| is_data(&entry.name, entry.is_dir)).map(|entry| entry.name))
}

async fn format(path: &Path, owner: &Owner) -> std::io::Result<MetaProperties> {
    let cluster_id = owner.cluster_id.clone();
    let properties = MetaProperties {
        cluster_id: cluster_id.unwrap_or_else(|| crate::format::uuid_text::encode(entropy::uuid())),
        node_id: owner.node_id,
        directory_id: Some(entropy::uuid()),
    };
    // A start before may have made the directory and was killed then; one that may not be read is
    // not ours to make, and lasts.
    match directory::sync_parent(path).await {
        Err(error) if error.kind() != std::io::ErrorKind::PermissionDenied => return Err(error),
        _ => {}
    }
    let file = path.join(meta_properties::FILE_NAME);
    directory::write_atomically(&file, meta_properties::encode(&properties).as_bytes()).await?;
    tracing::info!(path = %path.display(), cluster_id = properties.cluster_id, "formatted");
    Ok(properties)
}

fn entry(name: &str, offset: Offset) -> Option<PartitionOffset> {
    let parsed = file_names::parse_directory(name)?;
    Some(PartitionOffset { topic: parsed.topic, partition: parsed.partition, offset: offset.0 })
}
