//! The protocol between cores: rings per ordered pair, and credits.
//!
//! Lives on: each core has its [`Links`]; the rings' other ends are in the others'.
//! Promise: a request is sent only with a credit, which its answer brings back. So a ring for
//! requests or answers is never full, a core receives without ever waiting, and as long as serving
//! a request needs no call of its own, no circle of cores can wait for each other. Requests that
//! wait for a device at the other core hold a part of the credits alone, so that a device that
//! stalls holds up its own kind only.
//! Never: runs anything of a task: wakes are numbers, answers go into slots.
//! Limits: limits::MESH_CREDITS_MAX, limits::MESH_CREDITS_MIN, limits::MESH_RELEASES.
//! Read next: doorway.rs, tests/protocol.rs.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::Arc;

use slab::Slab;

use super::doorway::Doorway;
use super::rings::{self, Consumer, Producer};
use crate::io::CoreId;
use crate::io::buffers::ReturnedLoan;
use crate::limits;
use crate::mesh::Lane;
use crate::sync::oneshot;

/// One core's ends of all its rings.
pub(super) struct Links<M> {
    core: CoreId,
    /// By core; none at its own place.
    peers: Vec<Option<Peer<M>>>,
    doorways: Arc<[Doorway]>,
}

/// What comes in, other than answers.
pub(super) enum Incoming<M> {
    Request { from: CoreId, slot: u32, message: M },
    Released(ReturnedLoan),
}

/// A message and the caller's slot that it belongs to.
struct Letter<M> {
    slot: u32,
    message: M,
}

/// Another core, seen from this one.
struct Peer<M> {
    out: Outbound<M>,
    into: Inbound<M>,
    /// Calls on their way, each with a credit.
    calls: RefCell<Slab<(Lane, oneshot::Sender<M>)>>,
    credits: usize,
    lanes: [Traffic<M>; Lane::ALL.len()],
    /// Loans in line for a place in their ring.
    releases: RefCell<VecDeque<ReturnedLoan>>,
    /// Something was sent that the peer was not yet told of.
    unannounced: Cell<bool>,
}

/// The calls of one lane.
struct Traffic<M> {
    /// On their way.
    calls: Cell<usize>,
    /// In line for a credit.
    in_line: RefCell<VecDeque<(M, oneshot::Sender<M>)>>,
}

impl<M> Default for Traffic<M> {
    fn default() -> Self {
        Self { calls: Cell::new(0), in_line: RefCell::default() }
    }
}

struct Outbound<M> {
    requests: RefCell<Producer<Letter<M>>>,
    answers: RefCell<Producer<Letter<M>>>,
    releases: RefCell<Producer<ReturnedLoan>>,
}

struct Inbound<M> {
    requests: RefCell<Consumer<Letter<M>>>,
    answers: RefCell<Consumer<Letter<M>>>,
    releases: RefCell<Consumer<ReturnedLoan>>,
}

/// One core's ends of all its rings, before its thread has taken them.
pub(super) struct Ends<M> {
    core: CoreId,
    credits: usize,
    /// By core; none at its own place.
    pairs: Vec<Option<(Outbound<M>, Inbound<M>)>>,
    doorways: Arc<[Doorway]>,
}

impl<M> Ends<M> {
    /// The ends of a mesh of `cores` cores, for each core.
    pub(super) fn of_mesh(cores: usize) -> Vec<Ends<M>> {
        let in_range = (1..=limits::CORES_MAX).contains(&cores);
        assert!(in_range, "a mesh of {cores} cores");
        let credits = (limits::MESH_CREDITS_PER_CORE / cores)
            .clamp(limits::MESH_CREDITS_MIN, limits::MESH_CREDITS_MAX);
        Ends::with_credits(cores, credits)
    }

