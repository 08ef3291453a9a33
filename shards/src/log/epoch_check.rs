//! Holds the leader epochs of a log against its batches: neither the checkpoint nor the epoch in a
//! batch's head is covered by a checksum, so each is the other's witness.
//!
//! Lives on: the partition's shard. The checkpoint is looked at when someone first asks where an
//! epoch began or ended, and when a batch contradicts it; then epochs are made anew of the batches,
//! of which one that goes back between its neighbours is damaged itself.
//! Promise: what is wrong is named in the log. Read next: epochs.rs, segment_check.rs.

use std::ops::ControlFlow;

use super::epochs::{EpochStart, Epochs, Run};
use super::error::ReadError;
use super::reader::{AtLeastOne, ReadLimit};
use super::scan::{Check, scan};
use super::state::{Ends, EpochsTrust, Log};
use crate::format::batch::{Batch, Batches, HEADER_BYTES, Header, NO_LEADER_EPOCH};
use crate::format::checkpoint;
use crate::io::buffers::Buffer;
use crate::io::file::File;
use crate::units::Offset;

/// A batch's first offset and its epoch.
type Head = (i64, i32);

impl Log {
    /// Holds what was read of epochs against the batches, once.
    pub async fn prove_epochs(&self) -> Result<(), ReadError> {
        if self.state().epochs_trust != EpochsTrust::Read {
            return Ok(());
        }
        let is_sound = self.are_epochs_sound().await?;
        if self.state().epochs_trust != EpochsTrust::Read {
            return Ok(());
        }
        match is_sound {
            true => self.state_mut().epochs_trust = EpochsTrust::Proven,
            false => self.epochs_anew().await?,
        }
        Ok(())
    }

