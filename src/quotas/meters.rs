//! What the clients of a node used of the quotas that have their home on one core.
//!
//! Lives on: each core has its own.
//! Promise: bounded; what is forgotten is as if it had never been. A client beyond the bound is
//! not limited, and counted.   Limits: limits::QUOTA_METERS_MAX.   Read next: rate.rs.

use shards::entropy::HashMap;
use std::sync::Arc;

use super::bucket::TokenBucket;
use super::rate::{Rate, Window};
use super::resolve::{Counted, MeterId, Quota};
use crate::limits;

/// Use of a quota.
#[derive(Clone, Debug, PartialEq)]
pub struct Charge {
    pub quota: Quota,
    pub amount: f64,
    pub keep: Keep,
}

/// Whether what was charged counts from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    Always,
    /// What is above the limit is not given out, and does not count; save the first in a whole
    /// window, which is, however much it is: it would never be given out otherwise.
    WithinLimit,
    /// Only asked.
    Never,
}

/// See the module.
#[derive(Debug)]
pub struct Meters {
    clients: Window,
    mutations: Window,
    by_id: HashMap<Arc<MeterId>, Meter>,
    /// So many are looked through for those that are over.
    sweep_at: usize,
    /// Charges that were not counted because there are too many meters.
    uncounted: u64,
}

#[derive(Debug)]
enum Meter {
    Rate(Rate),
    Bucket(TokenBucket),
}

/// How sharply the controller's quota is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Nothing is done while the bucket is below zero.
    Strict,
    /// It is done, and waited for afterwards.
    Permissive,
}

const SWEPT_AT_LEAST: usize = 1024;

impl Meters {
    pub fn new(clients: Window, mutations: Window) -> Meters {
        let by_id = HashMap::default();
        Meters { clients, mutations, by_id, sweep_at: SWEPT_AT_LEAST, uncounted: 0 }
    }

    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub fn uncounted(&self) -> u64 {
        self.uncounted
    }

    /// Counts, and says how long the client is to be silent.
    pub fn charge(&mut self, charge: &Charge, now_ms: u64) -> u64 {
        let Charge { quota, amount, keep } = charge;
        let window = self.clients;
        let Some(Meter::Rate(rate)) = self.meter(quota, now_ms) else { return 0 };
        let is_first = rate.is_over(window, now_ms);
        rate.record(window, *amount, now_ms);
        let mut throttle_ms = rate.measure(window, now_ms).throttle_ms(quota.limit);
        if is_first && *keep == Keep::WithinLimit {
            throttle_ms = 0;
        }
        let is_kept = match keep {
            Keep::Always => true,
            Keep::WithinLimit => throttle_ms == 0,
            Keep::Never => false,
        };
        if !is_kept {
            rate.record(window, -amount, now_ms);
        }
        match quota.meter.counted {
            Counted::RequestTime => throttle_ms.min(window.sample_ms),
            _ => throttle_ms,
        }
    }

    /// Takes tokens for partitions that are created or deleted; the error and the time say how long
    /// the client is to be silent.
    pub fn mutate(
        &mut self,
        quota: &Quota,
        manner: Manner,
        partitions: usize,
        now_ms: u64,
    ) -> Result<u64, u64> {
        let window = self.mutations;
        let Some(Meter::Bucket(bucket)) = self.meter(quota, now_ms) else { return Ok(0) };
        bucket.refill(window, quota.limit, now_ms);
        let before = bucket.throttle_ms();
        if manner == Manner::Strict && before > 0 {
            return Err(before);
        }
        bucket.take(partitions as f64);
        match manner {
            Manner::Strict => Ok(0),
            Manner::Permissive => Ok(bucket.throttle_ms()),
        }
    }

    /// The meter of a quota, new if need be; none if there are too many.
    fn meter(&mut self, quota: &Quota, now_ms: u64) -> Option<&mut Meter> {
        if !self.by_id.contains_key(&quota.meter) {
            if self.by_id.len() >= self.sweep_at {
                self.sweep(now_ms);
            }
            if self.by_id.len() >= limits::QUOTA_METERS_MAX {
                self.uncounted += 1;
                return None;
            }
            let meter = match quota.meter.counted {
                Counted::Mutations => {
                    Meter::Bucket(TokenBucket::new(self.mutations, quota.limit, now_ms))
                }
                _ => Meter::Rate(Rate::default()),
            };
            self.by_id.insert(quota.meter.clone(), meter);
        }
        self.by_id.get_mut(&quota.meter)
    }

