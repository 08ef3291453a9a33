//! What the disk says of the cluster's metadata when a node starts, and the files of a new cluster.
//!
//! Lives on: shard 0. In order: the newest snapshot, the log from there on, the quorum's state.
//! Promise: a damaged snapshot or log stops the start with a message that names the file; nothing
//! is dropped in silence. Files of a new cluster are those that `kafka-storage format` writes.
//! Read next: log.rs.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use shards::format::batch::Batch;
use shards::io::buffers::Buffer;
use shards::io::directory;
use shards::log::Log;
use shards::log::reader::{AtLeastOne, Piece, ReadLimit};
use shards::log::stopped::walk_stopped;
use shards::mutation::Mutation;
use shards::units::{Offset, TopicId};

use crate::controller::codec::{self, CodecError, Entry, LogBatch};
use crate::controller::features::{self, FeatureError};
use crate::controller::limits::{LOADED_AT_ONCE_BYTES, QUORUM_STATE_BYTES_MAX, SNAPSHOT_BYTES_MAX};
use crate::controller::quorum::{self, ElectionState, QuorumError};
use crate::controller::snapshot_file::{self, BOOTSTRAP_FILE, SnapshotError, SnapshotId};
use crate::metadata::features::{KRAFT_VERSION, Offer};
use crate::metadata::{Delta, Image, NodeId, ReplayError, Versioned, VoterSet};
use crate::protocol::metadata_records::MetadataRecord;

/// Why the metadata of a node cannot be used. To blame: the disk or the operator.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("{path}: {error}", path = path.display())]
    Io { path: PathBuf, error: io::Error },
    #[error(
        "{path} is damaged: {error}; restore it from a backup, or remove it if an older snapshot \
         and the whole log are there",
        path = path.display()
    )]
    Snapshot { path: PathBuf, error: SnapshotError },
    #[error("the metadata log, {path}: {error}", path = path.display())]
    Log { path: PathBuf, error: CodecError },
    #[error(
        "the metadata log, {path}: after offset {before} comes {found}; restore it from a backup",
        path = path.display()
    )]
    Missing { path: PathBuf, before: i64, found: i64 },
    #[error("the metadata log, {path}, cannot be read: {reason}", path = path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("the metadata log, {path}: at offset {offset}: {error}", path = path.display())]
    Replay { path: PathBuf, offset: i64, error: ReplayError },
    #[error(
        "the metadata log in {path} is at offsets {start} to {end}, but the newest snapshot \
         reaches to {snapshot}: part of the log is missing",
        path = path.display()
    )]
    Gap { path: PathBuf, start: i64, end: i64, snapshot: i64 },
    #[error(transparent)]
    Quorum(#[from] QuorumError),
    #[error("{path}: {error}", path = path.display())]
    QuorumState { path: PathBuf, error: QuorumError },
    #[error("format.features: {0}")]
    Features(#[from] FeatureError),
    #[error(transparent)]
    Codec(#[from] CodecError),
}

impl LoadError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { path, error }
    }
}

/// How a new cluster begins.
#[derive(Clone, Debug)]
pub struct NewCluster {
    /// Levels that the operator wants other than the defaults.
    pub features: BTreeMap<String, i16>,
    pub offer: Offer,
    /// The voters of a dynamic quorum; none under a static one, or when others found the cluster.
    pub voters: Option<VoterSet>,
}

