//! Tasks: futures in a table, woken by number.
//!
//! Lives on: one core.
//! Promise: one allocation a task; a waker holds a number and nothing else, so it costs nothing to
//! clone and may outlive its task.
//! Never: follows a waker's number on another thread: that is a bug, and panics with its name.
//! Limits: limits::TASKS_MAX.   Read next: executor.rs.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use super::executor;
use crate::limits;

const INDEX_BITS: u32 = 24;
const GENERATION_BITS: u32 = 24;
const INDEX_MASK: u32 = (1 << INDEX_BITS) - 1;
const GENERATION_MASK: u32 = (1 << GENERATION_BITS) - 1;

const _: () = assert!(limits::TASKS_MAX <= INDEX_MASK as usize);
const _: () = assert!(usize::BITS == 64, "a waker packs its task into 64 bits");

/// Names a task, and its executor, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TaskId {
    pub(super) executor: u16,
    generation: u32,
    index: u32,
}

impl TaskId {
    fn to_word(self) -> usize {
        (usize::from(self.executor) << (INDEX_BITS + GENERATION_BITS))
            | ((self.generation as usize) << INDEX_BITS)
            | self.index as usize
    }

    fn from_word(word: usize) -> TaskId {
        TaskId {
            executor: (word >> (INDEX_BITS + GENERATION_BITS)) as u16,
            generation: (word >> INDEX_BITS) as u32 & GENERATION_MASK,
            index: word as u32 & INDEX_MASK,
        }
    }

    pub(super) fn waker(self) -> Waker {
        let data = std::ptr::without_provenance(self.to_word());
        // SAFETY: the functions of the table use the data as a number only, never as a pointer, and
        // are safe to call on any thread: on a wrong one they panic.
        unsafe { Waker::from_raw(RawWaker::new(data, &WAKER_TABLE)) }
    }
}

static WAKER_TABLE: RawWakerVTable = RawWakerVTable::new(
    |data| RawWaker::new(data, &WAKER_TABLE),
    |data| executor::wake(TaskId::from_word(data.addr())),
    |data| executor::wake(TaskId::from_word(data.addr())),
    |_| {},
);

/// The tasks of one executor and which of them are to be run.
pub(super) struct Tasks {
    executor: u16,
    slots: RefCell<Vec<Slot>>,
    free: RefCell<Vec<u32>>,
    ready: RefCell<VecDeque<TaskId>>,
    /// Those that gave way: ready in the next turn.
    yielded: RefCell<Vec<TaskId>>,
    live: Cell<usize>,
}

struct Slot {
    generation: u32,
    queued: bool,
    /// None for the root, which its caller polls, and for a free slot.
    body: Option<Rc<dyn Body>>,
}

/// What a call of [`Tasks::next_ready`] finds.
pub(super) enum Ready {
    Root,
    Task(TaskId, Rc<dyn Body>),
}

impl Tasks {
    pub(super) fn new(executor: u16) -> Tasks {
        let root = Slot { generation: 0, queued: false, body: None };
        Tasks {
            executor,
            slots: RefCell::new(vec![root]),
            free: RefCell::default(),
            ready: RefCell::default(),
            yielded: RefCell::default(),
            live: Cell::new(0),
        }
    }

    pub(super) fn root(&self) -> TaskId {
        TaskId { executor: self.executor, generation: 0, index: 0 }
    }

    /// Tasks that exist.
    pub(super) fn live(&self) -> usize {
        self.live.get()
    }

    /// Tasks that are to be run in this turn.
    pub(super) fn ready(&self) -> usize {
        self.ready.borrow().len()
    }

    pub(super) fn has_work(&self) -> bool {
        !self.ready.borrow().is_empty() || !self.yielded.borrow().is_empty()
    }

    pub(super) fn begin_turn(&self) {
        for id in self.yielded.borrow_mut().drain(..) {
            self.wake(id);
        }
    }

