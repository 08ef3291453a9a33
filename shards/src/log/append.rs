//! Appends: check, give offsets, copy into the tail and into the journal's open page.
//!
//! Lives on: the partition's shard. Synchronous from the check to the copy, so that appends of one
//! caller keep their order; what is waited for is room before, and the device after.
//! Promise: a refused append leaves no trace. Read next: destage.rs, ../journal/writer.rs.

use std::rc::Rc;

use super::config::LogConfig;
use super::error::{AppendError, Offline};
use super::producers::{
    Choice, Claim, FirstBatch, Original, TransactionVersion, VerificationGuard,
};
use super::segment::{NotedBatch, Segment, TimestampOffset};
use super::state::{Log, State};
use super::tail::BatchRef;
use crate::clock;
use crate::entropy;
use crate::format::batch::{HEADER_BYTES, NO_TIMESTAMP, TimestampType};
use crate::format::control::{self, EndTransaction};
use crate::format::producer_snapshot;
use crate::format::validate::{BatchInfo, Origin, Scratch, Validated, validate};
use crate::io::executor;
use crate::journal::writer::{Appender, Written};
use crate::journal::{EntryHeader, EntryKind, JournalFailed, NotAdmitted, PageSequence, Room};
use crate::limits;
use crate::mutation::Mutation;
use crate::units::Offset;

/// An append that was accepted. It may be acknowledged once `durable` completes.
pub struct Appended {
    pub base_offset: Offset,
    pub last_offset: Offset,
    /// Set where the topic stamps records with the time of the append; else -1.
    pub log_append_time_ms: i64,
    pub log_start_offset: Offset,
    pub durable: Durable,
}

/// Completes when an append is on the device.
pub enum Durable {
    /// It was already: a duplicate of one acknowledged before.
    Already,
    Written(Written),
}

impl Durable {
    pub async fn wait(&mut self) -> Result<(), JournalFailed> {
        match self {
            Durable::Already => Ok(()),
            Durable::Written(written) => written.await,
        }
    }

    /// What `wait` would give at once.
    pub fn outcome(&self) -> Option<Result<(), JournalFailed>> {
        match self {
            Durable::Already => Some(Ok(())),
            Durable::Written(written) => written.outcome(),
        }
    }
}

thread_local! {
    static SCRATCH: std::cell::RefCell<Scratch> = std::cell::RefCell::default();
}

impl Log {
    /// Waits until the journal takes `bytes` more, in a turn that is not spent. Callers are let in
    /// in order; on a full disk they are refused.
    pub async fn admit(&self, bytes: usize) -> Result<(), AppendError> {
        self.admit_to(bytes, Room::Ordinary).await
    }

    /// The same for an append that may use more of the journal than others.
    pub async fn admit_to(&self, bytes: usize, room: Room) -> Result<(), AppendError> {
        self.check_online()?;
        // The log moves to no other journal until this is let in, and the append follows at once.
        let _turn = self.0.append_turn.acquire().await;
        loop {
            executor::wait_for_fresh_turn().await;
            let admitted = self.log_dir().journal().admit(bytes, room).await;
            admitted.map_err(|refused| match refused {
                NotAdmitted::Failed(failed) => Offline::from(failed).into(),
                NotAdmitted::DiskFull(_) => self.disk_full().into(),
                NotAdmitted::LargerThanJournal { bytes, journal_bytes } => {
                    AppendError::LargerThanJournal { bytes, journal_bytes }
                }
            })?;
            // The journal lets in many at once.
            if !executor::is_turn_spent() {
                return Ok(());
            }
        }
    }

    /// Whether `append` of `bytes` may follow at once, nobody being in line before it.
    pub fn admits_now(&self, bytes: usize) -> bool {
        let is_free = self.0.append_turn.try_acquire_many(1).is_some();
        is_free
            && !executor::is_turn_spent()
            && self.check_online().is_ok()
            && self.log_dir().journal().admits_now(bytes)
    }

    /// Appends batches. Call `admit` first, and `append` before anything else is awaited.
    pub fn append(&self, batches: &[u8], origin: Origin) -> Result<Appended, AppendError> {
        self.append_claimed(batches, origin.into())
    }

    /// Asks for the guard of a batch with which a transaction is to begin. None: the transaction is
    /// open already. With the guard the batch may be appended once the transaction's coordinator
    /// knows of the partition.
    pub fn begin_verification(
        &self,
        batch: &FirstBatch,
    ) -> Result<Option<VerificationGuard>, AppendError> {
        self.check_online()?;
        let mut state = self.state_mut();
        Ok(state.producers.begin_verification(batch, clock::wall_ms())?)
    }

    /// Appends the marker that ends a transaction, by the same rules as `append`.
    pub fn append_marker(
        &self,
        end: &EndTransaction,
        version: TransactionVersion,
    ) -> Result<Appended, AppendError> {
        let claim = Claim { version, ..Claim::from(Origin::Internal) };
        self.append_claimed(&control::marker_batch(end, clock::wall_ms()), claim)
    }

