//! What `io` promises, as behaviour: the same tests run on the kernel and on its simulated twin.

mod files;
#[cfg(feature = "sim")]
mod simulated;
mod sockets;
mod tasks;
#[cfg(not(feature = "sim"))]
mod threads;

use std::path::{Path, PathBuf};

use super::executor::{self, RingConfig};

/// Runs a test's future on a core of its own.
pub(super) fn on_core<T>(root: impl Future<Output = T>) -> T {
    executor::run(RingConfig::default(), root).unwrap()
}

/// A directory for one test; removed when dropped.
pub(super) struct Scratch {
    directory: tempfile::TempDir,
}

impl Scratch {
    pub(super) fn new() -> Scratch {
        Scratch { directory: tempfile::tempdir().unwrap() }
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }
}

/// So many, or as many as Miri can bear.
pub(super) fn large(length: usize) -> usize {
    if cfg!(miri) { length / 200 } else { length }
}

/// Bytes that show where they come from.
pub(super) fn pattern(length: usize, seed: u64) -> Vec<u8> {
    let start = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let byte = |index: u64| (start.wrapping_add(index.wrapping_mul(0x9e37_79b9)) >> 13) as u8;
    (0..length as u64).map(byte).collect()
}
