//! Windows with hostile clients and without, in turns, and how long healthy requests take in each.
//!
//! In turns, because a noisy machine changes within a minute: what it does to one kind of window it
//! does to the other. Only times of the same run are compared, as ratios with room to spare.

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

/// In windows with hostile clients the median of the healthy ones' times may be so many times that
/// without: more than their share of two cores, as much as queueing behind one of them.
const P50_RATIO_MAX: f64 = 10.0;
/// The same for the 99th percentile, over all windows of the run.
const P99_RATIO_MAX: f64 = 25.0;
/// On an idle machine the 99th percentile without hostile clients is hardly longer than the median:
/// theirs is held against so many medians at least.
const MEDIANS_MIN: u32 = 20;

/// What is under way beside the measured requests.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Window {
    /// Something that is not to be compared: the healthy load, or the end of hostile requests.
    Unmeasured,
    Hostile,
    /// The hostile clients rest before it begins.
    Resting,
    Quiet,
}

/// The window of now, for all threads.
pub(crate) struct Clock(Mutex<Window>);

/// How long requests took that began and ended in the same window.
#[derive(Default)]
pub(crate) struct Latencies {
    hostile: Vec<Duration>,
    quiet: Vec<Duration>,
}

impl Clock {
    pub(crate) fn new() -> Clock {
        Clock(Mutex::new(Window::Unmeasured))
    }

    pub(crate) fn set(&self, window: Window) {
        *self.0.lock().expect("no thread panicked") = window;
    }

    pub(crate) fn window(&self) -> Window {
        *self.0.lock().expect("no thread panicked")
    }

    /// Whether hostile clients are to do nothing.
    pub(crate) fn is_at_rest(&self) -> bool {
        matches!(self.window(), Window::Resting | Window::Quiet)
    }
}

impl Latencies {
    pub(crate) fn add(&mut self, began_in: Window, ended_in: Window, took: Duration) {
        match (began_in, ended_in) {
            (Window::Hostile, Window::Hostile) => self.hostile.push(took),
            (Window::Quiet, Window::Quiet) => self.quiet.push(took),
            _ => {}
        }
    }

    /// Tells both, and panics where hostile clients cost healthy ones too much.
    pub(crate) fn assert_kept(mut self) {
        assert!(!self.hostile.is_empty() && !self.quiet.is_empty(), "nothing was measured");
        let (hostile, quiet) =
            (Percentiles::of(&mut self.hostile), Percentiles::of(&mut self.quiet));
        println!("healthy round trips beside hostile clients: {hostile}");
        println!("healthy round trips without: {quiet}");
        let ratio = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64();
        let (p50, p99) = (
            ratio(hostile.p50, quiet.p50),
            ratio(hostile.p99, quiet.p99.max(MEDIANS_MIN * quiet.p50)),
        );
        println!("ratios: p50 {p50:.1}, p99 {p99:.1}");
        assert!(p50 <= P50_RATIO_MAX, "hostile clients make the median {p50:.1} times as long");
        assert!(p99 <= P99_RATIO_MAX, "hostile clients make the p99 {p99:.1} times as long");
    }
}

struct Percentiles {
    count: usize,
    p50: Duration,
    p99: Duration,
    longest: Duration,
}

impl Percentiles {
    fn of(times: &mut [Duration]) -> Percentiles {
        times.sort_unstable();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        Percentiles { count: times.len(), p50: at(0.5), p99: at(0.99), longest: at(1.0) }
    }
}

impl fmt::Display for Percentiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Percentiles { count, p50, p99, longest } = self;
        write!(f, "{count}, p50 {p50:.1?}, p99 {p99:.1?}, longest {longest:.1?}")
    }
}
