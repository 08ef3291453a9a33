//! A follower as its leader knows it, by its fetches.
//!
//! Lives on: the partition's core; pure. Kafka's Replica and ReplicaState. Promise: what it has and
//! of which registration of its broker it said so are taken in together.

use super::{FollowerFetch, Member};
use crate::units::{NodeId, Offset};

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Follower {
    node: NodeId,
    /// Of the registration that the metadata has, and whether it may come in sync.
    broker_epoch: Option<i64>,
    is_eligible: bool,
    /// The registration in which it fetched last.
    fetched_in: Option<i64>,
    /// It has all before; -1 until it has fetched in this leader's time.
    log_end: Offset,
    log_start: Offset,
    /// The leader's end when it fetched last, and when that was.
    leaders_end_at_fetch: Offset,
    fetched_ms: Option<u64>,
    /// When it last had all that the leader had.
    caught_up_ms: Option<u64>,
}

const UNKNOWN: Offset = Offset(-1);

impl Follower {
    pub(super) fn new(node: NodeId) -> Follower {
        Follower {
            node,
            broker_epoch: None,
            is_eligible: false,
            fetched_in: None,
            log_end: UNKNOWN,
            log_start: UNKNOWN,
            leaders_end_at_fetch: UNKNOWN,
            fetched_ms: None,
            caught_up_ms: None,
        }
    }

    pub(super) fn node(&self) -> NodeId {
        self.node
    }

    pub(super) fn broker_epoch(&self) -> Option<i64> {
        self.broker_epoch
    }

    /// It has, synced, all before.
    pub(super) fn log_end(&self) -> Offset {
        self.log_end
    }

    /// Whether it may come in sync: a fetch from before its broker was registered anew says nothing
    /// of the log that it has since (KIP-903).
    pub(super) fn is_eligible(&self) -> bool {
        let is_of_now = self.fetched_in.is_none() || self.fetched_in == self.broker_epoch;
        self.is_eligible && is_of_now
    }

    pub(super) fn set_member(&mut self, member: &Member) {
        (self.broker_epoch, self.is_eligible) = (member.broker_epoch, member.is_eligible);
    }

    /// A new epoch of the leader: who is in sync counts as caught up now, others never were.
    pub(super) fn begin_epoch(&mut self, is_in_sync: bool, now_ms: u64, leaders_end: Offset) {
        self.caught_up_ms = is_in_sync.then_some(now_ms);
        self.fetched_ms = self.fetched_ms.and(self.caught_up_ms);
        self.leaders_end_at_fetch = leaders_end;
    }

    /// Whether it has other records than before.
    pub(super) fn note_fetch(&mut self, fetch: &FollowerFetch, leaders_end: Offset) -> bool {
        let caught_up_ms = if fetch.offset >= leaders_end {
            Some(fetch.now_ms)
        } else if fetch.offset >= self.leaders_end_at_fetch {
            self.fetched_ms
        } else {
            None
        };
        self.caught_up_ms = self.caught_up_ms.max(caught_up_ms);
        self.leaders_end_at_fetch = self.leaders_end_at_fetch.max(leaders_end);
        self.fetched_ms = Some(fetch.now_ms);
        self.fetched_in = fetch.broker_epoch.or(self.fetched_in);
        self.log_start = fetch.log_start;
        std::mem::replace(&mut self.log_end, fetch.offset) != fetch.offset
    }

    pub(super) fn is_caught_up(&self, leaders_end: Offset, now_ms: u64, lag_ms_max: u64) -> bool {
        let is_recent = |at: u64| now_ms.saturating_sub(at) <= lag_ms_max;
        self.log_end == leaders_end || self.caught_up_ms.is_some_and(is_recent)
    }

    /// Whether it is about to come in sync, so that the high watermark waits for it: else it would
    /// run after the high watermark for ever.
    pub(super) fn is_joining(&self, leaders_end: Offset, now_ms: u64, lag_ms_max: u64) -> bool {
        self.is_eligible()
            && self.log_end != UNKNOWN
            && self.is_caught_up(leaders_end, now_ms, lag_ms_max)
    }
}
