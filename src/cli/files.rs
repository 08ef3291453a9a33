//! Files that commands look at while no broker needs to run.
//!
//! Promise: opens for reading alone. The only place of the commands that reads log directories.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use shards::format::meta_properties;
use shards::io::record_lock;

use super::failure::Failure;

/// What a running broker holds locked.
const LOCK_FILE: &str = ".lock";

/// Largest file that is read as a whole; segments are read batch by batch.
const WHOLE_FILE_BYTES_MAX: u64 = 1 << 30;

/// All of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let size = fs::metadata(path).map_err(|cause| failure(path, cause))?.len();
    if size > WHOLE_FILE_BYTES_MAX {
        let path = path.display();
        return Err(Failure::failed(format!("{path}: {size} bytes are too many for such a file")));
    }
    fs::read(path).map_err(|cause| failure(path, cause))
}

/// Whether a node has taken the directory for its own.
pub(super) fn is_formatted(directory: &Path) -> bool {
    directory.join(meta_properties::FILE_NAME).exists()
}

/// The data directory at or above the path that a broker has open at the moment, if one has.
pub(super) fn directory_in_use(path: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(path).ok()?;
    // A data directory, a partition's in it, or a file of that.
    absolute
        .ancestors()
        .take(3)
        .find(|directory| is_locked(&directory.join(LOCK_FILE)))
        .map(Into::into)
}

/// Whether someone holds the lock of a data directory: Ringlog the one kind of locks, Kafka the
/// other.
fn is_locked(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    if record_lock::is_held(&file) {
        return true;
    }
    // Given back at once.
    matches!(Flock::lock(file, FlockArg::LockSharedNonblock), Err((_, Errno::EWOULDBLOCK)))
}

/// A file to be read piece by piece, with its size.
pub(super) fn open(path: &Path) -> Result<(File, u64), Failure> {
    let file = File::open(path).map_err(|cause| failure(path, cause))?;
    let size = file.metadata().map_err(|cause| failure(path, cause))?.len();
    Ok((file, size))
}

/// What a directory holds, by name.
pub(super) fn entries(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(directory).map_err(|cause| failure(directory, cause))?;
    let paths: io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.map_err(|cause| failure(directory, cause))?;
    paths.sort_unstable();
    Ok(paths)
}

pub(super) fn failure(path: &Path, cause: io::Error) -> Failure {
    Failure::File { path: path.display().to_string(), cause }
}
