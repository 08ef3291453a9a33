//! The memory that requests of one core hold, while they are received and at work.
//!
//! Lives on: each core. In two halves: one for requests that have arrived, one for those too large
//! for a connection's receive buffer. These have memory reserved as their bytes come, not for what
//! their peer promises, so that a slow peer holds little more than it has sent; and one that keeps
//! others waiting for longer than limits::FRAME_STEP_TIME loses it (see ledger.rs).
//! Promise: whoever waits here is let in in the end; a request larger than its half is let in once
//! the others are done. Never: refuses a request that comes; the connection is not read meanwhile.
//! Receive buffers of connections are counted as well, and nobody waits for them: while they hold
//! more than limits::RECEIVE_MEMORY_PART, each connection takes the smallest one, and none while
//! nothing arrives. Not counted: questions so small that they were copied out of such a buffer.
//! Limits: `queued.max.request.bytes`, limits::RECEIVE_BYTES_MAX.   Read next: ledger.rs.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use shards::clock;
use shards::sync::{Notify, Permit, Semaphore};

use super::ledger::{FrameId, Ledger};
use super::metrics::count;
use crate::limits;

/// See the module.
pub struct RequestMemory {
    arrived: Semaphore,
    arrived_bytes_max: usize,
    large: Rc<Large>,
    /// Requests that had to wait for others to arrive.
    arrived_waits: Cell<u64>,
    receiving: Rc<Cell<usize>>,
}

/// The receive buffer of a connection.
#[derive(Debug)]
pub struct ReceiveBuffer {
    bytes: Cell<usize>,
    all: Rc<Cell<usize>>,
}

impl ReceiveBuffer {
    /// It has so many bytes from now on.
    pub fn hold(&self, bytes: usize) {
        let before = self.bytes.replace(bytes);
        self.all.set(self.all.get() + bytes - before);
    }
}

impl Drop for ReceiveBuffer {
    fn drop(&mut self) {
        self.hold(0);
    }
}

/// Memory of a request, until it is dropped.
pub enum Reserved {
    Small(Permit),
    Large(LargeFrame),
}

/// Memory of a large request, which grows while it comes in.
pub struct LargeFrame {
    large: Rc<Large>,
    id: FrameId,
    changed: Rc<Notify>,
}

struct Large {
    ledger: RefCell<Ledger>,
    /// Told when the frame need not wait any more, or is given up.
    changed: RefCell<BTreeMap<FrameId, Rc<Notify>>>,
    waits: Cell<u64>,
}

impl RequestMemory {
    pub fn new(bytes_max: usize) -> RequestMemory {
        let half = bytes_max / 2;
        RequestMemory {
            arrived: Semaphore::new(half),
            arrived_bytes_max: half,
            large: Rc::new(Large {
                ledger: RefCell::new(Ledger::new(half)),
                changed: RefCell::default(),
                waits: Cell::new(0),
            }),
            arrived_waits: Cell::new(0),
            receiving: Rc::default(),
        }
    }

    /// What a connection counts its receive buffer with.
    pub fn receive_buffer(&self) -> ReceiveBuffer {
        ReceiveBuffer { bytes: Cell::new(0), all: self.receiving.clone() }
    }

    /// Whether receive buffers hold more than their part.
    pub fn is_short_of_buffers(&self) -> bool {
        self.receiving.get() > self.bytes_max() / limits::RECEIVE_MEMORY_PART
    }

    /// Whether a frame's memory is to be reserved before all of it is received.
    pub fn is_large(frame_bytes: usize) -> bool {
        frame_bytes > limits::RECEIVE_BYTES_MAX
    }

    /// Waits until there is room for a frame that has arrived.
    pub async fn reserve(&self, frame_bytes: usize) -> Reserved {
        if Self::is_large(frame_bytes) {
            let frame = self.begin(frame_bytes);
            frame.grow(frame_bytes).await;
            frame.arrived();
            return Reserved::Large(frame);
        }
        let bytes = frame_bytes.min(self.arrived_bytes_max);
        if let Some(permit) = self.arrived.try_acquire_many(bytes) {
            return Reserved::Small(permit);
        }
        count(&self.arrived_waits, 1);
        Reserved::Small(self.arrived.acquire_many(bytes).await)
    }

    /// A large frame that comes in; it holds nothing yet.
    pub fn begin(&self, frame_bytes: usize) -> LargeFrame {
        let large = self.large.clone();
        let id = large.ledger.borrow_mut().begin(frame_bytes, clock::now());
        let changed = Rc::new(Notify::new());
        large.changed.borrow_mut().insert(id, changed.clone());
        LargeFrame { large, id, changed }
    }

    pub fn bytes_max(&self) -> usize {
        self.arrived_bytes_max + self.large.ledger.borrow().bytes_max()
    }

    pub fn bytes_held(&self) -> usize {
        let free = self.arrived.available() + self.large.ledger.borrow().bytes_free();
        self.bytes_max() - free + self.receiving.get()
    }

    /// How often a request had to wait.
    pub fn waits(&self) -> u64 {
        self.arrived_waits.get() + self.large.waits.get()
    }
}

