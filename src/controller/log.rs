//! The metadata log of this node, and the controller that writes it.
//!
//! Lives on: shard 0. One request is decided at a time, on the state with everything appended
//! before it; its records go to the log as one batch and are replayed at once. Many may wait for
//! the journal together.
//! Promise: nothing is published or answered before the records it rests on are durable; images
//! are published in the order of the log; when `submit` returns, every core has the image.
//! Never: decides anything itself.
//! Limits: limits::UNPUBLISHED_STEPS_MAX.   Read next: loading.rs, ../hosting/publisher.rs.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use shards::clock;
use shards::entropy;
use shards::format::validate::Origin;
use shards::io::{directory, spawn};
use shards::journal::Room;
use shards::limits::SHORTAGE_RETRY;
use shards::log::Log;
use shards::log::append::Durable;
use shards::log::error::{AppendError, Offline};
use shards::sync::{Notify, Permit, Semaphore};
use shards::units::{LeaderEpoch, Offset, TopicId};

use crate::controller::codec::{self, Entry, Stamp};
use crate::controller::limits::{RECORDS_PER_BATCH_MAX, SNAPSHOTS_KEPT, UNPUBLISHED_STEPS_MAX};
use crate::controller::loading::{self, LoadError, Loaded};
use crate::controller::quorum::{self, Electorate, Lead, Start};
use crate::controller::snapshot_file::{self, SnapshotId};
use crate::controller::{Cause, Controller, Entropy, Options, Outcome, Refusal};
use crate::metadata::{Changes, Image, NodeId, Provenance, Versioned, VoterSet};
use crate::protocol::metadata_records::MetadataRecord;

/// Why a request to the controller came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The node has to be restarted: what was appended may or may not be durable.
    #[error("the metadata log has failed: {0}")]
    Failed(Arc<str>),
    #[error("the controller is not ready yet")]
    NotReady,
    /// Nothing of it was appended.
    #[error("{0}")]
    DiskFull(Arc<str>),
}

/// How the log is kept.
#[derive(Clone, Debug)]
pub struct LogOptions {
    pub controller: Options,
    pub cluster_id: String,
    /// `controller.quorum.voters`; empty if the log says who votes.
    pub static_voters: Vec<NodeId>,
    pub snapshot_after_bytes: u64,
}

/// What DescribeQuorum tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuorumInfo {
    pub leader_id: NodeId,
    pub leader_epoch: i32,
    pub high_watermark: i64,
    pub log_end_offset: i64,
    pub voters: VoterSet,
}

/// See the module.
pub struct MetadataLog {
    partition: Log,
    node_id: NodeId,
    epoch: i32,
    controller: RefCell<Controller>,
    /// Held from the decision to the append.
    turn: Semaphore,
    steps: RefCell<VecDeque<Step>>,
    /// Ends of what is durable, and of what every core has.
    durable: Cell<i64>,
    published: Cell<i64>,
    failed: RefCell<Option<Arc<str>>>,
    /// Why the newest partitions are not open: there is no room for them yet.
    without_room: RefCell<Option<Arc<str>>>,
    due: Notify,
    progress: Notify,
    snapshots: Snapshots,
}

/// What a batch has made of the image; none inside of a metadata transaction.
struct Step {
    end: i64,
    bytes: usize,
    state: Option<(Image, Changes)>,
}

/// An append that the journal has not written yet.
struct Pending {
    end: i64,
    durable: Durable,
}

struct Snapshots {
    folder: PathBuf,
    after_bytes: u64,
    bytes_since: Cell<u64>,
}

/// Takes images to where they are used.
pub trait Publish {
    /// Completes when every core has the image.
    fn publish(&mut self, image: Arc<Image>, changes: Changes) -> impl Future<Output = ()>;

    /// What the disk said that has no room for partitions of the last image; they are not open.
    fn without_room(&self) -> Option<Arc<str>>;

    /// Tries to open these once more.
    fn open_again(&mut self) -> impl Future<Output = ()>;
}

impl MetadataLog {
    /// Loads the metadata, takes the lead of the quorum, and writes that into the log.
    pub async fn start(partition: Log, options: LogOptions) -> Result<Rc<Self>, LoadError> {
        let loaded = loading::load(&partition, &options.cluster_id).await?;
        let lead = elect(&loaded, &options)?;
        let folder = partition.directory().to_path_buf();
        loading::write(&folder.join(quorum::STATE_FILE), lead.store.to_file().as_bytes()).await?;
        partition.lead(LeaderEpoch(lead.epoch));
        let after_bytes = options.snapshot_after_bytes.max(1);
        let log = Rc::new(Self {
            partition,
            node_id: options.controller.node_id,
            epoch: lead.epoch,
            controller: RefCell::new(Controller::new(loaded.state, options.controller)),
            turn: Semaphore::new(1),
            steps: RefCell::default(),
            durable: Cell::new(-1),
            published: Cell::new(-1),
            failed: RefCell::default(),
            without_room: RefCell::default(),
            due: Notify::new(),
            progress: Notify::new(),
            snapshots: Snapshots { folder, after_bytes, bytes_since: Cell::new(0) },
        });
        log.take_lead(lead.append).await.map_err(|error| LoadError::Unreadable {
            path: log.snapshots.folder.clone(),
            reason: error.to_string(),
        })?;
        Ok(log)
    }

