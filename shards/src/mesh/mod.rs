//! Messages between cores: a call goes out, its answer comes back, lent bytes go home.
//!
//! Lives on: each core has its end; only the rings between them and one flag per core are shared.
//! Promise: messages of one core to another arrive in the order of their calls, lane by lane; a
//! full ring makes callers wait and never loses, refuses or deadlocks; a core that sleeps is woken,
//! at most once a turn by each other. What waits for a device leaves credits to what does not.
//! Never: waits while receiving; moves lent bytes. Who serves a request never awaits another core
//! for it (a request crosses at most once out and back): with all credits taken, cores that did
//! would wait for each other.
//! Limits: limits::MESH_CREDITS_MAX and neighbours.   Read next: links.rs (the protocol),
//! doorway.rs (sleep and wake), tests/ (the proof).

mod doorway;
mod lane;
mod links;
#[cfg(test)]
mod tests;

use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use crate::io::buffers::take_returned_loans;
use crate::io::executor::{self, Link};
use crate::io::{CoreId, LoanBook, RingHandle};
use crate::sync::oneshot;

pub use lane::Lane;
use links::{Ends, Incoming, Links};

/// What the protocol stands on; its models in `tests/` stand on something else.
mod rings {
    pub(super) use rtrb::{Consumer, Producer};

    pub(super) fn new<T>(capacity: usize) -> (Producer<T>, Consumer<T>) {
        rtrb::RingBuffer::new(capacity)
    }
}

mod atomics {
    pub(super) use std::sync::atomic::{AtomicBool, Ordering, fence};
}

/// One core's place in a mesh, before its thread has taken it.
pub struct Seat<M> {
    ends: Ends<M>,
    rings: Arc<[OnceLock<RingHandle>]>,
}

/// A mesh of `cores` cores, a seat for each.
pub fn seats<M: Send + 'static>(cores: usize) -> Vec<Seat<M>> {
    let rings: Arc<[OnceLock<RingHandle>]> = (0..cores).map(|_| OnceLock::new()).collect();
    let with_rings = |ends| Seat { ends, rings: rings.clone() };
    Ends::of_mesh(cores).into_iter().map(with_rings).collect()
}

impl<M: Send + 'static> Seat<M> {
    pub fn core(&self) -> CoreId {
        self.ends.core()
    }

    /// How many cores the mesh has.
    pub fn cores(&self) -> usize {
        self.rings.len()
    }

    /// Joins from inside this core's [`crate::io::run`]. `serve` is called with each request, on
    /// the core's loop: it answers at once or starts a task that will, without asking other cores.
    pub fn join(self, serve: impl Fn(CoreId, M, Reply<M>) + 'static) -> Mesh<M> {
        let own = self.ends.core();
        let current = executor::current_core();
        assert_eq!(current, Some(own), "a seat is taken on its own core, inside io::run");
        let shared = Rc::new(Shared {
            links: Links::new(self.ends),
            book: LoanBook::new(own),
            serve: Box::new(serve),
            rings: self.rings,
        });
        let ring = executor::set_link(shared.clone());
        assert!(shared.rings[own.index()].set(ring).is_ok(), "a seat is taken once");
        Mesh { shared }
    }
}

/// One core's end of the mesh; a clone is another handle on it.
pub struct Mesh<M: Send + 'static> {
    shared: Rc<Shared<M>>,
}

impl<M: Send + 'static> Clone for Mesh<M> {
    fn clone(&self) -> Mesh<M> {
        Mesh { shared: self.shared.clone() }
    }
}

