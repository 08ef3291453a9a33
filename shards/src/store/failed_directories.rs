//! Log directories that serve no more: their device failed at start, or since.
//!
//! Lives on: each shard, for its journals; who has the node's metadata makes the shards agree.
//! Promise: a directory that failed once stays away until the node is started again.
//! Read next: ../journal/writer.rs, whose failure is the directory's.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::Store;
use crate::io::executor;
use crate::journal::Journal;
use crate::log::Log;

/// A log directory that does not serve, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedDirectory {
    pub path: PathBuf,
    pub cause: String,
}

impl Store {
    /// Those that do not serve on this shard.
    pub fn failed_directories(&self) -> Vec<FailedDirectory> {
        let since = self.0.directories.iter().filter_map(|directory| {
            let failed = directory.log_dir.journal().failure()?;
            let path = directory.log_dir.path().to_owned();
            Some(FailedDirectory { path, cause: failed.cause.to_string() })
        });
        self.0.unopened.borrow().iter().cloned().chain(since).collect()
    }

    /// Takes a directory offline here that was found failing elsewhere.
    pub fn fail_directory(&self, failed: &FailedDirectory) {
        match self.journal_of(&failed.path) {
            Some(journal) => journal.fail(&failed.cause),
            None => {
                let mut unopened = self.0.unopened.borrow_mut();
                if unopened.iter().all(|known| known.path != failed.path) {
                    unopened.push(failed.clone());
                }
            }
        }
    }

    /// Completes once the directory fails; never if it is not one of this store.
    pub async fn directory_failed(&self, path: &Path) -> FailedDirectory {
        let failed = self.0.unopened.borrow().iter().find(|failed| failed.path == path).cloned();
        if let Some(failed) = failed {
            return failed;
        }
        let Some(journal) = self.journal_of(path) else { return std::future::pending().await };
        let failed = journal.failed().await;
        FailedDirectory { path: path.to_owned(), cause: failed.cause.to_string() }
    }

    /// Tells those who wait for more of a partition when its directory fails: a journal knows only
    /// the partitions of which it has something to write.
    pub(super) fn follow_failures(&self) {
        for log_dir in self.log_dirs() {
            let (log_dir, store) = (log_dir.clone(), Rc::downgrade(&self.0));
            drop(executor::spawn(async move {
                log_dir.journal().failed().await;
                let Some(store) = store.upgrade().map(Store) else { return };
                let all = store.partitions();
                let of_directory = all.iter().filter(|log| log.log_dir().path() == log_dir.path());
                of_directory.for_each(Log::tell_watchers);
            }));
        }
    }

    fn journal_of(&self, path: &Path) -> Option<Journal> {
        let found = self.log_dirs().find(|log_dir| log_dir.path() == path);
        found.map(|log_dir| log_dir.journal().clone())
    }
}
