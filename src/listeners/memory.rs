//! The memory that requests of one core hold, while they are received and at work.
//!
//! Lives on: each core. In two halves: one for requests that have arrived, one for those too large
//! for a connection's receive buffer, whose memory is reserved before the rest is received. So a
//! peer that promises large requests and does not send them keeps nobody's small ones waiting.
//! Promise: whoever waits here holds nothing that another waits for; a request larger than its half
//! is let in alone. Never: refuses a request; the connection is not read meanwhile.
//! Not counted: one receive buffer for each connection, and questions so small that they were
//! copied out of it.
//! Limits: `queued.max.request.bytes`, limits::RECEIVE_BYTES_MAX.   Read next: connection.rs.

use std::cell::Cell;

use shards::sync::{Permit, Semaphore};

use super::metrics::count;
use crate::limits;

/// See the module.
pub struct RequestMemory {
    arrived: Half,
    large: Half,
}

struct Half {
    room: Semaphore,
    bytes_max: usize,
    /// Requests that had to wait.
    waits: Cell<u64>,
}

impl RequestMemory {
    pub fn new(bytes_max: usize) -> RequestMemory {
        let half = bytes_max / 2;
        RequestMemory { arrived: Half::new(half), large: Half::new(half) }
    }

    /// Whether a frame's memory is to be reserved before all of it is received.
    pub fn is_large(frame_bytes: usize) -> bool {
        frame_bytes > limits::RECEIVE_BYTES_MAX
    }

    /// Waits until there is room for a frame; it is taken until the permit is dropped.
    pub async fn reserve(&self, frame_bytes: usize) -> Permit {
        let half = if Self::is_large(frame_bytes) { &self.large } else { &self.arrived };
        half.reserve(frame_bytes).await
    }

    pub fn bytes_max(&self) -> usize {
        self.arrived.bytes_max + self.large.bytes_max
    }

    pub fn bytes_held(&self) -> usize {
        self.bytes_max() - self.arrived.room.available() - self.large.room.available()
    }

    /// How often a request had to wait.
    pub fn waits(&self) -> u64 {
        self.arrived.waits.get() + self.large.waits.get()
    }
}

impl Half {
    fn new(bytes_max: usize) -> Half {
        Half { room: Semaphore::new(bytes_max), bytes_max, waits: Cell::new(0) }
    }

    async fn reserve(&self, bytes: usize) -> Permit {
        let bytes = bytes.min(self.bytes_max);
        if let Some(permit) = self.room.try_acquire_many(bytes) {
            return permit;
        }
        count(&self.waits, 1);
        self.room.acquire_many(bytes).await
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn poll(future: std::pin::Pin<&mut impl Future<Output = Permit>>) -> Option<Permit> {
        match future.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(permit) => Some(permit),
            Poll::Pending => None,
        }
    }

    #[test]
    fn large_requests_wait_for_each_other_only() {
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
    }

    #[test]
    fn what_is_larger_than_everything_is_let_in_alone() {
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
    }
}
