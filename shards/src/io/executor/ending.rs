//! The end of a core: its tasks are dropped, its mesh is left, its memory comes back.
//!
//! Promise: when it is over, the kernel works on nothing that this core has freed.
//! Limits: limits::ENDING_ROUNDS_MAX, limits::ENDING_TIME_MAX.

use super::{Link, Shard};
use crate::clock;
use crate::io::kernel::Wait;
use crate::io::operations::Operations;
use crate::limits;

impl Shard {
    /// Drops what is left and waits until the kernel has let go of all memory.
    pub(super) fn end(&self) {
        self.ending.set(true);
        for _ in 0..limits::ENDING_ROUNDS_MAX {
            let tasks = self.tasks.drain();
            if tasks.is_empty() {
                break;
            }
            // Dropping a task may start others.
            for task in tasks {
                task.cancel();
            }
        }
        let callbacks = std::mem::take(&mut *self.callbacks.borrow_mut());
        drop(callbacks);
        self.leave_mesh();
        self.ring.borrow_mut().cancel_all();
        let deadline = clock::now() + limits::ENDING_TIME_MAX;
        while self.operations.borrow().len() > 0 && clock::now() < deadline {
            if !self.hear_last(Wait::Until(deadline), None) {
                break;
            }
        }
        let left = self.operations.borrow().len();
        if left > 0 {
            tracing::warn!(left, "operations did not end: their memory stays reserved");
            let table = std::mem::replace(&mut *self.operations.borrow_mut(), Operations::new());
            // Leaked on purpose: the kernel may still write there.
            Box::leak(Box::new(table));
        }
    }

    /// Sends the last answers and loans home, and wakes who waits for them.
    fn leave_mesh(&self) {
        let Some(link) = self.link.borrow_mut().take() else { return };
        for _ in 0..limits::ENDING_ROUNDS_MAX {
            link.flush();
            if !self.hear_last(Wait::No, Some(&*link)) {
                break;
            }
        }
        link.leave();
    }

    fn hear_last(&self, wait: Wait, link: Option<&dyn Link>) -> bool {
        let entered = self.ring.borrow_mut().enter(wait, &self.operations);
        if let Err(error) = &entered {
            tracing::warn!(%error, "the ring failed while its last operations were awaited");
        }
        self.dispatch(link);
        entered.is_ok()
    }
}
