//! A clock that runs fast or slow against the world's time.
//!
//! Promise: it never stands still and never goes back; a core that sleeps until a moment of its own
//! clock is woken when that clock has come to it, and no sooner.

const MILLION: i128 = 1_000_000;

/// By how many parts in a million a clock runs fast; slow, if negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    ppm: i32,
}

impl Drift {
    pub const NONE: Drift = Drift { ppm: 0 };

    /// Less than half as fast or more than half faster is no clock.
    pub fn new(ppm: i32) -> Drift {
        assert!(ppm.abs() <= 500_000, "a clock goes on");
        Drift { ppm }
    }

    /// What the clock shows at a time of the world.
    pub(super) fn shown_at(self, world_ns: u64) -> u64 {
        let shown = i128::from(world_ns) * (MILLION + i128::from(self.ppm)) / MILLION;
        u64::try_from(shown).unwrap_or(u64::MAX)
    }

    /// When the world's time comes at which the clock shows this; what is never stays never.
    pub(super) fn time_of(self, shown_ns: u64) -> u64 {
        if shown_ns == u64::MAX {
            return shown_ns;
        }
        let rate = MILLION + i128::from(self.ppm);
        let world = (i128::from(shown_ns) * MILLION + rate - 1) / rate;
        u64::try_from(world).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_shows_what_was_waited_for_then_and_not_before() {
        for ppm in [-100_000, -37, 0, 1, 99_999] {
            let drift = Drift::new(ppm);
            for shown in (0..1000).map(|step| 1_000_000_007 * step + step) {
                let time = drift.time_of(shown);
                assert!(drift.shown_at(time) >= shown, "{ppm} {shown}");
                assert!(time == 0 || drift.shown_at(time - 1) < shown, "{ppm} {shown}");
            }
        }
    }

    #[test]
    fn never_is_never() {
        assert_eq!(Drift::new(100_000).time_of(u64::MAX), u64::MAX);
        assert_eq!(Drift::new(100_000).shown_at(u64::MAX), u64::MAX);
    }
}