    /// Has `decide` look at the state, writes its records, and returns its reply once they are
    /// durable and every core has the image that they make.
    ///
    /// What is decided is seen through even if who asked is gone and drops this future: the records
    /// of all that follow rest on it.
    pub async fn submit<R: 'static>(
        self: &Rc<Self>,
        decide: impl FnOnce(&Controller, Entropy<'_>) -> Result<Outcome<R>, Refusal>,
    ) -> Result<R, SubmitError> {
        let turn = self.turn.acquire().await;
        self.wait_for_room().await?;
        let outcome = {
            let controller = self.controller.borrow();
            decide(&controller, &mut entropy::u64)?
        };
        if let Some(full) = &*self.without_room.borrow()
            && outcome.records.iter().any(needs_room)
        {
            return Err(SubmitError::DiskFull(full.clone()));
        }
        let log = self.clone();
        let (reply, end) = spawn(async move { log.write(outcome, turn).await }).await?;
        self.wait_until_published(end).await?;
        Ok(reply)
    }

    /// Makes what was decided durable. The reply, and the end of what it rests on: without records
    /// of its own, on what was appended before.
    async fn write<R>(&self, outcome: Outcome<R>, turn: Permit) -> Result<(R, i64), SubmitError> {
        let durable = self.append(&outcome).await?;
        let end = self.controller.borrow().next_offset() - 1;
        drop(turn);
        for pending in durable {
            self.wait_until_durable(pending).await?;
        }
        Ok((outcome.reply, end))
    }

    /// The topics whose deletion the log tells of: for who finds what a deleted topic has left.
    pub async fn deleted_topics(&self) -> Result<BTreeSet<TopicId>, LoadError> {
        loading::deleted_topics(&self.partition).await
    }

    /// The state with everything that is appended.
    pub fn look<R>(&self, look: impl FnOnce(&Controller) -> R) -> R {
        look(&self.controller.borrow())
    }

    pub fn describe(&self) -> QuorumInfo {
        let log_end_offset = self.partition.ends().log_end.0;
        QuorumInfo {
            leader_id: self.node_id,
            leader_epoch: self.epoch,
            high_watermark: (self.durable.get() + 1).min(log_end_offset),
            log_end_offset,
            voters: (*self.controller.borrow().image().voters).clone(),
        }
    }

    /// Publishes what is durable, in order, for ever, and writes snapshots on the way.
    pub async fn publish(self: Rc<Self>, mut publisher: impl Publish) {
        let mut tried = clock::now();
        loop {
            let waits = self.without_room.borrow().is_some();
            if waits && tried.elapsed() >= SHORTAGE_RETRY {
                publisher.open_again().await;
                *self.without_room.borrow_mut() = publisher.without_room();
                tried = clock::now();
            }
            let Some((end, state)) = self.next_published() else {
                match waits {
                    // Waited for no longer than until the next try.
                    true => drop(clock::timeout(SHORTAGE_RETRY, self.due.notified()).await),
                    false => self.due.notified().await,
                }
                continue;
            };
            if let Some((image, changes)) = state {
                let image = Arc::new(image);
                publisher.publish(image.clone(), changes).await;
                *self.without_room.borrow_mut() = publisher.without_room();
                self.snapshot_if_due(&image).await;
            }
            self.published.set(end);
            self.progress.notify_all();
        }
    }

    /// What is durable and not published, as one step.
    fn next_published(&self) -> Option<(i64, Option<(Image, Changes)>)> {
        let mut steps = self.steps.borrow_mut();
        let mut merged: Option<(Image, Changes)> = None;
        let mut end = None;
        while steps.front().is_some_and(|step| step.end <= self.durable.get()) {
            let step = steps.pop_front()?;
            end = Some(step.end);
            let bytes = self.snapshots.bytes_since.get() + step.bytes as u64;
            self.snapshots.bytes_since.set(bytes);
            if let Some((image, mut changes)) = step.state {
                if let Some((_, before)) = merged {
                    changes.merge(before);
                }
                merged = Some((image, changes));
            }
        }
        end.map(|end| (end, merged))
    }

