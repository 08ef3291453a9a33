//! Whether a core sleeps, and who must wake it.
//!
//! Lives on: shared by all cores, one per core, a cache line of its own.
//! Promise: mail sent before [`Doorway::must_wake`] is either seen by the core before it sleeps, or
//! exactly one sender is told to wake it.
//! Read next: tests/doorway.rs, which tries interleavings and memory reordering.

use super::atomics::{AtomicBool, Ordering, fence};

/// One core as the others see it.
#[repr(align(128))]
pub(super) struct Doorway {
    asleep: AtomicBool,
    gone: AtomicBool,
}

impl Doorway {
    pub(super) fn new() -> Doorway {
        Doorway { asleep: AtomicBool::new(false), gone: AtomicBool::new(false) }
    }

    /// The core is about to sleep. Whoever sends from now on wakes it; `has_mail` looks for what
    /// was sent before. False: stay awake.
    pub(super) fn prepare_to_sleep(&self, has_mail: impl FnOnce() -> bool) -> bool {
        self.asleep.store(true, Ordering::Relaxed);
        // With the fence in `must_wake`: of "asleep, then looked" and "sent, then looked whether it
        // sleeps", at least one side sees the other's first half.
        fence(Ordering::SeqCst);
        if has_mail() {
            self.awake();
            return false;
        }
        true
    }

    /// The core is awake: nobody needs to wake it.
    pub(super) fn awake(&self) {
        self.asleep.store(false, Ordering::Relaxed);
    }

    /// Asked by a sender after it sent: is it this sender's part to wake the core?
    pub(super) fn must_wake(&self) -> bool {
        fence(Ordering::SeqCst);
        // Read first: a swap would take the cache line from a core that is busy.
        self.asleep.load(Ordering::Relaxed)
            && self.asleep.swap(false, Ordering::Relaxed)
            && !self.gone.load(Ordering::Relaxed)
    }

    /// The wake did not arrive: the next sender that asks tries again.
    pub(super) fn wake_again(&self) {
        self.asleep.store(true, Ordering::Relaxed);
    }

    /// The core has ended.
    pub(super) fn leave(&self) {
        self.gone.store(true, Ordering::Relaxed);
    }
}
