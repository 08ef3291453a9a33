//! Counters of requests, per API.
//!
//! Lives on: each core has its own; whoever shows them asks each core and adds.
//! Promise: adding costs a few nanoseconds. Read next: table.rs.

use std::cell::Cell;
use std::time::Duration;

use shards::clock::{self, Instant};

use crate::protocol::ApiKey;

/// Upper bounds of the latency buckets are powers of two of microseconds; the last one is open.
pub(super) const LATENCY_BUCKETS: usize = 28;

/// What one API did on one core.
#[derive(Debug, Default)]
pub struct ApiMetrics {
    pub requests: Cell<u64>,
    /// Requests that ended with the connection closed.
    pub refusals: Cell<u64>,
    pub at_work: Cell<u64>,
    pub latency_us_sum: Cell<u64>,
    /// Bucket `n` counts answers given in less than 2^n microseconds that no bucket before counts.
    pub latency_us: [Cell<u64>; LATENCY_BUCKETS],
}

impl ApiMetrics {
    /// Counts a request in; dropping what is returned counts it out.
    pub fn start(&self) -> AtWork<'_> {
        add(&self.requests, 1);
        add(&self.at_work, 1);
        AtWork { metrics: self, started: clock::now() }
    }

    fn observe(&self, latency: Duration) {
        let latency_us = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        add(&self.latency_us_sum, latency_us);
        add(&self.latency_us[bucket(latency_us)], 1);
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

fn bucket(latency_us: u64) -> usize {
    let bits = (u64::BITS - latency_us.leading_zeros()) as usize;
    bits.min(LATENCY_BUCKETS - 1)
}

fn add(counter: &Cell<u64>, amount: u64) {
    counter.set(counter.get().saturating_add(amount));
}

/// The counters of all APIs on one core.
#[derive(Debug)]
pub struct RequestMetrics {
    by_key: Vec<ApiMetrics>,
}

impl RequestMetrics {
    pub fn of(&self, api: ApiKey) -> &ApiMetrics {
        &self.by_key[api as usize]
    }
}

impl Default for RequestMetrics {
    fn default() -> Self {
        let last = ApiKey::ALL.iter().map(|api| *api as usize).max().unwrap_or(0);
        Self { by_key: std::iter::repeat_with(ApiMetrics::default).take(last + 1).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_double() {
        let buckets: Vec<usize> = [0, 1, 2, 3, 4, 1 << 26, u64::MAX].map(bucket).to_vec();
        assert_eq!(buckets, [0, 1, 2, 2, 3, 27, 27]);
    }

    #[test]
    fn every_api_has_counters() {
        let metrics = RequestMetrics::default();
        for api in ApiKey::ALL {
            metrics.of(*api).observe(Duration::from_micros(3));
        }
        assert_eq!(metrics.of(ApiKey::Fetch).latency_us[2].get(), 1);
        assert_eq!(metrics.of(ApiKey::Fetch).latency_us_sum.get(), 3);
    }
}
