//! Waiting for space, descriptors or memory.
//!
//! Lives on: the partition's shard.
//! Promise: while anyone waits for space the log directory refuses appends, and no longer.
//! Read next: destage.rs, log_dir.rs, ../io/shortage.rs.

use super::log_dir::LogDir;
use crate::io::shortage::Shortage;

/// A task that waits for what is short; the log directory counts those that wait for space.
pub struct Waiting {
    log_dir: LogDir,
    shortage: Shortage,
}

impl Waiting {
    pub fn begin(log_dir: &LogDir, shortage: Shortage) -> Waiting {
        log_dir.begin_waiting(shortage);
        Waiting { log_dir: log_dir.clone(), shortage }
    }

    pub fn shortage(&self) -> Shortage {
        self.shortage
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.log_dir.end_waiting(self.shortage);
    }
}