    pub(super) fn with_credits(cores: usize, credits: usize) -> Vec<Ends<M>> {
        let doorways: Arc<[Doorway]> = (0..cores).map(|_| Doorway::new()).collect();
        let one = |index| Ends {
            core: CoreId(index as u16),
            credits,
            pairs: (0..cores).map(|_| None).collect(),
            doorways: doorways.clone(),
        };
        let mut all: Vec<Ends<M>> = (0..cores).map(one).collect();
        for low in 0..cores {
            for high in low + 1..cores {
                let (up_out, up_in) = ring_set(credits);
                let (down_out, down_in) = ring_set(credits);
                all[low].pairs[high] = Some((up_out, down_in));
                all[high].pairs[low] = Some((down_out, up_in));
            }
        }
        all
    }

    pub(super) fn core(&self) -> CoreId {
        self.core
    }
}

fn ring_set<M>(credits: usize) -> (Outbound<M>, Inbound<M>) {
    let (requests_out, requests_in) = rings::new(credits);
    let (answers_out, answers_in) = rings::new(credits);
    let (releases_out, releases_in) = rings::new(limits::MESH_RELEASES);
    let out = Outbound {
        requests: RefCell::new(requests_out),
        answers: RefCell::new(answers_out),
        releases: RefCell::new(releases_out),
    };
    let into = Inbound {
        requests: RefCell::new(requests_in),
        answers: RefCell::new(answers_in),
        releases: RefCell::new(releases_in),
    };
    (out, into)
}

impl<M> Links<M> {
    pub(super) fn new(ends: Ends<M>) -> Links<M> {
        let Ends { core, credits, pairs, doorways } = ends;
        let peer = |(out, into)| Peer::new(out, into, credits);
        let peers = pairs.into_iter().map(|pair| pair.map(peer)).collect();
        Links { core, peers, doorways }
    }

    pub(super) fn core(&self) -> CoreId {
        self.core
    }

    pub(super) fn cores(&self) -> usize {
        self.peers.len()
    }

    /// Sends a request, or puts it in line.
    pub(super) fn call(&self, to: CoreId, lane: Lane, message: M) -> oneshot::Receiver<M> {
        let (sender, receiver) = oneshot::channel();
        let peer = self.peer(to);
        let line = &peer.lanes[lane.index()].in_line;
        if line.borrow().is_empty() && peer.has_credit(lane) {
            peer.send_request(lane, message, sender);
        } else {
            line.borrow_mut().push_back((message, sender));
        }
        receiver
    }

    pub(super) fn reply(&self, to: CoreId, slot: u32, message: M) {
        let peer = self.peer(to);
        let sent = peer.out.answers.borrow_mut().push(Letter { slot, message });
        assert!(sent.is_ok(), "an answer to a request that had no credit");
        peer.unannounced.set(true);
    }

    /// Sends a loan home. Loans of a mesh that is gone stay where they are.
    pub(super) fn release(&self, loan: ReturnedLoan) {
        if let Some(Some(peer)) = self.peers.get(loan.lender().index()) {
            peer.releases.borrow_mut().push_back(loan);
            peer.send_releases();
        }
    }

    /// Takes in all that has come, at most a ring's worth of each.
    pub(super) fn receive(&self, mut take: impl FnMut(Incoming<M>)) {
        for (index, peer) in self.peers.iter().enumerate() {
            let Some(peer) = peer else { continue };
            let from = CoreId(index as u16);
            for _ in 0..limits::MESH_RELEASES {
                let Ok(loan) = peer.into.releases.borrow_mut().pop() else { break };
                take(Incoming::Released(loan));
            }
            for _ in 0..peer.credits {
                let Ok(letter) = peer.into.answers.borrow_mut().pop() else { break };
                peer.take_answer(letter);
            }
            for _ in 0..peer.credits {
                let Ok(letter) = peer.into.requests.borrow_mut().pop() else { break };
                let Letter { slot, message } = letter;
                take(Incoming::Request { from, slot, message });
            }
        }
    }