    /// The same as `append`, for who has more to show.
    pub fn append_claimed(&self, batches: &[u8], claim: Claim) -> Result<Appended, AppendError> {
        self.check_online()?;
        let config = self.config();
        let now_ms = clock::wall_ms();
        let checked = SCRATCH.with_borrow_mut(|scratch| {
            let checked = validate(batches, claim.origin, &config.rules, now_ms, scratch);
            executor::note_work(batches.len() + scratch.decompressed_bytes());
            checked
        })?;
        let bytes = checked.rewritten.as_deref().unwrap_or(batches);
        let segment_bytes = config.segment_bytes;
        // A first batch larger than a segment has a segment of its own, as Kafka allows no such
        // batch.
        if bytes.len() > segment_bytes as usize {
            return Err(AppendError::LargerThanSegment { bytes: bytes.len(), segment_bytes });
        }
        let log_append_time_ms = append_time(&checked);
        let mut state = self.state_mut();
        for batch in &checked.batches {
            if let Choice::Duplicate(original) = state.producers.check(batch, claim)? {
                return Ok(self.duplicate(&state, &original, log_append_time_ms));
            }
        }
        let youngest =
            checked.batches.iter().map(|batch| batch.max_timestamp).max().unwrap_or(now_ms);
        let records: i64 =
            checked.batches.iter().map(|batch| i64::from(batch.last_offset_delta) + 1).sum();
        let end = state.next.plus(records);
        let may_roll_early = state.rolls_unfinished < limits::ROLLS_UNFINISHED_MAX;
        let active = state.active();
        let is_due = is_full(active, bytes.len(), end, &config)
            || may_roll_early && should_roll(active, youngest, now_ms, &config);
        if active.size > 0 && is_due {
            self.roll(&mut state, now_ms);
        }
        let misled = i64::from(Mutation::OffsetMistold.is_planted());
        let base_offset = state.next.plus(misled);
        let page = self.copy_in(&mut state, &checked, bytes)?;
        let last_offset = Offset(state.next.0 - 1);
        if Mutation::EarlyHighWatermark.is_planted() {
            state.high_watermark = state.next;
        }
        let log_start_offset = state.log_start;
        state.invariants();
        drop(state);
        self.note_appended(bytes.len(), records);
        self.after_append(page);
        let durable = Durable::Written(self.log_dir().journal().written(page));
        Ok(Appended { base_offset, last_offset, log_append_time_ms, log_start_offset, durable })
    }

    fn check_online(&self) -> Result<(), Offline> {
        if let Some(offline) = self.offline() {
            return Err(offline);
        }
        if self.0.is_closing.get() {
            return Err(Offline::Stopping);
        }
        Ok(())
    }

    pub(super) fn disk_full(&self) -> Offline {
        Offline::DiskFull { path: self.log_dir().path().display().to_string().into() }
    }

    fn duplicate(&self, state: &State, original: &Original, append_time_ms: i64) -> Appended {
        let log_dir = self.log_dir();
        let journal = log_dir.journal();
        let last_offset = Offset(original.last_offset);
        let durable = match state.durable > last_offset {
            true => Durable::Already,
            // The first copy is on its way to the device: in the page opened last, or before it.
            false => Durable::Written(journal.written(journal.last_page())),
        };
        Appended {
            base_offset: Offset(original.base_offset),
            last_offset,
            log_append_time_ms: append_time_ms.min(original.timestamp),
            log_start_offset: state.log_start,
            durable,
        }
    }

    /// Copies the batches, stamped, into the tail and the journal; nothing can fail after this.
    fn copy_in(
        &self,
        state: &mut State,
        checked: &Validated,
        bytes: &[u8],
    ) -> Result<PageSequence, AppendError> {
        let epoch = state.leader_epoch;
        let segment = state.active().base;
        let position = state.active().size;
        let mut heads: smallvec::SmallVec<[[u8; HEADER_BYTES]; 1]> = smallvec::SmallVec::new();
        let mut next = state.next;
        for info in &checked.batches {
            heads.push(info.stored_header(&bytes[info.range.clone()], next.0, epoch.0));
            next = next.plus(i64::from(info.last_offset_delta) + 1);
        }
        let mut pieces: smallvec::SmallVec<[&[u8]; 2]> = smallvec::SmallVec::new();
        for (info, head) in checked.batches.iter().zip(&heads) {
            pieces.push(head);
            pieces.push(&bytes[info.range.clone()][HEADER_BYTES..]);
        }
        let entry = EntryHeader {
            kind: EntryKind::Append,
            length: checked.batches.iter().map(|info| info.range.len() as u32).sum(),
            partition: self.0.id,
            leader_epoch: epoch,
            base_offset: state.next,
            next_offset: next,
            segment_base: segment,
            position,
        };
        let appender: Rc<dyn Appender> = self.0.clone();
        let log_dir = self.log_dir();
        let page = log_dir.journal().append(&entry, &pieces, &appender);
        let page = page.map_err(Offline::Journal)?;
        let before = state.tail.memory_bytes();
        for (info, pieces) in checked.batches.iter().zip(pieces.chunks_exact(2)) {
            self.note_batch(state, info, pieces);
        }
        state.tail.refer(page);
        let is_new_epoch = state.epochs.assign(epoch.0, entry.base_offset.0);
        if is_new_epoch {
            drop(executor::spawn(self.clone().save_epochs()));
        }
        log_dir.charge(before, state.tail.memory_bytes());
        Ok(page)
    }

