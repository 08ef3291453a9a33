//! The only place where requests cross cores.
//!
//! Lives on: each core has its end of the mesh, held by its `Core`.
//! Promise: a request crosses at most once out and once back; requests of one core to another
//! arrive in the order in which they were sent, appends among appends and reads among reads: those
//! that wait for a device leave room for all others. What runs often has a message of its own; all
//! else is a task that is sent (`run_on`). A task's output, which may take long, comes by a message
//! of its own, so that waiting holds none of the mesh's credits.
//! Never: holds state of another core; copies record bytes where they can be lent.
//! Read next: owners.rs (who owns what), message.rs, append.rs, read.rs.

use shards::entropy::HashMap;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::Poll;

use shards::io::{Accepted, CoreId, spawn};
use shards::mesh::{Mesh, Reply, Seat};
use shards::sync::oneshot;
use shards::units::{PartitionId, ShardId};

use crate::broker::Core;
use crate::listeners::{ListenerFacts, acceptor};

pub mod answer_memory;
pub mod append;
pub mod charge;
pub mod failed_directories;
pub mod groups;
pub mod markers;
pub mod producer_ids;
pub mod read;
pub mod replica_directories;
pub mod scatter;
pub mod segment;
pub mod to_controller;
pub mod transactions;
pub mod unique_queue;
pub mod watch;

mod message;
mod owners;

pub use message::{Message, Task};
pub use owners::Owners;

/// Work of one core, on its way to be polled there.
pub type Local<T> = Pin<Box<dyn Future<Output = T>>>;

/// One core's view of the others.
pub struct Routing {
    mesh: Mesh<Message>,
    owners: RefCell<Owners>,
    /// Outputs that other cores owe to this one, by number.
    expected: RefCell<HashMap<u64, oneshot::Sender<Output>>>,
    next_number: Cell<u64>,
}

/// What a task on another core came to.
pub type Output = Box<dyn Any + Send>;

impl Routing {
    /// Takes the core's seat. `broker` serves what other cores ask, once it is there.
    pub fn new(seat: Seat<Message>, broker: Weak<Core>) -> Routing {
        let mesh = seat.join(move |from, message, reply| match broker.upgrade() {
            Some(broker) => serve(broker, from, message, reply),
            None => reply.send(Message::Gone),
        });
        Routing {
            mesh,
            owners: RefCell::default(),
            expected: RefCell::default(),
            next_number: Cell::new(0),
        }
    }

    pub fn shards(&self) -> usize {
        self.mesh.cores()
    }

    /// The core that owns a partition of this node.
    pub fn owner(&self, partition: PartitionId) -> Option<ShardId> {
        self.owners.borrow().owner(partition)
    }

    /// Follows the placement; shard 0 decides it and tells every core.
    pub fn set_owners(&self, owners: Owners) {
        *self.owners.borrow_mut() = owners;
    }

    pub fn owners(&self) -> Owners {
        self.owners.borrow().clone()
    }

    fn mesh(&self) -> &Mesh<Message> {
        &self.mesh
    }

    /// Outputs that other cores owe to this one.
    #[cfg(test)]
    pub fn outputs_expected(&self) -> usize {
        self.expected.borrow().len()
    }

    /// Tasks that were sent to other cores.
    #[cfg(test)]
    pub fn tasks_sent(&self) -> u64 {
        self.next_number.get()
    }

    /// A number under which another core will give an output.
    fn expect_output(&self) -> (u64, oneshot::Receiver<Output>) {
        let number = self.next_number.get();
        self.next_number.set(number + 1);
        let (sender, receiver) = oneshot::channel();
        self.expected.borrow_mut().insert(number, sender);
        (number, receiver)
    }

    fn forget_output(&self, number: u64) -> bool {
        self.expected.borrow_mut().remove(&number).is_some()
    }

    fn take_output(&self, number: u64, output: Output) {
        let sender = self.expected.borrow_mut().remove(&number);
        // None: who asked has lost interest.
        if let Some(sender) = sender {
            drop(sender.send(output));
        }
    }

    /// Gives an output to the core that expects it.
    fn give_output(&self, core: CoreId, number: u64, output: Output) {
        // It is on its way when the call returns; its answer says nothing.
        drop(self.mesh.call(core, Message::Output { number, output }));
    }
}

/// The mesh's number of a shard.
pub(crate) fn core_of(shard: ShardId) -> CoreId {
    CoreId(u16::try_from(shard.0).unwrap_or(u16::MAX))
}