impl LargeFrame {
    /// Waits until the frame may hold `bytes` in all.
    pub async fn grow(&self, bytes: usize) {
        self.large.ledger.borrow_mut().ask(self.id, bytes, clock::now());
        self.large.serve();
        if !self.waits() {
            return;
        }
        count(&self.large.waits, 1);
        while self.waits() {
            let (given_up, pause) = self.large.ledger.borrow_mut().give_up(clock::now());
            self.large.tell(&given_up);
            // Out of time: somebody may be in the way by now.
            let _ = clock::timeout(pause, self.changed.notified()).await;
        }
    }

    /// What it holds.
    pub fn bytes(&self) -> usize {
        self.large.ledger.borrow().held(self.id)
    }

    /// All of it is here: nobody gives it up any more.
    pub fn arrived(&self) {
        self.large.ledger.borrow_mut().arrived(self.id);
    }

    /// Completes once the frame is in the way of others for too long.
    pub async fn given_up(&self) {
        while !self.large.ledger.borrow().is_given_up(self.id) {
            self.changed.notified().await;
        }
    }

    fn waits(&self) -> bool {
        self.large.ledger.borrow().waits(self.id)
    }
}

impl Drop for LargeFrame {
    fn drop(&mut self) {
        self.large.changed.borrow_mut().remove(&self.id);
        self.large.ledger.borrow_mut().end(self.id);
        self.large.serve();
    }
}

impl Large {
    fn serve(&self) {
        let now = clock::now();
        let served = self.ledger.borrow_mut().serve(now);
        self.tell(&served);
        // What came back may not do for those next in line.
        let (given_up, _) = self.ledger.borrow_mut().give_up(now);
        self.tell(&given_up);
    }

    fn tell(&self, frames: &[FrameId]) {
        for id in frames {
            let changed = self.changed.borrow().get(id).cloned();
            if let Some(changed) = changed {
                changed.notify_one();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn poll<F: Future>(future: Pin<&mut F>) -> Option<F::Output> {
        match future.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(reserved) => Some(reserved),
            Poll::Pending => None,
        }
    }

    /// Time exists on a core only.
    fn on_a_core(test: impl Future<Output = ()> + 'static) {
        use shards::io::executor::{self, RingConfig};
        executor::run(RingConfig::default(), test).unwrap();
    }

    #[test]
    fn large_requests_wait_for_each_other_only() {
        on_a_core(async {
            let large = limits::RECEIVE_BYTES_MAX + 1;
            let memory = RequestMemory::new(2 * large);
            let first = poll(pin!(memory.reserve(large))).unwrap();
            let mut second = pin!(memory.reserve(large));
            assert!(poll(second.as_mut()).is_none());
            let small = poll(pin!(memory.reserve(1000))).unwrap();
            assert_eq!((memory.bytes_held(), memory.waits()), (large + 1000, 1));
            drop(first);
            let second = poll(second).unwrap();
            drop((second, small));
            assert_eq!(memory.bytes_held(), 0);
        });
    }

    #[test]
    fn receive_buffers_are_counted_and_become_small_when_they_hold_too_much() {
        let memory = RequestMemory::new(1000 * limits::RECEIVE_MEMORY_PART);
        let (first, second) = (memory.receive_buffer(), memory.receive_buffer());
        first.hold(900);
        second.hold(100);
        assert_eq!((memory.bytes_held(), memory.is_short_of_buffers()), (1000, false));
        second.hold(101);
        assert!(memory.is_short_of_buffers());
        drop(first);
        assert_eq!((memory.bytes_held(), memory.is_short_of_buffers()), (101, false));
        second.hold(0);
        assert_eq!(memory.bytes_held(), 0);
    }

    #[test]
    fn what_is_larger_than_everything_is_let_in_alone() {
        on_a_core(async {
            let memory = RequestMemory::new(1000);
            let small = poll(pin!(memory.reserve(1))).unwrap();
            let mut whole = pin!(memory.reserve(limits::RECEIVE_BYTES_MAX));
            assert!(poll(whole.as_mut()).is_none());
            // Not overtaken by those that would fit.
            let mut next = pin!(memory.reserve(1));
            assert!(poll(next.as_mut()).is_none());
            drop(small);
            assert!(poll(whole).is_some());
            assert!(poll(next).is_some());
        });
    }

    #[test]
    fn a_frame_that_leaves_while_it_waits_takes_nothing_along() {
        on_a_core(async {
            let large = limits::RECEIVE_BYTES_MAX + 1;
            let memory = RequestMemory::new(2 * large);
            let first = poll(pin!(memory.reserve(large))).unwrap();
            {
                let mut second = pin!(memory.reserve(large));
                assert!(poll(second.as_mut()).is_none());
            }
            drop(first);
            assert_eq!(memory.bytes_held(), 0);
            assert!(poll(pin!(memory.reserve(large))).is_some());
        });
    }

    #[test]
    fn a_slow_frame_hears_that_it_is_in_the_way() {
        on_a_core(async {
            let large = 2 * limits::RECEIVE_BYTES_MAX;
            let memory = RequestMemory::new(2 * large);
            let slow = memory.begin(large);
            slow.grow(large).await;
            let mut quick = pin!(memory.reserve(large));
            {
                let mut given_up = pin!(slow.given_up());
                assert!(poll(given_up.as_mut()).is_none());
                // Waits for as long as the slow one has, then tells it.
                std::future::poll_fn(|context| {
                    assert!(quick.as_mut().poll(context).is_pending());
                    given_up.as_mut().poll(context)
                })
                .await;
            }
            assert_eq!(slow.bytes(), large);
            drop(slow);
            assert!(poll(quick).is_some());
        });
    }
}
