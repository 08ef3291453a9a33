//! Threads of cores, and messages from threads that are none.

use std::cell::RefCell;
use std::rc::Rc;

use super::on_core;
use crate::io::{RingConfig, inbox, run, spawn, threads};
use crate::sync::Notify;

#[test]
fn threads_are_named_and_pinned_in_order() {
    let usable = threads::usable_processors().unwrap();
    let started = threads::start(vec!["a", "b", "c"], |core, seat| {
        let name = std::thread::current().name().unwrap().to_string();
        (core.0, seat, name, threads::usable_processors().unwrap())
    });
    for (index, thread) in started.unwrap().into_iter().enumerate() {
        let (core, seat, name, processors) = thread.join().unwrap();
        assert_eq!((core as usize, seat), (index, ["a", "b", "c"][index]));
        assert_eq!(name, format!("shard-{index}"));
        assert_eq!(processors, [usable[index % usable.len()]]);
    }
}

#[test]
fn messages_of_other_threads_wake_a_sleeping_core() {
    on_core(async {
        let (sender, inbox) = inbox::channel().unwrap();
        let received = Rc::new(RefCell::new(Vec::new()));
        let arrived = Rc::new(Notify::new());
        let serving = {
            let (received, arrived) = (received.clone(), arrived.clone());
            spawn(inbox.serve(move |message: u32| {
                received.borrow_mut().push(message);
                arrived.notify_one();
            }))
        };
        let others: Vec<_> = (0..2)
            .map(|thread| {
                let sender = sender.clone();
                std::thread::spawn(move || {
                    for n in 0..1000 {
                        while sender.send(thread * 1000 + n).is_err() {
                            std::thread::yield_now();
                        }
                    }
                })
            })
            .collect();
        while received.borrow().len() < 2000 {
            arrived.notified().await;
        }
        for thread in 0..2 {
            let from = |message: &&u32| **message / 1000 == thread;
            let own: Vec<u32> = received.borrow().iter().filter(from).copied().collect();
            assert_eq!(own, (thread * 1000..thread * 1000 + 1000).collect::<Vec<_>>());
        }
        for other in others {
            other.join().unwrap();
        }
        serving.cancel();
        assert_eq!(sender.send(1), Err(inbox::SendError::Closed(1)));
    });
}

#[test]
fn a_full_inbox_tells_its_sender() {
    let (sender, _inbox) = inbox::channel().unwrap();
    let full = (0..).find(|n| sender.send(*n).is_err()).unwrap();
    assert_eq!(full, crate::limits::INBOX_MESSAGES_MAX);
}

#[test]
fn a_ring_of_too_many_entries_is_clamped() {
    let config = RingConfig { entries: 1 << 30, ..RingConfig::default() };
    assert_eq!(run(config, async { 5 }).unwrap(), 5);
}
