//! The file of a placement: appended to while the node runs, written anew when it is outdated.
//!
//! Lives on: the shard that publishes the metadata.
//! Promise: none about a crash but that what is read back was once true: an entry may be lost, and
//! its partition is then placed anew.

use std::io;
use std::path::{Path, PathBuf};

use super::{FILE_NAME, Placement, Read};
use crate::io::buffers::Slice;
use crate::io::directory;
use crate::io::file::{Durability, File, OpenOptions};
use crate::limits;

/// See the module.
pub struct PlacementFile {
    path: PathBuf,
    file: File,
    size: u64,
}

impl PlacementFile {
    /// Reads the placement of a node that has `shards` shards now.
    pub async fn open(folder: &Path, shards: usize) -> io::Result<(Placement, PlacementFile)> {
        let path = folder.join(FILE_NAME);
        let bytes = match directory::exists(&path).await? {
            true => directory::read_to_vec(&path, limits::PLACEMENT_BYTES_MAX).await?,
            false => Vec::new(),
        };
        let Read { mut placement, is_outdated, is_damaged } = Placement::decode(&bytes, shards);
        if is_damaged {
            tracing::warn!(
                path = %path.display(),
                "damaged or torn: partitions that it does not name are placed anew"
            );
        }
        let size = if is_outdated {
            let bytes = placement.encode();
            directory::write_atomically(&path, &bytes).await?;
            bytes.len() as u64
        } else {
            bytes.len() as u64
        };
        let file = File::open(&path, OpenOptions::new().write(true)).await?;
        Ok((placement, PlacementFile { path, file, size }))
    }

    /// Adds the entries that changes of `placement` gave.
    pub async fn append(&mut self, entries: Vec<u8>, placement: &mut Placement) -> io::Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        if placement.is_file_long() {
            let bytes = placement.encode();
            directory::write_atomically(&self.path, &bytes).await?;
            self.file = File::open(&self.path, OpenOptions::new().write(true)).await?;
            self.size = bytes.len() as u64;
            return Ok(());
        }
        let length = entries.len() as u64;
        let pieces = vec![Slice::from(entries)];
        self.file.write_all_at(pieces, self.size, Durability::Cached).await?;
        self.size += length;
        Ok(())
    }
}
