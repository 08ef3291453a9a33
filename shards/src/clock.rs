//! Time: the only place to ask for it.
//!
//! Lives on: the calling core; timers on its executor.
//! Promise: [`Instant`] never goes back; [`wall_ms`] may.
//! Read next: io/timers.rs.

use std::ops::{Add, Sub};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::io::executor::{self, TimerKey};
use crate::sync::first_of;

/// A moment of the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

/// The monotonic clock, now.
pub fn now() -> Instant {
    Instant(crate::io::monotonic_ns())
}

/// Milliseconds since 1970, as record timestamps count.
pub fn wall_ms() -> i64 {
    crate::io::wall_ms()
}

/// Completes after `duration`.
pub fn sleep(duration: Duration) -> Sleep {
    sleep_until(now() + duration)
}

/// Completes at `deadline`, or at once if it has passed.
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep { deadline, timer: None }
}

/// The time given ran out first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not done within the time given")]
pub struct Elapsed;

/// Runs `future` for at most `duration`; then drops it.
pub async fn timeout<F: Future>(duration: Duration, future: F) -> Result<F::Output, Elapsed> {
    let output = async { Ok(future.await) };
    let late = async {
        sleep(duration).await;
        Err(Elapsed)
    };
    first_of(output, late).await
}

impl Instant {
    pub const fn from_ns(nanoseconds: u64) -> Instant {
        Instant(nanoseconds)
    }

    pub const fn as_ns(self) -> u64 {
        self.0
    }

    /// Time passed since `earlier`; zero if that is later.
    pub fn since(self, earlier: Instant) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Time passed since this moment.
    pub fn elapsed(self) -> Duration {
        now().since(self)
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    /// Saturates: a deadline out of reach is never.
    fn add(self, duration: Duration) -> Instant {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Instant(self.0.saturating_add(nanoseconds))
    }
}

impl Sub<Instant> for Instant {
    type Output = Duration;

    fn sub(self, earlier: Instant) -> Duration {
        self.since(earlier)
    }
}

/// Waits for a deadline; dropping it removes its timer.
pub struct Sleep {
    deadline: Instant,
    timer: Option<TimerKey>,
}

impl Sleep {
    pub fn deadline(&self) -> Instant {
        self.deadline
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if now() >= self.deadline {
            return Poll::Ready(());
        }
        let kept = self.timer.is_some_and(|timer| executor::renew_timer(timer, context.waker()));
        if !kept {
            self.timer = Some(executor::add_timer(self.deadline, context.waker().clone()));
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            executor::remove_timer(timer);
        }
    }
}
