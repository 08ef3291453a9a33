//! Cuts a log at its end: a follower whose log and its leader's went different ways.
//!
//! In this order: appends are held, and all there are are in segments, synced · an entry of the
//! journal makes void what older entries say of the log · the offsets that are kept of it (recovery
//! point, up to where it is compacted) are lowered, durably · memory has the shorter log, the cut
//! segment as another file than readers hold · segments behind go, the last one first · snapshots
//! of producers behind go · the cut segment ends, and its indexes go with what they said · the
//! checkpoint of epochs is written · appends go on.
//!
//! A crash in between leaves the log as it was, or a shorter one that still holds all that was to
//! stay: a follower then finds out anew where to cut. What would make a difference to the batches
//! that are appended next (an index, a snapshot, an epoch, a recovery point of what was cut) is
//! gone, durably, before the first of them. Kafka's class: UnifiedLog.truncateTo.
//!
//! Lives on: the partition's shard. Promise: when `truncate_to` returns well, no restart brings
//! back what was cut. An error of the directory takes it offline; a full disk refuses a cut, or is
//! waited for once it has begun. A move of the log to another directory is waited for.
//! Never: cuts the log of a leader.
//! Read next: replication.rs, lifecycle.rs, ../journal/writer.rs.

use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use super::error::{Offline, ReadError};
use super::lifecycle::{offsets_of, read_producers};
use super::log_dir::LogDir;
use super::producers::Producers;
use super::recovery::noted;
use super::scan::{Check, ScanEnd, scan};
use super::segment::{Segment, SegmentEnd, file_name};
use super::segment_check::Fault;
use super::segment_file::{create_writer, open_writer};
use super::shortage_wait::Waiting;
use super::state::Log;
use crate::clock;
use crate::format::validate::BatchInfo;
use crate::io::buffers::Buffer;
use crate::io::directory;
use crate::io::executor;
use crate::io::file::File;
use crate::journal::NotAdmitted;
use crate::mutation::Mutation;
use crate::replica::Event;
use crate::sync::Permit;
use crate::units::{Offset, blocks_down};

/// Why a log was not cut.
#[derive(Debug, thiserror::Error)]
pub enum NotCut {
    #[error("this node leads the partition: its log is the one that others follow")]
    Leads,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Offline(#[from] Offline),
}

/// Where a log ends after a cut.
#[derive(Debug)]
struct Cut {
    segment: Offset,
    at: SegmentEnd,
}

/// The rights of who cuts a log: nobody else moves its ends, its files, or appends.
struct Held {
    _whole: Permit,
    _ends: Permit,
    _appends: Permit,
    _files: Permit,
}

impl Log {
    /// Cuts off the batch that holds `offset`, and all behind. Returns where the log ends now:
    /// `offset`, or before it where a batch held it or none ended there. A log that would end
    /// before its start has nothing afterwards, and begins at its start, or at `offset` if that
    /// lies before.
    pub async fn truncate_to(&self, offset: Offset) -> Result<Offset, NotCut> {
        let _held = self.hold().await?;
        let (log_start, next) = {
            let state = self.state();
            (state.log_start(), state.next())
        };
        if offset >= next {
            return Ok(next);
        }
        tracing::info!(partition = self.name(), %offset, end = %next, "the log is cut");
        if offset < log_start {
            return self.empty(offset).await;
        }
        let cut = self.find_cut(offset).await?;
        match cut.at.offset < log_start {
            true => self.empty(log_start).await,
            false => self.cut(cut).await,
        }
    }

    /// Drops all there is: the log begins anew at `offset`, where its leader's does.
    pub async fn begin_anew(&self, offset: Offset) -> Result<Offset, NotCut> {
        let _held = self.hold().await?;
        tracing::info!(partition = self.name(), %offset, "the log begins anew");
        self.empty(offset).await
    }

