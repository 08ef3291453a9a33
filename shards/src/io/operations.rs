//! The table of operations that the kernel works on.
//!
//! Lives on: one core.
//! Promise: an operation stays here, with all that it owns, until the kernel has answered; what an
//! abandoned operation brought is kept (received bytes) or closed (descriptors), never lost.
//! Never: frees memory that the kernel may still write.
//! Limits: limits::OPERATIONS_IN_FLIGHT_MAX.   Read next: executor.rs.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use slab::Slab;

use super::executor;
use super::kernel::Descriptor;
use super::op::Op;
use crate::flight;
use crate::limits;

/// What a completion names: a place in the table, and which of its tenants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OpKey {
    pub(super) index: u32,
    pub(super) generation: u32,
}

/// The operations in flight.
pub(super) struct Operations {
    entries: Slab<Entry>,
    next_generation: u32,
}

struct Entry {
    generation: u32,
    op: Op,
    state: State,
}

enum State {
    InFlight(Option<Waker>),
    Completed(i32),
    /// Nobody waits any more.
    Abandoned,
}

/// What is left to do for a completion, once the table is not borrowed.
pub(super) enum Outcome {
    Nothing,
    Wake(Waker),
    Orphan(Op),
    /// One of many results of an accept; the operation goes on.
    Accepted(std::rc::Rc<super::socket::ListenerShared>),
}

impl Operations {
    pub(super) fn new() -> Operations {
        Operations { entries: Slab::with_capacity(64), next_generation: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Takes an operation in; gives its key and its place for the kernel to look at.
    pub(super) fn insert(&mut self, op: Op) -> (OpKey, &mut Op) {
        assert!(
            self.entries.len() < limits::OPERATIONS_IN_FLIGHT_MAX,
            "more operations in flight than connections and files can ask for"
        );
        self.next_generation = self.next_generation.wrapping_add(1) & limits::OP_GENERATION_MASK;
        let generation = self.next_generation;
        let index = self.entries.insert(Entry { generation, op, state: State::InFlight(None) });
        let entry = &mut self.entries[index];
        let index = u32::try_from(index).expect("the table is bounded far below 2^32");
        (OpKey { index, generation }, &mut entry.op)
    }

    /// The operation, for the twin, which carries it out itself.
    #[cfg(feature = "sim")]
    pub(super) fn get_mut(&mut self, key: OpKey) -> Option<&mut Op> {
        let entry = self.entries.get_mut(key.index as usize)?;
        (entry.generation == key.generation).then_some(&mut entry.op)
    }

    /// Notes the kernel's answer; `more` says that the operation goes on.
    pub(super) fn complete(&mut self, key: OpKey, result: i32, more: bool) -> Outcome {
        let entry = &mut self.entries[key.index as usize];
        assert_eq!(entry.generation, key.generation, "a completion for an operation long gone");
        flight::note(entry.op.name(), i64::from(result));
        if let Op::AcceptMany { listener } = &entry.op {
            let listener = listener.clone();
            if !more {
                self.entries.remove(key.index as usize);
            }
            return Outcome::Accepted(listener);
        }
        match std::mem::replace(&mut entry.state, State::Completed(result)) {
            State::InFlight(waker) => waker.map_or(Outcome::Nothing, Outcome::Wake),
            State::Abandoned => Outcome::Orphan(self.entries.remove(key.index as usize).op),
            State::Completed(_) => unreachable!("a single operation completes once"),
        }
    }

    fn poll(&mut self, key: OpKey, waker: &Waker) -> Option<(i32, Op)> {
        let entry = &mut self.entries[key.index as usize];
        assert_eq!(entry.generation, key.generation, "an operation polled after its completion");
        match &mut entry.state {
            State::InFlight(Some(known)) => known.clone_from(waker),
            State::InFlight(unknown) => *unknown = Some(waker.clone()),
            State::Completed(result) => {
                let result = *result;
                return Some((result, self.entries.remove(key.index as usize).op));
            }
            State::Abandoned => unreachable!("who polls has not let go"),
        }
        None
    }

    /// Lets go of an operation: its completed result, or none while the kernel is at it.
    fn abandon(&mut self, key: OpKey) -> Option<(i32, Op)> {
        let entry = &mut self.entries[key.index as usize];
        if let State::Completed(result) = entry.state {
            return Some((result, self.entries.remove(key.index as usize).op));
        }
        entry.state = State::Abandoned;
        if let Op::Recv { socket, .. } = &entry.op {
            socket.expect_orphan();
        }
        None
    }
}

/// Keeps what an abandoned operation brought.
pub(super) fn keep_orphan(op: Op, result: i32) {
    match op {
        Op::Recv { socket, into } => socket.keep_received(result, into),
        Op::Open { .. } if result >= 0 => {
            drop(Descriptor::from_completion(result));
        }
        _ => {}
    }
}

/// Asks the kernel; the future gives its answer and the operation back.
pub(super) fn submit(op: Op) -> Submitted {
    Submitted { key: Some(executor::with_current(|shard| shard.submit(op))) }
}

/// An operation in flight. Dropping it asks the kernel to cancel; the operation stays in the table.
pub(super) struct Submitted {
    key: Option<OpKey>,
}

impl Future for Submitted {
    type Output = (i32, Op);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<(i32, Op)> {
        let key = self.key.expect("not polled again after completion");
        let done = executor::with_current(|shard| {
            shard.operations.borrow_mut().poll(key, context.waker())
        });
        match done {
            None => Poll::Pending,
            Some(answer) => {
                self.key = None;
                Poll::Ready(answer)
            }
        }
    }
}

impl Drop for Submitted {
    fn drop(&mut self) {
        let Some(key) = self.key else { return };
        // Without a shard its table is gone, and has taken care of the operation.
        executor::try_with_current(|shard| {
            let abandoned = shard.operations.borrow_mut().abandon(key);
            match abandoned {
                Some((result, op)) => keep_orphan(op, result),
                None => shard.cancel(key),
            }
        });
    }
}