    /// Tells `wake` each core that sleeps and has new mail.
    pub(super) fn announce(&self, mut wake: impl FnMut(CoreId)) {
        for (index, peer) in self.peers.iter().enumerate() {
            let Some(peer) = peer else { continue };
            peer.send_releases();
            if peer.unannounced.take() && self.doorways[index].must_wake() {
                wake(CoreId(index as u16));
            }
        }
    }

    /// The wake of `core` did not arrive: the next announcement tries again.
    pub(super) fn announce_again(&self, core: CoreId) {
        self.doorways[core.index()].wake_again();
        self.peer(core).unannounced.set(true);
    }

    /// Whether this core may sleep: nothing has come, and nothing waits to be sent that only this
    /// core would notice. After `true`, whoever sends wakes it.
    pub(super) fn prepare_to_sleep(&self) -> bool {
        let peers = || self.peers.iter().flatten();
        if peers().any(|peer| peer.unannounced.get() || !peer.releases.borrow().is_empty()) {
            return false;
        }
        self.doorways[self.core.index()].prepare_to_sleep(|| peers().any(Peer::has_mail))
    }

    pub(super) fn awake(&self) {
        self.doorways[self.core.index()].awake();
    }

    pub(super) fn leave(&self) {
        self.doorways[self.core.index()].leave();
    }

    fn peer(&self, core: CoreId) -> &Peer<M> {
        let peer = self.peers.get(core.index()).and_then(Option::as_ref);
        peer.expect("cores are named by the mesh itself, and none mails itself")
    }
}

impl<M> Peer<M> {
    fn new(out: Outbound<M>, into: Inbound<M>, credits: usize) -> Peer<M> {
        Peer {
            out,
            into,
            calls: RefCell::default(),
            credits,
            lanes: Default::default(),
            releases: RefCell::default(),
            unannounced: Cell::new(false),
        }
    }

    fn has_credit(&self, lane: Lane) -> bool {
        let held = self.lanes[lane.index()].calls.get();
        self.calls.borrow().len() < self.credits && held < lane.share(self.credits)
    }

    fn send_request(&self, lane: Lane, message: M, sender: oneshot::Sender<M>) {
        assert!(self.has_credit(lane), "a request without a credit");
        let held = &self.lanes[lane.index()].calls;
        held.set(held.get() + 1);
        let mut calls = self.calls.borrow_mut();
        let slot = calls.insert((lane, sender)) as u32;
        let sent = self.out.requests.borrow_mut().push(Letter { slot, message });
        assert!(sent.is_ok(), "a ring has a place for each credit");
        self.unannounced.set(true);
    }

    /// An answer frees its call's credit for the next in line, those first that hold it shortly.
    /// That one is sent even if nobody waits for its answer: for many a message the call is all
    /// that its sender wanted.
    fn take_answer(&self, letter: Letter<M>) {
        let (lane, sender) = self.calls.borrow_mut().remove(letter.slot as usize);
        let held = &self.lanes[lane.index()].calls;
        held.set(held.get() - 1);
        // Who asked may have lost interest; then the answer ends here.
        drop(sender.send(letter.message));
        for lane in Lane::ALL {
            while self.has_credit(lane) {
                let next = self.lanes[lane.index()].in_line.borrow_mut().pop_front();
                let Some((message, sender)) = next else { break };
                self.send_request(lane, message, sender);
            }
        }
    }

    fn send_releases(&self) {
        let mut waiting = self.releases.borrow_mut();
        let mut ring = self.out.releases.borrow_mut();
        while !waiting.is_empty() && !ring.is_full() {
            let sent = waiting.pop_front().map(|loan| ring.push(loan));
            assert!(matches!(sent, Some(Ok(()))), "there was a loan, and a place for it");
            self.unannounced.set(true);
        }
    }

    fn has_mail(&self) -> bool {
        !self.into.releases.borrow().is_empty()
            || !self.into.answers.borrow().is_empty()
            || !self.into.requests.borrow().is_empty()
    }
}