/// Writes the files of a new cluster, unless there are files of one already.
pub async fn format(root: &Path, folder: &Path, new: &NewCluster) -> Result<(), LoadError> {
    let bootstrap = root.join(BOOTSTRAP_FILE);
    if directory::exists(&bootstrap).await.map_err(LoadError::io(&bootstrap))? {
        return Ok(());
    }
    let now_ms = shards::clock::wall_ms();
    let mut levels = features::initial_levels(&new.features, new.offer)?;
    let first = SnapshotId { end_offset: 0, epoch: 0 };
    let path = folder.join(first.file_name());
    let voters = new.voters.clone().filter(|_| levels[KRAFT_VERSION] > 0);
    let is_new = !directory::exists(&path).await.map_err(LoadError::io(&path))?;
    if let (Some(voters), true) = (voters, is_new) {
        let mut image = Image::empty("");
        image.provenance.last_timestamp_ms = now_ms;
        image.voters = std::sync::Arc::new(voters);
        write(&path, &snapshot_file::encode(&image, now_ms)?).await?;
    }
    levels.remove(KRAFT_VERSION);
    let records = features::bootstrap_records(&levels);
    // Last: where it is, the format is complete.
    write(&bootstrap, &snapshot_file::encode_bootstrap(&records, now_ms)?).await
}

/// The first records of the cluster.
pub async fn bootstrap(root: &Path) -> Result<Vec<Versioned>, LoadError> {
    let path = root.join(BOOTSTRAP_FILE);
    if !directory::exists(&path).await.map_err(LoadError::io(&path))? {
        let levels = features::initial_levels(&BTreeMap::new(), Offer::Final)?;
        return Ok(features::bootstrap_records(&levels));
    }
    let bytes = directory::read_to_vec(&path, SNAPSHOT_BYTES_MAX).await;
    let bytes = bytes.map_err(LoadError::io(&path))?;
    let records = snapshot_file::decode_bootstrap(&bytes)
        .map_err(|error| LoadError::Snapshot { path, error })?;
    Ok(records.into_iter().map(Versioned::v0).collect())
}

/// Who votes, by id and in order, as far as files tell that no log has to be read for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Voters {
    /// The files of a new cluster are not there, or are damaged: that shows when they are loaded.
    Unknown,
    /// `controller.quorum.voters` of the last start.
    Static(Vec<NodeId>),
    /// The newest snapshot's.
    Dynamic(Vec<NodeId>),
}

/// Looks for the voters; changes nothing.
pub async fn voters(folder: &Path) -> Result<Voters, LoadError> {
    if !directory::exists(folder).await.map_err(LoadError::io(folder))? {
        return Ok(Voters::Unknown);
    }
    let sorted = |mut voters: Vec<NodeId>| {
        voters.sort_unstable();
        voters
    };
    if let Some(newest) = snapshots(folder).await?.into_iter().max()
        && let Ok(image) = read_snapshot(folder, newest, "").await
        && !image.voters.voters.is_empty()
    {
        let voters = image.voters.voters.iter().map(|voter| voter.id).collect();
        return Ok(Voters::Dynamic(sorted(voters)));
    }
    let election = read_election(folder).await?;
    let voters = election.and_then(|election| election.static_voters);
    Ok(voters.map_or(Voters::Unknown, |voters| Voters::Static(sorted(voters))))
}

/// What was loaded.
pub struct Loaded {
    pub state: Delta,
    pub election: Option<ElectionState>,
    /// Whether the voters are in the log itself, not only in the first snapshot.
    pub log_has_voters: bool,
    pub snapshot: Option<SnapshotId>,
}