    async fn take_lead(&self, entries: Vec<Entry>) -> Result<(), SubmitError> {
        // What was loaded is durable; all of it is news to the cores.
        let loaded = self.controller.borrow_mut().state().take();
        let loaded = loaded.map(|(image, _)| {
            let changes = Changes::everything(&image);
            (image, changes)
        });
        let end = self.controller.borrow().next_offset() - 1;
        self.steps.borrow_mut().push_back(Step { end, bytes: 0, state: loaded });
        self.note_durable(end);
        let batch = codec::control_batch(&entries, self.stamp()).map_err(|e| self.fail(&e))?;
        self.admit(batch.len(), Room::Ordinary, true).await?;
        let pending = self.append_batch(&batch, &[], entries)?;
        self.wait_until_durable(pending).await
    }

    async fn append<R>(&self, outcome: &Outcome<R>) -> Result<Vec<Pending>, SubmitError> {
        // All batches are made before the first is appended: one that cannot be made refuses what
        // was asked for, and nothing else.
        let chunks = outcome.records.chunks(RECORDS_PER_BATCH_MAX);
        if outcome.atomic && chunks.len() > 1 {
            return Err(too_large(&"more records than one batch holds"));
        }
        let mut stamp = self.stamp();
        let mut batches = Vec::new();
        if !outcome.quorum.is_empty() {
            let batch = codec::control_batch(&outcome.quorum, stamp);
            let batch = batch.map_err(|error| too_large(&error))?;
            stamp.base_offset += outcome.quorum.len() as i64;
            batches.push((batch, &[][..], outcome.quorum.clone()));
        }
        for records in chunks {
            let batch = codec::records_batch(records, stamp).map_err(|error| too_large(&error))?;
            stamp.base_offset += records.len() as i64;
            batches.push((batch, records, Vec::new()));
        }
        let mut appended = Vec::new();
        for (batch, records, entries) in batches {
            let records: Vec<&MetadataRecord> = records.iter().map(|v| &v.record).collect();
            self.admit(batch.len(), room_for(&records), appended.is_empty()).await?;
            appended.push(self.append_batch(&batch, &records, entries)?);
        }
        Ok(appended)
    }

    /// Waits for room. On a full disk a change is refused as long as nothing of it is appended; the
    /// rest of one waits, for it cannot be taken back.
    async fn admit(&self, bytes: usize, room: Room, may_refuse: bool) -> Result<(), SubmitError> {
        loop {
            match self.partition.admit_to(bytes, room).await {
                Ok(()) => return Ok(()),
                Err(AppendError::Offline(full @ Offline::DiskFull { .. })) if may_refuse => {
                    return Err(SubmitError::DiskFull(full.to_string().into()));
                }
                Err(AppendError::Offline(Offline::DiskFull { .. })) => {
                    clock::sleep(SHORTAGE_RETRY).await;
                }
                Err(error) => return Err(self.fail(&error)),
            }
        }
    }

    /// Appends one batch, which is admitted, and replays what it holds: metadata records or control
    /// entries.
    fn append_batch(
        &self,
        batch: &[u8],
        records: &[&MetadataRecord],
        entries: Vec<Entry>,
    ) -> Result<Pending, SubmitError> {
        let base_offset = self.controller.borrow().next_offset();
        let appended = self.partition.append(batch, Origin::Internal);
        let appended = appended.map_err(|error| self.fail(&error))?;
        if appended.base_offset.0 != base_offset {
            let found = appended.base_offset;
            return Err(self.fail(&format!("offset {found} instead of {base_offset}")));
        }
        let end = Provenance {
            last_offset: appended.last_offset.0,
            last_epoch: self.epoch,
            last_timestamp_ms: clock::wall_ms(),
        };
        let mut controller = self.controller.borrow_mut();
        let replayed = controller.replay(records.iter().copied(), end).and_then(|()| {
            let batch = codec::LogBatch { base_offset, end, entries };
            loading::replay(controller.state(), &batch)
        });
        replayed.map_err(|error| self.fail(&error))?;
        let state = controller.state().take();
        let step = Step { end: end.last_offset, bytes: batch.len(), state };
        self.steps.borrow_mut().push_back(step);
        Ok(Pending { end: end.last_offset, durable: appended.durable })
    }

    fn stamp(&self) -> Stamp {
        Stamp {
            base_offset: self.controller.borrow().next_offset(),
            leader_epoch: self.epoch,
            timestamp_ms: clock::wall_ms(),
        }
    }

    /// The journal writes in order: what was appended before is durable too.
    async fn wait_until_durable(&self, pending: Pending) -> Result<(), SubmitError> {
        let mut durable = pending.durable;
        durable.wait().await.map_err(|error| self.fail(&error))?;
        self.note_durable(pending.end);
        Ok(())
    }

