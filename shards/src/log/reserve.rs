//! Room that a core keeps on a log directory's disk, for the small files that free space.
//!
//! Lives on: its shard; one for each log directory. A log's new start is a file, and so can the
//! name of a deleted folder need a block: on a disk that is full to the last byte neither would be
//! written, and nothing could be freed.
//! Promise: what `run` runs finds room as long as the reserve lasts; the reserve is filled again
//! once the disk has room. Limits: limits::RESERVE_*. Read next: log_dir.rs.

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};

use crate::format::file_names;
use crate::io::file::{File, OpenOptions};
use crate::io::shortage::Shortage;
use crate::limits::{RESERVE_BYTES, RESERVE_PIECE_BYTES};
use crate::units::ShardId;

/// See the module.
pub struct Reserve {
    path: PathBuf,
    /// None where it could not be made.
    file: Option<File>,
    bytes: Cell<u64>,
}

impl Reserve {
    /// Makes the reserve as large as there is room for it: a node runs without one, too.
    pub async fn open(directory: &Path, shard: ShardId) -> Reserve {
        let path = directory.join(file_names::reserve(shard.0));
        let opened = File::open(&path, OpenOptions::new().write(true).create(true)).await;
        let sized = opened.and_then(|file| file.size().map(|bytes| (file, bytes)));
        let (file, bytes) = match sized {
            Ok((file, bytes)) => (Some(file), bytes),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "no room is kept for deletions");
                (None, 0)
            }
        };
        let reserve = Reserve { path, file, bytes: Cell::new(bytes) };
        reserve.refill().await;
        reserve
    }

    /// Runs what frees space, again and again while it finds no room and there is a reserve.
    pub(super) async fn run<T>(&self, frees: impl AsyncFn() -> io::Result<T>) -> io::Result<T> {
        loop {
            match frees().await {
                Err(error) if Shortage::of(&error) == Some(Shortage::Space) => {
                    if !self.give_up_a_piece().await {
                        return Err(error);
                    }
                }
                outcome => return outcome,
            }
        }
    }

    async fn give_up_a_piece(&self) -> bool {
        let Some(file) = self.file.as_ref().filter(|_| self.bytes.get() > 0) else { return false };
        let left = self.bytes.get().saturating_sub(RESERVE_PIECE_BYTES);
        self.bytes.set(left);
        match file.set_size(left).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(path = %self.path.display(), %error, "the reserve stays");
                false
            }
        }
    }

    pub(super) async fn refill(&self) {
        let (Some(file), bytes) = (&self.file, self.bytes.get()) else { return };
        if bytes >= RESERVE_BYTES {
            return;
        }
        // Where there is no room now, or the file system keeps none, it is tried again later.
        if file.allocate(bytes, RESERVE_BYTES - bytes).await.is_ok() {
            self.bytes.set(RESERVE_BYTES);
        }
    }
}