/// Loads the newest snapshot and replays the log after it.
pub async fn load(partition: &Log, cluster_id: &str) -> Result<Loaded, LoadError> {
    let folder = partition.directory();
    let folder = &*folder;
    let snapshot = snapshots(folder).await?.into_iter().max();
    let mut state = match snapshot {
        Some(id) => Delta::new(read_snapshot(folder, id, cluster_id).await?),
        None => Delta::new(Image::empty(cluster_id)),
    };
    let from_snapshot = snapshot.is_some_and(|id| id.end_offset > 0);
    let mut log_has_voters = from_snapshot && !state.image().voters.voters.is_empty();
    let ends = partition.ends();
    let from = snapshot.map_or(0, |id| id.end_offset);
    if !(ends.log_start.0..=ends.log_end.0).contains(&from) {
        let (start, end) = (ends.log_start.0, ends.log_end.0);
        return Err(LoadError::Gap { path: folder.to_owned(), start, end, snapshot: from });
    }
    let mut next = from;
    while next < ends.log_end.0 {
        for mut batch in read_batches(partition, next, ends.log_end).await? {
            if Mutation::ConfigForgotten.is_planted() {
                let is_config =
                    |entry: &Entry| matches!(entry, Entry::Metadata(MetadataRecord::Config(_)));
                batch.entries.retain(|entry| !is_config(entry));
            }
            let (path, offset) = (|| partition.segment_path(Offset(next)), batch.base_offset);
            // Nothing is ever taken out of its middle.
            if offset > next {
                return Err(LoadError::Missing { path: path(), before: next - 1, found: offset });
            }
            let has_voters = replay(&mut state, &batch);
            log_has_voters |=
                has_voters.map_err(|error| LoadError::Replay { path: path(), offset, error })?;
            next = batch.end.last_offset + 1;
        }
    }
    Ok(Loaded { state, election: read_election(folder).await?, log_has_voters, snapshot })
}

