//! A bounded queue from many tasks to one.
//!
//! Promise: in order; a full queue makes senders wait, in order, and loses nothing.
//! Read next: io/executor.rs.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use super::{Notify, Semaphore};

/// The receiver is gone; here is the item back.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the receiver of this queue is gone")]
pub struct Closed<T>(pub T);

/// Why an item was not taken at once.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrySendError<T> {
    #[error("the queue is full")]
    Full(T),
    #[error("the receiver of this queue is gone")]
    Closed(T),
}

/// A queue for at most `bound` items.
pub fn bounded<T>(bound: usize) -> (Sender<T>, Receiver<T>) {
    assert!(bound > 0, "a queue needs room for one item");
    let shared = Rc::new(Shared {
        items: RefCell::new(VecDeque::new()),
        room: Semaphore::new(bound),
        arrived: Notify::new(),
        senders: Cell::new(1),
        receiver_gone: Cell::new(false),
    });
    (Sender { shared: shared.clone() }, Receiver { shared })
}

struct Shared<T> {
    items: RefCell<VecDeque<T>>,
    room: Semaphore,
    arrived: Notify,
    senders: Cell<usize>,
    receiver_gone: Cell<bool>,
}

impl<T> Shared<T> {
    fn push(&self, item: T) {
        self.items.borrow_mut().push_back(item);
        self.arrived.notify_one();
    }
}

pub struct Sender<T> {
    shared: Rc<Shared<T>>,
}

impl<T> Sender<T> {
    /// Waits for room.
    pub async fn send(&self, item: T) -> Result<(), Closed<T>> {
        if !self.shared.receiver_gone.get() {
            self.shared.room.acquire().await.consume();
        }
        if self.shared.receiver_gone.get() {
            return Err(Closed(item));
        }
        self.shared.push(item);
        Ok(())
    }

    pub fn try_send(&self, item: T) -> Result<(), TrySendError<T>> {
        if self.shared.receiver_gone.get() {
            return Err(TrySendError::Closed(item));
        }
        match self.shared.room.try_acquire_many(1) {
            None => Err(TrySendError::Full(item)),
            Some(permit) => {
                permit.consume();
                self.shared.push(item);
                Ok(())
            }
        }
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Sender<T> {
        self.shared.senders.set(self.shared.senders.get() + 1);
        Sender { shared: self.shared.clone() }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.shared.senders.set(self.shared.senders.get() - 1);
        if self.shared.senders.get() == 0 {
            self.shared.arrived.notify_one();
        }
    }
}

pub struct Receiver<T> {
    shared: Rc<Shared<T>>,
}

impl<T> Receiver<T> {
    /// The next item; none once all senders are gone and all items received.
    pub async fn recv(&mut self) -> Option<T> {
        loop {
            if let Some(item) = self.try_recv() {
                return Some(item);
            }
            if self.shared.senders.get() == 0 {
                return None;
            }
            self.shared.arrived.notified().await;
        }
    }

    pub fn try_recv(&mut self) -> Option<T> {
        let item = self.shared.items.borrow_mut().pop_front()?;
        self.shared.room.add_permits(1);
        Some(item)
    }

    /// Items that wait.
    pub fn len(&self) -> usize {
        self.shared.items.borrow().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.shared.receiver_gone.set(true);
        // Every sender that waits is let through to find the receiver gone.
        self.shared.room.add_permits(usize::MAX / 2);
        let items = std::mem::take(&mut *self.shared.items.borrow_mut());
        drop(items);
    }
}
