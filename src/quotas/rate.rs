//! How much came a second, over a window that slides by samples.
//!
//! As Kafka's Rate: a sample collects what comes during its length; those that are older than the
//! window do not count; the time that is divided by is never less than the whole samples but one,
//! so that the first bytes of a client are no burst.

/// How a rate is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub samples: usize,
    pub sample_ms: u64,
}

impl Window {
    pub fn length_ms(&self) -> u64 {
        self.sample_ms.saturating_mul(self.samples as u64)
    }

    /// What an amount a second may be at most within the window and not be above the rate, if
    /// nothing came before.
    pub fn most_within(&self, per_second: f64) -> f64 {
        let whole = self.samples.saturating_sub(1) as f64;
        per_second * whole * self.sample_ms as f64 / MS_PER_SECOND
    }
}

pub(super) const MS_PER_SECOND: f64 = 1000.0;

#[derive(Clone, Debug, Default, PartialEq)]
struct Sample {
    started_ms: u64,
    last_ms: u64,
    amount: f64,
}

impl Sample {
    fn new(now_ms: u64) -> Sample {
        Sample { started_ms: now_ms, last_ms: now_ms, amount: 0.0 }
    }
}

/// What came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rate {
    /// At most one more than the window has: the oldest may overlap its beginning.
    samples: Vec<Sample>,
    current: usize,
}

/// What a rate is found to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    pub per_second: f64,
    /// The time it was divided by.
    pub over_ms: u64,
}

impl Measured {
    /// How long nothing may come for the rate to be back at `limit`; 0 if it is not above.
    pub fn throttle_ms(&self, limit: f64) -> u64 {
        if self.per_second <= limit {
            return 0;
        }
        let excess = (self.per_second - limit) / limit;
        // Saturates: too long is as good as for ever.
        (excess * self.over_ms as f64).round() as u64
    }
}

impl Rate {
    pub fn record(&mut self, window: Window, amount: f64, now_ms: u64) {
        let is_complete =
            |sample: &Sample| now_ms.saturating_sub(sample.started_ms) >= window.sample_ms;
        match self.samples.get(self.current) {
            None => self.samples.push(Sample::new(now_ms)),
            Some(sample) if is_complete(sample) => self.begin_sample(window, now_ms),
            Some(_) => {}
        }
        let sample = &mut self.samples[self.current];
        sample.amount += amount;
        sample.last_ms = now_ms;
    }

    fn begin_sample(&mut self, window: Window, now_ms: u64) {
        self.current = (self.current + 1) % (window.samples + 1);
        let sample = Sample::new(now_ms);
        match self.samples.get_mut(self.current) {
            Some(oldest) => *oldest = sample,
            None => self.samples.push(sample),
        }
    }

    pub fn measure(&mut self, window: Window, now_ms: u64) -> Measured {
        for sample in &mut self.samples {
            if now_ms.saturating_sub(sample.last_ms) >= window.length_ms() {
                *sample = Sample::new(now_ms);
            }
        }
        let amount: f64 = self.samples.iter().map(|sample| sample.amount).sum();
        let oldest = self.samples.iter().map(|sample| sample.started_ms).min();
        let elapsed_ms = now_ms.saturating_sub(oldest.unwrap_or(now_ms));
        let whole = elapsed_ms / window.sample_ms;
        let missing = (window.samples as u64).saturating_sub(1).saturating_sub(whole);
        let over_ms = (elapsed_ms + missing * window.sample_ms).max(1);
        Measured { per_second: amount * MS_PER_SECOND / over_ms as f64, over_ms }
    }

    /// Whether it is as if nothing had ever come.
    pub fn is_over(&self, window: Window, now_ms: u64) -> bool {
        let is_over = |sample: &Sample| now_ms.saturating_sub(sample.last_ms) >= window.length_ms();
        self.samples.iter().all(is_over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window { samples: 11, sample_ms: 1000 };

    #[test]
    fn the_first_amount_is_spread_over_the_whole_samples() {
        let mut rate = Rate::default();
        rate.record(WINDOW, 500.0, 7);
        let measured = rate.measure(WINDOW, 7);
        assert_eq!(measured, Measured { per_second: 50.0, over_ms: 10_000 });
        assert_eq!(measured.throttle_ms(50.0), 0);
        // Nothing for 15 seconds: 500 in 25 seconds are 20 a second.
        assert_eq!(measured.throttle_ms(20.0), 15_000);
    }

    #[test]
    fn kafkas_own_example() {
        let mut rate = Rate::default();
        for second in 0..10 {
            rate.record(WINDOW, 400.0, second * 1000);
            assert_eq!(rate.measure(WINDOW, second * 1000).throttle_ms(500.0), 0);
        }
        rate.record(WINDOW, 2300.0, 10_500);
        let measured = rate.measure(WINDOW, 10_500);
        assert_eq!(measured.over_ms, 10_500);
        assert_eq!(measured.throttle_ms(500.0), 2_100);
    }

    #[test]
    fn what_is_older_than_the_window_does_not_count() {
        let mut rate = Rate::default();
        rate.record(WINDOW, 1000.0, 0);
        rate.record(WINDOW, 10.0, 10_999);
        assert_eq!(rate.measure(WINDOW, 10_999).per_second, 1010.0 * 1000.0 / 10_999.0);
        let measured = rate.measure(WINDOW, 11_000);
        assert_eq!(measured, Measured { per_second: 10.0 * 1000.0 / 10_001.0, over_ms: 10_001 });
        assert!(!rate.is_over(WINDOW, 21_999));
        assert!(rate.is_over(WINDOW, 22_000));
    }

    #[test]
    fn what_is_taken_back_was_never_there() {
        let mut rate = Rate::default();
        rate.record(WINDOW, 70.0, 100);
        let before = rate.measure(WINDOW, 200);
        rate.record(WINDOW, 1e9, 200);
        rate.record(WINDOW, -1e9, 200);
        assert_eq!(rate.measure(WINDOW, 200), before);
    }

    #[test]
    fn a_window_of_one_sample_divides_by_a_millisecond_at_least() {
        let window = Window { samples: 1, sample_ms: 1000 };
        let mut rate = Rate::default();
        rate.record(window, 5.0, 3);
        assert_eq!(rate.measure(window, 3), Measured { per_second: 5000.0, over_ms: 1 });
        assert_eq!(window.most_within(9.0), 0.0);
        assert_eq!(WINDOW.most_within(9.0), 90.0);
    }

    #[test]
    fn samples_are_bounded() {
        let mut rate = Rate::default();
        for second in 0..100 {
            rate.record(WINDOW, 3.0, second * 1000);
        }
        assert_eq!(rate.samples.len(), WINDOW.samples + 1);
        let measured = rate.measure(WINDOW, 99_000);
        // 89 to 99 are within; the sample of 88 is of the age of the window.
        assert_eq!(measured, Measured { per_second: 33.0 * 1000.0 / 10_000.0, over_ms: 10_000 });
    }
}
