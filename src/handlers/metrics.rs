//! Counters of requests, per API.
//!
//! Lives on: each core has its own; whoever shows them asks each core and adds.
//! Promise: adding costs a few nanoseconds. Read next: table.rs.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use shards::clock::{self, Instant};
use shards::metrics::Histogram;

use crate::protocol::{ApiKey, ErrorCode};

/// What one API did on one core.
#[derive(Debug, Default)]
pub struct ApiMetrics {
    pub requests: Cell<u64>,
    /// Requests that ended with the connection closed.
    pub refusals: Cell<u64>,
    pub at_work: Cell<u64>,
    /// From the start of the work to its answer.
    pub latency_us: Histogram,
}

impl ApiMetrics {
    /// Counts a request in; dropping what is returned counts it out.
    pub fn start(&self) -> AtWork<'_> {
        add(&self.requests, 1);
        add(&self.at_work, 1);
        AtWork { metrics: self, started: clock::now() }
    }

    fn observe(&self, latency: Duration) {
        self.latency_us.observe(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
    }
}

/// A request at work.
pub struct AtWork<'a> {
    metrics: &'a ApiMetrics,
    started: Instant,
}

impl AtWork<'_> {
    pub fn answered(self) {
        self.metrics.observe(self.started.elapsed());
    }

    pub fn refused(self) {
        add(&self.metrics.refusals, 1);
    }
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.metrics.at_work.set(self.metrics.at_work.get() - 1);
    }
}

fn add(counter: &Cell<u64>, amount: u64) {
    counter.set(counter.get().saturating_add(amount));
}

/// The counters of all APIs on one core.
#[derive(Debug)]
pub struct RequestMetrics {
    by_key: Vec<ApiMetrics>,
    /// Partitions that were refused, by the number of the API and the code.
    partition_errors: RefCell<BTreeMap<(usize, ErrorCode), u64>>,
    /// Requests whose clients were told to be silent, and for how long in all.
    pub throttled: Cell<u64>,
    pub throttled_ms: Cell<u64>,
}

impl RequestMetrics {
    pub fn of(&self, api: ApiKey) -> &ApiMetrics {
        &self.by_key[api as usize]
    }

    /// Counts a partition that was refused.
    pub fn note_partition_error(&self, api: ApiKey, code: ErrorCode) {
        *self.partition_errors.borrow_mut().entry((api as usize, code)).or_default() += 1;
    }

    /// Counts a request whose client is to be silent.
    pub fn note_throttled(&self, throttle_ms: u64) {
        add(&self.throttled, 1);
        add(&self.throttled_ms, throttle_ms);
    }

    pub fn partition_errors(&self, api: ApiKey) -> Vec<(ErrorCode, u64)> {
        let errors = self.partition_errors.borrow();
        let of_api = errors.iter().filter(|((number, _), _)| *number == api as usize);
        of_api.map(|((_, code), count)| (*code, *count)).collect()
    }
}

impl Default for RequestMetrics {
    fn default() -> Self {
        let last = ApiKey::ALL.iter().map(|api| *api as usize).max().unwrap_or(0);
        let by_key = std::iter::repeat_with(ApiMetrics::default).take(last + 1).collect();
        Self {
            by_key,
            partition_errors: RefCell::default(),
            throttled: Cell::default(),
            throttled_ms: Cell::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_api_has_counters() {
        let metrics = RequestMetrics::default();
        for api in ApiKey::ALL {
            metrics.of(*api).observe(Duration::from_micros(3));
        }
        let spread = metrics.of(ApiKey::Fetch).latency_us.spread();
        assert_eq!((spread.count(), spread.sum), (1, 3));
    }
}