    pub(super) fn add<F: Future + 'static>(&self, future: F) -> Task<F::Output> {
        assert!(self.live.get() < limits::TASKS_MAX, "more tasks than connections can ask for");
        self.live.set(self.live.get() + 1);
        let mut slots = self.slots.borrow_mut();
        let index = self.free.borrow_mut().pop().unwrap_or_else(|| {
            slots.push(Slot { generation: 0, queued: false, body: None });
            u32::try_from(slots.len() - 1).expect("tasks are bounded far below 2^32")
        });
        let generation = slots[index as usize].generation;
        let id = TaskId { executor: self.executor, generation, index };
        let cell = Rc::new(Running {
            id,
            phase: Cell::new(Phase::Unfinished),
            stage: RefCell::new(Stage::Unfinished(future)),
            joiner: Cell::new(None),
            cancelled: Cell::new(false),
        });
        slots[index as usize].body = Some(cell.clone());
        drop(slots);
        self.wake(id);
        Task { cell, taken: false }
    }

    /// Queues a task; does nothing for one that is gone.
    pub(super) fn wake(&self, id: TaskId) {
        let mut slots = self.slots.borrow_mut();
        let Some(slot) = slots.get_mut(id.index as usize) else { return };
        if slot.generation == id.generation && !std::mem::replace(&mut slot.queued, true) {
            self.ready.borrow_mut().push_back(id);
        }
    }

    /// Queues a task for the next turn.
    pub(super) fn wake_next_turn(&self, id: TaskId) {
        self.yielded.borrow_mut().push(id);
    }

    /// Takes the next task to be run.
    pub(super) fn next_ready(&self) -> Option<Ready> {
        loop {
            let id = self.ready.borrow_mut().pop_front()?;
            let mut slots = self.slots.borrow_mut();
            let slot = &mut slots[id.index as usize];
            if slot.generation != id.generation {
                continue;
            }
            slot.queued = false;
            match &slot.body {
                Some(body) => return Some(Ready::Task(id, body.clone())),
                None if id.index == 0 => return Some(Ready::Root),
                None => {}
            }
        }
    }

    /// Frees the slot of a task that ended.
    pub(super) fn remove(&self, id: TaskId) -> Option<Rc<dyn Body>> {
        let mut slots = self.slots.borrow_mut();
        let slot = &mut slots[id.index as usize];
        if slot.generation != id.generation {
            return None;
        }
        slot.generation = (slot.generation + 1) & GENERATION_MASK;
        slot.queued = false;
        self.free.borrow_mut().push(id.index);
        self.live.set(self.live.get() - 1);
        slot.body.take()
    }

    /// Takes all tasks out, to be dropped by the caller.
    pub(super) fn drain(&self) -> Vec<Rc<dyn Body>> {
        let ids: Vec<TaskId> = {
            let slots = self.slots.borrow();
            let live = slots.iter().enumerate().filter(|(_, slot)| slot.body.is_some());
            live.map(|(index, slot)| TaskId {
                executor: self.executor,
                generation: slot.generation,
                index: index as u32,
            })
            .collect()
        };
        ids.into_iter().filter_map(|id| self.remove(id)).collect()
    }
}

