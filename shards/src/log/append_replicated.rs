//! Appends of a follower: what its leader sent, under the offsets and in the epochs that it has
//! there.
//!
//! Lives on: the partition's shard. Kafka's class: UnifiedLog.appendAsFollower. Promise: each byte
//! is stored as the leader has it; a batch that does not follow what the log has, whose checksum
//! does not hold, or whose epoch the follower does not know yet, is not stored, nor what comes
//! behind it. Where nothing can be stored the log is as it was. Never: leads.
//! Read next: truncate.rs, replication.rs.

use super::append::{Durable, Offsets, Placed, is_full, should_roll};
use super::error::{AppendError, Offline};
use super::state::{Log, State};
use crate::clock;
use crate::format::validate::{BatchInfo, Validated, ValidationError, validate_replicated};
use crate::io::executor;
use crate::journal::PageSequence;
use crate::limits;
use crate::units::{LeaderEpoch, Offset};

/// What was stored of a leader's batches. It counts as had once `durable` completes.
pub struct Replicated {
    /// Behind the last batch that was stored.
    pub end: Offset,
    /// The rest was not: a batch of it is of an epoch that is not known here yet.
    pub is_cut_off: bool,
    pub durable: Durable,
}

/// Why nothing was stored of what a leader sent.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NotReplicated {
    #[error("this node leads the partition itself")]
    Leads,
    #[error("the batches begin at offset {base}, and the log ends at {end}: they do not follow")]
    Misplaced { base: Offset, end: Offset },
    #[error("the batch at offset {base} is of the epoch {epoch}, and the log ends in {latest}")]
    EpochGoesBack { base: Offset, epoch: LeaderEpoch, latest: LeaderEpoch },
    #[error("the leader sent no whole batch")]
    Nothing,
    #[error(transparent)]
    Invalid(#[from] ValidationError),
    #[error(transparent)]
    Refused(#[from] AppendError),
}

impl Log {
    /// Stores what a leader sent. Call `admit` first, and this before anything else is awaited.
    pub fn append_replicated(&self, bytes: &[u8]) -> Result<Replicated, NotReplicated> {
        self.check_online().map_err(AppendError::from)?;
        let (next, epoch) = {
            let state = self.state();
            if state.replica.is_leader() {
                return Err(NotReplicated::Leads);
            }
            (state.next(), state.replica.leader_epoch())
        };
        let checked = match validate_replicated(bytes, next.0) {
            Err(ValidationError::OffsetsNotRising { base, .. }) if base < next.0 => {
                return Err(NotReplicated::Misplaced { base: Offset(base), end: next });
            }
            checked => checked?,
        };
        executor::note_work(bytes.len());
        let mut state = self.state_mut();
        state.invariants();
        let known = known_epochs(&checked, epoch);
        check_epochs(&state, &checked.batches[..known])?;
        if checked.batches.is_empty() {
            return Err(NotReplicated::Nothing);
        }
        let mut page = None;
        let mut rest = &checked.batches[..known];
        while !rest.is_empty() {
            let fitting = self.make_room(&mut state, rest);
            let (now, later) = rest.split_at(fitting);
            page = Some(self.store(&mut state, now, bytes)?);
            rest = later;
        }
        let end = state.next();
        state.invariants();
        drop(state);
        let durable = match page {
            None => Durable::Already,
            Some(page) => {
                self.after_append(page);
                Durable::Written(self.log_dir().journal().written(page))
            }
        };
        Ok(Replicated { end, is_cut_off: known < checked.batches.len(), durable })
    }

    /// Begins another segment if the next batch does not fit the active one; how many batches fit
    /// then. One that is larger than a segment has one of its own.
    fn make_room(&self, state: &mut State, batches: &[BatchInfo]) -> usize {
        let config = self.config();
        let now_ms = clock::wall_ms();
        let may_roll_early = state.rolls_unfinished < limits::ROLLS_UNFINISHED_MAX;
        let Some(first) = batches.first() else { return 0 };
        let active = state.active();
        let is_due = is_full(active, first.range.len(), end_of(first), &config)
            || may_roll_early && should_roll(active, first.max_timestamp, now_ms, &config);
        if active.size > 0 && is_due {
            self.roll(state, now_ms);
        }
        let active = state.active();
        let mut bytes = 0;
        let fits = |info: &&BatchInfo| {
            bytes += info.range.len();
            !is_full(active, bytes, end_of(info), &config)
        };
        batches.iter().take_while(fits).count().max(1)
    }

    fn store(
        &self,
        state: &mut State,
        batches: &[BatchInfo],
        bytes: &[u8],
    ) -> Result<PageSequence, AppendError> {
        let (Some(first), Some(last)) = (batches.first(), batches.last()) else {
            unreachable!("at least one batch is stored at a time")
        };
        let placed = Placed {
            first: Offset(first.base_offset),
            next: end_of(last),
            epoch: LeaderEpoch(last.leader_epoch),
            offsets: Offsets::Kept,
        };
        let pieces: Vec<&[u8]> = batches.iter().map(|info| &bytes[info.range.clone()]).collect();
        self.copy_batches(state, batches, placed, &pieces)
    }
}

impl From<Offline> for NotReplicated {
    fn from(offline: Offline) -> NotReplicated {
        NotReplicated::Refused(offline.into())
    }
}

fn end_of(info: &BatchInfo) -> Offset {
    Offset(info.base_offset).plus(i64::from(info.last_offset_delta) + 1)
}

/// How many batches are of epochs that the follower knows (KAFKA-18723): one of a later epoch is
/// another leader's, which this node was not told of yet.
fn known_epochs(checked: &Validated, epoch: LeaderEpoch) -> usize {
    checked.batches.iter().take_while(|info| info.leader_epoch <= epoch.0).count()
}

/// Epochs never go back in a log. A batch without one (-1) says nothing.
fn check_epochs(state: &State, batches: &[BatchInfo]) -> Result<(), NotReplicated> {
    let mut latest = state.epochs.latest().map_or(-1, |latest| latest.epoch);
    for info in batches.iter().filter(|info| info.leader_epoch >= 0) {
        if info.leader_epoch < latest {
            return Err(NotReplicated::EpochGoesBack {
                base: Offset(info.base_offset),
                epoch: LeaderEpoch(info.leader_epoch),
                latest: LeaderEpoch(latest),
            });
        }
        latest = info.leader_epoch;
    }
    Ok(())
}
