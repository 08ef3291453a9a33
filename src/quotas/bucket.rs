//! Tokens that fill up with time and are taken by work (KIP-599).
//!
//! As Kafka's TokenBucket: it holds what comes in during the whole window, and may go below zero;
//! what is below must come in again first.

use super::rate::{MS_PER_SECOND, Window};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenBucket {
    tokens: f64,
    updated_ms: u64,
    per_second: f64,
}

impl TokenBucket {
    /// Full.
    pub fn new(window: Window, per_second: f64, now_ms: u64) -> TokenBucket {
        TokenBucket { tokens: most(window, per_second), updated_ms: now_ms, per_second }
    }

    /// Lets in what has come in since, at the rate that holds now.
    pub fn refill(&mut self, window: Window, per_second: f64, now_ms: u64) {
        let elapsed_ms = now_ms.saturating_sub(self.updated_ms);
        let refilled = self.tokens + per_second * elapsed_ms as f64 / MS_PER_SECOND;
        self.tokens = refilled.min(most(window, per_second));
        (self.updated_ms, self.per_second) = (now_ms, per_second);
    }

    pub fn take(&mut self, tokens: f64) {
        self.tokens -= tokens;
    }

    /// How long till it is not below zero.
    pub fn throttle_ms(&self) -> u64 {
        if self.tokens >= 0.0 {
            return 0;
        }
        (-self.tokens / self.per_second * MS_PER_SECOND).round() as u64
    }

    /// Whether it is full by now.
    pub fn is_over(&self, window: Window, now_ms: u64) -> bool {
        let mut now = *self;
        now.refill(window, self.per_second, now_ms);
        now.tokens >= most(window, self.per_second)
    }
}

fn most(window: Window, per_second: f64) -> f64 {
    per_second * window.length_ms() as f64 / MS_PER_SECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window { samples: 100, sample_ms: 1000 };

    #[test]
    fn a_burst_is_paid_back_by_waiting() {
        let mut bucket = TokenBucket::new(WINDOW, 5.0, 0);
        bucket.take(500.0);
        assert_eq!(bucket.throttle_ms(), 0);
        bucket.take(60.0);
        assert_eq!(bucket.throttle_ms(), 12_000);
        bucket.refill(WINDOW, 5.0, 11_999);
        assert_eq!(bucket.throttle_ms(), 1);
        bucket.refill(WINDOW, 5.0, 12_000);
        assert_eq!(bucket.throttle_ms(), 0);
    }

    #[test]
    fn it_is_never_more_than_full() {
        let mut bucket = TokenBucket::new(WINDOW, 5.0, 0);
        bucket.refill(WINDOW, 5.0, 1_000_000);
        bucket.take(500.0);
        assert!(!bucket.is_over(WINDOW, 1_000_000));
        assert!(bucket.is_over(WINDOW, 1_100_000));
        // A smaller rate holds less.
        bucket.refill(WINDOW, 1.0, 2_000_000);
        bucket.take(101.0);
        assert_eq!(bucket.throttle_ms(), 1000);
    }
}
