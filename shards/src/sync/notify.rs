//! A signal between tasks, without a value.
//!
//! Promise: a `notify_one` with nobody waiting is kept for the next waiter (one, not many); a
//! `notify_all` reaches exactly those whose `notified` exists when it is called.
//! Read next: semaphore.rs.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::wait_list::{Ticket, WaitList};

/// Who ends a wait; only a turn given by `notify_one` is passed on.
enum Caller {
    NotifyOne,
    NotifyAll,
}

/// A signal that tasks of one core wait for.
pub struct Notify {
    waiters: RefCell<WaitList<Caller>>,
    /// A `notify_one` that nobody has taken yet.
    kept: Cell<bool>,
    /// How often `notify_all` was called.
    rounds: Cell<u64>,
}

impl Notify {
    pub const fn new() -> Notify {
        Notify {
            waiters: RefCell::new(WaitList::new()),
            kept: Cell::new(false),
            rounds: Cell::new(0),
        }
    }

    /// Wakes the task that waits longest, or the next one that will wait.
    pub fn notify_one(&self) {
        let first = self.waiters.borrow_mut().call_first();
        match first {
            Some(waker) => waker.wake(),
            None => self.kept.set(true),
        }
    }

    /// Wakes all that wait now.
    pub fn notify_all(&self) {
        self.rounds.set(self.rounds.get() + 1);
        loop {
            let mut waiters = self.waiters.borrow_mut();
            let Some(caller) = waiters.first_wants() else { return };
            *caller = Caller::NotifyAll;
            let first = waiters.call_first();
            drop(waiters);
            if let Some(waker) = first {
                waker.wake();
            }
        }
    }

    /// Completes with the next signal.
    pub fn notified(&self) -> Notified<'_> {
        Notified { notify: self, round: self.rounds.get(), place: None }
    }
}

impl Default for Notify {
    fn default() -> Notify {
        Notify::new()
    }
}

/// Waits for a signal of its [`Notify`].
pub struct Notified<'a> {
    notify: &'a Notify,
    round: u64,
    place: Option<Ticket>,
}

impl Future for Notified<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let notify = self.notify;
        let mut waiters = notify.waiters.borrow_mut();
        match self.place {
            Some(place) => {
                if !waiters.look(place, context.waker()) {
                    return Poll::Pending;
                }
                waiters.leave(place);
                self.place = None;
                Poll::Ready(())
            }
            None if notify.rounds.get() != self.round || notify.kept.replace(false) => {
                Poll::Ready(())
            }
            None => {
                self.place = Some(waiters.join(Caller::NotifyOne, context.waker()));
                Poll::Pending
            }
        }
    }
}

impl Drop for Notified<'_> {
    fn drop(&mut self) {
        let Some(place) = self.place else { return };
        let called = self.notify.waiters.borrow_mut().leave(place);
        // Called, but gone before looking: the next one's turn.
        if let Some(Caller::NotifyOne) = called {
            self.notify.notify_one();
        }
    }
}
