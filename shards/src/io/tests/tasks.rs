//! Tasks, turns and timers.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::on_core;
use crate::clock;
use crate::io::{executor, on_turn, spawn, yield_now};
use crate::sync::{Notify, oneshot};

#[test]
fn a_task_gives_its_output_even_when_it_ended_first() {
    on_core(async {
        let early = spawn(async { 1 });
        let late = spawn(async {
            yield_now().await;
            yield_now().await;
            2
        });
        yield_now().await;
        assert_eq!((early.await, late.await), (1, 2));
    });
}

#[test]
fn a_dropped_handle_lets_the_task_run_on() {
    on_core(async {
        let (sender, receiver) = oneshot::channel();
        drop(spawn(async move {
            yield_now().await;
            sender.send("done").unwrap();
        }));
        assert_eq!(receiver.await, Ok("done"));
    });
}

#[test]
fn a_cancelled_task_is_dropped_at_once() {
    on_core(async {
        let alive = Rc::new(());
        let held = alive.clone();
        let task = spawn(async move {
            let _held = held;
            std::future::pending::<()>().await;
        });
        yield_now().await;
        assert_eq!(Rc::strong_count(&alive), 2);
        task.cancel();
        assert_eq!((Rc::strong_count(&alive), executor::load().tasks), (1, 0));
    });
}

#[test]
fn a_task_may_cancel_itself() {
    on_core(async {
        let handle = Rc::new(RefCell::new(None::<executor::Task<()>>));
        let own = handle.clone();
        let (sender, receiver) = oneshot::channel::<()>();
        *handle.borrow_mut() = Some(spawn(async move {
            let _sender = sender;
            own.borrow_mut().take().unwrap().cancel();
            std::future::pending::<()>().await;
        }));
        assert_eq!(receiver.await, Err(oneshot::Closed));
        assert_eq!(executor::load().tasks, 0);
    });
}

#[test]
fn tasks_left_at_the_end_are_dropped_even_if_they_spawn() {
    struct SpawnsWhenDropped(Rc<Cell<u32>>);
    impl Drop for SpawnsWhenDropped {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
            if self.0.get() < 3 {
                let next = SpawnsWhenDropped(self.0.clone());
                drop(spawn(async move {
                    let _next = next;
                    std::future::pending::<()>().await;
                }));
            }
        }
    }
    let drops = Rc::new(Cell::new(0));
    let guard = SpawnsWhenDropped(drops.clone());
    on_core(async move {
        drop(spawn(async move {
            let _guard = guard;
            std::future::pending::<()>().await;
        }));
        yield_now().await;
    });
    assert_eq!((drops.get(), Rc::strong_count(&drops)), (3, 1));
}

#[test]
fn tasks_that_are_always_ready_starve_nobody() {
    on_core(async {
        let stop = Rc::new(Cell::new(false));
        for _ in 0..3 {
            let stop = stop.clone();
            drop(spawn(async move {
                while !stop.get() {
                    yield_now().await;
                }
            }));
        }
        // Needs the timers and the kernel, both of which come after the tasks.
        clock::sleep(Duration::from_micros(if cfg!(miri) { 10 } else { 1000 })).await;
        stop.set(true);
    });
}

#[test]
fn a_turn_callback_sees_every_change_before_the_core_sleeps() {
    on_core(async {
        let dirty = Rc::new(Cell::new(false));
        let written = Rc::new(Cell::new(0));
        let flushed = Rc::new(Notify::new());
        let handle = {
            let (dirty, written, flushed) = (dirty.clone(), written.clone(), flushed.clone());
            on_turn(move || {
                if dirty.take() {
                    written.set(written.get() + 1);
                    flushed.notify_one();
                }
            })
        };
        for _ in 0..10 {
            dirty.set(true);
            flushed.notified().await;
        }
        assert_eq!(written.get(), 10);
        drop(handle);
        dirty.set(true);
        yield_now().await;
        yield_now().await;
        assert!(dirty.get());
    });
}

#[test]
fn timers_fire_in_the_order_of_their_deadlines() {
    on_core(async {
        let order = Rc::new(RefCell::new(Vec::new()));
        let start = clock::now();
        let tasks = [30, 10, 20, 0].map(|delay| {
            let order = order.clone();
            spawn(async move {
                clock::sleep_until(start + Duration::from_millis(delay)).await;
                assert!(start.elapsed() >= Duration::from_millis(delay));
                order.borrow_mut().push(delay);
            })
        });
        for task in tasks {
            task.await;
        }
        assert_eq!(*order.borrow(), [0, 10, 20, 30]);
    });
}

#[test]
fn a_timeout_ends_what_takes_too_long_and_nothing_else() {
    on_core(async {
        let never = std::future::pending::<()>();
        assert_eq!(clock::timeout(Duration::from_millis(5), never).await, Err(clock::Elapsed));
        assert_eq!(clock::timeout(Duration::from_secs(3600), async { 7 }).await, Ok(7));
        let slow = clock::sleep(Duration::from_millis(2));
        assert_eq!(clock::timeout(Duration::from_secs(3600), slow).await, Ok(()));
    });
}

#[test]
fn a_hundred_thousand_tasks_come_and_go() {
    on_core(async {
        let done = Rc::new(Cell::new(0));
        let mut last = None;
        let count = if cfg!(miri) { 100 } else { 100_000 };
        for _ in 0..count {
            let done = done.clone();
            last = Some(spawn(async move { done.set(done.get() + 1) }));
        }
        last.unwrap().await;
        assert_eq!((done.get(), executor::load().tasks), (count, 0));
    });
}

#[test]
fn a_wake_from_another_thread_is_refused_by_name() {
    on_core(async {
        let waker =
            std::future::poll_fn(|context| std::task::Poll::Ready(context.waker().clone())).await;
        let refused = std::thread::spawn(move || waker.wake()).join().unwrap_err();
        let text = refused.downcast_ref::<&str>().map(ToString::to_string);
        assert!(text.unwrap().contains("use the mesh or an inbox"));
    });
}

#[test]
fn wakes_after_the_end_of_a_core_mean_nothing() {
    let sender = on_core(async {
        let (sender, receiver) = oneshot::channel::<()>();
        drop(spawn(async move { assert!(receiver.await.is_err()) }));
        yield_now().await;
        sender
    });
    drop(sender);
}

/// What is large waits for a turn that is not spent; others have theirs between.
#[test]
fn a_turn_is_bounded_by_bytes() {
    on_core(async {
        let turns = Rc::new(RefCell::new(vec![0]));
        let counted = turns.clone();
        let turn = on_turn(move || counted.borrow_mut().push(0));
        let mut tasks = Vec::new();
        for _ in 0..10 {
            let turns = turns.clone();
            tasks.push(spawn(async move {
                executor::wait_for_fresh_turn().await;
                executor::note_work(crate::limits::BYTES_PER_TURN_MAX / 2);
                if let Some(last) = turns.borrow_mut().last_mut() {
                    *last += 1;
                }
            }));
        }
        for task in tasks {
            task.await;
        }
        drop(turn);
        let most = turns.borrow().iter().copied().max();
        assert!(most <= Some(2), "{most:?} of a turn's work in one turn");
    });
}

#[cfg(feature = "sim")]
#[test]
fn turns_without_a_bound_are_found() {
    use crate::mutation::{Mutation, assert_found};
    assert_found(Mutation::TurnUnbounded, a_turn_is_bounded_by_bytes);
}