    async fn hold(&self) -> Result<Held, NotCut> {
        let whole = self.0.compaction_turn.acquire().await;
        let ends = self.0.ends_turn.acquire().await;
        let appends = self.0.append_turn.acquire().await;
        if self.is_leader() {
            return Err(NotCut::Leads);
        }
        self.journaled().await?;
        self.clone().take_over().await;
        let files = self.files_turn().await;
        let ended = || self.offline().unwrap_or(Offline::Stopping);
        let files = files.ok_or_else(ended)?;
        if self.0.is_closing.get() {
            return Err(Offline::Stopping.into());
        }
        self.sync_unfinished().await?;
        let (gap_end, durable) = {
            let state = self.state();
            (state.gap_end, state.durable())
        };
        if gap_end > Offset::ZERO {
            let log_dir = self.log_dir();
            let save = async || log_dir.offsets().recovery_points.save(self.id(), durable).await;
            self.persist_in(save).await?;
            self.forget_gap(gap_end);
        }
        // From here on no entry of the journal is needed for what the log has.
        let arrival = self.log_dir().journal().note_arrival(self.id()).await;
        arrival.map_err(|refused| match refused {
            NotAdmitted::Failed(failed) => Offline::Journal(failed),
            NotAdmitted::DiskFull(_) | NotAdmitted::LargerThanJournal { .. } => self.disk_full(),
        })?;
        match self.is_leader() {
            true => Err(NotCut::Leads),
            false => Ok(Held { _whole: whole, _ends: ends, _appends: appends, _files: files }),
        }
    }

    /// Syncs what was written of segments that are not finished, also where a sync is under way.
    pub(super) async fn sync_unfinished(&self) -> Result<(), Offline> {
        let writers: Vec<File> = {
            let state = self.state();
            let unfinished = state.segments.iter().filter(|segment| !segment.is_finished);
            // What is closed is synced.
            unfinished.filter_map(|segment| segment.file().open_writer()).collect()
        };
        for file in writers {
            if let Err(error) = file.sync_data().await {
                return Err(self.failed(&format!("sync of {}", self.name()), &error));
            }
        }
        Ok(())
    }

    /// The directory is offline from here on.
    fn failed(&self, what: &str, error: &io::Error) -> Offline {
        self.write_failed(what, error);
        self.offline().unwrap_or(Offline::Stopping)
    }

    /// Where the batch begins that holds `offset`, or the first one behind it.
    async fn find_cut(&self, offset: Offset) -> Result<Cut, NotCut> {
        let (file, base, size, entry) = {
            let state = self.state();
            let segment = &state.segments[state.segment_of(offset)];
            let entry = segment.entry_before(offset.plus(-1));
            (segment.file().clone(), segment.base, segment.size, entry)
        };
        if size == 0 {
            return Ok(Cut { segment: base, at: SegmentEnd::start_of(base) });
        }
        let reader = file.reader().await;
        let reader = reader.map_err(|error| self.fault(&file, Fault::Io(error)))?;
        for from in [u64::from(entry.position), 0] {
            let mut at = SegmentEnd { position: from, ..SegmentEnd::start_of(base) };
            let walked = scan(&reader, from, size, Check::Heads, |batch, position| {
                if batch.last_offset() >= offset.0 {
                    return ControlFlow::Break(());
                }
                at.note(&noted(batch, position));
                ControlFlow::Continue(())
            });
            let walked = walked.await.map_err(|error| self.fault(&file, Fault::Io(error)))?;
            let ScanEnd { position, cause, .. } = walked;
            match cause {
                None => return Ok(Cut { segment: base, at }),
                // The index may lead astray.
                Some(_) if from > 0 => {}
                Some(cause) => {
                    return Err(self.fault(&file, Fault::damaged(position, cause)).into());
                }
            }
        }
        unreachable!("the walk from the segment's start has an outcome")
    }

    async fn cut(&self, cut: Cut) -> Result<Offset, NotCut> {
        let end = cut.at.offset;
        self.lower_kept(end, None).await?;
        let (producers, behind) = self.producers_at(&cut).await?;
        let partial = self.last_block(&cut).await?;
        let directory = self.directory();
        let (dropped, references, told) = {
            let mut state = self.state_mut();
            let index = state.segment_of(cut.segment);
            let dropped: Vec<Segment> = state.segments.drain(index + 1..).collect();
            state.active().cut(&directory, &cut.at);
            let before = state.tail.memory_bytes();
            let references = state.tail.cut_to(end);
            state.tail.begin(cut.segment, cut.at.position, &partial);
            self.log_dir().charge(before, state.tail.memory_bytes());
            if !Mutation::ProducersKeptByCut.is_planted() {
                state.snapshot_at = Offset(producers.snapshot_at);
                state.producers = producers.table;
            }
            if !Mutation::EpochsKeptByCut.is_planted() {
                state.epochs.truncate_from_end(end.0);
            }
            state.cleaned_to = state.cleaned_to.min(end);
            state.cuts += 1;
            state.positions.cut_to(end);
            let stepped = state.step(Event::Cut);
            let high_watermark = state.high_watermark();
            state.producers.on_high_watermark(high_watermark.0);
            state.invariants();
            (dropped, references, stepped.told)
        };
        told.tell();
        self.release_pages(references);
        self.note_files_gone();
        for segment in &dropped {
            segment.file().lose_name();
            self.release_pages(segment.file().take_unsynced());
        }
        self.update_dirty();
        self.update_cached();
        let bases: Vec<Offset> = dropped.iter().map(|segment| segment.base).collect();
        self.persist_in(async || cut_files(&directory, &bases, &behind, Some(&cut)).await).await?;
        let behind_cut = cut.segment.plus(1);
        self.persist_in(async || self.save_aborted(behind_cut).await.map_err(|(_, error)| error))
            .await?;
        self.persist_epochs().await?;
        Ok(end)
    }