    /// Whether the first batch at or behind each epoch's start is of that epoch, and the one before
    /// of an earlier one. Compaction may have left no batch of an epoch, or not the first.
    async fn are_epochs_sound(&self) -> Result<bool, ReadError> {
        let entries = self.state().epochs.entries().to_vec();
        let ends = self.ends();
        for (number, entry) in entries.iter().enumerate() {
            let is_over =
                entries.get(number + 1).is_some_and(|it| it.start_offset <= ends.log_start.0);
            if is_over {
                continue;
            }
            if entry.start_offset == ends.log_end.0 {
                // No batch is of it yet, so that the last one is of the epoch before.
                let before = number.checked_sub(1).and_then(|before| entries.get(before));
                match self.last_head(&ends).await? {
                    Some((_, last)) if before.is_none_or(|it| it.epoch != last) => {
                        return Ok(false);
                    }
                    _ => continue,
                }
            }
            if entry.start_offset > ends.log_end.0 {
                return Ok(false);
            }
            let start = Offset(entry.start_offset).max(ends.log_start);
            let Some((base, epoch)) = self.head_at(start).await? else { continue };
            let next = entries.get(number + 1).map_or(i64::MAX, |next| next.start_offset);
            if base >= next {
                continue;
            }
            if epoch != entry.epoch || number > 0 && base < entry.start_offset {
                return Ok(false);
            }
            if start > ends.log_start
                && let Some((base, before)) = self.head_at(start.plus(-1)).await?
                && base < entry.start_offset
                && before >= entry.epoch
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn last_head(&self, ends: &Ends) -> Result<Option<Head>, ReadError> {
        match ends.log_start < ends.log_end {
            true => self.head_at(ends.log_end.plus(-1)).await,
            false => Ok(None),
        }
    }

    /// Of the batch that holds the offset. None where it is damaged, or names no epoch.
    async fn head_at(&self, offset: Offset) -> Result<Option<Head>, ReadError> {
        let before = self.state().next();
        let limit = ReadLimit { before, bytes_max: 1, at_least_one: AtLeastOne::Batch };
        let bytes = match self.read_bytes(offset, limit).await {
            Ok(bytes) => bytes,
            Err(ReadError::Damaged { .. } | ReadError::OutOfRange { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let batch = Batches::new(&bytes).next().and_then(Result::ok);
        let head = batch.map(|batch| (batch.base_offset(), batch.leader_epoch()));
        Ok(head.filter(|(_, epoch)| *epoch >= 0))
    }

    /// Makes the epochs anew of the batches.
    pub(super) async fn epochs_anew(&self) -> Result<(), ReadError> {
        let path = self.directory().join(checkpoint::LEADER_EPOCHS);
        tracing::warn!(
            path = %path.display(),
            "the checkpoint of epochs is damaged, or not whole: made anew from the batches"
        );
        self.wherever_it_is(async || {
            let (mut runs, end) = self.runs().await?;
            let mut state = self.state_mut();
            // Nothing behind the last batch shows whether it is damaged: the checkpoint does.
            if let [.., before, last] = runs[..]
                && last.batches == 1
                && state.epochs.epoch_at(last.start_offset) == Some(before.epoch)
            {
                runs.pop();
            }
            let mut epochs = Epochs::from_runs(&runs);
            // What is not in the files yet was written by this process.
            for EpochStart { epoch, start_offset } in state.epochs.entries() {
                if *start_offset >= end.0 {
                    epochs.assign(*epoch, *start_offset);
                }
            }
            if let Some(start) = state.replica.epoch_start() {
                epochs.assign(state.replica.leader_epoch().0, start.0);
            }
            epochs.truncate_from_start(state.log_start().0);
            state.epochs = epochs;
            state.epochs_trust = EpochsTrust::Made;
            Ok(())
        })
        .await?;
        drop(crate::io::executor::spawn(self.clone().save_epochs()));
        Ok(())
    }

    /// Neighbouring batches of one epoch, and where the files end. A segment that begins as the
    /// next one does has one epoch alone.
    async fn runs(&self) -> Result<(Vec<Run>, Offset), ReadError> {
        let bases: Vec<Offset> = self.state().segments.iter().map(|it| it.base).collect();
        let mut files = Vec::new();
        let mut end = Offset::ZERO;
        for base in bases {
            let Some(mut source) = self.source(base) else { continue };
            if source.end.position == 0 {
                continue;
            }
            let file = self.open_source(&mut source).await?;
            let fault = |error: std::io::Error| self.fault(&source.segment, error.into());
            let first = first_head(&file).await.map_err(fault)?;
            end = source.end.offset;
            files.push((source, first));
        }
        let mut runs = Vec::new();
        let mut files = files.into_iter().peekable();
        while let Some((mut source, first)) = files.next() {
            match (first, files.peek().and_then(|(_, next)| *next)) {
                (Some((base, epoch)), Some((_, next))) if epoch == next => {
                    Run::note(&mut runs, base, epoch);
                    Run::note(&mut runs, base, epoch);
                }
                _ => {
                    let file = self.open_source(&mut source).await?;
                    let walked = scan(&file, 0, source.end.position, Check::Heads, |batch, _| {
                        Run::note(&mut runs, batch.base_offset(), batch.leader_epoch());
                        ControlFlow::Continue(())
                    });
                    let fault = |error: std::io::Error| self.fault(&source.segment, error.into());
                    walked.await.map_err(fault)?;
                }
            }
        }
        Ok((runs, end))
    }

    /// Where the first batch is whose epoch is not what the log knows.
    pub(super) fn odd_epoch(&self, bytes: &[u8]) -> Option<usize> {
        let state = self.state();
        let is_odd = |batch: &Batch<'_>| {
            let known = state.epochs.epoch_at(batch.last_offset());
            batch.leader_epoch() != NO_LEADER_EPOCH
                && known.is_some_and(|known| known != batch.leader_epoch())
        };
        let mut at = 0;
        for batch in Batches::new(bytes).map_while(Result::ok) {
            if is_odd(&batch) {
                return Some(at);
            }
            at += batch.size();
        }
        None
    }

    pub(super) fn are_epochs_made(&self) -> bool {
        self.state().epochs_trust == EpochsTrust::Made
    }
}

async fn first_head(file: &File) -> std::io::Result<Option<Head>> {
    let head = Buffer::with_capacity(HEADER_BYTES);
    let (read, head) = file.read_exact_at(head, HEADER_BYTES, 0).await;
    read?;
    let head = Header::peek(head.as_slice()).ok();
    Ok(head.map(|(head, _)| (head.base_offset, head.leader_epoch)))
}