impl Core {
    /// Runs `work` on a core: the one visible hop of everything that is not hot.
    pub async fn run_on<T: Send + 'static>(
        self: &Rc<Self>,
        core: ShardId,
        work: impl FnOnce(Rc<Core>) -> Local<T> + Send + 'static,
    ) -> T {
        if core == self.shard {
            return work(self.clone()).await;
        }
        let task: Task = Box::new(move |broker| {
            let output = work(broker);
            Box::pin(async move { Box::new(output.await) as Output })
        });
        let (number, output) = self.routing.expect_output();
        let _forget = Forget { broker: self, number };
        drop(self.routing.mesh.call(core_of(core), Message::Task { number, task }));
        let Ok(output) = output.await else { return stopped().await };
        *output.downcast::<T>().expect("a task's output has the type that its sender gave it")
    }

    /// Runs `work` on every core at the same time; the outputs are in the order of the cores.
    pub async fn run_on_all<T: Send + 'static>(
        self: &Rc<Self>,
        work: impl Fn(Rc<Core>) -> Local<T> + Send + Sync + 'static,
    ) -> Vec<T> {
        let work = Arc::new(work);
        let mut running = Vec::with_capacity(self.routing.shards());
        for shard in (0..self.routing.shards()).map(ShardId) {
            let (broker, work) = (self.clone(), work.clone());
            running.push(spawn(async move { broker.run_on(shard, move |on| work(on)).await }));
        }
        let mut outputs = Vec::with_capacity(running.len());
        for task in running {
            outputs.push(task.await);
        }
        outputs
    }

    /// Gives a new connection to a core.
    pub fn adopt_on(self: &Rc<Self>, core: ShardId, accepted: Accepted, facts: Arc<ListenerFacts>) {
        if core == self.shard {
            acceptor::adopt(self.clone(), accepted, facts);
        } else {
            // The call is on its way already; its answer says nothing.
            drop(self.routing.mesh.call(core_of(core), Message::Adopt { accepted, facts }));
        }
    }
}

/// Polls all, in order, until each is done. Each was polled once, in order, when this was. For
/// work that is one piece for each core: whoever is woken, all are polled.
pub async fn together<T>(mut work: Vec<Local<T>>) -> Vec<T> {
    let mut outputs: Vec<Option<T>> = work.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        let mut pending = false;
        for (work, output) in work.iter_mut().zip(&mut outputs) {
            if output.is_none() {
                match work.as_mut().poll(context) {
                    Poll::Ready(done) => *output = Some(done),
                    Poll::Pending => pending = true,
                }
            }
        }
        if pending { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    outputs.into_iter().flatten().collect()
}

/// Forgets an output when nobody waits for it any more.
struct Forget<'a> {
    broker: &'a Core,
    number: u64,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.broker.routing.forget_output(self.number);
    }
}

/// The other core is being stopped, and so is this one: nobody is left to be answered.
async fn stopped<T>() -> T {
    std::future::pending().await
}

/// Answers what another core asks.
fn serve(broker: Rc<Core>, from: CoreId, message: Message, reply: Reply<Message>) {
    match message {
        // Tasks start in the order they are spawned, and so appends in the order they arrived.
        Message::Append(request) => drop(spawn(append::serve(broker, request, reply))),
        Message::Read(request) => drop(spawn(read::serve(broker, request, reply))),
        Message::Watch(request) => {
            watch::serve(broker, from, request);
            reply.send(Message::Done);
        }
        Message::Unwatch { number } => {
            broker.watches.end(from, number);
            reply.send(Message::Done);
        }
        Message::Charge(request) => {
            let throttle_ms = charge::serve(&broker, &request);
            reply.send(Message::Charged { throttle_ms });
        }
        Message::Adopt { accepted, facts } => {
            acceptor::adopt(broker, accepted, facts);
            reply.send(Message::Done);
        }
        Message::Task { number, task } => {
            reply.send(Message::Done);
            let work = task(broker.clone());
            drop(spawn(async move {
                let output = work.await;
                broker.routing.give_output(from, number, output);
            }));
        }
        Message::Output { number, output } => {
            reply.send(Message::Done);
            broker.routing.take_output(number, output);
        }
        Message::Appended(_)
        | Message::ReadDone(_)
        | Message::Charged { .. }
        | Message::Done
        | Message::Gone => unreachable!("answers are not sent as requests"),
    }
}
