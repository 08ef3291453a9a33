//! The loop of a core: run what is ready, then ask and hear the kernel, once per turn.
//!
//! Lives on: one thread for its whole life. Reached by a thread-local, never by another thread.
//! Promise: a turn runs each ready task, then the turn's callbacks, then one system call for all
//! that was asked; nothing starves: tasks and completions of a turn are bounded.
//! Never: sleeps while a task is ready, a callback has not seen the last change, or the mesh has
//! mail.
//! Limits: limits::TASKS_PER_TURN_MAX, limits::COMPLETIONS_PER_TURN_MAX,
//! limits::BYTES_PER_TURN_MAX.   Read next: task.rs, operations.rs, kernel/ring.rs.

mod ending;
#[cfg(feature = "sim")]
mod processes;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::task::{Context, Poll, Waker};

use slab::Slab;

use super::kernel::{Event, Ring, RingHandle, Wait};
use super::op::Op;
use super::operations::{OpKey, Operations, Outcome, keep_orphan};
use super::task::{Ready, TaskId, Tasks};
use super::timers::Timers;
use super::{CoreId, buffers};
use crate::clock::{self, Instant};
use crate::flight;
use crate::limits;
use crate::mutation::Mutation;
use crate::sync::{Permit, Semaphore};

pub use super::task::Task;
pub(crate) use super::timers::TimerKey;
#[cfg(feature = "sim")]
pub use processes::{ProcessId, Processes, Root, Turn, run_together};

/// How a core's ring is made.
#[derive(Clone, Copy, Debug)]
pub struct RingConfig {
    pub core: CoreId,
    /// Submissions that one system call can carry.
    pub entries: u32,
}

impl Default for RingConfig {
    fn default() -> RingConfig {
        RingConfig { core: CoreId(0), entries: limits::RING_ENTRIES }
    }
}

/// Makes a ring on this thread and runs until `root` is done; then drops the tasks that are left
/// and waits for the kernel to let go of their memory.
pub fn run<T>(config: RingConfig, root: impl Future<Output = T>) -> io::Result<T> {
    let shard = Shard::new(config)?;
    let entered = shard.enter();
    let mut root = pin!(root);
    let output = loop {
        if let Some(output) = shard.turn(root.as_mut())? {
            break output;
        }
    };
    drop(entered);
    Ok(output)
}

/// Starts a task on this core.
pub fn spawn<F: Future + 'static>(future: F) -> Task<F::Output> {
    with_current(|shard| shard.tasks.add(future))
}

/// Gives way to all other tasks and to the kernel for one turn.
pub async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        with_current(|shard| match shard.running.get() {
            Some(id) if id.waker().will_wake(context.waker()) => shard.tasks.wake_next_turn(id),
            _ => context.waker().wake_by_ref(),
        });
        Poll::Pending
    })
    .await;
}

/// Notes that the running task went through `bytes`: checked, decompressed or copied them.
pub fn note_work(bytes: usize) {
    with_current(|shard| shard.worked_bytes.set(shard.worked_bytes.get().saturating_add(bytes)));
}

/// Whether the tasks of this turn went through as many bytes as a turn should.
pub fn is_turn_spent() -> bool {
    let is_spent = |shard: &Shard| shard.worked_bytes.get() >= limits::BYTES_PER_TURN_MAX;
    with_current(is_spent) && !Mutation::TurnUnbounded.is_planted()
}

/// Gives way to others for as long as the turn is spent.
pub async fn wait_for_fresh_turn() {
    while is_turn_spent() {
        yield_now().await;
    }
}

/// One of the places of those that write a small file whole: their descriptors together have a
/// bound.
pub(super) async fn side_file_turn() -> Permit {
    let places = with_current(|shard| shard.side_files.clone());
    places.acquire().await
}

/// One of the places of those that read a piece of a file: their memory together has a bound.
pub(super) async fn bring_in_turn() -> Permit {
    let places = with_current(|shard| shard.bring_ins.clone());
    places.acquire().await
}

