//! A partition's log: what its owner may ask of it.
//!
//! Lives on: its shard; a handle is cheap to clone and never leaves the core.
//! Promise: what `append` returns is acknowledged only once its `durable` completed; readers never
//! see a record before that. Offsets are given out without gaps. Never: knows who asks. Read next:
//! append.rs, destage.rs, reader.rs.

use std::cell::{Cell, Ref, RefCell, RefMut};
use std::path::{Path, PathBuf};
use std::rc::{Rc, Weak};

use super::config::LogConfig;
use super::epochs::Epochs;
use super::error::Offline;
use super::log_dir::LogDir;
use super::producers::{ProducerView, Producers};
use super::segment::Segment;
use super::segment_file::SegmentFile;
use super::tail::Tail;
use crate::journal::PageSequence;
use crate::journal::writer::Appender;
use crate::mutation::Mutation;
use crate::sync::{Notify, Semaphore};
use crate::units::{LeaderEpoch, Offset, PartitionId};

/// A partition's log. See the module.
#[derive(Clone)]
pub struct Log(pub(super) Rc<Inner>);

pub(super) struct Inner {
    pub id: PartitionId,
    pub name: Rc<str>,
    pub location: RefCell<Location>,
    pub config: RefCell<Rc<LogConfig>>,
    pub state: RefCell<State>,
    /// For one task at a time: to write the segments, and to use the names of files.
    pub files_turn: Semaphore,
    /// For one reader at a time: to check a piece of a segment's file.
    pub check_turn: Semaphore,
    /// For one caller at a time: to be let in by the journal, or to move the log.
    pub append_turn: Semaphore,
    /// For one task at a time: to compact the log, or to copy it elsewhere.
    pub compaction_turn: Semaphore,
    pub destage_spawned: Cell<bool>,
    pub traffic: Cell<Traffic>,
    /// How often files of segments went, or others took their place.
    pub files_gone: Cell<u64>,
    /// A compacted segment takes the place of others just now.
    pub is_replacing: Cell<bool>,
    /// Nothing is appended any more.
    pub is_closing: Cell<bool>,
}

/// What came into a log and went out of it since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    pub appended_bytes: u64,
    pub appended_records: u64,
    /// Bytes that readers from outside were given.
    pub served_bytes: u64,
}

/// Where a log is kept. Cheap to clone.
#[derive(Clone)]
pub(super) struct Location {
    pub directory: Rc<Path>,
    pub log_dir: LogDir,
    /// The directory that the log is about to move to, which is told of its start as well.
    pub next: Option<LogDir>,
}

impl Location {
    pub(super) fn of(directory: Rc<Path>, log_dir: &LogDir) -> Location {
        Location { directory, log_dir: log_dir.clone(), next: None }
    }
}

pub(super) struct State {
    /// In order of their bases; the last one takes appends.
    pub segments: Vec<Segment>,
    pub tail: Tail,
    pub log_start: Offset,
    /// Offset of the next record.
    pub next: Offset,
    /// End of what the journal holds: what may be acknowledged.
    pub durable: Offset,
    pub high_watermark: Offset,
    pub leader_epoch: LeaderEpoch,
    pub epochs: Epochs,
    pub epochs_trust: EpochsTrust,
    pub producers: Producers,
    /// Where the newest snapshot of producers on file stands: segments behind it are still needed,
    /// whatever the log's start, as what they say of producers is nowhere else.
    pub snapshot_at: Offset,
    /// Up to where the log is compacted.
    pub cleaned_to: Offset,
    /// Why it is not compacted any more.
    pub uncleanable: Option<Rc<str>>,
    /// When a compaction came to its end last, since the start.
    pub compacted_ms: Option<i64>,
    /// Segments that were sealed, and whose files are not finished.
    pub rolls_unfinished: usize,
    /// Key under which the log directory knows that this partition has unsynced appends.
    pub dirty_since: Option<PageSequence>,
    /// Key under which the log directory knows that this partition has chunks that may be dropped.
    pub cached_since: Option<u64>,
    pub offline: Option<Offline>,
    watchers: Watchers,
    /// Of those who wait for the last stable offset.
    stable_watchers: Watchers,
}

/// Up to where a reader sees a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Horizon {
    HighWatermark,
    LastStable,
}

/// What is known of a log's epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EpochsTrust {
    /// From the checkpoint, and no one looked closer.
    Read,
    /// A batch contradicts the checkpoint, or there is none.
    Doubted,
    /// Each begins with a batch of its own.
    Proven,
    /// Of the batches' heads.
    Made,
}

/// Who is to be told when readers may see more.
#[derive(Default)]
struct Watchers {
    waiting: Vec<Weak<Notify>>,
    purge_at: usize,
}

/// Where a log stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    pub log_start: Offset,
    pub high_watermark: Offset,
    /// First offset of the oldest undecided transaction, or the high watermark.
    pub last_stable: Offset,
    pub log_end: Offset,
}

