//! A file system that is full, or not, as a test wants it.
//!
//! What fills it is ballast: extents without data, so that the file behind it stays small.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use nix::fcntl::{FallocateFlags, fallocate};
use support::folder::folder;
use support::volume::{self, FileSystem};
use tempfile::TempDir;

/// The least that mkfs.xfs makes is 300 MiB.
const BYTES: u64 = 768 << 20;
const MIB: u64 = 1 << 20;

pub(crate) struct Volume {
    mounted: volume::Volume,
    _folder: TempDir,
}

impl Volume {
    pub(crate) fn new(kind: FileSystem) -> Volume {
        let folder = folder().expect("a folder");
        let file = folder.path().join("disk");
        File::create(&file).and_then(|file| file.set_len(BYTES)).expect("a sparse file");
        let mounted = volume::Volume::new(kind, file, folder.path().join("volume"));
        Volume { mounted: mounted.expect("a volume; are you root?"), _folder: folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.mounted.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// Nothing can be read or written any more.
    pub(crate) fn lose(&self) {
        self.mounted.shut_down().expect("an XFS");
    }

    /// It is back, with what was synced. Whoever had it open has ended.
    pub(crate) fn find_again(&mut self) {
        self.mounted.unmount().expect("nobody has it open");
        self.mounted.mount_again().expect("it recovers");
    }

    /// Takes all room but about so much.
    pub(crate) fn leave(&self, mib: u64) {
        let free = self.mounted.free_bytes().expect("it is mounted");
        let ballast = File::create(self.path().join("ballast")).expect("a file");
        let bytes = free.saturating_sub(mib * MIB) as i64;
        fallocate(ballast, FallocateFlags::empty(), 0, bytes).expect("there was room");
    }

    /// Takes what is left, to the last byte.
    pub(crate) fn take_the_rest(&self) {
        use std::io::Write;
        let mut rest = File::create(self.path().join("rest")).expect("a file");
        let mut bytes = 1 << 20;
        // Smaller and smaller pieces, as the room does.
        while bytes > 0 {
            if rest.write_all(&vec![1; bytes]).and_then(|()| rest.sync_data()).is_err() {
                bytes /= 2;
            }
        }
    }

    /// Takes every inode.
    pub(crate) fn take_inodes(&self) {
        let folder = self.path().join("names");
        fs::create_dir(&folder).expect("a folder");
        let made = |number: &u64| File::create(folder.join(number.to_string())).is_ok();
        assert!((0..100_000).find(|number| !made(number)).is_some(), "inodes without end");
    }

    /// Gives all that was taken back.
    pub(crate) fn free(&self) {
        for taken in ["ballast", "names", "rest"] {
            let taken = self.path().join(taken);
            let gone = match taken.is_dir() {
                true => fs::remove_dir_all(&taken),
                false => fs::remove_file(&taken),
            };
            assert!(gone.is_ok() || !taken.exists(), "{gone:?}");
        }
    }
}