/// Whether what a node that was stopped in order has left of its metadata can be loaded; changes
/// nothing.
pub async fn check_stopped(folder: &Path) -> Result<(), LoadError> {
    let newest = snapshots(folder).await?.into_iter().max();
    let mut state = match newest {
        Some(id) => Delta::new(read_snapshot(folder, id, "").await?),
        None => Delta::new(Image::empty("")),
    };
    let from = newest.map_or(0, |id| id.end_offset);
    let (mut next, mut refused) = (from, None);
    let walked = walk_stopped(folder, Offset(from), |path, batch| {
        if batch.last_offset() < next {
            return ControlFlow::Continue(());
        }
        match check_batch(path, batch, next, &mut state) {
            Ok(()) => next = batch.next_offset(),
            Err(error) => refused = Some(error),
        }
        if refused.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let start = walked.await.map_err(|error| LoadError::Unreadable {
        path: folder.to_owned(),
        reason: error.to_string(),
    })?;
    match (refused, start) {
        (Some(error), _) => return Err(error),
        (None, Some(Offset(start))) if start > from => {
            let path = folder.to_owned();
            return Err(LoadError::Gap { path, start, end: next, snapshot: from });
        }
        _ => {}
    }
    read_election(folder).await.map(drop)
}

fn check_batch(
    path: &Path,
    batch: &Batch<'_>,
    next: i64,
    state: &mut Delta,
) -> Result<(), LoadError> {
    let (path, offset) = (|| path.to_owned(), batch.base_offset());
    if offset > next {
        return Err(LoadError::Missing { path: path(), before: next - 1, found: offset });
    }
    for decoded in codec::decode(batch.bytes()) {
        let decoded = decoded.map_err(|error| LoadError::Log { path: path(), error })?;
        let replayed = replay(state, &decoded);
        replayed.map_err(|error| LoadError::Replay { path: path(), offset, error })?;
    }
    Ok(())
}

/// The topics whose deletion is in the log, which reaches further back than the newest snapshot.
pub async fn deleted_topics(partition: &Log) -> Result<BTreeSet<TopicId>, LoadError> {
    let ends = partition.ends();
    let (mut next, end) = (ends.log_start.0, ends.high_watermark);
    let mut deleted = BTreeSet::new();
    while next < end.0 {
        for batch in read_batches(partition, next, end).await? {
            let topics = batch.entries.iter().filter_map(|entry| match entry {
                Entry::Metadata(MetadataRecord::RemoveTopic(record)) => Some(record.topic_id),
                _ => None,
            });
            deleted.extend(topics);
            next = batch.end.last_offset + 1;
        }
    }
    Ok(deleted)
}

/// Whether the batch names the voters.
pub(super) fn replay(state: &mut Delta, batch: &LogBatch) -> Result<bool, ReplayError> {
    let mut names_voters = false;
    for entry in &batch.entries {
        match entry {
            Entry::Metadata(record) => state.replay(record)?,
            Entry::QuorumVersion(record) => {
                state.change_voters(|voters| voters.apply_version(record));
            }
            Entry::QuorumVoters(record) => {
                names_voters = true;
                state.change_voters(|voters| voters.apply_voters(record));
            }
            Entry::LeaderChange(_) | Entry::SnapshotHeader(_) | Entry::SnapshotFooter(_) => {}
        }
    }
    state.advance(batch.end);
    Ok(names_voters)
}

/// The snapshots in a folder, in no order.
pub(super) async fn snapshots(folder: &Path) -> Result<Vec<SnapshotId>, LoadError> {
    let entries = directory::list(folder).await.map_err(LoadError::io(folder))?;
    let names = entries.iter().map(|entry| entry.name.as_str());
    Ok(names.filter_map(SnapshotId::of_file_name).collect())
}

async fn read_snapshot(folder: &Path, id: SnapshotId, cluster: &str) -> Result<Image, LoadError> {
    let path = folder.join(id.file_name());
    let bytes = directory::read_to_vec(&path, SNAPSHOT_BYTES_MAX).await;
    let bytes = bytes.map_err(LoadError::io(&path))?;
    snapshot_file::decode(&bytes, id, cluster).map_err(|error| LoadError::Snapshot { path, error })
}

async fn read_election(folder: &Path) -> Result<Option<ElectionState>, LoadError> {
    let path = folder.join(quorum::STATE_FILE);
    if !directory::exists(&path).await.map_err(LoadError::io(&path))? {
        return Ok(None);
    }
    let bytes = directory::read_to_vec(&path, QUORUM_STATE_BYTES_MAX).await;
    let bytes = bytes.map_err(LoadError::io(&path))?;
    let state = ElectionState::from_json(&bytes);
    state.map(Some).map_err(|error| LoadError::QuorumState { path, error })
}

/// Some whole batches from `next` on, at least one.
async fn read_batches(partition: &Log, next: i64, end: Offset) -> Result<Vec<LogBatch>, LoadError> {
    let path = partition.segment_path(Offset(next));
    let unreadable = |reason: String| LoadError::Unreadable { path: path.clone(), reason };
    let limit =
        ReadLimit { before: end, bytes_max: LOADED_AT_ONCE_BYTES, at_least_one: AtLeastOne::Batch };
    let read = partition.read(Offset(next), limit).await;
    let read = read.map_err(|error| unreadable(error.to_string()))?;
    let mut bytes = Vec::with_capacity(read.bytes);
    for piece in read.pieces {
        copy(piece, &mut bytes).await.map_err(LoadError::io(&path))?;
    }
    let mut batches = Vec::new();
    for batch in codec::decode(whole_batches(&bytes)) {
        let batch = batch.map_err(|error| LoadError::Log { path: path.clone(), error })?;
        if batch.end.last_offset >= next {
            batches.push(batch);
        }
    }
    if batches.is_empty() {
        return Err(unreadable(format!("nothing at offset {next}, which is before its end")));
    }
    Ok(batches)
}

/// Without a last batch that is cut.
fn whole_batches(bytes: &[u8]) -> &[u8] {
    let mut batches = shards::format::batch::Batches::new(bytes);
    while batches.next().is_some_and(|batch| batch.is_ok()) {}
    &bytes[..batches.position()]
}

async fn copy(piece: Piece, bytes: &mut Vec<u8>) -> io::Result<()> {
    match piece {
        Piece::Memory(slice) => bytes.extend_from_slice(&slice),
        Piece::File { file, offset, length } => {
            let length = length as usize;
            let (result, buffer) =
                file.read_exact_at(Buffer::with_capacity(length), length, offset).await;
            result?;
            bytes.extend_from_slice(buffer.as_slice());
        }
    }
    Ok(())
}

pub(super) async fn write(path: &Path, bytes: &[u8]) -> Result<(), LoadError> {
    directory::write_atomically(path, bytes).await.map_err(LoadError::io(path))
}
