//! Directories: rare work, free functions.
//!
//! Lives on: the core that calls. Listing and looking block it for as long as the file system
//! takes; the rest goes through the ring. Promise: [`write_atomically`] leaves the old content or
//! the new one, never a mixture; few of them are written at the same time, however many want to.
//! Limits: limits::DIRECTORY_ENTRIES_MAX, limits::SIDE_FILES_AT_ONCE.

use std::io;
use std::path::{Path, PathBuf};

use super::buffers::{Buffer, Slice};
use super::executor;
use super::file::{Durability, File, OpenOptions, open_directory};
use super::kernel;
use super::op::{Op, check};
use super::operations::submit;
use super::shortage::not_to_be_repeated;

/// What a directory has under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub is_dir: bool,
    pub size: u64,
}

/// Makes the directory and those above it; the names of those it made survive a crash.
pub async fn create_all(path: &Path) -> io::Result<()> {
    let mut missing = Vec::new();
    for ancestor in path.ancestors() {
        if ancestor.as_os_str().is_empty() || kernel::exists(ancestor)? {
            break;
        }
        missing.push(ancestor);
    }
    for directory in missing.into_iter().rev() {
        let made = submit(Op::CreateDirectory { path: kernel::path_text(directory)? }).await.0;
        match check(made) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => sync_parent(directory).await?,
        }
    }
    Ok(())
}

/// What is in the directory, in no order; names that are not UTF-8 are left out.
pub async fn list(path: &Path) -> io::Result<Vec<Entry>> {
    kernel::list(path)
}

/// Gives a file or directory another name; an existing file of that name is replaced.
pub async fn rename(from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (kernel::path_text(from)?, kernel::path_text(to)?);
    check(submit(Op::Rename { from, to }).await.0).map(drop)
}

pub async fn remove_file(path: &Path) -> io::Result<()> {
    check(submit(Op::RemoveFile { path: kernel::path_text(path)? }).await.0).map(drop)
}

/// Removes the directory and all that is in it; links are removed, not followed.
pub async fn remove_all(path: &Path) -> io::Result<()> {
    let mut pending = vec![path.to_path_buf()];
    let mut emptied = Vec::new();
    while let Some(directory) = pending.pop() {
        for entry in kernel::list(&directory)? {
            let inside = directory.join(&entry.name);
            if entry.is_dir {
                pending.push(inside);
            } else {
                remove_file(&inside).await?;
            }
        }
        emptied.push(directory);
    }
    for directory in emptied.iter().rev() {
        let path = kernel::path_text(directory)?;
        check(submit(Op::RemoveDirectory { path }).await.0)?;
    }
    Ok(())
}

/// Makes the directory's entries durable.
pub async fn sync(path: &Path) -> io::Result<()> {
    let _turn = executor::side_file_turn().await;
    open_directory(path).await?.sync_all().await
}

/// Makes durable all that is to be seen in the file system that holds the directory. Blocks the
/// core: no ring has the operation.
pub async fn sync_file_system(path: &Path) -> io::Result<()> {
    kernel::sync_file_system(path).map_err(not_to_be_repeated)
}

/// Makes the names in the directory above durable.
pub async fn sync_parent(path: &Path) -> io::Result<()> {
    open_parent(path).await?.sync_all().await
}

/// The directory above, to sync it once its names have changed.
pub async fn open_parent(path: &Path) -> io::Result<File> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => open_directory(parent).await,
        _ => open_directory(Path::new(".")).await,
    }
}

pub async fn exists(path: &Path) -> io::Result<bool> {
    kernel::exists(path)
}

/// Refuses a directory in which nothing can be made, as far as that can be known without trying;
/// for one that is not there, the nearest one above it that is. Changes nothing.
pub async fn check_writable(path: &Path) -> io::Result<()> {
    for ancestor in path.ancestors().filter(|ancestor| !ancestor.as_os_str().is_empty()) {
        if kernel::exists(ancestor)? {
            return kernel::check_writable(ancestor);
        }
    }
    kernel::check_writable(Path::new("."))
}

/// The whole content of a file of at most `limit` bytes.
pub async fn read_to_vec(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let file = File::open(path, OpenOptions::new()).await?;
    let mut buffer =
        Buffer::with_capacity(usize::try_from(file.size()?).unwrap_or(limit).min(limit));
    loop {
        if buffer.remaining() == 0 {
            buffer.reserve(1);
        }
        let offset = buffer.len() as u64;
        let (got, filled) = file.read_at(buffer, offset).await;
        buffer = filled;
        if buffer.len() > limit {
            let text = format!("{} has more than {limit} bytes", path.display());
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
        }
        if got? == 0 {
            return Ok(buffer.to_vec());
        }
    }
}

/// The path with something more at the end of its name; nothing of the name is replaced.
pub fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Replaces the file's content: under another name, synced, renamed, directory synced.
pub async fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let _turn = executor::side_file_turn().await;
    let temporary = with_ending(path, ".tmp");
    let options = OpenOptions::new().write(true).create(true).truncate(true);
    let file = File::open(&temporary, options).await?;
    file.write_all_at(vec![Slice::from(bytes.to_vec())], 0, Durability::Cached).await?;
    file.sync_all().await?;
    rename(&temporary, path).await?;
    sync_parent(path).await
}

/// The room of a file system, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolumeBytes {
    pub total: u64,
    /// What a process without privileges may still write.
    pub free: u64,
    /// What this process may still write: a privileged one also what others may not.
    pub writable: u64,
}

/// The room of the directory's file system.
pub async fn volume_bytes(path: &Path) -> io::Result<VolumeBytes> {
    kernel::volume_bytes(path)
}

/// Bytes that may still be written into the directory's file system.
pub async fn free_bytes(path: &Path) -> io::Result<u64> {
    kernel::volume_bytes(path).map(|volume| volume.free)
}