    /// Forgets what makes no difference any more. Amortised: next when there are twice as many.
    fn sweep(&mut self, now_ms: u64) {
        let (clients, mutations) = (self.clients, self.mutations);
        self.by_id.retain(|_, meter| match meter {
            Meter::Rate(rate) => !rate.is_over(clients, now_ms),
            Meter::Bucket(bucket) => !bucket.is_over(mutations, now_ms),
        });
        self.sweep_at = (self.by_id.len() * 2).max(SWEPT_AT_LEAST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window { samples: 11, sample_ms: 1000 };

    fn quota(counted: Counted, client_id: &str, limit: f64) -> Quota {
        let meter = MeterId { counted, user: String::new(), client_id: client_id.to_owned() };
        Quota { meter: Arc::new(meter), limit }
    }

    fn charge(counted: Counted, amount: f64, keep: Keep) -> Charge {
        Charge { quota: quota(counted, "c", 10.0), amount, keep }
    }

    #[test]
    fn what_is_above_the_limit_is_waited_for() {
        let mut meters = Meters::new(WINDOW, WINDOW);
        let produce = charge(Counted::ProducedBytes, 100.0, Keep::Always);
        assert_eq!(meters.charge(&produce, 0), 0);
        assert_eq!(meters.charge(&produce, 0), 10_000);
        // Another thing that is counted is another meter.
        assert_eq!(meters.charge(&charge(Counted::FetchedBytes, 100.0, Keep::Always), 0), 0);
        assert_eq!(meters.len(), 2);
    }

    #[test]
    fn what_is_not_given_out_does_not_count() {
        let mut meters = Meters::new(WINDOW, WINDOW);
        let fetch = |amount, keep| charge(Counted::FetchedBytes, amount, keep);
        assert_eq!(meters.charge(&fetch(1.0, Keep::WithinLimit), 0), 0);
        assert_eq!(meters.charge(&fetch(199.0, Keep::WithinLimit), 0), 10_000);
        assert_eq!(meters.charge(&fetch(149.0, Keep::Never), 0), 5_000);
        assert_eq!(meters.charge(&fetch(99.0, Keep::WithinLimit), 0), 0);
        assert_eq!(meters.charge(&fetch(1.0, Keep::WithinLimit), 0), 100);
    }

    #[test]
    fn a_batch_larger_than_the_window_is_had_once_a_window() {
        let mut meters = Meters::new(WINDOW, WINDOW);
        let fetch = charge(Counted::FetchedBytes, 1000.0, Keep::WithinLimit);
        assert_eq!(meters.charge(&fetch, 0), 0);
        assert_eq!(meters.charge(&fetch, 10_999), 189_001);
        assert_eq!(meters.charge(&fetch, 22_000), 0);
    }

    #[test]
    fn the_time_of_requests_is_waited_for_a_sample_at_most() {
        let mut meters = Meters::new(WINDOW, WINDOW);
        assert_eq!(meters.charge(&charge(Counted::RequestTime, 200.0, Keep::Always), 0), 1000);
    }

    #[test]
    fn a_limit_may_change_between_two_charges() {
        let mut meters = Meters::new(WINDOW, WINDOW);
        let mut produce = charge(Counted::ProducedBytes, 100.0, Keep::Always);
        assert_eq!(meters.charge(&produce, 0), 0);
        produce.quota.limit = 100.0;
        assert_eq!(meters.charge(&produce, 0), 0);
        produce.quota.limit = 10.0;
        assert_eq!(meters.charge(&produce, 0), 20_000);
    }

    #[test]
    fn strict_refuses_and_permissive_lets_wait() {
        let mut meters = Meters::new(WINDOW, WINDOW);
        let quota = quota(Counted::Mutations, "c", 1.0);
        let mut mutate = |manner, partitions, now| meters.mutate(&quota, manner, partitions, now);
        // However many, if nothing is owed.
        assert_eq!(mutate(Manner::Strict, 13, 0), Ok(0));
        assert_eq!(mutate(Manner::Strict, 1, 0), Err(2_000));
        assert_eq!(mutate(Manner::Permissive, 1, 0), Ok(3_000));
        assert_eq!(mutate(Manner::Strict, 1, 3_000), Ok(0));
    }

    #[test]
    fn what_is_over_is_forgotten_and_nothing_else() {
        let mut meters = Meters::new(WINDOW, WINDOW);
        let mut produce = |client_id: String, now_ms| {
            let quota = quota(Counted::ProducedBytes, &client_id, 1.0);
            let charge = Charge { quota, amount: 11.0, keep: Keep::Always };
            let throttle_ms = meters.charge(&charge, now_ms);
            (throttle_ms > 0, meters.len())
        };
        for number in 0..SWEPT_AT_LEAST {
            produce(format!("a{number}"), 0);
        }
        produce("a0".to_owned(), 5_000);
        assert_eq!(produce("b".to_owned(), 11_000), (true, 2));
        assert_eq!(produce("c".to_owned(), 11_000), (true, 3));
    }
}