    /// Drops everything.
    async fn empty(&self, start: Offset) -> Result<Offset, NotCut> {
        self.lower_kept(start, Some(start)).await?;
        let directory = self.directory();
        let listed = directory::list(&directory).await;
        let listed = listed.map_err(|error| self.failed(self.name(), &error))?;
        let (dropped, references, told) = {
            let mut state = self.state_mut();
            let log_dir = self.log_dir();
            let segment = Segment::new(&directory, start, clock::wall_ms(), log_dir.open_files());
            let dropped = std::mem::replace(&mut state.segments, vec![segment]);
            let before = state.tail.memory_bytes();
            let references = state.tail.cut_to(start);
            self.log_dir().charge(before, state.tail.memory_bytes());
            state.producers = Producers::new(start.0);
            state.snapshot_at = start;
            state.epochs.clear();
            state.cleaned_to = state.cleaned_to.min(start);
            state.cuts += 1;
            state.positions.begin_anew(start);
            let stepped = state.step(Event::Cut);
            state.invariants();
            (dropped, references, stepped.told)
        };
        told.tell();
        self.release_pages(references);
        self.note_files_gone();
        for segment in &dropped {
            segment.file().lose_name();
            self.release_pages(segment.file().take_unsynced());
        }
        self.update_dirty();
        self.update_cached();
        let bases = offsets_of(&listed, ".log");
        let snapshots = offsets_of(&listed, ".snapshot");
        self.persist_in(async || cut_files(&directory, &bases, &snapshots, None).await).await?;
        // Its name says where the log begins.
        let path = directory.join(file_name(start, "log"));
        self.persist_in(async || create_writer(&path).await.map(drop)).await?;
        self.persist_epochs().await?;
        Ok(start)
    }

    /// What is kept of the log over a crash is not beyond its end, before anything of it goes.
    async fn lower_kept(&self, end: Offset, start: Option<Offset>) -> Result<(), Offline> {
        let log_dir: LogDir = self.log_dir();
        self.persist_in(async || {
            let offsets = log_dir.offsets();
            if !Mutation::RecoveryPointKeptByCut.is_planted() {
                offsets.recovery_points.lower(self.id(), end).await?;
            }
            offsets.cleaned.lower(self.id(), end).await?;
            offsets.high_watermarks.lower(self.id(), end).await?;
            match start {
                Some(start) => {
                    offsets.starts.lower(self.id(), start).await?;
                    offsets.starts.save(self.id(), start).await
                }
                None => Ok(()),
            }
        })
        .await
    }

