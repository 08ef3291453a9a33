//! The tasks that wait for one thing, in order of arrival.
//!
//! Promise: joining, leaving and taking the first are constant work; places are reused.
//! Read next: notify.rs, semaphore.rs.

use std::task::Waker;

use slab::Slab;

/// A waiter's place in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ticket(usize);

const NOWHERE: usize = usize::MAX;

/// Waiters linked in order, each with what it waits for. A waiter whose turn has come is called: it
/// leaves the line but keeps its place until it looks.
pub(super) struct WaitList<T> {
    places: Slab<Waiter<T>>,
    first: usize,
    last: usize,
}

struct Waiter<T> {
    wants: T,
    state: State,
    before: usize,
    after: usize,
}

enum State {
    Waiting(Waker),
    Called,
}

impl<T> WaitList<T> {
    pub(super) const fn new() -> WaitList<T> {
        WaitList { places: Slab::new(), first: NOWHERE, last: NOWHERE }
    }

    /// Whether nobody is in line.
    pub(super) fn is_empty(&self) -> bool {
        self.first == NOWHERE
    }

    pub(super) fn join(&mut self, wants: T, waker: &Waker) -> Ticket {
        let state = State::Waiting(waker.clone());
        let key = self.places.insert(Waiter { wants, state, before: self.last, after: NOWHERE });
        match self.places.get_mut(self.last) {
            Some(last) => last.after = key,
            None => self.first = key,
        }
        self.last = key;
        Ticket(key)
    }

    /// What the first in line wants.
    pub(super) fn first_wants(&mut self) -> Option<&mut T> {
        self.places.get_mut(self.first).map(|waiter| &mut waiter.wants)
    }

    /// Calls the first in line; the caller wakes it once its own borrows are over.
    pub(super) fn call_first(&mut self) -> Option<Waker> {
        let key = self.first;
        self.unlink(key);
        let waiter = self.places.get_mut(key)?;
        match std::mem::replace(&mut waiter.state, State::Called) {
            State::Waiting(waker) => Some(waker),
            State::Called => unreachable!("who is called is out of the line"),
        }
    }

    /// Whether the waiter was called; else its waker is renewed.
    pub(super) fn look(&mut self, place: Ticket, waker: &Waker) -> bool {
        match &mut self.places[place.0].state {
            State::Called => true,
            State::Waiting(known) => {
                known.clone_from(waker);
                false
            }
        }
    }

    /// Gives the place up; what the waiter wanted, if it had been called.
    pub(super) fn leave(&mut self, place: Ticket) -> Option<T> {
        let called = matches!(self.places[place.0].state, State::Called);
        if !called {
            self.unlink(place.0);
        }
        let waiter = self.places.remove(place.0);
        called.then_some(waiter.wants)
    }

    fn unlink(&mut self, key: usize) {
        let Some(waiter) = self.places.get_mut(key) else { return };
        let before = std::mem::replace(&mut waiter.before, NOWHERE);
        let after = std::mem::replace(&mut waiter.after, NOWHERE);
        match self.places.get_mut(before) {
            Some(neighbour) => neighbour.after = after,
            None => self.first = after,
        }
        match self.places.get_mut(after) {
            Some(neighbour) => neighbour.before = before,
            None => self.last = before,
        }
    }
}
