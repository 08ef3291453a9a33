//! Compaction: of each key the last record stays. Apache Kafka's rules, and its files.
//!
//! A pass has two walks. The first notes the last offset of each key in what was not compacted yet,
//! as far as the map holds keys. The second goes through the log from its beginning up to there,
//! and writes what stays into new segments, several small ones into one. Each takes the place of
//! what it was made of at once (swap.rs); what comes behind is as it was.
//!
//! Lives on: the partition's shard, in slices: after each piece other tasks have their turn.
//! Decided apart from being done: `plan.rs` says what may be compacted, `filter.rs` what stays of
//! a batch. Promise: a crash at any point leaves the old segments or the new ones, whole. A log
//! that can not be gone through is named and left alone; others go on. A reader keeps the files it
//! reads.
//! Never: holds more than one piece, its decompressed records, and the map.
//! Limits: limits::COMPACTION_*. Read next: compaction/plan.rs, compaction/copy.rs.

mod copy;
pub mod filter;
pub mod offset_map;
pub mod plan;
mod swap;
pub mod transactions;

use std::io;
use std::rc::Rc;
use std::time::Duration;

use self::copy::{Copy, Progress, map_keys};
use self::filter::LastBatches;
use self::offset_map::OffsetMap;
use self::plan::{Cleanable, GroupLimits, SegmentView, Standing, cleanable, groups};
use self::transactions::Transactions;
use super::Log;
use super::error::{Offline, ReadError};
use super::segment::Segment;
use super::segment_file::SegmentFile;
use super::state::State;
use crate::clock;
use crate::format::transaction_index::{Aborted, TransactionIndex};
use crate::io::shortage::Shortage;
use crate::limits;
use crate::units::Offset;

/// What a pass may use.
#[derive(Clone, Copy, Debug)]
pub struct CompactionLimits {
    /// Memory of the map of keys.
    pub map_bytes: usize,
    /// How much of it may be used.
    pub map_load_factor: f64,
    /// Read and written.
    pub bytes_per_second_max: f64,
}

/// What a pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Up to here the log is compacted now.
    pub end: Offset,
    pub bytes_read: u64,
    pub bytes_kept: u64,
    pub keys: usize,
}

/// Why a pass did not come to its end. What it had put in place stays.
#[derive(Debug, thiserror::Error)]
pub enum NotCompacted {
    #[error("the log is moved, or compacted already")]
    Busy,
    #[error("what was gone through was cut off meanwhile")]
    CutOff,
    #[error("there is no room for the compacted segment: {0}")]
    NoRoom(io::Error),
    #[error("{path}: the batch at byte {position} can not be gone through: {cause}")]
    Damaged { path: String, position: u64, cause: String },
    #[error(
        "{map_bytes} bytes hold not even the keys of one batch: raise \
         log.cleaner.dedupe.buffer.size"
    )]
    MapTooSmall { map_bytes: usize },
    #[error("{path}: {error}")]
    Io { path: String, error: io::Error },
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Offline(#[from] Offline),
}

impl NotCompacted {
    /// Whether the log is left alone from now on.
    fn is_lasting(&self) -> bool {
        use NotCompacted::{Damaged, Io, MapTooSmall};
        matches!(self, Damaged { .. } | Io { .. } | MapTooSmall { .. })
    }
}

/// What is known of a log's compaction.
#[derive(Clone, Debug, PartialEq)]
pub struct CompactionState {
    pub dirty_ratio: f64,
    pub is_due: bool,
    pub uncleanable: Option<Rc<str>>,
    pub compacted_ms: Option<i64>,
}

/// A segment of the log as it was when the pass began.
struct Source {
    view: SegmentView,
    file: Rc<SegmentFile>,
    bytes: u64,
}

impl Log {
    /// Up to where the log is compacted.
    pub fn cleaned_to(&self) -> Offset {
        self.state().cleaned_to
    }

