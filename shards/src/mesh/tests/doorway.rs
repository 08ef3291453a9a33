//! Sleep and wake under loom: the interleavings and reorderings that the memory model allows.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use loom::thread;

mod atomics {
    pub(super) use loom::sync::atomic::{AtomicBool, Ordering, fence};
}

#[path = "../doorway.rs"]
#[expect(dead_code, reason = "the model needs a part of it")]
mod under_loom;

use under_loom::Doorway;

/// `senders` threads send and ask; one core prepares to sleep in between.
fn explore(senders: usize) {
    let mut model = loom::model::Builder::new();
    // Two forced switches find what there is to find; all of them take a minute.
    model.preemption_bound = Some(2);
    model.check(move || {
        let doorway = Arc::new(Doorway::new());
        let wakes = Arc::new(AtomicUsize::new(0));
        let mail: Vec<_> = (0..senders).map(|_| Arc::new(AtomicBool::new(false))).collect();
        let threads: Vec<_> = mail
            .iter()
            .map(|mail| {
                let (mail, doorway, wakes) = (mail.clone(), doorway.clone(), wakes.clone());
                thread::spawn(move || {
                    mail.store(true, Ordering::Release);
                    if doorway.must_wake() {
                        wakes.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        let sleeps =
            doorway.prepare_to_sleep(|| mail.iter().any(|mail| mail.load(Ordering::Acquire)));
        for thread in threads {
            thread.join().unwrap();
        }
        let wakes = wakes.load(Ordering::Relaxed);
        assert!(!sleeps || wakes == 1, "a core sleeps on its mail: {wakes} wakes");
        assert!(wakes <= 1, "woken twice");
    });
}

#[test]
fn one_sender_never_leaves_a_core_asleep() {
    explore(1);
}

#[test]
fn of_two_senders_exactly_one_wakes() {
    explore(2);
}
