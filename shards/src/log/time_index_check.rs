//! Holds what a time index says against the batches: no checksum covers it.
//!
//! Lives on: the partition's shard. An index that was read from a file is not believed about how
//! young its segment is before the first lookup by time has proven it; the entries that a lookup
//! goes by are held against the batches that it meets on its way.
//! Promise: what is wrong is named in the log, and made anew from the segment.
//! Read next: lookup.rs, segment_check.rs.

use std::ops::ControlFlow;
use std::rc::Rc;

use super::error::ReadError;
use super::reader::Source;
use super::scan::{Check, scan};
use super::segment::{Segment, TimestampOffset};
use super::segment_check::{End, Fault, Index, find_batch};
use super::segment_file::SegmentFile;
use super::state::Log;
use crate::format::batch::Batch;
use crate::format::offset_index;
use crate::io::buffers::Buffer;
use crate::io::file::File;
use crate::units::Offset;

/// What the indexes of a segment end with.
struct Ends {
    time: Option<TimestampOffset>,
    offset: Option<Offset>,
}

impl Log {
    /// Holds the end of a segment's time index against its batches.
    pub(super) async fn prove_times(&self, segment: Offset) -> Result<(), ReadError> {
        self.wherever_it_is(async || {
            let Some(mut source) = self.source(segment) else { return Ok(()) };
            let file = self.open_source(&mut source).await?;
            match self.is_time_known(&file, &source).await {
                Ok(true) => {}
                Ok(false) => return self.times_anew(segment).await,
                Err(Fault::Io(error)) => {
                    return Err(self.fault(&source.segment, Fault::Io(error)));
                }
                // The segment's own fault, which does not make its index wrong.
                Err(damaged) => drop(self.fault(&source.segment, damaged)),
            }
            if let Some(segment) = self.state_mut().segment_with(&source.segment) {
                segment.are_times_proven = true;
            }
            Ok(())
        })
        .await
    }

    /// Makes the indexes of a segment anew, as that of times is damaged.
    pub(super) async fn times_anew(&self, segment: Offset) -> Result<(), ReadError> {
        self.wherever_it_is(async || {
            let Some(mut source) = self.source(segment) else { return Ok(()) };
            if source.end.position == 0 {
                return Ok(());
            }
            let file = self.open_source(&mut source).await?;
            let made = self.index_anew(&file, &source.segment, source.end, Index::Times).await;
            made.map_err(|fault| self.fault(&source.segment, fault))
        })
        .await
    }

    /// Whether the last entry is that of its batch, and no batch behind the indexes is younger: a
    /// stop may have come before the indexes of a segment were written to the end.
    async fn is_time_known(&self, file: &File, source: &Source) -> Result<bool, Fault> {
        let Source { ref segment, end, .. } = *source;
        let Some(ends) = self.index_ends(segment) else { return Ok(true) };
        if let Some(claim) = ends.time {
            let found = self.locate(file, segment, end, claim.offset).await?;
            if !is_claim_of(file, found, claim).await? {
                return Ok(false);
            }
        }
        let from = match ends.offset {
            None => Some(0),
            Some(last) => self.locate(file, segment, end, last).await?.map(|(from, _)| from),
        };
        let from = from.unwrap_or(end.position);
        let youngest = ends.time.map_or(-1, |claim| claim.timestamp_ms);
        let mut is_known = true;
        let walked = scan(file, from, end.position, Check::Checksums, |batch, _| {
            is_known &= batch.max_timestamp() <= youngest;
            ControlFlow::Continue(())
        });
        let walked = walked.await?;
        match walked.cause {
            Some(cause) if is_known => Err(Fault::damaged(walked.position, cause)),
            _ => Ok(is_known),
        }
    }

    fn index_ends(&self, segment: &Rc<SegmentFile>) -> Option<Ends> {
        let mut state = self.state_mut();
        let segment = state.segment_with(segment)?;
        let offset = segment.last_index_entry().map(|entry| Offset(entry.offset));
        Some(Ends { time: segment.last_indexed_timestamp(), offset })
    }
}

/// Whether the segment's last entry of time is that of its batch, as far as the batch can be read.
pub(super) async fn is_last_entry_sound(file: &File, segment: &Segment, end: End) -> bool {
    let Some(claim) = segment.last_indexed_timestamp() else { return true };
    let near: offset_index::Entry = segment.entry_before(claim.offset);
    let sound = async {
        let found = find_batch(file, near, end, claim.offset).await?;
        is_claim_of(file, found, claim).await
    };
    sound.await.unwrap_or(true)
}

/// Whether an entry is that of the batch that was found for its offset. A batch that is damaged
/// itself says nothing of the entry.
async fn is_claim_of(
    file: &File,
    found: Option<(u64, u64)>,
    claim: TimestampOffset,
) -> Result<bool, Fault> {
    let Some((position, size)) = found else { return Ok(false) };
    let size = size as usize;
    let (read, bytes) = file.read_exact_at(Buffer::with_capacity(size), size, position).await;
    read?;
    let batch = Batch::parse(bytes.as_slice())
        .and_then(|batch| batch.verify_checksum().map(|()| batch))
        .map_err(|cause| Fault::damaged(position, cause))?;
    Ok(claim.is_of(&batch))
}
