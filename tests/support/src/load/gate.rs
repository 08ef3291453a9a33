//! Lets the producers through while there is load, and holds all of them while there is none.

use std::sync::{Condvar, Mutex, MutexGuard};

pub(crate) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
    producers: usize,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Door {
    Open,
    Closed,
    /// Nobody comes through any more.
    Ended,
}

struct State {
    door: Door,
    held: usize,
}

impl Gate {
    pub(crate) fn new(producers: usize) -> Gate {
        let state = Mutex::new(State { door: Door::Closed, held: 0 });
        Gate { state, changed: Condvar::new(), producers }
    }

    pub(crate) fn open(&self) {
        self.state().door = Door::Open;
        self.changed.notify_all();
    }

    /// Returns once every producer is held.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.door = Door::Closed;
        while state.held < self.producers {
            state = self.changed.wait(state).expect("no thread panicked");
        }
    }

    pub(crate) fn end(&self) {
        self.state().door = Door::Ended;
        self.changed.notify_all();
    }

    pub(crate) fn is_open(&self) -> bool {
        self.state().door == Door::Open
    }

    /// Waits for the door; false when it ended.
    pub(crate) fn pass(&self) -> bool {
        let mut state = self.state();
        state.held += 1;
        self.changed.notify_all();
        while state.door == Door::Closed {
            state = self.changed.wait(state).expect("no thread panicked");
        }
        state.held -= 1;
        state.door == Door::Open
    }

    /// A producer that gave up counts as held for ever, so that nobody waits for it.
    pub(crate) fn leave(&self) {
        self.state().held += 1;
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panicked")
    }
}
