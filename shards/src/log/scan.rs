//! Walks the batches of a segment's file from a position on.
//!
//! Lives on: the shard that recovers or looks something up. Reads ahead in large pieces.
//! Promise: each batch handed out is whole, and where asked, its checksum holds.
//! Never: writes. Read next: recovery.rs.

use std::io;
use std::ops::ControlFlow;

use crate::format::batch::{Batch, BatchError, size_at_front};
use crate::io::buffers::Buffer;
use crate::io::file::File;
use crate::limits;

/// How closely batches are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    Heads,
    Checksums,
}

/// Where a walk ended.
#[derive(Debug)]
pub struct ScanEnd {
    /// Behind the last good batch.
    pub position: u64,
    /// Why it went no further, if not at the end or by the caller's wish.
    pub cause: Option<BatchError>,
    /// Nothing but zeros was found behind: extents allocated ahead.
    pub is_blank: bool,
}

/// Hands each batch of `file` from `position` to `end` to `each`, with its position.
pub async fn scan(
    file: &File,
    mut position: u64,
    end: u64,
    check: Check,
    mut each: impl FnMut(&Batch<'_>, u64) -> ControlFlow<()>,
) -> io::Result<ScanEnd> {
    let mut wanted = limits::SCAN_BYTES;
    while position < end {
        let length = (end - position).min(wanted as u64) as usize;
        let (read, buffer) =
            file.read_exact_at(Buffer::with_capacity(length), length, position).await;
        read?;
        let bytes = buffer.as_slice();
        let mut at = 0;
        let cause = loop {
            let batch = match Batch::parse(&bytes[at..]) {
                Ok(batch) => batch,
                Err(cause) => break cause,
            };
            if check == Check::Checksums
                && let Err(cause) = batch.verify_checksum()
            {
                break cause;
            }
            if each(&batch, position + at as u64).is_break() {
                return Ok(ScanEnd {
                    position: position + at as u64,
                    cause: None,
                    is_blank: false,
                });
            }
            at += batch.size();
        };
        position += at as u64;
        let rest = &bytes[at..];
        let is_cut =
            matches!(cause, BatchError::Truncated { .. }) && position + (rest.len() as u64) < end;
        if is_cut {
            wanted = size_at_front(rest).unwrap_or(0).max(limits::SCAN_BYTES);
            continue;
        }
        if !rest.is_empty() {
            let is_blank = rest.iter().all(|byte| *byte == 0);
            return Ok(ScanEnd { position, cause: Some(cause), is_blank });
        }
    }
    Ok(ScanEnd { position, cause: None, is_blank: true })
}
