//! The figures of one core, as they are at one moment.
//!
//! Lives on: taken on their core, then sent away.   Read next: page.rs.

use std::rc::Rc;

use shards::journal::Figures as JournalFigures;
use shards::log::log_dir::CleanupFigures;
use shards::metrics::Spread;

use super::named::{self, Named};
use crate::broker::Core;
use crate::coordinators::groups::GroupCounts;
use crate::coordinators::transactions::State;
use crate::handlers::table;
use crate::listeners::metrics::ConnectionMetrics;

/// See the module.
#[derive(Debug)]
pub(super) struct CoreFigures {
    pub core: usize,
    pub connections: Connections,
    /// By API, in the order of their keys.
    pub requests: Vec<Requests>,
    pub quotas: Quotas,
    pub request_memory: RequestMemory,
    pub answer_memory: AnswerMemory,
    pub log_dirs: Vec<LogDirFigures>,
    /// Log directories that serve no more.
    pub failed_log_dirs: Vec<String>,
    pub partitions: u64,
    pub compaction: CompactionFigures,
    pub fetch_sessions: u64,
    pub group_members: GroupMembers,
    pub groups: GroupCounts,
    pub transactions: Transactions,
    /// Files of segments that are open, and how many stay open for long.
    pub segment_files: (u64, u64),
    pub named: Named,
}