/// Calls `callback` once per turn, after the tasks and before the system call. What it wakes still
/// runs before the core sleeps. Ends when the handle is dropped.
pub fn on_turn(callback: impl FnMut() + 'static) -> OnTurn {
    let callback: Callback = Rc::new(RefCell::new(callback));
    with_current(|shard| OnTurn {
        executor: shard.id,
        key: shard.callbacks.borrow_mut().insert(callback),
    })
}

/// The core that this thread runs; none outside of [`run`].
pub fn current_core() -> Option<CoreId> {
    try_with_current(|shard| shard.core)
}

/// What a core has at the moment, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    pub tasks: usize,
    pub operations: usize,
    pub turns: u64,
}

/// The load of this core.
pub fn load() -> Load {
    with_current(|shard| Load {
        tasks: shard.tasks.live(),
        operations: shard.operations.borrow().len(),
        turns: shard.turns.get(),
    })
}

/// A callback of [`on_turn`].
#[must_use = "dropping it ends the callback"]
pub struct OnTurn {
    executor: u16,
    key: usize,
}

impl Drop for OnTurn {
    fn drop(&mut self) {
        let removed = try_with_current(|shard| {
            let mine = shard.id == self.executor;
            mine.then(|| shard.callbacks.borrow_mut().try_remove(self.key))
        });
        drop(removed);
    }
}

/// What connects this core with others: asked around the system call of each turn.
pub(crate) trait Link {
    /// Takes in what other cores sent.
    fn receive(self: Rc<Self>);
    /// Lets others know what this core sent in this turn.
    fn flush(&self);
    /// Whether the core may sleep: after `true`, whoever sends to it wakes it.
    fn prepare_to_sleep(&self) -> bool;
    /// The core is awake and need not be woken.
    fn awake(&self);
    /// A wake to `core` did not arrive.
    fn wake_failed(&self, core: CoreId);
    /// The core ends.
    fn leave(&self);
}

pub(crate) fn set_link(link: Rc<dyn Link>) -> RingHandle {
    with_current(|shard| {
        assert!(shard.link.borrow_mut().replace(link).is_none(), "a core has one mesh");
        shard.ring.borrow().handle()
    })
}

/// Wakes another core with this turn's system call.
pub(crate) fn wake_core(target: &RingHandle, core: CoreId) {
    with_current(|shard| shard.ring.borrow_mut().wake(target, core));
}

pub(crate) fn add_timer(deadline: Instant, waker: Waker) -> TimerKey {
    with_current(|shard| shard.timers.borrow_mut().add(deadline, waker))
}

pub(crate) fn renew_timer(timer: TimerKey, waker: &Waker) -> bool {
    with_current(|shard| shard.timers.borrow_mut().renew(timer, waker))
}

pub(crate) fn remove_timer(timer: TimerKey) {
    try_with_current(|shard| shard.timers.borrow_mut().remove(timer));
}

pub(super) fn wake(id: TaskId) {
    let woken = try_with_current(|shard| {
        if shard.id == id.executor {
            shard.tasks.wake(id);
        }
        shard.id == id.executor
    });
    if woken != Some(true) {
        let own = ENDED.with(|ended| ended.borrow().contains(&id.executor));
        // After the end of its executor a task is gone, and waking it means nothing.
        assert!(
            own,
            "a task was woken from a thread that is not its core: use the mesh or an inbox"
        );
    }
}

pub(super) fn forget_task(id: TaskId) {
    // Dropped only once the table is not borrowed.
    drop(try_with_current(|shard| (shard.id == id.executor).then(|| shard.tasks.remove(id))));
}

/// What a core holds for work that is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holdings {
    pub tasks: usize,
    pub operations: usize,
    /// Bytes of buffers that are in use, those of lent slices among them.
    pub buffer_bytes: usize,
    /// Bytes that are kept for the next taker of a buffer.
    pub pooled_bytes: usize,
}

/// Of this core.
pub fn holdings() -> Holdings {
    with_current(|shard| Holdings {
        tasks: shard.tasks.live(),
        operations: shard.operations.borrow().len(),
        buffer_bytes: buffers::outstanding_bytes(),
        pooled_bytes: buffers::pooled_bytes(),
    })
}

