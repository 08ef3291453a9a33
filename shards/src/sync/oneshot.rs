//! One value, sent once.
//!
//! Promise: the receiver learns when the sender is gone.
//! Read next: queue.rs.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// The sender was dropped without a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sender went away without an answer")]
pub struct Closed;

/// A sender and the future of what it sends.
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let shared = Rc::new(RefCell::new(State::Waiting(None)));
    (Sender { shared: shared.clone() }, Receiver { shared })
}

enum State<T> {
    Waiting(Option<Waker>),
    Sent(T),
    /// The sender is gone, or the receiver is, or the value was taken.
    Closed,
}

pub struct Sender<T> {
    shared: Rc<RefCell<State<T>>>,
}

impl<T> Sender<T> {
    /// Sends; gives the value back if nobody will receive it.
    pub fn send(self, value: T) -> Result<(), T> {
        let mut state = self.shared.borrow_mut();
        let State::Waiting(waker) = &mut *state else { return Err(value) };
        let waker = waker.take();
        *state = State::Sent(value);
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// Whether nobody will receive.
    pub fn is_closed(&self) -> bool {
        matches!(*self.shared.borrow(), State::Closed)
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut state = self.shared.borrow_mut();
        let State::Waiting(waker) = &mut *state else { return };
        let waker = waker.take();
        *state = State::Closed;
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

pub struct Receiver<T> {
    shared: Rc<RefCell<State<T>>>,
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, Closed>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, Closed>> {
        let mut state = self.shared.borrow_mut();
        if let State::Waiting(waker) = &mut *state {
            *waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        match std::mem::replace(&mut *state, State::Closed) {
            State::Sent(value) => Poll::Ready(Ok(value)),
            State::Waiting(_) | State::Closed => Poll::Ready(Err(Closed)),
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let state = std::mem::replace(&mut *self.shared.borrow_mut(), State::Closed);
        // The value's own drop may come back here: the borrow is over.
        drop(state);
    }
}