/// A task as the executor sees it.
pub(super) trait Body {
    /// Polls the future once; true once it is over.
    fn run(&self, context: &mut Context<'_>) -> bool;
    /// Drops the future, unless it is being polled: then when that ends.
    fn cancel(&self);
}

/// A task as who spawned it sees it.
trait Join<T> {
    fn poll_output(&self, context: &mut Context<'_>) -> Poll<T>;
    fn id(&self) -> TaskId;
    fn cancel(&self);
}

struct Running<F: Future> {
    id: TaskId,
    /// Which stage it is: a future must not be looked at from outside, not even for that, as it may
    /// hold references into itself.
    phase: Cell<Phase>,
    stage: RefCell<Stage<F>>,
    joiner: Cell<Option<Waker>>,
    cancelled: Cell<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Unfinished,
    Finished,
    Over,
}

enum Stage<F: Future> {
    Unfinished(F),
    Finished(F::Output),
    Over,
}

impl<F: Future> Body for Running<F> {
    fn run(&self, context: &mut Context<'_>) -> bool {
        if self.phase.get() != Phase::Unfinished {
            return true;
        }
        let mut stage = self.stage.borrow_mut();
        let Stage::Unfinished(future) = &mut *stage else { unreachable!("the phase says so") };
        // SAFETY: the future lies in an `Rc`, is never moved out of its stage, and is dropped in
        // place when the stage is overwritten: it is pinned from its first poll on.
        let future = unsafe { Pin::new_unchecked(future) };
        let next = match future.poll(context) {
            Poll::Ready(output) => (Phase::Finished, Stage::Finished(output)),
            Poll::Pending if self.cancelled.get() => (Phase::Over, Stage::Over),
            Poll::Pending => return false,
        };
        self.phase.set(next.0);
        *stage = next.1;
        drop(stage);
        if let Some(joiner) = self.joiner.take() {
            joiner.wake();
        }
        true
    }

    fn cancel(&self) {
        self.cancelled.set(true);
        if self.phase.get() != Phase::Unfinished {
            return;
        }
        // Borrowed: the task cancels itself while it runs, and `run` will see it.
        if let Ok(mut stage) = self.stage.try_borrow_mut() {
            self.phase.set(Phase::Over);
            *stage = Stage::Over;
        }
    }
}

impl<F: Future> Join<F::Output> for Running<F> {
    fn poll_output(&self, context: &mut Context<'_>) -> Poll<F::Output> {
        if self.phase.get() != Phase::Finished {
            self.joiner.set(Some(context.waker().clone()));
            return Poll::Pending;
        }
        self.phase.set(Phase::Over);
        match std::mem::replace(&mut *self.stage.borrow_mut(), Stage::Over) {
            Stage::Finished(output) => Poll::Ready(output),
            Stage::Unfinished(_) | Stage::Over => unreachable!("the phase says so"),
        }
    }

    fn id(&self) -> TaskId {
        self.id
    }

    fn cancel(&self) {
        Body::cancel(self);
    }
}

/// A spawned task: a future of its output. Dropping it lets the task run on by itself.
pub struct Task<T> {
    cell: Rc<dyn Join<T>>,
    taken: bool,
}

impl<T> Task<T> {
    /// Ends the task: its future is dropped now (or, from inside itself, at its next wait).
    pub fn cancel(self) {
        self.cell.cancel();
        executor::forget_task(self.cell.id());
    }
}

impl<T> Future for Task<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        assert!(!self.taken, "a task's output is taken once");
        let output = self.cell.poll_output(context);
        self.taken = output.is_ready();
        output
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waker_carries_its_task_in_a_word() {
        for (executor, generation, index) in
            [(0, 0, 0), (u16::MAX, GENERATION_MASK, INDEX_MASK), (7, 1, 5)]
        {
            let id = TaskId { executor, generation, index };
            assert_eq!(TaskId::from_word(id.to_word()), id);
        }
        let id = TaskId { executor: 1, generation: 2, index: 3 };
        assert!(id.waker().will_wake(&id.waker().clone()));
    }

    #[test]
    fn a_slot_is_used_again_and_stale_names_do_nothing() {
        let tasks = Tasks::new(1);
        let first = tasks.add(async { 1 });
        let first_id = first.cell.id();
        let Some(Ready::Task(id, body)) = tasks.next_ready() else { panic!("it is ready") };
        assert!(body.run(&mut Context::from_waker(Waker::noop())));
        assert!(id == first_id && tasks.remove(id).is_some() && tasks.remove(id).is_none());
        let second = tasks.add(async { 2 });
        let second_id = second.cell.id();
        assert_eq!(second_id.index, first_id.index);
        assert!(tasks.next_ready().is_some());
        tasks.wake(first_id);
        assert_eq!((tasks.ready(), tasks.live()), (0, 1));
        assert_eq!(tasks.drain().len(), 1);
    }
}
