//! Counting how values are spread.
//!
//! Lives on: one core; whoever shows the figures asks each core and adds.
//! Promise: observing costs a few nanoseconds and never allocates.

use std::cell::Cell;

/// Upper bounds of the buckets are powers of two; the last bucket is open.
pub const BUCKETS: usize = 32;

/// Values, counted by their magnitude.
#[derive(Debug, Default)]
pub struct Histogram {
    sum: Cell<u64>,
    counts: [Cell<u64>; BUCKETS],
}

/// What a histogram has counted; `counts[n]` values are below 2^n and not counted before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    pub sum: u64,
    pub counts: [u64; BUCKETS],
}

impl Histogram {
    pub fn observe(&self, value: u64) {
        self.sum.set(self.sum.get().saturating_add(value));
        let bits = (u64::BITS - value.leading_zeros()) as usize;
        let bucket = &self.counts[bits.min(BUCKETS - 1)];
        bucket.set(bucket.get() + 1);
    }

    pub fn spread(&self) -> Spread {
        let mut spread = Spread { sum: self.sum.get(), ..Spread::default() };
        for (count, counted) in spread.counts.iter_mut().zip(&self.counts) {
            *count = counted.get();
        }
        spread
    }
}

impl Spread {
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Takes in what another core counted.
    pub fn add(&mut self, other: &Spread) {
        self.sum = self.sum.saturating_add(other.sum);
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_double() {
        let histogram = Histogram::default();
        for value in [0, 1, 2, 3, 4, 1 << 30, u64::MAX] {
            histogram.observe(value);
        }
        let mut spread = histogram.spread();
        assert_eq!(spread.counts[..4], [1, 1, 2, 1]);
        assert_eq!((spread.counts[31], spread.sum), (2, u64::MAX));
        spread.add(&spread.clone());
        assert_eq!((spread.count(), spread.counts[2]), (14, 4));
    }
}
