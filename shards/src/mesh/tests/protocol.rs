//! Credits, rings and wakes under shuttle: thousands of random schedules. A lost wake or a circle
//! of waiting cores is a deadlock, which shuttle finds and reports with its schedule.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use shuttle::sync::{Condvar, Mutex};
use shuttle::thread;

use crate::io::CoreId;
use crate::mesh::Lane;

mod atomics {
    pub(super) use shuttle::sync::atomic::{AtomicBool, Ordering, fence};
}

/// A ring that asserts, as the real one's users do, that it is never full.
mod rings {
    use std::collections::VecDeque;
    use std::sync::Arc;

    use shuttle::sync::Mutex;

    pub(super) struct Producer<T>(Arc<Mutex<VecDeque<T>>>, usize);
    pub(super) struct Consumer<T>(Arc<Mutex<VecDeque<T>>>);

    pub(super) fn new<T>(capacity: usize) -> (Producer<T>, Consumer<T>) {
        let items = Arc::new(Mutex::new(VecDeque::new()));
        (Producer(items.clone(), capacity), Consumer(items))
    }

    impl<T> Producer<T> {
        pub(super) fn is_full(&self) -> bool {
            self.0.lock().unwrap().len() == self.1
        }

        pub(super) fn push(&mut self, item: T) -> Result<(), T> {
            let mut items = self.0.lock().unwrap();
            if items.len() == self.1 {
                return Err(item);
            }
            items.push_back(item);
            Ok(())
        }
    }

    impl<T> Consumer<T> {
        pub(super) fn is_empty(&self) -> bool {
            self.0.lock().unwrap().is_empty()
        }

        pub(super) fn pop(&mut self) -> Result<T, ()> {
            self.0.lock().unwrap().pop_front().ok_or(())
        }
    }
}

#[path = "../doorway.rs"]
mod doorway;

#[path = "../links.rs"]
#[expect(dead_code, reason = "the model needs a part of it")]
mod links;

use links::{Ends, Incoming, Links};

const CORES: usize = 3;
const CREDITS: usize = 1;
const CALLS: usize = 2;

/// Stands for a core's ring: a wake is kept until the core sleeps.
#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Bell {
    fn ring(&self) {
        *self.rung.lock().unwrap() = true;
        self.changed.notify_one();
    }

    fn sleep(&self) {
        let mut rung = self.rung.lock().unwrap();
        while !*rung {
            rung = self.changed.wait(rung).unwrap();
        }
        *rung = false;
    }
}

/// When a core answers a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Serving {
    AtOnce,
    /// A turn later, the latest request first, as tasks may.
    Later,
}

struct Core {
    links: Links<usize>,
    serving: Serving,
    calls: Vec<(usize, Pin<Box<crate::sync::oneshot::Receiver<usize>>>)>,
    unanswered: Vec<(CoreId, u32, usize)>,
    /// The last request of each core: they come in order.
    last: [Option<usize>; CORES],
    served: usize,
}

impl Core {
    fn turn(&mut self) {
        while let Some((to, slot, message)) = self.unanswered.pop() {
            self.links.reply(to, slot, message + 1);
        }
        self.links.receive(|incoming| match incoming {
            Incoming::Request { from, slot, message } => {
                let last = self.last[from.index()].replace(message);
                assert!(last.is_none_or(|last| last + 1 == message), "out of order");
                self.unanswered.push((from, slot, message));
                self.served += 1;
            }
            Incoming::Released(_) => {}
        });
        let mut context = Context::from_waker(Waker::noop());
        self.calls.retain_mut(|(message, call)| match call.as_mut().poll(&mut context) {
            Poll::Ready(answer) => {
                assert_eq!(answer, Ok(*message + 1));
                false
            }
            Poll::Pending => true,
        });
        while self.serving == Serving::AtOnce
            && let Some((to, slot, message)) = self.unanswered.pop()
        {
            self.links.reply(to, slot, message + 1);
        }
    }

    fn is_done(&self) -> bool {
        let all_served = self.served == (CORES - 1) * CALLS;
        self.calls.is_empty() && self.unanswered.is_empty() && all_served
    }

    fn run(mut self, bells: &[Bell]) {
        let own = self.links.core().index();
        for message in 0..CALLS {
            for to in (0..CORES).filter(|to| *to != own) {
                let call = self.links.call(CoreId(to as u16), Lane::Prompt, message);
                self.calls.push((message, Box::pin(call)));
            }
        }
        loop {
            self.turn();
            self.links.announce(|core| bells[core.index()].ring());
            if self.is_done() {
                return;
            }
            if self.unanswered.is_empty() && self.links.prepare_to_sleep() {
                bells[own].sleep();
            }
            self.links.awake();
        }
    }
}

fn explore(serving: Serving) {
    let one_run = move || {
        let bells: Arc<Vec<Bell>> = Arc::new((0..CORES).map(|_| Bell::default()).collect());
        let threads: Vec<_> = Ends::with_credits(CORES, CREDITS)
            .into_iter()
            .map(|ends| {
                let bells = bells.clone();
                thread::spawn(move || {
                    let links = Links::new(ends);
                    let (calls, unanswered, last) = (Vec::new(), Vec::new(), [None; CORES]);
                    Core { links, serving, calls, unanswered, last, served: 0 }.run(&bells);
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
    };
    shuttle::check_random(one_run, 2_000);
    shuttle::check_pct(one_run, 1_000, 3);
}

#[test]
fn cores_with_one_credit_for_each_other_answer_all_in_order() {
    explore(Serving::AtOnce);
}

#[test]
fn answers_that_come_late_and_in_reverse_change_nothing() {
    explore(Serving::Later);
}
