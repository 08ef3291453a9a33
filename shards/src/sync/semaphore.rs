//! A bounded number of permits.
//!
//! Promise: permits are given in order of asking; a large request is not overtaken by small ones.
//! Read next: queue.rs.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::wait_list::{Ticket, WaitList};

/// Permits that tasks of one core take and give back; a clone is another handle.
#[derive(Clone)]
pub struct Semaphore {
    shared: Rc<Shared>,
}

struct Shared {
    free: Cell<usize>,
    waiters: RefCell<WaitList<usize>>,
}

impl Semaphore {
    pub fn new(permits: usize) -> Semaphore {
        let waiters = RefCell::new(WaitList::new());
        Semaphore { shared: Rc::new(Shared { free: Cell::new(permits), waiters }) }
    }

    /// Permits nobody holds.
    pub fn available(&self) -> usize {
        self.shared.free.get()
    }

    /// Adds permits for good.
    pub fn add_permits(&self, permits: usize) {
        self.shared.give(permits);
    }

    /// One permit.
    pub fn acquire(&self) -> Acquire {
        self.acquire_many(1)
    }

    /// `permits` at once.
    pub fn acquire_many(&self, permits: usize) -> Acquire {
        Acquire { shared: self.shared.clone(), permits, place: None }
    }

    /// `permits` if they are free and nobody waits.
    pub fn try_acquire_many(&self, permits: usize) -> Option<Permit> {
        let taken = self.shared.waiters.borrow().is_empty() && self.shared.take(permits);
        taken.then(|| Permit { shared: self.shared.clone(), permits })
    }
}

impl Shared {
    fn take(&self, permits: usize) -> bool {
        let left = self.free.get().checked_sub(permits);
        left.inspect(|left| self.free.set(*left)).is_some()
    }

    fn give(&self, permits: usize) {
        self.free.set(self.free.get() + permits);
        self.serve();
    }

    /// Gives free permits to those in line; a permit is taken on behalf of who is called.
    fn serve(&self) {
        loop {
            let mut waiters = self.waiters.borrow_mut();
            let Some(&mut wanted) = waiters.first_wants() else { return };
            if !self.take(wanted) {
                return;
            }
            let waker = waiters.call_first();
            drop(waiters);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

/// Waits for permits.
pub struct Acquire {
    shared: Rc<Shared>,
    permits: usize,
    place: Option<Ticket>,
}

impl Future for Acquire {
    type Output = Permit;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Permit> {
        let shared = self.shared.clone();
        let permits = self.permits;
        let mut waiters = shared.waiters.borrow_mut();
        let granted = match self.place {
            Some(place) => {
                let called = waiters.look(place, context.waker());
                if called {
                    waiters.leave(place);
                    self.place = None;
                }
                called
            }
            None => waiters.is_empty() && shared.take(permits),
        };
        if !granted && self.place.is_none() {
            self.place = Some(waiters.join(permits, context.waker()));
        }
        drop(waiters);
        if granted { Poll::Ready(Permit { shared, permits }) } else { Poll::Pending }
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        let Some(place) = self.place else { return };
        if self.shared.waiters.borrow_mut().leave(place).is_some() {
            self.shared.give(self.permits);
        } else {
            // Its large request may have held smaller ones back.
            self.shared.serve();
        }
    }
}

/// Permits held; dropping gives them back.
pub struct Permit {
    shared: Rc<Shared>,
    permits: usize,
}

impl Permit {
    pub fn permits(&self) -> usize {
        self.permits
    }

    /// Uses the permits up: they do not come back.
    pub fn consume(mut self) {
        self.permits = 0;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.permits > 0 {
            self.shared.give(self.permits);
        }
    }
}
