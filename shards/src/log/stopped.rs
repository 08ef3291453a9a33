//! Reads the log of a node that was stopped in order, before a start changes anything.
//!
//! Lives on: the core that looks. Promise: each batch from an offset on, whole, with its checksum
//! held. Never: writes; knows a journal: that of a clean stop holds nothing. Read next: scan.rs.

use std::ops::ControlFlow;
use std::path::Path;

use super::error::{Offline, OpenError};
use super::lifecycle::offsets_of;
use super::scan::{Check, scan};
use super::segment::file_name;
use super::segment_file::open_reader;
use crate::format::batch::Batch;
use crate::io::directory;
use crate::units::Offset;

/// Hands each batch of the log in `folder` to `each`, from the segment on that would have `from`,
/// until it breaks off. The first offset of the log, if it has segments.
pub async fn walk_stopped(
    folder: &Path,
    from: Offset,
    mut each: impl FnMut(&Path, &Batch<'_>) -> ControlFlow<()>,
) -> Result<Option<Offset>, OpenError> {
    let listed = directory::list(folder).await.map_err(|error| OpenError::io(folder, error))?;
    let bases = offsets_of(&listed, ".log");
    let first = bases.partition_point(|base| *base <= from).saturating_sub(1);
    for base in bases.iter().skip(first) {
        let path = folder.join(file_name(*base, "log"));
        let failed = |error| OpenError::io(&path, error);
        let file = open_reader(&path).await.map_err(failed)?;
        let size = file.size().map_err(failed)?;
        let mut is_over = false;
        let walked = scan(&file, 0, size, Check::Checksums, |batch, _| {
            let next = each(&path, batch);
            is_over = next.is_break();
            next
        });
        let end = walked.await.map_err(failed)?;
        if is_over {
            break;
        }
        if end.position < size {
            let cause = end.cause.map_or_else(String::new, |cause| cause.to_string());
            return Err(OpenError::Offline(Offline::Corrupt {
                path: path.display().to_string().into(),
                position: end.position,
                cause: cause.into(),
            }));
        }
    }
    Ok(bases.first().copied())
}