    fn note_batch(&self, state: &mut State, info: &BatchInfo, pieces: &[&[u8]]) {
        let interval = self.0.config.borrow().index_interval_bytes;
        let base = state.next;
        let last = base.plus(i64::from(info.last_offset_delta));
        let active = state.active();
        let noted = NotedBatch {
            last_offset: last,
            position: active.size,
            length: info.range.len() as u64,
            max_timestamp: TimestampOffset {
                timestamp_ms: info.max_timestamp,
                offset: base.plus(i64::from(info.offset_delta_of_max_timestamp)),
            },
        };
        active.note_batch(&noted, interval);
        active.verified.add(noted.position, noted.position + noted.length);
        let batch = BatchRef {
            base,
            next: last.plus(1),
            segment: active.base,
            position: noted.position,
            length: info.range.len() as u32,
        };
        state.tail.append(batch, pieces, self.log_dir().chunk_bytes_max());
        if let Some(ended) = state.producers.apply(info, base.0) {
            state.active().aborted.note(&ended);
        }
        state.next = batch.next;
    }

    /// Forgets producers that have not written for as long as they are remembered.
    pub fn expire_producers(&self) {
        let expiration_ms = self.config().producer_id_expiration_ms;
        self.state_mut().producers.expire(clock::wall_ms(), expiration_ms);
    }

    /// Seals the active segment and begins the next one at the end of the log.
    pub(super) fn roll(&self, state: &mut State, now_ms: i64) {
        state.active().seal();
        let mut segment = {
            let log_dir = self.log_dir();
            Segment::new(&self.directory(), state.next, now_ms, log_dir.open_files())
        };
        segment.jitter_ms = jitter_ms(&self.config());
        state.segments.push(segment);
        let expiration_ms = self.config().producer_id_expiration_ms;
        state.producers.expire(now_ms, expiration_ms);
        let snapshot = producer_snapshot::encode(&state.producers.to_snapshot());
        let at = state.next;
        state.rolls_unfinished += 1;
        let log = self.clone();
        drop(executor::spawn(async move {
            log.finish_sealed(at, snapshot).await;
            log.state_mut().rolls_unfinished -= 1;
        }));
    }

    /// Notes that the journal is to hold bytes of this partition.
    fn after_append(&self, page: PageSequence) {
        let log_dir = self.log_dir();
        let mut state = self.state_mut();
        if state.dirty_since.is_none() {
            state.dirty_since = Some(page);
            log_dir.note_dirty(page, self);
        }
        drop(state);
        log_dir.fit_memory();
    }
}

fn append_time(checked: &Validated) -> i64 {
    checked
        .batches
        .first()
        .filter(|batch| batch.timestamp_type == TimestampType::LogAppendTime)
        .map_or(NO_TIMESTAMP, |batch| batch.max_timestamp)
}

/// What a new segment's age falls short of that of others.
fn jitter_ms(config: &LogConfig) -> i64 {
    match config.segment_jitter_ms.min(config.segment_ms) {
        most @ 1.. => (entropy::u64() % most as u64) as i64,
        _ => 0,
    }
}

/// Whether the active segment cannot take the bytes.
fn is_full(active: &Segment, bytes: usize, end: Offset, config: &LogConfig) -> bool {
    // Indexes count from the segment's base in 32 bits.
    end.0 - active.base.0 > i64::from(i32::MAX)
        || active.size + bytes as u64 > u64::from(config.segment_bytes)
}

/// Whether the active segment is to be followed by another, though it could take more: its age, or
/// its indexes. Where that would be each append, the files of the segments before come first.
fn should_roll(active: &Segment, timestamp_ms: i64, now_ms: i64, config: &LogConfig) -> bool {
    let first = active.first_timestamp_ms.filter(|first| *first >= 0);
    let age_ms =
        first.map_or(now_ms - active.created_ms, |first| timestamp_ms.saturating_sub(first));
    age_ms > config.segment_ms - active.jitter_ms
        || active.is_index_full(config.index_bytes_max)
        || active.aborted.is_full()
}