impl Ends {
    pub fn at(&self, horizon: Horizon) -> Offset {
        match horizon {
            Horizon::HighWatermark => self.high_watermark,
            Horizon::LastStable => self.last_stable,
        }
    }
}

impl Log {
    pub fn id(&self) -> PartitionId {
        self.0.id
    }

    /// Name of the partition's directory: topic, dash, partition.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    pub fn directory(&self) -> Rc<Path> {
        self.0.location.borrow().directory.clone()
    }

    /// The file of the segment that has the offset, or would have it.
    pub fn segment_path(&self, offset: Offset) -> PathBuf {
        let state = self.state();
        state.segments[state.segment_of(offset)].path().to_owned()
    }

    pub fn log_dir(&self) -> LogDir {
        self.0.location.borrow().log_dir.clone()
    }

    /// The state. Whoever looks finds it whole: between any two borrows its invariants hold.
    pub(super) fn state(&self) -> Ref<'_, State> {
        let state = self.0.state.borrow();
        state.invariants();
        state
    }

    pub(super) fn state_mut(&self) -> RefMut<'_, State> {
        self.0.state_mut()
    }

    pub(super) fn location(&self) -> Location {
        self.0.location.borrow().clone()
    }

    pub fn ends(&self) -> Ends {
        let state = self.state();
        Ends {
            log_start: state.log_start,
            high_watermark: state.high_watermark,
            last_stable: state.last_stable(),
            log_end: state.next,
        }
    }

    /// What is known of the producers.
    pub fn producers(&self) -> Vec<ProducerView> {
        self.state().producers.views().collect()
    }

    pub fn leader_epoch(&self) -> LeaderEpoch {
        self.state().leader_epoch
    }

    /// Takes up leadership: batches from now on carry `epoch`.
    pub fn lead(&self, epoch: LeaderEpoch) {
        let mut state = self.state_mut();
        debug_assert!(epoch >= state.leader_epoch);
        state.leader_epoch = epoch;
    }

    pub fn config(&self) -> Rc<LogConfig> {
        self.0.config.borrow().clone()
    }

    pub fn set_config(&self, config: LogConfig) {
        *self.0.config.borrow_mut() = Rc::new(config);
    }

    pub fn traffic(&self) -> Traffic {
        self.0.traffic.get()
    }

    pub(super) fn note_appended(&self, bytes: usize, records: i64) {
        let mut traffic = self.0.traffic.get();
        traffic.appended_bytes += bytes as u64;
        traffic.appended_records += records.unsigned_abs();
        self.0.traffic.set(traffic);
    }

    /// Counts what a reader from outside is given.
    pub fn note_served(&self, bytes: usize) {
        let mut traffic = self.0.traffic.get();
        traffic.served_bytes += bytes as u64;
        self.0.traffic.set(traffic);
    }

    /// Bytes of the log, in all segments.
    pub fn size_bytes(&self) -> u64 {
        self.state().segments.iter().map(|segment| segment.size).sum()
    }

    /// Why the partition can not be served, if so.
    pub fn offline(&self) -> Option<Offline> {
        let state = self.state();
        state.offline.clone().or_else(|| self.log_dir().journal().failure().map(Offline::Journal))
    }

    /// Tells `watcher` once when readers up to `horizon` may see more, or the partition goes
    /// offline.
    pub fn watch(&self, watcher: &Rc<Notify>, horizon: Horizon) {
        let mut state = self.state_mut();
        match horizon {
            Horizon::HighWatermark => state.watchers.add(watcher),
            Horizon::LastStable => state.stable_watchers.add(watcher),
        }
    }

    /// Tells all who wait for more to see: there will be none.
    pub(crate) fn tell_watchers(&self) {
        let watchers = self.state_mut().watchers.take();
        watchers.iter().for_each(|watcher| watcher.notify_one());
    }

    pub(super) fn set_offline(&self, reason: Offline) {
        if !matches!(reason, Offline::Deleted) {
            tracing::error!(partition = %self.0.name, %reason, "the partition goes offline");
        }
        let watchers = {
            let mut state = self.state_mut();
            state.offline.get_or_insert(reason);
            state.take_watchers()
        };
        watchers.iter().for_each(|watcher| watcher.notify_one());
    }
}

impl Inner {
    fn state_mut(&self) -> RefMut<'_, State> {
        let state = self.state.borrow_mut();
        state.invariants();
        state
    }
}

impl Appender for Inner {
    fn durable(self: Rc<Self>, end: Offset, page: PageSequence) {
        let watchers = {
            let mut state = self.state_mut();
            assert!(end <= state.next && end >= state.durable, "durable goes back, or ahead");
            state.durable = end;
            state.tail.note_journaled(end, page);
            // Alone in the in-sync replicas: what is durable here is committed.
            state.raise_high_watermark(end)
        };
        if !Mutation::FetchUntold.is_planted() {
            watchers.iter().for_each(|watcher| watcher.notify_one());
        }
        Log(self).destage_if_due();
    }