    /// How urgent a compaction is.
    pub fn compaction_state(&self) -> CompactionState {
        let config = self.config();
        let state = self.state();
        let found = self.cleanable(&state);
        let is_wanted = config.cleanup.compact && state.uncleanable.is_none();
        CompactionState {
            dirty_ratio: if config.cleanup.compact { found.dirty_ratio() } else { 0.0 },
            is_due: is_wanted && state.offline.is_none() && found.is_due(&config.compaction),
            uncleanable: state.uncleanable.clone(),
            compacted_ms: state.compacted_ms,
        }
    }

    fn cleanable(&self, state: &State) -> Cleanable {
        let standing = Standing {
            log_start: state.log_start(),
            last_stable: state.last_stable(),
            cleaned_to: state.cleaned_to,
            now_ms: clock::wall_ms(),
        };
        cleanable(&views(state), standing, &self.0.config.borrow().compaction)
    }

    /// Compacts the log, if that is due. None: it is not.
    pub async fn compact(
        &self,
        limits: &CompactionLimits,
    ) -> Result<Option<Compacted>, NotCompacted> {
        let Some(_turn) = self.0.compaction_turn.try_acquire_many(1) else {
            return Err(NotCompacted::Busy);
        };
        let outcome = self.compact_now(limits).await;
        match &outcome {
            Ok(Some(compacted)) => {
                self.state_mut().compacted_ms = Some(clock::wall_ms());
                self.log_dir().note_compacted(compacted.bytes_read, compacted.bytes_kept);
                tracing::debug!(partition = self.name(), ?compacted, "compacted");
            }
            Err(error) if error.is_lasting() && self.offline().is_none() => {
                tracing::error!(
                    partition = self.name(), %error,
                    "not compacted any more: others are; restart the broker once the cause is gone"
                );
                self.state_mut().uncleanable = Some(error.to_string().into());
            }
            _ => {}
        }
        outcome
    }

    async fn compact_now(
        &self,
        limits: &CompactionLimits,
    ) -> Result<Option<Compacted>, NotCompacted> {
        self.prepare_ages().await?;
        let config = self.config();
        let (found, producers, sources, aborted) = {
            let state = self.state();
            let found = self.cleanable(&state);
            if !found.is_due(&config.compaction) {
                return Ok(None);
            }
            let producers = LastBatches::new(&state.producers.to_snapshot());
            let aborted = aborted_before(&state, found.end);
            (found, producers, sources(&state, found.end), aborted)
        };
        let mut progress = Progress::new(limits.bytes_per_second_max);
        let mut map = OffsetMap::new(limits.map_bytes, limits.map_load_factor);
        let dirty: Vec<&Source> = {
            let behind = sources.partition_point(|it| it.view.base <= found.dirty_from);
            sources[behind.saturating_sub(1)..].iter().collect()
        };
        map.set_end(found.dirty_from.0);
        let mut transactions = Transactions::new(aborted.clone());
        map_keys(self, &dirty, &mut map, &mut transactions, &mut progress).await?;
        if map.is_whole() {
            map.set_end(found.end.0);
        }
        // What stays is decided for what was mapped; the rest is for the next pass.
        let end = Offset(map.end());
        if end <= found.dirty_from {
            return Err(NotCompacted::MapTooSmall { map_bytes: limits.map_bytes });
        }
        let count = sources.partition_point(|it| it.view.base < end);
        let mut pass = Copy::new(self, &map, &producers, Transactions::new(aborted), progress);
        let views: Vec<SegmentView> = sources[..count].iter().map(|it| it.view).collect();
        let group_limits = GroupLimits {
            bytes: u64::from(config.segment_bytes),
            index_bytes: config.index_bytes_max as usize,
        };
        let mut rest = &sources[..count];
        for size in groups(&views, end, group_limits) {
            let (group, behind) = rest.split_at(size);
            rest = behind;
            pass.replace(group).await?;
        }
        self.note_cleaned(end).await?;
        Ok(Some(pass.done(end)))
    }