    fn note_durable(&self, end: i64) {
        if end >= self.durable.get() {
            self.durable.set(end);
            self.due.notify_one();
        }
    }

    async fn wait_for_room(&self) -> Result<(), SubmitError> {
        loop {
            self.check()?;
            if self.steps.borrow().len() < UNPUBLISHED_STEPS_MAX {
                return Ok(());
            }
            self.progress.notified().await;
        }
    }

    async fn wait_until_published(&self, end: i64) -> Result<(), SubmitError> {
        loop {
            self.check()?;
            if self.published.get() >= end {
                return Ok(());
            }
            self.progress.notified().await;
        }
    }

    fn check(&self) -> Result<(), SubmitError> {
        match &*self.failed.borrow() {
            Some(reason) => Err(SubmitError::Failed(reason.clone())),
            None => Ok(()),
        }
    }

    /// Nothing is decided any more: what is in the log is not known.
    fn fail(&self, reason: &dyn std::fmt::Display) -> SubmitError {
        let reason: Arc<str> = Arc::from(reason.to_string());
        let mut failed = self.failed.borrow_mut();
        if failed.is_none() {
            tracing::error!(%reason, "the metadata log has failed: restart the node");
            *failed = Some(reason.clone());
        }
        self.progress.notify_all();
        SubmitError::Failed(reason)
    }

    async fn snapshot_if_due(&self, image: &Image) {
        let snapshots = &self.snapshots;
        if snapshots.bytes_since.get() < snapshots.after_bytes {
            return;
        }
        snapshots.bytes_since.set(0);
        match snapshots.write(image).await {
            Ok(oldest) => self.trim(oldest).await,
            // The log holds all of it: the next one may succeed.
            Err(error) => tracing::warn!(%error, "no snapshot of the metadata was written"),
        }
    }

    /// Drops what lies before the oldest snapshot. As in Kafka, a log that does not begin at zero
    /// begins where a snapshot ends.
    async fn trim(&self, oldest: Option<SnapshotId>) {
        let Some(oldest) = oldest else { return };
        if let Err(error) = self.partition.trim_prefix(Offset(oldest.end_offset)).await {
            tracing::warn!(%error, "the metadata log is not cut");
        }
    }
}

impl Snapshots {
    /// Returns the oldest one that is kept.
    async fn write(&self, image: &Image) -> Result<Option<SnapshotId>, LoadError> {
        let id = SnapshotId::of(image.provenance);
        let bytes = snapshot_file::encode(image, clock::wall_ms())?;
        loading::write(&self.folder.join(id.file_name()), &bytes).await?;
        let mut old = loading::snapshots(&self.folder).await?;
        old.sort_unstable();
        let kept = old.split_off(old.len().saturating_sub(SNAPSHOTS_KEPT));
        for id in old {
            let path = self.folder.join(id.file_name());
            let removed = directory::remove_file(&path).await;
            removed.map_err(|error| LoadError::Io { path, error })?;
        }
        tracing::info!(end_offset = id.end_offset, bytes = bytes.len(), "metadata snapshot");
        Ok(kept.first().copied())
    }
}

/// Of what was decided nothing is in the log yet: the request is to blame, and stands alone.
fn too_large(error: &dyn std::fmt::Display) -> SubmitError {
    tracing::warn!(%error, "a request makes more metadata than one batch holds");
    let message = "Unable to perform excessively large batch operation.";
    SubmitError::Refused(Refusal::new(Cause::PolicyViolation, message))
}

/// Where the disk has no room for the partitions of before, there is none for more.
fn needs_room(record: &Versioned) -> bool {
    matches!(record.record, MetadataRecord::Topic(_) | MetadataRecord::Partition(_))
}

/// What deletes, or lets less be kept, may use the reserve.
fn room_for(records: &[&MetadataRecord]) -> Room {
    let frees = |record: &&MetadataRecord| {
        matches!(record, MetadataRecord::RemoveTopic(_) | MetadataRecord::Config(_))
    };
    if records.iter().all(frees) { Room::Reserve } else { Room::Ordinary }
}

fn elect(loaded: &Loaded, options: &LogOptions) -> Result<Lead, LoadError> {
    let image = loaded.state.image();
    // Voters that the log names outlive what the configuration says.
    let electorate = match options.static_voters.as_slice() {
        voters if image.voters.voters.is_empty() && !voters.is_empty() => {
            Electorate::Static(voters.to_vec())
        }
        _ => Electorate::Dynamic((*image.voters).clone()),
    };
    Ok(quorum::start(Start {
        node: options.controller.node_id,
        electorate,
        stored: loaded.election.clone(),
        log_epoch: image.provenance.last_epoch.max(0),
        log_has_voters: loaded.log_has_voters,
    })?)
}

#[cfg(test)]
mod tests;