    fn failed(&self) {
        let watchers = self.state_mut().take_watchers();
        watchers.iter().for_each(|watcher| watcher.notify_one());
    }

    fn must_be_synced(&self) -> bool {
        self.config.borrow().must_be_synced
    }
}

impl State {
    pub(super) fn new(epochs: Epochs, cleaned_to: Offset) -> State {
        State {
            segments: Vec::new(),
            tail: Tail::default(),
            log_start: Offset::ZERO,
            next: Offset::ZERO,
            durable: Offset::ZERO,
            high_watermark: Offset::ZERO,
            leader_epoch: LeaderEpoch(0),
            epochs,
            epochs_trust: EpochsTrust::Read,
            producers: Producers::default(),
            snapshot_at: Offset::ZERO,
            cleaned_to,
            uncleanable: None,
            compacted_ms: None,
            rolls_unfinished: 0,
            dirty_since: None,
            cached_since: None,
            offline: None,
            watchers: Watchers::default(),
            stable_watchers: Watchers::default(),
        }
    }

    /// The first offset of the oldest transaction that is open, or whose marker is not below the
    /// high watermark; else the high watermark.
    pub(super) fn last_stable(&self) -> Offset {
        if Mutation::OpenTransactionServed.is_planted() {
            return self.high_watermark;
        }
        let unstable = self.producers.first_unstable_offset().map(Offset);
        // DeleteRecords may have cut into an open transaction.
        let unstable = unstable.map(|first| first.max(self.log_start));
        unstable.map_or(self.high_watermark, |first| first.min(self.high_watermark))
    }

    /// Readers see up to `end`. Returns who is to be told.
    fn raise_high_watermark(&mut self, end: Offset) -> Vec<Rc<Notify>> {
        let before = self.last_stable();
        self.high_watermark = end;
        if !Mutation::LastStableStandsStill.is_planted() {
            self.producers.on_high_watermark(end.0);
        }
        let mut told = self.watchers.take();
        if self.last_stable() > before {
            told.append(&mut self.stable_watchers.take());
        }
        told
    }

    fn take_watchers(&mut self) -> Vec<Rc<Notify>> {
        let mut told = self.watchers.take();
        told.append(&mut self.stable_watchers.take());
        told
    }

    pub(super) fn active(&mut self) -> &mut Segment {
        self.segments.last_mut().expect("a log has at least one segment")
    }

    /// Index of the segment that would hold `offset`.
    pub(super) fn segment_of(&self, offset: Offset) -> usize {
        self.segments.partition_point(|segment| segment.base <= offset).saturating_sub(1)
    }

    pub(super) fn segment(&mut self, base: Offset) -> Option<&mut Segment> {
        let index = self.segments.binary_search_by_key(&base, |segment| segment.base).ok()?;
        self.segments.get_mut(index)
    }

    /// The segment that has this very file; none once another file took its place.
    pub(super) fn segment_with(&mut self, file: &Rc<SegmentFile>) -> Option<&mut Segment> {
        self.segment(file.base).filter(|segment| Rc::ptr_eq(segment.file(), file))
    }

    /// What must hold between any two calls: some compares, whatever the log's size. The order of
    /// all segments is looked at where assertions for debugging are on.
    pub(super) fn invariants(&self) {
        let (Some(first), Some(last)) = (self.segments.first(), self.segments.last()) else {
            panic!("a log without a segment");
        };
        assert!(first.base <= self.log_start, "the log begins before its first segment");
        assert!(last.base <= self.next, "the last segment begins beyond the log's end");
        assert!(!last.is_sealed, "no segment takes appends");
        assert!(self.snapshot_at <= self.next, "a snapshot of producers beyond the log's end");
        assert!(self.log_start <= self.high_watermark, "log start beyond the high watermark");
        assert!(self.high_watermark <= self.durable, "high watermark beyond what is durable");
        assert!(self.durable <= self.next, "durable beyond the log's end");
        debug_assert!(self.segments.is_sorted_by(|a, b| a.base < b.base));
    }
}

impl Watchers {
    fn add(&mut self, watcher: &Rc<Notify>) {
        if self.waiting.len() >= self.purge_at.max(8) {
            self.waiting.retain(|waiting| waiting.strong_count() > 0);
            self.purge_at = self.waiting.len() * 2;
        }
        let known = |waiting: &Weak<Notify>| std::ptr::eq(waiting.as_ptr(), Rc::as_ptr(watcher));
        if !self.waiting.iter().any(known) {
            self.waiting.push(Rc::downgrade(watcher));
        }
    }

    fn take(&mut self) -> Vec<Rc<Notify>> {
        std::mem::take(&mut self.waiting).iter().filter_map(Weak::upgrade).collect()
    }
}