    /// What decides needs ages that were held against the batches.
    async fn prepare_ages(&self) -> Result<(), NotCompacted> {
        let compaction = self.config().compaction;
        let (mut unproven, mut unread) = (Vec::new(), Vec::new());
        {
            let state = self.state();
            let sealed = state.segments.iter().filter(|it| it.is_sealed && it.size > 0);
            for segment in sealed {
                if compaction.lag_ms_min > 0 && !segment.are_times_proven {
                    unproven.push(segment.base);
                }
                if compaction.lag_ms_max < i64::MAX && segment.first_timestamp_ms.is_none() {
                    unread.push(segment.file().clone());
                }
            }
        }
        for base in unproven {
            self.prove_times(base).await?;
        }
        for file in unread {
            let first = copy::first_timestamp_ms(&file).await;
            let first = first.map_err(|error| io_error(&file, error))?;
            if let Some(segment) = self.state_mut().segment_with(&file) {
                segment.first_timestamp_ms = first;
            }
        }
        Ok(())
    }

    async fn note_cleaned(&self, end: Offset) -> Result<(), NotCompacted> {
        self.state_mut().cleaned_to = end;
        let saved = self.log_dir().offsets().cleaned.save(self.id(), end).await;
        if let Err(error) = saved {
            // The next start goes through more than it had to.
            tracing::warn!(partition = self.name(), %error, "its compaction is not noted");
        }
        Ok(())
    }

    /// An error of a file: that of a log that is gone is none of the device.
    fn refused(&self, file: &SegmentFile, error: io::Error) -> NotCompacted {
        match (self.offline(), Shortage::of(&error)) {
            (Some(offline), _) => offline.into(),
            (None, Some(_)) => NotCompacted::NoRoom(error),
            (None, None) => io_error(file, error),
        }
    }
}

fn io_error(file: &SegmentFile, error: io::Error) -> NotCompacted {
    NotCompacted::Io { path: file.path().display().to_string(), error }
}

/// The aborted transactions whose markers lie in segments before `end`.
fn aborted_before(state: &State, end: Offset) -> Vec<Aborted> {
    let before = state.segments.iter().take_while(|segment| segment.base < end);
    before.flat_map(|segment| TransactionIndex::new(segment.aborted.entries()).iter()).collect()
}

fn views(state: &State) -> Vec<SegmentView> {
    let unwritten = state.tail.first_unwritten_segment();
    let view = |(index, segment): (usize, &Segment)| {
        let next = state.segments.get(index + 1).map_or(state.next(), |next| next.base);
        let stamped = segment.max_timestamp.map(|max| max.timestamp_ms).filter(|ms| *ms >= 0);
        SegmentView {
            base: segment.base,
            bytes: segment.size,
            index_bytes: segment.offsets.len().max(segment.times.len()),
            first_ms: segment.first_timestamp_ms,
            youngest_ms: stamped.unwrap_or(segment.created_ms),
            is_finished: segment.is_sealed
                && segment.is_finished
                && segment.file().is_synced()
                && next <= state.snapshot_at
                && unwritten.is_none_or(|unwritten| segment.base < unwritten),
        }
    };
    state.segments.iter().enumerate().map(view).collect()
}

fn sources(state: &State, end: Offset) -> Vec<Source> {
    let views = views(state);
    let source = |(segment, view): (&Segment, SegmentView)| Source {
        view,
        file: segment.file().clone(),
        bytes: segment.size,
    };
    let all = state.segments.iter().zip(views).take_while(|(segment, _)| segment.base < end);
    all.map(source).collect()
}

/// How long work of `bytes` is to take at least.
fn time_of(bytes: u64, bytes_per_second: f64) -> Duration {
    let seconds = bytes as f64 / bytes_per_second.max(1.0);
    Duration::try_from_secs_f64(seconds).unwrap_or(limits::COMPACTION_PAUSE_MAX)
}
