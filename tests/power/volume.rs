//! A file system on a disk that loses power.
//!
//! Promise: unmounted, and its loop device free, when it is dropped. Needs root.
//! Read next: disk.rs, ../support/src/volume.rs.

use std::io;
use std::path::Path;

use support::load::random::Random;
use support::volume::{self, FileSystem};

use crate::disk::{Cut, Disk};

pub(crate) struct Volume {
    /// Unmounted before its disk ends.
    mounted: volume::Volume,
    disk: Disk,
}

impl Volume {
    /// A new file system in `folder`, mounted.
    pub(crate) fn new(folder: &Path, kind: FileSystem, bytes: u64) -> io::Result<Volume> {
        let disk = Disk::new(folder, bytes, block_bytes(kind))?;
        let file = disk.file().to_owned();
        let mounted = volume::Volume::new(kind, file, folder.join("volume"))?;
        Ok(Volume { mounted, disk })
    }

    pub(crate) fn path(&self) -> &Path {
        self.mounted.path()
    }

    pub(crate) fn cut_power(&self, random: &mut Random) -> Cut {
        self.disk.cut_power(random)
    }

    /// Power again: the file system is mounted anew, and recovers what its own journal holds. All
    /// who had it open are gone.
    pub(crate) fn restore_power(&mut self) -> io::Result<()> {
        self.mounted.unmount()?;
        self.disk.restore_power();
        self.mounted.mount_again()
    }
}

/// What a drive must write as a whole. XFS takes a block of a directory that is new in part for
/// damage, and is not mounted any more; drives with sectors of 4 KiB never leave it one.
fn block_bytes(kind: FileSystem) -> usize {
    match kind {
        FileSystem::Xfs => 4096,
        FileSystem::Ext4 | FileSystem::Ext4WithInodes(_) => 512,
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // A loop device without power would hold its file for ever.
        self.disk.restore_power();
    }
}