/// Whether the shard is running its tasks, as opposed to dropping them at its end.
pub(crate) fn is_running() -> bool {
    try_with_current(|shard| !shard.ending.get()).unwrap_or(false)
}

pub(super) fn with_current<R>(f: impl FnOnce(&Shard) -> R) -> R {
    try_with_current(f).expect("called on a thread that runs no shard: only inside io::run")
}

pub(super) fn try_with_current<R>(f: impl FnOnce(&Shard) -> R) -> Option<R> {
    let current = CURRENT.try_with(Cell::get).ok().filter(|current| !current.is_null())?;
    // SAFETY: `Entered` sets the pointer to a shard that it borrows, and takes it away before that
    // borrow ends; a shard is not `Sync`, and the pointer is thread-local.
    Some(f(unsafe { &*current }))
}

thread_local! {
    static CURRENT: Cell<*const Shard> = const { Cell::new(std::ptr::null()) };
    /// Executors that ended on this thread.
    static ENDED: RefCell<BTreeSet<u16>> = const { RefCell::new(BTreeSet::new()) };
}

/// One core's runtime.
pub(super) struct Shard {
    id: u16,
    core: CoreId,
    pub(super) ring: RefCell<Ring>,
    pub(super) operations: RefCell<Operations>,
    timers: RefCell<Timers>,
    tasks: Tasks,
    running: Cell<Option<TaskId>>,
    callbacks: RefCell<Slab<Callback>>,
    link: RefCell<Option<Rc<dyn Link>>>,
    turns: Cell<u64>,
    /// What this turn's tasks said that they went through.
    worked_bytes: Cell<usize>,
    /// Reads of files into memory that nobody keeps.
    bring_ins: Semaphore,
    /// Places of those that write small files whole.
    side_files: Semaphore,
    ending: Cell<bool>,
}

impl Shard {
    fn new(config: RingConfig) -> io::Result<Shard> {
        static NEXT_ID: AtomicU16 = AtomicU16::new(0);
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let shard = Shard {
            id,
            core: config.core,
            ring: RefCell::new(Ring::new(config)?),
            operations: RefCell::new(Operations::new()),
            timers: RefCell::new(Timers::new()),
            tasks: Tasks::new(id),
            running: Cell::new(None),
            callbacks: RefCell::default(),
            link: RefCell::default(),
            turns: Cell::new(0),
            worked_bytes: Cell::new(0),
            bring_ins: Semaphore::new(limits::BRING_INS_AT_ONCE),
            side_files: Semaphore::new(limits::SIDE_FILES_AT_ONCE),
            ending: Cell::new(false),
        };
        shard.tasks.wake(shard.tasks.root());
        Ok(shard)
    }