    /// The producers as the log up to the cut makes them, and the snapshots behind it.
    async fn producers_at(&self, cut: &Cut) -> Result<(ProducersAt, Vec<Offset>), NotCut> {
        let directory = self.directory();
        let listed = directory::list(&directory).await;
        let listed = listed.map_err(|error| self.failed(self.name(), &error))?;
        let mut snapshots = offsets_of(&listed, ".snapshot");
        let end = cut.at.offset;
        let behind = snapshots.split_off(snapshots.partition_point(|at| *at <= end));
        let expiration_ms = self.config().producer_id_expiration_ms;
        let read = read_producers(&directory, &snapshots, clock::wall_ms(), expiration_ms).await;
        let log_start = self.state().log_start();
        let mut table = read.unwrap_or_else(|| Producers::new(log_start.0));
        let snapshot_at = table.end_offset();
        let walks: Vec<_> = {
            let state = self.state();
            let from = Offset(snapshot_at);
            let segments = &state.segments[state.segment_of(from)..];
            let kept = segments.iter().take_while(|segment| segment.base <= cut.segment);
            let walk = |segment: &Segment| {
                let is_cut = segment.base == cut.segment;
                let size = if is_cut { cut.at.position } else { segment.size };
                (segment.file().clone(), segment.position_before(from), size)
            };
            kept.map(walk).filter(|(_, start, size)| start < size).collect()
        };
        for (file, start, size) in walks {
            let fault = |error: io::Error| self.fault(&file, Fault::Io(error));
            let reader = file.reader().await.map_err(fault)?;
            let walked = scan(&reader, start, size, Check::Heads, |batch, position| {
                if batch.base_offset() >= snapshot_at
                    && let Ok(info) = BatchInfo::of(batch, position as usize)
                {
                    // What was aborted before the cut is noted already.
                    let _noted = table.apply(&info, batch.base_offset());
                }
                ControlFlow::Continue(())
            });
            walked.await.map_err(fault)?;
        }
        Ok((ProducersAt { table, snapshot_at }, behind))
    }

    /// What the last block of the cut segment holds, unless it is full.
    async fn last_block(&self, cut: &Cut) -> Result<Vec<u8>, NotCut> {
        let from = blocks_down(cut.at.position);
        let length = (cut.at.position - from) as usize;
        if length == 0 {
            return Ok(Vec::new());
        }
        let file = self.state_mut().segment(cut.segment).map(|it| it.file().clone());
        let Some(file) = file else { return Err(Offline::Stopping.into()) };
        let read = async {
            let reader = file.reader().await?;
            let (read, buffer) =
                reader.read_exact_at(Buffer::with_capacity(length), length, from).await;
            read.map(|()| buffer.as_slice().to_vec())
        };
        Ok(read.await.map_err(|error| self.fault(&file, Fault::Io(error)))?)
    }

    async fn persist_epochs(&self) -> Result<(), Offline> {
        self.persist_in(async || {
            self.write_epochs().await.map_err(|(_, error)| error)?;
            Ok(())
        })
        .await
    }

    /// Makes a step again while it wants for something that may come.
    async fn persist_in(&self, step: impl AsyncFn() -> io::Result<()>) -> Result<(), Offline> {
        let mut waiting: Option<Waiting> = None;
        while let Err(error) = step().await {
            if !self.wait_out(&error, &mut waiting).await {
                return Err(self.failed(self.name(), &error));
            }
        }
        Ok(())
    }
}

struct ProducersAt {
    table: Producers,
    /// Where the snapshot stands that it began with.
    snapshot_at: i64,
}

/// Takes what was cut from the folder. At any point what is left is a log that has all before the
/// cut. May be made again.
async fn cut_files(
    directory: &Path,
    dropped: &[Offset],
    snapshots: &[Offset],
    cut: Option<&Cut>,
) -> io::Result<()> {
    for base in dropped.iter().rev() {
        remove(&directory.join(file_name(*base, "log"))).await?;
        // One behind the other: a power cut must leave no gap. Nor a segment with indexes and
        // without that of transactions, which would be taken to have aborted none.
        directory::sync(directory).await?;
        for suffix in ["index", "timeindex", "txnindex"] {
            remove(&directory.join(file_name(*base, suffix))).await?;
        }
        executor::yield_now().await;
    }
    if !Mutation::ProducersKeptByCut.is_planted() {
        for at in snapshots {
            remove(&directory.join(file_name(*at, "snapshot"))).await?;
        }
    }
    if let Some(cut) = cut {
        let path = directory.join(file_name(cut.segment, "log"));
        if directory::exists(&path).await? {
            let file = open_writer(&path).await?;
            file.set_size(cut.at.position).await?;
            file.sync_all().await?;
        }
        if !Mutation::IndexKeptByCut.is_planted() {
            for suffix in ["index", "timeindex"] {
                remove(&directory.join(file_name(cut.segment, suffix))).await?;
            }
            directory::sync(directory).await?;
            remove(&directory.join(file_name(cut.segment, "txnindex"))).await?;
        }
    }
    directory::sync(directory).await
}

async fn remove(path: &Path) -> io::Result<()> {
    match directory::remove_file(path).await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
