//! The requests of one connection that are at work, in order.
//!
//! Lives on: the connection's core, inside the connection's task.
//! Promise: requests start in the order they came and their answers come out in that order.
//! Requests of pace `Together` (Produce) are at work at the same time; one of pace `Alone` starts
//! when all earlier answers are out, and holds later ones back until its own is, as Kafka does.
//! Requests at work are looked at when one of them was woken, not whenever their connection is: one
//! that receives steadily would look at each of them once for every frame.
//! Limits: limits::PIPELINE_*.   Read next: connection.rs.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use crate::limits;

/// Whether requests may be at work beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    Alone,
    Together,
}

type Work<T> = Pin<Box<dyn Future<Output = T>>>;

/// See the module.
pub struct Pipeline<T> {
    slots: VecDeque<Slot<T>>,
    /// Bytes of the requests in `slots`.
    bytes: usize,
    pace: Pace,
    woken: Option<Arc<Woken>>,
}

/// What requests at work are woken by: it tells their connection, and that it was for them.
struct Woken {
    since_looked: AtomicBool,
    connection: Waker,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.since_looked.store(true, Ordering::Release);
        self.connection.wake_by_ref();
    }
}

struct Slot<T> {
    bytes: usize,
    state: State<T>,
}

enum State<T> {
    Working(Work<T>),
    Done(T),
}

impl<T> Default for Pipeline<T> {
    fn default() -> Self {
        Self { slots: VecDeque::new(), bytes: 0, pace: Pace::Together, woken: None }
    }
}

impl<T> Pipeline<T> {
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// The pace of what is at work.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Whether a request of `bytes` may start now.
    pub fn admits(&self, pace: Pace, bytes: usize) -> bool {
        self.is_empty()
            || pace == Pace::Together
                && self.pace == Pace::Together
                && self.len() < limits::PIPELINE_REQUESTS_MAX
                && self.bytes.saturating_add(bytes) <= limits::PIPELINE_BYTES_MAX
    }

    /// Takes a request in and runs it up to where it first waits, so that what it starts with
    /// happens in order. Ask `admits` before.
    pub fn start(&mut self, pace: Pace, bytes: usize, work: Work<T>, context: &mut Context<'_>) {
        assert!(self.admits(pace, bytes), "a request was started before its turn");
        self.pace = pace;
        self.bytes += bytes;
        let mut slot = Slot { bytes, state: State::Working(work) };
        let waker = Waker::from(self.woken_by(context.waker()));
        slot.advance(&mut Context::from_waker(&waker));
        self.slots.push_back(slot);
    }

    /// Runs what can go on, whether or not answers can be sent: others may wait for what a request
    /// at work holds.
    pub fn advance(&mut self, context: &mut Context<'_>) {
        let woken = self.woken_by(context.waker());
        if woken.since_looked.swap(false, Ordering::Acquire) {
            let waker = Waker::from(woken);
            let context = &mut Context::from_waker(&waker);
            self.slots.iter_mut().for_each(|slot| slot.advance(context));
        }
    }

    /// What is given to requests of a connection that is woken by `connection`. All are looked at
    /// again where that is another than before, as they know the earlier one.
    fn woken_by(&mut self, connection: &Waker) -> Arc<Woken> {
        match &self.woken {
            Some(woken) if woken.connection.will_wake(connection) => woken.clone(),
            _ => {
                let since_looked = AtomicBool::new(true);
                let woken = Arc::new(Woken { since_looked, connection: connection.clone() });
                self.woken.insert(woken).clone()
            }
        }
    }

    /// Moves the answers that are due, in order, to `due`.
    pub fn take_due(&mut self, due: &mut Vec<T>) {
        while let Some(slot) = self.slots.pop_front() {
            match slot.state {
                State::Done(answer) => {
                    self.bytes -= slot.bytes;
                    due.push(answer);
                }
                State::Working(_) => {
                    self.slots.push_front(slot);
                    break;
                }
            }
        }
        debug_assert!(!self.slots.is_empty() || self.bytes == 0);
    }
}

impl<T> Slot<T> {
    fn advance(&mut self, context: &mut Context<'_>) {
        if let State::Working(work) = &mut self.state
            && let Poll::Ready(answer) = work.as_mut().poll(context)
        {
            self.state = State::Done(answer);
        }
    }
}

#[cfg(test)]
mod tests;