    /// Makes this shard the thread's current one until the guard is dropped, which ends the shard.
    fn enter(&self) -> Entered<'_> {
        assert!(CURRENT.get().is_null(), "io::run inside io::run");
        CURRENT.set(self);
        Entered { shard: self }
    }

    pub(super) fn submit(&self, op: Op) -> OpKey {
        let mut operations = self.operations.borrow_mut();
        let (key, op) = operations.insert(op);
        self.ring.borrow_mut().push(key, op);
        key
    }

    pub(super) fn cancel(&self, key: OpKey) {
        self.ring.borrow_mut().cancel(key);
    }

    /// One turn of the loop; the root's output once it is done.
    fn turn<F: Future + ?Sized>(&self, mut root: Pin<&mut F>) -> io::Result<Option<F::Output>> {
        self.turns.set(self.turns.get() + 1);
        self.worked_bytes.set(0);
        flight::begin_turn(self.turns.get());
        self.tasks.begin_turn();
        let link = self.link.borrow().clone();
        if let Some(link) = link {
            link.awake();
            link.receive();
        }
        self.fire_timers();
        let mut output = self.run_ready(limits::TASKS_PER_TURN_MAX, root.as_mut());
        self.call_back();
        // What the callbacks woke goes out with this turn's system call; but then the callbacks
        // have not seen its effects, so the core must not sleep before the next turn.
        let behind = self.tasks.ready() > 0;
        if behind && output.is_none() {
            output = self.run_ready(self.tasks.ready(), root);
        }
        if output.is_none() {
            self.hear(behind)?;
        }
        Ok(output)
    }

    fn fire_timers(&self) {
        if self.timers.borrow().next_deadline().is_none() {
            return;
        }
        let now = clock::now();
        loop {
            let due = self.timers.borrow_mut().pop_due(now);
            let Some(waker) = due else { return };
            waker.wake();
        }
    }

    fn run_ready<F: Future + ?Sized>(
        &self,
        budget: usize,
        mut root: Pin<&mut F>,
    ) -> Option<F::Output> {
        for _ in 0..budget {
            match self.tasks.next_ready()? {
                Ready::Root => {
                    let id = self.tasks.root();
                    self.running.set(Some(id));
                    let waker = id.waker();
                    if let Poll::Ready(output) =
                        root.as_mut().poll(&mut Context::from_waker(&waker))
                    {
                        return Some(output);
                    }
                }
                Ready::Task(id, body) => {
                    self.running.set(Some(id));
                    if body.run(&mut Context::from_waker(&id.waker())) {
                        drop(self.tasks.remove(id));
                    }
                }
            }
        }
        None
    }

    fn call_back(&self) {
        let mut key = 0;
        loop {
            let callbacks = self.callbacks.borrow();
            if key >= callbacks.capacity() {
                return;
            }
            let callback = callbacks.get(key).cloned();
            drop(callbacks);
            if let Some(callback) = callback {
                (callback.borrow_mut())();
            }
            key += 1;
        }
    }

    /// The turn's system call, and what it brings.
    fn hear(&self, behind: bool) -> io::Result<()> {
        let link = self.link.borrow().clone();
        if let Some(link) = &link {
            link.flush();
        }
        let mut busy = behind || self.tasks.has_work() || self.ring.borrow_mut().has_events();
        if let Some(link) = &link {
            busy = busy || !link.prepare_to_sleep();
        }
        let wait = match (busy, self.timers.borrow().next_deadline()) {
            (true, _) => Wait::No,
            (false, Some(deadline)) => Wait::Until(deadline),
            (false, None) => Wait::Forever,
        };
        let heard = self.ring.borrow_mut().enter(wait, &self.operations);
        heard?;
        self.dispatch(link.as_deref());
        Ok(())
    }

    /// Hears what came while the core slept.
    #[cfg(feature = "sim")]
    fn catch_up(&self) {
        let link = self.link.borrow().clone();
        self.ring.borrow_mut().catch_up(&self.operations);
        self.dispatch(link.as_deref());
    }

    fn dispatch(&self, link: Option<&dyn Link>) {
        for _ in 0..limits::COMPLETIONS_PER_TURN_MAX {
            let event = self.ring.borrow_mut().next_event();
            match event {
                None => return,
                Some(Event::Nothing) => {}
                Some(Event::WakeFailed(core)) => {
                    if let Some(link) = link {
                        link.wake_failed(core);
                    }
                }
                Some(Event::Completed { key, result, more }) => self.complete(key, result, more),
            }
        }
    }

    fn complete(&self, key: OpKey, result: i32, more: bool) {
        let outcome = self.operations.borrow_mut().complete(key, result, more);
        match outcome {
            Outcome::Nothing => {}
            Outcome::Wake(waker) => waker.wake(),
            Outcome::Orphan(op) => keep_orphan(op, result),
            Outcome::Accepted(listener) => listener.arrived(result, more),
        }
    }
}

type Callback = Rc<RefCell<dyn FnMut()>>;

/// The time during which a shard is its thread's current one.
struct Entered<'a> {
    shard: &'a Shard,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.shard.end();
        ENDED.with(|ended| ended.borrow_mut().insert(self.shard.id));
        CURRENT.set(std::ptr::null());
    }
}