#[derive(Debug)]
pub(super) struct Connections {
    pub open: u64,
    pub opened: u64,
    pub refused: u64,
    pub refused_by_rate: u64,
    /// By reason.
    pub closed: Vec<(&'static str, u64)>,
    pub bytes_received: u64,
    pub bytes_sent: u64,
}

#[derive(Debug)]
pub(super) struct Requests {
    pub api: &'static str,
    pub requests: u64,
    pub refusals: u64,
    pub at_work: u64,
    pub latency_us: Spread,
    /// Partitions that were refused, by Kafka's name of the error.
    pub partition_errors: Vec<(&'static str, u64)>,
}

#[derive(Debug)]
pub(super) struct Quotas {
    pub throttled: u64,
    pub throttled_ms: u64,
    pub meters: u64,
    pub uncounted: u64,
}

#[derive(Debug)]
pub(super) struct RequestMemory {
    pub bytes_held: u64,
    pub bytes_max: u64,
    pub waits: u64,
}

/// Transactions that are coordinated here.
#[derive(Debug)]
pub(super) struct Transactions {
    pub by_state: Vec<(&'static str, u64)>,
    /// How long the oldest that is open has been so; 0: none is.
    pub oldest_open_ms: u64,
    pub timed_out: u64,
    /// Decided, and not all their partitions have been told.
    pub waiting: u64,
}

impl Transactions {
    fn of(broker: &Core) -> Transactions {
        let counts = broker.transactions.counts();
        let count = |state: State| counts.by_state.get(&state).copied().unwrap_or(0);
        let written = State::ALL.into_iter().filter(|state| state.is_written());
        let open_ms = |start_ms: i64| shards::clock::wall_ms().saturating_sub(start_ms);
        let oldest_ms = counts.oldest_start_ms.map_or(0, open_ms);
        Transactions {
            by_state: written.map(|state| (state.name(), count(state))).collect(),
            oldest_open_ms: u64::try_from(oldest_ms).unwrap_or(0),
            timed_out: counts.timed_out,
            waiting: count(State::PrepareCommit) + count(State::PrepareAbort),
        }
    }
}

/// What answers of Fetch hold.
#[derive(Debug)]
pub(super) struct AnswerMemory {
    pub bytes_held: u64,
    pub bytes_max: u64,
    pub cuts: u64,
}

/// What members of groups hold.
#[derive(Debug)]
pub(super) struct GroupMembers {
    pub bytes_held: u64,
    pub refusals: u64,
}

#[derive(Debug)]
pub(super) struct LogDirFigures {
    pub path: String,
    pub journal: JournalFigures,
    pub is_full: bool,
    pub memory_bytes: u64,
    pub memory_bytes_max: u64,
    pub cleanup: CleanupFigures,
}

/// Of the logs that are compacted.
#[derive(Debug)]
pub(super) struct CompactionFigures {
    pub dirty_ratio_max: f64,
    pub uncleanable: u64,
    /// None has been compacted since the start.
    pub since_last_ms: Option<i64>,
}

fn compaction(broker: &Rc<Core>) -> CompactionFigures {
    let (mut dirty_ratio_max, mut uncleanable, mut last_ms) = (0.0, 0, None);
    for log in broker.store.partitions() {
        if !log.config().cleanup.compact {
            continue;
        }
        let state = log.compaction_state();
        dirty_ratio_max = state.dirty_ratio.max(dirty_ratio_max);
        uncleanable += u64::from(state.uncleanable.is_some());
        last_ms = state.compacted_ms.max(last_ms);
    }
    let since_last_ms = last_ms.map(|last| shards::clock::wall_ms().saturating_sub(last));
    CompactionFigures { dirty_ratio_max, uncleanable, since_last_ms }
}

pub(super) fn of(broker: &Rc<Core>) -> CoreFigures {
    let memory = &broker.request_memory;
    let log_dirs = broker.store.log_dirs().map(|log_dir| LogDirFigures {
        path: log_dir.path().display().to_string(),
        journal: log_dir.journal().figures(),
        is_full: log_dir.is_full(),
        memory_bytes: log_dir.memory_bytes() as u64,
        memory_bytes_max: log_dir.memory_bytes_max() as u64,
        cleanup: log_dir.cleanup_figures(),
    });
    CoreFigures {
        core: broker.shard.0,
        connections: connections(&broker.metrics.connections),
        requests: requests(broker),
        quotas: Quotas {
            throttled: broker.metrics.requests.throttled.get(),
            throttled_ms: broker.metrics.requests.throttled_ms.get(),
            meters: broker.meters.borrow().len() as u64,
            uncounted: broker.meters.borrow().uncounted(),
        },
        request_memory: RequestMemory {
            bytes_held: memory.bytes_held() as u64,
            bytes_max: memory.bytes_max() as u64,
            waits: memory.waits(),
        },
        answer_memory: AnswerMemory {
            bytes_held: broker.answer_memory.bytes_held() as u64,
            bytes_max: broker.answer_memory.bytes_max() as u64,
            cuts: broker.answer_memory.cuts(),
        },
        log_dirs: log_dirs.collect(),
        failed_log_dirs: broker
            .store
            .failed_directories()
            .into_iter()
            .map(|failed| failed.path.display().to_string())
            .collect(),
        partitions: broker.store.partition_count() as u64,
        compaction: compaction(broker),
        fetch_sessions: broker.fetch_sessions.borrow().len() as u64,
        segment_files: {
            let files = broker.store.open_files();
            (files.len() as u64, files.max() as u64)
        },
        named: named::of(broker),
        transactions: Transactions::of(broker),
        group_members: GroupMembers {
            bytes_held: broker.groups.memory().bytes_held() as u64,
            refusals: broker.groups.memory().refusals(),
        },
        groups: broker.groups.counts(),
    }
}

impl CoreFigures {
    /// A few lines.
    pub(super) fn summary(&self) -> String {
        let at_work: Vec<String> = self
            .requests
            .iter()
            .filter(|of| of.at_work > 0)
            .map(|of| format!("{} {}", of.at_work, of.api))
            .collect();
        let log_dir = |of: &LogDirFigures| {
            let LogDirFigures { path, journal, is_full, .. } = of;
            let is_online = !self.failed_log_dirs.contains(path);
            format!(
                "\n  {path}: online {is_online}, full {is_full}, journal {} of {} bytes live, {} \
                 wait, memory {} of {} bytes",
                journal.live_bytes,
                journal.capacity_bytes,
                journal.waiting,
                of.memory_bytes,
                of.memory_bytes_max,
            )
        };
        format!(
            "  core {}: {} partitions, {} connections, {} fetch sessions, request memory {} of {} \
             bytes\n  at work: {}{}",
            self.core,
            self.partitions,
            self.connections.open,
            self.fetch_sessions,
            self.request_memory.bytes_held,
            self.request_memory.bytes_max,
            at_work.join(", "),
            self.log_dirs.iter().map(log_dir).collect::<String>(),
        )
    }
}

fn connections(metrics: &ConnectionMetrics) -> Connections {
    Connections {
        open: metrics.open.get(),
        opened: metrics.opened.get(),
        refused: metrics.refused.get(),
        refused_by_rate: metrics.refused_by_rate.get(),
        closed: vec![
            ("by_peer", metrics.closed_by_peer.get()),
            ("idle", metrics.closed_idle.get()),
            ("slow_request", metrics.closed_slow_frame.get()),
            ("not_reading", metrics.closed_not_reading.get()),
            ("malformed", metrics.closed_malformed.get()),
            ("unsupported", metrics.closed_unsupported.get()),
            ("failed", metrics.failed.get()),
            ("other", metrics.closed_other.get()),
        ],
        bytes_received: metrics.bytes_received.get(),
        bytes_sent: metrics.bytes_sent.get(),
    }
}

fn requests(broker: &Core) -> Vec<Requests> {
    let figures = |api: &&'static crate::handlers::Api| {
        let metrics = broker.metrics.requests.of(api.key);
        let errors = broker.metrics.requests.partition_errors(api.key);
        Requests {
            api: api.key.info().name,
            requests: metrics.requests.get(),
            refusals: metrics.refusals.get(),
            at_work: metrics.at_work.get(),
            latency_us: metrics.latency_us.spread(),
            partition_errors: errors.into_iter().map(|(code, n)| (code.name(), n)).collect(),
        }
    };
    table::APIS.iter().map(figures).collect()
}