impl<M: Send + 'static> Mesh<M> {
    /// The core that this is.
    pub fn core(&self) -> CoreId {
        self.shared.links.core()
    }

    /// How many cores there are.
    pub fn cores(&self) -> usize {
        self.shared.links.cores()
    }

    /// What this core has lent.
    pub fn loans(&self) -> &LoanBook {
        &self.shared.book
    }

    /// Sends a request that is answered in the turn in which it comes: see [`Mesh::call_in`].
    pub fn call(&self, core: CoreId, request: M) -> Call<M> {
        self.call_in(core, Lane::Prompt, request)
    }

    /// Sends a request; the future gives the answer. The request is on its way when this returns
    /// (or in line, if `core` has as many of the lane as it may have), in the order of the calls.
    /// Dropping the future drops the answer when it comes.
    pub fn call_in(&self, core: CoreId, lane: Lane, request: M) -> Call<M> {
        if core != self.core() {
            return Call { answer: self.shared.links.call(core, lane, request) };
        }
        let (sender, answer) = oneshot::channel();
        let reply = Reply { shared: self.shared.clone(), to: Some(Asker::Here(sender)) };
        self.shared.serve(core, request, reply);
        Call { answer }
    }
}

/// An answer that is still to come.
pub struct Call<M> {
    answer: oneshot::Receiver<M>,
}

impl<M> Future for Call<M> {
    type Output = M;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<M> {
        match Pin::new(&mut self.answer).poll(context) {
            Poll::Ready(Ok(answer)) => Poll::Ready(answer),
            // The core, or this one, is being shut down: there is nobody to tell.
            Poll::Ready(Err(oneshot::Closed)) | Poll::Pending => Poll::Pending,
        }
    }
}

/// The duty to answer one request.
pub struct Reply<M: Send + 'static> {
    shared: Rc<Shared<M>>,
    to: Option<Asker<M>>,
}

enum Asker<M> {
    Here(oneshot::Sender<M>),
    There { core: CoreId, slot: u32 },
}

impl<M: Send + 'static> Reply<M> {
    pub fn send(mut self, answer: M) {
        match self.to.take() {
            // Who asked may have lost interest.
            Some(Asker::Here(sender)) => drop(sender.send(answer)),
            Some(Asker::There { core, slot }) => self.shared.links.reply(core, slot, answer),
            None => unreachable!("sending takes the duty away"),
        }
    }
}

impl<M: Send + 'static> Drop for Reply<M> {
    fn drop(&mut self) {
        let forgotten = self.to.is_some() && executor::is_running() && !std::thread::panicking();
        assert!(
            !forgotten,
            "a request of another core was dropped: answer it, with an error if need be"
        );
    }
}

type Serve<M> = Box<dyn Fn(CoreId, M, Reply<M>)>;

struct Shared<M: Send + 'static> {
    links: Links<M>,
    book: LoanBook,
    serve: Serve<M>,
    rings: Arc<[OnceLock<RingHandle>]>,
}

impl<M: Send + 'static> Shared<M> {
    fn serve(self: &Rc<Self>, from: CoreId, request: M, reply: Reply<M>) {
        (self.serve)(from, request, reply);
    }

    fn send_loans_home(&self) {
        let mut returned = Vec::new();
        take_returned_loans(&mut returned);
        for loan in returned {
            if loan.lender() == self.links.core() {
                self.book.give_back(loan);
            } else {
                self.links.release(loan);
            }
        }
    }

    fn wake(&self, core: CoreId) {
        // Without a ring it has not slept yet, and will look before it does.
        if let Some(ring) = self.rings[core.index()].get() {
            executor::wake_core(ring, core);
        }
    }
}

impl<M: Send + 'static> Link for Shared<M> {
    fn receive(self: Rc<Self>) {
        self.links.receive(|incoming| match incoming {
            Incoming::Request { from, slot, message } => {
                let to = Some(Asker::There { core: from, slot });
                self.serve(from, message, Reply { shared: self.clone(), to });
            }
            Incoming::Released(loan) => self.book.give_back(loan),
        });
    }

    fn flush(&self) {
        self.send_loans_home();
        self.links.announce(|core| self.wake(core));
    }

    fn prepare_to_sleep(&self) -> bool {
        self.links.prepare_to_sleep()
    }

    fn awake(&self) {
        self.links.awake();
    }

    fn wake_failed(&self, core: CoreId) {
        self.links.announce_again(core);
    }

    fn leave(&self) {
        self.links.leave();
    }
}
