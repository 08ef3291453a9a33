//! Has logs delete what they do not keep any more, and compact what is due, again and again.
//!
//! Lives on: each core, for its own partitions. The log decides and does it
//! (`shards::log::retention`, `shards::log::compaction`); this is its clock. Promise: a look for
//! old segments is made each `log.retention.check.interval.ms`, and at once when a log directory is
//! full; one log at a time is compacted, that with the largest dirty ratio first.
//! Limits: limits::LOGS_CLEANED_AT_ONCE.

use std::rc::Rc;
use std::time::Duration;

use shards::clock::{now, sleep};
use shards::io::spawn;
use shards::log::Log;
use shards::log::compaction::{CompactionLimits, NotCompacted};

use crate::broker::Core;
use crate::limits::{FULL_DISK_LOOK, LOGS_CLEANED_AT_ONCE};

/// Looks for segments to delete, for ever.
pub async fn delete_expired(broker: Rc<Core>) {
    sleep(Duration::from_millis(broker.config.log.initial_task_delay_ms)).await;
    let interval_ms = broker.config.log.retention_check_interval_ms.max(1);
    let interval = Duration::from_millis(interval_ms);
    loop {
        delete_from_all(&broker).await;
        let made = now();
        while made.elapsed() < interval {
            let left = interval.saturating_sub(made.elapsed());
            sleep(left.min(FULL_DISK_LOOK)).await;
            if broker.store.log_dirs().any(|log_dir| log_dir.is_full()) {
                break;
            }
        }
    }
}

/// Compacts what is due, for ever: one log at a time, the dirtiest first.
pub async fn compact_dirtiest(broker: Rc<Core>) {
    let cleaner = &broker.config.log.cleaner;
    if !cleaner.is_enabled {
        return;
    }
    sleep(Duration::from_millis(broker.config.log.initial_task_delay_ms)).await;
    let cores = broker.routing.shards().max(1);
    let limits = CompactionLimits {
        map_bytes: cleaner.map_bytes / cores,
        map_load_factor: cleaner.map_load_factor,
        bytes_per_second_max: cleaner.bytes_per_second_max / cores as f64,
    };
    let backoff = Duration::from_millis(cleaner.backoff_ms.max(1));
    loop {
        let mut is_compacted = false;
        for log in dirtiest_first(&broker) {
            is_compacted = compact(&log, &limits).await;
            // Meanwhile others may have become dirtier; where one can not be, the next is tried.
            if is_compacted {
                break;
            }
        }
        if !is_compacted {
            sleep(backoff).await;
        }
    }
}

/// The logs that are due, that with the largest share of what was not compacted first.
fn dirtiest_first(broker: &Rc<Core>) -> impl Iterator<Item = Log> {
    let ratio = |log: Log| {
        let state = log.compaction_state();
        state.is_due.then_some((state.dirty_ratio, log))
    };
    let mut due: Vec<(f64, Log)> =
        broker.store.partitions().into_iter().filter_map(ratio).collect();
    due.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    due.into_iter().map(|(_, log)| log)
}

/// Whether the log was compacted.
async fn compact(log: &Log, limits: &CompactionLimits) -> bool {
    match log.compact(limits).await {
        Ok(compacted) => compacted.is_some(),
        Err(NotCompacted::Offline(_)) => false,
        Err(error) => {
            tracing::warn!(partition = log.name(), %error, "not compacted");
            false
        }
    }
}

async fn delete_from_all(broker: &Rc<Core>) {
    let logs = broker.store.partitions();
    // Together: the starts of many logs are made durable with one write.
    for some in logs.chunks(LOGS_CLEANED_AT_ONCE) {
        let tasks: Vec<_> = some
            .iter()
            .cloned()
            .map(|log| {
                spawn(async move {
                    if let Err(error) = log.delete_expired().await {
                        tracing::warn!(partition = log.name(), %error, "old segments stay");
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await;
        }
    }
}
